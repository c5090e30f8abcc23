//! Threads that work for the screen, so that it never waits: what is wanted of
//! one, the newest wish alone, and what it answers.
//!
//! Owns the threads, and how they begin, wait and end. Knows nothing of what they do.

use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tells the event loop to look again. One word that waits says all.
#[derive(Clone)]
pub struct Waker(Sender<()>);

impl Waker {
    /// A waker and the end that the event loop listens on.
    pub fn new() -> (Waker, Receiver<()>) {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        (Waker(sender), receiver)
    }

    /// There is something to see.
    pub fn wake(&self) {
        let _ = self.0.try_send(());
    }
}

struct State<W> {
    /// What was wanted last, if anything ever was.
    wish: Option<W>,
    /// The thread has not taken it yet.
    is_new: bool,
    stop: bool,
}

/// What is wanted; the screen and the thread hold it both.
struct Wanted<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

impl<W> Wanted<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that works for the screen. Dropping it ends the thread.
pub struct Worker<W, A> {
    wanted: Arc<Wanted<W>>,
    answers: Receiver<A>,
}

impl<W: Send + 'static, A: Send + 'static> Worker<W, A> {
    /// Starts the thread, which `work`s until its end of the wishes tells that nobody
    /// listens any more. Without a thread no answer ever comes.
    pub fn start(
        name: &str,
        waker: Waker,
        first: Option<W>,
        work: impl FnOnce(&Wishes<W, A>) -> Option<()> + Send + 'static,
    ) -> Worker<W, A> {
        let (sender, answers) = unbounded();
        let state = State { is_new: first.is_some(), wish: first, stop: false };
        let wanted = Arc::new(Wanted { state: Mutex::new(state), changed: Condvar::new() });
        let wishes = Wishes { wanted: Arc::clone(&wanted), answers: sender, waker };
        let run = move || work(&wishes).unwrap_or_default();
        let _ = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        Worker { wanted, answers }
    }

    /// What is wanted now, though it may have been wanted before; older wishes are forgotten.
    pub fn ask(&self, wish: W) {
        let mut state = self.wanted.lock();
        (state.wish, state.is_new) = (Some(wish), true);
        self.wanted.changed.notify_one();
    }

    /// The same, where it is another than the last.
    pub fn want(&self, wish: W)
    where
        W: PartialEq,
    {
        if self.wanted.lock().wish.as_ref() != Some(&wish) {
            self.ask(wish);
        }
    }

    /// The thread has taken the last wish.
    pub fn is_taken(&self) -> bool {
        !self.wanted.lock().is_new
    }

    /// Answers that have come.
    pub fn answers(&self) -> impl Iterator<Item = A> {
        self.answers.try_iter()
    }
}

impl<W, A> Drop for Worker<W, A> {
    fn drop(&mut self) {
        self.wanted.lock().stop = true;
        self.wanted.changed.notify_one();
    }
}

/// The thread's end: what it is to do, and whom it tells. `None`: it is to end.
pub struct Wishes<W, A> {
    wanted: Arc<Wanted<W>>,
    answers: Sender<A>,
    waker: Waker,
}

impl<W: Clone, A> Wishes<W, A> {
    /// Waits for the next wish.
    pub fn next(&self) -> Option<W> {
        let idle = |state: &mut State<W>| !state.is_new && !state.stop;
        let waited = self.wanted.changed.wait_while(self.wanted.lock(), idle);
        taken(waited.unwrap_or_else(PoisonError::into_inner)).map(|(wish, _)| wish)
    }

    /// The same, `rest` long at most once there was one: gives the last one then, and
    /// whether it is new.
    pub fn next_within(&self, rest: Duration) -> Option<(W, bool)> {
        let state = self.wanted.lock();
        if state.wish.is_none() {
            drop(state);
            return self.next().map(|wish| (wish, true));
        }
        let idle = |state: &mut State<W>| !state.is_new && !state.stop;
        let waited = self.wanted.changed.wait_timeout_while(state, rest, idle);
        taken(waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0))
    }

    /// The wish that was taken last is still the newest.
    pub fn is_current(&self) -> bool {
        let state = self.wanted.lock();
        !state.is_new && !state.stop
    }

    /// The newest wish passes a test.
    pub fn still(&self, test: impl FnOnce(&W) -> bool) -> bool {
        let state = self.wanted.lock();
        !state.stop && state.wish.as_ref().is_some_and(test)
    }

    /// Nobody has taken what was told last.
    pub fn is_untaken(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Tells what was found.
    pub fn tell(&self, answer: A) -> Option<()> {
        self.answers.send(answer).ok()?;
        self.waker.wake();
        Some(())
    }
}

fn taken<W: Clone>(mut state: MutexGuard<'_, State<W>>) -> Option<(W, bool)> {
    if state.stop {
        return None;
    }
    let is_new = std::mem::take(&mut state.is_new);
    Some((state.wish.clone()?, is_new))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a thread may take for what it does at once.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn next<W: Send + 'static, A: Send + 'static>(worker: &Worker<W, A>) -> A {
        worker.answers.recv_timeout(PATIENCE).unwrap()
    }

    #[test]
    fn the_newest_wish_alone_is_worked_at() {
        let (begun, begins) = crossbeam_channel::bounded(0);
        let work = move |wishes: &Wishes<u32, (u32, bool)>| loop {
            let wish = wishes.next()?;
            begins.recv().ok()?;
            wishes.tell((wish, wishes.is_current()))?;
        };
        let worker = Worker::start("test", Waker::new().0, None, work);
        worker.want(1);
        while !worker.is_taken() {
            std::thread::yield_now();
        }
        worker.want(2);
        worker.want(3);
        begun.send(()).unwrap();
        assert_eq!(next(&worker), (1, false), "others are wanted meanwhile");
        begun.send(()).unwrap();
        assert_eq!(next(&worker), (3, true));
        // What was wanted last is not worked at again, unless it is asked for.
        worker.want(3);
        assert!(worker.is_taken());
        worker.ask(3);
        begun.send(()).unwrap();
        assert_eq!(next(&worker), (3, true));
    }

    #[test]
    fn a_thread_looks_again_and_ends_with_its_worker() {
        let (ended, ends) = crossbeam_channel::bounded::<()>(1);
        let work = move |wishes: &Wishes<u32, (u32, bool)>| {
            let _ended = ended;
            loop {
                let next = wishes.next_within(Duration::from_millis(1))?;
                assert!(wishes.still(|wish| *wish == next.0));
                wishes.tell(next)?;
            }
        };
        let worker = Worker::start("test", Waker::new().0, None, work);
        assert!(worker.answers.recv_timeout(Duration::from_millis(50)).is_err(), "nothing was wanted");
        worker.want(7);
        assert_eq!((next(&worker), next(&worker)), ((7, true), (7, false)));
        drop(worker);
        assert_eq!(ends.recv_timeout(PATIENCE), Err(crossbeam_channel::RecvTimeoutError::Disconnected));
    }
}
