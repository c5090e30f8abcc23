//! TCP (RFC 9293).

mod analysis;
mod multipath;
mod options;

use super::be16;
use crate::decode::{
    Binding, Check, Claim, Dissector, Event, FieldDef, Layer, Outcome, Packet, Ports, Problem, Protocol,
    Sink, Value,
    checks::{self, Checksum},
    numbering,
    process::{self, Fields},
};
use analysis::Numbers;
use std::fmt::Write as _;

static PORT: FieldDef = FieldDef::uint("tcp.port", "Source or Destination Port", 16)
    .about("Either port of the segment. RFC 9293, 3.1.");
static SRC_PORT: FieldDef = FieldDef::uint("tcp.srcport", "Source Port", 16)
    .also(&[&PORT])
    .about("Port of the socket that sent the segment. RFC 9293, 3.1.");
static DST_PORT: FieldDef = FieldDef::uint("tcp.dstport", "Destination Port", 16).also(&[&PORT]).about(
    "Port of the socket that the segment is for; together with both addresses and the source port it names the connection. RFC 9293, 3.1.",
);
static STREAM: FieldDef = FieldDef::uint("tcp.stream", "Stream index", 32)
    .about("Number of the TCP connection in this capture. Counted by the reader, not sent.");
static LEN: FieldDef = FieldDef::uint("tcp.len", "TCP Segment Len", 32)
    .about("Bytes of data in the segment: what the IP length leaves after both headers. TCP itself sends no length. RFC 9293, 3.1.");
static SEQ_RAW: FieldDef = FieldDef::uint("tcp.seq_raw", "Sequence Number (raw)", 32)
    .about("Place of the first data byte in the sender's stream, as sent: absolute, counted from the random number that the SYN chose. RFC 9293, 3.4.");
static ACK_RAW: FieldDef = FieldDef::uint("tcp.ack_raw", "Acknowledgment number (raw)", 32)
    .about("The next byte that the sender expects of the other side, as sent: absolute; it means something only with the ACK flag. RFC 9293, 3.4.");
static HDR_LEN: FieldDef = FieldDef::uint("tcp.hdr_len", "Header Length", 8)
    .about("Length of the header with its options in bytes, sent in units of 4; where the data begins. RFC 9293, 3.1 (Data Offset).");
static FLAGS: FieldDef = FieldDef::uint("tcp.flags", "Flags", 16)
    .hex()
    .mask(0x0fff)
    .about("Control bits: what the segment does to the connection. RFC 9293, 3.1.");
static RES: FieldDef = FieldDef::flag("tcp.flags.res", "Reserved", 16, 0x0e00)
    .about("Kept for later use; must be sent as zero. RFC 9293, 3.1.");
static AE: FieldDef = FieldDef::flag("tcp.flags.ae", "Accurate ECN", 16, 0x0100)
    .about("Third bit of the counter of congestion marks (once the nonce sum, NS). RFC 9768, 3; RFC 3540.");
static CWR: FieldDef = FieldDef::flag("tcp.flags.cwr", "Congestion Window Reduced", 16, 0x0080)
    .about("The sender has slowed down after it heard of a congestion mark. RFC 3168, 6.1.");
static ECE: FieldDef = FieldDef::flag("tcp.flags.ece", "ECN-Echo", 16, 0x0040).about(
    "The sender has received a packet with a congestion mark; in a SYN: it understands ECN. RFC 3168, 6.1.",
);
static URG: FieldDef = FieldDef::flag("tcp.flags.urg", "Urgent", 16, 0x0020)
    .about("The urgent pointer means something. RFC 9293, 3.1; RFC 6093.");
static ACK: FieldDef = FieldDef::flag("tcp.flags.ack", "Acknowledgment", 16, 0x0010)
    .about("The acknowledgment number means something; set in all segments but the first. RFC 9293, 3.1.");
static PSH: FieldDef = FieldDef::flag("tcp.flags.push", "Push", 16, 0x0008)
    .about("The receiver should hand the data to the application now. RFC 9293, 3.9.1.");
static RST: FieldDef = FieldDef::flag("tcp.flags.reset", "Reset", 16, 0x0004)
    .about("Ends the connection at once, or says that there is none. RFC 9293, 3.5.2.");
static SYN: FieldDef = FieldDef::flag("tcp.flags.syn", "Syn", 16, 0x0002)
    .about("Opens the connection: the sequence number is the first of the stream. RFC 9293, 3.5.");
static FIN: FieldDef =
    FieldDef::flag("tcp.flags.fin", "Fin", 16, 0x0001).about("The sender has no more data. RFC 9293, 3.6.");
static FLAGS_STR: FieldDef = FieldDef::text("tcp.flags.str", "TCP Flags")
    .about("The control bits as letters, a dot for each that is not set. RFC 9293, 3.1.");
static WINDOW: FieldDef = FieldDef::uint("tcp.window_size_value", "Window", 16)
    .about("Bytes that the sender is ready to receive, before the window scale of the handshake is applied. RFC 9293, 3.1; RFC 7323, 2.");
static CHECKSUM: FieldDef = FieldDef::uint("tcp.checksum", "Checksum", 16)
    .hex()
    .about("Ones' complement sum over pseudo-header, header and data. RFC 9293, 3.1; RFC 1071.");
static STATUS: FieldDef = checks::status_field("tcp.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("tcp.checksum_calculated");
static URGENT: FieldDef = FieldDef::uint("tcp.urgent_pointer", "Urgent Pointer", 16).about(
    "With the URG flag: where urgent data ends, counted from the sequence number. RFC 9293, 3.1; RFC 6093.",
);
static PAYLOAD: FieldDef =
    FieldDef::bytes("tcp.payload", "TCP payload").about("The data of this segment. RFC 9293, 3.1.");
static RESET_CAUSE: FieldDef = FieldDef::text("tcp.reset_cause", "Reset cause")
    .about("Text that explains a reset, where the sender added some. RFC 9293, 3.5.3.");

/// The flags in the order of their bits, the highest first: field, letter, word.
static FLAG_ROWS: [(&FieldDef, char, &str); 9] = [
    (&AE, 'A', "AE"),
    (&CWR, 'C', "CWR"),
    (&ECE, 'E', "ECE"),
    (&URG, 'U', "URG"),
    (&ACK, 'A', "ACK"),
    (&PSH, 'P', "PSH"),
    (&RST, 'R', "RST"),
    (&SYN, 'S', "SYN"),
    (&FIN, 'F', "FIN"),
];

const OWN: &[&FieldDef] = &[
    &PORT,
    &SRC_PORT,
    &DST_PORT,
    &STREAM,
    &LEN,
    &SEQ_RAW,
    &ACK_RAW,
    &HDR_LEN,
    &FLAGS,
    &RES,
    &AE,
    &CWR,
    &ECE,
    &URG,
    &ACK,
    &PSH,
    &RST,
    &SYN,
    &FIN,
    &FLAGS_STR,
    &WINDOW,
    &CHECKSUM,
    &STATUS,
    &CALCULATED,
    &checks::ARITHMETIC,
    &checks::VERDICT,
    &URGENT,
    &PAYLOAD,
    &RESET_CAUSE,
];

/// Whose the ends are, by Wireshark's names.
static PROCESS: Fields = Fields::new([
    ["tcp.proc.srcpid", "tcp.proc.srccmd", "tcp.proc.srcuid", "tcp.proc.srcuname"],
    ["tcp.proc.dstpid", "tcp.proc.dstcmd", "tcp.proc.dstuid", "tcp.proc.dstuname"],
]);

/// IP protocol number of TCP.
const NUMBER: u8 = 6;

/// Dissector of TCP segments.
pub struct Tcp;

impl Dissector for Tcp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "tcp",
        label: "TCP",
        title: "Transmission Control Protocol",
        layer: Layer::Transport,
        spec: "RFC 9293",
        about: "Carries a stream of bytes each way between two sockets, in order and complete: what is lost is sent again.",
        fields: &super::concat::<
            {
                OWN.len()
                    + analysis::FIELDS.len()
                    + options::FIELDS.len()
                    + multipath::FIELDS.len()
                    + Fields::COUNT
                    + process::COMMON.len()
            },
        >(&[
            OWN,
            analysis::FIELDS,
            options::FIELDS,
            multipath::FIELDS,
            &PROCESS.list(),
            &process::COMMON,
        ]),
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(NUMBER)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        let Some(&[s0, s1, d0, d1]) = bytes.first_chunk() else { return Err(packet.short(20, "header")) };
        let (src, dst) = (be16(s0, s1), be16(d0, d1));
        packet.label(|text| {
            let _ = write!(text, "Src Port: {src}, Dst Port: {dst}");
        });
        packet.uint(&SRC_PORT, 0, 2);
        packet.uint(&DST_PORT, 2, 2);
        packet.flow(NUMBER, src, dst);
        // What is behind the first sixteen bytes gives the stream no number.
        let numbered = bytes.len() >= 16;
        if let Some(stream) = packet.stream().filter(|_| numbered || packet.is_quoted()) {
            packet.generated(&STREAM, Value::Uint(stream.into()));
        }
        packet.info(|text| {
            let _ = write!(text, "{src} → {dst}");
        });
        if bytes.len() < 20 {
            packet.event(Event::Uncounted { numbered });
            // All that an ICMP error must quote are eight bytes (RFC 792).
            // Wireshark names the number so where an ICMP error quotes no more of the header.
            packet.uint(if packet.is_quoted() { &analysis::SEQ } else { &SEQ_RAW }, 4, 4);
            packet.uint(&ACK_RAW, 8, 4);
            if S::DETAIL
                && let Some(word) = packet.read(12, 2)
            {
                tell_header_len(packet, word as usize >> 12);
                tell_flags(packet, word as u16 & 0x0fff);
            }
            packet.uint(&WINDOW, 14, 2);
            packet.uint(&CHECKSUM, 16, 2);
        }
        let header = packet.take::<20>("header")?;
        let [_, _, _, _, q0, q1, q2, q3, a0, a1, a2, a3, f0, f1, w0, w1, _, _, u0, u1] = *header;
        let (seq, ack) = (u32::from_be_bytes([q0, q1, q2, q3]), u32::from_be_bytes([a0, a1, a2, a3]));
        let (flags, window) = (be16(f0 & 0x0f, f1), be16(w0, w1));
        let header_len = usize::from(f0 >> 4) * 4;
        if header_len < 20 || header_len > bytes.len() {
            packet.event(Event::Uncounted { numbered: true });
        }
        if header_len < 20 {
            packet.uint(&SEQ_RAW, 4, 4);
            packet.uint(&ACK_RAW, 8, 4);
            tell_header_len(packet, header_len / 4);
            packet.problem(Problem::Malformed, 12, 1, |text| {
                let _ = write!(text, "TCP header length {header_len} is less than the header's own 20 bytes");
            });
            return Ok(());
        }
        let payload = packet.claimed().checked_sub(header_len);
        // A fragment holds only part of the segment, a quote only its start.
        let whole = payload.is_some() && !packet.net.fragment && !packet.is_quoted();
        let len = payload.unwrap_or(0) as u32;
        packet.event(Event::Segment { seq, ack, flags, window, payload: len, whole });
        let facts = if S::DETAIL || S::TEXT { packet.facts().tcp } else { None };
        let numbers = Numbers::new(facts.as_ref(), seq, ack, flags, window);
        if S::DETAIL {
            if whole {
                packet.generated(&LEN, Value::Uint(len.into()));
            }
            numbers.tell_seq(packet, whole.then_some(len));
            packet.uint(&SEQ_RAW, 4, 4);
            numbers.tell_ack(packet);
            packet.uint(&ACK_RAW, 8, 4);
            tell_header_len(packet, header_len / 4);
            tell_flags(packet, flags);
            packet.uint(&WINDOW, 14, 2);
            numbers.tell_window(packet, facts.as_ref(), flags);
        }
        if let Some(facts) = &facts {
            packet.remark(|text| analysis::prefix(text, facts));
        }
        packet.info(|text| {
            let Numbers { seq, ack, window, .. } = numbers;
            let base = facts.and_then(|facts| facts.ack_base).unwrap_or(0);
            let _ = write!(text, "{src} → {dst} [");
            flag_words(text, flags);
            let _ = write!(text, "] Seq={seq}");
            if flags & 0x10 != 0 {
                let _ = write!(text, " Ack={ack}");
            }
            let _ = write!(text, " Win={window}");
            if flags & 0x20 != 0 {
                let _ = write!(text, " Urg={}", be16(u0, u1));
            }
            let _ = write!(text, " Len={}", payload.unwrap_or(0));
            options::words(text, bytes.get(20..header_len.min(bytes.len())).unwrap_or_default(), base);
        });
        let whole = packet.net.present && !packet.net.fragment && !packet.is_cut();
        let checksum = Checksum {
            check: Check::Tcp,
            fields: [&CHECKSUM, &STATUS, &CALCULATED],
            at: 16,
            pseudo_header: Some(packet.net.pseudo_header(NUMBER, packet.claimed() as u32)),
            covered: whole.then_some(bytes),
            ruled: None,
            unsent: false,
        };
        checks::tell(packet, &checksum);
        packet.uint(&URGENT, 18, 2);
        if header_len > 20 {
            options::tell(packet, header_len);
        }
        if let Some(facts) = &facts {
            analysis::tell(packet, facts, flags);
        }
        if S::DETAIL && !packet.is_quoted() {
            analysis::tell_answer(packet);
        }
        process::tell(packet, &PROCESS, NUMBER);
        packet.skip(header_len - 20, "options")?;
        let data = packet.rest().len();
        if data > 0 {
            packet.slice(&PAYLOAD, header_len, data);
            if numbering::is_socks_reply(src, packet.rest()) {
                packet.event(Event::NumberDue);
            }
            if flags & 0x04 != 0 {
                packet.slice(&RESET_CAUSE, header_len, data);
            } else {
                packet.next_rest(Claim::Ports(Ports::Tcp, src, dst));
            }
        }
        Ok(())
    }
}

fn tell_header_len<S: Sink>(packet: &mut Packet<'_, S>, words: usize) {
    packet.field(&HDR_LEN, 12, 1, Value::Uint(words as u64 * 4));
    packet.label(|text| {
        let _ = write!(text, "{} bytes ({words})", words * 4);
    });
}

fn tell_flags<S: Sink>(packet: &mut Packet<'_, S>, flags: u16) {
    packet.uint(&FLAGS, 12, 2);
    packet.label(|text| {
        let _ = write!(text, "0x{flags:03x} (");
        flag_words(text, flags);
        text.push(')');
    });
    packet.open();
    packet.uint(&RES, 12, 2);
    for (def, ..) in FLAG_ROWS {
        packet.uint(def, 12, 2);
    }
    let mut letters = String::with_capacity(24);
    for bit in (9..12).rev() {
        letters.push(if flags & 1 << bit != 0 { 'R' } else { '·' });
    }
    for (def, letter, _) in FLAG_ROWS {
        letters.push(if def.extract(flags.into()) != 0 { letter } else { '·' });
    }
    packet.generated(&FLAGS_STR, Value::Bytes(letters.as_bytes()));
    packet.end_group();
}

/// The names of the flags that are set, as `SYN, ACK`.
fn flag_words(text: &mut String, flags: u16) {
    let before = text.len();
    let words = FLAG_ROWS.iter().rev().filter(|(def, ..)| def.extract(flags.into()) != 0).map(|row| row.2);
    for word in words.chain((flags & 0x0e00 != 0).then_some("Reserved")) {
        if text.len() > before {
            text.push_str(", ");
        }
        text.push_str(word);
    }
    if text.len() == before {
        text.push_str("<None>");
    }
}
