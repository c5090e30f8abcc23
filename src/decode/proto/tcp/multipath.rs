//! The Multipath TCP option (RFC 8684; version 0: RFC 6824).

use crate::decode::{FieldDef, Packet, Sink};

pub(super) static MP_SUBTYPE: FieldDef =
    FieldDef::uint("tcp.options.mptcp.subtype", "Multipath TCP subtype", 8)
        .mask(0xf0)
        .values(&[
            (0, "Multipath Capable"),
            (1, "Join Connection"),
            (2, "Data Sequence Signal"),
            (3, "Add Address"),
            (4, "Remove Address"),
            (5, "Change Subflow Priority"),
            (6, "TCP Fallback"),
            (7, "Fast Close"),
            (8, "TCP Reset"),
        ])
        .about("What the Multipath TCP option does. RFC 8684, 8.2.");
static MP_VERSION: FieldDef = FieldDef::uint("tcp.options.mptcp.version", "Multipath TCP version", 8)
    .mask(0x0f)
    .about("Version of Multipath TCP that the sender speaks. RFC 8684, 3.1.");
static MP_FLAGS: FieldDef = FieldDef::uint("tcp.options.mptcp.flags", "Multipath TCP flags", 8)
    .hex()
    .about("Control bits of the Multipath TCP option. RFC 8684, 3.1 and 3.3.");
static MP_CHECKSUM_REQ: FieldDef =
    FieldDef::uint("tcp.options.mptcp.checksumreq.flags", "Checksum required", 8)
        .mask(0x80)
        .about("Every mapping of data must carry a checksum. RFC 8684, 3.1.");
static MP_EXTENSIBILITY: FieldDef =
    FieldDef::uint("tcp.options.mptcp.extensibility.flag", "Extensibility", 8)
        .mask(0x40)
        .about("Kept for later use: zero. RFC 8684, 3.1.");
static MP_NO_MORE: FieldDef = FieldDef::uint(
    "tcp.options.mptcp.nomoresubflows.flag",
    "Do not attempt to establish new subflows to this address and port",
    8,
)
.mask(0x20)
.about("The sender takes no further subflows at this address, as behind a load balancer. RFC 8684, 3.1.");
static MP_SHA256: FieldDef = FieldDef::uint("tcp.options.mptcp.sha256.flag", "Use HMAC-SHA256", 8)
    .mask(0x01)
    .about("Subflows are authenticated with HMAC-SHA256. RFC 8684, 3.1.");
static MP_SHA1: FieldDef = FieldDef::uint("tcp.options.mptcp.sha1.flag", "Use HMAC-SHA1", 8)
    .mask(0x01)
    .about("Subflows are authenticated with HMAC-SHA1 (version 0). RFC 6824, 3.1.");
static MP_DATA_FIN: FieldDef = FieldDef::uint("tcp.options.mptcp.datafin.flag", "DATA_FIN", 8)
    .mask(0x10)
    .about("The sender has no more data on any path. RFC 8684, 3.3.3.");
static MP_DSN8: FieldDef =
    FieldDef::uint("tcp.options.mptcp.dseqn8.flag", "Data Sequence Number is 8 octets", 8)
        .mask(0x08)
        .about("The data sequence number is 8 bytes rather than 4. RFC 8684, 3.3.");
static MP_DSN_PRESENT: FieldDef = FieldDef::uint(
    "tcp.options.mptcp.dseqnpresent.flag",
    "Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present",
    8,
)
.mask(0x04)
.about("A mapping of subflow to data follows. RFC 8684, 3.3.");
static MP_ACK8: FieldDef = FieldDef::uint("tcp.options.mptcp.dataack8.flag", "Data ACK is 8 octets", 8)
    .mask(0x02)
    .about("The data acknowledgment is 8 bytes rather than 4. RFC 8684, 3.3.");
static MP_ACK_PRESENT: FieldDef =
    FieldDef::uint("tcp.options.mptcp.dataackpresent.flag", "Data ACK is present", 8)
        .mask(0x01)
        .about("A data acknowledgment follows. RFC 8684, 3.3.");
static MP_BACKUP: FieldDef = FieldDef::uint("tcp.options.mptcp.backup.flag", "Backup flag", 8)
    .mask(0x01)
    .about("Use this path only when the others fail. RFC 8684, 3.3.8.");
static MP_ADDR_ID: FieldDef = FieldDef::uint("tcp.options.mptcp.addrid", "Address ID", 8)
    .about("Number of an address, so that it can be named behind a translator too. RFC 8684, 3.2.");
static MP_SEND_KEY: FieldDef = FieldDef::uint("tcp.options.mptcp.sendkey", "Sender's Key", 64)
    .about("Names the connection and authenticates later subflows. RFC 8684, 3.1.");
static MP_RECV_KEY: FieldDef = FieldDef::uint("tcp.options.mptcp.recvkey", "Receiver's Key", 64)
    .about("The other side's key, given back. RFC 8684, 3.1.");
static MP_RECV_TOKEN: FieldDef = FieldDef::uint("tcp.options.mptcp.recvtok", "Receiver's Token", 32)
    .about("Which connection the subflow joins: a hash of the receiver's key. RFC 8684, 3.2.");
static MP_SEND_RAND: FieldDef = FieldDef::uint("tcp.options.mptcp.sendrand", "Sender's Random Number", 32)
    .about("Makes every authentication different. RFC 8684, 3.2.");
static MP_TRUNC_HMAC: FieldDef =
    FieldDef::uint("tcp.options.mptcp.sendtrunchmac", "Sender's Truncated HMAC", 64)
        .about("Proves that the sender knows both keys, cut to 64 bits. RFC 8684, 3.2.");
static MP_HMAC: FieldDef = FieldDef::bytes("tcp.options.mptcp.sendhmac", "Sender's HMAC")
    .about("Proves that the sender knows both keys. RFC 8684, 3.2.");
static MP_DATA_ACK: FieldDef = FieldDef::uint("tcp.options.mptcp.rawdataack", "Original MPTCP Data ACK", 64)
    .about("The next byte that is expected of the whole connection. RFC 8684, 3.3.2.");
static MP_DATA_SEQ: FieldDef = FieldDef::uint("tcp.options.mptcp.rawdataseqno", "Data Sequence Number", 64)
    .about("Where the mapped data belongs in the whole connection. RFC 8684, 3.3.1.");
static MP_SUB_SEQ: FieldDef = FieldDef::uint("tcp.options.mptcp.subflowseqno", "Subflow Sequence Number", 32)
    .about("Where the mapped data lies in this subflow, relative to its start. RFC 8684, 3.3.1.");
static MP_DATA_LEN: FieldDef = FieldDef::uint("tcp.options.mptcp.datalvllen", "Data-level Length", 16)
    .about("Bytes that the mapping covers. RFC 8684, 3.3.1.");
static MP_CHECKSUM: FieldDef = FieldDef::uint("tcp.options.mptcp.checksum", "Checksum", 16)
    .hex()
    .about("Sum over the mapped data and its place. RFC 8684, 3.3.1.");
static MP_IP_VERSION: FieldDef = FieldDef::uint("tcp.options.mptcp.ipver", "IP version", 8)
    .mask(0x0f)
    .about("Version of the advertised address (Multipath TCP version 0). RFC 6824, 3.4.1.");
static MP_ECHO: FieldDef = FieldDef::uint("tcp.options.mptcp.echo", "Echo", 8)
    .mask(0x01)
    .about("Confirms an address that the other side advertised. RFC 8684, 3.4.1.");
static MP_IPV4: FieldDef = FieldDef::ipv4("tcp.options.mptcp.ipv4", "Advertised IPv4 Address")
    .about("A further address of the sender. RFC 8684, 3.4.1.");
static MP_IPV6: FieldDef = FieldDef::ipv6("tcp.options.mptcp.ipv6", "Advertised IPv6 Address")
    .about("A further address of the sender. RFC 8684, 3.4.1.");
static MP_PORT: FieldDef = FieldDef::uint("tcp.options.mptcp.port", "Advertised port", 16)
    .about("The port at the advertised address. RFC 8684, 3.4.1.");
static MP_ADD_HMAC: FieldDef = FieldDef::uint("tcp.options.mptcp.addaddrtrunchmac", "Truncated HMAC", 64)
    .about("Proves that the address is the sender's to advertise. RFC 8684, 3.4.1.");
static MP_RST_REASON: FieldDef = FieldDef::uint("tcp.options.mptcp.rst_reason", "TCPRST Reason", 8)
    .hex()
    .about("Why the subflow is reset. RFC 8684, 3.6.");

/// Every field of the option.
pub(super) const FIELDS: &[&FieldDef] = &[
    &MP_SUBTYPE,
    &MP_VERSION,
    &MP_FLAGS,
    &MP_CHECKSUM_REQ,
    &MP_EXTENSIBILITY,
    &MP_NO_MORE,
    &MP_SHA256,
    &MP_SHA1,
    &MP_DATA_FIN,
    &MP_DSN8,
    &MP_DSN_PRESENT,
    &MP_ACK8,
    &MP_ACK_PRESENT,
    &MP_BACKUP,
    &MP_ADDR_ID,
    &MP_SEND_KEY,
    &MP_RECV_KEY,
    &MP_RECV_TOKEN,
    &MP_SEND_RAND,
    &MP_TRUNC_HMAC,
    &MP_HMAC,
    &MP_DATA_ACK,
    &MP_DATA_SEQ,
    &MP_SUB_SEQ,
    &MP_DATA_LEN,
    &MP_CHECKSUM,
    &MP_IP_VERSION,
    &MP_ECHO,
    &MP_IPV4,
    &MP_IPV6,
    &MP_PORT,
    &MP_ADD_HMAC,
    &MP_RST_REASON,
];

/// Tells the parts of the option of `len` bytes at `at`.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    packet.uint(&MP_SUBTYPE, at + 2, 1);
    let low = packet.read(at + 2, 1).unwrap_or(0);
    let flags = packet.read(at + 3, 1).unwrap_or(0);
    let mut from = 4;
    // Tells the next `size` bytes, if the option is long enough.
    let mut next = |packet: &mut Packet<'_, S>, def: &'static FieldDef, size: usize| {
        if from + size <= len {
            match def.bits() {
                Some(_) => packet.uint(def, at + from, size),
                None => packet.slice(def, at + from, size),
            }
            from += size;
        }
    };
    match low >> 4 {
        0 => {
            packet.uint(&MP_VERSION, at + 2, 1);
            let hash = if low & 0x0f == 0 { &MP_SHA1 } else { &MP_SHA256 };
            flag_group(packet, at, &[&MP_CHECKSUM_REQ, &MP_EXTENSIBILITY, &MP_NO_MORE, hash]);
            next(packet, &MP_SEND_KEY, 8);
            next(packet, &MP_RECV_KEY, 8);
            next(packet, &MP_DATA_LEN, 2);
            next(packet, &MP_CHECKSUM, 2);
        }
        1 => {
            if len < 24 {
                packet.uint(&MP_BACKUP, at + 2, 1);
                packet.uint(&MP_ADDR_ID, at + 3, 1);
            }
            match len {
                12 => next(packet, &MP_RECV_TOKEN, 4),
                16 => next(packet, &MP_TRUNC_HMAC, 8),
                24 => next(packet, &MP_HMAC, 20),
                _ => {}
            }
            next(packet, &MP_SEND_RAND, 4);
        }
        2 => {
            let defs = [&MP_DATA_FIN, &MP_DSN8, &MP_DSN_PRESENT, &MP_ACK8, &MP_ACK_PRESENT];
            flag_group(packet, at, &defs);
            if flags & 0x01 != 0 {
                next(packet, &MP_DATA_ACK, if flags & 0x02 != 0 { 8 } else { 4 });
            }
            if flags & 0x04 != 0 {
                next(packet, &MP_DATA_SEQ, if flags & 0x08 != 0 { 8 } else { 4 });
                next(packet, &MP_SUB_SEQ, 4);
                next(packet, &MP_DATA_LEN, 2);
                next(packet, &MP_CHECKSUM, 2);
            }
        }
        3 => {
            // Version 0 says 4 or 6 here, version 1 has flags and tells by the length.
            let first = matches!(low & 0x0f, 4 | 6);
            packet.uint(if first { &MP_IP_VERSION } else { &MP_ECHO }, at + 2, 1);
            packet.uint(&MP_ADDR_ID, at + 3, 1);
            let six = if first { low & 0x0f == 6 } else { len >= 20 };
            next(packet, if six { &MP_IPV6 } else { &MP_IPV4 }, if six { 16 } else { 4 });
            if matches!(len, 10 | 18 | 22 | 30) {
                next(packet, &MP_PORT, 2);
            }
            next(packet, &MP_ADD_HMAC, 8);
        }
        4 => {
            for address in 3..len {
                packet.uint(&MP_ADDR_ID, at + address, 1);
            }
        }
        5 => {
            packet.uint(&MP_BACKUP, at + 2, 1);
            if len > 3 {
                packet.uint(&MP_ADDR_ID, at + 3, 1);
            }
        }
        6 => next(packet, &MP_DATA_SEQ, 8),
        7 => next(packet, &MP_RECV_KEY, 8),
        8 if len > 3 => packet.uint(&MP_RST_REASON, at + 3, 1),
        _ => {}
    }
}

fn flag_group<S: Sink>(packet: &mut Packet<'_, S>, at: usize, flags: &[&'static FieldDef]) {
    packet.uint_group(&MP_FLAGS, at + 3, 1);
    for flag in flags {
        packet.uint(flag, at + 3, 1);
    }
    packet.end_group();
}
