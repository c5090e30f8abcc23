//! Goes through the frames of one segment: what its header blocks say of a
//! message, and where there is DNS in it (RFC 8484). No fields. With what earlier packets
//! left ([`FramesLeft`]) a message is told where its side of the stream ends; without, where
//! all of it is in one frame.

use super::frame::kind::{CONTINUATION, DATA, HEADERS, PUSH_PROMISE};
use super::frame::{Content, END_HEADERS, END_STREAM, Frame, PREFACE};
use super::hpack::{Fault, Part, Table, Word, Words};
use crate::base::PacketId;
use crate::decode::proto::dns;
use crate::decode::{FramesLeft, HeaderTable};
use data_encoding::BASE64URL_NOPAD;
use smallvec::SmallVec;

/// The media type of DNS messages (RFC 8484, 6).
const MEDIA_TYPE: &[u8] = b"application/dns-message";
/// Streams of one segment whose content types are remembered.
const STREAMS: usize = 32;
/// The longest header block that is put together.
const LONGEST_BLOCK: usize = 1 << 17;
/// The longest `dns` variable: a message of 64 KiB.
const LONGEST_QUERY: usize = 4 * (1 << 16) / 3 + 4;

/// What a header block says of its message, as far as this packet has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    pub method: Option<Word>,
    pub path: Option<Word>,
    pub status: Option<Word>,
    content_type: Option<Word>,
    /// Its body is not as it is, but compressed.
    encoded: bool,
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
    /// Put together from several frames.
    Whole { message: Vec<u8>, by_form: bool },
    /// In the path of a request.
    Query(Vec<u8>),
}

/// Where a header block stands that goes on in the next frame.
struct Open {
    stream: u32,
    /// The frames so far end with a header field.
    whole: bool,
    /// What they have of it.
    block: SmallVec<[u8; 256]>,
    /// Nothing of this packet is in the table before it.
    is_first: bool,
    /// What it asks is told already.
    is_told: bool,
}

impl Open {
    /// The one that earlier packets begin.
    fn carried(carried: &FramesLeft) -> Option<Open> {
        let (stream, block) = carried.block.clone()?;
        Some(Open { stream, whole: false, block: block.into(), is_first: true, is_told: false })
    }

    fn goes_on_in(&self, frame: &Frame) -> bool {
        frame.kind == CONTINUATION && frame.stream() == self.stream
    }
}

/// A walk through one segment.
pub(super) struct Walk<'a> {
    words: Words<'a>,
    at: usize,
    carried: Option<&'a FramesLeft>,
    table: Table,
    /// Bodies of streams so far, where they may end here.
    bodies: SmallVec<[(u32, Body); 4]>,
    /// Whether the messages of these streams are of DNS.
    typed: SmallVec<[(u32, bool); STREAMS]>,
    open: Option<Open>,
    /// The query in a header block of several frames, of which the last was gone through.
    asked: Option<Vec<u8>>,
}

/// What a frame brought of a stream.
enum Body {
    /// These bytes of the packet.
    Here(usize, usize),
    /// Of the frame that went on at the begin of the packet.
    Begun(Vec<u8>),
}

impl<'a> Walk<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(PREFACE) { PREFACE.len() } else { 0 };
        Walk {
            words: Words::here(bytes),
            at,
            carried: None,
            table: Table::new(0),
            bodies: SmallVec::new(),
            typed: SmallVec::new(),
            open: None,
            asked: None,
        }
    }

    /// The frames that begin in a packet; `whole` is the one that ends there, as [`begun`]
    /// puts it together.
    pub fn after(bytes: &'a [u8], carried: &'a FramesLeft, whole: Option<&[u8]>) -> Self {
        let mut walk = Walk { carried: Some(carried), ..Walk::new(bytes) };
        walk.at = walk.at.max(carried.known.saturating_add(carried.rest)).min(bytes.len());
        walk.words.kept = Some((&carried.table, carried.table.len()));
        walk.table = Table::new(carried.table.len());
        walk.open = Open::carried(carried);
        if let Some(whole) = whole
            && let Some(frame) = Frame::at(whole, 0)
        {
            if let Some(content) = frame.content(whole).filter(|_| frame.kind == DATA)
                && let Some(body) = whole.get(content.from..content.to)
            {
                walk.bodies.push((frame.stream(), Body::Begun(body.to_vec())));
            }
            let before = walk.open.take().filter(|open| open.goes_on_in(&frame));
            if matches!(frame.kind, HEADERS | CONTINUATION) && !frame.has(END_HEADERS) {
                let mut block = before.map(|open| open.block).unwrap_or_default();
                if let Some(content) = frame.content(whole) {
                    block.extend_from_slice(whole.get(content.from..content.to).unwrap_or_default());
                }
                let stream = frame.stream();
                walk.open = Some(Open { stream, whole: false, block, is_first: true, is_told: false });
            }
        }
        walk
    }

    /// The frame that goes on at the begin of a packet, by itself.
    pub fn begun(whole: &'a [u8], carried: &'a FramesLeft) -> Self {
        let count = carried.table.len().saturating_sub(carried.added);
        Walk {
            carried: Some(carried),
            open: Open::carried(carried),
            ..Walk::over(whole, &carried.table, count)
        }
    }

    /// Where words of header fields are read.
    pub fn words(&self) -> Words<'a> {
        self.words
    }

    /// The packet that a stream's body begins in, if an earlier one.
    pub fn begun_by(&self, stream: u32) -> Option<PacketId> {
        self.carried?.stream(stream)?.begun_by
    }

    /// Bytes before this one are done.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next frame.
    pub fn frame(&mut self) -> Option<Frame> {
        let frame = Frame::at(self.words.bytes, self.at).filter(|frame| frame.can_follow())?;
        self.at = frame.end;
        Some(frame)
    }

    /// Whether the frame breaks into a header block (RFC 9113, 4.3).
    pub fn interrupts(&self, frame: &Frame) -> bool {
        self.open.as_ref().is_some_and(|open| !open.goes_on_in(frame))
    }

    /// Goes through a frame's part of a header block, and shows each part.
    pub fn block(&mut self, frame: &Frame, mut each: impl FnMut(&Part)) -> (Head, End) {
        let mut head = Head::default();
        let before = self.open.take();
        let first = frame.kind != CONTINUATION;
        let before = before.filter(|open| open.goes_on_in(frame));
        let follows = before.as_ref().is_some_and(|open| open.whole);
        let is_first = before.as_ref().map_or(self.table.is_empty(), |open| open.is_first);
        let content = frame.content(self.words.bytes);
        let last = frame.has(END_HEADERS);
        let open = self.gather(frame, content, before);
        let Some(content) = content.filter(|_| first || follows) else {
            self.table.lose();
            self.open = open.map(|open| Open { whole: false, ..open });
            return (head, End::Unknown);
        };
        let end = self.parts(content, last, &mut head, &mut each);
        if end != End::Whole {
            self.table.lose();
        }
        if let Some(is_dns) = self.is_dns(&head)
            && frame.kind != PUSH_PROMISE
            && self.typed.len() < STREAMS
        {
            self.typed.push((frame.stream(), is_dns));
        }
        // Without what other packets left it is told as soon as it is known.
        let is_told = open.is_some()
            && self.carried.is_none()
            && head.path.is_some_and(|path| query(path, self.words).is_some());
        self.open = open.map(|open| Open {
            whole: end == End::Whole,
            is_first,
            is_told: open.is_told || is_told && !last,
            ..open
        });
        (head, end)
    }

    /// Puts together what frames have of a header block that does not end in its first one;
    /// gives it as long as it goes on, and reads what it asks where it ends.
    fn gather(&mut self, frame: &Frame, content: Option<Content>, before: Option<Open>) -> Option<Open> {
        let last = frame.has(END_HEADERS);
        if frame.is_cut()
            || frame.kind != CONTINUATION && last
            || frame.kind == CONTINUATION && before.is_none()
        {
            return None;
        }
        let stream = frame.stream();
        let mut open = before.unwrap_or(Open {
            stream,
            whole: true,
            block: SmallVec::new(),
            is_first: true,
            is_told: false,
        });
        let part = content.and_then(|content| self.words.bytes.get(content.from..content.to));
        let part = part.unwrap_or_default();
        if open.block.len() + part.len() > LONGEST_BLOCK {
            return None;
        }
        open.block.extend_from_slice(part);
        if !last {
            return Some(open);
        }
        if !open.is_told && frame.kind == CONTINUATION {
            let mut whole = match self.words.kept.filter(|_| open.is_first) {
                Some((table, count)) => Walk::over(&open.block, table, count),
                None => Walk::new(&open.block),
            };
            let (mut head, content) =
                (Head::default(), Content { from: 0, to: open.block.len(), whole: true });
            whole.parts(content, true, &mut head, &mut |_| {});
            self.asked = head.path.and_then(|path| query(path, whole.words));
        }
        None
    }

    /// A header block or a frame by itself, after packets that left the first `count` of
    /// the table.
    pub fn over(block: &'a [u8], table: &'a HeaderTable, count: usize) -> Self {
        let words = Words { bytes: block, kept: Some((table, count)) };
        Walk { words, at: 0, table: Table::new(count), ..Walk::new(block) }
    }

    /// Goes through it, shows each part, and tells whether its message is of DNS.
    pub fn whole_block(&mut self, mut each: impl FnMut(&Part)) -> (Option<bool>, End) {
        let mut head = Head::default();
        let content = Content { from: 0, to: self.words.bytes.len(), whole: true };
        let end = self.parts(content, true, &mut head, &mut each);
        (self.is_dns(&head), end)
    }

    /// Whether a message is of DNS, where its header fields say of what it is.
    fn is_dns(&self, head: &Head) -> Option<bool> {
        let kind = head.content_type.filter(|kind| !matches!(kind, Word::Earlier(_)))?;
        Some(!head.encoded && kind.is(self.words, MEDIA_TYPE))
    }

    /// Whether its body is DNS, but compressed: nobody reads it here.
    pub fn is_packed(&self, head: &Head) -> bool {
        head.encoded && head.content_type.is_some_and(|kind| kind.is(self.words, MEDIA_TYPE))
    }

    /// Goes through a part of a header block, the `last` or not.
    fn parts(&mut self, content: Content, last: bool, head: &mut Head, each: &mut impl FnMut(&Part)) -> End {
        let Content { from: mut at, to, whole } = content;
        while at < to {
            match self.table.part(self.words.bytes, at, to) {
                Ok(part) => {
                    each(&part);
                    at = match part {
                        Part::Header(header) => {
                            self.note(head, header.name, header.value);
                            header.end
                        }
                        Part::Size { end, .. } => end,
                    };
                }
                Err(Fault::Cut) if whole && last => {
                    return End::Bad(at, "header block ends within a field (RFC 9113, 4.3)");
                }
                Err(Fault::Cut) => return End::Within(at),
                Err(Fault::Bad(what)) => return End::Bad(at, what),
            }
        }
        End::Whole
    }

    fn note(&self, head: &mut Head, name: Word, value: Word) {
        let name = match name {
            Word::Static(name) => name,
            name if name.is(self.words, b"content-type") => "content-type",
            name if name.is(self.words, b"content-encoding") => "content-encoding",
            _ => return,
        };
        let place = match name {
            ":method" => &mut head.method,
            ":path" => &mut head.path,
            ":status" => &mut head.status,
            "content-type" => &mut head.content_type,
            "content-encoding" => {
                head.encoded = !value.is(self.words, b"identity");
                return;
            }
            _ => return,
        };
        *place = Some(value);
    }

    /// The DNS message that ends with a frame, if one does; `head` is what its block says.
    pub fn dns(&mut self, frame: &Frame, head: &Head) -> Option<Dns> {
        let stream = frame.stream();
        if let Some(message) = self.asked.take() {
            return Some(Dns::Query(message));
        }
        // What several frames have is told with the last one.
        if (frame.kind == HEADERS && (frame.has(END_HEADERS) || self.carried.is_none())
            || frame.kind == CONTINUATION && self.carried.is_none() && !frame.has(END_HEADERS))
            && let Some(message) = head.path.and_then(|path| query(path, self.words))
        {
            return Some(Dns::Query(message));
        }
        if !matches!(frame.kind, HEADERS | DATA) || stream == 0 {
            return None;
        }
        let content = frame.content(self.words.bytes).filter(|content| content.whole)?;
        let typed = self.typed.iter().rev().find(|typed| typed.0 == stream).map(|typed| typed.1);
        let Some(carried) = self.carried else {
            let message = self.words.bytes.get(content.from..content.to).filter(|_| frame.kind == DATA)?;
            let is_dns = match typed {
                Some(false) => false,
                // A part of a message is none yet.
                Some(true) if frame.has(END_STREAM) => dns::is_plausible(message),
                _ => dns::is_whole(message),
            };
            return is_dns.then_some(Dns::Body { content, by_form: typed.is_none() });
        };
        if frame.kind == DATA && content.to > content.from {
            self.bodies.push((stream, Body::Here(content.from, content.to)));
        }
        if !frame.has(END_STREAM) {
            return None;
        }
        let state = carried.stream(stream);
        let typed = state.and_then(|state| state.is_dns).or(typed);
        if typed == Some(false) {
            return None;
        }
        let is_dns = |message: &[u8]| {
            if typed.is_some() { dns::is_plausible(message) } else { dns::is_whole(message) }
        };
        let by_form = typed.is_none();
        let earlier = state.map_or(&[][..], |state| &state.bytes);
        let mut bodies = self.bodies.iter().filter(|body| body.0 == stream);
        if let (true, Some((_, Body::Here(from, to))), None) =
            (earlier.is_empty(), bodies.next(), bodies.next())
        {
            let message = self.words.bytes.get(*from..*to).filter(|message| is_dns(message))?;
            let content = Content { from: *from, to: from + message.len(), whole: true };
            return Some(Dns::Body { content, by_form });
        }
        let mut message = earlier.to_vec();
        for (_, body) in self.bodies.iter().filter(|body| body.0 == stream) {
            message.extend_from_slice(match body {
                Body::Here(from, to) => self.words.bytes.get(*from..*to).unwrap_or_default(),
                Body::Begun(bytes) => bytes,
            });
        }
        is_dns(&message).then_some(Dns::Whole { message, by_form })
    }
}

/// The messages of streams that end with frames which came too early.
pub(super) fn late(carried: &FramesLeft) -> impl Iterator<Item = (u32, &[u8])> {
    let late = carried.streams.iter().filter(|stream| stream.ended_early && stream.is_dns != Some(false));
    let sound = late.filter(|stream| match stream.is_dns {
        Some(_) => dns::is_plausible(&stream.bytes),
        None => dns::is_whole(&stream.bytes),
    });
    sound.map(|stream| (stream.number, &*stream.bytes))
}

/// The frame that goes on at the begin of a packet, when it ends there.
pub(super) fn whole(bytes: &[u8], carried: &FramesLeft) -> Option<Vec<u8>> {
    if carried.begin.is_empty() {
        return None;
    }
    let rest = bytes.get(carried.known..)?.get(..carried.rest)?;
    let whole = [&carried.begin, rest].concat();
    Frame::at(&whole, 0).is_some_and(|frame| frame.claimed_end == whole.len()).then_some(whole)
}

/// The message in the `dns` variable of a path (RFC 8484, 4.1).
fn query(path: Word, words: Words<'_>) -> Option<Vec<u8>> {
    // Most paths have none: nothing is made of those.
    if !path.has(words, b"dns=") {
        return None;
    }
    let mut buffer = Vec::new();
    let path = path.read(words, &mut buffer)?;
    let variables = path.get(memchr::memchr(b'?', path)? + 1..)?;
    let value = variables.split(|byte| *byte == b'&').find_map(|one| one.strip_prefix(b"dns="))?;
    let value = value.get(..LONGEST_QUERY.min(value.len()))?;
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let message = BASE64URL_NOPAD.decode(value.get(..value.len() - padding)?).ok()?;
    dns::is_whole(&message).then_some(message)
}

/// The DNS messages of a segment, shown in their order until `each` has enough: the bytes
/// that they lie in, and what they are there.
pub(super) fn messages(bytes: &[u8], carried: Option<&FramesLeft>, mut each: impl FnMut(&[u8], Dns) -> bool) {
    let mut all = |mut walk: Walk<'_>| {
        while let Some(frame) = walk.frame() {
            let head = match frame.kind {
                HEADERS | PUSH_PROMISE | CONTINUATION => walk.block(&frame, |_| {}).0,
                _ => Head::default(),
            };
            if let Some(found) = walk.dns(&frame, &head)
                && each(walk.words.bytes, found)
            {
                return true;
            }
        }
        false
    };
    let Some(carried) = carried else {
        all(Walk::new(bytes));
        return;
    };
    let whole = whole(bytes, carried);
    if whole.as_ref().is_some_and(|whole| all(Walk::begun(whole, carried)))
        || all(Walk::after(bytes, carried, whole.as_deref()))
    {
        return;
    }
    for (_, message) in late(carried) {
        if each(&[], Dns::Whole { message: message.to_vec(), by_form: false }) {
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
        messages(bytes, None, |_, dns| {
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

    /// Else a name that is too long for one frame is lost.
    #[test]
    fn a_path_may_go_on_in_continuations() {
        let path = format!("/q?dns={}", BASE64URL_NOPAD.encode(QUERY));
        let block = [b"\x82\x04", &[path.len() as u8][..], path.as_bytes(), b"\x86"].concat();
        for cut in 1..block.len() {
            for more in cut..block.len() {
                let bytes = [
                    frame(HEADERS, END_STREAM, 1, &block[..cut]),
                    frame(CONTINUATION, 0, 1, &block[cut..more]),
                    frame(CONTINUATION, END_HEADERS, 1, &block[more..]),
                ];
                assert_eq!(found(&bytes.concat()), [Dns::Query(QUERY.to_vec())], "cut at {cut} and {more}");
                // The begin in earlier packets.
                let carried =
                    FramesLeft { block: Some((1, block[..more].to_vec())), ..FramesLeft::default() };
                let mut all = Vec::new();
                messages(&bytes[2], Some(&carried), |_, dns| {
                    all.push(dns);
                    false
                });
                assert_eq!(all, [Dns::Query(QUERY.to_vec())], "cut at {more}");
            }
        }
        // What other packets go on with is told there.
        let mut all = 0;
        messages(&frame(HEADERS, END_STREAM, 1, &block), Some(&FramesLeft::default()), |_, _| {
            all += 1;
            false
        });
        assert_eq!(all, 0);
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
