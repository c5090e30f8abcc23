//! Makes a large trace to measure with; the same arguments give the same bytes:
//! `cargo run --release --example trace -- KIND MEBIBYTES OUT [CAPTURE-OR-FOLDER...]`.

#![allow(clippy::indexing_slicing)] // every length is looked at before

use etherparse::PacketBuilder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wirepeel::base::LinkType;
use wirepeel::capture::{Batch, Happening, OpenOptions, Status, open};

const USAGE: &str = "usage: trace KIND MEBIBYTES OUT [CAPTURE-OR-FOLDER...]
  mixed  the packets of the captures again and again, addresses rotated
  bulk   16 TCP flows of 1460-byte segments
  flood  SYNs, each of a new flow
  dns    queries and answers as a resolver sees them";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (kind, size, out, captures) = match words.as_slice() {
        [kind, size, out, captures @ ..] if size.parse::<u64>().is_ok() => (kind, size, out, captures),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let captures: Vec<PathBuf> = captures.iter().map(PathBuf::from).collect();
    let size = size.parse::<u64>().unwrap_or(0) << 20;
    let made = File::create(out).and_then(|file| write(kind, size, &captures, &mut BufWriter::new(file)));
    match made {
        Ok(packets) => {
            println!("{packets} packets");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{out}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A source of numbers that look random and never change (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(bound)) >> 32) as u32
    }
}

/// Writes a trace of at most `size` bytes: microsecond pcap, Ethernet. Real
/// packets are those of the captures under `captures`. Gives the packets.
fn write(kind: &str, size: u64, captures: &[PathBuf], out: &mut impl Write) -> io::Result<u64> {
    let mut pcap = Pcap::begin(out, size)?;
    match kind {
        "mixed" => mixed(&mut pcap, captures)?,
        "bulk" => bulk(&mut pcap)?,
        "flood" => flood(&mut pcap)?,
        "dns" => dns(&mut pcap)?,
        _ => return Err(io::Error::other(format!("no such kind of trace: {kind}"))),
    }
    pcap.out.flush()?;
    Ok(pcap.packets)
}

/// A pcap file that grows until it has its size.
struct Pcap<'a, W: Write> {
    out: &'a mut W,
    left: u64,
    packets: u64,
}

impl<'a, W: Write> Pcap<'a, W> {
    fn begin(out: &'a mut W, size: u64) -> io::Result<Self> {
        let words: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1];
        words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))?;
        Ok(Pcap { out, left: size.saturating_sub(24), packets: 0 })
    }

    /// Appends a frame, one in ten microseconds; `false` once there is no room.
    fn frame(&mut self, bytes: &[u8], wire: u32) -> io::Result<bool> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64 + 16) else { return Ok(false) };
        let micros = self.packets * 10;
        let seconds = 1_700_000_000 + micros / 1_000_000;
        let head = [seconds as u32, (micros % 1_000_000) as u32, bytes.len() as u32, wire];
        head.iter().try_for_each(|word| self.out.write_all(&word.to_le_bytes()))?;
        self.out.write_all(bytes)?;
        (self.left, self.packets) = (left, self.packets + 1);
        Ok(true)
    }

    fn whole(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.frame(bytes, bytes.len() as u32)
    }
}

type Udp = etherparse::PacketBuilderStep<etherparse::UdpHeader>;
type Tcp = etherparse::PacketBuilderStep<etherparse::TcpHeader>;
type Ip = etherparse::PacketBuilderStep<etherparse::IpHeaders>;

fn ipv4(src: [u8; 4], dst: [u8; 4]) -> Ip {
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(src, dst, 64)
}

fn tcp(builder: Tcp, payload: &[u8], frame: &mut Vec<u8>) -> io::Result<()> {
    frame.clear();
    builder.write(frame, payload).map_err(io::Error::other)
}

fn udp(builder: Udp, payload: &[u8], frame: &mut Vec<u8>) -> io::Result<()> {
    frame.clear();
    builder.write(frame, payload).map_err(io::Error::other)
}

fn bulk<W: Write>(pcap: &mut Pcap<'_, W>) -> io::Result<()> {
    let mut numbers = Numbers(1);
    let payload: Vec<u8> = (0..1460).map(|_| numbers.next() as u8).collect();
    let mut frame = Vec::new();
    let (receiver, sender) = (|flow: u8| [10, 0, 0, flow + 1], |flow: u8| [10, 0, 1, flow + 1]);
    let port = |flow: u8| 40_000 + u16::from(flow);
    let mut sent = [5001u32; 16];
    for flow in 0..16 {
        let there = || ipv4(receiver(flow), sender(flow));
        tcp(there().tcp(port(flow), 5001, 1000, 65_535).syn(), &[], &mut frame)?;
        pcap.whole(&frame)?;
        let back = ipv4(sender(flow), receiver(flow)).tcp(5001, port(flow), 5000, 65_535);
        tcp(back.syn().ack(1001), &[], &mut frame)?;
        pcap.whole(&frame)?;
        tcp(there().tcp(port(flow), 5001, 1001, 65_535).ack(5001), &[], &mut frame)?;
        pcap.whole(&frame)?;
    }
    for number in 0u64.. {
        let flow = (number % 16) as u8;
        let seq = &mut sent[usize::from(flow)];
        let segment = ipv4(sender(flow), receiver(flow)).tcp(5001, port(flow), *seq, 65_535);
        tcp(segment.ack(1001), &payload, &mut frame)?;
        if !pcap.whole(&frame)? {
            break;
        }
        *seq = seq.wrapping_add(payload.len() as u32);
        if number / 16 % 2 == 1 {
            let answer = ipv4(receiver(flow), sender(flow)).tcp(port(flow), 5001, 1001, 65_535);
            tcp(answer.ack(*seq), &[], &mut frame)?;
            pcap.whole(&frame)?;
        }
    }
    Ok(())
}

fn flood<W: Write>(pcap: &mut Pcap<'_, W>) -> io::Result<()> {
    let mut numbers = Numbers(2);
    let mut frame = Vec::new();
    loop {
        let [_, b, c, d] = numbers.next().to_be_bytes();
        let src = [11 + numbers.below(200) as u8, b, c, d];
        let port = 1024 + numbers.below(64_000) as u16;
        let segment = ipv4(src, [10, 9, 8, 7]).tcp(port, 80, numbers.next(), 65_535);
        tcp(segment.syn(), &[], &mut frame)?;
        frame.resize(60, 0);
        if !pcap.whole(&frame)? {
            return Ok(());
        }
    }
}

fn dns<W: Write>(pcap: &mut Pcap<'_, W>) -> io::Result<()> {
    const SERVER: [u8; 4] = [10, 0, 0, 53];
    const OPT: [u8; 11] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
    let mut numbers = Numbers(3);
    let (mut frame, mut message) = (Vec::new(), Vec::new());
    loop {
        let client = [10, 1, numbers.next() as u8, 1 + numbers.below(254) as u8];
        let (id, port) = (numbers.next() as u16, 1024 + numbers.below(64_000) as u16);
        let kind: u16 = [1, 1, 1, 28, 28, 65, 15][numbers.below(7) as usize];
        let mut question = Vec::new();
        let first =
            ["www", "api", "cdn", "mail", "static", "img", "login", "edge"][numbers.below(8) as usize];
        let last = ["com", "net", "org", "kr", "io"][numbers.below(5) as usize];
        for label in [first, &format!("host{}", numbers.below(200_000)), last] {
            question.push(label.len() as u8);
            question.extend_from_slice(label.as_bytes());
        }
        question.push(0);
        question.extend_from_slice(&kind.to_be_bytes());
        question.extend_from_slice(&[0, 1]);
        let head = |message: &mut Vec<u8>, words: [u16; 5]| {
            message.clear();
            message.extend_from_slice(&id.to_be_bytes());
            words.iter().for_each(|word| message.extend_from_slice(&word.to_be_bytes()));
            message.extend_from_slice(&question);
        };
        head(&mut message, [0x0100, 1, 0, 0, 1]);
        message.extend_from_slice(&OPT);
        udp(ipv4(client, SERVER).udp(port, 53), &message, &mut frame)?;
        if !pcap.whole(&frame)? {
            return Ok(());
        }
        let answers = if kind == 1 { 1 + numbers.below(4) as u16 } else { 1 };
        if numbers.below(10) == 0 {
            // No such name.
            head(&mut message, [0x8183, 1, 0, 0, 1]);
        } else {
            head(&mut message, [0x8180, 1, answers, 0, 1]);
            for _ in 0..answers {
                let data: Vec<u8> = match kind {
                    28 => (0..16).map(|_| numbers.next() as u8).collect(),
                    15 => b"\x00\x0a\x04mail\xc0\x0c".to_vec(),
                    65 => b"\x00\x01\x00\x00\x01\x00\x03\x02h2".to_vec(),
                    _ => numbers.next().to_be_bytes().to_vec(),
                };
                message.extend_from_slice(&[0xc0, 0x0c]);
                message.extend_from_slice(&kind.to_be_bytes());
                message.extend_from_slice(&[0, 1]);
                message.extend_from_slice(&(30 + numbers.below(86_000)).to_be_bytes());
                message.extend_from_slice(&(data.len() as u16).to_be_bytes());
                message.extend_from_slice(&data);
            }
        }
        message.extend_from_slice(&OPT);
        udp(ipv4(SERVER, client).udp(53, port), &message, &mut frame)?;
        if !pcap.whole(&frame)? {
            return Ok(());
        }
    }
}

fn mixed<W: Write>(pcap: &mut Pcap<'_, W>, captures: &[PathBuf]) -> io::Result<()> {
    let mut files = Vec::new();
    captures.iter().for_each(|path| find(path, &mut files));
    files.sort();
    let mut frames: Vec<(Vec<u8>, u32)> = Vec::new();
    files.iter().for_each(|path| ethernet_frames(path, &mut frames));
    if frames.is_empty() {
        return Err(io::Error::other("no Ethernet capture was found"));
    }
    for round in 0.. {
        for (bytes, wire) in &frames {
            if !pcap.frame(&rotated(bytes, round), *wire)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Captures under a folder, none of them large.
fn find(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.filter_map(Result::ok).for_each(|entry| find(&entry.path(), files));
    } else if [".pcap", ".pcapng", ".cap", ".pcap.gz"].iter().any(|end| path.to_string_lossy().ends_with(end))
        && path.metadata().is_ok_and(|meta| meta.len() <= 1 << 20)
    {
        files.push(path.to_owned());
    }
}

fn ethernet_frames(path: &Path, frames: &mut Vec<(Vec<u8>, u32)>) {
    let Ok(mut source) = open(path, &OpenOptions::default()) else { return };
    let (bytes, mut batch, mut links) = (source.bytes(), Batch::default(), Vec::new());
    loop {
        batch.clear();
        let status = source.read(&mut batch);
        for happening in &batch.happenings {
            if let Happening::Interface(interface) = happening {
                links.push(interface.link);
            }
        }
        for record in &batch.records {
            let mut frame = vec![0; record.captured as usize];
            if links.get(record.interface as usize) == Some(&LinkType::ETHERNET)
                && record.wire <= 65_535
                && bytes.read_at(record.offset, &mut frame).is_ok()
            {
                frames.push((frame, record.wire));
            }
        }
        if status == Status::End {
            return;
        }
    }
}

/// The frame with both IPv4 addresses changed and every checksum as right or
/// wrong as before: what one half of an address gains the other loses.
fn rotated(frame: &[u8], round: i64) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    if bytes.get(12..14) != Some(&[8, 0]) || bytes.len() < 34 {
        return bytes;
    }
    let turn = |word: u16, by: i64| ((i64::from(word) - 1 + by).rem_euclid(65_535) + 1) as u16;
    for at in [26, 30] {
        let high = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let low = u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]);
        // Unset, multicast and broadcast addresses stay.
        if high != 0 && low != 0 && high < 0xe000 {
            bytes[at..at + 2].copy_from_slice(&turn(high, -round).to_be_bytes());
            bytes[at + 2..at + 4].copy_from_slice(&turn(low, round).to_be_bytes());
        }
    }
    bytes
}
