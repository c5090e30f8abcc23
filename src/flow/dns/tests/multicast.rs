//! Multicast DNS and LLMNR: answers from others than were asked.

use super::*;

#[test]
fn over_multicast_the_askers_end_counts() {
    let mut feed = Feed::new(100);
    let llmnr = |flags| DnsMessage { kind: DnsKind::Llmnr, ..message(3, flags, 4) };
    let query = feed.message(0, &key(1, 5000, 252, 5355), llmnr(0));
    let answer = feed.message(1, &key(7, 5355, 1, 5000), llmnr(0x8000));
    let second = feed.message(2, &key(8, 5355, 1, 5000), llmnr(0x8000));
    let other = feed.message(3, &key(8, 5355, 2, 5000), llmnr(0x8000));
    assert_eq!(feed.role(query).1.answer(), Some(answer));
    assert_eq!(feed.role(second).0, Role::Again);
    assert_eq!(feed.role(other).1.outcome(), Outcome::Unasked);
    // Who announces without having been asked answers nobody.
    let mdns = |flags| DnsMessage { kind: DnsKind::Mdns, ..message(0, flags, 4) };
    let query = feed.message(4, &key(1, 5353, 251, 5353), mdns(0));
    let told = feed.message(5, &key(7, 5353, 251, 5353), mdns(0x8400));
    for id in [query, told] {
        assert_eq!(feed.role(id).1.outcome(), Outcome::Multicast);
    }
    // A simple asker has a port of its own, and gets an answer (RFC 6762, 6.7).
    let query = feed.message(6, &key(1, 6000, 251, 5353), mdns(0));
    let answer = feed.message(7, &key(7, 5353, 1, 6000), mdns(0x8400));
    assert_eq!(feed.role(query).1.answer(), Some(answer));
    assert_eq!((feed.dns.counts().multicast, feed.dns.counts().unasked), (2, 1));
}

#[test]
fn over_multicast_the_name_tells_who_answers() {
    let mut feed = Feed::new(100);
    // RFC 6762 has 224.0.0.251; here it is the first byte that counts.
    let to_all = |src: u8| FlowKey { dst: [224; 16], ..key(src, 5353, 0, 5353) };
    let query = feed.mdns(0, &to_all(1), 0, &[(7, 1), (8, 1)]);
    let own = feed.mdns(1, &to_all(1), 0x8400, &[(7, 1)]);
    let other = feed.mdns(2, &to_all(2), 0x8400, &[(9, 1)]);
    let answer = feed.mdns(3, &to_all(2), 0x8400, &[(9, 1), (8, 1)]);
    let further = feed.mdns(4, &to_all(3), 0x8400, &[(7, 1)]);
    let late = feed.mdns(6 * SECOND, &to_all(3), 0x8400, &[(7, 1)]);
    assert_eq!(feed.role(query).1.outcome(), Outcome::Answered);
    assert_eq!(feed.role(query).1.answer(), Some(answer));
    assert_eq!((feed.role(answer).0, feed.role(further).0), (Role::Answer, Role::Again));
    for id in [own, other, late] {
        assert_eq!(feed.role(id).1.outcome(), Outcome::Multicast, "packet {id} answers nobody");
    }
    // Asked for twice, answered to the asker alone; another's question is not for it.
    let mine = feed.mdns(7 * SECOND, &to_all(1), 0, &[(5, 1)]);
    let again = feed.mdns(8 * SECOND, &to_all(1), 0, &[(5, 1)]);
    let theirs = feed.mdns(8 * SECOND, &to_all(4), 0, &[(5, 1)]);
    let alone = feed.mdns(9 * SECOND, &key(2, 5353, 1, 5353), 0x8400, &[(5, 1)]);
    assert_eq!((feed.role(again).0, feed.role(mine).1.repeats), (Role::Repeat, 1));
    assert_eq!((feed.role(mine).1.answer(), feed.role(theirs).1.answer()), (Some(alone), None));
    // One answer to all is for all who asked.
    let shared = feed.mdns(10 * SECOND, &to_all(2), 0x8400, &[(5, 1)]);
    assert_eq!(feed.role(theirs).1.answer(), Some(shared));
    let counts = feed.dns.counts();
    assert_eq!((counts.multicast, counts.multicast_answered, counts.queries), (11, 3, 0));
    assert_eq!(counts.troubles, TroubleCounts::default(), "silence is no trouble here");
}

#[test]
fn over_multicast_every_name_of_a_message_pairs_and_any_type_asks_for_all() {
    let mut feed = Feed::new(100);
    let to_all = |src: u8| FlowKey { dst: [224; 16], ..key(src, 5353, 0, 5353) };
    let many: Vec<(u32, u16)> = (1..=20).map(|name| (name, 12)).collect();
    let query = feed.mdns(0, &to_all(1), 0, &many);
    let other = feed.mdns(1, &to_all(2), 0x8400, &[(20, 1)]);
    let answer =
        feed.mdns(2, &to_all(2), 0x8400, &[(90, 1), (91, 1), (92, 1), (93, 1), (94, 1), (95, 1), (20, 12)]);
    assert_eq!(feed.role(other).1.outcome(), Outcome::Multicast, "another type");
    assert_eq!(feed.role(query).1.answer(), Some(answer), "the twentieth name, the seventh record");
    // Who claims a name asks for all that it has (RFC 6762, 8.1).
    let any = feed.mdns(SECOND, &to_all(1), 0, &[(50, 255)]);
    let another = feed.mdns(SECOND, &to_all(2), 0x8400, &[(51, 28)]);
    let owner = feed.mdns(SECOND, &to_all(2), 0x8400, &[(50, 28)]);
    assert_eq!(feed.role(any).1.answer(), Some(owner));
    assert_eq!(feed.role(another).1.outcome(), Outcome::Multicast);
}

/// Catches a question for what a name has that is told to be answered by what the name lacks
/// (RFC 6762, 6.1).
#[test]
fn over_multicast_what_a_name_lacks_answers_for_that_alone() {
    const NSEC: u16 = 47;
    let mut feed = Feed::new(100);
    let to_all = |src: u8| FlowKey { dst: [224; 16], ..key(src, 5353, 0, 5353) };
    let [v4, v6] = [(1, 1), (2, 28)].map(|(asker, kind)| feed.mdns(0, &to_all(asker), 0, &[(7, kind)]));
    let denial = feed.mdns(1, &to_all(9), 0x8400, &[(7, LISTED | 1), (7, LISTED | NSEC), (7, NSEC)]);
    assert_eq!(feed.role(v6).1.answer(), Some(denial), "no AAAA is there");
    assert_eq!(feed.role(v4).1.answer(), None, "an A is there, and in another message");
    let answer = feed.mdns(2, &to_all(9), 0x8400, &[(7, 1)]);
    assert_eq!(feed.role(v4).1.answer(), Some(answer));
    // A list without the record itself denies nothing.
    let text = feed.mdns(SECOND, &to_all(1), 0, &[(7, 16)]);
    feed.mdns(SECOND, &to_all(9), 0x8400, &[(7, LISTED | 1)]);
    assert_eq!(feed.role(text).1.answer(), None);
}
