//! Bytes that no protocol claims.

use crate::base::LinkType;
use crate::decode::{Binding, Bytes, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value};
use std::fmt::{self, Write as _};

static DATA: FieldDef =
    FieldDef::bytes("data.data", "Data").about("Payload that no known protocol claims, as plain bytes.");
static LEN: FieldDef = FieldDef::uint("data.len", "Length", 32).about("How many bytes of payload there are.");

/// The registered name of a link type in full.
struct LinkName(LinkType);

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, "LINKTYPE_{name}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Dissector of what is left.
pub struct Data;

impl Dissector for Data {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "data",
        label: "Data",
        title: "Data",
        layer: Layer::Application,
        spec: "",
        about: "Bytes whose meaning only the two ends know, or that wirepeel does not know yet.",
        fields: &[&DATA, &LEN],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let len = packet.bytes().len();
        // Nothing around it but the frame: the link type itself is unknown.
        let whole = packet.is_outermost();
        let link = packet.medium.link;
        packet.label(|text| {
            if whole {
                let name = LinkName(link);
                let _ = write!(text, "{name}: ");
            }
            let _ = write!(text, "{len}", len = Bytes(len));
        });
        if whole {
            packet.info(|text| {
                let _ = write!(text, "{}: shown as bytes", LinkName(link));
            });
        }
        if len > 0 {
            packet.slice(&DATA, 0, len);
        }
        packet.generated(&LEN, Value::Uint(len as u64));
        Ok(())
    }
}
