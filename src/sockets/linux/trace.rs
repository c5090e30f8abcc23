//! The kernel's word of TCP connections, at the moment when a process opens or
//! closes one: the tracepoint `sock:inet_sock_set_state`.
//!
//! Owns the thread that hears it and whose each connection was. It sees what
//! lives too briefly for any look at all sockets; the descriptor is not in the
//! event and is looked for at once. Needs the right to trace (root);
//! without it nothing is heard and looks must do.

mod layout;
mod names;

use self::layout::{Change, Layout};
use self::names::{Names, process};
use super::diag::Diag;
use super::processes::descriptor;
use crate::sockets::watch::used;
use crate::sockets::{Ends, Heard, Holder, Process};
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
use std::io::{PipeWriter, pipe};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes that a process itself brings about, and those that end an opening:
/// to SYN-SENT, FIN-WAIT-1, LAST-ACK; from SYN-SENT.
const FILTER: &str = "newstate == 2 || newstate == 4 || newstate == 9 || oldstate == 2";
const SYN_SENT: u32 = 2;
/// Pages of each processor's buffer, as a power of two.
const PAGES: u8 = 6;
/// Connections that are remembered; then all are forgotten.
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

/// Of each connection what was heard, and whether its process opened it or only closed it.
type Known = Arc<Mutex<HashMap<Ends, (Heard, bool)>>>;

/// What is heard. Dropping it ends the thread.
pub(in crate::sockets) struct Trace {
    known: Known,
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Trace {
    /// Begins to listen; else why that is not possible.
    pub fn start() -> Result<Trace, &'static str> {
        let is_root = rustix::process::geteuid().is_root();
        let why = if is_root { "the kernel does not describe the event" } else { "it takes root" };
        let layout = Layout::read().ok_or(why)?;
        let known = Known::default();
        let (ended, end) = pipe().map_err(|_| "no pipe can be made")?;
        let of_thread = Arc::clone(&known);
        let mut tracing = Tracing::open(layout, of_thread).ok_or("the kernel refuses it")?;
        let run = move || {
            let rest = |cost: Duration| std::thread::sleep((cost * REST).clamp(SHORTEST, LONGEST));
            while tracing.wait(&ended) {
                let began = used();
                tracing.take();
                rest(used().saturating_sub(began));
            }
        };
        let thread = std::thread::Builder::new().name("trace".to_owned()).spawn(run);
        let thread = thread.map_err(|_| "no thread can be started")?;
        Ok(Trace { known, end: Some(end), thread: Some(thread) })
    }

    /// What was heard of the connection with these ends.
    pub fn heard(&self, ends: &Ends) -> Option<Heard> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(ends).map(|(heard, _)| heard.clone())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }
}

struct Tracing {
    layout: Layout,
    cpus: Vec<(Counter, Sampler)>,
    /// Sockets that are being opened: the local port comes later.
    opening: HashMap<u64, Arc<Process>>,
    known: Known,
    names: Names,
    diag: Option<Diag>,
    /// The network namespace that is watched.
    namespace: Option<u64>,
}

impl Tracing {
    fn open(layout: Layout, known: Known) -> Option<Tracing> {
        let opts = Opts {
            sample_on: SampleOn::Count(1),
            sample_format: SampleFormat { raw: true, ..SampleFormat::default() },
            extra_record: ExtraRecord { comm: true, ..ExtraRecord::default() },
            record_id_format: RecordIdFormat { task: true, time: true, ..RecordIdFormat::default() },
            wake_up: WakeUp { on: WakeUpOn::Samples(1), ..WakeUp::default() },
            ..Opts::default()
        };
        let filter = CString::new(FILTER).ok()?;
        let one = |cpu: u32| -> std::io::Result<(Counter, Sampler)> {
            let counter = Counter::new(Tracepoint { id: layout.id }, (All, Cpu(cpu)), &opts)?;
            counter.with_ftrace_filter(&filter)?;
            let sampler = counter.sampler(PAGES)?;
            counter.enable()?;
            Ok((counter, sampler))
        };
        let cpus = online()?.into_iter().map(one).collect::<std::io::Result<Vec<_>>>().ok()?;
        let namespace = namespace("self");
        let (opening, names, diag) = (HashMap::new(), Names::default(), Diag::open().ok());
        Some(Tracing { layout, cpus, opening, known, names, diag, namespace })
    }

    /// Waits for events; `false` when nobody listens any more.
    fn wait(&self, end: &std::io::PipeReader) -> bool {
        let mut ready = vec![PollFd::new(end, PollFlags::IN)];
        ready.extend(self.cpus.iter().map(|(counter, _)| PollFd::new(counter.file(), PollFlags::IN)));
        match poll(&mut ready, Some(&TURN)) {
            Ok(_) => ready.first().is_some_and(|end| end.revents().is_empty()),
            Err(error) => error == rustix::io::Errno::INTR,
        }
    }

    fn take(&mut self) {
        let mut changes = Vec::new();
        for (_, sampler) in &self.cpus {
            let Some(records) = sampler.iter() else { continue };
            for (_, record) in records.take(AT_ONCE) {
                match record {
                    Record::Sample(sample) => {
                        let change = sample.raw.as_deref().and_then(|raw| self.layout.change(raw));
                        if let (Some(change), Some(task)) = (change, sample.record_id.task) {
                            changes.push((sample.record_id.time, change, task.pid));
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
        changes.sort_by_key(|(time, ..)| *time);
        let (namespace, names) = (self.namespace, std::mem::take(&mut self.names));
        for (_, change, pid) in changes {
            self.follow(&change, || process(pid, namespace, &names));
        }
        self.names = names;
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
        } else if !self.was_opened(&ends)
            && let Some(process) = process()
        {
            self.keep(ends, process, false);
        }
    }

    /// Whether it is known who opened a connection.
    fn was_opened(&self, ends: &Ends) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(ends).is_some_and(|(_, opened)| *opened)
    }

    fn keep(&mut self, ends: Ends, process: Arc<Process>, opened: bool) {
        if ends.local.port() == 0 {
            return;
        }
        // One that is being closed has no descriptor any more.
        let socket = self.diag.as_mut().filter(|_| opened).and_then(|diag| diag.connected(&ends));
        let held = socket.filter(|socket| socket.inode != 0);
        let fd = held.and_then(|socket| descriptor(process.pid, socket.inode, DESCRIPTORS));
        let holder = Holder { process, fd };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(ends, (Heard { at: Instant::now(), holder, socket: held }, opened));
    }
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
        let known = Known::default();
        let mut tracing = Tracing {
            layout: Layout::default(),
            cpus: Vec::new(),
            opening: HashMap::new(),
            known: Arc::clone(&known),
            names: Names::default(),
            diag: None,
            namespace: None,
        };
        for (change, name) in changes {
            tracing.follow(change, || named(name));
        }
        let known = known.lock().unwrap();
        known
            .iter()
            .map(|(ends, (heard, _))| (ends.local.port(), heard.holder.process.name.clone()))
            .collect()
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

    #[test]
    fn processors_are_listed() {
        assert_eq!(listed("0-2,5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(listed("0"), Some(vec![0]));
        assert_eq!(listed("0-"), None);
        assert!(listed("0-4294967295").unwrap().len() < 5000);
    }
}
