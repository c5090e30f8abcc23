//! The list of packets: drawn by number, only the lines that are seen.
//!
//! Owns where it is scrolled to and its columns. Knows nothing of trees.

use super::columns::{Columns, Kind, Wants};
use crate::base::{PacketId, safe};
use crate::capture::Record;
use crate::decode::{Endpoint, Layer, Problem, Verdict};
use crate::store::{PacketRow, RowFlags};
use crate::ui::model::{Capture, Model, TimeStyle};
use crate::ui::text::{fit, fit_middle, paint, put, put_right, width};
use crate::ui::theme::Role;
use crate::ui::visible::LineText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The list's own state.
#[derive(Default)]
pub struct List {
    /// Place of the uppermost line.
    top: u64,
    /// Lines that fit.
    pub page: u64,
    /// The columns.
    pub columns: Columns,
    wants: Wants,
    /// Where the widths were measured.
    measured: u64,
    /// Where the view was when it was last drawn.
    seen: Option<u64>,
}

impl List {
    /// The place of the line at row `y` of the list.
    pub fn place_at(&self, y: u16) -> u64 {
        self.top + u64::from(y)
    }

    /// Scrolls without moving the selection until it is drawn.
    pub fn scroll(&mut self, lines: i64, capture: &mut Capture) {
        let last = capture.count().saturating_sub(self.page);
        self.top = self.top.saturating_add_signed(lines).min(last);
        if lines < 0 {
            capture.follow = false;
        }
        self.seen = capture.selected_place();
    }

    /// Scrolls to the selection, and asks for the lines that will be seen.
    pub fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        let settings = model.settings.clone();
        let Some(capture) = &mut model.capture else { return true };
        self.page = u64::from(area.height.saturating_sub(1));
        let count = capture.count();
        if let Some(place) = capture.selected_place().map(|place| place.min(count.saturating_sub(1)))
            && (self.seen != Some(place) || capture.follow)
        {
            self.seen = Some(place);
            let jumped = place + self.page < self.top || place >= self.top + 2 * self.page.max(1);
            if jumped {
                // Far away: show what is around it.
                self.top = place.saturating_sub(self.page / 2);
            }
            self.top = self.top.min(place).max((place + 1).saturating_sub(self.page));
        }
        self.top = self.top.min(count.saturating_sub(self.page));
        let visible: Vec<PacketId> =
            (self.top..self.top + self.page).map_while(|place| capture.at(place)).collect();
        let complete = capture.want(visible.into_iter());
        if complete && self.measured.abs_diff(self.top) > self.page {
            // Elsewhere now: what was wide there need not be wide here.
            self.wants = Wants::default();
        }
        if complete {
            self.measured = self.top;
        }
        self.measure(capture, &settings);
        complete
    }

    /// Columns grow with what is seen, and stay so while one scrolls: nothing
    /// jumps about.
    fn measure(&mut self, capture: &Capture, settings: &crate::ui::model::Settings) {
        let last = capture.progress().indexed;
        self.wants.number = self.wants.number.max(last.to_string().len() as u16);
        let meta = capture.session.meta();
        for place in self.top..self.top + self.page {
            let Some(id) = capture.at(place) else { break };
            let Some(record) = capture.session.record(id) else { continue };
            self.wants.length = self.wants.length.max(record.wire.to_string().len() as u16);
            if settings.time == TimeStyle::Start {
                let time = width(&time(settings.time, &record, capture.session.record(0).as_ref()));
                self.wants.time = self.wants.time.max(time as u16);
            }
            if let Some(name) = meta.interfaces.get(record.interface as usize).and_then(|i| i.name.as_ref()) {
                self.wants.interface = self.wants.interface.max(width(&safe(name)) as u16);
            }
            if let Some(line) = capture.line(id) {
                let [src, dst] = endpoints(line, settings.names);
                let wide = width(&src.full()).max(width(&dst.full())) as u16;
                self.wants.address = self.wants.address.max(wide);
                self.wants.protocol = self.wants.protocol.max(width(line.protocol) as u16);
            }
        }
    }

    fn wants(&self, style: TimeStyle) -> Wants {
        let time = match style {
            TimeStyle::Start => self.wants.time.max(8),
            TimeStyle::Previous => 10,
            TimeStyle::Utc | TimeStyle::Local => 15,
        };
        Wants { time, ..self.wants }
    }

    /// Draws headings and lines.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model, active: bool) {
        let Some(capture) = &model.capture else { return };
        let theme = model.theme;
        let columns = self.columns.place(area, self.wants(model.settings.time));
        let heading = theme.style(if active { Role::Active } else { Role::Heading });
        for (kind, cell) in &columns {
            let text = if *kind == Kind::Time { model.settings.time.heading() } else { kind.heading() };
            if kind.is_number() {
                put_right(buffer, area, cell.x, area.y, cell.width, text, heading);
            } else {
                put(buffer, area, cell.x, area.y, cell.width, text, heading);
            }
        }
        let lines = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if capture.count() == 0 {
            let y = lines.y + u16::from(lines.height > 1);
            put(buffer, lines, lines.x + 3, y, lines.width, empty(capture, model), theme.style(Role::Dim));
            return;
        }
        let meta = capture.session.meta();
        let first = capture.session.record(0);
        let flow = capture.selected.and_then(|id| capture.session.row(id)).map(|row| row.flow);
        for y in 0..lines.height {
            let place = self.top + u64::from(y);
            let Some(id) = capture.at(place) else { break };
            let Some(record) = capture.session.record(id) else { break };
            let row = capture.session.row(id);
            let line = capture.line(id);
            let is_selected = capture.selected == Some(id);
            let y = lines.y + y;
            let sign = row.and_then(|row| sign(row.flags));
            let mark = match (is_selected, row) {
                (true, _) => "▶",
                (false, Some(PacketRow { flow: of, .. })) if of != PacketRow::NO_FLOW && Some(of) == flow => {
                    "•"
                }
                _ => " ",
            };
            put(buffer, lines, lines.x, y, 1, mark, theme.style(Role::Dim));
            if let Some((sign, role)) = sign {
                put(buffer, lines, lines.x + 1, y, 1, sign, theme.style(role));
            }
            let before = (model.settings.time == TimeStyle::Previous)
                .then(|| place.checked_sub(1).and_then(|place| capture.at(place)))
                .flatten()
                .and_then(|id| capture.session.record(id));
            let since = if model.settings.time == TimeStyle::Previous { before } else { first };
            let ends = line.map(|line| endpoints(line, model.settings.names));
            for (kind, cell) in &columns {
                let dots = |text: Option<String>| text.unwrap_or_else(|| "…".to_owned());
                let plain = theme.style(Role::Text);
                let (text, style) = match kind {
                    Kind::Number => (
                        (id + 1).to_string(),
                        sign.map_or(theme.style(Role::Dim), |sign| theme.style(sign.1)),
                    ),
                    Kind::Time => {
                        let mut time = time(model.settings.time, &record, since.as_ref());
                        // Where there is no room for all digits the last ones give way.
                        if time.contains('.') {
                            time.truncate(time.len() - width(&time).saturating_sub(cell.width.into()).min(3));
                        }
                        (time, theme.style(Role::Dim))
                    }
                    Kind::Source => (dots(ends.as_ref().map(|ends| ends[0].fit(cell.width))), plain),
                    Kind::Destination => (dots(ends.as_ref().map(|ends| ends[1].fit(cell.width))), plain),
                    Kind::Protocol => (
                        dots(line.map(|line| line.protocol.to_owned())),
                        line.map_or(plain, |line| theme.style(protocol_role(line.layer, line.transport))),
                    ),
                    Kind::Length => (record.wire.to_string(), plain),
                    Kind::Flow => {
                        let flow = row.map(|row| row.flow).filter(|flow| *flow != PacketRow::NO_FLOW);
                        (flow.map_or(String::new(), |flow| flow.to_string()), theme.style(Role::Dim))
                    }
                    Kind::Interface => {
                        let interface = meta.interfaces.get(record.interface as usize);
                        let name = interface.and_then(|interface| interface.name.as_deref());
                        (safe(name.unwrap_or("")).into_owned(), theme.style(Role::Dim))
                    }
                    Kind::Info => (dots(line.map(|line| info(line, cell.width.into()))), plain),
                };
                if kind.is_number() {
                    put_right(buffer, lines, cell.x, y, cell.width, &text, style);
                } else {
                    put(buffer, lines, cell.x, y, cell.width, &text, style);
                }
            }
            if is_selected {
                let role = if active { Role::Selected } else { Role::SelectedElsewhere };
                paint(buffer, Rect { y, height: 1, ..lines }, theme.style(role));
            }
        }
    }
}

/// The Info text in so many cells: what is wrong with a packet is not cut off by
/// what else it says.
fn info(line: &LineText, cells: usize) -> String {
    let (said, wrong) = line.info.split_at_checked(line.said).unwrap_or((&line.info, ""));
    if wrong.is_empty() || width(&line.info) <= cells {
        return line.info.to_string();
    }
    let room = cells.saturating_sub(width(wrong)).max(cells * 2 / 5);
    format!("{}{wrong}", fit(said, room))
}

/// Why no packet is shown, and what to press.
pub(super) fn empty(capture: &Capture, model: &Model) -> &'static str {
    let progress = capture.progress();
    match (&capture.filter, progress.reading || progress.analysed < progress.indexed) {
        (Some(_), true) => "No match yet; the filter is still at work.",
        (Some(_), false) if !model.came.is_empty() => {
            "No packet passes the filter. Esc goes back, / changes it."
        }
        (Some(_), false) => "No packet passes the filter. Esc shows all, / changes it.",
        (None, true) => "Waiting for the first packet.",
        (None, false) => "The capture holds no packet.",
    }
}

/// The colour of a protocol.
pub fn protocol_role(layer: Layer, transport: Option<u8>) -> Role {
    match layer {
        Layer::Frame => Role::Plain,
        Layer::Link => Role::Link,
        Layer::Internet => Role::Internet,
        Layer::Transport if transport == Some(17) => Role::Datagram,
        Layer::Transport => Role::Transport,
        Layer::Application => Role::Application,
    }
}

/// The sign for what is wrong or odd with a packet: the worst of it.
pub fn sign(flags: RowFlags) -> Option<(&'static str, Role)> {
    let worst = crate::decode::Check::ALL.iter().filter_map(|check| flags.verdict(*check));
    let has = |verdict: Verdict| worst.clone().any(|found| found == verdict);
    if flags.has(Problem::Malformed) || flags.has(Problem::Length) {
        Some(("!", Role::Bad))
    } else if has(Verdict::Bad) {
        Some(("✗", Role::Bad))
    } else if flags.has(Problem::Truncated) {
        Some(("~", Role::Odd))
    } else if has(Verdict::Partial) {
        Some(("◐", Role::Odd))
    } else if flags.has(Problem::Unusual) || flags.has(Problem::Limit) {
        Some(("*", Role::Odd))
    } else {
        None
    }
}

/// A packet's time as text; a dash where the capture has none.
pub fn time(style: TimeStyle, record: &Record, since: Option<&Record>) -> String {
    if record.time.is_none() || since.is_some_and(|since| since.time.is_none()) {
        return "-".to_owned();
    }
    match style {
        TimeStyle::Start | TimeStyle::Previous => {
            let nanos = since.map_or(0, |since| record.time.since(since.time));
            let micros = nanos / 1000;
            let minus = if micros < 0 { "-" } else { "" };
            let micros = micros.unsigned_abs();
            format!("{minus}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
        }
        TimeStyle::Utc | TimeStyle::Local => {
            let zone =
                if style == TimeStyle::Utc { jiff::tz::TimeZone::UTC } else { jiff::tz::TimeZone::system() };
            match jiff::Timestamp::from_nanosecond(record.time.0.into()) {
                Ok(time) => time.to_zoned(zone).strftime("%H:%M:%S%.6f").to_string(),
                Err(_) => record.time.to_string(),
            }
        }
    }
}

/// An address or name, and a port.
pub struct End {
    host: String,
    port: Option<u16>,
    brackets: bool,
}

impl End {
    fn full(&self) -> String {
        self.with(&self.host)
    }

    fn with(&self, host: &str) -> String {
        match self.port {
            Some(port) if self.brackets => format!("[{host}]:{port}"),
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// As wide as there is room: the address gives way, the port stays.
    fn fit(&self, cells: u16) -> String {
        let full = self.full();
        let over = width(&full).saturating_sub(cells.into());
        if over == 0 {
            return full;
        }
        let room = width(&self.host).saturating_sub(over);
        if room < 3 || width(&self.host) != self.host.chars().count() {
            return full;
        }
        self.with(&fit_middle(&self.host, room))
    }
}

/// Both ends of a line, with names where they are wanted.
fn endpoints(line: &LineText, named: bool) -> [End; 2] {
    let end = |endpoint: Endpoint, name: &Option<Box<str>>, port: Option<u16>| {
        let name = name.as_ref().filter(|_| named);
        let host = name.map_or_else(|| endpoint.to_string(), |name| name.to_string());
        End { brackets: name.is_none() && matches!(endpoint, Endpoint::V6(_)), host, port }
    };
    let (ports, [src, dst]) = (line.ports, &line.names);
    [end(line.src, src, ports.map(|ports| ports.0)), end(line.dst, dst, ports.map(|ports| ports.1))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a malformed packet that looks like any other since its name is long.
    #[test]
    fn what_is_wrong_is_seen_behind_a_long_text() {
        let line = |said: &str, wrong: &str| LineText {
            src: Endpoint::default(),
            dst: Endpoint::default(),
            ports: None,
            protocol: "DNS",
            layer: Layer::Application,
            transport: None,
            info: format!("{said}{wrong}").into(),
            said: said.len(),
            names: [None, None],
            is_final: true,
            named: (true, 0, 0),
        };
        let long = "Standard query 0x1234 A a.very.long.name.example";
        assert_eq!(info(&line(long, ""), 20), long, "cut where it is put");
        assert_eq!(info(&line(long, " [too short]"), 30), "Standard query 0x… [too short]");
        assert_eq!(info(&line("short", " [wrong]"), 30), "short [wrong]");
        let wordy = info(&line(long, " [a label of 70 bytes, of 63 at most]"), 30);
        assert!(wordy.starts_with("Standard qu… [a label of 70"), "{wordy}");
    }
}
