//! NTP (RFC 5905; versions 1 to 3 share its header) with control messages
//! (RFC 9327) and the heads of private ones.

use crate::base::Escaped;
use crate::decode::{
    Binding, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Stop, Value, value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef = FieldDef::uint("ntp.flags", "Flags", 8)
    .hex()
    .about("Leap indicator, version and mode in one byte. RFC 5905, 7.3.");
static LI: FieldDef = FieldDef::uint("ntp.flags.li", "Leap Indicator", 8)
    .mask(0xc0)
    .values(LEAP)
    .about("Warns of a leap second at the end of the month, or of a clock that is not set. RFC 5905, 7.3.");
static VN: FieldDef = FieldDef::uint("ntp.flags.vn", "Version number", 8)
    .mask(0x38)
    .values(&[(1, "NTP Version 1"), (2, "NTP Version 2"), (3, "NTP Version 3"), (4, "NTP Version 4")])
    .about("Version of the protocol. RFC 5905, 7.3.");
static MODE: FieldDef = FieldDef::uint("ntp.flags.mode", "Mode", 8)
    .mask(0x07)
    .values(&[
        (0, "reserved"),
        (1, "symmetric active"),
        (2, "symmetric passive"),
        (3, "client"),
        (4, "server"),
        (5, "broadcast"),
        (6, "reserved for NTP control message"),
        (7, "reserved for private use"),
    ])
    .about(
        "Which part the sender plays: client, server, peer, or somebody who manages. RFC 5905, 3 and 7.3.",
    );
static LEAP: &[(u64, &str)] = &[
    (0, "no warning"),
    (1, "last minute of the day has 61 seconds"),
    (2, "last minute of the day has 59 seconds"),
    (3, "unknown (clock unsynchronized)"),
];
const SECONDARY: &str = "secondary reference";
static STRATUM: FieldDef = FieldDef::uint("ntp.stratum", "Peer Clock Stratum", 8)
    .values(&[
        (0, "unspecified or invalid"),
        (1, "primary reference"),
        (2, SECONDARY),
        (3, SECONDARY),
        (4, SECONDARY),
        (5, SECONDARY),
        (6, SECONDARY),
        (7, SECONDARY),
        (8, SECONDARY),
        (9, SECONDARY),
        (10, SECONDARY),
        (11, SECONDARY),
        (12, SECONDARY),
        (13, SECONDARY),
        (14, SECONDARY),
        (15, SECONDARY),
        (16, "unsynchronized"),
    ])
    .about("Steps from a reference clock: 1 has one itself, each server behind adds one. RFC 5905, 7.3.");
static POLL: FieldDef = FieldDef::uint("ntp.ppoll", "Peer Polling Interval", 8)
    .about("Longest time between messages, as a power of two in seconds. RFC 5905, 7.3.");
static PRECISION: FieldDef = FieldDef::int("ntp.precision", "Peer Clock Precision", 8)
    .about("How finely the sender's clock ticks, as a power of two in seconds. RFC 5905, 7.3.");
static ROOT_DELAY: FieldDef = FieldDef::float("ntp.rootdelay", "Root Delay")
    .about("Seconds that a message takes to the reference clock and back. RFC 5905, 7.3.");
static ROOT_DISPERSION: FieldDef = FieldDef::float("ntp.rootdispersion", "Root Dispersion")
    .about("Seconds that the sender's clock may be off from the reference clock. RFC 5905, 7.3.");
static REFID: FieldDef = FieldDef::bytes("ntp.refid", "Reference ID").about(
    "Kind of the reference clock (stratum 1), a reason to keep quiet (stratum 0), else the server's own server. RFC 5905, 7.3.",
);
static REFTIME: FieldDef = FieldDef::time("ntp.reftime", "Reference Timestamp")
    .about("When the sender's clock was last set. RFC 5905, 7.3.");
static ORG: FieldDef = FieldDef::time("ntp.org", "Origin Timestamp")
    .about("When the client sent its request, by the client's clock. RFC 5905, 7.3.");
static REC: FieldDef = FieldDef::time("ntp.rec", "Receive Timestamp")
    .about("When the request came to the server, by the server's clock. RFC 5905, 7.3.");
static XMT: FieldDef = FieldDef::time("ntp.xmt", "Transmit Timestamp").about(
    "When this message was sent, by the sender's clock; many clients send a random number. RFC 5905, 7.3.",
);
static EXT: FieldDef =
    FieldDef::group("ntp.ext", "Extension").about("Additional data behind the header. RFC 7822, 3.");
static EXT_TYPE: FieldDef = FieldDef::uint("ntp.ext.type", "Field Type", 16)
    .hex()
    .values(&[
        (0x0104, "Unique Identifier"),
        (0x0204, "NTS Cookie"),
        (0x0304, "NTS Cookie Placeholder"),
        (0x0404, "NTS Authenticator and Encrypted Extension Fields"),
        (0x2005, "Checksum Complement"),
    ])
    .about("What the extension holds. RFC 7822, 3; RFC 8915, 5.");
static EXT_LENGTH: FieldDef = FieldDef::uint("ntp.ext.length", "Length", 16)
    .about("Bytes of the extension, its type and this length included; a multiple of 4. RFC 7822, 3.");
static EXT_VALUE: FieldDef =
    FieldDef::bytes("ntp.ext.value", "Value").about("What the extension carries. RFC 7822, 3.");
static KEY_ID: FieldDef = FieldDef::bytes("ntp.keyid", "Key ID")
    .about("Which of the keys that both sides know made the authentication code. RFC 5905, 7.3.");
static MAC: FieldDef = FieldDef::bytes("ntp.mac", "Message Authentication Code")
    .about("Proof that the sender knows the key: a digest of key and message. RFC 5905, 7.3.");
static PADDING: FieldDef = FieldDef::bytes("ntp.padding", "Padding")
    .about("Bytes behind the message that are too few for anything. RFC 5905, 7.3; RFC 9327, 2.");

static FLAGS2: FieldDef = FieldDef::uint("ntp.ctrl.flags2", "Flags 2", 8)
    .hex()
    .about("Response, error and more bits, and the command. RFC 9327, 2.");
static R: FieldDef = FieldDef::uint("ntp.ctrl.flags2.r", "Response bit", 8)
    .mask(0x80)
    .values(&[(0, "Request"), (1, "Response")])
    .about("Command or answer. RFC 9327, 2.");
static ERROR: FieldDef = FieldDef::uint("ntp.ctrl.flags2.error", "Error bit", 8)
    .mask(0x40)
    .about("The command failed; the status says why. RFC 9327, 2.");
static MORE: FieldDef = FieldDef::uint("ntp.ctrl.flags2.more", "More bit", 8)
    .mask(0x20)
    .about("More packets of the same answer follow. RFC 9327, 2.");
static OPCODE: FieldDef = FieldDef::uint("ntp.ctrl.flags2.opcode", "Opcode", 8)
    .mask(0x1f)
    .values(&[
        (0, "reserved"),
        (1, "read status"),
        (2, "read variables"),
        (3, "write variables"),
        (4, "read clock variables"),
        (5, "write clock variables"),
        (6, "set trap address/port"),
        (7, "asynchronous message"),
        (8, "runtime configuration"),
        (9, "save config to file"),
        (10, "retrieve MRU (mrulist)"),
        (11, "retrieve ordered list"),
        (12, "request a client nonce"),
        (31, "unset trap address/port"),
    ])
    .about("The command. RFC 9327, 2.");
static SEQUENCE: FieldDef = FieldDef::uint("ntp.ctrl.sequence", "Sequence", 16)
    .about("Chosen by who asks; the answer repeats it. RFC 9327, 2.");
static STATUS: FieldDef = FieldDef::uint("ntp.ctrl.status", "Status", 16)
    .hex()
    .about("State of the system, the peer or the clock that the answer is about. RFC 9327, 3.");
static ASSOCIATION: FieldDef = FieldDef::uint("ntp.ctrl.associd", "AssociationID", 16)
    .about("Which peer is meant; 0 is the system itself. RFC 9327, 2.");
static OFFSET: FieldDef = FieldDef::uint("ntp.ctrl.offset", "Offset", 16)
    .about("Where this packet's data belongs in the whole answer. RFC 9327, 2.");
static COUNT: FieldDef =
    FieldDef::uint("ntp.ctrl.count", "Count", 16).about("Bytes of data in this packet. RFC 9327, 2.");
static CTRL_DATA: FieldDef = FieldDef::text("ntp.ctrl.data", "Data")
    .about("Variables and their values as text, with commas between. RFC 9327, 2.");

static PRIV_R: FieldDef = FieldDef::uint("ntp.priv.flags.r", "Response bit", 8)
    .mask(0x80)
    .values(&[(0, "Request"), (1, "Response")])
    .about("Command or answer; private to ntpd, in no RFC (RFC 1305, appendix B, reserves mode 7).");
static PRIV_MORE: FieldDef = FieldDef::uint("ntp.priv.flags.more", "More bit", 8)
    .mask(0x40)
    .about("More packets of the same answer follow; private to ntpd, in no RFC.");
static PRIV_SEQ: FieldDef = FieldDef::uint("ntp.priv.seq", "Sequence number", 8)
    .mask(0x7f)
    .about("Place of the packet in a long answer; private to ntpd, in no RFC.");
static PRIV_IMPL: FieldDef = FieldDef::uint("ntp.priv.impl", "Implementation", 8)
    .values(&[(0, "UNIV"), (2, "XNTPD_OLD (pre-IPv6)"), (3, "XNTPD")])
    .about("Which program's set of commands is meant; private to ntpd, in no RFC.");
static PRIV_CODE: FieldDef =
    FieldDef::uint("ntp.priv.reqcode", "Request code", 8).about("The command; private to ntpd, in no RFC.");
static PRIV_DATA: FieldDef = FieldDef::bytes("wirepeel.ntp.priv.data", "Data")
    .about("The command's data; private to ntpd, in no RFC.");

/// Dissector of NTP messages.
pub struct Ntp;

impl Dissector for Ntp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ntp",
        label: "NTP",
        title: "Network Time Protocol",
        layer: Layer::Application,
        spec: "RFC 5905",
        about: "Sets clocks over the network: four timestamps tell the clocks apart from the way's delay.",
        fields: &[
            &FLAGS,
            &LI,
            &VN,
            &MODE,
            &STRATUM,
            &POLL,
            &PRECISION,
            &ROOT_DELAY,
            &ROOT_DISPERSION,
            &REFID,
            &REFTIME,
            &ORG,
            &REC,
            &XMT,
            &EXT,
            &EXT_TYPE,
            &EXT_LENGTH,
            &EXT_VALUE,
            &KEY_ID,
            &MAC,
            &PADDING,
            &FLAGS2,
            &R,
            &ERROR,
            &MORE,
            &OPCODE,
            &SEQUENCE,
            &STATUS,
            &ASSOCIATION,
            &OFFSET,
            &COUNT,
            &CTRL_DATA,
            &PRIV_R,
            &PRIV_MORE,
            &PRIV_SEQ,
            &PRIV_IMPL,
            &PRIV_CODE,
            &PRIV_DATA,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(123)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let Some(&first) = packet.bytes().first() else { return Err(Stop::Declined) };
        let (version, mode) = (first >> 3 & 7, first & 7);
        if !matches!(version, 1..=4) {
            return Err(Stop::Declined);
        }
        let words = match mode {
            6 => "control",
            7 => "private",
            _ => value_name(&MODE, mode.into()).unwrap_or_default(),
        };
        packet.label(|text| {
            let _ = write!(text, "NTP Version {version}, {words}");
        });
        packet.info(|text| {
            let _ = write!(text, "NTP Version {version}, {words}");
        });
        packet.uint_group(&FLAGS, 0, 1);
        let parts: &[&'static FieldDef] =
            if mode == 7 { &[&PRIV_R, &PRIV_MORE, &VN, &MODE] } else { &[&LI, &VN, &MODE] };
        for part in parts {
            packet.uint(part, 0, 1);
        }
        packet.end_group();
        match mode {
            6 => control(packet),
            7 => private(packet),
            _ => clock(packet, version),
        }
    }
}

fn clock<S: Sink>(packet: &mut Packet<'_, S>, version: u8) -> Outcome {
    let &[_, stratum, poll, precision, ..] = packet.take::<48>("header")?;
    packet.uint(&STRATUM, 1, 1);
    packet.uint(&POLL, 2, 1);
    packet.label(|text| {
        // RFC 5905, 7.2: from 2^4 to 2^17 seconds.
        let _ = match poll {
            4..=17 => write!(text, "{poll} ({} s)", 1u64 << poll),
            _ => write!(text, "{poll} (invalid)"),
        };
    });
    let precision = precision as i8;
    packet.field(&PRECISION, 3, 1, Value::Int(precision.into()));
    packet.label(|text| {
        let _ = write!(text, "{precision} ({:.3e} s)", 2f64.powi(precision.into()));
    });
    for (def, at) in [(&ROOT_DELAY, 4), (&ROOT_DISPERSION, 8)] {
        let short = packet.read(at, 4).unwrap_or(0) as f64 / 65536.0;
        packet.field(def, at, 4, Value::Float(short));
        packet.label(|text| {
            let _ = write!(text, "{short:.6} s");
        });
    }
    packet.slice(&REFID, 12, 4);
    let id = packet.read(12, 4).unwrap_or(0) as u32;
    packet.label(|text| reference(text, stratum, id));
    for (def, at) in [(&REFTIME, 16), (&ORG, 24), (&REC, 32), (&XMT, 40)] {
        timestamp(packet, def, at);
    }
    if version == 4 {
        extensions(packet)?
    }
    authentication(packet);
    Ok(())
}

fn reference(text: &mut String, stratum: u8, id: u32) {
    let name = id.to_be_bytes();
    let end = name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let name = Escaped(name.get(..end).unwrap_or_default());
    let _ = match stratum {
        _ if id == 0 => write!(text, "NULL"),
        0 => write!(text, "{name} (kiss code)"),
        1 => write!(text, "{name} (reference clock)"),
        _ => write!(text, "{} (IPv4 address, or digest of an IPv6 address)", std::net::Ipv4Addr::from(id)),
    };
}

/// Seconds since 1900 with a fraction; the era is told by the highest bit
/// (RFC 4330, 3), as good until 2104.
pub(super) fn timestamp<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, at: usize) {
    const UNIX: i64 = 2_208_988_800;
    let word = packet.read(at, 8).unwrap_or(0);
    let (seconds, fraction) = ((word >> 32) as i64, word & 0xffff_ffff);
    let era = if seconds & 0x8000_0000 != 0 { 0 } else { 1i64 << 32 };
    let nanos = ((u128::from(fraction) * 1_000_000_000) >> 32) as i64;
    // Not told: no time, and a text in its place.
    let value = match word {
        0 => Value::Bytes(b"NULL"),
        _ => Value::Int((seconds + era - UNIX) * 1_000_000_000 + nanos),
    };
    packet.field(def, at, 8, value);
}

/// Extension fields; what is left is the authentication code. RFC 7822, 7.5:
/// 24 bytes or less cannot be an extension.
fn extensions<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    while packet.rest().len() > 24 {
        let (at, rest) = (packet.at(), packet.rest().len());
        let len = packet.read(at + 2, 2).unwrap_or(0) as usize;
        if len < 16 || !len.is_multiple_of(4) {
            // Longer digests than RFC 7822 foresees (SHA-256 to SHA-512).
            return if matches!(rest, 36 | 52 | 68) {
                Ok(())
            } else {
                Err(packet.malformed("extension length"))
            };
        }
        packet.group(&EXT, at, len.min(rest));
        packet.uint(&EXT_TYPE, at, 2);
        packet.uint(&EXT_LENGTH, at + 2, 2);
        packet.slice(&EXT_VALUE, at + 4, len - 4);
        packet.end_group();
        packet.skip(len, "extension")?;
    }
    Ok(())
}

fn authentication<S: Sink>(packet: &mut Packet<'_, S>) {
    let (at, len) = (packet.at(), packet.rest().len());
    match len {
        0 => {}
        1..=3 => packet.slice(&PADDING, at, len),
        _ => {
            packet.slice(&KEY_ID, at, 4);
            if len > 4 {
                packet.slice(&MAC, at + 4, len - 4);
            }
        }
    }
}

fn control<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    packet.take::<12>("control header")?;
    packet.uint_group(&FLAGS2, 1, 1);
    for part in [&R, &ERROR, &MORE, &OPCODE] {
        packet.uint(part, 1, 1);
    }
    packet.end_group();
    for (def, at) in [(&SEQUENCE, 2), (&STATUS, 4), (&ASSOCIATION, 6), (&OFFSET, 8), (&COUNT, 10)] {
        packet.uint(def, at, 2);
    }
    let count = packet.read(10, 2).unwrap_or(0) as usize;
    if count > 0 {
        packet.slice(&CTRL_DATA, 12, count);
        packet.skip(count, "data")?;
        let padding = (count.next_multiple_of(4) - count).min(packet.rest().len());
        if padding > 0 {
            packet.slice(&PADDING, packet.at(), padding);
            packet.skip(padding, "padding")?;
        }
    }
    authentication(packet);
    Ok(())
}

fn private<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    packet.take::<8>("private header")?;
    packet.uint(&PRIV_SEQ, 1, 1);
    packet.uint(&PRIV_IMPL, 2, 1);
    packet.uint(&PRIV_CODE, 3, 1);
    let len = packet.bytes().len() - 4;
    packet.slice(&PRIV_DATA, 4, len);
    Ok(())
}
