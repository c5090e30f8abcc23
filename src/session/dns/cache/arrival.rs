//! One set of records, or the lack of it, as somebody got it.

use super::Kept;
use super::told::Told;
use super::upstream::Meanwhile;
use crate::base::PacketId;
use crate::decode::proto::dns::view::Section;
use std::net::IpAddr;

/// From this rank on it answers questions.
const ANSWER: u8 = 2;
/// Further questions of its holder that are kept of each.
const MAX_AGAIN: usize = 1 << 10;

/// As it came.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub kept: Kept,
    pub section: Section,
    pub ttl: u32,
    /// The largest TTL that was seen of the set before and now, or its authority's.
    pub largest: u32,
    pub values: Vec<String>,
    pub authoritative: bool,
    /// The server asks others for its clients (RA).
    pub recursive: bool,
    /// The server says that it is older than it may be: by which extended error.
    pub stale: Option<u16>,
    /// LLMNR, where everybody answers for his own names.
    pub is_own: bool,
    /// Type that was asked for.
    pub wanted: u16,
    pub server: IpAddr,
    pub packet: PacketId,
    /// When it was asked for and when it came.
    pub asked: i64,
    pub time: i64,
    /// When its holder asked again while it could still have been kept.
    pub again: Vec<i64>,
    /// How long the slowest answer of the server for the set took, of those right before
    /// the question.
    pub slowest: i64,
    /// What the server did for it meanwhile, once that is sure.
    pub meanwhile: Option<Meanwhile>,
}

impl Arrival {
    /// When it has run out.
    pub fn end(&self) -> i64 {
        self.time.saturating_add(i64::from(self.ttl).saturating_mul(1_000_000_000))
    }

    /// Nanoseconds that it may still be kept at a moment.
    pub fn left(&self, moment: i64) -> i64 {
        self.end().saturating_sub(moment)
    }

    /// How far it is to be trusted: RFC 2181, 5.4.1.
    pub fn rank(&self) -> u8 {
        rank(self.kept, self.section, self.authoritative)
    }

    /// Whether who holds it may answer with it: what stood beside an answer serves only to
    /// find servers (RFC 2181, 5.4.1).
    pub fn answers(&self) -> bool {
        self.rank() >= ANSWER
    }

    /// The holder asked again.
    pub fn ask_again(&mut self, time: i64) -> bool {
        let room = self.again.len() < MAX_AGAIN;
        if room {
            self.again.push(time);
        }
        room
    }
}

impl Told {
    pub fn rank(&self) -> u8 {
        rank(self.kept, self.section, self.authoritative)
    }
}

fn rank(kept: Kept, section: Section, authoritative: bool) -> u8 {
    match (kept, section) {
        (Kept::Records, Section::Additional) => 0,
        (Kept::Records, Section::Authority) => 1,
        _ if authoritative => ANSWER + 1,
        _ => ANSWER,
    }
}
