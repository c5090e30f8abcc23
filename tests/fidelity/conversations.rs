//! Conversations: every TCP and UDP flow of every real capture has the ends,
//! the stream number, the packets and the bytes of tshark's own table.
//!
//! Captures whose differences were looked into stand in `conversations.toml`,
//! exactly those: one that is equal must not. Where only the numbers of streams
//! differ, packets and bytes are compared nevertheless.

use super::{captures, root};
use flate2::read::MultiGzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::sinks::Payloads;
use wirepeel::decode::{FlowKey, Registry};
use wirepeel::flow::{Flow, Side};
use wirepeel::session::{Peeler, Session};

/// One conversation: A sent its first packet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Conversation {
    protocol: String,
    stream: u64,
    a: (String, String),
    b: (String, String),
    packets: [u64; 2],
    bytes: [u64; 2],
}

impl std::fmt::Display for Conversation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Conversation { protocol, stream, a, b, packets, bytes } = self;
        write!(out, "{protocol} {stream} {} {} - {} {} {packets:?} {bytes:?}", a.0, a.1, b.0, b.1)
    }
}

/// How the conversations of a capture differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differ {
    /// tshark counts other streams; packets and bytes by ends are equal.
    Streams,
    /// The totals differ too.
    Totals,
}

struct Entry {
    file: String,
    differ: Differ,
    met: std::sync::atomic::AtomicBool,
}

fn adjudicated() -> Vec<Entry> {
    let text = std::fs::read_to_string(root().join("tests/fidelity/conversations.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let entries = table.get("difference").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let of = |value: &toml::Value| -> Vec<Entry> {
        let text = |name: &str| value[name].as_str().unwrap().to_owned();
        assert!(!text("cause").is_empty() && ["wirepeel", "tshark", "both"].contains(&&*text("right")));
        let differ = match &*text("differ") {
            "streams" => Differ::Streams,
            "totals" => Differ::Totals,
            other => panic!("differ = {other:?}"),
        };
        let files = value["files"].as_array().unwrap().iter();
        let entry =
            |file: &toml::Value| Entry { file: file.as_str().unwrap().to_owned(), differ, met: false.into() };
        files.map(entry).collect()
    };
    entries.iter().flat_map(of).collect()
}

fn expected(folder: &Path) -> BTreeMap<String, Vec<Conversation>> {
    let mut text = String::new();
    let packed = std::fs::File::open(folder.join("expected/conv.tsv.gz")).unwrap();
    MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let files = std::fs::read_to_string(folder.join("expected/files.tsv")).unwrap();
    let mut all: BTreeMap<String, Vec<Conversation>> = BTreeMap::new();
    for line in files.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        // What tshark gave up on it did not count to the end.
        if cells[4] == "0" {
            all.insert(cells[0].to_owned(), Vec::new());
        }
    }
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let Some(rows) = all.get_mut(cells[0]) else { continue };
        let number = |at: usize| cells[at].parse().unwrap();
        let end = |at: usize| (cells[at].to_owned(), cells[at + 1].to_owned());
        rows.push(Conversation {
            protocol: cells[1].to_owned(),
            stream: number(2),
            a: end(3),
            b: end(5),
            packets: [number(7), number(8)],
            bytes: [number(9), number(10)],
        });
    }
    for rows in all.values_mut() {
        rows.sort();
    }
    all
}

fn found(path: &Path, registry: &Arc<Registry>) -> Vec<Conversation> {
    let Ok(source) = open(path, &OpenOptions::default()) else { return Vec::new() };
    let session = Session::start(source, Arc::clone(registry));
    while !session.is_finished() {
        session.wait(std::time::Duration::from_millis(20));
    }
    let flows: Vec<_> = {
        let analysis = session.analysis();
        let later = |place| analysis.flows.later_stream(place);
        analysis.flows.counted().map(|(place, flow)| (place, flow.clone(), later(place))).collect()
    };
    let mut rows = Vec::new();
    for (place, flow, later) in flows {
        let Some(stream) = flow.stream() else { continue };
        let row = |key: &FlowKey, stream: u32, packets: [u64; 2], bytes: [u64; 2]| Conversation {
            protocol: if key.protocol == 6 { "tcp" } else { "udp" }.to_owned(),
            stream: stream.into(),
            a: (key.source().to_string(), key.src_port.to_string()),
            b: (key.destination().to_string(), key.dst_port.to_string()),
            packets,
            bytes,
        };
        let (mut packets, mut bytes) = (flow.packets.map(u64::from), flow.bytes());
        if let Some((from, later)) = later {
            // A row for each number, whose A sent its first packet.
            let (before, _) = part(&session, place, &flow, 0..from);
            let (behind, first) = part(&session, place, &flow, from..u64::MAX);
            let sums = [before.0[0] + behind.0[0], before.0[1] + behind.0[1]];
            assert_eq!(sums, packets, "the packets of flow {place}");
            let [mut of, mut sizes] = [behind.0, behind.1];
            let mut key = flow.key;
            if first == Some(Side::B) {
                key = key.reversed();
                of.reverse();
                sizes.reverse();
            }
            rows.push(row(&key, later, of, sizes));
            (packets, bytes) = before;
        }
        rows.push(row(&flow.key, stream, packets, bytes));
    }
    rows.sort();
    rows
}

/// Packets and bytes each way of some packets of a flow, and the side that sent the first.
fn part(
    session: &Session,
    place: u32,
    flow: &Flow,
    packets: std::ops::Range<u64>,
) -> (([u64; 2], [u64; 2]), Option<Side>) {
    let (mut counts, mut bytes, mut first) = ([0; 2], [0; 2], None);
    let (mut peeler, mut payloads) = (Peeler::default(), Payloads::default());
    for id in packets.start..packets.end.min(session.progress().analysed) {
        let (Some(row), Some(record)) = (session.row(id), session.record(id)) else { continue };
        if row.flow != place {
            continue;
        }
        payloads.clear();
        session.peel(id, &mut peeler, &mut payloads).ok();
        let Some(header) = payloads.found.last() else { continue };
        let side = flow.side(&header.key);
        first = first.or(Some(side));
        counts[side as usize] += 1;
        bytes[side as usize] += u64::from(record.wire);
    }
    ((counts, bytes), first)
}

/// Packets and bytes by protocol and ends, whoever began and however often.
fn merged(rows: &[Conversation]) -> BTreeMap<impl Ord + use<>, [u64; 4]> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let forward = row.a <= row.b;
        let (low, high) = if forward { (&row.a, &row.b) } else { (&row.b, &row.a) };
        let sum: &mut [u64; 4] = sums.entry((row.protocol.clone(), low.clone(), high.clone())).or_default();
        let (near, far) = if forward { (0, 1) } else { (1, 0) };
        for (place, count) in
            [row.packets[near], row.packets[far], row.bytes[near], row.bytes[far]].iter().enumerate()
        {
            sum[place] += count;
        }
    }
    sums
}

#[test]
fn conversations_equal_those_of_tshark() {
    let Some(folder) = captures() else { return };
    let registry = Arc::new(Registry::default());
    let entries = adjudicated();
    // `ONLY=tcpdump/` compares the captures with that in their names.
    let only = std::env::var("ONLY").unwrap_or_default();
    let expected: Vec<_> = expected(&folder).into_iter().filter(|(file, _)| file.contains(&only)).collect();
    let (next, report) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let (total, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).min(8) {
            scope.spawn(|| {
                while let Some((file, theirs)) = expected.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ours = found(&folder.join(file), &registry);
                    total.fetch_add(theirs.len(), Ordering::Relaxed);
                    if ours == *theirs {
                        continue;
                    }
                    let differ =
                        if merged(&ours) == merged(theirs) { Differ::Streams } else { Differ::Totals };
                    let entry = entries.iter().find(|entry| entry.file == *file && entry.differ == differ);
                    if let Some(entry) = entry {
                        entry.met.store(true, Ordering::Relaxed);
                        continue;
                    }
                    let (mine, others) = (BTreeSet::from_iter(&ours), BTreeSet::from_iter(theirs));
                    let mut text = String::new();
                    for row in mine.difference(&others).take(4) {
                        writeln!(text, "  wirepeel {row}").unwrap();
                    }
                    for row in others.difference(&mine).take(4) {
                        writeln!(text, "  tshark   {row}").unwrap();
                    }
                    wrong.fetch_add(others.difference(&mine).count(), Ordering::Relaxed);
                    report.lock().unwrap().insert(file.clone(), text);
                }
            });
        }
    });
    let unmet =
        entries.iter().filter(|entry| entry.file.contains(&only) && !entry.met.load(Ordering::Relaxed));
    let unmet: Vec<_> = unmet.map(|entry| (&entry.file, entry.differ)).collect();
    let report = report.into_inner().unwrap();
    let text: String = report.iter().map(|(file, text)| format!("{file}\n{text}")).collect();
    let (total, wrong) = (total.into_inner(), wrong.into_inner());
    println!("{total} conversations of {} captures; {} captures adjudicated", expected.len(), entries.len());
    assert!(report.is_empty(), "{} captures with {wrong} other conversations:\n{text}", report.len());
    assert!(unmet.is_empty(), "adjudicated, but no longer so: {unmet:?}");
}
