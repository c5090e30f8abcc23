//! Traffic over time of all packets, or of those that pass a test, counted by
//! a job that runs beside everything else and can be dropped at any time.

use super::statistics::Series;
use super::{Handle, Peeler};
use crate::base::{PacketId, Timestamp};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Intervals that are kept: at least half of them are in use, unless the
/// capture is very short.
const INTERVALS: usize = 8192;
/// Packets that are tested before their counts are told.
const BATCH: u64 = 1024;

/// What was counted so far.
#[derive(Debug)]
pub struct Traffic {
    /// Packets and bytes of those that passed; intervals of equal numbers of
    /// packets looked at are the same in every job of a session.
    pub series: Series,
    /// Packets looked at.
    pub passed: u64,
}

/// Counts on a thread of its own. Dropping it ends the job.
pub struct TrafficJob {
    traffic: Arc<Mutex<Traffic>>,
    cancel: Arc<AtomicBool>,
}

impl TrafficJob {
    /// Counts analysed packets, old and new, until dropped or until the
    /// capture has ended. Calls `tell` now and then.
    pub fn start<T>(session: Handle, mut test: T, tell: impl Fn() + Send + 'static) -> TrafficJob
    where
        T: FnMut(&Handle, PacketId, &mut Peeler) -> bool + Send + 'static,
    {
        let traffic = Traffic { series: Series::new(Timestamp(0), 1, INTERVALS), passed: 0 };
        let job = TrafficJob { traffic: Arc::new(Mutex::new(traffic)), cancel: Arc::default() };
        let (traffic, cancel) = (Arc::clone(&job.traffic), Arc::clone(&job.cancel));
        let run = move || {
            let mut peeler = Peeler::default();
            let mut batch = Vec::new();
            let mut id = 0;
            while !cancel.load(Relaxed) {
                // The order matters: what is analysed after this was read is all there is.
                let finished = session.is_finished();
                let until = session.progress().analysed.min(id + BATCH);
                if id == until {
                    if finished {
                        break;
                    }
                    session.wait(Duration::from_millis(100));
                    continue;
                }
                for at in id..until {
                    let passes = test(&session, at, &mut peeler);
                    batch.extend(session.record(at).map(|record| (record.time, record.wire, passes)));
                }
                let mut traffic = traffic.lock().unwrap_or_else(PoisonError::into_inner);
                if id == 0 {
                    let start = session.record(0).map(|record| record.time).unwrap_or_default();
                    traffic.series = Series::new(start, 1, INTERVALS);
                }
                for (time, wire, passes) in batch.drain(..) {
                    if passes {
                        traffic.series.add(time, wire);
                    } else {
                        traffic.series.reach(time);
                    }
                }
                traffic.passed = until;
                drop(traffic);
                id = until;
                tell();
            }
        };
        // Without a thread nothing is ever counted; the packets passed say so.
        let _ = std::thread::Builder::new().name("traffic".to_owned()).spawn(run);
        job
    }

    /// What it has counted so far. Hold it shortly: the job waits meanwhile.
    pub fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TrafficJob {
    fn drop(&mut self) {
        self.cancel.store(true, Relaxed);
    }
}
