//! Fields of the header, the questions and what all records share.

use super::types::{CLASSES, EXTENDED_RCODES, OPCODES, RCODES, TYPES};
use crate::decode::FieldDef;

crate::decode::field::fields! {
    ID = FieldDef::uint("dns.id", "Transaction ID", 16)
        .hex()
        .about("Chosen by who asks; the answer brings it back. RFC 1035, 4.1.1.");
    FLAGS = FieldDef::uint("dns.flags", "Flags", 16)
        .hex()
        .about("What kind of message this is and how the server works. RFC 1035, 4.1.1.");
    RESPONSE = FieldDef::flag("dns.flags.response", "Response", 16, 0x8000)
        .values(&[(0, "Message is a query"), (1, "Message is a response")])
        .about("Query or response. RFC 1035, 4.1.1 (QR).");
    OPCODE = FieldDef::uint("dns.flags.opcode", "Opcode", 16)
        .mask(0x7800)
        .values(OPCODES)
        .about("What is asked for. RFC 1035, 4.1.1; RFC 6895, 2.2.");
    AUTHORITATIVE = FieldDef::flag("dns.flags.authoritative", "Authoritative", 16, 0x0400)
        .values(&[(0, "Server is not an authority for domain"), (1, "Server is an authority for domain")])
        .about("The answer comes from a server of the zone itself, not from a cache. RFC 1035, 4.1.1 (AA).");
    CONFLICT = FieldDef::flag("dns.flags.conflict", "Conflict", 16, 0x0400)
        .values(&[(0, "The name is considered unique"), (1, "The name is not considered unique")])
        .about("Several hosts have answered for the name. RFC 4795, 2.1.1 (C).");
    TRUNCATED = FieldDef::flag("dns.flags.truncated", "Truncated", 16, 0x0200)
        .values(&[(0, "Message is not truncated"), (1, "Message is truncated")])
        .about("The message did not fit: ask again over TCP. RFC 1035, 4.1.1 (TC); RFC 7766.");
    RECDESIRED = FieldDef::flag("dns.flags.recdesired", "Recursion desired", 16, 0x0100)
        .values(&[(0, "Don't do query recursively"), (1, "Do query recursively")])
        .about("The server should follow referrals itself. RFC 1035, 4.1.1 (RD).");
    TENTATIVE = FieldDef::flag("dns.flags.tentative", "Tentative", 16, 0x0100)
        .values(&[(0, "Not tentative"), (1, "Tentative")])
        .about("The answering host has not made sure yet that the name is its alone. RFC 4795, 2.1.1 (T).");
    RECAVAIL = FieldDef::flag("dns.flags.recavail", "Recursion available", 16, 0x0080)
        .values(&[(0, "Server can't do recursive queries"), (1, "Server can do recursive queries")])
        .about("The server follows referrals for its clients. RFC 1035, 4.1.1 (RA).");
    Z = FieldDef::flag("dns.flags.z", "Z", 16, 0x0040)
        .values(&[(0, "reserved (0)"), (1, "reserved - incorrect!")])
        .about("Must be zero. RFC 1035, 4.1.1.");
    AUTHENTICATED = FieldDef::flag("dns.flags.authenticated", "Answer authenticated", 16, 0x0020)
        .values(&[
            (0, "Answer/authority portion was not authenticated by the server"),
            (1, "Answer/authority portion was authenticated by the server"),
        ])
        .about("The server has checked the signatures of the answer. RFC 4035, 3.2.3 (AD).");
    CHECKDISABLE = FieldDef::flag("dns.flags.checkdisable", "Non-authenticated data", 16, 0x0010)
        .values(&[(0, "Unacceptable"), (1, "Acceptable")])
        .about("The asker takes data whose signatures nobody has checked. RFC 4035, 3.2.2 (CD).");
    RCODE = FieldDef::uint("dns.flags.rcode", "Reply code", 16)
        .mask(0x000f)
        .values(RCODES)
        .about("How the query went; EDNS adds higher bits. RFC 1035, 4.1.1; RFC 6895, 2.3.");
    QUERIES = FieldDef::uint("dns.count.queries", "Questions", 16)
        .about("Entries in the question section. RFC 1035, 4.1.1 (QDCOUNT).");
    ANSWERS = FieldDef::uint("dns.count.answers", "Answer RRs", 16)
        .about("Records in the answer section. RFC 1035, 4.1.1 (ANCOUNT).");
    AUTH = FieldDef::uint("dns.count.auth_rr", "Authority RRs", 16)
        .about("Records in the authority section: who knows more, or why there is no answer. RFC 1035, 4.1.1 (NSCOUNT).");
    ADD = FieldDef::uint("dns.count.add_rr", "Additional RRs", 16)
        .about("Records in the additional section: what may be needed next. RFC 1035, 4.1.1 (ARCOUNT).");
    ZONES = FieldDef::uint("dns.count.zones", "Zones", 16)
        .about("Zones to change: one. RFC 2136, 2.2 (ZOCOUNT).");
    PREREQUISITES = FieldDef::uint("dns.count.prerequisites", "Prerequisites", 16)
        .about("What must hold before anything is changed. RFC 2136, 2.2 (PRCOUNT).");
    UPDATES = FieldDef::uint("dns.count.updates", "Updates", 16)
        .about("Records to add or to take away. RFC 2136, 2.2 (UPCOUNT).");
    QUESTION_SECTION = FieldDef::group("wirepeel.dns.queries", "Queries")
        .about("What is asked. RFC 1035, 4.1.2.");
    ANSWER_SECTION = FieldDef::group("wirepeel.dns.answers", "Answers")
        .about("Records that answer the question. RFC 1035, 4.1.");
    AUTHORITY_SECTION = FieldDef::group("wirepeel.dns.authority", "Authoritative nameservers")
        .about("Records that lead to an authority. RFC 1035, 4.1.");
    ADDITIONAL_SECTION = FieldDef::group("wirepeel.dns.additional", "Additional records")
        .about("Records that go with the others, such as addresses of servers. RFC 1035, 4.1.");
    ZONE_SECTION = FieldDef::group("wirepeel.dns.zone", "Zone").about("The zone to change. RFC 2136, 2.3.");
    PREREQUISITE_SECTION = FieldDef::group("wirepeel.dns.prerequisites", "Prerequisites")
        .about("What must hold before anything is changed. RFC 2136, 2.4.");
    UPDATE_SECTION = FieldDef::group("wirepeel.dns.updates", "Updates")
        .about("Records to add or to take away. RFC 2136, 2.5.");
    QUESTION = FieldDef::group("wirepeel.dns.query", "Query")
        .about("One question: a name, a type, a class. RFC 1035, 4.1.2.");
    RECORD = FieldDef::group("wirepeel.dns.record", "Record")
        .about("One resource record: what a name has. RFC 1035, 4.1.3.");
    QRY_NAME = FieldDef::text("dns.qry.name", "Name")
        .about("The name that is asked for. RFC 1035, 4.1.2 (QNAME).");
    QRY_NAME_LEN = FieldDef::uint("dns.qry.name.len", "Name Length", 16)
        .about("Characters of the name, dots included. RFC 1035, 3.1.");
    LABELS = FieldDef::uint("dns.count.labels", "Label Count", 16)
        .about("Labels of the name, the parts between its dots. RFC 1035, 3.1.");
    QRY_TYPE = FieldDef::uint("dns.qry.type", "Type", 16)
        .values(TYPES)
        .about("Which type of record is asked for. RFC 1035, 4.1.2 (QTYPE).");
    QRY_CLASS = FieldDef::uint("dns.qry.class", "Class", 16)
        .hex()
        .values(CLASSES)
        .about("Which kind of network the name belongs to: IN, the Internet. RFC 1035, 4.1.2 (QCLASS).");
    QRY_CLASS_MDNS = FieldDef::uint("dns.qry.class", "Class", 16)
        .hex()
        .mask(0x7fff)
        .values(CLASSES)
        .about("Which kind of network the name belongs to; fifteen bits in multicast DNS. RFC 6762, 5.4.");
    QRY_QU = FieldDef::flag("dns.qry.qu", "\"QU\" question", 16, 0x8000)
        .about("The asker would like the answer sent to it alone. RFC 6762, 5.4.");
    RESP_NAME = FieldDef::text("dns.resp.name", "Name")
        .about("The name that the record belongs to. RFC 1035, 4.1.3.");
    RESP_TYPE = FieldDef::uint("dns.resp.type", "Type", 16)
        .values(TYPES)
        .about("What the record holds. RFC 1035, 4.1.3.");
    RESP_CLASS = FieldDef::uint("dns.resp.class", "Class", 16)
        .hex()
        .values(CLASSES)
        .about("Which kind of network the record belongs to. RFC 1035, 4.1.3.");
    RESP_CLASS_MDNS = FieldDef::uint("dns.resp.class", "Class", 16)
        .hex()
        .mask(0x7fff)
        .values(CLASSES)
        .about("Which kind of network the record belongs to; fifteen bits in multicast DNS. RFC 6762, 10.2.");
    CACHE_FLUSH = FieldDef::flag("dns.resp.cache_flush", "Cache flush", 16, 0x8000)
        .about("The record takes the place of all that is known of the name and type. RFC 6762, 10.2.");
    TTL = FieldDef::uint("dns.resp.ttl", "Time to live", 32)
        .about("Seconds that the record may be kept. RFC 1035, 4.1.3; RFC 2181, 8.");
    RDLENGTH = FieldDef::uint("dns.resp.len", "Data length", 16)
        .about("Bytes of record data that follow. RFC 1035, 4.1.3 (RDLENGTH).");
    PAYLOAD_SIZE = FieldDef::uint("dns.rr.udp_payload_size", "UDP payload size", 16)
        .about("The longest message that the sender can take over UDP. RFC 6891, 6.1.2.");
    PAYLOAD_SIZE_MDNS = FieldDef::uint("dns.rr.udp_payload_size", "UDP payload size", 16)
        .hex()
        .mask(0x7fff)
        .about("The longest message that the sender can take over UDP; fifteen bits in multicast DNS. RFC 6891, 6.1.2; RFC 6762, 10.2.");
    EXT_RCODE = FieldDef::uint("dns.resp.ext_rcode", "Higher bits in extended RCODE", 8)
        .hex()
        .about("Goes in front of the header's four bits of reply code. RFC 6891, 6.1.3.");
    FULL_RCODE = FieldDef::uint("dns.resp.rcode", "Extended reply code", 16)
        .values(EXTENDED_RCODES)
        .about("These bits and the header's reply code together; told where the header's alone would mislead. RFC 6891, 6.1.3.");
    EDNS_VERSION = FieldDef::uint("dns.resp.edns0_version", "EDNS0 version", 8)
        .about("Version of EDNS: 0. RFC 6891, 6.1.3.");
    EDNS_Z = FieldDef::uint("dns.resp.z", "Z", 16).hex().about("Flags of EDNS. RFC 6891, 6.1.4.");
    EDNS_DO = FieldDef::flag("dns.resp.z.do", "DO bit", 16, 0x8000)
        .values(&[(0, "Cannot handle DNSSEC security RRs"), (1, "Accepts DNSSEC security RRs")])
        .about("The asker wants signatures too. RFC 3225, 3; RFC 6891, 6.1.4.");
    EDNS_RESERVED = FieldDef::uint("dns.resp.z.reserved", "Reserved", 16)
        .hex()
        .mask(0x7fff)
        .about("Must be zero. RFC 6891, 6.1.4.");
    EXTRANEOUS = FieldDef::bytes("dns.extraneous.data", "Extraneous Data Bytes")
        .about("Bytes behind the last record that nothing accounts for.");
}
