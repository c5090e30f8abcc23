//! The kinds of problems: how bad each is, what it is called, what it means,
//! what usually causes it and what to look at next.
//!
//! Owns the one table of them, how many there are of each, and which packets.
//! A new kind is a variant of [`Kind`], a row in [`TABLE`] (`problems/table.rs`), and a line each in
//! [`Kind::count`] and [`Kind::fits`]. Knows nothing of how they are shown.

mod finder;
mod table;
mod tally;

pub use finder::Finder;
pub use table::TABLE;
pub use tally::Tally;

use super::shared::{Shared, Totals};
use crate::base::PacketId;
use crate::decode::{Check, Note, Notes, Problem, Silence, Verdict};
use crate::flow::dns::Trouble;
use crate::store::{Meta, RowFlags};
use std::borrow::Cow;

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

/// The kinds that a capture has, the worst first, and how many there are of each.
pub fn found(totals: &Totals, meta: &Meta, evicted: u64) -> impl Iterator<Item = (&'static About, u64)> {
    let counted = TABLE.iter().map(move |about| (about, about.kind.count(totals, meta, evicted)));
    counted.filter(|(_, count)| *count > 0)
}

/// How many kinds of problems there are, chat left out.
pub fn kinds(totals: &Totals, meta: &Meta, evicted: u64) -> u64 {
    found(totals, meta, evicted).filter(|(about, _)| about.severity < Severity::Chat).count() as u64
}

impl Kind {
    /// What is told of it; nothing of a check's outcome that is no problem.
    pub fn about(self) -> Option<&'static About> {
        TABLE.iter().find(|about| about.kind == self)
    }

    /// A short name for it, the same for good: scripts go by it.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Kind::Sum(check, verdict) => format!("{} {}", verdict.name(), check.name()).into(),
            Kind::Packet(problem) => problem.name().into(),
            Kind::Tcp(note) => format!("TCP {}", note.name()).into(),
            Kind::Dns(trouble) => format!("DNS {}", trouble.name()).into(),
            Kind::Refusal => "refused port".into(),
            Kind::Unreachable => "destination unreachable".into(),
            Kind::Expired => "time exceeded".into(),
            Kind::Silent(Silence::Unanswered) => "unanswered connection".into(),
            Kind::Silent(Silence::Waiting) => "waiting connection".into(),
            Kind::Damage => "damage".into(),
            Kind::Remark => "remark".into(),
            Kind::Dropped => "dropped".into(),
            Kind::Unread => "unread".into(),
            Kind::Evicted => "let go".into(),
        }
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
pub fn is_worth_a_look(session: &Shared, id: PacketId) -> bool {
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
            let named = |other: &About| other.kind != *kind && other.kind.name() == kind.name();
            assert!(!TABLE.iter().any(named), "{}: two kinds of one name", kind.name());
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

    /// Captures with a story each, and those made to have every oddity of a protocol.
    fn captures() -> Vec<std::path::PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = ["samples", "tests/golden", "tests/transactions"]
            .into_iter()
            .flat_map(|folder| root.join(folder).read_dir().unwrap());
        let is_capture = |path: &std::path::PathBuf| {
            let name = path.to_string_lossy();
            [".pcap", ".pcapng", ".pcap.gz"].iter().any(|end| name.ends_with(end))
        };
        files.map(|file| file.unwrap().path()).filter(is_capture).collect()
    }

    /// Catches a kind that is counted in one way, listed in another, and selected by
    /// its text in a third.
    #[test]
    fn what_is_counted_is_what_is_listed_is_what_its_text_selects() {
        let (mut seen, mut wrong) = (Vec::new(), Vec::new());
        let registry = Arc::new(Registry::default());
        let compiled = |about: &'static About| (about, Filter::compile(&registry, about.filter).unwrap());
        let listable = TABLE.iter().filter(|about| about.kind.has_packets());
        let filters: Vec<_> = listable.filter(|about| !about.filter.is_empty()).map(compiled).collect();
        for path in captures() {
            let name = path.display();
            let source = open(&path, &OpenOptions::default()).unwrap();
            let session = Session::start(source, Arc::clone(&registry));
            session.wait_for(u64::MAX);
            let totals = session.analysis().totals;
            let all = 0..session.progress().analysed;
            let mut tally = Tally::default();
            all.clone().for_each(|id| tally.add(&session, id));
            for kind in TABLE.iter().map(|about| about.kind).filter(|kind| kind.has_packets()) {
                let listed: Vec<u64> = all.clone().filter(|id| kind.has(&session, *id)).collect();
                let count = kind.count(&totals, &Meta::default(), 0);
                // Of DNS messages a segment may have several.
                let packets =
                    if matches!(kind, Kind::Dns(_)) { count.min(listed.len() as u64) } else { count };
                assert_eq!((listed.len() as u64, count > 0), (packets, packets > 0), "{name}: {kind:?}");
                assert!(kind.first(&totals).is_none_or(|first| first == listed[0]), "{name}: {kind:?}");
                assert_eq!(tally.of(kind), (packets, listed.first().copied()), "{name}: {kind:?}");
                let is_left_out = |about: &About| {
                    about.severity == Severity::Note && matches!(kind, Kind::Sum(..) | Kind::Packet(_))
                };
                if kind.about().is_some_and(|about| about.severity < Severity::Chat && !is_left_out(about)) {
                    assert!(listed.iter().all(|id| is_worth_a_look(&session, *id)), "{name}: {kind:?}");
                }
            }
            let mut peeler = Peeler::default();
            for (about, filter) in &filters {
                let mut probe = Probe::new(filter.wanted());
                // A layer that breaks off, or is cut off, does not come to its generated fields.
                let whole = |id: &u64| {
                    let flags = session.row(*id).unwrap().flags;
                    !flags.has(Problem::Malformed) && !flags.has(Problem::Truncated)
                };
                // An error that quotes an ICMP message has two types and codes.
                let one = |id: &u64| !(path.ends_with("icmp.pcap") && *id == 14);
                let selected = all.clone().filter(|id| {
                    probe.clear();
                    session.peel(*id, &mut peeler, &mut probe).unwrap();
                    filter.matches(&probe)
                });
                let has = |id: &u64| about.kind.has(&session, *id) && whole(id) && one(id);
                let listed: Vec<u64> = all.clone().filter(has).collect();
                let selected = selected.filter(|id| whole(id) && one(id)).collect::<Vec<_>>();
                if selected != listed {
                    wrong.push(format!("{name}: {}: {selected:?}, not {listed:?}", about.title));
                }
                if !listed.is_empty() {
                    seen.push(about.kind);
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let never: Vec<_> =
            filters.iter().map(|(about, _)| about).filter(|about| !seen.contains(&about.kind)).collect();
        println!("no capture has {:?}", never.iter().map(|about| about.title).collect::<Vec<_>>());
        for kind in [
            Kind::Refusal,
            Kind::Unreachable,
            Kind::Expired,
            Kind::Silent(Silence::Unanswered),
            Kind::Dns(Trouble::Unanswered),
            Kind::Dns(Trouble::Refused),
            Kind::Dns(Trouble::Truncated),
            Kind::Dns(Trouble::Unasked),
            Kind::Dns(Trouble::Repeated),
            Kind::Dns(Trouble::NoName),
            Kind::Sum(Check::Tcp, Verdict::Partial),
            Kind::Sum(Check::Tcp, Verdict::Bad),
            Kind::Sum(Check::Ipv4, Verdict::Partial),
        ] {
            assert!(seen.contains(&kind), "no sample has {kind:?}");
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
