//! The statistics screen: which protocols, hosts, ports and lengths the capture
//! has, and how much came when.
//!
//! Owns which section is shown, the orders, and what is selected. Rows are
//! gathered by a worker ([`collect`]) and put into words ([`lists`]) when they
//! are seen; traffic over time is a section of its own ([`time`]).

mod collect;
mod graph;
mod lists;
mod time;

use super::action::Action;
use super::flows::window_of;
use super::keys::Context;
use super::model::{Capture, Model};
use super::screen::{Command, Reply, Screen, limit, say};
use super::table::{self, Place};
use super::text::{grouped, paint, put, put_right, width};
use super::theme::{Role, Theme};
use crate::base::PacketId;
use crate::session::Order;
use collect::{Collector, Found, Section, Wish};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use lists::{Key, Words};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use time::Time;

/// Where one list was left.
#[derive(Clone, Copy, Default)]
struct Spot {
    /// Place of its order among those that it has.
    order: usize,
    selected: usize,
    top: usize,
    /// What is selected.
    key: Option<Key>,
}

/// The screen.
#[derive(Default)]
pub struct Statistics {
    section: Section,
    spots: [Spot; Section::ALL.len()],
    collector: Option<Collector>,
    found: Found,
    /// The rows that are seen, in words.
    lines: Vec<Vec<(String, Role)>>,
    places: Vec<Place>,
    area: Rect,
    time: Time,
    /// Only packets that the display filter in force lets through are counted.
    is_limited: bool,
}

impl Statistics {
    fn spot(&self) -> Spot {
        self.spots.get(self.section as usize).copied().unwrap_or_default()
    }

    fn spot_mut(&mut self) -> Option<&mut Spot> {
        self.spots.get_mut(self.section as usize)
    }

    fn wish(&self, capture: &Capture) -> Wish {
        let order = self.section.orders().get(self.spot().order);
        let order = order.map(|(order, _)| *order).unwrap_or_default();
        let limit = capture.matches().filter(|_| self.is_limited).cloned();
        Wish { section: self.section, order, limit }
    }

    /// Whether the rows are those of the list that is shown.
    fn is_there(&self) -> bool {
        self.found.wish.section == self.section
    }

    fn step_section(&mut self, forward: bool) {
        let all = Section::ALL;
        let at = if forward { self.section as usize + 1 } else { self.section as usize + all.len() - 1 };
        self.section = all.get(at % all.len()).copied().unwrap_or_default();
    }

    fn sort(&mut self, order: Option<Order>) {
        let orders = self.section.orders();
        let place = |order| orders.iter().position(|(known, _)| *known == order);
        if let Some(spot) = self.spot_mut().filter(|_| !orders.is_empty()) {
            spot.order = order.and_then(place).unwrap_or((spot.order + 1) % orders.len());
            // The first in the new order is what one wants to see.
            (spot.selected, spot.top, spot.key) = (0, 0, None);
        }
    }

    fn select(&mut self, to: usize) {
        if !self.is_there() {
            return;
        }
        let at = to.min(self.found.rows.len().saturating_sub(1));
        let key = lists::key(&self.found.rows, at);
        if let Some(spot) = self.spot_mut() {
            (spot.selected, spot.key) = (at, key);
        }
    }

    /// Where the section's own part is.
    fn body(area: Rect) -> Rect {
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }

    /// Where the rows are.
    fn list(&self) -> Rect {
        Statistics::body(Statistics::body(self.area))
    }

    /// The selected row as a display filter.
    fn filter(&self, model: &Model) -> Option<String> {
        let capture = model.capture.as_ref().filter(|_| self.is_there())?;
        let row = lists::filter(&self.found.rows, self.spot().selected, capture.session.registry())?;
        Some(match capture.filter.as_ref().filter(|_| self.is_limited) {
            Some(filter) if filter.text != row => format!("({}) && ({row})", filter.text),
            _ => row,
        })
    }

    fn open(&self, model: &Model) -> Reply {
        match self.filter(model) {
            Some(text) => Reply::Do(Command::Filter(text)),
            None => self.unsaid(),
        }
    }

    fn unsaid(&self) -> Reply {
        let is_empty = !self.is_there() || self.found.rows.len() == 0;
        say(if is_empty { "there is no row" } else { "no display filter says this" })
    }

    fn over_time(&mut self, model: &Model) -> Reply {
        let Some(text) = self.filter(model) else { return self.unsaid() };
        self.time.lay(text);
        self.section = Section::Time;
        Reply::Done
    }

    /// Only what the display filter lets through, or all again.
    fn limit(&mut self, model: &Model) -> Reply {
        limit(&mut self.is_limited, "numbers", model)
    }

    /// Where each section's name stands.
    fn tabs(&self) -> impl Iterator<Item = (Section, u16, &'static str)> {
        let mut x = self.area.x + 1;
        Section::ALL.into_iter().map(move |section| {
            let at = x;
            x += width(section.name()) as u16 + 2;
            (section, at, section.name())
        })
    }

    fn heading(&self, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
        let area = self.area;
        let line = "─".repeat(area.width.into());
        put(buffer, area, area.x, area.y, area.width, &line, theme.style(Role::Line));
        let mut end = area.x;
        for (section, at, name) in self.tabs() {
            let role = if section == self.section { Role::Selected } else { Role::Heading };
            end = at + put(buffer, area, at, area.y, area.width, &format!(" {name} "), theme.style(role));
        }
        if !self.is_there() || self.section == Section::Time {
            return;
        }
        let (word, role) = match (&capture.filter, self.is_limited) {
            (None, _) => ("", Role::Dim),
            (Some(_), true) => (" filtered (w) ", Role::Odd),
            (Some(_), false) => (" of all (w) ", Role::Dim),
        };
        put_right(buffer, area, area.x, area.y, area.width, word, theme.style(role));
        let (shown, all) = (self.found.rows.len(), self.found.all);
        let mut text = match self.section {
            Section::Protocols | Section::Lengths => String::new(),
            _ if shown < all => format!(" first {} of {}", grouped(shown as u64), grouped(all as u64)),
            _ => format!(" {}", grouped(all as u64)),
        };
        if let Some((_, name)) = self.section.orders().get(self.spot().order) {
            text.push_str(&format!(" by {name} "));
        }
        let x = end + 1;
        let room = area.right().saturating_sub(x + width(word) as u16);
        put(buffer, area, x, area.y, room, &text, theme.style(Role::Active));
    }

    fn draw_list(&self, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
        let columns = lists::columns(self.section);
        let head = Rect { height: 1, ..Statistics::body(self.area) };
        let order = self.section.orders().get(self.spot().order).map(|(order, _)| *order);
        table::heads(columns, &self.places, order, head, buffer, theme);
        let list = self.list();
        if self.lines.is_empty() {
            let progress = capture.progress();
            let done = !progress.reading && progress.analysed == progress.indexed;
            let text = if done && self.is_there() { "nothing in this capture" } else { "…" };
            put(buffer, list, list.x + 1, list.y, list.width, text, theme.style(Role::Dim));
        }
        let spot = self.spot();
        for ((y, line), at) in (list.top()..list.bottom()).zip(&self.lines).zip(spot.top..) {
            let area = Rect { y, height: 1, ..list };
            table::row(columns, &self.places, line, area, buffer, theme);
            if at == spot.selected {
                paint(buffer, area, theme.style(Role::Selected));
            }
        }
    }

    /// Takes what the worker found, and finds again what was selected.
    fn update(&mut self, wish: &Wish) {
        let Some(found) = self.collector.as_ref().and_then(Collector::newest) else { return };
        if found.wish != *wish {
            // Of another list, or in another order: a newer one comes.
            return;
        }
        self.found = found;
        let (rows, spot) = (&self.found.rows, self.spot());
        let again = spot.key.and_then(|key| (0..rows.len()).find(|at| lists::key(rows, *at) == Some(key)));
        self.select(again.unwrap_or(spot.selected));
    }
}

impl Screen for Statistics {
    fn context(&self) -> Context {
        if self.section == Section::Time { Context::Time } else { Context::Statistics }
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let (at, page) = (self.spot().selected, usize::from(self.list().height).max(1));
        match action {
            Action::NextPane => self.step_section(true),
            Action::PreviousPane => self.step_section(false),
            Action::Find => return Time::ask(),
            _ if self.section == Section::Time => return self.time.act(action),
            Action::Up => self.select(at.saturating_sub(1)),
            Action::Down => self.select(at + 1),
            Action::PageUp => self.select(at.saturating_sub(page)),
            Action::PageDown => self.select(at + page),
            Action::First => self.select(0),
            Action::Last => self.select(usize::MAX),
            Action::Left => self.step_section(false),
            Action::Right => self.step_section(true),
            Action::Sort => self.sort(None),
            Action::Enter => return self.open(model),
            Action::OverTime => return self.over_time(model),
            Action::Reach => return self.limit(model),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn typed(&mut self, text: &str, model: &mut Model) -> Reply {
        let Some(capture) = &model.capture else { return Reply::Done };
        match self.time.typed(text, capture.session.registry()) {
            Ok(()) => {
                self.section = Section::Time;
                Reply::Done
            }
            Err(text) => Reply::Do(Command::Say(text)),
        }
    }

    fn mouse(&mut self, mouse: MouseEvent, model: &mut Model) -> Reply {
        let is_click = mouse.kind == MouseEventKind::Down(MouseButton::Left);
        if is_click && mouse.row == self.area.y {
            let hit =
                self.tabs().find(|(_, at, name)| (*at..at + width(name) as u16 + 2).contains(&mouse.column));
            if let Some((section, ..)) = hit {
                self.section = section;
            }
            return Reply::Done;
        }
        if self.section == Section::Time {
            return self.time.mouse(mouse);
        }
        let spot = self.spot();
        match mouse.kind {
            MouseEventKind::ScrollUp => self.select(spot.selected.saturating_sub(3)),
            MouseEventKind::ScrollDown => self.select(spot.selected + 3),
            MouseEventKind::Down(MouseButton::Left) if mouse.row == self.area.y + 1 => {
                if let Some(order) = table::order_at(lists::columns(self.section), &self.places, mouse.column)
                {
                    self.sort(Some(order));
                }
            }
            MouseEventKind::Down(MouseButton::Left) => {
                let list = self.list();
                let line = mouse.row.checked_sub(list.y).filter(|_| mouse.row < list.bottom());
                let Some(at) = line.map(|line| spot.top + usize::from(line)) else { return Reply::Ignored };
                if at >= self.found.rows.len() {
                    return Reply::Ignored;
                }
                if at == spot.selected {
                    return self.open(model);
                }
                self.select(at);
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.area = area;
        let Some(capture) = &model.capture else { return true };
        let (session, waker, wish) = (&capture.session, &model.waker, self.wish(capture));
        let start = || collect::start(session.handle(), waker.clone(), wish.clone());
        self.collector.get_or_insert_with(start).want(wish.clone());
        self.update(&wish);
        if self.section == Section::Time {
            return self.time.prepare(Statistics::body(area), capture, model);
        }
        let page = usize::from(self.list().height);
        let count = self.found.rows.len();
        if let Some(spot) = self.spot_mut() {
            spot.top = window_of(spot.top as u64, spot.selected as u64, page as u64, count as u64) as usize;
        }
        self.lines.clear();
        let columns = lists::columns(self.section);
        if !self.is_there() {
            self.places = table::places(columns, &[], area);
            return false;
        }
        // Until the names can be had without waiting, addresses stand there.
        let book = session.try_names().filter(|_| model.settings.names);
        let meta = session.meta();
        let name = |address| {
            let file = meta.names.get(&address).map(String::as_str);
            book.as_ref()?.name(address, None, PacketId::MAX, file)
        };
        let words = Words {
            registry: session.registry(),
            name: &name,
            start: session.record(0).map(|record| record.time).unwrap_or_default(),
        };
        let top = self.spot().top;
        self.lines.extend((top..top + page).map_while(|at| lists::cells(&self.found, at, &words)));
        self.places = table::places(columns, &table::widest(columns, &self.lines), area);
        let is_whole = self.found.is_measured && self.found.looked_at >= capture.progress().analysed;
        self.found.wish == wish && is_whole
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let Some(capture) = &model.capture else { return };
        self.heading(buffer, capture, model.theme);
        match self.section {
            Section::Time => self.time.draw(Statistics::body(area), buffer, capture, model.theme),
            _ => self.draw_list(buffer, capture, model.theme),
        }
    }

    fn hints(&self, model: &Model) -> Vec<(&'static str, &'static str)> {
        if self.section == Section::Time {
            return self.time.hints();
        }
        let mut hints = vec![("Enter", "its packets"), ("t", "over time")];
        if !self.section.orders().is_empty() {
            hints.push(("s", "order"));
        }
        if model.capture.as_ref().is_some_and(|capture| capture.filter.is_some()) {
            hints.push(("w", if self.is_limited { "whole capture" } else { "filtered only" }));
        }
        hints.extend([("Tab", "next list"), ("Esc", "packets")]);
        hints
    }
}
