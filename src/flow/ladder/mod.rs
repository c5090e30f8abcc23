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
mod repeats;
mod rows;
mod words;

pub use canvas::{Span, Tone};
pub use draw::View;
pub use hosts::Host;
pub use rows::{Pauses, Row};
pub use words::{call_text, mark_text, pause_text};

use super::calls::{Call, Calls, Kind};
use super::entry::{Flow, Side, flags};
use super::sequence::{Mark, Sequence};
use super::stream::Segment;
use crate::base::Timestamp;
use crate::decode::{FlowKey, TCP, UDP};
use hosts::{Hosts, Lane};
use repeats::Repeats;
use rows::Rows;

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
    lanes: [Lane; 2],
    sequence: Sequence,
    repeats: Repeats,
    /// The sequence numbers that count as 0, as Wireshark has them.
    bases: [Option<u32>; 2],
}

/// One packet of one flow.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    /// Which of the ladder's flows.
    pub flow: u32,
    /// Its transport header.
    pub segment: Segment,
    /// When it was captured.
    pub time: Timestamp,
}

/// Packets of flows between hosts.
#[derive(Debug, Default)]
pub struct Ladder {
    hosts: Hosts,
    flows: Vec<Traced>,
    arrows: Vec<Arrow>,
    /// What is notable, by arrow; few have anything.
    marks: Vec<(u32, Mark)>,
    rows: Rows,
}

impl Ladder {
    /// One more flow; gives the number that its packets come with.
    pub fn add(&mut self, place: u32, flow: &Flow) -> u32 {
        let (server, lanes) = (flow.server(), self.hosts.lanes(&flow.key, flow.server()));
        let traced = Traced {
            flow: place,
            key: flow.key,
            calls: Calls::default(),
            server,
            lanes,
            sequence: Sequence::default(),
            repeats: Repeats::default(),
            bases: [None; 2],
        };
        self.flows.push(traced);
        self.flows.len() as u32 - 1
    }

    /// The next packet, of the flow with this number.
    /// `digest` stands for the payload of a datagram: the same bytes have the same.
    pub fn push(&mut self, number: u32, segment: Segment, time: Timestamp, digest: u64) {
        let Some(flow) = self.flows.get_mut(number as usize) else { return };
        let Ok(at) = u32::try_from(self.arrows.len()) else { return };
        let pause = self.arrows.last().map_or(0, |last| time.since(last.time));
        self.arrows.push(Arrow { flow: number, segment, time });
        self.rows.arrow(at, pause);
        match flow.key.protocol {
            TCP => {
                flow.base(&segment);
                let step = flow.sequence.push(&segment, at);
                flow.calls.segment(&segment, at, &step);
                let reset = segment.has(flags::RST).then_some((at, Mark::Reset));
                let lost = step.lost.iter().map(|lost| (*lost, Mark::Lost(at)));
                for (at, mark) in lost.chain(step.mark.map(|mark| (at, mark))).chain(reset) {
                    put(&mut self.marks, at, mark);
                }
            }
            UDP => {
                flow.calls.datagram(&segment, at);
                if let Some((first, is_lost)) = flow.repeats.push(&segment, at, digest) {
                    put(&mut self.marks, at, Mark::Repeat(first));
                    if is_lost {
                        flow.calls.lost(first);
                        put(&mut self.marks, first, Mark::Lost(at));
                    }
                }
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

    /// What is notable about an arrow.
    pub fn mark(&self, arrow: u32) -> Option<Mark> {
        let at = self.marks.binary_search_by_key(&arrow, |(at, _)| *at).ok()?;
        self.marks.get(at).map(|(_, mark)| *mark)
    }

    /// The next arrow about which something is notable, or the one before.
    pub fn notable(&self, from: u32, forward: bool) -> Option<u32> {
        let at = if forward {
            self.marks.partition_point(|(at, _)| *at <= from)
        } else {
            self.marks.partition_point(|(at, _)| *at < from).checked_sub(1)?
        };
        self.marks.get(at).map(|(at, _)| *at)
    }

    /// The calls beside an arrow.
    pub fn calls(&self, arrow: u32) -> impl Iterator<Item = &Call> {
        let flow = self.arrows.get(arrow as usize).and_then(|arrow| self.flows.get(arrow.flow as usize));
        flow.into_iter().flat_map(move |flow| {
            flow.calls.at(arrow).iter().chain(flow.calls.returned_at(arrow).filter(|call| call.at != arrow))
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

/// Notes a mark; a loss, which is told later, stands above what was told first.
fn put(marks: &mut Vec<(u32, Mark)>, arrow: u32, mark: Mark) {
    match marks.last() {
        Some((last, _)) if *last >= arrow => match marks.binary_search_by_key(&arrow, |(at, _)| *at) {
            Ok(at) => {
                if let Some(old) = marks.get_mut(at) {
                    old.1 = mark;
                }
            }
            Err(at) => marks.insert(at, (arrow, mark)),
        },
        _ => marks.push((arrow, mark)),
    }
}

/// Calls that were made before the packet beside which they stand.
const fn is_before(call: &Call) -> bool {
    matches!(call.kind, Kind::Socket | Kind::Bind | Kind::Listen)
}

impl Traced {
    fn base(&mut self, segment: &Segment) {
        let [a, b] = &mut self.bases;
        let (own, other) = if segment.side() == Side::A { (a, b) } else { (b, a) };
        let syn = segment.has(flags::SYN);
        own.get_or_insert(if syn { segment.seq } else { segment.seq.wrapping_sub(1) });
        if segment.has(flags::ACK) {
            other.get_or_insert(segment.ack.wrapping_sub(1));
        }
    }

    /// The sequence numbers that count as 0: a side's own and the other's.
    fn bases(&self, side: Side) -> [u32; 2] {
        let [a, b] = self.bases.map(|base| base.unwrap_or(0));
        if side == Side::A { [a, b] } else { [b, a] }
    }

    /// Where calls stand before a packet, and how many lines they take: of the
    /// newest such place.
    fn prelude_news(&self) -> Option<(u32, u8)> {
        let newest = self.calls.list().iter().take(8).rev().find(|call| is_before(call))?;
        let count = |side: Side| {
            self.calls.at(newest.at).iter().filter(|call| call.side == side && is_before(call)).count()
        };
        Some((newest.at, count(Side::A).max(count(Side::B)) as u8))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
