//! The fields of QUIC. The tables of all fields have no column of them: what tshark says of
//! every packet of QUIC is recorded in `quic.tsv` by `make_answers.sh`.

use crate::rules::Rules;
use crate::tally::Cell;
use crate::{captures, read_whole, root};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::cli::{FieldRows, FieldStyle};
use wirepeel::decode::Registry;
use wirepeel::session::Peeler;

/// The least number of equal cells: there are 7,634.
const LEAST: u64 = 7600;

#[test]
fn cells_of_quic_equal_those_of_tshark() {
    let Some(folder) = captures() else { return };
    let registry = Arc::new(Registry::default());
    let rules = Rules::read(&root().join("tests/fidelity/quic.toml"), &registry);
    let mut lines = include_str!("quic.tsv").lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names: Vec<String> = lines.next().unwrap()[2..].iter().map(|name| (*name).to_owned()).collect();
    let mut files: BTreeMap<&str, HashMap<u64, Vec<&str>>> = BTreeMap::new();
    for line in lines {
        files.entry(line[0]).or_default().insert(line[1].parse().unwrap(), line[2..].to_vec());
    }
    let style = FieldStyle { aggregator: ';', ..FieldStyle::default() };
    let (mut equal, mut adjudicated, mut differing) = (0, 0, Vec::new());
    for (file, packets) in &files {
        let source = open(&folder.join(file), &OpenOptions::default()).unwrap();
        let session = read_whole(source, &registry);
        let mut rows = FieldRows::new(&registry, &names, style.clone()).unwrap();
        let mut peeler = Peeler::default();
        let mut ours = String::new();
        for id in 0..session.progress().analysed {
            rows.read(&session, id, &mut peeler).unwrap();
            let theirs = packets.get(&(id + 1));
            for (place, field) in names.iter().enumerate() {
                // Of packets that tshark takes for no QUIC only QUIC's own fields are of interest.
                if theirs.is_none() && !field.starts_with("quic.") {
                    continue;
                }
                ours.clear();
                rows.cell(&mut ours, place);
                let theirs = theirs.map_or("", |cells| cells[place]);
                let cell = Cell { field, ours: &ours, theirs };
                if cell.is_empty() {
                    continue;
                } else if ours == theirs {
                    equal += 1;
                } else if rules.adjudicated(&cell, file) {
                    adjudicated += 1;
                } else {
                    differing
                        .push(format!("{file} packet {}: {field} is {ours}, tshark says {theirs}", id + 1));
                }
            }
        }
    }
    println!("QUIC: {equal} cells of {} captures equal, {adjudicated} adjudicated", files.len());
    assert!(differing.is_empty(), "{} cells differ:\n{}", differing.len(), differing.join("\n"));
    let unused: Vec<String> = rules.unused().collect();
    assert!(unused.is_empty(), "adjudicated, but no difference meets it:\n{}", unused.join("\n"));
    assert!(equal >= LEAST, "only {equal} cells are equal");
}
