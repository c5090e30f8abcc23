//! The pcapng blocks that a live capture writes, in this machine's byte order.
//!
//! Owns their layout. Timestamps are nanoseconds.

use super::super::Interface;
use crate::base::Timestamp;

/// Bytes of an enhanced packet block before the packet.
pub(super) const BEFORE: usize = 28;

/// Bytes of an enhanced packet block in all, for a packet of this length.
pub(super) fn packet_block_length(captured: usize) -> usize {
    BEFORE + captured.next_multiple_of(4) + 4
}

/// The section header: who wrote this.
pub(super) fn section(out: &mut Vec<u8>) {
    block(out, 0x0a0d_0d0a, |out| {
        out.extend(0x1a2b_3c4d_u32.to_ne_bytes());
        out.extend(1u16.to_ne_bytes());
        out.extend(0u16.to_ne_bytes());
        // The section's length is not known yet.
        out.extend(u64::MAX.to_ne_bytes());
        option(out, 4, concat!("wirepeel ", env!("CARGO_PKG_VERSION")).as_bytes());
        option(out, 0, &[]);
    });
}

/// The description of an interface.
pub(super) fn interface(out: &mut Vec<u8>, interface: &Interface) {
    block(out, 1, |out| {
        out.extend(interface.link.0.to_ne_bytes());
        out.extend([0; 2]);
        out.extend(interface.snap_length.to_ne_bytes());
        if let Some(name) = &interface.name {
            option(out, 2, name.as_bytes());
        }
        if let Some(description) = &interface.description {
            option(out, 3, description.as_bytes());
        }
        if let Some(mac) = &interface.mac {
            option(out, 6, mac);
        }
        option(out, 9, &[9]);
        if let Some(filter) = &interface.filter {
            // A leading 0 says: text as libpcap takes it.
            option(out, 11, &[&[0], filter.as_bytes()].concat());
        }
        option(out, 0, &[]);
    });
}

/// One packet.
pub(super) fn packet(out: &mut Vec<u8>, interface: u32, time: Timestamp, wire: u32, bytes: &[u8]) {
    // libpcap caps what it captures at 262,144 bytes.
    let length = packet_block_length(bytes.len()) as u32;
    let mut head = [0; BEFORE];
    let ticks = time.0.max(0) as u64;
    let words =
        [6, length, interface, (ticks >> 32) as u32, (ticks & 0xffff_ffff) as u32, bytes.len() as u32, wire];
    for (place, word) in head.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_ne_bytes());
    }
    out.extend_from_slice(&head);
    out.extend_from_slice(bytes);
    out.extend_from_slice(&[0; 3][..bytes.len().next_multiple_of(4) - bytes.len()]);
    out.extend_from_slice(&length.to_ne_bytes());
}

/// What was counted on an interface, up to `time`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Packets that the interface gave, dropped ones included.
    pub received: u64,
    /// Dropped by the kernel for want of buffer.
    pub dropped: u64,
    /// Dropped by the interface or its driver.
    pub interface_dropped: u64,
    /// Packets that are in the capture.
    pub delivered: u64,
}

/// The statistics of an interface at the capture's end.
pub(super) fn statistics(out: &mut Vec<u8>, interface: u32, time: Timestamp, counted: &Counted) {
    block(out, 5, |out| {
        let ticks = time.0.max(0) as u64;
        for word in [interface, (ticks >> 32) as u32, (ticks & 0xffff_ffff) as u32] {
            out.extend(word.to_ne_bytes());
        }
        let values =
            [(4, counted.received), (5, counted.interface_dropped), (7, counted.dropped), (8, counted.delivered)];
        for (code, value) in values {
            option(out, code, &value.to_ne_bytes());
        }
        option(out, 0, &[]);
    });
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend(code.to_ne_bytes());
    out.extend((value.len() as u16).to_ne_bytes());
    out.extend_from_slice(value);
    out.extend_from_slice(&[0; 3][..value.len().next_multiple_of(4) - value.len()]);
}

fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend(kind.to_ne_bytes());
    out.extend([0; 4]);
    body(out);
    let length = ((out.len() - start + 4) as u32).to_ne_bytes();
    out[start + 4..start + 8].copy_from_slice(&length);
    out.extend(length);
}
