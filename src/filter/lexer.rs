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
    "===", "!==", "==", "!=", ">=", "<=", "&&", "||", "..", "(", ")", "{", "}", ",", "!", ">", "<", "&", "~",
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
            quoted(rest, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Kind::Sign(sign), sign.len())
        } else if is_word(first) {
            let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            // `8000..8080` is a range, not a word.
            let len = rest.get(..len).and_then(|word| word.find("..")).unwrap_or(len);
            (Kind::Word(rest.get(..len).unwrap_or_default()), len)
        } else {
            return Err(FilterError::new(at, unexpected(first)));
        };
        tokens.push(Token { kind, at, end: at + len });
        at += len;
    }
    Ok(tokens)
}

fn unexpected(c: char) -> String {
    match c {
        '=' => "`=` alone means nothing: compare with `==`".into(),
        '|' => "`|` alone means nothing: say `||` or `or`".into(),
        '[' | ']' => "slices such as `[0:3]` are not supported".into(),
        '\'' => "text stands in double quotes".into(),
        '$' | '@' | '#' | '%' | '*' | '+' | '^' | '?' | ';' | '\\' | '`' => {
            format!("`{c}` means nothing here")
        }
        _ => format!("`{}` means nothing here; text stands in double quotes", c.escape_debug()),
    }
}

/// The text from an opening quote to the closing one, and its length with both.
fn quoted(rest: &str, at: usize) -> Result<(Kind<'static>, usize), FilterError> {
    let mut bytes = Vec::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Ok((Kind::Text(bytes), place + 1)),
            '\\' => {
                let escape = chars.next().map(|(_, c)| c);
                bytes.push(match escape {
                    Some('n') => b'\n',
                    Some('r') => b'\r',
                    Some('t') => b'\t',
                    Some('0') => 0,
                    Some(same @ ('"' | '\\')) => same as u8,
                    Some('x') => {
                        let high = chars.next().and_then(|(_, c)| c.to_digit(16));
                        let low = chars.next().and_then(|(_, c)| c.to_digit(16));
                        match (high, low) {
                            (Some(high), Some(low)) => (high * 16 + low) as u8,
                            _ => {
                                let message = "two hexadecimal digits are missing after `\\x`";
                                return Err(FilterError::new(at + place, message));
                            }
                        }
                    }
                    _ => {
                        let message = "unknown escape: known are \\n \\r \\t \\0 \\x41 \\\" \\\\";
                        return Err(FilterError::new(at + place, message));
                    }
                });
            }
            _ => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(FilterError::new(at, "the closing quote is missing"))
}
