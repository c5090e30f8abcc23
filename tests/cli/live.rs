//! Capturing on the loopback interface; said aloud and skipped where that is not permitted.

use crate::{Run, good, program};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// A port on which nobody else sends.
fn socket() -> (UdpSocket, u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

/// Starts `wirepeel capture` and waits until it captures; `None` where it may not.
fn capture(words: &[&str], file: &str) -> Option<(Child, BufReader<std::process::ChildStderr>)> {
    let mut child = program()
        .args(words)
        .args(["-w", file])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    if line.contains("capturing on lo") {
        return Some((child, said));
    }
    child.wait().unwrap();
    eprintln!("SKIPPED, nothing was captured: {line}");
    None
}

#[test]
fn a_count_ends_a_capture_after_exactly_so_many_packets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("three.pcapng");
    let file = file.to_str().unwrap();
    let (socket, port) = socket();
    let filter = format!("udp port {port}");
    let words = ["capture", "-i", "lo", "-c", "3", "-f", &filter];
    let Some((mut child, mut said)) = capture(&words, file) else { return };
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < PATIENCE, "the capture does not end");
        socket.send_to(b"hello", ("127.0.0.1", port)).unwrap();
        // Not more than the kernel can hold until the program's turn comes.
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("3 packets captured, 0 dropped"), "{rest}");
    let ports = good(&format!("fields {file} -e udp.dstport -e udp.length"));
    assert_eq!(ports, format!("{port}\t13\n").repeat(3));
}

#[test]
fn an_interrupt_ends_a_capture_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("until.pcapng");
    let file = file.to_str().unwrap();
    let Some((child, mut said)) = capture(&["capture", "-i", "lo"], file) else { return };
    let (socket, port) = socket();
    for _ in 0..50 {
        socket.send_to(b"hello", ("127.0.0.1", port)).unwrap();
        // Once it is here it has passed those that capture.
        socket.recv(&mut [0; 5]).unwrap();
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{rest}");
    assert!(rest.contains("packets captured"), "{rest}");
    let ours = good(&format!("fields {file} -Y udp.dstport=={port} -e udp.length"));
    assert_eq!(ours, "13\n".repeat(50));
}
