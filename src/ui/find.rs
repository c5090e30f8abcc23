//! Searching the packets, as a job beside everything else.
//!
//! Owns what is sought and the thread that seeks; knows nothing of the screen.

use super::visible::line;
use super::worker::Waker;
use crate::base::PacketId;
use crate::session::problems::is_worth_a_look;
use crate::session::{Handle, Matches, Peeler};
use crate::store::PacketRow;
use crossbeam_channel::{Receiver, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What is sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Text in the Info column or a protocol's name; capital letters count
    /// when there are any.
    Text(String),
    /// Something that is worth a look.
    Trouble,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// At this packet; `true`: beyond the end, from the other end on.
    At(PacketId, bool),
    /// Nowhere.
    Nowhere,
}

/// A running search. Dropping it ends it.
pub struct Find {
    /// What is sought.
    pub sought: Sought,
    cancel: Arc<AtomicBool>,
    seen: Arc<AtomicU64>,
    of: u64,
    result: Receiver<Found>,
}

impl Find {
    /// Seeks from the packet after (or before) `from` to the end and on from
    /// the other end, among those that the filter lets through.
    pub fn start(
        session: Handle,
        matches: Option<Arc<Matches>>,
        sought: Sought,
        from: Option<PacketId>,
        forward: bool,
        waker: Waker,
    ) -> Find {
        let (sender, result) = bounded(1);
        let of = session.progress().indexed;
        let find = Find { sought: sought.clone(), cancel: Arc::default(), seen: Arc::default(), of, result };
        let (cancel, seen) = (Arc::clone(&find.cancel), Arc::clone(&find.seen));
        let run = move || {
            let mut test =
                Test { session, matches, sought, peeler: Peeler::default(), cancel: Arc::clone(&cancel) };
            let mut found = Found::Nowhere;
            for step in 1..=of {
                if cancel.load(Relaxed) {
                    return;
                }
                let start = match from {
                    Some(from) => from.min(of - 1),
                    None if forward => of - 1,
                    None => 0,
                };
                let id = if forward { (start + step) % of } else { (start + of - step) % of };
                if step.is_multiple_of(4096) {
                    seen.store(step, Relaxed);
                    waker.wake();
                }
                if test.matches(id) {
                    let wrapped = from.is_some_and(|from| if forward { id <= from } else { id >= from });
                    found = Found::At(id, wrapped);
                    break;
                }
            }
            let _ = sender.send(found);
            waker.wake();
        };
        let _ = std::thread::Builder::new().name("find".to_owned()).spawn(run);
        find
    }

    /// How it ended, once it has.
    pub fn result(&self) -> Option<Found> {
        match self.result.try_recv() {
            Ok(found) => Some(found),
            Err(crossbeam_channel::TryRecvError::Empty) => None,
            Err(crossbeam_channel::TryRecvError::Disconnected) => Some(Found::Nowhere),
        }
    }

    /// Packets seen so far, and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.seen.load(Relaxed), self.of)
    }
}

impl Drop for Find {
    fn drop(&mut self) {
        self.cancel.store(true, Relaxed);
    }
}

struct Test {
    session: Handle,
    matches: Option<Arc<Matches>>,
    sought: Sought,
    peeler: Peeler,
    cancel: Arc<AtomicBool>,
}

impl Test {
    /// The packet's row, once the analysis has passed it.
    fn row(&self, id: PacketId) -> Option<PacketRow> {
        loop {
            let finished = self.session.is_finished();
            let row = self.session.row(id);
            if row.is_some() || finished || self.cancel.load(Relaxed) {
                return row;
            }
            self.session.wait(Duration::from_millis(50));
        }
    }

    fn matches(&mut self, id: PacketId) -> bool {
        if self.matches.as_ref().is_some_and(|matches| !matches.contains(id)) {
            return false;
        }
        match &self.sought {
            Sought::Trouble => self.row(id).is_some() && is_worth_a_look(&self.session, id),
            Sought::Text(needle) => {
                let facts = self.session.facts_of(&[id]).pop().unwrap_or_default();
                let line = line(&self.session, &mut self.peeler, id, facts);
                contains(&line.info, needle) || contains(line.protocol, needle)
            }
        }
    }
}

/// Whether `text` has `needle` in it; small letters in the needle match both.
pub fn contains(text: &str, needle: &str) -> bool {
    if needle.chars().any(char::is_uppercase) {
        text.contains(needle)
    } else {
        text.to_lowercase().contains(needle)
    }
}
