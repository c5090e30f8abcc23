//! The screen: events → actions → state → views.
//!
//! ```text
//!  keys, mouse ─▶ keymap ─▶ Action ─▶ App ─▶ Screen::act ─▶ Model ─▶ Screen::draw
//!  signals                                    (layers first)   ▲
//!  worker's answers, session's news ──────────────────────────┘
//! ```
//!
//! Nothing here peels and nothing waits: workers ([`worker`]) peel the visible
//! lines and the selected packet ([`visible`]), filter and find, and a frame is
//! drawn only when something changed: at once after a key, else thirty times a
//! second at most.
//!
//! A new screen is a file with a type that is a [`Screen`], its rows in
//! [`keys::KEYMAP`], and a row in [`SCREENS`]; a window over the screens has a
//! row in [`OVERLAYS`] in its place, or is pushed by [`Command::Push`].

mod action;
mod app;
mod bars;
mod chooser;
mod dns;
mod filter_bar;
mod find;
mod flows;
pub mod header;
mod help;
mod input;
pub mod keys;
mod layers;
mod model;
pub mod nest;
mod notices;
mod options;
mod packets;
mod problems;
mod prompt;
mod quit;
mod reading;
mod run;
mod screen;
mod single;
mod statistics;
mod streams;
mod survey;
mod table;
mod terminal;
pub mod text;
mod theme;
mod timings;
mod typed;
mod visible;
mod window;
mod worker;

pub use action::Action;
pub use app::App;
pub use chooser::remember;
pub use model::{Capture, Model, Settings, Shown, TimeStyle};
pub use options::{Choice, Live, Open, Opened, Options};
pub use run::{choose, run};
pub use screen::{Command, Reply, Screen};
pub use theme::{Depth, Role, Theme};
pub use visible::Peeled;
pub use worker::Waker;

/// Makes a screen.
type Make = fn() -> Box<dyn Screen>;

/// Makes a window for what the model shows.
type MakeOverlay = fn(&Model) -> Box<dyn Screen>;

/// The screens: the key's number, the name, and how one is made.
static SCREENS: &[(u8, &str, Make)] = &[
    (1, "Packets", || Box::new(packets::Packets::default())),
    (2, "Flows", || Box::new(flows::Flows::default())),
    (3, "Streams", || Box::new(streams::Streams::default())),
    (4, "DNS", || Box::new(dns::Dns::default())),
    (5, "Statistics", || Box::new(statistics::Statistics::default())),
    (6, "Problems", || Box::new(problems::Problems::default())),
];

/// Windows over the screens, by the action that opens them.
static OVERLAYS: &[(Action, MakeOverlay)] =
    &[(Action::Nest, nest::Nest::open), (Action::Header, header::Header::open)];

/// What is shown when there is no capture yet.
const CHOOSER: Option<Make> = Some(chooser::Chooser::open);
