//! What endpoints and conversations are put in order by.
//!
//! Owns the orders and the choice of the first few of very many. Knows nothing
//! of how they are asked for or shown.

use super::hosts::{Conversation, Endpoint};
use std::cmp::Reverse;

/// An order. Where it has no meaning, bytes take its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Most bytes first.
    #[default]
    Bytes,
    /// Most packets first.
    Packets,
    /// The longest from first to last packet first; of conversations.
    Duration,
    /// The longest median of round-trip times first; of conversations.
    Rtt,
    /// Most TCP segments sent again first; of conversations.
    Retransmissions,
    /// As they began.
    Start,
    /// Most flows (of conversations) or peers (of endpoints) first.
    Number,
}

/// By how much something comes first.
pub type Rank = Reverse<u64>;

impl Order {
    /// The place of a conversation.
    pub fn conversation(self, one: &Conversation) -> Rank {
        Reverse(match self {
            Order::Bytes => one.all().bytes,
            Order::Packets => one.all().packets,
            Order::Duration => one.duration().max(0).unsigned_abs(),
            Order::Rtt => one.rtt.median.map_or(0, |median| median.saturating_add(1)),
            Order::Retransmissions => one.sent_again(),
            Order::Start => 0,
            Order::Number => one.flows.into(),
        })
    }

    /// The place of an endpoint.
    pub fn endpoint(self, one: &Endpoint) -> Rank {
        Reverse(match self {
            Order::Packets => one.all().packets,
            Order::Start => 0,
            Order::Number => one.peers.into(),
            Order::Bytes | Order::Duration | Order::Rtt | Order::Retransmissions => one.all().bytes,
        })
    }
}

/// The first of many in an order; equals stay in the order of their numbers.
/// Keeps no more than twice as many as are wanted.
pub struct Firsts<K> {
    most: usize,
    kept: Vec<(K, u32)>,
    /// How many were seen.
    pub all: usize,
}

impl<K: Ord> Firsts<K> {
    /// The first `most`.
    pub fn new(most: usize) -> Firsts<K> {
        Firsts { most, kept: Vec::new(), all: 0 }
    }

    /// The next one, with its number.
    pub fn push(&mut self, rank: K, number: usize) {
        self.all += 1;
        let Ok(number) = u32::try_from(number) else { return };
        if self.most == 0 {
            return;
        }
        self.kept.push((rank, number));
        if self.kept.len() >= self.most.saturating_mul(2) {
            self.kept.select_nth_unstable(self.most - 1);
            self.kept.truncate(self.most);
        }
    }

    /// Their numbers, in order.
    pub fn finish(mut self) -> Vec<usize> {
        self.kept.sort_unstable();
        self.kept.into_iter().take(self.most).map(|(_, number)| number as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_are_those_of_the_whole_order() {
        let rank = |at: usize| Reverse((at as u64).wrapping_mul(0x9e37_79b9) % 50);
        for most in [0, 1, 7, 1000, usize::MAX] {
            let mut firsts = Firsts::new(most);
            (0..500).for_each(|at| firsts.push(rank(at), at));
            let mut all: Vec<usize> = (0..500).collect();
            all.sort_by_key(|at| rank(*at));
            all.truncate(most);
            assert_eq!((firsts.all, firsts.finish()), (500, all), "the first {most}");
        }
    }
}
