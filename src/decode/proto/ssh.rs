//! SSH (RFC 4253): the greeting, the key exchange as far as it is in the
//! clear, and the sizes of what is encrypted.

use crate::base::Escaped;
use crate::decode::{
    Binding, Dissector, FieldDef, Layer, Outcome, Packet, Ports, Protocol, Sink, Stop, Value, value_name,
};
use std::fmt::Write as _;

static PROTOCOL: FieldDef = FieldDef::text("ssh.protocol", "Protocol")
    .about("The greeting: version of the protocol and name of the program. RFC 4253, 4.2.");
static KEY_EXCHANGE: FieldDef = FieldDef::group("wirepeel.ssh.packet", "Packet")
    .about("One message in the clear, before the keys are there. RFC 4253, 6.");
static PACKET_LENGTH: FieldDef = FieldDef::uint("ssh.packet_length", "Packet Length", 32)
    .about("Bytes of the packet behind this number. RFC 4253, 6.");
static PADDING_LENGTH: FieldDef = FieldDef::uint("ssh.padding_length", "Padding Length", 8)
    .about("Random bytes that fill the packet up, at least 4. RFC 4253, 6.");
static CODE: FieldDef = FieldDef::uint("ssh.message_code", "Message Code", 8)
    .values(&[
        (1, "Disconnect"),
        (2, "Ignore"),
        (3, "Unimplemented"),
        (4, "Debug"),
        (5, "Service Request"),
        (6, "Service Accept"),
        (7, "Extension Information"),
        (20, "Key Exchange Init"),
        (21, "New Keys"),
        (30, "Key Exchange Start"),
        (31, "Key Exchange Reply"),
        (32, "Key Exchange (32)"),
        (33, "Key Exchange (33)"),
        (34, "Diffie-Hellman Group Exchange Request"),
    ])
    .about("Which message this is. RFC 4250, 4.1.");
static COOKIE: FieldDef = FieldDef::bytes("ssh.cookie", "Cookie")
    .about("Random bytes that make every key exchange different. RFC 4253, 7.1.");
static FIRST_FOLLOWS: FieldDef =
    FieldDef::uint("ssh.first_kex_packet_follows", "First KEX Packet Follows", 8)
        .about("The sender has guessed the method and goes on without waiting. RFC 4253, 7.1.");
static PAYLOAD: FieldDef = FieldDef::bytes("ssh.payload", "Payload")
    .about("The message, where it is not taken apart further. RFC 4253, 6.");
static PADDING: FieldDef = FieldDef::bytes("ssh.padding_string", "Padding String")
    .about("Random bytes without meaning. RFC 4253, 6.");
static ENCRYPTED: FieldDef = FieldDef::bytes("ssh.encrypted_packet", "Encrypted Packet")
    .about("What only the two ends can read; its size and time can be seen. RFC 4253, 6.");

/// A list of names in the key exchange, and its length.
macro_rules! lists {
    ($($id:ident $len:ident $name:literal $length:literal $label:literal $about:literal;)*) => {
        $(
            static $len: FieldDef = FieldDef::uint($length, concat!($label, " length"), 32)
                .about("Bytes of the list that follows. RFC 4253, 7.1.");
            static $id: FieldDef = FieldDef::text($name, concat!($label, " string")).about($about);
        )*
        static LISTS: &[(&FieldDef, &FieldDef)] = &[$((&$len, &$id),)*];
        const LIST_FIELDS: &[&FieldDef] = &[$(&$len, &$id,)*];
    };
}

lists! {
    KEX KEX_LEN "ssh.kex_algorithms" "ssh.kex_algorithms_length" "kex_algorithms"
        "Ways to agree on keys, the preferred one first. RFC 4253, 7.1.";
    HOST_KEY HOST_KEY_LEN "ssh.server_host_key_algorithms" "ssh.server_host_key_algorithms_length" "server_host_key_algorithms"
        "Kinds of keys that the server can prove itself by. RFC 4253, 7.1.";
    ENC_CS ENC_CS_LEN "ssh.encryption_algorithms_client_to_server" "ssh.encryption_algorithms_client_to_server_length"
        "encryption_algorithms_client_to_server" "Ciphers towards the server. RFC 4253, 7.1.";
    ENC_SC ENC_SC_LEN "ssh.encryption_algorithms_server_to_client" "ssh.encryption_algorithms_server_to_client_length"
        "encryption_algorithms_server_to_client" "Ciphers towards the client. RFC 4253, 7.1.";
    MAC_CS MAC_CS_LEN "ssh.mac_algorithms_client_to_server" "ssh.mac_algorithms_client_to_server_length"
        "mac_algorithms_client_to_server" "Ways to notice changes, towards the server. RFC 4253, 7.1.";
    MAC_SC MAC_SC_LEN "ssh.mac_algorithms_server_to_client" "ssh.mac_algorithms_server_to_client_length"
        "mac_algorithms_server_to_client" "Ways to notice changes, towards the client. RFC 4253, 7.1.";
    COMP_CS COMP_CS_LEN "ssh.compression_algorithms_client_to_server" "ssh.compression_algorithms_client_to_server_length"
        "compression_algorithms_client_to_server" "Compressions towards the server. RFC 4253, 7.1.";
    COMP_SC COMP_SC_LEN "ssh.compression_algorithms_server_to_client" "ssh.compression_algorithms_server_to_client_length"
        "compression_algorithms_server_to_client" "Compressions towards the client. RFC 4253, 7.1.";
    LANG_CS LANG_CS_LEN "ssh.languages_client_to_server" "ssh.languages_client_to_server_length"
        "languages_client_to_server" "Languages towards the server; always empty. RFC 4253, 7.1.";
    LANG_SC LANG_SC_LEN "ssh.languages_server_to_client" "ssh.languages_server_to_client_length"
        "languages_server_to_client" "Languages towards the client; always empty. RFC 4253, 7.1.";
}

const OWN_FIELDS: [&FieldDef; 10] = [
    &PROTOCOL,
    &KEY_EXCHANGE,
    &PACKET_LENGTH,
    &PADDING_LENGTH,
    &CODE,
    &COOKIE,
    &FIRST_FOLLOWS,
    &PAYLOAD,
    &PADDING,
    &ENCRYPTED,
];
const FIELDS: &[&FieldDef] =
    &super::concat::<{ OWN_FIELDS.len() + LIST_FIELDS.len() }>(&[&OWN_FIELDS, LIST_FIELDS]);

/// Key exchange packets of one segment that are taken apart.
const MAX_PACKETS: usize = 64;
/// RFC 4253, 6.1: what every implementation must take.
const LONGEST: usize = 35000;

/// Dissector of SSH.
pub struct Ssh;

impl Dissector for Ssh {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ssh",
        label: "SSH",
        title: "SSH Protocol",
        layer: Layer::Application,
        spec: "RFC 4253",
        about: "Logs in to another machine over an encrypted connection; only greeting and key exchange are readable.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::Tcp(22), Binding::Tcp(29418), Binding::Signature(Ports::Tcp, is_greeting)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        if bytes.is_empty() {
            return Err(Stop::Declined);
        }
        packet.info(|text| info(text, bytes));
        let mut at = 0;
        if let Some((end, after)) = greeting(bytes) {
            packet.field(&PROTOCOL, 0, after, Value::Bytes(bytes.get(..end).unwrap_or_default()));
            at = after;
        }
        for _ in 0..MAX_PACKETS {
            let Some(plain) = plain(bytes, at) else { break };
            tell(packet, &plain);
            at = plain.end.min(bytes.len());
        }
        if at < bytes.len() {
            packet.slice(&ENCRYPTED, at, bytes.len() - at);
        }
        if packet.is_cut() {
            packet.skip(bytes.len(), "packet")?;
            return Err(packet.short(packet.claimed() - bytes.len(), "packet"));
        }
        Ok(())
    }
}

fn is_greeting(bytes: &[u8]) -> bool {
    bytes.starts_with(b"SSH-2.0-") || bytes.starts_with(b"SSH-1.")
}

/// The greeting's end, and one past its line end. Servers may send other lines
/// before it (RFC 4253, 4.2), but hardly do.
fn greeting(bytes: &[u8]) -> Option<(usize, usize)> {
    if !bytes.starts_with(b"SSH-") {
        return None;
    }
    let line = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let Some(end) = memchr::memchr(b'\n', line) else { return Some((line.len(), line.len())) };
    let text = if end > 0 && line.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
    Some((text, end + 1))
}

/// A packet in the clear.
struct Plain {
    at: usize,
    code: u8,
    padding: usize,
    end: usize,
}

/// A packet that is plausible in the clear (RFC 4253, 6): its length is a
/// multiple of 8, its padding fits, and its message belongs to the key exchange.
fn plain(bytes: &[u8], at: usize) -> Option<Plain> {
    let &[a, b, c, d, padding, code] = bytes.get(at..)?.first_chunk::<6>()?;
    let len = u32::from_be_bytes([a, b, c, d]) as usize;
    let padding = usize::from(padding);
    let known = matches!(code, 1..=4 | 7 | 20 | 21 | 30..=34);
    let fits =
        (12..=LONGEST).contains(&len) && (len + 4).is_multiple_of(8) && padding >= 4 && padding + 2 <= len;
    let end = at + 4 + len;
    // What goes on in the next segment is a long list of methods.
    let whole = end <= bytes.len() || matches!(code, 20 | 31 | 33);
    (known && fits && whole).then_some(Plain { at, code, padding, end })
}

fn tell<S: Sink>(packet: &mut Packet<'_, S>, plain: &Plain) {
    if !S::DETAIL {
        return;
    }
    let Plain { at, code, padding, end } = *plain;
    let (held, claimed) = (packet.bytes().len(), packet.claimed());
    packet.group(&KEY_EXCHANGE, at, end.min(held) - at);
    packet.label(|text| {
        text.push_str(value_name(&CODE, code.into()).unwrap_or("Unknown"));
        if end > claimed {
            text.push_str(" (continues in the next segment)");
        }
    });
    packet.uint(&PACKET_LENGTH, at, 4);
    packet.uint(&PADDING_LENGTH, at + 4, 1);
    packet.uint(&CODE, at + 5, 1);
    let payload_end = end - padding;
    let mut next = at + 6;
    if code == 20 {
        next = lists(packet, next, payload_end.min(held));
    }
    if next < payload_end.min(held) {
        packet.slice(&PAYLOAD, next, payload_end.min(held) - next);
    }
    if payload_end < held {
        packet.slice(&PADDING, payload_end, end.min(held) - payload_end);
    }
    packet.end_group();
}

/// Cookie, ten lists of names, and a flag. Returns where they end.
fn lists<S: Sink>(packet: &mut Packet<'_, S>, at: usize, end: usize) -> usize {
    packet.slice(&COOKIE, at, 16.min(end.saturating_sub(at)));
    let mut at = at + 16;
    for (length, def) in LISTS {
        let Some(len) = packet.read(at, 4).filter(|_| at + 4 <= end) else { return at.min(end) };
        let len = len as usize;
        packet.uint(length, at, 4);
        let here = len.min(end - at - 4);
        packet.slice(def, at + 4, here);
        if here < len {
            return end;
        }
        at += 4 + len;
    }
    if at < end {
        packet.uint(&FIRST_FOLLOWS, at, 1);
        at += 1;
    }
    at
}

fn info(text: &mut String, bytes: &[u8]) {
    let mut at = 0;
    if let Some((end, after)) = greeting(bytes) {
        let _ = write!(text, "Protocol ({})", Escaped(bytes.get(..end).unwrap_or_default()));
        at = after;
    }
    for _ in 0..8 {
        let Some(plain) = plain(bytes, at) else { break };
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(value_name(&CODE, plain.code.into()).unwrap_or("Unknown"));
        at = plain.end;
    }
    if at < bytes.len() {
        text.push_str(if text.is_empty() { "" } else { ", " });
        let _ = write!(text, "Encrypted packet (len={})", bytes.len() - at);
    }
}
