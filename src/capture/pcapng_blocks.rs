//! What pcapng blocks hold: packets, names, statistics, secrets.
//!
//! Owns the state of a section and its byte order; is given whole blocks whose
//! lengths were checked (of long ones, the header). Interfaces are left to
//! [`super::pcapng_interfaces`].

use super::notices::{Kind, Notices};
use super::order::Order;
use super::packet_options::{Options, text};
use super::pcapng::section_order;
use super::pcapng_interfaces::Interfaces;
use super::{Batch, Happening, Record};
use crate::base::Timestamp;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names that are kept of one file, and their bytes.
const NAMES: (u64, u64) = (1 << 20, 32 << 20);
/// Bytes of secrets and of comments that are kept of one file.
const SECRETS: u64 = 32 << 20;
const COMMENTS: u64 = 4 << 20;
/// Longest comment on a packet that is told while reading.
const PACKET_COMMENT: usize = 4096;

/// Types of blocks.
pub(super) mod kind {
    pub const SECTION: u32 = 0x0a0d_0d0a;
    pub const INTERFACE: u32 = 1;
    pub const OLD_PACKET: u32 = 2;
    pub const SIMPLE_PACKET: u32 = 3;
    pub const NAMES: u32 = 4;
    pub const STATISTICS: u32 = 5;
    pub const PACKET: u32 = 6;
    pub const SECRETS: u32 = 10;
    const CUSTOM: u32 = 0xbad;
    const CUSTOM_LOCAL: u32 = 0x4000_0bad;

    /// Blocks that are read, and hold no packet.
    pub fn is_meta(kind: u32) -> bool {
        matches!(kind, SECTION | INTERFACE | NAMES | STATISTICS | SECRETS)
    }

    /// Blocks that a search for the next one believes in.
    pub fn is_known(kind: u32) -> bool {
        is_meta(kind) || matches!(kind, OLD_PACKET | SIMPLE_PACKET | PACKET | CUSTOM | CUSTOM_LOCAL)
    }
}

/// State of the section that is being read.
#[derive(Default)]
pub(super) struct Blocks {
    /// Byte order of the section.
    pub order: Order,
    section: Option<u32>,
    interfaces: Interfaces,
    names: Quota,
    secrets: Quota,
    comments: Quota,
}

/// What was kept of something that is bounded.
#[derive(Default)]
struct Quota {
    count: u64,
    bytes: u64,
    refused: u64,
}

impl Quota {
    fn take(&mut self, bytes: usize, (count, limit): (u64, u64)) -> bool {
        let fits = self.count < count && self.bytes.saturating_add(bytes as u64) <= limit;
        if fits {
            self.count += 1;
            self.bytes += bytes as u64;
        } else {
            self.refused += 1;
        }
        fits
    }
}

impl Blocks {
    /// The packet in a block that begins at `start` and has `len` bytes, of
    /// which `head` holds the header or more. `None`: no packet to show.
    pub fn packet(
        &mut self,
        kind: u32,
        start: u64,
        head: &[u8],
        len: u64,
        batch: &mut Batch,
        notices: &mut Notices,
    ) -> Option<Record> {
        let order = self.order;
        let before = match kind {
            kind::PACKET | kind::OLD_PACKET => 28,
            kind::SIMPLE_PACKET => 12,
            _ => return None,
        };
        let Some(room) = len.checked_sub(before + 4) else {
            let told = format_args!("a packet block of {len} bytes is too short for its header");
            notices.tell(batch, Kind::Unreadable, Some(start), told);
            return None;
        };
        let number = match kind {
            kind::PACKET => order.u32(head, 8),
            kind::OLD_PACKET => u32::from(order.u16(head, 8)),
            _ => 0,
        };
        let Some(interface) = self.interfaces.get(number) else {
            let told = format_args!("a packet of interface {number}, which was not described, is left out");
            notices.tell(batch, Kind::NoInterface, Some(start), told);
            return None;
        };
        let (claimed, wire, time) = if kind == kind::SIMPLE_PACKET {
            let wire = order.u32(head, 8);
            let snap_length = if interface.snap_length == 0 { u32::MAX } else { interface.snap_length };
            let held = u32::try_from(room).unwrap_or(u32::MAX);
            (wire.min(snap_length).min(held), wire, Timestamp::NONE)
        } else {
            let ticks = u64::from(order.u32(head, 12)) << 32 | u64::from(order.u32(head, 16));
            (order.u32(head, 20), order.u32(head, 24), interface.clock.time(ticks))
        };
        let mut captured = claimed;
        if u64::from(claimed) > room {
            captured = u32::try_from(room).unwrap_or(u32::MAX);
            let told = format_args!("a packet claims {claimed} bytes, but its block holds {room}");
            notices.tell(batch, Kind::Clipped, Some(start), told);
        }
        let drops = kind == kind::OLD_PACKET && !matches!(order.u16(head, 10), 0 | u16::MAX);
        let after = room.saturating_sub(u64::from(captured).next_multiple_of(4));
        let options = kind != kind::SIMPLE_PACKET && (after >= 8 || drops);
        Some(Record {
            offset: start + before,
            time,
            captured,
            wire,
            interface: interface.place,
            has_options: options,
        })
    }

    /// Tells the comments on a packet whose block is there as a whole.
    pub fn packet_comments(&self, record: &Record, block: &[u8], batch: &mut Batch) {
        let from = 28 + (record.captured as usize).next_multiple_of(4);
        let options = block.len().checked_sub(4).and_then(|until| block.get(from..until));
        self.comments_in(options.unwrap_or_default(), record.time, batch);
    }

    fn comments_in(&self, options: &[u8], time: Timestamp, batch: &mut Batch) {
        for (code, value) in Options::new(options, self.order) {
            if code == 1 && value.len() <= PACKET_COMMENT {
                batch.happenings.push(Happening::PacketComment(time, text(value)));
            }
        }
    }

    /// A whole block that holds no packet to show.
    pub fn other(
        &mut self,
        kind: u32,
        start: u64,
        order: Order,
        block: &[u8],
        batch: &mut Batch,
        notices: &mut Notices,
    ) {
        let body = &block[8..block.len() - 4];
        match kind {
            kind::SECTION => self.section(start, order, body, batch, notices),
            kind::INTERFACE => self.interfaces.describe(start, order, body, batch, notices),
            kind::NAMES => self.read_names(body, batch),
            kind::STATISTICS => self.statistics(body, batch),
            kind::SECRETS => self.read_secrets(body, batch),
            _ => {}
        }
    }

    fn section(&mut self, start: u64, order: Order, body: &[u8], batch: &mut Batch, notices: &mut Notices) {
        self.order = order;
        let number = self.section.map_or(0, |before| before.saturating_add(1));
        self.section = Some(number);
        self.interfaces.new_section(number);
        let (major, minor) = (order.u16(body, 4), order.u16(body, 6));
        if major != 1 {
            let told =
                format_args!("version {major}.{minor} of the pcapng format is unknown; read as version 1.0");
            notices.tell(batch, Kind::Remark, Some(start), told);
        }
        for (code, value) in Options::new(body.get(16..).unwrap_or_default(), order) {
            if code == 1 && self.comments.take(value.len(), (u64::MAX, COMMENTS)) {
                batch.happenings.push(Happening::Comment(text(value)));
            }
        }
    }

    fn read_names(&mut self, body: &[u8], batch: &mut Batch) {
        // Name records are laid out as options are.
        for (code, value) in Options::new(body, self.order) {
            let (address, names) = match code {
                1 => match value.split_first_chunk::<4>() {
                    Some((address, names)) => (IpAddr::V4(Ipv4Addr::from(*address)), names),
                    None => continue,
                },
                2 => match value.split_first_chunk::<16>() {
                    Some((address, names)) => (IpAddr::V6(Ipv6Addr::from(*address)), names),
                    None => continue,
                },
                _ => continue,
            };
            for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
                if self.names.take(name.len(), NAMES) {
                    batch.happenings.push(Happening::Name(address, text(name)));
                }
            }
        }
    }

    fn statistics(&mut self, body: &[u8], batch: &mut Batch) {
        let order = self.order;
        let Some(known) = self.interfaces.get(order.u32(body, 0)) else { return };
        let interface = known.place;
        let time = known.clock.time(u64::from(order.u32(body, 4)) << 32 | u64::from(order.u32(body, 8)));
        self.comments_in(body.get(12..).unwrap_or_default(), time, batch);
        let (mut received, mut dropped, mut interface_dropped) = (None, None, None);
        for (code, value) in Options::new(body.get(12..).unwrap_or_default(), order) {
            let counter = match code {
                4 => &mut received,
                5 => &mut interface_dropped,
                7 => &mut dropped,
                _ => continue,
            };
            *counter = (value.len() == 8).then(|| order.u64(value, 0));
        }
        batch.happenings.push(Happening::Statistics { interface, received, dropped, interface_dropped });
    }

    fn read_secrets(&mut self, body: &[u8], batch: &mut Batch) {
        let len = self.order.u32(body, 4) as usize;
        let Some(data) = body.get(8..).and_then(|data| data.get(..len)) else { return };
        if self.secrets.take(len, (4096, SECRETS)) {
            batch.happenings.push(Happening::Secrets { kind: self.order.u32(body, 0), data: data.into() });
        }
    }

    /// Tells at the end which limits were reached.
    pub fn finish(&mut self, batch: &mut Batch, notices: &mut Notices) {
        let kept = [
            (&self.names, "names of addresses"),
            (&self.secrets, "blocks of secrets"),
            (&self.comments, "comments on sections"),
        ];
        for (quota, words) in kept {
            if quota.refused > 0 {
                let told = format_args!("{} {words} are kept, {} are not", quota.count, quota.refused);
                notices.tell(batch, Kind::Limit, None, told);
            }
        }
        self.interfaces.finish(batch, notices);
    }

    /// Whether a block that can be believed begins here, and something that can follow it.
    pub fn convincing(&self, window: &[u8], ended: bool) -> bool {
        // Cheap and rare: every known type but two has three bytes of zero.
        if window.len() < 12 {
            return false;
        }
        let mut order = self.order;
        let mut kind = order.u32(window, 0);
        if !kind::is_known(kind) {
            return false;
        }
        if kind == kind::SECTION {
            let Some(found) = section_order(window) else { return false };
            order = found;
            kind = kind::SECTION;
        }
        let claimed = order.u32(window, 4);
        let len = claimed as usize;
        if len < 12 || !len.is_multiple_of(4) || len > window.len() || order.u32(window, len - 4) != claimed {
            return false;
        }
        if kind == kind::PACKET {
            let captured = order.u32(window, 20) as usize;
            if self.interfaces.get(order.u32(window, 8)).is_none() || captured.saturating_add(32) > len {
                return false;
            }
        }
        let next = &window[len..];
        if next.len() < 8 { next.is_empty() || !ended } else { order.u32(next, 4) >= 12 }
    }
}
