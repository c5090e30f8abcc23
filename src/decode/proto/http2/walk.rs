//! Goes through the frames of one segment: what its header blocks say of a
//! message, and where there is DNS in it (RFC 8484). No fields.

use super::frame::kind::{CONTINUATION, DATA, HEADERS, PUSH_PROMISE};
use super::frame::{Content, END_HEADERS, END_STREAM, Frame, PREFACE};
use super::hpack::{Fault, Part, Table, Word};
use crate::decode::proto::dns;
use data_encoding::BASE64URL_NOPAD;
use smallvec::SmallVec;

/// The media type of DNS messages (RFC 8484, 6).
const MEDIA_TYPE: &[u8] = b"application/dns-message";
/// Streams of one segment whose content types are remembered.
const STREAMS: usize = 32;
/// The longest `dns` variable: a message of 64 KiB.
const LONGEST_QUERY: usize = 4 * (1 << 16) / 3 + 4;

/// What a header block says of its message, as far as this packet has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    pub method: Option<Word>,
    pub path: Option<Word>,
    pub status: Option<Word>,
    content_type: Option<Word>,
}

/// How the part of a header block that a frame has ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a header field.
    Whole,
    /// Within one, from here on.
    Within(usize),
    /// With what is wrong, from here on.
    Bad(usize, &'static str),
    /// An earlier frame has the begin of the field, or of the block.
    Unknown,
}

/// A DNS message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dns {
    /// The content of a DATA frame; what says so is its form alone where nothing in
    /// the packet names its type.
    Body { content: Content, by_form: bool },
    /// In the path of a request.
    Query(Vec<u8>),
}

/// Where a header block stands that goes on in the next frame.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Open {
    stream: u32,
    /// The frames so far end with a header field.
    whole: bool,
}

/// A walk through one segment.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    table: Table,
    /// Whether the messages of these streams are of DNS.
    typed: SmallVec<[(u32, bool); STREAMS]>,
    open: Option<Open>,
}

impl<'a> Walk<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(PREFACE) { PREFACE.len() } else { 0 };
        Walk { bytes, at, table: Table::default(), typed: SmallVec::new(), open: None }
    }

    /// Bytes before this one are done.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next frame.
    pub fn frame(&mut self) -> Option<Frame> {
        let frame = Frame::at(self.bytes, self.at).filter(|frame| frame.can_follow())?;
        self.at = frame.end;
        Some(frame)
    }

    /// Whether the frame breaks into a header block (RFC 9113, 4.3).
    pub fn interrupts(&self, frame: &Frame) -> bool {
        self.open.is_some_and(|open| frame.kind != CONTINUATION || frame.stream() != open.stream)
    }

    /// Goes through a frame's part of a header block, and shows each part.
    pub fn block(&mut self, frame: &Frame, mut each: impl FnMut(&Part)) -> (Head, End) {
        let mut head = Head::default();
        let before = self.open.take();
        let first = frame.kind != CONTINUATION;
        let follows = before.is_some_and(|open| open.stream == frame.stream() && open.whole);
        let Some(content) = frame.content(self.bytes).filter(|_| first || follows) else {
            return (head, End::Unknown);
        };
        let last = frame.has(END_HEADERS);
        let Content { from: mut at, to, whole } = content;
        let mut end = End::Whole;
        while at < to {
            match self.table.part(self.bytes, at, to) {
                Ok(part) => {
                    each(&part);
                    at = match part {
                        Part::Header(header) => {
                            self.note(&mut head, header.name, header.value);
                            header.end
                        }
                        Part::Size { end, .. } => end,
                    };
                }
                Err(Fault::Cut) if whole && last => {
                    end = End::Bad(at, "header block ends within a field (RFC 9113, 4.3)");
                    break;
                }
                Err(Fault::Cut) => {
                    end = End::Within(at);
                    break;
                }
                Err(Fault::Bad(what)) => {
                    end = End::Bad(at, what);
                    break;
                }
            }
        }
        if let Some(kind) = head.content_type
            && !matches!(kind, Word::Earlier(_))
            && frame.kind != PUSH_PROMISE
            && self.typed.len() < STREAMS
        {
            self.typed.push((frame.stream(), kind.is(self.bytes, MEDIA_TYPE)));
        }
        if !last && !frame.is_cut() {
            self.open = Some(Open { stream: frame.stream(), whole: end == End::Whole });
        }
        (head, end)
    }

    fn note(&self, head: &mut Head, name: Word, value: Word) {
        let Word::Static(name) = name else {
            if name.is(self.bytes, b"content-type") {
                head.content_type = Some(value);
            }
            return;
        };
        let place = match name {
            ":method" => &mut head.method,
            ":path" => &mut head.path,
            ":status" => &mut head.status,
            "content-type" => &mut head.content_type,
            _ => return,
        };
        *place = Some(value);
    }

    /// The DNS message of a frame, if it has one; `head` is what its block says.
    pub fn dns(&self, frame: &Frame, head: &Head) -> Option<Dns> {
        match frame.kind {
            HEADERS | CONTINUATION => query(head.path?, self.bytes).map(Dns::Query),
            DATA if frame.stream() != 0 => {
                let content = frame.content(self.bytes).filter(|content| content.whole)?;
                let message =
                    self.bytes.get(content.from..content.to).filter(|message| !message.is_empty())?;
                let typed = self.typed.iter().rev().find(|typed| typed.0 == frame.stream());
                let is_dns = match typed {
                    Some((_, false)) => false,
                    // A part of a message is none yet.
                    Some((_, true)) if frame.has(END_STREAM) => dns::is_plausible(message),
                    Some((_, true)) => dns::is_whole(message),
                    None => dns::is_whole(message),
                };
                is_dns.then_some(Dns::Body { content, by_form: typed.is_none() })
            }
            _ => None,
        }
    }
}

/// The message in the `dns` variable of a path (RFC 8484, 4.1).
fn query(path: Word, bytes: &[u8]) -> Option<Vec<u8>> {
    // Most paths have none: nothing is made of those.
    if !path.has(bytes, b"dns=") {
        return None;
    }
    let mut buffer = Vec::new();
    let path = path.read(bytes, &mut buffer)?;
    let variables = path.get(memchr::memchr(b'?', path)? + 1..)?;
    let value = variables.split(|byte| *byte == b'&').find_map(|one| one.strip_prefix(b"dns="))?;
    let value = value.get(..LONGEST_QUERY.min(value.len()))?;
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let message = BASE64URL_NOPAD.decode(value.get(..value.len() - padding)?).ok()?;
    dns::is_whole(&message).then_some(message)
}

/// The DNS messages of a segment that begins with a frame, shown in their order
/// until `each` has enough.
pub(super) fn messages(bytes: &[u8], mut each: impl FnMut(Dns) -> bool) {
    let mut walk = Walk::new(bytes);
    while let Some(frame) = walk.frame() {
        let head = match frame.kind {
            HEADERS | PUSH_PROMISE | CONTINUATION => walk.block(&frame, |_| {}).0,
            _ => Head::default(),
        };
        if let Some(found) = walk.dns(&frame, &head)
            && each(found)
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::proto::http2::frame::{HEADER, PADDED};

    const QUERY: &[u8] = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x01a\x02kr\0\0\x01\0\x01";

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    }

    fn found(bytes: &[u8]) -> Vec<Dns> {
        let mut all = Vec::new();
        messages(bytes, |dns| {
            all.push(dns);
            false
        });
        all
    }

    fn typed(kind: &[u8]) -> Vec<u8> {
        frame(HEADERS, END_HEADERS, 1, &[b"\x5f", &[kind.len() as u8][..], kind].concat())
    }

    #[test]
    fn a_body_is_dns_by_its_type_or_by_its_form() {
        let by_form = |bytes: &[u8]| match found(bytes)[..] {
            [Dns::Body { content: Content { from, to, .. }, by_form }] => {
                assert_eq!(&bytes[from..to], QUERY);
                Some(by_form)
            }
            [] => None,
            ref other => panic!("{other:?}"),
        };
        let data = frame(DATA, END_STREAM, 1, QUERY);
        assert_eq!(by_form(&data), Some(true));
        assert_eq!(by_form(&[typed(MEDIA_TYPE), data.clone()].concat()), Some(false));
        assert_eq!(by_form(&[typed(b"text/plain"), data.clone()].concat()), None, "another type");
        let padded = [&[2][..], QUERY, &[0, 0]].concat();
        assert_eq!(by_form(&frame(DATA, PADDED, 1, &padded)), Some(true));
        // Not whole, or with something behind it.
        assert_eq!(by_form(&frame(DATA, END_STREAM, 1, &QUERY[..QUERY.len() - 1])), None);
        assert_eq!(by_form(&frame(DATA, END_STREAM, 1, &[QUERY, b"x"].concat())), None);
        assert_eq!(by_form(&data[..data.len() - 1]), None, "the frame goes on elsewhere");
        assert_eq!(by_form(&frame(DATA, END_STREAM, 0, QUERY)), None, "on no stream");
        // A part of a message whose type is told is none yet.
        assert_eq!(by_form(&[typed(MEDIA_TYPE), frame(DATA, 0, 1, &QUERY[..14])].concat()), None);
    }

    #[test]
    fn a_query_is_read_from_a_path() {
        let path = |path: &str| {
            let block = [b"\x04", &[path.len() as u8][..], path.as_bytes()].concat();
            found(&frame(HEADERS, END_HEADERS, 1, &block))
        };
        let coded = BASE64URL_NOPAD.encode(QUERY);
        assert_eq!(path(&format!("/q?dns={coded}")), [Dns::Query(QUERY.to_vec())]);
        assert_eq!(path(&format!("/q?a=b&dns={coded}==&c=d")), [Dns::Query(QUERY.to_vec())]);
        for none in
            ["/q", "/q?dns=", "/q?dns=!", &format!("/dns={coded}"), &format!("/q?dns={}", &coded[2..])]
        {
            assert_eq!(path(none), [], "{none}");
        }
    }

    #[test]
    fn a_block_goes_on_in_continuations_of_its_stream_alone() {
        let bytes = [
            frame(HEADERS, 0, 1, b"\x82"),
            frame(CONTINUATION, END_HEADERS, 1, b"\x84"),
            frame(HEADERS, 0, 3, b"\x82"),
            frame(CONTINUATION, END_HEADERS, 5, b"\x84"),
            frame(HEADERS, 0, 7, b"\x82\x44"),
            frame(CONTINUATION, END_HEADERS, 7, b"\x01/"),
        ]
        .concat();
        let (mut walk, mut ends) = (Walk::new(&bytes), Vec::new());
        while let Some(frame) = walk.frame() {
            let interrupts = walk.interrupts(&frame);
            ends.push((interrupts, walk.block(&frame, |_| {}).1));
        }
        let place = 4 * (HEADER + 1) + HEADER + 1;
        let all = [End::Whole, End::Whole, End::Whole, End::Unknown, End::Within(place), End::Unknown];
        assert_eq!(ends.iter().map(|end| end.1).collect::<Vec<_>>(), all);
        assert_eq!(
            ends.iter().map(|end| end.0).collect::<Vec<_>>(),
            [false, false, false, true, false, false]
        );
    }
}
