//! Systems without sock_diag: sockets are not available here, and that is said.

use super::{Ends, Heard, Holder, Socket};
use std::sync::Arc;

/// No sockets.
pub(super) struct Diag;

impl Diag {
    pub fn open() -> Result<Diag, String> {
        Err("sockets and processes are not available on this system: only Linux tells them".to_owned())
    }

    pub fn sockets(&mut self) -> Result<Vec<Socket>, String> {
        Diag::open().map(|_| Vec::new())
    }

    pub fn destroyed(&mut self, _: &mut Vec<Socket>) {}
}

/// How much is scanned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    New,
    All,
}

/// No processes.
#[derive(Default)]
pub(super) struct Processes;

impl Processes {
    pub fn scan(&mut self, _: Scan) {}

    pub fn holders(&self, _: u32) -> Option<Arc<[Holder]>> {
        None
    }

    pub fn keep(&mut self, _: impl Fn(u32) -> bool) {}

    pub fn hidden(&self) -> usize {
        0
    }

    pub fn trouble(&self) -> Option<String> {
        None
    }
}

/// No users.
pub(super) struct Users;

impl Users {
    pub fn read() -> Users {
        Users
    }

    pub fn name(&self, _: u32) -> Option<Arc<str>> {
        None
    }
}

/// Nothing is heard.
pub(super) struct Trace;

impl Trace {
    pub fn start() -> Result<Trace, &'static str> {
        Err("only Linux tells them")
    }

    pub fn settle(&self) {}

    pub fn heard(&self, _: &Ends) -> Option<Heard> {
        None
    }
}
