//! TCP options (RFC 9293, 3.2): walked here, because an option of a kind that
//! nobody knows must not hide those behind it.

use crate::decode::{Bytes, Event, FieldDef, Packet, Problem, Sink, TcpOptions, Value};
use std::fmt::Write as _;

static OPTIONS: FieldDef = FieldDef::bytes("tcp.options", "Options")
    .about("What the fixed header has no room for, in pieces of kind, length and value. RFC 9293, 3.2.");
static KIND: FieldDef = FieldDef::uint("tcp.option_kind", "Kind", 8)
    .values(&[
        (0, "End of Option List"),
        (1, "No-Operation"),
        (2, "Maximum Segment Size"),
        (3, "Window Scale"),
        (4, "SACK Permitted"),
        (5, "SACK"),
        (6, "Echo"),
        (7, "Echo Reply"),
        (8, "Time Stamp Option"),
        (11, "CC"),
        (12, "CC.NEW"),
        (13, "CC.ECHO"),
        (19, "MD5 Signature Option"),
        (27, "Quick-Start Response"),
        (28, "User Timeout Option"),
        (29, "TCP Authentication Option"),
        (30, "Multipath TCP"),
        (34, "TCP Fast Open Cookie"),
        (253, "RFC3692-style Experiment 1"),
        (254, "RFC3692-style Experiment 2"),
    ])
    .about("Which option this is. RFC 9293, 3.2; IANA TCP option kinds.");
static LENGTH: FieldDef = FieldDef::uint("tcp.option_len", "Length", 8)
    .about("Bytes of the option, kind and length included. RFC 9293, 3.2.");

static EOL: FieldDef = FieldDef::group("tcp.options.eol", "TCP Option - End of Option List (EOL)")
    .about("Ends the list; what is left fills the header up to a multiple of 4. RFC 9293, 3.2.");
static NOP: FieldDef = FieldDef::group("tcp.options.nop", "TCP Option - No-Operation (NOP)")
    .about("One byte that does nothing: it moves the next option to an even place. RFC 9293, 3.2.");
static MSS: FieldDef = FieldDef::group("tcp.options.mss", "TCP Option - Maximum segment size")
    .about("The largest segment that the sender can receive. RFC 9293, 3.7.1.");
static MSS_VAL: FieldDef = FieldDef::uint("tcp.options.mss_val", "MSS Value", 16)
    .about("Bytes of data that the sender takes in one segment, headers not counted. RFC 9293, 3.7.1.");
static WSCALE: FieldDef = FieldDef::group("tcp.options.wscale", "TCP Option - Window scale")
    .about("Makes windows beyond 64 KiB possible: every later window is shifted. RFC 7323, 2.2.");
static SHIFT: FieldDef = FieldDef::uint("tcp.options.wscale.shift", "Shift count", 8)
    .about("How many bits the window is shifted to the left; 14 at the most. RFC 7323, 2.2.");
static MULTIPLIER: FieldDef = FieldDef::uint("tcp.options.wscale.multiplier", "Multiplier", 16)
    .about("What the shift multiplies windows by. RFC 7323, 2.2.");
static SACK_PERM: FieldDef = FieldDef::group("tcp.options.sack_perm", "TCP Option - SACK permitted")
    .about("The sender understands selective acknowledgments. RFC 2018, 2.");
static SACK: FieldDef = FieldDef::group("tcp.options.sack", "TCP Option - SACK")
    .about("Ranges that arrived although something before them is missing. RFC 2018, 3.");
static SACK_LE: FieldDef = FieldDef::uint("tcp.options.sack_le", "TCP SACK Left Edge", 32).about(
    "First sequence number of a range that arrived, counted as the acknowledgment number is. RFC 2018, 3.",
);
static SACK_RE: FieldDef = FieldDef::uint("tcp.options.sack_re", "TCP SACK Right Edge", 32)
    .about("The sequence number just behind a range that arrived, counted as the acknowledgment number is. RFC 2018, 3.");
static SACK_COUNT: FieldDef = FieldDef::uint("tcp.options.sack.count", "TCP SACK Count", 8)
    .about("How many ranges are acknowledged. RFC 2018, 3.");
static ECHO: FieldDef = FieldDef::group("tcp.options.echo", "TCP Option - Echo")
    .about("Asks for its value to come back; timestamps took its place. RFC 1072, 3 (obsolete).");
static ECHO_REPLY: FieldDef = FieldDef::group("tcp.options.echoreply", "TCP Option - Echo reply")
    .about("Brings an echo value back. RFC 1072, 3 (obsolete).");
static ECHO_VALUE: FieldDef = FieldDef::uint("tcp.options.echo_value", "TCP Echo Option", 32)
    .about("The value that is echoed. RFC 1072, 3 (obsolete).");
static TIMESTAMP: FieldDef = FieldDef::group("tcp.options.timestamp", "TCP Option - Timestamps")
    .about("Measures the round trip and tells old segments from new ones. RFC 7323, 3.");
static TSVAL: FieldDef = FieldDef::uint("tcp.options.timestamp.tsval", "Timestamp value", 32)
    .about("The sender's own clock, in ticks of its choosing. RFC 7323, 3.2.");
static TSECR: FieldDef = FieldDef::uint("tcp.options.timestamp.tsecr", "Timestamp echo reply", 32)
    .about("The newest timestamp of the other side, given back. RFC 7323, 3.2.");
static CC: FieldDef = FieldDef::group("tcp.options.cc", "TCP Option - CC")
    .about("Connection count of transactional TCP. RFC 1644 (historic).");
static CC_NEW: FieldDef = FieldDef::group("tcp.options.ccnew", "TCP Option - CC.NEW")
    .about("New connection count of transactional TCP. RFC 1644 (historic).");
static CC_ECHO: FieldDef = FieldDef::group("tcp.options.ccecho", "TCP Option - CC.ECHO")
    .about("Connection count given back, transactional TCP. RFC 1644 (historic).");
static CC_VALUE: FieldDef = FieldDef::uint("tcp.options.cc_value", "TCP CC Option", 32)
    .about("The connection count. RFC 1644 (historic).");
static MD5: FieldDef = FieldDef::group("tcp.options.md5", "TCP Option - TCP MD5 signature")
    .about("Proves that the segment comes from somebody who knows the shared password. RFC 2385, 3.0.");
static MD5_DIGEST: FieldDef = FieldDef::bytes("tcp.options.md5.digest", "MD5 digest")
    .about("MD5 over pseudo-header, header, data and password. RFC 2385, 2.0.");
static USER_TO: FieldDef = FieldDef::group("tcp.options.user_to", "TCP Option - User Timeout")
    .about("How long the sender keeps trying before it gives the connection up. RFC 5482, 2.");
static USER_TO_GRANULARITY: FieldDef =
    FieldDef::flag("tcp.options.user_to_granularity", "Granularity", 16, 0x8000)
        .values(&[(0, "Seconds"), (1, "Minutes")])
        .about("The unit of the timeout. RFC 5482, 2.");
static USER_TO_VAL: FieldDef = FieldDef::uint("tcp.options.user_to_val", "User Timeout", 16)
    .mask(0x7fff)
    .about("The timeout, in seconds or minutes. RFC 5482, 2.");
static AO: FieldDef = FieldDef::group("tcp.options.ao", "TCP Option - TCP AO").about(
    "Authenticates the segment with a key that can be changed while the connection lives. RFC 5925, 2.2.",
);
static AO_KEYID: FieldDef = FieldDef::uint("tcp.options.ao.keyid", "AO KeyID", 8)
    .about("The key that authenticates this segment. RFC 5925, 2.2.");
static AO_RNEXT: FieldDef = FieldDef::uint("tcp.options.ao.rnextkeyid", "AO RNextKeyID", 8)
    .about("The key that the sender wants to receive with next. RFC 5925, 2.2.");
static AO_MAC: FieldDef =
    FieldDef::bytes("tcp.options.ao.mac", "AO MAC").about("The authentication code. RFC 5925, 2.2.");
static TFO: FieldDef = FieldDef::group("tcp.options.tfo", "TCP Option - TCP Fast Open")
    .about("Lets a client that was here before send data with its SYN. RFC 7413, 4.1.1.");
static TFO_REQUEST: FieldDef = FieldDef::group("tcp.options.tfo.request", "Fast Open Cookie Request")
    .about("Without a cookie the client asks for one. RFC 7413, 4.1.1.");
static TFO_COOKIE: FieldDef = FieldDef::bytes("tcp.options.tfo.cookie", "Fast Open Cookie")
    .about("What the server gave the client before, to prove its address. RFC 7413, 4.1.1.");
static EXPERIMENTAL: FieldDef = FieldDef::group("tcp.options.experimental", "TCP Option - Experimental")
    .about("An option that is being tried out. RFC 4727, 6; RFC 6994.");
static EXID: FieldDef = FieldDef::uint("tcp.options.experimental.exid", "Experiment Identifier", 16)
    .hex()
    .values(&[(0xf989, "TCP Fast Open")])
    .about("Which experiment the option belongs to. RFC 6994, 3.");
static EXPERIMENTAL_DATA: FieldDef =
    FieldDef::bytes("tcp.options.experimental.data", "Data").about("What the experiment sends. RFC 6994, 3.");
static UNKNOWN: FieldDef = FieldDef::group("tcp.options.unknown", "TCP Option - Unknown")
    .about("An option of a kind that wirepeel does not know. RFC 9293, 3.1.");
static UNKNOWN_PAYLOAD: FieldDef = FieldDef::bytes("tcp.options.unknown.payload", "Payload")
    .about("The bytes of an unknown option. RFC 9293, 3.2.");

static MPTCP: FieldDef = FieldDef::group("tcp.options.mptcp", "TCP Option - Multipath TCP")
    .about("Runs one connection over several paths. RFC 8684, 3.");
/// Every field of the options.
pub(super) const FIELDS: &[&FieldDef] = &[
    &OPTIONS,
    &KIND,
    &LENGTH,
    &EOL,
    &NOP,
    &MSS,
    &MSS_VAL,
    &WSCALE,
    &SHIFT,
    &MULTIPLIER,
    &SACK_PERM,
    &SACK,
    &SACK_LE,
    &SACK_RE,
    &SACK_COUNT,
    &ECHO,
    &ECHO_REPLY,
    &ECHO_VALUE,
    &TIMESTAMP,
    &TSVAL,
    &TSECR,
    &CC,
    &CC_NEW,
    &CC_ECHO,
    &CC_VALUE,
    &MD5,
    &MD5_DIGEST,
    &USER_TO,
    &USER_TO_GRANULARITY,
    &USER_TO_VAL,
    &AO,
    &AO_KEYID,
    &AO_RNEXT,
    &AO_MAC,
    &TFO,
    &TFO_REQUEST,
    &TFO_COOKIE,
    &EXPERIMENTAL,
    &EXID,
    &EXPERIMENTAL_DATA,
    &UNKNOWN,
    &UNKNOWN_PAYLOAD,
    &MPTCP,
];

/// One option: its kind and where it lies in the options.
#[derive(Clone, Copy)]
struct Piece {
    kind: u8,
    at: usize,
    len: usize,
}

/// Why the rest of the options cannot be walked.
enum Fault {
    /// A kind without its length, at the end.
    NoLength,
    /// The length does not cover kind and length themselves.
    TooShort(usize),
    /// The length reaches beyond the header.
    TooLong(usize),
}

/// The option at `at`; `None` at the end.
fn piece(options: &[u8], at: usize) -> Option<Result<Piece, (u8, Fault)>> {
    let kind = *options.get(at)?;
    if kind <= 1 {
        return Some(Ok(Piece { kind, at, len: 1 }));
    }
    let len = match options.get(at + 1) {
        None => return Some(Err((kind, Fault::NoLength))),
        Some(len) => usize::from(*len),
    };
    Some(if len < 2 {
        Err((kind, Fault::TooShort(len)))
    } else if len > options.len() - at {
        Err((kind, Fault::TooLong(len)))
    } else {
        Ok(Piece { kind, at, len })
    })
}

/// Whether an option of this kind may have this length.
fn fits(kind: u8, len: usize) -> bool {
    match kind {
        2 | 28 => len == 4,
        3 => len == 3,
        4 => len == 2,
        5 => len > 2 && (len - 2).is_multiple_of(8),
        6 | 7 | 11 | 12 | 13 => len == 6,
        8 => len == 10,
        19 => len == 18,
        29 | 253 | 254 => len >= 4,
        30 => len >= 3,
        34 => len == 2 || (6..=18).contains(&len) && len.is_multiple_of(2),
        _ => true,
    }
}

fn heading(kind: u8) -> &'static FieldDef {
    match kind {
        0 => &EOL,
        1 => &NOP,
        2 => &MSS,
        3 => &WSCALE,
        4 => &SACK_PERM,
        5 => &SACK,
        6 => &ECHO,
        7 => &ECHO_REPLY,
        8 => &TIMESTAMP,
        11 => &CC,
        12 => &CC_NEW,
        13 => &CC_ECHO,
        19 => &MD5,
        28 => &USER_TO,
        29 => &AO,
        30 => &MPTCP,
        34 => &TFO,
        253 | 254 => &EXPERIMENTAL,
        _ => &UNKNOWN,
    }
}

/// Tells the options of a header that is `header_len` bytes long.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, header_len: usize) {
    let bytes = packet.bytes();
    let options = bytes.get(20..header_len.min(bytes.len())).unwrap_or_default();
    // Two fillers and a timestamp, as most segments have: nothing can be wrong.
    if !S::DETAIL && options.len() == 12 && options.starts_with(&[1, 1, 8, 10]) {
        return;
    }
    packet.slice(&OPTIONS, 20, options.len());
    packet.label(|text| {
        let _ = write!(text, "({} bytes)", header_len - 20);
        let mut at = 0;
        while let Some(Ok(piece)) = piece(options, at) {
            let label = heading(piece.kind).label;
            let _ = write!(text, ", {}", label.strip_prefix("TCP Option - ").unwrap_or(label));
            at = if piece.kind == 0 { options.len() } else { at + piece.len };
        }
    });
    packet.open();
    let mut known = TcpOptions::default();
    let mut at = 0;
    while let Some(next) = piece(options, at) {
        let piece = match next {
            Ok(piece) => piece,
            Err((kind, fault)) => {
                // What the capture cut off is told by the caller.
                if bytes.len() >= header_len || matches!(fault, Fault::TooShort(_)) {
                    stray(packet, kind, at, &fault, options.len() - at);
                }
                break;
            }
        };
        let place = 20 + piece.at;
        if !fits(piece.kind, piece.len) {
            packet.problem(Problem::Malformed, place, piece.len, |text| {
                let label = heading(piece.kind).label;
                let _ = write!(text, "{label}: a length of {} does not fit this kind", piece.len);
            });
        }
        if piece.kind == 3 && piece.len == 3 && options.get(at + 2).is_some_and(|shift| *shift > 14) {
            packet.problem(Problem::Unusual, place, 3, |text| {
                text.push_str("the window scale exceeds 14; the receiver uses 14");
            });
        }
        match (piece.kind, options.get(piece.at + 2..piece.at + piece.len)) {
            (3, Some([shift])) => known.scale = Some(*shift),
            // RFC 7413 and the experiment before it.
            (34, Some([_, ..])) | (253 | 254, Some([0xf9, 0x89, _, ..])) => known.cookie = true,
            (5, Some(blocks)) => {
                for [a, b, c, d, e, f, g, h] in blocks.as_chunks().0 {
                    known
                        .sack
                        .push(u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]));
                }
            }
            _ => {}
        }
        if S::DETAIL {
            packet.group(heading(piece.kind), place, piece.len);
            value_words(packet, options, piece);
            packet.uint(&KIND, place, 1);
            if piece.kind > 1 {
                packet.uint(&LENGTH, place + 1, 1);
                body(packet, piece.kind, place, piece.len);
            }
            packet.end_group();
        }
        if piece.kind == 0 {
            break;
        }
        at += piece.len;
    }
    if known != TcpOptions::default() {
        packet.event(Event::Options(known));
    }
    packet.end_group();
}

#[cold]
fn stray<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, fault: &Fault, left: usize) {
    packet.problem(Problem::Malformed, 20 + at, left, |text| {
        let _ = match fault {
            Fault::NoLength => {
                write!(text, "TCP option {kind} has no length: the header ends behind its kind")
            }
            Fault::TooShort(len) => {
                write!(
                    text,
                    "TCP option {kind} claims {len}, less than its kind and length take",
                    len = Bytes(*len)
                )
            }
            Fault::TooLong(len) => {
                write!(text, "TCP option {kind} claims {len}, the header has {left} left", len = Bytes(*len))
            }
        };
    });
}

/// Text behind the heading of an option.
fn value_words<S: Sink>(packet: &mut Packet<'_, S>, options: &[u8], piece: Piece) {
    if !fits(piece.kind, piece.len) || !matches!(piece.kind, 2 | 3 | 8 | 30) {
        return;
    }
    let number = |from: usize, len: usize| {
        let at = piece.at + from;
        let bytes = options.get(at..at + len).unwrap_or_default();
        bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte))
    };
    packet.label(|text| {
        let _ = match piece.kind {
            2 => write!(text, "{} bytes", number(2, 2)),
            3 => write!(text, "{} (multiply by {})", number(2, 1), 1 << number(2, 1).min(14)),
            8 => write!(text, "TSval {}, TSecr {}", number(2, 4), number(6, 4)),
            _ => {
                let subtype = number(2, 1) >> 4;
                write!(
                    text,
                    "{}",
                    crate::decode::value_name(&super::multipath::MP_SUBTYPE, subtype)
                        .unwrap_or("unknown subtype")
                )
            }
        };
    });
}

/// What an option holds behind kind and length. `at` is its place in the
/// segment; values that a wrong length cuts off are left out.
fn body<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, len: usize) {
    let end = at + len;
    let mut uint = |def: &'static FieldDef, from: usize, size: usize| {
        if at + from + size <= end {
            packet.uint(def, at + from, size);
        }
    };
    match kind {
        2 => uint(&MSS_VAL, 2, 2),
        3 => {
            uint(&SHIFT, 2, 1);
            if let Some(shift) = packet.read(at + 2, 1).filter(|_| len == 3) {
                packet.generated(&MULTIPLIER, Value::Uint(1 << shift.min(14)));
            }
        }
        5 => {
            let count = (len - 2) / 8;
            let base = packet.facts().tcp.and_then(|facts| facts.ack_base).unwrap_or(0);
            for block in 0..count {
                for (def, from) in [(&SACK_LE, at + 2 + block * 8), (&SACK_RE, at + 6 + block * 8)] {
                    let Some(edge) = packet.read(from, 4) else { continue };
                    let relative = (edge as u32).wrapping_sub(base);
                    packet.field(def, from, 4, Value::Uint(relative.into()));
                }
            }
            packet.generated(&SACK_COUNT, Value::Uint(count as u64));
        }
        6 | 7 => uint(&ECHO_VALUE, 2, 4),
        8 => {
            uint(&TSVAL, 2, 4);
            uint(&TSECR, 6, 4);
        }
        11..=13 => uint(&CC_VALUE, 2, 4),
        19 => packet.slice(&MD5_DIGEST, at + 2, len - 2),
        28 => {
            uint(&USER_TO_GRANULARITY, 2, 2);
            uint(&USER_TO_VAL, 2, 2);
        }
        29 => {
            uint(&AO_KEYID, 2, 1);
            uint(&AO_RNEXT, 3, 1);
            if len > 4 {
                packet.slice(&AO_MAC, at + 4, len - 4);
            }
        }
        30 if len >= 3 => super::multipath::tell(packet, at, len),
        34 => fast_open(packet, at + 2, len - 2),
        253 | 254 => {
            uint(&EXID, 2, 2);
            let fast = packet.read(at + 2, 2) == Some(0xf989);
            match len.checked_sub(4) {
                Some(rest) if fast => fast_open(packet, at + 4, rest),
                Some(rest) if rest > 0 => packet.slice(&EXPERIMENTAL_DATA, at + 4, rest),
                _ => {}
            }
        }
        4 => {}
        _ if len > 2 => packet.slice(&UNKNOWN_PAYLOAD, at + 2, len - 2),
        _ => {}
    }
}

fn fast_open<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if len == 0 {
        packet.field(&TFO_REQUEST, at, 0, Value::None);
    } else {
        packet.slice(&TFO_COOKIE, at, len);
    }
}

/// Appends what the Info line says of the options, each with a space before it.
/// Edges of SACK count from `base`.
pub(super) fn words(text: &mut String, options: &[u8], base: u32) {
    let mut at = 0;
    while let Some(Ok(Piece { kind, len, .. })) = piece(options, at) {
        let body = options.get(at + 2..at + len).unwrap_or_default();
        let number = |from: usize| {
            body.get(from..from + 4).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_be_bytes(*b))
        };
        let _ = match (kind, body) {
            (0, _) => return,
            (2, [a, b]) => write!(text, " MSS={}", u16::from_be_bytes([*a, *b])),
            (3, [shift]) => write!(text, " WS={}", 1 << (*shift).min(14)),
            (4, []) => write!(text, " SACK_PERM"),
            (5, blocks) => {
                for block in 0..blocks.len() / 8 {
                    let [left, right] = [0, 4].map(|edge| number(block * 8 + edge).wrapping_sub(base));
                    let _ = write!(text, " SLE={left} SRE={right}");
                }
                Ok(())
            }
            (8, body) if body.len() == 8 => write!(text, " TSval={} TSecr={}", number(0), number(4)),
            (19, _) => write!(text, " MD5"),
            (34, []) | (254, [0xf9, 0x89]) => write!(text, " TFO=R"),
            (34, _) | (254, [0xf9, 0x89, ..]) => write!(text, " TFO=C"),
            _ => Ok(()),
        };
        at += len;
    }
}
