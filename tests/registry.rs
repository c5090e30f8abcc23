//! The registry holds every protocol of `src/decode/proto/`, and every protocol
//! describes all that it tells.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::path::Path;
use wirepeel::base::LinkType;
use wirepeel::decode::sinks::{NodeKind, Tree};
use wirepeel::decode::{Facts, FieldDef, Frame, Registry, Scratch, Streams};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn address(def: &'static FieldDef) -> usize {
    std::ptr::from_ref(def).addr()
}

/// The dissectors that a file or a folder of `src/decode/proto/` holds.
fn dissectors(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            dissectors(&entry.unwrap().path(), found);
        }
        return;
    }
    let module = path.strip_prefix(root().join("src/decode/proto")).unwrap().iter().next().unwrap();
    let module = module.to_str().unwrap().trim_end_matches(".rs");
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some((_, name)) =
            line.split_once("Dissector for ").filter(|(head, _)| head.starts_with("impl"))
        {
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            found.push(format!("row::<proto::{module}::{name}>(),"));
        }
    }
}

#[test]
fn every_dissector_is_registered() {
    let mut expected = Vec::new();
    dissectors(&root().join("src/decode/proto"), &mut expected);
    let registry = std::fs::read_to_string(root().join("src/decode/registry.rs")).unwrap();
    // A protocol's folder is its module: which file of it holds the dissector does not matter.
    let folder = |line: &str| {
        let path = line.strip_prefix("row::<proto::")?;
        let (module, name) = (path.split("::").next()?, path.rsplit("::").next()?);
        Some(format!("row::<proto::{module}::{name}"))
    };
    let mut rows: Vec<_> = registry.lines().filter_map(|line| folder(line.trim())).collect();
    expected.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, expected, "left: rows of decode/registry.rs; right: dissectors in decode/proto/");
    assert_eq!(rows.len(), Registry::default().rows().len());
}

#[test]
fn names_are_unique_and_described() {
    let (registry, mut names) = (Registry::default(), HashSet::new());
    for row in registry.rows() {
        let protocol = row.protocol;
        assert!(names.insert(protocol.name), "two protocols are called {}", protocol.name);
        for text in [protocol.name, protocol.label, protocol.title, protocol.about] {
            assert!(!text.is_empty(), "{}: name, label, title or about is empty", protocol.name);
        }
        assert!(protocol.about.ends_with('.'), "{}: about is no sentence", protocol.name);
    }
}

#[test]
fn fields_are_described() {
    for row in Registry::default().rows() {
        let protocol = row.protocol.name;
        let listed: HashSet<_> = row.protocol.fields.iter().map(|def| address(def)).collect();
        for def in row.protocol.fields {
            let name = def.name;
            assert!(!def.about.is_empty(), "{protocol}: {name} has no about");
            assert!(def.about.trim_end().ends_with('.'), "{protocol}: about of {name} is no sentence");
            assert!(!def.label.is_empty(), "{protocol}: {name} has no label");
            assert!(
                def.values.is_sorted_by(|a, b| a.0 < b.0),
                "{protocol}: the value names of {name} are not sorted or not unique"
            );
            if let Some(bits) = def.bits().filter(|bits| *bits < 64) {
                assert!(def.mask < 1 << bits, "{protocol}: the mask of {name} has more than {bits} bits");
            }
            for also in def.also {
                assert!(
                    listed.contains(&address(also)),
                    "{protocol}: {name} is also {}, which is not in fields",
                    also.name
                );
                assert_eq!(def.kind, also.kind, "{protocol}: {name} and {} differ in kind", also.name);
            }
        }
        if let Some(trailer) = row.protocol.trailer {
            for def in [trailer.padding, trailer.trailer] {
                assert!(listed.contains(&address(def)), "{protocol}: {} is not in fields", def.name);
            }
        }
    }
}

/// Every field in a golden capture's tree is one that its protocol lists.
#[test]
fn told_fields_are_listed() {
    let (registry, mut scratch, mut tree) = (Registry::default(), Scratch::default(), Tree::default());
    let mut told = HashSet::new();
    for entry in std::fs::read_dir(root().join("tests/golden")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "pcap") {
            continue;
        }
        let file = std::fs::read(&path).unwrap();
        let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let (link, mut at, mut number) = (LinkType(u32_at(20) as u16), 24, 0);
        while at < file.len() {
            let (captured, wire) = (u32_at(at + 8) as usize, u32_at(at + 12));
            number += 1;
            for fcs_length in [None, Some(4)] {
                let frame = Frame {
                    link,
                    bytes: &file[at + 16..at + 16 + captured],
                    wire,
                    number,
                    fcs_length,
                    ..Frame::default()
                };
                tree.clear();
                registry.peel(
                    &frame,
                    Facts { streams: Streams::one(1), ..Facts::default() },
                    &mut scratch,
                    &mut tree,
                );
                for node in (0..tree.len() as u32).filter_map(|place| tree.node(place)) {
                    let NodeKind::Field(def) = node.kind else { continue };
                    let mut around = node.parent;
                    let layer = loop {
                        let parent = tree.node(around.expect("a field lies in a layer")).unwrap();
                        match parent.kind {
                            NodeKind::Layer(layer) => break &tree.layers[usize::from(layer)],
                            _ => around = parent.parent,
                        }
                    };
                    let protocol = layer.protocol;
                    told.insert((protocol.name, def.name));
                    assert!(
                        protocol.fields.iter().any(|listed| std::ptr::eq(*listed, def)),
                        "{} packet {number}: {} tells {}, which is not in its fields",
                        path.display(),
                        protocol.name,
                        def.name
                    );
                }
            }
            at += 16 + captured;
        }
    }
    assert!(told.contains(&("eth", "eth.fcs.status")) && told.contains(&("udp", "udp.stream")));
}
