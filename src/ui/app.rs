//! The program on the screen: which screen is shown, what lies over it, and
//! where keys go.
//!
//! Owns the order in which keys are offered (window, filter bar, screen,
//! everywhere) and what the screens cannot do themselves. Knows no packet.

mod commands;
mod passing;

use super::action::Action;
use super::bars;
use super::filter_bar::FilterBar;
use super::find::{Found, Sought};
use super::help::Help;
use super::input::Watch;
use super::keys;
use super::model::{Capture, Model, Settings, TimeStyle};
use super::notices::Notices;
use super::options::{Open, Opened, Options};
use super::prompt::Prompt;
use super::run::matters;
use super::screen::{Command, Reply, Screen};
use super::terminal;
use super::text;
use super::theme::{Role, Theme};
use super::timings::Moment;
use super::worker::Waker;
use super::{OVERLAYS, SCREENS};
use crate::base::{PacketId, safe};
use crate::session::Session;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Addresses that wait for the resolver: somewhat more than a screen shows.
const ASKED: usize = 256;
/// Below this nothing useful fits.
const LEAST: (u16, u16) = (60, 15);

use passing::{COUNT, Count, Message};

/// Everything that is shown, and what keys do to it.
pub struct App {
    /// What the screens share.
    pub model: Model,
    screens: Vec<(u8, Box<dyn Screen>)>,
    shown: u8,
    layers: Vec<Box<dyn Screen>>,
    filter: FilterBar,
    message: Message,
    count: Option<Count>,
    open: Option<Open>,
    watch: Option<Watch>,
    goto: Option<PacketId>,
    faults: usize,
    /// As it was drawn last.
    size: Size,
    over: bool,
    suspend: bool,
    redraw: bool,
}

impl App {
    /// The program with a capture, or ready to choose one.
    pub fn new(session: Option<Session>, options: Options, waker: Waker) -> App {
        let model = Model {
            capture: None,
            theme: options.theme.unwrap_or_else(Theme::detect),
            settings: Settings {
                names: !options.no_names,
                resolve: options.resolve,
                time: TimeStyle::default(),
            },
            came: Vec::new(),
            waker,
        };
        let mut app = App {
            model,
            screens: SCREENS.iter().map(|(number, _, make)| (*number, make())).collect(),
            shown: 1,
            layers: Vec::new(),
            filter: FilterBar::default(),
            message: Message::default(),
            count: None,
            open: options.open,
            watch: None,
            goto: options.packet.and_then(|number| number.checked_sub(1)),
            faults: 0,
            size: Size::default(),
            over: false,
            suspend: false,
            redraw: false,
        };
        match session {
            Some(session) => app.show(Opened { session, title: options.title, live: options.live }),
            None => app.choose(),
        }
        if !options.filter.is_empty() {
            app.apply_filter(&options.filter);
        }
        app
    }

    fn show(&mut self, opened: Opened) {
        let waker = self.model.waker.clone();
        self.watch = Some(Watch::start(opened.session.handle(), waker.clone()));
        opened.session.watch();
        if let Some(resolve) = &self.model.settings.resolve {
            let waker = waker.clone();
            opened.session.resolve(Arc::clone(resolve), ASKED, Box::new(move || waker.wake()));
            opened.session.hold_resolver(!self.model.settings.names);
        }
        let title = safe(&opened.title).into_owned();
        self.screens = SCREENS.iter().map(|(number, _, make)| (*number, make())).collect();
        self.shown = 1;
        self.model.capture = Some(Capture::new(opened.session, title, opened.live, waker));
        self.update();
    }

    /// Lays the chooser over everything, where there is one.
    fn choose(&mut self) {
        if let Some(make) = super::CHOOSER {
            self.layers.push(make());
        }
    }

    /// Whether the program is to end.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the program is to stop for now.
    pub fn take_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    /// Whether the terminal is to be drawn from nothing.
    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// How often to look without being told, while something moves by itself.
    pub fn rhythm(&self) -> Option<Duration> {
        let live = self.model.capture.as_ref().is_some_and(|c| c.live.is_some() && c.progress().reading);
        let talks = self.message.text().is_some();
        (live || talks || self.model.capture.is_none()).then_some(Duration::from_secs(1))
    }

    /// Takes news from other threads.
    pub fn update(&mut self) {
        let (faults, newest) = terminal::faults();
        if std::mem::replace(&mut self.faults, faults) != faults {
            self.message.say(format!("a fault in wirepeel: {newest}"));
        }
        let Some(capture) = &mut self.model.capture else { return };
        if let Some(id) = self.goto
            && (capture.progress().indexed > id || !capture.progress().reading)
        {
            capture.select(id);
            self.goto = None;
        }
        if let Some(news) = capture.news() {
            self.message.say(news);
        }
        match capture.update() {
            Some(Found::At(_, true)) => self.message.say("went on from the other end".to_owned()),
            Some(Found::Nowhere) => {
                self.message.say(match &capture.sought {
                    Some(Sought::Text(text)) => format!("no packet's Info has “{}”", safe(text)),
                    _ => "no packet with a problem or a remark".to_owned(),
                });
            }
            _ => {}
        }
    }

    /// How far it is, for the measurements, when a frame was drawn; `complete`:
    /// nothing in it is missing.
    pub(super) fn moments(&self, complete: bool) -> impl Iterator<Item = Moment> {
        let capture = self.model.capture.as_ref();
        let progress = capture.map(Capture::progress);
        let shown = complete && capture.is_some_and(|capture| capture.packet().is_some());
        let indexed = progress.is_some_and(|progress| !progress.reading);
        let analysed = capture.is_some_and(|capture| capture.session.is_finished());
        let all = [(shown, Moment::FirstPackets), (indexed, Moment::Indexed), (analysed, Moment::Analysed)];
        all.into_iter().filter_map(|(is_so, moment)| is_so.then_some(moment))
    }

    /// The selected packet and whether its tree is there to be drawn; `None` where
    /// none is shown.
    pub(super) fn selection(&self) -> Option<(PacketId, bool)> {
        let capture = self.model.capture.as_ref().filter(|_| self.shown == 1 && self.layers.is_empty())?;
        Some((capture.selected?, capture.packet().is_some()))
    }

    fn areas(area: Rect) -> [Rect; 4] {
        let line = |y: u16| Rect { x: area.x, y: area.y + y, width: area.width, height: 1 };
        let body = Rect { y: area.y + 2, height: area.height.saturating_sub(3), ..area };
        [line(0), line(1), body, line(area.height.saturating_sub(1))]
    }

    fn is_too_small(area: Rect) -> bool {
        area.width < LEAST.0 || area.height < LEAST.1
    }

    /// Makes ready to be drawn at this size; `false` when a worker is still
    /// making something that will be seen.
    pub fn prepare(&mut self, size: Size) -> bool {
        self.size = size;
        let area = Rect::new(0, 0, size.width, size.height);
        if App::is_too_small(area) {
            return true;
        }
        let [.., body, _] = App::areas(area);
        let mut complete = true;
        if let Some((_, screen)) = self.screens.iter_mut().find(|row| row.0 == self.shown) {
            complete &= screen.prepare(body, &mut self.model);
        }
        for layer in &mut self.layers {
            let area = layer.area(area);
            complete &= layer.prepare(area, &mut self.model);
        }
        complete
    }

    /// Draws everything.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        self.draw_content(area, buffer);
        if let Some((text, ground)) = self.model.theme.base() {
            for cell in &mut buffer.content {
                let (fg, bg) = (cell.fg, cell.bg);
                cell.fg = if fg == Color::Reset { text } else { fg };
                cell.bg = if bg == Color::Reset { ground } else { bg };
            }
        }
    }

    fn draw_content(&self, area: Rect, buffer: &mut Buffer) {
        let theme = self.model.theme;
        if App::is_too_small(area) {
            let words = format!(
                "wirepeel needs a terminal of {}×{} at least; this one has {}×{}. q quits.",
                LEAST.0, LEAST.1, area.width, area.height
            );
            for (y, line) in
                (area.top()..area.bottom()).zip(text::wrap(&words, area.width.into(), area.height.into()))
            {
                text::put(buffer, area, area.x, y, area.width, &line, theme.style(Role::Text));
            }
            return;
        }
        let [bar, filter, body, status] = App::areas(area);
        bars::top(bar, buffer, &self.model, self.shown);
        let screen = self.screens.iter().find(|row| row.0 == self.shown).map(|row| &row.1);
        if self.model.capture.is_some()
            && let Some(screen) = screen
        {
            screen.draw(body, buffer, &self.model);
        }
        self.filter.draw(filter, body, buffer, &self.model);
        let typing = self.filter.is_open();
        let mut hints = match (self.layers.last(), screen) {
            (Some(layer), _) => layer.hints(&self.model),
            _ if typing => FilterBar::HINTS.to_vec(),
            (None, Some(screen)) => screen.hints(&self.model),
            _ => Vec::new(),
        };
        if self.layers.is_empty() && !typing && !self.model.came.is_empty() {
            // A pane's own way back comes before that.
            hints.retain(|hint| *hint != ("Esc", "packets"));
            if hints.iter().all(|(key, _)| *key != "Esc") {
                hints.insert(0, ("Esc", "back"));
            }
        }
        let count = self.count.as_ref().filter(|count| !count.switches).map(|count| count.number);
        bars::status(status, buffer, &self.model, self.message.text(), count, &hints);
        for layer in &self.layers {
            layer.draw(layer.area(area), buffer, &self.model);
        }
    }

    /// Takes an event of the terminal.
    pub fn event(&mut self, event: &Event) {
        if !matters(event) {
            return;
        }
        match event {
            Event::Key(key) => self.key(*key),
            Event::Paste(text) => self.paste(text),
            Event::Mouse(mouse) => {
                let reply = match self.layers.last_mut() {
                    Some(layer) => layer.mouse(*mouse, &mut self.model),
                    None => match self.mouse_on_bars(mouse) {
                        Some(action) => {
                            self.act(action, None);
                            return;
                        }
                        None => match self.screens.iter_mut().find(|row| row.0 == self.shown) {
                            Some((_, screen)) => screen.mouse(*mouse, &mut self.model),
                            None => Reply::Ignored,
                        },
                    },
                };
                self.reply(reply);
            }
            _ => {}
        }
    }

    fn mouse_on_bars(&self, mouse: &crossterm::event::MouseEvent) -> Option<Action> {
        use crossterm::event::{MouseButton, MouseEventKind};
        if mouse.kind != MouseEventKind::Down(MouseButton::Left) {
            return None;
        }
        match mouse.row {
            0 => bars::tab_at(&self.model, self.size.width, mouse.column),
            1 => Some(Action::Filter),
            _ => None,
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(layer) = self.layers.last_mut() {
            let reply = layer.paste(text, &mut self.model);
            self.reply(reply);
        } else if self.filter.is_open() {
            self.filter.paste(text);
        }
    }

    fn key(&mut self, key: KeyEvent) {
        self.message.0 = None;
        if self.layers.is_empty() && self.filter.is_open() {
            let reply = self.filter.key(key, &self.model);
            self.reply(reply);
            return;
        }
        let reply = match self.layers.last_mut() {
            Some(layer) => layer.key(key, &mut self.model),
            None => match self.screens.iter_mut().find(|row| row.0 == self.shown) {
                Some((_, screen)) => screen.key(key, &mut self.model),
                None => Reply::Ignored,
            },
        };
        if !matches!(reply, Reply::Ignored) {
            self.reply(reply);
            return;
        }
        let context = self.context();
        if let KeyCode::Char(c @ '0'..='9') = key.code
            && key.modifiers.difference(KeyModifiers::SHIFT).is_empty()
        {
            self.digit(c);
            return;
        }
        let count = self.count.take().filter(Count::is_meant).map(|count| count.number);
        match (keys::lookup(context, key), keys::name(key)) {
            (Some(action), _) => self.act(action, count),
            (None, Some(name)) => {
                self.message.say(format!("{} means nothing here; ? lists the keys", safe(&name)));
            }
            (None, None) => {}
        }
    }

    /// A digit is a screen's number and the beginning of a count, as in `42G`:
    /// a count that began with a change of screens goes on changing them, and
    /// `G` comes back from there.
    fn digit(&mut self, c: char) {
        let digit = u64::from(u32::from(c).saturating_sub(u32::from('0')));
        let before = self.count.take().filter(|count| count.at.elapsed() < COUNT);
        let number = before.as_ref().map_or(0, |count| count.number).saturating_mul(10).saturating_add(digit);
        let mut switches = before.is_none_or(|count| count.switches);
        if switches && self.layers.is_empty() {
            let shown = self.shown;
            self.screen(digit as u8);
            switches = self.shown != shown;
        }
        self.count = Some(Count { number, switches, at: Instant::now() });
    }

    /// Where keys are looked up.
    fn context(&self) -> keys::Context {
        match (self.layers.last(), self.screens.iter().find(|row| row.0 == self.shown)) {
            (Some(layer), _) => layer.context(),
            (None, Some((_, screen))) => screen.context(),
            _ => keys::Context::Everywhere,
        }
    }

    /// Does what a key asked for.
    pub fn act(&mut self, action: Action, count: Option<u64>) {
        if let (Action::Last, Some(number), true) = (action, count, self.layers.is_empty()) {
            self.reply(Reply::Do(Command::GoTo(number.saturating_sub(1))));
            return;
        }
        let reply = match self.layers.last_mut() {
            Some(layer) => layer.act(action, count, &mut self.model),
            None => match self.screens.iter_mut().find(|row| row.0 == self.shown) {
                Some((_, screen)) => screen.act(action, count, &mut self.model),
                None => Reply::Ignored,
            },
        };
        if !matches!(reply, Reply::Ignored) {
            self.reply(reply);
            return;
        }
        match action {
            Action::Quit => self.quit(),
            Action::Back => self.back(),
            Action::Notices => self.layers.push(Box::new(Notices::default())),
            Action::Help => {
                let help = Help::of(self.context());
                self.layers.push(Box::new(help));
            }
            Action::Suspend => self.suspend = true,
            Action::Redraw => self.redraw = true,
            Action::Screen(number) => self.screen(number),
            Action::Theme => {
                self.model.theme = self.model.theme.toggled();
                self.redraw = true;
            }
            Action::Names => {
                let settings = &mut self.model.settings;
                settings.names = !settings.names;
                if let Some(capture) = &self.model.capture {
                    capture.session.hold_resolver(!settings.names);
                }
                self.message.say(match (settings.names, &settings.resolve) {
                    (true, None) => "shows names that the capture tells".to_owned(),
                    (true, Some(_)) => "shows names: of the capture, else the resolver's (*)".to_owned(),
                    (false, _) => "shows addresses".to_owned(),
                });
            }
            Action::Filter if self.model.capture.is_some() => {
                let text =
                    self.model.capture.as_ref().and_then(|c| c.filter.as_ref()).map(|f| f.text.clone());
                self.filter.open(text.unwrap_or_default());
            }
            Action::Command => self.layers.push(Box::new(Prompt::command())),
            Action::Find => self.layers.push(Box::new(Prompt::find())),
            other => match OVERLAYS.iter().find(|row| row.0 == other) {
                Some((_, make)) => self.layers.push(make(&self.model)),
                None => self.message.say("nothing to do here; ? lists the keys".to_owned()),
            },
        }
    }
}
