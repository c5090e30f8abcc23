//! Link-Local Multicast Name Resolution (RFC 4795).

use super::dns::{FIELDS, dissect};
use crate::decode::{Binding, Dissector, DnsKind, Layer, Outcome, Packet, Protocol, Sink};

/// Dissector of LLMNR.
pub struct Llmnr;

impl Dissector for Llmnr {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "llmnr",
        label: "LLMNR",
        title: "Link-local Multicast Name Resolution",
        layer: Layer::Application,
        spec: "RFC 4795",
        about: "Finds the names of neighbours on the link without a server, mostly between Windows hosts.",
        fields: &FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(5355), Binding::Tcp(5355)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet, DnsKind::Llmnr)
    }
}
