//! Peeling holds for any bytes: no panic in any sink, the sinks agree, ranges
//! lie within their source, and layers stay within their limit.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use std::sync::OnceLock;
use wirepeel::base::LinkType;
use wirepeel::decode::proto::quic::Connection;
use wirepeel::decode::sinks::{Line, Payloads, Probe, Summary, Tree, Wanted};
use wirepeel::decode::{
    Bound, Carried, EndedStream, Event, Facts, Frame, FramesLeft, HeaderTable, LateMessages, MessageLeft,
    Problem, ProtocolId, Registry, Scratch, Streams,
};

struct Setup {
    registry: Registry,
    wanted: Wanted,
    /// Link type and bytes of every packet in the golden captures.
    golden: Vec<(LinkType, Vec<u8>)>,
    /// What all of them say to later packets of QUIC, as if they were of one connection.
    quic: Connection,
}

fn setup() -> &'static Setup {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    SETUP.get_or_init(|| {
        let registry = Registry::default();
        let mut wanted = Wanted::default();
        for (place, row) in registry.rows().iter().enumerate() {
            wanted.add(&registry, row.protocol.name, place as u16);
            for field in row.protocol.fields {
                wanted.add(&registry, field.name, place as u16);
            }
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let mut golden = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "pcap") {
                continue;
            }
            let file = std::fs::read(&path).unwrap();
            let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let mut at = 24;
            while at < file.len() {
                let captured = u32_at(at + 8) as usize;
                golden.push((LinkType(u32_at(20) as u16), file[at + 16..at + 16 + captured].to_vec()));
                at += 16 + captured;
            }
        }
        let (mut quic, mut scratch, mut payloads) =
            (Connection::default(), Scratch::default(), Payloads::default());
        for (link, bytes) in &golden {
            payloads.clear();
            let frame = Frame { link: *link, bytes, wire: bytes.len() as u32, ..Frame::default() };
            registry.peel(&frame, Facts::default(), &mut scratch, &mut payloads);
            for found in &payloads.found {
                let (from, len) = (found.at as usize, found.held as usize);
                quic.add(1, &found.key, found.at, &bytes[from..from + len]);
            }
        }
        Setup { registry, wanted, golden, quic }
    })
}

/// Peels with what a flow may be bound to as well: what has no port of its own is
/// reached in no other way. The frame is around all flows.
fn check_bound(frame: &Frame<'_>, protocol: ProtocolId, scratch: &mut Scratch) {
    if setup().registry.row(protocol).protocol.name == "frame" {
        return;
    }
    let mut summary = Summary::default();
    setup().registry.peel(frame, Facts::default(), scratch, &mut summary);
    let key = summary.events.iter().rev().find_map(|event| match event {
        Event::Flow(key) => Some(*key),
        _ => None,
    });
    check_with(frame, key.map(|key| Bound::new(protocol, &key)), scratch);
}

fn check(frame: &Frame<'_>, scratch: &mut Scratch) {
    check_with(frame, None, scratch);
}

/// Peels into all four sinks and checks what must always hold.
fn check_with(frame: &Frame<'_>, bound: Option<Bound>, scratch: &mut Scratch) {
    let Setup { registry, wanted, .. } = setup();
    let (mut line, mut tree, mut summary) = (Line::default(), Tree::default(), Summary::default());
    let mut probe = Probe::new(wanted.clone());
    let facts = Facts { bound, streams: Streams::one(3), ..Facts::default() };
    registry.peel(frame, facts, scratch, &mut line);
    registry.peel(frame, facts, scratch, &mut tree);
    registry.peel(frame, facts, scratch, &mut summary);
    registry.peel(frame, facts, scratch, &mut probe);
    assert_eq!(summary.events, tree.events, "summary and tree disagree on events");
    let truncated = |event: &&Event| matches!(event, Event::Problem { problem: Problem::Truncated, .. });
    let cut = frame.wire as usize > frame.bytes.len();
    assert_eq!(
        summary.events.iter().filter(truncated).count(),
        usize::from(cut),
        "what the capture cut is told once, and nothing else is"
    );
    let top = registry.row(summary.protocol).protocol;
    assert_eq!(
        line.protocol.filter(|protocol| protocol.name != "frame").map_or("data", |protocol| protocol.name),
        top.name,
        "line and summary disagree on the protocol"
    );
    assert!(tree.layers.len() <= 128, "{} layers", tree.layers.len());
    let len = frame.bytes.len() as u32;
    for place in 0..tree.len() as u32 {
        let node = tree.node(place).unwrap();
        let end = u64::from(node.span.start) + u64::from(node.span.len);
        if node.span.source == 0 {
            assert!(end <= u64::from(len), "{} ends at {end} of {len}", tree.line(node));
        }
        if let Some(parent) = node.parent {
            assert!(parent < place, "a node comes before its parent");
        }
    }
    assert_eq!(tree.walk(|_, _| true).len(), tree.len(), "the walk misses nodes");
    for found in &probe.found {
        probe.value(found);
    }
}

fn link_type() -> impl Strategy<Value = LinkType> {
    prop_oneof![
        4 => prop::sample::select(vec![
            0u16, 1, 6, 7, 8, 9, 12, 14, 50, 101, 104, 105, 107, 108, 113, 119, 127, 129, 149, 163, 166, 178, 180, 181, 192,
            204, 205, 206, 228, 229, 239, 258, 276, 281, 282, 284, 285,
        ]),
        1 => any::<u16>(),
    ]
    .prop_map(LinkType)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_peel(
        link in link_type(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        missing in 0u32..200,
        fcs_length in prop::option::of(0u8..8),
    ) {
        let wire = bytes.len() as u32 + missing;
        let frame = Frame { link, bytes: &bytes, wire, number: 1, fcs_length, ..Frame::default() };
        check(&frame, &mut Scratch::default());
    }

    #[test]
    fn changed_golden_frames_peel(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
        more in 0u32..40,
        link in prop::option::weighted(0.1, link_type()),
        bound in any::<prop::sample::Index>(),
    ) {
        let (golden_link, golden) = which.get(&setup().golden);
        let mut bytes = golden.clone();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        let wire = bytes.len() as u32 + more;
        if !whole {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let link = link.unwrap_or(*golden_link);
        let carried = Some(Carried::Quic(&setup().quic));
        let frame = Frame { link, bytes: &bytes, wire, number: 2, carried, ..Frame::default() };
        check(&frame, &mut Scratch::default());
        let bound = bound.index(setup().registry.rows().len());
        check_bound(&frame, bound as ProtocolId, &mut Scratch::default());
    }
}

/// Whatever earlier packets are said to have left, in a frame of HTTP/2.
fn carried() -> impl Strategy<Value = FramesLeft> {
    let begin = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        // The begin of a frame that ends soon.
        (0u8..60, 0u8..10, any::<u8>(), 0u8..20, prop::collection::vec(any::<u8>(), 0..40)).prop_map(
            |(len, kind, flags, stream, body)| [&[0, 0, len, kind, flags, 0, 0, 0, stream], &body[..]]
                .concat()
        ),
    ];
    let stream = (0u32..20, any::<Option<bool>>(), prop::collection::vec(any::<u8>(), 0..30), any::<bool>());
    let entry = (prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(any::<u8>(), 0..9));
    let counts = (0usize..90, 0usize..90, 0usize..90, 0usize..6);
    (begin, prop::collection::vec(stream, 0..4), prop::collection::vec(entry, 0..6), counts).prop_map(
        |(begin, streams, entries, (known, rest, begun, added))| {
            let mut table = HeaderTable::default();
            entries.iter().for_each(|(name, value)| table.push(name, value));
            let streams = streams.into_iter().map(|(number, is_dns, bytes, ended_early)| EndedStream {
                number,
                is_dns,
                bytes,
                begun_by: None,
                ended_early,
            });
            let streams = streams.collect();
            let block = begun.is_multiple_of(3).then(|| (1, begin.clone()));
            FramesLeft { known, rest, begun, begin, added, table, block, streams, ..FramesLeft::default() }
        },
    )
}

/// Whatever earlier segments are said to have left of a message.
fn message_left() -> impl Strategy<Value = MessageLeft> {
    let begin = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        // The begin of a message that ends soon.
        (12u8..60, 0usize..21).prop_map(|(len, held)| {
            let whole = [0, len, 0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'x', 0, 0, 1, 0, 1];
            whole[..held].to_vec()
        }),
    ];
    let late = prop::collection::vec(begin.clone(), 0..4).prop_map(|all| all.concat());
    let late = (late, 0usize..40).prop_map(|(bytes, lacks)| LateMessages { bytes, lacks });
    let late = prop::collection::vec(late, 0..3);
    (begin, late, (0usize..90, 0usize..90, 0usize..90), any::<[bool; 6]>()).prop_map(
        |(begin, late, (known, rest, begun), [is_told, ends, by, is_early, is_outside, conflicts])| {
            MessageLeft {
                is_early,
                is_outside,
                conflicts,
                known,
                rest,
                begun,
                begun_by: by.then_some(3),
                is_told,
                ends,
                begin,
                late_last: by.then_some((3, 54)),
                late,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_go_on_from_anything(
        which in any::<prop::sample::Index>(),
        change in prop::option::of((54usize..120, any::<u8>())),
        carried in carried(),
    ) {
        let is_http2 = |bytes: &&(LinkType, Vec<u8>)| {
            [34, 36].iter().any(|at| bytes.1.get(*at..at + 2) == Some(&8080_u16.to_be_bytes()[..]))
        };
        let frames: Vec<_> = setup().golden.iter().filter(is_http2).collect();
        let (link, golden) = which.get(&frames);
        let mut bytes = golden.clone();
        if let Some((at, byte)) = change
            && let Some(changed) = bytes.get_mut(at)
        {
            *changed = byte;
        }
        let wire = bytes.len() as u32;
        let carried = Some(Carried::Frames(&carried));
        let frame = Frame { link: *link, bytes: &bytes, wire, number: 1, carried, ..Frame::default() };
        check(&frame, &mut Scratch::default());
    }

    #[test]
    fn messages_go_on_from_anything(
        which in any::<prop::sample::Index>(),
        change in prop::option::of((54usize..120, any::<u8>())),
        left in message_left(),
    ) {
        let is_stream = |bytes: &&(LinkType, Vec<u8>)| {
            let port = |at: usize| bytes.1.get(at..at + 2) == Some(&[0, 53]);
            bytes.1.get(23) == Some(&6) && (port(34) || port(36))
        };
        let segments: Vec<_> = setup().golden.iter().filter(is_stream).collect();
        let (link, golden) = which.get(&segments);
        let mut bytes = golden.clone();
        if let Some((at, byte)) = change
            && let Some(changed) = bytes.get_mut(at)
        {
            *changed = byte;
        }
        let wire = bytes.len() as u32;
        let carried = Some(Carried::Message(&left));
        let frame = Frame { link: *link, bytes: &bytes, wire, number: 1, carried, ..Frame::default() };
        check(&frame, &mut Scratch::default());
    }
}

/// One scratch for all packets, as the workers use it: nothing of a packet
/// stays for the next.
#[test]
fn a_scratch_serves_many_packets() {
    let mut scratch = Scratch::default();
    // HTTP/2 and later packets of QUIC have no port of their own.
    let bound = ["http2", "quic"].map(|name| setup().registry.by_name(name).unwrap());
    for (link, bytes) in &setup().golden {
        for len in 0..=bytes.len() {
            let frame = Frame {
                link: *link,
                bytes: &bytes[..len],
                wire: bytes.len() as u32,
                number: 1,
                ..Frame::default()
            };
            check(&frame, &mut scratch);
            bound.iter().for_each(|protocol| check_bound(&frame, *protocol, &mut scratch));
        }
    }
}

#[test]
fn layers_have_a_limit() {
    let mut bytes = vec![2; 12];
    bytes.extend([0x81, 0, 0, 1].repeat(200));
    let frame = Frame {
        link: LinkType::ETHERNET,
        bytes: &bytes,
        wire: bytes.len() as u32,
        number: 1,
        ..Frame::default()
    };
    check(&frame, &mut Scratch::default());
}
