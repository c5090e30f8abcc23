//! One capture opened for a command that goes through its packets in order.

use super::InputOptions;
use super::failure::{DONE, Failure, Outcome, UNREADABLE, say};
use super::output::Output;
use super::progress::ProgressBar;
use super::select::Selection;
use crate::base::PacketId;
use crate::capture::{Gone, OpenOptions, Source, open};
use crate::decode::Registry;
use crate::session::{Peeler, Session};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Packets between two looks at the progress.
const STRIDE: u64 = 1024;

/// An opened capture and what is wanted of it.
pub(super) struct Opened {
    pub session: Session,
    /// Show names for addresses.
    pub named: bool,
    selection: Selection,
    count: Option<u64>,
    unreadable: u64,
    whole: bool,
}

impl Opened {
    /// Opens the file that FILE or `-r` names.
    pub fn open(file: Option<&Path>, options: &InputOptions) -> Outcome<Opened> {
        let path = match (file, options.read.as_deref()) {
            (Some(_), Some(_)) => return Err(Failure::said("two captures are named: give FILE or -r FILE")),
            (Some(path), None) | (None, Some(path)) => path,
            (None, None) => return Err(Failure::said("no capture is named: give FILE or -r FILE")),
        };
        let registry = Arc::new(Registry::default());
        // A wrong filter is told before anything is read.
        let selection = Selection::new(&registry, options.filter.as_deref())?;
        let source = open(path, &OpenOptions { follow: options.follow, ..OpenOptions::default() })?;
        let mut opened = Opened::start(source, registry, selection, options);
        if opened.named && !options.follow && is_pcapng(path) {
            // Names may stand at the end; which ones show must not depend on luck.
            opened.whole = true;
        }
        Ok(opened)
    }

    /// Starts a session on `source`.
    pub fn start(
        source: Box<dyn Source>,
        registry: Arc<Registry>,
        selection: Selection,
        options: &InputOptions,
    ) -> Opened {
        Opened {
            session: Session::start(source, registry),
            named: !options.no_names,
            selection,
            count: options.count,
            unreadable: 0,
            whole: false,
        }
    }

    /// Calls `visit` for every wanted packet, in order, as packets arrive.
    /// What was printed leaves the program before it waits for more.
    pub fn each(
        &mut self,
        output: &mut Output,
        mut visit: impl FnMut(&Session, PacketId, &mut Peeler, &mut Output) -> Outcome<Result<(), Gone>>,
    ) -> Outcome<()> {
        let mut bar = ProgressBar::new(!output.is_terminal());
        let mut peeler = Peeler::default();
        let (mut id, mut left) = (0, self.count.unwrap_or(u64::MAX));
        while self.whole && self.session.progress().reading {
            bar.show(0, self.session.progress());
            self.session.wait(std::time::Duration::from_millis(100));
        }
        let mut ready = 0;
        while left > 0 {
            if id >= ready {
                let progress = self.session.progress();
                ready = progress.analysed;
                bar.show(id, progress);
                if id >= ready {
                    output.flush()?;
                    if !self.session.wait_for(id) {
                        break;
                    }
                    continue;
                }
            } else if id.is_multiple_of(STRIDE) {
                bar.show(id, self.session.progress());
            }
            let outcome = match self.selection.wants(&self.session, id, &mut peeler) {
                Ok(false) => Ok(()),
                Ok(true) => {
                    left -= 1;
                    visit(&self.session, id, &mut peeler, output)?
                }
                Err(gone) => Err(gone),
            };
            if let Err(gone) = outcome {
                if self.unreadable == 0 {
                    say(&format!("packet {}: {gone}", id + 1));
                }
                self.unreadable += 1;
            }
            id += 1;
        }
        Ok(())
    }

    /// Says what was noticed of the capture; gives the exit code.
    pub fn finish(self, output: &mut Output) -> Outcome {
        output.flush()?;
        let meta = self.session.meta();
        for notice in &meta.notices {
            say(&notice.text);
        }
        if self.unreadable > 1 {
            say(&format!("{} packets could not be read", self.unreadable));
        }
        let bad = meta.is_damaged() || self.unreadable > 0;
        Ok(if bad { UNREADABLE } else { DONE })
    }
}

/// A regular file that begins as pcapng does.
fn is_pcapng(path: &Path) -> bool {
    let mut magic = [0; 4];
    path.is_file()
        && std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
        && magic == [0x0a, 0x0d, 0x0d, 0x0a]
}
