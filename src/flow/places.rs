//! From the hash of a key to the places of flows.
//!
//! One array, probed in line: a lookup waits for one cache line, and growing
//! passes over the array in order and looks at no flow. Nothing is ever removed.

/// Most slots in use, of four.
const FULL: usize = 3;
const LEAST: usize = 64;

/// Slots of hash (high half) and place plus one (low half); 0 is free. Their
/// number is a power of two, and the highest bits of a hash say where to begin,
/// so that the order stays as the array grows.
pub(super) struct Places {
    slots: Vec<u64>,
    used: usize,
}

impl Default for Places {
    fn default() -> Self {
        Places { slots: vec![0; LEAST], used: 0 }
    }
}

impl Places {
    /// The place kept under `hash` that `is` accepts.
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let slot = self.slot(hash, is).ok()?;
        self.slots.get(slot).map(|kept| place(*kept))
    }

    /// Fetches what a lookup of `hash` begins with, without looking at it.
    #[inline]
    pub fn touch(&self, hash: u32) -> u64 {
        self.slots.get(self.begin(hash)).copied().unwrap_or(0)
    }

    /// Bytes that the array takes.
    pub fn size(&self) -> u64 {
        (self.slots.capacity() * size_of::<u64>()) as u64
    }

    #[inline]
    fn begin(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }

    /// Keeps `new` under `hash`, instead of the place that `is` accepts if there is one.
    pub fn insert(&mut self, hash: u32, new: u32, is: impl Fn(u32) -> bool) {
        let mut slot = self.slot(hash, is);
        if slot.is_err() {
            self.used += 1;
            if self.used * 4 > self.slots.len() * FULL {
                self.grow();
                slot = self.slot(hash, |_| false);
            }
        }
        let (Ok(slot) | Err(slot)) = slot;
        if let Some(kept) = self.slots.get_mut(slot) {
            *kept = u64::from(hash) << 32 | (u64::from(new) + 1);
        }
    }

    /// The slot of the place that `is` accepts, or the free one where it would be.
    #[inline]
    fn slot(&self, hash: u32, is: impl Fn(u32) -> bool) -> Result<usize, usize> {
        let (len, mut at) = (self.slots.len(), self.begin(hash));
        // There is always a free one.
        while let Some(kept) = self.slots.get(at).filter(|kept| **kept != 0) {
            if (kept >> 32) as u32 == hash && is(place(*kept)) {
                return Ok(at);
            }
            at = (at + 1) & (len - 1);
        }
        Err(at)
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![0; self.slots.len() * 2];
        for kept in std::mem::replace(&mut self.slots, larger).into_iter().filter(|kept| *kept != 0) {
            let (Ok(slot) | Err(slot)) = self.slot((kept >> 32) as u32, |_| false);
            if let Some(free) = self.slots.get_mut(slot) {
                *free = kept;
            }
        }
    }
}

fn place(kept: u64) -> u32 {
    (kept as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_while_the_array_grows_and_hashes_collide() {
        // Hashes of few values, some at the very end: probing goes round.
        let hash = |n: u32| if n.is_multiple_of(3) { u32::MAX - n % 4 } else { n.wrapping_mul(0x9e37_79b9) };
        let mut places = Places::default();
        for n in 0..3000 {
            assert_eq!(places.find(hash(n), |place| place == n), None);
            places.insert(hash(n), n, |place| place == n);
        }
        assert!((0..3000).all(|n| places.find(hash(n), |place| place == n) == Some(n)));
        // A newer place instead of an older one.
        places.insert(hash(7), 9999, |place| place == 7);
        assert_eq!(places.find(hash(7), |place| place == 7), None);
        assert_eq!(places.find(hash(7), |place| place == 9999), Some(9999));
        assert_eq!(places.used, 3000);
    }
}
