//! Header blocks (HPACK, RFC 7541): where the representations lie, and which
//! table entries they name. No fields, so that Info, tree and flows agree.
//!
//! Of the dynamic table that is known which the same packet put there, and which
//! [`Carried`](crate::decode::Carried) says that earlier ones did; else an entry is
//! told by its number.

use super::huffman;
use crate::decode::HeaderTable;

/// Entries of one packet that are remembered.
const KEPT: usize = 64;
/// Entries of the static table; numbers above are of the dynamic one.
const STATIC_LEN: u64 = STATIC.len() as u64;

/// RFC 7541, appendix A.
#[rustfmt::skip]
pub(super) static STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""), ("accept-ranges", ""), ("accept", ""), ("access-control-allow-origin", ""),
    ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""),
    ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""),
    ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""),
    ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
    ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""),
    ("retry-after", ""), ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""),
    ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
    ("www-authenticate", ""),
];

/// A string of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// First byte, behind the length.
    pub at: u32,
    pub len: u32,
    pub huffman: bool,
}

/// A name or a value, or where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Of the static table.
    Static(&'static str),
    /// Written in this packet.
    Here(Text),
    /// The name that earlier packets left at that place of the table.
    KeptName(u32),
    /// The value there.
    KeptValue(u32),
    /// Of that entry of the table, which nobody knows.
    Earlier(u32),
}

/// Where words are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words<'a> {
    /// The bytes with the header block.
    pub bytes: &'a [u8],
    /// What earlier packets left in the table, and how many of it.
    pub kept: Option<(&'a HeaderTable, usize)>,
}

impl<'a> Words<'a> {
    /// Words of this packet alone.
    pub fn here(bytes: &'a [u8]) -> Self {
        Words { bytes, kept: None }
    }

    /// What they left at that place, from the newest.
    fn entry(&self, place: u32) -> Option<(&'a [u8], &'a [u8])> {
        let (table, count) = self.kept?;
        table.get(count.checked_sub(1)?.checked_sub(place as usize)?)
    }
}

impl Word {
    /// Shows `each` byte of it; tells whether it is known and sound.
    fn each(self, words: Words<'_>, mut each: impl FnMut(u8)) -> bool {
        let bytes = words.bytes;
        match self {
            Word::Static(text) => text.bytes().for_each(each),
            Word::KeptName(place) | Word::KeptValue(place) => {
                let Some((name, value)) = words.entry(place) else { return false };
                let text = if matches!(self, Word::KeptName(_)) { name } else { value };
                text.iter().for_each(|byte| each(*byte));
            }
            Word::Here(Text { at, len, huffman }) => {
                let text = bytes.get(at as usize..).and_then(|rest| rest.get(..len as usize));
                let text = text.unwrap_or_default();
                if huffman {
                    return huffman::decode(text, each).is_ok();
                }
                text.iter().for_each(|byte| each(*byte));
            }
            Word::Earlier(_) => return false,
        }
        true
    }

    /// Whether it is this text.
    pub fn is(self, words: Words<'_>, wanted: &[u8]) -> bool {
        let (mut left, mut equal) = (wanted.iter(), true);
        let sound = self.each(words, |byte| equal &= left.next() == Some(&byte));
        sound && equal && left.next().is_none()
    }

    /// Whether it has `wanted` in it, of at most eight bytes.
    pub fn has(self, words: Words<'_>, wanted: &[u8]) -> bool {
        let word = |bytes: &[u8]| bytes.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let (mask, wanted) = (u64::MAX >> (64 - 8 * wanted.len().clamp(1, 8)), word(wanted));
        let (mut last, mut found) = (0_u64, false);
        self.each(words, |byte| {
            last = last << 8 | u64::from(byte);
            found |= last & mask == wanted;
        });
        found
    }

    /// Its bytes in `buffer`; of an unsound one those before the fault. `None` for
    /// what nobody knows.
    pub fn read<'a>(self, words: Words<'_>, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        buffer.clear();
        self.each(words, |byte| buffer.push(byte));
        let is_known = match self {
            Word::Static(_) | Word::Here(_) => true,
            Word::KeptName(place) => words.entry(place).is_some_and(|entry| !entry.0.is_empty()),
            Word::KeptValue(place) => words.entry(place).is_some(),
            Word::Earlier(_) => false,
        };
        is_known.then_some(buffer)
    }
}

/// How a header field is written (RFC 7541, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As an entry of the tables.
    Indexed,
    /// In letters, and kept in the table.
    Incremental,
    /// In letters, and not kept.
    Without,
    /// In letters, never to be kept by anybody.
    Never,
}

/// One representation: positions in the bytes it was found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub form: Form,
    pub at: usize,
    pub end: usize,
    /// Number of the entry with its name, or with all of it; 0 for none.
    pub index: u64,
    /// One past the bytes of that number.
    pub index_end: usize,
    pub name: Word,
    pub value: Word,
}

/// What a block is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Header(Header),
    /// The table's size from here on.
    Size {
        at: usize,
        end: usize,
        size: u64,
    },
}

/// Why there is no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It goes on behind the end.
    Cut,
    /// It breaks a rule of RFC 7541, in words.
    Bad(&'static str),
}

/// The dynamic table: the newest entries that this packet put there, before those
/// of earlier ones.
pub(super) struct Table {
    entries: [(Word, Word); KEPT],
    count: usize,
    /// Entries that earlier packets left.
    kept: usize,
}

impl Table {
    /// As it is after packets that left so many entries.
    pub fn new(kept: usize) -> Self {
        Table { entries: [(Word::Earlier(0), Word::Earlier(0)); KEPT], count: 0, kept }
    }

    /// A header block was not read whole: nobody knows what it put there.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn lose(&mut self) {
        (self.count, self.kept) = (0, 0);
    }

    fn get(&self, index: u64) -> (Word, Word) {
        let at = |index: u64| usize::try_from(index).unwrap_or(usize::MAX);
        if let Some((name, value)) = index.checked_sub(1).and_then(|place| STATIC.get(at(place))) {
            return (Word::Static(name), Word::Static(value));
        }
        let back = at(index.saturating_sub(STATIC_LEN + 1));
        let known = (back < self.count.min(KEPT))
            .then(|| self.entries.get((self.count - 1 - back) % KEPT))
            .flatten()
            .copied();
        let earlier = Word::Earlier(u32::try_from(index).unwrap_or(u32::MAX));
        let kept = back.checked_sub(self.count).filter(|place| *place < self.kept);
        let kept = kept.map(|place| (Word::KeptName(place as u32), Word::KeptValue(place as u32)));
        known.or(kept).unwrap_or((earlier, earlier))
    }

    fn put(&mut self, name: Word, value: Word) {
        if let Some(entry) = self.entries.get_mut(self.count % KEPT) {
            *entry = (name, value);
        }
        self.count += 1;
    }

    /// The part that begins at `at`, of a block up to `end`.
    pub fn part(&mut self, bytes: &[u8], at: usize, end: usize) -> Result<Part, Fault> {
        let bytes = bytes.get(..end).unwrap_or(bytes);
        let first = *bytes.get(at).ok_or(Fault::Cut)?;
        let (form, prefix) = match first {
            0x80.. => (Form::Indexed, 7),
            0x40.. => (Form::Incremental, 6),
            0x20.. => {
                let (size, end) = integer(bytes, at, 5)?;
                return Ok(Part::Size { at, end, size });
            }
            0x10.. => (Form::Never, 4),
            _ => (Form::Without, 4),
        };
        let (index, index_end) = integer(bytes, at, prefix)?;
        let (mut end, (mut name, mut value)) = (index_end, self.get(index));
        if form == Form::Indexed {
            if index == 0 {
                return Err(Fault::Bad("entry 0 of the tables, which there is not (RFC 7541, 6.1)"));
            }
        } else {
            if index == 0 {
                (name, end) = string(bytes, end)?;
            }
            (value, end) = string(bytes, end)?;
        }
        if form == Form::Incremental {
            self.put(name, value);
        }
        Ok(Part::Header(Header { form, at, end, index, index_end, name, value }))
    }
}

/// An integer of which the first byte has `prefix` bits (RFC 7541, 5.1); one past it.
fn integer(bytes: &[u8], at: usize, prefix: u32) -> Result<(u64, usize), Fault> {
    let most = (1_u64 << prefix) - 1;
    let mut value = u64::from(*bytes.get(at).ok_or(Fault::Cut)?) & most;
    if value < most {
        return Ok((value, at + 1));
    }
    for (place, shift) in (at + 1..).zip([0, 7, 14, 21, 28]) {
        let byte = *bytes.get(place).ok_or(Fault::Cut)?;
        value += u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value, place + 1));
        }
    }
    Err(Fault::Bad("a number of more than 35 bits (RFC 7541, 5.1)"))
}

/// A string with its length before it (RFC 7541, 5.2); one past it.
fn string(bytes: &[u8], at: usize) -> Result<(Word, usize), Fault> {
    let huffman = bytes.get(at).ok_or(Fault::Cut)? & 0x80 != 0;
    let (len, start) = integer(bytes, at, 7)?;
    let end = usize::try_from(len).ok().and_then(|len| start.checked_add(len)).ok_or(Fault::Cut)?;
    let text = bytes.get(start..end).ok_or(Fault::Cut)?;
    if huffman {
        huffman::decode(text, |_| {}).map_err(Fault::Bad)?;
    }
    Ok((Word::Here(Text { at: start as u32, len: len as u32, huffman }), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values of a block, with the table that comes of it.
    fn read(block: &[u8], table: &mut Table) -> Vec<String> {
        let (mut at, mut found) = (0, Vec::new());
        while at < block.len() {
            at = match table.part(block, at, block.len()).unwrap() {
                Part::Header(header) => {
                    let of = |word: Word| match word {
                        Word::Earlier(index) => format!("#{index}"),
                        word => String::from_utf8(
                            word.read(Words::here(block), &mut Vec::new()).unwrap().to_vec(),
                        )
                        .unwrap(),
                    };
                    found.push(format!("{}: {}", of(header.name), of(header.value)));
                    header.end
                }
                Part::Size { size, end, .. } => {
                    found.push(format!("size {size}"));
                    end
                }
            };
        }
        found
    }

    /// The first request of RFC 7541, C.3.1 and, coded by Huffman, C.4.1.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let plain = b"\x82\x86\x84\x41\x0fwww.example.com";
        let coded = b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
        let all = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
        assert_eq!(read(plain, &mut Table::new(0)), all);
        assert_eq!(read(coded, &mut Table::new(0)), all);
    }

    #[test]
    fn what_the_packet_put_into_the_table_is_known_and_nothing_else() {
        let block = b"\xbe\x40\x01a\x01b\x40\x01c\x01d\xbe\xbf\xc0\x7e\x01e";
        let all = ["#62: #62", "a: b", "c: d", "c: d", "a: b", "#64: #64", "a: e"];
        // 0x7e is a literal with the name of entry 62, which c: d is: then it is c.
        let mut all = all.map(str::to_owned);
        all[6] = "c: e".to_owned();
        assert_eq!(read(block, &mut Table::new(0)), all);
    }

    #[test]
    fn old_entries_of_a_packet_are_not_mistaken_for_new_ones() {
        let mut table = Table::new(0);
        let block: Vec<u8> = (0..KEPT as u8 + 8).flat_map(|value| [0x40, 1, b'n', 1, value + 48]).collect();
        read(&block, &mut table);
        assert_eq!(table.get(62 + KEPT as u64), (Word::Earlier(126), Word::Earlier(126)));
        let (_, Word::Here(newest)) = table.get(62) else { panic!("not here") };
        assert_eq!(newest.at as usize, block.len() - 1);
    }

    #[test]
    fn faults_are_told_from_ends() {
        let fault = |block: &[u8]| Table::new(0).part(block, 0, block.len()).unwrap_err();
        assert!(matches!(fault(b"\x80"), Fault::Bad(_)), "entry 0");
        assert!(matches!(fault(b"\xff\xff\xff\xff\xff\xff\xff"), Fault::Bad(_)), "too large");
        assert!(matches!(fault(b"\x44\x81\x00"), Fault::Bad(_)), "padding");
        for cut in [&b""[..], b"\xff", b"\x44", b"\x44\x05abc", b"\x40\x01a"] {
            assert_eq!(fault(cut), Fault::Cut, "{cut:?}");
        }
        assert_eq!(read(b"\x3f\xe1\x1f\x82", &mut Table::new(0)), ["size 4096", ":method: GET"]);
    }
}
