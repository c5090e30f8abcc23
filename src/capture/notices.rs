//! Notices of a capture file, bounded: a hostile file must not fill the memory
//! or the screen with complaints about itself.
//!
//! Owns the file's name and the counts; knows nothing of formats.

use super::{Batch, Happening, Notice};
use crate::base::safe;
use std::fmt;
use std::path::Path;

/// Notices of one kind that are told one by one; the rest is counted.
const TOLD_EACH: u32 = 100;

/// Damaged places after which a file is given up: finding the way again costs time.
const HOPELESS: u32 = 4096;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bytes that cannot be read as the format says.
    Damage,
    /// A packet that claims more bytes than its block holds.
    Clipped,
    /// A packet of an interface that was never described.
    NoInterface,
    /// A block without packets that is too large or contradicts itself.
    Unreadable,
    /// A bound of this program: interfaces, names, secrets.
    Limit,
    /// Odd, but nothing is lost.
    Remark,
}

const KINDS: [(Kind, bool, &str); 6] = [
    (Kind::Damage, true, "damaged places"),
    (Kind::Clipped, true, "packets that claim more bytes than there are"),
    (Kind::NoInterface, true, "packets of interfaces that were never described"),
    (Kind::Unreadable, true, "blocks that could not be read"),
    (Kind::Limit, false, "limits reached"),
    (Kind::Remark, false, "remarks"),
];

/// Tells notices of one file.
#[derive(Debug)]
pub(super) struct Notices {
    file: String,
    counts: [u32; KINDS.len()],
    kept: Vec<(Kind, String)>,
}

impl Notices {
    /// For a file of this name, as people are shown it.
    pub fn new(file: String) -> Self {
        Notices { file, counts: [0; KINDS.len()], kept: Vec::new() }
    }

    /// Adds a notice about `offset` to the batch, or only counts it.
    pub fn tell(&mut self, batch: &mut Batch, kind: Kind, offset: Option<u64>, what: fmt::Arguments<'_>) {
        let Some(at) = KINDS.iter().position(|row| row.0 == kind) else { return };
        self.counts[at] = self.counts[at].saturating_add(1);
        if self.counts[at] <= TOLD_EACH {
            let text = match offset {
                Some(offset) => format!("{}: at offset {offset}: {what}", self.file),
                None => format!("{}: {what}", self.file),
            };
            push(batch, offset, text, KINDS[at].1);
        }
    }

    /// Whether so much is damaged that reading on is given up; tells so.
    pub fn hopeless(&mut self, batch: &mut Batch, offset: u64) -> bool {
        // Damage is the first of the kinds.
        let hopeless = self.counts[0] >= HOPELESS;
        if hopeless {
            let told = format_args!("{HOPELESS} places are damaged; the rest is not read");
            self.tell(batch, Kind::Unreadable, Some(offset), told);
        }
        hopeless
    }

    /// Keeps a notice of opening the file until there is a batch for it.
    pub fn keep(&mut self, kind: Kind, what: String) {
        self.kept.push((kind, what));
    }

    /// Tells what was kept.
    pub fn release(&mut self, batch: &mut Batch) {
        for (kind, what) in std::mem::take(&mut self.kept) {
            self.tell(batch, kind, None, format_args!("{what}"));
        }
    }

    /// At the end: how many were only counted.
    pub fn close(&mut self, batch: &mut Batch) {
        for (count, (_, damage, words)) in self.counts.iter_mut().zip(KINDS) {
            let more = count.saturating_sub(TOLD_EACH);
            if more > 0 {
                push(batch, None, format!("{}: {more} more {words}", self.file), damage);
            }
            *count = 0;
        }
    }
}

fn push(batch: &mut Batch, offset: Option<u64>, text: String, damage: bool) {
    batch.happenings.push(Happening::Notice(Notice { offset, text, damage }));
}

/// A path as people are shown it, harmless for a terminal.
pub(super) fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "standard input".to_owned();
    }
    safe(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_hundred_and_counts_the_rest() {
        let mut notices = Notices::new("x.pcap".to_owned());
        let mut batch = Batch::default();
        for at in 0..250 {
            notices.tell(&mut batch, Kind::Clipped, Some(at), format_args!("odd"));
        }
        notices.close(&mut batch);
        assert_eq!(batch.happenings.len(), 101);
        let Some(Happening::Notice(last)) = batch.happenings.last() else { panic!("no notice") };
        assert_eq!(last.text, "x.pcap: 150 more packets that claim more bytes than there are");
        assert!(last.damage);
    }

    #[test]
    fn names_are_harmless() {
        assert_eq!(shown(Path::new("a\x1b[2J.pcap")), "a\\x1b[2J.pcap");
    }
}
