//! The event loop: waits for keys, signals and news, and draws when something
//! changed, sixty times a second at most.
//!
//! Owns the rhythm. Nothing here waits for a worker: a frame whose lines are
//! still being peeled is put off by a few milliseconds, then drawn with dots.

use super::app::App;
use super::input::{events, signals};
use super::options::Options;
use super::terminal::{self, Guard};
use super::worker::Waker;
use crate::session::Session;
use crossbeam_channel::{never, select};
use crossterm::event::Event;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGTSTP};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// How long a frame is put off for lines that are being peeled.
const GRACE: Duration = Duration::from_millis(8);

/// How long until a frame with something missing is tried again.
const AGAIN: Duration = Duration::from_millis(100);

type Screen = Terminal<CrosstermBackend<io::BufWriter<io::Stdout>>>;

/// Shows a session until the user quits.
pub fn run(session: Session, options: Options) -> io::Result<()> {
    start(Some(session), options)
}

/// Begins with choosing an interface or a file.
pub fn choose(options: Options) -> io::Result<()> {
    start(None, options)
}

fn start(session: Option<Session>, options: Options) -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return Err(io::Error::other("the screen needs a terminal; standard output is none"));
    }
    let signals = signals()?;
    let (waker, woken) = Waker::new();
    let guard = Guard::enter()?;
    // Buffered: a frame goes out as a whole.
    let out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let mut screen = Terminal::new(CrosstermBackend::new(out))?;
    let mut app = App::new(session, options, waker);
    let events = events()?;
    let mut drawn = Instant::now().checked_sub(FRAME);
    let mut dirty = Some(Instant::now());
    let mut unfinished = false;
    let signal = loop {
        if let Some(since) = dirty {
            let now = Instant::now();
            let rested = drawn.is_none_or(|drawn| now >= drawn + FRAME);
            if rested {
                let complete = app.prepare(screen.size()?);
                if complete || now >= since + GRACE {
                    draw(&mut screen, &app)?;
                    drawn = Some(now);
                    dirty = None;
                    unfinished = !complete;
                }
            }
        }
        let pause = match dirty {
            Some(_) => Some(Duration::from_millis(2)),
            // A word from the worker comes earlier, most of the time.
            None if unfinished => Some(AGAIN),
            None => app.rhythm(),
        };
        let pause = pause.map_or_else(never, crossbeam_channel::after);
        let mut changed = true;
        select! {
            recv(events) -> event => match event {
                Ok(event) => {
                    app.event(&event?);
                    // What is already there belongs to the same frame.
                    while let Ok(event) = events.try_recv() {
                        app.event(&event?);
                    }
                }
                Err(_) => break None,
            },
            recv(signals) -> signal => match signal {
                Ok(SIGTSTP) => suspend(&guard, &mut screen)?,
                Ok(SIGCONT) => again(&guard, &mut screen)?,
                Ok(signal) => break Some(signal),
                Err(_) => {}
            },
            recv(woken) -> _ => app.update(),
            recv(pause) -> _ => changed = dirty.is_none(),
        }
        if changed && dirty.is_none() {
            dirty = Some(Instant::now());
        }
        if app.take_suspend() {
            suspend(&guard, &mut screen)?;
        }
        if app.take_redraw() {
            erase(&mut screen)?;
        }
        if app.is_over() {
            break None;
        }
    };
    drop(screen);
    drop(guard);
    drop(app);
    if let Some(signal) = signal {
        // Ends as the signal would have ended it, so that shells see why.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    Ok(())
}

fn draw(screen: &mut Screen, app: &App) -> io::Result<()> {
    screen.draw(|frame| {
        let area = frame.area();
        app.draw(area, frame.buffer_mut());
    })?;
    Ok(())
}

fn suspend(guard: &Guard, screen: &mut Screen) -> io::Result<()> {
    terminal::leave();
    signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
    again(guard, screen)
}

fn again(guard: &Guard, screen: &mut Screen) -> io::Result<()> {
    guard.resume()?;
    erase(screen)
}

/// Everything is drawn anew with the next frame. (`Terminal::clear` would ask the
/// terminal where its cursor is, and the answer would go to the keys' thread.)
fn erase(screen: &mut Screen) -> io::Result<()> {
    let size = screen.size()?;
    screen.resize(Rect::new(0, 0, size.width, size.height))
}

/// Whether an event changes anything at all.
pub(super) fn matters(event: &Event) -> bool {
    use crossterm::event::{KeyEventKind, MouseEventKind};
    match event {
        Event::Key(key) => key.kind != KeyEventKind::Release,
        Event::Mouse(mouse) => mouse.kind != MouseEventKind::Moved,
        Event::Resize(..) | Event::Paste(_) => true,
        Event::FocusGained | Event::FocusLost => false,
    }
}
