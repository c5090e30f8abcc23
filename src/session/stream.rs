//! The content of one flow: made from its segments on a thread of its own,
//! continued as packets come.

use super::segments::{Met, Scope, Segments};
use super::{Handle, Peeler, Shared};
use crate::base::PacketId;
use crate::capture::Gone;
use crate::decode::FlowKey;
use crate::flow::stream::{Overlap, Reassembly, Segment};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

/// Segments that are applied at once.
const BATCH: usize = 512;
/// Bytes of two packets that are compared at a time.
const COMPARED: usize = 4096;

const TCP: u8 = 6;

/// Walks through the segments of one flow, in the order of the capture.
pub struct FlowPackets {
    key: FlowKey,
    walk: Segments,
}

impl FlowPackets {
    /// The segments of the flow at `flow`; `None` where there is none.
    pub fn new(session: &Shared, flow: u32) -> Option<FlowPackets> {
        let walk = Segments::new(session, Scope::Flows(vec![flow]))?;
        let (_, key) = *walk.members().first()?;
        Some(FlowPackets { key, walk })
    }

    /// Addresses and ports of the flow; A is the source.
    pub fn key(&self) -> &FlowKey {
        &self.key
    }

    /// Packets before this one are done.
    pub fn next(&self) -> PacketId {
        self.walk.next()
    }

    /// Goes on, over at most some thousand packets that are analysed; `false`
    /// when it has caught up with the analysis.
    pub fn advance(&mut self, session: &Shared, peeler: &mut Peeler, mut visit: impl FnMut(Segment)) -> bool {
        self.walk.advance(session, peeler, |met| {
            if let Met::Segment(_, segment, _) = met {
                visit(segment);
            }
        })
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
            if self.walk.misses_some(session) {
                self.walk.restart();
                continue;
            }
            content.finish(&mut |overlap| compare.same(session, overlap));
            return content;
        }
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
            scanned: AtomicU64::new(packets.next()),
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
        stream.scanned.store(packets.next(), Relaxed);
        if any {
            tell();
        }
        if more {
            continue;
        }
        if finished && packets.walk.misses_some(session) {
            packets.walk.restart();
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
