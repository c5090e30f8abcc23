//! Bytes that no protocol claims.

use crate::decode::{Binding, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value};
use std::fmt::Write as _;

static DATA: FieldDef =
    FieldDef::bytes("data.data", "Data").about("Payload that no known protocol claims, as plain bytes.");
static LEN: FieldDef = FieldDef::uint("data.len", "Length", 32).about("How many bytes of payload there are.");

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
        packet.label(|text| {
            let _ = write!(text, "{len} bytes");
        });
        if len > 0 {
            packet.slice(&DATA, 0, len);
        }
        packet.generated(&LEN, Value::Uint(len as u64));
        Ok(())
    }
}
