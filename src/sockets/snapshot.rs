//! All sockets of this machine at one moment.

use super::linux::{Diag, Processes, Scan, Users};
use super::{Owner, Quality, Seen, Socket, Table};
use std::sync::Arc;

/// What was seen.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Each socket as its own owner would be told.
    pub sockets: Vec<Owner>,
    /// Why no process is known.
    pub no_processes: Option<String>,
    /// Processes whose descriptors this user may not see.
    pub hidden: usize,
}

/// Takes a snapshot, or says why there is none.
pub fn snapshot() -> Result<Snapshot, String> {
    let table = Table::new(Diag::open()?.sockets()?);
    let mut processes = Processes::default();
    processes.scan(Scan::All);
    let users = Users::read();
    let owner = |socket: &Socket| Owner {
        quality: Quality::Exact,
        seen: Seen::Now,
        socket: Some(*socket),
        holders: processes.holders(socket.inode).filter(|_| socket.inode != 0).unwrap_or_default(),
        user: (socket.inode != 0).then(|| users.name(socket.uid)).flatten(),
        others: 0,
        passed: Arc::default(),
    };
    let (no_processes, hidden) = (processes.trouble(), processes.hidden());
    Ok(Snapshot { sockets: table.iter().map(owner).collect(), no_processes, hidden })
}
