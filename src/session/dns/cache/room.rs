//! The letting go of what is over, and of what came first where there is too much.

use super::arrival::Arrival;
use super::{DnsCache, MAX_ASKED, MAX_SETS};
use std::collections::HashSet;

impl DnsCache {
    fn is_full(&self) -> bool {
        self.sets.len() > self.most_sets || self.arrivals > self.most_arrivals
    }

    /// Lets go what was over long ago, then all that is over, then what came first.
    pub(super) fn shrink(&mut self) {
        self.forget_asking();
        let mut ends: Vec<i64> = self.sets.values().flat_map(|set| ends(set)).collect();
        ends.retain(|end| *end <= self.now);
        let middle = ends.len() / 2;
        if middle > 0 {
            let (_, until, _) = ends.select_nth_unstable(middle);
            let until = *until;
            self.forget(until);
        }
        if self.is_full() {
            self.forget(self.now);
        }
        if self.is_full() {
            self.forget_first();
        }
        let kept: HashSet<(&str, u16)> =
            self.sets.keys().map(|(_, name, kind, _)| (name.as_str(), *kind)).collect();
        self.largest.retain(|(name, kind, _), _| kept.contains(&(name, *kind)));
    }

    /// Lets go what was over at a time: moments before cannot be told about any more.
    fn forget(&mut self, until: i64) {
        self.from = self.from.max(until);
        self.sets.retain(|_, set| {
            let mut ends: Vec<i64> = ends(set).collect();
            ends.reverse();
            set.retain(|_| ends.pop().is_some_and(|end| end > until));
            !set.is_empty()
        });
        self.count();
    }

    /// Lets go the sets that came first, although they could be kept yet.
    fn forget_first(&mut self) {
        let newest = |set: &Vec<Arrival>| set.last().map_or(i64::MIN, |one| one.time);
        let mut times: Vec<i64> = self.sets.values().map(newest).collect();
        let over = (self.sets.len().saturating_sub(self.most_sets)).max(self.sets.len() / 4).max(1);
        let (_, until, _) = times.select_nth_unstable(over - 1);
        let until = *until;
        let lost = &mut self.lost;
        self.sets.retain(|_, set| {
            let stays = newest(set) > until;
            if !stays && let Some(last) = set.last() {
                *lost.entry(last.end().div_euclid(1_000_000_000)).or_default() += 1;
            }
            stays
        });
        self.from = self.now;
        self.lost = self.lost.split_off(&self.from.div_euclid(1_000_000_000));
        // Of more seconds than that the first count with those behind: at the most.
        while self.lost.len() > MAX_SETS {
            let Some((_, count)) = self.lost.pop_first() else { break };
            if let Some(mut next) = self.lost.first_entry() {
                *next.get_mut() += count;
            }
        }
        self.count();
    }

    fn count(&mut self) {
        self.arrivals = self.sets.values().flatten().map(|one| 1 + one.again.len()).sum();
    }

    /// Lets go what servers asked others, once it is known of the answers so far what
    /// was asked for them.
    pub(super) fn forget_asking(&mut self) {
        let mut open = self.now;
        for ((_, name, kind, _), set) in &mut self.sets {
            for arrival in set.iter_mut().filter(|one| one.meanwhile.is_none()) {
                if arrival.time < self.now {
                    arrival.meanwhile = Some(self.upstream.meanwhile(arrival, name, *kind));
                } else {
                    open = open.min(arrival.asked);
                }
            }
        }
        self.upstream.forget(open);
        if self.upstream.len() >= MAX_ASKED {
            // So many at one time are no resolver's.
            self.upstream.clear();
        }
    }
}

/// When each of a set's arrivals was over: run out, or replaced.
fn ends(set: &[Arrival]) -> impl Iterator<Item = i64> {
    let next = set.iter().skip(1).map(|one| one.time).chain([i64::MAX]);
    set.iter().zip(next).map(|(one, next)| one.end().min(next))
}
