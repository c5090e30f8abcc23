//! What is told of a cache: a set of records, or the lack of it, at some moment.

use crate::base::PacketId;
use crate::decode::proto::dns::denial::Lack;
use crate::decode::proto::dns::view::Section;
use std::fmt;
use std::net::IpAddr;

/// What an answer said of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Records.
    Records,
    /// The name does not exist, for no type (RFC 2308, 2.1).
    NoName,
    /// The name exists, but has nothing of the type (RFC 2308, 2.2).
    NoData,
}

impl Kept {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Kept::Records => "records",
            Kept::NoName => Lack::NoName.name(),
            Kept::NoData => Lack::NoData.name(),
        }
    }
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// The one of an address.
    pub fn of(address: IpAddr, bits: u8) -> Network {
        let (address, bits) = match address {
            IpAddr::V4(address) => {
                let bits = bits.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                ((address.to_bits() & mask).to_be_bytes().into(), bits)
            }
            IpAddr::V6(address) => {
                let bits = bits.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                ((address.to_bits() & mask).to_be_bytes().into(), bits)
            }
        };
        Network { address, bits }
    }

    /// Whether all of another one is in it.
    pub fn has(self, other: Network) -> bool {
        self.bits <= other.bits && Network::of(other.address, self.bits) == self
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Whether an answer was made for the question or had been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// From an authority, or fetched for this question.
    Fresh,
    /// The server had it already.
    Cached,
    /// The capture does not show it.
    Unknown,
}

impl Freshness {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Freshness::Fresh => "fresh",
            Freshness::Cached => "cached",
            Freshness::Unknown => "unknown",
        }
    }
}

/// What may be in a cache at some moment.
#[derive(Clone, Debug)]
pub struct CacheEntry {
    /// Who got the answer.
    pub holder: IpAddr,
    /// The name, in lower case.
    pub name: String,
    /// Type of the records; 255 for a name that does not exist at all.
    pub kind: u16,
    /// The answer was made for clients in this network alone (RFC 7871, 7.3.1).
    pub network: Option<Network>,
    /// Records, or which lack of them.
    pub kept: Kept,
    /// Where the records stood in the answer.
    pub section: Section,
    /// What the records hold.
    pub values: Vec<String>,
    /// Seconds that it could be kept when it came.
    pub ttl: u32,
    /// The largest such number seen for it so far; once its authority itself gave one, that.
    pub largest: u32,
    /// Nanoseconds that it may still be kept.
    pub left: i64,
    /// An authority itself gave it (AA).
    pub authoritative: bool,
    /// Who gave it.
    pub server: IpAddr,
    /// In which packet.
    pub packet: PacketId,
    /// How often the holder asked again by then although it could have kept what it had.
    pub again: u32,
    /// Whether the server had it already.
    pub freshness: Freshness,
    /// Why that is thought.
    pub reason: String,
}
