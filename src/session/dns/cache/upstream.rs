//! What servers asked others for while they were asked themselves, and what came of it:
//! whether an answer of theirs was made for its question.
//!
//! Judged by name and type: whatever else a server asks says nothing of a set.

use super::arrival::Arrival;
use crate::base::PacketId;
use crate::decode::proto::dns::view::Section;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// Queries for one set that are looked at, and how long before a question: nanoseconds.
const MAX_LOOKED_AT: usize = 64;
const LONGEST: i64 = 30_000_000_000;

/// What came of a query for a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Came {
    /// No answer, or an error.
    Nothing,
    /// An answer that leads on, or whose records cannot be read.
    Other,
    /// The set itself, so many seconds old: from a cache when that is not 0.
    It { age: u32 },
}

/// A query of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query {
    pub packet: PacketId,
    /// When it was answered.
    pub answered: Option<i64>,
    pub came: Came,
}

/// What a server did for a set between a question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meanwhile {
    /// It asked nobody for it.
    Nobody,
    /// It asked for it, but no answer came by then.
    InVain(PacketId),
    /// It got it.
    Got {
        /// The packet of its query.
        packet: PacketId,
        /// It was asking before the question came.
        joined: bool,
        /// Seconds that it had been in a cache.
        age: u32,
    },
}

/// The queries of all servers, by what they asked for or got, and when.
#[derive(Default)]
pub(super) struct Upstream {
    queries: BTreeMap<(u64, i64), Query>,
    hasher: RandomState,
}

impl Upstream {
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    pub fn clear(&mut self) {
        self.queries.clear();
    }

    fn key(&self, server: IpAddr, name: &str, kind: u16) -> u64 {
        self.hasher.hash_one((server, name, kind))
    }

    /// A server asked for a set, or got it with what it asked for.
    pub fn add(&mut self, server: IpAddr, (name, kind): (&str, u16), asked: i64, query: Query) {
        let known = self.queries.entry((self.key(server, name, kind), asked)).or_insert(query);
        if query.came > known.came {
            *known = query;
        }
    }

    /// What the server of an answer did for one of its sets.
    pub fn meanwhile(&self, arrival: &Arrival, name: &str, kind: u16) -> Meanwhile {
        let mut found = Meanwhile::Nobody;
        // An alias is found by asking for another type.
        let is_answer = arrival.section == Section::Answer || arrival.rank() > 1;
        let kinds = [Some(kind), Some(arrival.wanted).filter(|wanted| is_answer && *wanted != kind)];
        for kind in kinds.into_iter().flatten() {
            let key = self.key(arrival.server, name, kind);
            let span = (key, arrival.asked.saturating_sub(LONGEST))..=(key, arrival.time);
            // The newest first: of several the first counts.
            for ((_, asked), query) in self.queries.range(span).rev().take(MAX_LOOKED_AT) {
                let in_time = |time: i64| (arrival.asked..=arrival.time).contains(&time);
                let packet = query.packet;
                let is_got = matches!(found, Meanwhile::Got { .. });
                let joined = *asked < arrival.asked;
                match query.came {
                    Came::It { age } if query.answered.is_some_and(in_time) => {
                        found = Meanwhile::Got { packet, joined, age };
                    }
                    Came::Other if !is_got && query.answered.is_some_and(in_time) => {
                        found = Meanwhile::Got { packet, joined, age: 0 };
                    }
                    _ if !is_got && !joined => {
                        found = Meanwhile::InVain(packet);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Lets go what was over before a time.
    pub fn forget(&mut self, until: i64) {
        self.queries.retain(|(_, asked), query| query.answered.unwrap_or(*asked).max(*asked) >= until);
    }
}
