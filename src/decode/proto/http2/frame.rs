//! Where frames lie and whether bytes look like some. No fields, so that Info,
//! tree and flows agree on it.

/// What a client sends first (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes of a frame's header.
pub(super) const HEADER: usize = 9;
/// What every receiver takes (RFC 9113, 4.2).
const USUAL: usize = 1 << 14;
/// What some agree on; longer frames are taken for something else.
const LARGE: usize = 1 << 20;

/// Types of frames. RFC 9113, 6; RFC 7838, 4; RFC 8336, 2; RFC 9218, 7.1.
pub(super) mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
    pub const ALTSVC: u8 = 10;
    pub const ORIGIN: u8 = 12;
    pub const PRIORITY_UPDATE: u8 = 16;
}
use kind::*;

pub(super) const END_STREAM: u8 = 0x01;
pub(super) const ACK: u8 = 0x01;
pub(super) const END_HEADERS: u8 = 0x04;
pub(super) const PADDED: u8 = 0x08;
pub(super) const PRIORITISED: u8 = 0x20;

/// A frame; positions in the bytes it was found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub kind: u8,
    pub flags: u8,
    /// The stream's identifier with the reserved bit.
    word: u32,
    pub at: usize,
    /// One past its end as it claims.
    pub claimed_end: usize,
    /// One past the part of it that is here.
    pub end: usize,
}

/// What a frame holds between what precedes and the padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub from: usize,
    /// One past the part that is here.
    pub to: usize,
    /// All of it is here.
    pub whole: bool,
}

impl Frame {
    /// The frame whose header is at `at`.
    pub fn at(bytes: &[u8], at: usize) -> Option<Frame> {
        let &[l0, l1, l2, kind, flags, s0, s1, s2, s3] = bytes.get(at..)?.first_chunk::<HEADER>()?;
        let len = usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2);
        let claimed_end = at + HEADER + len;
        let word = u32::from_be_bytes([s0, s1, s2, s3]);
        Some(Frame { kind, flags, word, at, claimed_end, end: claimed_end.min(bytes.len()) })
    }

    pub fn stream(&self) -> u32 {
        self.word & 0x7fff_ffff
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Bytes of its payload as it claims.
    pub fn len(&self) -> usize {
        self.claimed_end - self.at - HEADER
    }

    /// Its end is not here.
    pub fn is_cut(&self) -> bool {
        self.end < self.claimed_end
    }

    pub fn payload(&self) -> usize {
        self.at + HEADER
    }

    /// Whether a length of padding stands first.
    pub fn is_padded(&self) -> bool {
        matches!(self.kind, DATA | HEADERS | PUSH_PROMISE) && self.has(PADDED)
    }

    /// Whether a priority stands before its header block.
    pub fn is_prioritised(&self) -> bool {
        self.kind == HEADERS && self.has(PRIORITISED)
    }

    /// Bytes of padding at its end.
    pub fn padding(&self, bytes: &[u8]) -> usize {
        let length = bytes.get(self.payload()).filter(|_| self.payload() < self.end);
        length.filter(|_| self.is_padded()).copied().unwrap_or(0).into()
    }

    /// What is left of it without padding and what stands before it; `None` when
    /// that does not fit.
    pub fn content(&self, bytes: &[u8]) -> Option<Content> {
        let before = usize::from(self.is_padded())
            + match self.kind {
                HEADERS if self.is_prioritised() => 5,
                PUSH_PROMISE => 4,
                _ => 0,
            };
        let from = self.payload() + before;
        let to = self.claimed_end.checked_sub(self.padding(bytes)).filter(|to| *to >= from)?;
        Some(Content { from: from.min(self.end), to: to.min(self.end), whole: to <= self.end })
    }

    /// The flags that its type has a meaning for; `None` for an unknown type.
    fn defined(&self) -> Option<u8> {
        Some(match self.kind {
            DATA => END_STREAM | PADDED,
            HEADERS => END_STREAM | END_HEADERS | PADDED | PRIORITISED,
            SETTINGS | PING => ACK,
            PUSH_PROMISE => END_HEADERS | PADDED,
            CONTINUATION => END_HEADERS,
            PRIORITY | RST_STREAM | GOAWAY | WINDOW_UPDATE | ALTSVC | ORIGIN | PRIORITY_UPDATE => 0,
            _ => return None,
        })
    }

    /// Whether it may be one, where a frame may begin: nothing marks the begin of a
    /// segment that holds the middle of one.
    pub fn is_plausible(&self) -> bool {
        self.defined().is_some_and(|defined| {
            let stream = self.stream();
            let usual = self.len() <= USUAL && stream < 1 << 24;
            let large = self.kind == DATA && self.len() <= LARGE && stream != 0 && stream < 1 << 20;
            self.word >> 31 == 0 && self.flags & !defined == 0 && (usual || large)
        })
    }

    /// Whether it can follow another one: types that nobody knows are to be ignored
    /// (RFC 9113, 5.5).
    pub fn can_follow(&self) -> bool {
        self.is_plausible() || (self.defined().is_none() && self.len() <= USUAL && self.stream() < 1 << 24)
    }

    /// Whether its settings are all known and in range.
    fn has_settings(&self, bytes: &[u8]) -> bool {
        let payload = bytes.get(self.payload()..self.end).unwrap_or_default();
        let (settings, rest) = payload.as_chunks::<6>();
        let known = |setting: &[u8; 6]| {
            let &[i0, i1, v0, v1, v2, v3] = setting;
            let value = u32::from_be_bytes([v0, v1, v2, v3]);
            setting_fault(u16::from_be_bytes([i0, i1]), value).is_none()
                && matches!(u16::from_be_bytes([i0, i1]), 1..=6 | 8 | 9)
        };
        rest.is_empty() && !settings.is_empty() && settings.iter().all(known)
    }
}

/// What is wrong with a setting's value (RFC 9113, 6.5.2).
pub(super) fn setting_fault(id: u16, value: u32) -> Option<&'static str> {
    match id {
        2 if value > 1 => Some("SETTINGS_ENABLE_PUSH is neither 0 nor 1 (RFC 9113, 6.5.2)"),
        4 if value > 0x7fff_ffff => Some("SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1 (RFC 9113, 6.5.2)"),
        5 if !(1 << 14..1 << 24).contains(&value) => {
            Some("SETTINGS_MAX_FRAME_SIZE is not between 2^14 and 2^24-1 (RFC 9113, 6.5.2)")
        }
        8 if value > 1 => Some("SETTINGS_ENABLE_CONNECT_PROTOCOL is neither 0 nor 1 (RFC 8441, 3)"),
        _ => None,
    }
}

/// Whether frames begin here, in a flow that is known to carry some.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(PREFACE) || Frame::at(bytes, 0).is_some_and(|frame| frame.is_plausible())
}

/// Frames on any port: the preface, or SETTINGS of the whole connection. What is as
/// short as an empty one or an acknowledgement must have more frames behind it.
pub(super) fn is_begin(bytes: &[u8]) -> bool {
    if bytes.starts_with(PREFACE) {
        return true;
    }
    if bytes.get(3) != Some(&SETTINGS) {
        return false;
    }
    let Some(frame) = Frame::at(bytes, 0) else { return false };
    if !frame.is_plausible() || frame.stream() != 0 || frame.is_cut() {
        return false;
    }
    if frame.len() > 0 {
        return !frame.has(ACK) && frame.has_settings(bytes);
    }
    let (mut at, mut more) = (frame.end, 0);
    while let Some(frame) = Frame::at(bytes, at).filter(|frame| frame.is_plausible() && !frame.is_cut()) {
        (at, more) = (frame.end, more + 1);
    }
    more > 0 && at == bytes.len()
}

/// What is wrong with a frame's length or stream, in words (RFC 9113, 6).
pub(super) fn fault(frame: &Frame) -> Option<&'static str> {
    let len = frame.len();
    let length = match frame.kind {
        PRIORITY if len != 5 => Some("PRIORITY has not 5 bytes (RFC 9113, 6.3)"),
        RST_STREAM if len != 4 => Some("RST_STREAM has not 4 bytes (RFC 9113, 6.4)"),
        SETTINGS if frame.has(ACK) && len != 0 => {
            Some("an acknowledgement of SETTINGS is not empty (RFC 9113, 6.5)")
        }
        SETTINGS if !len.is_multiple_of(6) => Some("SETTINGS is no multiple of 6 bytes (RFC 9113, 6.5)"),
        PING if len != 8 => Some("PING has not 8 bytes (RFC 9113, 6.7)"),
        GOAWAY if len < 8 => Some("GOAWAY has less than 8 bytes (RFC 9113, 6.8)"),
        WINDOW_UPDATE if len != 4 => Some("WINDOW_UPDATE has not 4 bytes (RFC 9113, 6.9)"),
        ALTSVC if len < 2 => Some("ALTSVC has less than 2 bytes (RFC 7838, 4)"),
        PRIORITY_UPDATE if len < 4 => Some("PRIORITY_UPDATE has less than 4 bytes (RFC 9218, 7.1)"),
        _ => None,
    };
    let stream = match (frame.kind, frame.stream() == 0) {
        (DATA, true) => Some("DATA on stream 0 (RFC 9113, 6.1)"),
        (HEADERS, true) => Some("HEADERS on stream 0 (RFC 9113, 6.2)"),
        (PRIORITY, true) => Some("PRIORITY on stream 0 (RFC 9113, 6.3)"),
        (RST_STREAM, true) => Some("RST_STREAM on stream 0 (RFC 9113, 6.4)"),
        (PUSH_PROMISE, true) => Some("PUSH_PROMISE on stream 0 (RFC 9113, 6.6)"),
        (CONTINUATION, true) => Some("CONTINUATION on stream 0 (RFC 9113, 6.10)"),
        (SETTINGS, false) => Some("SETTINGS on a stream of its own (RFC 9113, 6.5)"),
        (PING, false) => Some("PING on a stream of its own (RFC 9113, 6.7)"),
        (GOAWAY, false) => Some("GOAWAY on a stream of its own (RFC 9113, 6.8)"),
        (PRIORITY_UPDATE, false) => Some("PRIORITY_UPDATE on a stream of its own (RFC 9218, 7.1)"),
        _ => None,
    };
    length.or(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let len = payload.len() as u32;
        [&len.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    #[test]
    fn flows_are_bound_by_the_preface_or_sound_settings_alone() {
        assert!(is_begin(PREFACE));
        assert!(!is_begin(&PREFACE[..23]) && !is_begin(b""));
        let settings = [0, 3, 0, 0, 0, 100];
        assert!(is_begin(&frame(SETTINGS, 0, 0, &settings)));
        assert!(!is_begin(&frame(SETTINGS, 0, 1, &settings)), "on a stream");
        assert!(!is_begin(&frame(SETTINGS, ACK, 0, &settings)), "an acknowledgement that is not empty");
        assert!(!is_begin(&frame(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 9])), "out of range");
        assert!(!is_begin(&frame(SETTINGS, 0, 0, &[9, 9, 0, 0, 0, 9])), "unknown");
        assert!(!is_begin(&frame(PING, 0, 0, &[0; 8])), "another frame");
        // Empty: as short as many a header of other protocols.
        let empty = frame(SETTINGS, 0, 0, &[]);
        assert!(!is_begin(&empty));
        assert!(is_begin(&[empty.clone(), frame(WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0])].concat()));
        assert!(!is_begin(&[&empty[..], b"x"].concat()));
    }

    #[test]
    fn the_middle_of_a_frame_is_no_frame() {
        for middle in [
            &b"<html>of some page"[..],
            b"gzipped \x1f\x8b bytes",
            &[0xff; 20],
            &[0x17, 3, 3, 1, 0, 9, 9, 9, 9],
        ] {
            assert!(!begins(middle), "{middle:?}");
        }
        assert!(begins(&frame(DATA, END_STREAM, 5, b"data")));
        assert!(!begins(&frame(DATA, 0x80, 5, b"data")), "a flag that DATA has not");
    }

    #[test]
    fn content_lies_between_priority_and_padding() {
        let bytes = frame(HEADERS, PADDED | PRIORITISED, 1, b"\x02pppppblock\0\0");
        let of = |bytes: &[u8]| Frame::at(bytes, 0).unwrap().content(bytes);
        assert_eq!(of(&bytes), Some(Content { from: 15, to: 20, whole: true }));
        assert_eq!(of(&bytes[..18]), Some(Content { from: 15, to: 18, whole: false }));
        assert_eq!(of(&frame(DATA, PADDED, 1, b"\x04abc")), None, "more padding than there is");
        assert_eq!(of(&frame(DATA, PADDED, 1, b"\x03abc")), Some(Content { from: 10, to: 10, whole: true }));
        assert_eq!(of(&frame(DATA, PADDED, 1, b"")), None, "no length of padding");
    }

    #[test]
    fn lengths_and_streams_are_checked() {
        let wrong = |kind, flags, stream, payload: &[u8]| {
            fault(&Frame::at(&frame(kind, flags, stream, payload), 0).unwrap()).unwrap_or_default()
        };
        let sound: [(u8, u32, &[u8]); 9] = [
            (DATA, 1, b""),
            (PRIORITY, 1, &[0; 5]),
            (RST_STREAM, 1, &[0; 4]),
            (SETTINGS, 0, &[0; 12]),
            (PING, 0, &[0; 8]),
            (GOAWAY, 0, &[0; 8]),
            (WINDOW_UPDATE, 7, &[0; 4]),
            (ALTSVC, 0, &[0; 2]),
            (ORIGIN, 0, b""),
        ];
        for (kind, stream, payload) in sound {
            assert_eq!(wrong(kind, 0, stream, payload), "", "type {kind}");
            if !matches!(kind, DATA | ORIGIN) {
                assert!(wrong(kind, 0, stream, &payload[1..]).contains("RFC"), "type {kind}, a byte less");
            }
            if !matches!(kind, WINDOW_UPDATE | ALTSVC | ORIGIN) {
                let other = if stream == 0 { 1 } else { 0 };
                assert!(wrong(kind, 0, other, payload).contains("stream"), "type {kind}, stream {other}");
            }
        }
        assert!(wrong(SETTINGS, ACK, 0, &[0; 6]).contains("acknowledgement"));
    }
}
