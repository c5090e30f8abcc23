//! A block of packets as workers peel it: all that can be said of each packet
//! without regard to any other.

use super::peeler::Peeler;
use super::shared::{Shared, Totals};
use super::statistics::Tally;
use crate::base::PacketId;
use crate::capture::Record;
use crate::decode::sinks::Summary;
use crate::decode::{Event, Facts, PathId, Paths};
use crate::flow::{Hasher, KeyHash};
use crate::store::{PacketRow, RowFlags};

/// One packet of a block.
pub(super) struct Peeled {
    /// Its row, but for the flow.
    pub row: PacketRow,
    /// The hash of its flow, when it has exactly one; in a tunnel there are more.
    pub hash: Option<KeyHash>,
    /// Its nesting, among the block's paths.
    pub path: PathId,
    /// Where its events end.
    events: u32,
}

/// Packets in the order of the capture. Its buffers are used again and again.
#[derive(Default)]
pub(super) struct Block {
    pub first: PacketId,
    pub end: PacketId,
    /// Counts over its packets.
    pub totals: Totals,
    /// More counts over its packets.
    pub tally: Tally,
    packets: Vec<Peeled>,
    /// Of all its packets, those that concern flows.
    events: Vec<Event>,
    summary: Summary,
    records: Vec<Record>,
}

impl Block {
    /// Empties it, for the packets from `first` to before `end`.
    pub fn begin(&mut self, first: PacketId, end: PacketId) {
        (self.first, self.end) = (first, end);
        self.totals = Totals::default();
        self.tally.clear();
        self.packets.clear();
        self.events.clear();
    }

    /// Peels all its packets, with empty facts.
    pub fn fill(&mut self, shared: &Shared, peeler: &mut Peeler, hasher: &Hasher) {
        self.records.clear();
        self.records.extend_from_slice(peeler.plan(shared, self.first..self.end));
        for id in self.first..self.end {
            self.push(shared, peeler, hasher, id, Facts::default());
        }
        self.totals.bytes += self.records.iter().map(|record| u64::from(record.wire)).sum::<u64>();
        let alike = |a: &Peeled, b: &Peeled| (a.row.flags, a.row.protocol) == (b.row.flags, b.row.protocol);
        for run in self.packets.chunk_by(alike) {
            if let Some(packet) = run.first() {
                self.totals.add(&packet.row, run.len() as u64);
            }
        }
        for (packet, record) in self.packets.iter().zip(&self.records) {
            self.tally.add(record, packet.path);
        }
    }

    /// Peels one packet behind those that it has.
    pub fn push(
        &mut self,
        shared: &Shared,
        peeler: &mut Peeler,
        hasher: &Hasher,
        id: PacketId,
        facts: Facts,
    ) {
        self.summary.events.clear();
        self.summary.begin();
        let read = peeler.peel(shared, id, facts, &mut self.summary).is_ok();
        self.totals.unread += u64::from(!read);
        let (mut flags, mut hash, mut flows, mut quotes) = (RowFlags::default(), None, 0, false);
        for event in &self.summary.events {
            match event {
                Event::Verdict { check, verdict } => flags.add_verdict(*check, *verdict),
                Event::Problem { problem, .. } => flags.add_problem(*problem),
                event => {
                    if let Event::Flow(key) = event {
                        flows += 1;
                        hash = (flows == 1).then(|| hasher.hash(key));
                    }
                    if let Event::Undelivered(error) = event {
                        flags.add_undelivered(*error);
                    }
                    quotes |= matches!(event, Event::Quoted { .. });
                    self.events.push(*event);
                }
            }
        }
        self.packets.push(Peeled {
            row: PacketRow {
                flow: PacketRow::NO_FLOW,
                flags,
                protocol: self.summary.protocol,
                has_more_flows: quotes || flows > 1,
            },
            hash,
            path: self.summary.path,
            events: self.events.len() as u32,
        });
    }

    /// Counts its only packet, when it was not filled.
    pub fn count(&mut self, record: &Record) {
        self.totals.bytes += u64::from(record.wire);
        if let Some(packet) = self.packets.last() {
            self.totals.add(&packet.row, 1);
            self.tally.add(record, packet.path);
        }
    }

    /// Its packets with number, record and events.
    pub fn packets(&self) -> impl Iterator<Item = (PacketId, &Record, &Peeled, &[Event])> + Clone {
        let mut from = 0;
        (self.first..).zip(&self.records).zip(&self.packets).map(move |((id, record), packet)| {
            let events = self.events.get(from..packet.events as usize).unwrap_or_default();
            from = packet.events as usize;
            (id, record, packet, events)
        })
    }

    /// What its packets' paths are numbered by.
    pub fn paths(&self) -> &Paths {
        &self.summary.paths
    }

    /// The packet pushed last with its events, for a block of one.
    pub fn only(&self) -> Option<(&Peeled, &[Event])> {
        Some((self.packets.last()?, &self.events))
    }
}
