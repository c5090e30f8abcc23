//! The problems screen: everything found wrong or odd, by severity and kind,
//! each kind with its packets, each packet one key away.
//!
//! Owns which kinds are open, their order and what is selected. The packets of an open kind
//! are a bit a packet, found by a job of their own; only lines that are seen
//! are put into words.

mod draw;
mod firsts;
mod part;
mod texts;

use super::action::Action;
use super::flows::window_of;
use super::keys::Context;
use super::model::{Capture, Model};
use super::screen::{Command, Reply, Screen, limit};
use super::worker::Waker;
use crate::base::{PacketId, safe};
use crate::capture::Record;

use crate::session::problems::{self, About, Kind};
use crate::session::{FilterJob, Handle, Matches, Peeler};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use firsts::Firsts;
use part::Part;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::HashMap;
use std::sync::Arc;
use texts::{Place, Text, Texts};

/// Words that are kept.
const KEPT: usize = 2048;

/// A kind that is open.
enum Open {
    /// Its packets.
    Packets(FilterJob),
    /// What the capture's reader said.
    Notices(Vec<String>),
}

/// A kind that the capture has.
struct Group {
    about: &'static About,
    count: u64,
    first: Option<PacketId>,
    open: Option<Open>,
}

impl Group {
    /// Lines below its own.
    fn lines(&self) -> u64 {
        match &self.open {
            None => 0,
            Some(Open::Packets(job)) => job.matches().len(),
            Some(Open::Notices(all)) => all.len() as u64,
        }
    }
}

/// What a line of the list is.
#[derive(Clone, Debug)]
enum Line {
    Group(usize),
    Packet(Kind, PacketId, Record),
    Notice(String),
}

/// The screen.
#[derive(Default)]
pub struct Problems {
    groups: Vec<Group>,
    /// The selected line, and the uppermost one.
    selected: u64,
    top: u64,
    page: u64,
    list: Rect,
    texts: Option<Texts>,
    known: HashMap<Place, Text>,
    /// The lines that are seen.
    seen: Vec<Line>,
    /// The group that the selected line belongs to.
    here: usize,
    firsts: Option<Firsts>,
    /// Only packets that the display filter lets through, and their counts.
    is_limited: bool,
    part: Option<Part>,
    /// Most frequent first, not worst first.
    by_count: bool,
}

impl Problems {
    fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.lines() + 1).sum()
    }

    /// The group of a line, and how far below its own line it is.
    fn find(&self, line: u64) -> Option<(usize, u64)> {
        let mut left = line;
        for (at, group) in self.groups.iter().enumerate() {
            let lines = group.lines() + 1;
            if left < lines {
                return Some((at, left));
            }
            left -= lines;
        }
        None
    }

    fn line(&self, line: u64, capture: &Capture) -> Option<Line> {
        let (at, below) = self.find(line)?;
        let group = self.groups.get(at)?;
        let Some(below) = below.checked_sub(1) else { return Some(Line::Group(at)) };
        match group.open.as_ref()? {
            Open::Packets(job) => {
                let id = job.matches().get(below)?;
                Some(Line::Packet(group.about.kind, id, capture.session.record(id)?))
            }
            Open::Notices(all) => all.get(below as usize).cloned().map(Line::Notice),
        }
    }

    /// Line of a group.
    fn line_of(&self, group: usize) -> u64 {
        self.groups.iter().take(group).map(|group| group.lines() + 1).sum()
    }

    /// Keeps the groups up with the counts; what is open stays open.
    fn refresh(&mut self, capture: &Capture) {
        let evicted = capture.progress().evicted;
        let meta = capture.session.meta();
        let selected =
            self.find(self.selected).and_then(|(at, below)| Some((self.groups.get(at)?.about.kind, below)));
        let mut old = std::mem::take(&mut self.groups);
        let part = self.part.as_ref().map(Part::counts);
        for about in problems::TABLE {
            let kind = about.kind;
            let of_part = part.as_ref().map(|part| part.get(&kind).copied());
            let count = match of_part {
                Some(found) => found.map_or(0, |(count, _)| count),
                None => kind.count(&capture.totals, &meta, evicted),
            };
            if count > 0 {
                let mut open =
                    old.iter_mut().find(|group| group.about.kind == kind).and_then(|group| group.open.take());
                if let Some(Open::Notices(all)) = &mut open {
                    *all = notices(kind, &meta);
                }
                let first = self.firsts.as_ref().and_then(|firsts| firsts.of(kind));
                let first = first.or_else(|| kind.first(&capture.totals));
                let first = of_part.map_or(first, |found| found.map(|(_, first)| first));
                self.groups.push(Group { about, count, first, open });
            }
        }
        drop(meta);
        if self.by_count {
            self.groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        }
        if let Some((kind, below)) = selected
            && let Some(at) = self.groups.iter().position(|group| group.about.kind == kind)
        {
            self.selected = self.line_of(at) + below;
        }
        self.selected = self.selected.min(self.count().saturating_sub(1));
    }

    fn toggle(&mut self, at: usize, open: Option<bool>, model: &Model) {
        let Some(capture) = &model.capture else { return };
        let line = self.line_of(at);
        let limit = self.limit(capture).map(Arc::downgrade);
        let Some(group) = self.groups.get_mut(at) else { return };
        let open = open.unwrap_or(group.open.is_none());
        if open == group.open.is_some() {
            return;
        }
        let kind = group.about.kind;
        group.open = match open {
            false => None,
            true if kind.has_packets() => {
                let test = move |session: &Handle, id: PacketId, _: &mut Peeler| {
                    kind.has(session, id)
                        && limit.as_ref().is_none_or(|limit| part::lets_through(limit, session, id))
                };
                Some(Open::Packets(FilterJob::start(capture.session.handle(), test)))
            }
            true => Some(Open::Notices(notices(kind, &capture.session.meta()))),
        };
        self.selected = line;
    }

    fn go(&mut self, to: u64) {
        self.selected = to.min(self.count().saturating_sub(1));
    }

    /// What the display filter lets through, where nothing else is wanted.
    fn limit<'a>(&self, capture: &'a Capture) -> Option<&'a Arc<Matches>> {
        capture.matches().filter(|_| self.is_limited)
    }

    /// Starts or stops to count what the display filter lets through; lists of other
    /// packets are closed.
    fn count_part(&mut self, capture: &Capture, waker: &Waker) {
        let limit = self.limit(capture);
        let same = match (limit, &self.part) {
            (Some(matches), Some(part)) => part.is_of(matches),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.part = limit.map(|matches| Part::start(capture.session.handle(), matches, waker.clone()));
            self.groups.iter_mut().for_each(|group| group.open = None);
        }
    }

    /// Only what the display filter lets through, or all again.
    fn reach(&mut self, model: &Model) -> Reply {
        limit(&mut self.is_limited, "problems", model)
    }

    /// Shows the packets of the selected kind in the packets screen.
    fn filter(&self, model: &Model) -> Reply {
        let Some(About { kind, filter, title, .. }) = self.groups.get(self.here).map(|group| group.about)
        else {
            return Reply::Ignored;
        };
        if filter.is_empty() {
            return Reply::Do(Command::Say(format!("no display filter says “{title}”: Enter lists them")));
        }
        let limit = model.capture.as_ref().and_then(|capture| capture.filter.as_ref());
        if let Some(limit) = limit.filter(|_| self.is_limited) {
            return Reply::Do(Command::Filter(format!("({}) and ({filter})", limit.text)));
        }
        let kind = *kind;
        let test = move |session: &Handle, id: PacketId, _: &mut Peeler| kind.has(session, id);
        Reply::Do(Command::FilterWith((*filter).to_owned(), Box::new(test)))
    }

    /// Opens a kind or goes to a packet.
    fn enter(&mut self, model: &mut Model) -> Reply {
        let Some(capture) = &model.capture else { return Reply::Ignored };
        match self.line(self.selected, capture) {
            Some(Line::Group(at)) => self.toggle(at, None, model),
            Some(Line::Packet(kind, id, _)) => return Reply::Do(Command::GoToTrouble(id, kind)),
            _ => {}
        }
        Reply::Done
    }
}

/// What the capture's reader said, harmless for a terminal.
fn notices(kind: Kind, meta: &crate::store::Meta) -> Vec<String> {
    match kind {
        Kind::Damage | Kind::Remark => {
            let wanted = meta.notices.iter().filter(|notice| notice.damage == (kind == Kind::Damage));
            wanted.map(|notice| safe(&notice.text).into_owned()).collect()
        }
        Kind::Dropped => {
            let mut lines: Vec<_> = meta.statistics.iter().collect();
            lines.sort_unstable_by_key(|(interface, _)| **interface);
            let name =
                |at: u32| meta.interfaces.get(at as usize).and_then(|interface| interface.name.clone());
            let line = |(at, s): (&u32, &crate::store::Statistics)| {
                let name = name(*at).unwrap_or_else(|| format!("interface {at}"));
                let words = [
                    ("received", s.received),
                    ("dropped", s.dropped),
                    ("dropped by the card", s.interface_dropped),
                ];
                let said = words.iter().filter_map(|(word, count)| Some(format!("{word} {}", (*count)?)));
                safe(&format!("{name}: {}", said.collect::<Vec<_>>().join(", "))).into_owned()
            };
            lines.into_iter().map(line).collect()
        }
        _ => Vec::new(),
    }
}

impl Screen for Problems {
    fn context(&self) -> Context {
        Context::Problems
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let (at, below) = self.find(self.selected).unwrap_or((0, 0));
        match action {
            Action::Up => self.go(self.selected.saturating_sub(1)),
            Action::Down => self.go(self.selected + 1),
            Action::PageUp => self.go(self.selected.saturating_sub(self.page)),
            Action::PageDown => self.go(self.selected + self.page),
            Action::First => self.go(0),
            Action::Last => self.go(u64::MAX),
            Action::Right if below == 0 => self.toggle(at, Some(true), model),
            Action::Left => self.toggle(at, Some(false), model),
            Action::NextPane => self.go(self.line_of((at + 1).min(self.groups.len().saturating_sub(1)))),
            Action::PreviousPane => {
                self.go(self.line_of(if below > 0 { at } else { at.saturating_sub(1) }));
            }
            Action::Enter => return self.enter(model),
            Action::FilterByField => return self.filter(model),
            Action::Reach => return self.reach(model),
            Action::Sort => self.by_count = !self.by_count,
            Action::Right => {}
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, model: &mut Model) -> Reply {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.go(self.selected.saturating_sub(3)),
            MouseEventKind::ScrollDown => self.go(self.selected + 3),
            MouseEventKind::Down(MouseButton::Left)
                if mouse.row >= self.list.top() && mouse.row < self.list.bottom() =>
            {
                let line = self.top + u64::from(mouse.row - self.list.top());
                if line >= self.count() {
                    return Reply::Ignored;
                }
                let again = line == self.selected;
                self.go(line);
                if again || matches!(self.find(line), Some((_, 0))) {
                    return self.enter(model);
                }
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        let Some(capture) = &model.capture else { return true };
        let (session, waker) = (&capture.session, &model.waker);
        let firsts = self.firsts.get_or_insert_with(|| Firsts::start(session.handle(), waker.clone()));
        firsts.update();
        self.count_part(capture, &model.waker);
        // Before the lines are taken: a job that ends meanwhile has found more.
        let analysed = capture.progress().analysed;
        let counted = self.part.as_ref().is_none_or(|part| part.passed() >= analysed);
        let tested = self.groups.iter().all(|group| match &group.open {
            Some(Open::Packets(job)) => job.matches().tested() >= analysed,
            _ => true,
        });
        self.refresh(capture);
        self.list = draw::list_area(area);
        self.page = u64::from(self.list.height);
        self.top = window_of(self.top, self.selected, self.page, self.count());
        self.here = self.find(self.selected).map_or(0, |(at, _)| at);
        let lines = self.top..(self.top + self.page).min(self.count());
        self.seen = lines.filter_map(|line| self.line(line, capture)).collect();
        let texts = self.texts.get_or_insert_with(|| texts::start(session.handle(), waker.clone()));
        if self.known.len() > KEPT {
            self.known.clear();
        }
        self.known.extend(texts.answers());
        let missing: Vec<Place> = self
            .seen
            .iter()
            .filter_map(|line| match line {
                Line::Packet(kind, id, _) => Some((*kind, *id)),
                _ => None,
            })
            .filter(|place| !self.known.contains_key(place))
            .collect();
        let waits = |group: &Group| group.about.kind.has_packets() && group.first.is_none();
        let complete = missing.is_empty() && !self.groups.iter().any(waits);
        texts.want(missing);
        complete && tested && counted
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let Some(capture) = &model.capture else { return };
        draw::draw(self, area, buffer, capture, model.theme);
    }

    fn hints(&self, model: &Model) -> Vec<(&'static str, &'static str)> {
        let line = model.capture.as_ref().and_then(|capture| self.line(self.selected, capture));
        if line.is_none() {
            return vec![("Esc", "packets")];
        }
        let enter = match line {
            Some(Line::Packet(..)) => "the packet",
            _ => "open, close",
        };
        let mut hints = vec![("Enter", enter), ("a", "as filter")];
        if model.capture.as_ref().is_some_and(|capture| capture.filter.is_some()) {
            hints.push(("w", if self.is_limited { "whole capture" } else { "filtered only" }));
        }
        hints.extend([("o", "order"), ("Tab", "next kind"), ("Esc", "packets")]);
        hints
    }
}
