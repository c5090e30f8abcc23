//! The folder of samples: its README lists what is there, and nothing in it is
//! damaged but what is damaged on purpose. What the pages print and write is so.

use crate::{program, sample};
use clap::Parser as _;
use clap::error::ErrorKind;
use std::collections::BTreeMap;
use std::path::Path;
use wirepeel::cli::Cli;

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

/// The pages for people, and the places in the program that say what to write.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    let others = ["README.md", "CONTRIBUTING.md", "samples/README.md", "src/cli/habits.rs"];
    paths.extend(others.iter().map(|name| root.join(name)));
    paths
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn examples_print_what_the_pages_show() {
    let mut seen = 0;
    for (page, text) in pages() {
        for block in text.split("```\n$ wirepeel ").skip(1) {
            let (arguments, shown) = block.split("```").next().unwrap().split_once('\n').unwrap();
            let output =
                program().args(arguments.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR")).output();
            let out = String::from_utf8(output.unwrap().stdout).unwrap();
            match shown.strip_suffix("...\n") {
                Some(begin) => assert!(out.starts_with(begin) && out != begin, "{page}: {arguments}:\n{out}"),
                None => assert_eq!(out, shown, "{page}: {arguments}"),
            }
            seen += 1;
        }
    }
    assert!(seen > 2, "no examples were found");
}

/// Options and commands that there are none of.
#[test]
fn what_the_pages_write_is_understood() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        let inline = text.split('`').skip(1).step_by(2).filter(|code| code.starts_with("wirepeel "));
        let listed = text.lines().filter(|line| line.starts_with("wirepeel ") && line.contains("  "));
        let listed = listed.filter_map(|line| line.split("  ").next());
        for code in inline.chain(listed) {
            // What may be left out; dots stand for more of the same.
            let code = code.split(" [").next().unwrap().replace("...", "").replace('\n', " ");
            if code.ends_with(' ') || code == "wirepeel stats" || code == "wirepeel flows" {
                continue;
            }
            let words = code.split_whitespace().filter(|word| !word.contains(']'));
            if code.split_whitespace().count() > 2
                && let Err(error) = Cli::try_parse_from(words)
                && !matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::ValueValidation)
            {
                let error = error.to_string();
                wrong.push(format!("{page}: {code}: {}", error.lines().next().unwrap_or_default()));
            }
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
