//! Ranges in brackets: which bytes of a value, which layers of a packet.
//!
//! Owns their forms: `[i:length]`, `[i-last]`, `[i]`, `[:length]`, `[i:]`, several of
//! them between commas, and offsets that count from the end where they are negative.

use super::FilterError;

/// Ranges in one pair of brackets.
const MAX_RANGES: usize = 64;

/// One range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The first place; from the end where it is negative.
    from: i32,
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Length(u32),
    /// The last place.
    Last(i32),
    End,
}

impl Range {
    /// The part of `bytes`; none where it is not all there.
    pub fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        let place = |at: i32| match usize::try_from(at) {
            Ok(at) => Some(at),
            Err(_) => bytes.len().checked_sub(at.unsigned_abs() as usize),
        };
        let from = place(self.from)?;
        let end = match self.to {
            To::Length(len) => from.checked_add(len as usize)?,
            To::Last(last) => place(last)? + 1,
            To::End => bytes.len(),
        };
        bytes.get(from..end).filter(|part| !part.is_empty())
    }

    /// Whether a place, counted from 0, lies within.
    pub fn has(self, at: usize) -> bool {
        let Some(behind) = usize::try_from(self.from).ok().and_then(|from| at.checked_sub(from)) else {
            return false;
        };
        match self.to {
            To::Length(len) => behind < len as usize,
            To::Last(last) => usize::try_from(last).is_ok_and(|last| at <= last),
            To::End => true,
        }
    }
}

/// The ranges of `text`, which begins at `at`.
pub(super) fn ranges(text: &str, at: usize) -> Result<Vec<Range>, FilterError> {
    let mut found = Vec::new();
    let mut begin = at;
    for part in text.split(',') {
        let place = begin + (part.len() - part.trim_start().len());
        found.push(range(part.trim()).map_err(|message| FilterError::new(place, message))?);
        begin += part.len() + 1;
    }
    if found.len() > MAX_RANGES {
        return Err(FilterError::new(at, format!("more than {MAX_RANGES} ranges")));
    }
    Ok(found)
}

fn number(text: &str) -> Result<i32, String> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let value = match digits.strip_prefix("0x") {
        Some(hex) => i32::from_str_radix(hex, 16),
        None if digits.starts_with('+') => return Err(format!("`{text}` is no offset")),
        None => digits.parse(),
    };
    match value {
        Ok(value) if value >= 0 => Ok(sign * value),
        _ => Err(format!(
            "`{text}` is no range: write `[0:3]` for three bytes from 0, `[0-2]`, `[0]`, `[:3]`, `[3:]`"
        )),
    }
}

fn range(text: &str) -> Result<Range, String> {
    if let Some((from, length)) = text.split_once(':') {
        let from = if from.trim().is_empty() { 0 } else { number(from)? };
        if length.trim().is_empty() {
            return Ok(Range { from, to: To::End });
        }
        return match number(length)? {
            length if length > 0 => Ok(Range { from, to: To::Length(length.unsigned_abs()) }),
            _ => Err("a range has at least one byte: `[i:length]`".into()),
        };
    }
    // A minus behind a number stands between two.
    let middle = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    let Some(middle) = middle else { return Ok(Range { from: number(text)?, to: To::Length(1) }) };
    let (from, last) = (
        number(text.get(..middle).unwrap_or_default())?,
        number(text.get(middle + 1..).unwrap_or_default())?,
    );
    if (from < 0) != (last < 0) {
        return Err("both ends of a range count from the same end".into());
    }
    if last < from {
        return Err("the range ends before it begins".into());
    }
    Ok(Range { from, to: To::Last(last) })
}
