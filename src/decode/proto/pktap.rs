//! Apple's packet taps: a frame of any interface, with whose it is.

use crate::base::LinkType;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop,
};
use std::fmt::Write as _;

static HDRLEN: FieldDef = FieldDef::uint("pktap.hdrlen", "Header length", 32)
    .about("Bytes of this header: the frame is behind it. tcpdump.org LINKTYPE_PKTAP.");
static RECTYPE: FieldDef = FieldDef::uint("pktap.rectype", "Record type", 32)
    .values(&[(0, "None"), (1, "Packet")])
    .about("Whether a packet follows. tcpdump.org LINKTYPE_PKTAP.");
static DLT: FieldDef =
    FieldDef::uint("pktap.dlt", "DLT", 32).about("Link type of the frame. tcpdump.org LINKTYPE_PKTAP.");
static IFNAME: FieldDef = FieldDef::text("pktap.ifname", "Interface name")
    .about("Interface that the frame passed. tcpdump.org LINKTYPE_PKTAP.");
static FLAGS: FieldDef = FieldDef::uint("pktap.flags", "Flags", 32)
    .hex()
    .about("Direction of the frame, and more. tcpdump.org LINKTYPE_PKTAP.");
static PFAMILY: FieldDef = FieldDef::uint("pktap.pfamily", "Protocol family", 32)
    .about("Family of the packet, as macOS numbers them. tcpdump.org LINKTYPE_PKTAP.");
static LLHDRLEN: FieldDef = FieldDef::uint("pktap.llhdrlen", "Link-layer header length", 32)
    .about("Bytes of the frame's own header. tcpdump.org LINKTYPE_PKTAP.");
static LLTRLRLEN: FieldDef = FieldDef::uint("pktap.lltrlrlen", "Link-layer trailer length", 32)
    .about("Bytes behind the packet. tcpdump.org LINKTYPE_PKTAP.");
static PID: FieldDef = FieldDef::uint("pktap.pid", "Process ID", 32)
    .about("Process that the packet belongs to. tcpdump.org LINKTYPE_PKTAP.");
static CMDNAME: FieldDef = FieldDef::text("pktap.cmdname", "Command name")
    .about("That process's program. tcpdump.org LINKTYPE_PKTAP.");
static SVC_CLASS: FieldDef = FieldDef::uint("pktap.svc_class", "Service class", 32)
    .about("How urgent the packet is. tcpdump.org LINKTYPE_PKTAP.");
static IFTYPE: FieldDef = FieldDef::uint("pktap.iftype", "Interface type", 16)
    .about("What kind of interface it is. tcpdump.org LINKTYPE_PKTAP.");
static IFUNIT: FieldDef = FieldDef::uint("pktap.ifunit", "Interface unit", 16)
    .about("Which of its kind. tcpdump.org LINKTYPE_PKTAP.");
static EPID: FieldDef = FieldDef::uint("pktap.epid", "Effective process ID", 32)
    .about("Process for which that one works. tcpdump.org LINKTYPE_PKTAP.");
static ECMDNAME: FieldDef = FieldDef::text("pktap.ecmdname", "Effective command name")
    .about("Its program. tcpdump.org LINKTYPE_PKTAP.");

/// The header as all systems have it.
const LEN: usize = 108;
/// LINKTYPE_PKTAP; macOS also writes it as the second of the private types.
const LINKTYPE: u16 = 258;
const USER2: u16 = 149;

/// Dissector of Apple's packet taps.
pub struct Pktap;

impl Dissector for Pktap {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "pktap",
        label: "PKTAP",
        title: "PKTAP packet header",
        layer: Layer::Link,
        spec: "LINKTYPE_PKTAP",
        about: "What macOS puts before a frame when it captures on all interfaces: which one, and which process.",
        fields: &[
            &HDRLEN, &RECTYPE, &DLT, &IFNAME, &FLAGS, &PFAMILY, &LLHDRLEN, &LLTRLRLEN, &PID, &CMDNAME,
            &SVC_CLASS, &IFTYPE, &IFUNIT, &EPID, &ECMDNAME,
        ],
        trailer: None,
        stack: Some("pktap:pcap_pktdata"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(LINKTYPE), Binding::Link(USER2)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let word = |at| packet.read_le(at, 4).unwrap_or(0);
        let (length, record, dlt) = (word(0) as usize, word(4), word(8));
        let (plausible, private) = (length >= LEN && record <= 1, packet.medium.link.0 == USER2);
        // A private type is anybody's.
        if private && !plausible {
            return Err(Stop::Declined);
        }
        packet.take::<LEN>("header")?;
        for (def, at) in [(&HDRLEN, 0), (&RECTYPE, 4), (&DLT, 8)] {
            packet.uint_le(def, at, 4);
        }
        text(packet, &IFNAME, 12, 24);
        for (def, at) in [(&FLAGS, 36), (&PFAMILY, 40), (&LLHDRLEN, 44), (&LLTRLRLEN, 48), (&PID, 52)] {
            packet.uint_le(def, at, 4);
        }
        text(packet, &CMDNAME, 56, 20);
        packet.uint_le(&SVC_CLASS, 76, 4);
        packet.uint_le(&IFTYPE, 80, 2);
        packet.uint_le(&IFUNIT, 82, 2);
        packet.uint_le(&EPID, 84, 4);
        text(packet, &ECMDNAME, 88, 20);
        packet.info(|text| {
            let _ = write!(text, "Packet tap, DLT {dlt}");
        });
        if !plausible {
            packet.problem(Problem::Malformed, 0, 8, |text| {
                let _ = write!(text, "PKTAP: a record of type {record} with a header of {length} bytes");
            });
        }
        match u16::try_from(dlt) {
            Ok(link) if plausible && record == 1 => {
                if length < packet.claimed() {
                    packet.next_link(LinkType(link), length, packet.claimed() - length);
                }
            }
            _ => packet.next_rest(Claim::Data),
        }
        Ok(())
    }
}

/// Text up to its first zero.
fn text<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, at: usize, len: usize) {
    if S::DETAIL {
        let bytes = packet.bytes().get(at..at + len).unwrap_or_default();
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        packet.field(def, at, len, crate::decode::Value::Bytes(bytes.get(..end).unwrap_or_default()));
    }
}
