//! Regular expressions over bytes, and how much of them is taken.

use super::syntax::Written;
use regex::bytes::{Regex, RegexBuilder};

/// Bytes that a compiled regular expression may take, and its lazily made states.
const MAX_PATTERN: usize = 1 << 20;
/// Parentheses within each other in a regular expression.
const MAX_NESTING: u32 = 50;

/// What is written as one; letters match in either case unless it says `(?-i)`.
pub(super) fn pattern(written: &Written) -> Result<Regex, String> {
    let Written::Quoted(bytes) = written else {
        return Err("a regular expression stands in quotes, such as `\"^get\"` or `r\"\\.html$\"`".into());
    };
    // A byte that is no text stands for itself.
    let text = bytes.utf8_chunks().fold(String::new(), |text, chunk| {
        let rest: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")).collect();
        text + chunk.valid() + &rest
    });
    let built = RegexBuilder::new(&text)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(MAX_PATTERN)
        .dfa_size_limit(MAX_PATTERN)
        .nest_limit(MAX_NESTING)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".into(),
        error => {
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("this is no regular expression: {why}")
        }
    })
}
