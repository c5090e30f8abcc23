//! Simple Service Discovery Protocol (UPnP Device Architecture 1.1, 1): HTTP
//! heads in datagrams.

use super::http;
use crate::decode::{Binding, Dissector, Layer, Outcome, Packet, Protocol, Sink};

/// Dissector of SSDP.
pub struct Ssdp;

impl Dissector for Ssdp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ssdp",
        label: "SSDP",
        title: "Simple Service Discovery Protocol",
        layer: Layer::Application,
        spec: "UPnP Device Architecture 1.1",
        about: "Finds devices and their services on the link: messages like those of HTTP, sent to a group.",
        fields: http::FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(1900)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        http::dissect(packet)
    }
}
