//! Peels packets by number: reads their bytes, gathers what the capture says.

use super::shared::Shared;
use crate::base::PacketId;
use crate::capture::{Gone, Interface, PacketOptions, Record};
use crate::decode::{Column, Facts, Frame, Scratch};
use std::sync::Arc;

/// Bytes of one packet that are read and peeled; what a longer one has more
/// counts as cut by the capture.
const MAX_PEELED: u32 = 16 << 20;
/// Bytes read ahead when packets are visited in order.
const AHEAD: u64 = 256 << 10;

/// Buffers of one thread that peels packets of one session.
#[derive(Default)]
pub struct Peeler {
    scratch: Scratch,
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte.
    offset: u64,
    last: Option<PacketId>,
    /// The interface asked for last: its number in the capture and in its section.
    interface: Option<(u32, u32, Arc<Interface>)>,
    options: PacketOptions,
}

impl Peeler {
    /// Bytes of a packet that the capture holds; read ahead where that helps.
    pub fn bytes(&mut self, shared: &Shared, id: PacketId) -> Result<&[u8], Gone> {
        let record = shared.record(id).unwrap_or_default();
        let at = self.load(shared, id, &record)?;
        Ok(self.buffer.get(at.0..at.1).unwrap_or_default())
    }

    fn load(&mut self, shared: &Shared, id: PacketId, record: &Record) -> Result<(usize, usize), Gone> {
        let len = u64::from(record.captured.min(MAX_PEELED));
        let end = record.offset.saturating_add(len);
        let held = self.offset..self.offset + self.buffer.len() as u64;
        if record.offset < held.start || end > held.end {
            let mut until = end;
            if self.last.is_some_and(|last| last + 1 == id) {
                // In order: take the packets that follow along.
                for next in (1..=512).map_while(|step| shared.record(id + step)) {
                    let next_end = next.offset.saturating_add(next.captured.into());
                    if next.offset < until || next_end > record.offset.saturating_add(AHEAD) {
                        break;
                    }
                    until = next_end;
                }
            }
            self.buffer.clear();
            self.buffer.resize(until.saturating_sub(record.offset) as usize, 0);
            self.offset = record.offset;
            if let Err(gone) = shared.bytes.read_at(record.offset, &mut self.buffer) {
                // Perhaps only what follows is not there.
                self.buffer.truncate(len as usize);
                if until == end || shared.bytes.read_at(record.offset, &mut self.buffer).is_err() {
                    self.buffer.clear();
                    return Err(gone);
                }
            }
        }
        self.last = Some(id);
        let at = (record.offset - self.offset) as usize;
        Ok((at, at + len as usize))
    }

    /// An interface and its number in its own section, as pcapng counts.
    fn interface(&mut self, shared: &Shared, number: u32) -> Option<(u32, Arc<Interface>)> {
        if let Some((known, local, interface)) = &self.interface
            && *known == number
        {
            return Some((*local, Arc::clone(interface)));
        }
        let meta = shared.meta();
        let interface = Arc::clone(meta.interfaces.get(number as usize)?);
        let before = meta.interfaces.partition_point(|other| other.section < interface.section);
        let local = number.saturating_sub(before as u32);
        self.interface = Some((number, local, Arc::clone(&interface)));
        Some((local, interface))
    }

    pub(super) fn peel<S: Column>(
        &mut self,
        shared: &Shared,
        id: PacketId,
        facts: Facts,
        sink: &mut S,
    ) -> Result<(), Gone> {
        let Some(record) = shared.record(id) else { return Ok(()) };
        let (from, to) = self.load(shared, id, &record)?;
        let interface = self.interface(shared, record.interface);
        self.options = match &interface {
            Some((_, interface)) if S::DETAIL && record.has_options => {
                shared.bytes.options(&record, interface).unwrap_or_default()
            }
            _ => PacketOptions::default(),
        };
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
            ..interface.as_ref().map_or_else(Frame::default, |(local, interface)| frame_of(interface, *local))
        };
        shared.registry.peel(&frame, facts, &mut self.scratch, sink);
        Ok(())
    }
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
