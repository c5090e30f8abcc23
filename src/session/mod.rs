//! One capture, opened: reads it, peels it, keeps it, answers questions.
//!
//! Owns the threads between a source and the columns. Knows nothing of how
//! packets are shown.
//!
//! ```text
//!  reader ──records──▶ index ──blocks──▶ workers ──rows, events──▶ ordered stage ──▶ rows, flows
//!  (1 thread)                            (peel with empty facts)    (flows; peels again where
//!                                                                    a flow's facts matter)
//! ```
//!
//! Everybody else pulls by packet number: [`Session::record`], [`Session::row`]
//! and [`Session::peel`], which gives the same tree in any order of visits.

mod analysis;
mod annotator;
mod block;
mod carried;
mod dns;
mod facts;
mod ladder;
mod matches;
mod measures;
mod names;
mod owners;
mod part;
mod payload;
mod peeler;
mod priority;
pub mod problems;
mod quic;
mod reader;
mod segments;
mod shared;
mod stage;
mod statistics;
mod stream;
mod tcp;
mod traffic;

pub use annotator::Annotator;
pub use dns::walk as dns_walk;
pub use dns::{
    BARS as DNS_BARS, CacheEntry, DnsAttempt, DnsCache, DnsName, DnsReader, DnsRecord, DnsRefusal, DnsServer,
    DnsShort, DnsSide, DnsSlow, DnsStatistics, DnsStory, Exchange, Freshness, Kept,
    Multicast as DnsMulticast, Network as DnsNetwork,
};
pub use ladder::LadderJob;
pub use matches::{FilterJob, Matches};
pub use measures::Measures;
pub use names::{
    FlowNames, Lookup, Name, NameBook, NameSource, NameUses, Resolve, SystemResolver, Unlooked, Used,
};
pub use part::{Counted, Part};
pub use peeler::{Peeler, WithNames};
pub use segments::{Scope, Segments};
pub use shared::{Analysis, Progress, Shared, Totals};
pub use statistics::{
    Conversation, Count, Endpoint, Firsts, GoOn, Hierarchy, HierarchyRow, Hosts, LengthBin, Lengths, Loose,
    Order, Pairs, Rank, RoundTrips, Series, Span, Statistics,
};
pub use stream::{FlowPackets, Stream, StreamJob};
pub use traffic::{Traffic, TrafficJob};

use crate::base::{PacketId, Timestamp};
use crate::capture::{Gone, Notice, Record, Source};
use crate::decode::{Column, Facts, Registry};
use crate::sockets::Watch;
use crate::store::{Meta, PacketRow};
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::{Arc, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

/// An opened capture. Dropping it stops its threads.
pub struct Session {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Ends with the session; what it found stays in its table.
    _watch: Option<Arc<Watch>>,
}

/// What other threads hold of a session: everything but the right to end it.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

impl Session {
    /// Starts to read and to analyse `source`.
    pub fn start(source: Box<dyn Source>, registry: Arc<Registry>) -> Session {
        Session::watching(source, registry, None)
    }

    /// The same for a live capture, with a watch over this machine's sockets.
    pub fn watching(source: Box<dyn Source>, registry: Arc<Registry>, watch: Option<Arc<Watch>>) -> Session {
        let owners = watch.as_ref().map(|watch| watch.owners()).unwrap_or_default();
        let shared = Arc::new(Shared::new(source.bytes(), registry, owners));
        let (wake, woken) = crossbeam_channel::bounded(1);
        let mut threads = Vec::new();
        let mut spawn = |name: &str, run: Box<dyn FnOnce() + Send>| match std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
        {
            Ok(thread) => threads.push(thread),
            Err(error) => shared.fail(format!("cannot start a thread: {error}")),
        };
        let reading = Arc::clone(&shared);
        spawn("reader", Box::new(move || reader::run(source, &reading, &wake)));
        let analysing = Arc::clone(&shared);
        spawn("analysis", Box::new(move || analysis::run(&analysing, &woken)));
        Session { shared, threads, _watch: watch }
    }

    /// A handle for another thread.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Asks the threads to end; what was read stays.
    pub fn stop(&self) {
        self.shared.stop.store(true, Relaxed);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

impl std::ops::Deref for Session {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl std::ops::Deref for Handle {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// The protocols and their tables.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// How far reading and analysis are.
    pub fn progress(&self) -> Progress {
        Progress {
            indexed: self.index.len(),
            analysed: self.rows.len(),
            read: self.read.load(Relaxed),
            size: Some(self.size.load(Relaxed)).filter(|size| *size != u64::MAX),
            reading: !self.ended.load(Relaxed),
            evicted: self.bytes.evicted(),
        }
    }

    /// Where a packet lies and what its capture says of it.
    pub fn record(&self, id: PacketId) -> Option<Record> {
        self.index.get(id)
    }

    /// The last packet that was there at a moment, of packets in the order of their times.
    pub fn last_by(&self, moment: Timestamp) -> PacketId {
        let (mut from, mut to) = (0, self.progress().indexed);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.record(middle) {
                Some(record) if record.time <= moment => from = middle + 1,
                _ => to = middle,
            }
        }
        from.saturating_sub(1)
    }

    /// What the analysis found of a packet, once it has passed it.
    pub fn row(&self, id: PacketId) -> Option<PacketRow> {
        self.rows.get(id)
    }

    /// What the capture says besides packets. Hold it shortly.
    pub fn meta(&self) -> RwLockReadGuard<'_, Meta> {
        self.meta.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Flows and totals. Hold it shortly: the analysis waits meanwhile.
    pub fn analysis(&self) -> RwLockReadGuard<'_, Analysis> {
        self.asking.fetch_add(1, Relaxed);
        let analysis = self.analysis.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.asking.fetch_sub(1, Relaxed);
        analysis
    }

    /// [`Shared::analysis`] for those who must not wait: `None` while the
    /// analysis is writing.
    pub fn try_analysis(&self) -> Option<RwLockReadGuard<'_, Analysis>> {
        match self.analysis.try_read() {
            Ok(guard) => Some(guard),
            Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => None,
        }
    }

    /// A notice of the program's own.
    pub fn notify(&self, notice: Notice) {
        self.meta.write().unwrap_or_else(std::sync::PoisonError::into_inner).notices.push(notice);
    }

    /// Waits until packet `id` is analysed: `true`; or until there is no such
    /// packet in the whole capture: `false`.
    pub fn wait_for(&self, id: PacketId) -> bool {
        loop {
            if self.rows.len() > id {
                return true;
            }
            if self.is_finished() {
                return self.rows.len() > id;
            }
            self.wait(Duration::from_millis(100));
        }
    }

    /// Everything is read and analysed.
    pub fn is_finished(&self) -> bool {
        self.analysed.load(Acquire)
    }

    /// Peels a packet into `sink`, with all facts that are known of it.
    pub fn peel<S: Column>(&self, id: PacketId, peeler: &mut Peeler, sink: &mut S) -> Result<(), Gone> {
        if S::DETAIL && peeler.names.reads() {
            self.learn_names_to(id);
        }
        let facts = self.facts(id, peeler);
        if S::DETAIL {
            self.find_owners(id, peeler);
        }
        self.peel_with(id, facts, peeler, sink)
    }

    /// Peels a packet into `sink` with facts that are there already.
    pub fn peel_with<S: Column>(
        &self,
        id: PacketId,
        facts: Facts,
        peeler: &mut Peeler,
        sink: &mut S,
    ) -> Result<(), Gone> {
        peeler.carried = self.carried(&facts, peeler);
        if S::DETAIL || S::TEXT {
            self.find_connection(id, peeler);
        }
        peeler.peel(self, id, facts, sink)
    }

    /// Somebody watches: reading and what is asked for come before the analysis.
    pub fn watch(&self) {
        self.is_watched.store(true, Relaxed);
    }
}
