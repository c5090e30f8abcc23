//! The walk of the selected transaction: a line for every query that was made to
//! answer the question, with when, how long, which zone, and what came back.
//!
//! Owns which line is selected and where its packets are. The lines come from
//! [`walker`](super::walker).

use super::super::flows::window_of;
use super::super::text::{fit, grouped, paint, put, put_right, span, width, wrap};
use super::super::theme::{Role, Theme};
use super::walker::{Found, Walked, Walker};
use crate::base::{PacketId, safe};
use crate::session::dns_walk::{DnsStep, DnsWalk, NameOf, Part, Told};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Lines above the walk's own: what the pane shows, what is seen of it, the heads.
const HEAD: u16 = 3;

/// What is shown of the walk.
#[derive(Default)]
pub struct View {
    pub walker: Option<Walker>,
    walked: Option<Arc<Walked>>,
    reading: Option<(u32, u32)>,
    line: usize,
    top: u64,
    page: u64,
}

impl View {
    /// Takes what the worker has found; `false` when the walk of `place` is not there yet.
    pub fn take(&mut self, place: Option<u32>) -> bool {
        let Some(walker) = &self.walker else { return false };
        walker.want(place);
        while let Some(found) = walker.answers().next() {
            match found {
                Found::Reading(done, all) => self.reading = Some((done, all)),
                Found::Walk(walked) => {
                    let same = self.walked.as_ref().is_some_and(|before| before.place == walked.place);
                    self.reading = None;
                    self.walked = Some(walked);
                    let lines = self.steps().len();
                    self.line = if same { self.line.min(lines.saturating_sub(1)) } else { self.own_line() };
                }
            }
        }
        self.walked.as_ref().map(|walked| walked.place) == place
    }

    fn walk(&self) -> Option<&DnsWalk> {
        self.walked.as_ref()?.walk.as_ref()
    }

    fn steps(&self) -> &[DnsStep] {
        self.walk().map_or(&[], |walk| &walk.steps)
    }

    /// The line of the transaction that is selected in the list.
    fn own_line(&self) -> usize {
        let place = self.walked.as_ref().map(|walked| walked.place);
        let own = |step: &DnsStep| step.exchange.map(|exchange| exchange.place) == place;
        self.steps().iter().position(own).unwrap_or(0)
    }

    /// Moves the selection, by what the number of lines and a page of them make of it.
    pub fn go(&mut self, to: impl Fn(u64, u64) -> u64) {
        let last = self.steps().len().saturating_sub(1) as u64;
        self.line = to(self.line as u64, self.page.max(1)).min(last) as usize;
    }

    /// Selects the line at so many cells below the pane's top; `false` when it was selected.
    pub fn click(&mut self, y: u16) -> bool {
        let Some(below) = y.checked_sub(HEAD).map(u64::from).filter(|below| *below < self.page) else {
            return true;
        };
        let to = self.top + below;
        let other = to != self.line as u64;
        self.go(|_, _| to);
        other
    }

    fn step(&self) -> Option<&DnsStep> {
        self.steps().get(self.line)
    }

    /// The selected line's query; of a line above others the packet that told of their name.
    pub fn query(&self) -> Option<PacketId> {
        let step = self.step()?;
        step.exchange.map(|exchange| exchange.one.first).or(step.said)
    }

    /// The selected line's answer.
    pub fn answer(&self) -> Option<PacketId> {
        self.step()?.exchange?.one.answer()
    }

    /// The flow of the selected line.
    pub fn flow(&self) -> Option<u32> {
        Some(self.step()?.exchange?.one.flow)
    }

    /// Makes ready to be drawn into `area`.
    pub fn prepare(&mut self, area: Rect) {
        self.page = u64::from(area.height.saturating_sub(HEAD + self.below(area)));
        self.top = window_of(self.top, self.line as u64, self.page.max(1), self.steps().len() as u64);
    }

    /// Lines further down than those that are seen.
    pub fn more(&self) -> usize {
        self.steps().len().saturating_sub((self.top + self.page) as usize)
    }

    /// Lines that are left free below for the words of the selected line.
    fn below(&self, area: Rect) -> u16 {
        match area.height {
            ..9 => 0,
            9..16 => 2,
            _ => 3,
        }
    }

    /// What stands in place of the lines.
    fn lack(&self) -> String {
        match (&self.walked, self.reading) {
            (Some(_), None) => "no walk: this is no question to a server".to_owned(),
            (_, Some((done, all))) => {
                format!("reading the answers: {} of {} …", grouped(done.into()), grouped(all.into()))
            }
            (None, None) => "…".to_owned(),
        }
    }
}

/// Columns before the tree: packets, since the question, took, and cells of the picture.
fn columns(cells: u16) -> (u16, u16, u16, u16) {
    match cells {
        ..100 => (9, 0, 8, 0),
        100..150 => (13, 9, 9, 12),
        _ => (17, 10, 10, 30),
    }
}

/// A sign for what an answer is, and how it is coloured.
fn sign(step: &DnsStep) -> (&'static str, Role) {
    if matches!(step.part, Part::Alias | Part::Server) {
        return ("·", Role::Heading);
    }
    match step.told {
        Told::Answer => ("✓", Role::Good),
        Told::Alias => ("→", Role::Text),
        Told::Referral => ("↓", Role::Text),
        Told::NoName | Told::NoData => ("✗", Role::Odd),
        Told::Truncated => ("◐", Role::Odd),
        Told::Error | Told::Unanswered | Told::Refused => ("✗", Role::Bad),
        Told::Waiting | Told::Unread => ("?", Role::Dim),
    }
}

/// When a query was open, to scale: so many cells for all of the walk.
fn picture(walk: &DnsWalk, step: &DnsStep, cells: u16) -> String {
    let ends = |step: &DnsStep| step.after.saturating_add(step.took.unwrap_or(0));
    let all = walk.steps.iter().map(ends).max().unwrap_or(0).max(1);
    let at = |nanos: i64| (i128::from(nanos.max(0)) * i128::from(cells) / i128::from(all)) as usize;
    let last = usize::from(cells).saturating_sub(1);
    let (from, to) = (at(step.after).min(last), at(ends(step)).clamp(1, last + 1));
    let lit = to.saturating_sub(from).max(1);
    let mark = if step.took.is_some() { "━" } else { "╍" };
    let lit = if step.took.is_some() { lit } else { last + 1 - from };
    format!("{}{}", " ".repeat(from), mark.repeat(lit))
}

/// Draws below the pane's heading, which is `area`'s first line.
pub fn draw(view: &View, area: Rect, has_keys: bool, name_of: NameOf<'_>, buffer: &mut Buffer, theme: Theme) {
    let room = area.width.saturating_sub(2);
    let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    let Some((walk, walked)) = view.walk().zip(view.walked.as_ref()) else {
        put(buffer, area, area.x + 2, area.y + 1, room, &view.lack(), theme.style(Role::Dim));
        return;
    };
    let mut said = walk.summary(name_of);
    if let Some((first, more)) = walked.others.split_first() {
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        said.push(format!("perhaps for the question in packet {}{more} too", grouped(first + 1)));
    }
    if walked.is_part {
        said.push("some queries or names are not followed: too many".to_owned());
    }
    let text = safe(&said.join("; ")).into_owned();
    put(buffer, line(1), area.x + 1, area.y + 1, room, &fit(&text, room.into()), theme.style(Role::Text));
    let (packets, after, took, shape) = columns(area.width);
    let dim = theme.style(Role::Dim);
    let mut x = area.x + 1;
    for (cells, head, right) in
        [(packets, "packets", true), (after, "after", true), (took, "took", true), (shape, "when", false)]
    {
        if cells > 0 {
            let before = if right { cells.saturating_sub(head.len() as u16) } else { 0 };
            put(buffer, line(2), x + before, area.y + 2, cells - before, head, dim);
            x += cells + 1;
        }
    }
    let inferred = if walk.queries() > 0 {
        "the walk, as times and names suggest; zone ~: inferred too"
    } else {
        "the walk"
    };
    let tree = area.right().saturating_sub(x);
    put(buffer, line(2), x, area.y + 2, tree, &fit(inferred, tree.into()), dim);
    let branches = walk.branches();
    let lines = walk.steps.iter().zip(&branches).enumerate();
    for (at, (step, branch)) in lines.skip(view.top as usize).take(view.page as usize) {
        let y = HEAD + (at as u64 - view.top) as u16;
        let row = line(y);
        let y = row.y;
        let one = step.exchange.map(|exchange| exchange.one);
        let numbers = match one.map(|one| (one.first + 1, one.answer().map(|id| id + 1))) {
            Some((query, Some(answer))) => format!("{query}, {answer}"),
            Some((query, None)) => format!("{query}, -"),
            None => step.said.map_or(String::new(), |id| format!("{}", id + 1)),
        };
        let mut x = area.x + 1;
        put_right(buffer, row, x, y, packets, &fit(&numbers, packets.into()), dim);
        x += packets + 1;
        if after > 0 {
            let text = one.map_or(String::new(), |_| span(step.after));
            put_right(buffer, row, x, y, after, &text, dim);
            x += after + 1;
        }
        let text = match (one, step.took) {
            (None, _) => String::new(),
            (_, took) => took.map_or("-".to_owned(), span),
        };
        put_right(buffer, row, x, y, took, &text, theme.style(Role::Text));
        x += took + 1;
        if shape > 0 {
            if one.is_some() {
                let text = picture(walk, step, shape);
                put(buffer, row, x, y, shape, &text, theme.style(Role::Line));
            }
            x += shape + 1;
        }
        let (sign, role) = sign(step);
        let room = row.right().saturating_sub(x);
        put(buffer, row, x, y, room, branch, theme.style(Role::Line));
        x += width(branch) as u16;
        let room = row.right().saturating_sub(x);
        let text = format!("{sign} {}", words(step, name_of));
        put(buffer, row, x, y, room, &fit(&text, room.into()), theme.style(role));
        if at == view.line {
            let role = if has_keys { Role::Selected } else { Role::SelectedElsewhere };
            paint(buffer, row, theme.style(role));
        }
    }
    if let Some(step) = view.step() {
        let lines = wrap(&words(step, name_of), room.into(), view.below(area).into());
        for (y, text) in (area.bottom() - view.below(area)..area.bottom()).zip(lines) {
            put(buffer, area, area.x + 1, y, room, &text, dim);
        }
    }
}

/// A line in words, harmless for a terminal.
fn words(step: &DnsStep, name_of: NameOf<'_>) -> String {
    safe(&format!("{}{}", step.asker(name_of), step.words(name_of))).into_owned()
}
