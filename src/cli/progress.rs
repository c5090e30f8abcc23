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
        if !self.is_due() {
            return;
        }
        let mut bar = String::new();
        if let Some(size) = progress.size.filter(|size| *size > 0) {
            // Reading runs ahead of what is done with the packets.
            let read = progress.read.min(size) as f64 / size as f64;
            let used = done as f64 / progress.indexed.max(1) as f64;
            let share = (read * used * 100.0) as u64;
            let full = share * WIDTH / 100;
            bar.extend((0..WIDTH).map(|at| if at < full { '█' } else { '░' }));
            bar.push_str(&format!(" {share:>3} %"));
        }
        draw(&format!("{bar}  {done} packets"));
    }

    /// Draws a count whose end nobody knows.
    pub fn count(&mut self, packets: u64) {
        if self.is_due() {
            draw(&format!("{packets} packets"));
        }
    }

    fn is_due(&mut self) -> bool {
        let due = self.wanted
            && self.begun.elapsed() >= PATIENCE
            && self.drawn.is_none_or(|drawn| drawn.elapsed() >= PACE);
        if due {
            self.drawn = Some(Instant::now());
        }
        due
    }
}

fn draw(line: &str) {
    let _ = io::stderr().lock().write_all(format!("\r{line}\x1b[K").as_bytes());
}

/// The line is wiped when the work is over, whatever its outcome.
impl Drop for ProgressBar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}
