//! The terminal: entered once, and left again however the program ends.
//!
//! Owns raw mode, the alternate screen, the mouse, pasting and the cursor, and
//! the hook that gives the terminal back after a panic. Knows nothing of what
//! is drawn.

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::ThreadId;

static ENTERED: AtomicBool = AtomicBool::new(false);
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
/// What threads said that panicked while the screen was up.
static FAULTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The entered terminal. Dropping it leaves it.
pub struct Guard(());

impl Guard {
    /// Enters; the calling thread is the one that draws.
    pub fn enter() -> io::Result<Guard> {
        hook();
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
        let guard = Guard(());
        guard.resume()?;
        Ok(guard)
    }

    /// Enters again after [`leave`].
    pub fn resume(&self) -> io::Result<()> {
        ENTERED.store(true, SeqCst);
        enable_raw_mode()?;
        enter(&mut io::stdout())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
        for fault in FAULTS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            eprintln!("{fault}");
        }
    }
}

fn enter(out: &mut impl Write) -> io::Result<()> {
    // Without an alternate screen, what the shell showed stays where nothing is drawn.
    let clear = Clear(ClearType::All);
    execute!(out, EnterAlternateScreen, clear, EnableMouseCapture, EnableBracketedPaste, Hide)
}

/// Gives the terminal back. Does nothing when it was not entered; errors are
/// passed over, since there is nobody left to tell.
pub fn leave() {
    if ENTERED.swap(false, SeqCst) {
        let _ = restore(&mut io::stdout());
        let _ = disable_raw_mode();
    }
}

fn restore(out: &mut impl Write) -> io::Result<()> {
    // Mouse first: what it still sends must not reach the shell.
    queue!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show)?;
    out.flush()
}

/// How many panics happened on other threads while the screen was up, and what
/// the newest said.
pub fn faults() -> (usize, String) {
    let faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    (faults.len(), faults.last().cloned().unwrap_or_default())
}

/// Leaves the terminal before a panic is printed; what other threads say must
/// not be drawn into the screen, and waits.
fn hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| panicked(info, &before)));
    });
}

fn panicked(info: &PanicHookInfo<'_>, before: &dyn Fn(&PanicHookInfo<'_>)) {
    let owner = *OWNER.lock().unwrap_or_else(PoisonError::into_inner);
    if ENTERED.load(SeqCst) && owner != Some(std::thread::current().id()) {
        let mut faults = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < 8 {
            faults.push(info.to_string().replace('\n', " "));
        }
        return;
    }
    leave();
    before(info);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_undoes_all_that_entering_did() {
        let (mut on, mut off) = (Vec::new(), Vec::new());
        enter(&mut on).unwrap();
        restore(&mut off).unwrap();
        let on = String::from_utf8(on).unwrap();
        let off = String::from_utf8(off).unwrap();
        let modes: Vec<&str> = on.split("\u{1b}[?").filter(|part| part.ends_with('h')).collect();
        assert!(modes.len() >= 4);
        for mode in modes {
            let end = format!("\u{1b}[?{}l", mode.trim_end_matches('h'));
            assert!(off.contains(&end), "{mode} stays on");
        }
        assert!(on.contains("\u{1b}[2J"), "lines of the shell show through");
        assert!(on.contains("\u{1b}[?25l") && off.contains("\u{1b}[?25h"), "the cursor comes back");
    }
}
