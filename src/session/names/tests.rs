//! Of several names the right one, never one from the future; hostile messages
//! tell nothing wrong and end.

use super::book::{NameBook, Telling};
use super::name::NameSource;
use super::told::{self, How, Told};
use crate::decode::proto::dns::view::Message;
use std::net::IpAddr;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn telling(packet: u64, address: &str, name: &str, source: NameSource, client: &str) -> Telling {
    let client = (!client.is_empty()).then(|| ip(client));
    let (address, name) = (ip(address), name.to_owned());
    Telling { packet, address, name, source, client, transaction: Some(packet as u32), ttl: 60 }
}

fn name(book: &NameBook, address: &str, peer: &str, last: u64) -> Option<(String, NameSource)> {
    let peer = (!peer.is_empty()).then(|| ip(peer));
    book.name(ip(address), peer, last, None).map(|name| (name.name.to_string(), name.source))
}

/// A name that a later packet tells was not known before.
#[test]
fn no_name_comes_from_the_future() {
    let mut book = NameBook::default();
    book.add(&telling(5, "192.0.2.1", "a.example", NameSource::Dns, "10.0.0.1"));
    assert_eq!(name(&book, "192.0.2.1", "10.0.0.1", 4), None);
    assert!(name(&book, "192.0.2.1", "10.0.0.1", 5).is_some());
    assert!(
        book.lookup(ip("192.0.2.1"), ip("10.0.0.1"), 5, None).is_none(),
        "the answer itself is no use of it"
    );
    assert!(book.lookup(ip("192.0.2.1"), ip("10.0.0.1"), 6, None).is_some());
    // Over the whole capture it is known.
    assert!(name(&book, "192.0.2.1", "", u64::MAX).is_some());
}

/// Many names share one address: what the client itself asked for last is meant.
#[test]
fn a_clients_own_newest_question_comes_before_those_of_others() {
    let mut book = NameBook::default();
    let dns = NameSource::Dns;
    for (packet, asked, client) in
        [(1, "a.example", "10.0.0.1"), (2, "b.example", "10.0.0.2"), (3, "c.example", "10.0.0.1")]
    {
        book.add(&telling(packet, "192.0.2.1", asked, dns, client));
    }
    let found = |peer, last| name(&book, "192.0.2.1", peer, last).map(|found| found.0);
    assert_eq!(found("10.0.0.1", 2).as_deref(), Some("a.example"));
    assert_eq!(found("10.0.0.1", 9).as_deref(), Some("c.example"));
    assert_eq!(found("10.0.0.2", 9).as_deref(), Some("b.example"));
    assert_eq!(found("10.0.0.3", 9).as_deref(), Some("c.example"), "the newest of others");
    // The name that the flow itself bears picks the lookup, be it older.
    let lookup = |named| book.lookup(ip("192.0.2.1"), ip("10.0.0.1"), 9, named).unwrap();
    assert_eq!((lookup(None).answer, lookup(Some("a.example")).answer), (3, 1));
    assert_eq!(lookup(Some("elsewhere.example")).answer, 3);
    let other = book.lookup(ip("192.0.2.1"), ip("10.0.0.9"), 9, None).unwrap();
    assert_eq!((other.answer, other.client), (3, Some(ip("10.0.0.1"))));
}

/// As many clients as there may be ask for one address, in turns: each finds its own
/// newest answer, however the lists are kept.
#[test]
fn clients_in_turns_find_their_own_answers() {
    let mut book = NameBook::default();
    let client = |at: u64| IpAddr::from([10, 0, 0, at as u8]);
    let mut told: Vec<(u64, u64)> = Vec::new();
    for packet in 0..200_u64 {
        let asker = if packet < 20 { 1 } else { packet * packet % 7 };
        let source = if packet % 3 == 0 { NameSource::Along } else { NameSource::Dns };
        let one = telling(packet, "192.0.2.1", &format!("{packet}.example"), source, "10.0.0.1");
        book.add(&Telling { client: Some(client(asker)), ..one });
        told.push((packet, asker));
        for end in [packet / 2, packet + 1] {
            for asker in 0..8 {
                let own = |along: bool| {
                    let mut own = told.iter().rev().filter(|one| one.1 == asker && one.0 < end);
                    own.find(|one| (one.0 % 3 == 0) == along).map(|one| one.0)
                };
                let others =
                    |along: bool| told.iter().rev().find(|one| one.0 < end && (one.0 % 3 == 0) == along);
                let expected = own(false).or(own(true)).or(others(false).or(others(true)).map(|one| one.0));
                let found =
                    book.lookup(ip("192.0.2.1"), client(asker), end, None).map(|lookup| lookup.answer);
                assert_eq!(found, expected, "client {asker} before {end} of {packet}");
            }
        }
    }
}

/// The order of trust, from the least: each further source wins over those before.
#[test]
fn trusted_sources_come_first() {
    let mut book = NameBook::default();
    let all = [
        (NameSource::Ptr, "10.0.0.2"),
        (NameSource::Along, "10.0.0.2"),
        (NameSource::Dhcp, ""),
        (NameSource::Dns, "10.0.0.2"),
        (NameSource::Llmnr, "10.0.0.2"),
        (NameSource::Mdns, ""),
        (NameSource::Along, "10.0.0.1"),
        (NameSource::Dns, "10.0.0.1"),
    ];
    // From the most trusted to the least in time: it is not the newest that wins.
    for (at, (source, client)) in all.iter().enumerate() {
        let told = telling(100 - at as u64, "192.0.2.1", &format!("name-{at}"), *source, client);
        book = NameBook::default();
        for (at, (source, client)) in all.iter().enumerate().take(at + 1).rev() {
            book.add(&telling(100 - at as u64, "192.0.2.1", &format!("name-{at}"), *source, client));
        }
        assert_eq!(name(&book, "192.0.2.1", "10.0.0.1", 100), Some((told.name, *source)));
    }
    // What the file lists stands between the client's own questions and all others.
    let file = |peer| book.name(ip("192.0.2.1"), Some(ip(peer)), 100, Some("listed")).unwrap().source;
    assert_eq!((file("10.0.0.1"), file("10.0.0.2")), (NameSource::Dns, NameSource::Dns));
    assert_eq!(file("10.0.0.3"), NameSource::File);
}

#[test]
fn what_a_client_calls_its_server_is_of_that_flow_and_of_that_end() {
    let mut book = NameBook::default();
    book.add_said(7, &telling(4, "192.0.2.1", "tls.example", NameSource::Sni, ""));
    book.add_said(7, &telling(6, "192.0.2.1", "other.example", NameSource::Http, ""));
    let said = book.said(7, ip("192.0.2.1")).unwrap();
    assert_eq!((&*said.name, said.source, said.packet), ("tls.example", NameSource::Sni, Some(4)));
    assert!(book.said(7, ip("10.0.0.1")).is_none() && book.said(8, ip("192.0.2.1")).is_none());
    // Nobody looked that address up: a name without a lookup.
    assert!(book.lookup(ip("192.0.2.1"), ip("10.0.0.1"), 9, None).is_none());
    assert_eq!(name(&book, "192.0.2.1", "10.0.0.2", 9).unwrap().1, NameSource::Sni);
    assert_eq!(name(&book, "192.0.2.1", "10.0.0.2", 3), None);
}

/// However many names somebody sends, the book stops growing and says so.
#[test]
fn a_flood_of_names_is_counted_not_kept() {
    let left_out = |book: &NameBook| book.left_out().unwrap_or_default();
    let mut book = NameBook::default();
    for at in 0..600_000_u32 {
        let address = IpAddr::from(at.to_be_bytes());
        let name = format!("{at}.example");
        let source = NameSource::Dns;
        let client = Some(ip("10.0.0.1"));
        book.add(&Telling { packet: at.into(), address, name, source, client, transaction: None, ttl: 1 });
    }
    assert_eq!(book.len(), 1 << 18);
    assert!(left_out(&book).starts_with("337856 names more"));
    let long = "x".repeat(2000);
    book.add(&telling(600_001, "10.0.0.1", &long, NameSource::Dns, "10.0.0.1"));
    assert!(left_out(&book).starts_with("337857 names more"));
    assert!(name(&book, "0.0.0.7", "10.0.0.1", 600_000).is_some(), "what is kept is still found");
}

/// A DNS message: header counts, then parts as they are.
fn dns(counts: [u16; 3], parts: &[&[u8]]) -> Vec<Told> {
    let [questions, answers, additional] = counts;
    let mut bytes = vec![0, 7, 0x81, 0x80];
    for count in [questions, answers, 0, additional] {
        bytes.extend(count.to_be_bytes());
    }
    bytes.extend(parts.concat());
    told::dns(&Message::new(&bytes).unwrap())
}

const QUESTION: &[u8] = b"\x03WwW\x02kr\0\0\x01\0\x01";

fn record(owner: &[u8], kind: u8, ttl: u32, data: &[u8]) -> Vec<u8> {
    let ttl = ttl.to_be_bytes();
    [owner, &[0, kind, 0, 1], &ttl, &[0, data.len() as u8], data].concat()
}

/// Asked for `www`, given through two aliases: it is `www` that the address was
/// looked up by, for as long as the shortest of the chain lives.
#[test]
fn aliases_lead_from_the_question_to_the_address() {
    let told = dns(
        [1, 3, 1],
        &[
            QUESTION,
            &record(b"\x01c\0", 1, 600, &[192, 0, 2, 1]),
            &record(b"\xc0\x0c", 5, 300, b"\x01b\0"),
            &record(b"\x01b\0", 5, 20, b"\x01c\0"),
            &record(b"\x02ns\0", 1, 50, &[192, 0, 2, 2]),
        ],
    );
    let expected = [("www.kr", "192.0.2.1", 20, How::Answer), ("ns", "192.0.2.2", 50, How::Along)];
    let expected = expected.map(|(name, address, ttl, how)| Told {
        address: ip(address),
        name: name.to_owned(),
        ttl,
        how,
    });
    assert_eq!(told, expected);
}

/// Aliases in a circle end, and an address that the question does not lead to is
/// not claimed to be its answer.
#[test]
fn circles_of_aliases_and_strangers_are_no_answer() {
    let circle = [
        QUESTION,
        &record(b"\xc0\x0c", 5, 300, b"\x01b\0"),
        &record(b"\x01b\0", 5, 20, b"\x03www\x02kr\0"),
        &record(b"\x01x\0", 1, u32::MAX, &[192, 0, 2, 1]),
    ];
    let told = dns([1, 3, 0], &circle);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].name.as_str(), told[0].how, told[0].ttl), ("x", How::Along, 0));
    // A name that points to itself, one that is the root, and a query.
    let broken = record(b"\xc0\x1c", 1, 5, &[192, 0, 2, 1]);
    assert_eq!(dns([1, 2, 0], &[QUESTION, &broken, &record(b"\0", 1, 5, &[192, 0, 2, 1])]), []);
    let query =
        [&b"\0\x07\x01\0\0\x01\0\x01\0\0\0\0"[..], QUESTION, &record(b"\xc0\x0c", 1, 5, &[1, 2, 3, 4])]
            .concat();
    assert_eq!(told::dns(&Message::new(&query).unwrap()), []);
}

#[test]
fn an_address_that_was_asked_about_has_the_answers_name() {
    let v4 = b"\x011\x012\x010\x03192\x07in-addr\x04arpa\0";
    let mut v6 = Vec::new();
    for digit in "1000000000000000000000008bd01002".chars().map(|c| c as u8) {
        v6.extend([1, digit]);
    }
    v6.extend(b"\x03ip6\x04arpa\0");
    let parts = [
        record(v4, 12, 5, b"\x01h\0"),
        record(&v6, 12, 5, b"\x01i\0"),
        record(b"\x03300\x012\x010\x03192\x07in-addr\x04arpa\0", 12, 5, b"\x01j\0"),
    ];
    let told = dns([0, 3, 0], &[&parts[0], &parts[1], &parts[2]]);
    let found: Vec<_> = told.iter().map(|told| (told.address, told.name.as_str(), told.how)).collect();
    assert_eq!(found, [(ip("192.0.2.1"), "h", How::Reverse), (ip("2001:db8::1"), "i", How::Reverse)]);
}

fn dhcp(kind: u8, yours: [u8; 4], options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 236];
    bytes[0] = if kind == 5 { 2 } else { 1 };
    bytes[16..20].copy_from_slice(&yours);
    bytes.extend([99, 130, 83, 99, 53, 1, kind]);
    bytes.extend(options);
    bytes
}

#[test]
fn a_lease_gives_a_name_its_address() {
    let request = told::dhcp(&dhcp(3, [0; 4], b"\x0c\x05Alice\xff")).unwrap();
    assert_eq!((request.name.as_deref(), request.given), (Some("alice"), None));
    let full = told::dhcp(&dhcp(3, [0; 4], b"\x0c\x05Alice\x51\x0c\x04\0\0\x05alice\x02kr\0\xff")).unwrap();
    assert_eq!(full.name.as_deref(), Some("alice.kr"));
    let ack = told::dhcp(&dhcp(5, [10, 0, 0, 7], b"\xff")).unwrap();
    assert_eq!((ack.name, ack.given, ack.client), (None, Some(ip("10.0.0.7")), request.client));
    // An offer gives nothing yet; options that reach beyond the end are none.
    assert_eq!(told::dhcp(&dhcp(2, [10, 0, 0, 7], b"\xff")).unwrap().given, None);
    assert_eq!(told::dhcp(&dhcp(3, [0; 4], b"\x0c\xffAlice")).unwrap().name, None);
    assert_eq!(told::dhcp(b"short"), None);
}

/// A client's hello with one extension before that of the name.
fn hello(name: &[u8]) -> Vec<u8> {
    let len = name.len() as u8;
    let sni = [&[0, 0, 0, len + 5, 0, len + 3, 0, 0, len], name].concat();
    let extensions = [&[0x0a, 0x0a, 0, 1, 0][..], &sni].concat();
    let mut body = vec![3, 3];
    body.extend([0; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0, 0, extensions.len() as u8]);
    body.extend(extensions);
    let mut bytes = vec![22, 3, 1, 0, body.len() as u8 + 4, 1, 0, 0, body.len() as u8];
    bytes.extend(body);
    bytes
}

#[test]
fn a_hello_names_the_server_and_half_a_hello_does_not() {
    let bytes = hello(b"Www.Example");
    assert_eq!(told::hello_length(&bytes), Some(bytes.len()));
    assert_eq!(told::server_name(&bytes).as_deref(), Some("www.example"));
    for end in 0..bytes.len() {
        assert_eq!(told::server_name(&bytes[..end]), None, "{end}");
    }
    assert_eq!(told::server_name(&hello(b"a\x1b[1m")).as_deref(), Some("a\\x1b[1m"));
    assert_eq!(told::hello_length(b"\x16\x03\x03\0\x40\x02"), None, "a server's hello");
}

#[test]
fn a_request_names_its_host_but_one_for_a_proxy_another() {
    let host = |head: &str| told::http_host(head.as_bytes());
    assert_eq!(host("GET / HTTP/1.1\r\nhOST: Www.Example:8080\r\n\r\n").as_deref(), Some("www.example"));
    assert_eq!(host("GET / HTTP/1.1\r\nHost: www.example\r\nCookie: cut o").as_deref(), Some("www.example"));
    assert_eq!(host("GET http://www.example/ HTTP/1.1\r\nHost: www.example\r\n\r\n"), None);
    assert_eq!(host("GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n"), None);
    assert_eq!(host("GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"), None);
    assert_eq!(host("HTTP/1.1 200 OK\r\n\r\n"), None);
}

proptest::proptest! {
    /// Whatever somebody sends: it is read to its end, and no name is longer than
    /// what was sent can spell.
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), cut in 0_usize..600) {
        let limit = 4 * bytes.len().max(64);
        if let Some(message) = Message::new(&bytes) {
            for told in told::dns(&message) {
                proptest::prop_assert!(told.name.len() <= limit.max(1024));
            }
        }
        let mut sound = hello(b"www.example");
        sound.splice(9.min(cut)..cut.clamp(9, 40), bytes.iter().copied().take(40));
        let mut lease = dhcp(5, [10, 0, 0, 7], &bytes);
        lease.truncate(cut.max(240));
        for bytes in [&bytes, &sound, &lease] {
            let _ = (told::server_name(bytes), told::http_host(bytes), told::dhcp(bytes));
        }
    }
}

/// Catches a packet that bears another name than its flow, because the address was looked up
/// anew for another flow meanwhile.
#[test]
fn a_packet_bears_the_name_that_its_flow_began_with() {
    let mut book = NameBook::default();
    let (server, client) = ("192.0.2.1", "10.0.0.1");
    let told = |packet, name, source| telling(packet, server, name, source, client);
    book.add(&told(1, "a.example", NameSource::Dns));
    book.add(&told(9, "b.example", NameSource::Dns));
    let shown = |book: &NameBook, flow, first, id| {
        let found = book.name_in(NameBook::name, flow, ip(server), Some(ip(client)), (first, id), None);
        found.map(|name| name.name.to_string())
    };
    assert_eq!(shown(&book, 3, 5, 12).as_deref(), Some("a.example"), "looked up before it began");
    assert_eq!(shown(&book, 4, 10, 12).as_deref(), Some("b.example"));
    assert_eq!(shown(&book, 5, 0, 0), None, "never one from the future");
    assert_eq!(shown(&book, 5, 0, 12).as_deref(), Some("b.example"), "else the newest of the moment");
    // Its own word decides, from when it is said.
    book.add_said(6, &told(12, "a.example", NameSource::Http));
    book.add_said(7, &told(12, "c.example", NameSource::Sni));
    assert_eq!(shown(&book, 6, 10, 11).as_deref(), Some("b.example"));
    assert_eq!(shown(&book, 6, 10, 12).as_deref(), Some("a.example"));
    assert_eq!(shown(&book, 7, 10, 11).as_deref(), Some("b.example"));
    assert_eq!(shown(&book, 7, 10, 13).as_deref(), Some("c.example"));
}
