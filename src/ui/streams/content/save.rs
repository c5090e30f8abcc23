//! Saves the bytes of a stream, a file a side, on a thread of its own.

use super::page::has_bytes;
use crate::flow::Side;
use crate::flow::stream::Run;
use crate::session::{Handle, Stream};
use crate::ui::worker::Waker;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs that are taken at once.
const BATCH: usize = 1024;

#[derive(Default)]
struct Progress {
    written: AtomicU64,
    outcome: Mutex<Option<String>>,
    cancel: AtomicBool,
}

/// A save at work, or done. Dropping it ends the work.
pub struct Save {
    progress: Arc<Progress>,
}

impl Save {
    /// Writes what is known now of the wanted sides.
    pub fn start(session: Handle, stream: Arc<Stream>, only: Option<Side>, name: &str, waker: Waker) -> Save {
        let progress: Arc<Progress> = Arc::default();
        let shared = Arc::clone(&progress);
        let files = match only {
            Some(side) => vec![(side, name.to_owned())],
            None => vec![(Side::A, format!("{name}.a")), (Side::B, format!("{name}.b"))],
        };
        let run = move || {
            let mut words = Vec::new();
            for (side, name) in &files {
                match write(&session, &stream, *side, name, &shared) {
                    Ok(bytes) => words.push(format!("{bytes} bytes in {name}")),
                    Err(error) => words.push(format!("{name} is not written: {error}")),
                }
            }
            *shared.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.join(", "));
            waker.wake();
        };
        if let Err(error) = std::thread::Builder::new().name("save".to_owned()).spawn(run) {
            let words = format!("cannot start a thread: {error}");
            *progress.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        }
        Save { progress }
    }

    /// What came of it, or how far it is.
    pub fn words(&self) -> String {
        let outcome = self.progress.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outcome.unwrap_or_else(|| format!("saving: {} bytes", self.progress.written.load(Relaxed)))
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.progress.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl Drop for Save {
    fn drop(&mut self) {
        self.progress.cancel.store(true, Relaxed);
    }
}

/// Writes one side into a new file; nothing that is there is overwritten.
fn write(session: &Handle, stream: &Stream, side: Side, name: &str, progress: &Progress) -> io::Result<u64> {
    let mut file = BufWriter::new(File::create_new(name)?);
    let (mut place, mut written, mut bytes) = (0, 0, Vec::new());
    loop {
        let runs: Vec<Run> = stream.content().runs().from(place).take(BATCH).copied().collect();
        if runs.is_empty() {
            break;
        }
        place += runs.len();
        for run in runs.iter().filter(|run| run.side() == side && has_bytes(run)) {
            if progress.cancel.load(Relaxed) {
                return Err(io::Error::other("it was ended before its end"));
            }
            let read = session.payload(run.packet, run.at(), run.len, &mut bytes);
            read.map_err(|gone| io::Error::other(format!("packet {}: {gone}", run.packet + 1)))?;
            file.write_all(&bytes)?;
            written += bytes.len() as u64;
            progress.written.fetch_add(bytes.len() as u64, Relaxed);
        }
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.flush()?;
    Ok(written)
}
