//! Anything may be in an Initial packet that proves whole: everyone can make such.

use super::Connection;
use super::exercise::{datagram, exercise, peel};
use super::initial::seal::Initial;
use crate::base::LinkType;
use crate::decode::{FlowKey, Frame};
use proptest::prelude::*;

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
    let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    prop_oneof![8 => pieces, 1 => prop::collection::vec(any::<u8>(), 0..90)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the two ends send, in whichever order and under whichever IDs.
    #[test]
    fn any_conversation_peels(packets in prop::collection::vec((any::<u8>(), any::<u8>(), frames()), 1..10)) {
        let script = packets.iter().flat_map(|(head, keys, plain)| {
            let plain = plain.get(..255).unwrap_or(plain);
            // Most of them are protected.
            let keys = if plain.len().is_multiple_of(8) { *keys } else { keys & !8 };
            [&[*head, keys, plain.len() as u8][..], plain].concat()
        });
        exercise(&script.collect::<Vec<u8>>());
    }
}

/// An Initial packet of a client.
fn initial(id: &[u8], plain: &[u8]) -> Vec<u8> {
    let packet =
        Initial { version: 1, dcid: id, scid: &[], token: &[], number: 0, plain, id, from_client: true };
    packet.seal().unwrap()
}

/// Else a datagram would name a server that none of its packets shows (RFC 9000, 12.2).
#[test]
fn what_is_behind_under_another_id_is_not_of_the_connection() {
    let hello = [&[6, 0, 5, 1, 0, 0, 1, 9][..], &[0; 8]].concat();
    let read = |datagram: &[u8]| {
        let mut connection = Connection::default();
        connection.add(1, &FlowKey::default(), 0, datagram);
        connection.hello(1).map(|(_, hello)| hello)
    };
    let first = initial(b"connect!", &[1, 0, 0, 0]);
    assert_eq!(read(&[&first[..], &initial(b"connect!", &hello)].concat()), Some(vec![1, 0, 0, 1, 9]));
    assert_eq!(read(&[&first[..], &initial(b"another!", &hello)].concat()), None);
}

/// Each packet made anew costs memory: there is an end to it.
#[test]
fn no_more_packets_are_opened_than_there_is_room_for() {
    let bytes = datagram(&initial(b"connect!", &[6, 0, 5, 1, 0, 0, 1, 9, 0, 0]).repeat(14), true);
    let wire = bytes.len() as u32;
    let shown = peel(&Frame { link: LinkType::RAW, bytes: &bytes, wire, number: 1, ..Frame::default() });
    assert_eq!(shown.info.matches("Initial").count(), 14);
    assert!(shown.layers < 16, "{} layers", shown.layers);
}
