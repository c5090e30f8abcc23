//! The kernel's word of TCP connections, at the moment when a process opens or
//! closes one: the tracepoint `sock:inet_sock_set_state`.
//!
//! Owns the thread that hears it and whose each connection was. It sees what
//! lives too briefly for any look at all sockets; the descriptor is not in the
//! event and is looked for at once. Needs the right to trace (root) and a
//! mounted tracefs; without either nothing is heard and looks must do.

use super::diag::Diag;
use super::processes::{described, descriptor};
use crate::sockets::watch::used;
use crate::sockets::{Ends, Heard, Holder, Process, TCP};
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
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where tracefs may be mounted.
const FOLDERS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const EVENT: &str = "events/sock/inet_sock_set_state";
/// Changes that a process itself brings about, and those that end an opening:
/// to SYN-SENT, FIN-WAIT-1, LAST-ACK; from SYN-SENT.
const FILTER: &str = "newstate == 2 || newstate == 4 || newstate == 9 || oldstate == 2";
const SYN_SENT: u32 = 2;
/// Pages of each processor's buffer, as a power of two.
const PAGES: u8 = 6;
/// Connections that are remembered, and names of processes; then all are forgotten.
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
    /// Begins to listen; none where that is not possible.
    pub fn start() -> Option<Trace> {
        let layout = Layout::read()?;
        let known = Known::default();
        let (ended, end) = pipe().ok()?;
        let of_thread = Arc::clone(&known);
        let mut tracing = Tracing::open(layout, of_thread)?;
        let run = move || {
            let rest = |cost: Duration| std::thread::sleep((cost * REST).clamp(SHORTEST, LONGEST));
            while tracing.wait(&ended) {
                let began = used();
                tracing.take();
                rest(used().saturating_sub(began));
            }
        };
        let thread = std::thread::Builder::new().name("trace".to_owned()).spawn(run).ok()?;
        Some(Trace { known, end: Some(end), thread: Some(thread) })
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

/// Where the event's fields lie, which the kernel describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    id: u64,
    socket: usize,
    old: usize,
    new: usize,
    family: usize,
    protocol: usize,
    ports: [usize; 2],
    v4: [usize; 2],
    v6: [usize; 2],
}

impl Layout {
    fn read() -> Option<Layout> {
        let folders = FOLDERS.iter().map(|folder| Path::new(folder).join(EVENT));
        let formats = folders.flat_map(|folder| std::fs::read_to_string(folder.join("format")));
        formats.into_iter().find_map(|text| Layout::parse(&text))
    }

    /// Of lines such as `field:__u16 sport; offset:24; size:2; signed:0;`.
    fn parse(text: &str) -> Option<Layout> {
        let id = text.lines().find_map(|line| line.strip_prefix("ID: "))?.trim().parse().ok()?;
        let at = |wanted: &str, bytes: usize| {
            text.lines().find_map(|line| {
                let mut parts = line.split(';').map(str::trim);
                let name = parts.next()?.strip_prefix("field:")?.rsplit(' ').next()?;
                let name = name.split('[').next()?;
                let mut number = |key: &str| parts.next()?.strip_prefix(key)?.parse::<usize>().ok();
                let (offset, size) = (number("offset:")?, number("size:")?);
                (name == wanted && size == bytes).then_some(offset)
            })
        };
        Some(Layout {
            id,
            socket: at("skaddr", 8)?,
            old: at("oldstate", 4)?,
            new: at("newstate", 4)?,
            family: at("family", 2)?,
            protocol: at("protocol", 2)?,
            ports: [at("sport", 2)?, at("dport", 2)?],
            v4: [at("saddr", 4)?, at("daddr", 4)?],
            v6: [at("saddr_v6", 16)?, at("daddr_v6", 16)?],
        })
    }

    /// The change of state that an event tells; none of other protocols.
    fn change(&self, raw: &[u8]) -> Option<Change> {
        fn bytes<const N: usize>(raw: &[u8], at: usize) -> Option<[u8; N]> {
            raw.get(at..)?.first_chunk().copied()
        }
        let word = |at| bytes(raw, at).map(u16::from_ne_bytes);
        if u32::from(word(self.protocol)?) != u32::from(TCP) {
            return None;
        }
        let v4 = word(self.family)? == 2;
        let end = |end: usize| -> Option<SocketAddr> {
            let address = match v4 {
                true => IpAddr::V4(Ipv4Addr::from(bytes::<4>(raw, *self.v4.get(end)?)?)),
                false => IpAddr::V6(Ipv6Addr::from(bytes::<16>(raw, *self.v6.get(end)?)?)).to_canonical(),
            };
            Some(SocketAddr::new(address, word(*self.ports.get(end)?)?))
        };
        Some(Change {
            socket: bytes(raw, self.socket).map(u64::from_ne_bytes)?,
            old: bytes(raw, self.old).map(u32::from_ne_bytes)?,
            new: bytes(raw, self.new).map(u32::from_ne_bytes)?,
            ends: Ends { protocol: TCP, local: end(0)?, remote: end(1)? },
        })
    }
}

/// A socket's change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    /// Where the kernel keeps the socket.
    socket: u64,
    old: u32,
    new: u32,
    ends: Ends,
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

/// A process by its number; none of another network namespace, where the same
/// addresses may mean something else. Of one that is gone only the name is known.
fn process(pid: u32, ours: Option<u64>, names: &Names) -> Option<Arc<Process>> {
    let number = i32::try_from(pid).ok().filter(|pid| *pid > 0)?;
    let living = procfs::process::Process::new(number).ok();
    let theirs = namespace(&pid.to_string());
    if theirs.is_some() && ours.is_some() && theirs != ours {
        return None;
    }
    let told = living.map(|process| described(&process)).filter(|process| !process.name.is_empty());
    let gone = || Process { pid, name: names.of(pid), ..Process::default() };
    Some(Arc::new(told.unwrap_or_else(gone)))
}

/// What processes that began since are called.
#[derive(Default)]
struct Names(HashMap<u32, String>);

impl Names {
    fn called(&mut self, pid: u32, name: String) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(pid, name);
    }

    /// A child is called as its parent, until it says otherwise.
    fn forked(&mut self, child: u32, parent: u32) {
        match self.0.get(&parent).cloned() {
            Some(name) => self.called(child, name),
            None => drop(self.0.remove(&child)),
        }
    }

    fn of(&self, pid: u32) -> String {
        self.0.get(&pid).cloned().unwrap_or_else(|| "?".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMAT: &str = "name: inet_sock_set_state
ID: 2287
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:const void * skaddr;\toffset:8;\tsize:8;\tsigned:0;
\tfield:int oldstate;\toffset:16;\tsize:4;\tsigned:1;
\tfield:int newstate;\toffset:20;\tsize:4;\tsigned:1;
\tfield:__u16 sport;\toffset:24;\tsize:2;\tsigned:0;
\tfield:__u16 dport;\toffset:26;\tsize:2;\tsigned:0;
\tfield:__u16 family;\toffset:28;\tsize:2;\tsigned:0;
\tfield:__u16 protocol;\toffset:30;\tsize:2;\tsigned:0;
\tfield:__u8 saddr[4];\toffset:32;\tsize:4;\tsigned:0;
\tfield:__u8 daddr[4];\toffset:36;\tsize:4;\tsigned:0;
\tfield:__u8 saddr_v6[16];\toffset:40;\tsize:16;\tsigned:0;
\tfield:__u8 daddr_v6[16];\toffset:56;\tsize:16;\tsigned:0;
";

    fn layout() -> Layout {
        Layout::parse(FORMAT).unwrap()
    }

    fn event(family: u16, protocol: u16, change: &Change) -> Vec<u8> {
        let mut raw = vec![0; 76];
        raw[8..16].copy_from_slice(&change.socket.to_ne_bytes());
        raw[16..20].copy_from_slice(&change.old.to_ne_bytes());
        raw[20..24].copy_from_slice(&change.new.to_ne_bytes());
        let ends = [change.ends.local, change.ends.remote];
        for (place, end) in ends.into_iter().enumerate() {
            raw[24 + 2 * place..][..2].copy_from_slice(&end.port().to_ne_bytes());
            match end.ip() {
                IpAddr::V4(ip) => raw[32 + 4 * place..][..4].copy_from_slice(&ip.octets()),
                IpAddr::V6(ip) => raw[40 + 16 * place..][..16].copy_from_slice(&ip.octets()),
            }
        }
        raw[28..30].copy_from_slice(&family.to_ne_bytes());
        raw[30..32].copy_from_slice(&protocol.to_ne_bytes());
        raw
    }

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
            layout: layout(),
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
    fn events_are_read_as_the_kernel_describes_them() {
        let four = change(4000, 2, 1);
        assert_eq!(layout().change(&event(2, 6, &four)), Some(four));
        assert_eq!(layout().change(&event(2, 132, &four)), None, "SCTP is not ours");
        let (local, remote) = ("[2001:db8::1]:5".parse().unwrap(), "[2001:db8::2]:6".parse().unwrap());
        let six = Change { ends: Ends { protocol: TCP, local, remote }, ..four };
        assert_eq!(layout().change(&event(10, 6, &six)), Some(six));
        // Another kernel may lack a field or have it elsewhere.
        assert_eq!(Layout::parse(&FORMAT.replace("saddr_v6", "other")), None);
        assert_eq!(Layout::parse(&FORMAT.replace("offset:24", "offset:26")).unwrap().ports[0], 26);
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
    fn who_is_gone_keeps_its_name() {
        let mut names = Names::default();
        names.called(5, "bash".to_owned());
        names.forked(6, 5);
        names.forked(7, 1);
        assert_eq!((names.of(6).as_str(), names.of(7).as_str()), ("bash", "?"));
        names.called(6, "curl".to_owned());
        // No process can have this number.
        names.called(i32::MAX as u32, "gone".to_owned());
        let gone = process(i32::MAX as u32, Some(1), &names).unwrap();
        assert_eq!((gone.name.as_str(), gone.uid, names.of(6).as_str()), ("gone", None, "curl"));
        // A number that is used again does not keep the name of the one before.
        names.forked(6, 1);
        assert_eq!(names.of(6), "?");
    }

    #[test]
    fn processors_are_listed() {
        assert_eq!(listed("0-2,5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(listed("0"), Some(vec![0]));
        assert_eq!(listed("0-"), None);
        assert!(listed("0-4294967295").unwrap().len() < 5000);
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_text_are_no_panic(raw in prop::collection::vec(any::<u8>(), 0..90), text in ".{0,200}") {
            let whole = layout().change(&raw).is_some();
            prop_assert!(!whole || raw.len() >= 40);
            Layout::parse(&text);
            listed(&text);
        }

        /// A description with any numbers in it: no field is read outside of the event.
        #[test]
        fn any_layout_stays_in_bounds(offset in any::<usize>(), raw in prop::collection::vec(any::<u8>(), 0..90)) {
            let text = FORMAT.replace("offset:24", &format!("offset:{offset}"));
            if let Some(layout) = Layout::parse(&text) {
                layout.change(&raw);
            }
        }
    }
}
