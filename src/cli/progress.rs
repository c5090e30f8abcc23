//! A progress bar on standard error, for work that takes a while.

use crate::session::Progress;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Work that ends sooner shows none.
const PATIENCE: Duration = Duration::from_millis(500);
/// Time between two drawings.
const PACE: Duration = Duration::from_millis(100);
const WIDTH: u64 = 30;

/// The bar. Nothing is drawn where standard error is no terminal.
pub(super) struct ProgressBar {
    begun: Instant,
    drawn: Option<Instant>,
    wanted: bool,
}

impl ProgressBar {
    /// `quiet`: nothing else is written to the terminal meanwhile.
    pub fn new(quiet: bool) -> ProgressBar {
        ProgressBar { begun: Instant::now(), drawn: None, wanted: quiet && io::stderr().is_terminal() }
    }

    /// Draws where the work stands: `done` packets, and what is read.
    pub fn show(&mut self, done: u64, progress: Progress) {
        if !self.wanted || self.begun.elapsed() < PATIENCE {
            return;
        }
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < PACE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let mut bar = String::from("\r");
        let share = match progress.size {
            Some(size) if size > 0 => {
                // Reading runs ahead of what is done with the packets.
                let read = progress.read.min(size) as f64 / size as f64;
                let used = done as f64 / progress.indexed.max(1) as f64;
                Some((read * used * 100.0) as u64)
            }
            _ => None,
        };
        if let Some(share) = share {
            let full = share * WIDTH / 100;
            bar.extend((0..WIDTH).map(|at| if at < full { '█' } else { '░' }));
            bar.push_str(&format!(" {share:>3} %"));
        }
        bar.push_str(&format!("  {done} packets\x1b[K"));
        let _ = io::stderr().lock().write_all(bar.as_bytes());
    }
}

/// The line is wiped when the work is over, whatever its outcome.
impl Drop for ProgressBar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}
