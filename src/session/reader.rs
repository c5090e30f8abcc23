//! The reading thread: moves what a source gives into the index.

use super::shared::Shared;
use crate::capture::{Batch, Happening, Source, Status};
use crossbeam_channel::Sender;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// Reads until the end or until asked to stop. A word on `wake` tells the
/// analysis that there is more to do.
pub(super) fn run(mut source: Box<dyn Source>, shared: &Shared, wake: &Sender<()>) {
    let mut batch = Batch::default();
    while !shared.stop.load(Relaxed) {
        batch.clear();
        let status = source.read(&mut batch);
        if !batch.happenings.is_empty() {
            // Interfaces before the packets that name them.
            let mut meta = shared.meta.write().unwrap_or_else(PoisonError::into_inner);
            batch.happenings.drain(..).for_each(|happening| {
                if let Happening::PacketComment(time, text) = &happening {
                    shared.commented(*time, text);
                }
                meta.add(happening);
            });
        }
        shared.read.store(batch.progress.0, Relaxed);
        shared.size.store(batch.progress.1.unwrap_or(u64::MAX), Relaxed);
        let kept = shared.index.append(&batch.records);
        if kept < batch.records.len() {
            shared.fail("the index is full: later packets are not shown".to_owned());
            break;
        }
        if kept > 0 {
            shared.announce();
            // A word that still waits says the same.
            let _ = wake.try_send(());
        }
        if status == Status::End {
            break;
        }
    }
    shared.ended.store(true, Release);
    shared.announce();
    let _ = wake.try_send(());
}
