//! The analysis: hands out blocks of packets to workers and what they made of
//! them, in the order of the capture, to the ordered stage.

use super::block::Block;
use super::peeler::Peeler;
use super::priority::Priority;
use super::shared::Shared;
use super::stage::Stage;
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// Packets of one block.
const BLOCK: u64 = 2048;

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
    let hasher = shared.analysis().flows.hasher().clone();
    let mut priority = Priority::default();
    for mut block in jobs {
        if shared.is_watched.load(Relaxed) {
            priority.step_back();
        }
        block.fill(shared, &mut peeler, &hasher);
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
    let mut newest = Instant::now();
    loop {
        // The order matters: what is indexed after `ended` was read is all there is.
        let ended = shared.ended.load(Acquire);
        let indexed = shared.index.len();
        if shared.stop.load(Relaxed) {
            return;
        }
        while flying < in_flight && handed_out < indexed {
            let mut block = spare.pop().unwrap_or_default();
            block.begin(handed_out, indexed.min(handed_out + BLOCK));
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
            if !ended && handed_out == shared.index.len() {
                stage.idle(shared, newest.elapsed());
            }
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
            newest = Instant::now();
            flying -= 1;
            spare.push(block);
        }
    }
}
