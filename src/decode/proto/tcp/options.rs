//! TCP options (RFC 9293, 3.2): walked here, because an option of a kind that
//! nobody knows must not hide those behind it.

use crate::decode::{Bytes, FieldDef, Packet, Problem, Sink, Value};
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
static SACK_LE: FieldDef = FieldDef::uint("tcp.options.sack_le", "TCP SACK Left Edge", 32)
    .about("First sequence number of a range that arrived, absolute. RFC 2018, 3.");
static SACK_RE: FieldDef = FieldDef::uint("tcp.options.sack_re", "TCP SACK Right Edge", 32)
    .about("The sequence number just behind a range that arrived, absolute. RFC 2018, 3.");
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
static MP_SUBTYPE: FieldDef = FieldDef::uint("tcp.options.mptcp.subtype", "Multipath TCP subtype", 8)
    .mask(0xf0)
    .values(&[
        (0, "Multipath Capable"),
        (1, "Join Connection"),
        (2, "Data Sequence Signal"),
        (3, "Add Address"),
        (4, "Remove Address"),
        (5, "Change Subflow Priority"),
        (6, "TCP Fallback"),
        (7, "Fast Close"),
        (8, "TCP Reset"),
    ])
    .about("What the Multipath TCP option does. RFC 8684, 8.2.");
static MP_VERSION: FieldDef = FieldDef::uint("tcp.options.mptcp.version", "Multipath TCP version", 8)
    .mask(0x0f)
    .about("Version of Multipath TCP that the sender speaks. RFC 8684, 3.1.");
static MP_FLAGS: FieldDef = FieldDef::uint("tcp.options.mptcp.flags", "Multipath TCP flags", 8)
    .hex()
    .about("Control bits of the Multipath TCP option. RFC 8684, 3.1 and 3.3.");
static MP_CHECKSUM_REQ: FieldDef =
    FieldDef::uint("tcp.options.mptcp.checksumreq.flags", "Checksum required", 8)
        .mask(0x80)
        .about("Every mapping of data must carry a checksum. RFC 8684, 3.1.");
static MP_EXTENSIBILITY: FieldDef =
    FieldDef::uint("tcp.options.mptcp.extensibility.flag", "Extensibility", 8)
        .mask(0x40)
        .about("Kept for later use: zero. RFC 8684, 3.1.");
static MP_NO_MORE: FieldDef = FieldDef::uint(
    "tcp.options.mptcp.nomoresubflows.flag",
    "Do not attempt to establish new subflows to this address and port",
    8,
)
.mask(0x20)
.about("The sender takes no further subflows at this address, as behind a load balancer. RFC 8684, 3.1.");
static MP_SHA256: FieldDef = FieldDef::uint("tcp.options.mptcp.sha256.flag", "Use HMAC-SHA256", 8)
    .mask(0x01)
    .about("Subflows are authenticated with HMAC-SHA256. RFC 8684, 3.1.");
static MP_SHA1: FieldDef = FieldDef::uint("tcp.options.mptcp.sha1.flag", "Use HMAC-SHA1", 8)
    .mask(0x01)
    .about("Subflows are authenticated with HMAC-SHA1 (version 0). RFC 6824, 3.1.");
static MP_DATA_FIN: FieldDef = FieldDef::uint("tcp.options.mptcp.datafin.flag", "DATA_FIN", 8)
    .mask(0x10)
    .about("The sender has no more data on any path. RFC 8684, 3.3.3.");
static MP_DSN8: FieldDef =
    FieldDef::uint("tcp.options.mptcp.dseqn8.flag", "Data Sequence Number is 8 octets", 8)
        .mask(0x08)
        .about("The data sequence number is 8 bytes rather than 4. RFC 8684, 3.3.");
static MP_DSN_PRESENT: FieldDef = FieldDef::uint(
    "tcp.options.mptcp.dseqnpresent.flag",
    "Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present",
    8,
)
.mask(0x04)
.about("A mapping of subflow to data follows. RFC 8684, 3.3.");
static MP_ACK8: FieldDef = FieldDef::uint("tcp.options.mptcp.dataack8.flag", "Data ACK is 8 octets", 8)
    .mask(0x02)
    .about("The data acknowledgment is 8 bytes rather than 4. RFC 8684, 3.3.");
static MP_ACK_PRESENT: FieldDef =
    FieldDef::uint("tcp.options.mptcp.dataackpresent.flag", "Data ACK is present", 8)
        .mask(0x01)
        .about("A data acknowledgment follows. RFC 8684, 3.3.");
static MP_BACKUP: FieldDef = FieldDef::uint("tcp.options.mptcp.backup.flag", "Backup flag", 8)
    .mask(0x01)
    .about("Use this path only when the others fail. RFC 8684, 3.3.8.");
static MP_ADDR_ID: FieldDef = FieldDef::uint("tcp.options.mptcp.addrid", "Address ID", 8)
    .about("Number of an address, so that it can be named behind a translator too. RFC 8684, 3.2.");
static MP_SEND_KEY: FieldDef = FieldDef::uint("tcp.options.mptcp.sendkey", "Sender's Key", 64)
    .about("Names the connection and authenticates later subflows. RFC 8684, 3.1.");
static MP_RECV_KEY: FieldDef = FieldDef::uint("tcp.options.mptcp.recvkey", "Receiver's Key", 64)
    .about("The other side's key, given back. RFC 8684, 3.1.");
static MP_RECV_TOKEN: FieldDef = FieldDef::uint("tcp.options.mptcp.recvtok", "Receiver's Token", 32)
    .about("Which connection the subflow joins: a hash of the receiver's key. RFC 8684, 3.2.");
static MP_SEND_RAND: FieldDef = FieldDef::uint("tcp.options.mptcp.sendrand", "Sender's Random Number", 32)
    .about("Makes every authentication different. RFC 8684, 3.2.");
static MP_TRUNC_HMAC: FieldDef =
    FieldDef::uint("tcp.options.mptcp.sendtrunchmac", "Sender's Truncated HMAC", 64)
        .about("Proves that the sender knows both keys, cut to 64 bits. RFC 8684, 3.2.");
static MP_HMAC: FieldDef = FieldDef::bytes("tcp.options.mptcp.sendhmac", "Sender's HMAC")
    .about("Proves that the sender knows both keys. RFC 8684, 3.2.");
static MP_DATA_ACK: FieldDef = FieldDef::uint("tcp.options.mptcp.rawdataack", "Original MPTCP Data ACK", 64)
    .about("The next byte that is expected of the whole connection. RFC 8684, 3.3.2.");
static MP_DATA_SEQ: FieldDef = FieldDef::uint("tcp.options.mptcp.rawdataseqno", "Data Sequence Number", 64)
    .about("Where the mapped data belongs in the whole connection. RFC 8684, 3.3.1.");
static MP_SUB_SEQ: FieldDef = FieldDef::uint("tcp.options.mptcp.subflowseqno", "Subflow Sequence Number", 32)
    .about("Where the mapped data lies in this subflow, relative to its start. RFC 8684, 3.3.1.");
static MP_DATA_LEN: FieldDef = FieldDef::uint("tcp.options.mptcp.datalvllen", "Data-level Length", 16)
    .about("Bytes that the mapping covers. RFC 8684, 3.3.1.");
static MP_CHECKSUM: FieldDef = FieldDef::uint("tcp.options.mptcp.checksum", "Checksum", 16)
    .hex()
    .about("Sum over the mapped data and its place. RFC 8684, 3.3.1.");
static MP_IP_VERSION: FieldDef = FieldDef::uint("tcp.options.mptcp.ipver", "IP version", 8)
    .mask(0x0f)
    .about("Version of the advertised address (Multipath TCP version 0). RFC 6824, 3.4.1.");
static MP_ECHO: FieldDef = FieldDef::uint("tcp.options.mptcp.echo", "Echo", 8)
    .mask(0x01)
    .about("Confirms an address that the other side advertised. RFC 8684, 3.4.1.");
static MP_IPV4: FieldDef = FieldDef::ipv4("tcp.options.mptcp.ipv4", "Advertised IPv4 Address")
    .about("A further address of the sender. RFC 8684, 3.4.1.");
static MP_IPV6: FieldDef = FieldDef::ipv6("tcp.options.mptcp.ipv6", "Advertised IPv6 Address")
    .about("A further address of the sender. RFC 8684, 3.4.1.");
static MP_PORT: FieldDef = FieldDef::uint("tcp.options.mptcp.port", "Advertised port", 16)
    .about("The port at the advertised address. RFC 8684, 3.4.1.");
static MP_ADD_HMAC: FieldDef = FieldDef::uint("tcp.options.mptcp.addaddrtrunchmac", "Truncated HMAC", 64)
    .about("Proves that the address is the sender's to advertise. RFC 8684, 3.4.1.");
static MP_RST_REASON: FieldDef = FieldDef::uint("tcp.options.mptcp.rst_reason", "TCPRST Reason", 8)
    .hex()
    .about("Why the subflow is reset. RFC 8684, 3.6.");

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
    &MP_SUBTYPE,
    &MP_VERSION,
    &MP_FLAGS,
    &MP_CHECKSUM_REQ,
    &MP_EXTENSIBILITY,
    &MP_NO_MORE,
    &MP_SHA256,
    &MP_SHA1,
    &MP_DATA_FIN,
    &MP_DSN8,
    &MP_DSN_PRESENT,
    &MP_ACK8,
    &MP_ACK_PRESENT,
    &MP_BACKUP,
    &MP_ADDR_ID,
    &MP_SEND_KEY,
    &MP_RECV_KEY,
    &MP_RECV_TOKEN,
    &MP_SEND_RAND,
    &MP_TRUNC_HMAC,
    &MP_HMAC,
    &MP_DATA_ACK,
    &MP_DATA_SEQ,
    &MP_SUB_SEQ,
    &MP_DATA_LEN,
    &MP_CHECKSUM,
    &MP_IP_VERSION,
    &MP_ECHO,
    &MP_IPV4,
    &MP_IPV6,
    &MP_PORT,
    &MP_ADD_HMAC,
    &MP_RST_REASON,
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
                    crate::decode::value_name(&MP_SUBTYPE, subtype).unwrap_or("unknown subtype")
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
            for block in 0..count {
                uint(&SACK_LE, 2 + block * 8, 4);
                uint(&SACK_RE, 6 + block * 8, 4);
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
        30 if len >= 3 => multipath(packet, at, len),
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

fn multipath<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    packet.uint(&MP_SUBTYPE, at + 2, 1);
    let low = packet.read(at + 2, 1).unwrap_or(0);
    let flags = packet.read(at + 3, 1).unwrap_or(0);
    let mut from = 4;
    // Tells the next `size` bytes, if the option is long enough.
    let mut next = |packet: &mut Packet<'_, S>, def: &'static FieldDef, size: usize| {
        if from + size <= len {
            match def.bits() {
                Some(_) => packet.uint(def, at + from, size),
                None => packet.slice(def, at + from, size),
            }
            from += size;
        }
    };
    match low >> 4 {
        0 => {
            packet.uint(&MP_VERSION, at + 2, 1);
            let hash = if low & 0x0f == 0 { &MP_SHA1 } else { &MP_SHA256 };
            flag_group(packet, at, &[&MP_CHECKSUM_REQ, &MP_EXTENSIBILITY, &MP_NO_MORE, hash]);
            next(packet, &MP_SEND_KEY, 8);
            next(packet, &MP_RECV_KEY, 8);
            next(packet, &MP_DATA_LEN, 2);
            next(packet, &MP_CHECKSUM, 2);
        }
        1 => {
            if len < 24 {
                packet.uint(&MP_BACKUP, at + 2, 1);
                packet.uint(&MP_ADDR_ID, at + 3, 1);
            }
            match len {
                12 => next(packet, &MP_RECV_TOKEN, 4),
                16 => next(packet, &MP_TRUNC_HMAC, 8),
                24 => next(packet, &MP_HMAC, 20),
                _ => {}
            }
            next(packet, &MP_SEND_RAND, 4);
        }
        2 => {
            let defs = [&MP_DATA_FIN, &MP_DSN8, &MP_DSN_PRESENT, &MP_ACK8, &MP_ACK_PRESENT];
            flag_group(packet, at, &defs);
            if flags & 0x01 != 0 {
                next(packet, &MP_DATA_ACK, if flags & 0x02 != 0 { 8 } else { 4 });
            }
            if flags & 0x04 != 0 {
                next(packet, &MP_DATA_SEQ, if flags & 0x08 != 0 { 8 } else { 4 });
                next(packet, &MP_SUB_SEQ, 4);
                next(packet, &MP_DATA_LEN, 2);
                next(packet, &MP_CHECKSUM, 2);
            }
        }
        3 => {
            // Version 0 says 4 or 6 here, version 1 has flags and tells by the length.
            let first = matches!(low & 0x0f, 4 | 6);
            packet.uint(if first { &MP_IP_VERSION } else { &MP_ECHO }, at + 2, 1);
            packet.uint(&MP_ADDR_ID, at + 3, 1);
            let six = if first { low & 0x0f == 6 } else { len >= 20 };
            next(packet, if six { &MP_IPV6 } else { &MP_IPV4 }, if six { 16 } else { 4 });
            if matches!(len, 10 | 18 | 22 | 30) {
                next(packet, &MP_PORT, 2);
            }
            next(packet, &MP_ADD_HMAC, 8);
        }
        4 => {
            for address in 3..len {
                packet.uint(&MP_ADDR_ID, at + address, 1);
            }
        }
        5 => {
            packet.uint(&MP_BACKUP, at + 2, 1);
            if len > 3 {
                packet.uint(&MP_ADDR_ID, at + 3, 1);
            }
        }
        6 => next(packet, &MP_DATA_SEQ, 8),
        7 => next(packet, &MP_RECV_KEY, 8),
        8 if len > 3 => packet.uint(&MP_RST_REASON, at + 3, 1),
        _ => {}
    }
}

fn flag_group<S: Sink>(packet: &mut Packet<'_, S>, at: usize, flags: &[&'static FieldDef]) {
    packet.uint_group(&MP_FLAGS, at + 3, 1);
    for flag in flags {
        packet.uint(flag, at + 3, 1);
    }
    packet.end_group();
}

/// Appends what the Info line says of the options, each with a space before it.
pub(super) fn words(text: &mut String, options: &[u8]) {
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
                    let _ = write!(text, " SLE={} SRE={}", number(block * 8), number(block * 8 + 4));
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
