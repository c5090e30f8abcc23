//! What flows are looked up by: one hash for both directions of a key.

use crate::decode::FlowKey;
use std::hash::{BuildHasher as _, Hasher as _};

/// What a flow is looked up by: the same for both directions of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash(pub(super) u32);

/// Makes the hashes of one table's keys, on any thread. Seeded at random, so
/// that no capture can be made whose flows all fall into one place.
#[derive(Clone, Default)]
pub struct Hasher(foldhash::fast::RandomState);

impl Hasher {
    /// The hash of a key and of its other direction.
    pub fn hash(&self, key: &FlowKey) -> KeyHash {
        let end = |address: &[u8; 16], port| (u128::from_ne_bytes(*address), port);
        let (src, dst) = (end(&key.src, key.src_port), end(&key.dst, key.dst_port));
        let (low, high) = if src < dst { (src, dst) } else { (dst, src) };
        let mut hasher = self.0.build_hasher();
        hasher.write_u128(low.0);
        hasher.write_u128(high.0);
        hasher.write_u64(
            u64::from(low.1) << 32
                | u64::from(high.1) << 16
                | u64::from(key.protocol) << 8
                | u64::from(key.v6),
        );
        KeyHash((hasher.finish() >> 32) as u32)
    }
}
