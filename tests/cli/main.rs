//! The command line from outside: the real program, its output, its exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test fails by panicking.

mod arguments;
mod content;
mod contract;
mod decode_as;
mod dns;
mod dns_made;
mod dns_stream;
mod formats;
#[cfg(feature = "live")]
mod live;
mod made;
#[cfg(target_os = "linux")]
mod resolve;
mod samples;
mod sockets;
mod stats;
mod streams;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run of the program came to.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirepeel"));
    command.stdin(Stdio::null());
    command
}

/// Runs the program; words of `arguments` are split at spaces.
fn run(arguments: &str) -> Run {
    program().args(arguments.split(' ')).output().unwrap().into()
}

/// As [`run`], and it must succeed without a word on standard error.
fn good(arguments: &str) -> String {
    let run = run(arguments);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "wirepeel {arguments}");
    run.out
}

/// As [`run`], and it must fail with exit code 2 and one line; gives the line.
fn failing(arguments: &str) -> String {
    let run = run(arguments);
    assert_eq!(run.code, Some(2), "wirepeel {arguments}: {}", run.err);
    assert_eq!(run.err.lines().count(), 1, "wirepeel {arguments}: {}", run.err);
    run.err
}

fn sample(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    path.to_str().unwrap().to_owned()
}

#[test]
fn packets_prints_a_line_for_every_packet() {
    let out = good(&format!("packets {}", sample("dns-walk.pcapng")));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 67);
    let words: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!(words[..5], ["3", "0.000053", "192.0.2.10", "→", "192.0.2.53"]);
    assert!(words.contains(&"97"), "the length is missing: {}", lines[2]);
    // Columns stand under each other.
    let arrows: Vec<_> = lines[2..40].iter().map(|line| line.chars().position(|c| c == '→')).collect();
    assert!(arrows.iter().all(|at| *at == arrows[0]), "{arrows:?}");
}

#[test]
fn packets_reads_compressed_captures() {
    assert_eq!(good(&format!("packets {}", sample("loss.pcap.gz"))).lines().count(), 121);
}

#[test]
fn without_a_terminal_the_packets_are_printed() {
    let file = sample("tftp.pcap");
    let packets = good(&format!("packets {file}"));
    assert_eq!(packets.lines().count(), 21);
    for arguments in [file.clone(), format!("-r {file}"), format!("packets -r {file}")] {
        assert_eq!(good(&arguments), packets, "{arguments}");
    }
}

#[test]
fn a_file_named_like_a_command_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(sample("tftp.pcap"), folder.path().join("tree")).unwrap();
    for arguments in [&["-r", "tree"][..], &["./tree"]] {
        let output = program().args(arguments).current_dir(&folder).output().unwrap();
        let run = Run::from(output);
        assert_eq!((run.code, run.out.lines().count()), (Some(0), 21), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn filter_and_count_choose_packets() {
    let file = sample("tftp.pcap");
    let filtered = good(&format!("fields {file} -Y udp.dstport==69 -e frame.number"));
    let all = good(&format!("fields {file} -e frame.number -e udp.dstport"));
    let by_hand: Vec<&str> = all.lines().filter_map(|line| line.strip_suffix("\t69")).collect();
    assert_eq!(filtered.lines().collect::<Vec<_>>(), by_hand);
    assert!(by_hand.len() > 1 && by_hand[0] == "3", "{by_hand:?}");
    let first = good(&format!("fields {file} -Y udp.dstport==69 -c 1 -e frame.number"));
    assert_eq!(first, "3\n");
    let told = failing(&format!("packets {file} -Y udp.prot==69"));
    assert!(told.contains("filter") && told.contains("udp.port"), "{told}");
}

#[test]
fn fields_prints_cells_as_tshark_does() {
    let file = sample("tftp.pcap");
    let fields =
        "-e frame.number -e frame.time_epoch -e eth.type -e ip.src -e udp.port -e udp.checksum.status";
    let expected = "frame.number\tframe.time_epoch\teth.type\tip.src\tudp.port\tudp.checksum.status\n\
                    1\t1795229837.496702000\t0x0806\t\t\t\n\
                    2\t1795229837.496739000\t0x0806\t\t\t\n\
                    3\t1795229837.496742000\t0x0800\t192.0.2.10\t56753,69\t1\n";
    assert_eq!(good(&format!("fields {file} -c 3 -E header=y {fields}")), expected);
    let style = "-E separator=, -E occurrence=l -E quote=d";
    let out = good(&format!("fields {file} -c 3 {style} -e udp.port -e ip.src"));
    assert_eq!(out, ",\n,\n\"69\",\"192.0.2.10\"\n");
    let out = good(&format!("fields {file} -c 3 -E occurrence=f -e udp.port"));
    assert_eq!(out, "\n\n56753\n");
    let out = good(&format!("fields {file} -c 3 -E aggregator=; -E separator=/s -e udp.port -e ip.ttl"));
    assert_eq!(out, " \n \n56753;69 64\n");
    // Several names with commas are as many columns.
    assert_eq!(
        good(&format!("fields {file} -e ip.src,udp.port -e eth.type")),
        good(&format!("fields {file} -e ip.src -e udp.port -e eth.type"))
    );
}

#[test]
fn unknown_fields_are_told_before_anything_is_read() {
    let told = failing("fields no-such-file.pcap -e ip.src -e udp.lenght");
    assert!(
        told.contains("udp.lenght") && told.contains("udp.length") && !told.contains("no-such"),
        "{told}"
    );
    let told = failing(&format!("fields {} -e ip.src -E separator=ab", sample("tftp.pcap")));
    assert!(told.contains("separator"), "{told}");
}

#[test]
fn tree_shows_layers_bytes_and_the_length_chain() {
    let file = sample("bad-sums.pcap");
    let out = good(&format!("tree {file} 5 8"));
    // What a filter lets through is the same as its numbers.
    let filtered = good(&format!("tree {file} -Y frame.number==5||frame.number==8"));
    assert_eq!(filtered, out);
    assert_eq!(good(&format!("tree {file} -c 2")), good(&format!("tree {file} 1-2")));
    for line in [
        "Internet Protocol Version 4, Src: 192.0.2.10, Dst: 192.0.2.20",
        "[UDP checksum ✗ bad]",
        "Checksum: 0x743f ✗ bad",
        "✗ lengths disagree: UDP length 200 exceeds the 33 bytes of the IP payload",
    ] {
        assert!(out.contains(line), "{line:?} is missing:\n{out}");
    }
    assert_eq!(out.matches("Lengths: wire ").count(), 2);
    let out = good(&format!("tree -r {file} 5 --bytes"));
    assert!(out.contains("\n      12-13      Type: IPv4 (0x0800)\n"), "{out}");
    assert!(out.contains("\n0010  "), "no bytes: {out}");
    let run = run(&format!("tree {file} 26 1"));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("no packet 26") && run.err.contains("25"), "{}", run.err);
    assert!(run.out.contains("Frame, 1:"), "the other packet is missing: {}", run.out);
    assert!(failing(&format!("tree {file} 0")).contains("no packet number"));
    assert_eq!(good(&format!("tree {file} 5-7 2")), good(&format!("tree {file} 5 6 7 2")));
    for wrong in ["7-5", "0-2", "1-", "-", "1-2-3"] {
        assert!(failing(&format!("tree {file} {wrong}")).contains("no packet number"), "{wrong}");
    }
}

#[test]
fn verify_finds_the_forged_packets_and_only_those() {
    let file = sample("bad-sums.pcap");
    let run = run(&format!("verify {file}"));
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let found: Vec<&str> = run.out.lines().filter_map(|line| line.split("packet ").nth(1)).collect();
    let expected = [
        "5: bad UDP checksum: found 0x743f, computed 0x743e",
        "8: lengths disagree: UDP length 200 exceeds the 33 bytes of the IP payload",
        "9: lengths disagree: UDP length 12 leaves 35 bytes of the IP payload unclaimed \
         (UDP options, or a wrong length)",
        "11: lengths disagree: UDP length 5 is less than its header of 8 bytes",
        "14: bad IPv4 header checksum: found 0xa78a, computed 0xa68a",
        "15: lengths disagree: IPv4 total length 119 exceeds the 55 bytes of the frame's payload",
        "18: bad ICMP checksum: found 0x3f95, computed 0x3f94",
        "21: bad TCP checksum: found 0x13ea, computed 0x13e9",
    ];
    assert_eq!(found, expected);
    assert!(
        run.out.ends_with("4 lengths disagree, 1 refused port, 1 TCP Retransmission; -v tells the rest)\n")
            && run.out.contains("25 packets, 8 packets with")
    );
}

#[test]
fn verify_takes_offloaded_checksums_for_no_problem() {
    let out = good(&format!("verify {} {}", sample("offload.pcap"), sample("http.pcap")));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[0].contains("22 packets, clean") && lines[0].contains("18 partial TCP checksum"), "{out}");
    assert!(lines[1].ends_with("http.pcap: 46 packets, clean"), "{out}");
    let remarks = good(&format!("verify -v {}", sample("offload.pcap")));
    assert_eq!(remarks.matches("partial TCP checksum: found").count(), 18, "{remarks}");
}

#[test]
fn verify_goes_on_after_a_file_that_it_cannot_read() {
    let run = run(&format!("verify no-such-file.pcap {}", sample("bad-sums.pcap")));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("no-such-file.pcap") && run.err.lines().count() == 1, "{}", run.err);
    assert!(run.out.contains("packet 21: bad TCP checksum"), "{}", run.out);
}

#[test]
fn flows_counts_both_directions() {
    let file = sample("refused.pcap");
    let out = good(&format!("flows {file} --format jsonl"));
    let flows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let packets = |flow: &serde_json::Value| {
        flow["packets_ab"].as_u64().unwrap() + flow["packets_ba"].as_u64().unwrap()
    };
    let ssh: Vec<_> = flows.iter().filter(|flow| flow["service"] == "ssh").collect();
    assert_eq!(ssh.len(), 1);
    assert_eq!((packets(ssh[0]), &ssh[0]["server_certain"]), (47, &true.into()));
    let refused = flows.iter().filter(|flow| flow["state"] == "refused").count();
    assert!(refused >= 1, "{out}");
    let tcp = good(&format!("fields {file} -Y tcp&&!icmp -e frame.number")).lines().count() as u64;
    let counted: u64 = flows.iter().filter(|flow| flow["protocol"] == "TCP").map(packets).sum();
    assert_eq!(counted, tcp, "every TCP segment counts in one flow");
    let text = good(&format!("flows {file} -Y tcp.port==22"));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().next().unwrap().starts_with("FLOW  PROTO"), "{text}");
    let ports = good(&format!("flows {file} --by port"));
    assert!(
        ports.lines().nth(1).unwrap().split_whitespace().take(5).eq(["TCP", "22", "ssh", "1", "47"]),
        "{ports}"
    );
}

/// A refused packet is named with the packet that refuses it: a RST answers the
/// SYN before it, an ICMP error the packet that it quotes, whoever forwarded it.
#[test]
fn what_nobody_claims_is_tied_to_its_packet() {
    let refused = |file: &str| -> Vec<[u64; 3]> {
        let out = good(&format!("flows {} --format jsonl", sample(file)));
        let flows = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let names = ["refused", "refused_packet", "refused_by"];
        flows
            .filter(|flow| flow["state"] == "refused")
            .map(|flow| names.map(|n| flow[n].as_u64().unwrap()))
            .collect()
    };
    assert_eq!(refused("refused.pcap"), [[1, 11, 12]]);
    let flows = good(&format!("flows {} --format jsonl", sample("refused.pcap")));
    let flows: Vec<serde_json::Value> =
        flows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let port = |port: u64| flows.iter().find(|flow| flow["b_port"] == port).unwrap();
    let told = ["state", "undelivered", "undelivered_packet", "undelivered_by", "undelivered_why", "end_b"];
    assert_eq!(
        told.map(|name| port(81)[name].clone()),
        ["unreachable".into(), 1.into(), 19.into(), 20.into(), "prohibited".into(), serde_json::Value::Null]
    );
    assert_eq!((&port(82)["state"], &port(82)["end_b"]), (&"SYN sent".into(), &serde_json::Value::Null));
    assert!(port(80)["handshake"].is_null() && port(7000)["handshake"].is_string());
    let text = good(&format!("flows {}", sample("refused.pcap")));
    assert!(text.contains(" prohibited by 20 "), "{text}");
    let told = failing(&format!("flows {} --by port --sort rtt", sample("refused.pcap")));
    assert!(told.contains("cannot be used with"), "{told}");
    assert_eq!(refused("ping-trace.pcapng"), [[2, 24, 25], [2, 34, 35], [2, 44, 45]]);
    let file = sample("ping-trace.pcapng");
    let cells = |number: u64, fields: &str| {
        good(&format!("fields {file} -Y frame.number=={number} {fields}")).trim().replace('\t', " ")
    };
    assert_eq!(cells(25, "-e icmp.cause -e udp.stream"), "24 0", "of the two copies the one that left");
    assert_eq!(cells(28, "-e icmp.cause -e udp.stream"), "27 1");
    assert_eq!(cells(48, "-e icmp.cause -e icmp.seq"), "47 1", "a quoted ping");
    assert_eq!(cells(38, "-e icmpv6.cause -e udp.stream"), "37 4");
    let ports = good(&format!("flows {file} --by port --format tsv"));
    let unclaimed: Vec<(&str, &str)> = ports
        .lines()
        .skip(1)
        .filter_map(|line| Some((line.split('\t').nth(2)?, line.split('\t').nth(7)?)))
        .filter(|(_, count)| *count != "0")
        .collect();
    assert_eq!(unclaimed, [("33436", "4"), ("4444", "2")]);
    let hosts = good(&format!("flows {file} --by host --format tsv"));
    assert!(hosts.lines().nth(1).unwrap().starts_with("192.0.2.10\t\t11\t16\t16\t5492\t4716"), "{hosts}");
}

#[test]
fn explain_and_protocols_tell_what_there_is() {
    let out = good("explain udp.length");
    assert!(out.starts_with("udp.length: Length\n") && out.contains("RFC 768"), "{out}");
    assert!(out.contains("unsigned integer of 16 bits"), "{out}");
    assert!(good("explain udp").contains("udp.srcport"));
    assert!(good("explain eth.type").contains("2048  IPv4"));
    let shared = good("explain dns.resp.ttl");
    assert_eq!(shared.matches("Time to live").count(), 1, "told once for all that share it: {shared}");
    assert!(shared.contains("dns (") && shared.contains("mdns (") && shared.contains("llmnr ("), "{shared}");
    let told = failing("explain ip.sr");
    assert!(told.contains("did you mean ip.src"), "{told}");
    let told = failing("explain ");
    assert!(told.contains("an empty name is no field") && !told.contains("did you mean"), "{told}");
    let protocols = good("protocols --format jsonl");
    let names: Vec<serde_json::Value> = protocols
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].clone())
        .collect();
    for name in ["eth", "ip", "udp", "tcp"] {
        assert!(names.contains(&name.into()), "{name} is missing in {names:?}");
    }
    for line in protocols.lines() {
        let fields = serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"].clone();
        let fields: Vec<String> = serde_json::from_value(fields).unwrap();
        let once: HashSet<&String> = fields.iter().collect();
        assert_eq!(once.len(), fields.len(), "a field twice: {line}");
    }
    assert_eq!(good("protocols").lines().count(), names.len() + 1);
}

#[test]
fn the_shell_gets_completions_and_a_manual() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(good(&format!("completions {shell}")).contains("verify"), "{shell}");
    }
    let manual = good("man");
    assert!(manual.contains(".TH") && manual.contains("COMMAND FIELDS"), "{manual}");
    for section in [".SH COMMANDS", ".SH \"EXIT STATUS\"", ".SH ENVIRONMENT", ".SH EXTRA", ".SH VERSION"] {
        assert_eq!(manual.matches(section).count(), 1, "{section}: {manual}");
    }
    // Pages that there are none of.
    assert!(!manual.contains("\\-packets") && !manual.contains("(1)"), "{manual}");
    for command in good("--help").lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  ")) {
        let name = command.0;
        if name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(' ') && name != "help" {
            assert!(manual.contains(&format!("COMMAND {}", name.to_uppercase())), "{name}");
        }
    }
    assert!(good("--version").starts_with("wirepeel "));
}

#[test]
fn loopback_is_among_the_interfaces() {
    let out = good("interfaces --format jsonl");
    let loopback = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let loopback: Vec<_> =
        loopback.filter(|one| one["flags"].as_array().unwrap().contains(&"loopback".into())).collect();
    assert!(!loopback.is_empty(), "{out}");
    assert!(failing("capture -i no-such-interface -w /dev/null").contains("no-such-interface"));
    assert!(failing("capture -i lo").contains("-w"));
}

#[test]
fn marks_of_congestion_and_data_with_the_syn_are_told_of_a_flow() {
    const CE: u8 = 3;
    let cookie = [34, 6, 1, 2, 3, 4, 1, 1];
    let tcp = |from_b, ecn, seq, ack, flags, options, data| {
        made::Tcp { from_b, ecn, seq, ack, flags, options, data }.frame()
    };
    let frames = [
        // In a SYN and its answer the flags mean something else.
        tcp(false, 0, 100, 0, 0xc2, &cookie, b"hello"),
        tcp(true, 0, 900, 106, 0x52, &[], b""),
        tcp(false, 0, 106, 901, 0x10, &[], b""),
        tcp(false, CE, 106, 901, 0x18, &[], b"more"),
        tcp(true, 0, 901, 110, 0x50, &[], b""),
        tcp(true, 0, 901, 110, 0x58, &[], b"answer"),
        tcp(false, 0, 110, 907, 0x90, &[], b""),
    ];
    let file = made::file(&made::pcap(&frames));
    let path = made::path(&file);
    let rows = good(&format!("flows {path} --format csv"));
    let cell = |name: &str| {
        let mut lines = rows.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let at = lines.next().unwrap().iter().position(|column| *column == name).unwrap();
        lines.next().unwrap()[at].to_owned()
    };
    let told = ["ce_ab", "ce_ba", "ece_ab", "ece_ba", "cwr_ab", "cwr_ba", "fast_open"].map(cell);
    assert_eq!(told, ["1", "0", "0", "2", "1", "0", "accepted"]);
    let fields = good(&format!("fields {path} -e tcp.analysis.tfo_syn -e tcp.analysis.tfo_ack"));
    assert_eq!(fields.lines().take(3).collect::<Vec<_>>(), ["1\t", "\t1", "\t"]);
}

/// What is wrong with the arguments is one line, with the exit code of what was
/// not understood.
#[test]
fn wrong_arguments_are_said_in_one_line() {
    for (args, words) in [
        ("packets a b", "b is one argument too many"),
        ("stream x.pcap", "--flow <N>"),
        ("packets --formt json x", "tip: a similar argument exists: '--format'"),
        ("flows --by nothing x", "[possible values: port, host, process]"),
        ("dns --slow nan x", "invalid value 'nan' for '--slow <MS>'"),
        ("dns --slow inf x", "invalid value 'inf' for '--slow <MS>'"),
        ("dns --slow -1 x", "invalid value '-1' for '--slow <MS>'"),
        ("stats --interval -1 x", "invalid value '-1' for '--interval <SECONDS>'"),
        ("dns --cache-at nan x", "invalid value 'nan' for '--cache-at <TIME>'"),
        ("dns --cache-at 1e300 x", "invalid value '1e300' for '--cache-at <TIME>'"),
        ("stream x --flow 0 --as ladder --side a", "--side is for the bytes"),
        ("stream x --flow 0 --as calls --side b", "--side is for the bytes"),
        ("stream x --flow 0 --width 80", "--width is for --as ladder"),
        ("stream x --flow 0 --as hex -w y", "--write is for the bytes"),
        ("stream x --flow 0 --flow 1 --as ladder --host", "name one"),
        ("stats x --section ports --interval 1", "--interval is for the section time"),
        ("stats x --interval 1", "--interval is for the section time"),
        ("stats x --section lengths,ports --sort rtt", "--sort is for the sections"),
        ("stats x --section lengths --top 3", "--top is for the sections"),
        ("fields x -e ip.src -E header=y --format csv", "-E is for text"),
        ("packets -i lo --follow", "cannot be used with"),
        ("tree x 1 -Y tcp", "leave -Y and -c out"),
        ("tree x 1 -c 3", "leave -Y and -c out"),
        ("tree x 1 --bytes --format json", "--bytes is for text"),
        ("x --timings", "--timings is for the screen"),
        ("packets -i lo -B 4096", "4096 is not in 1..=2047"),
        ("-c\u{1b}[31m x", "see wirepeel --help"),
    ] {
        let said = failing(args);
        assert!(said.starts_with("wirepeel: ") && said.contains(words), "{args}: {said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
    let help = good("packets --help");
    assert!(help.contains("Usage: wirepeel packets"), "{help}");
}

/// A client that has closed its socket refuses an answer: no port that anybody
/// listens on.
#[test]
fn a_port_that_a_client_has_closed_is_not_listed() {
    let ask = made::udp(40_000, 9000, b"?");
    let mut answer = made::udp(9000, 40_000, b"!");
    let (src, dst) = ([10, 0, 0, 2], [10, 0, 0, 1]);
    answer[26..30].copy_from_slice(&src);
    answer[30..34].copy_from_slice(&dst);
    // ICMP port unreachable, from the client, which quotes the answer.
    let mut error = ask[..23].to_vec();
    error.extend([1, 0, 0]);
    error.extend([dst, src].concat());
    error.extend([3, 3, 0, 0, 0, 0, 0, 0]);
    error.extend(&answer[14..]);
    let len = (error.len() as u16 - 14).to_be_bytes();
    error[16..18].copy_from_slice(&len);
    let file = made::file(&made::pcap(&[ask, answer, error]));
    let ports = good(&format!("flows {} --by port --format tsv", made::path(&file)));
    let rows: Vec<Vec<&str>> = ports.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let udp: Vec<_> = rows.iter().filter(|row| row[0] == "UDP").map(|row| (row[2], row[4], row[7])).collect();
    assert_eq!(udp, [("9000", "1", "1")], "{ports}");
}
