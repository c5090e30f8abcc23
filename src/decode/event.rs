//! What peeling tells the flows, and what the flows tell peeling.

use super::check::{Check, Problem, Verdict};
use super::field::Span;
use super::registry::ProtocolId;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One direction of a flow: addresses, ports and protocol.
///
/// ICMP has no ports: both hold the type of the request that the message
/// belongs to, so that an echo and its reply share a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowKey {
    /// Source address; IPv4 in the first four bytes, the rest zero.
    pub src: [u8; 16],
    /// Destination address.
    pub dst: [u8; 16],
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// IP protocol number.
    pub protocol: u8,
    /// The addresses are IPv6.
    pub v6: bool,
}

impl FlowKey {
    /// The other direction.
    pub const fn reversed(self) -> FlowKey {
        FlowKey {
            src: self.dst,
            dst: self.src,
            src_port: self.dst_port,
            dst_port: self.src_port,
            protocol: self.protocol,
            v6: self.v6,
        }
    }

    /// Whether both keys have the same ends, in whichever direction.
    pub fn is_between(&self, other: &FlowKey) -> bool {
        *self == *other || self.reversed() == *other
    }

    /// Source address.
    pub fn source(&self) -> IpAddr {
        address(&self.src, self.v6)
    }

    /// Destination address.
    pub fn destination(&self) -> IpAddr {
        address(&self.dst, self.v6)
    }
}

fn address(bytes: &[u8; 16], v6: bool) -> IpAddr {
    if v6 {
        IpAddr::V6(Ipv6Addr::from(*bytes))
    } else {
        let [a, b, c, d, ..] = *bytes;
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    }
}

/// What a dissector tells besides fields. Values are small; bytes are spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A transport header: the packet counts in this flow.
    Flow(FlowKey),
    /// The TCP header of the flow just told.
    Segment {
        /// Sequence number.
        seq: u32,
        /// Acknowledgement number.
        ack: u32,
        /// The twelve flag bits.
        flags: u16,
        /// Window, not scaled.
        window: u16,
        /// Bytes of payload that the IP length claims.
        payload: u32,
    },
    /// A transport header quoted in an ICMP error: counts nothing.
    Quoted(FlowKey),
    /// A VLAN id of the packet; an attribute of its flows.
    Vlan(u16),
    /// A flow that this packet announces; a zero port or address means any.
    Expect {
        /// The direction announced.
        key: FlowKey,
        /// What it will carry.
        protocol: ProtocolId,
    },
    /// The protocol told by the payload rather than by a port: the flow's
    /// later packets are peeled as this.
    Recognised(ProtocolId),
    /// A request or a response, to be paired.
    Exchange {
        /// The protocol that pairs them.
        protocol: ProtocolId,
        /// Equal in a request and its response.
        key: u64,
        /// A response.
        response: bool,
    },
    /// The outcome of a check.
    Verdict {
        /// What was checked.
        check: Check,
        /// With which outcome.
        verdict: Verdict,
    },
    /// Something wrong.
    Problem {
        /// What kind.
        problem: Problem,
        /// Where.
        span: Span,
    },
}

/// What the flows concluded about a packet before it is peeled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Protocol bound to the packet's flow.
    pub bound: Option<ProtocolId>,
    /// Number of its flow among those of the same transport protocol, as
    /// Wireshark's `tcp.stream` and `udp.stream`.
    pub stream: Option<u32>,
}
