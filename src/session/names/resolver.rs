//! Asks this machine's resolver for the names that a capture does not tell, when
//! a person wants that.
//!
//! Owns which addresses are asked for, each once, the threads that wait for
//! answers, and what came of them. Nobody else waits: a thread that hangs is left
//! behind. Knows nothing of what the capture tells.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Threads that wait for answers.
const THREADS: usize = 4;
/// Addresses whose outcome is kept; what is more is never asked for, only counted.
const MAX_KNOWN: usize = 1 << 16;
/// Bytes of a name (RFC 1035, 2.3.4, as text with every byte escaped).
const MAX_LONG: usize = 1024;

/// Who is asked. It may take its time.
pub trait Resolve: Send + Sync {
    /// The name of an address, if it has one.
    fn name(&self, address: IpAddr) -> Option<String>;
}

/// The resolver of this machine, as all its programs use it: a list of hosts, then
/// the network.
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn name(&self, address: IpAddr) -> Option<String> {
        dns_lookup::lookup_addr(&address).ok()
    }
}

/// What is known of an address.
enum Known {
    /// It waits, or an answer is waited for.
    Waiting,
    Named(Arc<str>),
    Nameless,
}

#[derive(Default)]
struct State {
    known: HashMap<IpAddr, Known, foldhash::fast::RandomState>,
    /// The newest are asked for first.
    waiting: VecDeque<IpAddr>,
    asking: usize,
    threads: usize,
    /// What the capture tells is known: what else is wanted may be asked for.
    is_open: bool,
    /// Nobody wants names for now.
    is_held: bool,
    stop: bool,
    not_asked: u64,
}

impl State {
    /// Takes back what nobody was asked yet.
    fn forget(&mut self) {
        for address in std::mem::take(&mut self.waiting) {
            self.known.remove(&address);
        }
    }
}

struct Inner {
    state: Mutex<State>,
    /// There is something to ask, or an end.
    work: Condvar,
    /// An answer has come.
    answer: Condvar,
    version: AtomicU64,
    /// Most addresses that wait.
    room: usize,
    resolve: Arc<dyn Resolve>,
    told: Box<dyn Fn() + Send + Sync>,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let address = {
                let idle = |state: &mut State| !state.stop && state.waiting.is_empty();
                let guard = self.work.wait_while(self.state(), idle);
                let mut state = guard.unwrap_or_else(PoisonError::into_inner);
                let next = state.waiting.pop_back().filter(|_| !state.stop);
                let Some(address) = next else { return };
                state.asking += 1;
                address
            };
            let name = self.resolve.name(address).filter(|name| !name.is_empty() && name.len() <= MAX_LONG);
            let known = name.map_or(Known::Nameless, |name| Known::Named(name.to_ascii_lowercase().into()));
            let is_named = matches!(known, Known::Named(_));
            self.state().known.insert(address, known);
            if is_named {
                self.version.fetch_add(1, Relaxed);
                (self.told)();
            }
            // Who waits finds everything told.
            self.state().asking -= 1;
            self.answer.notify_all();
        }
    }
}

/// Asks on threads of its own. Dropping it ends them, as soon as they have their answer.
pub(super) struct Resolver(Arc<Inner>);

impl Resolver {
    /// Will ask `resolve` once it is opened; `told` is called when a name has come. No
    /// more than `room` addresses wait: the oldest are let go, and asked for when
    /// they are wanted again.
    pub fn new(resolve: Arc<dyn Resolve>, room: usize, told: Box<dyn Fn() + Send + Sync>) -> Resolver {
        Resolver(Arc::new(Inner {
            state: Mutex::default(),
            work: Condvar::new(),
            answer: Condvar::new(),
            version: AtomicU64::new(0),
            room,
            resolve,
            told,
        }))
    }

    /// The name of an address if it has come. If it was never asked for, it is now.
    pub fn name(&self, address: IpAddr) -> Option<Arc<str>> {
        let mut state = self.0.state();
        match state.known.get(&address) {
            Some(Known::Named(name)) => return Some(Arc::clone(name)),
            Some(Known::Waiting | Known::Nameless) => return None,
            None => {}
        }
        if !state.is_open || state.is_held || state.stop || !is_of_one(address) {
            return None;
        }
        if state.known.len() >= MAX_KNOWN {
            state.not_asked += 1;
            return None;
        }
        state.known.insert(address, Known::Waiting);
        state.waiting.push_back(address);
        if state.waiting.len() > self.0.room
            && let Some(oldest) = state.waiting.pop_front()
        {
            state.known.remove(&oldest);
        }
        if state.threads < THREADS.min(state.waiting.len() + state.asking) {
            let inner = Arc::clone(&self.0);
            let run = move || inner.run();
            // Without a thread nobody is asked, and addresses stay what they are.
            let started = std::thread::Builder::new().name("resolver".to_owned()).spawn(run);
            state.threads += usize::from(started.is_ok());
        }
        drop(state);
        self.0.work.notify_one();
        None
    }

    /// All that the capture tells is known.
    pub fn open(&self) {
        let mut state = self.0.state();
        if !std::mem::replace(&mut state.is_open, true) {
            self.0.version.fetch_add(1, Relaxed);
            drop(state);
            (self.0.told)();
        }
    }

    pub fn is_open(&self) -> bool {
        self.0.state().is_open
    }

    /// Names are not wanted for now, or again.
    pub fn hold(&self, is_held: bool) {
        let mut state = self.0.state();
        state.is_held = is_held;
        if is_held {
            state.forget();
        }
        self.0.version.fetch_add(1, Relaxed);
    }

    /// Moves when there is something new to see.
    pub fn version(&self) -> u64 {
        self.0.version.load(Relaxed)
    }

    /// Waits until everything is answered, but no longer than this.
    pub fn wait(&self, most: Duration) {
        let end = Instant::now() + most;
        let mut state = self.0.state();
        while state.asking > 0 || !state.waiting.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.0.answer.wait_timeout(state, left);
            state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |waited| waited.0);
        }
    }

    /// Addresses for which no answer has come, and those that were too many to ask for.
    pub fn unanswered(&self) -> (u64, u64) {
        let state = self.0.state();
        ((state.asking + state.waiting.len()) as u64, state.not_asked)
    }

    /// Asks no more.
    pub fn close(&self) {
        let mut state = self.0.state();
        state.forget();
        state.stop = true;
        drop(state);
        self.0.work.notify_all();
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whether an address may be that of one host.
fn is_of_one(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !(address.is_multicast() || address.is_unspecified() || broadcast)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Knows a few addresses; hangs on one until it is let go.
    #[derive(Default)]
    struct Few {
        asked: Mutex<Vec<IpAddr>>,
        gate: Mutex<bool>,
        opened: Condvar,
    }

    const HANGS: &str = "192.0.2.99";

    impl Resolve for Few {
        fn name(&self, address: IpAddr) -> Option<String> {
            self.asked.lock().unwrap().push(address);
            if address == ip(HANGS) {
                let shut = self.gate.lock().unwrap();
                let _opened = self.opened.wait_while(shut, |open| !*open).unwrap();
            }
            (address == ip("192.0.2.1")).then(|| "One.Example".to_owned())
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn resolver(few: &Arc<Few>, room: usize) -> (Resolver, Arc<AtomicUsize>) {
        let told = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&told);
        let told_one = Box::new(move || {
            counted.fetch_add(1, Relaxed);
        });
        (Resolver::new(few.clone(), room, told_one), told)
    }

    #[test]
    fn asks_each_address_once_and_only_when_it_may() {
        let few = Arc::new(Few::default());
        let (resolver, told) = resolver(&few, 100);
        assert_eq!(resolver.name(ip("192.0.2.1")), None);
        resolver.wait(Duration::from_secs(20));
        assert!(few.asked.lock().unwrap().is_empty(), "the capture may yet tell it");
        resolver.open();
        resolver.hold(true);
        assert_eq!(resolver.name(ip("192.0.2.1")), None);
        assert!(resolver.0.state().known.is_empty(), "nobody wants names");
        resolver.hold(false);
        let before = resolver.version();
        for _ in 0..3 {
            for address in ["192.0.2.1", "192.0.2.2", "224.0.0.251", "255.255.255.255", "::", "ff02::1"] {
                resolver.name(ip(address));
            }
        }
        resolver.wait(Duration::from_secs(20));
        let mut asked = few.asked.lock().unwrap().clone();
        asked.sort();
        assert_eq!(asked, [ip("192.0.2.1"), ip("192.0.2.2")]);
        assert_eq!(resolver.name(ip("192.0.2.1")).as_deref(), Some("one.example"));
        assert_eq!(resolver.name(ip("192.0.2.2")), None);
        assert_eq!(few.asked.lock().unwrap().len(), 2, "an address without a name was asked for again");
        assert!(resolver.version() > before);
        assert_eq!(told.load(Relaxed), 2, "opened, and one name");
    }

    /// A resolver that never answers holds up neither those that wait for it nor the end.
    #[test]
    fn who_waits_for_a_dead_resolver_waits_no_longer_than_told() {
        let few = Arc::new(Few::default());
        let (resolver, _) = resolver(&few, 100);
        resolver.open();
        resolver.name(ip(HANGS));
        let start = Instant::now();
        resolver.wait(Duration::from_millis(50));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(resolver.unanswered(), (1, 0));
        // Others are asked meanwhile.
        resolver.name(ip("192.0.2.1"));
        let until = Instant::now() + Duration::from_secs(20);
        while resolver.name(ip("192.0.2.1")).is_none() {
            assert!(Instant::now() < until, "one that hangs holds up all");
            std::thread::sleep(Duration::from_millis(2));
        }
        let start = Instant::now();
        drop(resolver);
        assert!(start.elapsed() < Duration::from_secs(10), "the end waited for an answer");
        *few.gate.lock().unwrap() = true;
        few.opened.notify_all();
    }

    /// What is seen now comes before what was seen once.
    #[test]
    fn the_oldest_that_wait_are_let_go() {
        let few = Arc::new(Few::default());
        let (resolver, _) = resolver(&few, 3);
        resolver.0.state().threads = THREADS;
        resolver.open();
        let all: Vec<IpAddr> = (1..=5).map(|last| IpAddr::from([192, 0, 2, last])).collect();
        for address in &all {
            resolver.name(*address);
        }
        let state = resolver.0.state();
        assert_eq!(state.waiting.iter().copied().collect::<Vec<_>>(), all[2..]);
        assert_eq!(state.known.len(), 3, "what was let go is asked for when it is wanted again");
    }
}
