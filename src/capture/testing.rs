//! What the tests of this folder share: captures made by hand, and readers
//! that go to the end.

use super::{Batch, ByteStore, Happening, Interface, OpenError, OpenOptions, Record, Status, open};
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;

/// Everything that a capture told.
pub(super) struct Told {
    pub records: Vec<Record>,
    pub happenings: Vec<Happening>,
    pub store: Arc<dyn ByteStore>,
}

impl Told {
    pub fn notices(&self) -> Vec<&str> {
        let mut notices = Vec::new();
        for happening in &self.happenings {
            if let Happening::Notice(notice) = happening {
                notices.push(notice.text.as_str());
            }
        }
        notices
    }

    pub fn damaged(&self) -> bool {
        self.happenings.iter().any(|told| matches!(told, Happening::Notice(notice) if notice.damage))
    }

    pub fn interfaces(&self) -> Vec<&Interface> {
        let mut interfaces = Vec::new();
        for happening in &self.happenings {
            if let Happening::Interface(interface) = happening {
                interfaces.push(interface);
            }
        }
        interfaces
    }

    pub fn packet(&self, number: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.records[number].captured as usize];
        self.store.read_at(self.records[number].offset, &mut bytes).unwrap();
        bytes
    }
}

/// Reads a capture by name to its end.
pub(super) fn read_path(path: &Path, options: &OpenOptions) -> Result<Told, OpenError> {
    let mut source = open(path, options)?;
    let (mut records, mut happenings) = (Vec::new(), Vec::new());
    let store = source.bytes();
    let mut batch = Batch::default();
    for _ in 0..100_000 {
        batch.clear();
        let status = source.read(&mut batch);
        records.append(&mut batch.records);
        happenings.append(&mut batch.happenings);
        if let Some(last) = records.last() {
            store.analysed(last.offset + u64::from(last.captured));
        }
        if status == Status::End {
            return Ok(Told { records, happenings, store });
        }
    }
    panic!("the capture does not end");
}

/// Reads a regular file with these bytes.
pub(super) fn read_file(bytes: &[u8]) -> Result<Told, OpenError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_path(file.path(), &OpenOptions::default())
}

/// Reads a pipe through which these bytes come in pieces.
pub(super) fn read_pipe(bytes: &[u8], piece: usize, options: &OpenOptions) -> Result<Told, OpenError> {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    std::thread::scope(|scope| {
        scope.spawn(move || bytes.chunks(piece).try_for_each(|part| writer.write_all(part)));
        let told = read_path(Path::new(&path), options);
        drop(reader);
        told
    })
}

/// A pcap file header.
pub(super) fn pcap_header(magic: u32, minor: u16, big: bool) -> Vec<u8> {
    let mut head = Vec::new();
    head.extend(u32_of(magic, big));
    head.extend(u16_of(2, big));
    head.extend(u16_of(minor, big));
    head.extend([0; 8]);
    head.extend(u32_of(65535, big));
    head.extend(u32_of(1, big));
    head
}

/// A pcap record header of 16 bytes and a packet.
pub(super) fn pcap_record(seconds: u32, lengths: [u32; 2], packet: &[u8], big: bool) -> Vec<u8> {
    let mut record = Vec::new();
    for field in [seconds, 7, lengths[0], lengths[1]] {
        record.extend(u32_of(field, big));
    }
    record.extend(packet);
    record
}

/// A plain little-endian pcap with this many packets of 60 bytes.
pub(super) fn pcap(packets: u32) -> Vec<u8> {
    let mut file = pcap_header(0xa1b2_c3d4, 4, false);
    for number in 0..packets {
        file.extend(pcap_record(1_700_000_000 + number / 100, [60, 60], &[number as u8 | 0x80; 60], false));
    }
    file
}

/// A pcapng block.
pub(super) fn block(kind: u32, body: &[u8], big: bool) -> Vec<u8> {
    let length = u32_of(12 + body.len().next_multiple_of(4) as u32, big);
    let mut block = u32_of(kind, big).to_vec();
    block.extend(length);
    block.extend(body);
    block.resize(block.len().next_multiple_of(4), 0);
    block.extend(length);
    block
}

/// A section header.
pub(super) fn section(big: bool) -> Vec<u8> {
    let mut body = u32_of(0x1a2b_3c4d, big).to_vec();
    body.extend(u16_of(1, big));
    body.extend([0, 0]);
    body.extend([0xff; 8]);
    block(0x0a0d_0d0a, &body, big)
}

/// An interface description with options as they are.
pub(super) fn interface(link: u16, snap_length: u32, options: &[(u16, &[u8])], big: bool) -> Vec<u8> {
    let mut body = u16_of(link, big).to_vec();
    body.extend([0, 0]);
    body.extend(u32_of(snap_length, big));
    body.extend(options_of(options, big));
    block(1, &body, big)
}

/// An enhanced packet block.
pub(super) fn packet(
    interface: u32,
    ticks: u64,
    packet: &[u8],
    options: &[(u16, &[u8])],
    big: bool,
) -> Vec<u8> {
    let len = packet.len() as u32;
    let mut body = Vec::new();
    for field in [interface, (ticks >> 32) as u32, ticks as u32, len, len] {
        body.extend(u32_of(field, big));
    }
    body.extend(packet);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(options_of(options, big));
    block(6, &body, big)
}

/// An option list with its end mark; nothing for no options.
pub(super) fn options_of(options: &[(u16, &[u8])], big: bool) -> Vec<u8> {
    let mut list = Vec::new();
    for (code, value) in options {
        list.extend(u16_of(*code, big));
        list.extend(u16_of(value.len() as u16, big));
        list.extend(*value);
        list.resize(list.len().next_multiple_of(4), 0);
    }
    if !list.is_empty() {
        list.extend([0; 4]);
    }
    list
}

pub(super) fn u32_of(value: u32, big: bool) -> [u8; 4] {
    if big { value.to_be_bytes() } else { value.to_le_bytes() }
}

pub(super) fn u16_of(value: u16, big: bool) -> [u8; 2] {
    if big { value.to_be_bytes() } else { value.to_le_bytes() }
}
