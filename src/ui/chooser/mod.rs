//! The chooser: what to look at when neither a file nor an interface was named.
//!
//! Owns what was typed to narrow the list, what is marked and what is selected.
//! Opening is the program's job. What there is comes from [`gather`].

mod draw;
mod gather;

use super::action::Action;
use super::flows::window_of;
use super::keys::Context;
use super::model::Model;
use super::options::Choice;
use super::screen::{Command, Reply, Screen};
use crate::capture::{InterfaceInfo, Rate, RateMeter};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use gather::{FileInfo, Found};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

pub use gather::remember;

/// How often rates are read.
const PACE: Duration = Duration::from_millis(900);
/// Letters that may be typed.
const MAX_TYPED: usize = 512;

/// Something to choose.
#[derive(Clone, Debug)]
enum Entry {
    Interface(InterfaceInfo),
    File(FileInfo),
}

/// Which line is being typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Typing {
    #[default]
    Narrow,
    CaptureFilter,
}

/// The chooser.
#[derive(Default)]
pub struct Chooser {
    found: Found,
    rates: BTreeMap<String, Rate>,
    meter: RateMeter,
    sampled: Option<Instant>,
    typing: Typing,
    narrow: String,
    capture_filter: String,
    marked: Vec<String>,
    selected: usize,
    top: usize,
    list: Rect,
    /// What is left of the list, as last narrowed.
    entries: Vec<Entry>,
}

impl Chooser {
    /// Looks around and begins.
    pub fn open() -> Box<dyn Screen> {
        let mut chooser = Chooser { found: gather::gather(), ..Chooser::default() };
        chooser.narrow();
        Box::new(chooser)
    }

    /// Leaves what holds every word that was typed.
    fn narrow(&mut self) {
        let typed = self.narrow.to_lowercase();
        let holds = |text: &str| {
            let text = text.to_lowercase();
            typed.split_whitespace().all(|word| text.contains(word))
        };
        self.entries.clear();
        // A file's name in full opens it, wherever it is.
        let named = Some(self.narrow.trim()).filter(|name| !name.is_empty());
        if let Some(file) = named.and_then(|name| gather::look(Path::new(name), false))
            && !self.found.files.iter().any(|known| known.path == file.path)
        {
            self.entries.push(Entry::File(file));
        }
        for interface in &self.found.interfaces {
            let text = format!("{} {}", interface.name, interface.description.as_deref().unwrap_or(""));
            if holds(&text) || self.marked.contains(&interface.name) {
                self.entries.push(Entry::Interface(interface.clone()));
            }
        }
        for file in &self.found.files {
            if holds(&file.path.to_string_lossy()) {
                self.entries.push(Entry::File(file.clone()));
            }
        }
        self.selected = self.selected.min(self.entries.len().saturating_sub(1));
    }

    fn typed(&mut self) -> &mut String {
        match self.typing {
            Typing::Narrow => &mut self.narrow,
            Typing::CaptureFilter => &mut self.capture_filter,
        }
    }

    fn go(&mut self, to: usize) {
        self.selected = to.min(self.entries.len().saturating_sub(1));
    }

    fn choose(&self) -> Reply {
        let filter = self.capture_filter.trim().to_owned();
        let choice = match self.entries.get(self.selected) {
            Some(Entry::Interface(interface)) => {
                let interfaces =
                    if self.marked.is_empty() { vec![interface.name.clone()] } else { self.marked.clone() };
                Choice::Live { interfaces, filter }
            }
            Some(Entry::File(file)) => Choice::File(file.path.clone()),
            None => return Reply::Done,
        };
        Reply::Do(Command::Open(choice))
    }

    fn mark(&mut self) {
        let Some(Entry::Interface(interface)) = self.entries.get(self.selected) else { return };
        let before = self.marked.len();
        self.marked.retain(|name| *name != interface.name);
        if self.marked.len() == before {
            self.marked.push(interface.name.clone());
        }
    }
}

impl Screen for Chooser {
    fn context(&self) -> Context {
        Context::Chooser
    }

    fn area(&self, full: Rect) -> Rect {
        // The filter bar has nothing to say yet.
        Rect { y: full.y + 1, height: full.height.saturating_sub(2), ..full }
    }

    fn key(&mut self, key: KeyEvent, _model: &mut Model) -> Reply {
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        match key.code {
            // Help has no other key here than F1 once something was typed.
            KeyCode::Char('?') if self.typed().is_empty() => return Reply::Ignored,
            KeyCode::Char(' ') if self.typing == Typing::Narrow => return Reply::Ignored,
            KeyCode::Char(c) if plain && self.typed().len() < MAX_TYPED => self.typed().push(c),
            KeyCode::Char(_) if plain => {}
            KeyCode::Backspace if plain => {
                self.typed().pop();
            }
            KeyCode::Esc if !self.typed().is_empty() => self.typed().clear(),
            KeyCode::Esc if self.typing == Typing::CaptureFilter => self.typing = Typing::Narrow,
            _ => return Reply::Ignored,
        }
        self.narrow();
        Reply::Done
    }

    fn paste(&mut self, text: &str, _model: &mut Model) -> Reply {
        let room = MAX_TYPED.saturating_sub(self.typed().len());
        let line = text.lines().next().unwrap_or("");
        let line: String = line.chars().filter(|c| !c.is_control()).take(room).collect();
        self.typed().push_str(&line);
        self.narrow();
        Reply::Done
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        let page = usize::from(self.list.height).max(1);
        match action {
            Action::Up => self.go(self.selected.saturating_sub(1)),
            Action::Down => self.go(self.selected + 1),
            Action::PageUp => self.go(self.selected.saturating_sub(page)),
            Action::PageDown => self.go(self.selected + page),
            Action::First => self.go(0),
            Action::Last => self.go(usize::MAX),
            Action::NextPane | Action::PreviousPane => {
                self.typing = match self.typing {
                    Typing::Narrow => Typing::CaptureFilter,
                    Typing::CaptureFilter => Typing::Narrow,
                };
            }
            Action::Toggle => self.mark(),
            Action::Enter => return self.choose(),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.go(self.selected.saturating_sub(1)),
            MouseEventKind::ScrollDown => self.go(self.selected + 1),
            MouseEventKind::Down(MouseButton::Left) => {
                let Some(place) = self.place_at(mouse.row) else { return Reply::Ignored };
                if place == self.selected {
                    return self.choose();
                }
                self.go(place);
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, _model: &mut Model) -> bool {
        if self.sampled.is_none_or(|at| at.elapsed() >= PACE) {
            self.sampled = Some(Instant::now());
            self.rates = self.meter.sample();
        }
        self.list = draw::list_area(area);
        let rows = self.rows();
        let at = rows.iter().position(|row| *row == Some(self.selected)).unwrap_or(0);
        let (page, count) = (u64::from(self.list.height), rows.len() as u64);
        self.top = window_of(self.top as u64, at as u64, page, count) as usize;
        if at < usize::from(self.list.height) {
            // The first heading is seen too.
            self.top = 0;
        }
        true
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        draw::draw(self, area, buffer, model.theme);
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("Enter", "open"), ("Space", "mark"), ("Tab", "capture filter"), ("F1", "help"), ("Esc", "quit")]
    }
}

impl Chooser {
    /// The rows of the list: an entry's place, or `None` for a heading.
    fn rows(&self) -> Vec<Option<usize>> {
        let mut rows = Vec::with_capacity(self.entries.len() + 2);
        let mut before = None;
        for (at, entry) in self.entries.iter().enumerate() {
            let section = draw::section(entry);
            if before != Some(section) {
                rows.push(None);
                before = Some(section);
            }
            rows.push(Some(at));
        }
        rows
    }

    fn place_at(&self, y: u16) -> Option<usize> {
        let line = y.checked_sub(self.list.y).filter(|_| y < self.list.bottom())?;
        self.rows().get(self.top + usize::from(line)).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{InterfaceAddress, InterfaceFlags};
    use crate::ui::{Theme, text::width};

    fn chooser() -> Chooser {
        let flags = InterfaceFlags { up: true, running: true, ..InterfaceFlags::default() };
        let address = InterfaceAddress { address: [192, 0, 2, 7].into(), prefix: 24 };
        let eth = InterfaceInfo {
            name: "eth0".into(),
            mac: Some([0, 0, 0x5e, 0, 0x53, 1]),
            addresses: vec![address],
            flags,
            ..InterfaceInfo::default()
        };
        let evil = InterfaceInfo { name: "a\u{1b}[2J".into(), pseudo: true, ..InterfaceInfo::default() };
        let file = |name: &str, recent| FileInfo { path: name.into(), size: 4096, changed: None, recent };
        let files =
            vec![file("/tmp/old.pcap", true), file("dns-walk.pcapng", false), file("안녕.pcap", false)];
        let found = Found { interfaces: vec![eth, evil], files, may_capture: false };
        let mut chooser = Chooser { found, ..Chooser::default() };
        chooser.narrow();
        chooser
    }

    fn drawn(chooser: &mut Chooser, cells: u16, height: u16) -> String {
        let area = Rect::new(0, 0, cells, height);
        let mut buffer = Buffer::empty(area);
        chooser.list = draw::list_area(area);
        draw::draw(chooser, area, &mut buffer, Theme::default());
        let row = |y| (0..cells).map(move |x| (x, y));
        let line = |y| row(y).filter_map(|at| buffer.cell(at)).map(|c| c.symbol()).collect::<String>();
        (0..height).map(|y| line(y).trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn shows_interfaces_files_and_what_privilege_is_missing() {
        let text = drawn(&mut chooser(), 80, 20);
        for part in ["eth0", "192.0.2.7/24", "00:00:5e:00:53:01", "up", "dns-walk.pcapng", "4.1 kB", "setcap"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains('\u{1b}') && text.contains("a\\x1b[2J"), "{text}");
        for size in [(1, 1), (3, 2), (17, 5), (40, 9), (200, 60)] {
            drawn(&mut chooser(), size.0, size.1);
        }
        assert!(text.lines().all(|line| width(line) <= 84));
    }

    #[test]
    fn typing_narrows_and_enter_opens() {
        let mut chooser = chooser();
        chooser.narrow = "WALK".to_owned();
        chooser.narrow();
        assert_eq!(chooser.entries.len(), 1);
        let Reply::Do(Command::Open(Choice::File(path))) = chooser.choose() else { panic!("opens a file") };
        assert_eq!(path, Path::new("dns-walk.pcapng"));
        chooser.narrow = "eth".to_owned();
        chooser.capture_filter = " port 53 ".to_owned();
        chooser.narrow();
        let Reply::Do(Command::Open(Choice::Live { interfaces, filter })) = chooser.choose() else {
            panic!("opens an interface")
        };
        assert_eq!((interfaces, filter.as_str()), (vec!["eth0".to_owned()], "port 53"));
        chooser.narrow = "nothing has this name".to_owned();
        chooser.narrow();
        assert!(matches!(chooser.choose(), Reply::Done));
    }
}
