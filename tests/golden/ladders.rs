//! Ladders and socket calls of the samples, compared with the texts in
//! `tests/ladders/`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the texts anew: read the
//! difference before you commit it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wirepeel::base::PacketId;
use wirepeel::capture::OpenOptions;
use wirepeel::decode::Registry;
use wirepeel::decode::sinks::Line;
use wirepeel::flow::ladder::{Ladder, Span, View};
use wirepeel::session::{Handle, LadderJob, Peeler, Scope, Session};

fn open(file: &str) -> Session {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let source = wirepeel::capture::open(&path, &OpenOptions::default()).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    session.wait_for(u64::MAX);
    session
}

fn text(spans: Vec<Span>) -> String {
    let line: String = spans.into_iter().map(|span| span.text).collect();
    line.trim_end().to_owned() + "\n"
}

/// What a packet says beyond its transport header.
fn said(session: &Handle, id: PacketId) -> Option<String> {
    let mut line = Line::default();
    session.peel(id, &mut Peeler::default(), &mut line).unwrap();
    let is_transport = line.protocol.is_some_and(|protocol| protocol.name == "tcp");
    (!is_transport).then_some(line.info)
}

fn drawn(session: &Handle, ladder: &Ladder, width: usize, calls: bool) -> String {
    let start = ladder.arrows().first().map(|arrow| arrow.time).unwrap_or_default();
    let info = |id| said(session, id);
    let view = View { width, calls, start, info: &info, name: &|_| None };
    let mut out: String = ladder.heads(&view).into_iter().map(text).collect();
    for row in 0..ladder.len() {
        out += &text(ladder.draw(ladder.row(row).unwrap(), &view));
    }
    out
}

fn golden(name: &str, got: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ladders").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == got, "{name} differs; it was drawn as\n{got}");
}

fn ladder(name: &str, file: &str, scope: Scope, widths: &[usize]) {
    let session = open(file);
    let job = LadderJob::start(session.handle(), scope, || {});
    while !job.is_done() {
        session.wait(Duration::from_millis(10));
    }
    job.show(Default::default(), true);
    for width in widths {
        golden(&format!("{name}-{width}.txt"), &drawn(&session.handle(), &job.ladder(), *width, true));
    }
}

/// The socket calls as the program writes them.
fn calls(name: &str, words: &str) {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_wirepeel"));
    program.arg("stream").args(words.split(' ')).args(["--as", "calls"]).env("NO_COLOR", "1");
    let run = program.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(run.status.success(), "{words}: {}", String::from_utf8_lossy(&run.stderr));
    golden(&format!("{name}-calls.txt"), &String::from_utf8(run.stdout).unwrap());
}

#[test]
fn calls_that_packets_imply() {
    calls("http", "samples/http.pcap --flow 0");
    calls("loss", "samples/loss.pcap.gz --flow 0");
    calls("slow-reader", "samples/slow-reader.pcap --flow 0");
    calls("refused-1", "samples/refused.pcap --flow 1");
    calls("refused-2", "samples/refused.pcap --flow 2");
    // An ICMP error says that the host cannot be reached.
    calls("refused-3", "samples/refused.pcap --flow 3");
    calls("tftp-loss", "samples/tftp-loss.pcap --flow 0 --conversation");
    calls("dhcp", "samples/dhcp-lease.pcap --flow 0 --conversation");
    calls("dns", "samples/dns-walk.pcapng --flow 1 --host");
}

#[test]
fn a_reader_that_is_too_slow() {
    ladder("slow-reader", "samples/slow-reader.pcap", Scope::Flows(vec![0]), &[80, 120]);
}

#[test]
fn a_request_over_tcp() {
    ladder("http", "samples/http.pcap", Scope::Flows(vec![0]), &[80, 120, 200]);
}

#[test]
fn loss_and_repeats() {
    ladder("loss", "samples/loss.pcap.gz", Scope::Flows(vec![0]), &[80, 120]);
}

#[test]
fn refused_reset_and_ignored() {
    for flow in 0..5 {
        ladder(&format!("refused-{flow}"), "samples/refused.pcap", Scope::Flows(vec![flow]), &[80]);
    }
    ladder("refused-all", "samples/refused.pcap", Scope::Conversation(0), &[120]);
}

#[test]
fn datagrams_take_turns() {
    ladder("tftp", "samples/tftp.pcap", Scope::Conversation(0), &[80, 120]);
    // The request alone: what answers it is another flow.
    ladder("tftp-request", "samples/tftp.pcap", Scope::Flows(vec![0]), &[80]);
    ladder("tftp-loss", "samples/tftp-loss.pcap", Scope::Conversation(0), &[80]);
    ladder("dhcp", "samples/dhcp-lease.pcap", Scope::Conversation(0), &[80]);
}

#[test]
fn a_resolver_walks_from_the_root() {
    ladder("dns", "samples/dns-walk.pcapng", Scope::Host(1), &[80, 120, 200]);
}

#[test]
fn lost_questions_and_late_answers() {
    ladder("dns-visit", "samples/dns-visit.pcap", Scope::Host(1), &[120]);
    ladder("dns-lost", "samples/dns-lost.pcap", Scope::Host(1), &[120]);
}
