//! One line of a walk, and what it says.

use super::belong::{Near, Wanted, Why};
use super::known::{Known, above, is_at_or_above};
use super::{Asked, Owner, Part, Purpose, Told};
use crate::base::PacketId;
use crate::decode::proto::dns::view::kind::{CNAME, DNAME, DNSKEY, DS, NS, SOA};
use crate::decode::proto::dns::view::{Section, type_name};
use crate::flow::dns::Outcome;
use crate::session::Shared;
use crate::session::dns::{DnsStory, Exchange};
use std::net::IpAddr;

/// Flags of a header.
const AUTHORITATIVE: u16 = 0x0400;
const RECURSION_AVAILABLE: u16 = 0x0080;
pub(super) const RECURSION_DESIRED: u16 = 0x0100;
/// Servers of a referral that are told.
const MAX_TOLD: usize = 3;
/// Characters of a result that are told.
const MAX_RESULT: usize = 100;

/// How an address is written for those who see packets up to this one.
pub type NameOf<'a> = &'a dyn Fn(IpAddr, PacketId) -> String;

/// How the zone is known that a server answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneFrom {
    /// The answer says so.
    Answer,
    /// An answer in this packet said that the server is one of the zone's: inferred.
    Packet(PacketId),
    /// It refers to a name right below the root: inferred.
    Child,
}

/// The zone that a server answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name, in lower case.
    pub name: String,
    /// How it is known.
    pub from: ZoneFrom,
}

/// One line of a walk.
#[derive(Clone, Debug)]
pub struct DnsStep {
    /// The line that it stands under, by its place; none of the first.
    pub parent: Option<usize>,
    /// What it is.
    pub part: Part,
    /// The name asked for, as it was written; of a line above others theirs.
    pub name: String,
    /// Of a line above the queries for a server's address, the server's zone.
    pub zone_served: Option<String>,
    /// The packet that told the name of a line above others.
    pub said: Option<PacketId>,
    /// The transaction.
    pub exchange: Option<Exchange>,
    /// What its messages say.
    pub story: DnsStory,
    /// What the answer is.
    pub told: Told,
    /// What came of it, in words.
    pub result: String,
    /// What is notable about its messages, in words.
    pub notes: Vec<String>,
    /// The zone that the server answered for.
    pub zone: Option<Zone>,
    /// Why it was made.
    pub purpose: Purpose,
    /// The address that it was made from where the question went to another: taken for one
    /// of the same host's.
    pub asked_from: Option<IpAddr>,
    /// The packet of the same query before.
    pub again: Option<PacketId>,
    /// That one had an answer before this was sent.
    pub is_answered_before: bool,
    /// Packets of other open questions that it may have been made for.
    pub shared: Vec<PacketId>,
    /// Nanoseconds since the question above it all.
    pub after: i64,
    /// Nanoseconds until its answer.
    pub took: Option<i64>,
    /// The answer came after the question's own.
    pub is_after: bool,
}

impl DnsStep {
    fn new(part: Part, name: String) -> DnsStep {
        DnsStep {
            parent: None,
            part,
            name,
            zone_served: None,
            said: None,
            exchange: None,
            story: DnsStory::default(),
            told: Told::Unread,
            result: String::new(),
            notes: Vec::new(),
            zone: None,
            purpose: Purpose::Answer,
            asked_from: None,
            again: None,
            is_answered_before: false,
            shared: Vec::new(),
            after: 0,
            took: None,
            is_after: false,
        }
    }

    fn of(shared: &Shared, part: Part, exchange: Exchange, story: DnsStory, zone: Option<Zone>) -> DnsStep {
        let one = &exchange.one;
        let tcp = shared.dns_over_tcp(&shared.analysis(), &exchange);
        let told = told(&story, one.outcome(), one.is_truncated());
        let mut step = DnsStep::new(part, story.name.clone());
        step.result = match told {
            Told::Referral => referral(&story),
            _ => story.result(one),
        };
        if let Some((at, _)) = step.result.char_indices().nth(MAX_RESULT) {
            step.result.truncate(at);
            step.result.push('…');
        }
        step.notes = story.notes(&exchange, tcp.as_ref(), None);
        step.took = shared.dns_time(&exchange);
        (step.told, step.zone, step.exchange, step.story) = (told, zone, Some(exchange), story);
        step
    }

    pub(super) fn question(
        shared: &Shared,
        question: Exchange,
        story: DnsStory,
        zone: Option<Zone>,
    ) -> DnsStep {
        DnsStep::of(shared, Part::Question, question, story, zone)
    }

    /// `root`: the question above it all; `question`: the one that it was made for.
    pub(super) fn query(
        shared: &Shared,
        (root, question): (&Exchange, &Exchange),
        query: Exchange,
        story: DnsStory,
        zone: Option<Zone>,
    ) -> DnsStep {
        let mut step = DnsStep::of(shared, Part::Query, query, story, zone);
        let time = |id: PacketId| shared.record(id).map(|record| record.time);
        if let (Some(asked), Some(now)) = (time(root.one.first), time(query.one.first)) {
            step.after = now.since(asked);
        }
        let answers = query.one.answer().zip(question.one.answer());
        step.is_after = answers.is_some_and(|(mine, last)| mine > last);
        step
    }

    pub(super) fn group(wanted: &Wanted) -> DnsStep {
        let (part, zone) = match &wanted.why {
            Why::Server(zone) => (Part::Server, Some(zone.clone())),
            _ => (Part::Alias, None),
        };
        let mut step = DnsStep::new(part, wanted.name.clone());
        (step.zone_served, step.said) = (zone, Some(wanted.said));
        step
    }

    /// An authority for the name answered.
    pub(super) fn is_authority(&self) -> bool {
        let flags = self.story.answer.as_ref().map_or(0, |answer| answer.flags);
        flags & AUTHORITATIVE != 0 && self.is_known()
    }

    /// The answer's word on whether its server would ask others.
    pub(super) fn offers_recursion(&self) -> Option<bool> {
        self.story.answer.as_ref().map(|answer| answer.flags & RECURSION_AVAILABLE != 0)
    }

    /// The answer says what there is, or that there is nothing.
    pub(super) fn is_known(&self) -> bool {
        matches!(self.story.code(), Some(0 | 3))
    }

    /// The packet at whose moment it is told: the query's.
    pub fn moment(&self) -> PacketId {
        self.exchange.map_or(self.said.unwrap_or(0), |exchange| exchange.one.first)
    }

    /// Who asks, of the question; nothing of other lines.
    pub fn asker(&self, name_of: NameOf<'_>) -> String {
        match (self.part, self.exchange) {
            (Part::Question, Some(exchange)) => {
                format!("{} asks ", name_of(exchange.client().ip(), self.moment()))
            }
            _ => String::new(),
        }
    }

    /// Everything but the packets and times.
    pub fn words(&self, name_of: NameOf<'_>) -> String {
        let packet = |id: PacketId| id + 1;
        let said = self.said.map(packet).unwrap_or_default();
        match self.part {
            Part::Alias => return format!("{}, the name behind the alias (packet {said})", self.name),
            Part::Server => {
                let zone = self.zone_served.as_deref().unwrap_or_default();
                return format!("{}, server of zone {zone}: at which address? (packet {said})", self.name);
            }
            Part::Question | Part::Query => {}
        }
        let Some(exchange) = &self.exchange else { return String::new() };
        let mut text = name_of(exchange.server().ip(), self.moment());
        if let Some(zone) = &self.zone {
            let sign = if zone.from == ZoneFrom::Answer { "" } else { "~" };
            text.push_str(&format!(" (zone {sign}{})", zone.name));
        }
        match exchange.transport() {
            "udp" => {}
            "doh" => text.push_str(" over HTTPS"),
            _ => text.push_str(" over TCP"),
        }
        text.push_str(&format!(": {} {}? {}", self.name, type_name(self.story.kind), self.result));
        let mut notes: Vec<String> = Vec::new();
        if self.part == Part::Query {
            notes.extend(Some(self.purpose.words()).filter(|words| !words.is_empty()).map(str::to_owned));
            notes.extend(
                self.asked_from
                    .map(|from| format!("from {}, the same host as it seems", name_of(from, self.moment()))),
            );
            if self.is_after {
                notes.push("answered only after the question".to_owned());
            }
        }
        if let Some(before) = self.again {
            let answer = if self.is_answered_before { ", whose answer was lost or not accepted" } else { "" };
            notes.push(format!("again, as in packet {}{answer}", packet(before)));
        }
        notes.extend(self.notes.iter().cloned());
        if let Some((first, others)) = self.shared.split_first() {
            let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            notes.push(format!("perhaps for the question in packet {}{more} too", packet(*first)));
        }
        if !notes.is_empty() {
            text.push_str(&format!("  ({})", notes.join(", ")));
        }
        text
    }
}

fn told(story: &DnsStory, outcome: Outcome, is_truncated: bool) -> Told {
    let Some(answer) = &story.answer else {
        return match outcome {
            Outcome::Refused => Told::Refused,
            Outcome::Unanswered => Told::Unanswered,
            // What the capture lacks may be the answer.
            Outcome::Uncaptured => Told::Unread,
            Outcome::Waiting => Told::Waiting,
            _ => Told::Unread,
        };
    };
    let answers = |kinds: &[u16]| story.answers().any(|record| kinds.contains(&record.kind));
    match story.code() {
        Some(3) => Told::NoName,
        Some(0) => match () {
            () if answers(&[story.kind]) || story.kind == 255 && answer.counts[1] > 0 => Told::Answer,
            () if story.is_no_data() => Told::NoData,
            () if answers(&[CNAME, DNAME]) => Told::Alias,
            () if is_truncated => Told::Truncated,
            // Claimed, but cut off.
            () if answer.counts[1] > 0 => Told::Unread,
            () if is_referral(story) => Told::Referral,
            () if story.malformed.is_some() => Told::Unread,
            () => Told::NoData,
        },
        _ => Told::Error,
    }
}

fn authority(story: &DnsStory, kind: u16) -> Option<&str> {
    let mut records = story.records.iter();
    let record = records.find(|record| record.section == Section::Authority && record.kind == kind)?;
    Some(&record.name)
}

/// Whether an answer leads to other servers.
pub(super) fn is_referral(story: &DnsStory) -> bool {
    let flags = story.answer.as_ref().map_or(AUTHORITATIVE, |answer| answer.flags);
    flags & AUTHORITATIVE == 0
        && story.answers().next().is_none()
        && authority(story, NS).is_some()
        && authority(story, SOA).is_none()
}

/// Whom to ask, and where, as far as the answer itself says.
fn referral(story: &DnsStory) -> String {
    let zone = authority(story, NS).unwrap_or_default().to_ascii_lowercase();
    let servers = || {
        let mut records = story.records.iter();
        std::iter::from_fn(move || {
            records.find(|record| record.section == Section::Authority && record.kind == NS)
        })
    };
    let told = servers().take(MAX_TOLD).map(|server| {
        let glue = story.records.iter().filter(|record| {
            record.section == Section::Additional
                && matches!(record.kind, 1 | 28)
                && record.name.eq_ignore_ascii_case(&server.value)
        });
        let glue: Vec<&str> = glue.take(MAX_TOLD).map(|record| record.value.as_str()).collect();
        let name = server.value.to_ascii_lowercase();
        if glue.is_empty() { format!("{name} (no glue)") } else { format!("{name} at {}", glue.join(", ")) }
    });
    let told: Vec<String> = told.collect();
    let more = servers().count().saturating_sub(MAX_TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("referral to {zone}: ask {}{more}", told.join(" or "))
}

/// The zone that a server answered for.
pub(super) fn zone(known: &Known, exchange: &Exchange, story: &DnsStory) -> Option<Zone> {
    let name = story.name.to_ascii_lowercase();
    let flags = story.answer.as_ref().map(|answer| answer.flags);
    let said = |owner: &str| {
        let owner = owner.to_ascii_lowercase();
        is_at_or_above(&owner, &name).then_some(Zone { name: owner, from: ZoneFrom::Answer })
    };
    if flags.is_some_and(|flags| flags & AUTHORITATIVE != 0) {
        // Only the top of a zone has these.
        let mut top = story.answers().filter(|record| matches!(record.kind, NS | SOA | DNSKEY));
        let top = top.find(|record| record.name.eq_ignore_ascii_case(&name)).map(|record| &*record.name);
        let owners = [authority(story, SOA), authority(story, NS), top];
        if let Some(zone) = owners.into_iter().flatten().find_map(said) {
            return Some(zone);
        }
    }
    let child = is_referral(story).then(|| authority(story, NS).unwrap_or_default().to_ascii_lowercase());
    // A referral comes from above the zone that it leads to; so does what is said of a zone's keys.
    let from = match (&child, story.kind) {
        (Some(child), _) => above(child)?,
        (None, DS) => above(&name)?,
        (None, _) => &name,
    };
    // One that is not an authority speaks for no zone.
    let speaks = child.is_some() || flags.is_none_or(|flags| flags & AUTHORITATIVE != 0);
    if let Some((name, packet)) = known.zone_of(exchange.server().ip(), from).filter(|_| speaks) {
        return Some(Zone { name, from: ZoneFrom::Packet(packet) });
    }
    let is_top = child.is_some_and(|child| above(&child) == Some("."));
    is_top.then(|| Zone { name: ".".to_owned(), from: ZoneFrom::Child })
}

/// Why a query was made for a question.
pub(super) fn purpose(question: &Asked, owner: &Owner, query: &Asked, exchange: &Exchange) -> Purpose {
    let is_question = question.wanted.get(owner.wanted).is_some_and(|one| one.why == Why::Question);
    match (query.kind, owner.near) {
        (NS, Near::Above) if query.name == "." => Purpose::Priming,
        (DS | DNSKEY, Near::Above | Near::Name) => Purpose::Proof,
        (_, Near::Above) => Purpose::Part,
        (_, Near::Name) => Purpose::OtherType,
        (_, Near::Exact) if exchange.one.flags & RECURSION_DESIRED != 0 && is_question => Purpose::PassedOn,
        (_, Near::Exact) if is_question => Purpose::Answer,
        (_, Near::Exact) => match question.wanted.get(owner.wanted).map(|one| &one.why) {
            Some(Why::Server(_)) => Purpose::Address,
            _ => Purpose::Answer,
        },
    }
}
