//! The flows screen: demultiplexing made visible. The ports that were listened
//! on, the flows of the selected one, and the rule that delivers a segment.
//!
//! Owns which port and which flow are selected, and the copy of the flows that
//! are seen. Knows nothing of how flows are found: [`collect`] does that.

mod collect;
mod draw;
mod measured;
pub(super) mod rule;
mod series;
mod whose;

use super::action::Action;
use super::keys::Context;
use super::model::{Capture, Model, Shown};
use super::screen::{Command, Reply, Screen, limit, say};
use super::theme::Role;
use crate::base::{PacketId, Timestamp};
use crate::decode::ProtocolId;
use crate::flow::Flow;
use crate::session::FlowNames;
use collect::{Collector, Found, Port, Wish};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use measured::{Brief, Connection};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::collections::HashMap;

/// Which part has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
    #[default]
    Ports,
    Flows,
    Rule,
}

impl Focus {
    /// In the order of the screen.
    const ALL: [Focus; 3] = [Focus::Ports, Focus::Flows, Focus::Rule];
}

/// The screen.
#[derive(Default)]
pub struct Flows {
    focus: Focus,
    collector: Option<Collector>,
    found: Found,
    is_answered: bool,
    wish: Wish,
    /// Uppermost lines of both lists, and the selected ones.
    tops: [usize; 2],
    places: [usize; 2],
    /// The selected flow, by its place in the table.
    flow: Option<u32>,
    /// The flows that are seen, and the selected one, as last read.
    seen: Vec<(u32, Flow)>,
    selected: Option<(Flow, Option<ProtocolId>)>,
    /// Packets of the selected one that do not count.
    uncounted: Option<u32>,
    /// Its second stream number, if it has one.
    later: Option<u32>,
    /// What is measured of the flows that are seen, and of the selected one.
    measured: HashMap<u32, Brief>,
    connection: Option<Connection>,
    /// Whose the flows that are seen are, where that is known.
    processes: HashMap<u32, String>,
    /// The names of their ends, and how the selected one's server was found.
    names: HashMap<u32, FlowNames>,
    named: bool,
    /// Only flows with a packet that the display filter lets through.
    is_limited: bool,
    start: Option<Timestamp>,
    areas: Areas,
    /// The flow to be selected, once it is found.
    goal: Option<u32>,
    /// What the lower part says, of which flow, and its uppermost line while it has the keys.
    said: Vec<(String, Role)>,
    read: (Option<u32>, usize),
    /// The most lines that it has needed for this port on a screen of this size.
    needed: (Rect, Option<Port>, u16),
    /// It takes the whole screen.
    is_zoomed: bool,
}

/// Where the parts are.
#[derive(Clone, Copy, Debug, Default)]
struct Areas {
    ports: Rect,
    flows: Rect,
    rule: Rect,
}

/// Divides an area: side by side where it is wide, else below each other. The
/// rule gets the lines that it has `needed`, as long as half of the area is left or the lists
/// below each other need less.
fn areas(area: Rect, [ports, flows]: [usize; 2], needed: u16) -> Areas {
    let least = (area.height / 3).clamp(6, 9);
    let lists = u16::try_from(ports.max(2) + flows + 2).unwrap_or(u16::MAX);
    let spare = if area.width >= 120 { 0 } else { area.height.saturating_sub(lists) };
    let rule = if area.height < 16 { 0 } else { needed.min(spare.max(area.height / 2)).max(least) };
    let body = Rect { height: area.height - rule, ..area };
    let rule = Rect { y: body.bottom(), height: rule, ..area };
    if area.width >= 120 {
        let width = (area.width * 9 / 20).min(72);
        let flows = Rect { x: area.x + width + 1, width: area.width - width - 1, ..body };
        Areas { ports: Rect { width, ..body }, flows, rule }
    } else {
        let most = (body.height / 2).max(1);
        let height = (ports as u16).saturating_add(1).clamp(3.min(most), most);
        let flows = Rect { y: body.y + height, height: body.height - height, ..body };
        Areas { ports: Rect { height, ..body }, flows, rule }
    }
}

fn window(top: usize, selected: usize, page: usize, count: usize) -> usize {
    window_of(top as u64, selected as u64, page as u64, count as u64) as usize
}

/// The uppermost line of a list so that the selected one is seen.
pub(super) fn window_of(top: u64, selected: u64, page: u64, count: u64) -> u64 {
    let least = (selected + 1).saturating_sub(page.max(1));
    top.clamp(least, selected.max(least)).min(count.saturating_sub(page))
}

impl Flows {
    /// Finds again in a new answer what is selected; every other frame knows where it is.
    fn place(&mut self) {
        let same = |port: Port| self.found.groups.iter().position(|g| (g.protocol, g.port) == port);
        let port = self.wish.port.or(self.found.port).and_then(same).unwrap_or(0);
        let flow = self.flow.and_then(|flow| self.found.flows.iter().position(|at| *at == flow));
        self.places = [port, flow.unwrap_or(0)];
        if flow.is_none() {
            self.flow = self.found.flows.first().copied();
        }
    }

    fn select_port(&mut self, place: usize) {
        let place = place.min(self.found.groups.len().saturating_sub(1));
        if let Some(group) = self.found.groups.get(place) {
            let port = Some((group.protocol, group.port));
            self.places[0] = place;
            if port != self.wish.port {
                self.wish.port = port;
                (self.tops[1], self.places[1]) = (0, 0);
                self.flow = None;
            }
        }
    }

    fn select_flow(&mut self, place: usize) {
        let place = place.min(self.found.flows.len().saturating_sub(1));
        self.places[1] = place;
        self.flow = self.found.flows.get(place).copied();
    }

    /// Whether the lower part has the keys: alone on the screen it has.
    fn reads(&self) -> bool {
        self.is_zoomed || self.focus == Focus::Rule
    }

    fn step(&mut self, to: impl Fn(usize, usize) -> usize) {
        match if self.reads() { Focus::Rule } else { self.focus } {
            Focus::Ports => {
                let page = usize::from(self.areas.ports.height.saturating_sub(1));
                self.select_port(to(self.places[0], page));
            }
            Focus::Flows => {
                let page = usize::from(self.areas.flows.height.saturating_sub(1));
                self.select_flow(to(self.places[1], page));
            }
            Focus::Rule => {
                let page = usize::from(self.areas.rule.height.saturating_sub(1));
                let most =
                    draw::lines(&self.said, self.areas.rule.width, u16::MAX).len().saturating_sub(page);
                self.read.1 = to(self.read.1, page).min(most);
            }
        }
    }

    /// The next part that has room on the screen, or the one before.
    fn turn(&mut self, forward: bool) {
        let room = |focus: &Focus| match focus {
            Focus::Ports => self.areas.ports.height > 1,
            Focus::Flows => self.areas.flows.height > 1,
            Focus::Rule => self.areas.rule.height > 1,
        };
        let there: Vec<Focus> = Focus::ALL.into_iter().filter(room).collect();
        let at = there.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        let next = if forward { at + 1 } else { at + there.len().saturating_sub(1) };
        self.focus = there.get(next % there.len().max(1)).copied().unwrap_or_default();
    }

    /// Selects the flow that another screen asks for, once it is there.
    fn seek(&mut self, capture: &mut Capture) {
        if let Some(flow) = capture.flow.take() {
            (self.goal, self.is_zoomed) = (Some(flow), false);
        }
        let Some(goal) = self.goal else { return };
        let Some(analysis) = capture.session.try_analysis() else { return };
        let Some(flow) = analysis.flows.get(goal) else { return };
        self.wish.port = Some((flow.key.protocol, flow.service_port()));
        self.focus = Focus::Flows;
        if self.found.port != self.wish.port {
            return;
        }
        if let Some(at) = self.found.flows.iter().position(|place| *place == goal) {
            self.place();
            self.select_flow(at);
            self.goal = None;
        }
    }

    /// Divides the area and reads what will be seen in it; `false` where that is not all there.
    fn lay_out(&mut self, area: Rect, capture: &Capture) -> bool {
        let counts = [self.found.groups.len(), self.found.flows.len()];
        self.areas = areas(area, counts, self.needed.2);
        if self.is_zoomed {
            let none = Rect { height: 0, ..area };
            self.areas = Areas { ports: none, flows: none, rule: area };
        }
        let page = |list: Rect| usize::from(list.height.saturating_sub(1));
        let (ports, flows) = (page(self.areas.ports), page(self.areas.flows));
        self.tops = [
            window(self.tops[0], self.places[0], ports, self.found.groups.len()),
            window(self.tops[1], self.places[1], flows, self.found.flows.len()),
        ];
        let complete = self.read(capture);
        self.said = draw::said(self, capture);
        if self.read.0 != self.flow {
            self.read = (self.flow, 0);
        }
        complete
    }

    /// The lookup that the selected flow followed, in the DNS screen.
    fn followed(&self, capture: &Capture) -> Reply {
        let used = self.flow.and_then(|flow| self.names.get(&flow)?.used.as_ref());
        let Some(used) = used else {
            return say("the capture has no lookup of its server's address before it");
        };
        let packets = [Some(used.lookup.answer), used.query];
        let shows = |id: PacketId| capture.matches().is_none_or(|matches| matches.contains(id));
        if !packets.into_iter().flatten().any(shows) {
            return say("the display filter hides that lookup: 1 and Esc take the filter away");
        }
        Reply::Do(Command::Lookup(used.lookup.transaction))
    }

    /// Copies what will be seen of the flow table; `false` while it is written.
    fn read(&mut self, capture: &Capture) -> bool {
        let page = usize::from(self.areas.flows.height.saturating_sub(1));
        let Some(analysis) = capture.session.try_analysis() else { return self.found.flows.is_empty() };
        let top = self.tops[1];
        let places = self.found.flows.iter().skip(top).take(page);
        self.seen = places.filter_map(|at| Some((*at, analysis.flows.get(*at)?.clone()))).collect();
        self.selected = self.flow.and_then(|at| {
            let bound = analysis.flows.bound_at(at, PacketId::MAX);
            Some((analysis.flows.get(at)?.clone(), bound))
        });
        self.later = self.flow.and_then(|at| analysis.flows.later_stream(at)).map(|(_, stream)| stream);
        self.uncounted = self.flow.map_or(Some(0), |at| analysis.flows.uncounted(at));
        let named = self.seen.iter().filter_map(|(at, flow)| Some((*at, whose::names(capture, flow)?)));
        self.processes = named.collect();
        let Some(book) = capture.session.try_names() else { return false };
        let names = |at: u32, flow: &Flow| capture.session.flow_names(&analysis, &book, at, flow);
        self.names = self.seen.iter().map(|(at, flow)| (*at, names(*at, flow))).collect();
        if let Some((at, (flow, _))) = self.flow.zip(self.selected.as_ref()) {
            self.names.entry(at).or_insert_with(|| names(at, flow));
        }
        drop(book);
        let Some(measures) = capture.session.try_measures() else { return false };
        let briefs = self.seen.iter().filter_map(|(at, _)| Some((*at, Brief::from(measures.get(*at)?))));
        self.measured = briefs.collect();
        self.connection = self.flow.zip(self.selected.as_ref()).and_then(|(at, (flow, _))| {
            let handshake = flow.handshake();
            let measure = measures.get(at).cloned().unwrap_or_default();
            (flow.key.protocol == rule::TCP).then_some(Connection { handshake, measure })
        });
        measures.passed() >= capture.progress().analysed
    }

    /// Only flows that the display filter lets through, or all again.
    fn limit(&mut self, model: &Model) -> Reply {
        limit(&mut self.is_limited, "flows", model)
    }

    /// Shows the selected flow in the streams screen.
    fn stream(&self) -> Reply {
        self.flow.map_or_else(none, |flow| Reply::Do(Command::Stream(Shown { flow, packet: None })))
    }

    fn open(&self) -> Reply {
        let Some((place, (flow, _))) = self.flow.zip(self.selected.as_ref()) else { return none() };
        let test = move |session: &crate::session::Handle, id: PacketId, _: &mut crate::session::Peeler| {
            session.row(id).is_some_and(|row| row.flow == place)
        };
        Reply::Do(Command::FilterWith(rule::filter(flow, self.later), Box::new(test)))
    }
}

fn none() -> Reply {
    say("no flow is selected")
}

impl Screen for Flows {
    fn context(&self) -> Context {
        Context::Flows
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        match action {
            Action::Up => self.step(|at, _| at.saturating_sub(1)),
            Action::Down => self.step(|at, _| at + 1),
            Action::PageUp => self.step(|at, page| at.saturating_sub(page)),
            Action::PageDown => self.step(|at, page| at + page),
            Action::First => self.step(|_, _| 0),
            Action::Last => self.step(|_, _| usize::MAX),
            Action::Left => self.focus = Focus::Ports,
            Action::Right => self.focus = Focus::Flows,
            Action::NextPane => self.turn(true),
            Action::PreviousPane => self.turn(false),
            Action::Sort => self.wish.order = self.wish.order.next(),
            Action::Enter if self.focus == Focus::Ports => self.focus = Focus::Flows,
            Action::Enter => return self.open(),
            Action::Stream => return self.stream(),
            Action::Reach => return self.limit(model),
            Action::Zoom => self.is_zoomed = !self.is_zoomed,
            Action::Back if self.is_zoomed => self.is_zoomed = false,
            Action::Followed => {
                return model.capture.as_ref().map_or(Reply::Done, |capture| self.followed(capture));
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        let at = Position::new(mouse.column, mouse.row);
        let (ports, flows) = (self.areas.ports, self.areas.flows);
        let focus = if ports.contains(at) {
            Focus::Ports
        } else if flows.contains(at) {
            Focus::Flows
        } else if self.areas.rule.contains(at) {
            Focus::Rule
        } else {
            return Reply::Ignored;
        };
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.focus = focus;
                if focus == Focus::Rule {
                    return Reply::Done;
                }
                let list = if focus == Focus::Ports { ports } else { flows };
                let Some(line) = at.y.checked_sub(list.y + 1) else {
                    if focus == Focus::Flows {
                        self.wish.order = self.wish.order.next();
                    }
                    return Reply::Done;
                };
                let place = self.tops[focus as usize] + usize::from(line);
                if focus == Focus::Ports { self.select_port(place) } else { self.select_flow(place) }
            }
            // What lies under the mouse moves; to read is no reason to leave a list.
            MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
                let down = mouse.kind == MouseEventKind::ScrollDown;
                self.focus = focus;
                self.step(|at, _| if down { at + 3 } else { at.saturating_sub(3) });
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        let Some(capture) = &mut model.capture else { return true };
        let (session, waker) = (&capture.session, &model.waker);
        self.wish.limit = capture.matches().filter(|_| self.is_limited).cloned();
        let collector = self.collector.get_or_insert_with(|| collect::start(session.handle(), waker.clone()));
        collector.want(self.wish.clone());
        if let Some(found) = collector.newest() {
            self.found = found;
            self.is_answered = true;
            // The first answer chooses; what comes later does not change it, unless the port
            // that was wanted is not among those that the filter leaves.
            let is_gone = self.found.wish == self.wish && self.found.port.is_some();
            let wanted = self.wish.port.filter(|_| !is_gone);
            self.wish.port = wanted.or(self.found.port);
            self.place();
        }
        self.seek(capture);
        let wish = self.wish.clone();
        self.start = capture.session.record(0).map(|record| record.time);
        self.named = model.settings.names;
        let current = self.found.port == wish.port && self.found.wish == wish;
        if self.found.port != wish.port {
            // What comes next belongs to another port.
            self.found.flows.clear();
            self.found.port = None;
            self.flow = None;
        } else if self.flow.is_none() {
            self.select_flow(0);
        }
        if (self.needed.0, self.needed.1) != (area, self.found.port) {
            self.needed = (area, self.found.port, 0);
        }
        let mut complete = self.lay_out(area, capture);
        let lines = draw::lines(&self.said, area.width, u16::MAX).len() + 1;
        if lines > usize::from(self.needed.2) {
            // It grows for a while: lists that move with every flow would be hard to read.
            self.needed.2 = lines.min(u16::MAX.into()) as u16;
            complete = self.lay_out(area, capture);
        }
        // A filter may let no flow through.
        let is_empty = self.found.groups.is_empty() && self.wish.limit.is_none();
        complete && current && self.is_answered && (!is_empty || capture.progress().analysed == 0)
    }

    fn draw(&self, _area: Rect, buffer: &mut Buffer, model: &Model) {
        let Some(capture) = &model.capture else { return };
        draw::draw(self, buffer, capture, model.theme);
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        if self.found.groups.is_empty() {
            return vec![("Esc", "packets")];
        }
        let enter = if self.focus == Focus::Ports { "flows" } else { "its packets" };
        let mut hints = vec![("Enter", enter), ("Tab", "next part"), ("s", "stream")];
        if self.flow.and_then(|flow| self.names.get(&flow)).is_some_and(|names| names.used.is_some()) {
            hints.insert(0, ("d", "its lookup"));
        }
        hints.extend([("o", "order"), ("Esc", "packets")]);
        hints
    }
}
