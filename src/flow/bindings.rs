//! The protocols that flows were found to carry, and from which packet on.
//!
//! Owns how that is kept: four bytes a flow, in blocks that the first such flow
//! of each makes. Knows nothing of what else is known of flows.

use crate::decode::ProtocolId;

/// Flows of one block.
const BLOCK: usize = 64;
/// Most bytes that 64 flows take, the list of the blocks included while it grows.
pub(super) const MOST_OF_64: usize = BLOCK * size_of::<Binding>() + 2 * size_of::<usize>();

/// From the lowest bit: twenty of how many packets after the flow's first, by
/// how many bits they are shifted (four), the protocol. 0 is none.
#[derive(Clone, Copy, Debug, Default)]
struct Binding(u32);

const BITS: u32 = 20;
const SHIFT: u32 = 4;

impl Binding {
    /// A distance of more than twenty bits is kept a little larger than it is.
    fn new(protocol: ProtocolId, distance: u64) -> Option<Binding> {
        let protocol = u32::from(u8::try_from(protocol).ok()?);
        let mut shift = (u64::BITS - distance.leading_zeros()).saturating_sub(BITS);
        let rounded = |shift: u32| (distance >> shift) + u64::from(distance & ((1 << shift) - 1) != 0);
        if rounded(shift) >> BITS != 0 {
            shift += 1;
        }
        let kept = u32::try_from(rounded(shift)).ok().filter(|_| shift < 1 << SHIFT)?;
        Some(Binding(kept | shift << BITS | protocol << (BITS + SHIFT)))
    }

    fn get(self) -> Option<(ProtocolId, u64)> {
        let distance = u64::from(self.0 & ((1 << BITS) - 1)) << (self.0 >> BITS & ((1 << SHIFT) - 1));
        let protocol = (self.0 >> (BITS + SHIFT)) as ProtocolId;
        (protocol != 0).then_some((protocol, distance))
    }
}

/// By the places of flows.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<Option<Box<[Binding; BLOCK]>>>);

impl Bindings {
    /// The flow at `place` carries `protocol` from so many packets after its first
    /// on. Gives whether that is kept: not beyond 34 thousand million packets.
    pub fn bind(&mut self, place: u32, protocol: ProtocolId, distance: u64) -> bool {
        let Some(binding) = Binding::new(protocol, distance) else { return false };
        let (block, within) = (place as usize / BLOCK, place as usize % BLOCK);
        if block >= self.0.len() {
            self.0.resize_with(block + 1, || None);
        }
        let block = self
            .0
            .get_mut(block)
            .map(|block| block.get_or_insert_with(|| Box::new([Binding::default(); BLOCK])));
        match block.and_then(|block| block.get_mut(within)) {
            Some(kept) => *kept = binding,
            None => return false,
        }
        true
    }

    /// What the flow carries, and from how many packets after its first on.
    pub fn get(&self, place: u32) -> Option<(ProtocolId, u64)> {
        let block = self.0.get(place as usize / BLOCK)?.as_ref()?;
        block.get(place as usize % BLOCK)?.get()
    }

    /// Bytes that they take.
    pub fn size(&self) -> usize {
        self.0.capacity() * size_of::<usize>()
            + self.0.iter().flatten().count() * size_of::<[Binding; BLOCK]>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact_or_a_little_more() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.get(7), None);
        for distance in [0, 1, 1_000_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_001, (1 << 34) + 1] {
            assert!(bindings.bind(700, 255, distance));
            let (protocol, kept) = bindings.get(700).unwrap();
            assert_eq!(protocol, 255);
            let most = if distance < 1 << BITS { distance } else { distance + (distance >> (BITS - 1)) };
            assert!((distance..=most).contains(&kept), "{distance} became {kept}");
        }
        assert!(!bindings.bind(700, 256, 0) && !bindings.bind(700, 1, 1 << 40));
        assert_eq!((bindings.get(699), bindings.get(701)), (None, None));
    }
}
