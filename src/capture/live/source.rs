//! The live source: starts the capture threads, gathers what they send, keeps
//! it, and hands out records.
//!
//! Owns the order of a capture's end: stop, drain, last counters, end.

use super::capturing::{Arena, Capturing, Counted, Message};
use super::device::Device;
use super::kept::Kept;
use crate::base::Timestamp;
use crate::capture::{Annotate, Batch, ByteStore, Happening, Notice, Source, Status};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest wait of one read.
const PATIENCE: Duration = Duration::from_millis(40);
/// Batches that may wait between all threads and the reader.
const QUEUE: usize = 64;
/// Records after which a read returns; one more batch may come on top.
const RECORDS: usize = 6000;

/// Interfaces that are captured from. See [`Source`].
///
/// Threads start with the first read, so that rights may be dropped between
/// opening and reading; meanwhile the kernel keeps what comes.
pub struct LiveSource {
    /// Until the first read.
    devices: Vec<Device>,
    kept: Kept,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    channel: Option<Receiver<(u32, Message)>>,
    spare: Option<Sender<Arena>>,
    /// Interfaces that have not ended.
    running: usize,
    counted: Vec<Option<Counted>>,
    arenas: Vec<(u32, Arena)>,
    progress: u64,
    /// Packets that are still wanted.
    left: u64,
    /// What cannot be kept any more: why, and how many packets since.
    failed: Option<(String, u64)>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Opened,
    Running,
    Ended,
}

/// Stops a capture, from any thread: what was captured is still delivered,
/// then the last counters, then the end.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// Stops it; a second time does nothing.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl LiveSource {
    pub(super) fn new(devices: Vec<Device>, kept: Kept, packets: Option<u64>) -> Self {
        LiveSource {
            running: 0,
            counted: vec![None; devices.len()],
            devices,
            kept,
            left: packets.unwrap_or(u64::MAX),
            stop: Arc::new(AtomicBool::new(false)),
            threads: Vec::new(),
            channel: None,
            spare: None,
            arenas: Vec::new(),
            progress: 0,
            failed: None,
            state: State::Opened,
        }
    }

    /// What stops this capture.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// What is written gets comments. Before the first read.
    pub fn annotate(&mut self, annotate: Box<dyn Annotate>) {
        self.kept.annotate(annotate);
    }

    /// Tells the interfaces and starts their threads.
    fn start(&mut self, batch: &mut Batch) {
        self.state = State::Running;
        let (out, channel) = bounded(QUEUE);
        let (spare, spares) = bounded(QUEUE);
        for (number, device) in (0u32..).zip(std::mem::take(&mut self.devices)) {
            batch.happenings.push(Happening::Interface(device.interface.clone()));
            if let Err(why) = self.kept.interface(&device.interface) {
                self.fail(why);
            }
            let name = device.name.clone();
            let capturing = Capturing::new(device, number, out.clone(), spares.clone(), self.stop.clone());
            let thread = std::thread::Builder::new().name(format!("capture {name}"));
            match thread.spawn(move || capturing.run()) {
                Ok(thread) => {
                    self.threads.push(thread);
                    self.running += 1;
                }
                Err(error) => notice(batch, format!("{name}: cannot start capturing: {error}"), true),
            }
        }
        self.channel = Some(channel);
        self.spare = Some(spare);
    }

    /// Takes what is there, waiting a little for the first.
    fn gather(&mut self, batch: &mut Batch) -> Status {
        let Some(channel) = &self.channel else { return Status::End };
        let mut gathered = 0;
        let mut told = false;
        while self.running > 0 && gathered < RECORDS {
            let next = match told || gathered > 0 {
                false => channel.recv_timeout(PATIENCE),
                true => channel.try_recv().map_err(|_| RecvTimeoutError::Timeout),
            };
            match next {
                Ok((interface, Message::Packets(arena))) => {
                    gathered += arena.heads.len();
                    self.arenas.push((interface, arena));
                    continue;
                }
                Ok((interface, Message::Counted(counted))) => {
                    if let Some(last) = self.counted.get_mut(interface as usize) {
                        *last = Some(counted);
                    }
                    batch.happenings.push(Happening::Statistics {
                        interface,
                        received: Some(counted.received),
                        dropped: Some(counted.dropped),
                        interface_dropped: Some(counted.interface_dropped),
                    });
                }
                Ok((_, Message::Notice(notice))) => batch.happenings.push(Happening::Notice(notice)),
                Ok((_, Message::Ended)) => self.running -= 1,
                Err(RecvTimeoutError::Timeout) => break,
                // A thread that ended without a word has failed in a way that it could not tell.
                Err(RecvTimeoutError::Disconnected) => {
                    notice(batch, "a capture thread ended unexpectedly".to_owned(), true);
                    self.running = 0;
                }
            }
            told = true;
        }
        if told || gathered > 0 { Status::More } else { Status::Idle }
    }

    /// Keeps what was gathered and makes its records.
    fn keep(&mut self, batch: &mut Batch) {
        for (_, arena) in &mut self.arenas {
            arena.heads.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left -= arena.heads.len() as u64;
        }
        if self.left == 0 {
            self.stop.store(true, Ordering::Release);
        }
        let packets = self.arenas.iter().map(|(_, arena)| arena.heads.len() as u64).sum::<u64>();
        if let Some((_, lost)) = &mut self.failed {
            *lost += packets;
        } else if packets > 0 {
            let before = batch.records.len();
            if let Err(why) = self.kept.keep(&self.arenas, &mut batch.records) {
                self.fail(why);
                if let Some((_, lost)) = &mut self.failed {
                    *lost = packets.saturating_sub((batch.records.len() - before) as u64);
                }
            }
        }
        for (_, arena) in self.arenas.drain(..) {
            self.progress += arena.bytes.len() as u64;
            if let (Some(spare), Some(arena)) = (&self.spare, arena.emptied()) {
                // Enough of them wait already when this one finds no room.
                let _ = spare.try_send(arena);
            }
        }
        batch.progress = (self.progress, None);
    }

    /// Nothing more can be kept: the capture stops, what came before stays.
    fn fail(&mut self, why: String) {
        self.failed.get_or_insert((why, 0));
        self.stop.store(true, Ordering::Release);
    }

    /// The very end: last counters written, threads joined.
    fn finish(&mut self, batch: &mut Batch) {
        self.state = State::Ended;
        self.channel = None;
        self.spare = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                notice(batch, "a capture thread failed; its last packets may be missing".to_owned(), true);
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
        let finished = self.kept.finish(now, &self.counted);
        if let Some((why, lost)) = self.failed.take() {
            let lost = match lost {
                0 => String::new(),
                lost => format!(", {lost} packets that came after are lost"),
            };
            notice(batch, format!("{why}: the capture ends; what was kept before stays{lost}"), true);
        } else if let Err(why) = finished {
            notice(batch, format!("{why}: the last counters could not be written"), true);
        }
    }
}

impl Source for LiveSource {
    fn read(&mut self, batch: &mut Batch) -> Status {
        match self.state {
            State::Ended => return Status::End,
            State::Opened => {
                self.start(batch);
                return Status::More;
            }
            State::Running => {}
        }
        let status = self.gather(batch);
        self.keep(batch);
        if self.running > 0 {
            return status;
        }
        self.finish(batch);
        Status::End
    }

    fn bytes(&self) -> Arc<dyn ByteStore> {
        self.kept.store()
    }
}

impl Drop for LiveSource {
    /// Ends the threads; the written file gets its last counters all the same.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if self.state == State::Running {
            self.finish(&mut Batch::default());
        }
    }
}

fn notice(batch: &mut Batch, text: String, damage: bool) {
    batch.happenings.push(Happening::Notice(Notice { offset: None, text, damage }));
}
