//! What the messages of one transaction say.

use super::{DnsReader, Exchange};
use crate::base::PacketId;
use crate::decode::proto::dns::denial::{Denial, Lack};
use crate::decode::proto::dns::view::{
    Edns, Message, Record, Section, code_name, error_name, lifetime, type_name,
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
    /// The query.
    pub query: Option<DnsSide>,
    /// The answer.
    pub answer: Option<DnsSide>,
    /// The answer's records, as far as they are there.
    pub records: Vec<DnsRecord>,
    /// The ICMP error that refused the query.
    pub refused: Option<DnsRefusal>,
    /// What it says is not there.
    pub denial: Option<Denial>,
    /// Of a name in mixed case whether the answer brought its letters back
    /// unchanged: the guard against forged answers that some resolvers use.
    pub case_kept: Option<bool>,
}

impl DnsStory {
    /// Reads a transaction's packets.
    pub fn read(reader: &mut DnsReader, shared: &Shared, exchange: &Exchange) -> DnsStory {
        let refused = shared.dns_refusal(&shared.analysis(), &exchange.one);
        let mut story = DnsStory { refused, ..DnsStory::default() };
        let question = |message: &Message<'_>| {
            let question = message.questions().next()?;
            Some((question.name(), question.kind, question.class))
        };
        let asked = reader.query(shared, exchange, |message| {
            story.query = Some(DnsSide::of(&message));
            question(&message)
        });
        let told = reader.answer(shared, exchange, |message| {
            story.answer = Some(DnsSide::of(&message));
            let words = |record: Record<'_>| DnsRecord {
                section: record.section,
                name: record.name(),
                kind: record.kind,
                ttl: record.ttl,
                value: record.value(),
            };
            story.records = message.records().map(words).collect();
            story.denial = message.denial();
            question(&message)
        });
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
        story
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

/// Bits of the flags that say what is wanted: 0 asks, others announce and update.
const OPCODE: u16 = 0x7800;
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
        if let Some(DnsRefusal { by, why }) = self.refused {
            return format!("ICMP: {why}, packet {}", by + 1);
        }
        match one.outcome() {
            Outcome::Unanswered if one.mismatch().is_some() => return "no fitting answer".to_owned(),
            Outcome::Unanswered => return "no answer".to_owned(),
            Outcome::Waiting => return "no answer before the capture ends".to_owned(),
            Outcome::Multicast if self.answer.is_none() => return "asked of all".to_owned(),
            _ => {}
        }
        let code = self.code().unwrap_or(0);
        if code != 0 && code != 3 {
            return code_name(code).into_owned();
        }
        let wanted = |record: &&DnsRecord| record.kind != 46 || self.kind == 46;
        let mut words: Vec<String> = Vec::new();
        let all = self.answers().filter(wanted).count();
        for record in self.answers().filter(wanted).take(MAX_SHOWN) {
            words.push(match record.kind {
                5 => format!("→ {}", record.value),
                kind if kind == self.kind => short(&record.value),
                kind => format!("{} {}", type_name(kind), short(&record.value)),
            });
        }
        if all > MAX_SHOWN {
            words.push(format!("{} more", all - MAX_SHOWN));
        }
        let claimed = self.answer.as_ref().map_or(0, |answer| usize::from(answer.counts[1]));
        let missing = claimed.saturating_sub(self.answers().count());
        if missing > 0 {
            words.push(format!("{missing} not in the capture"));
        }
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
            _ if self.answer.as_ref().is_some_and(|answer| answer.flags & OPCODE != 0) => "done".to_owned(),
            _ if self.answer.is_some() => "no records".to_owned(),
            _ => String::new(),
        }
    }

    /// What is notable about it, each in a few words. `tcp`: its repeat over TCP;
    /// `before`: the try before it.
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
        match one.outcome() {
            Outcome::Late => notes.push("late".to_owned()),
            Outcome::Unasked => notes.push("nobody asked".to_owned()),
            _ => {}
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
        if one.again > 0 {
            let plural = if one.again == 1 { "" } else { "s" };
            notes.push(format!("{} further answer{plural}", one.again));
        }
        if one.is_truncated() {
            notes.push(match tcp {
                Some(tcp) => format!("truncated, asked over TCP in packet {}", tcp.one.first + 1),
                None => "truncated".to_owned(),
            });
        }
        if self.records.iter().any(|record| record.ttl != lifetime(record.ttl)) {
            notes.push("a TTL of 2^31 s or more counts as 0".to_owned());
        }
        let answer = self.answer.as_ref().map_or(0, |answer| answer.flags);
        for (bit, word) in [(0x0400, "authoritative"), (0x0020, "authenticated")] {
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
