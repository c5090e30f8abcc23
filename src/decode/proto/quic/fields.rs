//! The fields of packets and frames, and their names of values.

use super::version;
use crate::decode::FieldDef;

static TYPES: &[(u64, &str)] = &[(0, "Initial"), (1, "0-RTT"), (2, "Handshake"), (3, "Retry")];
static TYPES_2: &[(u64, &str)] = &[(0, "Retry"), (1, "Initial"), (2, "0-RTT"), (3, "Handshake")];
static NUMBER_LENGTHS: &[(u64, &str)] = &[(0, "1 byte"), (1, "2 bytes"), (2, "3 bytes"), (3, "4 bytes")];
static FORMS: &[(u64, &str)] = &[(0, "Short Header"), (1, "Long Header")];
static FRAMES: &[(u64, &str)] = &[
    (0x00, "PADDING"),
    (0x01, "PING"),
    (0x02, "ACK"),
    (0x03, "ACK_ECN"),
    (0x06, "CRYPTO"),
    (0x1c, "CONNECTION_CLOSE (Transport)"),
];
static ERRORS: &[(u64, &str)] = &[
    (0x0, "NO_ERROR"),
    (0x1, "INTERNAL_ERROR"),
    (0x2, "CONNECTION_REFUSED"),
    (0x3, "FLOW_CONTROL_ERROR"),
    (0x4, "STREAM_LIMIT_ERROR"),
    (0x5, "STREAM_STATE_ERROR"),
    (0x6, "FINAL_SIZE_ERROR"),
    (0x7, "FRAME_ENCODING_ERROR"),
    (0x8, "TRANSPORT_PARAMETER_ERROR"),
    (0x9, "CONNECTION_ID_LIMIT_ERROR"),
    (0xa, "PROTOCOL_VIOLATION"),
    (0xb, "INVALID_TOKEN"),
    (0xc, "APPLICATION_ERROR"),
    (0xd, "CRYPTO_BUFFER_EXCEEDED"),
    (0xe, "KEY_UPDATE_ERROR"),
    (0xf, "AEAD_LIMIT_REACHED"),
    (0x10, "NO_VIABLE_PATH"),
    (0x11, "VERSION_NEGOTIATION_ERROR"),
];

crate::decode::field::fields! {
    PACKET = FieldDef::group("wirepeel.quic.packet", "Packet")
        .about("One packet; a datagram may hold several, so that a handshake takes fewer of them. RFC 9000, 12.2.");
    PACKET_LENGTH = FieldDef::uint("quic.packet_length", "Packet Length", 32)
        .about("Bytes of the packet, its header included. Counted by the reader, not sent.");
    FORM = FieldDef::uint("quic.header_form", "Header Form", 8).mask(0x80).values(FORMS)
        .about("Long headers set a connection up, short ones carry its data. RFC 9000, 17.");
    FIXED = FieldDef::flag("quic.fixed_bit", "Fixed Bit", 8, 0x40)
        .about("Set in every packet, so that QUIC can share a port with other protocols; by agreement also random. RFC 9000, 17.2; RFC 9287.");
    TYPE = FieldDef::uint("quic.long.packet_type", "Packet Type", 8).mask(0x30).values(TYPES)
        .about("Which step of setting up the connection the packet belongs to. RFC 9000, 17.2.");
    TYPE_2 = FieldDef::uint("quic.long.packet_type_v2", "Packet Type", 8).mask(0x30).values(TYPES_2)
        .about("The same with the numbers of version 2, which differ so that nobody relies on them. RFC 9369, 3.2.");
    RESERVED = FieldDef::uint("quic.long.reserved", "Reserved", 8).mask(0x0c)
        .about("Zero once the protection is taken off. RFC 9000, 17.2.");
    NUMBER_LENGTH = FieldDef::uint("quic.packet_number_length", "Packet Number Length", 8).mask(0x03).values(NUMBER_LENGTHS)
        .about("Bytes of the packet number; protected too. RFC 9000, 17.2.");
    VERSION = FieldDef::uint("quic.version", "Version", 32).hex().values(version::NAMES)
        .about("Version of QUIC, which says how the rest is read; 0 in an answer that names others. RFC 9000, 15.");
    DCIL = FieldDef::uint("quic.dcil", "Destination Connection ID Length", 8)
        .about("Bytes of the connection ID; 20 at the most. RFC 9000, 17.2.");
    DCID = FieldDef::bytes("quic.dcid", "Destination Connection ID")
        .about("Name that the receiver has chosen for the connection, so that it outlives a change of address; the client's first is random, and the keys of Initial packets come from it. RFC 9000, 5.1; RFC 9001, 5.2.");
    SCIL = FieldDef::uint("quic.scil", "Source Connection ID Length", 8)
        .about("Bytes of the connection ID; 20 at the most. RFC 9000, 17.2.");
    SCID = FieldDef::bytes("quic.scid", "Source Connection ID")
        .about("Name that the sender has chosen for the connection: where answers should go. RFC 9000, 5.1.");
    TOKEN_LENGTH = FieldDef::uint("quic.token_length", "Token Length", 64)
        .about("Bytes of the token; 0 without one. RFC 9000, 17.2.2.");
    TOKEN = FieldDef::bytes("quic.token", "Token")
        .about("Proves that the client was heard at its address before: by a Retry, or in an earlier connection. RFC 9000, 8.1.");
    LENGTH = FieldDef::uint("quic.length", "Length", 64)
        .about("Bytes from the packet number to the packet's end: behind it another packet may begin. RFC 9000, 17.2.");
    NUMBER = FieldDef::uint("quic.packet_number", "Packet Number", 64)
        .about("Counts the packets of one sender and step; never used twice, since it makes the nonce. RFC 9000, 12.3.");
    PAYLOAD = FieldDef::bytes("quic.payload", "Payload")
        .about("Frames and the tag that proves them whole, encrypted with keys that everyone can derive. RFC 9001, 5.");
    REMAINING = FieldDef::bytes("quic.remaining_payload", "Remaining Payload")
        .about("Packet number and frames, encrypted: only the two ends can read them. RFC 9001, 5.");
    FAILED = FieldDef::group("quic.decryption_failed", "Not decrypted")
        .about("No connection ID that was seen gives keys that prove the packet whole: it is damaged, or the connection's first packet is missing. RFC 9001, 5.2.");
    VN_UNUSED = FieldDef::uint("quic.vn.unused", "Unused", 8).mask(0x7f).hex()
        .about("Any bits. RFC 9000, 17.2.1.");
    SUPPORTED = FieldDef::uint("quic.supported_version", "Supported Version", 32).hex().values(version::NAMES)
        .about("A version that the server speaks; reserved ones are there to see that clients ignore them. RFC 9000, 17.2.1.");
    ODCIL = FieldDef::uint("quic.odcil", "Original Destination Connection ID Length", 8)
        .about("Bytes of the connection ID in the Retry of drafts before 25. Draft 24 of RFC 9000, 17.2.5.");
    ODCID = FieldDef::bytes("quic.odcid", "Original Destination Connection ID")
        .about("Where the client's first packet was sent to: shows that the sender has seen it. Draft 24 of RFC 9000, 17.2.5.");
    RETRY_TOKEN = FieldDef::bytes("quic.retry_token", "Retry Token")
        .about("What the client must bring back to prove its address. RFC 9000, 17.2.5.");
    RETRY_TAG = FieldDef::bytes("quic.retry_integrity_tag", "Retry Integrity Tag")
        .about("Shows that the sender has seen the client's first packet, and that nothing is damaged. RFC 9001, 5.8.");
    SHORT = FieldDef::group("quic.short", "QUIC Short Header")
        .about("Header of the packets that carry data: all but a connection ID is protected. RFC 9000, 17.3.");
    SPIN = FieldDef::flag("quic.spin_bit", "Spin Bit", 8, 0x20)
        .about("Turns once a round trip, for those who measure on the way; senders may do without. RFC 9000, 17.4.");
    COALESCED = FieldDef::bytes("quic.coalesced_padding_data", "Coalesced Padding Data")
        .about("Bytes behind the last packet that are none of the same connection. RFC 9000, 12.2.");
    FRAME = FieldDef::group("quic.frame", "Frame")
        .about("One piece of what a packet says. RFC 9000, 12.4.");
    FRAME_TYPE = FieldDef::uint("quic.frame_type", "Frame Type", 64).values(FRAMES)
        .about("Which frame this is; an Initial packet may hold only few of them. RFC 9000, 12.4.");
    UNKNOWN = FieldDef::bytes("wirepeel.quic.unknown_frame", "No frame of an Initial packet")
        .about("What does not follow the format of any frame that may be here. RFC 9000, 12.4.");
    PADDING_LENGTH = FieldDef::uint("quic.padding_length", "Padding Length", 32)
        .about("How many PADDING frames follow each other, a byte each: a client fills its first datagrams up to 1200 bytes. RFC 9000, 14.1, 19.1.");
    LARGEST = FieldDef::uint("quic.ack.largest_acknowledged", "Largest Acknowledged", 64)
        .about("Largest packet number that came. RFC 9000, 19.3.");
    ACK_DELAY = FieldDef::uint("quic.ack.ack_delay", "ACK Delay", 64)
        .about("How long this was put off, in units that the sender has named. RFC 9000, 19.3.");
    RANGE_COUNT = FieldDef::uint("quic.ack.ack_range_count", "ACK Range Count", 64)
        .about("Gaps and ranges behind the first range. RFC 9000, 19.3.");
    FIRST_RANGE = FieldDef::uint("quic.ack.first_ack_range", "First ACK Range", 64)
        .about("How many packets right before the largest came too. RFC 9000, 19.3.");
    GAP = FieldDef::uint("quic.ack.gap", "Gap", 64)
        .about("How many packets did not come, less one. RFC 9000, 19.3.1.");
    RANGE = FieldDef::uint("quic.ack.ack_range", "ACK Range", 64)
        .about("How many packets before the gap came, less one. RFC 9000, 19.3.1.");
    ECT0 = FieldDef::uint("quic.ack.ect0_count", "ECT(0) Count", 64)
        .about("Packets that came marked ECT(0). RFC 9000, 19.3.2.");
    ECT1 = FieldDef::uint("quic.ack.ect1_count", "ECT(1) Count", 64)
        .about("Packets that came marked ECT(1). RFC 9000, 19.3.2.");
    CE = FieldDef::uint("quic.ack.ecn_ce_count", "ECN-CE Count", 64)
        .about("Packets that a congested router has marked. RFC 9000, 19.3.2.");
    CRYPTO_OFFSET = FieldDef::uint("quic.crypto.offset", "Offset", 64)
        .about("Where these bytes lie in the stream of the handshake. RFC 9000, 19.6.");
    CRYPTO_LENGTH = FieldDef::uint("quic.crypto.length", "Length", 64)
        .about("Bytes of the handshake in this frame. RFC 9000, 19.6.");
    CRYPTO_DATA = FieldDef::bytes("quic.crypto.crypto_data", "Crypto Data")
        .about("Bytes of the TLS handshake, without the records of TLS. RFC 9001, 4.1.3.");
    CLOSE_ERROR = FieldDef::uint("quic.cc.error_code", "Error code", 64).values(ERRORS)
        .about("Why the connection ends. RFC 9000, 19.19, 20.1.");
    CLOSE_ALERT = FieldDef::uint("quic.cc.error_code.tls_alert", "TLS Alert Description", 8)
        .about("The alert of TLS that the error stands for. RFC 9001, 4.8.");
    CLOSE_FRAME = FieldDef::uint("quic.cc.frame_type", "Frame Type", 64)
        .about("Type of the frame that caused it; 0 where that is not known. RFC 9000, 19.19.");
    REASON_LENGTH = FieldDef::uint("quic.cc.reason_phrase.length", "Reason phrase Length", 64)
        .about("Bytes of the reason. RFC 9000, 19.19.");
    REASON = FieldDef::text("quic.cc.reason_phrase", "Reason phrase")
        .about("Why, in words for people. RFC 9000, 19.19.");
}
