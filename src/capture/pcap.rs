//! The pcap format: one header, then records.
//!
//! Owns its magics, variants and record headers, and finding the way again
//! after damage. Never looks into a packet.

use super::input::{Input, Short};
use super::notices::{Kind, Notices};
use super::pcap_variant::{self, Layout};
use super::steps::Steps;
use super::{Batch, ByteStore, Happening, Interface, Record, Source, Status};
use crate::base::{LinkType, Timestamp};
use std::sync::Arc;

/// Size of the file header.
pub(super) const FILE_HEADER: usize = 24;
/// Longest packet that is believed whatever the snap length says.
const BELIEVED: u32 = 262_144;
/// Bytes that are searched for the next record after damage.
const SEARCHED: u64 = 16 << 20;
/// Bytes looked at together while searching.
const LOOK: usize = 512 << 10;
/// Records in a row that are convincing: bytes of packets often look like one or two.
const CONVINCING: u32 = 16;
/// Records in a row that are convincing when the window holds no more.
const CONVINCING_CUT: u32 = 3;
/// Record headers of nothing but zero that are believed in a row.
const ZEROS_BELIEVED: u32 = 1024;
/// Seconds between neighbours that are believed while searching.
const NEAR: u32 = 86_400;

enum State {
    Records,
    /// The record is given out when everything before the offset has passed.
    Body(Record, u64),
    Lost(Damage),
    /// Nothing was found again.
    GivenUp,
    Done,
}

/// A place that cannot be read, told when it is known how it ends.
struct Damage {
    at: u64,
    what: String,
}

/// Reader of one pcap file.
pub(super) struct Pcap {
    input: Input,
    layout: Layout,
    interface: Option<Interface>,
    notices: Notices,
    limit: u32,
    last_seconds: Option<u32>,
    zeros: u32,
    state: State,
}

struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

impl Pcap {
    /// Whether `head` begins with a magic of this format.
    pub fn is_magic(head: &[u8]) -> bool {
        Layout::of_magic(head).is_some()
    }

    /// Over an input of which the file header is in the window.
    pub fn new(mut input: Input, mut notices: Notices) -> Self {
        let guess = pcap_variant::guess(input.window());
        let head = input.window();
        let layout = guess.layout;
        let network = layout.order.u32(head, 20);
        let snap_length = layout.order.u32(head, 16);
        let interface = Interface {
            link: LinkType((network & 0xffff) as u16),
            snap_length,
            resolution: if layout.nano { "10^-9 s" } else { "10^-6 s" }.to_owned(),
            // Bit 26 says that the length above it counts, in units of 16 bits.
            fcs_length: (network & 0x0400_0000 != 0).then_some((network >> 28) as u8 * 2),
            big_endian: layout.order.big,
            ..Interface::default()
        };
        input.consume(FILE_HEADER);
        if let Some(remark) = guess.remark {
            notices.keep(Kind::Remark, remark);
        }
        Pcap {
            input,
            layout,
            interface: Some(interface),
            notices,
            limit: snap_length.max(BELIEVED),
            last_seconds: None,
            zeros: 0,
            state: State::Records,
        }
    }

    #[inline]
    fn header(&self, bytes: &[u8]) -> Header {
        let order = self.layout.order;
        let (captured, wire) = self.layout.lengths(order.u32(bytes, 8), order.u32(bytes, 12));
        Header { seconds: order.u32(bytes, 0), fraction: order.u32(bytes, 4), captured, wire }
    }

    fn record(&self, header: &Header, offset: u64) -> Record {
        let nanos = i64::from(header.fraction) * if self.layout.nano { 1 } else { 1000 };
        Record {
            offset,
            time: Timestamp::new(i64::from(header.seconds), nanos),
            captured: header.captured,
            wire: header.wire,
            interface: 0,
            has_options: false,
        }
    }

    /// Takes the next record.
    fn step(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let start = self.input.position();
        let size = self.layout.record_header;
        let window = self.input.ahead(size)?;
        let blank = window[..size].iter().all(|byte| *byte == 0);
        let held = window.len();
        let header = self.header(self.input.window());
        self.zeros = if blank { self.zeros + 1 } else { 0 };
        if self.zeros > ZEROS_BELIEVED {
            return self.lose(start, "zeros where packets should be".to_owned());
        }
        if header.captured > self.limit {
            let what = format!(
                "a packet claims {} bytes, more than the snap length allows ({})",
                header.captured, self.limit
            );
            return self.lose(start, what);
        }
        let offset = start + size as u64;
        let record = self.record(&header, offset);
        let end = offset + u64::from(header.captured);
        let whole = size + header.captured as usize;
        if whole <= held {
            self.input.consume(whole);
            self.give(record, end, batch);
        } else {
            self.state = State::Body(record, end);
        }
        Ok(())
    }

    /// Takes the sound records that the window holds whole, until `full`: what
    /// [`Pcap::step`] does one by one, but for all that can be wrong.
    fn run(&mut self, batch: &mut Batch, full: usize) {
        let size = self.layout.record_header;
        let (window, start) = (self.input.window(), self.input.position());
        let mut at = 0;
        while batch.records.len() < full
            && let Some(bytes) = window.get(at..at + size)
        {
            let header = self.header(bytes);
            let end = at + size + header.captured as usize;
            let blank = header.seconds | header.fraction | header.captured | header.wire == 0;
            if blank || header.captured > self.limit || end > window.len() {
                break;
            }
            batch.records.push(self.record(&header, start + (at + size) as u64));
            at = end;
        }
        if let Some(last) = batch.records.last().filter(|_| at > 0) {
            self.zeros = 0;
            self.last_seconds = u32::try_from(last.time.seconds()).ok();
            self.input.consume(at);
            self.input.give(start + at as u64);
        }
    }

    #[inline]
    fn give(&mut self, record: Record, end: u64, batch: &mut Batch) {
        self.last_seconds = u32::try_from(record.time.seconds()).ok();
        self.input.give(end);
        batch.records.push(record);
    }

    fn lose(&mut self, at: u64, what: String) -> Result<(), Short> {
        if self.input.position() <= at {
            self.input.consume(1);
        }
        self.state = State::Lost(Damage { at, what });
        Ok(())
    }

    /// Passes the rest of a packet.
    fn body(&mut self, record: Record, end: u64, batch: &mut Batch) -> Result<(), Short> {
        match self.input.skip_to(end) {
            Ok(()) => {
                self.state = State::Records;
                self.give(record, end, batch);
                Ok(())
            }
            Err(Short::End) => {
                let start = record.offset - self.layout.record_header as u64;
                let what = format!("a packet of {} bytes is cut short", record.captured);
                self.input.rewind(start + 1);
                self.lose(start, what)
            }
            Err(short) => Err(short),
        }
    }

    /// Searches the next record from the window on.
    fn search(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let State::Lost(damage) = &self.state else { return Ok(()) };
        let at = damage.at;
        let (window, ended) = self.input.ahead_or_end(LOOK)?;
        // A candidate needs as much behind it to be judged by.
        let half = if ended { window.len() } else { LOOK / 2 };
        let found = (0..half).find(|from| self.convincing(&self.input.window()[*from..], ended));
        self.input.consume(found.unwrap_or(half));
        let passed = self.input.position() - at;
        if found.is_none() && !ended && passed < SEARCHED {
            return Err(Short::Busy);
        }
        let State::Lost(damage) = std::mem::replace(&mut self.state, State::Records) else { return Ok(()) };
        let what = damage.what;
        if found.is_some() {
            self.zeros = 0;
            let told = format_args!("{what}; {passed} bytes skipped to the next packet");
            self.notices.tell(batch, Kind::Damage, Some(at), told);
            if self.notices.hopeless(batch, at) {
                self.state = State::GivenUp;
            }
        } else {
            let which = if ended { "bytes that are left" } else { "bytes that were searched" };
            let told = format_args!("{what}; no run of packets follows in the {passed} {which}");
            self.notices.tell(batch, Kind::Damage, Some(at), told);
            self.state = State::GivenUp;
        }
        Ok(())
    }

    /// Whether many plausible records in a row begin here.
    fn convincing(&self, window: &[u8], ended: bool) -> bool {
        let (mut at, mut near) = (0, self.last_seconds);
        let size = self.layout.record_header;
        for seen in 0..CONVINCING {
            let Some(bytes) = window.get(at..).filter(|rest| rest.len() >= size) else {
                return seen >= CONVINCING_CUT && !ended;
            };
            let header = self.header(bytes);
            let scale = if self.layout.nano { 1_000_000_000 } else { 1_000_000 };
            if header.fraction >= scale
                || header.wire == 0
                || header.captured == 0
                || header.captured > header.wire
                || header.captured > BELIEVED
                || header.wire > BELIEVED.max(self.limit)
                || near.is_some_and(|near| near.abs_diff(header.seconds) > NEAR)
            {
                return false;
            }
            near = Some(header.seconds);
            at += size + header.captured as usize;
        }
        at <= window.len() || !ended
    }
}

impl Steps for Pcap {
    fn advance(&mut self, batch: &mut Batch, full: usize) -> Result<(), Short> {
        if matches!(self.state, State::Records) {
            self.run(batch, full);
        }
        match &self.state {
            State::Records => self.step(batch),
            State::Body(record, end) => {
                let (record, end) = (*record, *end);
                self.body(record, end, batch)
            }
            State::Lost(_) => self.search(batch),
            State::GivenUp => Err(self.input.outcome()),
            State::Done => Err(Short::End),
        }
    }

    fn finish(&mut self, short: Short, batch: &mut Batch) {
        let position = self.input.position();
        let left = self.input.window().len();
        let at = Some(position);
        match (&self.state, short) {
            (_, Short::Failed(why)) => self.notices.tell(batch, Kind::Damage, at, format_args!("{why}")),
            (State::Records, _) if left > 0 => {
                let told = format_args!("the last packet is cut short: {left} bytes of its header are there");
                self.notices.tell(batch, Kind::Damage, at, told);
            }
            _ => {}
        }
        self.notices.close(batch);
        self.state = State::Done;
    }

    fn input(&self) -> &Input {
        &self.input
    }
}

impl Source for Pcap {
    fn read(&mut self, batch: &mut Batch) -> Status {
        batch.happenings.extend(self.interface.take().map(Happening::Interface));
        self.notices.release(batch);
        self.fill(batch)
    }

    fn bytes(&self) -> Arc<dyn ByteStore> {
        self.input.store()
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::OpenOptions;
    use crate::capture::testing::{pcap, pcap_header, pcap_record, read_file, read_pipe};
    use proptest::prelude::*;

    #[test]
    fn every_magic_in_both_orders() {
        for (magic, extra, nanos) in [(0xa1b2_c3d4, 0, 7000), (0xa1b2_3c4d_u32, 0, 7), (0xa1b2_cd34, 8, 7000)]
        {
            for big in [false, true] {
                let mut file = pcap_header(magic, 4, big);
                for _ in 0..3 {
                    let packet = [&vec![0; extra][..], b"abc"].concat();
                    file.extend(pcap_record(5, [3, 90], &packet, big));
                }
                let told = read_file(&file).unwrap();
                let record = told.records[2];
                assert_eq!(told.notices(), [""; 0]);
                assert_eq!((record.captured, record.wire), (3, 90));
                assert_eq!(record.time.0, 5_000_000_000 + nanos);
                assert_eq!(told.packet(2), b"abc");
                assert_eq!(told.interfaces()[0].link.0, 1);
            }
        }
    }

    #[test]
    fn upper_bits_of_the_link_type_tell_the_check_sequence() {
        let mut file = pcap_header(0xa1b2_c3d4, 4, false);
        file[20..24].copy_from_slice(&0x2400_0001_u32.to_le_bytes());
        let told = read_file(&file).unwrap();
        assert_eq!((told.interfaces()[0].link.0, told.interfaces()[0].fcs_length), (1, Some(4)));
    }

    #[test]
    fn what_comes_before_a_cut_is_shown() {
        let file = pcap(5);
        for (len, expected) in [(file.len() - 1, 4), (file.len() - 60, 4), (file.len() - 70, 4)] {
            for told in [
                read_file(&file[..len]).unwrap(),
                read_pipe(&file[..len], 33, &OpenOptions::default()).unwrap(),
            ] {
                assert_eq!(told.records.len(), expected);
                assert_eq!(told.notices().len(), 1, "{:?}", told.notices());
                assert!(told.damaged() && told.notices()[0].contains("at offset 328: "));
            }
        }
    }

    #[test]
    fn finds_its_way_after_garbage_in_the_middle() {
        let whole = pcap(60);
        let middle = whole.len() - 76 * 30;
        for garbage in [vec![0xff; 64], vec![0xaa; 100_003]] {
            let file = [&whole[..middle], &garbage, &whole[middle..]].concat();
            for told in [read_file(&file).unwrap(), read_pipe(&file, 4096, &OpenOptions::default()).unwrap()]
            {
                assert_eq!(told.records.len(), 60);
                let skipped = format!("{} bytes skipped", garbage.len());
                assert!(told.notices()[0].contains(&skipped), "{:?}", told.notices());
                assert_eq!(told.packet(59), [59 | 0x80; 60]);
            }
        }
    }

    #[test]
    fn zeros_are_not_packets_without_end() {
        let file = [pcap(2), vec![0; 1 << 20]].concat();
        let told = read_file(&file).unwrap();
        assert!(told.records.len() < 2000 && told.damaged());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_end(body in prop::collection::vec(any::<u8>(), 0..2000), kind in 0usize..6) {
            let magic = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34][kind / 2];
            let file = [pcap_header(magic, 4, kind % 2 == 1), body].concat();
            let told = read_file(&file).unwrap();
            for number in 0..told.records.len() {
                told.packet(number);
            }
        }

        #[test]
        fn changed_bytes_end(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
            let mut file = pcap(40);
            for (at, byte) in changes {
                let at = 24 + at.index(file.len() - 24);
                file[at] = byte;
            }
            let told = read_file(&file).unwrap();
            for number in 0..told.records.len() {
                told.packet(number);
            }
        }
    }
}
