//! Writing captures, as pcapng.
//!
//! Owns the layout of what is written and where the file ends in a whole block.
//! Every write is checked: a full disk is an error at once, the file is cut
//! back to the last whole block that fits, and no more packets are written;
//! room for the last counters is left.

use super::{Interface, PacketOptions};
use crate::base::Timestamp;
use std::fs::File;
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 256 << 10;
/// Bytes of an interface's counters, for which a full disk leaves room.
const COUNTERS: u64 = 64;

/// Writes one pcapng file: little-endian, one section, nanoseconds.
///
/// What is not flushed is written when the writer is dropped, but only
/// [`Writer::flush`] tells whether that went well.
#[derive(Debug)]
pub struct Writer {
    file: File,
    buffer: Vec<u8>,
    /// End of what the file holds; always the end of a block, but while a long one is written.
    written: u64,
    interfaces: u32,
    failed: Option<(ErrorKind, String)>,
    /// After a failure: the file was cut and may take the last counters.
    cut: bool,
}

impl Writer {
    /// Begins a capture in an empty file or a pipe.
    pub fn create(file: File) -> io::Result<Writer> {
        let mut writer = Writer {
            file,
            buffer: Vec::with_capacity(BUFFER + (64 << 10)),
            written: 0,
            interfaces: 0,
            failed: None,
            cut: false,
        };
        let mut body = Vec::new();
        body.extend(0x1a2b_3c4d_u32.to_le_bytes());
        body.extend([1, 0, 0, 0]);
        // The length of the section is not known yet.
        body.extend([0xff; 8]);
        option(&mut body, 4, concat!("wirepeel ", env!("CARGO_PKG_VERSION")).as_bytes());
        end_of_options(&mut body);
        writer.block(0x0a0d_0d0a, &body, &[], &[])?;
        Ok(writer)
    }

    /// Describes the next interface and gives its number. Times are kept in
    /// nanoseconds, whatever its resolution was.
    pub fn interface(&mut self, interface: &Interface) -> io::Result<u32> {
        let mut body = Vec::new();
        body.extend(interface.link.0.to_le_bytes());
        body.extend([0; 2]);
        body.extend(interface.snap_length.to_le_bytes());
        let texts = [(2, &interface.name), (3, &interface.description), (12, &interface.os)];
        for (code, text) in texts {
            if let Some(text) = text {
                option(&mut body, code, text.as_bytes());
            }
        }
        if let Some(mac) = &interface.mac {
            option(&mut body, 6, mac);
        }
        option(&mut body, 9, &[9]);
        if let Some(filter) = &interface.filter {
            option(&mut body, 11, &[&[0], filter.as_bytes()].concat());
        }
        if let Some(length) = interface.fcs_length {
            option(&mut body, 13, &[length]);
        }
        end_of_options(&mut body);
        self.block(1, &body, &[], &[])?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Adds a packet and gives the offset of its bytes in the file. A time
    /// before 1970 becomes 1970: the format counts from there.
    pub fn packet(
        &mut self,
        interface: u32,
        time: Timestamp,
        wire: u32,
        bytes: &[u8],
        options: &PacketOptions,
    ) -> io::Result<u64> {
        self.known(interface)?;
        let captured = u32::try_from(bytes.len()).map_err(|_| too_long())?;
        let mut head = [0; 20];
        head[0..4].copy_from_slice(&interface.to_le_bytes());
        head[4..12].copy_from_slice(&ticks(time));
        head[12..16].copy_from_slice(&captured.to_le_bytes());
        head[16..20].copy_from_slice(&wire.to_le_bytes());
        let mut list = Vec::new();
        for comment in &options.comments {
            option(&mut list, 1, comment.as_bytes());
        }
        if let Some(flags) = options.flags {
            option(&mut list, 2, &flags.to_le_bytes());
        }
        if let Some(dropped) = options.dropped {
            option(&mut list, 4, &dropped.to_le_bytes());
        }
        if !list.is_empty() {
            end_of_options(&mut list);
        }
        let start = self.block(6, &head, bytes, &list)?;
        Ok(start + 28)
    }

    /// Adds the counters of an interface, with comments; best at the end, and
    /// also after the disk was full.
    pub fn statistics(
        &mut self,
        interface: u32,
        time: Timestamp,
        received: Option<u64>,
        dropped: Option<u64>,
        interface_dropped: Option<u64>,
        comments: &[String],
    ) -> io::Result<()> {
        self.known(interface)?;
        let mut body = interface.to_le_bytes().to_vec();
        body.extend(ticks(time));
        for (code, counter) in [(4, received), (5, interface_dropped), (7, dropped)] {
            if let Some(counter) = counter {
                option(&mut body, code, &counter.to_le_bytes());
            }
        }
        // A full disk has room for the counters alone.
        for comment in comments.iter().filter(|_| !self.cut) {
            option(&mut body, 1, comment.as_bytes());
        }
        end_of_options(&mut body);
        let failed = if self.cut { self.failed.take() } else { None };
        let outcome = self.block(5, &body, &[], &[]).map(drop);
        if failed.is_none() {
            return outcome;
        }
        let outcome = outcome.and_then(|()| self.flush());
        // What failed first is why.
        self.failed = failed;
        outcome
    }

    /// Hands everything to the system, so that readers of the file see it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.check()?;
        let buffer = std::mem::take(&mut self.buffer);
        let outcome = self.write(&[&buffer]);
        self.buffer = buffer;
        self.buffer.clear();
        outcome
    }

    /// Bytes of the capture so far, those not yet flushed included.
    pub fn size(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn known(&self, interface: u32) -> io::Result<()> {
        if interface < self.interfaces {
            return Ok(());
        }
        Err(io::Error::new(ErrorKind::InvalidInput, format!("interface {interface} was not described")))
    }

    /// Adds a block of `head`, `bytes` padded, and `options`; gives its offset.
    fn block(&mut self, kind: u32, head: &[u8], bytes: &[u8], options: &[u8]) -> io::Result<u64> {
        self.check()?;
        let padding = &[0; 3][..bytes.len().next_multiple_of(4) - bytes.len()];
        let length = 12 + head.len() + bytes.len() + padding.len() + options.len();
        let length = u32::try_from(length).map_err(|_| too_long())?.to_le_bytes();
        let parts = [&kind.to_le_bytes(), &length, head, bytes, padding, options, &length];
        let start = self.size();
        if bytes.len() > BUFFER {
            self.flush()?;
            self.write(&parts)?;
        } else {
            parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
            if self.buffer.len() >= BUFFER {
                self.flush()?;
            }
        }
        Ok(start)
    }

    /// Writes blocks in parts, or as many whole ones as fit and leave room for
    /// the last counters.
    fn write(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let mut done = 0;
        let outcome = parts.iter().try_for_each(|part| write_counted(&mut self.file, part, &mut done));
        if let Err(error) = &outcome {
            let room = done.saturating_sub(COUNTERS * u64::from(self.interfaces));
            // Parts of one long block are no blocks.
            done = if let [blocks] = parts { whole_blocks(blocks, room) } else { 0 };
            let end = self.written + done;
            // A pipe cannot be cut; the error is told all the same.
            self.cut = self.file.set_len(end).is_ok() && self.file.seek(SeekFrom::Start(end)).is_ok();
            self.failed = Some((error.kind(), error.to_string()));
        }
        self.written += done;
        outcome
    }

    fn check(&self) -> io::Result<()> {
        match &self.failed {
            Some((kind, reason)) => Err(io::Error::new(*kind, reason.clone())),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is left to be told; those who care have flushed.
        let _ = self.flush();
    }
}

/// Writes all of `bytes` and counts into `done` what was written before a failure.
fn write_counted(file: &mut File, mut bytes: &[u8], done: &mut u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                *done += written as u64;
                bytes = bytes.get(written..).unwrap_or_default();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Bytes of the whole blocks among the first `room` bytes of some.
fn whole_blocks(blocks: &[u8], room: u64) -> u64 {
    let mut end = 0;
    loop {
        let rest = blocks.get(end..).unwrap_or_default();
        let Some([_, _, _, _, a, b, c, d]) = rest.first_chunk() else { return end as u64 };
        let next = end + u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if next as u64 > room || next == end {
            return end as u64;
        }
        end = next;
    }
}

fn ticks(time: Timestamp) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h] = u64::try_from(time.0).unwrap_or(0).to_le_bytes();
    // The upper half comes first.
    [e, f, g, h, a, b, c, d]
}

/// Adds an option; what does not fit its 16-bit length is cut.
fn option(list: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    list.extend(code.to_le_bytes());
    list.extend((value.len() as u16).to_le_bytes());
    list.extend(value);
    list.resize(list.len().next_multiple_of(4), 0);
}

fn end_of_options(list: &mut Vec<u8>) {
    list.extend([0; 4]);
}

fn too_long() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "a packet is too long for a capture")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::capture::testing::read_path;
    use crate::capture::{Happening, OpenOptions};
    use proptest::prelude::*;

    fn options() -> impl Strategy<Value = PacketOptions> {
        (prop::collection::vec(".{0,20}", 0..3), any::<Option<u32>>(), any::<Option<u64>>())
            .prop_map(|(comments, flags, dropped)| PacketOptions { comments, flags, dropped })
            .prop_filter("text that ends in NUL loses it", |options| {
                !options.comments.iter().any(|comment| comment.ends_with('\0'))
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            packets in prop::collection::vec(
                (0u32..3, 0i64.., any::<u32>(), prop::collection::vec(any::<u8>(), 0..200), options()), 0..30),
        ) {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut writer = Writer::create(file.reopen().unwrap()).unwrap();
            for number in 0..3u16 {
                let interface = Interface {
                    link: LinkType(number),
                    name: Some(format!("eth{number}")),
                    mac: Some([number as u8; 6]),
                    filter: Some("udp port 53".to_owned()),
                    snap_length: 96,
                    fcs_length: Some(4),
                    numbered: true,
                    ..Interface::default()
                };
                prop_assert_eq!(writer.interface(&interface).unwrap(), u32::from(number));
            }
            let mut offsets = Vec::new();
            for (interface, time, wire, bytes, options) in &packets {
                offsets.push(writer.packet(*interface, Timestamp(*time), *wire, bytes, options).unwrap());
            }
            writer.statistics(1, Timestamp(5), Some(10), None, Some(3), &["the end".to_owned()]).unwrap();
            writer.flush().unwrap();
            prop_assert_eq!(writer.size(), file.as_file().metadata().unwrap().len());
            let told = read_path(file.path(), &OpenOptions::default()).unwrap();
            prop_assert_eq!(told.notices(), [""; 0]);
            prop_assert_eq!(told.interfaces()[2].name.as_deref(), Some("eth2"));
            prop_assert_eq!(told.interfaces()[2].filter.as_deref(), Some("udp port 53"));
            prop_assert_eq!(told.records.len(), packets.len());
            for (number, (interface, time, wire, bytes, options)) in packets.iter().enumerate() {
                let record = &told.records[number];
                prop_assert_eq!(record.offset, offsets[number]);
                prop_assert_eq!((record.interface, record.time.0, record.wire), (*interface, *time, *wire));
                prop_assert_eq!(&told.packet(number), bytes);
                let interface = told.interfaces()[*interface as usize];
                prop_assert_eq!(&told.store.options(record, interface).unwrap(), options);
            }
            let statistics = Happening::Statistics {
                interface: 1, received: Some(10), dropped: None, interface_dropped: Some(3),
            };
            prop_assert_eq!(told.happenings.last(), Some(&statistics));
            let said: Vec<&str> = told.happenings.iter().filter_map(|happening| match happening {
                Happening::PacketComment(_, text) => Some(text.as_str()),
                _ => None,
            }).collect();
            let comments = packets.iter().flat_map(|packet| &packet.4.comments).map(String::as_str);
            prop_assert_eq!(said, comments.chain(["the end"]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_full_disk_is_an_error_that_stays() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut writer = Writer::create(full).unwrap();
        assert_eq!(writer.flush().unwrap_err().kind(), ErrorKind::StorageFull);
        assert!(writer.flush().is_err() && writer.interface(&Interface::default()).is_err());
    }

    #[test]
    fn blocks_that_fit_are_whole() {
        let mut blocks = Vec::new();
        for length in [12u32, 32, 16] {
            blocks.extend([6, 0, 0, 0]);
            blocks.extend(length.to_le_bytes());
            blocks.resize(blocks.len() + length as usize - 8, 0);
        }
        for (room, whole) in [(0, 0), (11, 0), (12, 12), (43, 12), (44, 44), (59, 44), (60, 60), (900, 60)] {
            assert_eq!(whole_blocks(&blocks, room), whole, "{room}");
        }
        assert_eq!(whole_blocks(&[0; 40], 40), 0, "a block of no length is none");
    }

    #[test]
    fn counters_take_the_room_that_is_left_for_them() {
        let mut writer = Writer::create(tempfile::tempfile().unwrap()).unwrap();
        writer.interface(&Interface::default()).unwrap();
        let before = writer.size();
        writer.statistics(0, Timestamp(1), Some(1), Some(2), Some(3), &[]).unwrap();
        assert_eq!(writer.size() - before, COUNTERS);
    }

    #[test]
    fn refuses_packets_of_no_interface() {
        let mut writer = Writer::create(tempfile::tempfile().unwrap()).unwrap();
        let refused = writer.packet(0, Timestamp(0), 0, &[], &PacketOptions::default());
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn long_packets_go_past_the_buffer() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = Writer::create(file.reopen().unwrap()).unwrap();
        writer.interface(&Interface::default()).unwrap();
        let long = vec![3; 2 * BUFFER + 1];
        for bytes in [&b"short"[..], &long, b"after"] {
            writer.packet(0, Timestamp(0), 9, bytes, &PacketOptions::default()).unwrap();
        }
        drop(writer);
        let told = read_path(file.path(), &OpenOptions::default()).unwrap();
        assert_eq!((told.records.len(), told.notices()), (3, vec![]));
        assert_eq!((told.packet(1), told.packet(2)), (long, b"after".to_vec()));
    }
}
