//! The worker that counts the problems of the packets that the display filter lets through.
//!
//! Owns one thread, which follows the filter as it finds them. Knows nothing of the screen.

use super::super::worker::Waker;
use crate::base::PacketId;
use crate::session::problems::{Kind, Tally};
use crate::session::{Handle, Matches};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Packets that are counted before it is told.
const BATCH: u64 = 4096;

type Counts = HashMap<Kind, (u64, PacketId)>;

/// Counts on a thread of its own. Dropping it ends the thread.
pub struct Part {
    matches: Weak<Matches>,
    counts: Arc<Mutex<Counts>>,
    /// Packets of the capture that are counted or not let through.
    passed: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Part {
    /// Starts to count what these matches let through.
    pub fn start(session: Handle, matches: &Arc<Matches>, waker: Waker) -> Part {
        let part = Part {
            matches: Arc::downgrade(matches),
            counts: Arc::default(),
            passed: Arc::default(),
            stop: Arc::default(),
        };
        let (matches, counts) = (Arc::clone(matches), Arc::clone(&part.counts));
        let (passed, stop) = (Arc::clone(&part.passed), Arc::clone(&part.stop));
        let run = move || {
            let (mut tally, mut place) = (Tally::default(), 0);
            while !stop.load(Ordering::Relaxed) {
                let finished = session.is_finished();
                let tested = matches.tested();
                let until = matches.place_of(tested).min(place + BATCH);
                while place < until {
                    if let Some(id) = matches.get(place) {
                        tally.add(&session, id);
                    }
                    place += 1;
                }
                *counts.lock().unwrap_or_else(PoisonError::into_inner) = tally.all().collect();
                if matches.place_of(tested) > place {
                    continue;
                }
                let is_news = passed.swap(tested, Ordering::Release) != tested;
                if is_news {
                    waker.wake();
                }
                if finished && tested >= session.progress().analysed {
                    return;
                }
                session.wait(Duration::from_millis(100));
            }
        };
        let _ = std::thread::Builder::new().name("problems".to_owned()).spawn(run);
        part
    }

    /// Whether it counts what these matches let through.
    pub fn is_of(&self, matches: &Arc<Matches>) -> bool {
        std::ptr::eq(self.matches.as_ptr(), Arc::as_ptr(matches))
    }

    /// How far it is.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Acquire)
    }

    /// What it has counted so far: how many of each kind, and the first.
    pub fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Whether a filter lets a packet through, once it has come to it; `false` when it is gone.
pub fn lets_through(matches: &Weak<Matches>, session: &Handle, id: PacketId) -> bool {
    loop {
        let Some(matches) = matches.upgrade() else { return false };
        if matches.tested() > id {
            return matches.contains(id);
        }
        drop(matches);
        session.wait(Duration::from_millis(10));
    }
}
