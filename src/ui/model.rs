//! What the screens show: the open capture, what is selected in it, and how
//! things are to be shown. Screens read it and, when they act, change it.
//!
//! Owns the cache of lines, the running filter and the running search. Knows
//! nothing of drawing.

use super::find::{Find, Found, Sought};
use super::options::{Live, Test};
use super::survey::Survey;
use super::theme::Theme;
use super::visible::{LineText, Peeled, Visible};
use super::worker::Waker;
use crate::base::PacketId;
use crate::decode::Registry;
use crate::decode::sinks::Probe;
use crate::filter::{Filter, FilterError};
use crate::session::problems::Kind;
use crate::session::{
    FilterJob, GoOn, Handle, Matches, Peeler, Progress, Resolve, Session, Totals, WithNames,
};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Lines that are kept; more than any screen shows.
const KEPT_LINES: usize = 4096;

/// Everything that the screens share.
pub struct Model {
    /// The open capture; `None` while one is being chosen.
    pub capture: Option<Capture>,
    /// Colours.
    pub theme: Theme,
    /// How things are shown.
    pub settings: Settings,
    /// The screens that led to the one shown: the way back.
    pub came: Vec<Came>,
    /// Wakes the event loop from other threads.
    pub waker: Waker,
}

/// A screen from which another was reached.
pub struct Came {
    /// Its number.
    pub screen: u8,
    /// The display filter that was in force there, where the step set another.
    pub filter: Option<Option<Filtered>>,
}

/// How things are shown.
#[derive(Clone)]
pub struct Settings {
    /// Names of the capture beside addresses.
    pub names: bool,
    /// Who is asked for others.
    pub resolve: Option<Arc<dyn Resolve>>,
    /// What the time column shows.
    pub time: TimeStyle,
}

/// What the time column shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// Seconds since the first packet.
    #[default]
    Start,
    /// Seconds since the packet before, among those shown.
    Previous,
    /// Time of day, UTC.
    Utc,
    /// Time of day where the program runs.
    Local,
}

impl TimeStyle {
    /// The next one.
    pub fn next(self) -> TimeStyle {
        match self {
            TimeStyle::Start => TimeStyle::Previous,
            TimeStyle::Previous => TimeStyle::Utc,
            TimeStyle::Utc => TimeStyle::Local,
            TimeStyle::Local => TimeStyle::Start,
        }
    }

    /// The column's heading.
    pub fn heading(self) -> &'static str {
        match self {
            TimeStyle::Start => "Time",
            TimeStyle::Previous => "Δ Time",
            TimeStyle::Utc => "UTC",
            TimeStyle::Local => "Local time",
        }
    }
}

/// What the streams screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The flow's place in the flow table.
    pub flow: u32,
    /// The packet to begin at; the first one when `None`.
    pub packet: Option<PacketId>,
}

/// A display filter at work.
pub struct Filtered {
    /// As it was typed.
    pub text: String,
    job: FilterJob,
}

/// An open capture.
pub struct Capture {
    /// What it is called: a file's name, an interface; harmless for a terminal.
    pub title: String,
    /// The selected packet.
    pub selected: Option<PacketId>,
    /// The selected packet, peeled; the one before until the worker is done.
    pub peeled: Option<Arc<Peeled>>,
    /// The selected node of the peeled packet's tree.
    pub node: Option<u32>,
    /// What is to be selected in the tree of the packet selected last, once that
    /// is there: what is wrong with it.
    pub trouble: Option<Kind>,
    /// What the streams screen shows.
    pub stream: Option<Shown>,
    /// The flow that the flows screen is to select, by its place in the flow table.
    pub flow: Option<u32>,
    /// The transaction that the DNS screen is to select.
    pub lookup: Option<u32>,
    /// Stay at the newest packet.
    pub follow: bool,
    /// The filter in force.
    pub filter: Option<Filtered>,
    /// The running search.
    pub find: Option<Find>,
    /// What was last sought.
    pub sought: Option<Sought>,
    /// Live: how to stop, and whether it is saved.
    pub live: Option<Live>,
    /// The newest totals that could be had without waiting.
    pub totals: Totals,
    /// Notices that have been told.
    told: usize,
    /// Packets shown when the view was held still.
    held: Option<u64>,
    /// The filter has changed: the selection moves to what it lets through.
    settling: bool,
    /// What was selected before a filter that lets nothing through, to come back to.
    left: Option<PacketId>,
    lines: HashMap<PacketId, LineText>,
    worker: Visible,
    /// Reads packets for names; how far it is, and how many names the file lists.
    names: Survey<(), ()>,
    /// And what the resolver has told.
    named: (PacketId, usize, u64),
    waker: Waker,
    /// Last, so that it ends last.
    pub session: Session,
}

/// A display filter as a test of packets.
pub fn test(registry: &Registry, text: &str) -> Result<Test, FilterError> {
    let filter = Filter::compile(registry, text)?;
    let mut probe = Probe::new(filter.wanted());
    let names = if filter.wants_names() { WithNames::All } else { WithNames::No };
    Ok(Box::new(move |session: &Handle, id, peeler: &mut Peeler| {
        probe.clear();
        peeler.names = names;
        // A packet that cannot be read or peeled matches nothing.
        let peeled = catch_unwind(AssertUnwindSafe(|| session.peel(id, peeler, &mut probe)));
        matches!(peeled, Ok(Ok(()))) && filter.matches(&probe)
    }))
}

/// Packets that are read for names in one look.
const LEARNT: u64 = 1 << 16;

/// Reads on for names; what the analysis has yet to pass comes first.
fn learn(session: &Handle, (): &(), go_on: GoOn<'_>) -> Option<((), bool)> {
    let progress = session.progress();
    let behind = progress.analysed < progress.indexed;
    // The end may be known a moment after the last packet.
    Some(((), behind || session.learn_names(LEARNT, go_on) && !session.resolver_waits()))
}

impl Capture {
    /// Opens the view of a session.
    pub fn new(session: Session, title: String, live: Option<Live>, waker: Waker) -> Capture {
        Capture {
            title,
            selected: None,
            peeled: None,
            node: None,
            trouble: None,
            stream: None,
            flow: None,
            lookup: None,
            follow: live.is_some(),
            filter: None,
            find: None,
            sought: None,
            live,
            totals: Totals::default(),
            told: 0,
            held: None,
            settling: false,
            left: None,
            lines: HashMap::new(),
            worker: Visible::start(session.handle(), waker.clone()),
            names: Survey::start("names", session.handle(), waker.clone(), (), learn),
            named: (0, 0, 0),
            waker,
            session,
        }
    }

    /// How far reading and analysis are.
    pub fn progress(&self) -> Progress {
        self.session.progress()
    }

    /// The matches of the filter in force.
    pub fn matches(&self) -> Option<&Arc<Matches>> {
        self.filter.as_ref().map(|filter| filter.job.matches())
    }

    fn all(&self) -> u64 {
        self.matches().map_or_else(|| self.session.progress().indexed, |matches| matches.len())
    }

    /// Packets that the list shows.
    pub fn count(&self) -> u64 {
        self.held.unwrap_or_else(|| self.all())
    }

    /// The packet at a place of the list.
    pub fn at(&self, place: u64) -> Option<PacketId> {
        if place >= self.count() {
            return None;
        }
        self.matches().map_or(Some(place), |matches| matches.get(place))
    }

    /// The place in the list of a packet, or of the next one shown.
    pub fn place(&self, id: PacketId) -> u64 {
        self.matches().map_or(id, |matches| matches.place_of(id))
    }

    /// The selected packet's place in the list; `None` while the filter has
    /// not come to it.
    pub fn selected_place(&self) -> Option<u64> {
        let selected = self.selected?;
        match self.matches() {
            Some(matches) if matches.tested() <= selected => None,
            _ => Some(self.place(selected)),
        }
    }

    /// Selects a packet; the tree follows when the worker has it.
    pub fn select(&mut self, id: PacketId) {
        let last = self.session.progress().indexed.saturating_sub(1);
        self.selected = Some(id.min(last));
        self.settling = false;
        self.trouble = None;
    }

    /// Selects the packet at a place of the list, or the last one before it.
    pub fn select_place(&mut self, place: u64) {
        let last = self.count().saturating_sub(1);
        if let Some(id) = self.at(place.min(last)) {
            self.select(id);
        }
    }

    /// Whether the view is held still.
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Packets that came since the view was held still.
    pub fn new_since_held(&self) -> u64 {
        self.held.map_or(0, |held| self.all().saturating_sub(held))
    }

    /// Holds the view still, or lets it go on. Nothing is lost meanwhile.
    pub fn toggle_hold(&mut self) {
        self.held = if self.held.is_some() { None } else { Some(self.all()) };
    }

    /// Filters the list; an empty text shows all again.
    pub fn filter(&mut self, text: &str) -> Result<(), FilterError> {
        if text.trim().is_empty() {
            self.filter = None;
        } else {
            let job = FilterJob::start(self.session.handle(), test(self.session.registry(), text)?);
            self.filter = Some(Filtered { text: text.trim().to_owned(), job });
        }
        self.held = None;
        self.settling = self.filter.is_some();
        self.selected = self.selected.or(self.left.take());
        Ok(())
    }

    /// Filters the list by a test that is already there, and selects the first packet that
    /// it lets through; the text says in the filter's own words which these are.
    pub fn filter_with(&mut self, text: String, test: Test) {
        self.filter = Some(Filtered { text, job: FilterJob::start(self.session.handle(), test) });
        self.held = None;
        self.follow = false;
        self.left = self.selected.take();
    }

    /// Puts a filter back in force, or none.
    pub fn refilter(&mut self, filter: Option<Filtered>) {
        self.filter = filter;
        self.held = None;
        self.selected = self.selected.or(self.left.take());
    }

    /// Starts a search from the selected packet on.
    pub fn start_find(&mut self, sought: Sought, forward: bool) {
        if self.session.progress().indexed == 0 {
            return;
        }
        let matches = self.matches().cloned();
        self.find = Some(Find::start(
            self.session.handle(),
            matches,
            sought,
            self.selected,
            forward,
            self.waker.clone(),
        ));
    }

    /// A packet's line, once it is there.
    pub fn line(&self, id: PacketId) -> Option<&LineText> {
        self.lines.get(&id)
    }

    /// Asks the worker for what is to be seen and not there yet; `true` when
    /// all is there.
    pub fn want(&mut self, visible: impl Iterator<Item = PacketId>) -> bool {
        let analysed = self.session.progress().analysed;
        let stale = |is_final: bool, id: PacketId| !is_final && id < analysed;
        let (passed, listed, resolved) = self.named;
        let unnamed = |named: (bool, usize, u64), id: PacketId| {
            (!named.0 && id < passed) || (named.1, named.2) != (listed, resolved)
        };
        let missing = |id: &PacketId| {
            self.lines.get(id).is_none_or(|line| stale(line.is_final, *id) || unnamed(line.named, *id))
        };
        let lines: Vec<PacketId> = visible.filter(missing).collect();
        let owners = self.session.owners().version();
        let packet = self.selected.filter(|id| {
            self.peeled.as_ref().is_none_or(|peeled| {
                let unnamed = unnamed(peeled.named, *id);
                peeled.id != *id || stale(peeled.is_final, *id) || peeled.owners != owners || unnamed
            })
        });
        let complete = lines.is_empty() && packet.is_none();
        self.worker.want(lines, packet);
        complete
    }

    /// Takes what other threads have found. Gives what a search came to.
    pub fn update(&mut self) -> Option<Found> {
        while let Some(answer) = self.worker.answer() {
            if self.lines.len() + answer.lines.len() > KEPT_LINES {
                self.lines.clear();
            }
            self.lines.extend(answer.lines);
            self.peeled = answer.packet.or(self.peeled.take());
        }
        if let Some(analysis) = self.session.try_analysis() {
            self.totals = analysis.totals;
        }
        let _ = self.names.newest();
        if let Some(names) = self.session.try_names() {
            (self.named.0, self.named.2) = (names.passed(), names.resolved());
        }
        self.named.1 = self.session.meta().names.len();
        self.settle();
        if self.selected.is_none() || self.follow && self.held.is_none() {
            let place = if self.follow { self.count().saturating_sub(1) } else { 0 };
            self.select_place(place);
        }
        if self.selected.is_none() {
            (self.peeled, self.node) = (None, None);
        }
        if self.follow && self.session.is_finished() {
            // Nothing more comes.
            self.follow = false;
        }
        let found = self.find.as_ref()?.result()?;
        self.find = None;
        if let Found::At(id, _) = found {
            self.follow = false;
            self.select(id);
        }
        Some(found)
    }

    /// The newest notice that nobody has been told of.
    pub fn news(&mut self) -> Option<String> {
        let meta = self.session.meta();
        let news = meta.notices.get(self.told..)?.last()?.text.clone();
        self.told = meta.notices.len();
        Some(news)
    }

    /// After a change of the filter: to the next packet that it lets through,
    /// or to the last; to none where it lets nothing through.
    fn settle(&mut self) {
        let (true, Some(selected)) = (self.settling, self.selected) else { return };
        let Some(matches) = self.matches() else { return };
        let place = matches.place_of(selected);
        let is_done = matches.tested() >= self.session.progress().indexed;
        if matches.tested() > selected && (place < matches.len() || is_done) {
            self.settling = false;
            self.select_place(place);
            if self.count() == 0 {
                self.left = self.selected.take();
            }
        }
    }

    /// The selected packet, peeled, if it is there already.
    pub fn packet(&self) -> Option<&Arc<Peeled>> {
        self.peeled.as_ref().filter(|peeled| Some(peeled.id) == self.selected)
    }
}
