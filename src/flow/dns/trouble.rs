//! What is wrong or odd about transactions: which kinds there are, how many of
//! each, and the first packet of each.
//!
//! Of DNS proper: over multicast silence and many answers are the rule.

use super::{Outcome, Role, Transaction};
use crate::base::PacketId;
use crate::decode::DnsKind;

/// A kind of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// A query without an answer for five seconds, and none later.
    Unanswered,
    /// An answer that says that the server could not or would not answer.
    Failed,
    /// An answer that did not fit, and the question was not repeated over TCP.
    Truncated,
    /// An answer to which the capture has no query.
    Unasked,
    /// An answer after more than five seconds.
    Late,
    /// A query sent again before an answer came, by whichever port and id.
    Repeated,
    /// A further answer.
    Again,
    /// An answer that the name does not exist.
    NoName,
    /// A query whose answer may come after the capture's end.
    Waiting,
    /// An answer that repeats another question than was asked.
    Mismatched,
    /// A query that an ICMP error answers.
    Refused,
}

impl Trouble {
    /// All, in the order of their numbers.
    pub const ALL: [Trouble; 11] = [
        Trouble::Unanswered,
        Trouble::Failed,
        Trouble::Truncated,
        Trouble::Unasked,
        Trouble::Late,
        Trouble::Repeated,
        Trouble::Again,
        Trouble::NoName,
        Trouble::Waiting,
        Trouble::Mismatched,
        Trouble::Refused,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Trouble::Unanswered => "unanswered",
            Trouble::Failed => "failed",
            Trouble::Truncated => "truncated",
            Trouble::Unasked => "unasked",
            Trouble::Late => "late",
            Trouble::Repeated => "repeated",
            Trouble::Again => "further answer",
            Trouble::NoName => "no such name",
            Trouble::Waiting => "waiting",
            Trouble::Mismatched => "mismatched",
            Trouble::Refused => "refused",
        }
    }

    /// What comes later may undo it: then the part in its transaction that a message has
    /// which is odd so.
    const fn may_pass(self) -> Option<Role> {
        match self {
            Trouble::Unanswered | Trouble::Waiting | Trouble::Refused => Some(Role::First),
            Trouble::Failed | Trouble::Truncated | Trouble::Late | Trouble::NoName => Some(Role::Answer),
            Trouble::Unasked | Trouble::Repeated | Trouble::Again | Trouble::Mismatched => None,
        }
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Troubles(pub u16);

impl Troubles {
    /// Whether one is among them.
    pub const fn has(self, trouble: Trouble) -> bool {
        self.0 >> trouble as u16 & 1 != 0
    }

    /// What a packet's message has, by its part in its transaction.
    pub fn of(role: Role, one: &Transaction) -> Troubles {
        if one.kind() != DnsKind::Dns {
            return Troubles::default();
        }
        let asks = role == Role::First && one.is_query();
        let answers = role == Role::Answer;
        let has = |trouble| match trouble {
            Trouble::Unanswered => asks && one.outcome() == Outcome::Unanswered,
            Trouble::Waiting => asks && one.outcome() == Outcome::Waiting,
            Trouble::Refused => asks && one.outcome() == Outcome::Refused,
            Trouble::Unasked => role == Role::First && one.outcome() == Outcome::Unasked,
            Trouble::Mismatched => role == Role::First && one.outcome() == Outcome::Mismatched,
            Trouble::Repeated => role == Role::Repeat || asks && one.is_retry(),
            Trouble::Again => role == Role::Again,
            Trouble::Failed => answers && one.has_failed(),
            Trouble::NoName => answers && one.code() == Some(3),
            Trouble::Late => answers && one.outcome() == Outcome::Late,
            Trouble::Truncated => answers && one.is_left_truncated(),
        };
        Troubles(Trouble::ALL.into_iter().fold(0, |all, one| all | u16::from(has(one)) << one as u16))
    }
}

/// How many there are of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TroubleCount {
    /// Packets: one with several such messages counts once.
    pub count: u64,
    /// The first packet with one, as far as that is known yet.
    pub first: Option<PacketId>,
    /// The transaction of that packet.
    place: u32,
    /// The packet that was counted last.
    last: Option<PacketId>,
}

impl TroubleCount {
    fn put(&mut self, id: PacketId, place: u32) {
        self.count += 1;
        let is_first = match self.first {
            Some(first) => id < first,
            // While another is looked for, only what stands before the search goes on.
            None => self.count == 1 || place < self.place,
        };
        if is_first {
            (self.first, self.place) = (Some(id), place);
        }
    }
}

/// Counts of all kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TroubleCounts([TroubleCount; Trouble::ALL.len()]);

impl TroubleCounts {
    /// That of one kind.
    pub fn of(&self, trouble: Trouble) -> TroubleCount {
        self.0.get(trouble as usize).copied().unwrap_or_default()
    }

    /// One more, in packet `id`, of the transaction at `place`.
    pub fn add(&mut self, trouble: Trouble, id: PacketId, place: u32) {
        if let Some(one) = self.0.get_mut(trouble as usize)
            && one.last != Some(id)
        {
            one.last = Some(id);
            one.put(id, place);
        }
    }

    /// The same for a packet of before, which does not count yet.
    pub(super) fn add_back(&mut self, trouble: Trouble, id: PacketId, place: u32) {
        if let Some(one) = self.0.get_mut(trouble as usize) {
            one.put(id, place);
        }
    }

    /// One less: no answer in packet `id` has it any longer.
    pub(super) fn take_back(&mut self, trouble: Trouble, id: PacketId) {
        let Some(one) = self.0.get_mut(trouble as usize) else { return };
        one.count = one.count.saturating_sub(1);
        if one.first == Some(id) {
            // Answers do not come in the order of their queries: any other may be the first.
            (one.first, one.place) = (None, 0);
        }
    }

    /// One less: the transaction at `place` has it no longer; but `other` may, which has
    /// a message in the same packet.
    pub(super) fn remove(&mut self, trouble: Trouble, place: u32, other: Option<u32>) {
        let Some(one) = self.0.get_mut(trouble as usize) else { return };
        match other {
            Some(other) if one.place == place => one.place = other,
            Some(_) => {}
            None => {
                one.count = one.count.saturating_sub(1);
                if one.place == place {
                    one.first = None;
                }
            }
        }
    }

    /// Looks for the first packets that are not known, among `most` transactions at the most.
    pub(super) fn search<'a>(&mut self, most: u32, get: impl Fn(u32) -> Option<&'a Transaction>) {
        for trouble in Trouble::ALL {
            let (Some(one), Some(role)) = (self.0.get_mut(trouble as usize), trouble.may_pass()) else {
                continue;
            };
            for _ in 0..most {
                if one.first.is_some() || one.count == 0 {
                    break;
                }
                let Some(next) = get(one.place) else { break };
                let packet = match role {
                    Role::Answer => next.answer().filter(|_| next.is_query() && next.is_answered()),
                    _ => Some(next.first),
                };
                one.first = packet.filter(|_| Troubles::of(role, next).has(trouble));
                one.place += u32::from(one.first.is_none());
            }
        }
    }
}
