//! Numbered places for small values, in parts that never move.
//!
//! Owns memory and which places are free. Knows nothing of TCP.

/// Values of one part.
const PART: usize = 4096;

/// No place.
pub(super) const NONE: u32 = u32::MAX;

/// Values by number; numbers given back are given out again.
#[derive(Debug)]
pub(super) struct Slab<T> {
    parts: Vec<Vec<T>>,
    free: Vec<u32>,
    limit: u32,
}

impl<T> Slab<T> {
    /// Room for at most `limit` values.
    pub(super) const fn new(limit: u32) -> Self {
        Slab { parts: Vec::new(), free: Vec::new(), limit }
    }

    /// A place for `value`; [`NONE`] when all are taken.
    pub(super) fn put(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            if let Some(old) = self.get_mut(place) {
                *old = value;
            }
            return place;
        }
        let place = self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len());
        let Some(place) = u32::try_from(place).ok().filter(|place| *place < self.limit) else { return NONE };
        match self.parts.last_mut() {
            Some(part) if part.len() < PART => part.push(value),
            _ => {
                // A small capture should not pay for a whole part.
                let room = if self.parts.is_empty() { 16 } else { PART };
                let mut part = Vec::with_capacity(room);
                part.push(value);
                self.parts.push(part);
            }
        }
        place
    }

    /// Gives a place back.
    pub(super) fn free(&mut self, place: u32) {
        self.free.push(place);
    }

    /// Bytes that the values take.
    pub(super) fn size(&self) -> usize {
        self.parts.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
    }

    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.parts.get(place as usize / PART)?.get(place as usize % PART)
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.parts.get_mut(place as usize / PART)?.get_mut(place as usize % PART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_again_and_never_beyond_the_limit() {
        let mut slab = Slab::new(10_000);
        for at in 0..10_000 {
            assert_eq!(slab.put(at), at);
        }
        assert_eq!(slab.put(1), NONE);
        slab.free(7);
        assert_eq!((slab.put(70), slab.put(1)), (7, NONE));
        assert_eq!((slab.get(7), slab.get(9_999), slab.get(10_000)), (Some(&70), Some(&9_999), None));
    }
}
