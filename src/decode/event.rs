//! What peeling tells the flows, and what the flows tell peeling.

use super::check::{Check, Problem, Verdict};
use super::claim::ProtocolId;
use super::facts::{TcpFacts, TcpOptions};
use super::field::Span;
use super::pairing::{DnsMessage, DnsNamed, Pairings};
use super::undelivered::Undelivered;
use crate::base::PacketId;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

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

    /// Whether flows of its protocol are numbered as streams.
    pub const fn has_stream(&self) -> bool {
        matches!(self.protocol, TCP | UDP)
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
    /// The header of the flow just told is cut short or broken, so that the
    /// packet does not count there.
    Uncounted {
        /// As much of it is there as gives the flow a stream number.
        numbered: bool,
    },
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
        /// That is all the segment carries: it is no fragment, and its lengths fit.
        whole: bool,
    },
    /// A payload of the flow told last upon which another stream number is due.
    NumberDue,
    /// Options of that TCP header, where it has any of those.
    Options(TcpOptions),
    /// A transport header quoted in an ICMP error: counts nothing.
    Quoted {
        /// The direction that the quoted packet went.
        key: FlowKey,
        /// As much of the header is there as makes a flow.
        whole: bool,
    },
    /// The ICMP error told so far says why the packet quoted next did not arrive.
    Undelivered(Undelivered),
    /// The internet header of the flow told next says that a router was
    /// congested (CE).
    Congested,
    /// An internet header whose payload has no flow (a fragment, a tunnel, a
    /// protocol that is not peeled): addresses only.
    Hosts(FlowKey),
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
    /// A DNS message, to be paired with its query or answer.
    Dns(DnsMessage),
    /// What the message of multicast DNS told last asks for, or what it answers; there
    /// may be several of these.
    DnsNamed([DnsNamed; DnsNamed::TOGETHER]),
    /// The id of a DNS message that an ICMP error quotes.
    DnsQuoted(u16),
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

/// A protocol that a flow is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    protocol: ProtocolId,
    ports: (u16, u16),
}

impl Bound {
    /// `protocol`, for the flow of this key.
    pub fn new(protocol: ProtocolId, key: &FlowKey) -> Self {
        Bound { protocol, ports: (key.src_port, key.dst_port) }
    }

    /// The protocol.
    pub fn protocol(self) -> ProtocolId {
        self.protocol
    }

    /// The protocol, where it is the flow between these ports: in a tunnel there
    /// are flows around it.
    #[inline]
    pub fn between(self, src: u16, dst: u16) -> Option<ProtocolId> {
        let (a, b) = self.ports;
        ((src, dst) == (a, b) || (src, dst) == (b, a)).then_some(self.protocol)
    }
}

/// What the flows concluded about a packet before it is peeled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// What its innermost flow is bound to.
    pub bound: Option<Bound>,
    /// Numbers of the flows of its TCP and UDP headers.
    pub streams: Streams,
    /// For an ICMP error the packet that it answers.
    pub cause: Option<PacketId>,
    /// What the connection of its innermost TCP header says of it.
    pub tcp: Option<TcpFacts>,
    /// It refuses a SYN.
    pub refuses: bool,
    /// It opens a connection that nobody has answered.
    pub silence: Option<Silence>,
    /// What each of its DNS messages is to its transaction.
    pub pairings: Pairings,
    /// Where the flows keep what earlier packets left for it.
    pub carried: Option<Kept>,
}

/// Under which number the flows keep what earlier packets left for one, by what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Frames of HTTP/2.
    Frames(u32),
    /// Messages that begin with their length.
    Message(u32),
}

/// What becomes of a SYN that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silence {
    /// The answer may come yet.
    Waiting,
    /// Nobody answers.
    Unanswered,
}

/// Numbers of flows among those of the same transport protocol, as
/// Wireshark's `tcp.stream` and `udp.stream`: one for each TCP or UDP header
/// of a packet, quoted ones too, in their order. Only the first few are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams([u32; Streams::MOST]);

const NO_STREAM: u32 = u32::MAX;

impl Default for Streams {
    fn default() -> Self {
        Streams([NO_STREAM; Streams::MOST])
    }
}

impl Streams {
    /// Headers of one packet whose streams are kept.
    pub const MOST: usize = 4;

    /// The packet's only stream.
    pub fn one(stream: u32) -> Streams {
        let mut streams = Streams::default();
        streams.set(0, stream);
        streams
    }

    /// The stream of the header at `place` is `stream`.
    pub fn set(&mut self, place: usize, stream: u32) {
        if let Some(kept) = self.0.get_mut(place) {
            *kept = stream;
        }
    }

    /// The stream of the header at `place`.
    pub fn get(&self, place: usize) -> Option<u32> {
        self.0.get(place).copied().filter(|stream| *stream != NO_STREAM)
    }
}
