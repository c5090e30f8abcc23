//! Whether an interface still exists, is up, and has a link: libpcap does not
//! tell when it merely falls silent.
//!
//! Owns the questions to the operating system. On Linux the answers are read
//! from files that stay open, so that they still come once rights are dropped.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What keeps packets from coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing: it is up.
    None,
    /// The administrator switched it off.
    Down,
    /// No cable, or the other end is off.
    NoLink,
}

/// The state of one interface.
pub(super) struct Watch {
    name: String,
    index: Option<u32>,
    files: Option<(File, Option<File>)>,
}

impl Watch {
    /// For the interface of this name and number; a pseudo interface has none.
    pub fn new(name: &str, index: Option<u32>) -> Self {
        let files = index.and_then(|index| open(Path::new("/sys/class/net").join(name).as_path(), index));
        Watch { name: name.to_owned(), index, files }
    }

    /// The state now, where the system tells.
    pub fn silence(&self) -> Option<Silence> {
        self.index?;
        if let Some((flags, state)) = &self.files {
            let flags = read(flags)?;
            let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).ok()?;
            if flags & 1 == 0 {
                return Some(Silence::Down);
            }
            let state = state.as_ref().and_then(read).unwrap_or_default();
            let unlinked = matches!(state.trim(), "down" | "lowerlayerdown");
            return Some(if unlinked { Silence::NoLink } else { Silence::None });
        }
        let all = pnet::datalink::interfaces();
        let interface = all.iter().find(|interface| interface.name == self.name)?;
        Some(if interface.is_up() { Silence::None } else { Silence::Down })
    }

    /// Whether the interface is still there; a pseudo interface always is.
    pub fn exists(&self) -> bool {
        match (self.index, &self.files) {
            (None, _) => true,
            (_, Some((flags, _))) => read(flags).is_some(),
            (Some(index), None) => pnet::datalink::interfaces().iter().any(|one| one.index == index),
        }
    }
}

/// The interface's files, if they speak of this very interface: a network
/// namespace may lack its own view of them.
fn open(folder: &Path, index: u32) -> Option<(File, Option<File>)> {
    let number = std::fs::read_to_string(folder.join("ifindex")).ok()?;
    if number.trim() != index.to_string() {
        return None;
    }
    Some((File::open(folder.join("flags")).ok()?, File::open(folder.join("operstate")).ok()))
}

fn read(file: &File) -> Option<String> {
    let mut buffer = [0; 64];
    let len = file.read_at(&mut buffer, 0).ok()?;
    Some(String::from_utf8_lossy(buffer.get(..len)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_watched_and_pseudo_interfaces_are_not() {
        let pseudo = Watch::new("any", None);
        assert!(pseudo.exists() && pseudo.silence().is_none());
        let lo = crate::capture::interfaces().into_iter().find(|interface| interface.flags.loopback);
        let Some(lo) = lo else { return println!("skipped: this machine shows no loopback interface") };
        let watch = Watch::new(&lo.name, lo.index);
        assert!(watch.exists());
        assert_eq!(watch.silence() == Some(Silence::Down), !lo.flags.up);
    }
}
