//! The folder of samples: its README lists what is there, and nothing in it is
//! damaged but what is damaged on purpose.

use crate::sample;
use std::collections::BTreeMap;
use std::path::Path;

/// File and number of packets, of the README's table.
fn listed() -> BTreeMap<String, String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.filter_map(|(file, rest)| Some((file.to_owned(), rest.split('|').next()?.trim().to_owned())))
        .collect()
}

#[test]
fn the_readme_lists_every_sample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".pcap")).collect();
    names.sort();
    assert_eq!(listed().into_keys().collect::<Vec<_>>(), names, "left: the table; right: the folder");
}

#[test]
fn samples_hold_what_is_listed_and_are_clean() {
    let listed = listed();
    assert!(!listed.is_empty());
    for (file, packets) in listed {
        let said = crate::run(&format!("verify {}", sample(&file))).out;
        let verdict = if file == "bad-sums.pcap" { "8 packets with problems" } else { "clean" };
        let expected = format!("{file}: {packets} packets, {verdict}");
        assert!(
            said.lines().last().is_some_and(|line| line.contains(&expected)),
            "{expected}; but it says {said}"
        );
    }
}
