//! Any text and any packet: a filter or an error, and neither too deep nor too long.

use super::*;
use proptest::prelude::*;

#[test]
fn depth_is_limited() {
    assert!(error(&"(".repeat(60_000)).1.contains("within each other"));
    assert!(error(&"!".repeat(60_000)).1.contains("within each other"));
    assert!(error(&"not ".repeat(10_000)).1.contains("within each other"));
    assert!(error(&"x".repeat(70_000)).1.contains("too long"));
    assert!(error(&format!("{}udp.port == 1", "-".repeat(60_000))).1.contains("within each other"));
    assert!(error(&format!("udp.port == {}", "{".repeat(60_000))).1.contains("within each other"));
    assert!(error(&"len(".repeat(10_000)).1.contains("within each other"));
    assert!(error(&format!("udp.port == 1{}", " + 1".repeat(10_000))).1.contains("operations"));
    assert!(error(&format!("udp.payload{} == 1", "[0:]".repeat(10_000))).1.contains("operations"));
    assert!(error(&format!("udp.payload[{}0] == 1", "0,".repeat(10_000))).1.contains("ranges"));
    // Side by side there may be many.
    assert!(matches(&vec!["!(arp)"; 5000].join(" and ")));
    assert!(matches(&format!("{}udp{}", "(".repeat(90), ")".repeat(90))));
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in ".{0,80}") {
        if let Err(error) = Filter::compile(&Registry::default(), &text) {
            prop_assert!(error.position <= text.len() && !error.message.is_empty());
        }
    }

    /// What is understood is asked of packets too.
    #[test]
    fn any_words_are_a_filter_or_an_error(
        words in prop::collection::vec(prop::sample::select(vec![
            "udp", "ip.src", "udp.port", "ip.flags.df", "frame.time", "frame.time_relative", "udp.payload",
            "eth.src", "frame", "frame.protocols", "==", "!=", "===", "!==", "~=", ">", "<=", "in", "not", "and",
            "or", "any", "all", "&&", "||", "!", "(", ")", "{", "}", ",", "..", "&", "+", "-", "*", "/", "%", "~",
            "contains", "matches", "[0:3]", "[-1]", "[2-4,0]", "[-9:]", "[", "]", "#", "#1", "#[1-2]", "len(",
            "count(", "string(", "lower(", "max(", "abs(", "80", "0x", "-1", "10.0.0.1", "10.0.0.0/0", "::/0",
            "1.5", "aa:bb", "\"x\"", "\"", "r\"^.\"", "'a'", "true", "8000..8080", "/", ":", "-", ".",
        ]), 0..12),
        spaced in any::<bool>(),
    ) {
        let text = words.join(if spaced { " " } else { "" });
        match Filter::compile(&Registry::default(), &text) {
            Ok(filter) => {
                matches(filter.text());
            }
            Err(error) => prop_assert!(error.position <= text.len() && !error.message.is_empty()),
        }
    }

    /// Filters that hold together: fields, operators and values in their places.
    #[test]
    fn any_sentence_is_asked_of_any_packet(
        left in prop::sample::select(vec![
            "udp", "frame[1:]", "ip.src[0]", "udp.port", "-udp.port", "ip.flags & 7", "len(udp)", "udp.payload",
            "string(ip.ttl)", "max(udp.port, ip.ttl)", "frame.time_relative - 1", "vlan.id#1", "eth.addr[-3:2]",
        ]),
        operator in prop::sample::select(vec!["==", "!=", "===", "!==", "<", ">=", "contains", "matches"]),
        right in prop::sample::select(vec![
            "udp.length", "1", "00:01", "\"h\"", "r\"^h\"", "-5", "eth.dst[0:2]", "ip.dst", "frame.time_delta",
            "udp.port * 9223372036854775807", "abs(-ip.ttl) % 3", "upper(frame.protocols)", "'h'", "udp",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        golden in any::<bool>(),
    ) {
        if let Ok(filter) = Filter::compile(&Registry::default(), &format!("{left} {operator} {right}")) {
            let frame = if golden { [FRAME, &bytes].concat() } else { bytes };
            ask(&filter, &frame);
        }
    }
}
