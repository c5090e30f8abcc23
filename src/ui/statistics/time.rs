//! Traffic over time: the jobs that count it, what is laid over it, the cursor.
//!
//! Owns both jobs and how the graph is looked at. How it is drawn is in
//! [`graph`](super::graph).

use super::graph::{self, FULL, Plot, SCALE, SPARSE, Unit};
use super::lists::host;
use crate::decode::Registry;
use crate::session::TrafficJob;
use crate::ui::action::Action;
use crate::ui::bars::gauge;
use crate::ui::model::{self, Capture, Model};
use crate::ui::prompt::Prompt;
use crate::ui::screen::{Command, Reply};
use crate::ui::table::share;
use crate::ui::text::{bytes, packets, put, put_right, span, width};
use crate::ui::theme::{Role, Theme};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::net::IpAddr;

/// Steps of closer looking.
const ZOOMS: u32 = 7;

/// What is laid over all traffic.
struct Overlay {
    /// A display filter.
    text: String,
    /// `None` where the text is no filter.
    job: Option<TrafficJob>,
}

/// The section.
#[derive(Default)]
pub struct Time {
    all: Option<TrafficJob>,
    over: Option<Overlay>,
    /// What a person has laid over; else the display filter in force is.
    chosen: Option<String>,
    unit: Unit,
    zoom: u32,
    /// The time under the cursor.
    cursor: i64,
    plot: Plot,
    /// Packets looked at by the slower job.
    passed: u64,
    /// Time of the first packet.
    first: i64,
    dots: Rect,
}

/// A display filter for what a person typed: a port, an address, or a filter.
fn expression(text: &str) -> String {
    if let Ok(port) = text.parse::<u16>() {
        return format!("tcp.port == {port} || udp.port == {port}");
    }
    match text.parse::<IpAddr>() {
        Ok(address) => host(address),
        Err(_) => text.to_owned(),
    }
}

/// Seconds as a display filter takes them.
fn seconds(nanos: i64) -> String {
    let text = format!("{}.{:09}", nanos / 1_000_000_000, (nanos % 1_000_000_000).abs());
    let sign = if nanos < 0 && !text.starts_with('-') { "-" } else { "" };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{text}")
}

/// Seconds with as many decimals as tell columns apart.
fn label(nanos: i64, step: i64) -> String {
    let decimals = (0..9).find(|digits| step >= 1_000_000_000 / 10i64.pow(*digits)).unwrap_or(9) as usize;
    format!("{:.decimals$} s", nanos as f64 / 1e9)
}

impl Time {
    /// Lays a display filter over.
    pub fn lay(&mut self, text: String) {
        self.chosen = Some(text);
    }

    /// Asks what is to be laid over.
    pub fn ask() -> Reply {
        let expected = "a protocol, a port, an address or any display filter";
        Reply::Do(Command::Push(Box::new(Prompt::ask("over time: ", expected))))
    }

    /// What was typed; whether it can be laid over.
    pub fn typed(&mut self, text: &str, registry: &Registry) -> Result<(), String> {
        let text = expression(text);
        drop(model::test(registry, &text).map_err(|error| error.to_string())?);
        self.lay(text);
        Ok(())
    }

    fn move_by(&mut self, cells: i64) {
        let last = self.plot.times(self.plot.cells().saturating_sub(1)).0;
        let to = self.cursor.saturating_add(self.plot.step.saturating_mul(2).saturating_mul(cells));
        // Closer up there is more to both sides.
        let (least, most) = if self.zoom == 0 { (self.plot.start, last) } else { (i64::MIN, i64::MAX) };
        self.cursor = to.clamp(least, most.max(least));
    }

    /// An action of the keymap.
    pub fn act(&mut self, action: Action) -> Reply {
        let page = (self.plot.cells() / 8).max(1) as i64;
        match action {
            Action::Left => self.move_by(-1),
            Action::Right => self.move_by(1),
            Action::PageUp => self.move_by(-page),
            Action::PageDown => self.move_by(page),
            Action::First => self.cursor = i64::MIN,
            Action::Last => self.cursor = i64::MAX,
            Action::ZoomIn => self.zoom = (self.zoom + 1).min(ZOOMS),
            Action::ZoomOut => self.zoom = self.zoom.saturating_sub(1),
            Action::Sort => {
                self.unit = if self.unit == Unit::Bytes { Unit::Packets } else { Unit::Bytes };
            }
            Action::Clear => self.chosen = None,
            Action::Enter => return self.open(),
            Action::Up | Action::Down => {}
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// The packets under the cursor.
    fn open(&self) -> Reply {
        if self.plot.cells() == 0 {
            return Reply::Done;
        }
        let (from, to) = self.plot.times(self.plot.cell(self.cursor));
        let [from, to] = [from, to].map(|time| seconds(time.saturating_sub(self.first)));
        let mut text = format!("frame.time_relative >= {from} && frame.time_relative < {to}");
        if let Some(over) = self.over.as_ref().filter(|over| over.job.is_some()) {
            text = format!("{text} && ({})", over.text);
        }
        Reply::Do(Command::Filter(text))
    }

    /// A mouse event.
    pub fn mouse(&mut self, mouse: MouseEvent) -> Reply {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) if self.dots.contains(at) => {
                let cell = usize::from(at.x - self.dots.x).min(self.plot.cells().saturating_sub(1));
                if cell == self.plot.cell(self.cursor) {
                    return self.open();
                }
                self.cursor = self.plot.times(cell).0;
                Reply::Done
            }
            MouseEventKind::ScrollUp => self.act(Action::ZoomIn),
            MouseEventKind::ScrollDown => self.act(Action::ZoomOut),
            _ => Reply::Ignored,
        }
    }

    /// Makes ready to be drawn; `false` while packets are still counted.
    pub fn prepare(&mut self, area: Rect, capture: &Capture, model: &Model) -> bool {
        let session = &capture.session;
        let tell = || {
            let waker = model.waker.clone();
            move || waker.wake()
        };
        let all = self.all.get_or_insert_with(|| TrafficJob::start(session.handle(), |_, _, _| true, tell()));
        let wanted =
            self.chosen.clone().or_else(|| capture.filter.as_ref().map(|filter| filter.text.clone()));
        if self.over.as_ref().map(|over| &over.text) != wanted.as_ref() {
            self.over = wanted.map(|text| {
                let test = model::test(session.registry(), &text).ok();
                Overlay { job: test.map(|test| TrafficJob::start(session.handle(), test, tell())), text }
            });
        }
        self.first = session.record(0).map_or(0, |record| record.time.0);
        self.dots = Rect {
            x: area.x + SCALE.min(area.width),
            y: area.y + 1,
            width: area.width.saturating_sub(SCALE + 1),
            height: area.height.saturating_sub(3),
        };
        let traffic = all.traffic();
        self.plot = Plot::of(&traffic.series, usize::from(self.dots.width) * 2, self.zoom, self.cursor);
        self.passed = traffic.passed;
        drop(traffic);
        if let Some(job) = self.over.as_ref().and_then(|over| over.job.as_ref()) {
            let traffic = job.traffic();
            self.plot.lay(&traffic.series);
            self.passed = self.passed.min(traffic.passed);
        }
        let (start, end) = (self.plot.start, self.plot.times(self.plot.cells()).0.saturating_sub(1));
        self.cursor = self.cursor.clamp(start, end.max(start));
        self.passed >= capture.progress().analysed
    }

    /// Draws all of it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
        self.legend(area, buffer, capture, theme);
        let plot = Rect { y: area.y + 1, height: self.dots.height, ..area };
        let cursor = self.plot.cell(self.cursor);
        graph::draw(&self.plot, self.unit, cursor, plot, buffer, theme);
        self.axis(Rect { y: plot.bottom(), height: 1, ..area }.intersection(area), buffer, theme);
        self.under_cursor(Rect { y: plot.bottom() + 1, height: 1, ..area }.intersection(area), buffer, theme);
    }

    fn legend(&self, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
        let each = format!("{} in {}", self.unit.name(), span(self.plot.step));
        let mut parts = vec![(each, Role::Heading)];
        match &self.over {
            None => parts.push((format!("{FULL} all packets"), Role::Datagram)),
            Some(over) if over.job.is_some() => {
                parts.push((format!("{FULL} {}", over.text), Role::Odd));
                parts.push((format!("{SPARSE} all packets"), Role::Dim));
            }
            Some(over) => {
                parts.push((format!("{} cannot be laid over", over.text), Role::Bad));
                parts.push((format!("{FULL} all packets"), Role::Datagram));
            }
        }
        let progress = capture.progress();
        if self.passed < progress.indexed {
            parts.push((format!("counting {}", gauge(self.passed, progress.indexed)), Role::Good));
        }
        let mut x = area.x + 1;
        for (text, role) in parts {
            x += put(buffer, area, x, area.y, area.right().saturating_sub(x), &text, theme.style(role)) + 3;
        }
    }

    /// Times below the dots.
    fn axis(&self, area: Rect, buffer: &mut Buffer, theme: Theme) {
        if area.is_empty() || self.plot.cells() == 0 {
            return;
        }
        let cells = self.plot.cells() as u16;
        let between = (cells / 6).max(14);
        let mut at = 0;
        while at < cells {
            let (from, _) = self.plot.times(at.into());
            let text = format!("└{}", label(from.saturating_sub(self.first), self.plot.step));
            if usize::from(at) + width(&text) <= usize::from(area.width.saturating_sub(SCALE)) {
                put(buffer, area, area.x + SCALE + at, area.y, between, &text, theme.style(Role::Dim));
            }
            at += between;
        }
    }

    fn under_cursor(&self, area: Rect, buffer: &mut Buffer, theme: Theme) {
        if area.is_empty() || self.plot.cells() == 0 {
            return;
        }
        let cell = self.plot.cell(self.cursor);
        let ((from, to), (all, over)) = (self.plot.times(cell), self.plot.at(cell));
        let length = to.saturating_sub(from);
        let rate = |bytes: u64| {
            let bits = bytes as f64 * 8e9 / length.max(1) as f64;
            let (scale, unit) = match bits {
                bits if bits >= 1e9 => (1e9, "Gbit/s"),
                bits if bits >= 1e6 => (1e6, "Mbit/s"),
                bits if bits >= 1e3 => (1e3, "kbit/s"),
                _ => (1.0, "bit/s"),
            };
            format!("{:.1} {unit}", bits / scale)
        };
        let at = label(from.saturating_sub(self.first), self.plot.step);
        let text = format!(
            "▲ {at}, {} long: {}, {}, {}",
            span(length),
            packets(all.packets),
            bytes(all.bytes),
            rate(all.bytes)
        );
        let used = put(buffer, area, area.x + 1, area.y, area.width - 1, &text, theme.style(Role::Text));
        if let Some(over) = over {
            let part = match self.unit {
                Unit::Bytes => share(over.bytes, all.bytes),
                Unit::Packets => share(over.packets, all.packets),
            };
            let text = format!("{FULL} {}, {} {part}", packets(over.packets), bytes(over.bytes));
            let x = area.x + 1 + used + 3;
            put(buffer, area, x, area.y, area.right().saturating_sub(x), &text, theme.style(Role::Odd));
        }
        if self.zoom > 0 {
            let text = format!("×{} ", 1u32 << self.zoom);
            put_right(buffer, area, area.x, area.y, area.width, &text, theme.style(Role::Active));
        }
    }

    /// A few keys to press next.
    pub fn hints(&self) -> Vec<(&'static str, &'static str)> {
        let mut hints = vec![("Enter", "its packets"), ("f", "lay over")];
        if self.chosen.is_some() {
            hints.push(("d", "nothing over"));
        }
        hints.extend([("s", "bytes, packets"), ("+ -", "closer"), ("Tab", "next list"), ("Esc", "packets")]);
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_display_filter() {
        let registry = Registry::default();
        for (typed, filter) in [
            ("53", "tcp.port == 53 || udp.port == 53"),
            ("10.0.0.1", "ip.addr == 10.0.0.1"),
            ("2001:db8::1", "ipv6.addr == 2001:db8::1"),
            ("dns", "dns"),
            ("ip.ttl < 5", "ip.ttl < 5"),
        ] {
            assert_eq!(expression(typed), filter);
            assert!(model::test(&registry, filter).is_ok(), "{filter}");
        }
        assert!(Time::default().typed("nonsense ==", &registry).is_err());
    }

    #[test]
    fn times_become_what_a_filter_takes() {
        for (nanos, text) in [
            (0, "0"),
            (1_500_000_000, "1.5"),
            (-1, "-0.000000001"),
            (-2_250_000_000, "-2.25"),
            (10_000_000_000, "10"),
        ] {
            assert_eq!(seconds(nanos), text);
        }
        assert_eq!(label(1_234_567_890, 131_072_000), "1.2 s");
        assert_eq!(label(5_000_000_000, 2_000_000_000), "5 s");
    }
}
