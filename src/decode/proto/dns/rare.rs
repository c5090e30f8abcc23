//! What the data of record types that few zones have is made of.

use super::layout::Part::{self, Address, Bitmap, Flags, Name, Prefixes, Rest, Sized, Time, TimeLong, Uint};
use super::layout::{TLSA_DATA, TLSA_MATCHING, TLSA_SELECTOR, TLSA_USAGE};
use super::types::{ALGORITHMS, RCODES};
use crate::decode::FieldDef;

crate::decode::field::fields! {
    RT_PREFERENCE = FieldDef::uint("dns.rt.subtype", "Preference", 16)
        .about("Hosts with the lowest number are tried first. RFC 1183, 3.3.");
    RT = FieldDef::text("dns.rt.intermediate_host", "Intermediate Hostname")
        .about("A host that forwards to the name. RFC 1183, 3.3.");
    KEY_FLAGS = FieldDef::uint("dns.key.flags", "Flags", 16)
        .hex()
        .about("What the key may be used for. RFC 2535, 3.1.2.");
    KEY_NO_AUTHENTICATION =
        FieldDef::flag("dns.key.flags.authentication", "Key allowed for authentication", 16, 0x8000)
            .values(&[(0, "Key allowed for authentication"), (1, "Key prohibited for authentication")])
            .about("Whether the key must not authenticate. RFC 2535, 3.1.2.");
    KEY_NO_CONFIDENTIALITY =
        FieldDef::flag("dns.key.flags.confidentiality", "Key allowed for confidentiality", 16, 0x4000)
            .values(&[(0, "Key allowed for confidentiality"), (1, "Key prohibited for confidentiality")])
            .about("Whether the key must not encrypt. RFC 2535, 3.1.2.");
    KEY_SIGNATORY = FieldDef::uint("dns.key.flags.signatory", "Signatory", 16)
        .mask(0x000f)
        .about("What the key may sign in dynamic updates. RFC 2137, 3.1.");
    KEY_PROTOCOL = FieldDef::uint("dns.key.protocol", "Protocol", 8)
        .values(&[(0, "Reserved"), (1, "TLS"), (2, "E-Mail"), (3, "DNSSEC"), (4, "IPSEC"), (255, "Any")])
        .about("The protocol that the key is for. RFC 2535, 3.1.3.");
    KEY_ALGORITHM = FieldDef::uint("dns.key.algorithm", "Algorithm", 8)
        .values(ALGORITHMS)
        .about("Algorithm of the key. RFC 2535, 3.2.");
    KEY = FieldDef::bytes("dns.key.public_key", "Public Key").about("The key itself. RFC 2535, 3.1.");
    CERT_TYPE = FieldDef::uint("dns.cert.type", "Type", 16)
        .values(&[
            (1, "PKIX"),
            (2, "SPKI"),
            (3, "PGP"),
            (4, "IPKIX"),
            (5, "ISPKI"),
            (6, "IPGP"),
            (7, "ACPKIX"),
            (8, "IACPKIX"),
            (253, "URI private"),
            (254, "OID private"),
        ])
        .about("Kind of the certificate. RFC 4398, 2.1.");
    CERT_KEY_TAG = FieldDef::uint("dns.cert.key_tag", "Key Tag", 16)
        .hex()
        .about("Tag of the certified key. RFC 4398, 2.");
    CERT_ALGORITHM = FieldDef::uint("dns.cert.algorithm", "Algorithm", 8)
        .values(ALGORITHMS)
        .about("Algorithm of the certified key. RFC 4398, 2.");
    CERT = FieldDef::bytes("dns.cert.certificate", "Certificate (or CRL)")
        .about("The certificate, or a list of revoked ones. RFC 4398, 2.");
    APL_FAMILY = FieldDef::uint("dns.apl.address_family", "Address Family", 16)
        .values(&[(1, "IPv4"), (2, "IPv6")])
        .about("Kind of the addresses. RFC 3123, 4.");
    APL_PREFIX = FieldDef::uint("dns.apl.coded_prefix", "Prefix Length", 8)
        .about("Bits of the address that count. RFC 3123, 4.");
    APL_NEGATION = FieldDef::flag("dns.apl.negation", "Negation Flag", 8, 0x80)
        .values(&[(0, "Not Set (0)"), (1, "Set (1)")])
        .about("The addresses are left out of the list. RFC 3123, 4.");
    APL_LEN = FieldDef::uint("dns.apl.afdlength", "Address Length", 8)
        .mask(0x7f)
        .about("Bytes of the address, zeros at its end left out. RFC 3123, 4.");
    APL_V4 = FieldDef::ipv4("dns.apl.afdpart.ipv4", "Address").about("The prefix's address. RFC 3123, 4.1.");
    APL_V6 = FieldDef::ipv6("dns.apl.afdpart.ipv6", "Address").about("The prefix's address. RFC 3123, 4.2.");
    APL_DATA = FieldDef::bytes("dns.apl.afdpart.data", "Address")
        .about("The prefix's address, of an unknown family. RFC 3123, 4.");
    DHCID = FieldDef::bytes("dns.dhcid.rdata", "DHCID Data")
        .about("Digest of the DHCP client that the name belongs to. RFC 4701, 3.");
    OPENPGPKEY = FieldDef::bytes("dns.openpgpkey", "OpenPGP Key")
        .about("The key that mail to the name's owner is encrypted with. RFC 7929, 2.2.");
    CSYNC_SOA = FieldDef::uint("dns.csync.soa", "SOA", 32)
        .about("Serial number of the child zone that the record was made for. RFC 7477, 2.1.1.1.");
    CSYNC_FLAGS = FieldDef::uint("dns.csync.flags", "Flags", 16)
        .hex()
        .about("When the parent may copy. RFC 7477, 2.1.1.2.");
    CSYNC_IMMEDIATE = FieldDef::flag("dns.csync.flags.immediate", "immediate", 16, 0x0001)
        .about("The parent need not ask anybody first. RFC 7477, 2.1.1.2.1.");
    CSYNC_MINIMUM = FieldDef::flag("dns.csync.flags.soaminimum", "soaminimum", 16, 0x0002)
        .about("Only a zone of this serial number or a later one may be copied. RFC 7477, 2.1.1.2.1.");
    ZONEMD_SERIAL = FieldDef::uint("dns.zonemd.serial", "Serial", 32)
        .about("Serial number of the zone that the digest was made of. RFC 8976, 2.2.1.");
    ZONEMD_SCHEME = FieldDef::uint("dns.zonemd.scheme", "Scheme", 8)
        .values(&[(1, "SIMPLE")])
        .about("How the zone was put together for the digest. RFC 8976, 2.2.2.");
    ZONEMD_HASH = FieldDef::uint("dns.zonemd.hash_algo", "Hash Algorithm", 8)
        .values(&[(1, "SHA-384"), (2, "SHA-512")])
        .about("How the digest was made. RFC 8976, 2.2.3.");
    ZONEMD = FieldDef::bytes("dns.zonemd.digest", "Digest")
        .about("Digest over the whole zone. RFC 8976, 2.2.4.");
    NID_PREFERENCE = FieldDef::uint("dns.ilnp.nid.preference", "Preference", 16)
        .about("The lowest number is liked best. RFC 6742, 2.1.1.");
    NID = FieldDef::bytes("dns.ilnp.nid", "NodeID").about("The node's identifier. RFC 6742, 2.1.1.");
    L32_PREFERENCE = FieldDef::uint("dns.ilnp.l32.preference", "Preference", 16)
        .about("The lowest number is liked best. RFC 6742, 2.2.1.");
    L32 = FieldDef::ipv4("dns.ilnp.l32", "Locator32").about("The node's network. RFC 6742, 2.2.1.");
    L64_PREFERENCE = FieldDef::uint("dns.ilnp.l64.preference", "Preference", 16)
        .about("The lowest number is liked best. RFC 6742, 2.3.1.");
    L64 = FieldDef::bytes("dns.ilnp.l64", "Locator64").about("The node's network. RFC 6742, 2.3.1.");
    LP_PREFERENCE = FieldDef::uint("dns.ilnp.lp.preference", "Preference", 16)
        .about("The lowest number is liked best. RFC 6742, 2.4.1.");
    LP = FieldDef::text("dns.ilnp.lp", "Locator FQDN")
        .about("Name that has the node's locators. RFC 6742, 2.4.1.");
    EUI48 = FieldDef::mac("dns.eui48", "EUI48 Address").about("A hardware address. RFC 7043, 3.1.");
    EUI64 = FieldDef::bytes("dns.eui64", "EUI64 Address").about("A hardware address. RFC 7043, 4.1.");
    TKEY_ALGORITHM = FieldDef::text("dns.tkey.algo_name", "Algorithm name")
        .about("How the secret key will be used. RFC 2930, 2.3.");
    TKEY_INCEPTION = FieldDef::time("dns.tkey.signature_inception", "Signature Inception")
        .about("When the key begins to be good. RFC 2930, 2.4.");
    TKEY_EXPIRATION = FieldDef::time("dns.tkey.signature_expiration", "Signature Expiration")
        .about("When the key stops to be good. RFC 2930, 2.4.");
    TKEY_MODE = FieldDef::uint("dns.tkey.mode", "Mode", 16)
        .values(&[
            (1, "Server assigned"),
            (2, "Diffie Hellman"),
            (3, "GSSAPI"),
            (4, "Resolver assigned"),
            (5, "Key deletion"),
        ])
        .about("How both sides come to the key. RFC 2930, 2.5.");
    TKEY_ERROR = FieldDef::uint("dns.tkey.error", "Error", 16)
        .values(RCODES)
        .about("What went wrong. RFC 2930, 2.6.");
    TKEY_KEY_LEN = FieldDef::uint("dns.tkey.key_size", "Key Size", 16)
        .about("Bytes of the key data. RFC 2930, 2.7.");
    TKEY_KEY = FieldDef::bytes("dns.tkey.key_data", "Key Data")
        .about("What the mode exchanges. RFC 2930, 2.7.");
    TKEY_OTHER_LEN = FieldDef::uint("dns.tkey.other_size", "Other Size", 16)
        .about("Bytes of other data. RFC 2930, 2.8.");
    TKEY_OTHER = FieldDef::bytes("dns.tkey.other_data", "Other Data").about("Not used yet. RFC 2930, 2.8.");
    TSIG_ALGORITHM = FieldDef::text("dns.tsig.algorithm_name", "Algorithm Name")
        .about("How the message was signed. RFC 8945, 4.2.");
    TSIG_TIME = FieldDef::time("dns.tsig.time_signed", "Time Signed")
        .about("When the message was signed: an old copy is refused. RFC 8945, 4.2.");
    TSIG_FUDGE = FieldDef::uint("dns.tsig.fudge", "Fudge", 16)
        .about("Seconds by which both clocks may differ. RFC 8945, 4.2.");
    TSIG_MAC_LEN = FieldDef::uint("dns.tsig.mac_size", "MAC Size", 16)
        .about("Bytes of the signature. RFC 8945, 4.2.");
    TSIG_MAC = FieldDef::bytes("dns.tsig.mac", "MAC")
        .about("The signature with the secret that both sides share. RFC 8945, 4.2.");
    TSIG_ID = FieldDef::uint("dns.tsig.original_id", "Original Id", 16)
        .about("The message's number when it was signed; forwarders change it. RFC 8945, 4.2.");
    TSIG_ERROR = FieldDef::uint("dns.tsig.error", "Error", 16)
        .values(RCODES)
        .about("What was wrong with the signature. RFC 8945, 4.2.");
    TSIG_OTHER_LEN = FieldDef::uint("dns.tsig.other_len", "Other Len", 16)
        .about("Bytes of other data. RFC 8945, 4.2.");
    TSIG_OTHER = FieldDef::bytes("dns.tsig.other_data", "Other Data")
        .about("The server's time, where the clocks differed too much. RFC 8945, 4.2.");
    ANAME = FieldDef::text("wirepeel.dns.aname", "ANAME")
        .about("Name whose addresses are this name's too. draft-ietf-dnsop-aname, 3.1.");
}

/// What the data of a rare record type is made of.
pub(super) fn parts(kind: u16) -> Option<&'static [Part]> {
    Some(match kind {
        21 => const { &[Uint(&RT_PREFERENCE, 2), Name(&RT)] },
        25 => {
            const {
                &[
                    Flags(&KEY_FLAGS, 2, &[&KEY_NO_AUTHENTICATION, &KEY_NO_CONFIDENTIALITY, &KEY_SIGNATORY]),
                    Uint(&KEY_PROTOCOL, 1),
                    Uint(&KEY_ALGORITHM, 1),
                    Rest(&KEY),
                ]
            }
        }
        37 => const { &[Uint(&CERT_TYPE, 2), Uint(&CERT_KEY_TAG, 2), Uint(&CERT_ALGORITHM, 1), Rest(&CERT)] },
        42 => const { &[Prefixes] },
        49 => const { &[Rest(&DHCID)] },
        // RFC 8162, 2: as TLSA, of a person's certificate.
        53 => {
            const { &[Uint(&TLSA_USAGE, 1), Uint(&TLSA_SELECTOR, 1), Uint(&TLSA_MATCHING, 1), Rest(&TLSA_DATA)] }
        }
        61 => const { &[Rest(&OPENPGPKEY)] },
        62 => {
            const { &[Uint(&CSYNC_SOA, 4), Flags(&CSYNC_FLAGS, 2, &[&CSYNC_IMMEDIATE, &CSYNC_MINIMUM]), Bitmap] }
        }
        63 => {
            const { &[Uint(&ZONEMD_SERIAL, 4), Uint(&ZONEMD_SCHEME, 1), Uint(&ZONEMD_HASH, 1), Rest(&ZONEMD)] }
        }
        104 => const { &[Uint(&NID_PREFERENCE, 2), Address(&NID, 8)] },
        105 => const { &[Uint(&L32_PREFERENCE, 2), Address(&L32, 4)] },
        106 => const { &[Uint(&L64_PREFERENCE, 2), Address(&L64, 8)] },
        107 => const { &[Uint(&LP_PREFERENCE, 2), Name(&LP)] },
        108 => const { &[Address(&EUI48, 6)] },
        109 => const { &[Address(&EUI64, 8)] },
        249 => {
            const {
                &[
                    Name(&TKEY_ALGORITHM),
                    Time(&TKEY_INCEPTION),
                    Time(&TKEY_EXPIRATION),
                    Uint(&TKEY_MODE, 2),
                    Uint(&TKEY_ERROR, 2),
                    Sized(&TKEY_KEY_LEN, &TKEY_KEY),
                    Sized(&TKEY_OTHER_LEN, &TKEY_OTHER),
                ]
            }
        }
        250 => {
            const {
                &[
                    Name(&TSIG_ALGORITHM),
                    TimeLong(&TSIG_TIME),
                    Uint(&TSIG_FUDGE, 2),
                    Sized(&TSIG_MAC_LEN, &TSIG_MAC),
                    Uint(&TSIG_ID, 2),
                    Uint(&TSIG_ERROR, 2),
                    Sized(&TSIG_OTHER_LEN, &TSIG_OTHER),
                ]
            }
        }
        65305 => const { &[Name(&ANAME)] },
        _ => return None,
    })
}
