//! The packets of one flow, and the content that they make: found by scanning
//! the flow column, on a thread of its own, continued as packets come.

use super::{Handle, Peeler, Shared};
use crate::base::PacketId;
use crate::capture::Gone;
use crate::decode::FlowKey;
use crate::decode::sinks::Payloads;
use crate::flow::stream::{Overlap, Reassembly, Segment};
use crate::store::PacketRow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

/// Packets between two looks at whether to go on.
const STRIDE: u64 = 4096;
/// Segments that are applied at once.
const BATCH: usize = 512;
/// Bytes of two packets that are compared at a time.
const COMPARED: usize = 4096;

const TCP: u8 = 6;

/// Walks through the segments of one flow, in the order of the capture.
pub struct FlowPackets {
    flow: u32,
    key: FlowKey,
    next: PacketId,
    /// The flow lies around others in some packets: rows name the innermost,
    /// so every packet must be peeled.
    around: bool,
    found: u64,
    sink: Payloads,
}

impl FlowPackets {
    /// The segments of the flow at `flow`; `None` where there is none.
    pub fn new(session: &Shared, flow: u32) -> Option<FlowPackets> {
        let (key, first) = {
            let analysis = session.analysis();
            let entry = analysis.flows.get(flow)?;
            (entry.key, entry.first)
        };
        let around = session.row(first).is_some_and(|row| row.flow != flow);
        Some(FlowPackets { flow, key, next: first, around, found: 0, sink: Payloads::default() })
    }

    /// Addresses and ports of the flow; A is the source.
    pub fn key(&self) -> &FlowKey {
        &self.key
    }

    /// Packets before this one are done.
    pub fn next(&self) -> PacketId {
        self.next
    }

    /// Goes on, over at most some thousand packets that are analysed; `false`
    /// when it has caught up with the analysis.
    pub fn advance(&mut self, session: &Shared, peeler: &mut Peeler, mut visit: impl FnMut(Segment)) -> bool {
        let analysed = session.progress().analysed;
        let until = analysed.min(self.next.saturating_add(STRIDE));
        while self.next < until {
            let id = self.next;
            self.next += 1;
            let Some(row) = session.row(id) else { continue };
            if row.flow != self.flow && !(self.around && row.flow != PacketRow::NO_FLOW) {
                continue;
            }
            self.sink.clear();
            let sink = &mut self.sink;
            // A packet that cannot be read or peeled carries nothing that could be shown.
            if !matches!(catch_unwind(AssertUnwindSafe(|| session.peel(id, peeler, sink))), Ok(Ok(()))) {
                self.found += 1;
                continue;
            }
            for payload in &self.sink.found {
                if let Some(segment) = Segment::of(&self.key, id, payload) {
                    self.found += 1;
                    visit(segment);
                }
            }
        }
        self.next < session.progress().analysed
    }

    /// After the last packet: whether some were not found because they hold
    /// other flows inside. Then the walk is to begin again.
    fn misses_some(&mut self, session: &Shared) -> bool {
        let all =
            session.analysis().flows.get(self.flow).map(|f| f.packets.iter().map(|n| u64::from(*n)).sum());
        !std::mem::replace(&mut self.around, true) && all.is_some_and(|all: u64| self.found < all)
    }

    /// The whole content of a flow, of a capture that is analysed to its end.
    pub fn content(mut self, session: &Shared) -> Reassembly {
        let mut peeler = Peeler::default();
        let mut compare = Compare::default();
        loop {
            let mut content = Reassembly::default();
            let tcp = self.key.protocol == TCP;
            while self.advance(session, &mut peeler, |s| take(&mut content, &s, tcp, session, &mut compare)) {
            }
            if self.misses_some(session) {
                self.restart(session);
                continue;
            }
            content.finish(&mut |overlap| compare.same(session, overlap));
            return content;
        }
    }

    fn restart(&mut self, session: &Shared) {
        self.next = session.analysis().flows.get(self.flow).map_or(0, |flow| flow.first);
        self.found = 0;
    }
}

fn take(content: &mut Reassembly, segment: &Segment, tcp: bool, session: &Shared, compare: &mut Compare) {
    if tcp {
        content.segment(segment, &mut |overlap| compare.same(session, overlap));
    } else {
        content.datagram(segment);
    }
}

/// Compares stretches of two packets.
#[derive(Default)]
struct Compare([Vec<u8>; 2]);

impl Compare {
    /// `None` when one of them cannot be read any more.
    fn same(&mut self, session: &Shared, overlap: &Overlap) -> Option<bool> {
        let Compare([kept, later]) = self;
        let mut done = 0;
        while done < overlap.len {
            let len = (overlap.len - done).min(COMPARED as u32);
            session.payload(overlap.kept.0, overlap.kept.1 + done, len, kept).ok()?;
            session.payload(overlap.later.0, overlap.later.1 + done, len, later).ok()?;
            if kept != later {
                return Some(false);
            }
            done += len;
        }
        Some(true)
    }
}

impl Shared {
    /// Bytes of a packet from `at` on, as the capture holds them.
    pub fn payload(&self, id: PacketId, at: u32, len: u32, into: &mut Vec<u8>) -> Result<(), Gone> {
        let record = self.record(id).unwrap_or_default();
        let len = len.min(record.captured.saturating_sub(at));
        into.clear();
        into.resize(len as usize, 0);
        self.bytes.read_at(record.offset.saturating_add(at.into()), into)
    }
}

/// The content of a flow, as far as it is known.
pub struct Stream {
    /// The flow's place in the flow table.
    pub flow: u32,
    /// Addresses and ports of the flow; A is the source.
    pub key: FlowKey,
    content: RwLock<Reassembly>,
    scanned: AtomicU64,
    done: AtomicBool,
}

impl Stream {
    /// The content. Hold it shortly: the job waits meanwhile.
    pub fn content(&self) -> RwLockReadGuard<'_, Reassembly> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Stream::content`] for those who must not wait.
    pub fn try_content(&self) -> Option<RwLockReadGuard<'_, Reassembly>> {
        self.content.try_read().ok()
    }

    /// Packets before this one were looked at.
    pub fn scanned(&self) -> PacketId {
        self.scanned.load(Relaxed)
    }

    /// Nothing more comes.
    pub fn is_done(&self) -> bool {
        self.done.load(Relaxed)
    }
}

/// Collects a flow's content. Dropping it ends the job.
pub struct StreamJob {
    stream: Arc<Stream>,
    cancel: Arc<AtomicBool>,
}

impl StreamJob {
    /// Collects the flow at `flow`, packets old and new; `None` where there is
    /// no such flow. `tell` is called when there is more.
    pub fn start(session: Handle, flow: u32, tell: impl Fn() + Send + 'static) -> Option<StreamJob> {
        let packets = FlowPackets::new(&session, flow)?;
        let stream = Arc::new(Stream {
            flow,
            key: packets.key,
            content: RwLock::default(),
            scanned: AtomicU64::new(packets.next),
            done: AtomicBool::new(false),
        });
        let job = StreamJob { stream, cancel: Arc::default() };
        let (stream, cancel) = (Arc::clone(&job.stream), Arc::clone(&job.cancel));
        let run = move || run(&session, packets, &stream, &cancel, &tell);
        // Without a thread nothing is ever found; the counts say so.
        let _ = std::thread::Builder::new().name("stream".to_owned()).spawn(run);
        Some(job)
    }

    /// What it has collected so far.
    pub fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }
}

impl Drop for StreamJob {
    fn drop(&mut self) {
        self.cancel.store(true, Relaxed);
    }
}

fn run(session: &Shared, mut packets: FlowPackets, stream: &Stream, cancel: &AtomicBool, tell: &impl Fn()) {
    let mut peeler = Peeler::default();
    let mut compare = Compare::default();
    let mut segments = Vec::new();
    let tcp = packets.key.protocol == TCP;
    let content = || stream.content.write().unwrap_or_else(PoisonError::into_inner);
    while !cancel.load(Relaxed) {
        // The order matters: what is analysed after `finished` was read is all there is.
        let finished = session.is_finished();
        let more = packets.advance(session, &mut peeler, |segment| segments.push(segment));
        let any = !segments.is_empty();
        for batch in segments.chunks(BATCH) {
            let mut content = content();
            for segment in batch {
                take(&mut content, segment, tcp, session, &mut compare);
            }
        }
        segments.clear();
        stream.scanned.store(packets.next, Relaxed);
        if any {
            tell();
        }
        if more {
            continue;
        }
        if finished && packets.misses_some(session) {
            packets.restart(session);
            *content() = Reassembly::default();
        } else if finished {
            content().finish(&mut |overlap| compare.same(session, overlap));
            stream.done.store(true, Relaxed);
            tell();
            return;
        } else {
            session.wait(Duration::from_millis(100));
        }
    }
}
