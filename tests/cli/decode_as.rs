//! `-d`: another protocol for a port than it usually has.

use super::made::{pcap, udp};
use super::{failing, good};

/// A question to a resolver on port 5300, and its answer.
fn resolver_aside() -> tempfile::NamedTempFile {
    let question = b"\x03www\x07example\0\0\x01\0\x01";
    let query = [b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0", &question[..]].concat();
    let record = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x07";
    let answer = [b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0", &question[..], record].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut back = udp(5300, 40_000, &answer);
    // Answered by whom it was asked.
    back[26..34].rotate_left(4);
    std::fs::write(file.path(), pcap(&[udp(40_000, 5300, &query), back])).unwrap();
    file
}

/// Catches a command that peels by other rules than it was given, or pairs by ports.
#[test]
fn a_rule_holds_in_every_command() {
    let file = resolver_aside();
    let path = file.path().display();
    // What looks like DNS on any port is none where a rule says so.
    let none = "-d udp.port==0-65535,data";
    assert_eq!(good(&format!("fields -e dns.id -Y dns {none} {path}")), "");
    assert!(good(&format!("dns {none} {path}")).contains("no DNS"));
    let rule = &format!("{none} -d udp.port==5300,dns");
    let chains = good(&format!("fields -e frame.protocols -e dns.time {rule} {path}"));
    assert_eq!(chains, "eth:ethertype:ip:udp:dns\t\neth:ethertype:ip:udp:dns\t0.001000000\n");
    assert!(good(&format!("packets {rule} {path}")).contains("Standard query response 0x1234 A www.example"));
    assert!(good(&format!("tree {rule} {path} 1")).contains("Domain Name System"));
    assert!(good(&format!("dns --format csv {rule} {path}")).contains("www.example"));
    assert!(good(&format!("stats --format json {rule} {path}")).contains("dns"));
    assert!(good(&format!("flows --names {rule} {path}")).contains("10.0.0.1"));
    assert!(good(&format!("verify -Y dns {rule} {path}")).contains("2 packets"));
}

/// Else a rule that does nothing would be taken without a word.
#[test]
fn a_wrong_rule_is_told_before_anything_is_read() {
    assert_eq!(
        failing("packets -d tcp.port==80,htpp /nowhere"),
        "wirepeel: the rule \"tcp.port==80,htpp\" is not understood: there is no protocol \"htpp\"; did you mean http, gtp, http2, ntp or ppp?\n"
    );
}
