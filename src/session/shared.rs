//! What a session's threads share.

use super::carried::Followed;
use super::measures::Measures;
use super::names::{Learner, NameBook};
use super::statistics::Statistics;
use crate::capture::{ByteStore, Notice};
use crate::decode::{Check, Note, Notes, Problem, Registry, Verdict};
use crate::flow::dns::{Transactions, TroubleCounts};
use crate::flow::http2::Connections;
use crate::flow::prefixed::Streams;
use crate::flow::{FlowTable, SilentCounts, Untaken};
use crate::sockets::Owners;
use crate::store::{Index, Meta, PacketRow, RemarksLog, Rows};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

/// A session's state, reached through [`Session`](super::Session) or a
/// [`Handle`](super::Handle).
pub struct Shared {
    pub(super) registry: Arc<Registry>,
    pub(super) followed: Followed,
    pub(super) bytes: Arc<dyn ByteStore>,
    pub(super) index: Index,
    pub(super) rows: Rows,
    pub(super) remarks: RemarksLog,
    pub(super) meta: RwLock<Meta>,
    pub(super) analysis: RwLock<Analysis>,
    pub(super) owners: Arc<Owners>,
    /// Made when somebody asks.
    pub(super) measures: Mutex<Measures>,
    /// Names, and who reads them from the packets; the latter is taken first.
    pub(super) names: RwLock<NameBook>,
    pub(super) learner: Mutex<Learner>,
    /// Bytes of the input read so far, and its size; `u64::MAX` when unknown.
    pub(super) read: AtomicU64,
    pub(super) size: AtomicU64,
    pub(super) stop: AtomicBool,
    /// The source has come to its end.
    pub(super) ended: AtomicBool,
    /// The analysis has passed the source's last packet.
    pub(super) analysed: AtomicBool,
    changed: (Mutex<u64>, Condvar),
    /// Threads that wait to read the analysis.
    pub(super) asking: AtomicU32,
    /// Somebody watches: work that nobody waits for takes what others leave.
    pub(super) is_watched: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// What the ordered stage keeps besides rows.
#[derive(Default)]
pub struct Analysis {
    /// Flows.
    pub flows: FlowTable,
    /// Packets that no socket claimed.
    pub unclaimed: Untaken,
    /// Packets that did not arrive, as ICMP errors say.
    pub undelivered: Untaken,
    /// DNS transactions.
    pub dns: Transactions,
    /// Connections whose streams go on from packet to packet.
    pub connections: Connections,
    /// Streams of messages that begin with their length.
    pub streams: Streams,
    /// Counts over all packets.
    pub totals: Totals,
    /// Counts by protocols, lengths, times.
    pub statistics: Statistics,
}

/// Counts over all packets analysed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Packets whose worst outcome of a check is this: by [`Check::index`],
    /// then in the order good, bad, partial, absent, unverifiable.
    pub verdicts: [[u64; 5]; Check::ALL.len()],
    /// Packets with each kind of problem, by [`Problem::index`].
    pub problems: [u64; Problem::ALL.len()],
    /// TCP segments with each remark, in the order of [`Note::ALL`].
    pub notes: [u64; Note::ALL.len()],
    /// Packets with at least one bad checksum or problem.
    pub troubled: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Packets that no dissector knew beyond plain data.
    pub undecoded: u64,
    /// Packets whose bytes could not be read for the analysis.
    pub unread: u64,
    /// Packets that say that no socket claimed another.
    pub refusals: u64,
    /// ICMP errors that say that a packet's destination cannot be reached.
    pub unreachable: u64,
    /// Those that say that a packet was on its way for too long.
    pub expired: u64,
    /// Connections without an answer.
    pub silent: SilentCounts,
    /// DNS messages with something wrong or odd.
    pub dns: TroubleCounts,
}

impl Totals {
    /// Packets with this outcome of this check.
    pub fn count(&self, check: Check, verdict: Verdict) -> u64 {
        self.verdicts.get(check.index()).and_then(|row| row.get(verdict as usize)).copied().unwrap_or(0)
    }

    /// Packets with a bad checksum of any kind; a packet with two counts twice.
    pub fn bad_sums(&self) -> u64 {
        Check::ALL.iter().map(|check| self.count(*check, Verdict::Bad)).sum()
    }

    /// Packets with this problem.
    pub fn problem(&self, problem: Problem) -> u64 {
        self.problems.get(problem.index()).copied().unwrap_or(0)
    }

    /// Segments with this remark.
    pub fn note(&self, note: Note) -> u64 {
        self.notes.get(note as usize).copied().unwrap_or(0)
    }

    /// Counts the remarks on one segment.
    pub(super) fn add_notes(&mut self, notes: Notes) {
        for note in notes.iter() {
            if let Some(count) = self.notes.get_mut(note as usize) {
                *count += 1;
            }
        }
    }

    /// Counts as many packets of one outcome.
    pub(super) fn add(&mut self, row: &PacketRow, packets: u64) {
        self.count_row(row, |count| *count += packets);
    }

    /// Counts a packet that was added as another one than it turned out to be.
    pub(super) fn correct(&mut self, before: &PacketRow, after: &PacketRow) {
        self.count_row(before, |count| *count -= 1);
        self.count_row(after, |count| *count += 1);
    }

    fn count_row(&mut self, row: &PacketRow, step: impl Fn(&mut u64)) {
        if row.protocol == 0 {
            step(&mut self.undecoded);
        }
        for (check, verdict) in row.flags.verdicts() {
            if let Some(count) =
                self.verdicts.get_mut(check.index()).and_then(|counts| counts.get_mut(verdict as usize))
            {
                step(count);
            }
        }
        if row.flags.is_about_another() {
            for (is, count) in [
                (row.flags.is_refusal(), &mut self.refusals),
                (row.flags.is_unreachable(), &mut self.unreachable),
                (row.flags.is_expired(), &mut self.expired),
            ] {
                if is {
                    step(count);
                }
            }
        }
        if row.flags.is_troubled() {
            step(&mut self.troubled);
            for (problem, count) in Problem::ALL.iter().zip(&mut self.problems) {
                if row.flags.has(*problem) {
                    step(count);
                }
            }
        }
    }

    /// Adds the counts over other packets.
    pub(super) fn merge(&mut self, other: &Totals) {
        let counts = self.verdicts.as_flattened_mut().iter_mut().chain(&mut self.problems);
        let others = other.verdicts.as_flattened().iter().chain(&other.problems);
        counts.zip(others).for_each(|(count, other)| *count += other);
        self.troubled += other.troubled;
        self.refusals += other.refusals;
        self.unreachable += other.unreachable;
        self.expired += other.expired;
        self.bytes += other.bytes;
        self.undecoded += other.undecoded;
        self.unread += other.unread;
    }
}

/// Turns that the ordered stage leaves to others before it goes on.
const TURNS: u32 = 32;

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Packets found.
    pub indexed: u64,
    /// Packets analysed.
    pub analysed: u64,
    /// Bytes of the input read.
    pub read: u64,
    /// Its size, where known.
    pub size: Option<u64>,
    /// More may come.
    pub reading: bool,
    /// Bytes of older packets that the spool's limit let go.
    pub evicted: u64,
}

impl Shared {
    pub(super) fn new(bytes: Arc<dyn ByteStore>, registry: Arc<Registry>, owners: Arc<Owners>) -> Shared {
        Shared {
            followed: Followed::new(&registry),
            registry,
            bytes,
            index: Index::default(),
            rows: Rows::default(),
            remarks: RemarksLog::default(),
            meta: RwLock::default(),
            analysis: RwLock::default(),
            owners,
            measures: Mutex::default(),
            names: RwLock::default(),
            learner: Mutex::default(),
            read: AtomicU64::new(0),
            size: AtomicU64::new(u64::MAX),
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            analysed: AtomicBool::new(false),
            changed: (Mutex::new(0), Condvar::new()),
            asking: AtomicU32::new(0),
            is_watched: AtomicBool::new(false),
        }
    }

    /// A counter that moves whenever something has changed: a screen need not
    /// draw again while it stands still.
    pub fn version(&self) -> u64 {
        *self.changed.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn announce(&self) {
        *self.changed.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.1.notify_all();
    }

    /// Waits until something changes, at most `timeout`.
    pub fn wait(&self, timeout: Duration) {
        let before = self.changed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = *before;
        // Whoever waits looks at the state again: a spurious wake does no harm.
        let _ = self.changed.1.wait_timeout_while(before, timeout, |now| *now == version);
    }

    /// The analysis, to be changed: the ordered stage alone. Who waits to read it
    /// comes first: the stage comes back so soon that they would never get in.
    pub(super) fn change(&self) -> RwLockWriteGuard<'_, Analysis> {
        for _ in 0..TURNS {
            if self.asking.load(Ordering::Relaxed) == 0 {
                break;
            }
            std::thread::yield_now();
        }
        self.analysis.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session cannot go on; what is there stays.
    pub(super) fn fail(&self, text: String) {
        self.notify(Notice { offset: None, text, damage: true });
        self.ended.store(true, Ordering::Release);
        self.analysed.store(true, Ordering::Release);
        self.announce();
    }
}
