//! Which packets a filter lets through, as a bit a packet, found by a job that
//! runs beside everything else and can be dropped at any time.

use super::{Handle, Peeler};
use crate::base::PacketId;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

const WORDS: usize = 64;
/// Packets of one block of bits.
const BLOCK: u64 = WORDS as u64 * 64;

struct Bits {
    /// Matches in all blocks before this one.
    before: u64,
    bits: [u64; WORDS],
}

/// The matches found so far, in order. An eighth of a byte a packet.
#[derive(Default)]
pub struct Matches {
    blocks: RwLock<Vec<Bits>>,
    tested: AtomicU64,
    found: AtomicU64,
}

impl Matches {
    /// Packets tested so far.
    pub fn tested(&self) -> u64 {
        self.tested.load(Acquire)
    }

    /// Matches found so far.
    pub fn len(&self) -> u64 {
        self.found.load(Relaxed)
    }

    /// Whether nothing has matched yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The packet at `place` among the matches.
    pub fn get(&self, place: u64) -> Option<PacketId> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let at = blocks.partition_point(|block| block.before <= place).checked_sub(1)?;
        let block = blocks.get(at)?;
        let mut left = place - block.before;
        for (word, bits) in block.bits.iter().enumerate() {
            let ones = u64::from(bits.count_ones());
            if left < ones {
                let mut bits = *bits;
                for _ in 0..left {
                    bits &= bits - 1;
                }
                return Some(at as u64 * BLOCK + word as u64 * 64 + u64::from(bits.trailing_zeros()));
            }
            left -= ones;
        }
        None
    }

    /// How many matches come before packet `id`: its place, if it matches.
    pub fn place_of(&self, id: PacketId) -> u64 {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let Some(block) = blocks.get((id / BLOCK) as usize) else { return self.len() };
        let within = id % BLOCK;
        let words = (within / 64) as usize;
        let whole: u64 = block.bits.iter().take(words).map(|w| u64::from(w.count_ones())).sum();
        let part = block.bits.get(words).map_or(0, |w| (w & ((1 << (within % 64)) - 1)).count_ones());
        block.before + whole + u64::from(part)
    }

    /// Whether a tested packet matches.
    pub fn contains(&self, id: PacketId) -> bool {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let block = blocks.get((id / BLOCK) as usize);
        let word = block.and_then(|block| block.bits.get((id % BLOCK / 64) as usize));
        word.is_some_and(|word| word >> (id % 64) & 1 != 0)
    }

    /// Adds packets from `first` on, which are at most up to the next multiple
    /// of 64: a bit each, the lowest first. Whoever reads waits for few of these.
    fn push(&self, first: PacketId, count: u64, bits: u64) {
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        if first.is_multiple_of(BLOCK) {
            blocks.push(Bits { before: self.len(), bits: [0; WORDS] });
        }
        let word = (first % BLOCK / 64) as usize;
        if let Some(word) = blocks.last_mut().and_then(|block| block.bits.get_mut(word)) {
            *word |= bits << (first % 64);
            self.found.fetch_add(bits.count_ones().into(), Relaxed);
        }
        self.tested.store(first + count, Release);
    }
}

/// A running filter. Dropping it ends the job.
pub struct FilterJob {
    matches: Arc<Matches>,
    cancel: Arc<AtomicBool>,
}

impl FilterJob {
    /// Tests every analysed packet, old and new, until dropped or until the
    /// capture has ended. `test` runs on a thread of its own.
    pub fn start<T>(session: Handle, mut test: T) -> FilterJob
    where
        T: FnMut(&Handle, PacketId, &mut Peeler) -> bool + Send + 'static,
    {
        let job = FilterJob { matches: Arc::default(), cancel: Arc::default() };
        let (matches, cancel) = (Arc::clone(&job.matches), Arc::clone(&job.cancel));
        let run = move || {
            let mut peeler = Peeler::default();
            let mut id = 0;
            while !cancel.load(Relaxed) {
                let finished = session.is_finished();
                let until = session.progress().analysed;
                if id == until {
                    if finished {
                        break;
                    }
                    session.wait(Duration::from_millis(100));
                }
                while id < until && !cancel.load(Relaxed) {
                    let end = until.min((id / 64 + 1) * 64);
                    let mut bits = 0;
                    for at in id..end {
                        bits |= u64::from(test(&session, at, &mut peeler)) << (at - id);
                    }
                    matches.push(id, end - id, bits);
                    id = end;
                    if id.is_multiple_of(1024) {
                        session.announce();
                    }
                }
                session.announce();
            }
        };
        // Without a thread nothing is ever found; the tested count says so.
        let _ = std::thread::Builder::new().name("filter".to_owned()).spawn(run);
        job
    }

    /// What it has found so far.
    pub fn matches(&self) -> &Arc<Matches> {
        &self.matches
    }
}

impl Drop for FilterJob {
    fn drop(&mut self) {
        self.cancel.store(true, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_found_by_place_and_by_number() {
        let matches = Matches::default();
        let wanted: Vec<u64> = (0..20_000).filter(|id| id % 7 == 3 || *id > 19_990).collect();
        let mut id = 0;
        while id < 20_000 {
            // As many as there happen to be, up to a whole word.
            let end = (id + 1 + id % 50).min((id / 64 + 1) * 64).min(20_000);
            let bit = |at| u64::from(wanted.binary_search(&at).is_ok()) << (at - id);
            let bits = (id..end).fold(0, |bits, at| bits | bit(at));
            matches.push(id, end - id, bits);
            id = end;
        }
        assert_eq!((matches.tested(), matches.len()), (20_000, wanted.len() as u64));
        for (place, id) in wanted.iter().enumerate() {
            assert_eq!(matches.get(place as u64), Some(*id));
            assert_eq!(matches.place_of(*id), place as u64);
            assert!(matches.contains(*id));
        }
        assert_eq!(matches.get(wanted.len() as u64), None);
        assert!(!matches.contains(4));
    }
}
