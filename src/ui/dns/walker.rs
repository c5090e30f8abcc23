//! The worker behind the walk on the DNS screen: learns what the capture says of
//! names, and puts the walk of one transaction together.
//!
//! Owns one thread. It learns in parts, so that the analysis never waits for it,
//! and anew when more of the capture is there, a ninth of the time at most. The
//! newest wish wins. Knows nothing of how walks are drawn.

use super::super::worker::Waker;
use crate::base::PacketId;
use crate::session::dns_walk::{DnsWalk, DnsWalks};
use crate::session::{Exchange, Handle};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two looks at all.
const PACE: Duration = Duration::from_millis(250);
/// Such a look may take one part in so many of the time.
const SHARE: u32 = 8;
/// Transactions that are looked at before the thread asks whether it is still wanted.
const AT_ONCE: u32 = 1024;

/// The walk that a transaction is part of.
pub struct Walked {
    /// The transaction.
    pub place: u32,
    /// Nothing where it is in none: nobody asked, or all were asked.
    pub walk: Option<DnsWalk>,
    /// Packets of other questions that it may belong to as well.
    pub others: Vec<PacketId>,
    /// Some queries or names were left out, because there are too many.
    pub is_part: bool,
}

/// What the thread has to say.
pub enum Found {
    /// It has looked at so many of so many transactions.
    Reading(u32, u32),
    /// A walk.
    Walk(Arc<Walked>),
}

#[derive(Default)]
struct Want {
    place: Option<u32>,
    is_new: bool,
    stop: bool,
}

/// Walks on a thread of its own. Dropping it ends the thread.
pub struct Walker {
    want: Arc<(Mutex<Want>, Condvar)>,
    found: Receiver<Found>,
}

impl Walker {
    /// Starts the thread. Without one no walk is shown.
    pub fn start(session: Handle, waker: Waker) -> Walker {
        let (sender, found) = unbounded();
        let walker = Walker { want: Arc::default(), found };
        let want = Arc::clone(&walker.want);
        let run = move || run(&session, &want, &sender, &waker);
        let _ = std::thread::Builder::new().name("walks".to_owned()).spawn(run);
        walker
    }

    /// The transaction whose walk is wanted; none while no walk is seen.
    pub fn want(&self, place: Option<u32>) {
        let mut want = self.want.0.lock().unwrap_or_else(PoisonError::into_inner);
        if want.place != place {
            (want.place, want.is_new) = (place, true);
            self.want.1.notify_one();
        }
    }

    /// What has come.
    pub fn newest(&self) -> Option<Found> {
        self.found.try_recv().ok()
    }
}

impl Drop for Walker {
    fn drop(&mut self) {
        self.want.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.want.1.notify_one();
    }
}

fn run(session: &Handle, want: &(Mutex<Want>, Condvar), found: &Sender<Found>, waker: &Waker) {
    let lock = || want.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut known: Option<(u64, DnsWalks)> = None;
    let (mut rest, mut looked) = (Duration::ZERO, Instant::now());
    let mut told = None;
    let send = |what: Found| {
        let sent = found.send(what).is_ok();
        waker.wake();
        sent
    };
    loop {
        let place = {
            let idle = |want: &mut Want| !want.is_new && !want.stop;
            let waited = want.1.wait_timeout_while(lock(), rest.max(PACE), idle);
            let mut want = waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0);
            if want.stop {
                return;
            }
            want.is_new = false;
            want.place
        };
        let Some(place) = place else {
            told = None;
            continue;
        };
        let analysed = session.progress().analysed;
        if known.as_ref().is_none_or(|(then, _)| *then != analysed && looked.elapsed() >= rest) {
            let start = Instant::now();
            let mut said = start;
            let mut walks = DnsWalks::default();
            while walks.read(session, AT_ONCE) {
                if lock().stop {
                    return;
                }
                if said.elapsed() >= PACE {
                    said = Instant::now();
                    let all = session.analysis().dns.len();
                    if known.is_none() && !send(Found::Reading(walks.looked_at(), all)) {
                        return;
                    }
                }
            }
            (known, told) = (Some((analysed, walks)), None);
            looked = Instant::now();
            rest = PACE.max(start.elapsed() * SHARE);
        }
        let Some((_, walks)) = known.as_mut().filter(|_| told != Some(place)) else { continue };
        told = Some(place);
        if !send(Found::Walk(Arc::new(walk(session, walks, place)))) {
            return;
        }
    }
}

fn walk(session: &Handle, walks: &mut DnsWalks, place: u32) -> Walked {
    let firsts = walks.firsts(session, place);
    let walk = firsts.first().and_then(|first| walks.walk(session, *first));
    let others = firsts.iter().skip(1);
    let others = others.filter_map(|place| Exchange::get(&session.analysis(), *place));
    let others = others.map(|exchange| exchange.one.first).collect();
    Walked { place, walk, others, is_part: walks.is_full() || walks.left_out > 0 }
}
