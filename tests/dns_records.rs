//! Record data, from bytes: every type that hickory-proto knows is told field by
//! field. A type that a newer hickory-proto brings has no bytes here and fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};
use wirepeel::base::LinkType;
use wirepeel::decode::sinks::{NodeKind, Tree};
use wirepeel::decode::{Facts, Frame, Registry, Scratch};

/// Raw IPv4.
const LINK: LinkType = LinkType(228);
/// Where record data begins: IPv4, UDP, the header, a question for `x`, the record's head.
const DATA: usize = 20 + 8 + 12 + 7 + 12;

/// A datagram with one record of these data.
fn packet(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut message = b"\x12\x34\x85\x80\0\x01\0\x01\0\0\0\0\x01x\0\0\xff\0\x01\xc0\x0c".to_vec();
    message.extend(kind.to_be_bytes());
    message.extend(b"\0\x01\0\0\x01\x2c");
    message.extend((data.len() as u16).to_be_bytes());
    message.extend(data);
    let mut packet =
        b"\x45\0\0\0\0\x01\0\0\x40\x11\0\0\x0a\0\0\x02\x0a\0\0\x01\0\x35\x9c\x40\0\0\0\0".to_vec();
    let len = (packet.len() + message.len()) as u16;
    packet[2..4].copy_from_slice(&len.to_be_bytes());
    packet[24..26].copy_from_slice(&(len - 20).to_be_bytes());
    packet.extend(message);
    assert_eq!(packet.len(), DATA + data.len());
    packet
}

/// A field: its name, where its bytes lie in the record data, its line.
type Field = (String, std::ops::Range<usize>, String);

/// The fields of record data, and what is said to be wrong with them. The sum in the
/// IPv4 header is left out of it.
fn told(registry: &Registry, kind: u16, data: &[u8]) -> (Vec<Field>, Vec<String>) {
    let bytes = packet(kind, data);
    let frame = Frame { link: LINK, bytes: &bytes, wire: bytes.len() as u32, number: 1, ..Frame::default() };
    let mut tree = Tree::default();
    registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut tree);
    let (mut fields, mut wrong) = (Vec::new(), Vec::new());
    for at in 0..tree.len() as u32 {
        let node = tree.node(at).unwrap();
        let (from, to) = (node.span.start as usize, (node.span.start + node.span.len) as usize);
        match node.kind {
            NodeKind::Field(def) if !node.generated && from >= DATA && to > from => {
                let text = if tree.first_child(at).is_none() { tree.line(node) } else { String::new() };
                fields.push((def.name.to_owned(), from - DATA..to - DATA, text));
            }
            NodeKind::Problem(_) if from >= DATA => wrong.push(tree.text(node).to_owned()),
            _ => {}
        }
    }
    (fields, wrong)
}

const NAME: &[u8] = b"\x02ns\x02kr\0";
const BITMAP: &[u8] = b"\0\x06\x62\x01\x80\x08\0\x03";

/// Data of a type, and the fields that they are made of.
fn sample(kind: RecordType) -> (Vec<u8>, &'static [&'static str]) {
    let after = |head: &[u8]| [head, NAME].concat();
    let digest = |head: &[u8]| [head, &[0xd1; 32]].concat();
    let key = b"\x01\x01\x03\x0dpublic key".to_vec();
    let signature =
        [b"\0\x01\x0d\x02\0\0\x01\x2c\x65\x60\0\0\x65\x50\0\0\x12\x67".as_slice(), NAME, b"signature"]
            .concat();
    let tlsa: &[&str] = &[
        "dns.tlsa.certificate_usage",
        "dns.tlsa.selector",
        "dns.tlsa.matching_type",
        "dns.tlsa.certificate_association_data",
    ];
    let dnskey: &[&str] =
        &["dns.dnskey.flags", "dns.dnskey.protocol", "dns.dnskey.algorithm", "dns.dnskey.public_key"];
    let ds: &[&str] = &["dns.ds.key_id", "dns.ds.algorithm", "dns.ds.digest_type", "dns.ds.digest"];
    let rrsig: &[&str] = &[
        "dns.rrsig.type_covered",
        "dns.rrsig.algorithm",
        "dns.rrsig.labels",
        "dns.rrsig.original_ttl",
        "dns.rrsig.signature_expiration",
        "dns.rrsig.signature_inception",
        "dns.rrsig.key_tag",
        "dns.rrsig.signers_name",
        "dns.rrsig.signature",
    ];
    let service = [
        b"\0\x01".as_slice(),
        NAME,
        b"\0\0\0\x02\0\x01",
        b"\0\x01\0\x06\x02h2\x02h3",
        b"\0\x03\0\x02\x01\xbb",
        b"\0\x04\0\x04\xc0\0\x02\x01",
        b"\0\x05\0\x03ech",
        b"\0\x06\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
    ]
    .concat();
    let svcb: &[&str] = &[
        "dns.svcb.svcpriority",
        "dns.svcb.targetname",
        "dns.svcb.svcparam.key",
        "dns.svcb.svcparam.mandatory.key",
        "dns.svcb.svcparam.alpn",
        "dns.svcb.svcparam.port",
        "dns.svcb.svcparam.ipv4hint.ip",
        "dns.svcb.svcparam.ipv6hint.ip",
    ];
    match kind {
        RecordType::A => (vec![192, 0, 2, 1], &["dns.a"]),
        RecordType::AAAA => ([&[0x20, 1, 0x0d, 0xb8][..], &[0; 12]].concat(), &["dns.aaaa"]),
        RecordType::ANAME => (NAME.to_vec(), &["wirepeel.dns.aname"]),
        RecordType::CAA => {
            (b"\x80\x05issueca.example".to_vec(), &["dns.caa.flags", "dns.caa.tag", "dns.caa.value"])
        }
        RecordType::CDS | RecordType::DS => (digest(b"\x12\x67\x0d\x02"), ds),
        RecordType::CDNSKEY | RecordType::DNSKEY => (key, dnskey),
        RecordType::KEY => {
            (key, &["dns.key.flags", "dns.key.protocol", "dns.key.algorithm", "dns.key.public_key"])
        }
        RecordType::CERT => (
            b"\0\x01\x12\x34\x08certificate".to_vec(),
            &["dns.cert.type", "dns.cert.key_tag", "dns.cert.algorithm", "dns.cert.certificate"],
        ),
        RecordType::CNAME => (NAME.to_vec(), &["dns.cname"]),
        RecordType::DNAME => (NAME.to_vec(), &["dns.dname"]),
        RecordType::NS => (NAME.to_vec(), &["dns.ns"]),
        RecordType::PTR => (NAME.to_vec(), &["dns.ptr.domain_name"]),
        RecordType::CSYNC => {
            ([b"\0\0\0\x2a\0\x03", BITMAP].concat(), &["dns.csync.soa", "dns.csync.flags", "dns.resp.type"])
        }
        RecordType::HINFO => (b"\x07RFC8482\x02os".to_vec(), &["dns.hinfo.cpu", "dns.hinfo.os"]),
        RecordType::HTTPS | RecordType::SVCB => (service, svcb),
        RecordType::MX => (after(b"\0\x0a"), &["dns.mx.preference", "dns.mx.mail_exchange"]),
        RecordType::NAPTR => (
            after(b"\0\x0a\0\x14\x01S\x07SIP+D2U\0"),
            &[
                "dns.naptr.order",
                "dns.naptr.preference",
                "dns.naptr.flags",
                "dns.naptr.service",
                "dns.naptr.replacement",
            ],
        ),
        RecordType::NSEC => ([NAME, BITMAP].concat(), &["dns.nsec.next_domain_name", "dns.resp.type"]),
        RecordType::NSEC3 => (
            [b"\x01\x01\0\x0a\x02\xab\xcd\x04hash".as_slice(), BITMAP].concat(),
            &[
                "dns.nsec3.algo",
                "dns.nsec3.flags",
                "dns.nsec3.iterations",
                "dns.nsec3.salt_value",
                "dns.nsec3.hash_value",
                "dns.resp.type",
            ],
        ),
        RecordType::NSEC3PARAM => (
            b"\x01\0\0\x0a\x02\xab\xcd".to_vec(),
            &["dns.nsec3.algo", "dns.nsec3.flags", "dns.nsec3.iterations", "dns.nsec3.salt_value"],
        ),
        RecordType::NULL => (b"anything".to_vec(), &["dns.null"]),
        RecordType::OPENPGPKEY => (b"pgp key".to_vec(), &["dns.openpgpkey"]),
        RecordType::OPT => {
            (b"\0\x0a\0\x08cookie..".to_vec(), &["dns.opt.code", "dns.opt.len", "dns.opt.cookie.client"])
        }
        RecordType::RRSIG | RecordType::SIG => (signature, rrsig),
        RecordType::SMIMEA | RecordType::TLSA => (digest(b"\x03\x01\x01"), tlsa),
        RecordType::SOA => (
            [NAME, NAME, b"\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05"].concat(),
            &[
                "dns.soa.mname",
                "dns.soa.rname",
                "dns.soa.serial_number",
                "dns.soa.refresh_interval",
                "dns.soa.retry_interval",
                "dns.soa.expire_limit",
                "dns.soa.minimum_ttl",
            ],
        ),
        RecordType::SRV => (
            after(b"\0\0\0\x05\x13\xc4"),
            &["dns.srv.priority", "dns.srv.weight", "dns.srv.port", "dns.srv.target"],
        ),
        RecordType::SSHFP => (
            digest(b"\x04\x02"),
            &["dns.sshfp.algorithm", "dns.sshfp.fingerprint.type", "dns.sshfp.fingerprint"],
        ),
        RecordType::TSIG => (
            [b"\x0bhmac-sha256\0".as_slice(), b"\0\0\x65\x50\0\0\x01\x2c\0\x03mac\x12\x34\0\0\0\0"].concat(),
            &[
                "dns.tsig.algorithm_name",
                "dns.tsig.time_signed",
                "dns.tsig.fudge",
                "dns.tsig.mac",
                "dns.tsig.original_id",
                "dns.tsig.error",
            ],
        ),
        RecordType::TXT => (b"\x03one\x03two".to_vec(), &["dns.txt.length", "dns.txt"]),
        other => panic!("hickory-proto knows {other}, this test has no bytes of it"),
    }
}

/// Those that hickory-proto knows and that have data of their own.
fn kinds() -> impl Iterator<Item = RecordType> {
    let asked = [RecordType::ANY, RecordType::AXFR, RecordType::IXFR, RecordType::ZERO];
    let known = (0..=u16::MAX).map(RecordType::from);
    known.filter(move |kind| !matches!(kind, RecordType::Unknown(_)) && !asked.contains(kind))
}

#[test]
fn every_type_is_told_field_by_field() {
    let registry = Registry::default();
    assert!(kinds().count() >= 34, "{}", kinds().count());
    for kind in kinds() {
        let (data, expected) = sample(kind);
        let restrict = Restrict::new(data.len() as u16);
        let read = RData::read(&mut BinDecoder::new(&data), kind, restrict);
        assert!(read.is_ok(), "{kind}: hickory-proto does not take these bytes: {read:?}");
        let (fields, wrong) = told(&registry, kind.into(), &data);
        assert!(wrong.is_empty(), "{kind}: {wrong:?}");
        for name in expected {
            assert!(fields.iter().any(|field| field.0 == *name), "{kind} has no {name}: {fields:?}");
        }
        // Every byte lies in a field that says what it is.
        for at in 0..data.len() {
            let known = |field: &&Field| field.1.contains(&at) && field.0 != "dns.data";
            assert!(
                fields.iter().any(|field| known(&field)),
                "{kind}: nothing tells of byte {at}: {fields:?}"
            );
        }
        for (name, range, _) in &fields {
            assert!(range.end <= data.len(), "{kind}: {name} reaches beyond the data");
        }
    }
}

#[test]
fn fields_lie_at_their_bytes_and_say_what_hickory_reads() {
    let registry = Registry::default();
    let has = |kind: RecordType, name: &str, range: std::ops::Range<usize>, text: &str| {
        let (fields, _) = told(&registry, kind.into(), &sample(kind).0);
        let found = fields.iter().any(|field| field.0 == name && field.1 == range && field.2.contains(text));
        assert!(found, "{kind}: no {name} at {range:?} with “{text}” among {fields:#?}");
    };
    has(RecordType::SOA, "dns.soa.rname", 7..14, "ns.kr");
    has(RecordType::SOA, "dns.soa.minimum_ttl", 30..34, "5");
    has(RecordType::NAPTR, "dns.naptr.replacement", 15..22, "ns.kr");
    has(RecordType::NAPTR, "dns.naptr.service", 7..14, "SIP+D2U");
    has(RecordType::SRV, "dns.srv.port", 4..6, "5060");
    has(RecordType::CERT, "dns.cert.certificate", 5..16, "");
    has(RecordType::HTTPS, "dns.svcb.svcparam.port", 29..31, "443");
    has(RecordType::HTTPS, "dns.svcb.svcparam.ipv4hint.ip", 35..39, "192.0.2.1");
    has(RecordType::TSIG, "dns.tsig.fudge", 19..21, "300");
    has(RecordType::RRSIG, "dns.rrsig.signers_name", 18..25, "ns.kr");
    has(RecordType::NSEC3, "dns.nsec3.salt_value", 5..7, "abcd");
    has(RecordType::CSYNC, "dns.resp.type", 8..9, "A (Host Address)");
    has(RecordType::CAA, "dns.caa.tag", 2..7, "issue");
}

/// Whatever is cut off or too long is said, and nothing is told beyond the data.
#[test]
fn data_cut_short_anywhere_never_reach_beyond_their_record() {
    let registry = Registry::default();
    for kind in kinds() {
        let (data, _) = sample(kind);
        for len in 0..data.len() {
            let (fields, _) = told(&registry, kind.into(), &data[..len]);
            for (name, range, _) in fields {
                assert!(range.end <= len, "{kind} cut to {len}: {name} at {range:?}");
            }
        }
    }
}
