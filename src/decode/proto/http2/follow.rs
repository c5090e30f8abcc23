//! What whoever follows a connection needs to know of its frames: how long they are, and
//! what they do to streams and to the table of header fields. No fields.

use super::frame::kind::{CONTINUATION, DATA, HEADERS, PUSH_PROMISE};
use super::frame::{self, Content, END_HEADERS, END_STREAM, PREFACE};
use super::hpack::{Form, Part};
use super::walk::{End, Walk};
use crate::decode::HeaderTable;
use std::ops::Range;

/// Bytes of a frame's header.
pub const HEADER: usize = frame::HEADER;
/// Bytes that tell where the body lies in a frame of data: the header, and a length of padding.
pub const BEGIN: usize = HEADER + 1;

/// Bytes of a frame, as its header says; `None` where this is no header.
pub fn frame_length(header: &[u8]) -> Option<usize> {
    frame::Frame::at(header, 0).filter(|frame| frame.can_follow()).map(|frame| frame.claimed_end)
}

/// Whether frames may begin here, where nothing else says so.
pub fn begins(bytes: &[u8]) -> bool {
    frame::begins(bytes)
}

/// Bytes before the first frame: what a client says first.
pub fn preface(bytes: &[u8]) -> usize {
    if bytes.starts_with(PREFACE) { PREFACE.len() } else { 0 }
}

/// What a whole frame does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A part of a header block, at these bytes of the frame.
    Block {
        /// Where.
        content: Range<usize>,
        /// The block begins here.
        first: bool,
        /// It ends here.
        last: bool,
        /// The block is of this stream's message, and not of one that is promised.
        own: bool,
    },
    /// A part of a body.
    Body(Range<usize>),
    /// Nothing that outlives the packet.
    Nothing,
}

/// Whether a frame is of data, of which the first [`BEGIN`] bytes tell the effect.
pub fn is_data(begin: &[u8]) -> bool {
    frame::Frame::at(begin, 0).is_some_and(|frame| frame.kind == DATA)
}

/// The stream of a whole frame, what the frame does, and whether its side of the stream
/// ends with it.
pub fn effect(bytes: &[u8]) -> Option<(u32, Effect, bool)> {
    let mut frame = frame::Frame::at(bytes, 0)?;
    frame.end = frame.claimed_end;
    let content = frame.content(bytes).filter(|content| content.whole);
    let ends = matches!(frame.kind, HEADERS | DATA) && frame.has(END_STREAM);
    let effect = match (frame.kind, content) {
        (HEADERS | PUSH_PROMISE | CONTINUATION, Some(Content { from, to, .. })) => Effect::Block {
            content: from..to,
            first: frame.kind != CONTINUATION,
            last: frame.has(END_HEADERS),
            own: frame.kind != PUSH_PROMISE,
        },
        (DATA, Some(Content { from, to, .. })) => Effect::Body(from..to),
        _ => Effect::Nothing,
    };
    Some((frame.stream(), effect, ends))
}

/// A header block that breaks a rule of HPACK, or puts more into the table than any that
/// is meant for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsound;

/// Bytes that one header block may put into the table.
const MOST_PUT: usize = 1 << 18;

/// Reads a whole header block; `table` is what there is before it. Shows what it puts into the table, name and
/// value, in order. Tells whether the message is of DNS, where the block says so; of a
/// block that is not sound nobody knows what it put there.
pub fn read_block(
    block: &[u8],
    table: &HeaderTable,
    mut put: impl FnMut(&[u8], &[u8]),
) -> Result<Option<bool>, Unsound> {
    let mut walk = Walk::over(block, table, table.len());
    let (words, mut names, mut values, mut all) = (walk.words(), Vec::new(), Vec::new(), 0_usize);
    let (is_dns, end) = walk.whole_block(|part| {
        if let Part::Header(header) = part
            && header.form == Form::Incremental
            && all <= MOST_PUT
        {
            let name = header.name.read(words, &mut names).unwrap_or_default();
            let value = header.value.read(words, &mut values).unwrap_or_default();
            all += name.len() + value.len();
            put(name, value);
        }
    });
    if end == End::Whole && all <= MOST_PUT { Ok(is_dns) } else { Err(Unsound) }
}
