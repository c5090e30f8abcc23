//! What there is to choose from: interfaces, files opened before, captures in
//! the folders nearby, and whether this program may capture at all.
//!
//! Owns how far it looks (counts, not time) and the list of files opened
//! before. Everything here is best effort: what cannot be read is left out.

use crate::capture::{InterfaceInfo, interfaces};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Entries of one folder that are looked at, and files that are kept.
const MAX_ENTRIES: usize = 4096;
const MAX_FILES: usize = 256;
/// Files opened before that are remembered.
const MAX_RECENT: usize = 20;

/// A capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub size: u64,
    /// When it was last changed.
    pub changed: Option<SystemTime>,
    /// It was opened before.
    pub recent: bool,
}

/// Everything there is to choose from.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Interfaces, those that carry something first.
    pub interfaces: Vec<InterfaceInfo>,
    /// Files: those opened before, then those nearby.
    pub files: Vec<FileInfo>,
    /// This process may capture.
    pub may_capture: bool,
}

/// Looks around.
pub fn gather() -> Found {
    let mut interfaces = interfaces();
    interfaces.sort_by_key(|i| (i.pseudo, !i.flags.running, !i.flags.up, i.flags.loopback));
    let mut files: Vec<FileInfo> = Vec::new();
    for path in recent() {
        if let Some(info) = look(&path, true) {
            files.push(info);
        }
    }
    let mut near = Vec::new();
    for folder in [".", "samples"] {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.take(MAX_ENTRIES).flatten() {
            let path = if folder == "." { PathBuf::from(entry.file_name()) } else { entry.path() };
            if is_capture(&path) && near.len() < MAX_FILES {
                near.extend(look(&path, false));
            }
        }
    }
    near.sort_by(|a, b| a.path.cmp(&b.path));
    let known: Vec<_> = files.iter().filter_map(|file| file.path.canonicalize().ok()).collect();
    near.retain(|file| file.path.canonicalize().map_or(true, |path| !known.contains(&path)));
    files.extend(near);
    Found { interfaces, files, may_capture: may_capture() }
}

/// A file, if it is one.
pub fn look(path: &Path, recent: bool) -> Option<FileInfo> {
    let data = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some(FileInfo { path: path.to_owned(), size: data.len(), changed: data.modified().ok(), recent })
}

/// Whether a name is one that captures have.
fn is_capture(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()) else {
        return false;
    };
    let packed = [".gz", ".zst", ".lz4"].iter().find_map(|end| name.strip_suffix(end));
    let name = packed.unwrap_or(&name);
    [".pcap", ".pcapng", ".cap", ".ntar", ".dmp"].iter().any(|end| name.ends_with(end))
}

/// Whether raw packets may be read: the effective capability, or another
/// system than Linux, where nobody knows before trying.
fn may_capture() -> bool {
    const NET_RAW: u32 = 13;
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let bits = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let bits = bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_none_or(|bits| bits >> NET_RAW & 1 != 0)
}

/// Where the files opened before are remembered.
fn memory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("wirepeel").join("recent"))
}

/// The files opened before, the newest first.
fn recent() -> Vec<PathBuf> {
    let text = memory().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    text.lines().take(MAX_RECENT).map(PathBuf::from).filter(|path| path.is_absolute()).collect()
}

/// Remembers a file that was opened. Best effort: nothing depends on it.
pub fn remember(path: &Path) {
    let (Some(memory), Ok(path)) = (memory(), path.canonicalize()) else { return };
    // A name that a line cannot hold is not remembered.
    let Some(line) = path.to_str().filter(|line| !line.contains('\n')) else { return };
    let mut lines = vec![line.to_owned()];
    let old = recent().into_iter().filter(|old| *old != path);
    lines.extend(old.filter_map(|old| old.to_str().map(str::to_owned)));
    lines.truncate(MAX_RECENT);
    if let Some(folder) = memory.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let _ = std::fs::write(memory, lines.join("\n") + "\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_known_by_their_names() {
        for name in ["a.pcap", "b.PCAPNG", "c.cap.gz", "d.pcapng.zst", "e.dmp"] {
            assert!(is_capture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "pcap", "b.gz", "c.pcap.txt"] {
            assert!(!is_capture(Path::new(name)), "{name}");
        }
    }
}
