//! PPP over Ethernet (RFC 2516): discovery and session.

use super::{be16, ppp::Ppp};
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop, Value,
    value_name,
};
use std::fmt::Write as _;

static VERSION: FieldDef =
    FieldDef::uint("pppoe.version", "Version", 8).mask(0xf0).about("Version: 1. RFC 2516, 4.");
static TYPE: FieldDef = FieldDef::uint("pppoe.type", "Type", 8).mask(0x0f).about("Type: 1. RFC 2516, 4.");
static CODE: FieldDef = FieldDef::uint("pppoe.code", "Code", 8)
    .hex()
    .values(&[
        (0x00, "Session Data"),
        (0x07, "Active Discovery Offer (PADO)"),
        (0x09, "Active Discovery Initiation (PADI)"),
        (0x0a, "Active Discovery Session-Grant (PADG)"),
        (0x0b, "Active Discovery Session-Credit Resp.(PADC)"),
        (0x0c, "Active Discovery Quality (PADQ)"),
        (0x19, "Active Discovery Request (PADR)"),
        (0x65, "Active Discovery Session-confirmation (PADS)"),
        (0xa7, "Active Discovery Terminate (PADT)"),
        (0xd3, "Active Discovery Message (PADM)"),
        (0xd4, "Active Discovery Network (PADN)"),
    ])
    .about("Which step of finding an access concentrator it is; 0 for data. RFC 2516, 4 and 5.");
static SESSION: FieldDef = FieldDef::uint("pppoe.session_id", "Session ID", 16)
    .hex()
    .about("Names the session together with both hardware addresses; 0 before there is one. RFC 2516, 4.");
static LENGTH: FieldDef = FieldDef::uint("pppoe.payload_length", "Payload Length", 16)
    .about("Bytes behind this header, padding not counted. RFC 2516, 4.");
static TAGS: FieldDef = FieldDef::group("pppoed.tags", "PPPoE Tags")
    .about("What the ends ask for and offer. RFC 2516, appendix A.");
static TAG: FieldDef = FieldDef::uint("pppoed.tag", "Tag", 16)
    .hex()
    .values(&[
        (0x0000, "End-Of-List"),
        (0x0101, "Service-Name"),
        (0x0102, "AC-Name"),
        (0x0103, "Host-Uniq"),
        (0x0104, "AC-Cookie"),
        (0x0105, "Vendor-Specific"),
        (0x0106, "Credits"),
        (0x0107, "Metrics"),
        (0x0108, "Sequence Number"),
        (0x0109, "Credit Scale Factor"),
        (0x0110, "Relay-Session-Id"),
        (0x0111, "HURL"),
        (0x0112, "MOTM"),
        (0x0120, "PPP-Max-Payload"),
        (0x0121, "IP Route Add"),
        (0x0201, "Service-Name-Error"),
        (0x0202, "AC-System-Error"),
        (0x0203, "Generic-Error"),
    ])
    .about("What the tag holds. RFC 2516, appendix A; IANA PPPoE tags.");
static TAG_LENGTH: FieldDef = FieldDef::uint("pppoed.tag_length", "Tag Length", 16)
    .about("Bytes of the tag's value. RFC 2516, appendix A.");
static SERVICE_NAME: FieldDef = FieldDef::text("pppoed.tags.service_name", "Service-Name")
    .about("Service that is asked for or offered; empty for any. RFC 2516, appendix A.");
static AC_NAME: FieldDef = FieldDef::text("pppoed.tags.ac_name", "AC-Name")
    .about("Name of the access concentrator. RFC 2516, appendix A.");
static HOST_UNIQ: FieldDef = FieldDef::bytes("pppoed.tags.host_uniq", "Host-Uniq")
    .about("The host's mark, repeated in answers to it. RFC 2516, appendix A.");
static AC_COOKIE: FieldDef = FieldDef::bytes("pppoed.tags.ac_cookie", "AC-Cookie")
    .about("The concentrator's mark, against floods of requests. RFC 2516, appendix A.");
static RELAY: FieldDef = FieldDef::bytes("pppoed.tags.relay_session_id", "Relay-Session-Id")
    .about("The relay's mark, repeated in answers. RFC 2516, appendix A.");
static SERVICE_ERROR: FieldDef = FieldDef::text("pppoed.tags.service_name_error", "Service-Name-Error")
    .about("Why the service is not to be had. RFC 2516, appendix A.");
static SYSTEM_ERROR: FieldDef = FieldDef::text("pppoed.tags.ac_system_error", "AC-System-Error")
    .about("What failed at the concentrator. RFC 2516, appendix A.");
static GENERIC_ERROR: FieldDef = FieldDef::text("pppoed.tags.generic_error", "Generic-Error")
    .about("What went wrong. RFC 2516, appendix A.");
static OTHER: FieldDef = FieldDef::bytes("pppoed.tag.unknown_data", "Unknown Data")
    .about("Value of a tag that wirepeel does not take apart. RFC 2516, appendix A.");

const HEADER: usize = 6;

macro_rules! header {
    ($($more:expr),*) => {
        &[&VERSION, &TYPE, &CODE, &SESSION, &LENGTH, $($more),*]
    };
}

/// Dissector of discovery.
pub struct Discovery;

impl Dissector for Discovery {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "pppoed",
        label: "PPPoED",
        title: "PPP-over-Ethernet Discovery",
        layer: Layer::Link,
        spec: "RFC 2516",
        about: "Finds who offers a PPP session on this network, and begins and ends it.",
        fields: header![
            &TAGS,
            &TAG,
            &TAG_LENGTH,
            &SERVICE_NAME,
            &AC_NAME,
            &HOST_UNIQ,
            &AC_COOKIE,
            &RELAY,
            &SERVICE_ERROR,
            &SYSTEM_ERROR,
            &GENERIC_ERROR,
            &OTHER
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x8863)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let code = header(packet)?;
        packet.info(|text| match value_name(&CODE, code.into()) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "Unknown (0x{code:02x})");
            }
        });
        packet.group(&TAGS, HEADER, packet.rest().len());
        // At most 375 fit into an Ethernet frame.
        while !packet.rest().is_empty() {
            tag(packet)?;
        }
        Ok(())
    }
}

fn tag<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let at = packet.at();
    let [k0, k1, l0, l1] = *packet.take::<4>("tag")?;
    let (kind, length) = (be16(k0, k1), usize::from(be16(l0, l1)));
    packet.uint_group(&TAG, at, 2);
    packet.uint(&TAG_LENGTH, at + 2, 2);
    packet.skip(length, "tag value")?;
    if length > 0 {
        let field = match kind {
            0x0101 => &SERVICE_NAME,
            0x0102 => &AC_NAME,
            0x0103 => &HOST_UNIQ,
            0x0104 => &AC_COOKIE,
            0x0110 => &RELAY,
            0x0201 => &SERVICE_ERROR,
            0x0202 => &SYSTEM_ERROR,
            0x0203 => &GENERIC_ERROR,
            _ => &OTHER,
        };
        packet.slice(field, at + 4, length);
    }
    packet.end_group();
    Ok(())
}

/// Dissector of sessions.
pub struct Session;

impl Dissector for Session {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "pppoes",
        label: "PPPoE",
        title: "PPP-over-Ethernet Session",
        layer: Layer::Link,
        spec: "RFC 2516",
        about: "Carries a PPP session between two stations of an Ethernet.",
        fields: header![],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x8864)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let code = header(packet)?;
        packet.info(|text| text.push_str(value_name(&CODE, code.into()).unwrap_or("PPPoE Session")));
        if packet.claimed() > HEADER {
            packet.next_rest(Claim::Protocol(Ppp::PROTOCOL));
        }
        Ok(())
    }
}

/// Takes the header of both, applies its length, gives its code.
fn header<S: Sink>(packet: &mut Packet<'_, S>) -> Result<u8, Stop> {
    let [first, code, i0, i1, l0, l1] = *packet.take::<HEADER>("header")?;
    let length = usize::from(be16(l0, l1));
    packet.label(|text| {
        let session = be16(i0, i1);
        let _ = write!(text, "Session: 0x{session:04x}");
    });
    packet.uint(&VERSION, 0, 1);
    packet.uint(&TYPE, 0, 1);
    packet.uint(&CODE, 1, 1);
    packet.uint(&SESSION, 2, 2);
    packet.field(&LENGTH, 4, 2, Value::Uint(length as u64));
    if first != 0x11 {
        packet.problem(Problem::Unusual, 0, 1, |text| {
            text.push_str("PPPoE version and type must both be 1 (RFC 2516, 4)");
        });
    }
    let left = packet.claimed() - HEADER;
    if length > left {
        packet.problem(Problem::Length, 4, 2, |text| {
            let left = Bytes(left);
            let _ = write!(text, "PPPoE payload length {length} exceeds the {left} of the frame's payload");
        });
    }
    packet.limit(HEADER + length);
    Ok(code)
}
