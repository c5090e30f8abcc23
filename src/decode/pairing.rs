//! The words in which flows and dissectors speak of questions and answers.
//!
//! A dissector says what a message is; the flows find its partner and tell it
//! to whoever peels the packet again. Knows nothing of how they find it.

/// Which of the protocols that share the messages of DNS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DnsKind {
    /// DNS itself.
    #[default]
    Dns,
    /// Multicast DNS.
    Mdns,
    /// Link-local multicast name resolution.
    Llmnr,
}

impl DnsKind {
    /// Its protocol's name.
    pub const fn name(self) -> &'static str {
        match self {
            DnsKind::Dns => "dns",
            DnsKind::Mdns => "mdns",
            DnsKind::Llmnr => "llmnr",
        }
    }
}

/// What the flows need to know of a DNS message.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DnsMessage {
    /// The protocol.
    pub kind: DnsKind,
    /// Chosen by who asks, brought back by the answer.
    pub id: u16,
    /// The header's flags.
    pub flags: u16,
    /// Over HTTP/2 the stream that query and answer share; 0 elsewhere. RFC 8484.
    pub stream: u32,
    /// Type of the first question, 0 without one.
    pub qtype: u16,
    /// Equal in a query and its answer, whatever the case of its letters; 0
    /// without a question.
    pub question: u16,
}

impl std::fmt::Debug for DnsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let DnsMessage { kind, id, flags, stream, qtype, question } = self;
        let mut out = f.debug_struct("DnsMessage");
        out.field("kind", kind).field("id", id).field("flags", flags).field("qtype", qtype);
        out.field("question", question);
        // Most have none.
        if *stream != 0 {
            out.field("stream", stream);
        }
        out.finish()
    }
}

impl DnsMessage {
    /// Whether it answers.
    pub const fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }
}

/// Of multicast DNS, whose answers repeat no question: what is asked for, or what is
/// answered.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DnsNamed {
    /// A hash of the name; 0 where there is no more.
    pub name: u32,
    /// The type.
    pub kind: u16,
    /// No record: an NSEC record says that the name has the type.
    pub listed: bool,
}

impl DnsNamed {
    /// Those that are told together.
    pub const TOGETHER: usize = 4;
    /// Type of a question for all that a name has.
    const ANY: u16 = 255;

    /// Type of a record that says what a name has nothing of: in multicast DNS it answers
    /// for the types that are not there (RFC 6762, 6.1).
    pub const NSEC: u16 = 47;

    /// Whether what a message tells answers a question for `asked`: a record of that type, or
    /// one that says that there is none.
    pub fn answer(told: impl Iterator<Item = DnsNamed>, asked: DnsNamed) -> bool {
        let (mut denies, mut listed) = (false, false);
        for one in told.filter(|one| one.name == asked.name) {
            if !one.listed && (one.kind == asked.kind || asked.kind == DnsNamed::ANY) {
                return true;
            }
            listed |= one.listed && one.kind == asked.kind;
            denies |= !one.listed && one.kind == DnsNamed::NSEC;
        }
        denies && !listed
    }
}

impl std::fmt::Debug for DnsNamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = if self.listed { "~" } else { "" };
        write!(f, "{listed}{}/{:08x}", self.kind, self.name)
    }
}

/// What pairing found of one message. Packets are told by their number from 1,
/// lengths of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// Nothing is known.
    #[default]
    Unknown,
    /// A query, and the packet with its answer.
    Answered(u64),
    /// A query without an answer so far.
    Waiting,
    /// A query without an answer for so long that nobody waits any more.
    Unanswered,
    /// A query without an answer in the capture, which lacks bytes of the other side.
    Uncaptured,
    /// A query, and the packet with the ICMP error that it has instead of an answer.
    Refused(u64),
    /// The query of that packet once more.
    Repeat(u64),
    /// The answer to the query of that packet, and how long that took.
    Answer(u64, i64),
    /// Another answer, after that in this packet.
    Again(u64),
    /// An answer to which the capture has no query.
    Unasked,
    /// A query, the packet with an answer that repeats another question, and whether
    /// nobody waits for another any more.
    Mismatched(u64, bool),
    /// An answer that repeats another question than the query of that packet, and how
    /// long it took.
    Mismatch(u64, i64),
    /// A query to a multicast group, and the packet with the first answer.
    Heard(u64),
    /// An answer to that query to a multicast group, after so long.
    Told(u64, i64),
}

/// What the flows found of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsTold {
    /// What it is to its transaction.
    pub pairing: Pairing,
    /// The packet with the first try of the same query.
    pub tried: Option<u64>,
    /// The answer did not fit, and nobody asked for the rest over TCP.
    pub left: bool,
    /// Of an answer in several packets the one that it is whole with, and how long after
    /// the query that came.
    pub whole: Option<(u64, i64)>,
}

/// The pairing of a packet's messages, in their order; only the first few.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairings {
    found: [Pairing; Pairings::MOST],
    tried: [Option<u64>; Pairings::MOST],
    left: [bool; Pairings::MOST],
    /// Only one message of a packet goes on behind it.
    whole: Option<(u8, u64, i64)>,
}

impl Pairings {
    /// Messages of one packet whose pairing is told.
    pub const MOST: usize = 4;

    /// Sets that of the message at `place`.
    pub fn set(&mut self, place: usize, pairing: Pairing) {
        if let Some(kept) = self.found.get_mut(place) {
            *kept = pairing;
        }
    }

    /// The query at `place` was tried before, first in this packet: from another port
    /// or under another id.
    pub fn set_tried(&mut self, place: usize, packet: u64) {
        if let Some(kept) = self.tried.get_mut(place) {
            *kept = Some(packet);
        }
    }

    /// The answer at `place` did not fit, and nobody asked for the rest over TCP.
    pub fn set_left(&mut self, place: usize) {
        if let Some(kept) = self.left.get_mut(place) {
            *kept = true;
        }
    }

    /// The answer at `place` goes on, and is whole with this packet, so long after the query.
    pub fn set_whole(&mut self, place: u8, packet: u64, time: i64) {
        self.whole = Some((place, packet, time));
    }

    /// Whether one of them is a query whose answer may still come.
    pub fn waits(&self) -> bool {
        let waits = |pairing: &Pairing| matches!(pairing, Pairing::Waiting | Pairing::Mismatched(_, false));
        self.found.iter().any(waits)
    }

    /// That of the message at `place`.
    pub fn get(&self, place: usize) -> Pairing {
        self.found.get(place).copied().unwrap_or_default()
    }

    /// That of the message at `place`, with all that is told beside it.
    pub fn told(&self, place: usize) -> DnsTold {
        let left = self.left.get(place).is_some_and(|left| *left);
        let whole = self.whole.filter(|whole| usize::from(whole.0) == place);
        let whole = whole.map(|(_, packet, time)| (packet, time));
        DnsTold { pairing: self.get(place), tried: self.tried(place), left, whole }
    }

    /// The packet with the first try of the query at `place`.
    pub fn tried(&self, place: usize) -> Option<u64> {
        self.tried.get(place).copied().flatten()
    }
}
