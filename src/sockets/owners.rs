//! What is known of whose flows are, kept after the sockets are gone.
//!
//! Owns the side table from a flow's end to its socket and processes: one for
//! a capture, filled by the watch of a live one or from a file's comments.
//! Read from any thread; nobody waits for a scan.

use super::{Ends, Holder, Quality, Socket};
use crate::base::Timestamp;
use crossbeam_channel::{Sender, bounded};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Ends that are kept; the oldest go first.
const MOST: usize = 65_536;
/// Flows of one four-tuple that are told apart; ports are used again.
const ERAS: usize = 8;
/// Longest wait for a look, which takes some milliseconds where not much else goes on.
const PATIENCE: Duration = Duration::from_secs(10);

/// When a socket was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// At the last look it was there.
    Now,
    /// It is gone since.
    Earlier,
    /// The kernel told of it as its process opened or closed it, or sent from it.
    Traced,
    /// Whoever wrote the capture file saw it.
    File,
}

impl Seen {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Seen::Now => "now",
            Seen::Earlier => "earlier",
            Seen::Traced => "traced",
            Seen::File => "file",
        }
    }
}

/// Whose one end of a flow is, and how well that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// How the socket was found.
    pub quality: Quality,
    /// When it was seen.
    pub seen: Seen,
    /// The socket; none when no one was found.
    pub socket: Option<Socket>,
    /// The processes that hold it, and where several sockets fit as well those that
    /// hold any of them; none when they are hidden or were too short-lived.
    pub holders: Arc<[Holder]>,
    /// Name of the socket's user, where `/etc/passwd` has one.
    pub user: Option<Arc<str>>,
    /// Sockets that fit as well: which one it was is not known.
    pub others: u32,
    /// What the sockets are bound to that the rule passes over for this one,
    /// the next best first.
    pub passed: Arc<[SocketAddr]>,
}

impl Owner {
    /// An end of this machine without a socket.
    pub fn unknown() -> Owner {
        Owner {
            quality: Quality::Unknown,
            seen: Seen::Now,
            socket: None,
            holders: Arc::default(),
            user: None,
            others: 0,
            passed: Arc::default(),
        }
    }

    /// The process that holds the socket; the first of several that share it. None
    /// where it is not known which process it is.
    pub fn holder(&self) -> Option<&Holder> {
        let first = self.holders.first()?;
        let same = self.holders.iter().all(|holder| holder.process.pid == first.process.pid);
        let sure = self.others == 0 || (same && self.holders.len() > self.others as usize);
        sure.then_some(first)
    }

    /// The descriptor of the socket in its process, where it is known which socket it is.
    pub fn descriptor(&self) -> Option<u32> {
        self.holder().filter(|_| self.others == 0)?.fd
    }

    /// Number of the socket's user; of a socket that was only heard of, its process's.
    pub fn uid(&self) -> Option<u32> {
        let held = self.socket.filter(|socket| socket.inode != 0);
        held.map(|socket| socket.uid).or_else(|| self.holder()?.process.uid)
    }

    /// `curl(1234)`; of several that share a socket the first and how many
    /// more; where it is not known whose it is `curl(1234) or wget(77)`. Empty
    /// when none is known. Make it safe before showing it.
    pub fn processes(&self) -> String {
        let Some(first) = self.holders.first() else { return String::new() };
        let mut all: Vec<&Holder> = Vec::new();
        for holder in self.holders.iter() {
            if !all.iter().any(|known| known.process.pid == holder.process.pid) {
                all.push(holder);
            }
        }
        let word = |holder: &Holder| format!("{}({})", holder.process.name, holder.process.pid);
        let (first, others) = (word(first), all.get(1..).unwrap_or_default());
        match (self.holder().is_some(), others) {
            (true, []) => first,
            (true, others) => format!("{first} +{}", others.len()),
            // Who holds the others is hidden.
            (false, []) => format!("{first} or another"),
            (false, [other]) => format!("{first} or {}", word(other)),
            (false, others) => format!("{first} or {} others", others.len()),
        }
    }

    /// How it is known, in words: `exact, seen earlier`.
    pub fn certainty(&self) -> String {
        let mut words = self.quality.name().to_owned();
        if self.socket.is_some() {
            words.push_str(match self.seen {
                Seen::Now => "",
                Seen::Earlier => ", seen earlier",
                Seen::Traced => ", traced",
                Seen::File => ", from the file",
            });
        }
        if self.others > 0 {
            words.push_str(&format!(", one of {}", u64::from(self.others) + 1));
        }
        words
    }
}

/// What the watch is told.
#[derive(Debug)]
pub(super) enum Word {
    /// A flow began then; whether this end sent its first packet. When this was told.
    Met(Ends, Timestamp, bool, Instant),
    /// Look now, and let go of this when it is done.
    Look(Sender<()>),
}

/// How the watch does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Sockets are watched.
    pub watching: bool,
    /// Why they are not, or what went wrong.
    pub trouble: Option<String>,
    /// Why no process is known.
    pub no_processes: Option<String>,
    /// Why the kernel tells nothing of connections that are too brief for a look.
    pub untraced: Option<String>,
    /// Processes whose descriptors this user may not see.
    pub hidden: usize,
    /// Ends of flows that were not followed or are no longer kept.
    pub let_go: u64,
}

/// The side table. See the module.
#[derive(Debug, Default)]
pub struct Owners {
    state: Mutex<State>,
    watch: Option<Sender<Word>>,
    version: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    ends: HashMap<Ends, Vec<(Timestamp, Owner)>>,
    /// As they came, to let the oldest go.
    order: VecDeque<Ends>,
    status: Status,
}

impl Owners {
    /// A table that a watch fills.
    pub(super) fn watched(watch: Sender<Word>) -> Owners {
        Owners { watch: Some(watch), ..Owners::default() }
    }

    /// Whether sockets are watched, and what is hidden or wrong.
    pub fn status(&self) -> Status {
        self.state().status.clone()
    }

    /// Whether flows that begin are to be told.
    pub fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// A flow began, its first packet `sent` by this end or the other: the
    /// watch looks for its socket. Never waits.
    pub fn meet(&self, ends: Ends, at: Timestamp, sent: bool) {
        let Some(watch) = &self.watch else { return };
        if watch.try_send(Word::Met(ends, at, sent, Instant::now())).is_err() {
            self.state().status.let_go += 1;
        }
    }

    /// Waits until the watch has looked at every flow that it was told of; not for ever.
    pub fn settle(&self) {
        let Some(watch) = &self.watch else { return };
        let (looked, done) = bounded(0);
        if watch.send_timeout(Word::Look(looked), PATIENCE).is_ok() {
            // It ends when the watch lets go of its side.
            let _ = done.recv_timeout(PATIENCE);
        }
    }

    /// A counter that moves whenever something is learnt.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Whose `ends.local` was in a flow that lasted from `first` to `last`.
    /// None: no end of this machine, or nothing is known of it.
    pub fn owner(&self, ends: &Ends, first: Timestamp, last: Timestamp) -> Option<Owner> {
        let state = self.state();
        let eras = state.ends.get(ends)?;
        let of_flow = eras.iter().rfind(|(since, _)| (first..=last).contains(since));
        of_flow.map(|(_, owner)| owner.clone())
    }

    /// Keeps what is known of `ends` in the flow of time `since`.
    pub fn keep(&self, ends: Ends, since: Timestamp, owner: Owner) {
        self.version.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        let state = &mut *state;
        if let Some(eras) = state.ends.get_mut(&ends) {
            match eras.iter_mut().rfind(|(at, _)| *at == since) {
                Some((_, kept)) => *kept = owner,
                None => {
                    if eras.len() >= ERAS {
                        eras.remove(0);
                    }
                    eras.push((since, owner));
                }
            }
            return;
        }
        if state.order.len() >= MOST
            && let Some(oldest) = state.order.pop_front()
        {
            state.ends.remove(&oldest);
            state.status.let_go += 1;
        }
        state.order.push_back(ends);
        state.ends.insert(ends, vec![(since, owner)]);
    }

    /// Changes the status.
    pub(super) fn tell(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.state().status);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(port: u16) -> Ends {
        let at = |port| std::net::SocketAddr::from(([10, 0, 0, 1], port));
        Ends { protocol: 6, local: at(port), remote: at(80) }
    }

    fn quality(owners: &Owners, port: u16, first: i64, last: i64) -> Option<Quality> {
        owners.owner(&ends(port), Timestamp(first), Timestamp(last)).map(|owner| owner.quality)
    }

    /// Whoever counts by process or shows one must not take the first for the only one.
    #[test]
    fn of_several_sockets_that_fit_none_is_chosen() {
        let holder = |pid, fd| {
            let process = Arc::new(super::super::Process { pid, name: "a".to_owned(), ..Default::default() });
            Holder { process, fd: Some(fd) }
        };
        let owner =
            |others, holders: Vec<Holder>| Owner { others, holders: holders.into(), ..Owner::unknown() };
        let told =
            |owner: Owner| (owner.holder().map(|h| h.process.pid), owner.descriptor(), owner.processes());
        let named = |text: &str| text.to_owned();
        assert_eq!(told(owner(0, vec![holder(1, 3), holder(2, 3)])), (Some(1), Some(3), named("a(1) +1")));
        let two = owner(1, vec![holder(1, 3), holder(2, 3)]);
        assert_eq!(told(two), (None, None, named("a(1) or a(2)")));
        // Threads of one server with a socket each: it is the process, whichever socket.
        assert_eq!(told(owner(1, vec![holder(1, 3), holder(1, 4)])), (Some(1), None, named("a(1)")));
        assert_eq!(told(owner(1, vec![holder(1, 3)])), (None, None, named("a(1) or another")));
    }

    #[test]
    fn flows_of_one_four_tuple_are_told_apart_by_their_time() {
        let owners = Owners::default();
        let known = |quality| Owner { quality, ..Owner::unknown() };
        owners.keep(ends(1), Timestamp(10), known(Quality::Exact));
        owners.keep(ends(1), Timestamp(50), known(Quality::Listener));
        assert_eq!(quality(&owners, 1, 10, 20), Some(Quality::Exact));
        assert_eq!(quality(&owners, 1, 50, 60), Some(Quality::Listener));
        assert_eq!(quality(&owners, 1, 70, 80), None, "a third one is not taken for the second");
        owners.keep(ends(1), Timestamp(10), known(Quality::Bound));
        assert_eq!(quality(&owners, 1, 10, 20), Some(Quality::Bound), "the newer word holds");
    }

    #[test]
    fn the_oldest_go_and_are_counted() {
        let owners = Owners::default();
        for place in 0..MOST as u32 + 3 {
            let mut ends = ends((place % 60_000) as u16);
            ends.remote.set_port((place / 60_000) as u16);
            owners.keep(ends, Timestamp(1), Owner::unknown());
        }
        assert_eq!(owners.status().let_go, 3);
        assert_eq!(owners.state().ends.len(), MOST);
    }
}
