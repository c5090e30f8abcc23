//! Text to tokens. A word is whatever may be a name or a value: only the field
//! beside it tells whether `10.0.0.0/8` is an address or a mistake.

use super::FilterError;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'t> {
    /// A name, a keyword, a number or an address.
    Word(&'t str),
    /// Quoted text, escapes resolved.
    Text(Vec<u8>),
    /// A character in single quotes.
    Character(u8),
    /// What stands in brackets: ranges, yet to be read.
    Ranges(&'t str),
    /// Punctuation.
    Sign(&'static str),
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub kind: Kind<'t>,
    pub at: usize,
    pub end: usize,
}

/// Longest first, so that `===` is not taken for `==`.
const SIGNS: &[&str] = &[
    "===", "!==", "==", "!=", "~=", ">=", "<=", "&&", "||", "..", "(", ")", "{", "}", ",", "!", ">", "<",
    "&", "~", "+", "-", "*", "/", "%", "#",
];

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '/')
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, len) = if first == '"' {
            let (bytes, len) = quoted(rest, at)?;
            (Kind::Text(bytes), len)
        } else if first == '\'' {
            character(rest, at)?
        } else if rest.starts_with("r\"") || rest.starts_with("R\"") {
            raw(rest, at)?
        } else if first == '[' {
            let Some(len) = rest.find(']') else {
                return Err(FilterError::new(at, "the closing bracket `]` is missing"));
            };
            (Kind::Ranges(rest.get(1..len).unwrap_or_default()), len + 1)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Kind::Sign(sign), sign.len())
        } else if is_word(first) {
            let len = word(rest);
            (Kind::Word(rest.get(..len).unwrap_or_default()), len)
        } else {
            return Err(FilterError::new(at, unexpected(first)));
        };
        tokens.push(Token { kind, at, end: at + len });
        at += len;
    }
    Ok(tokens)
}

/// The length of the word that `rest` begins with.
fn word(rest: &str) -> usize {
    let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let word = rest.get(..len).unwrap_or_default();
    // `8000..8080` is a range, not a word.
    let len = word.find("..").unwrap_or(len);
    let word = word.get(..len).unwrap_or_default();
    match word.split_once('/') {
        // `tcp.len/2` is a division, `fe80::/10` a net.
        Some((name, _)) if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains(':') => {
            name.len()
        }
        _ => len,
    }
}

fn unexpected(c: char) -> String {
    match c {
        '=' => "`=` alone means nothing: compare with `==`".into(),
        '|' => "`|` alone means nothing: say `||` or `or`".into(),
        ']' => "this bracket closes nothing".into(),
        '$' => "fields of another packet (`${…}`) are not supported".into(),
        '^' => "`^` means nothing here: say `(a or b) and not (a and b)`".into(),
        '@' | '?' | ';' | '\\' | '`' => format!("`{c}` means nothing here"),
        _ => format!("`{}` means nothing here; text stands in double quotes", c.escape_debug()),
    }
}

/// What a backslash and what follows it stand for, and its length.
fn escape(rest: &str, at: usize) -> Result<(char, Option<u8>, usize), FilterError> {
    let after = rest.get(1..).unwrap_or_default();
    let digits = |from: usize, most: usize, radix: u32| {
        let digits = after.get(from..).unwrap_or_default().chars().take(most);
        let count = digits.take_while(|c| c.is_digit(radix)).count();
        let value = after.get(from..from + count).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        value.map(|value| (value, count))
    };
    let byte = |byte: u8, len| Ok((char::from(byte), Some(byte), len));
    let wrong = |message: &str| Err(FilterError::new(at, message));
    match after.chars().next() {
        Some('a') => byte(7, 2),
        Some('b') => byte(8, 2),
        Some('f') => byte(12, 2),
        Some('n') => byte(b'\n', 2),
        Some('r') => byte(b'\r', 2),
        Some('t') => byte(b'\t', 2),
        Some('v') => byte(11, 2),
        Some(same @ ('"' | '\'' | '\\')) => byte(same as u8, 2),
        Some('0'..='7') => match digits(0, 3, 8) {
            Some((value, count)) if value <= 255 => byte(value as u8, 1 + count),
            _ => wrong("an octal escape is at most `\\377`"),
        },
        Some('x') => match digits(1, 2, 16) {
            Some((value, 2)) => byte(value as u8, 4),
            _ => wrong("two hexadecimal digits are missing after `\\x`"),
        },
        Some(kind @ ('u' | 'U')) => {
            let most = if kind == 'u' { 4 } else { 8 };
            let found = digits(1, most, 16).filter(|(_, count)| *count == most);
            match found.and_then(|(value, _)| char::from_u32(value)) {
                Some(c) => Ok((c, None, 2 + most)),
                None => wrong("a code point of four digits is missing after `\\u`, of eight after `\\U`"),
            }
        }
        _ => wrong(
            "unknown escape: known are \\n \\r \\t \\a \\b \\f \\v \\101 \\x41 \\u0041 \\\" \\' \\\\; \
             in r\"…\" a backslash is itself, as regular expressions need it",
        ),
    }
}

/// The text from an opening quote to the closing one, and its length with both.
fn quoted(rest: &str, at: usize) -> Result<(Vec<u8>, usize), FilterError> {
    let (mut bytes, mut place) = (Vec::new(), 1);
    while let Some(c) = rest.get(place..).and_then(|rest| rest.chars().next()) {
        let (c, byte, len) = match c {
            '"' => return Ok((bytes, place + 1)),
            '\\' => escape(rest.get(place..).unwrap_or_default(), at + place)?,
            _ => (c, None, c.len_utf8()),
        };
        match byte {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        place += len;
    }
    Err(FilterError::new(at, "the closing quote is missing"))
}

/// `r"…"`: backslashes stay what they are; one before a quote keeps it from closing.
fn raw(rest: &str, at: usize) -> Result<(Kind<'static>, usize), FilterError> {
    let body = rest.get(2..).unwrap_or_default();
    let mut escaped = false;
    for (place, byte) in body.bytes().enumerate() {
        match byte {
            b'"' if !escaped => {
                let text = body.get(..place).unwrap_or_default();
                return Ok((Kind::Text(text.as_bytes().to_vec()), place + 3));
            }
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    Err(FilterError::new(at, "the closing quote is missing"))
}

/// `'x'`: the number of one character.
fn character(rest: &str, at: usize) -> Result<(Kind<'static>, usize), FilterError> {
    let body = rest.get(1..).unwrap_or_default();
    let (c, byte, len) = match body.chars().next() {
        Some('\\') => escape(body, at + 1)?,
        Some(c) => (c, None, c.len_utf8()),
        None => return Err(FilterError::new(at, "the closing quote is missing")),
    };
    let byte = byte.or(u8::try_from(c).ok().filter(u8::is_ascii));
    match byte.filter(|_| body.get(len..).is_some_and(|rest| rest.starts_with('\''))) {
        Some(byte) => Ok((Kind::Character(byte), len + 2)),
        None => {
            Err(FilterError::new(at, "one character stands in single quotes; text stands in double quotes"))
        }
    }
}
