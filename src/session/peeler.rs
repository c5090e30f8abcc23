//! Peels packets by number: reads their bytes, gathers what the capture says.

use super::carried::Left;
use super::facts::Identity;
use super::quic::Connections;
use super::shared::Shared;
use crate::base::PacketId;
use crate::capture::{Gone, Interface, PacketOptions, Record};
use crate::decode::hosts::{HostName, Hosts};
use crate::decode::process::Owners;
use crate::decode::sinks::Summary;
use crate::decode::{Carried, Column, Facts, Frame, Scratch};
use crate::store::PacketRow;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of one packet that are read and peeled; what a longer one has more
/// counts as cut by the capture.
const MAX_PEELED: u32 = 16 << 20;
/// Bytes read together when packets are visited in order: few calls, and what
/// was read is still in the processor's cache when it is peeled.
const AHEAD: u64 = 256 << 10;
/// Records looked up together then.
const RECORDS: u64 = 512;

/// Buffers of one thread that peels packets of one session.
#[derive(Default)]
pub struct Peeler {
    scratch: Scratch,
    /// Only grows: its first `held` bytes are those at `offset`.
    buffer: Vec<u8>,
    held: usize,
    offset: u64,
    /// Records of packets from `first` on, looked up together.
    records: Vec<Record>,
    first: PacketId,
    /// The packet after the one visited last.
    next: PacketId,
    /// The interface asked for last: its number in the capture and in its section.
    interface: Option<(u32, u32, Arc<Interface>)>,
    options: PacketOptions,
    /// Whose the ends of the next packet's flow are.
    pub(super) owners: Option<Arc<Owners>>,
    /// The same of the flow asked for last, as of a version of the table.
    pub(super) owners_known: Option<(u32, u64, Arc<Owners>)>,
    /// What earlier packets of its connection left for the next packet that is peeled.
    pub(super) carried: Option<Left>,
    /// Names of hosts for those who want fields.
    pub names: WithNames,
    /// For the facts of a packet that has several flows.
    pub(super) headers: Summary,
    pub(super) identity: Option<Box<Identity>>,
    /// For packets of QUIC, whose keys and connection IDs earlier ones tell.
    pub(super) connections: Option<Box<Connections>>,
    /// The flow of the next packet, where that is one of them.
    pub(super) connection: Option<u32>,
}

/// Whether names of hosts are told beside addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithNames {
    /// No.
    #[default]
    No,
    /// Those that are known already, for people.
    Known,
    /// Packets up to the one that is peeled are read for names first: for filters,
    /// to which it makes no difference what a resolver says.
    All,
    /// The same, for people.
    Shown,
}

impl WithNames {
    /// Packets are read for names first.
    pub(super) fn reads(self) -> bool {
        matches!(self, WithNames::All | WithNames::Shown)
    }
}

/// Names as a packet's ends know them.
#[derive(Debug)]
struct Named<'a> {
    shared: &'a Shared,
    id: PacketId,
    with: WithNames,
}

impl Hosts for Named<'_> {
    fn name(&self, address: IpAddr, peer: IpAddr) -> Option<HostName> {
        let flow = self.shared.rows.get(self.id).map_or(PacketRow::NO_FLOW, |row| row.flow);
        let ends = [Some(address), Some(peer)];
        let [name, _] = match self.with {
            WithNames::All => self.shared.packet_names_told(self.id, ends, flow),
            _ => self.shared.packet_names(self.id, ends, flow),
        };
        let name = name?;
        let packet = name.packet.map_or(String::new(), |id| format!(", packet {}", id + 1));
        Some(HostName { told_by: format!("{}{packet}", name.source.words()), name: name.name.to_string() })
    }
}

impl Peeler {
    /// Bytes of a packet that the capture holds; read ahead where that helps.
    pub fn bytes(&mut self, shared: &Shared, id: PacketId) -> Result<&[u8], Gone> {
        let record = self.record(shared, id).unwrap_or_default();
        let at = self.load(shared, id, &record)?;
        Ok(self.buffer.get(at.0..at.1).unwrap_or_default())
    }

    /// These packets will be visited in order, and no others. Gives their records.
    pub(super) fn plan(&mut self, shared: &Shared, packets: Range<PacketId>) -> &[Record] {
        (self.first, self.next) = (packets.start, packets.start);
        shared.index.read(packets, &mut self.records);
        &self.records
    }

    fn record(&mut self, shared: &Shared, id: PacketId) -> Option<Record> {
        let known = |peeler: &Peeler| {
            peeler.records.get(usize::try_from(id.checked_sub(peeler.first)?).ok()?).copied()
        };
        if let Some(record) = known(self) {
            return Some(record);
        }
        let count = if id == self.next { RECORDS } else { 1 };
        self.plan(shared, id..id.saturating_add(count));
        known(self)
    }

    /// Makes the buffer hold the packet; gives its place there.
    fn load(&mut self, shared: &Shared, id: PacketId, record: &Record) -> Result<(usize, usize), Gone> {
        let len = record.captured.min(MAX_PEELED) as usize;
        let at = record.offset.wrapping_sub(self.offset);
        if at > self.held as u64 || len > self.held - at as usize {
            self.read(shared, id, record.offset, len)?;
        }
        self.next = id + 1;
        let at = (record.offset - self.offset) as usize;
        Ok((at, at + len))
    }

    #[cold]
    fn read(&mut self, shared: &Shared, id: PacketId, offset: u64, len: usize) -> Result<(), Gone> {
        let mut until = offset.saturating_add(len as u64);
        if id == self.next {
            // In order: take the packets that follow along.
            let follow = self.records.iter().skip((id - self.first) as usize + 1);
            for next in follow {
                let end = next.offset.saturating_add(next.captured.into());
                if next.offset < until || end > offset.saturating_add(AHEAD) {
                    break;
                }
                until = end;
            }
        }
        let whole = (until - offset) as usize;
        if self.buffer.len() < whole {
            self.buffer.resize(whole, 0);
        }
        self.held = 0;
        self.offset = offset;
        let mut get = |len| {
            let room = self.buffer.get_mut(..len).unwrap_or_default();
            shared.bytes.read_at(offset, room).map(|()| self.held = len)
        };
        // Perhaps only what follows is not there.
        get(whole).or_else(|gone| if whole > len { get(len) } else { Err(gone) })
    }

    pub(super) fn peel<S: Column>(
        &mut self,
        shared: &Shared,
        id: PacketId,
        facts: Facts,
        sink: &mut S,
    ) -> Result<(), Gone> {
        let Some(record) = self.record(shared, id) else { return Ok(()) };
        let (from, to) = self.load(shared, id, &record)?;
        if self.interface.as_ref().is_none_or(|known| known.0 != record.interface) {
            self.interface = interface(shared, record.interface);
        }
        let interface = self.interface.as_ref();
        if S::DETAIL {
            self.options = match interface {
                Some((.., interface)) if record.has_options => {
                    shared.bytes.options(&record, interface).unwrap_or_default()
                }
                _ => PacketOptions::default(),
            };
        }
        let (owners, carried) = (self.owners.take(), self.carried.take());
        let quic = self.connection.take().and_then(|flow| self.connections.as_ref()?.get(flow));
        let named = Named { shared, id, with: self.names };
        let hosts: Option<&dyn Hosts> =
            if S::DETAIL && self.names != WithNames::No { Some(&named) } else { None };
        let (first, previous) = if S::DETAIL {
            let time = |id| shared.record(id).map_or(record.time, |record| record.time);
            (time(0), time(id.saturating_sub(1)))
        } else {
            (record.time, record.time)
        };
        let frame = Frame {
            bytes: self.buffer.get(from..to).unwrap_or_default(),
            wire: record.wire,
            number: id + 1,
            time: record.time,
            first,
            previous,
            comments: &self.options.comments,
            flags: self.options.flags,
            owners: owners.as_deref(),
            carried: carried.as_ref().map(Left::as_carried).or(quic.map(Carried::Quic)),
            hosts,
            ..interface.map_or_else(Frame::default, |(_, local, interface)| frame_of(interface, *local))
        };
        shared.registry.peel(&frame, facts, &mut self.scratch, sink);
        Ok(())
    }
}

/// An interface with its number, and that in its own section, as pcapng counts.
fn interface(shared: &Shared, number: u32) -> Option<(u32, u32, Arc<Interface>)> {
    let meta = shared.meta();
    let interface = Arc::clone(meta.interfaces.get(number as usize)?);
    let before = meta.interfaces.partition_point(|other| other.section < interface.section);
    Some((number, number.saturating_sub(before as u32), interface))
}

/// What an interface says of all its frames.
fn frame_of(interface: &Interface, number: u32) -> Frame<'_> {
    Frame {
        link: interface.link,
        interface: interface.numbered.then_some(number),
        interface_name: interface.name.as_deref(),
        fcs_length: interface.fcs_length,
        big_endian: interface.big_endian,
        ..Frame::default()
    }
}
