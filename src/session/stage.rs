//! The ordered stage: follows the flows, packet by packet in the order of the
//! capture, and publishes the rows. The only writer of the flow table.

use super::block::{Block, Peeled};
use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::capture::Record;
use crate::decode::sinks::Payloads;
use crate::decode::{Bound, Event, Facts, FlowKey, ProtocolId, Remarks, TcpOptions};
use crate::flow::dns::Heard;
use crate::flow::tcp::Segment;
use crate::flow::{Flow, FlowTable, Header, Seen, flags};
use crate::store::{Encoded, PacketRow};
use std::hint::black_box;
use std::time::Duration;

/// Packets whose flows are looked up together before the first of them is
/// followed. The lookups wait for memory side by side, not one after the other,
/// and what they touched is in the cache when it is needed.
const TOGETHER: usize = 128;

/// The ordered stage and its buffers.
#[derive(Default)]
pub(super) struct Stage {
    rows: Vec<PacketRow>,
    remarks: Encoded,
    peeler: Peeler,
    /// A packet that is peeled a second time.
    again: Block,
    payloads: Payloads,
}

impl Stage {
    /// The capture goes on, but nothing has come for so long: who waits for an answer
    /// waits all the same.
    pub fn idle(&self, shared: &Shared, quiet: Duration) {
        let is_waiting = {
            let analysis = shared.analysis();
            analysis.dns.counts().waiting() > 0 || analysis.totals.silent.waiting.count > 0
        };
        let Some(last) = shared.rows.len().checked_sub(1).filter(|_| is_waiting) else { return };
        let time_of = |id| shared.index.get(id).unwrap_or_default().time.0;
        let now = time_of(last).saturating_add(i64::try_from(quiet.as_nanos()).unwrap_or(i64::MAX));
        let has_changed = {
            let mut analysis = shared.change();
            let before = (analysis.dns.counts().unanswered, analysis.totals.silent);
            settle(&mut analysis, now, time_of);
            before != (analysis.dns.counts().unanswered, analysis.totals.silent)
        };
        if has_changed {
            shared.announce();
        }
    }

    /// Applies the block that follows the last one.
    pub fn apply(&mut self, shared: &Shared, block: &Block) {
        self.rows.clear();
        self.remarks.clear();
        {
            let mut analysis = shared.change();
            let analysis = &mut *analysis;
            analysis.totals.merge(&block.totals);
            analysis.statistics.merge(&block.tally, block.paths());
            let known = analysis.flows.len();
            let mut ahead = block.packets();
            for (at, (id, record, packet, events)) in block.packets().enumerate() {
                if at % TOGETHER == 0 {
                    let hashes = ahead.clone().take(TOGETHER).filter_map(|(.., packet, _)| packet.hash);
                    black_box(hashes.fold(0, |all, hash| all ^ analysis.flows.touch(hash)));
                    for (.., packet, events) in ahead.by_ref().take(TOGETHER) {
                        // The answer may have changed when its packet's turn comes.
                        black_box(
                            Innermost::of(&analysis.flows, packet, events).map(|innermost| innermost.place),
                        );
                    }
                }
                let innermost = Innermost::of(&analysis.flows, packet, events);
                let place = innermost.as_ref().and_then(|innermost| innermost.place);
                let (mut row, path, mut now) = (packet.row, packet.path, Counted::default());
                let bound = innermost.and_then(|innermost| innermost.bound(&analysis.flows, id));
                let refusals = analysis.unclaimed.total();
                if let Some((bound, place)) = bound.zip(place)
                    && shared.followed.has(bound.protocol())
                {
                    let flow = (place, bound.protocol(), false);
                    let Stage { peeler, payloads, .. } = self;
                    self.peeler.carried = shared.follow_connection(analysis, id, flow, peeler, payloads);
                }
                let is_other = bound.is_some_and(|bound| bound.protocol() != row.protocol);
                if is_other || self.peeler.carried.is_some() {
                    // What the flow is known for changes the outcome.
                    let facts = Facts { bound, ..Facts::default() };
                    self.again.begin(id, id + 1);
                    self.again.push(shared, &mut self.peeler, analysis.flows.hasher(), id, facts);
                    if let Some((packet, events)) = self.again.only() {
                        analysis.totals.correct(&row, &packet.row);
                        row = packet.row;
                        now = follow(analysis, shared, id, record, packet, place, events);
                        let (before, after) = ((block.paths(), path), (self.again.paths(), packet.path));
                        analysis.statistics.hierarchy.correct(before, after, record.wire);
                    }
                } else {
                    now = follow(analysis, shared, id, record, packet, place, events);
                }
                let Counted { flow, remarks, bound } = now;
                row.flow = flow;
                if let Some((place, protocol)) = bound.filter(|bound| shared.followed.has(bound.1)) {
                    // Its first packet is peeled by itself; what it leaves counts for the next.
                    let Stage { peeler, payloads, .. } = self;
                    shared.follow_connection(analysis, id, (place, protocol, true), peeler, payloads);
                }
                if analysis.unclaimed.total() > refusals {
                    if !row.flags.is_refusal() {
                        analysis.totals.refusals += 1;
                    }
                    row.flags.add_refusal();
                }
                self.rows.push(row);
                if let Some(notes) = remarks.map(|remarks| remarks.notes).filter(|notes| !notes.is_empty()) {
                    analysis.totals.add_notes(notes);
                }
                self.remarks.push(remarks.as_ref());
            }
            let time_of = |id| shared.index.get(id).unwrap_or_default().time.0;
            let now = time_of(block.end.saturating_sub(1));
            settle(analysis, now, time_of);
            shared.meet(&analysis.flows, known);
        }
        // Who sees a row sees its remarks.
        shared.remarks.append(block.first, &self.remarks);
        shared.rows.append(&self.rows);
        if let Some(next) = shared.index.get(block.end.saturating_sub(1)) {
            shared.bytes.analysed(next.offset.saturating_add(next.captured.into()));
        }
        shared.announce();
    }
}

/// It is `now`: what has waited too long is unanswered.
fn settle(analysis: &mut Analysis, now: i64, time_of: impl Fn(PacketId) -> i64) {
    analysis.dns.settle(now, time_of);
    analysis.totals.silent = analysis.flows.settle(now);
    analysis.totals.dns = analysis.dns.counts().troubles;
}

/// A packet's innermost flow.
struct Innermost<'a> {
    key: &'a FlowKey,
    /// Its place in the table, if an earlier packet made it.
    place: Option<u32>,
}

impl<'a> Innermost<'a> {
    fn of(flows: &FlowTable, packet: &Peeled, events: &'a [Event]) -> Option<Self> {
        let key = events.iter().rev().find_map(|event| match event {
            Event::Flow(key) => Some(key),
            _ => None,
        })?;
        let hash = packet.hash.unwrap_or_else(|| flows.hasher().hash(key));
        Some(Innermost { key, place: flows.find(key, hash) })
    }

    /// What the flow is bound to.
    fn bound(&self, flows: &FlowTable, id: PacketId) -> Option<Bound> {
        let bound = match self.place {
            Some(place) => flows.bound_at(place, id),
            None => flows.expected(self.key),
        };
        bound.map(|bound| Bound::new(bound, self.key))
    }
}

/// What following the flows by one packet came to.
struct Counted {
    /// The place of the flow that the packet counts in last.
    flow: u32,
    /// What its connection remarks.
    remarks: Option<Remarks>,
    /// The flow that is known from this packet on to carry a protocol.
    bound: Option<(u32, ProtocolId)>,
}

impl Default for Counted {
    fn default() -> Self {
        Counted { flow: PacketRow::NO_FLOW, remarks: None, bound: None }
    }
}

/// Follows the flows by one packet's events. `place` is where its innermost
/// flow was found.
fn follow(
    analysis: &mut Analysis,
    shared: &Shared,
    id: PacketId,
    record: &Record,
    packet: &Peeled,
    place: Option<u32>,
    events: &[Event],
) -> Counted {
    let (index, followed) = (&shared.index, &shared.followed);
    let Analysis { flows, unclaimed, undelivered, statistics, dns, .. } = analysis;
    let Counted { mut flow, mut remarks, mut bound } = Counted::default();
    let (mut innermost, mut messages) = (None, 0);
    let mut vlan = 0;
    let (mut said, mut congested) = (None, false);
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Vlan(id) if vlan == 0 => vlan = *id,
            Event::Flow(key) => {
                let ce = std::mem::take(&mut congested);
                let (header, rest) = header(events.get(at + 1..).unwrap_or_default());
                let segment = segment(record, ce, rest);
                let opens = |bits: u16| bits & (flags::SYN | flags::ACK) == flags::SYN;
                let syn = segment.filter(|(segment, _)| opens(segment.flags)).map(|(segment, _)| segment.seq);
                let (hash, place) = match packet.hash {
                    Some(hash) => (hash, place),
                    // One of several: those before it may have made its flow.
                    None => {
                        let hash = flows.hasher().hash(key);
                        (hash, flows.find(key, hash))
                    }
                };
                let seen = Seen { id, time: record.time, wire: record.wire, key, hash, vlan, syn, header };
                let update = flows.packet(&seen, place);
                flow = update.flow;
                if update.is_new
                    && let Some(protocol) = followed.by_ports(&shared.registry, key)
                    && flows.bind(flow, id, protocol)
                {
                    bound = Some((flow, protocol));
                }
                if header != Header::Sound {
                    // The hosts have it all the same.
                    statistics.loose.add(key, record.time, record.wire);
                }
                innermost = Some(key);
                remarks = None;
                if let Some((segment, whole)) = segment {
                    let time_of = |id| index.get(id).unwrap_or_default().time.0;
                    let (refuses, found) = flows.segment(update, (id, key), &segment, whole, time_of);
                    if refuses {
                        let known = flows.get(flow).map(|known| (flow, known));
                        unclaimed.add(&key.reversed(), known, id, None);
                    }
                    remarks = found;
                }
            }
            Event::Congested => congested = true,
            Event::Undelivered(error) => said = Some(*error),
            Event::Quoted { key, whole } => {
                let hash = flows.hasher().hash(key);
                let seen = Seen {
                    id,
                    time: record.time,
                    wire: record.wire,
                    key,
                    hash,
                    vlan,
                    syn: None,
                    header: Header::Sound,
                };
                let quoted = flows.quoted(&seen, *whole);
                if let Some(error) = said.take() {
                    let known = quoted.filter(|place| flows.get(*place).is_some_and(Flow::is_seen));
                    match known {
                        Some(place) if error.is_unclaimed() => flows.refuse(place, key),
                        Some(place) => flows.undelivered(place, key, error),
                        None => {}
                    }
                    let known = known.and_then(|place| Some((place, flows.get(place)?)));
                    let list = if error.is_unclaimed() { &mut *unclaimed } else { &mut *undelivered };
                    list.add(key, known, id, Some(error));
                    if let Some((flow, _)) = known.filter(|_| error.is_refusal()) {
                        let behind = events.get(at + 1..).unwrap_or_default();
                        let heard = Heard { id, time: record.time.0, flow, key, place: 0, behind };
                        dns.refuse(&heard, flows, |id| index.get(id).unwrap_or_default().time.0);
                    }
                }
            }
            Event::Hosts(key) => {
                congested = false;
                statistics.loose.add(key, record.time, record.wire);
            }
            Event::Expect { key, protocol } => flows.expect(*key, *protocol),
            Event::Dns(message) => {
                if let Some(key) = innermost.filter(|_| flow != PacketRow::NO_FLOW) {
                    let behind = events.get(at + 1..).unwrap_or_default();
                    let heard = Heard { id, time: record.time.0, flow, key, place: messages, behind };
                    messages = messages.saturating_add(1);
                    dns.message(&heard, message, flows, |id| index.get(id).unwrap_or_default().time.0);
                }
            }
            // What a message names, and what an error quotes, is taken with the event before it.
            Event::DnsNamed(_) | Event::DnsQuoted(_) => {}
            Event::NumberDue if flow != PacketRow::NO_FLOW => flows.announce_number(flow, id),
            Event::Recognised(protocol) if flow != PacketRow::NO_FLOW => {
                if flows.bind(flow, id, *protocol) {
                    bound = Some((flow, *protocol));
                }
            }
            Event::Vlan(_)
            | Event::Uncounted { .. }
            | Event::NumberDue
            | Event::Segment { .. }
            | Event::Options(_)
            | Event::Recognised(_)
            | Event::Exchange { .. }
            | Event::Verdict { .. }
            | Event::Problem { .. } => {}
        }
    }
    Counted { flow, remarks, bound }
}

/// How much of its transport header is there, which `events` tell behind a
/// flow, and what they tell behind that.
pub(super) fn header(events: &[Event]) -> (Header, &[Event]) {
    match events {
        [Event::Uncounted { numbered }, rest @ ..] => (Header::Broken { numbered: *numbered }, rest),
        _ => (Header::Sound, events),
    }
}

/// The TCP header told at the begin of `events`, and whether all of its segment is there.
fn segment(record: &Record, ce: bool, events: &[Event]) -> Option<(Segment, bool)> {
    let Some(&Event::Segment { seq, ack, flags, window, payload, whole }) = events.first() else {
        return None;
    };
    let options = match events.get(1) {
        Some(Event::Options(options)) => *options,
        _ => TcpOptions::default(),
    };
    let time = record.time.0;
    Some((Segment { at: 0, time, seq, ack, flags, window, len: payload, options, ce }, whole))
}
