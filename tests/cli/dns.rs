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

/// Made by `make_walks.py`.
fn walks() -> String {
    format!("{}/tests/transactions/walks.pcap", env!("CARGO_MANIFEST_DIR"))
}

/// Made by `make_answers.py`.
fn answers() -> String {
    format!("{}/tests/transactions/answers.pcap", env!("CARGO_MANIFEST_DIR"))
}

/// A query that ICMP refused was not lost; and every type has its own form.
#[test]
fn refused_queries_are_told_from_lost_ones() {
    let text = good(&format!("dns {}", answers()));
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(line("refused.kr").ends_with("ICMP: port unreachable, packet 38"), "{}", line("refused.kr"));
    assert!(line("silent.kr").ends_with("no answer"));
    let rows = good(&format!("dns {} --format jsonl", answers()));
    assert_eq!(rows.matches(r#""refused_packet":38"#).count(), 1);
    let stats = good(&format!("dns {} --stats --format jsonl", answers()));
    assert!(stats.contains(r#""refused":1"#), "{stats}");
}

/// Whatever the reason, what ICMP refused is refused wherever it is told, and neither
/// unanswered nor waiting as well.
#[test]
fn refused_queries_are_nothing_else_anywhere() {
    let file = format!("{}/tests/transactions/refused.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("refused.txt", &good(&format!("dns {file}")));
    golden("refused-stats.txt", &good(&format!("dns {file} --stats")));
    golden("refused-walk.txt", &good(&format!("dns {file} --walk=www.zone.kr")));
    let outcomes = good(&format!("dns {file} --format csv"));
    let of = |outcome: &str| outcomes.lines().filter(|row| row.split(',').nth(2) == Some(outcome)).count();
    assert_eq!((of("refused"), of("unanswered"), of("waiting")), (16, 5, 1));
    let walk = good(&format!("dns {file} --walk --format jsonl"));
    assert_eq!(walk.matches(r#""told":"refused""#).count(), 16);
    let fields =
        good(&format!("fields {file} -e frame.number -e wirepeel.dns.refused_in -e wirepeel.dns.unanswered"));
    assert!(
        fields.lines().any(|line| line == "42\t43\t") && fields.lines().any(|line| line == "50\t\t1"),
        "{fields}"
    );
    assert_eq!(
        troubles(&file),
        ["refused 16", "repeated 1", "truncated 1", "unanswered 4", "waiting 1"],
        "LLMNR left out"
    );
}

/// Newer answers replace older ones, and say that a name is not there or that it is;
/// what stands beside an answer replaces none; more than 2^31 s are no time.
#[test]
fn caches_hold_what_was_said_last() {
    let answers = answers();
    golden("answers-cache.txt", &good(&format!("dns {answers} --cache-at 1")));
    let rows = |time: &str| good(&format!("dns {answers} --cache-at {time} --format csv"));
    let has = |time: &str, what: &str| rows(time).lines().any(|row| row.contains(what));
    assert!(has("0.215", ",new.kr,any,NXDOMAIN") && !has("0.235", ",new.kr,any"), "the name came to be");
    assert!(has("0.255", ",ends.kr,A,records") && !has("0.275", ",ends.kr,A,"), "the name ceased to be");
    assert!(has("0.295", ",v6.kr,A,NODATA") && !has("0.315", ",v6.kr,A,NODATA"));
    assert!(has("1", "198.51.100.5") && !has("1", "198.51.100.99"), "the glue");
    assert!(!has("1", "huge"), "a TTL of 2^31 s and more is none");
    assert!(good(&format!("dns {answers}")).contains("a TTL of 2^31 s or more counts as 0"));
    assert!(
        has("0.05", ",real.kr,AAAA,NODATA")
            && has("1", ",gone.kr,any,NXDOMAIN")
            && !has("1", ",bare.kr,AAAA")
    );
}

/// What is not there is said, of the name behind the aliases, wherever an answer is told.
#[test]
fn answers_say_what_is_not_there() {
    let answers = answers();
    golden("answers.txt", &good(&format!("dns {answers}")));
    golden("answers-walk.txt", &good(&format!("dns {answers} --walk")));
    golden("answers-stats.txt", &good(&format!("dns {answers} --stats")));
    let rows = good(&format!("dns {answers} --format jsonl"));
    let denied: Vec<&str> = rows
        .lines()
        .map(|row| {
            row.split_once(r#""denied":"#).and_then(|(_, rest)| rest.split_once(r#","used_by""#)).unwrap().0
        })
        .collect();
    assert_eq!(denied[0], r#""NODATA","denied_name":"real.kr","denied_ttl":50"#);
    assert_eq!(denied[1], r#""NXDOMAIN","denied_name":"gone.kr","denied_ttl":50"#);
    assert_eq!(denied[4], r#""NODATA","denied_name":"real.kr","denied_ttl":null"#);
    for nothing in [5, 6, 7, 8] {
        assert_eq!(
            denied[nothing],
            r#"null,"denied_name":null,"denied_ttl":null"#,
            "{}",
            rows.lines().nth(nothing).unwrap()
        );
    }
    let walk = good(&format!("dns {answers} --walk=www.kr --format jsonl"));
    assert!(walk.contains(r#""told":"no_data""#), "{walk}");
    let stats = good(&format!("dns {answers} --stats --format jsonl"));
    assert!(stats.contains(r#""nodata":4"#), "{stats}");
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

/// Made by `make_streams.py`: DNS over TCP in segments that come in the wrong order, again,
/// around others, cut off or never. Nothing is lost, and nothing told twice.
#[test]
fn transactions_in_mangled_streams() {
    let capture = format!("{}/tests/transactions/streams.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("streams.txt", &good(&format!("dns {capture}")));
    golden("streams-packets.txt", &good(&format!("packets {capture}")));
    let is_of_dns = |line: &&str| {
        let words =
            ["Frame, ", "Domain Name System", "Came before", "continued", "Whole", "Answer perhaps", "until"];
        words.iter().any(|word| line.contains(word))
    };
    let tree = good(&format!("tree {capture} 4 5 8 9 10 11 12 13 14 18 20 21 22 23 26 27 31 44 45"));
    let lines: Vec<&str> = tree.lines().filter(is_of_dns).collect();
    golden("streams-trees.txt", &(lines.join("\n") + "\n"));
}

/// In bodies and in paths, paired by stream: all have the same id.
#[test]
fn transactions_over_http() {
    let capture = format!("{}/tests/golden/http2.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("doh.txt", &good(&format!("dns {capture}")));
    golden("doh.jsonl", &good(&format!("dns {capture} --format jsonl")));
}

/// Made by `make_doh.py`: messages that are in several frames and segments are told where
/// their side of the stream ends, with what earlier packets put into the tables.
#[test]
fn messages_over_http_are_put_together() {
    let capture = format!("{}/tests/transactions/doh.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("doh-streams.txt", &good(&format!("dns {capture}")));
    golden("dns-https.txt", &good(&format!("dns {}", sample("dns-https.pcap"))));
    golden("doh-streams-packets.txt", &good(&format!("packets {capture}")));
    let is_of_stream = |line: &&str| {
        let words = ["Stream: ", "Header: ", "Frame continued", "Domain Name System", "Frame, "];
        words.iter().any(|word| line.contains(word))
    };
    for (name, capture, packets) in [
        ("doh-streams-trees.txt", capture, "10 12 14 16 17 22 23 26 30 39"),
        ("dns-https-trees.txt", sample("dns-https.pcap"), "6 26 45 48 50 52 53 55"),
    ] {
        let tree = good(&format!("tree {capture} {packets}"));
        let lines: Vec<&str> = tree.lines().filter(is_of_stream).collect();
        golden(name, &(lines.join("\n") + "\n"));
    }
}

/// Made by `make_names.py`: the lookup that each flow followed, be it older than
/// another's, and what was used without one.
#[test]
fn flows_follow_lookups() {
    let names = format!("{}/tests/transactions/names.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("names-used.txt", &good(&format!("dns {names} --used")));
    golden("names-used.csv", &good(&format!("dns {names} --used --format csv")));
    golden("names-unlooked.txt", &good(&format!("dns {names} --unlooked")));
    golden("names-unlooked.jsonl", &good(&format!("dns {names} --unlooked --format jsonl")));
    golden("names-flows.txt", &good(&format!("flows {names} --names")));
    golden("names-packets.txt", &good(&format!("packets {names} --names")));
    golden("visit-used.txt", &good(&format!("dns {} --used", sample("dns-visit.pcap"))));
    golden("tls-visit-used.txt", &good(&format!("dns {} --used", sample("tls-visit.pcap"))));
    golden("tls-visit-flows.txt", &good(&format!("flows {} --names -Y tls", sample("tls-visit.pcap"))));
    golden("tls-visit-unlooked.txt", &good(&format!("dns {} --unlooked", sample("tls-visit.pcap"))));
    golden("visit-unlooked.txt", &good(&format!("dns {} --unlooked", sample("dns-visit.pcap"))));
}

/// The hello of a QUIC client is encrypted, with keys that everyone can derive, and may
/// take two datagrams: the name in it stands beside the address like any other.
#[test]
fn names_in_quic_hellos_are_told() {
    let quic = sample("quic.pcap");
    golden("quic-packets.txt", &good(&format!("packets {quic} --names")));
    golden("quic-flows.txt", &good(&format!("flows {quic} --names")));
    let hellos = good(&format!(
        "fields {quic} -e frame.number -e quic.version -e tls.handshake.extensions_server_name -e frame.protocols \
         -Y tls.handshake.type==1"
    ));
    assert_eq!(
        hellos.lines().collect::<Vec<_>>(),
        [
            "4\t0x00000001\twww.example.kr\teth:ethertype:ip:udp:quic:tls",
            "15\t0x6b3343cf\tshop.example.kr\teth:ethertype:ip:udp:quic:tls",
            "25\t0x00000001\twww.example.kr\teth:ethertype:ip:udp:quic:tls",
            "37\t0x00000001\twww.example.kr\teth:ethertype:ip:udp:quic:tls",
        ],
        "each hello once, where it is whole"
    );
}

/// Without `--names` addresses stay, whatever the packets tell; with `-n` nothing is named.
#[test]
fn names_that_packets_tell_are_shown_when_asked_for() {
    let names = format!("{}/tests/transactions/names.pcap", env!("CARGO_MANIFEST_DIR"));
    let packets = good(&format!("packets {names}"));
    assert!(packets.contains("10.0.0.10       → 198.51.100.7") && !packets.contains("alice"), "{packets}");
    let row = |options: &str| {
        let rows = good(format!("packets {names} --format jsonl {options}").trim_end());
        rows.lines().nth(26).unwrap().to_owned()
    };
    assert!(
        row("").contains(r#""source":"10.0.0.10""#)
            && row("").contains(r#""source_name":null,"destination_name":null,"source_name_source":null"#)
    );
    let named = row("--names");
    assert!(named.contains(r#""source":"10.0.0.10""#), "{named}");
    assert!(named.contains(r#""source_name":"alice","destination_name":"www.shop.test""#), "{named}");
    assert!(named.ends_with(r#""source_name_source":"dhcp","destination_name_source":"sni"}"#), "{named}");
    let flow = |options: &str| {
        good(format!("flows {names} --format jsonl {options}").trim_end()).lines().nth(9).unwrap().to_owned()
    };
    let told = r#""name":"www.shop.test","name_source":"sni","name_packet":27,"lookup":0,"lookup_name":"www.shop.test","lookup_source":"dns","lookup_query_packet":3,"lookup_packet":4,"lookup_client":"10.0.0.10","lookup_by_other":false,"answer_age":"40.020000000","answer_ttl":30,"answer_expired":true,"lookup_outcome":"answered","a_name_source":"dhcp","b_name_source":"sni"}"#;
    assert!(flow("").ends_with(told), "{}", flow(""));
    assert!(flow("").contains(r#""a_name":"alice""#));
    assert!(flow("-n").contains(r#""name":null,"name_source":null"#) && !flow("-n").contains("alice"));
    let hosts = good(&format!("flows {names} --by host --format csv"));
    assert!(hosts.contains("\n198.51.100.7,api.test,") && hosts.contains("\n203.0.113.6,,"), "{hosts}");
    let stats = good(&format!("stats {names} --section conversations --names"));
    assert!(stats.contains("alice") && stats.contains("printer.local"), "{stats}");
    assert!(!good(&format!("stats {names} --section conversations")).contains("alice"));
    let dns = good(&format!("dns {names} --format jsonl"));
    assert!(dns.lines().next().unwrap().contains(r#""used_by":["4","9"],"#), "{dns}");
}

/// Names of hosts as fields: known from the packet that told them on, whichever packet
/// is asked for first, and in no tree that was not asked for them.
#[test]
fn filters_and_fields_know_the_names_of_hosts() {
    let names = format!("{}/tests/transactions/names.pcap", env!("CARGO_MANIFEST_DIR"));
    let fields = good(&format!(
        "fields {names} -E separator=| -e frame.number -e ip.src_host -e ip.dst_host -e ip.host"
    ));
    let rows: Vec<&str> = fields.lines().collect();
    assert_eq!((rows[0], rows[1], rows[2]), ("1|||", "2||alice|alice", "3|alice||alice"));
    assert_eq!(rows[6], "7|alice|www.shop.test|alice,www.shop.test");
    assert_eq!(rows[31], "32||alice|alice", "an address that is asked about only later");
    let found = |filter: &str| {
        let rows = good(&format!("fields {names} -e frame.number -Y {filter}"));
        rows.lines().map(|row| row.parse::<u32>().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("ip.dst_host==\"api.test\""), [23, 24, 26]);
    assert_eq!(found("ip.host==\"late.test\""), [35]);
    assert_eq!(found("ip.host==\"www.shop.test\"&&tls"), [10, 27]);
    let tree = |options: &str| good(&format!("tree {names} 27{options}"));
    assert!(
        tree(" --names")
            .contains("[Destination Host: www.shop.test (the client's TLS hello (SNI), packet 27)]")
    );
    assert!(!tree("").contains("Host: ") && !tree(" -n").contains("Host: "));
}

/// The values that tshark 4.0.17 prints with `-2`, but where it pairs by id alone:
/// packets 15 and 17 are another name, 32 and 33 go the same way. What is asked of all
/// (26 to 30) it does not pair.
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
        (26, "||||||||"),
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

/// Every message that is wrong or odd is counted, by kind; of some packets too.
/// What `stats` counts of DNS among the problems, by name.
fn troubles(arguments: &str) -> Vec<String> {
    let out = good(&format!("stats {arguments} --section problems --format csv"));
    let cells = out.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let of_dns = cells.filter_map(|cells| Some(format!("{} {}", cells[1].strip_prefix("DNS ")?, cells[2])));
    let mut of_dns: Vec<String> = of_dns.collect();
    of_dns.sort();
    of_dns
}

#[test]
fn troubles_are_counted() {
    let lost = sample("dns-lost.pcap");
    assert_eq!(troubles(&lost), ["failed 1", "repeated 13", "unanswered 12", "waiting 2"], "{lost}");
    let all = [
        "failed 1",
        "further answer 3",
        "late 1",
        "no such name 1",
        "refused 1",
        "repeated 2",
        "unanswered 3",
        "unasked 2",
        "waiting 1",
    ];
    assert_eq!(troubles(&pairs()), all);
    assert_eq!(troubles(&format!("{} -Y dns.flags.rcode==3", pairs())), ["no such name 1"]);
    assert_eq!(troubles(&sample("dns-truncated.pcap")), Vec::<String>::new(), "repeated over TCP");
}

#[test]
fn multicast_answers_tell_of_their_question_in_fields_of_their_own() {
    let names = "wirepeel.multicast.response_in wirepeel.multicast.response_to wirepeel.multicast.time dns.response_in dns.response_to";
    let fields: String = names.split_whitespace().map(|name| format!(" -e {name}")).collect();
    let out = good(&format!("fields {} -E separator=| -e frame.number{fields}", pairs()));
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!((rows[28], rows[29]), ("29|30||||", "30||29|0.050000000||"));
    // LLMNR has an id, but its answers come from elsewhere than its questions go to.
    assert_eq!((rows[25], rows[26]), ("26|27||||", "27||26|0.100000000||"));
}

#[test]
fn a_question_asked_again_says_where_it_was_tried_first() {
    let out = good(&format!("fields {} -e frame.number -e wirepeel.dns.tried_in", sample("dns-lost.pcap")));
    let tried: Vec<&str> = out.lines().filter(|line| !line.ends_with('\t')).collect();
    let expected = "2 1,6 5,19 18,20 18,21 15,22 18,30 29,37 36,38 36,39 36,44 36,45 36,51 29";
    assert_eq!(tried.join(","), expected.replace(' ', "\t"));
}

#[test]
fn chosen_by_time_and_by_filter() {
    let packets = |arguments: &str| -> Vec<String> {
        let out = good(&format!("dns {} --format tsv {arguments}", pairs()));
        out.lines().skip(1).map(|line| line.split('\t').nth(3).unwrap().to_owned()).collect()
    };
    // Those without an answer are slow too.
    assert_eq!(packets("--slow 1000"), ["1", "9", "10", "11", "24", "31", "32"]);
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
    // Asked again before it was over, by the client as well as by the resolver that fetches ahead.
    golden("cache-12.txt", &good(&format!("dns {cache} --cache-at 12")));
    golden(
        "nxdomain-cache.jsonl",
        &good(&format!("dns {} --cache-at 1 --format jsonl", sample("dns-nxdomain.pcap"))),
    );
    // Multicast DNS is told to all: each record by itself, from the host that has it.
    golden("mdns-cache.txt", &good(&format!("dns {} --cache-at 8", sample("mdns.pcap"))));
    // Nothing has come before the first answer.
    assert_eq!(good(&format!("dns {walk} --cache-at 0 --format csv")).lines().count(), 1);
    assert_eq!(run_code(&format!("dns {walk} --cache-at soon")), Some(2));
    // A moment that is in no packet is no mistake, but is said.
    for (moment, words) in [("-5", "5.000000 s before the first packet"), ("1e6", "after the last packet")] {
        let run = crate::run(&format!("dns {walk} --cache-at {moment}"));
        assert!(run.code == Some(0) && run.err.contains(words), "{}", run.err);
    }
}

/// Made by `make_fresh.py`: an answer is fresh, kept or stale by what its server asked for
/// the same meanwhile and by its TTL, each set by itself.
#[test]
fn answers_are_fresh_by_what_was_asked_for_them() {
    let fresh = format!("{}/tests/transactions/fresh.pcap", env!("CARGO_MANIFEST_DIR"));
    golden("fresh-cache.txt", &good(&format!("dns {fresh} --cache-at 98.5")));
    let row = |time: &str, start: &str| -> (String, String, String) {
        let rows = good(&format!("dns {fresh} --cache-at {time} --format tsv"));
        let cells: Vec<&str> = rows
            .lines()
            .map(|row| row.split('\t').collect())
            .find(|row: &Vec<&str>| row[1..4].join(" ") == start)
            .unwrap();
        (cells[13].to_owned(), cells[14].to_owned(), cells[7].to_owned())
    };
    let is = |time: &str, start: &str, freshness: &str, why: &str| {
        let (is, reason, _) = row(time, start);
        assert!(is == freshness && reason.contains(why), "{start} at {time}: {is}, {reason}");
    };
    is("1", "10.0.0.10 known.kr A", "fresh", "asked for it meanwhile, first in packet 2");
    // Another client's question was worked on.
    is("11", "10.0.0.10 known.kr A", "cached", "asked nobody for it meanwhile; TTL 290 of 300: 10 s old");
    is("11", "10.0.0.11 slow.jp A", "fresh", "in packet 7");
    // RFC 8767; RFC 8914, 4.4 and 4.20.
    is("32", "10.0.0.10 stale.kr A", "cached", "stale: the server says so (EDE 3)");
    assert_eq!(row("32", "10.0.0.10 stale.kr A").2, "5", "a stale answer's TTL is not its authority's");
    is("42", "10.0.0.10 known.kr A", "cached", "in packet 21, but got nothing by then: from its memory");
    is("46", "10.0.0.10 no.kr any", "cached", "(EDE 19)");
    is("51", "10.0.0.11 join.kr A", "fresh", "was asking for it already, in packet 26");
    is("61", "10.0.0.10 six.kr A", "fresh", "in packet 32");
    // Each set by itself.
    is("71", "10.0.0.10 www.shop.kr CNAME", "cached", "asked nobody for it");
    is("71", "10.0.0.10 edge.jp A", "fresh", "in packet 42");
    is("91", "10.0.0.10 one.kr A", "unknown", "");
    is("92.15", "10.0.0.10 two.kr A", "unknown", "");
    is("94", "10.0.0.10 three.kr A", "cached", "took 1.000 ms, 100.000 ms before");
    let rows = good(&format!("dns {fresh} --cache-at 98.5 --format csv"));
    assert!(rows.contains("www.victim.kr") && !rows.contains("ns.evil"), "leads there from nowhere");
    assert!(!rows.contains("long.kr"), "no part of a set: {rows}");
    is("98", "10.0.0.10 winpc A", "fresh", "10.0.0.9 answers for its own names (LLMNR)");
}

/// The same capture: both families of addresses, aliases from memory, work that goes on,
/// what waits in vain, and what is no lookup.
#[test]
fn walks_follow_what_a_resolver_does_elsewhere_and_later() {
    let fresh = format!("{}/tests/transactions/fresh.pcap", env!("CARGO_MANIFEST_DIR"));
    let text = good(&format!("dns {fresh} --walk"));
    golden("fresh-walk.txt", &text);
    let walk = |packet: u32| good(&format!("dns {fresh} --walk={packet}"));
    let has = |packet: u32, what: &str| assert!(walk(packet).contains(what), "{}", walk(packet));
    has(32, "   31, 34 ");
    has(32, "from 2001:db8::53, the same host as it seems");
    assert_eq!(walk(38).matches("www.half.kr A? 198.51.100.7").count(), 2, "{}", walk(38));
    has(42, "edge.jp, the name behind the alias");
    has(19, "10.0.0.53 goes on with the question in packet 15");
    has(65, "over TCP in packet 67: refused");
    has(75, "10.0.0.53 waited for others from 1.000 ms on, in vain");
    let rows = good(&format!("dns {fresh} --walk=75 --format jsonl"));
    assert!(rows.contains(r#""waits_from":"0.001000000""#), "{rows}");
    assert!(!text.contains("kr SOA?"), "no lookups");
}

fn run_code(arguments: &str) -> Option<i32> {
    crate::run(arguments).code
}

/// Each line was read against `samples/README.md` and the packets.
#[test]
fn walks_of_the_samples() {
    let names = ["walk.pcapng", "visit.pcap", "cname.pcap", "nxdomain.pcap", "truncated.pcap", "lost.pcap"];
    for name in names.into_iter().chain(["dnssec.pcap", "cache.pcap", "options.pcap"]) {
        let (stem, _) = name.split_once('.').unwrap();
        golden(&format!("{stem}-walk.txt"), &good(&format!("dns {} --walk", sample(&format!("dns-{name}")))));
    }
    golden("visit-walk.jsonl", &good(&format!("dns {} --walk --format jsonl", sample("dns-visit.pcap"))));
}

#[test]
fn walks_of_parallel_questions_circles_and_forwarders() {
    golden("walks-walk.txt", &good(&format!("dns {} --walk", walks())));
}

/// Catches names that a later packet told: who sees the query of packet 2 does not know yet what the
/// answer to it will call its server.
#[test]
fn names_in_walks_are_those_of_the_moment() {
    let walk = good(&format!("dns {} --walk=1 --names", sample("dns-visit.pcap")));
    let line = |packets: &str| walk.lines().find(|line| line.contains(packets)).unwrap().to_owned();
    assert!(line(" 2, 3 ").contains("├─ 192.0.2.1 (zone .)"), "{walk}");
    assert!(line(" 4, 5 ").contains("├─ ns.root.example (zone ~.)"), "{walk}");
}

/// Transactions of the lines of walks: the query's packet, and the line's parent.
fn lines(arguments: &str) -> Vec<(String, String)> {
    let out = good(&format!("dns {arguments} --format tsv"));
    let cells = |line: &str| -> Vec<String> { line.split('\t').map(str::to_owned).collect() };
    out.lines().skip(1).map(cells).map(|cells| (cells[5].clone(), cells[2].clone())).collect()
}

#[test]
fn every_query_is_in_some_walk() {
    for file in ["dns-visit.pcap", "dns-cname.pcap", "dns-lost.pcap", "dns-dnssec.pcap"].map(sample) {
        let listed: Vec<String> = good(&format!("dns {file} --format tsv"))
            .lines()
            .skip(1)
            .map(|line| line.split('\t').nth(3).unwrap().to_owned())
            .collect();
        let walked = lines(&format!("{file} --walk"));
        for packet in &listed {
            assert!(walked.iter().any(|(query, _)| query == packet), "{file}: packet {packet}");
        }
    }
}

#[test]
fn one_walk_is_chosen_by_name_or_packet() {
    let file = sample("dns-visit.pcap");
    let first = lines(&format!("{file} --walk=1"));
    assert_eq!(first.len(), 10, "the question, eight queries, and the line above those for a name server");
    // A packet of the resolver's leads to the question that it was sent for.
    for packet in ["17", "13", "14", "23"] {
        assert_eq!(lines(&format!("{file} --walk={packet}")), first, "packet {packet}");
    }
    let named = lines(&format!("{file} --walk=WWW.shop.example."));
    let roots: Vec<&str> =
        named.iter().filter(|(_, parent)| parent.is_empty()).map(|(packet, _)| packet.as_str()).collect();
    assert_eq!(roots, ["1", "29", "30"]);
    for format in ["text", "json"] {
        let none = crate::run(&format!("dns {file} --walk=nobody.example --format {format}"));
        assert_eq!((none.code, none.out.as_str()), (Some(2), ""), "{format}");
        assert!(none.err.contains("no question of this capture asks for nobody.example"), "{}", none.err);
    }
    assert!(good(&format!("dns {} --walk", sample("tls.pcap"))).contains("no question of DNS"));
    assert!(failing(&format!("dns {file} --walk=18")).contains("packet 18 has no DNS message"));
    assert!(failing(&format!("dns {file} --walk=0")).contains("counted from 1"));
}
