//! Which layer is asked, and where its bytes end.

use super::*;

/// Layers of the same protocol are told apart, and each has its own bytes.
#[test]
fn layers_are_counted_and_have_their_bytes() {
    // Behind the Ethernet header another VLAN tag, and IPv4 in IPv4.
    let mut frame = FRAME[..14].to_vec();
    frame.extend([0, 6, 0x81, 0]);
    frame.extend(&FRAME[14..18]);
    let outer = FRAME[18..38].to_vec();
    let at = frame.len();
    frame.extend(&outer);
    (frame[at + 3], frame[at + 9], frame[at + 15]) = (53, 4, 9);
    frame.extend(&FRAME[18..]);
    let registry = Registry::default();
    for (text, expected) in [
        ("vlan.id#1 == 6", true),
        ("vlan.id#2 == 5", true),
        ("vlan.id#2 == 6", false),
        ("vlan.id#3", false),
        ("ip.src#1 == 10.0.0.9", true),
        ("ip.src#2 == 10.0.0.1", true),
        ("ip.src#[1-2] == 10.0.0.1", true),
        ("ip.src#[2:] == 10.0.0.9", false),
        ("ip#1[9] == 4", true),
        ("ip#2[9] == 11", true),
        ("ip[9] == 11", true),
        ("count(ip) == 2", true),
        ("count(ip.src) == 2", true),
        ("len(ip) == 20", true),
        ("all len(ip) == 20", true),
        ("ip#1 contains \"hello\"", true),
        ("ip[0:] contains \"hello\"", false),
        ("vlan#1[0:2] == 00:06", true),
        ("len(frame) == frame.len", true),
    ] {
        let filter = Filter::compile(&registry, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ask(&filter, &frame), expected, "{text}");
    }
}

/// What lies behind an IP packet's own length is not among its bytes.
#[test]
fn bytes_of_a_layer_end_where_it_says() {
    let mut frame = FRAME.to_vec();
    frame.extend(b"zzzz");
    let registry = Registry::default();
    for (text, expected) in [
        ("frame contains \"zzzz\"", true),
        ("eth contains \"zzzz\"", true),
        ("ip contains \"zzzz\"", false),
        ("udp contains \"ozzz\"", false),
        ("udp matches \"hello$\"", true),
    ] {
        let filter = Filter::compile(&registry, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ask(&filter, &frame), expected, "{text}");
    }
}
