//! Real captures of many programs: every file opens, and holds as many packets
//! as the list beside it says.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wirepeel::capture::{Batch, Happening, OpenOptions, Status, open};

struct Listed {
    file: String,
    packets: Option<u64>,
}

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    if folder.join("index.tsv").is_file() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no captures in {}; nothing was tested", folder.display());
    None
}

/// The files and the packets that each holds: as many as the reference shows,
/// or, where it refuses the file, as a walk over its records finds.
fn listed(folder: &Path) -> Vec<Listed> {
    let index = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let mut lines = index.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name| names.iter().position(|column| *column == name).unwrap();
    let (file, kind, rows, packets, walked) =
        (column("file"), column("tshark_type"), column("rows"), column("packets"), column("walked_packets"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let refused = cells[kind] == "-" || cells[packets] == "-";
            let count = if refused { cells[walked] } else { cells[rows] };
            Listed { file: cells[file].to_owned(), packets: count.parse().ok() }
        })
        .collect()
}

/// Packets of a file, read to its end, and what was told about damage.
fn count(path: &Path) -> Result<(u64, Vec<String>), String> {
    let mut source = open(path, &OpenOptions::default()).map_err(|error| error.to_string())?;
    let bytes = source.bytes();
    let (mut batch, mut packets, mut damage) = (Batch::default(), 0, Vec::new());
    let mut buffer = Vec::new();
    loop {
        batch.clear();
        let status = source.read(&mut batch);
        for record in &batch.records {
            buffer.resize(record.captured as usize, 0);
            bytes.read_at(record.offset, &mut buffer).map_err(|gone| gone.to_string())?;
        }
        packets += batch.records.len() as u64;
        for happening in &batch.happenings {
            if let Happening::Notice(notice) = happening
                && notice.damage
            {
                damage.push(notice.text.clone());
            }
        }
        match status {
            Status::More => {}
            Status::Idle => return Err("idle in a file".to_owned()),
            Status::End => return Ok((packets, damage)),
        }
    }
}

#[test]
fn every_capture_holds_the_packets_that_it_should() {
    let Some(folder) = folder() else { return };
    let (mut wrong, mut refused, mut slow, mut damaged) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let files = listed(&folder);
    for listed in &files {
        let begin = Instant::now();
        match (count(&folder.join(&listed.file)), listed.packets) {
            (Ok((found, damage)), Some(expected)) => {
                damaged += usize::from(!damage.is_empty());
                if found != expected {
                    wrong.push(format!("{}: {found} packets, not {expected}: {damage:?}", listed.file));
                } else if std::env::var_os("WIREPEEL_SHOW").is_some() {
                    damage.iter().for_each(|text| println!("{text}"));
                }
            }
            (Ok((found, _)), None) => {
                wrong.push(format!("{}: opened with {found} packets, but is no capture", listed.file));
            }
            (Err(error), Some(expected)) => {
                wrong.push(format!("{}: {expected} packets: {error}", listed.file));
            }
            (Err(error), None) => {
                assert!(!error.contains('\n'), "more than a line: {error}");
                refused.push(error);
            }
        }
        if begin.elapsed() > Duration::from_secs(5) {
            slow.push(listed.file.clone());
        }
    }
    println!("{} captures, {damaged} with damage, {} refused: {refused:#?}", files.len(), refused.len());
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    assert!(slow.is_empty(), "over five seconds: {slow:?}");
}
