//! The worker that groups flows by port and puts those of one port in order.
//!
//! Owns one thread and how often it looks: four times a second at most, and
//! seldom enough to leave most of its processor to others. Knows nothing of
//! how flows are drawn.

use super::super::worker::Waker;
use super::series::{COLUMNS, Series};
use crate::flow::{Flow, Grouping, PortGroup, Side};
use crate::session::Handle;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two looks.
const PACE: Duration = Duration::from_millis(250);
/// A look may take one part in so many of the time.
const SHARE: u32 = 8;
/// Flows that are looked at while the analysis waits.
const AT_ONCE: u32 = 8192;

/// What flows are put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Time of the first packet.
    #[default]
    Start,
    /// Packets, most first.
    Packets,
    /// Bytes, most first.
    Bytes,
    /// From first to last packet, longest first.
    Duration,
    /// The client's address and port.
    Client,
    /// State, troubled ones first.
    State,
}

impl Order {
    /// The next one.
    pub fn next(self) -> Order {
        match self {
            Order::Start => Order::Packets,
            Order::Packets => Order::Bytes,
            Order::Bytes => Order::Duration,
            Order::Duration => Order::Client,
            Order::Client => Order::State,
            Order::State => Order::Start,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Order::Start => "start",
            Order::Packets => "packets",
            Order::Bytes => "bytes",
            Order::Duration => "duration",
            Order::Client => "client",
            Order::State => "state",
        }
    }

    fn key(self, flow: &Flow) -> u128 {
        let falling = |number: u64| u128::from(u64::MAX - number);
        match self {
            Order::Start => 0,
            Order::Packets => falling(flow.packets.iter().map(|count| u64::from(*count)).sum()),
            Order::Bytes => falling(flow.bytes.iter().sum()),
            Order::Duration => falling(flow.last_time.since(flow.first_time).max(0).unsigned_abs()),
            Order::Client => {
                let client = if flow.server() == Side::A { flow.key.dst } else { flow.key.src };
                u128::from_be_bytes(client)
            }
            Order::State => {
                use crate::flow::State;
                match flow.state() {
                    State::Refused => 0,
                    State::Reset => 1,
                    State::SynSent => 2,
                    State::SynReceived => 3,
                    State::Closing => 4,
                    State::Established => 5,
                    State::Closed => 6,
                    State::None => 7,
                }
            }
        }
    }
}

/// A protocol and the port listened on.
pub type Port = (u8, u16);

/// What is to be found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The port whose flows are wanted; the first one when `None`.
    pub port: Option<Port>,
    /// Their order.
    pub order: Order,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What it answers.
    pub wish: Wish,
    /// Ports, most bytes first.
    pub groups: Vec<PortGroup>,
    /// Traffic over time of each of them, see [`Series::columns`].
    pub traffic: Vec<[u8; COLUMNS]>,
    /// The port whose flows follow.
    pub port: Option<Port>,
    /// Its flows in order, by their place in the table.
    pub flows: Vec<u32>,
}

struct Want {
    wish: Wish,
    is_new: bool,
    stop: bool,
}

/// Groups on a thread of its own. Dropping it ends the thread.
pub struct Collector {
    want: Arc<(Mutex<Want>, Condvar)>,
    found: Receiver<Found>,
}

impl Collector {
    /// Starts the thread. Without one the screen stays empty.
    pub fn start(session: Handle, waker: Waker) -> Collector {
        let (sender, found) = unbounded();
        let first = Want { wish: Wish::default(), is_new: true, stop: false };
        let collector = Collector { want: Arc::new((Mutex::new(first), Condvar::new())), found };
        let want = Arc::clone(&collector.want);
        let run = move || run(&session, &want, &sender, &waker);
        let _ = std::thread::Builder::new().name("flows".to_owned()).spawn(run);
        collector
    }

    /// What is wanted now.
    pub fn want(&self, wish: Wish) {
        let mut want = self.want.0.lock().unwrap_or_else(PoisonError::into_inner);
        if want.wish != wish {
            want.wish = wish;
            want.is_new = true;
            self.want.1.notify_one();
        }
    }

    /// The newest answer, if one has come.
    pub fn newest(&self) -> Option<Found> {
        self.found.try_iter().last()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.want.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.want.1.notify_one();
    }
}

fn run(session: &Handle, want: &(Mutex<Want>, Condvar), found: &Sender<Found>, waker: &Waker) {
    let (mut seen, mut rest) = (None, PACE);
    let mut series = Series::default();
    loop {
        let wish = {
            let guard = want.0.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |want: &mut Want| !want.is_new && !want.stop;
            let waited = want.1.wait_timeout_while(guard, rest, idle);
            let mut guard = waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0);
            if guard.stop {
                return;
            }
            let is_new = std::mem::take(&mut guard.is_new);
            let analysed = session.progress().analysed;
            if !is_new && seen == Some(analysed) {
                continue;
            }
            seen = Some(analysed);
            guard.wish
        };
        let start = Instant::now();
        let all = series.follow(session);
        let Some(mut answer) = collect(session, wish, want) else { continue };
        if !all {
            seen = None;
        }
        let ports = answer.groups.iter().map(|group| (group.protocol, group.port));
        answer.traffic = ports.map(|port| series.columns(port)).collect();
        rest = PACE.max(start.elapsed() * SHARE);
        if found.send(answer).is_err() {
            return;
        }
        waker.wake();
    }
}

/// Looks at every flow once; `None` when something else is wanted meanwhile.
fn collect(session: &Handle, wish: Wish, want: &(Mutex<Want>, Condvar)) -> Option<Found> {
    let mut grouping = Grouping::default();
    let mut flows: Vec<(u128, u32)> = Vec::new();
    each(session, want, |place, flow| {
        grouping.add(flow);
        if wish.port == Some((flow.key.protocol, flow.service_port())) {
            flows.push((wish.order.key(flow), place));
        }
    })?;
    grouping.add_unclaimed(&session.analysis().unclaimed);
    let groups = grouping.groups();
    let first = groups.first().map(|group| (group.protocol, group.port));
    let known = |port: &Port| groups.iter().any(|group| (group.protocol, group.port) == *port);
    let port = wish.port.filter(known).or(first);
    if port != wish.port {
        flows.clear();
        each(session, want, |place, flow| {
            if port == Some((flow.key.protocol, flow.service_port())) {
                flows.push((wish.order.key(flow), place));
            }
        })?;
    }
    flows.sort_unstable();
    let flows = flows.into_iter().map(|(_, place)| place).collect();
    Some(Found { wish, groups, traffic: Vec::new(), port, flows })
}

fn each(session: &Handle, want: &(Mutex<Want>, Condvar), mut look: impl FnMut(u32, &Flow)) -> Option<()> {
    let mut place = 0;
    loop {
        // The analysis waits for each of these parts, not for all of them.
        let analysis = session.analysis();
        for at in place..place + AT_ONCE {
            match analysis.flows.get(at) {
                Some(flow) if flow.is_counted() => look(at, flow),
                Some(_) => {}
                None => return Some(()),
            }
        }
        drop(analysis);
        place += AT_ONCE;
        let want = want.0.lock().unwrap_or_else(PoisonError::into_inner);
        if want.is_new || want.stop {
            return None;
        }
    }
}
