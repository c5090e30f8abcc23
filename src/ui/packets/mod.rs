//! The packets screen: list, tree and bytes, linked to each other.
//!
//! Owns which pane has the keys and how the screen is shared out. Moving in
//! one pane moves the others: the list selects a packet, the tree a node, the
//! bytes the field under their cursor.

mod about;
mod bytes;
mod columns;
mod dialog;
mod layout;
mod list;
mod tree;

use super::action::Action;
use super::find::Sought;
use super::keys::Context;
use super::model::{Capture, Model, Shown};
use super::screen::{Command, Reply, Screen, say};
use super::text::put;
use super::theme::Role;
use crate::store::PacketRow;
use bytes::BytesView;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use dialog::ColumnsDialog;
use layout::{Areas, Pane, Shares};
use list::List;
pub use list::time;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::cell::RefCell;
use std::rc::Rc;
use tree::TreeView;

/// What a mouse button holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grip {
    Divider,
    Split,
}

/// The packets screen.
#[derive(Default)]
pub struct Packets {
    pane: Pane,
    shares: Shares,
    body: Rect,
    areas: Areas,
    /// Shared with the dialog that changes its columns.
    list: Rc<RefCell<List>>,
    tree: TreeView,
    bytes: BytesView,
    grip: Option<Grip>,
}

impl Packets {
    fn list_action(&self, action: Action, model: &mut Model) -> bool {
        let Some(capture) = &mut model.capture else { return false };
        let page = self.list.borrow().page.max(1);
        let here = capture.selected_place().unwrap_or(0);
        let last = capture.count().saturating_sub(1);
        let to = match action {
            Action::Up | Action::PreviousPacket => here.saturating_sub(1),
            Action::Down | Action::NextPacket => here + 1,
            Action::PageUp => here.saturating_sub(page),
            Action::PageDown => here + page,
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        // Going to the end of what still grows means to stay there.
        let grows = capture.progress().reading;
        capture.follow = grows && (action == Action::Last || capture.follow && to >= last);
        capture.select_place(to.min(last));
        true
    }

    fn find(&self, forward: bool, trouble: bool, model: &mut Model) -> Reply {
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        let sought = if trouble { Some(Sought::Trouble) } else { capture.sought.clone() };
        match sought {
            Some(sought) => {
                if trouble {
                    capture.sought = Some(sought.clone());
                }
                capture.start_find(sought, forward);
                Reply::Done
            }
            None => Reply::Do(Command::Act(Action::Find)),
        }
    }

    fn resize(&mut self, action: Action) {
        let (list, tree) = (i32::from(self.areas.list.height), i32::from(self.areas.tree.width));
        match action {
            Action::Taller => self.shares.resize_list(self.body.height, list + 1),
            Action::Shorter => self.shares.resize_list(self.body.height, list - 1),
            Action::WidenPane => self.shares.resize_tree(self.body.width, tree + 2),
            _ => self.shares.resize_tree(self.body.width, tree - 2),
        }
    }

    fn pane_at(&self, at: Position) -> Option<Pane> {
        let areas = &self.areas;
        [(areas.list, Pane::List), (areas.tree, Pane::Tree), (areas.bytes, Pane::Bytes)]
            .into_iter()
            .find_map(|(area, pane)| area.contains(at).then_some(pane))
    }

    fn press(&mut self, at: Position, model: &mut Model) -> Reply {
        if self.areas.divider.contains(at) && !self.shares.zoomed {
            self.grip = Some(Grip::Divider);
            return Reply::Done;
        }
        if self.areas.split.contains(at) {
            self.grip = Some(Grip::Split);
            return Reply::Done;
        }
        let Some(pane) = self.pane_at(at) else { return Reply::Ignored };
        self.pane = pane;
        let Some(capture) = &mut model.capture else { return Reply::Done };
        match pane {
            Pane::List => {
                if let Some(y) = at.y.checked_sub(self.areas.list.y + 1) {
                    let place = self.list.borrow().place_at(y);
                    if place < capture.count() {
                        capture.follow = false;
                        capture.select_place(place);
                    }
                }
            }
            Pane::Tree => {
                let (x, y) = (at.x - self.areas.tree.x, at.y - self.areas.tree.y);
                if let Some((node, marker)) = self.tree.at(y, x) {
                    if marker || capture.node == Some(node) {
                        self.tree.toggle(node);
                    }
                    capture.node = Some(node);
                }
            }
            Pane::Bytes => self.bytes.click(at.x - self.areas.bytes.x, at.y - self.areas.bytes.y, capture),
        }
        Reply::Done
    }

    fn headings(&self, buffer: &mut Buffer, model: &Model) {
        let (divider, theme) = (self.areas.divider, model.theme);
        let line = theme.style(Role::Line);
        put(buffer, divider, divider.x, divider.y, divider.width, &"─".repeat(divider.width.into()), line);
        let style = |pane: Pane| theme.style(if pane == self.pane { Role::Active } else { Role::Heading });
        let capture = model.capture.as_ref();
        if self.areas.tree.width > 0 {
            let text = match capture.and_then(|capture| capture.peeled.as_ref()) {
                Some(peeled) => {
                    let lost = match peeled.tree.dropped {
                        0 => String::new(),
                        fields => format!("· {fields} fields are not shown "),
                    };
                    format!(" Encapsulation of packet {} {lost}", super::text::grouped(peeled.id + 1))
                }
                None => " Encapsulation ".to_owned(),
            };
            let room = self.areas.tree.width.saturating_sub(2);
            put(buffer, divider, divider.x + 1, divider.y, room, &text, style(Pane::Tree));
        }
        if self.areas.bytes.width > 0 {
            let heading = capture.map_or(String::new(), |capture| self.bytes.heading(capture));
            let room = self.areas.bytes.width.saturating_sub(2);
            let x = self.areas.bytes.x + 1;
            put(buffer, divider, x, divider.y, room, &format!(" {heading} "), style(Pane::Bytes));
        }
        let split = self.areas.split;
        if split.width > 0 {
            put(buffer, divider, split.x, divider.y, 1, "┬", line);
            for y in split.top()..split.bottom() {
                put(buffer, split, split.x, y, 1, "│", line);
            }
            if self.areas.about.height > 0 {
                put(buffer, split, split.x, self.areas.about.y, 1, "├", line);
            }
        }
    }
}

const NONE_SELECTED: &str = "no packet is selected";

/// Shows the selected packet's flow in the streams screen.
fn stream(capture: &Capture) -> Reply {
    let row = capture.selected.and_then(|id| capture.session.row(id));
    let words = match row {
        _ if capture.selected.is_none() => NONE_SELECTED,
        Some(row) if row.flow != PacketRow::NO_FLOW => {
            return Reply::Do(Command::Stream(Shown { flow: row.flow, packet: capture.selected }));
        }
        Some(_) => "this packet has no transport header: it belongs to no flow",
        None => "this packet is not analysed yet",
    };
    say(words)
}

impl Screen for Packets {
    fn context(&self) -> Context {
        match self.pane {
            Pane::List => Context::List,
            Pane::Tree => Context::Tree,
            Pane::Bytes => Context::Bytes,
        }
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        match action {
            Action::NextPacket | Action::PreviousPacket => {
                self.list_action(action, model);
                return Reply::Done;
            }
            Action::NextPane => self.pane = self.pane.next(),
            Action::PreviousPane => self.pane = self.pane.previous(),
            Action::Enter if self.pane == Pane::List => self.pane = Pane::Tree,
            Action::Zoom => self.shares.zoomed = !self.shares.zoomed,
            Action::Back if self.shares.zoomed => self.shares.zoomed = false,
            Action::Back if self.pane != Pane::List => self.pane = Pane::List,
            Action::Taller | Action::Shorter | Action::WidenPane | Action::NarrowPane => self.resize(action),
            Action::TimeStyle => {
                model.settings.time = model.settings.time.next();
                let word = match model.settings.time {
                    super::TimeStyle::Start => "seconds since the first packet",
                    super::TimeStyle::Previous => "seconds since the packet before",
                    super::TimeStyle::Utc => "time of day, UTC",
                    super::TimeStyle::Local => "time of day, local",
                };
                return Reply::Do(Command::Say(format!("time: {word}")));
            }
            Action::Follow if capture.session.is_finished() => {
                return say("nothing more comes: the capture is read to its end");
            }
            Action::Follow => {
                capture.follow = !capture.follow;
                if capture.follow && capture.is_held() {
                    capture.toggle_hold();
                }
            }
            Action::Pause => capture.toggle_hold(),
            Action::StopCapture => {
                let words = match &capture.live {
                    Some(live) if capture.progress().reading => {
                        (live.stop)();
                        "the capture stops; its packets stay"
                    }
                    _ => "nothing is being captured",
                };
                return say(words);
            }
            Action::Columns => {
                let dialog = ColumnsDialog::new(Rc::clone(&self.list));
                return Reply::Do(Command::Push(Box::new(dialog)));
            }
            Action::FindNext => return self.find(true, false, model),
            Action::FindPrevious => return self.find(false, false, model),
            Action::NextTrouble => return self.find(true, true, model),
            Action::PreviousTrouble => return self.find(false, true, model),
            Action::FilterByField => {
                let filter = capture.packet().and_then(|packet| about::as_filter(&packet.tree, capture.node));
                return match filter {
                    Some(filter) => Reply::Do(Command::EditFilter(filter)),
                    None if capture.selected.is_none() => say(NONE_SELECTED),
                    None => Reply::Do(Command::Say(
                        "no filter finds this line: choose a field or a layer".to_owned(),
                    )),
                };
            }
            Action::Stream => return stream(capture),
            Action::ExpandAll | Action::CollapseAll => {
                self.tree.act(action, capture);
            }
            _ => {
                let done = match self.pane {
                    Pane::List => self.list_action(action, model),
                    Pane::Tree => self.tree.act(action, capture),
                    Pane::Bytes => self.bytes.act(action, capture),
                };
                return if done { Reply::Done } else { Reply::Ignored };
            }
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, model: &mut Model) -> Reply {
        let at = Position::new(mouse.column, mouse.row);
        let lines: i32 = match mouse.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => return self.press(at, model),
            MouseEventKind::Up(_) => {
                self.grip = None;
                return Reply::Done;
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                match self.grip {
                    Some(Grip::Divider) => {
                        let height = i32::from(at.y) - i32::from(self.body.y);
                        self.shares.resize_list(self.body.height, height);
                    }
                    Some(Grip::Split) => {
                        let width = i32::from(at.x) - i32::from(self.body.x);
                        self.shares.resize_tree(self.body.width, width);
                    }
                    None => return Reply::Ignored,
                }
                return Reply::Done;
            }
            _ => return Reply::Ignored,
        };
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        match self.pane_at(at) {
            Some(Pane::List) => self.list.borrow_mut().scroll(lines.into(), capture),
            Some(Pane::Tree) => self.tree.scroll(lines as isize),
            Some(Pane::Bytes) => self.bytes.scroll(lines),
            None => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.body = area;
        self.areas = self.shares.areas(area, self.pane);
        let complete = self.list.borrow_mut().prepare(self.areas.list, model);
        if let Some(capture) = &mut model.capture {
            self.tree.prepare(self.areas.tree, capture);
            self.bytes.prepare(self.areas.bytes, capture);
        }
        complete
    }

    fn draw(&self, _area: Rect, buffer: &mut Buffer, model: &Model) {
        if self.areas.list.height > 0 {
            self.list.borrow().draw(self.areas.list, buffer, model, self.pane == Pane::List);
        }
        if self.areas.divider.height > 0 {
            self.headings(buffer, model);
        }
        self.tree.draw(self.areas.tree, buffer, model, self.pane == Pane::Tree);
        self.bytes.draw(self.areas.bytes, buffer, model, self.pane == Pane::Bytes);
        about::draw(self.areas.about, buffer, model, self.areas.tree.width);
    }

    fn hints(&self, model: &Model) -> Vec<(&'static str, &'static str)> {
        let Some(capture) = &model.capture else { return Vec::new() };
        let mut hints = match self.pane {
            Pane::List if capture.live.is_some() => {
                let hold = ("Space", if capture.is_held() { "go on" } else { "hold" });
                let stop = capture.progress().reading.then_some(("S", "stop"));
                [hold, ("F", "follow")].into_iter().chain(stop).collect()
            }
            Pane::List => vec![("⏎", "tree"), ("/", "filter"), ("f", "find")],
            Pane::Tree => {
                vec![("→←", "open close"), ("Tab", "bytes"), ("a", "filter by this"), ("Esc", "list")]
            }
            Pane::Bytes => vec![("←→", "byte"), ("Tab", "list"), ("a", "filter by this"), ("Esc", "list")],
        };
        if self.pane == Pane::List && capture.totals.troubled > 0 {
            hints.insert(0, ("x", "next problem"));
        }
        if super::OVERLAYS.iter().any(|overlay| overlay.0 == Action::Nest) {
            hints.push(("e", "nest"));
            hints.push(("s", "stream"));
        }
        hints
    }
}
