//! The worker that finds the first packet of each kind.
//!
//! Owns one thread, which looks at every row once, as the analysis goes on.
//! Rows that are alike are looked at once only. Knows nothing of the screen.

use super::super::worker::Waker;
use crate::base::PacketId;
use crate::session::Handle;
use crate::session::problems::{Finder, Kind};
use crossbeam_channel::{Receiver, unbounded};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Finds them on a thread of its own. Dropping it ends the thread.
pub struct Firsts {
    stop: Arc<AtomicBool>,
    answers: Receiver<(Kind, PacketId)>,
    known: HashMap<Kind, PacketId>,
}

impl Firsts {
    /// Starts the thread. Without one no first packet is told.
    pub fn start(session: Handle, waker: Waker) -> Firsts {
        let (sender, answers) = unbounded();
        let firsts = Firsts { stop: Arc::default(), answers, known: HashMap::new() };
        let stop = Arc::clone(&firsts.stop);
        let run = move || {
            let mut finder = Finder::new(|_| true);
            let mut id = 0;
            while !stop.load(Relaxed) && !finder.is_done() {
                let finished = session.is_finished();
                if session.row(id).is_none() {
                    if finished {
                        return;
                    }
                    session.wait(Duration::from_millis(100));
                    continue;
                }
                for kind in finder.look(&session, id) {
                    // Where nobody listens any more the next turn ends it.
                    let _ = sender.send((kind, id));
                    waker.wake();
                }
                id += 1;
            }
        };
        let _ = std::thread::Builder::new().name("firsts".to_owned()).spawn(run);
        firsts
    }

    /// Takes what was found meanwhile.
    pub fn update(&mut self) {
        self.known.extend(self.answers.try_iter());
    }

    /// The first packet of a kind, once it is found.
    pub fn of(&self, kind: Kind) -> Option<PacketId> {
        self.known.get(&kind).copied()
    }
}

impl Drop for Firsts {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}
