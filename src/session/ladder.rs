//! A ladder that grows with the capture, on a thread of its own.

use super::segments::{Met, Scope, Segments};
use super::{Handle, Peeler, Shared};
use crate::base::PacketId;
use crate::decode::{Facts, FlowKey, Sack, TCP, UDP};
use crate::flow::ladder::{Ladder, Pauses, Told};
use crate::flow::{Flow, Segment};
use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// Flows whose answer is looked for in others, while it may come.
const ASKING: usize = 64;
/// Arrows that are drawn at once.
const BATCH: usize = 512;

/// Draws a ladder. Dropping it ends the job.
pub struct LadderJob {
    ladder: Arc<RwLock<Ladder>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cancel: AtomicBool,
    looked_at: AtomicU64,
    done: AtomicBool,
}

impl LadderJob {
    /// Draws what has come and what comes, until the capture has ended.
    /// `tell` is called when there is more.
    pub fn start(session: Handle, scope: Scope, tell: impl Fn() + Send + 'static) -> LadderJob {
        let job = LadderJob { ladder: Arc::default(), state: Arc::default() };
        let (ladder, state) = (Arc::clone(&job.ladder), Arc::clone(&job.state));
        let run = move || {
            run(&session, scope, &ladder, &state, &tell);
            state.done.store(true, Relaxed);
            tell();
        };
        // Without a thread the ladder stays empty.
        let _ = std::thread::Builder::new().name("ladder".to_owned()).spawn(run);
        job
    }

    /// The ladder so far. Hold it shortly, for the job waits meanwhile; who holds
    /// it must not ask for it again.
    pub fn ladder(&self) -> RwLockReadGuard<'_, Ladder> {
        read(&self.ladder)
    }

    /// Changes what takes rows.
    pub fn show(&self, pauses: Pauses, calls: bool) {
        write(&self.ladder).show(pauses, calls);
    }

    /// Packets before this one were looked at.
    pub fn looked_at(&self) -> PacketId {
        self.state.looked_at.load(Relaxed)
    }

    /// Nothing more comes.
    pub fn is_done(&self) -> bool {
        self.state.done.load(Relaxed)
    }
}

impl Drop for LadderJob {
    fn drop(&mut self) {
        self.state.cancel.store(true, Relaxed);
    }
}

fn read(ladder: &RwLock<Ladder>) -> RwLockReadGuard<'_, Ladder> {
    ladder.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(ladder: &RwLock<Ladder>) -> RwLockWriteGuard<'_, Ladder> {
    ladder.write().unwrap_or_else(PoisonError::into_inner)
}

fn run(session: &Handle, scope: Scope, ladder: &RwLock<Ladder>, state: &State, tell: &impl Fn()) {
    let (mut peeler, mut digest) = (Peeler::default(), Digest::default());
    let Some(mut walk) = Segments::new(session, scope) else { return };
    let (mut segments, mut errors) = (Vec::new(), Vec::new());
    let mut answered = HashSet::new();
    while !state.cancel.load(Relaxed) {
        // The order matters: what is analysed after `finished` was read is all there is.
        let finished = session.is_finished();
        let more = walk.advance(session, &mut peeler, |met| match met {
            Met::Segment(number, segment, sack) => segments.push((number, segment, sack)),
            Met::Error(id) => errors.push(id),
        });
        for batch in segments.chunks(BATCH) {
            let known = read(ladder).flows().len();
            let new =
                |(place, _): &(u32, FlowKey)| Some((*place, session.analysis().flows.get(*place)?.clone()));
            let flows: Vec<(u32, Flow)> = walk.members().iter().skip(known).filter_map(new).collect();
            let ids: Vec<PacketId> = batch.iter().map(|(_, segment, _)| segment.packet).collect();
            let facts = session.facts_of(&ids);
            let told = |((number, segment, sack), facts): (&(u32, Segment, Sack), Facts)| {
                let time = session.record(segment.packet).map(|record| record.time).unwrap_or_default();
                let (place, key) = *walk.members().get(*number as usize)?;
                // Facts are those of the packet's innermost flow.
                let is_of = || session.row(segment.packet).is_some_and(|row| row.flow == place);
                let told = match (key.protocol, facts.tcp) {
                    (UDP, _) => Told::Digest(digest.of(session, segment)),
                    (TCP, Some(facts)) if is_of() => Told::Segment(facts, *sack),
                    _ => Told::Nothing,
                };
                Some((*number, *segment, time, told))
            };
            let told: Vec<_> = batch.iter().zip(facts).filter_map(told).collect();
            let mut ladder = write(ladder);
            for (place, flow) in &flows {
                ladder.add(*place, flow);
            }
            for (number, segment, time, told) in told {
                ladder.push(number, segment, time, told);
            }
        }
        // What they answer came before them.
        let found = errors.drain(..).filter_map(|id| session.undelivered(id, &mut peeler));
        for error in found {
            write(ladder).undelivered(error);
        }
        if !segments.is_empty() {
            segments.clear();
            tell();
        }
        if !more {
            // What answers may be in no flow of the ladder.
            let new = |number: &u32| {
                let member = walk.members().get(*number as usize);
                member.is_some_and(|(place, _)| session.analysis().flows.is_answered_elsewhere(*place))
            };
            let asked =
                (0..walk.members().len().min(ASKING) as u32).filter(|number| !answered.contains(number));
            for number in asked.filter(new).collect::<Vec<_>>() {
                answered.insert(number);
                write(ladder).answered_elsewhere(number);
            }
        }
        state.looked_at.store(walk.next(), Relaxed);
        if more {
            continue;
        }
        if finished && walk.misses_some(session) {
            walk.restart();
            write(ladder).restart();
            answered.clear();
        } else if finished {
            write(ladder).finish();
            return;
        } else {
            session.wait(Duration::from_millis(100));
        }
    }
}

/// Digests of payloads.
#[derive(Default)]
struct Digest {
    hasher: foldhash::fast::FixedState,
    bytes: Vec<u8>,
}

impl Digest {
    fn of(&mut self, session: &Shared, segment: &Segment) -> u64 {
        match session.payload(segment.packet, segment.at, segment.held, &mut self.bytes) {
            Ok(()) => self.hasher.hash_one(&self.bytes),
            // What cannot be read is like nothing else.
            Err(_) => self.hasher.hash_one(segment.packet),
        }
    }
}
