//! Where a message's parts lie: start line, header lines, body. No fields, so
//! that Info and the tree agree on it.

/// Who sends the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

/// How the end of the body is known (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunked,
    ToEnd,
}

/// One message: positions in the bytes it was found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub kind: Kind,
    pub start: usize,
    /// One past the start line, its line end excluded.
    pub line_end: usize,
    /// One past the empty line; `None` when the head goes on elsewhere.
    pub head_end: Option<usize>,
    pub body: Body,
    /// One past the part of the body that is here.
    pub end: usize,
}

/// Methods that begin a request. IANA HTTP methods, and some older ones.
static METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"PATCH",
    b"TRACE",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"MKCALENDAR",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"ACL",
    b"SEARCH",
    b"REPORT",
    b"CHECKOUT",
    b"CHECKIN",
    b"UNCHECKOUT",
    b"MERGE",
    b"MKACTIVITY",
    b"MKWORKSPACE",
    b"UPDATE",
    b"LABEL",
    b"VERSION-CONTROL",
    b"BASELINE-CONTROL",
    b"BIND",
    b"REBIND",
    b"UNBIND",
    b"LINK",
    b"UNLINK",
    b"ORDERPATCH",
    b"POLL",
    b"BCOPY",
    b"BMOVE",
    b"BDELETE",
    b"BPROPFIND",
    b"BPROPPATCH",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"RPC_CONNECT",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
];
const LONGEST_METHOD: usize = 16;
/// Bytes of a start line that a signature looks at.
const LOOK_AHEAD: usize = 2048;

/// Whether a message begins here, judged by its first word alone.
pub(super) fn begins(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9', b' ', ..] => Some(Kind::Response),
        [b'A'..=b'Z', ..] => {
            let word = bytes.get(..bytes.len().min(LONGEST_METHOD)).unwrap_or_default();
            let len = word.iter().position(|byte| *byte == b' ')?;
            let word = word.get(..len)?;
            METHODS.contains(&word).then_some(Kind::Request)
        }
        _ => None,
    }
}

/// A message on any port: its whole start line, in HTTP/1's own form.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let Some(kind) = begins(bytes) else { return false };
    let ahead = bytes.get(..bytes.len().min(LOOK_AHEAD)).unwrap_or_default();
    match kind {
        Kind::Response => {
            matches!(
                ahead.get(..12),
                Some([_, _, _, _, _, b'1', _, b'0' | b'1', _, b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'])
            )
        }
        Kind::Request => {
            let Some(end) = memchr::memchr(b'\n', ahead) else { return false };
            let line = ahead.get(..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0")
        }
    }
}

/// The line that begins at `at`: one past its text, and one past its end.
/// `None` when it has no end here.
pub(super) fn line(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let len = memchr::memchr(b'\n', rest)?;
    let text = if len > 0 && rest.get(len - 1) == Some(&b'\r') { len - 1 } else { len };
    Some((at + text, at + len + 1))
}

/// Name and value of a header line, without the blanks around the value.
pub(super) fn name_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    Some((line.get(..colon)?, line.get(colon + 1..)?.trim_ascii()))
}

/// The message at `at`.
pub(super) fn message(bytes: &[u8], at: usize) -> Option<Message> {
    let kind = begins(bytes.get(at..)?)?;
    let end = bytes.len();
    let cut = Message { kind, start: at, line_end: end, head_end: None, body: Body::None, end };
    let Some((line_end, mut next)) = line(bytes, at) else { return Some(cut) };
    let cut = Message { line_end, ..cut };
    let (mut length, mut chunked) = (None, false);
    let head_end = loop {
        let Some((text, after)) = line(bytes, next) else { return Some(cut) };
        if text == next {
            break after;
        }
        if let Some((name, value)) = bytes.get(next..text).and_then(name_and_value) {
            if name.eq_ignore_ascii_case(b"content-length") {
                length = std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<u64>().ok());
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
                chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            }
        }
        next = after;
    };
    let status = bytes.get(at + 9..at + 12).unwrap_or_default();
    let body = match (kind, chunked, length) {
        (Kind::Response, ..) if matches!(status, [b'1', ..] | b"204" | b"304") => Body::None,
        (_, true, _) => Body::Chunked,
        (_, _, Some(length)) => Body::Length(length),
        (Kind::Request, ..) => Body::None,
        (Kind::Response, ..) => Body::ToEnd,
    };
    let body_end = match body {
        Body::None => head_end,
        Body::Length(length) => {
            head_end.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).min(end)
        }
        Body::Chunked => chunks(bytes, head_end, |_| {}),
        Body::ToEnd => end,
    };
    Some(Message { head_end: Some(head_end), body, end: body_end, ..cut })
}

/// A chunk (RFC 9112, 7.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Where its size is written.
    pub at: usize,
    /// Its size as written; 0 for the last one.
    pub size: u64,
    /// First byte of its data.
    pub data: usize,
    /// One past the part of its data that is here.
    pub data_end: usize,
    /// One past its line end (past the trailer for the last one).
    pub end: usize,
}

/// Walks the chunks from `at`; one past the last byte that belongs to them.
pub(super) fn chunks(bytes: &[u8], at: usize, mut each: impl FnMut(Chunk)) -> usize {
    let (mut at, len) = (at, bytes.len());
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Ok(httparse::Status::Complete((head, size))) = httparse::parse_chunk_size(rest) else {
            return len;
        };
        let data = at + head;
        let data_end = data.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)).min(len);
        let mut end = line(bytes, data_end).map_or(len, |(_, after)| after);
        if size == 0 {
            // Trailer fields up to an empty line.
            let mut next = data;
            end = loop {
                match line(bytes, next) {
                    Some((text, after)) if text == next => break after,
                    Some((_, after)) => next = after,
                    None => break len,
                }
            };
        }
        each(Chunk { at, size, data, data_end, end });
        if size == 0 || end >= len {
            return end;
        }
        at = end;
    }
}
