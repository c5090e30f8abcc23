//! What earlier packets of a QUIC connection say to those after them: connection IDs,
//! and the pieces of the handshake.
//!
//! Owns which packets are read for that: the first few of a flow, when the first of its
//! packets is to be shown or searched. The analysis does nothing of it. Knows no format.

use super::payload::PayloadReader;
use super::peeler::Peeler;
use super::shared::Shared;
use crate::base::PacketId;
use crate::decode::proto::quic::Connection;
use crate::store::PacketRow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Connections that are kept; then all are forgotten, and read again when needed.
const MAX_CONNECTIONS: usize = 1024;
/// Packets of a flow that are read.
const MAX_PACKETS: u32 = 64;
/// Packets among which those of a flow are looked for.
const MAX_AHEAD: u64 = 1 << 14;

/// The connections that one thread was asked about.
#[derive(Default)]
pub(super) struct Connections {
    payloads: PayloadReader,
    known: HashMap<u32, Known, foldhash::fast::RandomState>,
}

struct Known {
    connection: Connection,
    first: PacketId,
    /// The packet to read next, and how many of the flow are still read.
    next: PacketId,
    left: u32,
}

impl Connections {
    /// Reads what the packets up to `id`, which is one of QUIC, say in its flow. Gives
    /// the flow. Waits for the analysis.
    pub fn read(&mut self, shared: &Shared, id: PacketId) -> Option<u32> {
        let row = shared.rows.get(id)?;
        if self.known.len() >= MAX_CONNECTIONS && !self.known.contains_key(&row.flow) {
            self.known.clear();
        }
        let known = match self.known.entry(row.flow) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let first = shared.analysis().flows.get(row.flow)?.first();
                place.insert(Known {
                    connection: Connection::default(),
                    first,
                    next: first,
                    left: MAX_PACKETS,
                })
            }
        };
        let end = (id + 1).min(known.first.saturating_add(MAX_AHEAD));
        while known.next < end && known.left > 0 {
            let Some(other) = shared.rows.get(known.next) else { break };
            if other.flow == row.flow && other.protocol == row.protocol {
                known.left -= 1;
                if let Some((key, at, datagram)) = self.payloads.place(shared, known.next) {
                    known.connection.add(known.next + 1, &key, at, datagram);
                }
            }
            known.next += 1;
        }
        Some(row.flow)
    }

    /// What was read of a flow.
    pub fn get(&self, flow: u32) -> Option<&Connection> {
        self.known.get(&flow).map(|known| &known.connection)
    }
}

impl Shared {
    /// Before packet `id` is peeled for its text or fields: where it is one of QUIC, what
    /// the packets before it say is read.
    #[inline]
    pub(super) fn find_connection(&self, id: PacketId, peeler: &mut Peeler) {
        let row = self.rows.get(id).filter(|row| row.flow != PacketRow::NO_FLOW);
        if row.is_some_and(|row| self.registry.row(row.protocol).protocol.name == "quic") {
            peeler.connection = peeler.connections.get_or_insert_default().read(self, id);
        }
    }
}
