#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod hostile;
mod multicast;

use super::*;
use crate::base::Timestamp;
use crate::flow::{FlowTable, Seen};

const SECOND: i64 = 1_000_000_000;
const ANSWER: u16 = 0x8180;
/// A type that an NSEC record lists.
const LISTED: u16 = 0x8000;

/// Feeds messages as the ordered stage would; remembers every packet's time.
struct Feed {
    flows: FlowTable,
    dns: Transactions,
    times: Vec<i64>,
}

impl Feed {
    fn new(most: u32) -> Feed {
        Feed { flows: FlowTable::default(), dns: Transactions::with_limit(most), times: Vec::new() }
    }

    fn message(&mut self, time: i64, key: &FlowKey, message: DnsMessage) -> PacketId {
        self.messages(time, key, &[message])
    }

    fn messages(&mut self, time: i64, key: &FlowKey, messages: &[DnsMessage]) -> PacketId {
        let (id, flow) = self.packet(time, key);
        for (place, message) in (0..).zip(messages) {
            let heard = Heard { id, time, flow, key, place, behind: &[] };
            self.dns.message(&heard, message, &self.flows, |id| self.times[id as usize]);
        }
        id
    }

    /// A message of multicast DNS that asks for or answers these names and types; [`LISTED`] by an
    /// NSEC record.
    fn mdns(&mut self, time: i64, key: &FlowKey, flags: u16, named: &[(u32, u16)]) -> PacketId {
        let (id, flow) = self.packet(time, key);
        let named: Vec<DnsNamed> = named
            .iter()
            .map(|(name, kind)| DnsNamed { name: *name, kind: *kind & 0x7fff, listed: kind >> 15 == 1 })
            .collect();
        let part = |part: &[DnsNamed]| {
            let mut all = [DnsNamed::default(); DnsNamed::TOGETHER];
            all[..part.len()].copy_from_slice(part);
            Event::DnsNamed(all)
        };
        let behind: Vec<Event> = named.chunks(DnsNamed::TOGETHER).map(part).collect();
        let heard = Heard { id, time, flow, key, place: 0, behind: &behind };
        let message = DnsMessage { kind: DnsKind::Mdns, ..message(0, flags, 0) };
        self.dns.message(&heard, &message, &self.flows, |id| self.times[id as usize]);
        id
    }

    /// An ICMP error that quotes what went as `key`, of a message with this id if it quotes so much.
    fn refuse(&mut self, time: i64, key: &FlowKey, quoted: Option<u16>) -> PacketId {
        let id = self.times.len() as PacketId;
        self.times.push(time);
        let flow = self.flows.find(key, self.flows.hasher().hash(key)).unwrap();
        let behind: Vec<Event> = quoted.into_iter().map(Event::DnsQuoted).collect();
        let heard = Heard { id, time, flow, key, place: 0, behind: &behind };
        self.dns.refuse(&heard, &self.flows, |id| self.times[id as usize]);
        id
    }

    /// A packet: its number, and its flow.
    fn packet(&mut self, time: i64, key: &FlowKey) -> (PacketId, u32) {
        let id = self.times.len() as PacketId;
        self.times.push(time);
        let hash = self.flows.hasher().hash(key);
        let seen = Seen {
            id,
            time: Timestamp(time),
            wire: 60,
            key,
            hash,
            vlan: 0,
            syn: None,
            header: crate::flow::Header::Sound,
        };
        let place = self.flows.find(key, hash);
        (id, self.flows.packet(&seen, place).flow)
    }

    fn settle(&mut self, now: i64) {
        self.dns.settle(now, |id| self.times[id as usize]);
    }

    fn role(&self, id: PacketId) -> (Role, Transaction) {
        let all: Vec<_> = self.dns.of_packet(id).collect();
        assert_eq!(all.len(), 1, "packet {id}");
        (all[0].1, *self.dns.get(all[0].2).unwrap())
    }
}

fn key(src: u8, src_port: u16, dst: u8, dst_port: u16) -> FlowKey {
    let address = |last: u8| {
        let mut address = [0; 16];
        (address[0], address[3]) = (10, last);
        address
    };
    FlowKey { src: address(src), dst: address(dst), src_port, dst_port, protocol: 17, v6: false }
}

fn message(id: u16, flags: u16, question: u16) -> DnsMessage {
    DnsMessage { kind: DnsKind::Dns, id, flags, qtype: 1, question, ..DnsMessage::default() }
}

/// Else a query counts as unanswered whose answer the capture cut off.
#[test]
fn what_the_capture_lacks_may_be_the_answer() {
    let mut feed = Feed::new(100);
    let (up, down) =
        (FlowKey { protocol: 6, ..key(1, 4000, 2, 53) }, FlowKey { protocol: 6, ..key(2, 53, 1, 4000) });
    let queries = [7, 8, 9].map(|id| feed.message(i64::from(id), &up, message(id, 0x100, id)));
    let answer = feed.message(10, &down, message(7, ANSWER, 7));
    let lose = |feed: &mut Feed, by_b: bool, time: i64| {
        let (id, flow) = feed.packet(time, if by_b { &down } else { &up });
        feed.dns.lose(flow, by_b, id, |id| feed.times[id as usize]);
    };
    let outcomes = |feed: &Feed| queries.map(|id| feed.role(id).1.outcome());
    lose(&mut feed, false, 11);
    assert_eq!(
        outcomes(&feed),
        [Outcome::Answered, Outcome::Waiting, Outcome::Waiting],
        "the asker's own bytes"
    );
    lose(&mut feed, true, 12);
    assert_eq!(outcomes(&feed), [Outcome::Answered, Outcome::Uncaptured, Outcome::Uncaptured]);
    let later = feed.message(13, &up, message(10, 0x100, 10));
    // Only what was asked before; what is answered after all was not lost.
    feed.message(14, &down, message(9, ANSWER, 9));
    feed.settle(6 * SECOND);
    assert_eq!(outcomes(&feed), [Outcome::Answered, Outcome::Uncaptured, Outcome::Answered]);
    assert_eq!((feed.role(later).1.outcome(), feed.role(answer).0), (Outcome::Unanswered, Role::Answer));
    let counts = feed.dns.counts();
    assert_eq!((counts.answered, counts.uncaptured, counts.unanswered, counts.waiting()), (2, 1, 1, 0));
}

#[test]
fn a_query_finds_its_answer_and_repeats_their_first() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let query = feed.message(0, &up, message(7, 0x100, 9));
    let again = feed.message(SECOND, &up, message(7, 0x100, 9));
    let answer = feed.message(2 * SECOND, &down, message(7, ANSWER | 3, 9));
    let twice = feed.message(8 * SECOND, &down, message(7, ANSWER, 9));
    let (role, one) = feed.role(query);
    assert_eq!((role, one.answer(), one.outcome()), (Role::First, Some(answer), Outcome::Answered));
    assert_eq!((one.repeats, one.again, one.code()), (1, 1, Some(3)), "the first answer counts");
    assert_eq!(feed.role(again).0, Role::Repeat);
    assert_eq!(feed.role(answer).0, Role::Answer);
    assert_eq!(feed.role(twice).0, Role::Again);
    // After its answer the id begins another one.
    let fresh = feed.message(9 * SECOND, &up, message(7, 0x100, 9));
    assert_eq!(feed.role(fresh).1.previous(), Some(0));
    let counts = feed.dns.counts();
    assert_eq!((counts.queries, counts.answered, counts.repeats, counts.again), (2, 1, 1, 1));
    assert_eq!((counts.codes[0], counts.codes[3]), (1, 1));
}

#[test]
fn who_waits_too_long_is_unanswered_and_may_be_answered_late() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let first = feed.message(0, &up, message(7, 0x100, 9));
    let second = feed.message(6 * SECOND, &up, message(7, 0x100, 9));
    assert_eq!(feed.role(second).0, Role::First, "five seconds later it is no repeat");
    feed.settle(6 * SECOND);
    assert_eq!(feed.role(first).1.outcome(), Outcome::Unanswered);
    assert_eq!(feed.role(second).1.outcome(), Outcome::Waiting);
    feed.settle(12 * SECOND);
    assert_eq!(feed.dns.counts().unanswered, 2);
    feed.message(13 * SECOND, &down, message(7, ANSWER, 9));
    assert_eq!(feed.role(second).1.outcome(), Outcome::Late, "late, not lost");
    let counts = feed.dns.counts();
    assert_eq!((counts.unanswered, counts.late, counts.answered), (1, 1, 1));
}

/// Over HTTP/2 all ids are 0, and answers come in any order.
#[test]
fn streams_pair_where_ids_are_alike() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 80), key(2, 80, 1, 4000));
    let of = |stream: u32, flags| DnsMessage { stream, ..message(0, flags, 9) };
    let [first, second, other] = [1, 3, 5].map(|stream| feed.message(0, &up, of(stream, 0x100)));
    let plain = feed.message(0, &up, message(0, 0x100, 9));
    let answers = [3, 1, 7].map(|stream| feed.message(SECOND, &down, of(stream, ANSWER)));
    assert_eq!(feed.role(first).1.answer(), Some(answers[1]));
    assert_eq!(feed.role(second).1.answer(), Some(answers[0]));
    assert_eq!((feed.role(other).1.answer(), feed.role(other).1.is_retry()), (None, false));
    assert_eq!(feed.role(plain).1.answer(), None, "of no stream");
    assert_eq!(feed.role(answers[2]).1.outcome(), Outcome::Unasked, "nobody asked on that stream");
    let one = feed.role(second).1;
    assert_eq!((one.stream(), one.previous(), one.kind()), (Some(3), None, DnsKind::Dns));
    assert_eq!((feed.role(plain).1.stream(), feed.role(plain).1.previous()), (None, None));
    assert_eq!(feed.dns.counts().repeats, 0);
}

#[test]
fn names_under_one_id_do_not_mix() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let queries = [9, 8].map(|question| feed.message(0, &up, message(7, 0x100, question)));
    let answers = [9, 8].map(|question| feed.message(1, &down, message(7, ANSWER, question)));
    for (query, answer) in queries.into_iter().zip(answers) {
        assert_eq!(feed.role(query).1.answer(), Some(answer));
    }
    // Another flow has no answer, nor what the asker says itself.
    let query = feed.message(2, &up, message(1, 0x100, 5));
    for (key, question) in [(key(2, 53, 1, 4001), 5), (up, 5)] {
        let wrong = feed.message(3, &key, message(1, ANSWER, question));
        assert_eq!(feed.role(wrong).1.outcome(), Outcome::Unasked);
    }
    assert!(!feed.role(query).1.is_answered());
    // What repeats no question answers whatever has the id.
    let answer = feed.message(4, &down, message(1, ANSWER | 1, 0));
    assert_eq!(feed.role(query).1.answer(), Some(answer));
}

#[test]
fn an_answer_to_another_question_is_told_apart_until_a_fitting_one_comes() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let query = feed.message(0, &up, message(7, 0x100, 5));
    let forged = [6, 8].map(|question| feed.message(1, &down, message(7, ANSWER, question)));
    for id in forged {
        let (role, one) = feed.role(id);
        assert_eq!((role, one.outcome(), one.meant()), (Role::First, Outcome::Mismatched, Some(0)));
    }
    let (_, one) = feed.role(query);
    assert_eq!((one.answer(), one.mismatch(), one.is_answered()), (None, Some(forged[0]), false));
    assert_eq!((one.outcome(), one.code()), (Outcome::Waiting, None), "a resolver goes on waiting");
    let troubles = |feed: &Feed, trouble| feed.dns.counts().troubles.of(trouble);
    assert_eq!(troubles(&feed, Trouble::Mismatched).first, Some(forged[0]));
    // Asked again it is the same one; given up it is unanswered; the right answer is one, late.
    let again = feed.message(SECOND, &up, message(7, 0x100, 5));
    assert_eq!(feed.role(again).0, Role::Repeat);
    feed.settle(6 * SECOND);
    assert_eq!(feed.role(query).1.outcome(), Outcome::Unanswered);
    assert_eq!(feed.role(query).1.mismatch(), Some(forged[0]));
    let answer = feed.message(7 * SECOND, &down, message(7, ANSWER, 5));
    let (_, one) = feed.role(query);
    assert_eq!((one.answer(), one.mismatch(), one.outcome()), (Some(answer), None, Outcome::Late));
    assert_eq!(feed.role(forged[1]).1.outcome(), Outcome::Mismatched, "still no answer to it");
    // After that nobody waits for what another brings.
    let stray = feed.message(8 * SECOND, &down, message(7, ANSWER, 6));
    assert_eq!(feed.role(stray).1.outcome(), Outcome::Unasked);
    let counts = feed.dns.counts();
    assert_eq!((counts.mismatched, counts.unasked, counts.answered, counts.unanswered), (2, 1, 1, 0));
    assert_eq!((troubles(&feed, Trouble::Mismatched).count, troubles(&feed, Trouble::Unasked).count), (2, 1));
}

#[test]
fn a_query_that_icmp_refuses_is_refused_and_nothing_else() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    // Two questions from one port, as the C library asks; the errors come the other way round.
    let [first, second] = [7, 8].map(|id| feed.message(0, &up, message(id, 0x100, id)));
    let by_second = feed.refuse(SECOND, &up, Some(8));
    let by_first = feed.refuse(SECOND, &up, None);
    let once_more = feed.refuse(SECOND, &up, Some(8));
    for (query, by) in [(first, by_first), (second, by_second)] {
        let (_, one) = feed.role(query);
        assert_eq!((one.outcome(), one.refusal(), one.answer()), (Outcome::Refused, Some(by), None));
        assert_eq!(one.mismatch(), None);
    }
    assert!(once_more > by_second, "the first error counts");
    feed.settle(9 * SECOND);
    let counts = *feed.dns.counts();
    assert_eq!((counts.refused, counts.unanswered, counts.waiting()), (2, 0, 0));
    let of = |trouble| (counts.troubles.of(trouble).count, counts.troubles.of(trouble).first);
    assert_eq!(of(Trouble::Refused), (2, Some(first)));
    assert_eq!((of(Trouble::Unanswered).0, of(Trouble::Waiting).0), (0, 0));
    // What is said of the answer's way, or too late, or of a query with an answer, refuses none.
    let answered = feed.message(10 * SECOND, &up, message(9, 0x100, 9));
    feed.message(10 * SECOND, &down, message(9, ANSWER, 9));
    let waits = feed.message(11 * SECOND, &up, message(10, 0x100, 10));
    feed.refuse(12 * SECOND, &down, Some(10));
    feed.refuse(12 * SECOND, &up, Some(9));
    feed.refuse(17 * SECOND, &up, Some(10));
    assert_eq!(feed.role(answered).1.outcome(), Outcome::Answered);
    assert_eq!(feed.role(waits).1.outcome(), Outcome::Waiting);
    // An answer all the same, to the query sent again: answered.
    feed.message(18 * SECOND, &up, message(11, 0x100, 11));
    feed.refuse(18 * SECOND, &up, Some(11));
    feed.message(19 * SECOND, &up, message(11, 0x100, 11));
    let answer = feed.message(19 * SECOND, &down, message(11, ANSWER, 11));
    assert_eq!(feed.role(answer).1.outcome(), Outcome::Answered);
    assert_eq!((feed.dns.counts().refused, feed.dns.counts().troubles.of(Trouble::Refused).count), (2, 2));
}

#[test]
fn the_same_question_from_another_port_or_id_is_a_retry() {
    let mut feed = Feed::new(100);
    let first = feed.message(0, &key(1, 4000, 2, 53), message(7, 0x100, 9));
    let port = feed.message(SECOND, &key(1, 4001, 2, 53), message(7, 0x100, 9));
    let id = feed.message(2 * SECOND, &key(1, 4001, 2, 53), message(8, 0x100, 9));
    let others = [
        feed.message(3 * SECOND, &key(1, 4002, 3, 53), message(9, 0x100, 9)),
        feed.message(3 * SECOND, &key(3, 4002, 2, 53), message(9, 0x100, 9)),
        feed.message(3 * SECOND, &key(1, 4003, 2, 53), message(9, 0x100, 10)),
    ];
    assert!(!feed.role(first).1.is_retry());
    assert!(feed.role(port).1.is_retry() && feed.role(id).1.is_retry());
    for other in others {
        assert!(!feed.role(other).1.is_retry(), "packet {other}: another server, host or question");
    }
    feed.message(4 * SECOND, &key(2, 53, 1, 4001), message(8, ANSWER, 9));
    let fresh = feed.message(5 * SECOND, &key(1, 4004, 2, 53), message(3, 0x100, 9));
    assert!(!feed.role(fresh).1.is_retry(), "the last try was answered");
    let repeated = feed.dns.counts().troubles.of(Trouble::Repeated);
    assert_eq!((repeated.count, repeated.first), (2, Some(port)));
    assert_eq!(feed.dns.counts().repeats, 2, "the same number wherever it is told");
}

/// Catches retries that are found by luck: a few questions must not drive each other out.
#[test]
fn every_retry_is_found_among_hundreds_of_questions() {
    for _ in 0..4 {
        let mut feed = Feed::new(1000);
        for (second, port) in [(0, 4000), (1, 4001)] {
            for question in 1..=400 {
                feed.message(second * SECOND, &key(1, port, 2, 53), message(question, 0x100, question));
            }
        }
        assert_eq!(feed.dns.counts().repeats, 400);
    }
}

#[test]
fn truncated_answers_are_repeated_over_tcp_or_not() {
    let mut feed = Feed::new(100);
    let over_tcp = |src, port| FlowKey { protocol: 6, ..key(src, port, 2, 53) };
    let mut cut = |time, src: u8| {
        feed.message(time, &key(src, 4000, 2, 53), message(7, 0x100, 9));
        feed.message(time + 1, &key(2, 53, src, 4000), message(7, ANSWER | 0x200, 9))
    };
    let (one, other) = (cut(0, 1), cut(10, 3));
    let truncated = |feed: &Feed| {
        let counts = feed.dns.counts().troubles.of(Trouble::Truncated);
        (counts.count, counts.first)
    };
    assert_eq!(truncated(&feed), (2, Some(one)));
    feed.message(SECOND, &over_tcp(1, 5000), message(1, 0x100, 8));
    assert_eq!(truncated(&feed), (2, Some(one)), "another question");
    feed.message(SECOND, &over_tcp(1, 5001), message(1, 0x100, 9));
    feed.settle(SECOND);
    assert_eq!(truncated(&feed), (1, Some(other)));
    assert!(!feed.role(one).1.is_left_truncated() && feed.role(other).1.is_left_truncated());
    feed.message(20 * SECOND, &over_tcp(3, 5000), message(1, 0x100, 9));
    assert_eq!(truncated(&feed), (1, Some(other)), "too late to be its repeat");
}

#[test]
fn several_messages_of_one_packet_stay_apart() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let queries = feed.messages(0, &up, &[message(1, 0x100, 1), message(2, 0x100, 2)]);
    let answers =
        feed.messages(1, &down, &[message(2, ANSWER, 2), message(5, ANSWER, 5), message(1, ANSWER, 1)]);
    let mut found: Vec<_> = feed.dns.of_packet(answers).collect();
    found.sort_by_key(|message| message.0);
    assert_eq!(found, [(0, Role::Answer, 1), (1, Role::First, 2), (2, Role::Answer, 0)]);
    let found: Vec<_> = feed.dns.of_packet(queries).collect();
    assert_eq!(found, [(0, Role::First, 0), (1, Role::First, 1)]);
}

#[test]
fn troubles_count_packets() {
    let mut feed = Feed::new(100);
    let (up, down) = (key(1, 4000, 2, 53), key(2, 53, 1, 4000));
    let several = |flags| [1, 2, 3].map(|id| message(id, flags, id));
    let query = feed.messages(0, &up, &several(0x100));
    let of = |feed: &Feed, trouble| {
        let all = feed.dns.counts().troubles.of(trouble);
        (all.count, all.first)
    };
    assert_eq!(of(&feed, Trouble::Waiting), (1, Some(query)));
    feed.message(1, &down, several(ANSWER)[0]);
    feed.settle(1);
    assert_eq!(of(&feed, Trouble::Waiting), (1, Some(query)), "two of them wait");
    feed.settle(6 * SECOND);
    assert_eq!((of(&feed, Trouble::Waiting).0, of(&feed, Trouble::Unanswered)), (0, (1, Some(query))));
    let [_, second, third] = several(ANSWER | 3);
    let late = feed.messages(7 * SECOND, &down, &[second, third]);
    assert_eq!(of(&feed, Trouble::Unanswered).0, 0);
    for trouble in [Trouble::Late, Trouble::NoName] {
        assert_eq!(of(&feed, trouble), (1, Some(late)), "two messages of one packet");
    }
}

/// Catches counts that differ from run to run: of more questions than are kept, which are known may
/// not depend on chance.
#[test]
fn of_too_many_questions_the_same_are_known_in_every_run() {
    let repeats = || {
        let mut feed = Feed::new(1 << 17);
        for round in 0..2 {
            for asked in 1..=20_000_u16 {
                let port = 1024 + asked + round * 20_000;
                feed.message(i64::from(asked) * 1000, &key(1, port, 53, 53), message(asked, 0, asked));
            }
        }
        feed.dns.counts().repeats
    };
    let first = repeats();
    assert!(first > 1000 && first < 20_000, "{first}");
    assert_eq!([first; 3], [repeats(), repeats(), repeats()]);
}
