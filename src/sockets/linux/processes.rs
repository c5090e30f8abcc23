//! /proc: which processes hold which sockets, by inode.
//!
//! Owns the scan of descriptors, as much of it as is needed: processes that
//! came since the last one and those that have sockets, or all.

use super::container::container;
use crate::sockets::{Holder, Process};
use procfs::process::FDTarget;
use procfs::{ProcError, process};
use std::collections::{HashMap, HashSet};
use std::os::unix::fs::DirEntryExt as _;
use std::path::Path;
use std::sync::Arc;

/// Processes that are looked at, and descriptors of one.
const PROCESSES: usize = 65_536;
const DESCRIPTORS: usize = 65_536;
/// Holders of one socket that are kept: a server may fork hundreds.
const HOLDERS: usize = 16;

/// How much is scanned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sockets) enum Scan {
    /// Processes that are new, and those that had sockets.
    New,
    /// All of them.
    All,
}

/// What is known of the processes.
#[derive(Default)]
pub(in crate::sockets) struct Processes {
    /// By number and the inode of their folder, which a number's next user does not share.
    known: HashMap<(i32, u64), Known>,
    /// Holders of an inode, kept when they are gone.
    holders: HashMap<u32, Arc<[Holder]>>,
    /// Why no process is known.
    trouble: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Sockets,
    Hidden,
}

impl Processes {
    /// Looks for sockets in processes.
    pub fn scan(&mut self, scan: Scan) {
        self.scan_in(Path::new("/proc"), scan);
    }

    fn scan_in(&mut self, folder: &Path, scan: Scan) {
        let folder = match std::fs::read_dir(folder) {
            Ok(folder) => folder,
            Err(error) => {
                self.trouble = Some(format!("{} cannot be read: {error}", folder.display()));
                return;
            }
        };
        let mut living = HashSet::new();
        let mut found: HashMap<u32, Vec<Holder>> = HashMap::new();
        for entry in folder.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            if living.len() >= PROCESSES {
                break;
            }
            let key = (pid, entry.ino());
            living.insert(key);
            if scan == Scan::New && matches!(self.known.get(&key), Some(Known::Nothing | Known::Hidden)) {
                continue;
            }
            let known = look(pid, &mut found);
            self.known.insert(key, known);
        }
        // At the least this process itself is there.
        self.trouble = living.is_empty().then(|| "no /proc is mounted".to_owned());
        self.known.retain(|key, _| living.contains(key));
        for (inode, mut holders) in found {
            holders.sort_by_key(|holder| (holder.process.pid, holder.fd));
            holders.truncate(HOLDERS);
            self.holders.insert(inode, holders.into());
        }
    }

    /// The processes that hold, or held, the socket of this inode.
    pub fn holders(&self, inode: u32) -> Option<Arc<[Holder]>> {
        self.holders.get(&inode).cloned()
    }

    /// Forgets the holders of inodes that are not `wanted`.
    pub fn keep(&mut self, wanted: impl Fn(u32) -> bool) {
        self.holders.retain(|inode, _| wanted(*inode));
    }

    /// Why no process is known, as far as the last scan tells.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    /// Processes whose descriptors may not be seen.
    pub fn hidden(&self) -> usize {
        self.known.values().filter(|known| **known == Known::Hidden).count()
    }
}

/// The sockets of one process.
fn look(pid: i32, found: &mut HashMap<u32, Vec<Holder>>) -> Known {
    let Ok(process) = process::Process::new(pid) else { return Known::Nothing };
    let descriptors = match process.fd() {
        Ok(descriptors) => descriptors,
        Err(ProcError::PermissionDenied(_)) => return Known::Hidden,
        Err(_) => return Known::Nothing,
    };
    let mut told: Option<Arc<Process>> = None;
    let mut known = Known::Nothing;
    for descriptor in descriptors.take(DESCRIPTORS) {
        let one = match descriptor {
            Ok(one) => one,
            Err(ProcError::PermissionDenied(_)) => return Known::Hidden,
            Err(_) => continue,
        };
        let FDTarget::Socket(inode) = one.target else { continue };
        let (Ok(inode), Ok(fd)) = (u32::try_from(inode), u32::try_from(one.fd)) else { continue };
        known = Known::Sockets;
        let process = told.get_or_insert_with(|| Arc::new(described(&process)));
        let holders = found.entry(inode).or_default();
        // More than are kept, so that the lowest numbers are.
        if holders.len() < 4 * HOLDERS {
            holders.push(Holder { process: Arc::clone(process), fd: Some(fd) });
        }
    }
    known
}

/// The descriptor by which a process holds the socket of this inode, if it is
/// among its first `most`.
#[cfg_attr(not(feature = "trace"), allow(dead_code))]
pub(super) fn descriptor(pid: u32, inode: u32, most: usize) -> Option<u32> {
    let process = process::Process::new(i32::try_from(pid).ok()?).ok()?;
    let mut first = process.fd().ok()?.take(most).flatten();
    let found = first.find(|one| one.target == FDTarget::Socket(inode.into()))?;
    u32::try_from(found.fd).ok()
}

/// What is told of a process.
pub(super) fn described(process: &process::Process) -> Process {
    Process {
        pid: u32::try_from(process.pid()).unwrap_or(0),
        name: process.stat().map(|stat| stat.comm).unwrap_or_default(),
        uid: process.uid().ok(),
        container: process
            .cgroups()
            .ok()
            .and_then(|groups| groups.into_iter().find_map(|group| container(&group.pathname))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn finds_a_socket_of_its_own_with_its_descriptor() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let fd = socket.as_raw_fd() as u32;
        let inode = std::fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino() as u32;
        let mut processes = Processes::default();
        processes.scan(Scan::All);
        let holders = processes.holders(inode).unwrap();
        let own = holders.iter().find(|holder| holder.process.pid == std::process::id()).unwrap();
        assert_eq!(own.fd, Some(fd));
        assert!(!own.process.name.is_empty());
        // What ended is still known, until it is not wanted any more.
        drop(socket);
        processes.scan(Scan::New);
        assert!(processes.holders(inode).is_some());
        processes.keep(|_| false);
        assert!(processes.holders(inode).is_none());
    }

    /// Somebody who sees no processes must be told that it is not for want of them.
    #[test]
    fn a_proc_that_is_not_there_is_told() {
        let mut processes = Processes::default();
        processes.scan_in(Path::new("/nowhere/proc"), Scan::All);
        assert!(processes.trouble().unwrap().starts_with("/nowhere/proc cannot be read: "));
        let empty = tempfile::tempdir().unwrap();
        processes.scan_in(empty.path(), Scan::All);
        assert_eq!(processes.trouble().as_deref(), Some("no /proc is mounted"));
        processes.scan(Scan::All);
        assert_eq!(processes.trouble(), None);
    }
}
