//! DNS transactions: of a capture made for it (`tests/transactions`), and of the
//! samples.
//!
//! `UPDATE_GOLDEN=1 cargo test --test cli dns` writes the texts anew: read the
//! difference before you commit it.

use crate::{failing, good, sample};
use std::path::Path;

fn golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transactions").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == got, "{name} differs; it is\n{got}");
}

fn pairs() -> String {
    format!("{}/tests/transactions/pairs.pcap", env!("CARGO_MANIFEST_DIR"))
}

/// The program's own version stands in JSON documents.
fn unversioned(text: &str) -> String {
    text.replace(&format!("\"wirepeel\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"wirepeel\":\"…\"")
}

#[test]
fn transactions_of_the_samples() {
    golden("pairs.txt", &good(&format!("dns {}", pairs())));
    golden("walk.txt", &good(&format!("dns {}", sample("dns-walk.pcapng"))));
    golden("walk.jsonl", &good(&format!("dns {} --format jsonl", sample("dns-walk.pcapng"))));
    golden("pairs.csv", &good(&format!("dns {} --format csv", pairs())));
    golden("pairs-stats.txt", &good(&format!("dns {} --stats", pairs())));
    golden("walk-stats.txt", &good(&format!("dns {} --stats", sample("dns-walk.pcapng"))));
    golden(
        "walk-stats.json",
        &unversioned(&good(&format!("dns {} --stats --format json", sample("dns-walk.pcapng")))),
    );
}

/// The values that tshark 4.0.17 prints with `-2`, but where it pairs by id alone:
/// packets 15 and 17 are another name, 32 and 33 go the same way, 26 to 28 are
/// LLMNR and 30 multicast DNS.
#[test]
fn fields_are_those_of_wireshark_in_its_second_pass() {
    let names = "dns.response_in dns.response_to dns.time dns.retransmission dns.retransmit_request_in \
                 dns.retransmit_response_in dns.unsolicited wirepeel.dns.unanswered wirepeel.dns.late";
    let fields: String = names.split_whitespace().map(|name| format!(" -e {name}")).collect();
    let out = good(&format!("fields {} -E separator=| -e frame.number{fields}", pairs()));
    let rows: Vec<&str> = out.lines().collect();
    let expected = [
        (1, "3||||||||"),
        (2, "|||1|1||||"),
        (3, "|1|1.010000000||||||"),
        (4, "|||1||3|||"),
        (5, "|||1||3|||"),
        (6, "7||||||||"),
        (7, "|6|0.025000000||||||"),
        (8, "||||||1||"),
        (9, "|||||||1|"),
        (10, "|||||||1|"),
        (11, "12||||||||"),
        (12, "|11|6.500000000||||||1"),
        (13, "|||1||12|||"),
        (14, "16||||||||"),
        (15, "17||||||||"),
        (17, "|15|0.019000000||||||"),
        (19, "|18|0.004000000||||||"),
        (20, "21,21||||||||"),
        (21, "|20,20|0.030000000,0.030000000||||||"),
        (23, "|22|0.008000000||||||"),
        (25, "||||||||"),
        (26, "27||||||||"),
        (28, "|||1||27|||"),
        (30, "||||||||"),
        (31, "|||||||1|"),
        (32, "||||||||"),
        (33, "||||||1||"),
    ];
    for (number, cells) in expected {
        assert_eq!(rows[number - 1], format!("{number}|{cells}"), "packet {number}");
    }
}

#[test]
fn chosen_by_time_and_by_filter() {
    let packets = |arguments: &str| -> Vec<String> {
        let out = good(&format!("dns {} --format tsv {arguments}", pairs()));
        out.lines().skip(1).map(|line| line.split('\t').nth(3).unwrap().to_owned()).collect()
    };
    // Those without an answer are slow too.
    assert_eq!(packets("--slow 1000"), ["1", "9", "10", "11", "24", "29", "31", "32"]);
    assert_eq!(packets("-Y dns.flags.rcode==3"), ["6"], "the answer matches, the whole transaction is told");
    assert_eq!(packets("-Y dns.retransmission"), ["1", "11", "26"]);
    assert_eq!(packets("-Y dns.response_in==21"), ["20", "20"]);
    assert!(failing(&format!("dns {} --stats --format csv", pairs())).contains("json"));
    let none = good(&format!("dns {}", sample("tls.pcap")));
    assert!(none.contains("no DNS in this capture"), "{none}");
}

#[test]
fn caches_at_a_moment() {
    let walk = sample("dns-walk.pcapng");
    golden("walk-cache.txt", &good(&format!("dns {walk} --cache-at 2")));
    let cache = sample("dns-cache.pcap");
    golden("cache-5.txt", &good(&format!("dns {cache} --cache-at 5")));
    golden(
        "nxdomain-cache.jsonl",
        &good(&format!("dns {} --cache-at 1 --format jsonl", sample("dns-nxdomain.pcap"))),
    );
    // Nothing has come before the first answer.
    assert_eq!(good(&format!("dns {walk} --cache-at 0 --format csv")).lines().count(), 1);
    assert_eq!(run_code(&format!("dns {walk} --cache-at soon")), Some(2));
}

fn run_code(arguments: &str) -> Option<i32> {
    crate::run(arguments).code
}
