//! A worker that looks over the whole capture and tells what it found: again
//! whenever something else is wanted or the analysis has gone on.
//!
//! Owns one thread and how often it looks: four times a second at most, seldom
//! enough to leave most of its processor to others, and not at all while nobody
//! takes what it found. Knows nothing of what is looked for.

use super::worker::Waker;
use crate::session::{GoOn, Handle};
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

struct Want<W, F> {
    wish: W,
    is_new: bool,
    stop: bool,
    /// What was found last, until somebody takes it.
    found: Option<F>,
}

type Shared<W, F> = (Mutex<Want<W, F>>, Condvar);

/// Looks on a thread of its own. Dropping it ends the thread.
pub struct Survey<W, F> {
    want: Arc<Shared<W, F>>,
}

impl<W: Clone + PartialEq + Send + 'static, F: Send + 'static> Survey<W, F> {
    /// Starts the thread. Without one nothing is ever found.
    pub fn start(name: &str, session: Handle, waker: Waker, wish: W, look: impl Look<W, F>) -> Survey<W, F> {
        let first = Want { wish, is_new: true, stop: false, found: None };
        let survey = Survey { want: Arc::new((Mutex::new(first), Condvar::new())) };
        let want = Arc::clone(&survey.want);
        let run = move || run(&session, &want, &waker, look);
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
        self.want.0.lock().unwrap_or_else(PoisonError::into_inner).found.take()
    }
}

impl<W, F> Drop for Survey<W, F> {
    fn drop(&mut self) {
        self.want.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.want.1.notify_one();
    }
}

fn run<W: Clone, F>(session: &Handle, want: &Shared<W, F>, waker: &Waker, mut look: impl Look<W, F>) {
    let (mut seen, mut rest) = (None, PACE);
    loop {
        let wish = {
            let guard = want.0.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |want: &mut Want<W, F>| !want.is_new && !want.stop;
            let waited = want.1.wait_timeout_while(guard, rest, idle);
            let mut guard = waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0);
            if guard.stop {
                return;
            }
            let is_new = std::mem::take(&mut guard.is_new);
            let analysed = session.progress().analysed;
            if !is_new && (seen == Some(analysed) || guard.found.is_some()) {
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
        want.0.lock().unwrap_or_else(PoisonError::into_inner).found = Some(answer);
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{OpenOptions, open};
    use crate::decode::Registry;
    use crate::session::Session;
    use std::path::Path;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    /// A screen that is not shown takes nothing: answers must not pile up.
    #[test]
    fn nobody_is_told_what_nobody_takes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/http.pcap");
        let source = open(&path, &OpenOptions::default()).unwrap();
        let session = Session::start(source, Arc::new(Registry::default()));
        session.wait_for(u64::MAX);
        let looks = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&looks);
        // There is always more to find.
        let look = move |_: &Handle, wish: &u64, _: GoOn<'_>| {
            counted.fetch_add(1, Relaxed);
            Some((*wish, false))
        };
        let survey = Survey::start("test", session.handle(), Waker::new().0, 7, look);
        let until = |ready: &dyn Fn() -> bool| {
            let start = Instant::now();
            while !ready() {
                assert!(start.elapsed() < Duration::from_secs(20));
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        until(&|| looks.load(Relaxed) == 1);
        std::thread::sleep(3 * PACE);
        assert_eq!(looks.load(Relaxed), 1, "the first answer was not taken");
        // Something else is looked for at once, and its answer takes the place.
        survey.want(8);
        until(&|| looks.load(Relaxed) == 2);
        until(&|| survey.newest() == Some(8));
        // Taken answers are followed by others.
        until(&|| survey.newest().is_some() && looks.load(Relaxed) >= 4);
    }
}
