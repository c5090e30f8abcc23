//! Any bytes as the two ends of a connection: what they would send is protected as they
//! would, told to a [`Connection`] and peeled, and what must hold of it is asserted.
//! For tests and fuzzing alone.

#![allow(clippy::missing_panics_doc)]

use super::Connection;
use super::initial::seal::Initial;
use crate::base::LinkType;
use crate::decode::sinks::{Line, Payloads, Probe, Summary, Tree, Wanted};
use crate::decode::{Bound, Carried, Event, Facts, FlowKey, Frame, Registry, Scratch, UDP};
use std::sync::LazyLock;

/// Datagrams of one script.
const MAX_DATAGRAMS: usize = 24;
const VERSIONS: [u32; 4] = [1, 0x6b33_43cf, 0xff00_001d, 0x1a2a_3a4a];
const IDS: [&[u8]; 4] = [b"connect!", b"srv", b"", b"as long as it may be"];

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);
static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let mut wanted = Wanted::default();
    for field in REGISTRY.rows().iter().flat_map(|row| row.protocol.fields) {
        wanted.add(&REGISTRY, field.name, 0);
    }
    wanted
});

/// A datagram as a packet of IPv4.
struct Sent {
    bytes: Vec<u8>,
    /// Its first packet must open.
    opens: bool,
}

/// What one peeling showed.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    pub info: String,
    pub lines: Vec<String>,
    pub layers: usize,
}

/// Reads `script` as datagrams, a packet each or several, and checks all of them. A packet is
///
/// - a byte: from the client, one datagram with the packet before, version, both connection IDs (2 bits each)
/// - a byte: the ID of its keys (2 bits), the client's keys, no protection at all, length of its token (4 bits)
/// - the length of its frames, one byte, and those.
pub fn exercise(script: &[u8]) {
    let sent = datagrams(script);
    let (mut whole, mut so_far) = (Connection::default(), Connection::default());
    let (mut payloads, mut scratch) = (Payloads::default(), Scratch::default());
    let mut add = |connection: &mut Connection, number: usize, bytes: &[u8]| {
        payloads.clear();
        REGISTRY.peel(&frame(number, bytes), Facts::default(), &mut scratch, &mut payloads);
        for found in &payloads.found {
            let held = bytes.get(found.at as usize..).and_then(|rest| rest.get(..found.held as usize));
            connection.add(number as u64 + 1, &found.key, found.at, held.unwrap_or_default());
        }
    };
    for (number, Sent { bytes, .. }) in sent.iter().enumerate() {
        add(&mut whole, number, bytes);
    }
    for (number, Sent { bytes, opens }) in sent.iter().enumerate() {
        add(&mut so_far, number, bytes);
        let frame = frame(number, bytes);
        let shown = peel(&Frame { carried: Some(Carried::Quic(&whole)), ..frame });
        assert_eq!(
            shown,
            peel(&Frame { carried: Some(Carried::Quic(&so_far)), ..frame }),
            "what comes later changes nothing"
        );
        let (number, known) = (number as u64 + 1, "the hello depends on what comes later");
        assert_eq!(whole.hello(number), so_far.hello(number), "{known}");
        assert!(!opens || shown.info.contains("PKN: "), "not opened: {}", shown.info);
        peel(&frame);
    }
}

fn frame(number: usize, bytes: &[u8]) -> Frame<'_> {
    Frame {
        link: LinkType::RAW,
        bytes,
        wire: bytes.len() as u32,
        number: number as u64 + 1,
        ..Frame::default()
    }
}

fn datagrams(mut script: &[u8]) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let (mut payload, mut opens, mut is_up) = (Vec::new(), false, false);
    while let Some((&[head, keys, len], rest)) = script.split_first_chunk::<3>() {
        let (plain, rest) = rest.split_at(rest.len().min(len.into()));
        script = rest;
        let two_bits = |byte: u8, shift: u8| usize::from(byte >> shift & 3);
        let [dcid, scid, id] =
            [(head, 4), (head, 6), (keys, 0)].map(|(byte, shift)| IDS.get(two_bits(byte, shift)).copied());
        let (dcid, scid, id) = (dcid.unwrap_or_default(), scid.unwrap_or_default(), id.unwrap_or_default());
        let initial = Initial {
            version: VERSIONS.get(two_bits(head, 2)).copied().unwrap_or(1),
            dcid,
            scid,
            token: b"a token of some".get(..usize::from(keys >> 4)).unwrap_or_default(),
            number: sent.len() as u32,
            plain,
            id,
            from_client: keys & 4 != 0,
        };
        let packet = if keys & 8 == 0 { initial.seal() } else { None };
        if head & 2 == 0 && !payload.is_empty() {
            sent.push(Sent { bytes: datagram(&payload, is_up), opens });
            payload.clear();
        }
        if payload.is_empty() {
            (is_up, opens) = (head & 1 != 0, packet.is_some() && id == dcid);
        }
        payload.extend(packet.as_deref().unwrap_or(plain));
        if sent.len() >= MAX_DATAGRAMS {
            break;
        }
    }
    sent.push(Sent { bytes: datagram(&payload, is_up), opens });
    sent
}

/// Between 10.0.0.1, port 51200, and 10.0.0.2, port 443, without checksums.
pub(super) fn datagram(payload: &[u8], is_up: bool) -> Vec<u8> {
    let word = |len: usize| (len as u16).to_be_bytes();
    let ends: [u8; 12] = if is_up {
        [10, 0, 0, 1, 10, 0, 0, 2, 200, 0, 1, 187]
    } else {
        [10, 0, 0, 2, 10, 0, 0, 1, 1, 187, 200, 0]
    };
    let mut bytes = vec![0x45, 0];
    bytes.extend(word(28 + payload.len()));
    bytes.extend([0, 0, 0, 0, 64, UDP, 0, 0]);
    bytes.extend(ends);
    bytes.extend(word(8 + payload.len()));
    bytes.extend([0, 0]);
    bytes.extend_from_slice(payload);
    bytes
}

/// Peels into all sinks as a packet of a flow that is bound to QUIC.
pub(super) fn peel(frame: &Frame<'_>) -> Shown {
    let (mut line, mut tree, mut summary) = (Line::default(), Tree::default(), Summary::default());
    let (mut probe, mut scratch) = (Probe::new(WANTED.clone()), Scratch::default());
    let mut facts = Facts::default();
    REGISTRY.peel(frame, facts, &mut scratch, &mut summary);
    let key: Option<FlowKey> = summary.events.iter().find_map(|event| match event {
        Event::Flow(key) => Some(*key),
        _ => None,
    });
    let quic = REGISTRY.by_name("quic").unwrap_or_default();
    facts.bound = key.map(|key| Bound::new(quic, &key));
    summary = Summary::default();
    REGISTRY.peel(frame, facts, &mut scratch, &mut summary);
    REGISTRY.peel(frame, facts, &mut scratch, &mut line);
    REGISTRY.peel(frame, facts, &mut scratch, &mut tree);
    REGISTRY.peel(frame, facts, &mut scratch, &mut probe);
    assert_eq!(summary.events, tree.events, "the summary opens no packets: nothing in them may tell events");
    assert!(line.info.len() < 8 << 10, "an Info text of {} bytes", line.info.len());
    assert!(tree.layers.len() <= 128, "{} layers", tree.layers.len());
    let nodes: Vec<_> = (0..tree.len() as u32).filter_map(|place| tree.node(place)).collect();
    for node in &nodes {
        let end = u64::from(node.span.start) + u64::from(node.span.len);
        let is_within = node.span.source != 0 || end <= frame.bytes.len() as u64;
        assert!(is_within, "{} ends at {end} of {}", tree.line(node), frame.bytes.len());
    }
    crate::decode::audit::audit(&tree);
    for found in &probe.found {
        probe.value(found);
    }
    let lines = nodes.iter().map(|node| tree.line(node)).collect();
    Shown { info: line.info, lines, layers: tree.layers.len() }
}
