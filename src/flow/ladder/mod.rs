//! The ladder: time downwards, hosts across, every packet an arrow, pauses
//! drawn, the socket calls beside them.
//!
//! Owns what is drawn where. Packets come in one by one, in the order of the
//! capture, of one flow or of several; only the rows that are asked for are
//! laid out, so that a ladder of millions costs what is seen of it. Knows no
//! bytes: what a packet says is handed in as text. Knows no colours: a span of
//! text has a [`Tone`].

mod canvas;
mod draw;
mod explain;
mod hosts;
mod mark;
mod repeats;
mod rows;
mod sockets;
mod words;

pub use canvas::{Span, Tone};
pub use draw::View;
pub use hosts::Host;
pub use mark::{Again, Mark};
pub use rows::{Pauses, Row};
pub use words::{call_text, pause_text};

use super::calls::{Call, Calls, Outcome};
use super::entry::{Flow, Side, flags};
use super::stream::Segment;
use crate::base::{PacketId, Timestamp};
use crate::decode::{FlowKey, Sack, Scale, TCP, TcpFacts, UDP};
use hosts::{Hosts, Lane};
use repeats::{Repeat, Repeats};
use rows::Rows;
use sockets::{Answer, End, Sockets};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A flow in a ladder.
#[derive(Debug)]
pub struct Traced {
    /// Its place in the flow table.
    pub flow: u32,
    /// Its ends: A sent the first packet.
    pub key: FlowKey,
    /// Its socket calls; their places count the ladder's arrows.
    pub calls: Calls,
    /// What is told of the side that serves.
    pub server: Side,
    /// What A and B are called, see [`Flow::role`].
    roles: [&'static str; 2],
    /// Protocol, address and port of both ends; a host has one address here.
    ends: [End; 2],
    /// Who answered what went to all hosts.
    taker: Option<IpAddr>,
    lanes: [Lane; 2],
    repeats: Repeats,
    /// The sequence numbers that count as 0.
    bases: [u32; 2],
}

/// One packet of one flow.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    /// Which of the ladder's flows.
    pub flow: u32,
    /// Its transport header.
    pub segment: Segment,
    /// TCP: the window that it offers, scaled where the handshake says so.
    pub window: u32,
    /// TCP: how it is scaled; a SYN's is not.
    pub scale: Scale,
    /// When it was captured.
    pub time: Timestamp,
}

impl Arrow {
    /// Sequence numbers that it takes: its bytes, SYN and FIN.
    pub fn extent(&self) -> u32 {
        let has = |bit| u32::from(self.segment.has(bit));
        self.segment.len.saturating_add(has(flags::SYN) + has(flags::FIN))
    }
}

/// Packets of flows between hosts.
#[derive(Debug, Default)]
pub struct Ladder {
    hosts: Hosts,
    flows: Vec<Traced>,
    protocols: BTreeSet<u8>,
    arrows: Vec<Arrow>,
    /// What is remarked, by arrow; few have anything.
    marks: BTreeMap<u32, Mark>,
    /// Arrows of which that, or a RST, is no everyday matter.
    notable: BTreeSet<u32>,
    sockets: Sockets,
    rows: Rows,
}

/// What is known of a packet besides its transport header.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// What its connection says of a segment, and what the segment says to have
    /// arrived beyond a gap.
    Segment(TcpFacts, Sack),
    /// What stands for the bytes of a datagram: the same bytes have the same.
    Digest(u64),
    /// Nothing.
    Nothing,
}

/// A packet that an ICMP error answers.
#[derive(Clone, Copy, Debug)]
pub struct Undelivered {
    /// The packet.
    pub packet: PacketId,
    /// The error.
    pub by: PacketId,
    /// What the sender's calls make of it.
    pub outcome: Outcome,
}

impl Ladder {
    /// One more flow; gives the number that its packets come with.
    pub fn add(&mut self, place: u32, flow: &Flow) -> u32 {
        let (server, lanes) = (flow.server(), self.hosts.lanes(&flow.key, flow.server()));
        let end = |lane, address, port| (flow.key.protocol, self.hosts.first_address(lane, address), port);
        let ends = [
            end(lanes[0], flow.key.source(), flow.key.src_port),
            end(lanes[1], flow.key.destination(), flow.key.dst_port),
        ];
        let traced = Traced {
            flow: place,
            ends,
            taker: None,
            key: flow.key,
            calls: Calls::default(),
            server,
            roles: [Side::A, Side::B].map(|side| flow.role(side)),
            lanes,
            repeats: Repeats::default(),
            bases: [0; 2],
        };
        self.protocols.insert(flow.key.protocol);
        self.flows.push(traced);
        self.flows.len() as u32 - 1
    }

    /// The next packet, of the flow with this number.
    pub fn push(&mut self, number: u32, segment: Segment, time: Timestamp, told: Told) {
        let Some(flow) = self.flows.get_mut(number as usize) else { return };
        let Ok(at) = u32::try_from(self.arrows.len()) else { return };
        let pause = self.arrows.last().map_or(0, |last| time.since(last.time));
        let (facts, sack) = match told {
            Told::Segment(facts, sack) => (Some(facts), sack),
            _ => (None, Sack::default()),
        };
        let scale = match facts {
            _ if segment.has(flags::SYN) => Scale::Unused,
            facts => facts.unwrap_or_default().scale,
        };
        let window = scale.apply(segment.window);
        self.arrows.push(Arrow { flow: number, segment, window, scale, time });
        self.rows.arrow(at, pause);
        match flow.key.protocol {
            TCP => self.segment(number, &segment, at, facts.as_ref(), &sack),
            UDP => {
                let digest = if let Told::Digest(digest) = told { digest } else { at.into() };
                self.datagram(number, &segment, at, digest);
            }
            _ => {}
        }
        // A flow alone has room for the calls before its first segment.
        if let [flow] = self.flows.as_slice()
            && let Some(lines) = flow.prelude_news()
        {
            self.rows.prelude(lines.0, lines.1);
        }
    }

    fn segment(&mut self, number: u32, segment: &Segment, at: u32, facts: Option<&TcpFacts>, sack: &Sack) {
        let Some(flow) = self.flows.get_mut(number as usize) else { return };
        let side = segment.side();
        let notes = facts.map(|facts| facts.notes).unwrap_or_default();
        if let Some(facts) = facts {
            flow.set_bases(side, facts);
        }
        let end = flow.end(side);
        let listens = self.sockets.knows(&end);
        let (again, twice) = flow.calls.segment(segment, at, (notes, sack), listens);
        let [base, _] = flow.bases(side);
        if flow.server == side && segment.has(flags::SYN) && segment.has(flags::ACK) {
            self.sockets.show(end);
        }
        if segment.has(flags::RST) {
            self.notable.insert(at);
        }
        let repeats = facts.and_then(|facts| facts.repeats);
        self.put(at, |mark| {
            (mark.notes, mark.repeats, mark.of) = (notes, repeats, again.first().map(|first| first.place));
        });
        for part in again {
            let whole = self.arrow(part.place).map_or(0, |(arrow, _)| arrow.extent());
            self.put(part.place, |mark| {
                let seq = part.seq.wrapping_sub(base);
                let new = Again { arrows: (at, at), seq, len: 0, unseen: 0, lost: false };
                let again = mark.again.get_or_insert(new);
                again.arrows.1 = at;
                again.seq = again.seq.min(seq);
                again.len = again.len.saturating_add(part.len).min(whole);
                again.unseen = again.unseen.saturating_add(part.len - part.shown.min(part.len));
                again.lost = again.unseen >= whole;
            });
        }
        if let Some(arrived) = twice {
            self.arrived(arrived);
        }
    }

    fn datagram(&mut self, number: u32, segment: &Segment, at: u32, digest: u64) {
        let Some(flow) = self.flows.get(number as usize) else { return };
        let (side, first, all) =
            (segment.side(), flow.calls.iter().next().is_none(), flow.lanes[1] == Lane::All);
        if let Some(Answer { flow, taker }) = self.sockets.datagram(number, flow.ends, all, side, first)
            && let Some(asked) = self.flows.get_mut(flow as usize)
        {
            let (protocol, address, port) = asked.end(Side::B);
            asked.taker = taker;
            let known = self.sockets.show((protocol, taker.unwrap_or(address), port));
            asked.calls.answered_elsewhere(Side::B, known);
        }
        let Some(flow) = self.flows.get_mut(number as usize) else { return };
        let known = flow.ends.map(|end| self.sockets.knows(&end));
        flow.calls.datagram(segment, at, known);
        self.sockets.show(flow.end(side));
        let Some(Repeat { first, lost, arrived }) = flow.repeats.push(segment, at, digest) else { return };
        if lost {
            flow.calls.lost(first);
        }
        let found = arrived.and_then(|place| Some((place, self.arrows.get(place as usize)?.segment)));
        if let Some((place, segment)) = &found {
            flow.calls.found(segment, *place);
        }
        let again = Again { arrows: (at, at), seq: 0, len: segment.len, unseen: segment.len, lost };
        self.put(first, |mark| mark.again = Some(again));
        self.put(at, |mark| mark.of = Some(first));
        if let Some((place, _)) = found {
            self.arrived(place);
        }
    }

    /// What was told as lost has arrived.
    fn arrived(&mut self, arrow: u32) {
        if let Some(again) = self.marks.get_mut(&arrow).and_then(|mark| mark.again.as_mut()) {
            again.lost = false;
        }
    }

    /// A flow that is not in the ladder answers one that is, from another port.
    pub fn answered_elsewhere(&mut self, number: u32) {
        let Some(flow) = self.flows.get_mut(number as usize) else { return };
        let known = self.sockets.show(flow.end(Side::B));
        flow.calls.answered_elsewhere(Side::B, known);
    }

    /// An ICMP error says that a packet did not get where it was sent.
    pub fn undelivered(&mut self, error: Undelivered) {
        let from = self.arrows.partition_point(|arrow| arrow.segment.packet < error.packet);
        let of_packet = self.arrows.iter().skip(from).take_while(|one| one.segment.packet == error.packet);
        for (at, arrow) in (from as u32..).zip(of_packet.copied().collect::<Vec<_>>()) {
            let Some(flow) = self.flows.get_mut(arrow.flow as usize) else { continue };
            if matches!(flow.key.protocol, TCP | UDP) {
                flow.calls.undelivered(&arrow.segment, at, error.outcome);
                self.put(at, |mark| mark.error = Some((error.by + 1, error.outcome)));
            }
        }
    }

    /// Notes something about an arrow.
    fn put(&mut self, arrow: u32, change: impl FnOnce(&mut Mark)) {
        let mut mark = self.marks.get(&arrow).copied().unwrap_or_default();
        change(&mut mark);
        if mark == Mark::default() {
            return;
        }
        self.marks.insert(arrow, mark);
        if !mark.is_everyday() {
            self.notable.insert(arrow);
        }
    }

    /// Forgets everything but what takes rows: packets come anew.
    pub fn restart(&mut self) {
        *self = Ladder { rows: self.rows.restarted(), ..Ladder::default() };
    }

    /// No more packets come.
    pub fn finish(&mut self) {
        self.flows.iter_mut().for_each(|flow| flow.calls.finish());
    }

    /// How pauses are drawn, and whether calls take rows of their own.
    pub fn show(&mut self, pauses: Pauses, calls: bool) {
        self.rows.show(pauses, calls);
    }

    /// Its flows.
    pub fn flows(&self) -> &[Traced] {
        &self.flows
    }

    /// Its packets, in order.
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    /// Its hosts, from left to right.
    pub fn hosts(&self) -> &[Host] {
        self.hosts.all()
    }

    /// What is remarked of an arrow.
    pub fn mark(&self, arrow: u32) -> Option<Mark> {
        self.marks.get(&arrow).copied()
    }

    /// The next arrow about which something is notable, or the one before.
    pub fn notable(&self, from: u32, forward: bool) -> Option<u32> {
        if forward {
            self.notable.range(from.saturating_add(1)..).next().copied()
        } else {
            self.notable.range(..from).next_back().copied()
        }
    }

    /// The calls beside an arrow.
    pub fn calls(&self, arrow: u32) -> impl Iterator<Item = &Call> {
        let flow = self.arrows.get(arrow as usize).and_then(|arrow| self.flows.get(arrow.flow as usize));
        flow.into_iter().flat_map(move |flow| {
            flow.calls.at(arrow).chain(flow.calls.returned_at(arrow).filter(|call| call.at != arrow))
        })
    }

    /// Number of rows.
    pub fn len(&self) -> u64 {
        self.rows.len(self.arrows.len())
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.arrows.is_empty()
    }

    /// What stands in a row.
    pub fn row(&self, row: u64) -> Option<Row> {
        self.rows.row(row, self.arrows.len())
    }

    /// The row of an arrow.
    pub fn row_of(&self, arrow: u32) -> u64 {
        self.rows.row_of(arrow)
    }

    /// Nanoseconds between an arrow and the one before.
    fn pause(&self, arrow: u32) -> i64 {
        let time = |at: u32| self.arrows.get(at as usize).map(|arrow| arrow.time);
        match (time(arrow), arrow.checked_sub(1).and_then(time)) {
            (Some(this), Some(before)) => this.since(before),
            _ => 0,
        }
    }
}

impl Traced {
    /// What the connection says of a segment of `side` counts from here on.
    fn set_bases(&mut self, side: Side, facts: &TcpFacts) {
        let [a, b] = &mut self.bases;
        let (own, other) = if side == Side::A { (a, b) } else { (b, a) };
        *own = facts.seq_base;
        *other = facts.ack_base.unwrap_or(*other);
    }

    fn end(&self, side: Side) -> End {
        let [a, b] = self.ends;
        if side == Side::A { a } else { b }
    }

    /// The host that makes a side's calls: of what went to all hosts, the one
    /// that answered.
    pub fn caller(&self, side: Side) -> IpAddr {
        self.taker.filter(|_| side == Side::B).unwrap_or(self.address(side))
    }

    /// The sequence numbers that count as 0: a side's own and the other's.
    pub fn bases(&self, side: Side) -> [u32; 2] {
        let [a, b] = self.bases;
        if side == Side::A { [a, b] } else { [b, a] }
    }

    /// Where calls stand before a packet, and how many lines they take: of the
    /// newest such place.
    fn prelude_news(&self) -> Option<(u32, u8)> {
        let newest = self.calls.iter().take(8).filter(|call| call.kind.is_before()).last()?;
        let count = |side: Side| {
            self.calls.at(newest.at).filter(|call| call.side == side && call.kind.is_before()).count()
        };
        Some((newest.at, count(Side::A).max(count(Side::B)) as u8))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
