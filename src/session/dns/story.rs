//! What the messages of one transaction say.

use super::{DnsAttempt, DnsReader, DnsShort, Exchange};
use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::decode::proto::dns::denial::{Denial, Lack};
use crate::decode::proto::dns::view::{
    Edns, Message, Record, Section, code_name, error_name, is_below, kind, lifetime, multicast_class,
    opcode_name, type_name,
};
use crate::flow::dns::{Outcome, Transaction};
use crate::session::Shared;

/// A record in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// Where it stands.
    pub section: Section,
    /// The name that it belongs to.
    pub name: String,
    /// Its type.
    pub kind: u16,
    /// Seconds that it may be kept.
    pub ttl: u32,
    /// What it holds.
    pub value: String,
    /// It takes the place of all that is known of its name and type (RFC 6762, 10.2).
    pub flush: bool,
}

/// What one message says besides its question and its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsSide {
    /// The header's flags.
    pub flags: u16,
    /// Entries that its header claims: questions, answers, authority, additional.
    pub counts: [u16; 4],
    /// EDNS, where it has that.
    pub edns: Option<Edns>,
}

impl DnsSide {
    fn of(message: &Message<'_>) -> DnsSide {
        DnsSide { flags: message.flags, counts: message.counts, edns: message.edns() }
    }
}

/// What a query has instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsRefusal {
    /// The packet with the ICMP error.
    pub by: PacketId,
    /// Why, in few words.
    pub why: &'static str,
}

/// A transaction as its packets tell it. All text is the network's: not yet
/// made harmless for a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsStory {
    /// The name asked for; of an answer without a question the first record's.
    pub name: String,
    /// Type asked for, 0 where that is not known.
    pub kind: u16,
    /// Class asked for.
    pub class: u16,
    /// The asker would like the answer sent to it alone (RFC 6762, 5.4).
    pub unicast: bool,
    /// What is asked for besides: name and type.
    pub others: Vec<(String, u16)>,
    /// The query.
    pub query: Option<DnsSide>,
    /// The answer.
    pub answer: Option<DnsSide>,
    /// The answer's records, as far as they are there.
    pub records: Vec<DnsRecord>,
    /// The ICMP error that refused the query.
    pub refused: Option<DnsRefusal>,
    /// The ICMP error after which the query was sent again and answered.
    pub refused_before: Option<DnsRefusal>,
    /// Why the answer has fewer records than its header counts.
    pub short: Option<DnsShort>,
    /// The first of its messages that does not follow the format: the packet.
    pub malformed: Option<PacketId>,
    /// The connection that was to bring what did not fit, and failed.
    pub attempt: Option<DnsAttempt>,
    /// The packet on the other side of it that the capture has in the wrong order.
    pub reordered: Option<PacketId>,
    /// Of multicast DNS what the query says that the asker knows already, and what it
    /// claims (RFC 6762, 7.1 and 8.1).
    pub brought: Vec<DnsRecord>,
    /// The capture goes on: an answer may come.
    pub is_live: bool,
    /// What it says is not there.
    pub denial: Option<Denial>,
    /// Of a name in mixed case whether the answer brought its letters back
    /// unchanged: the guard against forged answers that some resolvers use.
    pub case_kept: Option<bool>,
}

impl DnsStory {
    /// Reads a transaction's packets.
    pub fn read(reader: &mut DnsReader, shared: &Shared, exchange: &Exchange) -> DnsStory {
        let mut story = DnsStory::of_capture(shared, exchange);
        let question = |message: &Message<'_>| {
            let question = message.questions().next()?;
            Some((question.name(), question.kind, question.class))
        };
        let others = |message: &Message<'_>| {
            let others = message.questions().skip(1).take(MAX_OTHERS);
            others.map(|question| (question.name(), question.kind)).collect()
        };
        let is_mdns = exchange.one.kind() == DnsKind::Mdns;
        let words = |record: Record<'_>| DnsRecord {
            section: record.section,
            name: record.name(),
            kind: record.kind,
            ttl: record.ttl,
            value: record.value(),
            flush: is_mdns && record.kind != kind::OPT && multicast_class(record.class).1,
        };
        let asked = reader.query(shared, exchange, |message| {
            story.query = Some(DnsSide::of(&message));
            if is_mdns {
                story.brought = message.records().take(MAX_BROUGHT).map(words).collect();
            }
            story.others = others(&message);
            question(&message)
        });
        let multicast = asked.as_ref().and_then(Option::as_ref).filter(|_| exchange.one.is_multicast());
        let mut is_short = false;
        let told = reader.answer(shared, exchange, |message| {
            is_short = message.is_short();
            story.answer = Some(DnsSide::of(&message));
            story.records = message.records().map(words).collect();
            story.denial = message
                .denial()
                .or_else(|| multicast.and_then(|(name, kind, _)| denied_to_all(&message, name, *kind)));
            if story.others.is_empty() {
                story.others = others(&message);
            }
            question(&message)
        });
        let id = exchange.one.answer().filter(|_| is_short);
        story.short = id.map(|id| shared.dns_short(id, exchange));
        let (asked, told) = (asked.flatten(), told.flatten());
        if let (Some((name, ..)), Some((back, ..))) = (&asked, &told) {
            let mixed = name.contains(|c: char| c.is_ascii_uppercase())
                && name.contains(|c: char| c.is_ascii_lowercase());
            story.case_kept = mixed.then(|| name == back);
        }
        match (asked.or(told), story.records.first()) {
            (Some(question), _) => (story.name, story.kind, story.class) = question,
            (None, Some(record)) => {
                (story.name, story.kind, story.class) = (record.name.clone(), record.kind, 1)
            }
            (None, None) => {}
        }
        if is_mdns {
            (story.class, story.unicast) = multicast_class(story.class);
        }
        story
    }

    /// What the capture around the transaction says of it.
    fn of_capture(shared: &Shared, exchange: &Exchange) -> DnsStory {
        let one = &exchange.one;
        let messages = [Some(one.first), one.answer()];
        let malformed = messages.into_iter().flatten().find(|id| shared.is_malformed(*id));
        let analysis = shared.analysis();
        DnsStory {
            refused: shared.dns_refusal(&analysis, one),
            refused_before: shared.dns_refused_before(&analysis, one),
            attempt: shared.dns_attempt(&analysis, exchange),
            reordered: shared.dns_reordered(&analysis, exchange),
            malformed,
            is_live: !shared.is_finished(),
            ..DnsStory::default()
        }
    }

    /// The name asked for and those that it is an alias of.
    fn aliases(&self) -> Vec<&str> {
        let mut reached = vec![self.name.as_str()];
        let mut at = 0;
        while let Some(name) = reached.get(at).copied().filter(|_| at < MAX_ALIASES) {
            at += 1;
            let own =
                self.answers().filter(|one| one.kind == kind::CNAME && one.name.eq_ignore_ascii_case(name));
            for alias in own {
                if !reached.iter().any(|known| known.eq_ignore_ascii_case(&alias.value)) {
                    reached.push(&alias.value);
                }
            }
        }
        reached
    }

    /// Which part of multicast DNS it is; nothing of other protocols.
    pub fn multicast(&self, one: &Transaction) -> Option<Multicast> {
        if !one.is_multicast() {
            return None;
        }
        let claims = self.brought.iter().any(|record| record.section == Section::Authority);
        Some(match (one.is_query(), claims) {
            (true, true) => Multicast::Probe,
            (true, false) => Multicast::Query,
            (false, _) if self.answers().next().is_some() && self.answers().all(|record| record.ttl == 0) => {
                Multicast::Goodbye
            }
            (false, _) => Multicast::Announcement,
        })
    }

    /// Records of the query that stand in a section, in a few words.
    fn brought(&self, section: Section) -> Vec<String> {
        let own = self.brought.iter().filter(|record| record.section == section);
        own.map(|record| {
            let owner = if record.name.eq_ignore_ascii_case(&self.name) { "" } else { &record.name };
            let gap = if owner.is_empty() { "" } else { " " };
            format!("{owner}{gap}{} {}", type_name(record.kind), short(&record.value))
        })
        .collect()
    }

    /// Code of the answer, with the bits of EDNS.
    pub fn code(&self) -> Option<u16> {
        let answer = self.answer.as_ref()?;
        let high = answer.edns.as_ref().map_or(0, |edns| u16::from(edns.code));
        Some(high << 4 | answer.flags & 0x0f)
    }

    /// Records of the answer section.
    pub fn answers(&self) -> impl Iterator<Item = &DnsRecord> {
        self.records.iter().filter(|record| record.section == Section::Answer)
    }

    /// Whether the answer has signatures.
    pub fn is_signed(&self) -> bool {
        self.records.iter().any(|record| record.kind == 46)
    }

    /// The name exists, but has nothing of the type asked for.
    pub fn is_no_data(&self) -> bool {
        self.denial.as_ref().is_some_and(|denial| denial.lack == Lack::NoData)
    }
}

/// What a message of multicast DNS is for (RFC 6762, 5.4, 8 and 10.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multicast {
    /// It asks.
    Query,
    /// It asks whether a name that its sender wants is another's.
    Probe,
    /// It says what there is.
    Announcement,
    /// It takes that back.
    Goodbye,
}

impl Multicast {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Multicast::Query => "query",
            Multicast::Probe => "probe",
            Multicast::Announcement => "announcement",
            Multicast::Goodbye => "goodbye",
        }
    }
}

/// The answer of multicast DNS that a name has nothing of the type asked for (RFC 6762, 6.1).
fn denied_to_all(message: &Message<'_>, name: &str, kind: u16) -> Option<Denial> {
    let mut own = message
        .records()
        .filter(|record| record.section == Section::Answer && record.name().eq_ignore_ascii_case(name));
    let denying = own.find(|record| record.denies(kind))?;
    let name = name.to_ascii_lowercase();
    Some(Denial { lack: Lack::NoData, name, kind, is_aliased: false, ttl: Some(denying.lifetime()) })
}

/// Further questions of a message, and records that a query of multicast DNS brings, that are kept.
const MAX_OTHERS: usize = 8;
const MAX_BROUGHT: usize = 64;
/// Aliases that one name may have.
const MAX_ALIASES: usize = 16;
/// Records of an answer that are shown in one line, and characters of each.
const MAX_SHOWN: usize = 8;
const MAX_LONG: usize = 80;

fn short(value: &str) -> String {
    match value.char_indices().nth(MAX_LONG) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

impl DnsStory {
    /// What came of it, in a few words: what the name leads to, or why nothing.
    pub fn result(&self, one: &Transaction) -> String {
        let opcode = (one.flags >> 11 & 0x0f) as u8;
        if opcode != 0 {
            return format!("{}: {}", opcode_name(opcode), self.outcome(one));
        }
        let goodbye = if self.multicast(one) == Some(Multicast::Goodbye) { "goodbye: " } else { "" };
        format!("{goodbye}{}", self.outcome(one))
    }

    fn outcome(&self, one: &Transaction) -> String {
        if let Some(DnsRefusal { by, why }) = self.refused {
            return format!("ICMP: {why}, packet {}", by + 1);
        }
        match one.outcome() {
            Outcome::Unanswered if one.mismatch().is_some() => return "no fitting answer".to_owned(),
            Outcome::Unanswered => return "no answer".to_owned(),
            Outcome::Uncaptured => return "no answer captured: bytes of the server are missing".to_owned(),
            Outcome::Waiting if self.is_live => return "no answer yet".to_owned(),
            Outcome::Waiting => return "no answer before the capture ends".to_owned(),
            Outcome::Multicast if self.multicast(one) == Some(Multicast::Probe) => {
                return format!("probe: claims {}", self.brought(Section::Authority).join(", "));
            }
            Outcome::Multicast if self.answer.is_none() => return "asked of all".to_owned(),
            _ => {}
        }
        let code = self.code().unwrap_or(0);
        if code != 0 && code != 3 {
            return code_name(code).into_owned();
        }
        // Signatures and what denies are told in other words, unless they were asked for.
        let aside = |kind: u16| kind == 46 || kind == 47 && one.is_multicast() && self.denial.is_some();
        let wanted = |record: &&DnsRecord| !aside(record.kind) || self.kind == record.kind;
        let aliases = self.aliases();
        let owner = |record: &DnsRecord| {
            let is_asked = |name: &&str| {
                name.eq_ignore_ascii_case(&record.name)
                    || record.kind == kind::DNAME && is_below(name, &record.name)
            };
            if aliases.iter().any(is_asked) { String::new() } else { format!("{} ", short(&record.name)) }
        };
        let mut words: Vec<String> = Vec::new();
        let all = self.answers().filter(wanted).count();
        for record in self.answers().filter(wanted).take(MAX_SHOWN) {
            let value = match record.kind {
                5 => format!("→ {}", record.value),
                kind if kind == self.kind => short(&record.value),
                kind => format!("{} {}", type_name(kind), short(&record.value)),
            };
            words.push(format!("{}{value}", owner(record)));
        }
        if all > MAX_SHOWN {
            words.push(format!("{} more", all - MAX_SHOWN));
        }
        let counted = self.answer.as_ref().map_or(0, |answer| usize::from(answer.counts[1]));
        let missing = counted.saturating_sub(self.answers().count());
        words.extend(self.short.filter(|_| missing > 0).map(|why| why.words(missing)));
        let lack =
            if code == 3 { Some(Lack::NoName) } else { self.denial.as_ref().map(|denial| denial.lack) };
        match lack {
            Some(lack) if words.is_empty() => return lack.words().to_owned(),
            Some(lack) => return format!("{}: {}", words.join(", "), lack.words()),
            None if !words.is_empty() => return words.join(", "),
            None => {}
        }
        let authority =
            |kind| self.records.iter().find(move |r| r.section == Section::Authority && r.kind == kind);
        match (one.is_truncated(), authority(2), authority(6)) {
            (true, ..) => "did not fit".to_owned(),
            (_, Some(server), None) => format!("referral to {}: ask {}", server.name, server.value),
            _ if self.answer.is_some() && one.flags & 0x7800 != 0 => "done".to_owned(),
            _ if self.answer.is_some() => "no records".to_owned(),
            _ => String::new(),
        }
    }

    /// What is notable about it, each in a few words. `tcp`: its repeat over TCP;
    /// `before`: the first of the tries before it.
    pub fn notes(
        &self,
        exchange: &Exchange,
        tcp: Option<&Exchange>,
        before: Option<&Transaction>,
    ) -> Vec<String> {
        let (mut notes, one) = (Vec::new(), &exchange.one);
        if let Some(before) = before {
            notes.push(format!("asked before in packet {}", before.first + 1));
        }
        match (one.outcome(), self.reordered) {
            (Outcome::Unasked, Some(query)) => notes.push(format!(
                "packet {} asks for it: the capture has them in the wrong order, probably",
                query + 1
            )),
            (_, Some(answer)) => notes.push(format!(
                "packet {}, just before it, answers it: the capture has them in the wrong order, probably",
                answer + 1
            )),
            (Outcome::Late, _) => notes.push("late".to_owned()),
            (Outcome::Unasked, _) => notes.push("nobody asked".to_owned()),
            _ => {}
        }
        if let Some(id) = self.malformed {
            notes.push(format!("packet {} is malformed", id + 1));
        }
        for (name, kind) in &self.others {
            notes.push(format!("asks for {} {} too", short(name), type_name(*kind)));
        }
        let known = self.brought(Section::Answer);
        if !known.is_empty() {
            let more = if known.len() > MAX_SHOWN { ", …" } else { "" };
            let known = known.into_iter().take(MAX_SHOWN).collect::<Vec<_>>().join(", ");
            notes.push(format!("knows already {known}{more}"));
        }
        if let Some(other) = exchange.mismatch.map(|id| id + 1) {
            notes.push(if one.is_query() {
                format!("the answer in packet {other} repeats another question")
            } else {
                format!("packet {other} asked another question: a resolver drops this")
            });
        }
        if one.repeats > 0 {
            notes.push(format!("sent {} times", u16::from(one.repeats) + 1));
        }
        if let Some(DnsRefusal { by, why }) = self.refused_before {
            notes.push(format!("ICMP before the answer: {why}, packet {}", by + 1));
        }
        if one.again > 0 {
            let plural = if one.again == 1 { "" } else { "s" };
            notes.push(format!("{} further answer{plural}", one.again));
        }
        if one.is_truncated() {
            notes.push(match (tcp, self.attempt) {
                (Some(tcp), _) => format!("truncated, asked over TCP in packet {}", tcp.one.first + 1),
                (None, Some(DnsAttempt { packet, why })) => {
                    format!("truncated, tried over TCP in packet {}: {why}", packet + 1)
                }
                (None, None) => "truncated".to_owned(),
            });
        }
        if self.records.iter().any(|record| record.ttl != lifetime(record.ttl)) {
            notes.push("a TTL of 2^31 s or more counts as 0".to_owned());
        }
        let answer = self.answer.as_ref().map_or(0, |answer| answer.flags);
        // The same bits say other things in LLMNR (RFC 4795, 2.1.1).
        let bits = match one.kind() {
            DnsKind::Llmnr => [(0x0400, "conflict: others have the name too"), (0x0100, "tentative")],
            _ => [(0x0400, "authoritative"), (0x0020, "authenticated")],
        };
        for (bit, word) in bits {
            if answer & bit != 0 {
                notes.push(word.to_owned());
            }
        }
        if self.is_signed() {
            notes.push("signed".to_owned());
        }
        match self.case_kept {
            Some(true) => notes.push("mixed case".to_owned()),
            Some(false) => notes.push("mixed case, changed by the answer".to_owned()),
            None => {}
        }
        if let Some((address, bits, _)) = self.edns(|edns| edns.subnet) {
            notes.push(format!("for clients in {address}/{bits}"));
        }
        let errors =
            self.answer.iter().filter_map(|answer| answer.edns.as_ref()).flat_map(|edns| &edns.errors);
        notes.extend(errors.map(|(code, text)| match text.as_str() {
            "" => error_name(*code).into_owned(),
            text => format!("{}: {text}", error_name(*code)),
        }));
        notes
    }

    /// Something that EDNS says, in the answer before the query.
    pub fn edns<T>(&self, pick: impl Fn(&Edns) -> Option<T>) -> Option<T> {
        let sides = [&self.answer, &self.query];
        sides.into_iter().flatten().filter_map(|side| side.edns.as_ref()).find_map(pick)
    }
}
