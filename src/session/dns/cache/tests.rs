//! Sets of many names, and moments before and after.

use super::*;
use crate::decode::proto::dns::view::Section;

const SECOND: i64 = 1_000_000_000;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A set that came to one holder at a second.
fn come(cache: &mut DnsCache, name: &str, second: i64, ttl: u32, section: Section) {
    come_for(cache, name, second, ttl, section, None);
}

fn come_for(
    cache: &mut DnsCache,
    name: &str,
    second: i64,
    ttl: u32,
    section: Section,
    network: Option<Network>,
) {
    let told = told(name, second, ttl, section);
    arrive(cache, second, Told { network, ..told });
}

fn told(name: &str, second: i64, ttl: u32, section: Section) -> Told {
    Told {
        name: name.to_owned(),
        kind: 1,
        network: None,
        kept: Kept::Records,
        section,
        ttl,
        values: vec![format!("{second}")],
        authoritative: false,
        recursive: true,
        stale: None,
    }
}

fn arrive(cache: &mut DnsCache, second: i64, told: Told) {
    cache.now = second * SECOND;
    let (client, server) = (address("10.0.0.1"), address("10.0.0.53"));
    let (time, packet) = (cache.now, second as u64);
    cache.arrive(Coming { client, server, asked: time, time, packet, wanted: 1, is_own: false }, told);
}

fn names(cache: &DnsCache, second: i64) -> Vec<String> {
    assert!(cache.covers(second * SECOND), "{second}");
    cache.at(second * SECOND).into_iter().map(|entry| entry.name).collect()
}

#[test]
fn what_is_over_makes_room_and_the_moment_stays_right() {
    let mut cache = DnsCache::with_limits(16, 64);
    for second in 0..1000 {
        come(&mut cache, &format!("n{second:03}"), second, 4, Section::Answer);
        assert!(cache.sets.len() <= 33 && cache.largest.len() <= 33);
        let last: Vec<String> = ((second - 3).max(0)..=second).map(|at| format!("n{at:03}")).collect();
        assert_eq!(names(&cache, second), last);
    }
    assert_eq!(cache.left_out(999 * SECOND), 0, "nothing was let go too early");
    assert!(!cache.covers(0) && cache.covers(990 * SECOND));
}

#[test]
fn of_too_many_the_newest_are_told_and_how_many_are_not() {
    let mut cache = DnsCache::with_limits(16, 64);
    for second in 0..100 {
        come(&mut cache, &format!("n{second:03}"), second, 60, Section::Answer);
    }
    let told = names(&cache, 99);
    assert!(told.len() >= 16 && told.last().is_some_and(|name| name == "n099"), "{told:?}");
    // One of them runs out at this second.
    assert_eq!(told.len() as u64 + cache.left_out(99 * SECOND), 61);
}

#[test]
fn one_name_that_comes_often_is_one_set() {
    let mut cache = DnsCache::with_limits(16, 64);
    for second in 0..10_000 {
        come(&mut cache, "same", second, 3600, Section::Answer);
        assert!(cache.arrivals <= 129, "{}", cache.arrivals);
    }
    let all = cache.at(cache.now);
    assert_eq!((all.len(), all[0].values.as_slice()), (1, ["9999".to_owned()].as_slice()));
    // A moment shortly before is still told about.
    assert_eq!(cache.at(9990 * SECOND)[0].values, ["9990"]);
}

#[test]
fn what_stands_beside_an_answer_replaces_none_before_it_is_over() {
    let mut cache = DnsCache::default();
    come(&mut cache, "ns", 0, 10, Section::Answer);
    come(&mut cache, "ns", 5, 100, Section::Additional);
    assert_eq!(cache.at(6 * SECOND)[0].values, ["0"]);
    come(&mut cache, "ns", 11, 100, Section::Additional);
    assert_eq!(cache.at(12 * SECOND)[0].values, ["11"]);
}

#[test]
fn answers_for_one_network_replace_none_of_another() {
    let network = |text, bits| Some(Network::of(address(text), bits));
    let mut cache = DnsCache::default();
    come_for(&mut cache, "cdn", 0, 100, Section::Answer, network("192.0.2.7", 24));
    come_for(&mut cache, "cdn", 1, 100, Section::Answer, network("198.51.100.0", 24));
    come_for(&mut cache, "cdn", 2, 100, Section::Answer, None);
    come_for(&mut cache, "cdn", 3, 100, Section::Answer, network("192.0.2.200", 24));
    let all = cache.at(4 * SECOND);
    let told: Vec<_> = all.iter().map(|one| (one.network, one.values[0].as_str())).collect();
    assert_eq!(told, [(None, "2"), (network("192.0.2.0", 24), "3"), (network("198.51.100.0", 24), "1")]);
    assert!(all[1].reason.ends_with("; for clients in 192.0.2.0/24 alone"), "{}", all[1].reason);
}

#[test]
fn networks_are_bits_of_addresses() {
    let network = |text, bits| Network::of(address(text), bits);
    assert_eq!(network("192.0.2.255", 25).to_string(), "192.0.2.128/25");
    assert_eq!(network("2001:db8:ffff::1", 33).to_string(), "2001:db8:8000::/33");
    assert_eq!(network("192.0.2.1", 255).to_string(), "192.0.2.1/32");
    assert_eq!(network("192.0.2.1", 0).to_string(), "0.0.0.0/0");
    assert!(network("192.0.0.0", 16).has(network("192.0.2.0", 24)));
    assert!(!network("192.0.2.0", 24).has(network("192.0.0.0", 16)));
    assert!(!network("::", 0).has(network("192.0.2.0", 24)));
}

/// Catches a fresh answer that is told to be old, because a stale one before it had a TTL that
/// its authority never gave; and a lack of records that counts for the records.
#[test]
fn an_authoritys_ttl_is_raised_by_nobody_else() {
    let mut cache = DnsCache::default();
    let answer = |second, ttl, authoritative, kept| Told {
        authoritative,
        kept,
        ..told("a", second, ttl, Section::Answer)
    };
    let largest =
        |cache: &DnsCache, second| cache.at(second * SECOND).pop().map(|one| (one.largest, one.reason));
    arrive(&mut cache, 0, answer(0, 5, true, Kept::Records));
    arrive(&mut cache, 10, answer(10, 30, false, Kept::Records));
    let (ttl, reason) = largest(&cache, 11).unwrap();
    assert!(
        ttl == 5 && reason.ends_with("TTL 30, its authority gave 5: stale, or made longer"),
        "{ttl} {reason}"
    );
    arrive(&mut cache, 20, answer(20, 5, false, Kept::Records));
    let (ttl, reason) = largest(&cache, 21).unwrap();
    assert!(ttl == 5 && !reason.contains("old"), "{ttl} {reason}");
    arrive(&mut cache, 30, answer(30, 900, false, Kept::NoData));
    assert_eq!(largest(&cache, 31).unwrap().0, 900);
    arrive(&mut cache, 40, answer(40, 4, false, Kept::Records));
    assert_eq!(largest(&cache, 41).unwrap().0, 5);
    // What the authority says last counts.
    arrive(&mut cache, 50, answer(50, 60, true, Kept::Records));
    arrive(&mut cache, 51, answer(51, 2, true, Kept::Records));
    assert_eq!(largest(&cache, 52).unwrap().0, 2);
}
