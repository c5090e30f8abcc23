//! The content: what both sides sent, in order, as text, in hexadecimal or
//! both.
//!
//! Owns the cursor, what it is scrolled to, and the jobs that collect, read,
//! search and save. Knows nothing of how segments become a stream.

mod draw;
mod page;
mod reader;
mod save;

use crate::base::PacketId;
use crate::flow::{Flow, Side};
use crate::session::StreamJob;
use crate::ui::action::Action;
use crate::ui::keys::Context;
use crate::ui::model::{Model, Shown};
use crate::ui::prompt::Prompt;
use crate::ui::screen::{Command, Reply, Screen};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use page::{Line, Place};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use reader::{Goal, Reader, View, Window};
use save::Save;

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// As text, with what is no text escaped.
    #[default]
    Text,
    /// In hexadecimal.
    Hex,
    /// Hexadecimal with characters beside it.
    Both,
}

/// What was asked in the prompt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Find,
    Save,
}

/// A flow being shown.
struct Open {
    shown: Shown,
    job: StreamJob,
    reader: Reader,
}

/// The content of the model's stream.
#[derive(Default)]
pub struct Content {
    view: View,
    window: Window,
    cursor: Place,
    /// The uppermost line of the window that is seen.
    top: usize,
    /// Stay at the end while it grows.
    follow: bool,
    scanned: PacketId,
    is_done: bool,
    flow: Option<Flow>,
    open: Option<Open>,
    goal: Option<Goal>,
    needle: Option<Vec<u8>>,
    asked: Option<Asked>,
    save: Option<Save>,
    message: Option<String>,
    /// Cells from the left that up and down keep to.
    column: u16,
    area: Rect,
}

/// Lines above the content and below it.
const ABOVE: u16 = 2;
const BELOW: u16 = 1;

impl Content {
    /// Chooses how bytes are written, and whose flow it is.
    pub fn show_as(&mut self, style: Style, flow: Option<&Flow>) {
        self.view.style = style;
        self.flow = flow.cloned();
    }

    fn rows(&self) -> usize {
        self.view.rows.max(1).into()
    }

    /// The line with the cursor.
    fn line(&self) -> usize {
        self.window.lines.partition_point(|line| line.first <= self.cursor).saturating_sub(1)
    }

    /// The packet under the cursor, and the cursor's offset in the stream.
    fn packet(&self) -> Option<(PacketId, u64)> {
        let runs = &self.window.runs_here;
        let at = runs.binary_search_by_key(&self.cursor.run, |row| row.0).ok()?;
        runs.get(at).map(|(_, packet, offset)| (*packet, offset + u64::from(self.cursor.off)))
    }

    fn message(&self) -> Option<String> {
        let saving = self.save.as_ref().map(Save::words);
        saving.or_else(|| self.message.clone()).or_else(|| self.window.message.map(str::to_owned))
    }

    /// To a line, as near to the kept column as it has bytes.
    fn go_to_line(&mut self, to: usize) {
        let Some(line) = self.window.lines.get(to.min(self.window.lines.len().saturating_sub(1))) else {
            return;
        };
        let at = line.cells.partition_point(|cell| cell.x <= self.column).saturating_sub(1);
        self.cursor = line.cells.get(at).map_or(line.first, |cell| cell.place);
    }

    fn cell_of(line: &Line, cursor: Place) -> usize {
        line.cells.partition_point(|cell| cell.place <= cursor).saturating_sub(1)
    }

    fn sideways(&mut self, forward: bool) {
        let here = self.line();
        let Some(line) = self.window.lines.get(here) else { return };
        let at = Content::cell_of(line, self.cursor);
        let next = if forward { at.checked_add(1) } else { at.checked_sub(1) };
        if let Some(cell) = next.and_then(|at| line.cells.get(at)) {
            self.cursor = cell.place;
            self.column = cell.x;
            return;
        }
        let other = if forward { here.checked_add(1) } else { here.checked_sub(1) };
        if let Some(line) = other.and_then(|at| self.window.lines.get(at)) {
            let cell = if forward { line.cells.first() } else { line.cells.last() };
            self.cursor = cell.map_or(line.first, |cell| cell.place);
            self.column = cell.map_or(0, |cell| cell.x);
        }
    }

    fn find(&mut self, forward: bool) -> Reply {
        match &self.needle {
            Some(needle) => self.goal = Some(Goal::Find(needle.clone(), self.cursor, forward)),
            None => return self.ask(Asked::Find),
        }
        Reply::Done
    }

    fn ask(&mut self, asked: Asked) -> Reply {
        self.asked = Some(asked);
        let prompt = match asked {
            Asked::Find => {
                Prompt::ask("find in the stream: ", "text, or bytes as 0x0d0a; n and N go on from there")
            }
            Asked::Save if self.view.only.is_some() => {
                Prompt::ask("save the bytes as: ", "name of a new file")
            }
            Asked::Save => Prompt::ask("save the bytes as: ", "a name: NAME.a and NAME.b get a side each"),
        };
        Reply::Do(Command::Push(Box::new(prompt)))
    }

    fn begin(&mut self, shown: Shown, model: &Model) {
        let Some(capture) = &model.capture else { return };
        let same_flow = self.open.as_ref().is_some_and(|open| open.shown.flow == shown.flow);
        if same_flow {
            if let Some(open) = &mut self.open {
                open.shown = shown;
            }
        } else {
            let waker = model.waker.clone();
            self.open =
                StreamJob::start(capture.session.handle(), shown.flow, move || waker.wake()).map(|job| {
                    let stream = std::sync::Arc::clone(job.stream());
                    let reader = Reader::start(capture.session.handle(), stream, model.waker.clone());
                    Open { shown, job, reader }
                });
            self.window = Window::default();
            (self.cursor, self.top, self.column) = (Place::default(), 0, 0);
            (self.follow, self.save, self.message, self.is_done) = (capture.follow, None, None, false);
        }
        self.goal = Some(shown.packet.map_or(Goal::First, Goal::Packet));
    }

    /// Takes what has come; asks for what is lacking. `true` when all is there.
    fn settle(&mut self) -> bool {
        let Some(open) = &mut self.open else { return true };
        let stream = open.job.stream();
        (self.scanned, self.is_done) = (stream.scanned(), stream.is_done());
        if let Some(window) = open.reader.newest() {
            let row = self.window.lines.len().min(self.line()).saturating_sub(self.top);
            let open = self.open.as_ref();
            let moved = open.is_some_and(|open| open.reader.asked.is_none());
            let before = std::mem::replace(&mut self.window, window);
            // What a search came to stays until the next one.
            if self.window.hit.is_empty() {
                self.window.hit = before.hit;
            }
            self.window.message = self.window.message.or(before.message);
            if moved {
                self.cursor = self.window.cursor;
            }
            // After a jump some lines before it are seen too.
            let row = if moved { row.max(self.rows() / 4) } else { row };
            self.top = self.line().saturating_sub(row);
        }
        let Some(open) = &mut self.open else { return true };
        let known = open.job.stream().try_content().map(|content| content.runs().len());
        let grown = known.is_some_and(|known| known != self.window.runs);
        if self.goal.is_none() && open.reader.asked.is_none() {
            let lines = &self.window.lines;
            let here = lines.partition_point(|line| line.first <= self.cursor).saturating_sub(1);
            let rows = usize::from(self.view.rows);
            let near_start = here < rows && !self.window.ends.0;
            let near_end = here + rows >= lines.len() && !self.window.ends.1;
            if grown && self.follow {
                self.goal = Some(Goal::Last);
            } else if grown || near_start || near_end || self.window.view != self.view {
                self.goal = Some(Goal::At(self.cursor));
            }
        }
        // A packet that the job has not come to is not in the stream yet.
        let early = matches!(self.goal, Some(Goal::Packet(id)) if !self.is_done && self.scanned <= id);
        if self.view.rows > 0
            && !early
            && let Some(goal) = self.goal.take()
        {
            open.reader.want(goal, self.view);
        }
        self.goal.is_none() && open.reader.asked.is_none() && self.is_done && !grown
    }

    fn click(&mut self, x: u16, y: u16) {
        let to = self.top + usize::from(y);
        if let Some(line) = self.window.lines.get(to) {
            let inside = |from: u16, width: u16| (from..from + width).contains(&x);
            let hit = line.cells.iter().find(|cell| {
                inside(cell.x, cell.width) || cell.beside.is_some_and(|beside| inside(beside, 1))
            });
            self.column = hit.map_or(x, |cell| cell.x);
            self.go_to_line(to);
        }
    }
}

impl Screen for Content {
    fn context(&self) -> Context {
        Context::Content
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let page = self.rows().saturating_sub(1).max(1);
        self.message = None;
        self.window.message = None;
        let here = self.line();
        match action {
            Action::Up => self.go_to_line(here.saturating_sub(1)),
            Action::Down => self.go_to_line(here + 1),
            Action::PageUp => {
                self.top = self.top.saturating_sub(page);
                self.go_to_line(here.saturating_sub(page));
            }
            Action::PageDown => {
                self.top += page;
                self.go_to_line(here + page);
            }
            Action::Left => self.sideways(false),
            Action::Right => self.sideways(true),
            Action::First => self.goal = Some(Goal::First),
            Action::Last => self.goal = Some(Goal::Last),
            Action::NextPacket => self.goal = Some(Goal::Run(self.cursor, true)),
            Action::PreviousPacket => self.goal = Some(Goal::Run(self.cursor, false)),
            Action::NextTrouble => self.goal = Some(Goal::Odd(self.cursor, true)),
            Action::PreviousTrouble => self.goal = Some(Goal::Odd(self.cursor, false)),
            Action::Find => return self.ask(Asked::Find),
            Action::FindNext => return self.find(true),
            Action::FindPrevious => return self.find(false),
            Action::Save => return self.ask(Asked::Save),
            Action::Direction => {
                self.view.only = match self.view.only {
                    None => Some(Side::A),
                    Some(Side::A) => Some(Side::B),
                    Some(Side::B) => None,
                };
                self.goal = Some(Goal::At(self.cursor));
            }
            Action::Enter => {
                return self.packet().map_or(Reply::Done, |(packet, _)| Reply::Do(Command::GoTo(packet)));
            }
            _ => return Reply::Ignored,
        }
        // Whoever goes to the end of what still grows wants to stay there.
        if let Some(capture) = &mut model.capture {
            capture.follow = capture.progress().reading && action == Action::Last;
            self.follow = capture.follow;
        }
        Reply::Done
    }

    fn typed(&mut self, text: &str, model: &mut Model) -> Reply {
        match self.asked.take() {
            Some(Asked::Find) => {
                self.needle = Some(needle(text));
                return self.find(true);
            }
            Some(Asked::Save) => {
                if let (Some(open), Some(capture)) = (&self.open, &model.capture) {
                    let stream = std::sync::Arc::clone(open.job.stream());
                    let (handle, waker) = (capture.session.handle(), model.waker.clone());
                    self.save = Some(Save::start(handle, stream, self.view.only, text, waker));
                }
            }
            None => {}
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        let lines = draw::lines_area(self.area);
        match mouse.kind {
            MouseEventKind::ScrollDown => {
                self.top += 3;
                self.go_to_line(self.line() + 3);
            }
            MouseEventKind::ScrollUp => {
                self.top = self.top.saturating_sub(3);
                self.go_to_line(self.line().saturating_sub(3));
            }
            MouseEventKind::Down(MouseButton::Left) if lines.contains((mouse.column, mouse.row).into()) => {
                self.click(mouse.column.saturating_sub(lines.x), mouse.row - lines.y);
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.area = area;
        let lines = draw::lines_area(area);
        (self.view.width, self.view.rows) = (lines.width, lines.height);
        if let Some(shown) = model.capture.as_ref().and_then(|capture| capture.stream)
            && self.open.as_ref().is_none_or(|open| open.shown != shown)
        {
            self.begin(shown, model);
        }
        let complete = self.settle();
        let (here, rows, count) = (self.line(), self.rows(), self.window.lines.len());
        let last = count.saturating_sub(rows);
        self.top = self.top.clamp((here + 1).saturating_sub(rows), here).min(last);
        complete && self.save.as_ref().is_none_or(Save::is_done)
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        draw::draw(self, area, buffer, model);
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("⏎", "its packet"), ("/", "find"), ("d", "direction"), ("x", "next oddity"), ("w", "save")]
    }
}

/// The body without the lines about the two sides and about the cursor.
fn inner(area: Rect) -> Rect {
    let height = area.height.saturating_sub(ABOVE + BELOW);
    Rect { y: area.y + ABOVE.min(area.height), height, ..area }
}

/// What is sought: text, or bytes after `0x`.
fn needle(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").filter(|hex| {
        let all = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        all && hex.len() >= 2 && hex.len().is_multiple_of(2)
    });
    let bytes = digits.and_then(|hex| {
        let pairs = hex.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    });
    bytes.unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::needle;

    #[test]
    fn bytes_are_sought_in_hexadecimal() {
        assert_eq!(needle("0x0d0A"), [13, 10]);
        assert_eq!(needle("0xzz"), b"0xzz");
        assert_eq!(needle("get"), b"get");
        assert_eq!(needle("0x+1"), b"0x+1");
    }
}
