//! Display filters let through the packets that tshark 4.0 lets through: each line of
//! `filters/answers.tsv` (made by `filters/make_answers.sh`) is a filter and the packets
//! of `filters/mixed.pcapng` that it means. Catches another meaning of an operator, of a
//! slice, of where a layer's own bytes end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test fails by panicking.

use std::path::Path;
use std::sync::Arc;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::Registry;
use wirepeel::decode::sinks::Probe;
use wirepeel::filter::Filter;
use wirepeel::session::{Peeler, Session};

/// Where the programs differ on purpose, and why.
const KNOWN: &[(&str, &str)] = &[
    ("udp and not dns", QUOTED),
    ("dns[0:2]", QUOTED),
    ("dns.flags.response == False", QUOTED),
    ("len(http) > 100", SEVERAL),
    ("frame.protocols contains \"tcp:http\"", SEVERAL),
    ("http[-4:4] == \"\\r\\n\\r\\n\"", "a body belongs to its HTTP message; tshark ends the layer before it"),
    ("len(ipv6) == 40", "extension headers are layers; tshark counts them to the IPv6 header"),
];
const QUOTED: &str = "messages of DNS that an ICMP error quotes are not peeled";
const SEVERAL: &str = "tshark puts the message in a tunnel together in its last segment";

#[test]
fn filters_mean_what_they_mean_in_tshark() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filters");
    let registry = Arc::new(Registry::default());
    let source = open(&folder.join("mixed.pcapng"), &OpenOptions::default()).unwrap();
    let session = Session::start(source, Arc::clone(&registry));
    session.wait_for(u64::MAX);
    let answers = std::fs::read_to_string(folder.join("answers.tsv")).unwrap();
    let (mut peeler, mut wrong, mut some) = (Peeler::default(), Vec::new(), 0);
    for line in answers.lines() {
        let (text, numbers) = line.split_once('\t').unwrap();
        let expected: Vec<u64> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let found = Filter::compile(&registry, text).map(|filter| {
            let mut probe = Probe::new(filter.wanted());
            let packets = (0..session.progress().analysed).filter(|id| {
                probe.clear();
                session.peel(*id, &mut peeler, &mut probe).unwrap();
                filter.matches(&probe)
            });
            packets.map(|id| id + 1).collect::<Vec<u64>>()
        });
        some += usize::from(!expected.is_empty());
        let is_known = KNOWN.iter().any(|(known, _)| *known == text);
        match found {
            Ok(found) if (found == expected) != is_known => {}
            Ok(found) => {
                let only = |these: &[u64], those: &[u64]| -> Vec<u64> {
                    these.iter().filter(|number| !those.contains(number)).copied().collect()
                };
                let (more, fewer) = (only(&found, &expected), only(&expected, &found));
                wrong.push(format!("{text}: lets {more:?} through and {fewer:?} not (known: {is_known})"));
            }
            Err(error) => wrong.push(format!("{text}: {error}")),
        }
    }
    assert!(some > 100, "only {some} filters let anything through");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
