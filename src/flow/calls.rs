//! The socket calls that the packets of a flow imply, per side.
//!
//! Owns the words for them and why each is believed. A capture shows segments,
//! never calls: what a segment could not exist without is told as seen, all
//! else as inferred, with its reason. Pure; knows no bytes and no screen.

mod bytes;
mod datagram;
mod stream;

use super::entry::{Side, flags};
use super::stream::Segment;
use crate::decode::{Note, Notes, Sack};
use bytes::Bytes;
pub use bytes::Repeat;
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// A socket call, or what the kernel tells instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes a socket.
    Socket,
    /// Gives it its port.
    Bind,
    /// Takes connections from now on.
    Listen,
    /// Opens a connection.
    Connect,
    /// Takes a connection that is complete.
    Accept,
    /// Hands bytes over to be sent.
    Send,
    /// Takes bytes that have come; 0 of them at the end of the stream.
    Recv,
    /// Sends no more, and still receives.
    Shutdown,
    /// Gives the socket up.
    Close,
    /// Gives it up so that the other side gets a RST.
    Abort,
    /// The connection is gone: the next call fails.
    Reset,
    /// Sends one datagram.
    SendTo,
    /// Takes one datagram.
    RecvFrom,
}

impl Kind {
    /// As the call is written.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Socket => "socket",
            Kind::Bind => "bind",
            Kind::Listen => "listen",
            Kind::Connect => "connect",
            Kind::Accept => "accept",
            Kind::Send => "send",
            Kind::Recv => "recv",
            Kind::Shutdown => "shutdown",
            Kind::Close | Kind::Abort => "close",
            Kind::Reset => "reset",
            Kind::SendTo => "sendto",
            Kind::RecvFrom => "recvfrom",
        }
    }
}

impl Kind {
    /// It was made before the packet beside which it stands.
    pub const fn is_before(self) -> bool {
        matches!(self, Kind::Socket | Kind::Bind | Kind::Listen)
    }

    /// In machine output, where each kind has a word of its own.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Abort => "abort",
            kind => kind.name(),
        }
    }
}

/// Why a call is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its packets cannot be without it.
    Seen,
    /// Bytes were handed over, in one call or several.
    Handed,
    /// The window was closed until here: now the program has read.
    WindowOpened,
    /// The side has a socket: made here at the latest.
    HasSocket,
    /// A SYN was answered here: somebody listened before.
    Answered,
    /// Datagrams to this port were answered from it.
    Bound,
    /// The datagrams were answered in another flow: from another port, or
    /// what went to all hosts by one of them.
    AnsweredElsewhere,
    /// The SYN itself is not in the capture.
    HandshakeMissing,
    /// The handshake is complete: it returns now at the earliest.
    HandshakeDone,
    /// The bytes have arrived: it returns now at the earliest.
    Arrived,
    /// The side has socket and datagram: it returns now at the earliest.
    Delivered,
    /// A FIN: nothing in the capture tells whether close() or shutdown().
    Fin,
    /// The side took data after its FIN, so that its socket was still open.
    StillReceives,
    /// The side sent its FIN before and has now seen the other's.
    BothFins,
    /// A RST in the middle: unread bytes, `SO_LINGER` 0, or a program that ended.
    Aborted,
    /// A RST in answer to the SYN: nobody listens there.
    NothingListens,
    /// A RST in answer to what came after the socket was closed.
    AfterClose,
    /// The other side's RST came.
    PeerReset,
}

impl Why {
    /// Whether the call is concluded rather than seen.
    pub const fn is_inferred(self) -> bool {
        !matches!(self, Why::Seen | Why::NothingListens | Why::PeerReset)
    }

    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Why::Seen => "its packets cannot be without it",
            Why::Handed => "its bytes were handed over by now: in one call or several, PSH only hints at it",
            Why::WindowOpened => "the window was closed until here: now the program has read",
            Why::HasSocket => "the side has a socket: made here at the latest",
            Why::Answered => "the SYN is answered: somebody listened before",
            Why::Bound => "datagrams to this port are answered from it",
            Why::AnsweredElsewhere => "the host answers in another flow: this socket has taken the request",
            Why::HandshakeMissing => "the SYN is not in the capture",
            Why::HandshakeDone => "the handshake is complete: returns here at the earliest",
            Why::Arrived => "the bytes have arrived: returns here at the earliest",
            Why::Delivered => "the datagram has arrived: returns here at the earliest",
            Why::Fin => "close() or shutdown(SHUT_WR): the FIN does not tell which",
            Why::StillReceives => "shutdown(SHUT_WR), not close(): the side took data after its FIN",
            Why::BothFins => "both sides have sent their FIN: closed here at the earliest",
            Why::Aborted => "a RST: closed with unread bytes, SO_LINGER 0, or the program ended",
            Why::NothingListens => "a RST in answer to the SYN: nobody listens on this port",
            Why::AfterClose => "a RST in answer to what came after the close",
            Why::PeerReset => "the other side's RST: the next call fails with ECONNRESET",
        }
    }
}

/// What a `connect` came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0: the connection stands.
    Connected,
    /// `ECONNREFUSED`.
    Refused,
    /// Another error, by its name.
    Failed(&'static str),
}

impl Outcome {
    /// What Linux makes of an ICMP error, by the table in its `icmp.c`; `None`
    /// for one that ends nothing.
    pub const fn of_icmp(v6: bool, kind: u8, code: u8) -> Option<Outcome> {
        Some(match (v6, kind, code) {
            (false, 3, 3) | (true, 1, 4) => Outcome::Refused,
            (false, 3, 0 | 6 | 9 | 11) | (true, 1, 0) => Outcome::Failed("ENETUNREACH"),
            (false, 3, 2) => Outcome::Failed("ENOPROTOOPT"),
            // The packet was too big for a link: it is sent again, smaller.
            (false, 3, 4) => return None,
            (true, 1, 1 | 5 | 6) => Outcome::Failed("EACCES"),
            (false, 3 | 11, _) | (true, 1 | 3, _) => Outcome::Failed("EHOSTUNREACH"),
            _ => return None,
        })
    }

    /// As strace writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Connected => "0",
            Outcome::Refused => "ECONNREFUSED",
            Outcome::Failed(name) => name,
        }
    }
}

/// One call. Places count the flow's segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who made it.
    pub side: Side,
    /// Which.
    pub kind: Kind,
    /// Why it is believed.
    pub why: Why,
    /// Where it stands in time: with the segment that it makes, or that lets
    /// it return.
    pub at: u32,
    /// The first segment that belongs to it.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// Bytes that it hands over or takes.
    pub bytes: u64,
    /// `connect`: where it returned, and with what. Where an ICMP error ended
    /// it, that is the segment that the error answers.
    pub returned: Option<(u32, Outcome)>,
}

/// A call's place in time, whether it came before those that make the packet
/// there, and which of them it is.
type Key = (u32, bool, u32);

/// Calls in the order of [`Call::at`], those of one segment as they were told.
#[derive(Debug, Default)]
struct List {
    calls: BTreeMap<Key, Call>,
    told: u32,
}

impl List {
    /// Puts a call in its place, behind those of the same segment.
    fn insert(&mut self, call: Call) -> Key {
        let key = (call.at, !call.kind.is_before(), self.told);
        self.told = self.told.saturating_add(1);
        self.calls.insert(key, call);
        key
    }

    fn get(&self, key: Key) -> Option<&Call> {
        self.calls.get(&key)
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut Call> {
        self.calls.get_mut(&key)
    }

    fn at(&self, place: u32) -> impl Iterator<Item = (&Key, &Call)> {
        self.calls.range((place, false, 0)..=(place, true, u32::MAX))
    }
}

/// The calls of one flow.
#[derive(Debug, Default)]
pub struct Calls {
    list: List,
    bytes: Bytes,
    stream: stream::Stream,
    datagram: datagram::Datagram,
}

impl Calls {
    /// The next segment of a TCP flow, and what it says to have arrived beyond a
    /// gap; gives what it carries again, and the place of a segment that
    /// arrived though it was repeated. `listens`: it is known already that its sender listens.
    pub fn segment(
        &mut self,
        segment: &Segment,
        place: u32,
        (notes, sack): (Notes, &Sack),
        listens: bool,
    ) -> (SmallVec<[Repeat; 2]>, Option<u32>) {
        let step = self.bytes.push(segment, place, notes.has(Note::KeepAlive), sack);
        let full = notes.has(Note::WindowFull);
        self.stream.push(&mut self.list, segment, place, &step, (listens, full));
        (step.again, step.twice)
    }

    /// The next datagram of a UDP flow. `known`: that A and B have a socket is
    /// known already.
    pub fn datagram(&mut self, segment: &Segment, place: u32, known: [bool; 2]) {
        self.datagram.push(&mut self.list, segment, place, known);
    }

    /// The host of a side answers from another port: its socket has taken what
    /// came. `known`: that it has one is known already.
    pub fn answered_elsewhere(&mut self, side: Side, known: bool) {
        self.datagram.take(&mut self.list, side, known, Why::AnsweredElsewhere);
    }

    /// The datagram at a place was taken after all: as many answers came.
    pub fn found(&mut self, segment: &Segment, place: u32) {
        let side = segment.side().other();
        let bytes = segment.len.into();
        self.list.insert(Call { bytes, ..call(side, Kind::RecvFrom, Why::Delivered, place) });
    }

    /// The datagram at a place came again unanswered: nothing shows that it
    /// was taken.
    pub fn lost(&mut self, place: u32) {
        self.datagram.forget(place);
        let taken = self.list.at(place).find(|(_, call)| call.kind == Kind::RecvFrom);
        if let Some(key) = taken.map(|(key, _)| *key) {
            self.list.calls.remove(&key);
        }
    }

    /// An ICMP error answers the packet at a place: nobody took the datagram
    /// there, and a `connect` that made it ends.
    pub fn undelivered(&mut self, segment: &Segment, place: u32, outcome: Outcome) {
        self.lost(place);
        if segment.has(flags::SYN) && !segment.has(flags::ACK) {
            self.stream.returns(&mut self.list, segment.side(), place, outcome);
        }
    }

    /// No more segments come: what is open ends here.
    pub fn finish(&mut self) {
        self.stream.finish(&mut self.list);
    }

    /// Every call so far, in the order of [`Call::at`].
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.list.calls.values()
    }

    /// The calls that stand beside one segment.
    pub fn at(&self, place: u32) -> impl Iterator<Item = &Call> {
        self.list.at(place).map(|(_, call)| call)
    }

    /// The `connect` that returns with this segment.
    pub fn returned_at(&self, place: u32) -> Option<&Call> {
        let mut calls = self.stream.connects().filter_map(|key| self.list.get(key));
        calls.find(|call| call.returned.is_some_and(|(at, _)| at == place))
    }

    /// The flow was under way before its first segment.
    pub fn is_midstream(&self) -> bool {
        self.stream.is_midstream()
    }
}

/// A call that begins and ends with one segment.
fn call(side: Side, kind: Kind, why: Why, at: u32) -> Call {
    Call { side, kind, why, at, first: at, last: at, bytes: 0, returned: None }
}

#[cfg(test)]
#[path = "calls/tests.rs"]
mod tests;
