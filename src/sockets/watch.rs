//! The thread that watches sockets while a capture runs.
//!
//! Owns when the kernel is asked, and for which ends. It asks more often while flows begin, as fast as its share of the
//! machine allows, and rarely when nothing happens.

use super::linux::{Diag, Processes, Scan, Trace, Users};
use super::owners::Word;
use super::sight::Sight;
use super::{Ends, Owner, Owners, Quality, Seen};
use crate::base::Timestamp;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rustix::time::{ClockId, clock_gettime};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Flows that may wait to be looked at.
const QUEUE: usize = 16_384;
/// Ends whose sockets are followed.
const OPEN: usize = 65_536;
/// How long a socket is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Flows began this recently: look often.
const BUSY: Duration = Duration::from_secs(3);
/// The shortest and the longest time between two looks, busy and idle.
const OFTEN: Duration = Duration::from_millis(15);
const RARELY: Duration = Duration::from_secs(1);
/// A look is followed by this many times of what it cost the processor as rest: at
/// most 5 % while busy, 0.5 % while idle. Scans of processes have a share of
/// their own, or they would delay the looks.
const REST_BUSY: u32 = 20;
const REST_IDLE: u32 = 200;
/// Scans of new processes take at most 3 %, of all at most 2 %.
const REST_NEW: u32 = 30;
const REST_ALL: u32 = 50;
/// Looks for the holders of an inode; the first ones only in new processes.
const TRIES: u8 = 4;
/// How long the addresses of this machine are believed.
const ADDRESSES: Duration = Duration::from_secs(5);

/// What this thread has used of a processor: what others use meanwhile is no
/// reason to look less often.
pub(super) fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A running watch. Dropping it ends the thread; what was found stays in
/// [`Watch::owners`].
#[derive(Debug)]
pub struct Watch {
    owners: Arc<Owners>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to watch. Where sockets cannot be had the table says so in its
    /// status and stays empty.
    pub fn start() -> Watch {
        let (words, heard) = bounded(QUEUE);
        let owners = Arc::new(Owners::watched(words));
        let (end, ended) = bounded(0);
        let of_thread = Arc::clone(&owners);
        let thread =
            std::thread::Builder::new().name("sockets".to_owned()).spawn(move || match Diag::open() {
                Ok(diag) => Watching::new(diag, &of_thread).run(&heard, &ended),
                Err(why) => of_thread.tell(|status| status.trouble = Some(why)),
            });
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                let why = format!("cannot start a thread: {error}");
                owners.tell(|status| status.trouble = Some(why));
                None
            }
        };
        Watch { owners, end: Some(end), thread }
    }

    /// What is found.
    pub fn owners(&self) -> Arc<Owners> {
        Arc::clone(&self.owners)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

/// An end whose socket is looked for or followed.
struct Open {
    since: Timestamp,
    met: Instant,
    /// It sent the flow's first packet.
    sent: bool,
    owner: Owner,
}

struct Watching<'a> {
    diag: Diag,
    sight: Sight,
    owners: &'a Owners,
    open: HashMap<Ends, Open>,
    /// Inodes without known holders, and how often they were looked for.
    tried: HashMap<u32, u8>,
    addresses: HashSet<IpAddr>,
    addresses_read: Option<Instant>,
    last_met: Option<Instant>,
    /// When new processes and all may be scanned again.
    next_scans: [Instant; 2],
    /// What scans cost in this look.
    scanned: Duration,
    waiting: Vec<Sender<()>>,
}

impl<'a> Watching<'a> {
    fn new(diag: Diag, owners: &'a Owners) -> Self {
        Watching {
            diag,
            sight: Sight::new(Users::read()),
            owners,
            open: HashMap::new(),
            tried: HashMap::new(),
            addresses: HashSet::new(),
            addresses_read: None,
            last_met: None,
            next_scans: [Instant::now(); 2],
            scanned: Duration::ZERO,
            waiting: Vec::new(),
        }
    }

    fn run(mut self, words: &Receiver<Word>, end: &Receiver<()>) {
        let trace = Trace::start();
        self.owners.tell(|status| {
            status.watching = true;
            status.untraced = trace.as_ref().err().map(|why| (*why).to_owned());
        });
        self.sight.trace = trace.ok();
        let mut last = Duration::ZERO;
        loop {
            let began = used();
            self.gather(words);
            self.scanned = Duration::ZERO;
            self.look();
            // Whoever waits for this look is told.
            self.waiting.clear();
            last = (last + used().saturating_sub(began + self.scanned)) / 2;
            if !self.wait(words, end, last) {
                return;
            }
        }
    }

    /// Rests; `false` when the watch is to end. A flow that begins ends an
    /// idle rest early.
    fn wait(&mut self, words: &Receiver<Word>, end: &Receiver<()>, cost: Duration) -> bool {
        let began = Instant::now();
        let busy = OFTEN.max(cost * REST_BUSY);
        let idle = RARELY.max(cost * REST_IDLE);
        // Not before: a look costs.
        if let Err(RecvTimeoutError::Disconnected) = end.recv_timeout(busy) {
            return false;
        }
        let is_busy = |last: Option<Instant>| last.is_some_and(|at| at.elapsed() < BUSY);
        while began.elapsed() < idle && !is_busy(self.last_met) && self.waiting.is_empty() {
            let rest = idle.saturating_sub(began.elapsed());
            crossbeam_channel::select! {
                recv(end) -> _ => return false,
                recv(words) -> word => match word {
                    Ok(word) => self.take(word),
                    Err(_) => return false,
                },
                default(rest) => {}
            }
        }
        true
    }

    fn gather(&mut self, words: &Receiver<Word>) {
        for word in words.try_iter().take(QUEUE) {
            self.take(word);
        }
    }

    fn take(&mut self, word: Word) {
        match word {
            Word::Met(ends, at, sent, met) => self.meet(ends, (at, met), sent),
            Word::Look(waiting) => self.waiting.push(waiting),
        }
    }

    /// Takes note of an end, if it is of this machine.
    fn meet(&mut self, ends: Ends, (at, met): (Timestamp, Instant), sent: bool) {
        if !self.is_local(ends.local.ip()) {
            return;
        }
        self.last_met = Some(Instant::now());
        let owner = Owner::unknown();
        if self.open.len() < OPEN {
            let open = Open { since: at, met, sent, owner: owner.clone() };
            self.open.insert(ends, open);
        } else {
            self.owners.tell(|status| status.let_go += 1);
        }
        self.owners.keep(ends, at, owner);
    }

    /// Groups that its members get belong to this machine as well.
    fn is_local(&mut self, address: IpAddr) -> bool {
        if address.is_loopback() || address.is_multicast() {
            return true;
        }
        if address.is_unspecified() {
            return false;
        }
        if self.addresses_read.is_none_or(|read| read.elapsed() > ADDRESSES) {
            self.addresses_read = Some(Instant::now());
            let interfaces = pnet::datalink::interfaces();
            let of_each = interfaces.iter().flat_map(|interface| &interface.ips);
            self.addresses = of_each.map(|network| network.ip()).collect();
        }
        self.addresses.contains(&address)
    }

    /// One look: sockets, their holders, the ends that they belong to.
    fn look(&mut self) {
        let mut ended = Vec::new();
        self.diag.destroyed(&mut ended);
        match self.diag.sockets() {
            Ok(sockets) => self.sight.replace(sockets, ended),
            Err(why) => return self.owners.tell(|status| status.trouble = Some(why)),
        }
        self.find_holders();
        // Whoever waits for this look is told of all that has happened before.
        if let Some(trace) = self.sight.trace.as_ref().filter(|_| !self.waiting.is_empty()) {
            trace.settle();
        }
        self.match_all();
    }

    /// Scans processes for inodes whose holders are not known.
    fn find_holders(&mut self) {
        let wanted = |processes: &Processes, tried: &HashMap<u32, u8>, inode: &u32| {
            processes.holders(*inode).is_none() && tried.get(inode).is_none_or(|tries| *tries < TRIES)
        };
        let Sight { processes, inodes, .. } = &self.sight;
        let unknown: Vec<u32> =
            inodes.iter().copied().filter(|inode| wanted(processes, &self.tried, inode)).collect();
        if unknown.is_empty() {
            return;
        }
        let [next_new, next_all] = self.next_scans;
        if next_new <= Instant::now() && unknown.iter().any(|inode| !self.tried.contains_key(inode)) {
            self.next_scans[0] = Instant::now() + self.scan(Scan::New) * REST_NEW;
            unknown.iter().for_each(|inode| _ = self.tried.entry(*inode).or_default());
        }
        let left = unknown.iter().any(|inode| self.sight.processes.holders(*inode).is_none());
        // Whoever waits for this look waits for no other: it finds what can be found.
        let asked = !self.waiting.is_empty();
        if left && (asked || next_all <= Instant::now()) {
            self.next_scans[1] = Instant::now() + self.scan(Scan::All) * REST_ALL;
            unknown.iter().for_each(|inode| *self.tried.entry(*inode).or_default() += 1);
        }
        self.sight.forget_holders();
        self.tried.retain(|inode, _| self.sight.inodes.contains(inode));
        let (hidden, no_processes) = (self.sight.processes.hidden(), self.sight.processes.trouble());
        self.owners.tell(|status| (status.hidden, status.no_processes) = (hidden, no_processes));
    }

    /// Gives what it cost.
    fn scan(&mut self, scan: Scan) -> Duration {
        let began = used();
        self.sight.processes.scan(scan);
        let cost = used().saturating_sub(began);
        self.scanned += cost;
        cost
    }

    /// Looks up every open end; lets go of those about which nothing more can be learnt.
    fn match_all(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        open.retain(|ends, open| {
            let owner = self.sight.owner(ends, &open.owner, open.met);
            let owner = self.sight.sending(ends, open.sent, owner);
            if owner != open.owner {
                self.owners.keep(*ends, open.since, owner.clone());
                open.owner = owner;
            }
            let lives = open.owner.seen == Seen::Now && open.owner.socket.is_some();
            // An accepted connection may still take the place of its listener.
            let settled = lives && open.owner.quality != Quality::Listener;
            settled || open.met.elapsed() < PATIENCE
        });
        self.open = open;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a watch that rests so long that what the kernel told of a flow looks older than the flow.
    #[test]
    fn a_flow_is_as_old_as_the_word_of_it() {
        let Ok(diag) = Diag::open() else { return println!("skipped: sockets are not told here") };
        let (owners, told) = (Owners::default(), Instant::now());
        std::thread::sleep(Duration::from_millis(2));
        let end = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let ends = Ends { protocol: 17, local: end(4000), remote: end(53) };
        let mut watching = Watching::new(diag, &owners);
        watching.take(Word::Met(ends, Timestamp(1), true, told));
        assert_eq!(watching.open[&ends].met, told);
    }
}
