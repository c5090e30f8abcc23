//! From the hash of a key to the places of flows.
//!
//! One array in the order of the hashes, probed in line: a lookup waits for one
//! cache line, and ends where a higher hash stands. It grows by a quarter in its
//! own memory, in order, and looks at no flow. Nothing is ever removed.

/// Most homes in use, of eight.
const FULL: usize = 7;
const LEAST: usize = 64;
/// Slots behind the homes, for what finds the last ones taken.
const SPARE: usize = 64;

/// Most bytes that 64 places take: just after the array has grown.
pub(super) const MOST_OF_64: usize = (64 * size_of::<u64>() * 5 * 8).div_ceil(4 * FULL);

/// Slots of hash (high half) and place plus one (low half); 0 is free. The hash
/// says where its home is: the higher the hash, the further behind. What finds
/// its home taken stands behind it without a gap.
pub(super) struct Places {
    slots: Vec<u64>,
    homes: usize,
    used: usize,
}

impl Default for Places {
    fn default() -> Self {
        Places { slots: vec![0; LEAST + SPARE], homes: LEAST, used: 0 }
    }
}

impl Places {
    /// The place kept under `hash` that `is` accepts.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let slot = self.slot(hash, is).ok()?;
        self.slots.get(slot).map(|kept| place(*kept))
    }

    /// Fetches what a lookup of `hash` begins with, without looking at it.
    #[inline]
    pub fn touch(&self, hash: u32) -> u64 {
        self.slots.get(self.home(hash)).copied().unwrap_or(0)
    }

    /// Bytes that the array takes.
    pub fn size(&self) -> u64 {
        (self.slots.capacity() * size_of::<u64>()) as u64
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.homes as u64) >> 32) as usize
    }

    /// Keeps `new` under `hash`, instead of the place that `is` accepts if there is one.
    pub fn insert(&mut self, hash: u32, new: u32, is: impl Fn(u32) -> bool) {
        let kept = u64::from(hash) << 32 | (u64::from(new) + 1);
        match self.slot(hash, is) {
            Ok(slot) => self.put(slot, kept),
            Err(slot) if (self.used + 1) * 8 <= self.homes * FULL => self.squeeze(slot, kept),
            Err(_) => {
                self.grow();
                let (Ok(slot) | Err(slot)) = self.slot(hash, |_| false);
                self.squeeze(slot, kept);
            }
        }
    }

    /// The slot of the place that `is` accepts, or the one where it belongs.
    #[inline]
    fn slot(&self, hash: u32, is: impl Fn(u32) -> bool) -> Result<usize, usize> {
        let mut at = self.home(hash);
        while let Some(kept) = self.slots.get(at).filter(|kept| **kept != 0) {
            let own = hash_of(*kept);
            if own >= hash {
                if own > hash {
                    break;
                }
                if is(place(*kept)) {
                    return Ok(at);
                }
            }
            at += 1;
        }
        Err(at)
    }

    fn put(&mut self, slot: usize, kept: u64) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = kept;
        }
    }

    /// Puts `kept` where it belongs; what stands there moves on by one.
    fn squeeze(&mut self, slot: usize, kept: u64) {
        self.used += 1;
        let taken = self.slots.get(slot..).unwrap_or_default().iter().take_while(|kept| **kept != 0).count();
        let free = slot + taken;
        if free >= self.slots.len() {
            self.slots.reserve_exact(SPARE);
            self.slots.resize(free + SPARE, 0);
        }
        self.slots.copy_within(slot..free, slot + 1);
        self.put(slot, kept);
    }

    /// A quarter more homes, in the same memory: what is kept moves to the end of
    /// the array first, and from there to where it belongs, which is never behind
    /// what still waits.
    #[cold]
    fn grow(&mut self) {
        let old = self.slots.len();
        self.homes += self.homes / 4;
        let len = old.max(self.homes + SPARE);
        self.slots.retain(|kept| *kept != 0);
        self.slots.reserve_exact(len - self.slots.len());
        let mut waiting = len - self.slots.len();
        // What waits may lie over what it was copied from.
        self.slots.resize(len, 0);
        self.slots.copy_within(..len - waiting, waiting);
        self.slots.iter_mut().take(waiting).for_each(|slot| *slot = 0);
        let mut next = 0;
        while let Some(kept) = self.slots.get_mut(waiting).map(std::mem::take) {
            let slot = self.home(hash_of(kept)).max(next);
            if slot > waiting {
                // Too many at the very end.
                let more = slot - waiting;
                self.slots.reserve_exact(more);
                self.slots.splice(waiting..waiting, std::iter::repeat_n(0, more));
                waiting = slot;
            }
            self.put(slot, kept);
            (next, waiting) = (slot + 1, waiting + 1);
        }
    }
}

fn hash_of(kept: u64) -> u32 {
    (kept >> 32) as u32
}

fn place(kept: u64) -> u32 {
    (kept as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the order of the hashes, behind their homes, without a gap before them.
    fn check(places: &Places) {
        let (mut last, mut free) = (0, None);
        for (at, kept) in places.slots.iter().enumerate() {
            if *kept == 0 {
                free = Some(at);
                continue;
            }
            let home = places.home(hash_of(*kept));
            assert!(home <= at && free.is_none_or(|free| free < home), "slot {at}");
            assert!(last <= hash_of(*kept), "slot {at}");
            last = hash_of(*kept);
        }
    }

    #[test]
    fn places_are_found_while_the_array_grows_and_hashes_collide() {
        // Hashes of few values, some at the very end: they need more than the spare slots.
        let hash = |n: u32| if n.is_multiple_of(3) { u32::MAX - n % 4 } else { n.wrapping_mul(0x9e37_79b9) };
        let mut places = Places::default();
        for n in 0..3000 {
            assert_eq!(places.find(hash(n), |place| place == n), None);
            places.insert(hash(n), n, |place| place == n);
        }
        check(&places);
        assert!((0..3000).all(|n| places.find(hash(n), |place| place == n) == Some(n)));
        // A newer place instead of an older one.
        places.insert(hash(7), 9999, |place| place == 7);
        assert_eq!(places.find(hash(7), |place| place == 7), None);
        assert_eq!(places.find(hash(7), |place| place == 9999), Some(9999));
        assert_eq!(places.used, 3000);
        check(&places);
    }

    /// Catches an array that takes more memory than is told of it.
    #[test]
    fn a_place_never_takes_more_than_its_bytes() {
        let mut places = Places::default();
        for n in 0..200_000u32 {
            places.insert(n.wrapping_mul(0x9e37_79b9), n, |_| false);
            let spare = ((LEAST + SPARE) * size_of::<u64>()) as u64;
            let most = spare + u64::from(n + 1) * MOST_OF_64 as u64 / 64;
            assert!(places.size() <= most, "{n}: {} bytes, not {most}", places.size());
        }
        check(&places);
    }
}
