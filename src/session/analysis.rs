//! The analysis: workers peel blocks of packets, one ordered stage follows the
//! flows and publishes the rows.

use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::decode::sinks::Summary;
use crate::decode::{Event, Facts, ProtocolId};
use crate::flow::flags;
use crate::store::{PacketRow, RowFlags};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

/// Packets of one block.
const BLOCK: u64 = 2048;

/// A block of packets, peeled with empty facts. Buffers travel in circles.
#[derive(Default)]
struct Block {
    first: PacketId,
    end: PacketId,
    summary: Summary,
    /// Top protocol, end of the events, and whether the bytes could be read.
    packets: Vec<(ProtocolId, u32, bool)>,
}

/// Runs until the source has ended and every packet is analysed.
pub(super) fn run(shared: &Shared, woken: &Receiver<()>) {
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    let in_flight = workers * 2 + 1;
    let (jobs, jobs_rx) = bounded::<Block>(in_flight);
    let (done_tx, done) = bounded::<Block>(in_flight);
    std::thread::scope(|scope| {
        for number in 0..workers {
            let (jobs, done) = (jobs_rx.clone(), done_tx.clone());
            let worker = std::thread::Builder::new().name(format!("peel {number}"));
            if let Err(error) = worker.spawn_scoped(scope, move || work(shared, &jobs, &done)) {
                shared.fail(format!("cannot start a thread: {error}"));
                return;
            }
        }
        drop((jobs_rx, done_tx));
        order(shared, woken, jobs, &done, in_flight);
    });
    shared.analysed.store(true, Release);
    shared.announce();
}

/// A worker: peels the blocks that it gets.
fn work(shared: &Shared, jobs: &Receiver<Block>, done: &Sender<Block>) {
    let mut peeler = Peeler::default();
    for mut block in jobs {
        block.summary.events.clear();
        block.packets.clear();
        for id in block.first..block.end {
            block.summary.begin();
            let read = peeler.peel(shared, id, Facts::default(), &mut block.summary).is_ok();
            block.packets.push((block.summary.protocol, block.summary.events.len() as u32, read));
        }
        if done.send(block).is_err() {
            return;
        }
    }
}

/// Hands out blocks, takes them back in any order, applies them in order.
fn order(
    shared: &Shared,
    woken: &Receiver<()>,
    jobs: Sender<Block>,
    done: &Receiver<Block>,
    in_flight: usize,
) {
    let (mut handed_out, mut flying) = (0, 0);
    let mut waiting = BTreeMap::new();
    let mut spare: Vec<Block> = Vec::new();
    let mut stage = Stage::default();
    loop {
        // The order matters: what is indexed after `ended` was read is all there is.
        let ended = shared.ended.load(Acquire);
        let indexed = shared.index.len();
        if shared.stop.load(Relaxed) {
            return;
        }
        while flying < in_flight && handed_out < indexed {
            let mut block = spare.pop().unwrap_or_default();
            (block.first, block.end) = (handed_out, indexed.min(handed_out + BLOCK));
            handed_out = block.end;
            flying += 1;
            if jobs.send(block).is_err() {
                return;
            }
        }
        if flying == 0 {
            if ended && handed_out == indexed {
                return;
            }
            let _ = woken.recv_timeout(Duration::from_millis(100));
            continue;
        }
        select! {
            recv(done) -> block => match block {
                Ok(block) => { waiting.insert(block.first, block); }
                Err(_) => return,
            },
            recv(woken) -> word => if word.is_err() {
                // The reader is gone; only blocks can come now.
                match done.recv() {
                    Ok(block) => { waiting.insert(block.first, block); }
                    Err(_) => return,
                }
            },
        }
        while let Some(block) = waiting.remove(&shared.rows.len()) {
            stage.apply(shared, &block);
            flying -= 1;
            spare.push(block);
        }
    }
}

/// The ordered stage.
#[derive(Default)]
struct Stage {
    rows: Vec<PacketRow>,
    peeler: Peeler,
    again: Summary,
}

impl Stage {
    fn apply(&mut self, shared: &Shared, block: &Block) {
        self.rows.clear();
        {
            let mut analysis = shared.analysis.write().unwrap_or_else(PoisonError::into_inner);
            let mut from = 0;
            for (id, (protocol, end, read)) in (block.first..).zip(&block.packets) {
                let events = block.summary.events.get(from..*end as usize).unwrap_or_default();
                from = *end as usize;
                let Some(record) = shared.index.get(id) else { continue };
                let bound = bound(&analysis, id, events).filter(|bound| bound != protocol);
                let row = if let Some(bound) = bound {
                    // The flow's facts change the outcome.
                    let facts = Facts { bound: Some(bound), ..Facts::default() };
                    self.again.events.clear();
                    self.again.begin();
                    let _ = self.peeler.peel(shared, id, facts, &mut self.again);
                    let Summary { protocol, events } = &self.again;
                    follow(&mut analysis, id, &record, *protocol, events)
                } else {
                    follow(&mut analysis, id, &record, *protocol, events)
                };
                analysis.totals.add(&row, record.wire);
                analysis.totals.unread += u64::from(!read);
                self.rows.push(row);
            }
        }
        shared.rows.append(&self.rows);
        if let Some(next) = shared.index.get(block.end.saturating_sub(1)) {
            shared.bytes.analysed(next.offset.saturating_add(next.captured.into()));
        }
        shared.announce();
    }
}

/// The protocol that the packet's innermost flow is bound to.
fn bound(analysis: &Analysis, id: PacketId, events: &[Event]) -> Option<ProtocolId> {
    let key = events.iter().rev().find_map(|event| match event {
        Event::Flow(key) => Some(key),
        _ => None,
    })?;
    match analysis.flows.find(key) {
        Some(place) => analysis.flows.get(place)?.bound_at(id),
        None => analysis.flows.expected(key),
    }
}

/// Follows the flows by one packet's events; gives its row.
fn follow(
    analysis: &mut Analysis,
    id: PacketId,
    record: &crate::capture::Record,
    protocol: ProtocolId,
    events: &[Event],
) -> PacketRow {
    let flows = &mut analysis.flows;
    let mut row = PacketRow { flow: PacketRow::NO_FLOW, flags: RowFlags::default(), protocol };
    let mut vlan = 0;
    for (at, event) in events.iter().enumerate() {
        match *event {
            Event::Vlan(id) if vlan == 0 => vlan = id,
            Event::Flow(key) => {
                let segment = match events.get(at + 1) {
                    Some(Event::Segment { seq, flags, payload, .. }) => Some((*seq, *flags, *payload)),
                    _ => None,
                };
                let opens = |bits: u16| bits & (flags::SYN | flags::ACK) == flags::SYN;
                let syn = segment.filter(|(_, bits, _)| opens(*bits)).map(|(seq, ..)| seq);
                row.flow = flows.packet(id, record.time, record.wire, &key, vlan, syn).flow;
                if let Some((seq, bits, payload)) = segment {
                    flows.segment(row.flow, &key, seq, bits, payload);
                }
            }
            Event::Expect { key, protocol } => flows.expect(key, protocol),
            Event::Recognised(protocol) if row.flow != PacketRow::NO_FLOW => {
                flows.bind(row.flow, id, protocol);
            }
            Event::Verdict { check, verdict } => row.flags.add_verdict(check, verdict),
            Event::Problem { problem, .. } => row.flags.add_problem(problem),
            Event::Vlan(_)
            | Event::Segment { .. }
            | Event::Quoted(_)
            | Event::Recognised(_)
            | Event::Exchange { .. } => {}
        }
    }
    row
}
