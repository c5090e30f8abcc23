//! Options of pcapng blocks: walked, and read on demand for one packet.
//!
//! Owns the layout of option lists; knows no block but the two packet blocks
//! that have options.

use super::order::Order;
use super::{ByteStore, Gone, Interface, PacketOptions, Record};

/// Longest option list that is read for one packet.
const LONGEST: u64 = 256 << 10;
/// Bytes before the packet in both packet blocks, type and length included.
const BEFORE: u64 = 28;

/// Walks an option list: code and value, until its end mark or the first that does not fit.
pub(super) struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    /// Over `bytes`, which begin with an option.
    pub fn new(bytes: &'a [u8], order: Order) -> Self {
        Options { rest: bytes, order }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.rest.split_at_checked(4)?;
        let (code, len) = (self.order.u16(head, 0), usize::from(self.order.u16(head, 2)));
        if code == 0 {
            return None;
        }
        let value = rest.get(..len)?;
        self.rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

/// Text of an option; some writers end it with NUL.
pub(super) fn text(value: &[u8]) -> String {
    let end = value.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(&value[..end]).into_owned()
}

/// The options of one packet.
pub(super) fn read(
    store: &dyn ByteStore,
    record: &Record,
    interface: &Interface,
) -> Result<PacketOptions, Gone> {
    let mut found = PacketOptions::default();
    if !record.has_options || record.offset < BEFORE {
        return Ok(found);
    }
    let order = Order { big: interface.big_endian };
    let start = record.offset - BEFORE;
    let mut head = [0; 12];
    store.read_at(start, &mut head)?;
    let old = match order.u32(&head, 0) {
        2 => true,
        6 => false,
        _ => return Ok(found),
    };
    let from = record.offset + u64::from(record.captured).next_multiple_of(4);
    let until = start + u64::from(order.u32(&head, 4)).next_multiple_of(4).saturating_sub(4);
    let len = until.saturating_sub(from).min(LONGEST);
    let mut list = vec![0; usize::try_from(len).unwrap_or(0)];
    store.read_at(from, &mut list)?;
    if old {
        let drops = order.u16(&head, 10);
        found.dropped = (drops != u16::MAX).then_some(u64::from(drops));
    }
    for (code, value) in Options::new(&list, order) {
        match (code, value.len()) {
            (1, _) => found.comments.push(text(value)),
            (2, 4) => found.flags = Some(order.u32(value, 0)),
            (4, 8) if !old => found.dropped = Some(order.u64(value, 0)),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_until_the_end_mark_or_the_first_that_does_not_fit() {
        let order = Order { big: true };
        let list = [0, 2, 0, 3, b'a', b'b', 0, 0, 0, 9, 0, 1, 6, 0, 0, 0, 0, 0, 0, 0, 1];
        let found: Vec<_> = Options::new(&list, order).collect();
        assert_eq!(found, [(2, &b"ab\0"[..]), (9, &[6][..])]);
        assert_eq!(text(found[0].1), "ab");
        assert_eq!(Options::new(&[0, 1, 255, 255, 1], order).next(), None);
    }
}
