//! One flow: its ends, counts and state. Knows nothing of other flows; the
//! table finds it and counts in it.

use super::tcp::{self, Segment};
use crate::base::{PacketId, Timestamp};
use crate::decode::FlowKey;
use std::net::IpAddr;

/// The TCP flag bits that states follow from.
pub mod flags {
    /// No more data from the sender.
    pub const FIN: u16 = 0x01;
    /// Sequence numbers begin.
    pub const SYN: u16 = 0x02;
    /// The connection is gone.
    pub const RST: u16 = 0x04;
    /// Hand the bytes over at once: kernels set it at the end of a write.
    pub const PSH: u16 = 0x08;
    /// The acknowledgement number is valid.
    pub const ACK: u16 = 0x10;
    /// A packet came through a congested router.
    pub const ECE: u16 = 0x40;
    /// The sender has heard that, and slows down.
    pub const CWR: u16 = 0x80;
}

/// Either end of a flow: A sent its first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The end that sent the first packet seen.
    A,
    /// The other end.
    B,
}

impl Side {
    /// The end across.
    pub const fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }
}

/// Where a TCP connection stands, as far as the capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No TCP, or no state to tell.
    None,
    /// A SYN without an answer yet.
    SynSent,
    /// SYN and SYN-ACK, the last ACK not yet.
    SynReceived,
    /// The handshake is complete, or data was seen without one.
    Established,
    /// One side has sent its FIN.
    Closing,
    /// Both sides have sent their FIN.
    Closed,
    /// Ended by a RST.
    Reset,
    /// A SYN answered by a RST.
    Refused,
}

impl State {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::None => "",
            State::SynSent => "SYN sent",
            State::SynReceived => "SYN received",
            State::Established => "established",
            State::Closing => "closing",
            State::Closed => "closed",
            State::Reset => "reset",
            State::Refused => "refused",
        }
    }
}

pub(super) const CLOSED_BY_A: u8 = 0x40;
pub(super) const CLOSED_BY_B: u8 = 0x80;

/// A flow: both directions of one five-tuple. 112 bytes.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Addresses and ports as in its first packet: A is the source.
    pub key: FlowKey,
    /// Packets from A to B and from B to A.
    pub packets: [u32; 2],
    /// Bytes of whole frames, as they were on the wire, each way.
    pub bytes: [u64; 2],
    /// Time of the first packet.
    pub first_time: Timestamp,
    /// Time of the newest packet.
    pub last_time: Timestamp,
    /// The first packet.
    pub first: PacketId,
    /// Number among the flows of its transport protocol (`tcp.stream`).
    pub stream: u32,
    /// Sequence number of A's or B's first SYN, to tell a reused port pair.
    pub(super) isn: u32,
    /// Place of the flow before it with the same ends, [`NO_FLOW`] for none.
    pub(super) previous: u32,
    /// Outermost VLAN id, 0 for none.
    pub vlan: u16,
    /// A protocol is bound to it, see [`FlowTable::bound_at`].
    pub(super) is_bound: bool,
    pub(super) tcp_flags: [u8; 2],
    pub(super) state: State,
    pub(super) server: Side,
    /// Completeness, and who closed the connection.
    pub(super) progress: u8,
    pub(super) tcp: tcp::Slot,
    /// The server side was told by a SYN.
    pub server_is_certain: bool,
}

impl Flow {
    /// TCP flags (FIN to CWR) seen from A and from B.
    pub fn tcp_flags(&self) -> [u8; 2] {
        self.tcp_flags
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The side that listens.
    pub fn server(&self) -> Side {
        self.server
    }

    /// Addresses of client and server.
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        let (a, b) = (self.key.source(), self.key.destination());
        if self.server == Side::A { (b, a) } else { (a, b) }
    }

    /// Whether both flows are between the same two hosts. A host without an
    /// address and one that is all hosts are told by their ports.
    pub fn is_same_conversation(&self, other: &Flow) -> bool {
        let pair = |a: IpAddr, b: IpAddr| if a <= b { (a, b) } else { (b, a) };
        let hosts = |flow: &Flow| pair(flow.key.source(), flow.key.destination());
        let ports = |flow: &Flow| {
            let key = &flow.key;
            (key.protocol, key.src_port.min(key.dst_port), key.src_port.max(key.dst_port))
        };
        let vague = |flow: &Flow| [flow.key.source(), flow.key.destination()].into_iter().any(is_vague);
        hosts(self) == hosts(other) || (vague(self) || vague(other)) && ports(self) == ports(other)
    }

    /// The port of the side that listens.
    pub fn service_port(&self) -> u16 {
        if self.server == Side::A { self.key.src_port } else { self.key.dst_port }
    }

    /// Whether a packet was counted. Some flows are known only from what an
    /// ICMP error quotes: they have a stream number and nothing else.
    pub fn is_counted(&self) -> bool {
        self.packets != [0, 0]
    }

    /// Which side sent a packet with this key.
    pub fn side(&self, key: &FlowKey) -> Side {
        if (key.src, key.src_port) == (self.key.src, self.key.src_port) { Side::A } else { Side::B }
    }

    /// Counts a packet with this key.
    #[inline]
    pub(super) fn count(&mut self, key: &FlowKey, time: Timestamp, wire: u32) {
        let direction = self.side(key) as usize;
        if let (Some(packets), Some(bytes)) = (self.packets.get_mut(direction), self.bytes.get_mut(direction))
        {
            *packets = packets.saturating_add(1);
            *bytes = bytes.saturating_add(wire.into());
        }
        self.last_time = self.last_time.max(time);
    }

    /// Follows flags and state by one segment.
    pub(super) fn advance(&mut self, side: Side, segment: &Segment) {
        let other = if side == Side::A { self.tcp_flags[1] } else { self.tcp_flags[0] };
        let before = self.tcp_flags[0] | self.tcp_flags[1];
        let own = match side {
            Side::A => &mut self.tcp_flags[0],
            Side::B => &mut self.tcp_flags[1],
        };
        *own |= segment.flags as u8;
        let own = *own;
        let has = |bit: u16| segment.flags & bit != 0;
        if has(flags::SYN) && !self.server_is_certain {
            let server = if has(flags::ACK) == (side == Side::A) { Side::A } else { Side::B };
            self.server = server;
            self.server_is_certain = true;
        }
        if has(flags::SYN) && before & flags::SYN as u8 == 0 {
            self.isn = segment.seq;
        }
        let both = |bit: u16| own & other & bit as u8 != 0;
        let kinds = [
            (has(flags::SYN) && !has(flags::ACK), 1),
            (has(flags::SYN) && has(flags::ACK), 2),
            (has(flags::ACK) && !has(flags::SYN) && segment.len == 0, 4),
            (segment.len > 0, 8),
            (has(flags::FIN), 16),
            (has(flags::RST), 32),
        ];
        for (_, bit) in kinds.iter().filter(|kind| kind.0) {
            self.progress |= bit;
        }
        if has(flags::FIN | flags::RST) && self.closed_by().is_none() {
            self.progress |= if side == Side::A { CLOSED_BY_A } else { CLOSED_BY_B };
        }
        self.state = if has(flags::RST) {
            let answered = matches!(self.state, State::SynSent) && other & flags::SYN as u8 != 0;
            if answered { State::Refused } else { State::Reset }
        } else if matches!(self.state, State::Reset | State::Refused) {
            self.state
        } else if both(flags::FIN) {
            State::Closed
        } else if (own | other) & flags::FIN as u8 != 0 {
            State::Closing
        } else if has(flags::SYN) {
            match (has(flags::ACK), self.state) {
                (_, state @ State::Established) => state,
                (true, _) => State::SynReceived,
                (false, State::SynReceived) => State::SynReceived,
                (false, _) => State::SynSent,
            }
        } else if segment.len > 0
            || !matches!(self.state, State::SynSent | State::SynReceived)
            || (self.state == State::SynReceived && has(flags::ACK))
        {
            State::Established
        } else {
            self.state
        };
    }

    /// The parts of a connection that Wireshark calls complete: SYN 1, SYN-ACK
    /// 2, ACK 4, data 8, FIN 16, RST 32.
    pub fn completeness(&self) -> u8 {
        self.progress & !(CLOSED_BY_A | CLOSED_BY_B)
    }

    /// The side that sent the first FIN or RST.
    pub fn closed_by(&self) -> Option<Side> {
        match (self.progress & CLOSED_BY_A != 0, self.progress & CLOSED_BY_B != 0) {
            (true, _) => Some(Side::A),
            (_, true) => Some(Side::B),
            _ => None,
        }
    }

    /// Sequence number of the first SYN.
    pub fn isn(&self) -> u32 {
        self.isn
    }
}

/// No address, or one that is many hosts.
pub(super) fn is_vague(address: IpAddr) -> bool {
    address.is_unspecified()
        || address.is_multicast()
        || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
}
