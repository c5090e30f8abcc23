//! The fields of records and handshake messages, and their names of values.

use crate::decode::FieldDef;

static VERSIONS: &[(u64, &str)] = &[
    (0x0002, "SSL 2.0"),
    (0x0300, "SSL 3.0"),
    (0x0301, "TLS 1.0"),
    (0x0302, "TLS 1.1"),
    (0x0303, "TLS 1.2"),
    (0x0304, "TLS 1.3"),
    (0x7f0e, "TLS 1.3 (draft 14)"),
    (0x7f0f, "TLS 1.3 (draft 15)"),
    (0x7f10, "TLS 1.3 (draft 16)"),
    (0x7f12, "TLS 1.3 (draft 18)"),
    (0x7f17, "TLS 1.3 (draft 23)"),
    (0x7f1a, "TLS 1.3 (draft 26)"),
    (0x7f1b, "TLS 1.3 (draft 27)"),
    (0x7f1c, "TLS 1.3 (draft 28)"),
];
static GROUPS: &[(u64, &str)] = &[
    (0x0013, "secp192r1"),
    (0x0015, "secp224r1"),
    (0x0016, "secp256k1"),
    (0x0017, "secp256r1"),
    (0x0018, "secp384r1"),
    (0x0019, "secp521r1"),
    (0x001a, "brainpoolP256r1"),
    (0x001b, "brainpoolP384r1"),
    (0x001c, "brainpoolP512r1"),
    (0x001d, "x25519"),
    (0x001e, "x448"),
    (0x0029, "curveSM2"),
    (0x0100, "ffdhe2048"),
    (0x0101, "ffdhe3072"),
    (0x0102, "ffdhe4096"),
    (0x0103, "ffdhe6144"),
    (0x0104, "ffdhe8192"),
    (0x11eb, "SecP256r1MLKEM768"),
    (0x11ec, "X25519MLKEM768"),
    (0x6399, "X25519Kyber768Draft00"),
    (0xff01, "arbitrary_explicit_prime_curves"),
    (0xff02, "arbitrary_explicit_char2_curves"),
];
static SIGNATURES: &[(u64, &str)] = &[
    (0x0201, "rsa_pkcs1_sha1"),
    (0x0203, "ecdsa_sha1"),
    (0x0401, "rsa_pkcs1_sha256"),
    (0x0403, "ecdsa_secp256r1_sha256"),
    (0x0501, "rsa_pkcs1_sha384"),
    (0x0503, "ecdsa_secp384r1_sha384"),
    (0x0601, "rsa_pkcs1_sha512"),
    (0x0603, "ecdsa_secp521r1_sha512"),
    (0x0708, "sm2sig_sm3"),
    (0x0804, "rsa_pss_rsae_sha256"),
    (0x0805, "rsa_pss_rsae_sha384"),
    (0x0806, "rsa_pss_rsae_sha512"),
    (0x0807, "ed25519"),
    (0x0808, "ed448"),
    (0x0809, "rsa_pss_pss_sha256"),
    (0x080a, "rsa_pss_pss_sha384"),
    (0x080b, "rsa_pss_pss_sha512"),
];
static EXTENSIONS: &[(u64, &str)] = &[
    (0, "server_name"),
    (1, "max_fragment_length"),
    (2, "client_certificate_url"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (6, "user_mapping"),
    (7, "client_authz"),
    (8, "server_authz"),
    (9, "cert_type"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (12, "srp"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "application_layer_protocol_negotiation"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (19, "client_certificate_type"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (24, "token_binding"),
    (25, "cached_info"),
    (27, "compress_certificate"),
    (28, "record_size_limit"),
    (34, "delegated_credentials"),
    (35, "session_ticket"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (44, "cookie"),
    (45, "psk_key_exchange_modes"),
    (47, "certificate_authorities"),
    (48, "oid_filters"),
    (49, "post_handshake_auth"),
    (50, "signature_algorithms_cert"),
    (51, "key_share"),
    (52, "transparency_info"),
    (54, "connection_id"),
    (57, "quic_transport_parameters"),
    (13172, "next_protocol_negotiation"),
    (17513, "application_settings"),
    (17613, "application_settings"),
    (30031, "channel_id_old"),
    (30032, "channel_id"),
    (65037, "encrypted_client_hello"),
    (65281, "renegotiation_info"),
    (65486, "encrypted_server_name"),
];
static ALERTS: &[(u64, &str)] = &[
    (0, "Close Notify"),
    (1, "End of Early Data"),
    (10, "Unexpected Message"),
    (20, "Bad Record MAC"),
    (21, "Decryption Failed"),
    (22, "Record Overflow"),
    (30, "Decompression Failure"),
    (40, "Handshake Failure"),
    (41, "No Certificate"),
    (42, "Bad Certificate"),
    (43, "Unsupported Certificate"),
    (44, "Certificate Revoked"),
    (45, "Certificate Expired"),
    (46, "Certificate Unknown"),
    (47, "Illegal Parameter"),
    (48, "Unknown CA"),
    (49, "Access Denied"),
    (50, "Decode Error"),
    (51, "Decrypt Error"),
    (60, "Export Restriction"),
    (70, "Protocol Version"),
    (71, "Insufficient Security"),
    (80, "Internal Error"),
    (86, "Inappropriate Fallback"),
    (90, "User Canceled"),
    (100, "No Renegotiation"),
    (109, "Missing Extension"),
    (110, "Unsupported Extension"),
    (111, "Certificate Unobtainable"),
    (112, "Unrecognized Name"),
    (113, "Bad Certificate Status Response"),
    (114, "Bad Certificate Hash Value"),
    (115, "Unknown PSK Identity"),
    (116, "Certificate Required"),
    (120, "No application Protocol"),
    (121, "ECH Required"),
];
static MESSAGES: &[(u64, &str)] = &[
    (0, "Hello Request"),
    (1, "Client Hello"),
    (2, "Server Hello"),
    (4, "New Session Ticket"),
    (5, "End of Early Data"),
    (8, "Encrypted Extensions"),
    (11, "Certificate"),
    (12, "Server Key Exchange"),
    (13, "Certificate Request"),
    (14, "Server Hello Done"),
    (15, "Certificate Verify"),
    (16, "Client Key Exchange"),
    (20, "Finished"),
    (21, "Certificate URL"),
    (22, "Certificate Status"),
    (23, "Supplemental Data"),
    (24, "Key Update"),
    (25, "Compressed Certificate"),
    (67, "Encrypted Extensions"),
];

crate::decode::field::fields! {
    RECORD = FieldDef::group("tls.record", "Record Layer")
        .about("One record: a piece of a stream, framed, and encrypted once the keys are there. RFC 8446, 5.1.");
    CONTENT_TYPE = FieldDef::uint("tls.record.content_type", "Content Type", 8)
        .values(&[(20, "Change Cipher Spec"), (21, "Alert"), (22, "Handshake"), (23, "Application Data"), (24, "Heartbeat")])
        .about("What the record carries; in TLS 1.3 all that is encrypted looks like application data. RFC 8446, 5.1.");
    RECORD_VERSION = FieldDef::uint("tls.record.version", "Version", 16).hex().values(VERSIONS)
        .about("Version for the sake of old equipment; since TLS 1.3 it says nothing. RFC 8446, 5.1.");
    RECORD_LENGTH = FieldDef::uint("tls.record.length", "Length", 16)
        .about("Bytes of the record behind this header, at most 16384 and some for the encryption. RFC 8446, 5.1.");
    PARTIAL = FieldDef::bytes("wirepeel.tls.partial_header", "Record header cut short")
        .about("First bytes of a record whose rest is in another segment. RFC 8446, 5.1.");
    APP_DATA = FieldDef::bytes("tls.app_data", "Encrypted Application Data")
        .about("What the two ends say to each other; only they can read it. RFC 8446, 5.2.");
    CHANGE_CIPHER = FieldDef::bytes("tls.change_cipher_spec", "Change Cipher Spec Message")
        .about("From here on the sender encrypts; without meaning in TLS 1.3. RFC 5246, 7.1; RFC 8446, 5.");
    ALERT = FieldDef::group("tls.alert_message", "Alert Message")
        .about("Closes the connection or says what went wrong. RFC 8446, 6.");
    ENCRYPTED_ALERT = FieldDef::bytes("wirepeel.tls.encrypted_alert", "Encrypted Alert")
        .about("An alert that only the two ends can read. RFC 5246, 7.2.");
    ALERT_LEVEL = FieldDef::uint("tls.alert_message.level", "Level", 8).values(&[(1, "Warning"), (2, "Fatal")])
        .about("Whether the connection can go on. RFC 8446, 6.");
    ALERT_DESC = FieldDef::uint("tls.alert_message.desc", "Description", 8).values(ALERTS)
        .about("What happened. RFC 8446, 6.");
    HEARTBEAT = FieldDef::group("tls.heartbeat_message", "Heartbeat Message")
        .about("Asks whether the other end is alive, or answers. RFC 6520, 3.");
    HEARTBEAT_TYPE = FieldDef::uint("tls.heartbeat_message.type", "Type", 8).values(&[(1, "Request"), (2, "Response")])
        .about("Question or answer. RFC 6520, 3.");
    HEARTBEAT_LENGTH = FieldDef::uint("tls.heartbeat_message.payload_length", "Payload Length", 16)
        .about("Bytes that the answer must bring back; more than there are is an attack (Heartbleed). RFC 6520, 4.");
    HEARTBEAT_PAYLOAD = FieldDef::bytes("tls.heartbeat_message.payload", "Payload")
        .about("Bytes that the answer must bring back. RFC 6520, 4.");
    ENCRYPTED_HEARTBEAT = FieldDef::bytes("wirepeel.tls.encrypted_heartbeat", "Encrypted Heartbeat")
        .about("A heartbeat that only the two ends can read. RFC 6520, 3.");
    HANDSHAKE = FieldDef::group("tls.handshake", "Handshake Protocol")
        .about("One step of agreeing on version, methods and keys. RFC 8446, 4.");
    ENCRYPTED_HANDSHAKE = FieldDef::bytes("wirepeel.tls.encrypted_handshake", "Encrypted Handshake Message")
        .about("A handshake message that only the two ends can read, or the rest of a long one. RFC 5246, 7.4.");
    MALFORMED = FieldDef::group("wirepeel.tls.malformed", "Malformed")
        .about("What does not follow its format, in a message that was encrypted: only told here, since the statistics open no packets. RFC 8446, 6.2.");
    TYPE = FieldDef::uint("tls.handshake.type", "Handshake Type", 8).values(MESSAGES)
        .about("Which step of the handshake this is. RFC 8446, 4.");
    LENGTH = FieldDef::uint("tls.handshake.length", "Length", 24)
        .about("Bytes of the message behind this header. RFC 8446, 4.");
    BODY = FieldDef::bytes("wirepeel.tls.handshake.body", "Message")
        .about("A handshake message that is not taken apart further. RFC 5246, 7.4; RFC 8446, 4.");
    VERSION = FieldDef::uint("tls.handshake.version", "Version", 16).hex().values(VERSIONS)
        .about("Version wanted, or taken; TLS 1.3 says 1.2 here and the truth in an extension. RFC 8446, 4.1.2.");
    RANDOM = FieldDef::bytes("tls.handshake.random", "Random")
        .about("32 random bytes that make every handshake different. RFC 8446, 4.1.2.");
    SESSION_LEN = FieldDef::uint("tls.handshake.session_id_length", "Session ID Length", 8)
        .about("Bytes of the session's name. RFC 5246, 7.4.1.2.");
    SESSION = FieldDef::bytes("tls.handshake.session_id", "Session ID")
        .about("Name of an earlier session to go on with; for show in TLS 1.3. RFC 5246, 7.4.1.2; RFC 8446, 4.1.2.");
    SUITES_LEN = FieldDef::uint("tls.handshake.cipher_suites_length", "Cipher Suites Length", 16)
        .about("Bytes of the list, two for each suite. RFC 8446, 4.1.2.");
    SUITES = FieldDef::group("tls.handshake.ciphersuites", "Cipher Suites")
        .about("Sets of methods that the client can use, the preferred one first. RFC 8446, 4.1.2.");
    SUITE = FieldDef::uint("tls.handshake.ciphersuite", "Cipher Suite", 16).hex()
        .about("A set of methods to encrypt and protect with. RFC 8446, B.4; IANA TLS cipher suites.");
    COMP_LEN = FieldDef::uint("tls.handshake.comp_methods_length", "Compression Methods Length", 8)
        .about("Bytes of the list. RFC 5246, 7.4.1.2.");
    COMP = FieldDef::uint("tls.handshake.comp_method", "Compression Method", 8)
        .values(&[(0, "null"), (1, "DEFLATE"), (64, "LZS")])
        .about("How to compress before encrypting; none nowadays, since it gives secrets away. RFC 8446, 4.1.2.");
    EXTENSIONS_LEN = FieldDef::uint("tls.handshake.extensions_length", "Extensions Length", 16)
        .about("Bytes of all extensions together. RFC 8446, 4.2.");
    EXTENSION = FieldDef::group("wirepeel.tls.extension", "Extension")
        .about("Something offered or agreed on beyond the basics. RFC 8446, 4.2.");
    EXTENSION_TYPE = FieldDef::uint("tls.handshake.extension.type", "Type", 16).values(EXTENSIONS)
        .about("Which extension this is. RFC 8446, 4.2; IANA TLS extensions.");
    EXTENSION_LEN = FieldDef::uint("tls.handshake.extension.len", "Length", 16)
        .about("Bytes of the extension's data. RFC 8446, 4.2.");
    EXTENSION_DATA = FieldDef::bytes("tls.handshake.extension.data", "Data")
        .about("Data of an extension that is not taken apart further. RFC 8446, 4.2.");
    SNI_LIST_LEN = FieldDef::uint("tls.handshake.extensions_server_name_list_len", "Server Name list length", 16)
        .about("Bytes of the list of names. RFC 6066, 3.");
    SNI_TYPE = FieldDef::uint("tls.handshake.extensions_server_name_type", "Server Name Type", 8)
        .values(&[(0, "host_name")]).about("Kind of name; only host names exist. RFC 6066, 3.");
    SNI_LEN = FieldDef::uint("tls.handshake.extensions_server_name_len", "Server Name length", 16)
        .about("Bytes of the name. RFC 6066, 3.");
    SNI = FieldDef::text("tls.handshake.extensions_server_name", "Server Name")
        .about("Name of the site that the client wants, in the clear: one address may serve many. RFC 6066, 3.");
    ALPN_LIST_LEN = FieldDef::uint("tls.handshake.extensions_alpn_len", "ALPN Extension Length", 16)
        .about("Bytes of the list of protocols. RFC 7301, 3.1.");
    ALPN_LEN = FieldDef::uint("tls.handshake.extensions_alpn_str_len", "ALPN string length", 8)
        .about("Bytes of the protocol's name. RFC 7301, 3.1.");
    ALPN = FieldDef::text("tls.handshake.extensions_alpn_str", "ALPN Next Protocol")
        .about("Protocol to speak inside, such as h2 for HTTP/2. RFC 7301, 3.1.");
    GROUPS_LEN = FieldDef::uint("tls.handshake.extensions_supported_groups_length", "Supported Groups List Length", 16)
        .about("Bytes of the list. RFC 8446, 4.2.7.");
    GROUP = FieldDef::uint("tls.handshake.extensions_supported_group", "Supported Group", 16).hex().values(GROUPS)
        .about("A curve or group in which keys can be agreed on. RFC 8446, 4.2.7.");
    FORMATS_LEN = FieldDef::uint("tls.handshake.extensions_ec_point_formats_length", "EC point formats Length", 8)
        .about("Bytes of the list. RFC 8422, 5.1.2.");
    FORMAT = FieldDef::uint("tls.handshake.extensions_ec_point_format", "EC point format", 8)
        .values(&[(0, "uncompressed"), (1, "ansiX962_compressed_prime"), (2, "ansiX962_compressed_char2")])
        .about("How points of curves may be written. RFC 8422, 5.1.2.");
    SIG_LEN = FieldDef::uint("tls.handshake.sig_hash_alg_len", "Signature Hash Algorithms Length", 16)
        .about("Bytes of the list. RFC 8446, 4.2.3.");
    SIG = FieldDef::uint("tls.handshake.sig_hash_alg", "Signature Algorithm", 16).hex().values(SIGNATURES)
        .about("A kind of signature that the sender can check. RFC 8446, 4.2.3.");
    VERSIONS_LEN = FieldDef::uint("tls.handshake.extensions.supported_versions_len", "Supported Versions length", 8)
        .about("Bytes of the list. RFC 8446, 4.2.1.");
    SUPPORTED_VERSION = FieldDef::uint("tls.handshake.extensions.supported_version", "Supported Version", 16).hex().values(VERSIONS)
        .about("A version that the client can speak; in the answer, the one that is spoken. RFC 8446, 4.2.1.");
    MODES_LEN = FieldDef::uint("tls.extension.psk_ke_modes_length", "PSK Key Exchange Modes Length", 8)
        .about("Bytes of the list. RFC 8446, 4.2.9.");
    MODE = FieldDef::uint("tls.extension.psk_ke_mode", "PSK Key Exchange Mode", 8)
        .values(&[(0, "PSK-only key establishment (psk_ke)"), (1, "PSK with (EC)DHE key establishment (psk_dhe_ke)")])
        .about("How a known key may be used again. RFC 8446, 4.2.9.");
    SHARES_LEN = FieldDef::uint("tls.handshake.extensions_key_share_client_length", "Client Key Share Length", 16)
        .about("Bytes of all shares together. RFC 8446, 4.2.8.");
    SHARE = FieldDef::group("wirepeel.tls.key_share", "Key Share Entry")
        .about("The sender's part of a key agreement in one group. RFC 8446, 4.2.8.");
    SHARE_GROUP = FieldDef::uint("tls.handshake.extensions_key_share_group", "Group", 16).values(GROUPS)
        .about("Group that the share belongs to. RFC 8446, 4.2.8.");
    SHARE_SELECTED = FieldDef::uint("tls.handshake.extensions_key_share_selected_group", "Selected Group", 16).values(GROUPS)
        .about("Group that the server wants a share for. RFC 8446, 4.2.8.");
    SHARE_LEN = FieldDef::uint("tls.handshake.extensions_key_share_key_exchange_length", "Key Exchange Length", 16)
        .about("Bytes of the share. RFC 8446, 4.2.8.");
    SHARE_DATA = FieldDef::bytes("tls.handshake.extensions_key_share_key_exchange", "Key Exchange")
        .about("The share: a public key for this connection only. RFC 8446, 4.2.8.");
    RENEGOTIATION_LEN = FieldDef::uint("tls.handshake.extensions_reneg_info_len", "Renegotiation info extension length", 8)
        .about("Bytes that tie a new handshake to the old one; 0 in the first. RFC 5746, 3.2.");
    CERTIFICATES_LEN = FieldDef::uint("tls.handshake.certificates_length", "Certificates Length", 24)
        .about("Bytes of all certificates together. RFC 5246, 7.4.2.");
    CERTIFICATE_LEN = FieldDef::uint("tls.handshake.certificate_length", "Certificate Length", 24)
        .about("Bytes of one certificate. RFC 5246, 7.4.2.");
    CERTIFICATE = FieldDef::bytes("tls.handshake.certificate", "Certificate")
        .about("An X.509 certificate: the sender's own first, then who vouches for the one before. RFC 5246, 7.4.2.");
    TICKET_LIFETIME = FieldDef::uint("tls.handshake.session_ticket_lifetime_hint", "Session Ticket Lifetime Hint", 32)
        .about("Seconds that the ticket should be good for. RFC 5077, 3.3.");
    TICKET_LEN = FieldDef::uint("tls.handshake.session_ticket_length", "Session Ticket Length", 16)
        .about("Bytes of the ticket. RFC 5077, 3.3.");
    TICKET = FieldDef::bytes("tls.handshake.session_ticket", "Session Ticket")
        .about("The session's state, readable for the server alone, for the client to bring back. RFC 5077, 3.3.");
}
