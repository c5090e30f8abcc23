//! The event loop: waits for keys, signals and news, and draws when something
//! changed: a key is answered at once, news thirty times a second.
//!
//! Owns the rhythm. Nothing here waits for a worker: a frame whose lines are
//! still being peeled is put off by a few milliseconds, then drawn with dots.

use super::app::App;
use super::input::{events, signals};
use super::options::Options;
use super::terminal::{self, Guard};
use super::timings::Timings;
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

/// Least time between two frames that nobody asked for: more of them would be
/// taken from the analysis.
const FRAME: Duration = Duration::from_millis(33);
/// Least time between a frame and one that shows what a key did.
const ANSWER: Duration = Duration::from_millis(4);
/// How long what a key asked for and a worker makes is drawn as soon as it comes.
const HURRY: Duration = Duration::from_millis(250);
/// How long a frame is put off for lines and trees that are being peeled.
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
    let timings = options.timings;
    let mut app = App::new(session, options, waker);
    let events = events()?;
    let mut timings = timings.map(Timings::new);
    let mut wanted = Wanted::default();
    wanted.ask(Instant::now());
    let mut unfinished = false;
    let mut woke = Instant::now();
    let signal = loop {
        let turn = Instant::now();
        if wanted.since.is_some() && (wanted.is_new || wanted.due(turn)) {
            // What a key asks for is made while its frame has to wait.
            let complete = app.prepare(screen.size()?);
            wanted.is_new = false;
            if wanted.due(turn) && (complete || wanted.put_off(turn)) {
                draw(&mut screen, &app)?;
                wanted.drawn(Instant::now(), complete);
                unfinished = !complete;
                if let Some(timings) = &mut timings {
                    timings.drawn(turn, complete);
                    app.selection().filter(|(_, there)| *there).iter().for_each(|(id, _)| timings.tree(*id));
                    app.moments(complete).for_each(|moment| timings.moment(moment));
                }
            }
        }
        let pause = match wanted.pause(Instant::now()) {
            Some(pause) => Some(pause),
            // A word from the worker comes earlier, most of the time.
            None if unfinished => Some(AGAIN),
            None => app.rhythm(),
        };
        let pause = pause.map_or_else(never, crossbeam_channel::after);
        if let Some(timings) = &mut timings {
            timings.turn(woke);
        }
        let mut changed = true;
        select! {
            recv(events) -> event => match event {
                Ok(first) => {
                    woke = Instant::now();
                    // What is already there belongs to the same frame.
                    for (at, event) in std::iter::once(first).chain(events.try_iter()) {
                        let event = event?;
                        if matters(&event) {
                            wanted.ask(at);
                            app.event(&event);
                            if let Some(timings) = &mut timings {
                                timings.key(at);
                                timings.selected(at, app.selection());
                            }
                        }
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
            recv(woken) -> _ => {
                woke = Instant::now();
                app.update();
            }
            recv(pause) -> _ => {
                woke = Instant::now();
                changed = wanted.since.is_none();
            }
        }
        if changed {
            wanted.since.get_or_insert_with(Instant::now);
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
    if let Some(timings) = timings {
        eprint!("{timings}");
    }
    drop(app);
    if let Some(signal) = signal {
        // Ends as the signal would have ended it, so that shells see why.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    Ok(())
}

/// Whether a frame is wanted, and when the last one was drawn.
#[derive(Default)]
struct Wanted {
    /// Something has changed since then.
    since: Option<Instant>,
    /// A key came then, and not all of what it asked for is drawn.
    asked: Option<Instant>,
    /// Nobody has been told yet what that key asks for.
    is_new: bool,
    /// No frame has been drawn since a key came.
    is_unseen: bool,
    drawn: Option<Instant>,
    /// The last frame missed something.
    partly: bool,
}

impl Wanted {
    /// A key came.
    fn ask(&mut self, at: Instant) {
        if !std::mem::replace(&mut self.is_unseen, true) {
            // What changed before it is drawn along, and waits as long for what is missing.
            self.since = Some(at);
        }
        self.asked = Some(at);
        self.is_new = true;
        self.partly = false;
    }

    /// The moment from which a frame may be drawn.
    fn from(&self) -> Option<Instant> {
        let rest = match self.asked {
            // What completes an answer is drawn as it comes.
            Some(_) if self.partly => Duration::ZERO,
            Some(_) => ANSWER,
            None => FRAME,
        };
        self.drawn.map(|drawn| drawn + rest)
    }

    fn due(&self, now: Instant) -> bool {
        self.since.is_some() && self.from().is_none_or(|from| now >= from)
    }

    /// A frame that misses something has waited long enough.
    fn put_off(&self, now: Instant) -> bool {
        self.since.is_none_or(|since| now >= since + GRACE)
    }

    fn drawn(&mut self, now: Instant, complete: bool) {
        let asked = self.asked.filter(|at| !complete && now < *at + HURRY);
        *self = Wanted { asked, drawn: Some(now), partly: !complete, ..Wanted::default() };
    }

    /// How long until the wanted frame is tried again.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let next = match self.from() {
            Some(from) if from > now => from,
            _ => self.since? + GRACE,
        };
        self.since.map(|_| next.saturating_duration_since(now))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_a_key_asks_for_is_waited_for_from_the_key_on() {
        let start = Instant::now();
        let mut wanted = Wanted { drawn: Some(start), since: Some(start), ..Wanted::default() };
        wanted.ask(start + 20 * MS);
        assert!(wanted.due(start + 20 * MS), "a key need not wait for the next news");
        assert!(!wanted.put_off(start + 20 * MS), "news from before gives no frame without the tree");
        assert!(wanted.put_off(start + 20 * MS + GRACE));
    }

    #[test]
    fn keys_that_come_faster_than_frames_do_not_put_them_off_for_ever() {
        let start = Instant::now();
        let mut wanted = Wanted { drawn: Some(start), ..Wanted::default() };
        (1..9).for_each(|at| wanted.ask(start + at * MS));
        assert!(wanted.put_off(start + MS + GRACE));
        wanted.drawn(start + MS + GRACE, true);
        assert!(wanted.since.is_none() && wanted.asked.is_none());
    }

    #[test]
    fn what_completes_an_answer_is_drawn_at_once_and_news_are_not() {
        let start = Instant::now();
        let mut wanted = Wanted::default();
        wanted.ask(start);
        wanted.drawn(start, false);
        wanted.since = Some(start + MS);
        assert!(wanted.due(start + MS));
        wanted.drawn(start + MS, true);
        wanted.since = Some(start + 2 * MS);
        assert!(!wanted.due(start + 2 * MS) && wanted.due(start + MS + FRAME));
    }
}
