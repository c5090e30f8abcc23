//! Domain names (RFC 1035, 3.1 and 4.1.4): how far one reaches, whether its
//! compression pointers are sound, and how it is written.

use hickory_proto::rr::Name;
use std::ops::Range;

/// What is wrong with a name, and where in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It reaches beyond the message.
    Ends(usize),
    /// A label type that is neither text nor pointer.
    Label(usize, u8),
    /// More than 255 bytes.
    Long(usize),
    /// A pointer that does not lead to an earlier name: onwards, in a circle, into the header.
    Pointer(usize, usize),
    /// The message asked for more steps than one may take.
    Steps,
}

impl Fault {
    /// Words for it.
    pub(super) fn words(self) -> String {
        match self {
            Fault::Ends(at) => format!("a name reaches beyond the message at byte {at}"),
            Fault::Label(at, byte) => {
                format!("a label of the unknown type 0x{:02x} at byte {at}", byte & 0xc0)
            }
            Fault::Long(at) => format!("a name is longer than 255 bytes at byte {at}"),
            Fault::Pointer(at, to) => {
                format!("the compression pointer at byte {at} leads to byte {to}, not to an earlier name")
            }
            Fault::Steps => "names take too many steps to read".to_owned(),
        }
    }

    /// What stands in place of the name.
    pub(super) const fn placeholder(self) -> &'static str {
        match self {
            Fault::Ends(_) => "<Name ends outside of the message>",
            Fault::Label(..) => "<Unknown extended label>",
            Fault::Long(_) => "<Name too long>",
            Fault::Pointer(..) => "<Name contains a pointer that loops>",
            Fault::Steps => "<Name not read>",
        }
    }
}

/// How far a name reaches and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// One past its last byte where it stands (pointers are not followed).
    pub end: usize,
    /// Labels, the root not counted.
    pub labels: u16,
}

/// A fault, and where the name ends all the same if that is known.
pub(super) type Broken = (Fault, Option<usize>);

/// Bytes of a message before its first name.
const HEADER: usize = 12;

/// Follows a name without reading it. Pointers must lead strictly backwards, so that
/// every name ends, and to where names may be (RFC 1035, 4.1.4); `steps` bounds the work of a whole message.
pub(super) fn shape(message: &[u8], start: usize, steps: &mut u32) -> Result<Shape, Broken> {
    let (mut at, mut from, mut before) = (start, start, usize::MAX);
    let (mut end, mut labels, mut size) = (None, 0, 1);
    loop {
        if *steps == 0 {
            return Err((Fault::Steps, end));
        }
        *steps -= 1;
        if at >= before {
            return Err((Fault::Pointer(before, from), end));
        }
        let Some(&byte) = message.get(at) else { return Err((Fault::Ends(at), end)) };
        match byte >> 6 {
            0 if byte == 0 => return Ok(Shape { end: end.unwrap_or(at + 1), labels }),
            0 => {
                size += 1 + usize::from(byte);
                if size > 255 {
                    return Err((Fault::Long(at), end.or_else(|| skip(message, at))));
                }
                labels += 1;
                at += 1 + usize::from(byte);
                if at > message.len() {
                    return Err((Fault::Ends(message.len()), end));
                }
            }
            3 => {
                let Some(&low) = message.get(at + 1) else { return Err((Fault::Ends(at + 1), end)) };
                let to = usize::from(byte & 0x3f) << 8 | usize::from(low);
                end = end.or(Some(at + 2));
                if to >= from || to < HEADER {
                    return Err((Fault::Pointer(at, to), end));
                }
                (before, from, at) = (from, to, to);
            }
            _ => return Err((Fault::Label(at, byte), end)),
        }
    }
}

/// Where a name goes on outside of its own place: the stretches that its
/// compression pointers lead to, one after the other, each from its first label to
/// its root or next pointer. Of a pointer that does not lead back only the byte that
/// it names. At most `steps` labels and pointers are walked.
pub(super) fn stretches(message: &[u8], start: usize, mut steps: u32) -> Vec<Range<usize>> {
    let (mut found, mut from, mut at) = (Vec::new(), start, start);
    while let (Some(&byte), Some(left)) = (message.get(at), steps.checked_sub(1)) {
        steps = left;
        let (end, to) = match byte >> 6 {
            0 if byte != 0 => {
                at += 1 + usize::from(byte);
                continue;
            }
            3 => {
                let low = message.get(at + 1).copied().unwrap_or(0);
                (at + 2, Some(usize::from(byte & 0x3f) << 8 | usize::from(low)))
            }
            _ => (at + 1, None),
        };
        if from != start {
            found.push(from..end);
        }
        match to {
            Some(to) if to < from => (from, at) = (to, to),
            Some(to) if to < message.len() => {
                found.push(to..to + 1);
                break;
            }
            _ => break,
        }
    }
    found
}

/// One past a name's last byte, pointers not followed; `None` when it reaches
/// beyond the message or cannot be walked.
pub(super) fn skip(message: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let byte = *message.get(at)?;
        match byte >> 6 {
            0 if byte == 0 => return Some(at + 1),
            0 => at += 1 + usize::from(byte),
            3 => return message.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

/// What is written for the name without labels.
pub(super) const ROOT: &str = "<Root>";
/// Labels and pointers of one name that can be anything to go by.
const MAX_STEPS: usize = 1024;
/// Pointers of one that does not loop.
const MAX_POINTERS: usize = 256;

/// Writes the name at `at` as Wireshark does: no dot at the end, `<Root>` for the root,
/// escapes for what cannot be printed. Pointers are followed wherever they lead; that one
/// may not lead forward is for [`shape`] to say.
///
/// At most `steps` labels and pointers are walked, and few more than the message has bytes.
pub(super) fn read(message: &[u8], at: usize, steps: usize) -> Result<String, Fault> {
    let mut out = String::new();
    let end = write(&mut out, message, at, steps);
    if out.is_empty() {
        out.push_str(ROOT);
    }
    end.map(|()| out)
}

/// What is wrong with a name, without writing it.
pub(super) fn check(message: &[u8], at: usize) -> Result<(), Fault> {
    walk(message, at, usize::MAX, |_| {})
}

/// What is here of a name that cannot be read to its end.
pub(super) fn here(message: &[u8], at: usize) -> String {
    let mut out = String::new();
    match write(&mut out, message, at, MAX_STEPS) {
        Ok(()) if out.is_empty() => out.push_str(ROOT),
        Ok(()) => {}
        Err(fault) if out.is_empty() => out.push_str(fault.placeholder()),
        Err(_) => out.push('…'),
    }
    out
}

/// Appends the labels of a name, up to what is wrong with it.
fn write(out: &mut String, message: &[u8], start: usize, steps: usize) -> Result<(), Fault> {
    let mut dot = "";
    walk(message, start, steps, |label| {
        out.push_str(dot);
        printable(out, label);
        dot = ".";
    })
}

/// Writes a name without compression, lengths and all; how long it is without the root's.
pub(super) fn expand(message: &[u8], start: usize, out: &mut [u8; 256]) -> Option<usize> {
    let mut size = 0;
    let mut push = |byte: u8| {
        if let Some(free) = out.get_mut(size) {
            *free = byte;
            size += 1;
        }
    };
    walk(message, start, MAX_STEPS, |label| {
        push(label.len() as u8);
        label.iter().for_each(|byte| push(*byte));
    })
    .ok()?;
    Some(size)
}

/// Goes through the labels of a name; of one that reaches beyond the message what is here.
/// One that is too long is followed to its end all the same: it may have none.
fn walk(message: &[u8], start: usize, steps: usize, mut each: impl FnMut(&[u8])) -> Result<(), Fault> {
    let (mut at, mut size, mut pointers) = (start, 1, 0);
    let mut end = Ok(());
    for _ in 0..steps.min(message.len() + MAX_STEPS) {
        let &byte = message.get(at).ok_or(Fault::Ends(at))?;
        match byte >> 6 {
            0 if byte == 0 => return end,
            0 => {
                size += 1 + usize::from(byte);
                let next = at + 1 + usize::from(byte);
                if size > 255 {
                    end = end.and(Err(Fault::Long(at)));
                } else {
                    each(message.get(at + 1..next.min(message.len())).unwrap_or_default());
                }
                if next > message.len() {
                    return Err(Fault::Ends(message.len()));
                }
                at = next;
            }
            3 => {
                let low = *message.get(at + 1).ok_or(Fault::Ends(at + 1))?;
                let to = usize::from(byte & 0x3f) << 8 | usize::from(low);
                pointers += 1;
                if pointers > MAX_POINTERS {
                    return Err(Fault::Pointer(at, to));
                }
                at = to;
            }
            _ => return Err(Fault::Label(at, byte)),
        }
    }
    Err(Fault::Pointer(at, at))
}

/// Appends a name, label by label.
pub(super) fn write_labels(out: &mut String, name: &Name) {
    let before = out.len();
    for label in name.iter() {
        if out.len() > before {
            out.push('.');
        }
        printable(out, label);
    }
    if out.len() == before {
        out.push_str(ROOT);
    }
}

/// Appends text of the network as Wireshark prints it: control characters as
/// C escapes, bytes that are no UTF-8 as the replacement character.
pub(super) fn printable(out: &mut String, bytes: &[u8]) {
    for part in bytes.utf8_chunks() {
        for c in part.valid().chars() {
            match c {
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\x0b' => out.push_str("\\v"),
                '\x0c' => out.push_str("\\f"),
                '\r' => out.push_str("\\r"),
                c if c.is_ascii_control() => {
                    use std::fmt::Write as _;
                    let _ = write!(out, "\\{:03o}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.extend(part.invalid().iter().map(|_| '\u{fffd}'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(message: &[u8], at: usize) -> Result<Shape, Broken> {
        shape(message, at, &mut 1000)
    }

    #[test]
    fn follows_pointers_backwards_only() {
        let message = b"header of 12\x03www\x02kr\0\x01a\xc0\x10\xc0\x19\x01b\xc0\x18\xc0\x04";
        assert_eq!(shape_of(message, 12), Ok(Shape { end: 20, labels: 2 }));
        assert_eq!(shape_of(message, 20), Ok(Shape { end: 24, labels: 2 }));
        assert_eq!(shape_of(message, 24), Err((Fault::Pointer(24, 25), Some(26))));
        assert_eq!(shape_of(message, 26), Err((Fault::Pointer(24, 25), Some(30))));
        assert_eq!(shape_of(b"header of 12\xc0\x0c", 12), Err((Fault::Pointer(12, 12), Some(14))));
        // Runs from an earlier place into the pointer again.
        assert!(matches!(shape_of(b"header of 12\x01a\xc0\x0c", 14), Err((Fault::Pointer(..), Some(16)))));
        // There is no name in the header, whatever its bytes look like.
        assert_eq!(shape_of(message, 30), Err((Fault::Pointer(30, 4), Some(32))));
    }

    #[test]
    fn finds_where_pointers_lead() {
        let message = b"\x03www\x02kr\0\x01a\xc0\x04\x01b\xc0\x08\xc0\x10\xc0\x00\xc0\x16";
        let to = |at, steps| -> Vec<(usize, usize)> {
            stretches(message, at, steps).into_iter().map(|range| (range.start, range.end)).collect()
        };
        assert_eq!(to(0, 512), []);
        assert_eq!(to(8, 512), [(4, 8)]);
        assert_eq!(to(12, 512), [(8, 12), (4, 8)]);
        // To itself; to the begin; onwards, out of the message.
        assert_eq!(to(16, 512), [(16, 17)]);
        assert_eq!(to(18, 512), [(0, 8)]);
        assert_eq!(to(20, 512), []);
        assert_eq!(to(12, 3), []);
    }

    #[test]
    fn bounds_every_name() {
        assert_eq!(shape_of(b"\x03ww", 0), Err((Fault::Ends(3), None)));
        assert_eq!(shape_of(b"\x41a\0", 0), Err((Fault::Label(0, 0x41), None)));
        assert!(matches!(shape_of(&[1; 600], 0), Err((Fault::Long(_), None))));
        let long = [[1; 600].as_slice(), &[0]].concat();
        assert!(matches!(shape_of(&long, 0), Err((Fault::Long(_), Some(601)))));
        assert_eq!(shape(b"\x01a\0", 0, &mut 1), Err((Fault::Steps, None)));
    }

    #[test]
    fn writes_names_as_wireshark() {
        let text = |message: &[u8], at| read(message, at, MAX_STEPS);
        assert_eq!(text(b"\x02a\x1b\x05\xff\xc3\xa9\n\\\0", 0).unwrap(), "a\\033.\u{fffd}é\\n\\");
        assert_eq!(text(b"\0", 0).unwrap(), "<Root>");
        // A pointer forward is followed, a loop is none that ends.
        assert_eq!(text(b"\xc0\x02\x02kr\0", 0).unwrap(), "kr");
        assert_eq!(text(b"\xc0\x09\0", 0), Err(Fault::Ends(9)));
        assert!(matches!(text(b"\xc0\x02\xc0\0", 0), Err(Fault::Pointer(..))));
        assert!(matches!(text(b"\x01a\xc0\0", 0), Err(Fault::Pointer(..))));
        assert_eq!(here(b"\x03www\x09exam", 0), "www.exam…");
        assert_eq!(here(b"header of 12\xff\xff", 12), "<Name ends outside of the message>");
    }
}
