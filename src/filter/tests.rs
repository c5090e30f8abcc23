use super::*;
use crate::base::{LinkType, Timestamp};
use crate::decode::{Facts, Frame, Registry, Scratch};
use proptest::prelude::*;

/// Ethernet, VLAN 5, IPv4 10.0.0.1 to 10.1.0.2, UDP 4000 to 53, "hello".
#[rustfmt::skip]
const FRAME: &[u8] = &[
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 8, 0,
    0x45, 0, 0, 33, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 1, 0, 2,
    0x0f, 0xa0, 0, 53, 0, 13, 0, 0, b'h', b'e', b'l', b'l', b'o',
];

fn matches(text: &str) -> bool {
    let registry = Registry::default();
    let filter = Filter::compile(&registry, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut probe = Probe::new(filter.wanted());
    let frame = Frame {
        link: LinkType::ETHERNET,
        bytes: FRAME,
        wire: FRAME.len() as u32,
        number: 7,
        time: Timestamp(1_700_000_002_500_000_000),
        first: Timestamp(1_700_000_000_000_000_000),
        ..Frame::default()
    };
    registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut probe);
    filter.matches(&probe)
}

fn error(text: &str) -> (usize, String) {
    let error = Filter::compile(&Registry::default(), text).expect_err(text);
    (error.position, error.message)
}

#[test]
fn filters_that_match() {
    for text in [
        "",
        "  ",
        "udp",
        "ip and udp",
        "ip && udp",
        "ip or arp",
        "!arp",
        "not arp",
        "!!udp",
        "!(arp || raw)",
        "udp.srcport == 4000",
        "udp.srcport eq 0xfa0",
        "udp.port == 53",
        "udp.port == 4000",
        "udp.port in {80, 53}",
        "udp.port in {50..60}",
        "udp.port in { 1, 3990 .. 4010 }",
        "udp.port not in {80}",
        "udp.port != 80",
        "udp.port !== 53",
        "ip.ttl === 64",
        "ip.ttl >= 64",
        "ip.ttl ge 64",
        "ip.ttl < 65",
        "ip.ttl <= 64",
        "ip.ttl gt 63",
        "ip.ttl lt 65",
        "ip.ttl le 64",
        "ip.addr == 10.0.0.1",
        "ip.addr == 10.1.0.0/16",
        "ip.src == 10.0.0.0/8",
        "ip.src != 10.1.0.0/16",
        "ip.src < 10.0.0.2",
        "ip.dst in {10.1.0.1..10.1.0.9}",
        "ip.src in {10.0.0.0/24}",
        "eth.src == 02:00:00:00:00:01",
        "eth.addr == 02-00-00-00-00-02",
        "eth.dst == 0200.0000.0002",
        "ip.flags.df == 1",
        "ip.flags.df == true",
        "ip.flags.mf == False",
        "ip.flags.mf",
        "ip.flags & 2",
        "ip.flags & 0x6 == 2",
        "udp.payload contains \"ell\"",
        "udp.payload contains 65:6c",
        "udp.payload == \"hello\"",
        "udp.payload == 68:65:6c:6c:6f",
        "udp.payload == 68656c6c6f",
        "udp.payload contains \"\\x68e\"",
        "vlan.id == 5",
        "vlan and vlan.id in {5}",
        "frame.time_relative > 1.5",
        "frame.time_relative == 2.5",
        "frame.time_epoch > 1700000002",
        "frame.time > \"2023-11-14 22:13:20\"",
        "frame.time < \"2023-11-14T22:13:23Z\"",
        "frame.number == 7",
        "arp or ip and udp",
        "(arp or ip) and udp",
        "udp || arp && arp",
        "ip AND NOT arp",
    ] {
        assert!(matches(text), "{text}");
    }
}

#[test]
fn filters_that_do_not_match() {
    for text in [
        "arp",
        "!udp",
        "udp and arp",
        "udp.port == 80",
        "udp.port != 53",
        "udp.port === 53",
        "ip.addr != 10.0.0.1",
        "ip.addr == 10.2.0.0/16",
        "arp.opcode != 1",
        "udp.port in {80..90}",
        "udp.port not in {53}",
        "ip.flags.df == 0",
        "ip.flags & 4",
        "udp.payload contains \"world\"",
        "(udp or arp) and arp",
        "ip.ttl > 64",
        "ip.src == 0.0.0.1",
        "frame.time_relative < 1",
    ] {
        assert!(!matches(text), "{text}");
    }
}

#[test]
fn mistakes_are_explained() {
    for (text, position, words) in [
        ("ip.src == 80", 10, "`ip.src` is an IPv4 address; `80` is not one"),
        ("ip.src == 10.0.0.1/33", 10, "is not one"),
        ("udp.prot == 80", 0, "did you mean `udp.port`"),
        ("srcport == 80", 0, "`udp.srcport`"),
        ("nothing.like.it", 0, "no field or protocol is called `nothing.like.it`"),
        ("udp.port == 70000", 12, "has 16 bits"),
        ("udp.port == -1", 12, "never negative"),
        ("udp.port == \"80\"", 12, "is a number"),
        ("udp.port = 80", 9, "compare with `==`"),
        ("udp.port ==", 11, "a value is missing at the end"),
        ("udp.port == and", 12, "is not one"),
        ("udp and", 7, "a field or protocol is missing at the end"),
        ("and udp", 0, "a field or protocol is missing before `and`"),
        ("(udp", 4, "the closing parenthesis is missing"),
        ("udp)", 3, "closes nothing"),
        ("udp arp", 4, "an operator is missing before `arp`"),
        ("udp == 5", 0, "`udp` is a protocol"),
        ("80 == udp.port", 0, "begins with a field"),
        ("udp.port in 80", 12, "`{` is missing"),
        ("udp.port in {80 90}", 16, "`,` or `}` is missing"),
        ("udp.port in {}", 13, "a value is missing"),
        ("udp.port in {90..80}", 17, "ends before it begins"),
        ("udp.payload matches \"x\"", 12, "`contains`"),
        ("udp.payload contains x", 21, "text in quotes"),
        ("ip.ttl contains \"x\"", 16, "looks within text and bytes"),
        ("udp.payload[0:2] == 1", 11, "slices"),
        ("len(udp.payload) > 2", 0, "functions"),
        ("ip.flags.df > 0", 14, "is a flag"),
        ("ip.src & 1", 0, "is an IPv4 address"),
        ("frame.comment == abc", 17, "stands in quotes"),
        ("udp.payload == \"abc", 15, "closing quote"),
        ("udp.payload == \"\\q\"", 16, "unknown escape"),
        ("frame.time > \"yesterday\"", 13, "point in time"),
        ("eth.src == 02:00:00", 11, "hardware address"),
        ("ünder", 0, "means nothing"),
    ] {
        let (at, message) = error(text);
        assert!(message.contains(words), "{text}: {message}");
        assert_eq!(at, position, "{text}: {message}");
    }
}

#[test]
fn depth_is_limited() {
    assert!(error(&"(".repeat(60_000)).1.contains("within each other"));
    assert!(error(&"!".repeat(60_000)).1.contains("within each other"));
    assert!(error(&"not ".repeat(10_000)).1.contains("within each other"));
    assert!(error(&"x".repeat(70_000)).1.contains("too long"));
    // Side by side there may be many.
    assert!(matches(&vec!["!(arp)"; 5000].join(" and ")));
    assert!(matches(&format!("{}udp{}", "(".repeat(90), ")".repeat(90))));
}

#[test]
fn names_are_completed() {
    let registry = Registry::default();
    let names = complete(&registry, "udp.");
    assert!(names.contains(&"udp.srcport") && names.is_sorted());
    assert!(names.iter().all(|name| name.starts_with("udp.")));
    assert!(complete(&registry, "ud").contains(&"udp"));
    assert!(complete(&registry, "no such").is_empty());
}

#[test]
fn filters_go_between_threads() {
    fn check<T: Clone + Send + Sync>() {}
    check::<Filter>();
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in ".{0,80}") {
        if let Err(error) = Filter::compile(&Registry::default(), &text) {
            prop_assert!(error.position <= text.len() && !error.message.is_empty());
        }
    }

    #[test]
    fn any_words_are_a_filter_or_an_error(
        words in prop::collection::vec(prop::sample::select(vec![
            "udp", "ip.src", "udp.port", "ip.flags.df", "frame.time", "frame.time_relative", "udp.payload",
            "eth.src", "==", "!=", "===", "!==", ">", "<=", "in", "not", "and", "or", "&&", "||", "!", "(", ")",
            "{", "}", ",", "..", "&", "contains", "matches", "80", "0x", "-1", "10.0.0.1", "10.0.0.0/0", "::/0",
            "1.5", "aa:bb", "\"x\"", "\"", "true", "8000..8080", "/", ":", "-", ".",
        ]), 0..12),
    ) {
        let text = words.join(" ");
        let _ = Filter::compile(&Registry::default(), &text).map(|filter| matches(filter.text()));
    }
}
