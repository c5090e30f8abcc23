//! Sockets and processes: of this machine, and from the comments of a file.

use crate::made::{commented, file, path, udp};
use crate::{good, program, run};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd as _;

/// A question, an answer and a question again between 10.0.0.1:40000 and
/// 10.0.0.2:53, the last with these comments.
fn owned(comments: &[&str]) -> tempfile::NamedTempFile {
    let question = udp(40_000, 53, b"");
    let mut answer = udp(53, 40_000, b"");
    answer[26..34].rotate_left(4);
    let comments: Vec<&[u8]> = comments.iter().map(|text| text.as_bytes()).collect();
    file(&commented(&[(&question, &[]), (&answer, &[]), (&question, &comments)]))
}

const NOTE: &str = r#"wirepeel-socket {"v":1,"protocol":"udp","local":"10.0.0.2:53","remote":"10.0.0.1:40000","match":"bound","seen":"now","bound":"10.0.0.2:53","passed":["0.0.0.0:53"],"state":"unconnected","receive_queue":0,"send_queue":0,"inode":77,"uid":53,"user":"named","processes":[{"pid":7,"fd":20,"name":"na\u001bmed","uid":53,"container":"docker:0123456789ab"}]}"#;

#[test]
fn comments_of_a_file_are_told_by_every_command() {
    let file = owned(&["somebody else's words", NOTE]);
    let file = path(&file);
    let flows = good(&format!("flows {file} --format jsonl"));
    let flow: serde_json::Value = serde_json::from_str(&flows).unwrap();
    assert_eq!(flow["a_match"], serde_json::Value::Null, "nothing is said of the other end: {flow}");
    let told: Vec<_> = ["match", "seen", "process", "pid", "fd", "user", "container", "bound", "inode"]
        .iter()
        .map(|name| flow[format!("b_{name}")].to_string())
        .collect();
    assert_eq!(
        told,
        [
            r#""bound""#,
            r#""file""#,
            r#""na\\x1bmed""#,
            "7",
            "20",
            r#""named""#,
            r#""docker:0123456789ab""#,
            r#""10.0.0.2:53""#,
            "77"
        ]
    );
    assert_eq!(flow["b_passed"], serde_json::json!(["0.0.0.0:53"]));

    let processes = good(&format!("flows {file} --by process --format csv"));
    assert_eq!(
        processes,
        "process,pid,user,container,flows,flows_exact,packets_out,packets_in,bytes_out,bytes_in\n\
         na\\x1bmed,7,named,docker:0123456789ab,1,0,1,2,42,84\n"
    );

    // In the tree of every packet, whichever comes first, and by either's filter.
    for (number, direction) in [(1, "dst"), (2, "src"), (3, "dst")] {
        let tree = good(&format!("tree {file} {number}"));
        assert!(tree.contains("na\\x1bmed(7)") && !tree.contains('\u{1b}'), "{tree}");
        let pid = good(&format!("fields {file} -Y frame.number=={number} -e udp.proc.{direction}pid"));
        assert_eq!(pid, "7\n");
    }
    let names =
        "wirepeel.process.user -e wirepeel.process.fd -e wirepeel.socket.bound -e wirepeel.socket.match";
    let all = good(&format!("fields {file} -Y wirepeel.process.pid==7 -e frame.number -e {names}"));
    let line = |number: u8| format!("{number}\tnamed\t20\t10.0.0.2:53\tbound, from the file\n");
    assert_eq!(all, format!("{}{}{}", line(1), line(2), line(3)));
    // Nothing else counts as a process.
    assert_eq!(good(&format!("fields {file} -Y tcp.proc.srcpid -e frame.number")), "");
}

#[test]
fn comments_that_are_not_understood_say_nothing_of_sockets() {
    for wrong in
        [NOTE.replace("\"v\":1", "\"v\":9"), NOTE.replace(":53\"", ":x\""), "wirepeel-socket {".to_owned()]
    {
        let file = owned(&[&wrong]);
        let file = path(&file);
        assert!(good(&format!("flows {file} --format jsonl")).contains(r#""b_match":null"#), "{wrong}");
        assert_eq!(good(&format!("fields {file} -Y wirepeel.process.pid -e frame.number")), "");
    }
}

#[test]
fn this_machines_sockets_are_listed_with_process_and_descriptor() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ports = [listener.local_addr().unwrap().port(), datagrams.local_addr().unwrap().port()];
    let asked = run(&format!("sockets --port {} --format jsonl", ports[0]));
    if asked.code != Some(0) {
        // It must say what is the matter, in one line.
        assert_eq!((asked.code, asked.err.lines().count()), (Some(2), 1), "{}", asked.err);
        return println!("SKIPPED: {}", asked.err);
    }
    let fds = [listener.as_raw_fd(), datagrams.as_raw_fd()];
    for ((port, fd), (protocol, state)) in
        ports.into_iter().zip(fds).zip([("TCP", "LISTEN"), ("UDP", "unconnected")])
    {
        let rows =
            program().args(["sockets", "-l", "--format", "jsonl", "--port", &port.to_string()]).output();
        let rows = String::from_utf8(rows.unwrap().stdout).unwrap();
        // The port may be another's too: at another address, or of the other protocol.
        let mut all = rows.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let local = format!("127.0.0.1:{port}");
        let row = all.find(|row| row["protocol"] == protocol && row["local"] == *local);
        let row = row.unwrap_or_else(|| panic!("no {protocol} {local} in {rows}"));
        assert_eq!(row["socket_state"], state, "{row}");
        assert_eq!(
            (row["pid"].as_u64(), row["fd"].as_i64()),
            (Some(std::process::id().into()), Some(fd.into()))
        );
        assert!(row.get("passed").is_none(), "it belongs to flows: {row}");
    }
}
