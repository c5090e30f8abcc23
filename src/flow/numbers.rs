//! Numbers of streams as Wireshark (4.0) gives them: one a flow, in the order of
//! first packets, but for two protocols.
//!
//! - SNMP: it sets up a second conversation between the same ends at the first
//!   message, so that the flow has another number from its next packet on.
//! - SOCKS: the connection that a server makes for its client is numbered too,
//!   at the first data behind the server's reply; no packet shows that number.
//!
//! Owns the numbers and which flows are such; which payloads these are
//! `decode/numbering.rs` tells.

use crate::base::PacketId;
use crate::decode::{TCP, UDP};
use std::collections::HashMap;

/// SOCKS connections that are followed; those of SNMP are flows of UDP, which
/// are small enough to have this besides.
const MAX_SOCKS: usize = 1 << 16;

/// What is special of one flow.
#[derive(Clone, Copy)]
enum Special {
    /// Another number is due.
    Due,
    /// It has another number from this packet on.
    Later(PacketId, u32),
    /// The number of its other connection was taken.
    Taken,
}

/// The next numbers, and flows that are special.
#[derive(Default)]
pub(super) struct Numbers {
    tcp: u32,
    udp: u32,
    special: HashMap<u32, Special, foldhash::fast::RandomState>,
}

impl Numbers {
    /// The number of the next stream of a protocol that has any.
    pub fn take(&mut self, protocol: u8) -> u32 {
        let next = match protocol {
            TCP => &mut self.tcp,
            UDP => &mut self.udp,
            _ => return 0,
        };
        let stream = *next;
        *next = stream.saturating_add(1);
        stream
    }

    /// The flow at `place` has had a payload after which a number is due; tells
    /// whether it is, as that happens once.
    pub fn announce(&mut self, place: u32, protocol: u8) -> bool {
        let is_new =
            !self.special.contains_key(&place) && (protocol == UDP || self.special.len() < MAX_SOCKS);
        if is_new {
            self.special.insert(place, Special::Due);
        }
        is_new
    }

    /// Gives the number that is due.
    pub fn give(&mut self, place: u32, protocol: u8, id: PacketId) {
        let stream = self.take(protocol);
        let special = if protocol == UDP { Special::Later(id, stream) } else { Special::Taken };
        self.special.insert(place, special);
    }

    /// The second number of the flow at `place`, and the packet from which on it has that.
    pub fn later(&self, place: u32) -> Option<(PacketId, u32)> {
        match self.special.get(&place) {
            Some(Special::Later(from, stream)) => Some((*from, *stream)),
            _ => None,
        }
    }

    /// Bytes that the special ones take.
    pub fn size(&self) -> usize {
        self.special.capacity() * (size_of::<(u32, Special)>() + 1)
    }
}
