//! What a layer says of the next one, and what leads to a protocol.
//!
//! Owns the words in which they meet: link types, EtherTypes, ports and the like. Which
//! protocol a claim leads to is the registry's.

use super::field::Protocol;
use std::num::NonZeroU32;

/// Place of a protocol in the registry. 0 is plain data.
pub type ProtocolId = u16;

/// A transport with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// What carries a layer's bytes as its payload: a transport, or one of the streams
/// that share a connection. In one word, since every layer has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Carrier(NonZeroU32);

impl Carrier {
    /// Numbers of streams have 31 bits: what is above them is a transport.
    const UDP: NonZeroU32 = NonZeroU32::MAX;
    const TCP: NonZeroU32 = NonZeroU32::MIN.saturating_add(1 << 31);

    #[inline]
    pub const fn of(ports: Ports) -> Carrier {
        Carrier(match ports {
            Ports::Udp => Carrier::UDP,
            Ports::Tcp => Carrier::TCP,
        })
    }

    /// The stream of this number; none for 0, which carries nothing.
    #[inline]
    pub fn stream(number: u32) -> Option<Carrier> {
        NonZeroU32::new(number & 0x7fff_ffff).map(Carrier)
    }

    #[inline]
    pub fn ports(self) -> Option<Ports> {
        match self.0 {
            Carrier::UDP => Some(Ports::Udp),
            Carrier::TCP => Some(Ports::Tcp),
            _ => None,
        }
    }

    /// The stream's number.
    #[inline]
    pub fn number(self) -> Option<u32> {
        Some(self.0.get()).filter(|number| *number >> 31 == 0)
    }
}

/// What leads to a protocol.
#[derive(Clone, Copy)]
pub enum Binding {
    /// A link type.
    Link(u16),
    /// An EtherType.
    EtherType(u16),
    /// An IP protocol number (also IPv6 next header).
    IpProto(u8),
    /// An 802.2 service access point.
    Llc(u8),
    /// A SNAP organisation and protocol.
    Snap(u32, u16),
    /// A PPP protocol number.
    Ppp(u16),
    /// A UDP port of either side.
    Udp(u16),
    /// A TCP port of either side.
    Tcp(u16),
    /// The look of the first bytes, asked when ports lead nowhere. Must be
    /// cheap and strict: it sees the payload of every unknown flow.
    Signature(Ports, fn(&[u8]) -> bool),
}

/// What a layer says of the next one.
#[derive(Clone, Copy, Debug)]
pub enum Claim {
    /// Starts with this link type.
    Link(u16),
    /// An EtherType.
    EtherType(u16),
    /// An IP protocol number.
    IpProto(u8),
    /// An 802.2 service access point.
    Llc(u8),
    /// A SNAP organisation and protocol.
    Snap(u32, u16),
    /// A PPP protocol number.
    Ppp(u16),
    /// Payload of a transport: source and destination port.
    Ports(Ports, u16, u16),
    /// Exactly this protocol.
    Protocol(&'static Protocol),
    /// Exactly this protocol, as what a stream of a shared connection brings.
    Stream(&'static Protocol, u32),
    /// The protocol at this place, such as a dissector's own for a next message.
    Id(ProtocolId),
    /// Bytes without further meaning.
    Data,
}
