//! The ladder: time downwards, hosts across, packets as arrows, and a few
//! sentences about the selected one.
//!
//! Owns where it is scrolled to and what takes rows. What stands in a row is
//! the [`flow::ladder`](crate::flow::ladder)'s business; which packets there
//! are, a job's.

use crate::base::PacketId;
use crate::flow::ladder::{Pauses, Row, Span, Tone, View};
use crate::session::{LadderJob, Scope};
use crate::ui::action::Action;
use crate::ui::keys::Context;
use crate::ui::model::{Capture, Model};
use crate::ui::screen::{Command, Reply, Screen};
use crate::ui::text::{clear, packets, paint, put, width, wrap};
use crate::ui::theme::{Role, Theme};
use crate::ui::worker::Waker;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines about the selected arrow, and their heading: where there is room for
/// more, more.
const ABOUT: u16 = 5;
const ABOUT_TALL: u16 = 8;
/// From this height on there is.
const TALL: u16 = 40;
/// Below this height the arrows need all the room.
const LOW: u16 = 14;
/// Rows that a turn of the wheel moves.
const WHEEL: u64 = 3;

/// Which flows are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    Flow,
    Conversation,
    Host,
}

impl Reach {
    fn scope(self, flow: u32) -> Scope {
        match self {
            Reach::Flow => Scope::Exchange(flow),
            Reach::Conversation => Scope::Conversation(flow),
            Reach::Host => Scope::Host(flow),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Reach::Flow => "this flow",
            Reach::Conversation => "all between both hosts",
            Reach::Host => "all of the client",
        }
    }
}

/// The ladder of the model's stream.
pub struct Ladder {
    reach: Reach,
    pauses: Pauses,
    calls: bool,
    job: Option<(u32, Reach, LadderJob)>,
    /// The packet to select as soon as it is there.
    goto: Option<PacketId>,
    /// The packet that this screen last chose.
    chosen: Option<PacketId>,
    selected: u32,
    top: u64,
    area: Rect,
}

impl Default for Ladder {
    fn default() -> Self {
        Ladder {
            reach: Reach::default(),
            pauses: Pauses::default(),
            calls: true,
            job: None,
            goto: None,
            chosen: None,
            selected: 0,
            top: 0,
            area: Rect::default(),
        }
    }
}

impl Ladder {
    fn job(&self) -> Option<&LadderJob> {
        self.job.as_ref().map(|(.., job)| job)
    }

    /// Arrows, what is said of the selected one.
    fn areas(&self) -> (Rect, Rect) {
        let about = match self.area.height {
            ..LOW => 0,
            LOW..TALL => ABOUT,
            TALL.. => ABOUT_TALL,
        };
        let arrows = Rect { height: self.area.height - about, ..self.area };
        (arrows, Rect { y: arrows.bottom(), height: about, ..self.area })
    }

    fn select(&mut self, arrow: u32) {
        let Some(job) = self.job() else { return };
        let ladder = job.ladder();
        let last = (ladder.arrows().len() as u32).saturating_sub(1);
        drop(ladder);
        self.selected = arrow.min(last);
        self.goto = None;
    }

    /// The row `by` rows below the selected one, or its nearest arrow.
    fn page(&mut self, by: i64) {
        let Some(job) = self.job() else { return };
        let ladder = job.ladder();
        let row = ladder.row_of(self.selected).saturating_add_signed(by).min(ladder.len().saturating_sub(1));
        let arrow = match ladder.row(row) {
            Some(Row::Arrow(arrow) | Row::Pause { arrow, .. } | Row::Before { arrow, .. }) => arrow,
            None => self.selected,
        };
        drop(ladder);
        self.select(arrow);
    }

    /// To the next arrow about which something is notable, or the one before.
    fn notable(&mut self, forward: bool) -> Reply {
        let Some(job) = self.job() else { return Reply::Ignored };
        let found = job.ladder().notable(self.selected, forward);
        match found {
            Some(arrow) => {
                self.select(arrow);
                Reply::Done
            }
            None => Reply::Do(Command::Say("nothing more is lost, repeated or reset this way".to_owned())),
        }
    }

    fn packet(&self) -> Option<PacketId> {
        let ladder = self.job()?.ladder();
        ladder.arrows().get(self.selected as usize).map(|arrow| arrow.segment.packet)
    }

    fn start(&mut self, capture: &Capture, flow: u32, waker: &Waker) {
        self.goto = self.goto.or_else(|| self.packet());
        let waker = waker.clone();
        let job = LadderJob::start(capture.session.handle(), self.reach.scope(flow), move || waker.wake());
        job.show(self.pauses, self.calls);
        self.job = Some((flow, self.reach, job));
        (self.selected, self.top) = (0, 0);
    }

    /// Follows what was chosen elsewhere; starts the job where it must.
    fn settle(&mut self, capture: &mut Capture, waker: &Waker) {
        let Some(shown) = capture.stream else { return };
        if shown.packet != self.chosen && shown.packet.is_some() {
            self.goto = shown.packet;
            self.chosen = shown.packet;
        }
        if self.job.as_ref().is_none_or(|(flow, reach, _)| (*flow, *reach) != (shown.flow, self.reach)) {
            self.start(capture, shown.flow, waker);
        }
        let Some((.., job)) = &self.job else { return };
        let ladder = job.ladder();
        let arrows = ladder.arrows();
        // Who follows the capture follows the ladder too, until a key goes elsewhere.
        if capture.follow && !capture.is_held() {
            self.goto = None;
            self.selected = (arrows.len() as u32).saturating_sub(1);
        } else if let Some(packet) = self.goto {
            let at = arrows.partition_point(|arrow| arrow.segment.packet < packet);
            if at < arrows.len() || job.is_done() {
                self.selected = at.min(arrows.len().saturating_sub(1)) as u32;
                self.goto = None;
            }
        }
    }

    /// Scrolls so that the selected arrow and what is above it can be seen.
    fn scroll(&mut self, rows: u64) {
        let Some((.., job)) = &self.job else { return };
        let ladder = job.ladder();
        let row = ladder.row_of(self.selected);
        let above = match self.selected.checked_sub(1) {
            Some(before) => ladder.row_of(before) + 1,
            None => 0,
        };
        let all = ladder.len();
        drop(ladder);
        self.top = self.top.min(above.max(row.saturating_sub(rows.saturating_sub(1))));
        if row >= self.top + rows {
            self.top = row + 1 - rows;
        }
        self.top = self.top.min(all.saturating_sub(rows));
    }
}

/// What a packet says beyond TCP, once the worker has it.
fn info(capture: &Capture, id: PacketId) -> Option<String> {
    let line = capture.line(id)?;
    (line.protocol != "TCP").then(|| line.info.to_string())
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Text => Role::Text,
        Tone::Dim | Tone::Inferred => Role::Dim,
        Tone::Line => Role::Line,
        Tone::Host => Role::Heading,
        Tone::Segment => Role::Transport,
        Tone::Datagram => Role::Datagram,
        Tone::Call => Role::Application,
        Tone::Bad => Role::Bad,
        Tone::Odd => Role::Odd,
    }
}

fn spans(area: Rect, y: u16, buffer: &mut Buffer, theme: Theme, spans: &[Span]) {
    let mut x = area.x;
    for span in spans {
        x +=
            put(buffer, area, x, y, area.right().saturating_sub(x), &span.text, theme.style(role(span.tone)));
    }
}

impl Screen for Ladder {
    fn context(&self) -> Context {
        Context::Ladder
    }

    fn act(&mut self, action: Action, count: Option<u64>, model: &mut Model) -> Reply {
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        let rows = i64::from(self.areas().0.height.saturating_sub(2)).max(1);
        let steps = u32::try_from(count.unwrap_or(1)).unwrap_or(u32::MAX);
        match action {
            Action::Up => self.select(self.selected.saturating_sub(steps)),
            Action::Down => self.select(self.selected.saturating_add(steps)),
            Action::PageUp => self.page(-rows),
            Action::PageDown => self.page(rows),
            Action::First => self.select(0),
            Action::Last => match count {
                Some(number) => self.goto = number.checked_sub(1),
                None => self.select(u32::MAX),
            },
            Action::NextTrouble | Action::PreviousTrouble => {
                capture.follow = false;
                return self.notable(action == Action::NextTrouble);
            }
            Action::Enter => {
                return self.packet().map_or(Reply::Ignored, |id| Reply::Do(Command::GoTo(id)));
            }
            Action::Calls | Action::Pauses => {
                if action == Action::Calls {
                    self.calls = !self.calls;
                } else {
                    self.pauses = self.pauses.next();
                }
                if let Some(job) = self.job() {
                    job.show(self.pauses, self.calls);
                }
                return Reply::Done;
            }
            Action::Reach => {
                self.reach = match self.reach {
                    Reach::Flow => Reach::Conversation,
                    Reach::Conversation => Reach::Host,
                    Reach::Host => Reach::Flow,
                };
                return Reply::Do(Command::Say(format!("The ladder shows {}.", self.reach.words())));
            }
            _ => return Reply::Ignored,
        }
        capture.follow = action == Action::Last && count.is_none() && !capture.session.is_finished();
        if let (Some(packet), Some(shown)) = (self.packet(), &mut capture.stream) {
            shown.packet = Some(packet);
            self.chosen = shown.packet;
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, model: &mut Model) -> Reply {
        let (arrows, _) = self.areas();
        let heads = self.heads();
        match mouse.kind {
            MouseEventKind::ScrollDown => self.page(WHEEL as i64),
            MouseEventKind::ScrollUp => self.page(-(WHEEL as i64)),
            MouseEventKind::Down(MouseButton::Left)
                if mouse.row >= arrows.y + heads && mouse.row < arrows.bottom() =>
            {
                let row = self.top + u64::from(mouse.row - arrows.y - heads);
                let hit = self.job().and_then(|job| job.ladder().row(row));
                if let Some(Row::Arrow(arrow)) = hit {
                    self.select(arrow);
                }
            }
            _ => return Reply::Ignored,
        }
        if let Some(capture) = &mut model.capture {
            capture.follow = false;
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.area = area;
        let Some(capture) = &mut model.capture else { return true };
        // What is done now has nothing to add to what is looked at below.
        let was_done = self.job.as_ref().map(|(flow, reach, job)| (*flow, *reach, job.is_done()));
        self.settle(capture, &model.waker);
        let rows = u64::from(self.areas().0.height.saturating_sub(self.heads()));
        self.scroll(rows);
        let Some((flow, reach, job)) = &self.job else { return true };
        let done = was_done == Some((*flow, *reach, true)) || !capture.session.is_finished();
        let ladder = job.ladder();
        let visible = (self.top..self.top + rows).filter_map(|row| match ladder.row(row) {
            Some(Row::Arrow(arrow)) => Some(ladder.arrows().get(arrow as usize)?.segment.packet),
            _ => None,
        });
        let visible: Vec<PacketId> = visible.collect();
        drop(ladder);
        capture.want(visible.into_iter()) && done
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let (Some(capture), Some(job)) = (&model.capture, self.job()) else { return };
        let theme = model.theme;
        // Taken once: a second reader would wait for the job, which waits for the first.
        let ladder = job.ladder();
        let (arrows, about) = self.areas();
        clear(buffer, area);
        if ladder.is_empty() {
            let text = if job.is_done() { "this flow has no packet that could be read" } else { "…" };
            put(buffer, area, area.x + 1, area.y, area.width, text, theme.style(Role::Dim));
            return;
        }
        let start = ladder.arrows().first().map(|arrow| arrow.time).unwrap_or_default();
        let info = |id| info(capture, id);
        // Until the names can be had without waiting, addresses stand there.
        let book = capture.session.try_names().filter(|_| model.settings.names);
        let shown = self.job.as_ref().map_or(u32::MAX, |(flow, ..)| *flow);
        let name = |address| {
            let name = capture.session.ladder_name(book.as_ref()?, &ladder, shown, address)?;
            Some(name.text().into_owned())
        };
        let view = View { width: arrows.width.into(), calls: self.calls, start, info: &info, name: &name };
        let heads = ladder.heads(&view);
        for (y, line) in (arrows.y..arrows.bottom()).zip(&heads) {
            spans(arrows, y, buffer, theme, line);
        }
        let from = arrows.y + heads.len() as u16;
        for (y, row) in (from..arrows.bottom()).zip(self.top..) {
            let Some(row) = ladder.row(row) else { break };
            spans(arrows, y, buffer, theme, &ladder.draw(row, &view));
            if row == Row::Arrow(self.selected) {
                paint(buffer, Rect { y, height: 1, ..arrows }, theme.style(Role::Selected));
            }
        }
        if about.height > 0 {
            let count = packets(ladder.arrows().len() as u64);
            let more = if job.is_done() { "" } else { " so far" };
            // A flow of DHCP comes with the others that its exchange lies in.
            let is_exchange = self.reach == Reach::Flow && ladder.flows().len() > 1;
            let words = if is_exchange { "this exchange" } else { self.reach.words() };
            let title = format!(" {count}{more}, {words} ");
            let selected = ladder.arrows().get(self.selected as usize);
            let told = selected.and_then(|arrow| info(arrow.segment.packet));
            about_selected(about, buffer, theme, &title, &ladder.explain(self.selected, told));
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![
            ("c", "calls"),
            ("w", "whole conversation"),
            ("x", "next loss"),
            ("p", "pauses"),
            ("Enter", "packet"),
        ]
    }
}

impl Ladder {
    /// Lines above the rows.
    fn heads(&self) -> u16 {
        self.job().map_or(1, |job| if job.ladder().hosts().len() > 2 { 2 } else { 1 })
    }
}

fn about_selected(area: Rect, buffer: &mut Buffer, theme: Theme, title: &str, lines: &[Span]) {
    put(buffer, area, area.x, area.y, area.width, &"─".repeat(area.width.into()), theme.style(Role::Line));
    put(buffer, area, area.x + 2, area.y, area.width.saturating_sub(2), title, theme.style(Role::Dim));
    let legend = " ● seen  ○ inferred  ↻ repeat  ✗ lost ";
    let room = usize::from(area.width).saturating_sub(width(title) + 6);
    if width(legend) <= room {
        let x = area.right() - 2 - width(legend) as u16;
        put(buffer, area, x, area.y, width(legend) as u16, legend, theme.style(Role::Dim));
    }
    let mut y = area.y + 1;
    for (at, span) in lines.iter().enumerate() {
        // Every line that follows must find room.
        let left = usize::from(area.bottom().saturating_sub(y));
        let left = left.saturating_sub(lines.len() - at - 1).max(1);
        for line in wrap(&span.text, usize::from(area.width).saturating_sub(2), left) {
            put(buffer, area, area.x + 1, y, area.width - 1, &line, theme.style(role(span.tone)));
            y += 1;
        }
    }
}
