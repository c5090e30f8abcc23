//! A list that grows in parts which never move: one of a million values is
//! never copied, and takes what its values take.

/// Values of one part.
const PART: usize = 4096;
/// Values that the first part has room for at first: a small capture should not
/// pay for a whole part.
const FIRST: usize = 16;

/// Values by place, in the order in which they were put in.
#[derive(Debug)]
pub struct Parts<T> {
    parts: Vec<Vec<T>>,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Parts<T> {
    /// None yet.
    pub const fn new() -> Self {
        Parts { parts: Vec::new() }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes that the values take, and those there is room for.
    pub fn size(&self) -> usize {
        self.parts.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
    }

    /// The value at `place`.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&T> {
        self.parts.get(place as usize / PART)?.get(place as usize % PART)
    }

    /// The value at `place`, to be changed.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.parts.get_mut(place as usize / PART)?.get_mut(place as usize % PART)
    }

    /// Every value with its place, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.values())
    }

    /// Every value, in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.parts.iter().flatten()
    }

    /// The place of the first value that is not `before`, of values in such an order that
    /// all those come first that are.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> u32 {
        let part = self.parts.partition_point(|part| part.last().is_some_and(&before));
        let part = part.min(self.parts.len().saturating_sub(1));
        let within = self.parts.get(part).map_or(0, |part| part.partition_point(&before));
        (part * PART + within) as u32
    }

    /// The place that the next value gets.
    pub fn next_place(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX - 1)
    }

    /// Puts a value behind the others; gives its place.
    #[inline]
    pub fn push(&mut self, value: T) -> u32 {
        let place = self.next_place();
        match self.parts.last_mut() {
            Some(part) if part.len() < PART => part.push(value),
            _ => self.begin_part(value),
        }
        place
    }

    #[cold]
    fn begin_part(&mut self, value: T) {
        let mut part = Vec::with_capacity(if self.parts.is_empty() { FIRST } else { PART });
        part.push(value);
        self.parts.push(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a place told wrong where one part ends and the next begins.
    #[test]
    fn every_value_is_found_at_its_place() {
        let mut parts = Parts::new();
        let count = PART as u32 * 2 + 1;
        for value in 0..count {
            assert_eq!((parts.next_place(), parts.push(value)), (value, value));
        }
        assert_eq!(parts.len(), count as usize);
        assert!(parts.iter().all(|(place, value)| place == *value));
        for place in [0, PART as u32 - 1, PART as u32, count - 1] {
            assert_eq!(parts.get(place), Some(&place));
            assert_eq!(parts.get_mut(place), Some(&mut { place }));
        }
        assert_eq!(parts.get(count), None);
    }

    /// Catches a search that looks into the wrong part, and one that never ends up behind the last.
    #[test]
    fn what_comes_first_in_an_order_is_found() {
        let mut parts = Parts::new();
        assert_eq!(parts.partition_point(|_: &u32| true), 0);
        // In twos: an odd value is not there.
        let count = PART as u32 * 2 + 1;
        (0..count).for_each(|value| _ = parts.push(value * 2));
        for place in [0, 1, PART as u32 - 1, PART as u32, PART as u32 + 1, count - 1, count] {
            assert_eq!(parts.partition_point(|value| *value < place * 2), place);
            assert_eq!(parts.partition_point(|value| *value <= place * 2), (place + 1).min(count));
        }
        (parts.len()..PART * 3).for_each(|value| _ = parts.push(value as u32 * 2));
        assert_eq!(parts.partition_point(|_| true) as usize, PART * 3, "behind whole parts alone");
    }
}
