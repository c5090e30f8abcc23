//! The content of TCP flows against `tshark -z follow,tcp,raw`, on real
//! captures beside the project. Says aloud when it skips.
//!
//! Where the two differ on purpose, [`explained`] says why; everything else is
//! an error.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::Registry;
use wirepeel::flow::Side;
use wirepeel::flow::stream::{Kind, Reassembly};
use wirepeel::session::{FlowPackets, Session};

/// Streams of one capture that are compared.
const STREAMS: u32 = 12;
/// Every so many captures with TCP; all of them with `FOLLOW_ALL=1`.
const EVERY: usize = 12;

/// With the end of a string, which tshark writes too.
const GAP: &str = " bytes missing in capture file]\0";

/// Captures that differ, each for a reason of its own.
const ADJUDICATED: &[(&str, &str)] = &[
    ("pcapplusplus/http_req_frag.pcap", "tshark follows no segment that came in fragments"),
    (
        "suricata-verify/tcp-fastopen-10-syn-data-ignore__input.pcap",
        "tshark sees a gap where the server began anew",
    ),
];

fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> =
        ["http.pcap", "typing.pcap", "loss.pcap.gz", "refused.pcap", "tls.pcap", "dns-walk.pcapng"]
            .map(|name| root.join("samples").join(name))
            .to_vec();
    let beside = root.join("../shared/captures");
    match std::fs::read_to_string(beside.join("index.tsv")) {
        Ok(index) => {
            let all = std::env::var_os("FOLLOW_ALL").is_some();
            let with_tcp = index.lines().filter(|line| line.contains(" tcp:") || line.contains("\ttcp:"));
            let names = with_tcp.filter_map(|line| line.split('\t').nth(1));
            files.extend(names.step_by(if all { 1 } else { EVERY }).map(|name| beside.join(name)));
        }
        Err(_) => eprintln!("SKIPPED: ../shared/captures is absent, only the samples are compared"),
    }
    files
}

/// A stream as tshark follows it.
#[derive(Default)]
struct Followed {
    /// The end that sent the first packet.
    node: String,
    sides: [Vec<u8>; 2],
}

/// What tshark puts together: by stream, both sides.
fn tshark(file: &Path, streams: u32) -> Option<HashMap<u32, Followed>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-q", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]);
    command.args(["-o", "tcp.desegment_tcp_streams:FALSE", "-r"]).arg(file);
    for stream in 0..streams {
        command.args(["-z", &format!("follow,tcp,raw,{stream}")]);
    }
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found: HashMap<u32, Followed> = HashMap::new();
    let mut stream = None;
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("Filter: tcp.stream eq ") {
            stream = number.trim().parse().ok();
            continue;
        }
        if let (Some(stream), Some(node)) = (stream, line.strip_prefix("Node 0: ")) {
            found.entry(stream).or_default().node = node.to_owned();
            continue;
        }
        let (side, hex) = line.strip_prefix('\t').map_or((0, line), |hex| (1, hex));
        let is_hex = !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(stream) = stream.filter(|_| is_hex) {
            let pairs = hex.as_bytes().chunks(2);
            let bytes = pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            found.entry(stream).or_default().sides[side].extend(bytes);
        }
    }
    Some(found)
}

/// One side of ours, with gaps in tshark's words.
fn ours(session: &Session, content: &Reassembly, side: Side) -> Vec<u8> {
    let (mut all, mut bytes) = (Vec::new(), Vec::new());
    for run in content.runs().from(0).filter(|run| run.side() == side) {
        match run.kind() {
            Kind::Data => {
                session.payload(run.packet, run.at(), run.len, &mut bytes).unwrap();
                all.extend(&bytes);
            }
            Kind::Gap => all.extend(format!("[{}{GAP}", run.len).bytes()),
            _ => {}
        }
    }
    all
}

/// Why a side may differ from tshark's.
fn explained(
    file: &Path,
    content: &Reassembly,
    side: Side,
    ours: &[u8],
    theirs: &[u8],
) -> Option<&'static str> {
    if let Some((_, why)) = ADJUDICATED.iter().find(|(name, _)| file.ends_with(name)) {
        return Some(why);
    }
    let kinds = |kind: Kind| content.runs().from(0).any(|run| run.side() == side && run.kind() == kind);
    if ours.starts_with(theirs) && kinds(Kind::Gap) {
        return Some("tshark drops what waits for a gap that nobody acknowledged");
    }
    if theirs.starts_with(ours) && kinds(Kind::Reset) {
        return Some("what a RST carries is no part of the stream (RFC 9293, 3.5.2)");
    }
    let placed: Vec<_> =
        content.runs().from(0).filter(|run| run.side() == side && run.kind() == Kind::Data).collect();
    if placed.windows(2).any(|pair| pair[0].packet > pair[1].packet) && ours.len() > theirs.len() {
        return Some("tshark drops what was captured after what follows it");
    }
    None
}

#[test]
fn content_is_what_tshark_follows() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: tshark is not installed");
        return;
    }
    let (mut compared, mut others, mut differ, mut explanations) =
        (0, 0, Vec::new(), HashMap::<&str, u32>::new());
    for file in captures() {
        let Ok(source) = open(&file, &OpenOptions::default()) else { continue };
        let session = Session::start(source, Arc::new(Registry::default()));
        session.wait_for(u64::MAX);
        let flows: Vec<(u32, u32)> = {
            let analysis = session.analysis();
            let tcp = analysis.flows.iter().filter(|(_, flow)| flow.key.protocol == 6);
            tcp.filter_map(|(place, flow)| Some((place, flow.stream().filter(|stream| *stream < STREAMS)?)))
                .collect()
        };
        let Some(theirs) = tshark(&file, flows.len() as u32) else { continue };
        for (place, stream) in flows {
            let content = FlowPackets::new(&session, place).unwrap().content(&session);
            let Some(theirs) = theirs.get(&stream) else { continue };
            let a = {
                let analysis = session.analysis();
                let key = analysis.flows.get(place).unwrap().key;
                std::net::SocketAddr::new(key.source(), key.src_port).to_string()
            };
            if theirs.node != a {
                // Numbers of streams are compared elsewhere.
                others += 1;
                continue;
            }
            for side in [Side::A, Side::B] {
                let theirs = &theirs.sides[side as usize];
                let ours = ours(&session, &content, side);
                compared += 1;
                if ours != *theirs {
                    match explained(&file, &content, side, &ours, theirs) {
                        Some(why) => *explanations.entry(why).or_default() += 1,
                        None => {
                            let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
                            differ.push(format!(
                                "{} stream {stream} {side:?}: {} and {} bytes, different from {at} on; {:?}",
                                file.display(),
                                ours.len(),
                                theirs.len(),
                                content.counts(side)
                            ));
                        }
                    }
                }
            }
        }
    }
    eprintln!(
        "{compared} directions compared, {others} streams numbered differently; explained: {explanations:?}"
    );
    assert!(compared > 0);
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

/// A capture of UDP datagrams of a byte each, as a file's bytes: packets `from..to`.
fn datagrams(from: u8, to: u8) -> Vec<u8> {
    let mut file = Vec::new();
    if from == 0 {
        for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 101] {
            file.extend(word.to_le_bytes());
        }
    }
    for byte in from..to {
        for word in [u32::from(byte), 0, 29, 29] {
            file.extend(word.to_le_bytes());
        }
        file.extend([0x45, 0, 0, 29, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        file.extend([0x10, 0, 0x20, 0, 0, 9, 0, 0, byte]);
    }
    file
}

/// Catches a job that stops at what was there when it began.
#[test]
fn a_stream_grows_with_its_capture() {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&datagrams(0, 3)).unwrap();
    let source = open(file.path(), &OpenOptions { follow: true, ..OpenOptions::default() }).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    assert!(session.wait_for(2));
    let job = wirepeel::session::StreamJob::start(session.handle(), 0, || {}).unwrap();
    let wait = |count: usize| {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(120);
        while job.stream().content().runs().len() < count {
            assert!(std::time::Instant::now() < end, "the stream stays at {:?}", job.stream().scanned());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    wait(3);
    assert!(!job.stream().is_done());
    file.write_all(&datagrams(3, 200)).unwrap();
    wait(200);
    let mut all: Vec<u8> = Vec::new();
    let mut bytes = Vec::new();
    for run in job.stream().content().runs().from(0) {
        session.payload(run.packet, run.at(), run.len, &mut bytes).unwrap();
        all.extend(&bytes);
    }
    assert_eq!(all, (0..200).collect::<Vec<u8>>());
}
