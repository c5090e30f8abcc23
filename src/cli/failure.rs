//! How a command fails, and how it says so: one line on standard error.

use crate::base::safe;
use crate::capture::{Gone, OpenError};
use std::io::{self, Write as _};

/// Exit code when everything is done and well.
pub(super) const DONE: u8 = 0;
/// Exit code when something could not be read, written or understood.
pub(super) const UNREADABLE: u8 = 2;

/// Why a command ended before its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// The reader of standard output went away.
    Closed,
    /// What happened, where, and what to do: one line.
    Said(String),
}

/// The exit code of a command, or why it failed.
pub(super) type Outcome<T = u8> = Result<T, Failure>;

impl Failure {
    pub fn said(text: impl Into<String>) -> Self {
        Failure::Said(text.into())
    }
}

/// Only writing results gives plain I/O errors here.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            io::ErrorKind::StorageFull => {
                Failure::said("cannot write the output: no space left; the output is incomplete")
            }
            _ => Failure::said(format!("cannot write the output: {error}; the output is incomplete")),
        }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            kind => Failure::said(format!("cannot write the output: {kind:?}")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => io::Error::from(kind).into(),
            None => Failure::said(format!("cannot write the output: {error}")),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Failure::said(error.to_string())
    }
}

impl From<Gone> for Failure {
    fn from(gone: Gone) -> Self {
        Failure::said(gone.to_string())
    }
}

/// One line on standard error, harmless for a terminal. Where it is closed,
/// nobody wants to know.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "wirepeel: {}", safe(text));
}
