//! Anything may be in an Initial packet that proves whole: everyone can make such.

use super::{Connection, initial};
use crate::base::LinkType;
use crate::decode::sinks::{Line, Probe, Summary, Tree, Wanted};
use crate::decode::{Carried, Facts, FlowKey, Frame, Registry, Scratch, UDP};
use proptest::prelude::*;
use std::sync::LazyLock;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);
static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let mut wanted = Wanted::default();
    for field in REGISTRY.rows().iter().flat_map(|row| row.protocol.fields) {
        wanted.add(&REGISTRY, field.name, 0);
    }
    wanted
});

/// From 10.0.0.1 to 10.0.0.2, port 443, without checksums.
fn packet(payload: &[u8]) -> Vec<u8> {
    let word = |len: usize| (len as u16).to_be_bytes();
    let mut bytes = vec![0x45, 0];
    bytes.extend(word(28 + payload.len()));
    bytes.extend([0, 0, 0, 0, 64, UDP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 200, 0, 1, 187]);
    bytes.extend(word(8 + payload.len()));
    bytes.extend([0, 0]);
    bytes.extend_from_slice(payload);
    bytes
}

fn peel(bytes: &[u8], number: u64, quic: Option<&Connection>) -> (Line, Tree) {
    let wire = bytes.len() as u32;
    let carried = quic.map(Carried::Quic);
    let frame = Frame { link: LinkType::RAW, bytes, wire, number, carried, ..Frame::default() };
    let (mut line, mut tree, mut summary) = (Line::default(), Tree::default(), Summary::default());
    let (mut probe, mut scratch) = (Probe::new(WANTED.clone()), Scratch::default());
    REGISTRY.peel(&frame, Facts::default(), &mut scratch, &mut line);
    REGISTRY.peel(&frame, Facts::default(), &mut scratch, &mut tree);
    REGISTRY.peel(&frame, Facts::default(), &mut scratch, &mut summary);
    REGISTRY.peel(&frame, Facts::default(), &mut scratch, &mut probe);
    assert_eq!(summary.events, tree.events, "the summary opens no packets: nothing in them may tell events");
    assert_eq!(line.protocol.map(|protocol| protocol.name), Some("quic"));
    assert!(line.info.len() < 8 << 10, "an Info text of {} bytes", line.info.len());
    (line, tree)
}

/// Frames that look like those of a client: so that the bytes get beyond the first.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let varint = prop_oneof![(0u8..64).prop_map(|one| vec![one]), prop::collection::vec(64u8.., 2..9)];
    let piece = prop_oneof![
        Just(vec![0; 5]),
        Just(vec![1]),
        prop::collection::vec(0u8..4, 5).prop_map(|rest| [&[2], &rest[..]].concat()),
        (0u8..40, prop::collection::vec(any::<u8>(), 0..60))
            .prop_map(|(at, data)| { [&[6, at, data.len() as u8][..], &data].concat() }),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(|data| {
            [&[6, 0, data.len() as u8 + 4, 1, 0, 0, data.len() as u8][..], &data].concat()
        }),
        (any::<u8>(), varint).prop_map(|(kind, number)| [&[kind & 31], &number[..]].concat()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_frames_peel(first in frames(), second in frames(), any in prop::collection::vec(any::<u8>(), 4..90)) {
        let seal = |plain: &[u8]| initial::seal(b"connect!", &[plain, &[0; 4]].concat());
        let datagrams = [seal(&first), [seal(&any), seal(&second)].concat(), seal(&second)];
        let mut quic = Connection::default();
        let key = FlowKey { src_port: 51200, dst_port: 443, protocol: UDP, ..FlowKey::default() };
        for (number, datagram) in (1..).zip(&datagrams) {
            quic.add(number, &key, 28, datagram);
        }
        for (number, datagram) in (1..).zip(&datagrams) {
            let (line, _) = peel(&packet(datagram), number, Some(&quic));
            prop_assert!(line.info.contains("PKN: 0"), "not opened: {}", line.info);
            peel(&packet(datagram), number, None);
        }
        quic.hello(3);
    }
}

/// Each packet made anew costs memory: there is an end to it.
#[test]
fn no_more_packets_are_opened_than_there_is_room_for() {
    let datagram = initial::seal(b"connect!", &[6, 0, 5, 1, 0, 0, 1, 9, 0, 0]).repeat(14);
    let (line, tree) = peel(&packet(&datagram), 1, None);
    assert_eq!(line.info.matches("Initial").count(), 14);
    assert!(tree.layers.len() < 16, "{} layers", tree.layers.len());
}
