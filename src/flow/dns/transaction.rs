//! One transaction: 32 bytes. What is not here is in its packets.

use super::{Heard, NONE};
use crate::base::PacketId;
use crate::decode::{DnsKind, DnsMessage, TCP};

/// How a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered.
    Answered,
    /// Answered, but later than [`PATIENCE`](super::PATIENCE).
    Late,
    /// No answer so far; the capture ends before the time is over.
    Waiting,
    /// No answer within that time, nor later.
    Unanswered,
    /// No answer in the capture, which lacks bytes that the other side sent after the query:
    /// an answer may be among them.
    Uncaptured,
    /// An answer without a query.
    Unasked,
    /// No answer, and an ICMP error says why: the query did not arrive, or nobody has the port.
    Refused,
    /// An answer that repeats another question than was asked.
    Mismatched,
    /// A query of multicast DNS that nobody answered, or an announcement.
    Multicast,
}

impl Outcome {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Late => "late",
            Outcome::Waiting => "waiting",
            Outcome::Unanswered => "unanswered",
            Outcome::Uncaptured => "uncaptured",
            Outcome::Unasked => "unasked",
            Outcome::Refused => "refused",
            Outcome::Mismatched => "mismatched",
            Outcome::Multicast => "multicast",
        }
    }
}

mod bits {
    /// The kind, in two bits: [`MULTICAST`] stands for multicast DNS proper.
    pub const KIND: u8 = 0x03;
    /// Its first message went from B to A.
    pub const BY_B: u8 = 0x04;
    pub const UNASKED: u8 = 0x08;
    pub const LATE: u8 = 0x10;
    pub const GIVEN_UP: u8 = 0x20;
    /// Of [`KIND`]: multicast DNS proper, where all speak to all.
    pub const MULTICAST: u8 = 0x03;
    /// What answers repeats another question; what does so is an answer by itself.
    pub const MISMATCH: u8 = 0x40;
    /// What comes instead of an answer is an ICMP error.
    pub const REFUSED: u8 = MISMATCH | LATE;
    /// Without an answer: what the other side sent is not all captured.
    pub const UNCAPTURED: u8 = LATE;
    /// The same was asked before, from another port or under another id.
    pub const RETRY: u8 = 0x80;
}

/// Of the byte that says how many messages come before.
mod more {
    pub const PLACE: u8 = 0x3f;
    /// What did not fit was asked for over TCP.
    pub const FOLLOWED: u8 = 0x40;
    pub const TCP: u8 = 0x80;
    /// DNS over HTTP/2: what TCP brings is not asked for over TCP once more.
    pub const HTTPS: u8 = TCP | FOLLOWED;
}

/// A query and its answer, or an answer that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The packet of its first message.
    pub first: PacketId,
    /// The place of that packet's flow.
    pub flow: u32,
    /// Packets from the first to the answer, or to what came in its place; 0 without one.
    answer: u32,
    /// The one before of the same asker and id; of a mismatched answer the query; over
    /// HTTP/2, where each has a stream of its own, the number of that.
    pub(super) previous: u32,
    /// Chosen by the asker.
    pub id: u16,
    pub(super) question: u16,
    /// Type of the first question, 0 without one.
    pub qtype: u16,
    /// The header's flags: the answer's, the query's while there is none.
    pub flags: u16,
    /// How often the query was sent again; 255 stands for more.
    pub repeats: u8,
    /// Answers after the first; 255 stands for more.
    pub again: u8,
    /// Messages before the first one in its packet, and two bits.
    more: u8,
    bits: u8,
}

const _: () = assert!(size_of::<Transaction>() == 32);

impl Transaction {
    pub(super) fn new(heard: &Heard<'_>, message: &DnsMessage, by_b: bool, previous: u32) -> Transaction {
        let &Heard { id: first, flow, key, place, .. } = heard;
        let port = if message.is_response() { key.dst_port } else { key.src_port };
        let over_http = message.stream != 0;
        let is_multicast = message.kind == DnsKind::Mdns && port == super::multicast::MDNS;
        let mut bits = if is_multicast { bits::MULTICAST } else { message.kind as u8 };
        let mut set = |bit: u8, is: bool| bits |= if is { bit } else { 0 };
        set(bits::BY_B, by_b);
        set(bits::UNASKED, message.is_response());
        let carried = match key.protocol {
            _ if over_http => more::HTTPS,
            TCP => more::TCP,
            _ => 0,
        };
        Transaction {
            first,
            flow,
            answer: 0,
            previous: if over_http { message.stream } else { previous },
            id: message.id,
            question: message.question,
            qtype: message.qtype,
            flags: message.flags,
            repeats: 0,
            again: 0,
            more: place.min(more::PLACE) | carried,
            bits,
        }
    }

    /// Messages before the first one in its packet.
    pub const fn place(&self) -> u8 {
        self.more & more::PLACE
    }

    /// Whether TCP carries it.
    pub const fn is_tcp(&self) -> bool {
        self.more & more::TCP != 0
    }

    /// Whether it is of multicast DNS proper, where all speak to all (RFC 6762, 6).
    pub const fn is_multicast(&self) -> bool {
        self.bits & bits::KIND == bits::MULTICAST
    }

    /// Whether the same was asked of the same server shortly before and had no
    /// answer yet: from another port or under another id.
    pub const fn is_retry(&self) -> bool {
        self.has(bits::RETRY)
    }

    pub(super) fn retries(&mut self) {
        self.bits |= bits::RETRY;
    }

    const fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Which protocol.
    pub const fn kind(&self) -> DnsKind {
        match self.bits & bits::KIND {
            0 => DnsKind::Dns,
            2 => DnsKind::Llmnr,
            _ => DnsKind::Mdns,
        }
    }

    /// Whether it asks many at once: silence says that nobody has the name.
    pub fn may_be_silent(&self) -> bool {
        self.kind() != DnsKind::Dns
    }

    /// Its first message went from its flow's B to A.
    pub const fn is_by_b(&self) -> bool {
        self.has(bits::BY_B)
    }

    /// It began with a query.
    pub const fn is_query(&self) -> bool {
        !self.has(bits::UNASKED)
    }

    /// Its answer is there.
    pub const fn is_answered(&self) -> bool {
        self.answer != 0 && !self.has(bits::MISMATCH)
    }

    /// The packet with its answer; the first message itself when that answers.
    pub fn answer(&self) -> Option<PacketId> {
        match self.answer {
            _ if !self.is_query() => Some(self.first),
            distance if self.is_answered() => Some(self.first.saturating_add(distance.into())),
            _ => None,
        }
    }

    /// Of a query without an answer the packet with one that repeats another question:
    /// who asked drops it (RFC 5452, 9.1).
    pub fn mismatch(&self) -> Option<PacketId> {
        let has = self.is_query() && self.bits & bits::REFUSED == bits::MISMATCH;
        has.then(|| self.first.saturating_add(self.answer.into()))
    }

    /// Of a query without an answer the ICMP error that says why.
    pub fn refusal(&self) -> Option<PacketId> {
        self.is_refused().then(|| self.first.saturating_add(self.answer.into()))
    }

    /// The packet with which a query is over: that of its answer, or of what came instead.
    pub fn end(&self) -> Option<PacketId> {
        self.answer().or(self.refusal())
    }

    const fn is_refused(&self) -> bool {
        self.is_query() && self.bits & bits::REFUSED == bits::REFUSED
    }

    const fn is_uncaptured(&self) -> bool {
        self.is_query() && self.answer == 0 && self.has(bits::UNCAPTURED)
    }

    /// The capture lacks bytes that the other side sent after the query.
    pub(super) fn lose(&mut self) {
        self.bits |= bits::UNCAPTURED;
    }

    /// The earlier transaction of the same asker and id.
    pub fn previous(&self) -> Option<u32> {
        self.before().filter(|_| self.is_query())
    }

    /// The same of whatever began it.
    pub(super) fn before(&self) -> Option<u32> {
        (self.previous != NONE && self.stream().is_none()).then_some(self.previous)
    }

    /// Over HTTP/2 (DNS over HTTPS, RFC 8484) the stream that query and answer share.
    pub fn stream(&self) -> Option<u32> {
        (self.more & more::HTTPS == more::HTTPS).then_some(self.previous)
    }

    /// Of an answer that repeats another question the query that it came to.
    pub fn meant(&self) -> Option<u32> {
        self.before().filter(|_| !self.is_query() && self.has(bits::MISMATCH))
    }

    /// How it stands.
    pub const fn outcome(&self) -> Outcome {
        if self.is_multicast() {
            if self.answer != 0 { Outcome::Answered } else { Outcome::Multicast }
        } else if self.has(bits::UNASKED) {
            if self.has(bits::MISMATCH) { Outcome::Mismatched } else { Outcome::Unasked }
        } else if self.is_answered() {
            if self.has(bits::LATE) { Outcome::Late } else { Outcome::Answered }
        } else if self.is_refused() {
            Outcome::Refused
        } else if self.is_uncaptured() {
            Outcome::Uncaptured
        } else if self.has(bits::GIVEN_UP) {
            Outcome::Unanswered
        } else {
            Outcome::Waiting
        }
    }

    /// The answer did not fit: asked again over TCP it would (RFC 7766).
    pub const fn is_truncated(&self) -> bool {
        self.flags & 0x8200 == 0x8200
    }

    /// The answer did not fit, and nobody asked for the rest over TCP.
    pub const fn is_left_truncated(&self) -> bool {
        self.is_truncated() && !self.is_tcp() && self.more & more::FOLLOWED == 0
    }

    /// Its rest was asked for over TCP; tells whether it had not been before.
    pub(super) fn follow(&mut self) -> bool {
        let was = self.is_left_truncated();
        if !self.is_tcp() {
            self.more |= more::FOLLOWED;
        }
        was
    }

    /// Whether the answer says that the server could not or would not answer.
    pub fn has_failed(&self) -> bool {
        self.code().is_some_and(|code| !matches!(code, 0 | 3))
    }

    /// What it asks for in short, and the type; different names may have the same.
    pub fn asks(&self) -> Option<(u16, u16)> {
        (self.question != 0).then_some((self.question, self.qtype))
    }

    /// Whether both ask the same.
    pub const fn asks_as(&self, other: &Transaction) -> bool {
        self.question != 0 && self.question == other.question && self.qtype == other.qtype
    }

    /// Code of the answer, the header's four bits.
    pub fn code(&self) -> Option<u8> {
        (self.flags & 0x8000 != 0).then_some(self.flags as u8 & 0x0f)
    }

    /// Takes the answer; tells how it stood before.
    pub(super) fn answer_by(&mut self, distance: u32, flags: u16, late: bool) -> Outcome {
        let before = self.outcome();
        (self.answer, self.flags) = (distance, flags);
        self.bits &= !(bits::GIVEN_UP | bits::REFUSED);
        if before == Outcome::Refused {
            // What is answered is given up no longer: there the bit says this.
            self.bits |= bits::GIVEN_UP;
        }
        if late {
            self.bits |= bits::LATE;
        }
        before
    }

    /// An ICMP error says that the query was not taken: the first such stays, and
    /// nobody waits for an answer any more.
    pub(super) fn refuse_by(&mut self, distance: u32) -> bool {
        let is_first = !self.is_answered() && !self.is_refused() && !self.is_uncaptured() && distance != 0;
        if is_first {
            self.answer = distance;
            self.bits |= bits::REFUSED;
        }
        is_first
    }

    /// An ICMP error came before the answer: the query was sent again after it.
    pub const fn was_refused(&self) -> bool {
        self.is_answered() && self.has(bits::GIVEN_UP)
    }

    /// A query's answer that repeats another question: the first such stays.
    pub(super) fn mismatch_by(&mut self, distance: u32) {
        if self.answer == 0 && distance != 0 && !self.is_uncaptured() {
            self.answer = distance;
            self.bits |= bits::MISMATCH;
        }
    }

    /// An answer repeats another question than the query at `place` asked.
    pub(super) fn mismatches(&mut self, place: u32) {
        self.previous = place;
        self.bits |= bits::MISMATCH;
    }

    /// The answer is none: it goes on waiting. The header's flags are the query's as far as
    /// an answer repeats them: opcode, RD and CD (RFC 1035, 4.1.1; RFC 4035, 3.2.2).
    pub(super) fn take_back(&mut self) {
        (self.answer, self.flags) = (0, self.flags & 0x7910);
        self.again = self.again.saturating_add(1);
        self.bits &= !(bits::GIVEN_UP | bits::REFUSED);
    }

    pub(super) fn give_up(&mut self) {
        self.bits |= bits::GIVEN_UP;
    }
}
