//! What is told of two hosts that talked to each other, and of one host.
//!
//! As tshark counts: every internet header of a packet counts, those that an
//! ICMP error quotes do not. Which flows these are summed up from is known to
//! [`Pairs`](super::Pairs) and [`Hosts`](super::Hosts).

use super::hierarchy::Count;
use crate::base::Timestamp;
use crate::decode::FlowKey;
use crate::flow::Flow;
use crate::flow::tcp::{Measure, Times};
use std::collections::HashMap;
use std::net::IpAddr;

/// Pairs of hosts without flows that are told apart.
const MAX_LOOSE: usize = 1 << 16;

/// Hashes pairs of hosts.
pub(super) type State = foldhash::fast::FixedState;

/// All that two hosts sent each other.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    /// The hosts: A sent the first packet. Ports and protocol are not used.
    pub key: FlowKey,
    /// From A to B and from B to A.
    pub counts: [Count; 2],
    /// Time of the first packet.
    pub first: Timestamp,
    /// Time of the last packet.
    pub last: Timestamp,
    /// Flows between them.
    pub flows: u32,
    /// Round trips of its TCP connections; zero where they are not measured.
    pub rtt: RoundTrips,
    /// TCP segments sent again by A and by B.
    pub repeated: [u64; 2],
}

/// Round-trip times: from data to the ACK for it, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTrips {
    /// How many were measured.
    pub samples: u64,
    /// The shortest.
    pub least: Option<u64>,
    /// Half of them are not longer.
    pub median: Option<u64>,
    /// 95 of a hundred are not longer.
    pub high: Option<u64>,
}

impl From<&Times> for RoundTrips {
    fn from(times: &Times) -> RoundTrips {
        RoundTrips {
            samples: times.count(),
            least: times.least(),
            median: times.quantile(50),
            high: times.quantile(95),
        }
    }
}

impl Conversation {
    pub(super) fn new(key: &FlowKey, time: Timestamp) -> Conversation {
        Conversation {
            key: FlowKey { src_port: 0, dst_port: 0, protocol: 0, ..*key },
            counts: [Count::default(); 2],
            first: time,
            last: time,
            flows: 0,
            rtt: RoundTrips::default(),
            repeated: [0; 2],
        }
    }

    fn is_turned(&self, key: &FlowKey) -> bool {
        (key.src, key.dst) != (self.key.src, self.key.dst)
    }

    pub(super) fn add(
        &mut self,
        key: &FlowKey,
        there: Count,
        back: Count,
        first: Timestamp,
        last: Timestamp,
    ) {
        let turned = self.is_turned(key);
        let [ab, ba] = &mut self.counts;
        let (own, other) = if turned { (ba, ab) } else { (ab, ba) };
        own.merge(there);
        other.merge(back);
        if self.first.is_none() || !first.is_none() && first < self.first {
            self.first = first;
        }
        self.last = self.last.max(last);
    }

    pub(super) fn add_flow(&mut self, flow: &Flow) {
        let direction = |packets: u32, bytes: u64| Count { packets: packets.into(), bytes };
        let ([ab, ba], [bytes_ab, bytes_ba]) = (flow.packets, flow.bytes());
        let (there, back) = (direction(ab, bytes_ab), direction(ba, bytes_ba));
        self.add(&flow.key, there, back, flow.first_time, flow.last_time);
        self.flows += 1;
    }

    pub(super) fn add_repeated(&mut self, key: &FlowKey, measure: &Measure) {
        let [mut there, mut back] = measure.repeated;
        if self.is_turned(key) {
            (there, back) = (back, there);
        }
        let [ab, ba] = &mut self.repeated;
        *ab += there;
        *ba += back;
    }

    /// Both directions.
    pub fn all(&self) -> Count {
        let [mut all, back] = self.counts;
        all.merge(back);
        all
    }

    /// Nanoseconds from the first to the last packet.
    pub fn duration(&self) -> i64 {
        self.last.since(self.first)
    }

    /// TCP segments that either side sent again.
    pub fn sent_again(&self) -> u64 {
        self.repeated.iter().sum()
    }
}

/// The hosts alone, the same for both directions.
pub(super) fn pair(key: &FlowKey) -> FlowKey {
    let key = FlowKey { src_port: 0, dst_port: 0, protocol: 0, ..*key };
    if key.src > key.dst { key.reversed() } else { key }
}

/// Conversations of internet headers that no flow counts: fragments, outer
/// headers of tunnels, protocols that are not peeled. Bounded.
#[derive(Debug, Default)]
pub struct Loose {
    pub(super) pairs: HashMap<FlowKey, Conversation, State>,
    /// What found no room.
    pub beyond: Count,
}

impl Loose {
    /// Counts a header.
    pub(in crate::session) fn add(&mut self, key: &FlowKey, time: Timestamp, wire: u32) {
        let pair = pair(key);
        if self.pairs.len() >= MAX_LOOSE && !self.pairs.contains_key(&pair) {
            self.beyond.add(wire);
            return;
        }
        let conversation = self.pairs.entry(pair).or_insert_with(|| Conversation::new(key, time));
        let one = Count { packets: 1, bytes: wire.into() };
        conversation.add(key, one, Count::default(), time, time);
    }
}

/// What one host sent and received.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its address.
    pub address: IpAddr,
    /// What it sent.
    pub sent: Count,
    /// What it received.
    pub received: Count,
    /// Hosts that it talked to.
    pub peers: u32,
}

impl Endpoint {
    pub(super) fn new(address: IpAddr) -> Endpoint {
        Endpoint { address, sent: Count::default(), received: Count::default(), peers: 0 }
    }

    /// Sent and received. What a host sends itself counts twice, as in tshark.
    pub fn all(&self) -> Count {
        let mut all = self.sent;
        all.merge(self.received);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_pairs_are_bounded() {
        let mut loose = Loose::default();
        for host in 0..MAX_LOOSE as u32 + 3 {
            let mut key = FlowKey::default();
            key.src[..4].copy_from_slice(&host.to_be_bytes());
            loose.add(&key, Timestamp(0), 10);
        }
        assert_eq!((loose.pairs.len(), loose.beyond.packets), (MAX_LOOSE, 3));
    }
}
