//! Where records and handshake messages lie. No fields, so that Info and the
//! tree agree on it.

/// Bytes of a record's header.
pub(super) const HEADER: usize = 5;
/// 2^14 and the most that encryption may add (RFC 5246, 6.2.3).
const LONGEST: usize = 16384 + 2048;

/// A record; positions in the bytes it was found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub kind: u8,
    pub at: usize,
    /// One past its end as it claims.
    pub claimed_end: usize,
    /// One past the part of it that is here.
    pub end: usize,
}

impl Record {
    pub(super) fn body<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.at + HEADER..self.end).unwrap_or_default()
    }

    /// Its end is not here.
    pub(super) fn is_cut(&self) -> bool {
        self.end < self.claimed_end
    }
}

/// The record at `at`, if a plausible one begins there.
pub(super) fn record(bytes: &[u8], at: usize) -> Option<Record> {
    let &[kind @ 20..=24, 3, 0..=4, high, low] = bytes.get(at..)?.first_chunk::<HEADER>()? else {
        return None;
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    let plausible = match kind {
        // A record that holds nothing makes no sense but as application data.
        23 => len <= LONGEST,
        20 => (1..=1024).contains(&len),
        _ => (2..=LONGEST).contains(&len),
    };
    let end = at + HEADER + len;
    plausible.then_some(Record { kind, at, claimed_end: end, end: end.min(bytes.len()) })
}

/// A record on any port: strict about what it begins with.
pub(super) fn is_record(bytes: &[u8]) -> bool {
    let Some(record) = record(bytes, 0) else { return false };
    let body = record.body(bytes);
    match (record.kind, body) {
        (20, body) => body.first() == Some(&1) && record.claimed_end == HEADER + 1,
        (21, [1 | 2, ..]) => record.claimed_end == HEADER + 2,
        (22, [1 | 2, 0, _, _, 3, 0..=3, ..]) => !is_encrypted(body, &record),
        // Encrypted from its first byte on: at least one more record must fit.
        (23, _) => record.claimed_end < bytes.len() && self::record(bytes, record.claimed_end).is_some(),
        _ => false,
    }
}

/// A handshake message within a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub kind: u8,
    pub at: usize,
    pub claimed_end: usize,
    pub end: usize,
}

/// The handshake message at `at` of the bytes up to `end`.
pub(super) fn message(bytes: &[u8], at: usize, end: usize) -> Option<Message> {
    let &[kind, a, b, c] = bytes.get(at..end)?.first_chunk::<4>()?;
    let len = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    let claimed_end = at + 4 + len;
    Some(Message { kind, at, claimed_end, end: claimed_end.min(end) })
}

/// The handshake messages that `bytes` begin with, one behind the other.
pub(super) fn messages(bytes: &[u8]) -> impl Iterator<Item = Message> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let message = message(bytes, at, bytes.len())?;
        at = message.claimed_end;
        Some(message)
    })
}

/// Whether a handshake record's bytes cannot be messages in the clear: an
/// unknown type, or lengths that do not lead from message to message.
pub(super) fn is_encrypted(body: &[u8], record: &Record) -> bool {
    let claimed = record.claimed_end - record.at - HEADER;
    let mut at = 0;
    while at < body.len() {
        let Some(message) = message(body, at, body.len()) else {
            // The header of a message may be cut by the end of the segment only.
            return at == 0 || !record.is_cut();
        };
        let len = message.claimed_end - at - 4;
        let fits = match message.kind {
            0 | 14 => len == 0,
            1 | 2 => (38..1 << 16).contains(&len),
            5 => len == 0,
            20 => len == 12 || len == 36,
            24 => len == 1,
            4 | 8 | 13 | 15 | 16 | 21 | 22 | 23 | 67 => len < 1 << 16,
            11 | 12 | 25 => len < 1 << 18,
            _ => false,
        };
        // Messages may go on in the next record, but hardly in small ones.
        if !fits || (message.claimed_end > claimed && claimed < 64) {
            // Behind a hello comes nothing encrypted: that is damage.
            return at == 0 || !matches!(body.first(), Some(1 | 2));
        }
        at = message.claimed_end;
    }
    false
}

/// The server name of a client hello, as far as it is here.
pub(super) fn server_name(hello: &[u8]) -> Option<&[u8]> {
    let u16_at =
        |at: usize| hello.get(at..)?.first_chunk::<2>().map(|word| usize::from(u16::from_be_bytes(*word)));
    // Type, length, version, random; then three lists of stated length.
    let session = 4 + 2 + 32;
    let suites = session + 1 + usize::from(*hello.get(session)?);
    let compression = suites + 2 + u16_at(suites)?;
    let mut at = compression + 1 + usize::from(*hello.get(compression)?) + 2;
    loop {
        let (kind, len) = (u16_at(at)?, u16_at(at + 2)?);
        if kind == 0 {
            let name = u16_at(at + 7)?;
            return hello.get(at + 9..at + 9 + name).filter(|name| !name.is_empty());
        }
        at += 4 + len;
    }
}

/// A hello retry request is a server hello with this random (RFC 8446, 4.1.3).
pub(super) fn is_retry(hello: &[u8]) -> bool {
    const RETRY: [u8; 8] = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];
    hello.first() == Some(&2) && hello.get(6..14) == Some(&RETRY)
}
