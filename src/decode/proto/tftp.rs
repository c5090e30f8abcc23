//! TFTP (RFC 1350) with its options (RFC 2347, 2348, 2349, 7440).

use super::be16;
use crate::base::Escaped;
use crate::decode::{
    Binding, Dissector, Event, FieldDef, FlowKey, Layer, Outcome, Packet, Ports, Protocol, Sink, Stop, Value,
    value_name,
};
use std::fmt::Write as _;

static OPCODE: FieldDef = FieldDef::uint("tftp.opcode", "Opcode", 16)
    .values(&[
        (1, "Read Request"),
        (2, "Write Request"),
        (3, "Data Packet"),
        (4, "Acknowledgement"),
        (5, "Error Code"),
        (6, "Option Acknowledgement"),
    ])
    .about("What kind of packet this is. RFC 1350, 5; RFC 2347.");
static SOURCE_FILE: FieldDef = FieldDef::text("tftp.source_file", "Source File")
    .about("Name of the file that the client wants to read. RFC 1350, 5.");
static DESTINATION_FILE: FieldDef = FieldDef::text("tftp.destination_file", "Destination File")
    .about("Name of the file that the client wants to write. RFC 1350, 5.");
static TYPE: FieldDef = FieldDef::text("tftp.type", "Type")
    .about("How the bytes are carried: octet as they are, netascii with line ends made equal. RFC 1350, 5.");
static BLOCK: FieldDef = FieldDef::uint("tftp.block", "Block", 16)
    .about("Number of the block of data, from 1 on; an acknowledgement repeats it. RFC 1350, 5.");
static DATA: FieldDef = FieldDef::bytes("tftp.data", "Data")
    .about("The block itself; one shorter than the block size (512 unless agreed otherwise) ends the file. RFC 1350, 6.");
static ERROR_CODE: FieldDef = FieldDef::uint("tftp.error.code", "Error code", 16)
    .values(&[
        (0, "Not defined"),
        (1, "File not found"),
        (2, "Access violation"),
        (3, "Disk full or allocation exceeded"),
        (4, "Illegal TFTP Operation"),
        (5, "Unknown transfer ID"),
        (6, "File already exists"),
        (7, "No such user"),
        (8, "Option negotiation failed"),
    ])
    .about("Why the transfer ends here. RFC 1350, appendix; RFC 2347.");
static ERROR_MESSAGE: FieldDef = FieldDef::text("tftp.error.message", "Error message")
    .about("The error in words for people. RFC 1350, 5.");
static OPTION: FieldDef = FieldDef::group("wirepeel.tftp.option", "Option")
    .about("Something that client and server agree on before the transfer. RFC 2347.");
static OPTION_NAME: FieldDef = FieldDef::text("tftp.option.name", "Option name")
    .about("What is agreed on: blksize, timeout, tsize, windowsize. RFC 2347; RFC 2348; RFC 2349; RFC 7440.");
static OPTION_VALUE: FieldDef =
    FieldDef::text("tftp.option.value", "Option value").about("The value proposed, or taken. RFC 2347.");

/// IP protocol number of UDP, for the flow that a request announces.
const UDP: u8 = 17;

/// Dissector of TFTP packets.
pub struct Tftp;

impl Dissector for Tftp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "tftp",
        label: "TFTP",
        title: "Trivial File Transfer Protocol",
        layer: Layer::Application,
        spec: "RFC 1350",
        about: "Carries a file block by block, each acknowledged before the next; small enough for a boot ROM.",
        fields: &[
            &OPCODE,
            &SOURCE_FILE,
            &DESTINATION_FILE,
            &TYPE,
            &BLOCK,
            &DATA,
            &ERROR_CODE,
            &ERROR_MESSAGE,
            &OPTION,
            &OPTION_NAME,
            &OPTION_VALUE,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(69), Binding::Signature(Ports::Udp, is_request)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let opcode = match *packet.bytes() {
            [0, opcode @ 1..=6, ..] => opcode,
            _ => return Err(Stop::Declined),
        };
        let body = packet.bytes().get(2..).unwrap_or_default();
        let name = value_name(&OPCODE, opcode.into()).unwrap_or_default();
        packet.label(|text| text.push_str(name));
        packet.info(|text| info(text, opcode, name, body));
        packet.uint(&OPCODE, 0, 2);
        packet.skip(2, "opcode")?;
        match opcode {
            1 | 2 => {
                string(packet, if opcode == 1 { &SOURCE_FILE } else { &DESTINATION_FILE }, "file name")?;
                string(packet, &TYPE, "transfer type")?;
                expect_answer(packet);
                options(packet)?;
            }
            3 => {
                packet.take::<2>("block number")?;
                packet.uint(&BLOCK, 2, 2);
                let len = packet.rest().len();
                if len > 0 {
                    packet.slice(&DATA, 4, len);
                }
            }
            4 => {
                packet.take::<2>("block number")?;
                packet.uint(&BLOCK, 2, 2);
            }
            5 => {
                packet.take::<2>("error code")?;
                packet.uint(&ERROR_CODE, 2, 2);
                string(packet, &ERROR_MESSAGE, "error message")?;
            }
            _ => options(packet)?,
        }
        Ok(())
    }
}

/// A request on any port: a printable file name and a known transfer type.
fn is_request(bytes: &[u8]) -> bool {
    let [0, 1 | 2, rest @ ..] = bytes else { return false };
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let (Some(file), Some(kind), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return false };
    !file.is_empty()
        && file.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)
        && [&b"octet"[..], b"netascii", b"mail"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// The server answers from a port of its own choice (RFC 1350, 4).
fn expect_answer<S: Sink>(packet: &mut Packet<'_, S>) {
    if packet.net.present {
        let (src, dst) = (packet.net.dst, packet.net.src);
        let key =
            FlowKey { src, dst, src_port: 0, dst_port: packet.ports.0, protocol: UDP, v6: packet.net.v6 };
        let protocol = packet.id();
        packet.event(Event::Expect { key, protocol });
    }
}

/// Text that ends with a zero.
fn string<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, what: &'static str) -> Outcome {
    let (at, rest) = (packet.at(), packet.rest());
    let Some(len) = rest.iter().position(|byte| *byte == 0) else {
        packet.slice(def, at, rest.len());
        return Err(packet.short(rest.len() + 1, what));
    };
    packet.field(def, at, len + 1, Value::Bytes(rest.get(..len).unwrap_or_default()));
    packet.skip(len + 1, what)?;
    Ok(())
}

/// Pairs of texts up to the end.
fn options<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    while !packet.rest().is_empty() {
        // Some clients fill their request up with zeros.
        if packet.rest().iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let (at, rest) = (packet.at(), packet.rest());
        let mut parts = rest.splitn(3, |byte| *byte == 0);
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        packet.group(&OPTION, at, (name.len() + value.len() + 2).min(rest.len()));
        packet.label(|text| {
            let _ = write!(text, "{} = {}", Escaped(name), Escaped(value));
        });
        string(packet, &OPTION_NAME, "option name")?;
        string(packet, &OPTION_VALUE, "option value")?;
        packet.end_group();
    }
    Ok(())
}

fn info(text: &mut String, opcode: u8, name: &str, body: &[u8]) {
    text.push_str(name);
    let mut parts = body.split(|byte| *byte == 0);
    let _ = match (opcode, body) {
        (1 | 2, _) => {
            let (file, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            write!(text, ", File: {}, Transfer type: {}", Escaped(file), Escaped(kind))
        }
        (3 | 4, [high, low, ..]) => write!(text, ", Block: {}", be16(*high, *low)),
        (5, [high, low, message @ ..]) => {
            let code = be16(*high, *low);
            let words = value_name(&ERROR_CODE, code.into()).unwrap_or("Unknown");
            let message = message.split(|byte| *byte == 0).next().unwrap_or_default();
            write!(text, ", Code: {words}, Message: {}", Escaped(message))
        }
        _ => Ok(()),
    };
    if matches!(opcode, 1 | 2 | 6) {
        // A packet has room for more; a line has not.
        for _ in 0..16 {
            match (parts.next(), parts.next()) {
                (Some(name), Some(value)) if !name.is_empty() => {
                    let _ = write!(text, ", {}={}", Escaped(name), Escaped(value));
                }
                _ => break,
            }
        }
    }
}
