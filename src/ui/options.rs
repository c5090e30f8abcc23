//! What a caller tells the screen before it begins.

use super::theme::Theme;
use crate::base::PacketId;
use crate::session::{Handle, Peeler, Resolve, Session};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Whether a packet is let through.
pub type Test = Box<dyn FnMut(&Handle, PacketId, &mut Peeler) -> bool + Send>;

/// What the chooser came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Open this file.
    File(PathBuf),
    /// Capture on these interfaces, with a capture filter that may be empty.
    Live {
        /// Names of interfaces.
        interfaces: Vec<String>,
        /// Capture filter (BPF).
        filter: String,
    },
}

/// A capture that was opened for a choice.
pub struct Opened {
    /// The session.
    pub session: Session,
    /// What to call it.
    pub title: String,
    /// Live captures: how to stop it.
    pub live: Option<Live>,
}

/// Opens a choice, or says in one line why it cannot.
pub type Open = Arc<dyn Fn(&Choice) -> Result<Opened, String> + Send + Sync>;

/// A live capture.
#[derive(Clone)]
pub struct Live {
    /// Asks it to stop; the packets stay.
    pub stop: Arc<dyn Fn() + Send + Sync>,
    /// Its packets are in a file that stays: no need to ask before quitting.
    pub saved: bool,
}

/// How the screen begins.
#[derive(Clone, Default)]
pub struct Options {
    /// What the capture is called: the file's name or the interface.
    pub title: String,
    /// The display filter to begin with.
    pub filter: String,
    /// Packet to go to first, as people count: 1 for the first.
    pub packet: Option<u64>,
    /// Show addresses only, no names.
    pub no_names: bool,
    /// Who is asked for names of addresses that a capture tells none of.
    pub resolve: Option<Arc<dyn Resolve>>,
    /// Colours; what the environment says when `None`.
    pub theme: Option<Theme>,
    /// A live capture.
    pub live: Option<Live>,
    /// Opens what the chooser came to; without it there is no choosing.
    pub open: Option<Open>,
    /// Measure how quickly the screen answers, from this moment on, and print it
    /// at the end on standard error.
    pub timings: Option<Instant>,
}
