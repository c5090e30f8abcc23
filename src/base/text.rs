//! Text that came from a network, made harmless for a terminal.
//!
//! Bytes of packets and of capture files may hold escape sequences, control
//! characters of both sets, bidirectional overrides, invisible characters and
//! invalid UTF-8. Nothing of it may reach a terminal raw.

use std::borrow::Cow;
use std::fmt;
use unicode_width::UnicodeWidthChar as _;

/// Shows bytes as text: UTF-8 where it is valid and harmless, `\xNN` and
/// `\u{N}` where it is not.
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.utf8_chunks() {
            for c in part.valid().chars() {
                write_safe(f, c)?;
            }
            for byte in part.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// `text` with everything dangerous escaped; borrowed when nothing was.
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) || !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = write_safe(&mut out, c);
    }
    Cow::Owned(out)
}

fn write_safe(out: &mut impl fmt::Write, c: char) -> fmt::Result {
    match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c if u32::from(c) < 0x100 && is_dangerous(c) => write!(out, "\\x{:02x}", u32::from(c)),
        c if is_dangerous(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
        c => out.write_char(c),
    }
}

/// Control characters (C0, DEL, C1), what changes the direction of text, what
/// takes no cell of its own (joiners, combining marks, tags, variation
/// selectors), line separators, private use and what Unicode never assigns.
fn is_dangerous(c: char) -> bool {
    // Most of all text, and the arrow of every port pair: asked for every line.
    if matches!(c, ' '..='~' | '→') {
        return false;
    }
    c.is_control()
        || c.width().is_none_or(|w| w == 0)
        || matches!(u32::from(c),
            0xad | 0x61c | 0x115f..=0x1160 | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0x3164 | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0xe0000..=0xe0fff | 0xf0000..=0x10_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_could_steer_a_terminal() {
        assert_eq!(Escaped(b"a\x1b[31m\x07\x80\xff").to_string(), "a\\x1b[31m\\x07\\x80\\xff");
        assert_eq!(safe("a\u{202e}b\u{9b}c\u{301}"), "a\\u{202e}b\\x9bc\\u{301}");
        assert_eq!(safe("line\nforged"), "line\\nforged");
    }

    #[test]
    fn leaves_honest_text_alone_and_does_not_escape_twice() {
        for text in ["plain", "bücher.example", "例え", "\\x1b"] {
            assert_eq!(safe(text), text);
        }
        let once = safe("\u{1b}").into_owned();
        assert_eq!(safe(&once), once);
    }
}
