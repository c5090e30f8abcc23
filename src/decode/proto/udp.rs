//! UDP (RFC 768).

use super::be16;
use crate::decode::{
    Binding, Bytes, Check, Claim, Dissector, Event, FieldDef, Layer, Outcome, Packet, Ports, Problem,
    Protocol, Sink, Value, Verdict,
    checks::{self, Checksum, Ruling},
    numbering,
    process::{self, Fields},
};
use std::fmt::Write as _;

static PORT: FieldDef = FieldDef::uint("udp.port", "Source or Destination Port", 16)
    .about("Either port of the datagram. RFC 768.");
static SRC_PORT: FieldDef = FieldDef::uint("udp.srcport", "Source Port", 16)
    .also(&[&PORT])
    .about("Port of the socket that sent the datagram; where an answer should go. RFC 768.");
static DST_PORT: FieldDef = FieldDef::uint("udp.dstport", "Destination Port", 16)
    .also(&[&PORT])
    .about("Port of the socket that the datagram is delivered to. RFC 768.");
static LENGTH: FieldDef = FieldDef::uint("udp.length", "Length", 16)
    .about("Header and data together, in octets; 8 at the least. RFC 768.");
static CHECKSUM: FieldDef = FieldDef::uint("udp.checksum", "Checksum", 16).hex().about(
    "Ones' complement sum over pseudo-header, header and data; 0 when the sender computed none. RFC 768.",
);
static STATUS: FieldDef = checks::status_field("udp.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("udp.checksum_calculated");
static STREAM: FieldDef = FieldDef::uint("udp.stream", "Stream index", 32)
    .about("Number of the UDP flow in this capture. Counted by the reader, not sent.");
static PAYLOAD: FieldDef =
    FieldDef::bytes("udp.payload", "Payload").about("The data that the datagram carries. RFC 768.");

const OWN: &[&FieldDef] = &[
    &PORT,
    &SRC_PORT,
    &DST_PORT,
    &LENGTH,
    &CHECKSUM,
    &STATUS,
    &CALCULATED,
    &checks::ARITHMETIC,
    &checks::VERDICT,
    &STREAM,
    &PAYLOAD,
];

/// Whose the ends are, by Wireshark's names.
static PROCESS: Fields = Fields::new([
    ["udp.proc.srcpid", "udp.proc.srccmd", "udp.proc.srcuid", "udp.proc.srcuname"],
    ["udp.proc.dstpid", "udp.proc.dstcmd", "udp.proc.dstuid", "udp.proc.dstuname"],
]);

/// IP protocol number of UDP.
const NUMBER: u8 = 17;

/// Dissector of UDP datagrams.
pub struct Udp;

impl Dissector for Udp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "udp",
        label: "UDP",
        title: "User Datagram Protocol",
        layer: Layer::Transport,
        spec: "RFC 768",
        about: "Carries single datagrams from port to port; nothing is acknowledged, ordered or repeated.",
        fields: &super::concat::<{ OWN.len() + Fields::COUNT + process::COMMON.len() }>(&[
            OWN,
            &PROCESS.list(),
            &process::COMMON,
        ]),
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(NUMBER)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        if packet.bytes().len() < 8 {
            packet.uint(&SRC_PORT, 0, 2);
            packet.uint(&DST_PORT, 2, 2);
            packet.uint(&LENGTH, 4, 2);
            if let Some(&[s0, s1, d0, d1]) = packet.bytes().first_chunk() {
                packet.flow(NUMBER, be16(s0, s1), be16(d0, d1));
                packet.event(Event::Uncounted { numbered: false });
            }
        }
        let header = packet.take::<8>("header")?;
        let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
        let (src, dst, length) = (be16(s0, s1), be16(d0, d1), usize::from(be16(l0, l1)));
        packet.label(|text| {
            let _ = write!(text, "Src Port: {src}, Dst Port: {dst}");
        });
        packet.uint(&SRC_PORT, 0, 2);
        packet.uint(&DST_PORT, 2, 2);
        packet.uint(&LENGTH, 4, 2);
        packet.flow(NUMBER, src, dst);
        packet.info(|text| {
            let _ = write!(text, "{src} → {dst} Len={}", length.saturating_sub(8));
        });
        // RFC 2675, 4: a jumbogram's length does not fit and is sent as 0; over
        // IPv4 captures before segmentation offload look the same.
        let jumbo = length == 0 && packet.claimed() > 0xffff;
        let length = if jumbo { packet.claimed() } else { length };
        // Over IPv6 a length of 0 is the sign of a jumbogram, whatever there is.
        let counts = length >= 8 || length == 0 && packet.net.v6;
        if !counts {
            packet.event(Event::Uncounted { numbered: false });
        }
        let claimed = packet.claimed();
        if length < 8 || (length > claimed && !packet.net.fragment) {
            packet.problem(Problem::Length, 4, 2, |text| {
                let _ = if length < 8 {
                    write!(text, "UDP length {length} is less than its header of 8 bytes")
                } else {
                    write!(
                        text,
                        "UDP length {length} exceeds the {claimed} of the IP payload",
                        claimed = Bytes(claimed)
                    )
                };
            });
        }
        if length >= 8 {
            let behind = claimed.saturating_sub(length);
            if behind > 0 && packet.net.present && !packet.net.fragment {
                packet.problem(Problem::Length, 4, 2, |text| {
                    let _ = write!(
                        text,
                        "UDP length {length} leaves {behind} of the IP payload unclaimed \
                         (UDP options, or a wrong length)",
                        behind = Bytes(behind)
                    );
                });
            }
            // What a first fragment lacks the others hold.
            if length <= claimed || !packet.net.fragment {
                packet.limit(length);
            }
        }
        let covered = packet
            .bytes()
            .get(..length)
            .filter(|_| length >= 8 && packet.net.present && !packet.net.fragment);
        let ruled = (be16(c0, c1) == 0).then(|| zero(packet.net.v6, dst));
        let checksum = Checksum {
            check: Check::Udp,
            fields: [&CHECKSUM, &STATUS, &CALCULATED],
            at: 6,
            pseudo_header: Some(packet.net.pseudo_header(NUMBER, length as u32)),
            covered,
            ruled,
            unsent: false,
        };
        checks::tell(packet, &checksum);
        if let Some(stream) = packet.stream().filter(|_| counts) {
            packet.generated(&STREAM, Value::Uint(stream.into()));
        }
        process::tell(packet, &PROCESS, NUMBER);
        let payload = packet.rest().len();
        if payload > 0 {
            packet.slice(&PAYLOAD, 8, payload);
            if length >= 8 && numbering::is_snmp(src, dst, packet.rest()) {
                packet.event(Event::NumberDue);
            }
            packet.next_rest(if length < 8 { Claim::Data } else { Claim::Ports(Ports::Udp, src, dst) });
        }
        Ok(())
    }
}

/// Ports of tunnels that may do without a checksum over IPv6 (RFC 6935): GTP-U,
/// AMT (RFC 7450), LISP (RFC 9300), GRE (RFC 8086), VXLAN (RFC 7348) and its older
/// port and GPE, Geneve (RFC 8926), MPLS (RFC 7510), and RoCE, which has a sum of its own.
const TUNNELS: [u16; 10] = [2152, 2268, 4341, 4754, 4789, 4790, 4791, 6081, 6635, 8472];

/// What a checksum of 0 means.
#[cold]
fn zero(v6: bool, port: u16) -> Ruling {
    match (v6, TUNNELS.contains(&port)) {
        (false, _) => Ruling { verdict: Verdict::Absent, status: 3, why: "" },
        (true, true) => {
            let why = "the tunnel's ends may do without one (RFC 6935, 5; RFC 6936)";
            Ruling { verdict: Verdict::Absent, status: 4, why }
        }
        (true, false) => {
            let why = "over IPv6 a datagram must have one (RFC 8200, 8.1)";
            Ruling { verdict: Verdict::Bad, status: 4, why }
        }
    }
}
