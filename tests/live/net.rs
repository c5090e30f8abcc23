//! Two namespaces joined by veth pairs: `aN` inside, `bN` outside, `10.77+N.0.1` and `.2`.

use crate::child::Told;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longest wait for anything, however busy the machine is.
pub const LIMIT: Duration = Duration::from_secs(180);
/// What has not come for so long after the last that did was lost on the way, if it was looked for
/// so often meanwhile: a machine that stood still has lost nothing.
const LOST: (Duration, u32) = (Duration::from_secs(2), 40);

pub struct Net {
    pub inner: String,
    outer: String,
    pub folder: tempfile::TempDir,
}

impl Net {
    /// With so many pairs; none, and says why, where namespaces cannot be made.
    pub fn new(pairs: u8) -> Option<Net> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = |side: &str| format!("wirepeel-{}-{number}{side}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let net = Net { inner: name("i"), outer: name("o"), folder };
        for space in [&net.inner, &net.outer] {
            if let Err(why) = try_ip(&["netns", "add", space]) {
                println!("skipped: cannot make a network namespace: {why}");
                return None;
            }
            for key in ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"] {
                // Quieter without IPv6's own packets; some systems have none.
                let _ = try_ip(&["netns", "exec", space, "sysctl", "-qw", key]);
            }
            net.ip(&["-n", space, "link", "set", "lo", "up"]);
        }
        for pair in 0..pairs {
            let (a, b) = (format!("a{pair}"), format!("b{pair}"));
            let add = [
                "link", "add", &a, "netns", &net.inner, "type", "veth", "peer", "name", &b, "netns",
                &net.outer,
            ];
            if let Err(why) = try_ip(&add) {
                println!("skipped: cannot make a veth pair: {why}");
                return None;
            }
            for (space, device, host) in [(&net.inner, &a, 1), (&net.outer, &b, 2)] {
                let address = format!("10.{}.0.{host}/24", 77 + pair);
                net.ip(&["-n", space, "address", "add", &address, "dev", device]);
                net.ip(&["-n", space, "link", "set", device, "up"]);
            }
        }
        Some(net)
    }

    /// Gives the first pair `fd77::1` and `fd77::2`; `false`, and says so, where there is no IPv6.
    pub fn with_v6(&self) -> bool {
        for (space, device, host) in [(&self.inner, "a0", 1), (&self.outer, "b0", 2)] {
            let key = format!("net.ipv6.conf.{device}.disable_ipv6=0");
            let address = format!("fd77::{host}/64");
            let made = try_ip(&["netns", "exec", space, "sysctl", "-qw", &key])
                .and_then(|()| try_ip(&["-n", space, "address", "add", &address, "dev", device, "nodad"]));
            if let Err(why) = made {
                println!("skipped: no IPv6 in namespaces: {why}");
                return false;
            }
        }
        true
    }

    pub fn ip(&self, arguments: &[&str]) {
        try_ip(arguments).unwrap();
    }

    /// Starts capturing inside, and waits until it does or cannot.
    pub fn capture(&self, interfaces: &str, options: &str) -> Capture {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.inner]);
        command.arg(std::env::current_exe().unwrap());
        self.started(command, interfaces, options)
    }

    /// The same as a user without rights.
    pub fn capture_unprivileged(&self, interfaces: &str) -> Option<Capture> {
        let me = std::env::current_exe().unwrap();
        let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];
        let works = Command::new(prefix[0]).args(&prefix[1..]).arg(&me).arg("--list").output();
        if !works.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.inner]).args(prefix).arg(me);
        Some(self.started(command, interfaces, ""))
    }

    fn started(&self, command: Command, interfaces: &str, options: &str) -> Capture {
        let role = format!("capture,interfaces={},{options}", interfaces.replace(',', "+"));
        self.playing(command, &role, &["@ready", "@error"])
    }

    /// Starts a process that talks, inside or outside, and waits for what it says first.
    pub fn talk(&self, inside: bool, prefix: &[&str], role: &str, ready: &str) -> Capture {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", if inside { &self.inner } else { &self.outer }]);
        command.args(prefix).arg(std::env::current_exe().unwrap());
        self.playing(command, role, &[ready])
    }

    fn playing(&self, mut command: Command, role: &str, ready: &[&str]) -> Capture {
        as_child(&mut command, role);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if line.starts_with('@') && sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        let mut capture = Capture { child, stdin, lines, seen: Vec::new() };
        capture.wait_for_any(ready);
        capture
    }

    /// Sends datagrams to port 4711 from outside, with so many bytes of padding each.
    pub fn send(&self, to: &str, count: u64, padding: u32) {
        self.send_to(&format!("{to}:4711"), count, padding);
    }

    pub fn send_to(&self, to: &str, count: u64, padding: u32) {
        self.arrive(&self.outer, to, count, padding);
    }

    /// Sends from the capturing side.
    pub fn send_inside(&self, to: &str, count: u64) {
        self.arrive(&self.inner, to, count, 0);
    }

    /// Sends to a port inside that nobody has until so many have come there, where all captures
    /// have had them: a busy machine loses some before (while an address is asked for, or in the
    /// queue between the two ends), and those are sent again.
    fn arrive(&self, from: &str, to: &str, count: u64, padding: u32) {
        let (before, end) = (self.come(), Instant::now() + LIMIT);
        let mut come = 0;
        while come < count {
            send(from, to, count - come, padding);
            let (mut last, mut looks) = (Instant::now(), 0);
            loop {
                let now = self.come() - before;
                looks += 1;
                if now != come {
                    (come, last, looks) = (now, Instant::now(), 0);
                }
                if come >= count || last.elapsed() > LOST.0 && looks > LOST.1 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            assert!(Instant::now() < end, "only {come} of {count} come to {to}");
        }
        assert_eq!(come, count, "more came than were sent");
    }

    /// Datagrams to ports that nobody has, which have come inside so far.
    fn come(&self) -> u64 {
        let output =
            Command::new("ip").args(["netns", "exec", &self.inner, "cat", "/proc/net/snmp"]).output();
        let table = String::from_utf8(output.unwrap().stdout).unwrap();
        let mut lines = table.lines().filter(|line| line.starts_with("Udp: "));
        let at = lines.next().unwrap().split(' ').position(|name| name == "NoPorts").unwrap();
        lines.next().unwrap().split(' ').nth(at).unwrap().parse().unwrap()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for space in [&self.inner, &self.outer] {
            let _ = try_ip(&["netns", "delete", space]);
        }
    }
}

fn send(space: &str, to: &str, count: u64, padding: u32) {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", space]).arg(std::env::current_exe().unwrap());
    as_child(&mut command, &format!("send,to={to},count={count},padding={padding}"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("@sent {count}")), "{text}");
}

fn as_child(command: &mut Command, role: &str) {
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env("WIREPEEL_LIVE_CHILD", role);
}

fn try_ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

/// A capturing process.
pub struct Capture {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Capture {
    /// Waits for a line that contains `text`.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_for_any(&[text]);
    }

    fn wait_for_any(&mut self, texts: &[&str]) {
        let until = Instant::now() + LIMIT;
        while !self.seen.iter().any(|line| texts.iter().any(|text| line.contains(text))) {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(_) => panic!("no {texts:?} in {:#?}", self.seen),
            }
        }
    }

    /// The words of the first line that contains `text`, waiting for it.
    pub fn line(&mut self, text: &str) -> Vec<String> {
        self.wait_for(text);
        let line = self.seen.iter().find(|line| line.contains(text)).unwrap();
        line.split(' ').map(str::to_owned).collect()
    }

    /// Waits until it has ended of itself.
    pub fn ended(&mut self) {
        assert!(self.child.wait().unwrap().success());
    }

    /// Asks it to stop: the end of its input.
    pub fn stop(&mut self) {
        self.stdin = None;
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// All it told, when it has ended of itself.
    pub fn told(mut self) -> Told {
        let until = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(_) => panic!("it does not end: {:#?}", self.seen),
            }
        }
        Told::from_lines(&self.seen)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.kill();
        if let Some(mut rest) = self.child.stderr.take() {
            let _ = rest.read_to_end(&mut Vec::new());
        }
        let _ = self.child.wait();
    }
}
