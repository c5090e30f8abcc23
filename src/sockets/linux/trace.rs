//! The kernel's word of TCP connections, at the moment when a process opens or
//! closes one: the tracepoint `sock:inet_sock_set_state`. And of datagrams, as a process
//! has the way to their destination looked up: `fib:fib_table_lookup`, `fib6:fib6_table_lookup`.
//!
//! Owns the thread that hears it and whose each flow was. It sees what
//! lives too briefly for any look at all sockets; the descriptor is not in the
//! event and is looked for at once. Needs the right to trace (root);
//! without it nothing is heard and looks must do.

mod known;
mod layout;
mod names;

use self::known::Known;
use self::layout::{Change, Description, Layout, Lookup};
use self::names::{Names, process};
use super::diag::Diag;
use super::processes::descriptor;
use crate::sockets::watch::used;
use crate::sockets::{Ends, Heard, Holder, Process};
use crossbeam_channel::{Sender, bounded, unbounded};
use perf_event_open::config::{
    All, Cpu, ExtraRecord, Opts, RecordIdFormat, SampleFormat, SampleOn, WakeUp, WakeUpOn,
};
use perf_event_open::count::Counter;
use perf_event_open::event::tp::Tracepoint;
use perf_event_open::sample::Sampler;
use perf_event_open::sample::record::Record;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::ffi::CString;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Changes that a process itself brings about, and those that end an opening:
/// to SYN-SENT, FIN-WAIT-1, LAST-ACK; from SYN-SENT.
const FILTER: &str = "newstate == 2 || newstate == 4 || newstate == 9 || oldstate == 2";
const SYN_SENT: u32 = 2;
/// Lookups for datagrams that a socket sends, TCP's and those for packets that arrive left out.
const DATAGRAMS: &str = "proto == 17 && sport != 0 && dport != 0";
/// Descriptors that are looked for in one turn, of datagrams.
const LOOKS: u32 = 64;
/// Pages of each processor's buffer, as a power of two.
const PAGES: u8 = 6;
/// Connections that are being opened of which it is known who does; then all are forgotten.
const MOST: usize = 65_536;
/// Longest wait for a turn: what processes are called fills the buffers too, and wakes nobody.
const TURN: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
/// Descriptors of a process among which a connection's is looked for.
const DESCRIPTORS: usize = 256;
/// Events taken at a time.
const AT_ONCE: usize = 4096;
/// A turn is followed by this many times its duration of rest: at most 9 % of a processor.
const REST: u32 = 10;
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(50);

/// What is heard. Dropping it ends the thread.
pub(in crate::sockets) struct Trace {
    known: Arc<Known>,
    /// Those who wait until the thread has taken what there is.
    waiting: Sender<Sender<()>>,
    /// Wakes the thread; closed, it ends.
    wake: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Trace {
    /// Begins to listen; else why that is not possible.
    pub fn start() -> Result<Trace, &'static str> {
        let is_root = rustix::process::geteuid().is_root();
        let why = if is_root { "the kernel does not describe the event" } else { "it takes root" };
        let states = Description::read("sock/inet_sock_set_state").ok_or(why)?;
        let layout = Layout::of(&states).ok_or(why)?;
        let known = Arc::<Known>::default();
        let (woken, wake) = pipe().map_err(|_| "no pipe can be made")?;
        let (waiting, waits) = unbounded::<Sender<()>>();
        let of_thread = Arc::clone(&known);
        let mut tracing = Tracing::open(states.id, layout, of_thread).ok_or("the kernel refuses it")?;
        let run = move || {
            let rest = |cost: Duration| std::thread::sleep((cost * REST).clamp(SHORTEST, LONGEST));
            while tracing.wait(&woken) {
                let began = used();
                // The order matters: what was there when they asked is taken when they are let go.
                let waiting: Vec<Sender<()>> = waits.try_iter().collect();
                tracing.take();
                drop(waiting);
                rest(used().saturating_sub(began));
            }
        };
        let thread = std::thread::Builder::new().name("trace".to_owned()).spawn(run);
        let thread = thread.map_err(|_| "no thread can be started")?;
        Ok(Trace { known, waiting, wake: Some(wake), thread: Some(thread) })
    }

    /// Waits until all is known that happened before.
    pub fn settle(&self) {
        let (waiting, taken) = bounded(0);
        let is_told = self.waiting.send(waiting).is_ok();
        if is_told && self.wake.as_ref().is_some_and(|mut wake| wake.write_all(&[0]).is_ok()) {
            // It ends when the thread lets go of its side.
            let _ = taken.recv();
        }
    }

    /// What was heard of the flow with these ends.
    pub fn heard(&self, ends: &Ends) -> Option<Heard> {
        self.known.heard(ends)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

/// What an event tells.
#[derive(Clone, Copy)]
enum Said {
    Change(Change),
    Datagram(Ends),
}

/// How the events of one kind are read.
#[derive(Clone, Copy)]
enum Reading {
    States(Layout),
    Lookups(Lookup),
}

impl Reading {
    fn said(&self, raw: &[u8]) -> Option<Said> {
        match self {
            Reading::States(layout) => layout.change(raw).map(Said::Change),
            Reading::Lookups(lookup) => lookup.ends(raw).map(Said::Datagram),
        }
    }
}

/// Events of one kind on one processor.
struct Ear {
    reading: Reading,
    counter: Counter,
    sampler: Sampler,
}

struct Tracing {
    ears: Vec<Ear>,
    /// Sockets that are being opened: the local port comes later.
    opening: HashMap<u64, Arc<Process>>,
    known: Arc<Known>,
    names: Names,
    diag: Option<Diag>,
    /// The network namespace that is watched.
    namespace: Option<u64>,
}

impl Tracing {
    fn open(states: u64, layout: Layout, known: Arc<Known>) -> Option<Tracing> {
        let mut ears = hear(states, FILTER, Reading::States(layout))?;
        // Without them, or on a kernel that tells them otherwise, looks must do for UDP.
        for (event, v6) in [("fib/fib_table_lookup", false), ("fib6/fib6_table_lookup", true)] {
            let found = Description::read(event).and_then(|event| Some((event.id, Lookup::of(&event, v6)?)));
            let heard = found.and_then(|(id, lookup)| hear(id, DATAGRAMS, Reading::Lookups(lookup)));
            ears.extend(heard.into_iter().flatten());
        }
        let namespace = namespace("self");
        let (opening, names, diag) = (HashMap::new(), Names::default(), Diag::open().ok());
        Some(Tracing { ears, opening, known, names, diag, namespace })
    }

    /// Waits for events, or for somebody who asks for them; `false` when nobody listens any more.
    fn wait(&self, mut woken: &PipeReader) -> bool {
        let mut ready = vec![PollFd::new(woken, PollFlags::IN)];
        ready.extend(self.ears.iter().map(|ear| PollFd::new(ear.counter.file(), PollFlags::IN)));
        match poll(&mut ready, Some(&TURN)) {
            Ok(_) => {
                let asked = ready.first().is_some_and(|woken| !woken.revents().is_empty());
                // Of a closed pipe nothing can be read.
                !asked || woken.read(&mut [0; 64]).is_ok_and(|read| read > 0)
            }
            Err(error) => error == rustix::io::Errno::INTR,
        }
    }

    fn take(&mut self) {
        let mut all = Vec::new();
        for ear in &self.ears {
            let Some(records) = ear.sampler.iter() else { continue };
            for (_, record) in records.take(AT_ONCE) {
                match record {
                    Record::Sample(sample) => {
                        let said = sample.raw.as_deref().and_then(|raw| ear.reading.said(raw));
                        if let (Some(said), Some(task)) = (said, sample.record_id.task) {
                            all.push((sample.record_id.time, said, task.pid));
                        }
                    }
                    Record::Comm(comm) if comm.task.pid == comm.task.tid => {
                        self.names.called(comm.task.pid, comm.comm.to_string_lossy().into_owned());
                    }
                    Record::Fork(fork) if fork.task.pid != fork.parent_task.pid => {
                        self.names.forked(fork.task.pid, fork.parent_task.pid);
                    }
                    _ => {}
                }
            }
        }
        // Each processor has a buffer of its own.
        all.sort_by_key(|(time, ..)| *time);
        let (namespace, names) = (self.namespace, std::mem::take(&mut self.names));
        // Who sends much is read once.
        let mut read: HashMap<u32, Option<Arc<Process>>> = HashMap::new();
        let mut looks = LOOKS;
        for (_, said, pid) in all {
            let mut process = || read.entry(pid).or_insert_with(|| process(pid, namespace, &names)).clone();
            match said {
                Said::Change(change) => self.follow(&change, process),
                Said::Datagram(ends) if self.known.sends_again(&ends, pid) => {}
                Said::Datagram(ends) => {
                    if let Some(process) = process() {
                        self.datagram(ends, process, &mut looks);
                    }
                }
            }
        }
        self.names = names;
    }

    fn datagram(&mut self, ends: Ends, process: Arc<Process>, looks: &mut u32) {
        let asked = looks.checked_sub(1).and(self.diag.as_mut());
        *looks = looks.saturating_sub(1);
        let socket = asked.and_then(|diag| diag.sending(&ends)).filter(|socket| socket.inode != 0);
        let fd = socket.and_then(|socket| descriptor(process.pid, socket.inode, DESCRIPTORS));
        // Whose descriptor it is not may be another's socket with the same ends.
        self.known.datagram(ends, Holder { process, fd }, socket.filter(|_| fd.is_some()));
    }

    fn follow(&mut self, change: &Change, process: impl FnOnce() -> Option<Arc<Process>>) {
        let Change { socket, old, new, ends } = *change;
        if old == SYN_SENT {
            // Often while a packet is handled: whoever runs has no part in it.
            if let Some(process) = self.opening.remove(&socket) {
                self.keep(ends, process, true);
            }
            return;
        }
        if new == SYN_SENT {
            let Some(process) = process() else { return };
            if self.opening.len() >= MOST {
                self.opening.clear();
            }
            self.opening.insert(socket, process);
        } else if !self.known.was_opened(&ends)
            && let Some(process) = process()
        {
            self.keep(ends, process, false);
        }
    }

    fn keep(&mut self, ends: Ends, process: Arc<Process>, opened: bool) {
        if ends.local.port() == 0 {
            return;
        }
        // One that is being closed has no descriptor any more.
        let socket = self.diag.as_mut().filter(|_| opened).and_then(|diag| diag.connected(&ends));
        let held = socket.filter(|socket| socket.inode != 0);
        let fd = held.and_then(|socket| descriptor(process.pid, socket.inode, DESCRIPTORS));
        self.known.connection(ends, Holder { process, fd }, held, opened);
    }
}

/// Listens on every processor to the events of this number that pass the filter.
fn hear(id: u64, filter: &str, reading: Reading) -> Option<Vec<Ear>> {
    // Names of processes come with one kind of events.
    let comm = matches!(reading, Reading::States(_));
    let opts = Opts {
        sample_on: SampleOn::Count(1),
        sample_format: SampleFormat { raw: true, ..SampleFormat::default() },
        extra_record: ExtraRecord { comm, ..ExtraRecord::default() },
        record_id_format: RecordIdFormat { task: true, time: true, ..RecordIdFormat::default() },
        wake_up: WakeUp { on: WakeUpOn::Samples(1), ..WakeUp::default() },
        ..Opts::default()
    };
    let filter = CString::new(filter).ok()?;
    let one = |cpu: u32| -> std::io::Result<Ear> {
        let counter = Counter::new(Tracepoint { id }, (All, Cpu(cpu)), &opts)?;
        counter.with_ftrace_filter(&filter)?;
        let sampler = counter.sampler(PAGES)?;
        counter.enable()?;
        Ok(Ear { reading, counter, sampler })
    };
    online()?.into_iter().map(one).collect::<std::io::Result<Vec<_>>>().ok()
}

/// The processors that there are, from a list such as `0-3,6`.
fn online() -> Option<Vec<u32>> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/online").ok()?;
    listed(text.trim())
}

fn listed(text: &str) -> Option<Vec<u32>> {
    /// More are not listened to.
    const MOST: u32 = 4096;
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        all.extend(first..=last.min(MOST));
    }
    Some(all)
}

/// The network namespace of a process.
fn namespace(process: &str) -> Option<u64> {
    std::fs::metadata(format!("/proc/{process}/ns/net")).ok().map(|file| file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::TCP;
    use std::net::SocketAddr;

    fn change(port: u16, old: u32, new: u32) -> Change {
        let local = SocketAddr::from(([10, 0, 0, 1], port));
        let ends = Ends { protocol: TCP, local, remote: "10.0.0.2:80".parse().unwrap() };
        Change { socket: 7, old, new, ends }
    }

    fn named(name: &str) -> Option<Arc<Process>> {
        Some(Arc::new(Process { name: name.to_owned(), ..Process::default() }))
    }

    fn followed(changes: &[(Change, &str)]) -> HashMap<u16, String> {
        let known = Arc::<Known>::default();
        let mut tracing = Tracing {
            ears: Vec::new(),
            opening: HashMap::new(),
            known: Arc::clone(&known),
            names: Names::default(),
            diag: None,
            namespace: None,
        };
        for (change, name) in changes {
            tracing.follow(change, || named(name));
        }
        let ends = changes.iter().map(|(change, _)| change.ends);
        let told = ends.filter_map(|ends| Some((ends.local.port(), known.heard(&ends)?)));
        told.map(|(port, heard)| (port, heard.holders[0].process.name.clone())).collect()
    }

    #[test]
    fn who_opens_a_connection_has_it_whoever_runs_when_it_is_established() {
        let opened = followed(&[(change(0, 7, 2), "curl"), (change(4000, 2, 1), "bystander")]);
        assert_eq!(opened, HashMap::from([(4000, "curl".to_owned())]));
        // Refused: it never comes further.
        let refused = followed(&[(change(0, 7, 2), "curl"), (change(4001, 2, 7), "bystander")]);
        assert_eq!(refused[&4001], "curl");
        // Who closes an accepted connection had it; who opened one goes before who closes it.
        let closed = followed(&[(change(80, 8, 9), "nginx")]);
        assert_eq!(closed[&80], "nginx");
        let both = [(change(0, 7, 2), "curl"), (change(5, 2, 1), "x"), (change(5, 1, 4), "child")];
        assert_eq!(followed(&both)[&5], "curl");
        // An opening that was not heard is not guessed.
        assert!(followed(&[(change(4000, 2, 1), "bystander")]).is_empty());
    }

    /// Catches a last look at sockets that is made before what the kernel told is read.
    #[test]
    fn who_asks_waits_for_what_has_happened_before() {
        use std::net::{TcpListener, TcpStream};
        let trace = match Trace::start() {
            Ok(trace) => trace,
            Err(why) => return println!("skipped: {why}"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        for _ in 0..20 {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (local, remote) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
            drop(client);
            trace.settle();
            let heard = trace.heard(&Ends { protocol: TCP, local, remote });
            let heard = heard.expect("a connection of which nothing was heard");
            assert_eq!(heard.holders[0].process.pid, std::process::id());
        }
    }

    #[test]
    fn processors_are_listed() {
        assert_eq!(listed("0-2,5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(listed("0"), Some(vec![0]));
        assert_eq!(listed("0-"), None);
        assert!(listed("0-4294967295").unwrap().len() < 5000);
    }
}
