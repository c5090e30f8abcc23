//! What differs from version to version: the salt of the keys that everyone can
//! derive, the labels, the numbers of packet types, the key of Retry.

/// The secrets of one version, all of which its specification publishes.
#[derive(Debug)]
pub(super) struct Version {
    /// Salts of the Initial secret; more than one where it is not said which holds.
    pub salts: &'static [[u8; 20]],
    /// Labels of key, initialisation vector and header protection.
    pub labels: [&'static str; 3],
    /// Key and nonce of the tag on a Retry.
    pub retry: Option<([u8; 16], [u8; 12])>,
    /// Its packet types have other numbers (RFC 9369, 3.2).
    pub is_2: bool,
}

const LABELS: [&str; 3] = ["quic key", "quic iv", "quic hp"];
const LABELS_2: [&str; 3] = ["quicv2 key", "quicv2 iv", "quicv2 hp"];

/// Bytes of a number written big-endian.
const fn bytes<const N: usize>(number: &str) -> [u8; N] {
    const fn digit(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => 255,
        }
    }
    let digits = number.as_bytes();
    assert!(digits.len() == 2 * N, "another number of digits");
    let (mut all, mut at) = ([0; N], 0);
    #[allow(clippy::indexing_slicing)] // At compile time: a wrong length does not build.
    while at < N {
        all[at] = digit(digits[2 * at]) << 4 | digit(digits[2 * at + 1]);
        at += 1;
    }
    all
}

const SALT_1: [u8; 20] = bytes("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
const SALT_29: [u8; 20] = bytes("afbfec289993d24c9e9786f19c6111e04390a899");
const RETRY_1: ([u8; 16], [u8; 12]) =
    (bytes("be0c690b9f66575a1d766b54e368c84e"), bytes("461599d35d632bf2239825bb"));
const RETRY_29: ([u8; 16], [u8; 12]) =
    (bytes("ccce187ed09a09d05728155a6cb96be1"), bytes("e54930f97f2136f0530a8c1c"));
const RETRY_25: ([u8; 16], [u8; 12]) =
    (bytes("4d32ecdb2a2133c841e4043df27d4430"), bytes("4d1611d05513a552c587d575"));

const fn like_1(salts: &'static [[u8; 20]], retry: Option<([u8; 16], [u8; 12])>) -> Version {
    Version { salts, labels: LABELS, retry, is_2: false }
}

/// RFC 9000 and the drafts 33 and 34.
static ONE: Version = like_1(&[SALT_1], Some(RETRY_1));
/// RFC 9369.
static TWO: Version = Version {
    salts: &[bytes("0dede3def700a6db819381be6e269dcbf9bd2ed9")],
    labels: LABELS_2,
    retry: Some((bytes("8fb4b01b56ac48e260fbcbcead7ccc92"), bytes("d86969bc2d7c6d9990efb04a"))),
    is_2: true,
};
static DRAFT_29: Version = like_1(&[SALT_29], Some(RETRY_29));
static DRAFT_25: Version = like_1(&[bytes("c3eef712c72ebb5a11a7d2432bb46365bef9f502")], Some(RETRY_25));
static DRAFT_23: Version = like_1(&[bytes("c3eef712c72ebb5a11a7d2432bb46365bef9f502")], None);
static DRAFT_22: Version = like_1(&[bytes("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")], None);
/// A version that nobody speaks, so that the answer is Version Negotiation
/// (RFC 9000, 15): its sender uses what it would use otherwise.
static FORCING: Version = like_1(&[SALT_1, SALT_29], None);

/// What is known of a version.
pub(super) fn find(version: u32) -> Option<&'static Version> {
    Some(match version {
        1 | 0xff00_0021 | 0xff00_0022 => &ONE,
        0x6b33_43cf => &TWO,
        0xff00_001d..=0xff00_0020 => &DRAFT_29,
        0xff00_0019..=0xff00_001c | 0xface_b002 | 0xface_b00e => &DRAFT_25,
        0xff00_0017 | 0xff00_0018 => &DRAFT_23,
        0xff00_0016 | 0xface_b001 => &DRAFT_22,
        _ if is_reserved(version) => &FORCING,
        _ => return None,
    })
}

/// Reserved to see that others ignore it.
pub(super) const fn is_reserved(version: u32) -> bool {
    version & 0x0f0f_0f0f == 0x0a0a_0a0a
}

/// Names of versions.
pub(super) static NAMES: &[(u64, &str)] = &[
    (0, "Version Negotiation"),
    (1, "1"),
    (0x6b33_43cf, "2"),
    (0xface_b001, "Facebook mvfst (draft-22)"),
    (0xface_b002, "Facebook mvfst (draft-27)"),
    (0xface_b00e, "Facebook mvfst (Experimental)"),
    (0xff00_0016, "draft-22"),
    (0xff00_0017, "draft-23"),
    (0xff00_0018, "draft-24"),
    (0xff00_0019, "draft-25"),
    (0xff00_001a, "draft-26"),
    (0xff00_001b, "draft-27"),
    (0xff00_001c, "draft-28"),
    (0xff00_001d, "draft-29"),
    (0xff00_001e, "draft-30"),
    (0xff00_001f, "draft-31"),
    (0xff00_0020, "draft-32"),
    (0xff00_0021, "draft-33"),
    (0xff00_0022, "draft-34"),
];
