//! The calls of a TCP flow.
//!
//! A run of new bytes that ends with PSH is a `send`: kernels set the flag on
//! the last segment of what a program wrote. Repeats and keep-alives are the
//! kernel's own and make no call.

use super::{Call, Kind, Outcome, Why, call, insert};
use crate::flow::sequence::{Flight, Step};
use crate::flow::stream::Segment;
use crate::flow::{Side, flags};

/// Ends of runs that are not acknowledged yet; older ones are forgotten, and
/// what is received merges.
const RUNS: usize = 1 << 14;

/// What is known of one side. Indices are those of the list.
#[derive(Debug, Default)]
struct End {
    connect: Option<usize>,
    /// Its SYN-ACK, once sent.
    answered: bool,
    accepted: bool,
    /// The `send` that may grow.
    sending: Option<usize>,
    /// Offsets behind the runs under way; the last one may grow.
    runs: std::collections::VecDeque<i64>,
    /// The `recv` that may grow.
    receiving: Option<Call>,
    /// Its `close` or `shutdown`, and where its FIN is.
    closing: Option<(usize, u32)>,
    reset: bool,
}

impl End {
    fn indices(&mut self) -> impl Iterator<Item = &mut usize> {
        let closing = self.closing.as_mut().map(|(index, _)| index);
        [self.connect.as_mut(), self.sending.as_mut(), closing].into_iter().flatten()
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
    pub(super) fn connects(&self) -> impl Iterator<Item = usize> {
        self.ends.iter().filter_map(|end| end.connect)
    }

    fn end(&mut self, side: Side) -> &mut End {
        let [a, b] = &mut self.ends;
        if side == Side::A { a } else { b }
    }

    /// Inserts a call; what lies behind it moves.
    fn insert(&mut self, list: &mut Vec<Call>, call: Call) -> usize {
        let at = insert(list, call);
        if at + 1 < list.len() {
            for index in self.ends.iter_mut().flat_map(End::indices).filter(|index| **index >= at) {
                *index += 1;
            }
        }
        at
    }

    pub(super) fn push(&mut self, list: &mut Vec<Call>, segment: &Segment, place: u32, step: &Step) {
        let (own, other) = (segment.side(), segment.side().other());
        if !self.begun {
            self.begun = true;
            self.midstream = !segment.has(flags::SYN);
        }
        if segment.has(flags::RST) {
            self.reset(list, own, place);
            return;
        }
        if step.fresh > 0 && step.settled && step.arrived.iter().any(|flight| flight.bytes > 0) {
            // It answers all that the other has sent: a turn in the talk.
            self.end(other).sending = None;
        }
        for flight in &step.arrived {
            self.arrived(list, own, *flight, place);
        }
        if step.syn {
            self.syn(list, segment, place);
        }
        if step.fresh > 0 {
            self.send(list, own, place, step);
        }
        if segment.has(flags::PSH | flags::FIN) {
            self.end(own).sending = None;
        }
        if step.fin {
            let index = self.insert(list, call(own, Kind::Close, Why::Fin, place));
            self.end(own).closing = Some((index, place));
        }
    }

    fn syn(&mut self, list: &mut Vec<Call>, segment: &Segment, place: u32) {
        let (own, other) = (segment.side(), segment.side().other());
        if segment.has(flags::SYN) && !segment.has(flags::ACK) {
            self.insert(list, call(own, Kind::Socket, Why::HasSocket, place));
            let index = self.insert(list, call(own, Kind::Connect, Why::Seen, place));
            self.end(own).connect = Some(index);
            return;
        }
        let asked = match self.end(other).connect.and_then(|index| list.get(index)) {
            Some(connect) => connect.at,
            None => {
                self.insert(list, call(other, Kind::Socket, Why::HasSocket, place));
                let index = self.insert(list, call(other, Kind::Connect, Why::HandshakeMissing, place));
                self.end(other).connect = Some(index);
                place
            }
        };
        // Both sides may open at once; then nobody listens.
        if self.end(own).connect.is_none() {
            for (kind, why) in
                [(Kind::Socket, Why::HasSocket), (Kind::Bind, Why::Answered), (Kind::Listen, Why::Answered)]
            {
                self.insert(list, call(own, kind, why, asked));
            }
            self.end(own).answered = true;
        }
        self.returns(list, other, place, Outcome::Connected);
    }

    fn returns(&mut self, list: &mut [Call], side: Side, place: u32, outcome: Outcome) {
        if let Some(connect) = self.end(side).connect.and_then(|index| list.get_mut(index))
            && connect.returned.is_none()
        {
            connect.returned = Some((place, outcome));
            connect.last = connect.last.max(place);
        }
    }

    fn send(&mut self, list: &mut Vec<Call>, side: Side, place: u32, step: &Step) {
        let bytes = u64::from(step.fresh);
        if let Some(send) = self.end(side).sending.and_then(|index| list.get_mut(index)) {
            send.bytes += bytes;
            send.last = place;
            if let Some(end) = self.end(side).runs.back_mut() {
                *end = step.end.max(*end);
            }
            return;
        }
        let index = self.insert(list, Call { bytes, ..call(side, Kind::Send, Why::Seen, place) });
        let end = self.end(side);
        end.sending = Some(index);
        end.runs.push_back(step.end);
        if end.runs.len() > RUNS {
            end.runs.pop_front();
        }
    }

    /// `side` acknowledges what the other has sent.
    fn arrived(&mut self, list: &mut Vec<Call>, side: Side, flight: Flight, place: u32) {
        if flight.syn {
            let other = self.end(side.other());
            if other.answered && !other.accepted {
                other.accepted = true;
                self.insert(list, call(side.other(), Kind::Accept, Why::HandshakeDone, place));
            }
        }
        if flight.bytes > 0 {
            self.receive(list, side, flight, place);
        }
        if flight.fin {
            self.end_receive(list, side);
            let end = Call { last: place, ..call(side, Kind::Recv, Why::Arrived, flight.at) };
            self.insert(list, end);
            let shut = self.end(side).closing.and_then(|(index, _)| list.get(index));
            if shut.is_some_and(|call| call.kind == Kind::Shutdown) {
                self.insert(list, call(side, Kind::Close, Why::BothFins, place));
            }
        }
    }

    fn receive(&mut self, list: &mut Vec<Call>, side: Side, flight: Flight, place: u32) {
        if let Some((index, fin)) = self.end(side).closing
            && flight.at > fin
            && let Some(close) = list.get_mut(index)
        {
            (close.kind, close.why) = (Kind::Shutdown, Why::StillReceives);
        }
        let new = Call { bytes: 0, ..call(side, Kind::Recv, Why::Arrived, flight.at) };
        let recv = self.end(side).receiving.get_or_insert(new);
        recv.bytes += u64::from(flight.bytes);
        recv.at = recv.at.max(flight.at);
        recv.last = place;
        let other = self.end(side.other());
        let is_open = other.sending.is_some();
        let mut whole = false;
        // The newest run may still grow.
        while other.runs.front().is_some_and(|end| *end <= flight.end) && !(is_open && other.runs.len() == 1)
        {
            other.runs.pop_front();
            whole = true;
        }
        if whole {
            self.end_receive(list, side);
        }
    }

    fn end_receive(&mut self, list: &mut Vec<Call>, side: Side) {
        if let Some(recv) = self.end(side).receiving.take() {
            self.insert(list, recv);
        }
    }

    fn reset(&mut self, list: &mut Vec<Call>, own: Side, place: u32) {
        let other = own.other();
        if self.end(own).reset || self.end(other).reset {
            return;
        }
        self.end(own).reset = true;
        let connecting = self.end(other).connect.and_then(|index| list.get(index));
        if connecting.is_some_and(|connect| connect.returned.is_none()) {
            self.returns(list, other, place, Outcome::Refused);
            self.insert(list, call(own, Kind::Reset, Why::NothingListens, place));
            return;
        }
        for side in [own, other] {
            self.end_receive(list, side);
        }
        let closed = self.end(own).closing.is_some();
        let (kind, why) = if closed { (Kind::Reset, Why::AfterClose) } else { (Kind::Abort, Why::Aborted) };
        self.insert(list, call(own, kind, why, place));
        if self.end(other).closing.is_none() {
            self.insert(list, call(other, Kind::Reset, Why::PeerReset, place));
        }
    }

    pub(super) fn finish(&mut self, list: &mut Vec<Call>) {
        for side in [Side::A, Side::B] {
            self.end_receive(list, side);
        }
    }
}
