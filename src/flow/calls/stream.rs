//! The calls of a TCP flow.
//!
//! A run of new bytes that ends with PSH is a `send`: kernels set the flag on
//! the last segment of what a program wrote, and where the window is full, which
//! ends no run. What a receiver acknowledges with a closed window was not read:
//! that `recv` returns when the window opens. Repeats and keep-alives are the
//! kernel's own and make no call.

use super::bytes::{Flight, Step, What};
use super::{Call, Key, Kind, List, Outcome, Why, call};
use crate::flow::stream::Segment;
use crate::flow::{Side, flags};

/// Ends of runs that are not acknowledged yet; older ones are forgotten, and
/// what is received merges.
const RUNS: usize = 1 << 14;

/// What is known of one side.
#[derive(Debug, Default)]
struct End {
    connect: Option<Key>,
    /// Its SYN-ACK, once sent.
    answered: bool,
    accepted: bool,
    /// The `send` that may grow.
    sending: Option<Key>,
    /// Offsets behind the runs under way.
    runs: std::collections::VecDeque<i64>,
    /// The last run may grow.
    open: bool,
    /// The `recv` that may grow.
    receiving: Option<Call>,
    /// Those that wait for the window to open.
    held: Vec<Call>,
    /// Its `close` or `shutdown`, and where its FIN is.
    closing: Option<(Key, u32)>,
    reset: bool,
}

impl End {
    fn end_send(&mut self) {
        (self.sending, self.open) = (None, false);
    }
}

/// What is known of both sides.
#[derive(Debug, Default)]
pub(super) struct Stream {
    ends: [End; 2],
    midstream: bool,
    begun: bool,
}

impl Stream {
    pub(super) fn is_midstream(&self) -> bool {
        self.midstream
    }

    /// Where the `connect` calls are.
    pub(super) fn connects(&self) -> impl Iterator<Item = Key> {
        self.ends.iter().filter_map(|end| end.connect)
    }

    fn end(&mut self, side: Side) -> &mut End {
        let [a, b] = &mut self.ends;
        if side == Side::A { a } else { b }
    }

    /// `listens`: that the segment's sender listens is told elsewhere; `full`:
    /// the segment fills the window.
    pub(super) fn push(
        &mut self,
        list: &mut List,
        segment: &Segment,
        place: u32,
        step: &Step,
        (listens, full): (bool, bool),
    ) {
        let (own, other) = (segment.side(), segment.side().other());
        if !self.begun {
            self.begun = true;
            self.midstream = !segment.has(flags::SYN);
        }
        if segment.has(flags::RST) {
            self.reset(list, own, place);
            return;
        }
        if segment.has(flags::SYN) && !segment.has(flags::ACK) {
            self.again(list, own, step.syn);
        }
        if step.fresh > 0 && step.settled && step.arrived.iter().any(|flight| flight.what == What::Data) {
            // It answers all that the other has sent: a turn in the talk.
            self.end(other).end_send();
        }
        if segment.window > 0 {
            for recv in std::mem::take(&mut self.end(own).held) {
                list.insert(Call { at: place, last: place, why: Why::WindowOpened, ..recv });
            }
        }
        for flight in &step.arrived {
            self.arrived(list, own, *flight, place, segment.window == 0);
        }
        if step.syn {
            self.syn(list, segment, place, listens);
        }
        if step.fresh > 0 {
            self.send(list, own, place, step);
        }
        if segment.has(flags::PSH) && full {
            self.end(own).open = false;
        } else if segment.has(flags::PSH | flags::FIN) {
            self.end(own).end_send();
        }
        if step.fin {
            let key = list.insert(call(own, Kind::Close, Why::Fin, place));
            self.end(own).closing = Some((key, place));
        }
    }

    fn syn(&mut self, list: &mut List, segment: &Segment, place: u32, listens: bool) {
        let (own, other) = (segment.side(), segment.side().other());
        if segment.has(flags::SYN) && !segment.has(flags::ACK) {
            list.insert(call(own, Kind::Socket, Why::HasSocket, place));
            let key = list.insert(call(own, Kind::Connect, Why::Seen, place));
            self.end(own).connect = Some(key);
            return;
        }
        let asked = match self.end(other).connect.and_then(|key| list.get(key)) {
            Some(connect) => connect.at,
            None => {
                list.insert(call(other, Kind::Socket, Why::HasSocket, place));
                let key = list.insert(call(other, Kind::Connect, Why::HandshakeMissing, place));
                self.end(other).connect = Some(key);
                place
            }
        };
        // Both sides may open at once; then nobody listens.
        if self.end(own).connect.is_none() {
            let made =
                [(Kind::Socket, Why::HasSocket), (Kind::Bind, Why::Answered), (Kind::Listen, Why::Answered)];
            for (kind, why) in made.into_iter().filter(|_| !listens) {
                list.insert(call(own, kind, why, asked));
            }
            self.end(own).answered = true;
        }
        self.returns(list, other, place, Outcome::Connected);
    }

    /// A side asks to connect. After a RST that is a new attempt; with the same
    /// SYN it is the kernel's, and the call that made it has not returned.
    fn again(&mut self, list: &mut List, own: Side, new: bool) {
        let reset = std::mem::take(&mut self.end(own.other()).reset);
        self.end(own).reset = false;
        if let Some(connect) = self.end(own).connect.and_then(|key| list.get_mut(key))
            && matches!(connect.returned, Some((_, Outcome::Refused)))
            && reset
            && !new
        {
            connect.returned = None;
        }
    }

    pub(super) fn returns(&mut self, list: &mut List, side: Side, place: u32, outcome: Outcome) {
        if let Some(connect) = self.end(side).connect.and_then(|key| list.get_mut(key))
            && connect.returned.is_none()
        {
            connect.returned = Some((place, outcome));
            connect.last = connect.last.max(place);
        }
    }

    fn send(&mut self, list: &mut List, side: Side, place: u32, step: &Step) {
        let bytes = u64::from(step.fresh);
        if let Some(send) = self.end(side).sending.and_then(|key| list.get_mut(key)) {
            send.bytes += bytes;
            send.last = place;
        } else {
            let key = list.insert(Call { bytes, ..call(side, Kind::Send, Why::Handed, place) });
            self.end(side).sending = Some(key);
        }
        let end = self.end(side);
        match end.runs.back_mut().filter(|_| end.open) {
            Some(last) => *last = step.end.max(*last),
            None => end.runs.push_back(step.end),
        }
        end.open = true;
        if end.runs.len() > RUNS {
            end.runs.pop_front();
        }
    }

    /// `side` acknowledges what the other has sent.
    fn arrived(&mut self, list: &mut List, side: Side, flight: Flight, place: u32, closed: bool) {
        match flight.what {
            What::Syn => {
                let other = self.end(side.other());
                if other.answered && !other.accepted {
                    other.accepted = true;
                    list.insert(call(side.other(), Kind::Accept, Why::HandshakeDone, place));
                }
            }
            What::Data => self.receive(list, side, flight, place, closed),
            What::Fin => {
                self.end_receive(list, side, closed);
                self.end(side).receiving =
                    Some(Call { last: place, ..call(side, Kind::Recv, Why::Arrived, flight.at) });
                self.end_receive(list, side, closed);
                let shut = self.end(side).closing.and_then(|(key, _)| list.get(key));
                if shut.is_some_and(|call| call.kind == Kind::Shutdown) {
                    list.insert(call(side, Kind::Close, Why::BothFins, place));
                }
            }
        }
    }

    fn receive(&mut self, list: &mut List, side: Side, flight: Flight, place: u32, closed: bool) {
        if let Some((key, fin)) = self.end(side).closing
            && flight.at > fin
            && let Some(close) = list.get_mut(key)
        {
            (close.kind, close.why) = (Kind::Shutdown, Why::StillReceives);
        }
        let new = Call { bytes: 0, ..call(side, Kind::Recv, Why::Arrived, flight.at) };
        let recv = self.end(side).receiving.get_or_insert(new);
        recv.bytes += flight.bytes();
        recv.at = recv.at.max(flight.at);
        recv.last = place;
        let other = self.end(side.other());
        let is_open = other.open;
        let mut whole = false;
        // The newest run may still grow.
        while other.runs.front().is_some_and(|end| *end <= flight.end) && !(is_open && other.runs.len() == 1)
        {
            other.runs.pop_front();
            whole = true;
        }
        if whole {
            self.end_receive(list, side, closed);
        }
    }

    /// `closed`: the side has no room, and so has not read.
    fn end_receive(&mut self, list: &mut List, side: Side, closed: bool) {
        let end = self.end(side);
        let Some(recv) = end.receiving.take() else { return };
        if closed || !end.held.is_empty() {
            end.held.push(recv);
        } else {
            list.insert(recv);
        }
    }

    fn reset(&mut self, list: &mut List, own: Side, place: u32) {
        let other = own.other();
        if self.end(own).reset || self.end(other).reset {
            return;
        }
        self.end(own).reset = true;
        let connecting = self.end(other).connect.and_then(|key| list.get(key));
        if connecting.is_some_and(|connect| connect.returned.is_none()) {
            self.returns(list, other, place, Outcome::Refused);
            list.insert(call(own, Kind::Reset, Why::NothingListens, place));
            return;
        }
        for side in [own, other] {
            self.end_receive(list, side, false);
        }
        let closed = self.end(own).closing.is_some();
        let (kind, why) = if closed { (Kind::Reset, Why::AfterClose) } else { (Kind::Abort, Why::Aborted) };
        list.insert(call(own, kind, why, place));
        if self.end(other).closing.is_none() {
            list.insert(call(other, Kind::Reset, Why::PeerReset, place));
        }
    }

    pub(super) fn finish(&mut self, list: &mut List) {
        for side in [Side::A, Side::B] {
            self.end_receive(list, side, false);
        }
    }
}
