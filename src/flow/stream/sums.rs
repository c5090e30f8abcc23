//! Counts of a growing list, and how many lie before each: both ways in a few
//! steps, however long the list is (a Fenwick tree).

/// The counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// At `i` the sum of the counts from `i & (i + 1)` to `i`.
    tree: Vec<usize>,
}

impl Sums {
    /// Sum of the first `at` counts.
    pub fn before(&self, at: usize) -> usize {
        let mut sum = 0usize;
        let mut end = at.min(self.tree.len());
        while let Some(part) = end.checked_sub(1).and_then(|last| self.tree.get(last)) {
            sum = sum.wrapping_add(*part);
            end &= end - 1;
        }
        sum
    }

    /// Adds to the count at `at`; a negative number as its complement.
    pub fn add(&mut self, at: usize, more: usize) {
        let mut at = at;
        while let Some(sum) = self.tree.get_mut(at) {
            *sum = sum.wrapping_add(more);
            at |= at + 1;
        }
    }

    /// Appends a count.
    pub fn push(&mut self, count: usize) {
        let at = self.tree.len();
        let covered = self.before(at).wrapping_sub(self.before(at & (at + 1)));
        self.tree.push(count.wrapping_add(covered));
    }

    /// In which count the one at `place` is counted, and which one there it is.
    pub fn find(&self, place: usize) -> (usize, usize) {
        let (mut at, mut left) = (0, place);
        let mut step = self.tree.len().checked_ilog2().map_or(0, |bits| 1 << bits);
        while step > 0 {
            if let Some(sum) = self.tree.get(at + step - 1).filter(|sum| **sum <= left) {
                left -= sum;
                at += step;
            }
            step >>= 1;
        }
        (at, left)
    }
}

impl FromIterator<usize> for Sums {
    fn from_iter<I: IntoIterator<Item = usize>>(counts: I) -> Sums {
        let mut sums = Sums::default();
        counts.into_iter().for_each(|count| sums.push(count));
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_a_plain_list() {
        let mut counts = Vec::new();
        let mut sums = Sums::default();
        assert_eq!((sums.find(3), sums.before(9)), ((0, 3), 0));
        for at in 0..300usize {
            counts.push(at * 7 % 5);
            sums.push(at * 7 % 5);
            counts[at / 2] += 3;
            sums.add(at / 2, 3);
            counts[at / 3] -= 1;
            sums.add(at / 3, 0usize.wrapping_sub(1));
        }
        let mut before = 0;
        for (at, count) in counts.iter().enumerate() {
            assert_eq!(sums.before(at), before);
            for within in 0..*count {
                assert_eq!(sums.find(before + within), (at, within));
            }
            before += count;
        }
        assert_eq!((sums.before(1000), sums.find(before)), (before, (300, 0)));
        assert_eq!(counts.iter().copied().collect::<Sums>().before(300), before);
    }
}
