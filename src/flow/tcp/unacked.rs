//! What was sent and is not acknowledged yet: a list a direction, all of them
//! in one bounded pool.
//!
//! Owns those lists and the ranges of the newest selective acknowledgment.
//! Knows sequence numbers; knows nothing of what they mean for a connection.

use super::slab::{NONE, Slab};
use crate::decode::Sack;

/// Segments that one direction keeps; further ones are not noted, as in Wireshark.
const MAX_SEGMENTS: u16 = 10_000;
/// Segments of all connections: 16 bytes each.
const MAX_NODES: u32 = 1 << 20;
/// Directions that have any: 20 bytes each, 36 more with a selective acknowledgment.
pub(super) const MAX_LISTS: u32 = (1 << 19) - 1;

/// Whether `a` lies before `b` in the circle of sequence numbers.
pub(super) const fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// One segment; `link` is the next younger one, the youngest leads to the oldest.
#[derive(Clone, Copy, Debug)]
struct Node {
    seq: u32,
    end: u32,
    at: u32,
    link: u32,
}

#[derive(Clone, Copy, Debug)]
struct List {
    /// The youngest segment.
    tail: u32,
    sack: u32,
    count: u16,
    /// Every segment begins where the one before ends, or behind: what is
    /// acknowledged is at the old end.
    in_order: bool,
    /// The lowest number and the highest, where they are not in order: nobody
    /// goes through the list for them.
    ends: (u32, u32),
}

impl List {
    const NEW: List = List { tail: NONE, sack: NONE, count: 0, in_order: true, ends: (0, 0) };
}

/// From the lower of two begins to the higher of two ends, counted from `base`.
fn wider(one: (u32, u32), other: (u32, u32), base: u32) -> (u32, u32) {
    let from = |number: u32| number.wrapping_sub(base);
    (
        if from(other.0) < from(one.0) { other.0 } else { one.0 },
        if from(one.1) < from(other.1) { other.1 } else { one.1 },
    )
}

/// Nothing in flight is wider.
const WIDE: u32 = 1 << 30;

/// The lists of every connection. A direction holds a number, [`NONE`] for an
/// empty list, and passes it to every function.
#[derive(Debug)]
pub struct Unacked {
    nodes: Slab<Node>,
    lists: Slab<List>,
    sacks: Slab<Sack>,
    /// Segments that were not noted because a limit was reached.
    pub refused: u64,
}

impl Default for Unacked {
    fn default() -> Self {
        Unacked {
            nodes: Slab::new(MAX_NODES),
            lists: Slab::new(MAX_LISTS),
            sacks: Slab::new(MAX_LISTS),
            refused: 0,
        }
    }
}

impl Unacked {
    fn list(&mut self, number: &mut u32) -> Option<&mut List> {
        if *number == NONE {
            *number = self.lists.put(List::NEW);
        }
        self.lists.get_mut(*number)
    }

    fn release(&mut self, number: &mut u32) {
        if self.lists.get(*number).is_some_and(|list| list.tail == NONE && list.sack == NONE) {
            self.lists.free(*number);
            *number = NONE;
        }
    }

    /// Notes a segment: its numbers, which count from `base`, and the packet
    /// that carries it.
    pub(super) fn push(&mut self, number: &mut u32, base: u32, (seq, end): (u32, u32), at: u32) {
        let Some(list) = self.list(number) else {
            self.refused += 1;
            return;
        };
        let (tail, count, was_in_order, ends) = (list.tail, list.count, list.in_order, list.ends);
        let node =
            if count < MAX_SEGMENTS { self.nodes.put(Node { seq, end, at, link: NONE }) } else { NONE };
        if node == NONE {
            self.refused += 1;
            return self.release(number);
        }
        let last = self.nodes.get(tail).copied();
        // The oldest follows the youngest.
        let oldest = last.map_or(node, |last| last.link);
        if let Some(new) = self.nodes.get_mut(node) {
            new.link = oldest;
        }
        let in_order = was_in_order && last.is_none_or(|last| !before(seq, last.end));
        let ends = match (last, self.nodes.get(oldest)) {
            _ if in_order => ends,
            (Some(last), Some(oldest)) if was_in_order => (oldest.seq, last.end),
            _ => ends,
        };
        let ends = wider(ends, (seq, end), base);
        if let Some(last) = self.nodes.get_mut(tail) {
            last.link = node;
        }
        if let Some(list) = self.lists.get_mut(*number) {
            list.tail = node;
            list.count += 1;
            (list.in_order, list.ends) = (in_order, ends);
        }
    }

    /// Takes out what `ack` acknowledges; gives the packet of the oldest
    /// segment that ends exactly there.
    pub(super) fn acknowledge(&mut self, number: &mut u32, base: u32, ack: u32) -> Option<u32> {
        let mut list = *self.lists.get(*number)?;
        let (lowest, highest) = list.ends;
        if !list.in_order && lowest.wrapping_sub(ack) < WIDE && highest.wrapping_sub(lowest) < WIDE {
            // All of it lies behind.
            return None;
        }
        let mut ends: Option<(u32, u32)> = None;
        let mut exact = None;
        let mut previous = list.tail;
        // Whether what stays is in order, and where it ends so far.
        let (mut in_order, mut end) = (true, None);
        for _ in 0..list.count {
            let at = self.nodes.get(previous)?.link;
            let node = self.nodes.get_mut(at)?;
            if before(ack, node.end) {
                if before(node.seq, ack) {
                    node.seq = ack;
                }
                if list.in_order {
                    break;
                }
                in_order &= end.is_none_or(|end| !before(node.seq, end));
                let here = (node.seq, node.end);
                ends = Some(ends.map_or(here, |ends| wider(ends, here, base)));
                end = Some(node.end);
                previous = at;
                continue;
            }
            if node.end == ack && exact.is_none() {
                exact = Some(node.at);
            }
            let link = node.link;
            self.nodes.free(at);
            list.count -= 1;
            if list.count == 0 {
                list.tail = NONE;
                break;
            }
            if at == list.tail {
                list.tail = previous;
            }
            if let Some(node) = self.nodes.get_mut(previous) {
                node.link = link;
            }
        }
        list.in_order = in_order;
        list.ends = ends.unwrap_or(list.ends);
        if let Some(place) = self.lists.get_mut(*number) {
            *place = list;
        }
        self.release(number);
        exact
    }

    /// Segments, the oldest first.
    fn iter(&self, number: u32) -> impl Iterator<Item = &Node> {
        let list = self.lists.get(number);
        let mut at = list.and_then(|list| self.nodes.get(list.tail)).map_or(NONE, |tail| tail.link);
        (0..list.map_or(0, |list| list.count)).map_while(move |_| {
            let node = self.nodes.get(at)?;
            at = node.link;
            Some(node)
        })
    }

    /// Packet of the oldest segment.
    pub(super) fn oldest(&self, number: u32) -> Option<u32> {
        self.iter(number).next().map(|node| node.at)
    }

    /// From the lowest to the highest number in the list, counted from `base`.
    pub(super) fn extent(&self, number: u32, base: u32) -> Option<(u32, u32)> {
        let list = self.lists.get(number)?;
        let tail = self.nodes.get(list.tail)?;
        let from = |number: u32| number.wrapping_sub(base);
        if list.in_order {
            return Some((from(self.nodes.get(tail.link)?.seq), from(tail.end)));
        }
        let (lowest, highest) = list.ends;
        Some((from(lowest), from(highest)))
    }

    /// The ranges of the newest segment of a direction take the place of
    /// earlier ones; none of it when it had none.
    pub(super) fn set_sack(&mut self, number: &mut u32, sack: Option<&Sack>) {
        match sack {
            None => {
                let Some(list) = self.lists.get_mut(*number).filter(|list| list.sack != NONE) else { return };
                let old = std::mem::replace(&mut list.sack, NONE);
                self.sacks.free(old);
                self.release(number);
            }
            Some(sack) => {
                let Some(old) = self.list(number).map(|list| list.sack) else { return };
                if let Some(place) = self.sacks.get_mut(old) {
                    *place = *sack;
                    return;
                }
                let place = self.sacks.put(*sack);
                if let Some(list) = self.lists.get_mut(*number) {
                    list.sack = place;
                }
                self.release(number);
            }
        }
    }

    /// The ranges of the newest segment of a direction.
    pub(super) fn sack(&self, number: u32) -> &[(u32, u32)] {
        let list = self.lists.get(number);
        list.and_then(|list| self.sacks.get(list.sack)).map(Sack::ranges).unwrap_or_default()
    }

    /// Forgets all of a direction.
    pub(super) fn forget(&mut self, number: &mut u32) {
        self.set_sack(number, None);
        let Some(list) = self.lists.get(*number).copied() else { return };
        let mut at = list.tail;
        for _ in 0..list.count {
            let Some(node) = self.nodes.get(at) else { break };
            let link = node.link;
            self.nodes.free(at);
            at = link;
        }
        self.lists.free(*number);
        *number = NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(unacked: &Unacked, list: u32) -> Vec<(u32, u32)> {
        unacked.iter(list).map(|node| (node.seq, node.end)).collect()
    }

    #[test]
    fn what_is_acknowledged_leaves_in_order_and_out_of_order() {
        let mut unacked = Unacked::default();
        let mut list = NONE;
        for at in 0..4 {
            unacked.push(&mut list, 0, (at * 10, at * 10 + 10), at);
        }
        assert_eq!(unacked.extent(list, 0), Some((0, 40)));
        assert_eq!(unacked.acknowledge(&mut list, 0, 20), Some(1));
        assert_eq!(unacked.acknowledge(&mut list, 0, 25), None);
        assert_eq!(numbers(&unacked, list), [(25, 30), (30, 40)]);
        // A repeat of what is there already, then all of it.
        unacked.push(&mut list, 0, (20, 30), 9);
        assert_eq!(unacked.oldest(list), Some(2));
        assert_eq!(unacked.extent(list, 0), Some((20, 40)));
        assert_eq!(unacked.acknowledge(&mut list, 0, 30), Some(2));
        assert_eq!(numbers(&unacked, list), [(30, 40)]);
        assert_eq!(unacked.acknowledge(&mut list, 0, 40), Some(3));
        assert_eq!(list, NONE);
        assert!(unacked.nodes.put(Node { seq: 0, end: 0, at: 0, link: 0 }) < 5);
    }

    #[test]
    fn numbers_go_round() {
        let mut unacked = Unacked::default();
        let mut list = NONE;
        let base = u32::MAX - 19;
        unacked.push(&mut list, base, (u32::MAX - 9, 0), 0);
        unacked.push(&mut list, base, (0, 10), 1);
        assert_eq!(unacked.extent(list, base), Some((10, 30)));
        assert_eq!(unacked.acknowledge(&mut list, base, 0), Some(0));
        assert_eq!(numbers(&unacked, list), [(0, 10)]);
    }

    #[test]
    fn a_direction_keeps_a_bounded_number_and_gives_everything_back() {
        let mut unacked = Unacked::default();
        let mut list = NONE;
        let mut sack = Sack::default();
        sack.push(5, 6);
        unacked.set_sack(&mut list, Some(&sack));
        assert_eq!(unacked.sack(list), [(5, 6)]);
        for at in 0..u32::from(MAX_SEGMENTS) + 5 {
            unacked.push(&mut list, 0, (at, at + 1), at);
        }
        assert_eq!(unacked.refused, 5);
        unacked.forget(&mut list);
        assert_eq!((list, unacked.sack(list)), (NONE, &[][..]));
        unacked.push(&mut list, 0, (0, 1), 0);
        assert_eq!(unacked.lists.put(List::NEW), 1, "lists are used again");
    }

    /// Catches a lowest or highest number that no segment has any more.
    #[test]
    fn the_ends_are_those_of_the_segments_whatever_comes() {
        let mut state = 1u32;
        let mut random = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % most
        };
        for base in [0, u32::MAX - 500] {
            let (mut unacked, mut list) = (Unacked::default(), NONE);
            for at in 0..4000 {
                let seq = random(1000);
                if at % 3 == 2 {
                    unacked.acknowledge(&mut list, base, base.wrapping_add(seq));
                } else {
                    let end = seq + 1 + random(50);
                    unacked.push(&mut list, base, (base.wrapping_add(seq), base.wrapping_add(end)), at);
                }
                let from = |number: u32| number.wrapping_sub(base);
                let lowest = unacked.iter(list).map(|node| from(node.seq)).min();
                let highest = unacked.iter(list).map(|node| from(node.end)).max();
                assert_eq!(unacked.extent(list, base), lowest.zip(highest), "after {at}");
            }
        }
    }
}
