//! The worker that gathers the rows of a list.
//!
//! Owns which lists there are and their orders. Of endpoints and conversations
//! no more than the first few thousand are kept. Knows nothing of how rows are
//! drawn.

use crate::flow::{Grouping, PortGroup};
use crate::session::{
    Conversation, Count, Counted, Endpoint, Firsts, GoOn, Handle, HierarchyRow, Hosts, LengthBin, Matches,
    Order, Pairs, Part, Peeler,
};
use crate::ui::flows::rule;
use crate::ui::survey::Survey;
use crate::ui::worker::Waker;
use std::cmp::Reverse;
use std::sync::Arc;

/// Endpoints or conversations that are kept.
const MOST: usize = 10_000;
/// Packets let through that are counted at one look.
const AT_A_LOOK: u64 = 1 << 18;
/// Packets measured at one look.
const MEASURED: u64 = 1 << 20;
/// Packets counted between two questions whether to go on.
const BATCH: u64 = 256;
/// Flows that are looked at while the analysis waits.
const AT_ONCE: u32 = 8192;

/// What is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Packets by the protocols in them.
    #[default]
    Protocols,
    /// What hosts sent and received.
    Endpoints,
    /// What pairs of hosts sent each other.
    Conversations,
    /// Flows by the port listened on.
    Ports,
    /// Packets by length.
    Lengths,
    /// Traffic over time.
    Time,
}

impl Section {
    /// Every section, as the tabs show them.
    pub const ALL: [Section; 6] = [
        Section::Protocols,
        Section::Endpoints,
        Section::Conversations,
        Section::Ports,
        Section::Lengths,
        Section::Time,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Protocols => "Protocols",
            Section::Endpoints => "Endpoints",
            Section::Conversations => "Conversations",
            Section::Ports => "Ports",
            Section::Lengths => "Lengths",
            Section::Time => "Time",
        }
    }

    /// Its orders and their names, the usual one first.
    pub const fn orders(self) -> &'static [(Order, &'static str)] {
        match self {
            Section::Endpoints => &[
                (Order::Bytes, "bytes"),
                (Order::Packets, "packets"),
                (Order::Number, "peers"),
                (Order::Start, "first seen"),
            ],
            Section::Conversations => &[
                (Order::Bytes, "bytes"),
                (Order::Packets, "packets"),
                (Order::Duration, "duration"),
                (Order::Rtt, "round trip"),
                (Order::Retransmissions, "sent again"),
                (Order::Number, "flows"),
                (Order::Start, "start"),
            ],
            Section::Ports => &[
                (Order::Bytes, "bytes"),
                (Order::Packets, "packets"),
                (Order::Number, "flows"),
                (Order::Start, "port"),
            ],
            Section::Protocols | Section::Lengths | Section::Time => &[],
        }
    }
}

/// What is to be found out.
#[derive(Clone, Default)]
pub struct Wish {
    /// The list.
    pub section: Section,
    /// Its order, where it has several.
    pub order: Order,
    /// The packets that it is about; all when `None`.
    pub limit: Option<Arc<Matches>>,
}

impl PartialEq for Wish {
    fn eq(&self, other: &Wish) -> bool {
        let limit = |wish: &Wish| wish.limit.as_ref().map(Arc::as_ptr);
        (self.section, self.order) == (other.section, other.order) && limit(self) == limit(other)
    }
}

/// Rows of one list.
#[derive(Debug)]
pub enum Rows {
    /// The protocol hierarchy.
    Protocols(Vec<HierarchyRow>),
    /// Hosts.
    Endpoints(Vec<Endpoint>),
    /// Pairs of hosts.
    Conversations(Vec<Conversation>),
    /// Ports.
    Ports(Vec<PortGroup>),
    /// Least and greatest length of a step, and its packets.
    Lengths(Vec<(u32, Option<u32>, LengthBin)>),
}

impl Default for Rows {
    fn default() -> Rows {
        Rows::Protocols(Vec::new())
    }
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Rows::Protocols(rows) => rows.len(),
            Rows::Endpoints(rows) => rows.len(),
            Rows::Conversations(rows) => rows.len(),
            Rows::Ports(rows) => rows.len(),
            Rows::Lengths(rows) => rows.len(),
        }
    }
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// What it answers.
    pub wish: Wish,
    /// The rows, in order.
    pub rows: Rows,
    /// How many there are, also those that are not kept.
    pub all: usize,
    /// All packets of the capture, or of the list.
    pub total: Count,
    /// Packets that it takes into account, or that do not matter.
    pub looked_at: u64,
    /// All round trips and repeats are counted, where they are told.
    pub is_measured: bool,
}

/// Looks on a thread of its own.
pub type Collector = Survey<Wish, Found>;

/// Starts to look.
pub fn start(session: Handle, waker: Waker, wish: Wish) -> Collector {
    let mut limited: Option<Limited> = None;
    let look = move |session: &Handle, wish: &Wish, go_on: GoOn<'_>| {
        let Some(limit) = &wish.limit else {
            limited = None;
            let looked_at = session.progress().analysed;
            let found = collect(&**session, wish, go_on)?;
            let is_all = found.is_measured;
            return Some((Found { looked_at, ..found }, is_all));
        };
        if !limited.as_ref().is_some_and(|own| Arc::ptr_eq(&own.matches, limit)) {
            limited = Some(Limited { matches: Arc::clone(limit), ..Limited::default() });
        }
        let own = limited.as_mut()?;
        let looked_at = own.follow(session, go_on);
        let found = collect(&own.part, wish, go_on)?;
        let is_all = looked_at == session.progress().analysed;
        Some((Found { looked_at, ..found }, is_all))
    };
    Survey::start("statistics", session, waker, wish, look)
}

/// The packets that a filter lets through, counted.
#[derive(Default)]
struct Limited {
    matches: Arc<Matches>,
    part: Part,
    /// Matches that are counted.
    counted: u64,
    peeler: Peeler,
}

impl Limited {
    /// Counts what the filter has let through since; gives how many packets
    /// of the capture are taken into account.
    fn follow(&mut self, session: &Handle, go_on: GoOn<'_>) -> u64 {
        // In this order: what is found after it was tested is counted as well.
        let (tested, until) = (self.matches.tested(), self.matches.len());
        let end = until.min(self.counted + AT_A_LOOK);
        while self.counted < end && go_on() {
            for id in (self.counted..end.min(self.counted + BATCH)).filter_map(|at| self.matches.get(at)) {
                self.part.add(session, id, &mut self.peeler);
                self.counted += 1;
            }
        }
        if self.counted == until { tested } else { self.matches.get(self.counted).unwrap_or(0) }
    }
}

fn collect(session: &dyn Counted, wish: &Wish, go_on: GoOn<'_>) -> Option<Found> {
    let mut found = Found { wish: wish.clone(), is_measured: true, ..Found::default() };
    found.total = Count { packets: session.packets(), bytes: session.analysis().totals.bytes };
    found.rows = match wish.section {
        Section::Protocols => Rows::Protocols(session.analysis().statistics.hierarchy.rows()),
        Section::Lengths => {
            let lengths = session.analysis().statistics.lengths;
            Rows::Lengths(lengths.steps().collect())
        }
        Section::Ports => Rows::Ports(ports(session, wish.order, go_on)?),
        Section::Endpoints => {
            let pairs = Pairs::find(session, go_on)?;
            let hosts = Hosts::find(session, go_on, pairs)?;
            let mut firsts = Firsts::new(MOST);
            hosts.each(session, go_on, |at, one| firsts.push(wish.order.endpoint(&one), at))?;
            found.all = firsts.all;
            let analysis = session.analysis();
            Rows::Endpoints(firsts.finish().into_iter().filter_map(|at| hosts.get(at, &analysis)).collect())
        }
        Section::Conversations => {
            // The first rows need not wait for all round trips.
            found.is_measured = session.measure(MEASURED, go_on);
            let pairs = Pairs::find(session, go_on)?;
            let mut firsts = Firsts::new(MOST);
            let rank = |at, one: Conversation| firsts.push(wish.order.conversation(&one), at);
            pairs.each(session, go_on, true, rank)?;
            found.all = firsts.all;
            let analysis = session.analysis();
            let measures = session.measures();
            let get = |at| pairs.get(at, &analysis, Some(&measures));
            Rows::Conversations(firsts.finish().into_iter().filter_map(get).collect())
        }
        Section::Time => Rows::default(),
    };
    found.all = found.all.max(found.rows.len());
    Some(found)
}

fn ports(session: &dyn Counted, order: Order, go_on: GoOn<'_>) -> Option<Vec<PortGroup>> {
    let mut grouping = Grouping::default();
    let mut place = 0;
    loop {
        let analysis = session.analysis();
        let known = analysis.flows.len();
        let flows = (place..place + AT_ONCE).filter_map(|at| analysis.flows.get(at));
        flows.filter(|flow| flow.is_counted()).for_each(|flow| grouping.add(flow));
        drop(analysis);
        place += AT_ONCE;
        if place as usize >= known {
            break;
        }
        go_on().then_some(())?;
    }
    let mut groups = grouping.groups();
    groups.retain(|group| rule::has_ports(group.protocol));
    match order {
        Order::Packets => groups.sort_by_key(|group| Reverse(group.packets)),
        Order::Number => groups.sort_by_key(|group| Reverse(group.flows)),
        Order::Start => groups.sort_by_key(|group| (group.port, group.protocol)),
        _ => {}
    }
    Some(groups)
}
