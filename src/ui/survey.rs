//! A worker that looks over the whole capture and tells what it found: again
//! whenever something else is wanted or the analysis has gone on.
//!
//! Owns how often it looks: four times a second at most, seldom
//! enough to leave most of its processor to others, and not at all while nobody
//! takes what it found. Knows nothing of what is looked for.

use super::worker::{Waker, Wishes, Worker};
use crate::session::{GoOn, Handle};
use std::time::{Duration, Instant};

/// Least time between two looks.
const PACE: Duration = Duration::from_millis(250);
/// A look may take one part in so many of the time.
const SHARE: u32 = 8;

/// Looks at the capture for a wish. Gives what it found and whether that is
/// all there is so far; `None` when told not to go on.
pub trait Look<W, F>: FnMut(&Handle, &W, GoOn<'_>) -> Option<(F, bool)> + Send + 'static {}

impl<W, F, T: FnMut(&Handle, &W, GoOn<'_>) -> Option<(F, bool)> + Send + 'static> Look<W, F> for T {}

/// Looks on a thread of its own.
pub struct Survey<W, F> {
    worker: Worker<W, F>,
}

impl<W: Clone + PartialEq + Send + 'static, F: Send + 'static> Survey<W, F> {
    /// Starts the thread. Without one nothing is ever found.
    pub fn start(name: &str, session: Handle, waker: Waker, wish: W, look: impl Look<W, F>) -> Survey<W, F> {
        let work = move |wishes: &Wishes<W, F>| work(&session, wishes, look);
        Survey { worker: Worker::start(name, waker, Some(wish), work) }
    }

    /// What is wanted now.
    pub fn want(&self, wish: W) {
        self.worker.want(wish);
    }

    /// The newest answer, if one has come.
    pub fn newest(&self) -> Option<F> {
        self.worker.answers().last()
    }
}

fn work<W: Clone, F>(session: &Handle, wishes: &Wishes<W, F>, mut look: impl Look<W, F>) -> Option<()> {
    let (mut seen, mut rest) = (None, PACE);
    loop {
        let (wish, is_new) = wishes.next_within(rest)?;
        let analysed = session.progress().analysed;
        if !is_new && (seen == Some(analysed) || wishes.is_untaken()) {
            continue;
        }
        seen = Some(analysed);
        let start = Instant::now();
        let Some((answer, is_all)) = look(session, &wish, &|| wishes.is_current()) else { continue };
        if is_all {
            rest = PACE.max(start.elapsed() * SHARE);
        } else {
            // What is left has an end: nobody is to wait for it eight times as long.
            (seen, rest) = (None, PACE);
        }
        wishes.tell(answer)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{OpenOptions, open};
    use crate::decode::Registry;
    use crate::session::Session;
    use std::path::Path;
    use std::sync::Arc;
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
