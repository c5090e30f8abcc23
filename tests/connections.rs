//! What the TCP analysis says of the samples, packet by packet and in sum,
//! compared with the texts in `tests/golden/connections`. Catches a remark, a
//! relative number or a measure that changes.
//!
//! `UPDATE_GOLDEN=1 cargo test --test connections` writes the texts anew: read
//! the difference before you commit it.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::Registry;
use wirepeel::decode::sinks::{Line, NodeKind, Tree};
use wirepeel::flow::tcp::EndState;
use wirepeel::session::{Peeler, Session};

fn session(sample: &str) -> Session {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let source = open(&path, &OpenOptions::default()).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    while !session.is_finished() {
        session.wait(Duration::from_millis(20));
    }
    session
}

/// Info and analysis of every TCP packet, then the flows.
fn told(session: &Session) -> String {
    let mut text = String::new();
    let (mut peeler, mut line, mut tree) = (Peeler::default(), Line::default(), Tree::default());
    for id in 0..session.progress().analysed {
        line.clear();
        session.peel(id, &mut peeler, &mut line).unwrap();
        if session.facts(id, &mut peeler).tcp.is_none() {
            continue;
        }
        writeln!(text, "{}: {}", id + 1, line.info).unwrap();
        tree.clear();
        session.peel(id, &mut peeler, &mut tree).unwrap();
        for place in tree.walk(|_, _| true) {
            let node = tree.node(place).unwrap();
            if let NodeKind::Field(def) = node.kind
                && def.name.starts_with("tcp.analysis.")
            {
                let indent = "  ".repeat(usize::from(node.depth).saturating_sub(1));
                writeln!(text, "{indent}{}", tree.line(node)).unwrap();
            }
        }
    }
    while !session.measure(7, &|| true) {}
    let (analysis, measures) = (session.analysis(), session.measures());
    for (place, flow) in analysis.flows.iter() {
        let Some(ends) = analysis.flows.ends(flow) else { continue };
        let measure = measures.get(place).cloned().unwrap_or_default();
        let handshake = flow.handshake();
        writeln!(
            text,
            "flow {place}: handshake {handshake:?}, completeness {}, closed by {:?}, ends {} and {}",
            flow.completeness(),
            flow.closed_by(),
            ends[0].map_or("unknown", EndState::name),
            ends[1].map_or("unknown", EndState::name),
        )
        .unwrap();
        let rtt = &measure.rtt;
        writeln!(
            text,
            "  RTT of {}: at least {:?}, half within {:?}, 95 % within {:?}",
            rtt.count(),
            rtt.least(),
            rtt.quantile(50),
            rtt.quantile(95)
        )
        .unwrap();
        writeln!(
            text,
            "  repeated {:?} ({:?} bytes), out of order {:?}, duplicate ACKs {:?}, window closed {:?} ns",
            measure.repeated,
            measure.repeated_bytes,
            measure.reordered,
            measure.duplicate_acks,
            measure.closed_window(flow.last_time.0)
        )
        .unwrap();
    }
    text
}

#[test]
fn samples_are_analysed_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/connections");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let mut failures = Vec::new();
    for sample in ["http.pcap", "loss.pcap.gz", "slow-reader.pcap", "refused.pcap"] {
        let expected = folder.join(sample).with_extension("txt");
        let text = told(&session(sample));
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&expected, &text).unwrap();
            continue;
        }
        let before = std::fs::read_to_string(&expected).unwrap_or_default();
        if let Some(line) = before.lines().zip(text.lines()).position(|(a, b)| a != b) {
            let (a, b) = (before.lines().nth(line), text.lines().nth(line));
            failures.push(format!("{sample}, line {}:\n  expected {a:?}\n  got      {b:?}", line + 1));
        } else if before.len() != text.len() {
            failures.push(format!("{sample}: other length than written"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
