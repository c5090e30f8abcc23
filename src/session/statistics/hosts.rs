//! Who talked to whom: conversations of two hosts and what each host sent and
//! received, gathered from the flows when somebody asks.
//!
//! As tshark counts them: every internet header of a packet counts, those that
//! an ICMP error quotes do not.

use super::hierarchy::Count;
use crate::base::Timestamp;
use crate::decode::FlowKey;
use crate::flow::Flow;
use std::collections::HashMap;
use std::net::IpAddr;

/// Pairs of hosts without flows that are told apart.
const MAX_LOOSE: usize = 1 << 16;

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

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
}

impl Conversation {
    fn new(key: FlowKey, time: Timestamp) -> Conversation {
        Conversation { key, counts: [Count::default(); 2], first: time, last: time, flows: 0 }
    }

    fn add(&mut self, key: &FlowKey, there: Count, back: Count, first: Timestamp, last: Timestamp) {
        let turned = (key.src, key.dst) != (self.key.src, self.key.dst);
        let [ab, ba] = &mut self.counts;
        let (own, other) = if turned { (ba, ab) } else { (ab, ba) };
        own.merge(there);
        other.merge(back);
        if self.first.is_none() || !first.is_none() && first < self.first {
            self.first = first;
        }
        self.last = self.last.max(last);
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
}

/// The hosts alone, the same for both directions.
fn pair(key: &FlowKey) -> FlowKey {
    let key = FlowKey { src_port: 0, dst_port: 0, protocol: 0, ..*key };
    if key.src > key.dst { key.reversed() } else { key }
}

/// Conversations of internet headers that no flow counts: fragments, outer
/// headers of tunnels, protocols that are not peeled. Bounded.
#[derive(Debug, Default)]
pub struct Loose {
    pairs: Map<FlowKey, Conversation>,
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
        let conversation = self.pairs.entry(pair).or_insert_with(|| Conversation::new(*key, time));
        let one = Count { packets: 1, bytes: wire.into() };
        conversation.add(key, one, Count::default(), time, time);
    }
}

/// Conversations in the making.
#[derive(Debug, Default)]
pub struct Gathering(Map<FlowKey, Conversation>);

impl Gathering {
    /// Adds a flow.
    pub fn flow(&mut self, flow: &Flow) {
        let direction = |packets: u32, bytes: u64| Count { packets: packets.into(), bytes };
        let Flow { packets: [ab, ba], bytes: [bytes_ab, bytes_ba], .. } = *flow;
        let conversation = self.of(&flow.key, flow.first_time);
        let (there, back) = (direction(ab, bytes_ab), direction(ba, bytes_ba));
        conversation.add(&flow.key, there, back, flow.first_time, flow.last_time);
        conversation.flows += 1;
    }

    /// Adds what has no flow.
    pub fn loose(&mut self, loose: &Loose) {
        for own in loose.pairs.values() {
            let conversation = self.of(&own.key, own.first);
            let [there, back] = own.counts;
            conversation.add(&own.key, there, back, own.first, own.last);
        }
    }

    fn of(&mut self, key: &FlowKey, first: Timestamp) -> &mut Conversation {
        self.0.entry(pair(key)).or_insert_with(|| {
            Conversation::new(FlowKey { src_port: 0, dst_port: 0, protocol: 0, ..*key }, first)
        })
    }

    /// The conversations, in no order.
    pub fn finish(self) -> Vec<Conversation> {
        self.0.into_values().collect()
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
    /// Sent and received. What a host sends itself counts twice, as in tshark.
    pub fn all(&self) -> Count {
        let mut all = self.sent;
        all.merge(self.received);
        all
    }
}

/// The hosts of these conversations, in no order.
pub fn endpoints(conversations: &[Conversation]) -> Vec<Endpoint> {
    let mut hosts: Map<IpAddr, Endpoint> = Map::default();
    for Conversation { key, counts: [ab, ba], .. } in conversations {
        for (address, sent, received) in [(key.source(), ab, ba), (key.destination(), ba, ab)] {
            let empty = Endpoint { address, sent: Count::default(), received: Count::default(), peers: 0 };
            let host = hosts.entry(address).or_insert(empty);
            host.sent.merge(*sent);
            host.received.merge(*received);
            host.peers += 1;
        }
    }
    hosts.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{FlowTable, Seen};

    #[test]
    fn hosts_are_counted_in_both_directions_with_and_without_flows() {
        let mut key = FlowKey::default();
        (key.src[0], key.dst[0]) = (9, 1);
        let mut loose = Loose::default();
        loose.add(&key, Timestamp(5), 100);
        loose.add(&key.reversed(), Timestamp(9), 40);
        let mut table = FlowTable::default();
        let udp = FlowKey { protocol: 17, src_port: 5, dst_port: 53, ..key.reversed() };
        let hash = table.hasher().hash(&udp);
        let seen = Seen { id: 0, time: Timestamp(2), wire: 60, key: &udp, hash, vlan: 0, syn: None };
        table.packet(&seen, None);
        let mut gathering = Gathering::default();
        table.iter().for_each(|(_, flow)| gathering.flow(flow));
        gathering.loose(&loose);
        let [conversation] = gathering.finish()[..] else { panic!("one pair of hosts") };
        // The flow's first packet was first added: its sender is A.
        assert_eq!(conversation.key.src[0], 1);
        assert_eq!(conversation.counts.map(|count| (count.packets, count.bytes)), [(2, 100), (1, 100)]);
        assert_eq!((conversation.duration(), conversation.flows), (7, 1));
        let hosts = endpoints(&[conversation]);
        assert_eq!(hosts.len(), 2);
        assert!(hosts.iter().all(|host| host.all() == Count { packets: 3, bytes: 200 } && host.peers == 1));
    }

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
