//! Whose flows are: real servers and clients, and what wirepeel says of them.

use crate::net::{Capture, LIMIT, Net};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket, sockopt};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A socket that shares its port with others, bound.
fn shared(kind: SocketType, at: &str) -> OwnedFd {
    let at: SocketAddr = at.parse().unwrap();
    let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let made = socket(family, kind, None).unwrap();
    sockopt::set_socket_reuseport(&made, true).unwrap();
    bind(&made, &at).unwrap();
    if kind == SocketType::STREAM {
        listen(&made, 16).unwrap();
    }
    made
}

/// What a talking process does; it says its process and descriptors. Those that stay do so until
/// they are stopped.
pub fn talk(what: &str, options: &BTreeMap<&str, &str>) {
    let pid = std::process::id();
    let stopped = || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    };
    let stays = options.contains_key("stay");
    match what {
        "serve" => {
            let listener = TcpListener::from(shared(SocketType::STREAM, options["at"]));
            println!("@listening {pid} {}", listener.as_raw_fd());
            std::thread::spawn(move || {
                for connection in listener.incoming() {
                    let mut connection = connection.unwrap();
                    println!("@accepted {pid} {}", connection.as_raw_fd());
                    std::thread::spawn(move || {
                        let mut echoed = connection.try_clone().unwrap();
                        let _ = std::io::copy(&mut connection, &mut echoed);
                    });
                }
            });
            stopped();
        }
        "call" => {
            let mut connection = TcpStream::connect(options["to"]).unwrap();
            let port = connection.local_addr().unwrap().port();
            println!("@called {pid} {} {port}", connection.as_raw_fd());
            connection.write_all(b"hello").unwrap();
            connection.read_exact(&mut [0; 5]).unwrap();
            println!("@answered");
            if stays {
                stopped();
            }
            // A later packet for the comment.
            connection.write_all(b"goodbye").unwrap();
        }
        "receive" => {
            let socket = UdpSocket::from(shared(SocketType::DGRAM, options["at"]));
            println!("@receiving {pid} {}", socket.as_raw_fd());
            std::thread::spawn(move || {
                while let Ok((_, from)) = socket.recv_from(&mut [0; 16]) {
                    println!("@received {}", from.port());
                }
            });
            stopped();
        }
        _ => {
            let socket = UdpSocket::bind(options["at"]).unwrap();
            let port = socket.local_addr().unwrap().port();
            println!("@bound {pid} {} {port}", socket.as_raw_fd());
            let connected = options.contains_key("connected");
            if connected {
                socket.connect(options["to"]).unwrap();
            }
            for _ in 0..options.get("count").map_or(5, |text| text.parse().unwrap()) {
                let sent =
                    if connected { socket.send(b"hello") } else { socket.send_to(b"hello", options["to"]) };
                sent.unwrap();
            }
            println!("@sent");
            if stays {
                stopped();
            }
        }
    }
}

/// `wirepeel` inside, with its output read.
fn wirepeel(net: &Net, prefix: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &net.inner]).args(prefix).arg(env!("CARGO_BIN_EXE_wirepeel")).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends a capture as Ctrl-C does; gives what it printed.
fn interrupt(child: Child) -> String {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Starts a capture; sockets are watched and packets captured when this returns.
fn capturing(net: &Net, words: &[&str]) -> Child {
    let mut child = wirepeel(net, &[], words).spawn().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stderr.as_mut().unwrap());
    while !line.contains("capturing on") {
        assert!(said.read_line(&mut line).unwrap() > 0, "{line}");
    }
    child
}

/// Waits until the capturing program has looked at sockets so many times more: after each look
/// the thread that does rests.
fn looked(child: &Child, times: u64) {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let is_watch =
        |task: &PathBuf| std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name == "sockets\n");
    let watch = tasks.map(|task| task.unwrap().path()).find(is_watch).unwrap();
    let rests = || -> u64 {
        let status = std::fs::read_to_string(watch.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    };
    let (before, end) = (rests(), Instant::now() + LIMIT);
    while rests() < before + times {
        assert!(Instant::now() < end, "nobody looks at sockets");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn flows_of(file: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_wirepeel");
    let output = Command::new(program).arg("flows").arg(file).args(["--format", "jsonl"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The end that has this port in the flow with the other, and its members without the prefix. One
/// port alone may be given to two processes, one on either side.
fn end(flows: &str, port: u64, other: u64) -> BTreeMap<String, Value> {
    for line in flows.lines() {
        let flow: Value = serde_json::from_str(line).unwrap();
        for (side, far) in [("a_", "b_"), ("b_", "a_")] {
            let of = |side: &str| flow[format!("{side}port")].as_u64();
            if (of(side), of(far)) == (Some(port), Some(other)) {
                let all = flow.as_object().unwrap().iter();
                return all
                    .filter_map(|(name, value)| Some((name.strip_prefix(side)?.to_owned(), value.clone())))
                    .collect();
            }
        }
    }
    panic!("no flow between ports {port} and {other} in {flows}");
}

/// What the conversations below came to: port, process, descriptor.
struct Spoken {
    /// The accepted connection of a server inside; its client's port outside.
    accepted: [u64; 3],
    client: [u64; 3],
    short: [u64; 3],
    datagrams: [u64; 3],
    /// All but the short one go on: what the last look finds does not depend on luck.
    _going_on: [Capture; 5],
}

/// Looks while a connection lasts: enough for its socket to be seen, and for who holds it.
const LOOKS: u64 = 30;

fn converse(net: &Net, child: &Child) -> Spoken {
    let numbers = |words: Vec<String>| -> Vec<u64> { words.iter().filter_map(|w| w.parse().ok()).collect() };
    let call = |inside: bool, to: &str| {
        let mut caller = net.talk(inside, &[], &format!("call,to={to},stay=1"), "@answered");
        let said = numbers(caller.line("@called"));
        (caller, said)
    };
    let mut inside = net.talk(true, &[], "serve,at=10.77.0.1:8080", "@listening");
    let outside = net.talk(false, &[], "serve,at=10.77.0.2:9090", "@listening");
    let (caller, of_caller) = call(false, "10.77.0.1:8080");
    let accepted = numbers(inside.line("@accepted"));
    let (client, of_client) = call(true, "10.77.0.2:9090");
    let (mut short, of_short) = call(true, "10.77.0.2:9090");
    looked(child, LOOKS);
    short.stop();
    short.ended();
    let words = "datagrams,at=0.0.0.0:5555,to=10.77.0.2:4711,stay=1";
    let mut datagrams = net.talk(true, &[], words, "@sent");
    let of_datagrams = numbers(datagrams.line("@bound"));
    Spoken {
        accepted: [of_caller[2], accepted[0], accepted[1]],
        client: [of_client[2], of_client[0], of_client[1]],
        short: [of_short[2], of_short[0], of_short[1]],
        datagrams: [5555, of_datagrams[0], of_datagrams[1]],
        _going_on: [inside, outside, caller, client, datagrams],
    }
}

fn check(flows: &str, spoken: &Spoken, seen: &[&str]) {
    let [client, short] = [spoken.client, spoken.short].map(|[port, ..]| port);
    for (what, (near, far), [_, pid, fd], quality) in [
        ("the server", (8080, spoken.accepted[0]), spoken.accepted, "exact"),
        ("the client", (client, 9090), spoken.client, "exact"),
        ("the short-lived client", (short, 9090), spoken.short, "exact"),
        ("the datagrams", (5555, 4711), spoken.datagrams, "wildcard"),
    ] {
        let owner = end(flows, near, far);
        assert_eq!(owner["match"], quality, "{what}: {owner:#?}");
        assert_eq!(
            (owner["pid"].as_u64(), owner["fd"].as_u64()),
            (Some(pid), Some(fd)),
            "{what}: {owner:#?}"
        );
        assert!(seen.contains(&owner["seen"].as_str().unwrap()), "{what}: {owner:#?}");
        assert_eq!(owner["candidates"], 1, "{what}");
        assert!(owner["inode"].as_u64().is_some(), "{what}");
    }
    assert_eq!(end(flows, 5555, 4711)["bound"], "0.0.0.0:5555");
    // The other hosts' ends are not ours: nothing is said of them.
    assert_eq!(end(flows, 9090, client)["match"], Value::Null);
}

#[test]
fn flows_know_their_process_and_descriptor() {
    let Some(net) = Net::new(1) else { return };
    let child = capturing(&net, &["flows", "-i", "a0", "--format", "jsonl"]);
    let spoken = converse(&net, &child);
    check(&interrupt(child), &spoken, &["now", "earlier", "traced"]);
}

#[test]
fn comments_of_a_file_tell_the_same() {
    let Some(net) = Net::new(1) else { return };
    let file = net.folder.path().join("owned.pcapng");
    let child = capturing(&net, &["capture", "-i", "a0", "--processes", "-w", file.to_str().unwrap()]);
    let spoken = converse(&net, &child);
    interrupt(child);
    check(&flows_of(&file), &spoken, &["file"]);
}

#[test]
fn who_is_not_root_sees_its_own_and_is_told_what_is_hidden() {
    let Some(net) = Net::new(0) else { return };
    let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];
    let works = wirepeel(&net, &prefix, &["--version"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        return println!("skipped: setpriv cannot run this program");
    }
    let mut own = net.talk(true, &prefix, "serve,at=127.0.0.1:8001", "@listening");
    let _other = net.talk(true, &[], "serve,at=127.0.0.1:8002", "@listening");
    let output = wirepeel(&net, &prefix, &["sockets", "-l", "--format", "jsonl"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("of other users are hidden"), "{said}");
    let rows = String::from_utf8(output.stdout).unwrap();
    let row = |port: u16| -> Value {
        let local = format!("127.0.0.1:{port}");
        let mut all = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.find(|row| row["local"] == *local).unwrap_or_else(|| panic!("no {local} in {rows}"))
    };
    let pid: u64 = own.line("@listening")[1].parse().unwrap();
    assert_eq!((row(8001)["pid"].as_u64(), row(8001)["socket_state"].as_str()), (Some(pid), Some("LISTEN")));
    assert_eq!((row(8002)["pid"].as_u64(), row(8002)["inode"].as_u64().is_some()), (None, true));
}

/// A listener and a receiver at each of the addresses, the wildcard among them; who has them by address.
fn sharing(net: &Net, port: u16, addresses: &[&str]) -> Vec<[(String, Capture); 2]> {
    let role = |what: &str, ready: &str, address: &str| {
        let at = format!("{address}:{port}");
        let mut process = net.talk(true, &[], &format!("{what},at={at}"), ready);
        let _ = process.line(ready);
        (at, process)
    };
    let both =
        |address: &&str| [role("serve", "@listening", address), role("receive", "@receiving", address)];
    addresses.iter().map(both).collect()
}

/// TCP and UDP, IPv4 and IPv6: the socket bound to the very address gets what
/// is sent there, and what it goes before is told.
#[test]
fn a_bound_address_goes_before_the_wildcard() {
    let Some(net) = Net::new(1) else { return };
    let mut families = vec![("10.77.0.1", "0.0.0.0", "10.77.0.2")];
    if net.with_v6() {
        families.push(("[fd77::1]", "[::]", "[fd77::2]"));
    }
    net.ip(&["-n", &net.inner, "address", "add", "10.77.0.9/24", "dev", "a0"]);
    for (place, (specific, wildcard, outside)) in families.into_iter().enumerate() {
        let port = 7000 + place as u16;
        let mut servers = sharing(&net, port, &[specific, wildcard]);
        let child = capturing(&net, &["flows", "-i", "a0", "--format", "jsonl"]);
        let words = format!("call,to={specific}:{port},stay=1");
        let mut caller = net.talk(false, &[], &words, "@answered");
        let called = caller.line("@called");
        let accepted = servers[0][0].1.line("@accepted");
        net.talk(false, &[], &format!("datagrams,at={outside}:5050,to={specific}:{port}"), "@sent").ended();
        servers[0][1].1.wait_for("@received 5050");
        // To an address that only the wildcard has.
        let elsewhere = place == 0;
        if elsewhere {
            let words = format!("datagrams,at={outside}:5051,to=10.77.0.9:{port}");
            net.talk(false, &[], &words, "@sent").ended();
            servers[1][1].1.wait_for("@received 5051");
        }
        // Everybody is still there: what the last look finds does not depend on luck.
        let flows = interrupt(child);
        let of_flow = |other: u64| end(&flows, port.into(), other);
        let told = |owner: &BTreeMap<String, Value>| {
            let text = |name: &str| owner[name].as_str().unwrap_or_default().to_owned();
            let passed: Vec<String> = owner["passed"]
                .as_array()
                .unwrap()
                .iter()
                .map(|end| end.as_str().unwrap().to_owned())
                .collect();
            (text("match"), text("bound"), owner["pid"].as_u64(), owner["fd"].as_u64(), passed)
        };
        let number = |words: &[String], at: usize| words[at].parse::<u64>().ok();
        let (of_specific, of_wildcard) = (format!("{specific}:{port}"), format!("{wildcard}:{port}"));
        let tcp = told(&of_flow(number(&called, 3).unwrap()));
        assert_eq!(
            tcp,
            (
                "exact".to_owned(),
                of_specific.clone(),
                number(&accepted, 1),
                number(&accepted, 2),
                vec![of_specific.clone(), of_wildcard.clone()]
            )
        );
        let receiver = servers[0][1].1.line("@receiving");
        let udp = told(&of_flow(5050));
        let expected = ("bound".to_owned(), of_specific, number(&receiver, 1), number(&receiver, 2));
        assert_eq!(
            (udp.0, udp.1, udp.2, udp.3, udp.4),
            (expected.0, expected.1, expected.2, expected.3, vec![of_wildcard.clone()])
        );
        if elsewhere {
            let receiver = servers[1][1].1.line("@receiving");
            let udp = told(&of_flow(5051));
            let wild =
                ("wildcard".to_owned(), of_wildcard, number(&receiver, 1), number(&receiver, 2), vec![]);
            assert_eq!(udp, wild);
        }
    }
}

/// A network where tracing is allowed; none, and says why, elsewhere.
fn traced() -> Option<Net> {
    if !cfg!(feature = "trace") {
        println!("skipped: built without `trace`");
        return None;
    }
    let net = Net::new(1)?;
    // Entering a namespace hides what is mounted in /sys; the program finds the event all the same.
    let mut probe = Command::new("ip");
    probe.args(["netns", "exec", &net.inner, "mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing"]);
    if !probe.output().is_ok_and(|output| output.status.success()) {
        println!("skipped: tracefs cannot be mounted");
        return None;
    }
    Some(net)
}

/// Too brief for any look at sockets: the kernel's word, where it may be heard.
#[test]
fn short_lived_connections_have_their_process_where_tracing_is_allowed() {
    let Some(net) = traced() else { return };
    let mut child = capturing(&net, &["flows", "-i", "a0", "--format", "jsonl"]);
    let _server = net.talk(false, &[], "serve,at=10.77.0.2:9091", "@listening");
    let mut expected = BTreeMap::new();
    for _ in 0..30 {
        let mut client = net.talk(true, &[], "call,to=10.77.0.2:9091", "@called");
        let said = client.line("@called");
        client.ended();
        let number = |at: usize| said[at].parse::<u64>().unwrap();
        // Of two that the system gave one port it is not said which flow is whose.
        if expected.insert(number(3), Some((number(1), number(2)))).is_some() {
            expected.insert(number(3), None);
        }
    }
    assert!(child.try_wait().unwrap().is_none(), "the capture ended");
    let flows = interrupt(child);
    let mut described = 0;
    let told = expected.iter().filter_map(|(port, client)| Some((port, client.as_ref()?)));
    for (port, (pid, fd)) in told {
        let owner = end(&flows, *port, 9091);
        let told = (owner["match"].as_str(), owner["pid"].as_u64());
        assert_eq!(told, (Some("exact"), Some(*pid)), "{owner:#?}");
        // A descriptor must be looked for while the process lives; a wrong one is worse than none.
        described += u32::from(owner["fd"].as_u64() == Some(*fd));
        assert!(owner["fd"].is_null() || owner["fd"].as_u64() == Some(*fd), "{owner:#?}");
    }
    println!("{described} of {} with their descriptor", expected.len());
}

/// The same for UDP, whose sockets have no states: who looks up the way to the destination sends.
#[test]
fn short_lived_datagrams_have_their_process_where_tracing_is_allowed() {
    let Some(net) = traced() else { return };
    let mut families = vec![("0.0.0.0", "10.77.0.1", "10.77.0.2:9092")];
    if net.with_v6() {
        families.push(("[::]", "[fd77::1]", "[fd77::2]:9092"));
    }
    let servers =
        families.iter().map(|(.., to)| net.talk(false, &[], &format!("receive,at={to}"), "@receiving"));
    let _servers: Vec<_> = servers.collect();
    let mut child = capturing(&net, &["flows", "-i", "a0", "--format", "jsonl"]);
    let mut expected = BTreeMap::new();
    for turn in 0..60 {
        let (any, own, to) = families[turn % families.len()];
        let at = if turn % 3 == 0 { own } else { any };
        let connected = if turn % 4 < 2 { ",connected=1" } else { "" };
        let words = format!("datagrams,at={at}:0,to={to},count=1{connected}");
        let mut client = net.talk(true, &[], &words, "@bound");
        let said = client.line("@bound");
        client.ended();
        let number = |at: usize| said[at].parse::<u64>().unwrap();
        // A look may see a socket before it connects, or none of it. What is heard as it connects may be
        // told before its address is, and its socket may be gone when the kernel is asked for it.
        let likely: &[&str] = match (at == own, connected.is_empty()) {
            (true, true) => &["bound"],
            (true, false) => &["exact", "bound"],
            (false, true) => &["wildcard"],
            (false, false) => &["exact", "bound", "wildcard"],
        };
        // The system may give two of them one port: then one flow has two processes.
        if expected.insert(number(3), Some((number(1), number(2), likely))).is_some() {
            expected.insert(number(3), None);
        }
    }
    assert!(child.try_wait().unwrap().is_none(), "the capture ended");
    let flows = interrupt(child);
    let mut described = 0;
    let told = expected.iter().filter_map(|(port, client)| Some((port, client.as_ref()?)));
    for (port, (pid, fd, likely)) in told {
        let owner = end(&flows, *port, 9092);
        assert_eq!(owner["pid"].as_u64(), Some(*pid), "{owner:#?}");
        assert!(likely.contains(&owner["match"].as_str().unwrap()), "{owner:#?}");
        described += u32::from(owner["fd"].as_u64() == Some(*fd));
        assert!(owner["fd"].is_null() || owner["fd"].as_u64() == Some(*fd), "{owner:#?}");
    }
    println!("{described} of {} with their descriptor", expected.len());
}
