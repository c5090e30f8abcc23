//! The pcapng format: finding blocks, checking their lengths, and finding the
//! way again after damage.
//!
//! Owns where a block begins and ends; what is in it is left to
//! [`super::pcapng_blocks`]. Never looks into a packet.

use super::input::{Input, Short};
use super::notices::{Kind, Notices};
use super::order::Order;
use super::pcapng_blocks::{Blocks, kind};
use super::steps::Steps;
use super::{Batch, ByteStore, Source, Status};
use std::sync::Arc;

/// Longest block that is looked at as a whole; longer packets are passed over.
const WHOLE: u32 = 256 << 10;
/// Longest block of names, secrets and the like.
const WHOLE_META: u32 = 16 << 20;
/// Bytes of a longer block that are looked at: its header.
const HEAD: usize = 32;
/// Bytes that are searched for the next block after damage.
const SEARCHED: u64 = 16 << 20;
/// Bytes looked at together while searching.
const LOOK: usize = 512 << 10;

enum State {
    Blocks,
    /// A long block: it is believed when its end has been checked.
    Tail(Tail),
    /// Searching since the damage at this offset.
    Lost(u64, String),
    /// Nothing was found again.
    GivenUp,
    Done,
}

struct Tail {
    start: u64,
    kind: u32,
    /// Length as the block says.
    claimed: u32,
    head: [u8; HEAD],
}

/// Reader of one pcapng file.
pub(super) struct Pcapng {
    input: Input,
    blocks: Blocks,
    notices: Notices,
    state: State,
}

/// Length of a block with the padding that some writers leave out of it.
fn padded(claimed: u32) -> u64 {
    u64::from(claimed).next_multiple_of(4)
}

impl Pcapng {
    /// Whether `head` begins with a section header; the byte order is checked.
    pub fn is_magic(head: &[u8]) -> bool {
        head.starts_with(&kind::SECTION.to_be_bytes()) && section_order(head).is_some()
    }

    /// Over an input at its first section header.
    pub fn new(input: Input, notices: Notices) -> Self {
        Pcapng { input, blocks: Blocks::default(), notices, state: State::Blocks }
    }

    /// Takes the next block.
    fn step(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let start = self.input.position();
        let head = self.input.ahead(12)?;
        let mut order = self.blocks.order;
        // The type of a section header reads the same in both orders.
        if order.u32(head, 0) == kind::SECTION {
            let Some(found) = section_order(head) else {
                return self.lose(start, "a section without a byte-order mark".to_owned());
            };
            order = found;
        }
        let (kind, claimed) = (order.u32(head, 0), order.u32(head, 4));
        if claimed < 12 {
            return self.lose(start, format!("a block claims a length of {claimed} bytes"));
        }
        let limit = if kind::is_meta(kind) { WHOLE_META } else { WHOLE };
        if claimed > limit {
            return self.long(start, kind, claimed);
        }
        let len = padded(claimed) as usize;
        let window = match self.input.ahead(len) {
            Ok(window) => window,
            Err(Short::End) => {
                return self.lose(start, format!("a block of {claimed} bytes is cut short"));
            }
            Err(short) => return Err(short),
        };
        let block = &window[..len];
        let trailer = order.u32(block, len - 4);
        if trailer != claimed {
            let what = format!("a block's two lengths differ: {claimed} and {trailer}");
            return self.lose(start, what);
        }
        if let Some(record) =
            self.blocks.packet(kind, start, block, padded(claimed), batch, &mut self.notices)
        {
            batch.records.push(record);
            if record.has_options {
                self.blocks.packet_comments(&record, block, batch);
            }
            self.input.give(record.offset + u64::from(record.captured));
        } else {
            self.blocks.other(kind, start, order, block, batch, &mut self.notices);
        }
        self.input.consume(len);
        Ok(())
    }

    /// A block too long to look at as a whole: its header, then its end.
    fn long(&mut self, start: u64, kind: u32, claimed: u32) -> Result<(), Short> {
        let head = match self.input.ahead(HEAD) {
            Err(Short::End) => {
                return self.lose(start, format!("a block of {claimed} bytes is cut short"));
            }
            head => head?.first_chunk().copied().unwrap_or([0; HEAD]),
        };
        self.state = State::Tail(Tail { start, kind, claimed, head });
        Ok(())
    }

    fn tail(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let State::Tail(Tail { start, kind, claimed, head }) = self.state else { return Ok(()) };
        let end = start + padded(claimed);
        let what = match self.input.skip_to(end - 4).and_then(|()| self.input.ahead(4)) {
            Ok(trailer) if self.blocks.order.u32(trailer, 0) == claimed => {
                self.input.consume(4);
                let len = padded(claimed);
                let record = self.blocks.packet(kind, start, &head, len, batch, &mut self.notices);
                if let Some(record) = record {
                    batch.records.push(record);
                    self.input.give(record.offset + u64::from(record.captured));
                }
                if kind::is_meta(kind) {
                    let told = format_args!("a block of {claimed} bytes without packets is passed over");
                    self.notices.tell(batch, Kind::Unreadable, Some(start), told);
                }
                self.state = State::Blocks;
                return Ok(());
            }
            Ok(_) => format!("a block claims {claimed} bytes, but does not end there"),
            Err(Short::End) => format!("a block of {claimed} bytes is cut short"),
            Err(short) => return Err(short),
        };
        self.input.rewind(start + 1);
        self.lose(start, what)
    }

    fn lose(&mut self, at: u64, what: String) -> Result<(), Short> {
        if self.input.position() <= at {
            self.input.consume(1);
        }
        self.state = State::Lost(at, what);
        Ok(())
    }

    /// Searches the next block from the window on.
    fn search(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let State::Lost(at, _) = self.state else { return Ok(()) };
        let (window, ended) = self.input.ahead_or_end(LOOK)?;
        // A candidate needs as much behind it to be judged by.
        let half = if ended { window.len() } else { LOOK / 2 };
        let found = (0..half).find(|from| self.blocks.convincing(&window[*from..], ended));
        self.input.consume(found.unwrap_or(half));
        let passed = self.input.position() - at;
        if found.is_none() && !ended && passed < SEARCHED {
            return Err(Short::Busy);
        }
        let next = if found.is_some() { State::Blocks } else { State::GivenUp };
        let State::Lost(_, what) = std::mem::replace(&mut self.state, next) else { return Ok(()) };
        let outcome = match (found, ended) {
            (Some(_), _) => format!("{passed} bytes skipped to the next block"),
            (None, true) => format!("no block follows in the {passed} bytes that are left"),
            (None, false) => format!("no block follows in the next {passed} bytes"),
        };
        self.notices.tell(batch, Kind::Damage, Some(at), format_args!("{what}; {outcome}"));
        if found.is_some() && self.notices.hopeless(batch, at) {
            self.state = State::GivenUp;
        }
        Ok(())
    }
}

impl Steps for Pcapng {
    fn advance(&mut self, batch: &mut Batch, _full: usize) -> Result<(), Short> {
        match self.state {
            State::Blocks => self.step(batch),
            State::Tail(_) => self.tail(batch),
            State::Lost(..) => self.search(batch),
            State::GivenUp => Err(self.input.outcome()),
            State::Done => Err(Short::End),
        }
    }

    fn finish(&mut self, short: Short, batch: &mut Batch) {
        let at = Some(self.input.position());
        let left = self.input.window().len();
        match (&self.state, short) {
            (_, Short::Failed(why)) => self.notices.tell(batch, Kind::Damage, at, format_args!("{why}")),
            (State::Blocks, _) if left > 0 => {
                let told = format_args!("the last block is cut short: {left} bytes of it are there");
                self.notices.tell(batch, Kind::Damage, at, told);
            }
            _ => {}
        }
        self.blocks.finish(batch, &mut self.notices);
        self.notices.close(batch);
        self.state = State::Done;
    }

    fn input(&self) -> &Input {
        &self.input
    }
}

/// Byte order of a section, from its header.
pub(super) fn section_order(head: &[u8]) -> Option<Order> {
    [Order { big: false }, Order { big: true }].into_iter().find(|order| order.u32(head, 8) == 0x1a2b_3c4d)
}

impl Source for Pcapng {
    fn read(&mut self, batch: &mut Batch) -> Status {
        self.notices.release(batch);
        self.fill(batch)
    }

    fn bytes(&self) -> Arc<dyn ByteStore> {
        self.input.store()
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::testing::{block, interface, packet, read_file, read_pipe, section, u32_of};
    use crate::capture::{Happening, OpenOptions};
    use proptest::prelude::*;

    fn small(packets: u8) -> Vec<u8> {
        let mut file = [section(false), interface(1, 0, &[], false)].concat();
        for number in 0..packets {
            file.extend(packet(0, u64::from(number), &[number; 61], &[], false));
        }
        file
    }

    #[test]
    fn sections_of_both_orders_have_their_own_interfaces_and_clocks() {
        let file = [
            section(false),
            interface(1, 96, &[(2, b"eth0"), (9, &[9]), (14, &5i64.to_le_bytes())], false),
            packet(0, 7, b"first", &[], false),
            section(true),
            interface(113, 0, &[(9, &[0x80 | 1]), (14, &(-1i64).to_be_bytes())], true),
            interface(101, 0, &[(6, &[1, 2, 3, 4, 5, 6]), (11, b"\0udp"), (13, &[4])], true),
            packet(0, 3, b"second", &[(1, b"look here"), (2, &6u32.to_be_bytes())], true),
            packet(1, 9, b"third", &[], true),
        ]
        .concat();
        let told = read_file(&file).unwrap();
        assert_eq!(told.notices(), [""; 0]);
        let times: Vec<i64> = told.records.iter().map(|record| record.time.0).collect();
        assert_eq!(times, [5_000_000_007, 500_000_000, 9_000]);
        let places: Vec<u32> = told.records.iter().map(|record| record.interface).collect();
        assert_eq!(places, [0, 1, 2]);
        assert_eq!((told.packet(0), told.packet(1)), (b"first".to_vec(), b"second".to_vec()));
        let interfaces = told.interfaces();
        assert_eq!((interfaces[0].name.as_deref(), interfaces[0].snap_length), (Some("eth0"), 96));
        assert_eq!((interfaces[1].resolution.as_str(), interfaces[1].section), ("2^-1 s", 1));
        assert_eq!(interfaces[2].mac, Some([1, 2, 3, 4, 5, 6]));
        assert_eq!((interfaces[2].filter.as_deref(), interfaces[2].fcs_length), (Some("udp"), Some(4)));
        assert!(!told.records[0].has_options && told.records[1].has_options);
        let options = told.store.options(&told.records[1], interfaces[1]).unwrap();
        assert_eq!((options.comments, options.flags), (vec!["look here".to_owned()], Some(6)));
    }

    #[test]
    fn simple_and_old_packets() {
        let mut old = vec![0, 0, 5, 0];
        for field in [0u32, 42, 4, 99] {
            old.extend(field.to_le_bytes());
        }
        old.extend(b"oldp");
        let file = [
            section(false),
            interface(1, 6, &[], false),
            block(3, &[&u32_of(1500, false)[..], b"simple"].concat(), false),
            block(2, &old, false),
        ]
        .concat();
        let told = read_file(&file).unwrap();
        assert_eq!((told.records[0].captured, told.records[0].wire), (6, 1500));
        assert_eq!(told.packet(0), b"simple");
        assert!(told.records[0].time.is_none(), "such a block has no time");
        assert_eq!((told.packet(1), told.records[1].time.0), (b"oldp".to_vec(), 42_000));
        let options = told.store.options(&told.records[1], told.interfaces()[0]).unwrap();
        assert_eq!(options.dropped, Some(5));
    }

    #[test]
    fn names_statistics_secrets_and_comments() {
        let mut names = vec![1, 0, 8, 0, 10, 0, 0, 1, b'a', 0, b'b', 0];
        names.extend([2, 0, 18, 0]);
        names.extend([0; 15]);
        names.extend([1, b'c', 0, 0, 0, 0, 0, 0, 0]);
        let mut statistics = vec![0; 12];
        statistics.extend([4, 0, 8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        let mut start = section(false);
        start = block(0x0a0d_0d0a, &[&start[8..24], &[1, 0, 2, 0, b'h', b'i', 0, 0]].concat(), false);
        let file = [
            start,
            interface(1, 0, &[], false),
            block(4, &names, false),
            block(5, &statistics, false),
            block(10, b"LSLT\x03\0\0\0key", false),
            block(0xbad, b"\x01\0\0\0whatever", false),
            block(0x4141, b"unknown", false),
        ]
        .concat();
        let told = read_file(&file).unwrap();
        let name = |address: &str, name: &str| Happening::Name(address.parse().unwrap(), name.to_owned());
        assert_eq!(told.happenings[0], Happening::Comment("hi".to_owned()));
        assert_eq!(told.happenings[2..5], [name("10.0.0.1", "a"), name("10.0.0.1", "b"), name("::1", "c")]);
        let (received, dropped) = (Some(9), Some(2));
        assert_eq!(
            told.happenings[5..],
            [
                Happening::Statistics { interface: 0, received, dropped, interface_dropped: None },
                Happening::Secrets { kind: 0x544c_534c, data: b"key"[..].into() },
            ]
        );
    }

    #[test]
    fn a_long_packet_is_passed_over_and_checked() {
        let long = vec![7; 700_001];
        let mut file = [small(1), packet(0, 1, &long, &[(1, b"long")], false), small(1)].concat();
        for told in [read_file(&file).unwrap(), read_pipe(&file, 65536, &OpenOptions::default()).unwrap()] {
            assert_eq!(told.records.len(), 3);
            assert_eq!(told.packet(1), long);
            let options = told.store.options(&told.records[1], told.interfaces()[0]).unwrap();
            assert_eq!(options.comments, ["long"]);
        }
        let trailer = file.len() - small(1).len() - 4;
        file[trailer] ^= 1;
        let told = read_file(&file).unwrap();
        assert_eq!(told.records.len(), 2);
        assert!(told.damaged());
    }

    #[test]
    fn finds_its_way_after_damage() {
        let whole = small(10);
        let middle = whole.len() - 5 * packet(0, 0, &[0; 61], &[], false).len();
        for garbage in [&[0xff; 3][..], &[0; 40], &[6, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]] {
            let file = [&whole[..middle], garbage, &whole[middle..]].concat();
            let told = read_file(&file).unwrap();
            assert_eq!(told.records.len(), 10, "{:?}", told.notices());
            assert_eq!(told.notices().len(), 1);
            assert!(told.notices()[0].contains(&format!("{} bytes skipped", garbage.len())));
        }
    }

    #[test]
    fn damage_without_end_is_given_up() {
        let broken = [&[6, 0, 0, 0, 0, 0, 8, 0][..], &packet(0, 0, b"good", &[], false)].concat();
        let told = read_file(&[small(0), broken.repeat(6000), vec![0; 600_000]].concat()).unwrap();
        assert_eq!(told.records.len(), 4095);
        assert_eq!(told.notices().len(), 102, "a hundred, the end, and the count of the others");
    }

    #[test]
    fn packets_of_unknown_interfaces_and_of_false_lengths() {
        let mut clipped = packet(0, 0, b"clipped!", &[], false);
        clipped[20..24].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
        let file = [small(0), packet(9, 0, b"lost", &[], false), clipped, packet(0, 0, b"good", &[], false)];
        let told = read_file(&file.concat()).unwrap();
        assert_eq!(told.records.len(), 2);
        assert_eq!((told.packet(0), told.packet(1)), (b"clipped!".to_vec(), b"good".to_vec()));
        assert_eq!(told.notices().len(), 2);
    }

    proptest! {
        #[test]
        fn arbitrary_blocks_end(
            kinds in prop::collection::vec((0u32..12, prop::collection::vec(any::<u8>(), 0..80)), 0..40),
            big in any::<bool>(),
        ) {
            let mut file = section(big);
            for (kind, body) in kinds {
                file.extend(block(kind, &body, big));
            }
            let told = read_file(&file).unwrap();
            for (number, record) in told.records.iter().enumerate() {
                told.packet(number);
                told.store.options(record, told.interfaces()[record.interface as usize]).unwrap();
            }
        }

        #[test]
        fn changed_bytes_end(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
            let mut file = small(20);
            for (at, byte) in changes {
                let at = 12 + at.index(file.len() - 12);
                file[at] = byte;
            }
            let told = read_file(&file).unwrap();
            for number in 0..told.records.len() {
                told.packet(number);
            }
        }
    }
}
