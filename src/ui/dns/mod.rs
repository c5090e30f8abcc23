//! The DNS screen: every query with its answer, what the packets of the selected
//! one say, and all of them together.
//!
//! Owns which transaction is selected and what the lower part shows. Knows
//! nothing of how transactions are found and read: [`collect`] does that.

mod collect;
mod details;
mod draw;
mod sums;
mod walk;
mod walker;
mod wish;

use super::action::Action;
use super::flows::window_of;
use super::keys::Context;
use super::model::{Capture, Model, Shown};
use super::screen::{Command, Reply, Screen, say};
use crate::base::{PacketId, Timestamp};
use crate::session::{DnsStatistics, Handle, NameUses, Peeler};
use collect::Collector;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use wish::{Caches, Found, List, Order, Told, Wish};

/// What the lower part shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lower {
    /// The selected transaction.
    #[default]
    Details,
    /// What was asked to answer it.
    Walk,
    /// All together.
    Sums,
    /// What caches may hold when the selected transaction has ended.
    Cache,
}

impl Lower {
    const ALL: [Lower; 4] = [Lower::Details, Lower::Walk, Lower::Sums, Lower::Cache];

    fn name(self) -> &'static str {
        match self {
            Lower::Details => "Transaction",
            Lower::Walk => "Walk",
            Lower::Sums => "All together",
            Lower::Cache => "Caches then",
        }
    }

    /// The one so many steps on.
    fn step(self, by: usize) -> Lower {
        let at = Lower::ALL.iter().position(|lower| *lower == self).unwrap_or(0);
        Lower::ALL.get((at + by) % Lower::ALL.len()).copied().unwrap_or_default()
    }
}

/// Lines above the list: its title, and the heads of its columns.
const HEAD: u16 = 2;
/// Transactions that there is room for at the least.
const LEAST: u16 = 3;

/// The screen.
#[derive(Default)]
pub struct Dns {
    collector: Option<Collector>,
    order: Order,
    /// All that are wanted, once they were found.
    list: Option<List>,
    told: HashMap<u32, Arc<Told>>,
    sums: Option<Arc<DnsStatistics>>,
    /// What caches may hold at a time.
    cache: Option<Caches>,
    /// Who used the answers.
    uses: Arc<NameUses>,
    walk: walk::View,
    /// The selected line, the uppermost one, and the selected transaction.
    at: u64,
    top: u64,
    selected: Option<u32>,
    lower: Lower,
    /// The lower part has the keys: its uppermost line.
    scrolls: bool,
    from: u16,
    zoomed: bool,
    list_area: Rect,
    lower_area: Rect,
    start: Option<Timestamp>,
    /// Names of the capture in place of addresses.
    names: bool,
    /// The transaction whose flows are visited, and the place of the next one.
    visited: (Option<u32>, usize),
}

impl Dns {
    /// Places of all that are wanted, in order.
    fn places(&self) -> &[u32] {
        self.list.as_ref().map_or(&[], |list| &list.places)
    }

    fn count(&self) -> u64 {
        self.places().len() as u64
    }

    fn page(&self) -> u64 {
        u64::from(self.list_area.height.saturating_sub(HEAD)).max(1)
    }

    fn go(&mut self, to: u64) {
        self.at = to.min(self.count().saturating_sub(1));
        self.selected = self.places().get(self.at as usize).copied();
        self.from = 0;
    }

    fn step(&mut self, list: impl Fn(u64, u64) -> u64, lower: impl Fn(u16, u16) -> u16) {
        if self.scrolls && self.lower == Lower::Walk {
            self.walk.go(list);
        } else if self.scrolls {
            self.from = lower(self.from, self.lower_area.height.saturating_sub(2).max(1));
        } else {
            self.go(list(self.at, self.page()));
        }
    }

    fn chosen(&self) -> Option<&Arc<Told>> {
        self.told.get(&self.selected?)
    }

    /// The lines that are seen.
    fn seen(&self) -> impl Iterator<Item = u32> {
        self.places().iter().skip(self.top as usize).take(self.page() as usize).copied()
    }

    /// Shows the packets of the selected transaction.
    fn packets(&self) -> Reply {
        let Some(told) = self.chosen() else { return none() };
        let place = told.exchange.place;
        let one = told.exchange.one;
        let flow = one.flow;
        let test = move |session: &Handle, id: PacketId, _: &mut Peeler| {
            // Most packets are of another flow; over multicast the answer comes in one.
            let elsewhere = one.kind() == crate::decode::DnsKind::Dns
                && session.row(id).is_some_and(|row| row.flow != flow && !row.has_more_flows);
            !elsewhere && session.analysis().dns.of_packet(id).any(|(.., whose)| whose == place)
        };
        let kind = one.kind().name();
        let mut text = match one.stream() {
            Some(stream) => format!("{kind} && http2.streamid == {stream}"),
            None => format!("{kind} && dns.id == 0x{:04x}", one.id),
        };
        let transport = if told.exchange.is_tcp() { "tcp" } else { "udp" };
        if !one.is_multicast() {
            text.push_str(&format!(" && {transport}.port == {}", told.exchange.client().port()));
        }
        Reply::Do(Command::FilterWith(text, Box::new(test)))
    }

    /// The lower part lists flows that used the selected answer.
    fn is_used(&self) -> bool {
        self.lower == Lower::Details && self.chosen().is_some_and(|told| !told.used.is_empty())
    }

    /// Shows the packets of the flows that used the selected answer.
    fn users(&self) -> Reply {
        let Some(told) = self.chosen().filter(|told| !told.used.is_empty()) else {
            return unused();
        };
        let flows: HashSet<u32> = told.used.iter().map(|used| used.flow).collect();
        let text: Vec<&str> = told.used.iter().map(|used| used.filter.as_str()).collect();
        let test = move |session: &Handle, id: PacketId, _: &mut Peeler| {
            session.row(id).is_some_and(|row| flows.contains(&row.flow))
        };
        Reply::Do(Command::FilterWith(text.join(" || "), Box::new(test)))
    }

    /// Shows the next of the flows that used the selected answer.
    fn followed(&mut self) -> Reply {
        let Some(told) = self.chosen().cloned() else { return none() };
        if self.visited.0 != self.selected {
            self.visited = (self.selected, 0);
        }
        let next = told.used.get(self.visited.1).or(told.used.first());
        let Some(used) = next else {
            return unused();
        };
        self.visited.1 = (self.visited.1 + 1) % told.used.len().max(1);
        Reply::Do(Command::Flow(used.flow))
    }

    /// Selects a transaction, wherever it stands.
    fn select(&mut self, transaction: u32) {
        self.selected = Some(transaction);
        if let Some(at) = self.places().iter().position(|place| *place == transaction) {
            self.go(at as u64);
        }
        (self.lower, self.scrolls) = (Lower::Details, false);
    }

    /// The walk has the keys.
    fn walks(&self) -> bool {
        self.scrolls && self.lower == Lower::Walk
    }

    fn learn(&mut self, found: Found) {
        if let Some(list) = found.list {
            self.list = Some(list);
            // What is selected stays so, wherever it stands now.
            let same = self.selected.and_then(|place| self.places().iter().position(|other| *other == place));
            self.at = same.map_or(self.at.min(self.count().saturating_sub(1)), |at| at as u64);
            self.selected = self.places().get(self.at as usize).copied();
            self.told.clear();
        }
        self.told.extend(found.told);
        self.sums = found.sums.or(self.sums.take());
        self.cache = found.cache.or(self.cache.take());
        self.uses = found.uses.unwrap_or_else(|| Arc::clone(&self.uses));
    }

    /// Takes what the worker has found; `false` when what will be seen is not there yet.
    fn take(&mut self, capture: &Capture, waker: &super::worker::Waker) -> bool {
        let session = &capture.session;
        let collector = self.collector.get_or_insert_with(|| collect::start(session.handle(), waker.clone()));
        let news: Vec<Found> = collector.answers().collect();
        news.into_iter().for_each(|found| self.learn(found));
        self.top = window_of(self.top, self.at, self.page(), self.count());
        let mut seen: Vec<u32> = self.seen().collect();
        seen.extend(self.selected.filter(|place| !seen.contains(place)));
        self.told.retain(|place, _| seen.contains(place));
        let complete = seen.iter().all(|place| self.told.contains_key(place));
        let sums = self.lower == Lower::Sums;
        let chosen = self.chosen().map(|told| told.exchange.one);
        let ends = chosen.map(|one| one.answer().unwrap_or(one.first)).and_then(|id| session.record(id));
        let moment = ends.map(|record| record.time.0).filter(|_| self.lower == Lower::Cache);
        let matches = capture.matches().cloned();
        let current = self.list.as_ref().is_some_and(|list| list.answers(self.order, matches.as_ref()));
        if let Some(collector) = &self.collector {
            collector.want(Wish { order: self.order, matches, seen, sums, cache: moment });
        }
        let known = moment.is_none() || self.cache.as_ref().map(|cache| cache.moment) == moment;
        let walks = self.lower == Lower::Walk;
        if walks && self.walk.walker.is_none() {
            self.walk.walker = Some(walker::start(session.handle(), waker.clone()));
        }
        let walked = self.walk.take(self.selected.filter(|_| walks)) || !walks || self.selected.is_none();
        complete && current && known && walked && (!sums || self.sums.is_some())
    }
}

fn unused() -> Reply {
    say("no flow used an address of this answer")
}

fn none() -> Reply {
    say("no transaction is selected")
}

/// Shows a packet in the packets screen, where there is one.
fn go_to(packet: Option<PacketId>) -> Reply {
    packet.map_or_else(|| say("the capture has no such packet"), |id| Reply::Do(Command::GoTo(id)))
}

impl Screen for Dns {
    fn context(&self) -> Context {
        Context::Dns
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        match action {
            Action::Up => self.step(|at, _| at.saturating_sub(1), |from, _| from.saturating_sub(1)),
            Action::Down => self.step(|at, _| at + 1, |from, _| from.saturating_add(1)),
            Action::PageUp => self.step(u64::saturating_sub, u16::saturating_sub),
            Action::PageDown => self.step(|at, page| at + page, u16::saturating_add),
            Action::First => self.step(|_, _| 0, |_, _| 0),
            Action::Last => self.step(|_, _| u64::MAX, |_, _| u16::MAX),
            Action::NextPane | Action::PreviousPane => self.scrolls = !self.scrolls,
            Action::Sums => {
                self.lower = self.lower.step(1);
                self.from = 0;
            }
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Sort => self.order = self.order.next(),
            Action::Users => return self.users(),
            Action::Followed => return self.followed(),
            Action::Enter if self.walks() => return go_to(self.walk.query()),
            Action::Right if self.walks() => return go_to(self.walk.answer()),
            Action::Enter if self.scrolls && self.is_used() => return self.users(),
            Action::Enter => return self.packets(),
            Action::Stream if self.walks() => {
                let Some((flow, packet)) = self.walk.flow().zip(self.walk.query()) else {
                    return Reply::Done;
                };
                return Reply::Do(Command::Stream(Shown { flow, packet: Some(packet) }));
            }
            Action::Stream => {
                let Some(one) = self.chosen().map(|told| told.exchange.one) else { return none() };
                let shown = Shown { flow: one.flow, packet: Some(one.first) };
                return Reply::Do(Command::Stream(shown));
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        let at = Position::new(mouse.column, mouse.row);
        let lower = self.lower_area.contains(at);
        if !lower && !self.list_area.contains(at) {
            return Reply::Ignored;
        }
        let walk = lower && self.lower == Lower::Walk;
        match mouse.kind {
            MouseEventKind::ScrollUp if walk => self.walk.go(|at, _| at.saturating_sub(3)),
            MouseEventKind::ScrollDown if walk => self.walk.go(|at, _| at + 3),
            MouseEventKind::Down(MouseButton::Left) if walk => {
                let had_keys = std::mem::replace(&mut self.scrolls, true);
                if !self.walk.click(at.y.saturating_sub(self.lower_area.y)) && had_keys {
                    return go_to(self.walk.query());
                }
            }
            MouseEventKind::ScrollUp if lower => self.from = self.from.saturating_sub(3),
            MouseEventKind::ScrollDown if lower => self.from = self.from.saturating_add(3),
            MouseEventKind::ScrollUp => self.go(self.at.saturating_sub(3)),
            MouseEventKind::ScrollDown => self.go(self.at + 3),
            MouseEventKind::Down(MouseButton::Left) if lower => self.scrolls = true,
            MouseEventKind::Down(MouseButton::Left) => {
                self.scrolls = false;
                match at.y.checked_sub(self.list_area.y + HEAD) {
                    None => self.order = self.order.next(),
                    Some(line) => {
                        let to = self.top + u64::from(line);
                        if to == self.at {
                            return self.packets();
                        }
                        self.go(to);
                    }
                }
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        let Some(capture) = &mut model.capture else { return true };
        if let Some(transaction) = capture.lookup.take() {
            self.select(transaction);
        }
        // A short list leaves what it does not need.
        let list = u16::try_from(self.count()).unwrap_or(u16::MAX).max(LEAST).saturating_add(HEAD);
        let spare = if self.places().is_empty() { 0 } else { area.height.saturating_sub(list) };
        let height = match (self.zoomed, self.scrolls) {
            (true, true) => area.height,
            (true, false) => 0,
            _ => (area.height * 9 / 20).max(6).max(spare).min(area.height.saturating_sub(4)),
        };
        self.list_area = Rect { height: area.height - height, ..area };
        self.lower_area = Rect { y: self.list_area.bottom(), height, ..area };
        self.start = capture.session.record(0).map(|record| record.time);
        self.names = model.settings.names;
        let waker = model.waker.clone();
        let complete = self.take(capture, &waker);
        self.walk.prepare(self.lower_area);
        let columns = self.lower_columns(usize::from(self.lower_area.width).saturating_sub(2));
        let lines = columns.iter().map(Vec::len).max().unwrap_or(0) as u16;
        self.from = self.from.min(lines.saturating_sub(self.lower_area.height.saturating_sub(1)));
        complete
    }

    fn draw(&self, _area: Rect, buffer: &mut Buffer, model: &Model) {
        let Some(capture) = &model.capture else { return };
        draw::draw(self, buffer, capture, model.theme);
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        if self.places().is_empty() {
            return vec![("v", "walk, sums, caches"), ("Esc", "packets")];
        }
        if self.walks() {
            return vec![
                ("Tab", "list"),
                ("Enter", "query"),
                ("→", "answer"),
                ("s", "stream"),
                ("z", "zoom"),
                ("v", "sums, caches"),
            ];
        }
        let tab = ("Tab", if self.scrolls { "list" } else { "below" });
        let mut hints = vec![tab, ("Enter", "its packets"), ("v", "walk, sums, caches")];
        if self.chosen().is_some_and(|told| !told.used.is_empty()) {
            hints.insert(0, ("d", "its flows"));
            hints.push(("u", "their packets"));
        }
        hints.extend([("o", "order"), ("/", "filter"), ("s", "stream")]);
        hints
    }
}
