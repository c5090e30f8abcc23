//! Comments for a file that is being written: whose each flow is.
//!
//! Peels what is written just far enough to know its flows, and says of every
//! end, once and again when more is known, what the watch has found. What
//! becomes known behind a flow's last packet is said at the end.

use super::owners::ends;
use crate::base::{LinkType, Timestamp};
use crate::capture::{Annotate, Record};
use crate::decode::sinks::Summary;
use crate::decode::{Event, Facts, Frame, Registry, Scratch};
use crate::flow::flags::{ACK, SYN};
use crate::sockets::{Ends, Owner, Owners, Quality, Watch, note};
use std::collections::HashMap;
use std::sync::Arc;

/// Ends that are followed; the table starts anew when they are more.
const MOST: usize = 65_536;
/// Comments at the end of the file.
const LAST: usize = 4096;

/// Writes comments about sockets and processes. See [`Annotate`].
pub struct Annotator {
    registry: Arc<Registry>,
    scratch: Scratch,
    summary: Summary,
    owners: Arc<Owners>,
    followed: HashMap<Ends, Followed>,
    number: u64,
    /// Keeps the watch running.
    _watch: Arc<Watch>,
}

/// One end of a flow.
struct Followed {
    since: Timestamp,
    newest: Timestamp,
    /// Sequence number of the SYN that began it.
    syn: Option<u32>,
    said: Option<Owner>,
    /// Version of the table when it was asked last.
    asked: u64,
}

impl Annotator {
    /// Says what `watch` finds.
    pub fn new(registry: Arc<Registry>, watch: Arc<Watch>) -> Annotator {
        Annotator {
            registry,
            scratch: Scratch::default(),
            summary: Summary::default(),
            owners: watch.owners(),
            followed: HashMap::new(),
            number: 0,
            _watch: watch,
        }
    }

    fn flow(
        &mut self,
        ends: Ends,
        (time, sent): (Timestamp, bool),
        syn: Option<u32>,
        comments: &mut Vec<String>,
    ) {
        if self.followed.len() >= MOST && !self.followed.contains_key(&ends) {
            self.followed.clear();
        }
        let version = self.owners.version();
        let mut is_new = false;
        let new = || Followed { since: time, newest: time, syn, said: None, asked: u64::MAX };
        let followed = self.followed.entry(ends).or_insert_with(|| {
            is_new = true;
            new()
        });
        if syn.is_some() && followed.syn.is_some() && syn != followed.syn {
            // A new connection over a port pair that was used before.
            is_new = true;
            *followed = new();
        }
        followed.newest = time;
        if is_new {
            self.owners.meet(ends, time, sent);
        } else if followed.asked != version {
            followed.asked = version;
            comments.extend(followed.news(&self.owners, &ends, None));
        }
    }
}

impl Followed {
    /// What is known better than what was said.
    fn news(&mut self, owners: &Owners, ends: &Ends, since: Option<Timestamp>) -> Option<String> {
        let owner = owners.owner(ends, self.since, self.newest)?;
        let rank = |owner: &Owner| (owner.quality, !owner.holders.is_empty(), owner.descriptor().is_some());
        let better = self.said.as_ref().is_none_or(|said| rank(said) < rank(&owner));
        if owner.quality == Quality::Unknown || !better {
            return None;
        }
        let text = note(ends, since, &owner);
        self.said = Some(owner);
        Some(text)
    }
}

impl Annotate for Annotator {
    fn packet(&mut self, packet: &Record, link: LinkType, bytes: &[u8], comments: &mut Vec<String>) {
        self.number += 1;
        let (wire, time, number) = (packet.wire, packet.time, self.number);
        let frame = Frame { link, bytes, wire, number, time, ..Frame::default() };
        self.summary.events.clear();
        self.summary.begin();
        self.registry.peel(&frame, Facts::default(), &mut self.scratch, &mut self.summary);
        let events = std::mem::take(&mut self.summary.events);
        for (at, event) in events.iter().enumerate() {
            let Event::Flow(key) = event else { continue };
            let syn = match events
                .get(at + 1..)
                .and_then(|rest| rest.iter().find(|event| !matches!(event, Event::Uncounted { .. })))
            {
                Some(Event::Segment { seq, flags, .. }) if flags & (SYN | ACK) == SYN => Some(*seq),
                _ => None,
            };
            if let Some(ends) = ends(key) {
                self.flow(ends, (time, true), syn, comments);
                self.flow(ends.reversed(), (time, false), syn, comments);
            }
        }
        self.summary.events = events;
    }

    fn last(&mut self) -> Vec<String> {
        self.owners.settle();
        let said = in_order(&mut self.followed).into_iter().filter_map(|(ends, followed)| {
            let since = Some(followed.since);
            followed.news(&self.owners, ends, since)
        });
        said.take(LAST).collect()
    }
}

/// All, as they began; what began at one moment by its ends.
fn in_order(followed: &mut HashMap<Ends, Followed>) -> Vec<(&Ends, &mut Followed)> {
    let mut all: Vec<(&Ends, &mut Followed)> = followed.iter_mut().collect();
    all.sort_by_key(|(ends, one)| (one.since, ends.protocol, ends.local, ends.remote));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::Holder;

    /// Catches a file that says of a connection that was heard of before its socket was seen whose
    /// it is, and never by which descriptor.
    #[test]
    fn a_descriptor_that_is_known_later_is_said() {
        let at = |port: u16| std::net::SocketAddr::from(([10, 0, 0, 1], port));
        let ends = Ends { protocol: 6, local: at(4000), remote: at(80) };
        let mut followed =
            Followed { since: Timestamp(1), newest: Timestamp(1), syn: None, said: None, asked: 0 };
        let owners = Owners::default();
        let mut told = |fd| {
            let holder = Holder { process: Arc::default(), fd };
            let quality = Quality::Exact;
            owners.keep(ends, Timestamp(1), Owner { quality, holders: [holder].into(), ..Owner::unknown() });
            followed.news(&owners, &ends, None).is_some()
        };
        assert_eq!([None, None, Some(3), Some(3), None].map(&mut told), [true, false, true, false, false]);
    }

    /// Catches comments whose order is that of a hash table: another in every run.
    #[test]
    fn what_began_at_one_moment_has_one_order() {
        let end = |port: u16| std::net::SocketAddr::from(([10, 0, 0, 1], port));
        let new = |since| Followed {
            since: Timestamp(since),
            newest: Timestamp(since),
            syn: None,
            said: None,
            asked: 0,
        };
        let mut followed = HashMap::new();
        for port in (0..64).rev() {
            let since = if port == 63 { 1 } else { 2 };
            followed.insert(Ends { protocol: 6, local: end(port), remote: end(80) }, new(since));
        }
        let ports: Vec<u16> = in_order(&mut followed).iter().map(|(ends, _)| ends.local.port()).collect();
        assert_eq!(ports, [63].into_iter().chain(0..63).collect::<Vec<_>>());
    }
}
