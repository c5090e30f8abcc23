//! Pipes, files that grow, files that are damaged, outputs that fail.

use crate::made::{self, file, path, pcap, udp};
use crate::{Run, failing, good, program, run, sample};
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// More output than a pipe holds.
fn large() -> tempfile::NamedTempFile {
    let frames: Vec<_> = (0..20_000u16).map(|at| udp(at, 9, b"discarded")).collect();
    file(&pcap(&frames))
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let made = large();
    for arguments in ["packets", "packets --format json", "fields -e frame.number -e eth.src -e ip.src"] {
        let mut child = program()
            .args(arguments.split(' '))
            .arg(made.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments}");
    }
    assert_eq!(good(&format!("packets {}", path(&made))).lines().count(), 20_000);
}

#[test]
fn a_full_disk_is_an_error() {
    let made = large();
    for arguments in ["packets", "packets --format csv", "flows", "verify -v"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program().args(arguments.split(' ')).arg(made.path()).stdout(full).output().unwrap();
        let run = Run::from(output);
        assert_eq!(run.code, Some(2), "{arguments}");
        assert!(
            run.err.contains("no space left") && run.err.lines().count() == 1,
            "{arguments}: {}",
            run.err
        );
    }
}

#[test]
fn standard_input_is_read() {
    let capture = std::fs::read(sample("dns-walk.pcapng")).unwrap();
    let direct = good(&format!("fields {} -e frame.number -e ip.src", sample("dns-walk.pcapng")));
    let mut child = program()
        .args(["fields", "-", "-e", "frame.number", "-e", "ip.src"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&capture).unwrap();
    let piped = Run::from(child.wait_with_output().unwrap());
    assert_eq!((piped.code, piped.err.as_str()), (Some(0), ""));
    assert_eq!(piped.out, direct);
    // A file as standard input.
    let stdin = std::fs::File::open(sample("dns-walk.pcapng")).unwrap();
    let output = program().args(["packets", "-r", "-"]).stdin(stdin).output().unwrap();
    assert_eq!(Run::from(output).out.lines().count(), 67);
}

/// Reads lines on a thread, so that a test can say that one came in time.
fn lines(out: std::process::ChildStdout) -> std::sync::mpsc::Receiver<String> {
    let (told, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            if told.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

/// Longer than anything takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn lines_come_out_of_a_named_pipe_as_packets_go_in() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("live.pcap");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child =
        program().arg("packets").arg(&fifo).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = lines(child.stdout.take().unwrap());
    let mut writer = OpenOptions::new().write(true).open(&fifo).unwrap();
    let capture = pcap(&[udp(1, 9, b"a"), udp(2, 9, b"b")]);
    let half = 24 + (capture.len() - 24) / 2;
    writer.write_all(&capture[..half]).unwrap();
    // The first packet is printed while the pipe is open and silent.
    let first = lines.recv_timeout(PATIENCE).unwrap();
    assert!(first.trim_start().starts_with("1 "), "{first}");
    writer.write_all(&capture[half..]).unwrap();
    drop(writer);
    let second = lines.recv_timeout(PATIENCE).unwrap();
    assert!(second.trim_start().starts_with("2 "), "{second}");
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}

#[test]
fn a_growing_file_is_followed() {
    let capture = pcap(&[udp(1, 9, b"a"), udp(2, 9, b"b")]);
    let half = 24 + (capture.len() - 24) / 2;
    let made = file(&capture[..half]);
    let mut child = program()
        .args(["packets", "--follow", path(&made)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = lines(child.stdout.take().unwrap());
    assert!(lines.recv_timeout(PATIENCE).unwrap().trim_start().starts_with("1 "));
    assert!(lines.recv_timeout(Duration::from_millis(200)).is_err(), "a packet that is not there");
    OpenOptions::new().append(true).open(&made).unwrap().write_all(&capture[half..]).unwrap();
    assert!(lines.recv_timeout(PATIENCE).unwrap().trim_start().starts_with("2 "));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_damaged_file_gives_what_it_holds_and_exit_code_2() {
    let whole = std::fs::read(sample("tftp.pcap")).unwrap();
    let cut = file(&whole[..whole.len() - 10]);
    let before = good(&format!("packets {}", sample("tftp.pcap")));
    for (arguments, lines) in [("packets", 20), ("fields -e frame.number", 20), ("verify", 1)] {
        let run = run(&format!("{arguments} {}", path(&cut)));
        assert_eq!((run.code, run.out.lines().count()), (Some(2), lines), "{arguments}: {}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.contains(path(&cut)) && run.err.contains("offset"), "{}", run.err);
    }
    let out = run(&format!("packets {}", path(&cut))).out;
    assert!(before.starts_with(&out), "what was printed before the damage differs");
}

#[test]
fn what_is_no_capture_is_refused_in_one_line() {
    let empty = file(b"");
    let text = file(b"this is a letter, not a capture, and long enough for any header\n");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for command in ["packets", "flows", "fields -e ip.src", "tree"] {
        for file in ["no-such-file.pcap", path(&empty), path(&text), folder] {
            let number = if command == "tree" { " 1" } else { "" };
            let told = failing(&format!("{command} {file}{number}"));
            assert!(told.starts_with("wirepeel: ") && told.contains(file), "{told}");
        }
    }
    assert!(failing("packets no-such-file.pcap").contains("no such file"));
    assert_eq!(program().output().unwrap().status.code(), Some(2), "no file and no terminal");
}

#[test]
fn the_first_packets_of_a_large_capture_come_at_once() {
    let begin = Instant::now();
    let made = large();
    let mut out = String::new();
    let mut child =
        program().args(["packets", "-c", "3"]).arg(made.path()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(out.lines().count(), 3);
    assert!(begin.elapsed() < PATIENCE);
}

#[test]
fn calls_and_ladders_of_several_flows() {
    // The kinds in the order of time, and every byte of the request and the answer once.
    let file = sample("http.pcap");
    let out = good(&format!("stream {file} --flow 0 --as calls --format jsonl"));
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<&str> = rows.iter().filter_map(|row| row["call"].as_str()).collect();
    let expected = "socket connect socket bind listen accept send recv send recv close recv close recv";
    let (mut got, mut wanted) = (calls.clone(), expected.split(' ').collect::<Vec<_>>());
    got.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(got, wanted);
    let sent = rows.iter().filter(|row| row["call"] == "send").filter_map(|row| row["bytes"].as_u64());
    assert_eq!(sent.sum::<u64>(), 87 + 293);
    assert!(rows.iter().is_sorted_by_key(|row| row["packet"].as_u64()));
    // One flow, two flows, all of the conversation.
    let lines = |which: &str| good(&format!("stream {file} {which} --as ladder --width 80")).lines().count();
    let (one, two) = (lines("--flow 0"), lines("--flow 0 --flow 1"));
    assert!(one < two && two < lines("--flow 0 --conversation"), "{one} {two}");
    let wide = good(&format!("stream {file} --flow 0 --as ladder --width 200"));
    assert!(wide.contains("GET /hello.txt HTTP/1.1"), "{wide}");
    for wrong in ["--flow 0 --flow 1", "--flow 0 --flow 999 --as ladder", "--flow 0 --as hex --format json"] {
        failing(&format!("stream {file} {wrong}"));
    }
}

/// The arrows for scripts say what those for people say.
#[test]
fn a_ladder_as_rows() {
    let rows = |file: &str, which: &str| -> Vec<serde_json::Value> {
        let out = good(&format!("stream {} {which} --as ladder --format jsonl", sample(file)));
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let lost = rows("loss.pcap.gz", "--tcp 0");
    assert_eq!(lost.len(), 119);
    let again: Vec<_> = lost.iter().filter(|row| !row["repeats_packet"].is_null()).collect();
    assert_eq!(
        again.len(),
        5,
        "three retransmissions and two that came so soon that they count as out of order"
    );
    for row in again {
        let first = lost.iter().find(|first| first["packet"] == row["repeats_packet"]).unwrap();
        assert_eq!((&first["repeated_in_packet"], &first["seq"]), (&row["packet"], &row["seq"]));
        assert!(row["remarks"].as_array().is_some_and(|remarks| !remarks.is_empty()), "{row}");
    }
    assert_eq!((lost[0]["seq"].as_u64(), lost[0]["flags"].as_u64()), (Some(0), Some(2)));
    assert!(lost[0]["calls"].as_array().unwrap().iter().any(|call| call == "connect()"));
    // The scale of a window is known from the handshake, and a SYN's is 1.
    assert_eq!((&lost[0]["window_scale"], &lost[3]["window_scale"]), (&1.into(), &1024.into()));
    assert_eq!(lost.iter().filter(|row| row["lost"] == true).count(), 5);
    // The client's four messages, whichever flow is asked for.
    for which in ["--flow 0", "--flow 2", "--flow 1 --conversation", "--flow 2 --host"] {
        let dhcp = rows("dhcp-lease.pcap", which);
        let said: Vec<&str> =
            dhcp.iter().filter_map(|row| row["info"].as_str()?.split(" - ").next()).collect();
        let said: Vec<&str> =
            said.into_iter().map(str::trim_end).filter(|said| said.starts_with("DHCP")).collect();
        let all = ["Discover", "Offer", "Request", "ACK", "Request", "ACK", "Release"];
        assert_eq!(said, all.map(|word| format!("DHCP {word}")), "{which}");
    }
    let tftp = rows("tftp-loss.pcap", "--udp 1");
    assert!(tftp[0]["seq"].is_null() && tftp[0]["info"] == "Data Packet, Block: 1", "{}", tftp[0]);
}

/// Catches a ladder of one client's lease that holds another's broadcasts.
#[test]
fn two_clients_that_ask_all_hosts_are_told_apart() {
    let one = std::fs::read(sample("dhcp-lease.pcap")).unwrap();
    let mut two = one[..24].to_vec();
    let mut at = 24;
    while at < one.len() {
        let end = at + 16 + u32::from_le_bytes(one[at + 8..at + 12].try_into().unwrap()) as usize;
        let mut other = one[at..end].to_vec();
        for (from, to) in [(&[0, 0, 0x5e, 0, 0x53, 1][..], 0x77), (&[192, 0, 2, 101][..], 202)] {
            while let Some(found) = other.windows(from.len()).position(|bytes| bytes == from) {
                other[found + from.len() - 1] = to;
            }
        }
        two.extend([&one[at..end], &other].concat());
        at = end;
    }
    let made = file(&two);
    let of = |flow: u32| -> Vec<u64> {
        let path = made.path().display();
        let out = good(&format!("stream {path} --flow {flow} --as ladder --format jsonl"));
        let rows = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        rows.filter_map(|row| row["packet"].as_u64()).collect()
    };
    assert_eq!(of(4), [2, 12, 14, 16, 28, 30, 38]);
    assert_eq!(of(3), of(4).iter().map(|packet| packet - 1).collect::<Vec<_>>());
}

/// What a client asks all DHCPv6 servers and what one of them answers is one ladder; another
/// client's exchange is none of it.
#[test]
fn a_ladder_of_dhcpv6_is_that_of_one_client() {
    const ALL: (u16, u8) = (0xff02, 2);
    let host = |last: u8| (0xfe80u16, last);
    let asks =
        |client: u8, kind: u8| made::v6(17, host(client), ALL, &made::datagram(546, 547, &[kind, 1, 2, 3]));
    let answers = |client: u8, kind: u8| {
        made::v6(17, host(9), host(client), &made::datagram(547, 546, &[kind, 1, 2, 3]))
    };
    let frames = [
        asks(1, 1),
        asks(2, 1),
        answers(1, 2),
        answers(2, 2),
        asks(1, 3),
        asks(2, 3),
        answers(1, 7),
        answers(2, 7),
    ];
    let made = file(&made::pcap(&frames));
    let flows = good(&format!("flows {} --format jsonl", path(&made)));
    assert!(flows.lines().all(|line| line.contains("\"service\":\"dhcpv6-server\"")), "{flows}");
    for (flow, packets) in [(0, [1, 3, 5, 7]), (2, [1, 3, 5, 7]), (1, [2, 4, 6, 8])] {
        let out = good(&format!("stream {} --flow {flow} --as ladder --format jsonl", path(&made)));
        let rows = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut seen: Vec<u64> = rows.filter_map(|row| row["packet"].as_u64()).collect();
        seen.dedup();
        assert_eq!(seen, packets, "flow {flow}: {out}");
    }
}

/// A packet too big for a link is told of its flow, as IPv4's fragmentation needed is.
#[test]
fn packets_too_big_are_tied_to_their_flow() {
    let (a, b, router) = ((0xfe80u16, 1), (0xfe80u16, 2), (0xfe80u16, 7));
    let sent = made::v6(17, a, b, &made::datagram(4000, 53, &[7; 1200]));
    let error = [&[2, 0, 0, 0, 0, 0, 5, 0][..], &sent[14..14 + 600]].concat();
    let made = file(&made::pcap(&[sent.clone(), made::v6(58, router, a, &error), sent]));
    let out = good(&format!("flows {} --format jsonl", path(&made)));
    let flow: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let told = ["undelivered", "undelivered_packet", "undelivered_by", "undelivered_why"]
        .map(|name| flow[name].clone());
    assert_eq!(serde_json::Value::from(told.to_vec()), serde_json::json!([1, 1, 2, "too big"]), "{out}");
    assert_eq!(flow["state"], serde_json::Value::Null, "it is sent again");
}

#[test]
fn flows_say_who_had_no_room_where_somebody_had_none() {
    let flows = good(&format!("flows {}", sample("slow-reader.pcap")));
    let mut lines = flows.lines();
    assert!(lines.next().is_some_and(|heads| heads.contains("WINDOW CLOSED")), "{flows}");
    // As the rows for programs have it: zero_window_b.
    assert!(lines.next().is_some_and(|line| line.contains("  B 2.975982")), "{flows}");
    assert!(!good(&format!("flows {}", sample("http.pcap"))).contains("WINDOW CLOSED"));
}
