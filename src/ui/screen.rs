//! How a screen or a window plugs into the program.
//!
//! Everything that is drawn below the bars is a [`Screen`]: Packets, Flows and
//! Problems, and what lies over them for a while (help, dialogs, the nest).
//! A screen owns what only it needs to know (where it is scrolled to, which
//! order); what is selected and how things are shown lies in the [`Model`].
//!
//! In this order the program calls it:
//!
//! 1. [`Screen::key`] with a raw key, for those that take typed text;
//! 2. [`Screen::act`] with what the keymap made of the key, in the screen's
//!    [`Screen::context`]; `count` is a number typed before it, as in `42G`;
//! 3. [`Screen::mouse`] with places on the whole screen;
//! 4. before drawing, [`Screen::prepare`] with the area it will get: scroll,
//!    and ask the model for what will be seen;
//! 5. [`Screen::draw`], which changes nothing.

use super::action::Action;
use super::keys::Context;
use super::model::{Model, Shown};
use super::options::{Choice, Test};
use crate::base::PacketId;
use crate::session::problems::Kind;
use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What became of a key, an action or a click.
pub enum Reply {
    /// Not for this screen.
    Ignored,
    /// Done; draw again.
    Done,
    /// Done, and the program is to do something too.
    Do(Command),
}

/// What a screen asks of the program.
pub enum Command {
    /// Show the screen with this number.
    Show(u8),
    /// Lay this over the screen.
    Push(Box<dyn Screen>),
    /// Take the uppermost layer away.
    Pop,
    /// Show this packet in the packets screen.
    GoTo(PacketId),
    /// Show in the packets screen what is wrong with this packet.
    GoToTrouble(PacketId, Kind),
    /// Show this flow in the streams screen.
    Stream(Shown),
    /// Show this flow in the flows screen, with a way back.
    Flow(u32),
    /// Show this transaction in the DNS screen, with a way back.
    Lookup(u32),
    /// Show the packets screen with this display filter, until the way back.
    Filter(String),
    /// Put this display filter in force.
    Accept(String),
    /// The same with a filter that needs no compiling; the text says it in the filter's words.
    FilterWith(String, Test),
    /// Open the filter bar with this text in it.
    EditFilter(String),
    /// The prompt that the screen asked for has this text.
    Typed(String),
    /// Search the packets for this text.
    Find(String),
    /// Select this node of the selected packet's tree, and take the uppermost
    /// layer away.
    SelectNode(u32),
    /// Say something in the status bar.
    Say(String),
    /// Do what a key would do.
    Act(Action),
    /// Open a file or an interface.
    Open(Choice),
    /// End the program, no question asked.
    Quit,
}

/// Said in place of doing something.
pub fn say(words: &str) -> Reply {
    Reply::Do(Command::Say(words.to_owned()))
}

/// A screen, or a window over it.
pub trait Screen {
    /// Which part of the keymap holds.
    fn context(&self) -> Context;
    /// The part of `full` that it takes; the rest stays to be seen.
    fn area(&self, full: Rect) -> Rect {
        full
    }
    /// A raw key, before the keymap. Only for those that take typed text.
    fn key(&mut self, _key: KeyEvent, _model: &mut Model) -> Reply {
        Reply::Ignored
    }
    /// Text that was pasted.
    fn paste(&mut self, _text: &str, _model: &mut Model) -> Reply {
        Reply::Ignored
    }
    /// An action of the keymap.
    fn act(&mut self, action: Action, count: Option<u64>, model: &mut Model) -> Reply;
    /// What was typed into the prompt that this screen has opened.
    fn typed(&mut self, _text: &str, _model: &mut Model) -> Reply {
        Reply::Done
    }
    /// A mouse event; places count from the terminal's upper left corner.
    fn mouse(&mut self, _mouse: MouseEvent, _model: &mut Model) -> Reply {
        Reply::Ignored
    }
    /// Makes ready to be drawn into `area`. `false` when something that will
    /// be seen is still being made by a worker.
    fn prepare(&mut self, _area: Rect, _model: &mut Model) -> bool {
        true
    }
    /// Draws itself.
    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model);
    /// A few keys to press next, for the status bar: key and word.
    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}

/// Limits a screen to what the display filter lets through, or no longer; `what` says what it
/// shows.
pub fn limit(is_limited: &mut bool, what: &str, model: &Model) -> Reply {
    *is_limited = !*is_limited;
    let is_filtered = model.capture.as_ref().is_some_and(|capture| capture.filter.is_some());
    Reply::Do(Command::Say(match (*is_limited, is_filtered) {
        (true, true) => format!("{what} of the packets that the display filter lets through"),
        (true, false) => format!("{what} of what a display filter lets through, once there is one (/)"),
        (false, _) => format!("{what} of the whole capture"),
    }))
}
