//! `--resolve`: whom it asks, whom it does not, and how long it waits. In a network
//! namespace of the test's own, where a resolver counts who comes.

use super::{made, program};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What one run inside the namespace came to.
struct Told {
    out: String,
    err: String,
    /// Questions that came to the resolver.
    asked: u32,
    took: Duration,
}

/// Runs the program inside a namespace whose resolver lives, or is dead. Nothing, and
/// says why, where none can be made.
fn inside(arguments: &str, is_dead: bool) -> Option<Told> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let conf = write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n");
    let switch = write("nsswitch.conf", "hosts: files dns\n");
    let hosts = write("hosts", "127.0.0.1 localhost\n192.0.2.7 listed.test\n");
    let script = format!(
        "ip link set lo up && mount --bind {conf} /etc/resolv.conf && mount --bind {switch} /etc/nsswitch.conf \
         && mount --bind {hosts} /etc/hosts || exit 77; exec \"$0\" resolve::child --exact --nocapture"
    );
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--propagation", "private", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("RESOLVE_ARGUMENTS", arguments)
        .env("RESOLVE_DEAD", if is_dead { "1" } else { "" })
        .env("RESOLVE_FOLDER", folder.path())
        .output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        other => {
            println!("skipped: no namespace with a resolver of its own can be made here: {other:?}");
            return None;
        }
    };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(folder.path().join("asked").exists(), "{output:?}");
    Some(Told {
        out: read("out"),
        err: read("err"),
        asked: read("asked").parse().unwrap(),
        took: Duration::from_millis(read("took").parse().unwrap()),
    })
}

/// What runs inside: nothing when run as a test.
#[test]
fn child() {
    let Ok(arguments) = std::env::var("RESOLVE_ARGUMENTS") else { return };
    let is_dead = std::env::var("RESOLVE_DEAD").is_ok_and(|value| !value.is_empty());
    let folder = std::path::PathBuf::from(std::env::var("RESOLVE_FOLDER").unwrap());
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((len, from)) = socket.recv_from(&mut query) {
            counted.fetch_add(1, Relaxed);
            if !is_dead {
                let _ = socket.send_to(&answer(&query[..len]), from);
            }
        }
    });
    let start = Instant::now();
    let mut command = program();
    command.args(arguments.split(' ')).env_remove("LOCALDOMAIN").env_remove("RES_OPTIONS");
    // The test's own standard output is not the program's.
    command.process_group(0);
    let output = command.output().unwrap();
    let took = start.elapsed();
    std::fs::write(folder.join("out"), output.stdout).unwrap();
    std::fs::write(folder.join("err"), output.stderr).unwrap();
    std::fs::write(folder.join("took"), took.as_millis().to_string()).unwrap();
    std::fs::write(folder.join("asked"), asked.load(Relaxed).to_string()).unwrap();
}

/// To a question for `4.3.2.1.in-addr.arpa`: `h4.asked.test`.
fn answer(query: &[u8]) -> Vec<u8> {
    let label = usize::from(query[12]);
    let first = &query[13..13 + label];
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut name = vec![1 + label as u8, b'h'];
    name.extend_from_slice(first);
    name.extend_from_slice(b"\x05asked\x04test\0");
    let mut answer = query[..2].to_vec();
    answer.extend_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    answer.extend_from_slice(&query[12..end]);
    answer.extend_from_slice(&[0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, name.len() as u8]);
    answer.extend_from_slice(&name);
    answer
}

/// Three hosts; nothing names them, but that a list of this machine has 192.0.2.7.
fn capture() -> tempfile::NamedTempFile {
    let to = |last: u8| {
        let mut frame = made::udp(40000, 4000, b"x");
        // The destination of the IPv4 header; its checksum is not looked at here.
        frame[30..34].copy_from_slice(&[192, 0, 2, last]);
        frame
    };
    made::file(&made::pcap(&[to(7), to(9), to(9), to(9)]))
}

#[test]
fn nobody_is_asked_without_the_flag() {
    let file = capture();
    for command in ["packets", "flows", "dns", "stats", "fields -e ip.dst_host"] {
        let Some(told) = inside(&format!("{command} --names -r {}", made::path(&file)), false) else {
            return;
        };
        assert_eq!(told.asked, 0, "{command} asked: {}", told.out);
        assert!(!told.out.contains("listed.test"), "{command} looked into this machine's list: {}", told.out);
    }
}

#[test]
fn the_resolver_is_asked_once_for_each_address_and_its_names_are_marked() {
    let file = capture();
    let path = made::path(&file);
    let Some(told) = inside(&format!("packets --resolve -r {path}"), false) else { return };
    assert_eq!(told.err, "");
    assert!(told.out.contains("listed.test*") && told.out.contains("h9.asked.test*"), "{}", told.out);
    // The source, and 192.0.2.9 once for three packets; 192.0.2.7 is on the list.
    assert_eq!(told.asked, 2, "{}", told.out);
    let told = inside(&format!("packets --resolve -c 1 -r {path}"), false).unwrap();
    assert_eq!(told.asked, 1, "192.0.2.9 is not in the output");
    let told =
        inside(&format!("packets --resolve -Y ip.dst==192.0.2.9 --format jsonl -r {path}"), false).unwrap();
    assert!(told.out.contains(r#""destination_name":"h9.asked.test""#), "{}", told.out);
    assert!(told.out.contains(r#""destination_name_source":"resolver""#), "{}", told.out);
    let told = inside(&format!("flows --resolve --format csv -r {path}"), false).unwrap();
    assert!(told.out.contains("h9.asked.test") && told.out.contains("resolver"), "{}", told.out);
    let told = inside(&format!("stats --resolve --section endpoints -r {path}"), false).unwrap();
    assert!(told.out.contains("h9.asked.test*"), "{}", told.out);
    let told = inside(&format!("tree --resolve -r {path} 2"), false).unwrap();
    let words = "h9.asked.test (this machine's resolver, asked now: not in the capture)";
    assert!(told.out.contains(words), "{}", told.out);
    let told = inside(&format!("fields --resolve -e ip.dst_host -r {path}"), false).unwrap();
    assert_eq!(told.out.lines().nth(1), Some("h9.asked.test"), "{}", told.out);
    // What a filter lets through does not depend on who answers, and how fast.
    let told = inside(&format!("packets --resolve -Y ip.host==\"h9.asked.test\" -r {path}"), false).unwrap();
    assert_eq!((told.out.as_str(), told.asked), ("", 0));
}

#[test]
fn a_dead_resolver_holds_a_command_up_for_five_seconds_and_no_longer() {
    let file = capture();
    for command in ["packets", "flows"] {
        let Some(told) = inside(&format!("{command} --resolve -r {}", made::path(&file)), true) else {
            return;
        };
        assert!(told.out.contains("192.0.2.9") && told.out.contains("listed.test*"), "{}", told.out);
        assert!(told.err.contains("this machine's resolver has not answered within 5 s"), "{}", told.err);
        assert!(told.took.as_secs() >= 4, "{command} took {:?}", told.took);
        // The system asks again after 30 seconds, and gives up after a minute.
        assert_eq!(told.asked, 2, "{command} waited as long as the system does");
    }
}
