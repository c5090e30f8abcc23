//! `stats`: its sections hold together, and its numbers are tshark's.

use crate::made::{Tcp, file, path, pcap, udp};
use crate::{failing, good, sample};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows of one section.
fn section(file: &str, section: &str) -> Vec<Value> {
    let out = good(&format!("stats {file} --section {section} --format jsonl"));
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name} in {row}"))
}

#[test]
fn sections_agree_with_each_other_and_with_the_packets() {
    for name in ["dns-walk.pcapng", "ping-trace.pcapng", "http.pcap", "vlan.pcap", "loss.pcap.gz"] {
        let file = sample(name);
        let packets = good(&format!("packets {file} --format tsv")).lines().count() as u64 - 1;
        let capture = &section(&file, "capture")[0];
        assert_eq!(number(capture, "packets"), packets, "{name}");
        for (list, count) in [("time", "packets"), ("lengths", "packets"), ("hierarchy", "end_packets")] {
            let sum: u64 = section(&file, list).iter().map(|row| number(row, count)).sum();
            assert_eq!(sum, packets, "{name}: {list}");
        }
        for (list, count) in [("time", "bytes"), ("lengths", "bytes"), ("hierarchy", "end_bytes")] {
            let sum: u64 = section(&file, list).iter().map(|row| number(row, count)).sum();
            assert_eq!(sum, number(capture, "bytes"), "{name}: {list}");
        }
        let flows: u64 = section(&file, "transports").iter().map(|row| number(row, "flows")).sum();
        assert_eq!(number(capture, "flows"), flows, "{name}");
    }
}

#[test]
fn a_packet_that_is_peeled_again_counts_once() {
    // Both transfers leave port 69 behind: only the flow says what the rest is.
    let rows = section(&sample("tftp.pcap"), "hierarchy");
    let count =
        |path: &str| rows.iter().filter(|row| row["path"] == path).map(|row| number(row, "packets")).sum();
    let (udp, tftp, data): (u64, u64, u64) =
        (count("eth:ip:udp"), count("eth:ip:udp:tftp"), count("eth:ip:udp:data"));
    assert!(tftp > 0 && data == 0, "{rows:#?}");
    assert_eq!(udp, tftp);
}

/// Catches packets with a broken transport header that count, or that are hidden.
#[test]
fn broken_headers_do_not_count_and_are_told() {
    let mut frames = vec![udp(4000, 9, b"sound"), udp(4000, 9, b"wrong"), udp(4001, 9, b"wrong alone")];
    for frame in &mut frames[1..] {
        frame[39] = 7; // The UDP length.
    }
    let segment = |options| Tcp { from_b: false, ecn: 0, seq: 1, ack: 0, flags: 2, options, data: b"" };
    let mut cut = segment(&[2, 4, 5, 180]).frame();
    cut.truncate(54);
    cut[17] -= 4; // The IP length.
    frames.extend([cut, segment(&[]).frame()]);
    let made = file(&pcap(&frames));
    let file = path(&made);
    let flows: Vec<Value> = good(&format!("flows {file} --format jsonl"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let counts =
        |row: &Value| [number(row, "packets_ab"), number(row, "packets_ba"), number(row, "uncounted")];
    assert_eq!(flows.iter().map(counts).collect::<Vec<_>>(), [[1, 0, 1], [0, 0, 1], [1, 0, 1]]);
    let streams: Vec<Option<u64>> = flows.iter().map(|row| row["stream"].as_u64()).collect();
    assert_eq!(streams, [Some(0), None, Some(0)]);
    assert!(good(&format!("flows {file}")).contains("NOT COUNTED"));
    for filter in ["", " -Y frame"] {
        let of = |list: &str, name: &str| -> Vec<u64> {
            section(&format!("{file}{filter}"), list).iter().map(|row| number(row, name)).collect()
        };
        assert_eq!(of("capture", "flows"), [2]);
        assert_eq!((of("transports", "flows"), of("transports", "packets")), (vec![1, 1], vec![1, 1]));
        assert_eq!(of("conversations", "packets"), [5], "the hosts have them all");
    }
}

#[test]
fn top_and_interval_are_heeded() {
    let file = sample("dns-walk.pcapng");
    let top = section(&format!("{file} --top 2"), "endpoints");
    assert_eq!(top.len(), 2);
    assert_eq!(top[0]["address"], "192.0.2.53", "the busiest comes first");
    let time = section(&format!("{file} --interval 1"), "time");
    assert_eq!(time.len(), 3);
    assert_eq!((&time[1]["relative"], &time[1]["width"]), (&"1.000000000".into(), &"1.000000000".into()));
}

/// What flows tell of their connections adds up to what conversations tell.
#[test]
fn conversations_are_sorted_by_round_trips_and_by_what_was_sent_again() {
    for name in ["loss.pcap.gz", "http.pcap", "slow-reader.pcap", "refused.pcap"] {
        let file = sample(name);
        let flows = good(&format!("flows {file} --format jsonl"));
        let flows: Vec<Value> = flows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let some = |row: &Value, name: &str| row[name].as_u64().unwrap_or(0);
        let sum = |rows: &[Value], names: &[&str]| -> u64 {
            rows.iter().flat_map(|row| names.iter().map(|name| some(row, name))).sum()
        };
        for (sort, least) in [("rtt", "rtt_median"), ("retransmissions", "retransmitted")] {
            let rows = section(&format!("{file} --sort {sort}"), "conversations");
            let again = ["retransmitted_ab", "retransmitted_ba"];
            assert_eq!(sum(&rows, &again), sum(&flows, &again), "{name}");
            assert_eq!(sum(&rows, &["rtt_samples"]), sum(&flows, &["rtt_samples"]), "{name}");
            let key = |row: &Value| match least {
                "rtt_median" => row[least].as_str().map_or(-1.0, |text| text.parse::<f64>().unwrap()),
                _ => sum(std::slice::from_ref(row), &again) as f64,
            };
            assert!(rows.is_sorted_by(|a, b| key(a) >= key(b)), "{name} by {sort}: {rows:#?}");
            let sorted = good(&format!("flows {file} --sort {sort} --format jsonl"));
            let sorted: Vec<Value> = sorted.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert!(sorted.is_sorted_by(|a, b| key(a) >= key(b)), "flows of {name} by {sort}");
            assert_eq!(sorted.len(), flows.len());
        }
    }
    let text = good(&format!("stats {} --section conversations --sort rtt", sample("loss.pcap.gz")));
    assert!(text.contains("RTT") && text.contains("SENT AGAIN") && text.contains(" ms"), "{text}");
}

/// A filter that lets everything through changes nothing, in any section; two
/// filters of which one lets through what the other does not share the rest.
#[test]
fn a_display_filter_leaves_the_counts_of_its_packets() {
    let lists = ["capture", "hierarchy", "checks", "transports", "ports", "lengths", "endpoints", "time"];
    for name in
        ["dns-walk.pcapng", "loss.pcap.gz", "ping-trace.pcapng", "vlan.pcap", "tftp.pcap", "bad-sums.pcap"]
    {
        let file = sample(name);
        for list in lists.into_iter().chain(["conversations"]) {
            let all = good(&format!("stats {file} --section {list} --format jsonl"));
            let filtered = good(&format!("stats {file} --section {list} --format jsonl -Y frame"));
            assert_eq!(filtered, all, "{name}: {list}");
        }
        let packets = |filter: &str| {
            let command = crate::program()
                .args(["stats", &file, "--section", "capture,conversations,hierarchy", "--format", "jsonl"])
                .args(["-Y", filter])
                .output();
            let run: crate::Run = command.unwrap().into();
            let rows: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            ["packets", "bytes", "end_packets", "retransmitted_ab", "retransmitted_ba", "rtt_samples"]
                .map(|name| rows.iter().map(|row| row[name].as_u64().unwrap_or(0)).sum::<u64>())
        };
        let (all, udp, others) =
            (packets("frame"), packets("tcp.flags.push == 1"), packets("!(tcp.flags.push == 1)"));
        let sums: Vec<u64> = udp.iter().zip(others).map(|(a, b)| a + b).collect();
        assert_eq!(sums, all, "{name}");
    }
    let file = sample("dns-walk.pcapng");
    let tcp = section(&format!("{file} -Y tcp"), "transports");
    assert_eq!((tcp.len(), &tcp[0]["protocol"]), (1, &"TCP".into()));
    assert!(failing(&format!("stats {file} -Y nonsense")).contains("filter"));
}

#[test]
fn what_cannot_be_told_is_said_in_one_line() {
    let file = sample("dns-walk.pcapng");
    assert!(failing(&format!("stats {file} --format csv")).contains("--section"));
    assert!(failing(&format!("stats {file} --section all --format tsv")).contains("--section"));
    let few = failing(&format!("stats {file} --section time --interval 0.0000001"));
    assert!(few.contains("intervals"), "{few}");
}

#[test]
fn text_names_the_busiest_and_says_what_it_leaves_out() {
    let out = good(&format!("stats {} --top 1", sample("http.pcap")));
    for expected in
        ["CAPTURE", "PROTOCOL", "IPv4 header checksum", "5120 and more", "1 of 5; --top N shows more"]
    {
        assert!(out.contains(expected), "{expected} is missing:\n{out}");
    }
}

/// Options that make tshark look at each packet by itself.
const ALONE: &str = "-o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
    -o dns.desegment_dns_messages:FALSE";

/// tshark's statistics of all kinds, one after the other.
fn tshark(file: &Path) -> String {
    const KINDS: &str = "-z io,phs -z plen,tree -z endpoints,ip -z endpoints,ipv6 -z conv,ip -z conv,ipv6";
    let words = ALONE.split_whitespace().chain(["-n", "-q"]).chain(KINDS.split(' '));
    let output = Command::new("tshark").args(words).arg("-r").arg(file).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The samples, and some of the captures beside the project.
fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    let folder = root.join("../shared/captures");
    match std::fs::read_to_string(folder.join("index.tsv")) {
        Ok(index) => {
            let mut lines = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
            let head = lines.next().unwrap();
            let at = |name: &str| head.iter().position(|cell| *cell == name).unwrap();
            let (file, class) = (at("file"), at("class"));
            let clean = lines.filter(|row| row[class] == "clean").map(|row| folder.join(row[file]));
            files.extend(clean.skip(3).step_by(150));
        }
        Err(_) => eprintln!("captures beside the project are absent: only the samples are compared"),
    }
    files.sort();
    files
}

/// Packets and bytes by path: without what tshark names differently (extension
/// headers are no layers of their own, plain data inside ICMP is a field) and
/// without HTTP and TLS, which tshark also counts where no message begins.
#[derive(Default, Debug, PartialEq)]
struct Paths(BTreeMap<String, (u64, u64)>);

impl Paths {
    fn add(&mut self, path: &[&str], known: &[String], packets: u64, bytes: u64) {
        // What goes on in the next segment, and frames of HTTP/2 inside of those before them.
        const LEFT_OUT: [&str; 4] = ["data", "http", "http2", "tls"];
        let is_extension = |name: &str| name.starts_with("ipv6.");
        if path.is_empty()
            || path.iter().any(|name| LEFT_OUT.contains(name) || !known.iter().any(|one| one == name))
            || path.last().is_some_and(|name| is_extension(name))
            // Of a message over several segments tshark counts the last, wirepeel all.
            || matches!(path, [.., "tcp", "dns"])
            // A second message in a segment or packet in a datagram is inside the first for tshark.
            || matches!(path, [.., "dns", "dns"] | [.., "quic", "quic"])
        {
            return;
        }
        let names: Vec<&str> = path.iter().copied().filter(|name| !is_extension(name)).collect();
        let count = self.0.entry(names.join(":")).or_default();
        *count = (count.0 + packets, count.1 + bytes);
    }
}

/// tshark's hierarchy, and whether it peels internet headers inside protocols
/// that wirepeel does not peel.
fn tshark_paths(text: &str, known: &[String]) -> (Paths, bool) {
    let (mut paths, mut path, mut deeper) = (Paths::default(), Vec::new(), false);
    for line in text.lines().filter(|line| line.contains(" frames:")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        path.truncate((line.len() - line.trim_start().len()) / 2);
        // tshark counts packets with comments apart, inside a protocol of that name.
        let own = |path: &[&str]| path.iter().position(|name| *name != "pkt_comment").unwrap_or(path.len());
        let unknown = path[own(&path)..].iter().any(|name| !known.iter().any(|one| one == name));
        deeper |= unknown && ["ip", "ipv6"].contains(&words[0]);
        path.push(words[0]);
        let count = |at: usize| words[at].split(':').nth(1).unwrap().parse().unwrap();
        paths.add(&path[own(&path)..], known, count(1), count(2));
    }
    (paths, deeper)
}

#[test]
fn numbers_are_tsharks() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: tshark is not installed, its statistics are not compared");
        return;
    }
    let protocols = good("protocols --format tsv");
    let known: Vec<String> =
        protocols.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    let mut compared = 0;
    for file in captures() {
        let path = file.to_str().unwrap();
        let sections = "hierarchy,lengths,endpoints,conversations";
        let arguments = ["stats", path, "--section", sections, "--format", "jsonl"];
        let run: crate::Run = crate::program().args(arguments).output().unwrap().into();
        // Of a damaged file each has read what it could.
        if run.code != Some(0) {
            continue;
        }
        let rows: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let list = |name: &'static str| rows.iter().filter(move |row| row["list"] == name);
        let text = tshark(&file);
        let (theirs, deeper) = tshark_paths(&text, &known);
        let mut own = Paths::default();
        for row in list("hierarchy") {
            let names: Vec<&str> = row["path"].as_str().unwrap().split(':').collect();
            own.add(&names, &known, number(row, "packets"), number(row, "bytes"));
        }
        assert_eq!(own, theirs, "{path}: hierarchy");
        let own = list("lengths").filter(|row| number(row, "packets") > 0);
        let own: Vec<_> =
            own.map(|row| ["packets", "shortest", "longest"].map(|name| number(row, name))).collect();
        assert_eq!(own, tshark_lengths(&text), "{path}: lengths");
        // A flow ends at the end of a source route, the header of tshark's choice at the next stop.
        let routed = list("hierarchy").any(|row| row["protocol"] == "ipv6.routing");
        // Of an IPv6 packet in fragments, tshark counts the first for its hosts and no other.
        let parted = list("hierarchy").any(|row| row["protocol"] == "ipv6.fraghdr");
        if !deeper && !routed && !parted {
            assert_eq!(sorted(list("endpoints").map(endpoint)), tshark_endpoints(&text), "{path}: endpoints");
            let own = sorted(list("conversations").map(conversation));
            assert_eq!(own, tshark_conversations(&text), "{path}: conversations");
        }
        compared += 1;
    }
    eprintln!("{compared} captures compared with tshark");
    assert!(compared >= 8, "only {compared} captures were compared");
}

fn sorted(rows: impl Iterator<Item = String>) -> Vec<String> {
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

/// Address, packets and bytes in all, sent, received.
fn endpoint(row: &Value) -> String {
    let names = ["packets", "bytes", "packets_sent", "bytes_sent", "packets_received", "bytes_received"];
    let counts = names.map(|name| number(row, name).to_string());
    format!("{} {}", row["address"].as_str().unwrap(), counts.join(" "))
}

fn conversation(row: &Value) -> String {
    pair(row["a"].as_str().unwrap(), row["b"].as_str().unwrap(), number(row, "packets"))
}

/// Two hosts in whatever order, and their packets.
fn pair(a: &str, b: &str, packets: u64) -> String {
    format!("{} {} {packets}", a.min(b), a.max(b))
}

/// Packets, shortest and longest of each step that has any.
fn tshark_lengths(text: &str) -> Vec<[u64; 3]> {
    let rows = text.lines().skip_while(|line| !line.starts_with("Packet Lengths")).skip(4);
    let rows = rows.take_while(|line| line.starts_with(' ')).map(|line| line.replace(" and greater", "-"));
    let words = rows.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let seen = words.filter(|words| words[1] != "0");
    seen.map(|words| [1, 3, 4].map(|at| words[at].parse().unwrap())).collect()
}

fn tshark_endpoints(text: &str) -> Vec<String> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let hosts = words.filter(|words| words.len() == 7 && words[0].parse::<std::net::IpAddr>().is_ok());
    sorted(hosts.map(|words| words.join(" ")))
}

fn tshark_conversations(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.contains(" <-> "));
    // A <-> B, then packets, bytes and their unit: back, there, in all.
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    sorted(words.map(|words| pair(words[0], words[2], words[9].parse().unwrap())))
}

/// One list of problems for the screen and the command line: what `stats` counts are the packets
/// that `verify -v` names and that the filter beside it selects.
#[test]
fn problems_are_the_same_wherever_they_are_told() {
    let mut kinds = std::collections::BTreeSet::new();
    for name in [
        "refused.pcap",
        "loss.pcap.gz",
        "dns-lost.pcap",
        "bad-sums.pcap",
        "offload.pcap",
        "ping-trace.pcapng",
    ] {
        let file = sample(name);
        let rows = |out: &str| -> Vec<Value> {
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let problems = rows(&good(&format!("stats {file} --section problems --format jsonl")));
        let findings = rows(&crate::run(&format!("verify -v {file} --format jsonl")).out);
        for row in &problems {
            let (kind, count) = (row["kind"].as_str().unwrap(), row["count"].as_u64().unwrap());
            let mut named: Vec<u64> = findings
                .iter()
                .filter(|finding| finding["kind"] == *kind)
                .map(|finding| finding["number"].as_u64().unwrap())
                .collect();
            named.dedup();
            assert_eq!(
                (named.len() as u64, named.first().copied()),
                (count, row["first"].as_u64()),
                "{name}: {row}"
            );
            let severity =
                findings.iter().find(|finding| finding["kind"] == *kind).map(|one| &one["severity"]);
            assert_eq!(severity, Some(&row["severity"]), "{name}: {kind}");
            if let Some(filter) = row["filter"].as_str() {
                let output = crate::program().args(["packets", &file, "-Y", filter]).output().unwrap();
                let selected: crate::Run = output.into();
                assert_eq!(selected.out.lines().count() as u64, count, "{name}: {filter}");
            }
            kinds.insert(kind.to_owned());
        }
        let order = ["error", "warning", "note", "chat"];
        let place = |row: &Value| order.iter().position(|word| row["severity"] == *word).unwrap();
        assert!(problems.is_sorted_by_key(place), "{name}: {problems:#?}");
    }
    for kind in [
        "unanswered connection",
        "refused port",
        "destination unreachable",
        "time exceeded",
        "DNS unanswered",
        "TCP Retransmission",
    ] {
        assert!(kinds.contains(kind), "{kind} is not in {kinds:?}");
    }
    let file = sample("refused.pcap");
    let text = good(&format!("stats {file}"));
    assert!(text.contains("packets to ports that nobody has") && text.contains("▲ warning"), "{text}");
    let said = good(&format!("verify {file}"));
    assert!(
        said.contains("clean (")
            && said.contains("unanswered connection")
            && said.contains("-v tells the rest"),
        "{said}"
    );
    // Of the part that a filter lets through.
    let part = good(&format!("stats {file} --section problems --format csv -Y frame.number<10"));
    assert!(
        part.lines().count() < good(&format!("stats {file} --section problems --format csv")).lines().count(),
        "{part}"
    );
}
