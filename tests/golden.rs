//! Golden captures: every `tests/golden/*.pcap` is peeled packet by packet and
//! compared with the text beside it. Catches any change of a layer, a field, a
//! byte range, a verdict, an Info text or an event.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the texts anew: read the
//! difference before you commit it.

#![allow(clippy::unwrap_used)]

#[path = "golden/ladders.rs"]
mod ladders;

use std::fmt::Write as _;
use std::path::Path;
use wirepeel::base::{LinkType, Timestamp};
use wirepeel::decode::proto::quic::Connection;
use wirepeel::decode::sinks::{Line, NodeKind, Payloads, Summary, Tree};
use wirepeel::decode::{Bound, Carried, Event, Facts, FlowKey, Frame, ProtocolId, Registry, Scratch, UDP};

/// A classic little-endian microsecond pcap, as the golden captures are.
fn packets(path: &Path) -> (LinkType, Vec<(Timestamp, u32, Vec<u8>)>) {
    let file = std::fs::read(path).unwrap();
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(u32_at(0), 0xa1b2_c3d4, "{}: not a little-endian microsecond pcap", path.display());
    let (mut at, mut packets) = (24, Vec::new());
    while at < file.len() {
        let time = Timestamp::new(u32_at(at).into(), i64::from(u32_at(at + 4)) * 1000);
        let (captured, wire) = (u32_at(at + 8) as usize, u32_at(at + 12));
        packets.push((time, wire, file[at + 16..at + 16 + captured].to_vec()));
        at += 16 + captured;
    }
    (LinkType(u32_at(20) as u16), packets)
}

fn peel(path: &Path) -> String {
    let registry = Registry::default();
    let (link, packets) = packets(path);
    let first = packets.first().map_or(Timestamp(0), |packet| packet.0);
    let (mut text, mut previous) = (String::new(), first);
    // As the flow table does: what a flow was recognised as, its later packets are.
    let mut known: Vec<(FlowKey, ProtocolId)> = Vec::new();
    // As the session does: what the packets of a QUIC connection say to those after them.
    let mut connections: Vec<(FlowKey, Connection)> = Vec::new();
    for (at, (time, wire, bytes)) in packets.iter().enumerate() {
        let frame = Frame {
            link,
            bytes,
            wire: *wire,
            number: at as u64 + 1,
            time: *time,
            first,
            previous,
            ..Frame::default()
        };
        previous = *time;
        let (mut scratch, mut payloads) = (Scratch::default(), Payloads::default());
        registry.peel(&frame, Facts::default(), &mut scratch, &mut payloads);
        let quic = payloads.found.last().filter(|found| found.key.protocol == UDP).map(|found| {
            let of_flow = |(key, _): &(FlowKey, Connection)| key.is_between(&found.key);
            let place = connections.iter().position(of_flow).unwrap_or_else(|| {
                connections.push((found.key, Connection::default()));
                connections.len() - 1
            });
            let (from, len) = (found.at as usize, found.held as usize);
            connections[place].1.add(frame.number, &found.key, found.at, &bytes[from..from + len]);
            &connections[place].1
        });
        let frame = Frame { carried: quic.map(Carried::Quic), ..frame };
        let (mut line, mut tree, mut summary) = (Line::default(), Tree::default(), Summary::default());
        let mut look = Summary::default();
        registry.peel(&frame, Facts::default(), &mut scratch, &mut look);
        let key = look.events.iter().rev().find_map(|event| match event {
            Event::Flow(key) => Some(*key),
            _ => None,
        });
        let of = key.and_then(|key| known.iter().find(|known| known.0.is_between(&key)));
        let facts = Facts { bound: of.map(|(key, id)| Bound::new(*id, key)), ..Facts::default() };
        registry.peel(&frame, facts, &mut scratch, &mut line);
        registry.peel(&frame, facts, &mut scratch, &mut tree);
        registry.peel(&frame, facts, &mut scratch, &mut summary);
        let recognised = summary.events.iter().find_map(|event| match event {
            Event::Recognised(id) => Some(*id),
            _ => None,
        });
        if let (Some(key), Some(id)) = (key, recognised) {
            known.insert(0, (key, id));
        }
        assert_eq!(summary.events, tree.events, "packet {}: sinks disagree on events", at + 1);
        let label = line.protocol.map_or("-", |protocol| protocol.label);
        writeln!(text, "== packet {}: {label} | {}", at + 1, line.info).unwrap();
        for place in tree.walk(|_, _| true) {
            let node = tree.node(place).unwrap();
            let name = match node.kind {
                NodeKind::Layer(at) => tree.layers[usize::from(at)].protocol.name,
                NodeKind::Field(def) => def.name,
                NodeKind::Problem(_) => "!",
            };
            let indent = "  ".repeat(node.depth.into());
            let span = match (node.span.source, node.span.len) {
                (_, 0) => String::new(),
                (0, len) => format!(" @{}+{len}", node.span.start),
                (source, len) => format!(" @{source}:{}+{len}", node.span.start),
            };
            let far: String =
                tree.refers(place).map(|far| format!(" -> @{}+{}", far.start, far.len)).collect();
            writeln!(text, "{indent}{}  <{name}{span}{far}>", wirepeel::base::safe(&tree.line(node)))
                .unwrap();
        }
        for event in &summary.events {
            if !matches!(event, Event::Problem { .. }) {
                writeln!(text, "* {}", told(&registry, event)).unwrap();
            }
        }
    }
    text
}

/// An event in words; protocols by name, since their places change.
fn told(registry: &Registry, event: &Event) -> String {
    let text = format!("{event:?}");
    let id = match event {
        Event::Exchange { protocol, .. } | Event::Expect { protocol, .. } | Event::Recognised(protocol) => {
            *protocol
        }
        _ => return text,
    };
    let name = registry.row(id).protocol.name;
    match event {
        Event::Recognised(_) => format!("Recognised({name})"),
        Event::Expect { .. } => {
            text.replace(&format!("}}, protocol: {id} }}"), &format!("}}, protocol: {name} }}"))
        }
        _ => text.replace(&format!("{{ protocol: {id},"), &format!("{{ protocol: {name},")),
    }
}

#[test]
fn golden_captures_peel_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let mut failures = Vec::new();
    let mut captures: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    captures.retain(|path| path.extension().is_some_and(|end| end == "pcap"));
    captures.sort();
    assert!(!captures.is_empty(), "no golden captures in {}", folder.display());
    for path in captures {
        let expected = path.with_extension("txt");
        let text = peel(&path);
        if update {
            std::fs::write(&expected, &text).unwrap();
            continue;
        }
        let before = std::fs::read_to_string(&expected).unwrap_or_default();
        if before != text {
            let line = before.lines().zip(text.lines()).position(|(a, b)| a != b);
            let line = line.unwrap_or_else(|| before.lines().count().min(text.lines().count()));
            failures.push(format!(
                "{}: line {}:\n  expected {:?}\n  got      {:?}",
                path.display(),
                line + 1,
                before.lines().nth(line),
                text.lines().nth(line)
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
