//! What comes from outside the program: keys, the mouse, signals.
//!
//! Owns the threads that wait for them; the event loop hears of them through
//! channels. Knows nothing of what they mean.

use super::terminal;
use super::worker::Waker;
use crate::session::Handle;
use crossbeam_channel::{Receiver, Sender, bounded};
use crossterm::event::Event;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// An event of the terminal, and when it came.
pub type Came = (Instant, io::Result<Event>);

/// Keys, mouse, pasted text, new sizes; an error ends the program.
pub fn events() -> io::Result<Receiver<Came>> {
    let (sender, receiver) = bounded(256);
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
        loop {
            let event = crossterm::event::read();
            let ended = event.is_err();
            if sender.send((Instant::now(), event)).is_err() || ended {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Signals that end, stop or continue the program.
pub fn signals() -> io::Result<Receiver<i32>> {
    let (sender, receiver) = bounded(16);
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || watch(&mut signals, &sender))?;
    Ok(receiver)
}

fn watch(signals: &mut Signals, sender: &Sender<i32>) {
    let mut ending = false;
    for signal in signals.forever() {
        let ends = !matches!(signal, SIGTSTP | SIGCONT);
        let heard = sender.try_send(signal).is_ok();
        if ends && (ending || !heard) {
            // Asked twice, and the event loop does not answer: end anyway.
            terminal::leave();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        ending |= ends;
    }
}

/// Least time between two words to the event loop.
const REST: Duration = Duration::from_millis(10);

/// Wakes the event loop when a session has changed. Dropping it ends it.
pub struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Starts to watch.
    pub fn start(session: Handle, waker: Waker) -> Watch {
        let watch = Watch(Arc::default());
        let stop = Arc::clone(&watch.0);
        let run = move || {
            let mut seen = None;
            while !stop.load(Relaxed) {
                let version = session.version();
                if seen.replace(version) != Some(version) {
                    waker.wake();
                    // Many changes are one piece of news.
                    std::thread::sleep(REST);
                }
                session.wait(Duration::from_millis(250));
            }
        };
        let _ = std::thread::Builder::new().name("watch".to_owned()).spawn(run);
        watch
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
