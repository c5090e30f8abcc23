//! The real program in a real terminal: it shows, it obeys keys, and it gives
//! the terminal back however it ends. Every wait is bounded.

#![allow(clippy::unwrap_used)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longer than anything takes, however busy the machine: only what never comes takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Modes that must be off when the program has gone: mouse (in four ways),
/// bracketed paste, alternate screen.
const MODES: [&str; 6] = ["1000", "1002", "1003", "1006", "2004", "1049"];

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

struct Run {
    parser: vt100::Parser,
    raw: Vec<u8>,
    output: Receiver<Vec<u8>>,
    input: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Run {
    fn start(mut command: CommandBuilder, cols: u16, rows: u16) -> Run {
        // The user's own list of recent files is no place for a test's.
        command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(got @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..got].to_vec()).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Run {
            parser: vt100::Parser::new(cells(rows), cells(cols), 0),
            raw: Vec::new(),
            output,
            input,
            child,
            master: pair.master,
        }
    }

    fn open(sample: &str, arguments: &[&str]) -> Run {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wirepeel"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        Run::start(command, 100, 30)
    }

    /// Takes output for a moment; `false` when the program has closed the terminal.
    fn take(&mut self, wait: Duration) -> bool {
        match self.output.recv_timeout(wait) {
            Ok(bytes) => {
                self.parser.process(&bytes);
                self.raw.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    #[track_caller]
    fn until(&mut self, words: &str) -> &mut Run {
        let end = Instant::now() + PATIENCE;
        while !self.parser.screen().contents().contains(words) {
            let open = self.take(Duration::from_millis(50));
            assert!(
                open && Instant::now() < end,
                "“{words}” never came; the screen:\n{}",
                self.parser.screen().contents()
            );
        }
        self
    }

    fn keys(&mut self, keys: &str) -> &mut Run {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
        self
    }

    fn signal(&mut self, signal: rustix::process::Signal) -> &mut Run {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
        self
    }

    /// Waits for the end; gives whether the exit was a success.
    #[track_caller]
    fn end(&mut self) -> bool {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "the program does not end");
        };
        // The last of its output may still be on the way.
        while self.take(Duration::from_millis(20)) {
            assert!(Instant::now() < end, "the terminal stays open");
        }
        status.success()
    }

    /// Every mode that was switched on is off again, once all that was written has come.
    #[track_caller]
    fn is_restored(&mut self) {
        let end = Instant::now() + PATIENCE;
        while let Some(why) = self.unrestored() {
            let open = self.take(Duration::from_millis(20));
            assert!(open && Instant::now() < end, "{why}");
        }
    }

    /// What is not as it was.
    fn unrestored(&self) -> Option<String> {
        let raw = String::from_utf8_lossy(&self.raw);
        for mode in MODES {
            let last = |state: char| raw.rfind(&format!("\u{1b}[?{mode}{state}"));
            if last('h').is_none() {
                return Some(format!("mode {mode} was never on"));
            }
            if last('l') < last('h') {
                return Some(format!("mode {mode} is still on"));
            }
        }
        let screen = self.parser.screen();
        if screen.alternate_screen() || screen.hide_cursor() || screen.bracketed_paste() {
            return Some("the screen is not as it was".to_owned());
        }
        if raw.rfind("\u{1b}[?25h") < raw.rfind("\u{1b}[?25l") {
            return Some("the cursor is hidden".to_owned());
        }
        let modes = format!("{:?}", self.master.get_termios()?);
        let cooked = modes.contains("ECHO") && modes.contains("ICANON");
        (!cooked).then(|| format!("still raw: {modes}"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn shows_moves_opens_filters_helps_quits() {
    let mut run = Run::open("dns-walk.pcapng", &[]);
    run.until("67 packets").until("Who has 192.0.2.53?");
    run.keys("42G").until("Encapsulation of packet 42");
    run.keys("\tC").until("▸ DNS");
    run.keys("\u{1b}[B").keys("/dns.qry.type == 28\r").until("4 of 67");
    // Another theme, and everything drawn anew.
    run.keys("T").keys("\u{c}");
    run.keys("?").until("Help").keys("?").until("Encapsulation");
    // A key that came together with the Esc before it would be another: with Alt.
    run.keys("\u{1b}").until("⏎ tree");
    run.keys("q");
    assert!(run.end());
    run.is_restored();
}

#[test]
fn begins_with_a_filter() {
    let mut run = Run::open("dns-walk.pcapng", &["-Y", "arp"]);
    run.until("of 67 ·").keys("q");
    assert!(run.end());
}

#[test]
fn timings_are_printed_when_the_terminal_is_given_back() {
    let mut run = Run::open("dns-walk.pcapng", &["--timings"]);
    // All that comes by itself is there: then the frame that shows packet 2 shows all of it.
    run.until("Encapsulation of packet 1").until("67 packets").until("ns.root.example").until("problems (6)");
    run.keys("j").until("Encapsulation of packet 2").keys("q");
    assert!(run.end());
    run.is_restored();
    let raw = String::from_utf8_lossy(&run.raw).into_owned();
    let after = &raw[raw.rfind("\u{1b}[?1049l").unwrap()..];
    // Every moment was reached, and the one key that drew something was measured.
    let value = |name: &str| {
        let line = after.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.trim_start()[name.len()..].split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    let moments = ["first screen", "first packets", "index", "analysis"].map(value);
    assert!(moments[0] > 0.0 && moments[1] >= moments[0] && moments[3] > 0.0, "{after}");
    assert_eq!((value("key to drawn"), value("key to all of it drawn")), (1.0, 1.0), "{after}");
    assert!(value("drawing a frame") >= 2.0 && value("a turn of the event loop") >= 3.0, "{after}");
    assert!(after.contains("key to drawn, by time") && after.contains('▇'), "{after}");
}

#[test]
fn a_wrong_filter_is_told_before_the_screen() {
    let mut run = Run::open("dns-walk.pcapng", &["-Y", "udp.prot == 1"]);
    assert!(!run.end());
    assert!(run.parser.screen().contents().contains("udp.prot"));
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    use rustix::process::Signal;
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let mut run = Run::open("tftp.pcap", &[]);
        run.until("Encapsulation of packet 1").signal(signal);
        assert!(!run.end(), "{signal:?}");
        run.is_restored();
    }
}

#[test]
fn ctrl_c_quits() {
    let mut run = Run::open("tftp.pcap", &[]);
    run.until("Encapsulation of packet 1").keys("\u{3}");
    assert!(run.end());
    run.is_restored();
}

#[test]
fn suspends_and_comes_back() {
    use rustix::process::Signal;
    let mut run = Run::open("tftp.pcap", &[]);
    run.until("Encapsulation of packet 1").keys("\u{1a}");
    // It gives the terminal back, then stops.
    let end = Instant::now() + PATIENCE;
    while run.parser.screen().alternate_screen() {
        assert!(run.take(Duration::from_millis(20)) && Instant::now() < end);
    }
    let pid = run.child.process_id().unwrap();
    let is_stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    };
    while !is_stopped() {
        assert!(Instant::now() < end, "it does not stop");
        std::thread::sleep(Duration::from_millis(10));
    }
    run.is_restored();
    run.signal(Signal::CONT);
    run.until("Encapsulation of packet 1");
    assert!(run.parser.screen().alternate_screen());
    run.keys("15G").until("Encapsulation of packet 15").keys("q");
    assert!(run.end());
    run.is_restored();
}

#[test]
fn the_size_may_change() {
    let mut run = Run::open("tftp.pcap", &[]);
    run.until("Encapsulation of packet 1");
    // A key that comes together with a new size may wait for the next key
    // (crossterm polls by edges): every size is awaited.
    for (rows, cols, words) in [(1, 1, ""), (10, 30, "wirepeel needs"), (24, 80, "Proto Info")] {
        run.parser.screen_mut().set_size(cells(rows), cells(cols));
        run.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        run.until(words);
    }
    run.keys("j").until("Encapsulation of packet 2").keys("q");
    assert!(run.end());
    run.is_restored();
}

/// A stream that is looked at while its packets are captured grows with them, as arrows and as text.
#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn a_stream_grows_while_it_is_captured() {
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: to capture takes root");
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wirepeel"));
    command.args(["-i", "lo", "-f", &format!("tcp port {port}")]);
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    let mut run = Run::start(command, 100, 30);
    run.until("LIVE");
    let mut client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut served = listener.accept().unwrap().0;
    let mut say = |text: &str| {
        client.write_all(text.as_bytes()).unwrap();
        served.read_exact(&mut vec![0; text.len()]).unwrap();
    };
    say("the first line\n");
    run.keys("2").until(&format!("127.0.0.1:{port}")).keys("s").until("len=15");
    say("a second line, longer\n");
    run.until("len=22").until("so far");
    run.keys("\t").until("the first line").until("a second line, longer");
    say("the third and last\n");
    run.until("the third and last");
    run.keys("q").until("are in no file").keys("y");
    assert!(run.end());
}
