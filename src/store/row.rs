//! What the analysis keeps of one packet.

use crate::decode::{Check, Problem, ProtocolId, Undelivered, Verdict};

/// The analysis of one packet: 10 bytes in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRow {
    /// Its innermost flow; [`PacketRow::NO_FLOW`] for none.
    pub flow: u32,
    /// Verdicts and problems.
    pub flags: RowFlags,
    /// Its innermost protocol that is not plain data.
    pub protocol: ProtocolId,
    /// It has flows besides [`PacketRow::flow`]: those around it in a tunnel,
    /// or the one that an ICMP error quotes.
    pub has_more_flows: bool,
}

impl PacketRow {
    /// No transport header.
    pub const NO_FLOW: u32 = u32::MAX;
}

/// Verdicts (three bits a check, the worst of a packet's), problems (a bit
/// each) of one packet, and whether it says that another was not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowFlags(pub u32);

const PROBLEMS: usize = 24;
const VERDICTS: u32 = (1 << (3 * Check::ALL.len())) - 1;
const REFUSAL: u32 = 1 << 23;
const UNREACHABLE: u32 = 1 << 22;
const EXPIRED: u32 = 1 << 21;
const _: () = assert!(VERDICTS & (REFUSAL | UNREACHABLE | EXPIRED) == 0);

/// From harmless to harmful; the place plus one is what a row keeps.
const RANKS: [Verdict; 5] =
    [Verdict::Good, Verdict::Absent, Verdict::Unverifiable, Verdict::Partial, Verdict::Bad];

/// A verdict's place in [`RANKS`] plus one, by the verdict's own number.
const RANK_OF: [u32; 5] = {
    let mut ranks = [0; 5];
    let mut at = 0;
    while at < RANKS.len() {
        ranks[RANKS[at] as usize] = at as u32 + 1;
        at += 1;
    }
    ranks
};

impl RowFlags {
    /// Adds the outcome of a check; the worst of several stays.
    pub fn add_verdict(&mut self, check: Check, verdict: Verdict) {
        let rank = RANK_OF.get(verdict as usize).copied().unwrap_or(0);
        let shift = check.index() * 3;
        if rank > self.0 >> shift & 7 {
            self.0 = self.0 & !(7 << shift) | rank << shift;
        }
    }

    /// Adds a problem.
    pub fn add_problem(&mut self, problem: Problem) {
        self.0 |= 1 << (PROBLEMS + problem.index());
    }

    /// The worst outcome of a check in this packet.
    pub fn verdict(self, check: Check) -> Option<Verdict> {
        let rank = self.0 >> (check.index() * 3) & 7;
        RANKS.get((rank as usize).checked_sub(1)?).copied()
    }

    /// The worst outcome of each check that the packet has.
    #[inline]
    pub fn verdicts(self) -> impl Iterator<Item = (Check, Verdict)> {
        let mut left = self.0 & VERDICTS;
        std::iter::from_fn(move || {
            let check = *Check::ALL.get(left.checked_ilog2()? as usize / 3)?;
            let found = self.verdict(check)?;
            left &= !(7 << (check.index() * 3));
            Some((check, found))
        })
    }

    /// Whether the packet has this problem.
    pub fn has(self, problem: Problem) -> bool {
        self.0 >> (PROBLEMS + problem.index()) & 1 != 0
    }

    /// It says that no socket claimed a packet.
    pub fn add_refusal(&mut self) {
        self.0 |= REFUSAL;
    }

    /// Whether it says that no socket claimed a packet.
    pub fn is_refusal(self) -> bool {
        self.0 & REFUSAL != 0
    }

    /// It is an ICMP error that says why another packet did not arrive.
    pub fn add_undelivered(&mut self, error: Undelivered) {
        self.0 |= match error {
            error if error.is_unclaimed() => REFUSAL,
            error if error.is_expired() => EXPIRED,
            _ => UNREACHABLE,
        };
    }

    /// Whether it says that the destination of a packet cannot be reached; a port
    /// that nobody has is a refusal.
    pub fn is_unreachable(self) -> bool {
        self.0 & UNREACHABLE != 0
    }

    /// Whether it says that a packet was on its way for too long.
    pub fn is_expired(self) -> bool {
        self.0 & EXPIRED != 0
    }

    /// Whether it says that another packet was not taken.
    pub fn is_about_another(self) -> bool {
        self.0 & (REFUSAL | UNREACHABLE | EXPIRED) != 0
    }

    /// A bad checksum, or any problem.
    pub fn is_troubled(self) -> bool {
        self.0 >> PROBLEMS != 0 || self.verdicts().any(|(_, verdict)| verdict == Verdict::Bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_stays_and_checks_do_not_mix() {
        let mut flags = RowFlags::default();
        assert!(!flags.is_troubled());
        for verdict in [Verdict::Good, Verdict::Bad, Verdict::Good] {
            flags.add_verdict(Check::Udp, verdict);
        }
        flags.add_verdict(Check::Icmpv6, Verdict::Partial);
        assert_eq!(flags.verdict(Check::Udp), Some(Verdict::Bad));
        assert_eq!(flags.verdict(Check::Icmpv6), Some(Verdict::Partial));
        assert_eq!(flags.verdict(Check::Tcp), None);
        let verdicts: Vec<_> = flags.verdicts().collect();
        assert_eq!(verdicts, [(Check::Icmpv6, Verdict::Partial), (Check::Udp, Verdict::Bad)]);
        for problem in Problem::ALL {
            assert!(!flags.has(problem));
            flags.add_problem(problem);
            assert!(flags.has(problem));
        }
        assert!(flags.is_troubled());
    }

    /// A refusal shares the word with verdicts and problems and must not look like one.
    #[test]
    fn a_refusal_is_neither_a_verdict_nor_trouble() {
        let mut flags = RowFlags::default();
        flags.add_verdict(Check::Tcp, Verdict::Good);
        assert!(!flags.is_refusal());
        flags.add_refusal();
        assert!(flags.is_refusal() && !flags.is_troubled());
        assert_eq!(flags.verdicts().collect::<Vec<_>>(), [(Check::Tcp, Verdict::Good)]);
        let said = |kind, code| {
            let mut flags = RowFlags::default();
            Undelivered::of(false, kind, code).into_iter().for_each(|error| flags.add_undelivered(error));
            assert!(!flags.is_troubled() && flags.verdicts().next().is_none());
            (flags.is_refusal(), flags.is_unreachable(), flags.is_expired(), flags.is_about_another())
        };
        assert_eq!(said(3, 3), (true, false, false, true));
        assert_eq!(said(3, 13), (false, true, false, true));
        assert_eq!(said(11, 0), (false, false, true, true));
        assert_eq!(said(8, 0), (false, false, false, false));
    }
}
