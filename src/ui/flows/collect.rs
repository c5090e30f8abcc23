//! The worker that groups flows by port and puts those of one port in order.
//!
//! Owns the orders. When it looks is up to [`Survey`]. Knows nothing of how
//! flows are drawn.

use super::super::survey::Survey;
use super::super::worker::Waker;
use super::series::{COLUMNS, MOST, Series};
use crate::flow::tcp::Measure;
use crate::flow::{Flow, Grouping, PortGroup, Side};
use crate::session::{GoOn, Handle};

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
            Order::Bytes => falling(flow.bytes.iter().sum()),
            Order::Duration => falling(flow.last_time.since(flow.first_time).max(0).unsigned_abs()),
            Order::Rtt => falling(measure.and_then(|m| m.rtt.quantile(50)).map_or(0, |rtt| rtt.max(1))),
            Order::Retransmissions => falling(measure.map_or(0, Measure::sent_again)),
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

/// Looks on a thread of its own.
pub type Collector = Survey<Wish, Found>;

/// Starts to look.
pub fn start(session: Handle, waker: Waker) -> Collector {
    let mut series = Series::default();
    let look = move |session: &Handle, wish: &Wish, go_on: GoOn<'_>| {
        let mut found = collect(session, *wish, go_on)?;
        let mut is_all = series.follow(session, go_on);
        is_all &= session.measure(MOST, go_on);
        let ports = found.groups.iter().map(|group| (group.protocol, group.port));
        found.traffic = ports.map(|port| series.columns(port)).collect();
        Some((found, is_all))
    };
    Survey::start("flows", session, waker, Wish::default(), look)
}

/// Looks at every flow once; `None` when something else is wanted meanwhile.
fn collect(session: &Handle, wish: Wish, go_on: GoOn<'_>) -> Option<Found> {
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
        grouping.add(flow);
        if wish.port == Some((flow.key.protocol, flow.service_port())) {
            flows.push((key(place, flow), place));
        }
    })?;
    grouping.add_unclaimed(&session.analysis().unclaimed);
    let groups = grouping.groups();
    let first = groups.first().map(|group| (group.protocol, group.port));
    let known = |port: &Port| groups.iter().any(|group| (group.protocol, group.port) == *port);
    let port = wish.port.filter(known).or(first);
    if port != wish.port {
        flows.clear();
        each(session, go_on, |place, flow| {
            if port == Some((flow.key.protocol, flow.service_port())) {
                flows.push((key(place, flow), place));
            }
        })?;
    }
    flows.sort_unstable();
    let flows = flows.into_iter().map(|(_, place)| place).collect();
    Some(Found { wish, groups, traffic: Vec::new(), port, flows })
}

fn each(session: &Handle, go_on: GoOn<'_>, mut look: impl FnMut(u32, &Flow)) -> Option<()> {
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
        go_on().then_some(())?;
    }
}
