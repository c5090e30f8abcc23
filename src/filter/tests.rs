mod hostile;
mod layers;

use super::*;
use crate::base::{LinkType, Timestamp};
use crate::decode::{Facts, Frame, Registry, Scratch};

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
    ask(&filter, FRAME)
}

fn ask(filter: &Filter, bytes: &[u8]) -> bool {
    let registry = Registry::default();
    let mut probe = Probe::new(filter.wanted());
    let frame = Frame {
        link: LinkType::ETHERNET,
        bytes,
        wire: bytes.len() as u32,
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
        "udp == 0f:a0:00:35:00:0d:00:00",
        "eth.src[0:3] == 02:00:00",
        "eth.src[:2] == 02-00",
        "eth.src[-1] == 1",
        "eth.src[-2:] == 00:01",
        "eth.src[-2--1] == 00:01",
        "eth.src[4-5] == 00:01",
        "eth.src[0,4-5] == 02:00:01",
        "eth.src[0:3][0] == 02",
        "eth.addr[0] & 2",
        "eth.addr[0] & 0x0f == 2",
        "eth.src[5] == 0x01",
        "ip.src[0] == a",
        "udp.payload[0:4] == \"hell\"",
        "udp.payload[1] == 'e'",
        "udp.payload[0:2] == 68:65",
        "udp[0:2] == 0f:a0",
        "udp[3] & 1",
        "ip[8] == 40",
        "frame[-5:] == \"hello\"",
        "frame[0:6] == eth.dst",
        "frame contains \"hello\"",
        "eth contains \"hello\"",
        "ip contains 68:65:6c",
        "udp contains \"ell\"",
        "udp[0:4] contains 35",
        "frame matches \"HELLO\"",
        "udp ~ \"^\\x0f\\xa0\"",
        "udp.payload matches \"^h.l+o$\"",
        "udp.payload matches r\"^\\w+$\"",
        "udp.payload matches \"(?-i)hello\"",
        "vlan matches \"\\x05\"",
        "len(udp) == 8",
        "len(frame) == frame.len",
        "len(udp.payload) == 5",
        "len(ip.src) == 4",
        "len(udp.port) == 2",
        "frame.cap_len <= frame.len",
        "frame.cap_len == frame.len",
        "ip.src < ip.dst",
        "udp.srcport != udp.dstport",
        "udp.port == udp.dstport",
        "any udp.port != 53",
        "all udp.port > 50",
        "udp.port ~= 53",
        "udp.srcport in {udp.dstport, 4000}",
        "udp.srcport != -1",
        "udp.srcport - udp.dstport == 3947",
        "udp.dstport - udp.srcport == -3947",
        "-udp.dstport == -53",
        "udp.dstport -3 == 50",
        "udp.dstport+1 == 54",
        "udp.dstport*2 == 106",
        "udp.dstport/2 == 26",
        "udp.dstport % 10 == 3",
        "2 * {udp.dstport + 1} == udp.dstport + 55",
        "udp.srcport > 2 * udp.dstport",
        "ip.ttl + 200 > 255",
        "udp.dstport & 1 == 1",
        "ip.src & 255.255.0.0 == 10.0.0.0",
        "frame.time_relative + 1 == 3.5",
        "count(udp.port) == 2",
        "count(udp) == 1",
        "max(udp.port) == 4000",
        "min(udp.srcport, udp.dstport) == 53",
        "abs(udp.dstport - udp.srcport) == 3947",
        "string(udp.dstport) == \"53\"",
        "string(ip.src) matches \"^10\\\\.0\"",
        "string(eth.src) contains \"00:01\"",
        "upper(frame.protocols) contains \"UDP\"",
        "lower(frame.protocols) matches \"udp\"",
        "ip.proto == UDP",
        "ip.proto == \"udp\"",
        "ip.proto in {\"TCP\", \"UDP\"}",
        "ip.flags.df == set",
        "ip.flags.df == TRUE",
        "ip.flags.df == 2",
        "ip.flags.mf == \"Not set\"",
        "ip.flags.df > 0",
        "ip.hdr_len == 20",
        "ip.hdr_len < 60",
        "ip.ttl == '@'",
        "ip.ttl == '\\x40'",
        "ip.ttl == '\\100'",
        "ip.ttl == 0100",
        "udp.payload == \"\\150\\u0065llo\"",
        "udp.payload == r\"hello\"",
        "ip.src#1 == 10.0.0.1",
        "vlan#1",
        "ip.addr#[1-2] == 10.1.0.2",
        "udp#1[0:2] == 0f:a0",
        "frame.time == \"Nov 14, 2023 22:13:22.500000000 UTC\"",
        "frame.time == \"Nov 14, 2023 22:13:22.5\"",
        "frame.time > \"2023-11-14 22:13\"",
        "frame.time > \"2023-11-14\"",
        "frame.time == \"2023-11-14 22:13:22.500000000 UTC\"",
        "frame.time < \"2023-11-14 22:13:23+00:00\"",
        "frame.time > 2023-11-14",
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
        "udp.port == -1",
        "udp.port > -1",
        "udp.port in {-1..90}",
        "eth.src[6] == 0",
        "eth.src[0:10] == 02",
        "eth.src[4:3] contains 0",
        "frame[100-199]",
        "udp[8:5] == \"hello\"",
        "udp[0:8] contains \"hello\"",
        "eth.addr[0] & 1",
        "eth.src[0:2] & 2",
        "frame matches \"(?-i)HELLO\"",
        "udp.payload matches \"^ello\"",
        "frame.cap_len < frame.len",
        "udp.srcport == udp.dstport",
        "ip.src == ip.dst",
        "udp.port != udp.dstport",
        "all udp.port == udp.dstport",
        "all udp.port > 53",
        "udp.srcport in {udp.dstport, 4001}",
        "udp.dstport / 0 == 1",
        "udp.dstport % 0 == 0",
        "udp.dstport * 9223372036854775807 > 0",
        "count(arp.opcode) == 0",
        "ip.src#2",
        "ip.src#2 == 10.0.0.1",
        "ip.src#0",
        "udp#2",
        "frame.protocols == UDP",
        "udp.port < -1",
        "vlan.id & 2",
        "udp.length - 13",
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
        ("udp.port == \"80\"", 12, "is a number"),
        ("udp.port = 80", 9, "compare with `==`"),
        ("udp.port ==", 11, "a value is missing at the end"),
        ("udp.port == and", 12, "a value is missing"),
        ("udp and", 7, "a field or protocol is missing at the end"),
        ("and udp", 0, "a field or protocol is missing before `and`"),
        ("(udp", 4, "the closing parenthesis is missing"),
        ("udp)", 3, "closes nothing"),
        ("udp arp", 4, "an operator is missing before `arp`"),
        ("udp == hello", 7, "`udp` is bytes"),
        ("80 == udp.port", 0, "begins with a field"),
        ("udp.port in 80", 12, "`{` is missing"),
        ("udp.port in {80 90}", 16, "`,` or `}` is missing"),
        ("udp.port in {}", 13, "a value is missing"),
        ("udp.port in {90..80}", 17, "ends before it begins"),
        ("udp.payload matches \"(\"", 20, "no regular expression"),
        ("udp.payload matches \"(a{1000}){1000}\"", 20, "too large"),
        ("udp.payload matches \"(?=a)\"", 20, "look-around"),
        ("udp.payload matches \"\\w\"", 21, "r\"…\""),
        ("udp.payload matches x", 20, "in quotes"),
        ("udp.payload matches udp", 20, "in quotes"),
        ("ip.ttl matches \"6\"", 15, "string(ip.ttl)"),
        ("udp.payload contains x", 21, "text in quotes"),
        ("ip.ttl contains \"x\"", 16, "looks within text and bytes"),
        ("udp.payload[0:2] == xyz", 20, "is bytes"),
        ("udp.payload[x] == 1", 12, "is no range"),
        ("udp.payload[0, 3-1] == 1", 15, "ends before it begins"),
        ("udp.payload[-1-1] == 1", 12, "the same end"),
        ("udp.payload[0:0] == 1", 12, "at least one byte"),
        ("udp.payload[] == 1", 12, "is no range"),
        ("udp.payload[1 == 1", 11, "closing bracket"),
        ("udp.payload] == 1", 11, "closes nothing"),
        ("udp.port[0] == 1", 0, "slices are cut from"),
        ("len(udp.payload)", 0, "compare it"),
        ("len(\"x\") == 1", 4, "takes a field"),
        ("len(udp.payload, 1) == 1", 17, "takes one field"),
        ("size(udp) > 1", 0, "no function is called `size`"),
        ("lower(udp.port) == 1", 6, "takes text"),
        ("max(udp.port, frame.time_relative) == 1", 14, "numbers of one kind"),
        ("len(udp", 7, "is missing at the end"),
        ("ip.src == eth.src", 10, "never compare"),
        ("frame.protocols contains udp", 25, "in quotes: `\"udp\"`"),
        ("udp.port == frame.time_relative", 12, "never compare"),
        ("udp.port contains udp.payload", 0, "looks within"),
        ("1 + 1 == 2", 0, "has a field"),
        ("ip.src + 1 == 2", 9, "is an IPv4 address"),
        ("frame.time_relative * 2 > 1", 0, "calculations take numbers"),
        ("udp.port + eth.src == 1", 0, "here are a number and a hardware address"),
        ("-ip.src == 1", 1, "takes a number"),
        ("udp.port#x == 1", 9, "is no range"),
        ("udp.port# == 1", 10, "number of a layer"),
        ("any udp", 7, "a comparison"),
        ("udp.port in {1..udp.dstport}", 16, "between two values"),
        ("ip.proto == \"nothing\"", 12, "name of a value"),
        ("ip.ttl == 'ab'", 10, "one character"),
        ("ip.hdr_len == 61", 14, "more than its 60"),
        ("${udp.port} == 1", 0, "another packet"),
        ("ip.src & 1", 9, "is an IPv4 address"),
        ("ip.flags.df & 1", 0, "picks bits"),
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
fn names_are_completed() {
    let registry = Registry::default();
    let names = complete(&registry, "udp.");
    assert!(names.contains(&"udp.srcport") && names.is_sorted());
    assert!(names.iter().all(|name| name.starts_with("udp.")));
    assert!(complete(&registry, "ud").contains(&"udp"));
    assert!(complete(&registry, "le").contains(&"len(") && complete(&registry, "le").is_sorted());
    assert!(complete(&registry, "no such").is_empty());
}

#[test]
fn filters_go_between_threads() {
    fn check<T: Clone + Send + Sync>() {}
    check::<Filter>();
}

/// Catches a limit that forgets that a field's value is told in units of the wire's number.
#[test]
fn values_of_fields_with_a_unit_are_those_told() {
    let registry = Registry::default();
    let fields = registry.rows().iter().flat_map(|row| row.protocol.fields).filter(|def| def.unit > 1);
    let mut seen = 0;
    for def in fields {
        let word = if def.mask == 0 { u64::MAX >> (64 - def.bits().unwrap()) } else { def.mask };
        let most = def.extract(word);
        // Another form of the field may have more.
        let more = registry.fields_by_name(def.name).iter().any(|other| other.unit == 1);
        for (value, is_right) in [(0, true), (u64::from(def.unit), true), (most, true), (most + 1, more)] {
            let text = format!("{} == {value}", def.name);
            assert_eq!(Filter::compile(&registry, &text).is_ok(), is_right, "{text}");
        }
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} fields have a unit");
}

#[test]
fn names_of_old_are_those_of_today() {
    let registry = Registry::default();
    for text in
        ["ssl", "ssl.handshake.type == 1", "bootp", "bootp.option.dhcp == 1", "!ssl and len(bootp) > 1"]
    {
        Filter::compile(&registry, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    assert!(error("sslx").1.contains("no field or protocol is called `sslx`"));
}
