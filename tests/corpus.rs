//! Real captures of many programs: every file opens, and holds as many packets
//! as the list beside it says.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wirepeel::base::Timestamp;
use wirepeel::capture::{Batch, Happening, OpenOptions, Record, Status, open};

/// Processor time of this thread: what others do meanwhile does not count.
fn used() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).unwrap()
}

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
fn read(path: &Path) -> Result<(Vec<Record>, Vec<String>), String> {
    let mut source = open(path, &OpenOptions::default()).map_err(|error| error.to_string())?;
    let bytes = source.bytes();
    let (mut batch, mut packets, mut damage) = (Batch::default(), Vec::new(), Vec::new());
    let mut buffer = Vec::new();
    loop {
        batch.clear();
        let status = source.read(&mut batch);
        for record in &batch.records {
            buffer.resize(record.captured as usize, 0);
            bytes.read_at(record.offset, &mut buffer).map_err(|gone| gone.to_string())?;
        }
        packets.extend_from_slice(&batch.records);
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
        let begin = used();
        match (read(&folder.join(&listed.file)), listed.packets) {
            (Ok((found, damage)), Some(expected)) => {
                let found = found.len() as u64;
                damaged += usize::from(!damage.is_empty());
                if found != expected {
                    wrong.push(format!("{}: {found} packets, not {expected}: {damage:?}", listed.file));
                } else if std::env::var_os("WIREPEEL_SHOW").is_some() {
                    damage.iter().for_each(|text| println!("{text}"));
                }
            }
            (Ok((found, _)), None) => {
                wrong.push(format!(
                    "{}: opened with {} packets, but is no capture",
                    listed.file,
                    found.len()
                ));
            }
            (Err(error), Some(expected)) => {
                wrong.push(format!("{}: {expected} packets: {error}", listed.file));
            }
            (Err(error), None) => {
                assert!(!error.contains('\n'), "more than a line: {error}");
                refused.push(error);
            }
        }
        if used() - begin > Duration::from_secs(5) {
            slow.push(listed.file.clone());
        }
    }
    println!("{} captures, {damaged} with damage, {} refused: {refused:#?}", files.len(), refused.len());
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    assert!(slow.is_empty(), "over five seconds: {slow:?}");
}

#[test]
fn a_stream_gives_the_same_packets_as_a_file() {
    let Some(folder) = folder() else { return };
    let packed = tempfile::NamedTempFile::new().unwrap();
    for listed in listed(&folder) {
        let path = folder.join(&listed.file);
        let bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            continue;
        }
        std::fs::write(packed.path(), zstd::encode_all(&bytes[..], 1).unwrap()).unwrap();
        let (plain, stream) = (read(&path), read(packed.path()));
        match (plain, stream) {
            (Ok((plain, _)), Ok((stream, _))) => assert!(plain == stream, "{} differs", listed.file),
            (plain, stream) => assert_eq!(plain.is_err(), stream.is_err(), "{}", listed.file),
        }
    }
}

#[test]
fn times_and_lengths_are_those_of_the_reference() {
    let Some(folder) = folder() else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for table in std::fs::read_dir(folder.join("expected/packets")).unwrap() {
        let table = std::fs::File::open(table.unwrap().path()).unwrap();
        let mut lines = BufReader::new(flate2::read::MultiGzDecoder::new(table)).lines();
        let head = lines.next().unwrap().unwrap();
        let names: Vec<&str> = head.split('\t').collect();
        let column = |name| names.iter().position(|column| *column == name).unwrap();
        let [file, n, time, wire, captured] =
            ["file", "n", "frame.time_epoch", "frame.len", "frame.cap_len"].map(column);
        let (mut name, mut records) = (String::new(), Vec::new());
        for line in lines {
            let line = line.unwrap();
            let cells: Vec<&str> = line.split('\t').collect();
            if name != cells[file] {
                cells[file].clone_into(&mut name);
                records = read(&folder.join(&name)).map_or_else(|_| Vec::new(), |told| told.0);
            }
            let number: usize = cells[n].parse().unwrap();
            let theirs = [cells[time], cells[wire], cells[captured]];
            let ours = records.get(number - 1);
            compared += 1;
            if !ours.is_some_and(|record| same_time(record.time, theirs[0]) && same_lengths(record, theirs)) {
                wrong.push(format!("{name} {number}: {ours:?}, not {theirs:?}"));
            }
        }
    }
    println!("{compared} packets compared");
    assert!(
        wrong.is_empty(),
        "{} of {compared} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
}

/// The reference counts fractions in 32 bits, which fractions of more than a
/// second overflow (the sign it prints is the fraction's), and prints times
/// after 2262, which there are not, as they come. Simple packet blocks have no time.
fn same_time(ours: Timestamp, theirs: &str) -> bool {
    let Some((seconds, fraction)) = theirs.split_once('.') else {
        return ours.is_none() && theirs.is_empty();
    };
    let (seconds, nanos): (i128, i128) = (seconds.parse().unwrap(), fraction.parse().unwrap());
    let nanos = if theirs.starts_with('-') { -nanos } else { nanos };
    let difference = i128::from(ours.0) - seconds.abs() * 1_000_000_000 - nanos;
    fraction.len() > 9 || seconds > 9_223_372_036 || difference % (1 << 32) == 0
}

/// The reference caps lengths on the wire, and takes the 4-byte header off SunATM.
fn same_lengths(ours: &Record, theirs: [&str; 3]) -> bool {
    let [wire, captured]: [u32; 2] = [theirs[1], theirs[2]].map(|text| text.parse().unwrap());
    let same_wire = ours.wire == wire || wire == 0x7fff_ffff && ours.wire > wire;
    same_wire && ours.captured == captured || ours.wire == wire + 4 && ours.captured == captured + 4
}
