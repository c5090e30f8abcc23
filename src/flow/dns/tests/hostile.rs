//! Any messages, and very many: all are told, within the memory and time of their number.

use super::*;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

#[test]
fn memory_follows_from_the_messages_and_a_limit_is_counted() {
    let mut feed = Feed::new(20_000);
    for n in 0..30_000_u32 {
        let port = (n % 50_000) as u16 + 1024;
        feed.message(i64::from(n), &key(1, port, 2, 53), message(n as u16, 0x100, 9));
        feed.message(i64::from(n), &key(2, 53, 1, port), message(n as u16, ANSWER, 9));
    }
    // 32 a transaction, 8 a further message, at most 21.4 in the table; parts are made whole.
    let most = 20_000 * (32 + 8 + 22) + (4096 * 40);
    assert!(feed.dns.size() <= most, "{} bytes, not {most}", feed.dns.size());
    let counts = feed.dns.counts();
    assert_eq!((feed.dns.len(), counts.queries, counts.answered), (20_000, 30_000, 20_000));
    assert_eq!(counts.not_kept, 20_000, "10,000 queries, and their answers");
}

#[test]
fn an_id_used_for_ever_costs_the_same_every_time() {
    let mut feed = Feed::new(u32::MAX);
    let up = key(1, 4000, 2, 53);
    // Every one another name under one id: only the newest few are looked at.
    for n in 0..50_000_u32 {
        feed.message(0, &up, message(7, 0x100, n as u16 | 1));
    }
    assert_eq!(feed.dns.len() + feed.dns.counts().repeats as u32, 50_000);
    let late = feed.message(1, &up.reversed(), message(7, ANSWER, 49_999_u32 as u16));
    assert_eq!(feed.role(late).0, Role::Answer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever comes, and whatever of it turns out not to have its place in a stream: every
    /// message is found again in its packet, answers come after their queries, and the counts
    /// add up.
    #[test]
    fn any_messages_are_all_told(
        script in prop::collection::vec(
            (0_u8..4, any::<bool>(), 0_u16..4, 0_u16..4, any::<bool>(), 0_i64..3 * SECOND, 0_u8..3, prop::bool::weighted(0.2),
             prop::option::weighted(0.15, 0_u64..8)), 1..200
        )
    ) {
        let mut feed = Feed::new(u32::MAX);
        let (mut time, mut told, mut overruled) = (0, HashMap::new(), HashSet::new());
        for (port, up, id, question, response, pause, kind, refused, overrules) in script {
            time += pause;
            let kind = [DnsKind::Dns, DnsKind::Mdns, DnsKind::Llmnr][usize::from(kind)];
            let asker = [4000, 4001, 5353, 53][usize::from(port)];
            let key = key(1, asker, 2, 53);
            let key = if up { key } else { key.reversed() };
            let flags = if response { ANSWER | [0, 0, 2, 3][usize::from(question)] } else { 0x100 };
            let packet = feed.message(time, &key, DnsMessage { kind, ..message(id, flags, question) });
            told.insert(packet, response);
            if refused {
                feed.refuse(time + 1, &key, (id > 1).then_some(id));
            }
            // Multicast DNS has no streams.
            if let Some(early) = overrules.and_then(|before| packet.checked_sub(before))
                && told.contains_key(&early)
                && feed.role(early).1.kind() != DnsKind::Mdns
            {
                feed.dns.overrule(early);
                overruled.insert(early);
            }
            feed.settle(time);
        }
        let mut answered = 0;
        for (packet, response) in &told {
            let (role, one) = feed.role(*packet);
            match role {
                Role::First => prop_assert_eq!(one.is_query(), !response),
                Role::Repeat => prop_assert!(!response && one.first < *packet),
                Role::Answer => {
                    answered += 1;
                    prop_assert!(*response && one.answer() == Some(*packet) && one.first < *packet);
                }
                Role::Again if overruled.contains(packet) => prop_assert!(*response && one.answer() != Some(*packet)),
                Role::Again => prop_assert!(*response && (one.answer().is_some_and(|answer| answer < *packet) || !overruled.is_empty())),
            }
        }
        let counts = *feed.dns.counts();
        prop_assert_eq!(counts.answered, answered);
        let unanswered = feed.dns.iter().filter(|one| one.outcome() == Outcome::Unanswered).count() as u64;
        prop_assert_eq!(counts.unanswered + counts.silent, unanswered);
        let silent = feed.dns.iter().filter(|one| one.outcome() == Outcome::Unanswered && one.kind() != DnsKind::Dns);
        prop_assert_eq!(counts.silent, silent.count() as u64);
        let refused = feed.dns.iter().filter(|one| one.outcome() == Outcome::Refused).count() as u64;
        prop_assert_eq!(counts.refused, refused);
        // What is asked again from another port is a query too.
        let retries = feed.dns.iter().filter(|one| one.is_retry()).count() as u64;
        let all = counts.queries + counts.answered + counts.repeats - retries + counts.again + counts.unasked + counts.mismatched + counts.multicast;
        prop_assert_eq!(all, told.len() as u64);
        let late = feed.dns.iter().filter(|one| one.outcome() == Outcome::Late).count() as u64;
        prop_assert_eq!(counts.late, late);
        // Each kind is counted as often as a packet says so, and begins where the first does.
        let mut packets: Vec<_> = told.keys().copied().collect();
        packets.sort_unstable();
        feed.settle(time);
        for trouble in Trouble::ALL {
            let has = |id: &PacketId| {
                let (role, one) = feed.role(*id);
                Troubles::of(role, &one).has(trouble)
            };
            let all: Vec<PacketId> = packets.iter().copied().filter(has).collect();
            let counted = feed.dns.counts().troubles.of(trouble);
            if !overruled.is_empty() && matches!(trouble, Trouble::Late | Trouble::Failed | Trouble::NoName) {
                // The next one is looked for by its query.
                prop_assert_eq!(counted.count, all.len() as u64, "{:?}", trouble);
                prop_assert_eq!(counted.first.is_some_and(|first| all.contains(&first)), !all.is_empty());
                continue;
            }
            prop_assert_eq!((counted.count, counted.first), (all.len() as u64, all.first().copied()), "{:?}", trouble);
        }
    }
}
