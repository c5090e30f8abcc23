//! Numbered places for small values, given out again when they are free.
//!
//! Owns which places are free and how many there may be. Knows nothing of TCP.

use crate::base::Parts;

/// No place.
pub(super) const NONE: u32 = u32::MAX;

/// Values by number; numbers given back are given out again.
#[derive(Debug)]
pub(super) struct Slab<T> {
    values: Parts<T>,
    free: Vec<u32>,
    limit: u32,
}

impl<T> Slab<T> {
    /// Room for at most `limit` values.
    pub(super) const fn new(limit: u32) -> Self {
        Slab { values: Parts::new(), free: Vec::new(), limit }
    }

    /// A place for `value`; [`NONE`] when all are taken.
    pub(super) fn put(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            if let Some(old) = self.get_mut(place) {
                *old = value;
            }
            return place;
        }
        if self.values.len() < self.limit as usize { self.values.push(value) } else { NONE }
    }

    /// Gives a place back.
    pub(super) fn free(&mut self, place: u32) {
        self.free.push(place);
    }

    /// Bytes that the values take.
    pub(super) fn size(&self) -> usize {
        self.values.size()
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.values.get(place)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.values.get_mut(place)
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
