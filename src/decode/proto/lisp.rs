//! LISP: data (RFC 9300) and the head of control messages (RFC 9301), with the
//! packet that an encapsulated one carries.

use super::raw::by_version;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef = FieldDef::uint("lisp-data.flags", "Flags", 8)
    .hex()
    .about("What the rest of the header holds. RFC 9300, 5.3.");
static FLAG_N: FieldDef = FieldDef::flag("lisp-data.flags.nonce", "N bit (Nonce present)", 8, 0x80)
    .about("A nonce is there. RFC 9300, 5.3.");
static FLAG_L: FieldDef =
    FieldDef::flag("lisp-data.flags.lsb", "L bit (Locator-Status-Bits field enabled)", 8, 0x40)
        .about("The locator status bits mean something. RFC 9300, 5.3.");
static FLAG_E: FieldDef = FieldDef::flag("lisp-data.flags.enr", "E bit (Echo-Nonce-Request)", 8, 0x20)
    .about("The receiver shall send the nonce back. RFC 9300, 5.3 and 10.1.");
static FLAG_V: FieldDef = FieldDef::flag("lisp-data.flags.mv", "V bit (Map-Version present)", 8, 0x10)
    .about("Versions of the mappings are there instead of a nonce. RFC 9302, 5.");
static FLAG_I: FieldDef = FieldDef::flag("lisp-data.flags.iid", "I bit (Instance ID present)", 8, 0x08)
    .about("An instance is named. RFC 9300, 5.3 and 8.");
static FLAGS_RESERVED: FieldDef =
    FieldDef::uint("lisp-data.flags.res", "Reserved", 8).hex().mask(0x07).about("Zero. RFC 9300, 5.3.");
static NONCE: FieldDef = FieldDef::uint("lisp-data.nonce", "Nonce", 24)
    .about("Random number, to learn whether the way back works. RFC 9300, 10.1.");
static SOURCE_VERSION: FieldDef = FieldDef::uint("lisp-data.srcmapver", "Source Map-Version", 24)
    .mask(0xff_f000)
    .about("Version of the mapping that the sender uses for its own side. RFC 9302, 5.");
static DESTINATION_VERSION: FieldDef = FieldDef::uint("lisp-data.dstmapver", "Destination Map-Version", 24)
    .mask(0x00_0fff)
    .about("Version of the mapping that the sender uses for the receiver's side. RFC 9302, 5.");
static INSTANCE: FieldDef = FieldDef::uint("lisp-data.iid", "Instance ID", 24)
    .about("Which virtual network the packet belongs to. RFC 9300, 8.");
static STATUS: FieldDef = FieldDef::uint("lisp-data.lsb", "Locator-Status-Bits", 32)
    .hex()
    .about("Which of the sender's locators are up, a bit each. RFC 9300, 5.3 and 10.");
static STATUS_8: FieldDef =
    FieldDef::uint("lisp-data.lsb8", "Locator-Status-Bits", 8).hex().about(STATUS.about);

/// Dissector of LISP data.
pub struct Data;

impl Dissector for Data {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "lisp-data",
        label: "LISP",
        title: "Locator/ID Separation Protocol (Data)",
        layer: Layer::Internet,
        spec: "RFC 9300",
        about: "A tunnel: carries packets between sites whose addresses say who they are, not where.",
        fields: &[
            &FLAGS,
            &FLAG_N,
            &FLAG_L,
            &FLAG_E,
            &FLAG_V,
            &FLAG_I,
            &FLAGS_RESERVED,
            &NONCE,
            &SOURCE_VERSION,
            &DESTINATION_VERSION,
            &INSTANCE,
            &STATUS,
            &STATUS_8,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(4341)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [flags, ..] = *packet.take::<8>("header")?;
        packet.uint_group(&FLAGS, 0, 1);
        for flag in [&FLAG_N, &FLAG_L, &FLAG_E, &FLAG_V, &FLAG_I, &FLAGS_RESERVED] {
            packet.uint(flag, 0, 1);
        }
        packet.end_group();
        if flags & 0x80 != 0 {
            packet.uint(&NONCE, 1, 3);
        } else if flags & 0x10 != 0 {
            packet.uint(&SOURCE_VERSION, 1, 3);
            packet.uint(&DESTINATION_VERSION, 1, 3);
        }
        if flags & 0x08 != 0 {
            packet.uint(&INSTANCE, 4, 3);
            packet.uint(&STATUS_8, 7, 1);
        } else {
            packet.uint(&STATUS, 4, 4);
        }
        packet.info(|text| text.push_str("LISP data"));
        packet.next_rest(inner(packet.rest()));
        Ok(())
    }
}

fn inner(rest: &[u8]) -> Claim {
    rest.first().and_then(|first| by_version(*first)).unwrap_or(Claim::Data)
}

static TYPE: FieldDef = FieldDef::uint("lisp.type", "Type", 8)
    .mask(0xf0)
    .values(&[
        (1, "Map-Request"),
        (2, "Map-Reply"),
        (3, "Map-Register"),
        (4, "Map-Notify"),
        (5, "Map-Notify-Ack"),
        (6, "Map-Referral"),
        (7, "Info"),
        (ENCAPSULATED as u64, "Encapsulated Control Message"),
    ])
    .about("What the message asks for or tells. RFC 9301, 5.1.");
static SECURE: FieldDef = FieldDef::flag("lisp.ecm.flags.sec", "S bit (LISP-SEC capable)", 32, 0x0800_0000)
    .about("Authentication data follow this header. RFC 9301, 5.8; RFC 9303.");
static FROM_TREE: FieldDef = FieldDef::flag("lisp.ecm.flags.ddt", "D bit (DDT-originated)", 32, 0x0400_0000)
    .about("Comes from a node of the delegated database tree. RFC 8111.");
static ECM_RESERVED: FieldDef =
    FieldDef::uint("lisp.ecm.res", "Reserved bits", 32).hex().mask(0x03ff_ffff).about("Zero. RFC 9301, 5.8.");
static RECORDS: FieldDef =
    FieldDef::uint("lisp.records", "Record Count", 8).about("How many records follow. RFC 9301, 5.2 to 5.7.");
static CONTROL_NONCE: FieldDef = FieldDef::uint("lisp.nonce", "Nonce", 64)
    .hex()
    .about("Random number that ties an answer to its question. RFC 9301, 5.2.");

const ENCAPSULATED: u8 = 8;

/// Dissector of control messages: what all of them begin with.
pub struct Control;

impl Dissector for Control {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "lisp",
        label: "LISP",
        title: "Locator/ID Separation Protocol",
        layer: Layer::Application,
        spec: "RFC 9301",
        about: "Asks and tells at which locators a site's addresses are to be found.",
        fields: &[&TYPE, &SECURE, &FROM_TREE, &ECM_RESERVED, &RECORDS, &CONTROL_NONCE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(4342)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [first, ..] = *packet.take::<4>("header")?;
        let kind = first >> 4;
        let name = value_name(&TYPE, kind.into());
        packet.label(|text| text.push_str(name.unwrap_or("unknown type")));
        packet.uint(&TYPE, 0, 1);
        packet.info(|text| match name {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "Unknown type {kind}");
            }
        });
        if kind == ENCAPSULATED {
            for part in [&SECURE, &FROM_TREE, &ECM_RESERVED] {
                packet.uint(part, 0, 4);
            }
            let plain = first & 0x08 == 0;
            packet.next_rest(if plain { inner(packet.rest()) } else { Claim::Data });
            return Ok(());
        }
        if matches!(kind, 1..=6) {
            packet.uint(&RECORDS, 3, 1);
        }
        if name.is_some() {
            packet.take::<8>("nonce")?;
            packet.uint(&CONTROL_NONCE, 4, 8);
        }
        packet.next_rest(Claim::Data);
        Ok(())
    }
}
