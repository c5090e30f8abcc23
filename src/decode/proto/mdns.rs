//! Multicast DNS (RFC 6762): DNS messages that every host of the link hears.

use super::dns::{FIELDS, dissect};
use crate::decode::{Binding, Dissector, DnsKind, Layer, Outcome, Packet, Protocol, Sink};

/// Dissector of multicast DNS.
pub struct Mdns;

impl Dissector for Mdns {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "mdns",
        label: "MDNS",
        title: "Multicast Domain Name System",
        layer: Layer::Application,
        spec: "RFC 6762",
        about: "Finds names and services on the link without a server: everybody hears the question, who has the name answers.",
        fields: &FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(5353)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet, DnsKind::Mdns)
    }
}
