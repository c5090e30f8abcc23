//! The Huffman code of HPACK (RFC 7541, 5.2 and appendix B). The code is
//! canonical: the lengths of the codes say all of it.

/// Bits of each byte's code; the last one is that of the end (EOS).
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];
const LONGEST: usize = 30;

/// The codes of one length: consecutive numbers.
#[derive(Clone, Copy)]
struct Row {
    first: u32,
    count: u32,
    /// Place of the first one's symbol.
    place: usize,
}

/// The symbols in the order of their codes, and the codes of each length.
const CODE: ([u16; 257], [Row; LONGEST + 1]) = code();

#[allow(clippy::indexing_slicing)] // At compile time: a wrong place does not build.
const fn code() -> ([u16; 257], [Row; LONGEST + 1]) {
    let mut symbols = [0; 257];
    let mut rows = [Row { first: 0, count: 0, place: 0 }; LONGEST + 1];
    let (mut len, mut place, mut next) = (1, 0, 0);
    while len <= LONGEST {
        next <<= 1;
        rows[len] = Row { first: next, count: 0, place };
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] as usize == len {
                symbols[place] = symbol as u16;
                rows[len].count += 1;
                place += 1;
                next += 1;
            }
            symbol += 1;
        }
        len += 1;
    }
    (symbols, rows)
}

/// The symbol that the highest of the lowest `held` bits begin with, and its length.
fn symbol(bits: u64, held: usize) -> Option<(u16, usize)> {
    static ROWS: [Row; LONGEST + 1] = CODE.1;
    static SYMBOLS: [u16; 257] = CODE.0;
    let fits = |len: &usize| {
        let row = ROWS.get(*len)?;
        let code = (bits >> (held - len)) as u32 & ((1 << len) - 1);
        let at = code.checked_sub(row.first).filter(|at| *at < row.count)?;
        Some((*SYMBOLS.get(row.place + at as usize)?, *len))
    };
    (5..=LONGEST.min(held)).find_map(|len| fits(&len))
}

/// Shows `each` byte in turn; what is made is at most 8/5 as long. Tells what is
/// wrong, after the bytes before it.
pub(super) fn decode(coded: &[u8], mut each: impl FnMut(u8)) -> Result<(), &'static str> {
    let (mut bits, mut held) = (0_u64, 0);
    for byte in coded {
        // Less than 30 bits are left over.
        bits = bits << 8 | u64::from(*byte);
        held += 8;
        while let Some((symbol, len)) = symbol(bits, held) {
            let Ok(byte) = u8::try_from(symbol) else {
                return Err("Huffman code of the end within a string (RFC 7541, 5.2)");
            };
            each(byte);
            held -= len;
        }
    }
    let padding = bits & ((1 << held) - 1);
    match held {
        0..8 if padding == (1 << held) - 1 => Ok(()),
        0..8 => Err("Huffman padding is not all ones (RFC 7541, 5.2)"),
        _ => Err("Huffman padding of more than seven bits (RFC 7541, 5.2)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(coded: &[u8]) -> Result<String, &'static str> {
        let mut bytes = Vec::new();
        decode(coded, |byte| bytes.push(byte))?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    /// The examples of RFC 7541, C.4 and C.6.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let of = |hex: &str| {
            let bytes: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            text(&bytes).unwrap()
        };
        assert_eq!(of("f1e3c2e5f23a6ba0ab90f4ff"), "www.example.com");
        assert_eq!(of("a8eb10649cbf"), "no-cache");
        assert_eq!(of("d07abe941054d444a8200595040b8166e082a62d1bff"), "Mon, 21 Oct 2013 20:13:21 GMT");
        assert_eq!(
            of("94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"),
            "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
        );
        assert_eq!(of(""), "");
    }

    #[test]
    fn what_is_no_code_is_told() {
        assert!(text(&[0xff, 0xff, 0xff, 0xff]).unwrap_err().contains("the end"), "EOS");
        assert!(text(&[0x00]).unwrap_err().contains("padding"), "0 and three bits that are not all ones");
        assert!(text(&[0x07, 0xff]).unwrap_err().contains("seven"), "eleven bits of padding");
    }

    #[test]
    fn every_symbol_has_its_own_code() {
        // Kraft's sum of a complete code is 1.
        let sum: u64 = LENGTHS.iter().map(|len| 1_u64 << (LONGEST - usize::from(*len))).sum();
        assert_eq!(sum, 1 << LONGEST);
        let mut symbols = CODE.0;
        symbols.sort_unstable();
        assert!(symbols.iter().enumerate().all(|(at, symbol)| at == usize::from(*symbol)));
    }
}
