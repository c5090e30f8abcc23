//! What the data of each record type is made of, as tables of parts.

use super::types::{ALGORITHMS, TYPES};
use crate::decode::FieldDef;

/// One part of record data.
pub(super) enum Part {
    /// An integer of so many bytes.
    Uint(&'static FieldDef, usize),
    /// An integer of so many bytes with flags.
    Flags(&'static FieldDef, usize, &'static [&'static FieldDef]),
    /// An address of so many bytes.
    Address(&'static FieldDef, usize),
    /// Seconds since 1970.
    Time(&'static FieldDef),
    /// Seconds since 1970 in six bytes.
    TimeLong(&'static FieldDef),
    /// A domain name.
    Name(&'static FieldDef),
    /// A length byte and so many bytes.
    Counted(&'static FieldDef, &'static FieldDef),
    /// A length byte and so many bytes, written in base 32 with the hex alphabet.
    Base32(&'static FieldDef, &'static FieldDef),
    /// Two bytes of length and so many bytes.
    Sized(&'static FieldDef, &'static FieldDef),
    /// Strings, each with a length byte, up to the end.
    Strings(&'static FieldDef, &'static FieldDef),
    /// What is left.
    Rest(&'static FieldDef),
    /// Windows of bits, one for each record type (RFC 4034, 4.1.2).
    Bitmap,
    /// Parameters of a service binding.
    Params,
    /// Address prefixes (RFC 3123, 4).
    Prefixes,
    /// Tag and value of an authorisation.
    Authorisation,
    /// Options of EDNS.
    Options,
}

use Part::{
    Address, Authorisation, Base32, Bitmap, Counted, Flags, Name, Options, Params, Rest, Strings, Time, Uint,
};

crate::decode::field::fields! {
    A = FieldDef::ipv4("dns.a", "Address")
        .about("IPv4 address of the name. RFC 1035, 3.4.1.");
    AAAA = FieldDef::ipv6("dns.aaaa", "AAAA Address")
        .about("IPv6 address of the name. RFC 3596, 2.2.");
    NS = FieldDef::text("dns.ns", "Name Server")
        .about("A server that has authority over the name. RFC 1035, 3.3.11.");
    CNAME = FieldDef::text("dns.cname", "CNAME")
        .about("The name's real, canonical name: ask there. RFC 1035, 3.3.1.");
    PTR = FieldDef::text("dns.ptr.domain_name", "Domain Name")
        .about("The name that belongs to an address, or an instance of a service. RFC 1035, 3.3.12.");
    DNAME = FieldDef::text("dns.dname", "Dname")
        .about("Takes the place of the owner's name in all names below it. RFC 6672, 2.1.");
    MD = FieldDef::text("dns.md", "Mail Destination").about("Where mail goes (obsolete). RFC 1035, 3.3.4.");
    MF = FieldDef::text("dns.mf", "Mail Forwarder").about("Who forwards mail (obsolete). RFC 1035, 3.3.5.");
    MB = FieldDef::text("dns.mb", "MailBox Domain").about("Host that has the mailbox. RFC 1035, 3.3.3.");
    MG = FieldDef::text("dns.mg", "Mail Group member").about("A mailbox of the group. RFC 1035, 3.3.6.");
    MR = FieldDef::text("dns.mr", "Mail Rename domain").about("The mailbox's new name. RFC 1035, 3.3.8.");
    NULL = FieldDef::bytes("dns.null", "Null (data)").about("Anything at all. RFC 1035, 3.3.10.");
    MINFO_R = FieldDef::text("dns.minfo.r", "Responsible Mailbox")
        .about("Mailbox of who is responsible for the list. RFC 1035, 3.3.7.");
    MINFO_E = FieldDef::text("dns.minfo.e", "Error Mailbox")
        .about("Mailbox that takes error messages. RFC 1035, 3.3.7.");
    MX_PREFERENCE = FieldDef::uint("dns.mx.preference", "Preference", 16)
        .about("Servers with the lowest number are tried first. RFC 1035, 3.3.9.");
    MX = FieldDef::text("dns.mx.mail_exchange", "Mail Exchange")
        .about("A server that takes mail for the name. RFC 1035, 3.3.9.");
    SOA_MNAME = FieldDef::text("dns.soa.mname", "Primary name server")
        .about("The server that the zone's data comes from. RFC 1035, 3.3.13.");
    SOA_RNAME = FieldDef::text("dns.soa.rname", "Responsible authority's mailbox")
        .about("Mailbox of the zone's keeper, the first dot standing for the @. RFC 1035, 3.3.13.");
    SOA_SERIAL = FieldDef::uint("dns.soa.serial_number", "Serial Number", 32)
        .about("Version of the zone; it grows with every change. RFC 1035, 3.3.13; RFC 1982.");
    SOA_REFRESH = FieldDef::uint("dns.soa.refresh_interval", "Refresh Interval", 32)
        .about("Seconds after which secondaries ask whether the zone changed. RFC 1035, 3.3.13.");
    SOA_RETRY = FieldDef::uint("dns.soa.retry_interval", "Retry Interval", 32)
        .about("Seconds after which secondaries ask again when nobody answered. RFC 1035, 3.3.13.");
    SOA_EXPIRE = FieldDef::uint("dns.soa.expire_limit", "Expire limit", 32)
        .about("Seconds after which secondaries that reach nobody stop to answer. RFC 1035, 3.3.13.");
    SOA_MINIMUM = FieldDef::uint("dns.soa.minimum_ttl", "Minimum TTL", 32)
        .about("Seconds that a negative answer may be kept. RFC 2308, 4.");
    TXT_LEN = FieldDef::uint("dns.txt.length", "TXT Length", 8)
        .about("Bytes of one string. RFC 1035, 3.3.14.");
    TXT = FieldDef::text("dns.txt", "TXT").about("Text whose meaning depends on the name. RFC 1035, 3.3.14.");
    SPF_LEN = FieldDef::uint("dns.spf.length", "SPF Length", 8).about("Bytes of one string. RFC 4408, 3.1.1.");
    SPF = FieldDef::text("dns.spf", "SPF")
        .about("Who may send mail for the name; TXT took its place. RFC 7208, 3.1.");
    HINFO_CPU_LEN = FieldDef::uint("dns.hinfo.cpu_length", "CPU Length", 8)
        .about("Bytes of the machine's name. RFC 1035, 3.3.2.");
    HINFO_CPU = FieldDef::text("dns.hinfo.cpu", "CPU")
        .about("The host's kind of machine; servers that refuse ANY say so here. RFC 1035, 3.3.2; RFC 8482.");
    HINFO_OS_LEN = FieldDef::uint("dns.hinfo.os_length", "OS Length", 8)
        .about("Bytes of the system's name. RFC 1035, 3.3.2.");
    HINFO_OS = FieldDef::text("dns.hinfo.os", "OS").about("The host's operating system. RFC 1035, 3.3.2.");
    RP_MAILBOX = FieldDef::text("dns.rp.mailbox", "Mailbox")
        .about("Mailbox of the responsible person. RFC 1183, 2.2.");
    RP_TXT = FieldDef::text("dns.rp.txt_rr", "TXT RR")
        .about("Name whose TXT record says more. RFC 1183, 2.2.");
    AFSDB_SUBTYPE = FieldDef::uint("dns.afsdb.subtype", "Subtype", 16)
        .about("Kind of database server. RFC 1183, 1.");
    AFSDB = FieldDef::text("dns.afsdb.hostname", "Hostname").about("The database server. RFC 1183, 1.");
    KX_PREFERENCE = FieldDef::uint("dns.kx.preference", "Preference", 16)
        .about("Hosts with the lowest number are tried first. RFC 2230, 3.1.");
    KX = FieldDef::text("dns.kx.key_exchange", "Key Exchange")
        .about("A host that exchanges keys for the name. RFC 2230, 3.1.");
    SRV_INSTANCE = FieldDef::text("wirepeel.dns.srv.instance", "Instance")
        .about("Which of the hosts that offer the service, from the record's name. RFC 6763, 4.1.1.");
    SRV_SERVICE = FieldDef::text("dns.srv.service", "Service")
        .about("The service that is looked for, from the record's name. RFC 2782.");
    SRV_PROTO = FieldDef::text("dns.srv.proto", "Protocol")
        .about("The transport that it is wanted over, from the record's name. RFC 2782.");
    SRV_NAME = FieldDef::text("dns.srv.name", "Name")
        .about("The domain that offers it, from the record's name. RFC 2782.");
    SRV_PRIORITY = FieldDef::uint("dns.srv.priority", "Priority", 16)
        .about("Servers with the lowest number are tried first. RFC 2782.");
    SRV_WEIGHT = FieldDef::uint("dns.srv.weight", "Weight", 16)
        .about("Share of the requests among servers of equal priority. RFC 2782.");
    SRV_PORT = FieldDef::uint("dns.srv.port", "Port", 16).about("Port that the service listens on. RFC 2782.");
    SRV_TARGET = FieldDef::text("dns.srv.target", "Target")
        .about("Host that offers the service; the root means that there is none. RFC 2782.");
    NAPTR_ORDER = FieldDef::uint("dns.naptr.order", "Order", 16)
        .about("Rules are taken from the lowest number up. RFC 3403, 4.1.");
    NAPTR_PREFERENCE = FieldDef::uint("dns.naptr.preference", "Preference", 16)
        .about("Which of several rules of equal order is liked best. RFC 3403, 4.1.");
    NAPTR_FLAGS_LEN = FieldDef::uint("dns.naptr.flags_length", "Flags Length", 8)
        .about("Bytes of the flags. RFC 3403, 4.1.");
    NAPTR_FLAGS = FieldDef::text("dns.naptr.flags", "Flags")
        .about("What the rule leads to: an SRV record (S), an address (A), a URI (U). RFC 3403, 4.1; RFC 3404.");
    NAPTR_SERVICE_LEN = FieldDef::uint("dns.naptr.service_length", "Service Length", 8)
        .about("Bytes of the service. RFC 3403, 4.1.");
    NAPTR_SERVICE = FieldDef::text("dns.naptr.service", "Service")
        .about("Service and protocol that the rule leads to. RFC 3403, 4.1.");
    NAPTR_REGEX_LEN = FieldDef::uint("dns.naptr.regex_length", "Regex Length", 8)
        .about("Bytes of the expression. RFC 3403, 4.1.");
    NAPTR_REGEX = FieldDef::text("dns.naptr.regex", "Regex")
        .about("How to make the next name or URI from the first. RFC 3403, 4.1.");
    NAPTR_REPLACEMENT = FieldDef::text("dns.naptr.replacement", "Replacement")
        .about("The name to ask for next, when there is no expression. RFC 3403, 4.1.");
    CAA_FLAGS = FieldDef::uint("dns.caa.flags", "CAA Flags", 8)
        .hex()
        .about("How strictly the record is meant. RFC 8659, 4.1.");
    CAA_CRITICAL = FieldDef::flag("dns.caa.flags.issuer_critical", "Issuer Critical", 8, 0x80)
        .about("An authority that does not understand the tag must not issue. RFC 8659, 4.1.");
    CAA_TAG_LEN = FieldDef::uint("dns.caa.tag_length", "Tag length", 8)
        .about("Bytes of the tag. RFC 8659, 4.1.");
    CAA_TAG = FieldDef::text("dns.caa.tag", "Tag").about("What the record is about. RFC 8659, 4.1.");
    CAA_VALUE = FieldDef::text("dns.caa.value", "Value").about("What the record says. RFC 8659, 4.1.");
    CAA_ISSUE = FieldDef::text("dns.caa.issue", "Issue")
        .about("Who may issue certificates for the name. RFC 8659, 4.2.");
    CAA_ISSUEWILD = FieldDef::text("dns.caa.issuewild", "Issue Wildcard")
        .about("Who may issue wildcard certificates for the name. RFC 8659, 4.3.");
    CAA_IODEF = FieldDef::text("dns.caa.iodef", "Report URL")
        .about("Where to report wrong requests for certificates. RFC 8659, 4.4.");
    CAA_UNKNOWN = FieldDef::text("dns.caa.unknown", "Unknown tag")
        .about("A tag that wirepeel does not know. RFC 8659, 4.1.");
    DS_KEY_ID = FieldDef::uint("dns.ds.key_id", "Key id", 16)
        .hex()
        .about("Tag of the child zone's key. RFC 4034, 5.1.1.");
    DS_ALGORITHM = FieldDef::uint("dns.ds.algorithm", "Algorithm", 8)
        .values(ALGORITHMS)
        .about("Algorithm of that key. RFC 4034, 5.1.2.");
    DS_DIGEST_TYPE = FieldDef::uint("dns.ds.digest_type", "Digest Type", 8)
        .values(&[(0, "Reserved digest"), (1, "SHA-1"), (2, "SHA-256"), (3, "GOST R 34.11-94"), (4, "SHA-384")])
        .about("How the digest was made. RFC 4034, 5.1.3.");
    DS_DIGEST = FieldDef::bytes("dns.ds.digest", "Digest")
        .about("Digest of the child zone's key: the link of the chain of trust. RFC 4034, 5.1.4.");
    DNSKEY_FLAGS = FieldDef::uint("dns.dnskey.flags", "Flags", 16)
        .hex()
        .about("What the key is for. RFC 4034, 2.1.1.");
    DNSKEY_ZONE = FieldDef::flag("dns.dnskey.flags.zone_key", "Zone Key", 16, 0x0100)
        .about("The key signs the zone's records. RFC 4034, 2.1.1.");
    DNSKEY_REVOKED = FieldDef::flag("dns.dnskey.flags.key_revoked", "Key Revoked", 16, 0x0080)
        .about("The key must not be trusted any more. RFC 5011, 7.");
    DNSKEY_SEP = FieldDef::flag("dns.dnskey.flags.secure_entry_point", "Key Signing Key", 16, 0x0001)
        .about("The key that the parent zone's DS record is meant to name. RFC 4034, 2.1.1.");
    DNSKEY_PROTOCOL = FieldDef::uint("dns.dnskey.protocol", "Protocol", 8)
        .about("Always 3. RFC 4034, 2.1.2.");
    DNSKEY_ALGORITHM = FieldDef::uint("dns.dnskey.algorithm", "Algorithm", 8)
        .values(ALGORITHMS)
        .about("Algorithm of the key. RFC 4034, 2.1.3.");
    DNSKEY_KEY_ID = FieldDef::uint("dns.dnskey.key_id", "Key id", 16)
        .about("The key's tag, computed from its bytes: what RRSIG and DS records name it by. RFC 4034, B.");
    DNSKEY_PUBLIC_KEY = FieldDef::bytes("dns.dnskey.public_key", "Public Key")
        .about("The key itself. RFC 4034, 2.1.4.");
    RRSIG_TYPE = FieldDef::uint("dns.rrsig.type_covered", "Type Covered", 16)
        .values(TYPES)
        .about("The type of the records that are signed. RFC 4034, 3.1.1.");
    RRSIG_ALGORITHM = FieldDef::uint("dns.rrsig.algorithm", "Algorithm", 8)
        .values(ALGORITHMS)
        .about("Algorithm of the signature. RFC 4034, 3.1.2.");
    RRSIG_LABELS = FieldDef::uint("dns.rrsig.labels", "Labels", 8)
        .about("Labels of the signed name, a wildcard's star not counted. RFC 4034, 3.1.3.");
    RRSIG_TTL = FieldDef::uint("dns.rrsig.original_ttl", "Original TTL", 32)
        .about("The lifetime that the zone gives: caches count theirs down, the signature needs the first one. RFC 4034, 3.1.4.");
    RRSIG_EXPIRATION = FieldDef::time("dns.rrsig.signature_expiration", "Signature Expiration")
        .about("When the signature stops to be good. RFC 4034, 3.1.5.");
    RRSIG_INCEPTION = FieldDef::time("dns.rrsig.signature_inception", "Signature Inception")
        .about("When the signature begins to be good. RFC 4034, 3.1.5.");
    RRSIG_KEY_TAG = FieldDef::uint("dns.rrsig.key_tag", "Key Tag", 16)
        .about("Which key made the signature. RFC 4034, 3.1.6.");
    RRSIG_SIGNER = FieldDef::text("dns.rrsig.signers_name", "Signer's name")
        .about("The zone whose key made the signature. RFC 4034, 3.1.7.");
    RRSIG_SIGNATURE = FieldDef::bytes("dns.rrsig.signature", "Signature")
        .about("The signature over all records of the name and type. RFC 4034, 3.1.8.");
    NSEC_NEXT = FieldDef::text("dns.nsec.next_domain_name", "Next Domain Name")
        .about("The next name of the zone: there is none between. RFC 4034, 4.1.1.");
    BITMAP_WINDOW = FieldDef::uint("wirepeel.dns.bitmap.window", "Window", 8)
        .about("Which 256 record types the bits behind it stand for: their numbers' higher byte. RFC 4034, 4.1.2.");
    BITMAP_LEN = FieldDef::uint("wirepeel.dns.bitmap.length", "Length", 8)
        .about("Bytes of the bit map; zeros at its end are not sent. RFC 4034, 4.1.2.");
    BITMAP_BYTES = FieldDef::bytes("wirepeel.dns.bitmap.types", "Types")
        .about("A bit for each record type that the name has. RFC 4034, 4.1.2.");
    BITMAP = FieldDef::uint("dns.resp.type", "RR type in bit map", 16)
        .values(TYPES)
        .about("A record type that the name has; named here as Wireshark does. RFC 4034, 4.1.2.");
    NSEC3_ALGO = FieldDef::uint("dns.nsec3.algo", "Hash algorithm", 8)
        .values(&[(0, "Reserved"), (1, "SHA-1")])
        .about("How names are hashed. RFC 5155, 3.1.1.");
    NSEC3_FLAGS = FieldDef::uint("dns.nsec3.flags", "NSEC3 flags", 8).about("Flags. RFC 5155, 3.1.2.");
    NSEC3_OPT_OUT = FieldDef::flag("dns.nsec3.flags.opt_out", "NSEC3 Opt-out flag", 8, 1)
        .about("Unsigned delegations may lie between. RFC 5155, 3.1.2.1.");
    NSEC3_ITERATIONS = FieldDef::uint("dns.nsec3.iterations", "NSEC3 iterations", 16)
        .about("How many times more the hash is made. RFC 5155, 3.1.3; RFC 9276.");
    NSEC3_SALT_LEN = FieldDef::uint("dns.nsec3.salt_length", "Salt length", 8)
        .about("Bytes of the salt. RFC 5155, 3.1.4.");
    NSEC3_SALT = FieldDef::bytes("dns.nsec3.salt_value", "Salt value")
        .about("Bytes added to the name before it is hashed. RFC 5155, 3.1.5.");
    NSEC3_HASH_LEN = FieldDef::uint("dns.nsec3.hash_length", "Hash length", 8)
        .about("Bytes of the hash. RFC 5155, 3.1.6.");
    NSEC3_HASH = FieldDef::text("dns.nsec3.hash_value", "Next hashed owner")
        .about("The hash of the zone's next name, in base 32: there is none between. RFC 5155, 3.1.7.");
    TLSA_USAGE = FieldDef::uint("dns.tlsa.certificate_usage", "Certificate Usage", 8)
        .values(&[
            (0, "CA constraint (PKIX-TA)"),
            (1, "Service certificate constraint (PKIX-EE)"),
            (2, "Trust anchor assertion (DANE-TA)"),
            (3, "Domain-issued certificate (DANE-EE)"),
        ])
        .about("Which certificate of the chain is meant, and who else must vouch for it. RFC 6698, 2.1.1.");
    TLSA_SELECTOR = FieldDef::uint("dns.tlsa.selector", "Selector", 8)
        .values(&[(0, "Full certificate (Cert)"), (1, "SubjectPublicKeyInfo (SPKI)")])
        .about("Which part of the certificate is compared. RFC 6698, 2.1.2.");
    TLSA_MATCHING = FieldDef::uint("dns.tlsa.matching_type", "Matching Type", 8)
        .values(&[
            (0, "No Hash Used (Full)"),
            (1, "256 bit hash by SHA2 (SHA2-256)"),
            (2, "512 bit hash by SHA2 (SHA2-512)"),
        ])
        .about("Whether the part itself is given or its hash. RFC 6698, 2.1.3.");
    TLSA_DATA = FieldDef::bytes("dns.tlsa.certificate_association_data", "Certificate Association Data")
        .about("What the certificate is compared with. RFC 6698, 2.1.4.");
    SSHFP_ALGORITHM = FieldDef::uint("dns.sshfp.algorithm", "Algorithm", 8)
        .values(&[(0, "Reserved"), (1, "RSA"), (2, "DSA"), (3, "ECDSA"), (4, "Ed25519"), (5, "XMSS"), (6, "Ed448")])
        .about("Algorithm of the host's key. RFC 4255, 3.1.1.");
    SSHFP_TYPE = FieldDef::uint("dns.sshfp.fingerprint.type", "Fingerprint type", 8)
        .values(&[(0, "Reserved"), (1, "SHA1"), (2, "SHA256")])
        .about("How the fingerprint was made. RFC 4255, 3.1.2.");
    SSHFP = FieldDef::bytes("dns.sshfp.fingerprint", "Fingerprint")
        .about("Digest of the host's SSH key. RFC 4255, 3.1.3.");
    SVCB_PRIORITY = FieldDef::uint("dns.svcb.svcpriority", "SvcPriority", 16)
        .about("0: an alias; otherwise the lowest number is tried first. RFC 9460, 2.4.1.");
    SVCB_TARGET = FieldDef::text("dns.svcb.targetname", "TargetName")
        .about("Where the service is; the root stands for the record's own name. RFC 9460, 2.5.");
    URI_PRIORITY = FieldDef::uint("wirepeel.dns.uri.priority", "Priority", 16)
        .about("Targets with the lowest number are tried first. RFC 7553, 4.2.");
    URI_WEIGHT = FieldDef::uint("wirepeel.dns.uri.weight", "Weight", 16)
        .about("Share of the requests among targets of equal priority. RFC 7553, 4.3.");
    URI_TARGET = FieldDef::text("wirepeel.dns.uri.target", "Target")
        .about("The URI of the service. RFC 7553, 4.4.");
    LOC_VERSION = FieldDef::uint("dns.loc.version", "Version", 8).about("Always 0. RFC 1876, 2.");
    LOC_SIZE = FieldDef::uint("dns.loc.size", "Size", 8)
        .about("Diameter of the place, a digit and a power of ten in centimetres. RFC 1876, 2.");
    LOC_HORIZONTAL = FieldDef::uint("dns.loc.horizontal_precision", "Horizontal Precision", 8)
        .about("How exact latitude and longitude are, coded as the size. RFC 1876, 2.");
    LOC_VERTICAL = FieldDef::uint("dns.loc.vertical_precision", "Vertical Precision", 8)
        .about("How exact the altitude is, coded as the size. RFC 1876, 2.");
    LOC_LATITUDE = FieldDef::uint("dns.loc.latitude", "Latitude", 32)
        .about("Thousandths of a second of arc; 2^31 is the equator. RFC 1876, 2.");
    LOC_LONGITUDE = FieldDef::uint("dns.loc.longitude", "Longitude", 32)
        .about("Thousandths of a second of arc; 2^31 is the prime meridian. RFC 1876, 2.");
    LOC_ALTITUDE = FieldDef::uint("dns.loc.altitude", "Altitude", 32)
        .about("Centimetres above a base 100 km below the ellipsoid. RFC 1876, 2.");
    DATA = FieldDef::bytes("dns.data", "Data").about("Record data that is not taken apart. RFC 3597, 3.");
}

/// What the data of a record type is made of; plain bytes where nothing is known.
pub(super) fn parts(kind: u16) -> &'static [Part] {
    static RAW: [Part; 1] = [Rest(&DATA)];
    match kind {
        1 => const { &[Address(&A, 4)] },
        2 => const { &[Name(&NS)] },
        3 => const { &[Name(&MD)] },
        4 => const { &[Name(&MF)] },
        5 => const { &[Name(&CNAME)] },
        6 => {
            const {
                &[
                    Name(&SOA_MNAME),
                    Name(&SOA_RNAME),
                    Uint(&SOA_SERIAL, 4),
                    Uint(&SOA_REFRESH, 4),
                    Uint(&SOA_RETRY, 4),
                    Uint(&SOA_EXPIRE, 4),
                    Uint(&SOA_MINIMUM, 4),
                ]
            }
        }
        7 => const { &[Name(&MB)] },
        8 => const { &[Name(&MG)] },
        9 => const { &[Name(&MR)] },
        10 => const { &[Rest(&NULL)] },
        12 => const { &[Name(&PTR)] },
        13 => const { &[Counted(&HINFO_CPU_LEN, &HINFO_CPU), Counted(&HINFO_OS_LEN, &HINFO_OS)] },
        14 => const { &[Name(&MINFO_R), Name(&MINFO_E)] },
        15 => const { &[Uint(&MX_PREFERENCE, 2), Name(&MX)] },
        16 => const { &[Strings(&TXT_LEN, &TXT)] },
        17 => const { &[Name(&RP_MAILBOX), Name(&RP_TXT)] },
        18 => const { &[Uint(&AFSDB_SUBTYPE, 2), Name(&AFSDB)] },
        28 => const { &[Address(&AAAA, 16)] },
        29 => {
            const {
                &[
                    Uint(&LOC_VERSION, 1),
                    Uint(&LOC_SIZE, 1),
                    Uint(&LOC_HORIZONTAL, 1),
                    Uint(&LOC_VERTICAL, 1),
                    Uint(&LOC_LATITUDE, 4),
                    Uint(&LOC_LONGITUDE, 4),
                    Uint(&LOC_ALTITUDE, 4),
                ]
            }
        }
        33 => {
            const { &[Uint(&SRV_PRIORITY, 2), Uint(&SRV_WEIGHT, 2), Uint(&SRV_PORT, 2), Name(&SRV_TARGET)] }
        }
        35 => {
            const {
                &[
                    Uint(&NAPTR_ORDER, 2),
                    Uint(&NAPTR_PREFERENCE, 2),
                    Counted(&NAPTR_FLAGS_LEN, &NAPTR_FLAGS),
                    Counted(&NAPTR_SERVICE_LEN, &NAPTR_SERVICE),
                    Counted(&NAPTR_REGEX_LEN, &NAPTR_REGEX),
                    Name(&NAPTR_REPLACEMENT),
                ]
            }
        }
        36 => const { &[Uint(&KX_PREFERENCE, 2), Name(&KX)] },
        39 => const { &[Name(&DNAME)] },
        41 => const { &[Options] },
        43 | 59 => {
            const { &[Uint(&DS_KEY_ID, 2), Uint(&DS_ALGORITHM, 1), Uint(&DS_DIGEST_TYPE, 1), Rest(&DS_DIGEST)] }
        }
        44 => const { &[Uint(&SSHFP_ALGORITHM, 1), Uint(&SSHFP_TYPE, 1), Rest(&SSHFP)] },
        24 | 46 => {
            const {
                &[
                    Uint(&RRSIG_TYPE, 2),
                    Uint(&RRSIG_ALGORITHM, 1),
                    Uint(&RRSIG_LABELS, 1),
                    Uint(&RRSIG_TTL, 4),
                    Time(&RRSIG_EXPIRATION),
                    Time(&RRSIG_INCEPTION),
                    Uint(&RRSIG_KEY_TAG, 2),
                    Name(&RRSIG_SIGNER),
                    Rest(&RRSIG_SIGNATURE),
                ]
            }
        }
        47 => const { &[Name(&NSEC_NEXT), Bitmap] },
        48 | 60 => {
            const {
                &[
                    Flags(&DNSKEY_FLAGS, 2, &[&DNSKEY_ZONE, &DNSKEY_REVOKED, &DNSKEY_SEP]),
                    Uint(&DNSKEY_PROTOCOL, 1),
                    Uint(&DNSKEY_ALGORITHM, 1),
                    Rest(&DNSKEY_PUBLIC_KEY),
                ]
            }
        }
        50 => {
            const {
                &[
                    Uint(&NSEC3_ALGO, 1),
                    Flags(&NSEC3_FLAGS, 1, &[&NSEC3_OPT_OUT]),
                    Uint(&NSEC3_ITERATIONS, 2),
                    Counted(&NSEC3_SALT_LEN, &NSEC3_SALT),
                    Base32(&NSEC3_HASH_LEN, &NSEC3_HASH),
                    Bitmap,
                ]
            }
        }
        51 => {
            const {
                &[
                    Uint(&NSEC3_ALGO, 1),
                    Flags(&NSEC3_FLAGS, 1, &[&NSEC3_OPT_OUT]),
                    Uint(&NSEC3_ITERATIONS, 2),
                    Counted(&NSEC3_SALT_LEN, &NSEC3_SALT),
                ]
            }
        }
        52 => {
            const { &[Uint(&TLSA_USAGE, 1), Uint(&TLSA_SELECTOR, 1), Uint(&TLSA_MATCHING, 1), Rest(&TLSA_DATA)] }
        }
        64 | 65 => const { &[Uint(&SVCB_PRIORITY, 2), Name(&SVCB_TARGET), Params] },
        99 => const { &[Strings(&SPF_LEN, &SPF)] },
        256 => const { &[Uint(&URI_PRIORITY, 2), Uint(&URI_WEIGHT, 2), Rest(&URI_TARGET)] },
        257 => const { &[Flags(&CAA_FLAGS, 1, &[&CAA_CRITICAL]), Authorisation] },
        rare => super::rare::parts(rare).unwrap_or(&RAW),
    }
}
