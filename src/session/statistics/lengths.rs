//! Packets by length, in the steps that tshark uses.

/// Steps: under 20 bytes, then doubling from 20 to 5,120 and more.
const STEPS: usize = 10;

/// Packets of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LengthBin {
    /// Packets.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// The shortest, where there is one.
    pub shortest: u32,
    /// The longest.
    pub longest: u32,
}

impl LengthBin {
    #[inline]
    fn merge(&mut self, other: LengthBin) {
        self.shortest = if self.packets == 0 { other.shortest } else { self.shortest.min(other.shortest) };
        self.longest = self.longest.max(other.longest);
        self.packets += other.packets;
        self.bytes += other.bytes;
    }

    /// Mean length.
    pub fn average(&self) -> f64 {
        if self.packets == 0 { 0.0 } else { self.bytes as f64 / self.packets as f64 }
    }
}

/// How long packets were on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths([LengthBin; STEPS]);

impl Lengths {
    #[inline]
    pub(super) fn add(&mut self, wire: u32) {
        let step = (wire / 20).checked_ilog2().map_or(0, |log| (log as usize + 1).min(STEPS - 1));
        if let Some(bin) = self.0.get_mut(step) {
            let one = LengthBin { packets: 1, bytes: wire.into(), shortest: wire, longest: wire };
            bin.merge(one);
        }
    }

    pub(super) fn merge(&mut self, other: &Lengths) {
        for (bin, other) in self.0.iter_mut().zip(other.0).filter(|(_, other)| other.packets > 0) {
            bin.merge(other);
        }
    }

    /// Every step: its least and, but for the last, its greatest length, and
    /// its packets.
    pub fn steps(&self) -> impl Iterator<Item = (u32, Option<u32>, LengthBin)> {
        (0u32..).zip(self.0).map(|(step, bin)| {
            let least = |step: u32| if step == 0 { 0 } else { 10 << step };
            let last = step as usize == STEPS - 1;
            (least(step), (!last).then(|| least(step + 1) - 1), bin)
        })
    }

    /// All packets.
    pub fn all(&self) -> LengthBin {
        let mut all = LengthBin::default();
        self.0.iter().filter(|bin| bin.packets > 0).for_each(|bin| all.merge(*bin));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fall_into_the_step_that_names_them() {
        let mut lengths = Lengths::default();
        let all = [0, 19, 20, 39, 40, 79, 80, 1279, 1280, 5119, 5120, u32::MAX];
        all.iter().for_each(|wire| lengths.add(*wire));
        for (from, to, bin) in lengths.steps() {
            let own = all.iter().filter(|wire| **wire >= from && to.is_none_or(|to| **wire <= to));
            assert_eq!(bin.packets, own.clone().count() as u64, "{from} to {to:?}");
            assert_eq!(bin.shortest, own.clone().min().copied().unwrap_or(0));
            assert_eq!(bin.longest, own.max().copied().unwrap_or(0));
        }
        let mut twice = lengths;
        twice.merge(&lengths);
        assert_eq!((twice.all().packets, twice.all().shortest), (24, 0));
        assert_eq!(lengths.steps().last().map(|step| (step.0, step.1)), Some((5120, None)));
    }
}
