//! The worker that groups flows by port and puts those of one port in order.
//!
//! Owns the orders. When it looks is up to [`Survey`]. Knows nothing of how
//! flows are drawn.

use super::super::survey::Survey;
use super::super::worker::Waker;
use super::series::{COLUMNS, MOST, Series};
use crate::base::PacketId;
use crate::flow::tcp::Measure;
use crate::flow::{Flow, Grouping, PortGroup, Refusal, Side, State};
use crate::session::{GoOn, Handle, Matches, Peeler};
use crate::store::PacketRow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Flows that are looked at while the analysis waits.
const AT_ONCE: u32 = 8192;
/// Packets let through between two questions whether to go on.
const BATCH: u64 = 1 << 14;
/// Flows of a port whose packets were not taken of which it is told how.
const UNTAKEN: usize = 1024;

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
    /// Median of round-trip times, longest first.
    Rtt,
    /// TCP segments sent again, most first.
    Retransmissions,
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
            Order::Duration => Order::Rtt,
            Order::Rtt => Order::Retransmissions,
            Order::Retransmissions => Order::Client,
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
            Order::Rtt => "round trip",
            Order::Retransmissions => "sent again",
            Order::Client => "client",
            Order::State => "state",
        }
    }

    fn key(self, flow: &Flow, measure: Option<&Measure>) -> u128 {
        let falling = |number: u64| u128::from(u64::MAX - number);
        match self {
            Order::Start => 0,
            Order::Packets => falling(flow.packets.iter().map(|count| u64::from(*count)).sum()),
            Order::Bytes => falling(flow.bytes().iter().sum()),
            Order::Duration => falling(flow.last_time.since(flow.first_time).max(0).unsigned_abs()),
            Order::Rtt => falling(measure.and_then(|m| m.rtt.quantile(50)).map_or(0, |rtt| rtt.max(1))),
            Order::Retransmissions => falling(measure.map_or(0, Measure::sent_again)),
            Order::Client => {
                let client = if flow.server() == Side::A { flow.key.dst } else { flow.key.src };
                u128::from_be_bytes(client)
            }
            Order::State => match flow.state() {
                State::Refused | State::Unreachable => 0,
                State::Reset => 1,
                State::SynSent => 2,
                State::SynReceived => 3,
                State::Closing => 4,
                State::Established => 5,
                State::Closed => 6,
                State::None => 7,
            },
        }
    }
}

/// A protocol and the port listened on.
pub type Port = (u8, u16);

/// What is to be found out.
#[derive(Clone, Default)]
pub struct Wish {
    /// The port whose flows are wanted; the first one when `None`.
    pub port: Option<Port>,
    /// Their order.
    pub order: Order,
    /// Only flows with one of these packets; all when `None`.
    pub limit: Option<Arc<Matches>>,
}

impl PartialEq for Wish {
    fn eq(&self, other: &Wish) -> bool {
        let limit = |wish: &Wish| wish.limit.as_ref().map(Arc::as_ptr);
        (self.port, self.order) == (other.port, other.order) && limit(self) == limit(other)
    }
}

/// What was found.
#[derive(Default)]
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
    /// Of those whose packets were not taken, the first ones: how.
    pub untaken: HashMap<u32, [Option<NotTaken>; 2]>,
}

/// How packets of a flow were refused, or why they did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// How many of them.
    pub count: u64,
    /// What said so first.
    pub first: Refusal,
    /// The packet that it answers, where it is in the capture.
    pub cause: Option<PacketId>,
}

/// Looks on a thread of its own.
pub type Collector = Survey<Wish, Found>;

/// Starts to look.
pub fn start(session: Handle, waker: Waker) -> Collector {
    let mut series = Series::default();
    // Of the flows that a filter lets through: all over again when these are others.
    let mut limited: (Vec<bool>, Series) = Default::default();
    let mut peeler = Peeler::default();
    let look = move |session: &Handle, wish: &Wish, go_on: GoOn<'_>| {
        let limit = match &wish.limit {
            Some(matches) => Some(self::limited(session, matches, go_on)?),
            None => None,
        };
        let (mut found, all) = collect(session, wish, limit.as_ref(), go_on)?;
        found.untaken = untaken(session, &found.flows, &mut peeler);
        let series = match limit {
            Some((flows, _)) => {
                if limited.0 != flows {
                    limited = (flows, Series::default());
                }
                &mut limited.1
            }
            None => &mut series,
        };
        let within = wish.limit.is_some().then_some(limited.0.as_slice());
        let mut is_all = series.follow(session, within, go_on) && all;
        is_all &= session.measure(MOST, go_on);
        let ports = found.groups.iter().map(|group| (group.protocol, group.port));
        found.traffic = ports.map(|port| series.columns(port)).collect();
        Some((found, is_all))
    };
    Survey::start("flows", session, waker, Wish::default(), look)
}

/// How packets of these flows were refused, and why they did not arrive: of the first ones.
fn untaken(session: &Handle, flows: &[u32], peeler: &mut Peeler) -> HashMap<u32, [Option<NotTaken>; 2]> {
    let wanted: HashSet<u32> = flows.iter().copied().collect();
    let mut found: HashMap<u32, [Option<NotTaken>; 2]> = HashMap::new();
    let mut firsts: Vec<(u32, PacketId)> = Vec::new();
    {
        let analysis = session.analysis();
        for (which, untaken) in [&analysis.unclaimed, &analysis.undelivered].into_iter().enumerate() {
            for refusal in untaken.refusals() {
                let Some(place) = refusal.flow.filter(|place| wanted.contains(place)) else { continue };
                if found.len() >= UNTAKEN && !found.contains_key(&place) {
                    continue;
                }
                let known = found.entry(place).or_insert_with(|| {
                    firsts.extend(analysis.flows.get(place).map(|flow| (place, flow.first())));
                    [None; 2]
                });
                if let Some(known) = known.get_mut(which) {
                    known.get_or_insert(NotTaken { count: 0, first: *refusal, cause: None }).count += 1;
                }
            }
        }
    }
    for (place, first) in firsts {
        for untaken in found.get_mut(&place).into_iter().flatten().flatten() {
            untaken.cause = session.cause(untaken.first.by, place, first, peeler);
        }
    }
    found
}

/// A bit for each flow that has one of these packets, and whether all were looked at.
fn limited(session: &Handle, matches: &Matches, go_on: GoOn<'_>) -> Option<(Vec<bool>, bool)> {
    let all = matches.tested() >= session.progress().analysed;
    let mut flows = Vec::new();
    for place in 0..matches.len() {
        if place % BATCH == 0 {
            go_on().then_some(())?;
        }
        let row = matches.get(place).and_then(|id| session.row(id));
        let Some(flow) = row.map(|row| row.flow).filter(|flow| *flow != PacketRow::NO_FLOW) else { continue };
        if flow as usize >= flows.len() {
            flows.resize(flow as usize + 1, false);
        }
        if let Some(has) = flows.get_mut(flow as usize) {
            *has = true;
        }
    }
    Some((flows, all))
}

/// Looks at every flow once, tells whether that is all there is so far; `None` when
/// something else is wanted meanwhile.
fn collect(
    session: &Handle,
    wish: &Wish,
    limit: Option<&(Vec<bool>, bool)>,
    go_on: GoOn<'_>,
) -> Option<(Found, bool)> {
    let all = limit.is_none_or(|(_, all)| *all);
    let is_in = |place: u32| match limit {
        Some((flows, _)) => flows.get(place as usize).copied().unwrap_or(false),
        None => true,
    };
    let measured = matches!(wish.order, Order::Rtt | Order::Retransmissions);
    if measured {
        session.measure(u64::MAX, go_on).then_some(())?;
    }
    let key = |place: u32, flow: &Flow| {
        let measures = measured.then(|| session.measures());
        wish.order.key(flow, measures.as_ref().and_then(|measures| measures.get(place)))
    };
    let mut grouping = Grouping::default();
    let mut flows: Vec<(u128, u32)> = Vec::new();
    each(session, go_on, |place, flow| {
        if !is_in(place) {
            return;
        }
        grouping.add(flow);
        if wish.port == Some((flow.key.protocol, flow.service_port())) {
            flows.push((key(place, flow), place));
        }
    })?;
    if limit.is_none() {
        let analysis = session.analysis();
        grouping.add_untaken(&analysis.unclaimed, &analysis.undelivered);
    }
    let groups = grouping.groups();
    let first = groups.first().map(|group| (group.protocol, group.port));
    let known = |port: &Port| groups.iter().any(|group| (group.protocol, group.port) == *port);
    let port = wish.port.filter(known).or(first);
    if port != wish.port {
        flows.clear();
        each(session, go_on, |place, flow| {
            if is_in(place) && port == Some((flow.key.protocol, flow.service_port())) {
                flows.push((key(place, flow), place));
            }
        })?;
    }
    flows.sort_unstable();
    let flows = flows.into_iter().map(|(_, place)| place).collect();
    Some((Found { wish: wish.clone(), groups, port, flows, ..Found::default() }, all))
}

fn each(session: &Handle, go_on: GoOn<'_>, mut look: impl FnMut(u32, &Flow)) -> Option<()> {
    let mut place = 0;
    loop {
        // The analysis waits for each of these parts, not for all of them.
        let analysis = session.analysis();
        for at in place..place + AT_ONCE {
            match analysis.flows.get(at) {
                Some(flow) if flow.is_seen() => look(at, flow),
                Some(_) => {}
                None => return Some(()),
            }
        }
        drop(analysis);
        place += AT_ONCE;
        go_on().then_some(())?;
    }
}
