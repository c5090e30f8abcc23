//! The thread that watches sockets while a capture runs.
//!
//! Owns when the kernel is asked and what is remembered of sockets that are
//! gone. It asks more often while flows begin, as fast as its share of the
//! machine allows, and rarely when nothing happens.

use super::linux::{Diag, Processes, Scan, Trace, Users};
use super::matching::{find_bound, passed};
use super::owners::Word;
use super::{Ends, Found, Holder, Owner, Owners, Quality, Seen, Socket, Table, find};
use crate::base::Timestamp;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rustix::time::{ClockId, clock_gettime};
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Flows that may wait to be looked at.
const QUEUE: usize = 16_384;
/// Ends whose sockets are followed.
const OPEN: usize = 65_536;
/// Sockets that are remembered after they are gone, and how long.
const PAST: usize = 4096;
const MEMORY: Duration = Duration::from_secs(30);
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
/// How much later than the kernel's word a flow's first packet may come.
const LATE: Duration = Duration::from_secs(2);
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
    trace: Option<Trace>,
    processes: Processes,
    users: Users,
    owners: &'a Owners,
    table: Table,
    /// Cookies and inodes of `table`.
    present: HashSet<u64>,
    inodes: HashSet<u32>,
    /// Sockets that are gone, as a table, and since when.
    gone: VecDeque<(Instant, Socket)>,
    past: Table,
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
            trace: None,
            processes: Processes::default(),
            users: Users::read(),
            owners,
            table: Table::default(),
            present: HashSet::new(),
            inodes: HashSet::new(),
            gone: VecDeque::new(),
            past: Table::default(),
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
        self.trace = Trace::start();
        self.owners.tell(|status| status.watching = true);
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
            Word::Met(ends, at, sent) => self.meet(ends, at, sent),
            Word::Look(waiting) => self.waiting.push(waiting),
        }
    }

    /// Takes note of an end, if it is of this machine.
    fn meet(&mut self, ends: Ends, at: Timestamp, sent: bool) {
        if !self.is_local(ends.local.ip()) {
            return;
        }
        self.last_met = Some(Instant::now());
        let owner = Owner::unknown();
        if self.open.len() < OPEN {
            let open = Open { since: at, met: Instant::now(), sent, owner: owner.clone() };
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
            Ok(sockets) => self.replace(sockets, ended),
            Err(why) => return self.owners.tell(|status| status.trouble = Some(why)),
        }
        self.find_holders();
        self.match_all();
    }

    /// The new snapshot; what was in the last one and is not in it is past.
    fn replace(&mut self, sockets: Vec<Socket>, ended: Vec<Socket>) {
        let now = Instant::now();
        let before = std::mem::replace(&mut self.table, Table::new(sockets));
        let present: HashSet<u64> = self.table.iter().map(|socket| socket.cookie).collect();
        let mut changed = false;
        let mut forget = |gone: &mut VecDeque<(Instant, Socket)>, socket: Socket| {
            gone.push_back((now, socket));
            changed = true;
        };
        for socket in before.iter().filter(|socket| !present.contains(&socket.cookie)) {
            forget(&mut self.gone, *socket);
        }
        // Too short-lived for any snapshot; the word of an end may come late.
        let mut known: HashSet<u64> = if ended.is_empty() { HashSet::new() } else { present.clone() };
        known.extend(self.gone.iter().map(|(_, socket)| socket.cookie));
        for socket in ended {
            if socket.local.port() != 0 && known.insert(socket.cookie) {
                forget(&mut self.gone, socket);
            }
        }
        while self.gone.len() > PAST || self.gone.front().is_some_and(|(at, _)| at.elapsed() > MEMORY) {
            self.gone.pop_front();
            changed = true;
        }
        if changed {
            // The newest first: of two that fit equally it is found.
            self.past = Table::new(self.gone.iter().rev().map(|(_, socket)| *socket).collect());
        }
        self.inodes = self.table.iter().map(|socket| socket.inode).filter(|inode| *inode != 0).collect();
        self.present = present;
    }

    /// Scans processes for inodes whose holders are not known.
    fn find_holders(&mut self) {
        let wanted = |processes: &Processes, tried: &HashMap<u32, u8>, inode: &u32| {
            processes.holders(*inode).is_none() && tried.get(inode).is_none_or(|tries| *tries < TRIES)
        };
        let unknown: Vec<u32> =
            self.inodes.iter().copied().filter(|inode| wanted(&self.processes, &self.tried, inode)).collect();
        if unknown.is_empty() {
            return;
        }
        let [next_new, next_all] = self.next_scans;
        if next_new <= Instant::now() && unknown.iter().any(|inode| !self.tried.contains_key(inode)) {
            self.next_scans[0] = Instant::now() + self.scan(Scan::New) * REST_NEW;
            unknown.iter().for_each(|inode| _ = self.tried.entry(*inode).or_default());
        }
        let left = unknown.iter().any(|inode| self.processes.holders(*inode).is_none());
        if left && next_all <= Instant::now() {
            self.next_scans[1] = Instant::now() + self.scan(Scan::All) * REST_ALL;
            unknown.iter().for_each(|inode| *self.tried.entry(*inode).or_default() += 1);
        }
        let past: HashSet<u32> = self.gone.iter().map(|(_, socket)| socket.inode).collect();
        let inodes = &self.inodes;
        self.processes.keep(|inode| inodes.contains(&inode) || past.contains(&inode));
        self.tried.retain(|inode, _| inodes.contains(inode));
        let (hidden, no_processes) = (self.processes.hidden(), self.processes.trouble());
        self.owners.tell(|status| (status.hidden, status.no_processes) = (hidden, no_processes));
    }

    /// Gives what it cost.
    fn scan(&mut self, scan: Scan) -> Duration {
        let began = used();
        self.processes.scan(scan);
        let cost = used().saturating_sub(began);
        self.scanned += cost;
        cost
    }

    /// Looks up every open end; lets go of those about which nothing more can be learnt.
    fn match_all(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        open.retain(|ends, open| {
            let owner = self.heard(ends, open.met, self.owner(ends, &open.owner)).sending(open.sent);
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

    /// Whose an end is by the newest snapshot, by those before, or as it was known.
    fn owner(&self, ends: &Ends, known: &Owner) -> Owner {
        let now = find(&self.table, ends);
        let past = find(&self.past, ends).filter(|past| now.is_none_or(|now| past.quality > now.quality));
        let (table, found, seen) = match (past, now) {
            (Some(past), _) => (&self.past, past, Seen::Earlier),
            (None, Some(now)) => (&self.table, now, Seen::Now),
            (None, None) => return known.past().settled(),
        };
        if found.quality < known.quality {
            // What was known better is gone.
            return known.past();
        }
        let Some(socket) = table.get(found.place) else { return known.clone() };
        let owner = self.described(socket, (ends, found), seen);
        if socket.inode == 0 && owner.quality == Quality::Exact {
            return self.let_go(ends, owner, known);
        }
        if owner.holders.is_empty() && !known.holders.is_empty() && owner.quality == known.quality {
            return known.past();
        }
        owner
    }

    /// With the process that opened or closed the connection, where no look
    /// saw who holds its socket and the kernel told it since.
    fn heard(&self, ends: &Ends, met: Instant, owner: Owner) -> Owner {
        if owner.quality == Quality::Exact && !owner.holders.is_empty() {
            return owner;
        }
        let heard = self.trace.as_ref().and_then(|trace| trace.heard(ends));
        // Ports are used again: what is older is of another connection.
        let Some(heard) = heard.filter(|heard| heard.at + LATE > met) else { return owner };
        let uid = heard.holder.process.uid;
        let seen = owner.socket.filter(|socket| owner.quality == Quality::Exact && socket.inode != 0);
        let socket = seen.or(heard.socket).unwrap_or(Socket {
            protocol: ends.protocol,
            local: ends.local,
            remote: Some(ends.remote),
            v6: ends.local.is_ipv6(),
            v6_only: false,
            interface: 0,
            state: 0,
            receive_queue: 0,
            send_queue: 0,
            uid: uid.unwrap_or(0),
            inode: 0,
            cookie: 0,
        });
        Owner {
            quality: Quality::Exact,
            seen: Seen::Traced,
            user: uid.and_then(|uid| self.users.name(uid)),
            holders: [heard.holder].into(),
            others: 0,
            passed: passed(&self.table, ends, &socket, Quality::Exact),
            socket: Some(socket),
        }
    }

    /// Of a connection that no process holds any more, or none yet: who held
    /// it, else who listens for it.
    fn let_go(&self, ends: &Ends, owner: Owner, known: &Owner) -> Owner {
        let before = find(&self.past, ends).filter(|past| past.quality == Quality::Exact);
        let before = before.and_then(|past| {
            let socket = self.past.get(past.place)?;
            Some(self.described(socket, (ends, past), Seen::Earlier))
        });
        let held = |owner: &&Owner| owner.quality == Quality::Exact && !owner.holders.is_empty();
        let (Some(now), Some(held)) =
            (owner.socket, [Some(known), before.as_ref()].into_iter().flatten().find(held))
        else {
            let listener = find_bound(&self.table, ends).and_then(|found| {
                let socket = self.table.get(found.place)?;
                Some(self.described(socket, (ends, found), Seen::Now))
            });
            return listener.filter(|listener| !listener.holders.is_empty()).unwrap_or(owner);
        };
        let socket = held.socket.map_or(now, |then| Socket { inode: then.inode, uid: then.uid, ..now });
        Owner { socket: Some(socket), ..held.past() }
    }

    fn described(&self, socket: &Socket, (ends, found): (&Ends, Found), seen: Seen) -> Owner {
        Owner {
            passed: passed(&self.table, ends, socket, found.quality),
            quality: found.quality,
            seen,
            socket: Some(*socket),
            holders: self.holders(socket.inode),
            user: (socket.inode != 0).then(|| self.users.name(socket.uid)).flatten(),
            others: found.others,
        }
    }

    fn holders(&self, inode: u32) -> Arc<[Holder]> {
        self.processes.holders(inode).filter(|_| inode != 0).unwrap_or_default()
    }
}

impl Owner {
    /// Datagrams come to the socket with the bound address, but one on all
    /// addresses sends from that address as well.
    fn sending(self, sent: bool) -> Owner {
        let may_be = if sent && self.quality == Quality::Bound { self.passed.len() as u32 } else { 0 };
        Owner { others: self.others.max(may_be), ..self }
    }

    /// As it was known, when it is gone.
    fn past(&self) -> Owner {
        let seen = if self.seen == Seen::Traced { Seen::Traced } else { Seen::Earlier };
        Owner { seen, ..self.clone() }
    }

    /// An end without a socket was not seen earlier either.
    fn settled(self) -> Owner {
        if self.socket.is_none() { Owner::unknown() } else { self }
    }
}

/// All sockets of this machine at one moment, with their processes.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Each socket as its own owner would be told.
    pub sockets: Vec<Owner>,
    /// Why no process is known.
    pub no_processes: Option<String>,
    /// Processes whose descriptors this user may not see.
    pub hidden: usize,
}

/// Takes a snapshot, or says why there is none.
pub fn snapshot() -> Result<Snapshot, String> {
    let table = Table::new(Diag::open()?.sockets()?);
    let mut processes = Processes::default();
    processes.scan(Scan::All);
    let users = Users::read();
    let owner = |socket: &Socket| Owner {
        quality: Quality::Exact,
        seen: Seen::Now,
        socket: Some(*socket),
        holders: processes.holders(socket.inode).filter(|_| socket.inode != 0).unwrap_or_default(),
        user: (socket.inode != 0).then(|| users.name(socket.uid)).flatten(),
        others: 0,
        passed: Arc::default(),
    };
    let (no_processes, hidden) = (processes.trouble(), processes.hidden());
    Ok(Snapshot { sockets: table.iter().map(owner).collect(), no_processes, hidden })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::sockets::UDP;

    fn socket(cookie: u64, inode: u32) -> Socket {
        Socket {
            protocol: UDP,
            local: "0.0.0.0:5555".parse().unwrap(),
            remote: None,
            v6: false,
            v6_only: false,
            interface: 0,
            state: 7,
            receive_queue: 0,
            send_queue: 0,
            uid: 0,
            inode,
            cookie,
        }
    }

    fn ends() -> Ends {
        Ends {
            protocol: UDP,
            local: "10.0.0.1:5555".parse().unwrap(),
            remote: "10.0.0.2:53".parse().unwrap(),
        }
    }

    /// A watch that was shown these snapshots and ends, one after another.
    fn shown(owners: &Owners, steps: Vec<(Vec<Socket>, Vec<Socket>)>) -> Option<Socket> {
        let diag = match Diag::open() {
            Ok(diag) => diag,
            Err(why) => {
                println!("skipped: {why}");
                return None;
            }
        };
        let mut watching = Watching::new(diag, owners);
        let mut owner = Owner::unknown();
        for (sockets, ended) in steps {
            watching.replace(sockets, ended);
            owner = watching.owner(&ends(), &owner);
        }
        assert_eq!(owner.seen, Seen::Earlier);
        owner.socket
    }

    #[test]
    fn a_late_word_of_an_end_does_not_hide_who_held_the_socket() {
        let owners = Owners::default();
        let steps = vec![(vec![socket(1, 77)], vec![]), (vec![], vec![]), (vec![], vec![socket(1, 0)])];
        if let Some(socket) = shown(&owners, steps) {
            assert_eq!(socket.inode, 77);
        }
    }

    /// The wildcard socket may have sent it: that must not be told as certain.
    #[test]
    fn who_sends_from_a_shared_port_is_not_certain() {
        let passed = Arc::from(["0.0.0.0:5555".parse().unwrap()]);
        let bound = Owner { quality: Quality::Bound, passed, ..Owner::unknown() };
        assert_eq!(bound.clone().sending(false).others, 0);
        assert_eq!(bound.clone().sending(true).others, 1);
        assert_eq!(bound.sending(true).sending(true).others, 1, "every look asks again");
    }

    #[test]
    fn a_socket_that_no_snapshot_saw_is_known_by_its_end() {
        let owners = Owners::default();
        if let Some(socket) = shown(&owners, vec![(vec![], vec![socket(5, 0)])]) {
            assert_eq!(socket.cookie, 5);
        }
    }
}
