//! The kinds of problems: what each is called, how bad it is, what it means
//! and what to do about it.
//!
//! Owns the sentences and the counts. Knows nothing of the screen.

use crate::decode::{Check, Problem, Verdict};
use crate::session::Totals;
use crate::store::{Meta, RowFlags};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is wrong, on the network or in the capture.
    Wrong,
    /// Something is missing, or odd enough to look at.
    Odd,
    /// Good to know.
    Note,
}

impl Severity {
    /// A sign for it.
    pub fn sign(self) -> &'static str {
        match self {
            Severity::Wrong => "✗",
            Severity::Odd => "◐",
            Severity::Note => "○",
        }
    }
}

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A check with this outcome.
    Sum(Check, Verdict),
    /// Something wrong with a packet besides its sums.
    Packet(Problem),
    /// Damage of the capture file.
    Damage,
    /// What else the capture's reader noticed.
    Remark,
    /// Packets lost before they were captured.
    Dropped,
    /// Packets whose bytes could not be read.
    Unread,
    /// Bytes of older packets that were let go.
    Evicted,
}

/// All kinds, the worst first.
pub fn all() -> Vec<Kind> {
    let sums = |verdict| Check::ALL.into_iter().map(move |check| Kind::Sum(check, verdict));
    let mut kinds = vec![Kind::Damage];
    kinds.extend(sums(Verdict::Bad));
    kinds.extend([Problem::Malformed, Problem::Length].map(Kind::Packet));
    kinds.extend([Kind::Dropped, Kind::Unread]);
    kinds.extend(sums(Verdict::Partial));
    kinds.extend([Problem::Truncated, Problem::Unusual].map(Kind::Packet));
    kinds.push(Kind::Evicted);
    kinds.extend(sums(Verdict::Unverifiable));
    kinds.extend([Kind::Packet(Problem::Limit), Kind::Remark]);
    kinds.sort_by_key(|kind| kind.severity());
    kinds
}

impl Kind {
    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Kind::Damage | Kind::Sum(_, Verdict::Bad) => Severity::Wrong,
            Kind::Packet(Problem::Malformed | Problem::Length) => Severity::Wrong,
            Kind::Dropped | Kind::Unread | Kind::Sum(_, Verdict::Partial) => Severity::Odd,
            Kind::Packet(Problem::Truncated | Problem::Unusual) => Severity::Odd,
            Kind::Evicted | Kind::Sum(..) | Kind::Packet(Problem::Limit) | Kind::Remark => Severity::Note,
        }
    }

    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Kind::Sum(check, Verdict::Partial) => format!("{} left to the network card", check.name()),
            Kind::Sum(check, Verdict::Unverifiable) => format!("{} could not be verified", check.name()),
            Kind::Sum(check, verdict) => format!("{} {}", verdict.name(), check.name()),
            Kind::Packet(Problem::Malformed) => "malformed packets".to_owned(),
            Kind::Packet(Problem::Truncated) => "packets cut short by the capture".to_owned(),
            Kind::Packet(Problem::Length) => "lengths that disagree".to_owned(),
            Kind::Packet(Problem::Unusual) => "unusual packets".to_owned(),
            Kind::Packet(Problem::Limit) => "packets too large to show in full".to_owned(),
            Kind::Damage => "damage in the capture file".to_owned(),
            Kind::Remark => "remarks on the capture file".to_owned(),
            Kind::Dropped => "packets dropped while capturing".to_owned(),
            Kind::Unread => "packets whose bytes could not be read".to_owned(),
            Kind::Evicted => "bytes of old packets no longer kept".to_owned(),
        }
    }

    /// What it means and what to do, in plain words.
    pub fn about(self) -> &'static str {
        match self {
            Kind::Sum(Check::Ipv4, Verdict::Bad) => {
                "The header was changed after its sum was made: a broken card, cable or router, or a program that \
                 writes packets itself. Such packets are thrown away by whoever receives them."
            }
            Kind::Sum(_, Verdict::Bad) => {
                "The bytes were changed after the sum was made: the receiver throws the packet away without a word, \
                 and TCP sends it again. If only packets of one sender are hit and the capture was made there, its \
                 network card computes the sums later (offload): not an error."
            }
            Kind::Sum(_, Verdict::Partial) => {
                "The sum holds the pseudo-header only: the sender left the rest to its network card, and the capture \
                 was made before the card. Nothing is wrong; capture at the other end to see the sum as sent."
            }
            Kind::Sum(..) => {
                "The capture lacks some of the bytes that the sum covers (cut by the snap length, or one fragment of \
                 several). Capture with a larger snap length to have it checked."
            }
            Kind::Packet(Problem::Malformed) => {
                "A layer does not follow its format: it ends too early or holds values that cannot be. A faulty or \
                 hostile sender, or another protocol on a well-known port (then decode it as something else)."
            }
            Kind::Packet(Problem::Truncated) => {
                "The capture holds less than was on the wire. Capture with a larger snap length (-s 0) to see the rest."
            }
            Kind::Packet(Problem::Length) => {
                "Two layers claim different lengths for the same bytes. One of them is wrong: a faulty sender, or an \
                 attempt to slip something past a firewall."
            }
            Kind::Packet(Problem::Unusual) => {
                "Allowed by the standards, but rare enough to deserve a look: options out of place, reserved bits, \
                 odd addresses."
            }
            Kind::Packet(Problem::Limit) => {
                "More layers or fields than are shown of one packet. The rest of it was not looked at."
            }
            Kind::Damage => {
                "The file cannot be read as its format says at these places; packets there are missing. Was it copied \
                 whole? Was the capture still running?"
            }
            Kind::Remark => "Odd, but nothing is lost.",
            Kind::Dropped => {
                "The kernel or the card had no room for them: they were on the wire and are not in this capture. Use \
                 a capture filter, a larger buffer or a smaller snap length. What seems lost here may not be lost."
            }
            Kind::Unread => {
                "The file became shorter or could not be read while it was open: these packets have no bytes."
            }
            Kind::Evicted => {
                "The spool reached its limit and let the oldest packets' bytes go; their lines stay. Write to a file \
                 (-w) to keep everything."
            }
        }
    }

    /// How many there are.
    pub fn count(self, totals: &Totals, meta: &Meta, evicted: u64) -> u64 {
        match self {
            Kind::Sum(check, verdict) => totals.count(check, verdict),
            Kind::Packet(problem) => totals.problem(problem),
            Kind::Damage => meta.notices.iter().filter(|notice| notice.damage).count() as u64,
            Kind::Remark => meta.notices.iter().filter(|notice| !notice.damage).count() as u64,
            Kind::Dropped => meta.dropped(),
            Kind::Unread => totals.unread,
            Kind::Evicted => evicted,
        }
    }

    /// Whether its packets can be listed.
    pub fn has_packets(self) -> bool {
        matches!(self, Kind::Sum(..) | Kind::Packet(_))
    }

    /// Whether a packet is one of them.
    pub fn fits(self, flags: RowFlags) -> bool {
        match self {
            Kind::Sum(check, verdict) => flags.verdict(check) == Some(verdict),
            Kind::Packet(problem) => flags.has(problem),
            _ => false,
        }
    }
}
