//! Captures made for a test, byte by byte.

/// A classic pcap of Ethernet frames, a millisecond apart.
pub fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1u32] {
        file.extend(word.to_le_bytes());
    }
    for (at, frame) in (0u32..).zip(frames) {
        let len = frame.len() as u32;
        for word in [1_700_000_000 + at / 1000, at % 1000 * 1000, len, len] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// An Ethernet frame with a UDP datagram from 10.0.0.1 to 10.0.0.2.
pub fn udp(src: u16, dst: u16, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    frame.extend((28 + data.len() as u16).to_be_bytes());
    frame.extend([0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    frame.extend(src.to_be_bytes());
    frame.extend(dst.to_be_bytes());
    frame.extend((8 + data.len() as u16).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(data);
    frame
}

/// A TCP segment between 10.0.0.1:4000 and 10.0.0.2:80 in an Ethernet frame. Its
/// bytes are those of the header from the sequence number to the window, without
/// the header length, which follows from the options.
pub struct Tcp<'a> {
    pub from_b: bool,
    pub ecn: u8,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub options: &'a [u8],
    pub data: &'a [u8],
}

impl Tcp<'_> {
    pub fn frame(&self) -> Vec<u8> {
        let Tcp { from_b, ecn, seq, ack, flags, options, data } = *self;
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, ecn];
        frame.extend((40 + options.len() as u16 + data.len() as u16).to_be_bytes());
        frame.extend([0, 1, 0, 0, 64, 6, 0, 0]);
        let ends: [[u8; 4]; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]];
        let ports: [u16; 2] = [4000, 80];
        let (from, to) = (usize::from(from_b), usize::from(!from_b));
        frame.extend([ends[from], ends[to]].concat());
        [ports[from], ports[to]].iter().for_each(|port| frame.extend(port.to_be_bytes()));
        frame.extend(seq.to_be_bytes());
        frame.extend(ack.to_be_bytes());
        frame.extend([(5 + options.len() as u8 / 4) << 4, flags, 0x10, 0, 0, 0, 0, 0]);
        frame.extend(options);
        frame.extend(data);
        frame
    }
}

/// A pcapng block.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let len = (12 + padded) as u32;
    let mut block = Vec::new();
    block.extend(kind.to_le_bytes());
    block.extend(len.to_le_bytes());
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(len.to_le_bytes());
    block
}

/// A pcapng of Ethernet frames, a millisecond apart, each with its comments.
pub fn commented(packets: &[(&[u8], &[&[u8]])]) -> Vec<u8> {
    let mut file =
        block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    file.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0]));
    for (at, (frame, comments)) in (0u32..).zip(packets) {
        let len = (frame.len() as u32).to_le_bytes();
        let mut packet = [&[0; 8][..], &(at * 1000).to_le_bytes(), &len, &len, frame].concat();
        packet.resize(packet.len().next_multiple_of(4), 0);
        for comment in *comments {
            packet.extend([&[1, 0][..], &(comment.len() as u16).to_le_bytes(), comment].concat());
            packet.resize(packet.len().next_multiple_of(4), 0);
        }
        packet.extend([0; 4]);
        file.extend(block(6, &packet));
    }
    file
}

/// A pcapng with one packet and, behind it, a name for 10.0.0.1.
pub fn pcapng(frame: &[u8], comment: &[u8], name: &[u8]) -> Vec<u8> {
    let mut file = commented(&[(frame, &[comment])]);
    let mut names =
        [&[1, 0][..], &(name.len() as u16 + 5).to_le_bytes(), &[10, 0, 0, 1], name, &[0]].concat();
    names.resize(names.len().next_multiple_of(4), 0);
    names.extend([0; 4]);
    file.extend(block(4, &names));
    file
}

/// A temporary file with these bytes.
pub fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, bytes).unwrap();
    file
}

/// The path of a temporary file as a word of a command.
pub fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

/// An IPv6 packet in an Ethernet frame; of the addresses, which begin with `fe80` or `ff02`, the last
/// bytes and that are told.
pub fn v6(next: u8, from: (u16, u8), to: (u16, u8), payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0];
    frame.extend((payload.len() as u16).to_be_bytes());
    frame.extend([next, 64]);
    for (prefix, last) in [from, to] {
        frame.extend(prefix.to_be_bytes());
        frame.extend([0; 13]);
        frame.push(last);
    }
    frame.extend(payload);
    frame
}

/// A UDP datagram to be put into an IP packet.
pub fn datagram(src: u16, dst: u16, data: &[u8]) -> Vec<u8> {
    let words = [src, dst, 8 + data.len() as u16, 0];
    [&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>(), data].concat()
}
