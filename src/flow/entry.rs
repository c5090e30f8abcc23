//! One flow: its ends, counts and state. Knows nothing of other flows; the
//! table finds it and counts in it.

mod state;

pub use state::{State, flags};

use super::ports::likely_server;
use super::tcp;
use crate::base::{PacketId, Timestamp};
use crate::decode::{FlowKey, UDP};
use std::net::IpAddr;

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

/// No place in the table.
pub(super) const NO_FLOW: u32 = u32::MAX;
/// No stream number: no header of the flow was whole enough for one yet.
pub(super) const NO_STREAM: u32 = u32::MAX;

/// Bits of a packet's number that are kept, below those of the VLAN.
const NUMBER: u64 = (1 << 48) - 1;
/// The bit above those of the VLAN: another stream number is due.
const NUMBER_DUE: u64 = 1 << 60;
/// Above that: [`Flow::first`] is no packet that counts in it, but quotes it or is broken.
const QUOTED: u64 = 1 << 62;

/// What one side has sent: bytes of whole frames in the low 56 bits, which more
/// than 72 petabytes leave as they are, and the TCP flags above them.
#[derive(Clone, Copy, Debug, Default)]
struct Sent(u64);

impl Sent {
    const BYTES: u64 = (1 << 56) - 1;

    const fn bytes(self) -> u64 {
        self.0 & Sent::BYTES
    }

    const fn flags(self) -> u8 {
        (self.0 >> 56) as u8
    }

    fn count(&mut self, wire: u32) {
        let bytes = (self.bytes() + u64::from(wire)).min(Sent::BYTES);
        self.0 = self.0 & !Sent::BYTES | bytes;
    }

    const fn add_flags(&mut self, flags: u8) {
        self.0 |= (flags as u64) << 56;
    }
}

/// A flow: both directions of one five-tuple. 104 bytes.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Addresses and ports as in its first packet: A is the source.
    pub key: FlowKey,
    /// Packets from A to B and from B to A.
    pub packets: [u32; 2],
    sent: [Sent; 2],
    /// Time of the first packet.
    pub first_time: Timestamp,
    /// Time of the newest packet.
    pub last_time: Timestamp,
    /// The first packet, above it the outermost VLAN id, above that [`NUMBER_DUE`] and [`QUOTED`].
    first: u64,
    pub(super) stream: u32,
    /// Place of the flow before it with the same ends, [`NO_FLOW`] for none.
    pub(super) previous: u32,
    pub(super) tcp: tcp::Slot,
    /// Completeness, and who closed the connection.
    progress: u8,
    marks: Marks,
}

/// A state, and what is known of a flow as a whole, in one byte.
#[derive(Clone, Copy, Debug, Default)]
struct Marks(u8);

impl Marks {
    /// Side A listens.
    const SERVER_A: u8 = 0x10;
    /// That was told by a SYN.
    const CERTAIN: u8 = 0x20;
    /// A protocol is bound to it.
    const BOUND: u8 = 0x40;
    /// It has packets that do not count.
    const UNCOUNTED: u8 = 0x80;
    const STATE: u8 = 0x0f;

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    const fn set(&mut self, bit: u8, on: bool) {
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }
}

impl Flow {
    /// A flow without packets, which begins with packet `id` in the direction of `key`.
    pub(super) fn new(key: &FlowKey, (id, time): (PacketId, Timestamp), vlan: u16, stream: u32) -> Flow {
        let mut flow = Flow {
            key: *key,
            packets: [0; 2],
            sent: [Sent::default(); 2],
            first_time: time,
            last_time: time,
            first: id & NUMBER | u64::from(vlan & 0xfff) << 48,
            stream,
            previous: NO_FLOW,
            tcp: tcp::Slot::EMPTY,
            progress: 0,
            marks: Marks::default(),
        };
        flow.set_server(likely_server(key, false).0);
        flow
    }

    /// The same flow, of which nothing is counted and no analysis is known, from
    /// packet `id` on.
    pub(super) fn emptied(&self, (id, time): (PacketId, Timestamp)) -> Flow {
        let mut flow = self.clone();
        let flags = self.tcp_flags();
        (flow.packets, flow.sent) = ([0; 2], [Sent::default(); 2]);
        flow.sent.iter_mut().zip(flags).for_each(|(sent, flags)| sent.add_flags(flags));
        (flow.first_time, flow.last_time) = (time, time);
        flow.first = id & NUMBER | flow.first & !(NUMBER | NUMBER_DUE);
        (flow.previous, flow.tcp) = (NO_FLOW, tcp::Slot::EMPTY);
        flow.marks.set(Marks::BOUND, false);
        flow.marks.set(Marks::UNCOUNTED, false);
        flow
    }

    /// Number among the flows of its transport protocol (`tcp.stream`), of those
    /// that are numbered; see [`FlowTable::stream_at`](super::FlowTable::stream_at).
    pub fn stream(&self) -> Option<u32> {
        Some(self.stream).filter(|stream| self.key.has_stream() && *stream != NO_STREAM)
    }

    /// Bytes of whole frames, as they were on the wire, from A to B and from B to A.
    pub fn bytes(&self) -> [u64; 2] {
        self.sent.map(Sent::bytes)
    }

    /// The first packet.
    pub const fn first(&self) -> PacketId {
        self.first & NUMBER
    }

    /// Outermost VLAN id, 0 for none.
    pub const fn vlan(&self) -> u16 {
        (self.first >> 48) as u16 & 0xfff
    }

    /// Sequence number of the SYN, of a flow that has nothing else.
    pub fn isn(&self) -> Option<u32> {
        self.tcp.isn()
    }

    /// How long the handshake of a connection took; nothing of one that was refused.
    pub fn handshake(&self) -> Option<u64> {
        self.first_round_trip().filter(|_| !self.state().has_failed())
    }

    /// From the SYN to the first ACK, be it that of a RST.
    pub fn first_round_trip(&self) -> Option<u64> {
        self.tcp.handshake()
    }

    /// TCP flags (FIN to CWR) seen from A and from B.
    pub fn tcp_flags(&self) -> [u8; 2] {
        self.sent.map(Sent::flags)
    }

    /// The side that listens.
    pub const fn server(&self) -> Side {
        if self.marks.has(Marks::SERVER_A) { Side::A } else { Side::B }
    }

    pub(super) fn set_server(&mut self, side: Side) {
        self.marks.set(Marks::SERVER_A, side == Side::A);
    }

    /// Whether the server side was told by a SYN.
    pub const fn server_is_certain(&self) -> bool {
        self.marks.has(Marks::CERTAIN)
    }

    /// Whether a protocol is bound to it, see [`FlowTable::bound_at`](super::FlowTable::bound_at).
    pub(super) const fn is_bound(&self) -> bool {
        self.marks.has(Marks::BOUND)
    }

    pub(super) const fn set_bound(&mut self) {
        self.marks.set(Marks::BOUND, true);
    }

    /// Addresses of client and server.
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        let (a, b) = (self.key.source(), self.key.destination());
        if self.server() == Side::A { (b, a) } else { (a, b) }
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
        hosts(self) == hosts(other) || (self.is_vague() || other.is_vague()) && ports(self) == ports(other)
    }

    /// Whether an end of it has no address, or is many hosts.
    pub fn is_vague(&self) -> bool {
        [self.key.source(), self.key.destination()].into_iter().any(is_vague)
    }

    /// DHCP over IPv4, by its ports.
    pub fn is_dhcp(&self) -> bool {
        let FlowKey { protocol, src_port, dst_port, v6, .. } = self.key;
        let ports = (src_port.min(dst_port), src_port.max(dst_port));
        protocol == UDP && !v6 && matches!(ports, (67, 67 | 68))
    }

    /// The address of a client of DHCPv6, by its port (RFC 8415, 7.2): it has one from the
    /// beginning, but asks all servers.
    pub fn dhcp6_client(&self) -> Option<IpAddr> {
        let key = &self.key;
        match (key.protocol, key.v6, key.src_port, key.dst_port) {
            (UDP, true, 546, 547) => Some(key.source()),
            (UDP, true, 547, 546) => Some(key.destination()),
            _ => None,
        }
    }

    /// The port of the side that listens.
    pub fn service_port(&self) -> u16 {
        if self.server() == Side::A { self.key.src_port } else { self.key.dst_port }
    }

    /// Whether a packet was counted.
    pub fn is_counted(&self) -> bool {
        self.packets != [0, 0]
    }

    /// Whether it has packets that do not count: their transport headers are cut
    /// short or broken.
    pub const fn has_uncounted(&self) -> bool {
        self.marks.has(Marks::UNCOUNTED)
    }

    /// Whether a packet of it was seen. Some flows are known only from what an
    /// ICMP error quotes: they have a stream number and nothing else.
    pub fn is_seen(&self) -> bool {
        self.is_counted() || self.has_uncounted()
    }

    /// Whether [`Flow::first`] is a packet that counts in it: no quote of one, and none that is broken.
    pub const fn begins_with_its_first(&self) -> bool {
        self.first & QUOTED == 0
    }

    /// Which side sent a packet with this key.
    pub fn side(&self, key: &FlowKey) -> Side {
        if (key.src, key.src_port) == (self.key.src, self.key.src_port) { Side::A } else { Side::B }
    }

    /// Whether another stream number is due.
    #[inline]
    pub(super) const fn is_number_due(&self) -> bool {
        self.first & NUMBER_DUE != 0
    }

    pub(super) const fn set_number_due(&mut self, due: bool) {
        self.first = if due { self.first | NUMBER_DUE } else { self.first & !NUMBER_DUE };
    }

    /// The first packet goes as `key`: what made the flow known before went the
    /// other way perhaps.
    pub(super) fn begin(&mut self, key: &FlowKey, time: Timestamp) {
        (self.key, self.first_time, self.last_time) = (*key, time, time);
        self.first |= QUOTED;
        self.set_server(likely_server(key, false).0);
    }

    /// A packet that does not count. The times are those of packets that do,
    /// where there are any.
    pub(super) fn see(&mut self, time: Timestamp) {
        self.marks.set(Marks::UNCOUNTED, true);
        if !self.is_counted() {
            self.last_time = self.last_time.max(time);
        }
    }

    /// The first packet that counts, after others that do not.
    pub(super) fn begin_counts(&mut self, time: Timestamp) {
        (self.first_time, self.last_time) = (time, time);
        self.first |= QUOTED;
    }

    /// Counts a packet with this key.
    #[inline]
    pub(super) fn count(&mut self, key: &FlowKey, time: Timestamp, wire: u32) {
        let side = self.side(key);
        if side == Side::B && self.packets[1] == 0 && !self.server_is_certain() {
            self.set_server(likely_server(&self.key, true).0);
            if self.state() == State::Unreachable {
                self.set_state(State::None);
            }
        }
        let direction = side as usize;
        if let (Some(packets), Some(sent)) = (self.packets.get_mut(direction), self.sent.get_mut(direction)) {
            *packets = packets.saturating_add(1);
            sent.count(wire);
        }
        self.last_time = self.last_time.max(time);
    }
}

/// No address, or one that is many hosts.
pub(super) fn is_vague(address: IpAddr) -> bool {
    address.is_unspecified()
        || address.is_multicast()
        || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tcp::Segment;

    /// Catches counts and marks that run into each other where they share a word.
    #[test]
    fn what_shares_a_word_stays_apart() {
        let key = FlowKey { src_port: 40_000, dst_port: 80, ..FlowKey::default() };
        let id = (1 << 48) - 1;
        let mut flow = Flow::new(&key, (id, Timestamp(0)), 0xfff, 0);
        assert_eq!(
            (flow.first(), flow.vlan(), flow.tcp_flags(), flow.server()),
            (id, 0xfff, [0; 2], Side::B)
        );
        flow.advance(Side::A, &Segment { flags: 0xff, ..Segment::default() });
        flow.count(&key, Timestamp(0), 1500);
        assert_eq!((flow.bytes(), flow.tcp_flags()), ([1500, 0], [0xff, 0]));
        // As much as is counted: another frame leaves it as it is.
        flow.sent[0].0 += (1 << 56) - 3000;
        flow.count(&key, Timestamp(0), 1400);
        assert_eq!((flow.bytes(), flow.tcp_flags()), ([(1 << 56) - 100, 0], [0xff, 0]));
        flow.count(&key, Timestamp(0), u32::MAX);
        assert_eq!((flow.bytes(), flow.tcp_flags()), ([(1 << 56) - 1, 0], [0xff, 0]));
        assert!(flow.server_is_certain() && !flow.is_bound());
        for state in State::ALL {
            for server in [Side::A, Side::B] {
                flow.set_state(state);
                flow.set_server(server);
                assert_eq!((flow.state(), flow.server(), flow.is_bound()), (state, server, false));
            }
        }
        flow.set_state(State::Refused);
        flow.set_bound();
        assert!(flow.is_bound() && flow.server_is_certain() && flow.state() == State::Refused);
        let other = flow.emptied((5, Timestamp(3)));
        assert_eq!((other.first(), other.vlan(), other.bytes(), other.packets), (5, 0xfff, [0; 2], [0; 2]));
        assert_eq!((other.tcp_flags(), other.state(), other.is_bound()), ([0xff, 0], State::Refused, false));
    }
}
