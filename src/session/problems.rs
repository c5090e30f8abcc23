//! The kinds of problems: how bad each is, what it is called, what it means,
//! what usually causes it and what to look at next.
//!
//! Owns the one table of them, how many there are of each, and which packets.
//! A new kind is a variant of [`Kind`], a row in [`TABLE`] (`problems/table.rs`), and a line each in
//! [`Kind::count`] and [`Kind::fits`]. Knows nothing of how they are shown.

mod table;

pub use table::TABLE;

use super::shared::{Shared, Totals};
use crate::base::PacketId;
use crate::decode::{Check, Note, Notes, Problem, Silence, Verdict};
use crate::flow::dns::Trouble;
use crate::store::{Meta, RowFlags};

/// How bad it is: Wireshark's levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is wrong, on the network or in the capture.
    Error,
    /// Something is missing, or odd enough to look at.
    Warning,
    /// Good to know.
    Note,
    /// Nothing to worry about.
    Chat,
}

impl Severity {
    /// From the worst.
    pub const ALL: [Severity; 4] = [Severity::Error, Severity::Warning, Severity::Note, Severity::Chat];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
            Severity::Chat => "chat",
        }
    }

    /// A sign for it, so that colour never stands alone.
    pub const fn sign(self) -> &'static str {
        match self {
            Severity::Error => "✗",
            Severity::Warning => "▲",
            Severity::Note => "○",
            Severity::Chat => "·",
        }
    }
}

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A check with this outcome.
    Sum(Check, Verdict),
    /// Something about a packet besides its sums.
    Packet(Problem),
    /// What its connection says of a TCP segment.
    Tcp(Note),
    /// Something about a DNS question or its answer.
    Dns(Trouble),
    /// No socket claimed a packet: this one says so.
    Refusal,
    /// The destination of a packet cannot be reached: this one says so.
    Unreachable,
    /// A packet was on its way for too long: this one says so.
    Expired,
    /// A SYN that opens a connection and has no answer.
    Silent(Silence),
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

/// What is told of a kind.
#[derive(Debug)]
pub struct About {
    /// The kind.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// What it is called.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What usually causes it.
    pub cause: &'static str,
    /// What to look at next.
    pub next: &'static str,
    /// The display filter that comes closest; empty where there is none.
    pub filter: &'static str,
}

/// How many kinds of problems there are, chat left out.
pub fn kinds(totals: &Totals, meta: &Meta, evicted: u64) -> u64 {
    let told =
        |about: &&About| about.severity < Severity::Chat && about.kind.count(totals, meta, evicted) > 0;
    TABLE.iter().filter(told).count() as u64
}

impl Kind {
    /// What is told of it; nothing of a check's outcome that is no problem.
    pub fn about(self) -> Option<&'static About> {
        TABLE.iter().find(|about| about.kind == self)
    }

    /// How bad it is; the least where nothing is told of it.
    pub fn severity(self) -> Severity {
        self.about().map_or(Severity::Chat, |about| about.severity)
    }

    /// How many there are.
    pub fn count(self, totals: &Totals, meta: &Meta, evicted: u64) -> u64 {
        match self {
            Kind::Sum(check, verdict) => totals.count(check, verdict),
            Kind::Packet(problem) => totals.problem(problem),
            Kind::Tcp(note) => totals.note(note),
            Kind::Dns(trouble) => totals.dns.of(trouble).count,
            Kind::Refusal => totals.refusals,
            Kind::Unreachable => totals.unreachable,
            Kind::Expired => totals.expired,
            Kind::Silent(Silence::Unanswered) => totals.silent.unanswered.count,
            Kind::Silent(Silence::Waiting) => totals.silent.waiting.count,
            Kind::Damage => meta.notices.iter().filter(|notice| notice.damage).count() as u64,
            Kind::Remark => meta.notices.iter().filter(|notice| !notice.damage).count() as u64,
            Kind::Dropped => meta.dropped(),
            Kind::Unread => totals.unread,
            Kind::Evicted => evicted,
        }
    }

    /// Whether its packets can be listed.
    pub fn has_packets(self) -> bool {
        matches!(self, Kind::Sum(..) | Kind::Packet(_) | Kind::Tcp(_) | Kind::Dns(_) | Kind::Silent(_))
            || self.is_about_another()
    }

    /// Whether its packets say something of another packet.
    pub fn is_about_another(self) -> bool {
        matches!(self, Kind::Refusal | Kind::Unreachable | Kind::Expired)
    }

    /// Whether the first of its packets is counted along.
    pub fn has_first(self) -> bool {
        matches!(self, Kind::Dns(_) | Kind::Silent(_))
    }

    /// The first packet of a kind whose first is counted along.
    pub fn first(self, totals: &Totals) -> Option<PacketId> {
        match self {
            Kind::Dns(trouble) => totals.dns.of(trouble).first,
            Kind::Silent(Silence::Unanswered) => totals.silent.unanswered.first,
            Kind::Silent(Silence::Waiting) => totals.silent.waiting.first,
            _ => None,
        }
    }

    /// Whether a packet of the session is one of them.
    pub fn has(self, session: &Shared, id: PacketId) -> bool {
        match self {
            Kind::Dns(trouble) => session.dns_troubles(id).has(trouble),
            Kind::Silent(silence) => session.silence(id) == Some(silence),
            _ => session.row(id).is_some_and(|row| self.fits(row.flags, session.notes(id))),
        }
    }

    /// Whether a packet is one of them; what stands in no row is not looked for.
    pub fn fits(self, flags: RowFlags, notes: Notes) -> bool {
        match self {
            Kind::Tcp(note) => notes.has(note),
            Kind::Sum(check, verdict) => flags.verdict(check) == Some(verdict),
            Kind::Packet(problem) => flags.has(problem),
            Kind::Refusal => flags.is_refusal(),
            Kind::Unreachable => flags.is_unreachable(),
            Kind::Expired => flags.is_expired(),
            _ => false,
        }
    }
}

/// The worst that is told of a packet by itself; what its connection remarks is
/// none of it, nor what it says of another.
pub fn worst(flags: RowFlags) -> Option<Severity> {
    let fits = |about: &&About| !about.kind.is_about_another() && about.kind.fits(flags, Notes::default());
    TABLE.iter().find(fits).map(|about| about.severity)
}

/// Whether a packet is worth a look: something more than chat is told of it. Not
/// what whole captures consist of, such as sums left to the network card.
pub fn is_troubled(session: &Shared, id: PacketId) -> bool {
    let Some(row) = session.row(id) else { return false };
    let (notes, dns, silence) = (session.notes(id), session.dns_troubles(id), session.silence(id));
    TABLE.iter().filter(|about| about.severity < Severity::Chat).any(|about| match about.kind {
        Kind::Dns(trouble) => dns.has(trouble),
        Kind::Silent(found) => silence == Some(found),
        Kind::Sum(..) | Kind::Packet(_) if about.severity == Severity::Note => false,
        kind => kind.fits(row.flags, notes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{OpenOptions, open};
    use crate::decode::Registry;
    use crate::decode::sinks::Probe;
    use crate::filter::Filter;
    use crate::session::{Peeler, Session};
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn every_kind_has_one_row_and_whole_sentences() {
        let registry = Registry::default();
        let mut before = Severity::Error;
        for (at, about) in TABLE.iter().enumerate() {
            let About { kind, severity, title, meaning, cause, next, filter } = about;
            assert!(*severity >= before, "{title} stands below lighter ones");
            before = *severity;
            assert!(TABLE.iter().skip(at + 1).all(|other| other.kind != *kind), "{title} twice");
            for text in [meaning, cause, next] {
                assert!(text.ends_with('.') && !text.contains("  "), "{title}: “{text}”");
            }
            if !filter.is_empty() {
                Filter::compile(&registry, filter).unwrap();
            }
        }
        for problem in Problem::ALL {
            assert!(Kind::Packet(problem).about().is_some(), "{problem:?}");
        }
        for note in Note::ALL {
            assert!(Kind::Tcp(note).about().is_some(), "{note:?}");
        }
        for trouble in Trouble::ALL {
            assert!(Kind::Dns(trouble).about().is_some(), "{trouble:?}");
        }
        for check in Check::ALL {
            for verdict in [Verdict::Bad, Verdict::Unverifiable] {
                assert!(Kind::Sum(check, verdict).about().is_some(), "{check:?} {verdict:?}");
            }
        }
    }

    /// Every kind of a capture as it is counted, listed, and selected by its text. Gives
    /// those that it has.
    fn agree(path: &Path) -> Vec<Kind> {
        let registry = Arc::new(Registry::default());
        let session = Session::start(open(path, &OpenOptions::default()).unwrap(), Arc::clone(&registry));
        session.wait_for(u64::MAX);
        let all = session.progress().analysed;
        let totals = session.analysis().totals;
        let mut peeler = Peeler::default();
        let mut seen = Vec::new();
        for About { kind, filter, severity, .. } in TABLE.iter().filter(|about| about.kind.has_packets()) {
            let mine: Vec<u64> = (0..all).filter(|id| kind.has(&session, *id)).collect();
            let count = kind.count(&totals, &Meta::default(), 0);
            assert_eq!(mine.len() as u64, count, "{path:?}: {kind:?}");
            assert!(kind.first(&totals).is_none_or(|first| first == mine[0]), "{path:?}: {kind:?}");
            if count > 0 {
                seen.push(*kind);
            }
            let is_left_out = *severity == Severity::Note && matches!(kind, Kind::Sum(..) | Kind::Packet(_));
            if *severity < Severity::Chat && !is_left_out {
                assert!(mine.iter().all(|id| is_troubled(&session, *id)), "{path:?}: {kind:?}");
            }
            // Wireshark's status of a sum knows fewer outcomes, and is told of quoted packets too.
            if filter.is_empty() || matches!(kind, Kind::Sum(..)) {
                continue;
            }
            let mut expected = mine;
            let filter = Filter::compile(&registry, filter).unwrap();
            let mut probe = Probe::new(filter.wanted());
            let selected = (0..all).filter(|id| {
                probe.clear();
                session.peel(*id, &mut peeler, &mut probe).unwrap();
                filter.matches(&probe)
            });
            let selected: Vec<u64> = selected.collect();
            if matches!(kind, Kind::Dns(_)) {
                // Wireshark's fields are not told of messages that cannot be read to their end.
                let is_broken = |id: &u64| {
                    let flags = session.row(*id).unwrap().flags;
                    flags.has(Problem::Malformed) || flags.has(Problem::Truncated)
                };
                expected.retain(|id| selected.contains(id) || !is_broken(id));
            }
            assert_eq!(selected, expected, "{path:?}: {kind:?}");
        }
        seen
    }

    /// Catches a kind that is counted in one way, listed in another, and selected by
    /// its text in a third.
    #[test]
    fn what_is_counted_is_what_is_listed_is_what_its_text_selects() {
        let mut seen = Vec::new();
        let wanted = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_dns = ["dns", "mdns", "llmnr"].iter().any(|protocol| name.starts_with(protocol));
            name.contains(".pcap")
                && (is_dns || path.parent().is_some_and(|folder| !folder.ends_with("golden")))
        };
        for folder in ["samples", "tests/golden", "tests/transactions"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            for path in files.filter(|path| wanted(path)) {
                seen.extend(agree(&path));
            }
        }
        let dns = [
            Trouble::Unanswered,
            Trouble::Refused,
            Trouble::Truncated,
            Trouble::Unasked,
            Trouble::Repeated,
            Trouble::NoName,
        ];
        let others = [Kind::Refusal, Kind::Unreachable, Kind::Expired, Kind::Silent(Silence::Unanswered)];
        for kind in dns.into_iter().map(Kind::Dns).chain(others) {
            assert!(seen.contains(&kind), "no capture has {kind:?}");
        }
    }

    #[test]
    fn the_worst_of_a_packet_decides() {
        let mut flags = RowFlags::default();
        flags.add_verdict(Check::Udp, Verdict::Good);
        assert_eq!(worst(flags), None);
        flags.add_verdict(Check::Udp, Verdict::Partial);
        assert_eq!(worst(flags), Some(Severity::Note));
        flags.add_problem(Problem::Unusual);
        assert_eq!(worst(flags), Some(Severity::Warning));
        flags.add_problem(Problem::Length);
        assert_eq!(worst(flags), Some(Severity::Error));
    }
}
