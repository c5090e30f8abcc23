//! What is told of a cache: a set of records, or the lack of it, at some moment.

use crate::base::PacketId;
use crate::decode::proto::dns::denial::Lack;
use crate::decode::proto::dns::view::Section;
use std::net::IpAddr;

/// What an answer said of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Records, or which lack of them.
    pub kept: Kept,
    /// Where the records stood in the answer.
    pub section: Section,
    /// What the records hold.
    pub values: Vec<String>,
    /// Seconds that it could be kept when it came.
    pub ttl: u32,
    /// The largest such number seen for it so far.
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
