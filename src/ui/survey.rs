//! A worker that looks over the whole capture and tells what it found: again
//! whenever something else is wanted or the analysis has gone on.
//!
//! Owns one thread and how often it looks: four times a second at most, and
//! seldom enough to leave most of its processor to others. Knows nothing of
//! what is looked for.

use super::worker::Waker;
use crate::session::{GoOn, Handle};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two looks.
const PACE: Duration = Duration::from_millis(250);
/// A look may take one part in so many of the time.
const SHARE: u32 = 8;

/// Looks at the capture for a wish. Gives what it found and whether that is
/// all there is so far; `None` when told not to go on.
pub trait Look<W, F>: FnMut(&Handle, &W, GoOn<'_>) -> Option<(F, bool)> + Send + 'static {}

impl<W, F, T: FnMut(&Handle, &W, GoOn<'_>) -> Option<(F, bool)> + Send + 'static> Look<W, F> for T {}

struct Want<W> {
    wish: W,
    is_new: bool,
    stop: bool,
}

type Shared<W> = (Mutex<Want<W>>, Condvar);

/// Looks on a thread of its own. Dropping it ends the thread.
pub struct Survey<W, F> {
    want: Arc<Shared<W>>,
    found: Receiver<F>,
}

impl<W: Clone + PartialEq + Send + 'static, F: Send + 'static> Survey<W, F> {
    /// Starts the thread. Without one nothing is ever found.
    pub fn start(name: &str, session: Handle, waker: Waker, wish: W, look: impl Look<W, F>) -> Survey<W, F> {
        let (sender, found) = unbounded();
        let first = Want { wish, is_new: true, stop: false };
        let survey = Survey { want: Arc::new((Mutex::new(first), Condvar::new())), found };
        let want = Arc::clone(&survey.want);
        let run = move || run(&session, &want, &sender, &waker, look);
        let _ = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        survey
    }

    /// What is wanted now.
    pub fn want(&self, wish: W) {
        let mut want = self.want.0.lock().unwrap_or_else(PoisonError::into_inner);
        if want.wish != wish {
            want.wish = wish;
            want.is_new = true;
            self.want.1.notify_one();
        }
    }

    /// The newest answer, if one has come.
    pub fn newest(&self) -> Option<F> {
        self.found.try_iter().last()
    }
}

impl<W, F> Drop for Survey<W, F> {
    fn drop(&mut self) {
        self.want.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.want.1.notify_one();
    }
}

fn run<W: Clone, F>(
    session: &Handle,
    want: &Shared<W>,
    found: &Sender<F>,
    waker: &Waker,
    mut look: impl Look<W, F>,
) {
    let (mut seen, mut rest) = (None, PACE);
    loop {
        let wish = {
            let guard = want.0.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |want: &mut Want<W>| !want.is_new && !want.stop;
            let waited = want.1.wait_timeout_while(guard, rest, idle);
            let mut guard = waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0);
            if guard.stop {
                return;
            }
            let is_new = std::mem::take(&mut guard.is_new);
            let analysed = session.progress().analysed;
            if !is_new && seen == Some(analysed) {
                continue;
            }
            seen = Some(analysed);
            guard.wish.clone()
        };
        let start = Instant::now();
        let go_on = || {
            let want = want.0.lock().unwrap_or_else(PoisonError::into_inner);
            !want.is_new && !want.stop
        };
        let Some((answer, is_all)) = look(session, &wish, &go_on) else { continue };
        if is_all {
            rest = PACE.max(start.elapsed() * SHARE);
        } else {
            // What is left has an end: nobody is to wait for it eight times as long.
            (seen, rest) = (None, PACE);
        }
        if found.send(answer).is_err() {
            return;
        }
        waker.wake();
    }
}
