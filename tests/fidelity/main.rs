//! Fidelity: every packet of every real capture, peeled through the function
//! behind `wirepeel fields`, compared cell by cell with what tshark prints.
//!
//! Writes `target/fidelity/report.txt` and `target/fidelity/differences.tsv`.
//! `UPDATE_BASELINE=1` writes `tests/fidelity/baseline.tsv` anew; without it no
//! field's share of equal cells may fall below that file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test fails by panicking.

mod conversations;
mod expected;
mod passes;
mod quic;
mod rules;
mod tally;

use expected::{Capture, Expected};
use passes::Recorded;
use rules::Rules;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tally::Tally;
use wirepeel::capture::{OpenOptions, Source, open};
use wirepeel::cli::{FieldRows, FieldStyle};
use wirepeel::decode::Registry;
use wirepeel::session::{Peeler, Session};

/// The least share of equal cells, in hundredths of a percent.
const LEAST: u64 = 9950;
/// The least share of each field of the TCP analysis by itself.
const LEAST_OF_ANALYSIS: u64 = 9800;
/// The least share of each field of DNS by itself, those adjudicated taken as equal: all.
const LEAST_OF_DNS: u64 = 10000;
/// The least share of all of them together, those adjudicated not taken as equal.
const LEAST_OF_DNS_RAW: u64 = 9923;
/// The same, with those taken as equal that are what a later tshark says, which puts segments
/// together and takes less for DNS that is none. The others are mostly what no version peels
/// (queries in the path of GET, LLMNR over TCP), a draft of DNS over QUIC that all misread, hosts
/// in multicast DNS that seem to answer themselves, and times that overflow.
const LEAST_OF_DNS_CONFIRMED: u64 = 9948;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn captures() -> Option<PathBuf> {
    let folder = root().join("../shared/captures");
    if folder.join("expected/packets").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no captures in {}; nothing was compared", folder.display());
    None
}

/// What the comparison needs besides one capture.
struct Setting<'a> {
    folder: &'a Path,
    registry: Arc<Registry>,
    rules: &'a Rules,
    /// What tshark says of answers in a second pass.
    answers: Recorded,
    /// What a later tshark says.
    newer: Recorded,
    expected: &'a Expected,
    /// The columns that wirepeel knows too: place in the table, name.
    columns: Vec<(usize, String)>,
}

/// A session that has read all: what a later packet says of an earlier one is final only then.
fn read_whole(source: Box<dyn Source>, registry: &Arc<Registry>) -> Session {
    let session = Session::start(source, Arc::clone(registry));
    session.wait_for(u64::MAX);
    while !session.is_finished() {
        session.wait(std::time::Duration::from_millis(20));
    }
    session
}

/// Compares one capture.
fn compare(setting: &Setting<'_>, capture: &Capture, tally: &mut Tally) {
    let path = setting.folder.join(&capture.file);
    let source = match open(&path, &OpenOptions::default()) {
        Ok(source) => source,
        Err(_) if capture.refused => return,
        Err(error) => return tally.wrong_counts.push(format!("{}: {error}", capture.file)),
    };
    let session = read_whole(source, &setting.registry);
    let names: Vec<String> = setting.columns.iter().map(|(_, name)| name.clone()).collect();
    let style = FieldStyle { aggregator: ';', ..FieldStyle::default() };
    let mut rows = FieldRows::new(&setting.registry, &names, style).unwrap();
    let mut peeler = Peeler::default();
    let mut ours = String::new();
    for (id, line) in (0..).zip(setting.expected.rows(capture)) {
        if !session.wait_for(id) {
            break;
        }
        rows.read(&session, id, &mut peeler).unwrap();
        let theirs: Vec<&str> = line.split('\t').collect();
        let interface = session.record(id).unwrap().interface as usize;
        let link = session.meta().interfaces[interface].link;
        let protocols = theirs[setting.expected.protocols];
        let counted = tally.packet(link.0, setting.rules.leaves_out(protocols));
        for (place, (column, name)) in setting.columns.iter().enumerate() {
            ours.clear();
            rows.cell(&mut ours, place);
            let later = setting.answers.cell(name, &capture.file, id + 1);
            let cell = tally::Cell { field: name, ours: &ours, theirs: later.unwrap_or(theirs[*column]) };
            if !cell.is_empty() {
                let verdict = tally::Verdict {
                    adjudicated: setting.rules.adjudicated(&cell, &capture.file),
                    confirmed: setting.newer.cell(name, &capture.file, id + 1) == Some(&ours),
                };
                tally.cell(&cell, &capture.file, id + 1, link.0, counted, verdict);
            }
        }
    }
    let expected = capture.rows.len() as u64;
    let found = session.progress().analysed;
    if found != expected && !(capture.refused && found >= expected) {
        tally.wrong_counts.push(format!("{}: {found} packets, not {expected}", capture.file));
    }
}

#[test]
fn cells_equal_those_of_tshark() {
    let Some(folder) = captures() else { return };
    let begin = std::time::Instant::now();
    let registry = Arc::new(Registry::default());
    let rules = Rules::read(&root().join("tests/fidelity/adjudicated.toml"), &registry);
    let expected = Expected::read(&folder);
    let is_known = |name: &str| FieldRows::new(&registry, &[name.to_owned()], FieldStyle::default()).is_ok();
    let (columns, unknown): (Vec<_>, Vec<_>) = expected.fields().partition(|(_, name)| is_known(name));
    let setting = Setting {
        folder: &folder,
        registry,
        rules: &rules,
        answers: Recorded::second_pass(),
        newer: Recorded::newer(),
        expected: &expected,
        columns,
    };
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while let Some(capture) = expected.captures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    compare(&setting, capture, &mut tally);
                }
                total.lock().unwrap().add(tally);
            });
        }
    });
    let mut tally = total.into_inner().unwrap();
    let mut report = tally.report();
    let names: Vec<_> = unknown.into_iter().map(|(_, name)| name).collect();
    writeln!(report, "\nFields that wirepeel does not have: {}", names.join(" ")).unwrap();
    let is_dns = |name: &str| name.starts_with("dns.");
    let (dns, confirmed) = tally.shares(is_dns);
    writeln!(
        report,
        "Fields of DNS: {} % equal, {} % with those that a later tshark confirms",
        tally::percent(dns),
        tally::percent(confirmed)
    )
    .unwrap();
    writeln!(report, "{} captures in {:.1} s", expected.captures.len(), begin.elapsed().as_secs_f32())
        .unwrap();
    let out = root().join("target/fidelity");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("report.txt"), &report).unwrap();
    std::fs::write(out.join("differences.tsv"), tally.differences()).unwrap();
    println!("{report}");

    let baseline = root().join("tests/fidelity/baseline.tsv");
    if std::env::var_os("UPDATE_BASELINE").is_some() {
        std::fs::write(&baseline, tally.baseline()).unwrap();
    }
    let fallen = tally.fallen(&std::fs::read_to_string(&baseline).unwrap_or_default());
    let (share, wrong) = (tally.core_share(), &tally.wrong_counts);
    assert!(wrong.is_empty(), "{} captures with other packet counts:\n{}", wrong.len(), wrong.join("\n"));
    let weak = tally.weak(LEAST_OF_ANALYSIS, |name| name.starts_with("tcp.analysis."));
    assert!(weak.is_empty(), "too few cells of the TCP analysis are equal:\n{}", weak.join("\n"));
    let weak = tally.weak(LEAST_OF_DNS, is_dns);
    assert!(weak.is_empty(), "too few cells of DNS are equal or adjudicated:\n{}", weak.join("\n"));
    assert!(dns >= LEAST_OF_DNS_RAW, "{} % of the cells of DNS are equal", tally::percent(dns));
    assert!(
        confirmed >= LEAST_OF_DNS_CONFIRMED,
        "{} % of the cells of DNS are what one of two versions of tshark says",
        tally::percent(confirmed)
    );
    let unused: Vec<String> = rules.unused().collect();
    assert!(unused.is_empty(), "adjudicated, but no difference meets it:\n{}", unused.join("\n"));
    assert!(fallen.is_empty(), "below the baseline:\n{}", fallen.join("\n"));
    assert!(share >= LEAST, "{}.{:02} % of the cells are equal", share / 100, share % 100);
}
