//! Tokens to a syntax tree: what the text says, before any field is looked up.

use super::FilterError;
use super::lexer::{Kind, Token};

/// Parentheses and negations within each other.
const MAX_DEPTH: usize = 100;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// Equal.
    Equal,
    /// Different.
    Differs,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// The bytes occur within.
    Contains,
}

/// How many occurrences of a field must satisfy a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// At least one.
    Any,
    /// At least one is there, and all of them.
    All,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub text: Written,
    pub at: usize,
}

/// With or without quotes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    Word(String),
    Quoted(Vec<u8>),
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Question {
    /// Is it there (with a mask: is any of the bits set)?
    Exists,
    /// How does it compare?
    Compare(Quantifier, Operator, Literal),
    /// Is it one of these, or between these?
    In(Vec<(Literal, Option<Literal>)>),
}

/// The syntax tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// A question about one field or protocol.
    Test { name: String, at: usize, mask: Option<Literal>, question: Question },
    /// Not this.
    Not(Box<Expression>),
    /// All of these.
    All(Vec<Expression>),
    /// Any of these.
    Any(Vec<Expression>),
}

/// The tree of the tokens; `None` for no tokens at all.
pub(super) fn parse(tokens: &[Token<'_>], end: usize) -> Result<Option<Expression>, FilterError> {
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens, at: 0, end, depth: 0 };
    let tree = parser.any()?;
    match parser.peek() {
        None => Ok(Some(tree)),
        Some(Token { kind: Kind::Sign(")"), at, .. }) => {
            Err(FilterError::new(*at, "this parenthesis closes nothing"))
        }
        Some(token) => {
            let found = describe(&token.kind);
            let message = format!("an operator is missing before {found}: `and`, `or`, or a comparison");
            Err(FilterError::new(token.at, message))
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    end: usize,
    depth: usize,
}

fn describe(kind: &Kind<'_>) -> String {
    match kind {
        Kind::Word(word) => format!("`{word}`"),
        Kind::Text(_) => "the text in quotes".into(),
        Kind::Sign(sign) => format!("`{sign}`"),
    }
}

fn keyword(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.at)
    }

    /// Takes the next token if it is one of these signs or keywords.
    fn take(&mut self, signs: &[&str], words: &[&str]) -> bool {
        let found = match self.peek().map(|token| &token.kind) {
            Some(Kind::Sign(sign)) => signs.contains(sign),
            Some(Kind::Word(word)) => keyword(word, words),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn missing<T>(&self, what: &str) -> Result<T, FilterError> {
        Err(match self.peek() {
            Some(token) => {
                FilterError::new(token.at, format!("{what} is missing before {}", describe(&token.kind)))
            }
            None => FilterError::new(self.end, format!("{what} is missing at the end")),
        })
    }

    fn any(&mut self) -> Result<Expression, FilterError> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.take(&["||"], &["or"]) {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let first = self.not()?;
        let mut parts = vec![first];
        while self.take(&["&&"], &["and"]) {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn not(&mut self) -> Result<Expression, FilterError> {
        let begin = self.peek().map_or(self.end, |token| token.at);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} parentheses and negations within each other");
            return Err(FilterError::new(begin, message));
        }
        let tree = if self.take(&["!"], &["not"]) {
            Expression::Not(Box::new(self.not()?))
        } else if self.take(&["("], &[]) {
            let tree = self.any()?;
            if !self.take(&[")"], &[]) {
                return self.missing("the closing parenthesis");
            }
            tree
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(tree)
    }

    fn test(&mut self) -> Result<Expression, FilterError> {
        let Some(Token { kind: Kind::Word(name), at, .. }) = self.peek() else {
            return self.missing("a field or protocol");
        };
        if keyword(name, &["and", "or"]) {
            return self.missing("a field or protocol");
        }
        self.at += 1;
        if let Some(Token { kind: Kind::Sign("("), .. }) = self.peek() {
            return Err(FilterError::new(*at, format!("functions such as `{name}(…)` are not supported")));
        }
        let mask = if self.take(&["&"], &[]) { Some(self.value("a mask")?) } else { None };
        let question = self.question()?;
        Ok(match question {
            (question, false) => Expression::Test { name: (*name).to_owned(), at: *at, mask, question },
            (question, true) => Expression::Not(Box::new(Expression::Test {
                name: (*name).to_owned(),
                at: *at,
                mask,
                question,
            })),
        })
    }

    /// What is asked, and whether its opposite is meant (`not in`).
    fn question(&mut self) -> Result<(Question, bool), FilterError> {
        const OPERATORS: &[(&[&str], &[&str], Quantifier, Operator)] = &[
            (&["=="], &["eq", "any_eq"], Quantifier::Any, Operator::Equal),
            (&["==="], &["all_eq"], Quantifier::All, Operator::Equal),
            (&["!="], &["ne", "all_ne"], Quantifier::All, Operator::Differs),
            (&["!=="], &["any_ne"], Quantifier::Any, Operator::Differs),
            (&[">"], &["gt"], Quantifier::Any, Operator::Greater),
            (&[">="], &["ge"], Quantifier::Any, Operator::AtLeast),
            (&["<"], &["lt"], Quantifier::Any, Operator::Less),
            (&["<="], &["le"], Quantifier::Any, Operator::AtMost),
            (&[], &["contains"], Quantifier::Any, Operator::Contains),
        ];
        for (signs, words, quantifier, operator) in OPERATORS {
            if self.take(signs, words) {
                let value = self.value("a value")?;
                return Ok((Question::Compare(*quantifier, *operator, value), false));
            }
        }
        let begin = self.at;
        let negated = self.take(&[], &["not"]);
        if self.take(&[], &["in"]) {
            return Ok((Question::In(self.set()?), negated));
        }
        self.at = begin;
        let at = self.peek().map_or(self.end, |token| token.at);
        if self.take(&["~"], &["matches"]) {
            return Err(FilterError::new(
                at,
                "regular expressions (`matches`) are not supported: use `contains`",
            ));
        }
        Ok((Question::Exists, false))
    }

    fn set(&mut self) -> Result<Vec<(Literal, Option<Literal>)>, FilterError> {
        if !self.take(&["{"], &[]) {
            return self.missing("`{`");
        }
        let mut members = Vec::new();
        loop {
            let low = self.value("a value")?;
            let high = if self.take(&[".."], &[]) { Some(self.value("the end of the range")?) } else { None };
            members.push((low, high));
            if self.take(&["}"], &[]) {
                return Ok(members);
            }
            if !self.take(&[","], &[]) {
                return self.missing("`,` or `}`");
            }
        }
    }

    fn value(&mut self, what: &str) -> Result<Literal, FilterError> {
        let (text, at) = match self.peek() {
            Some(Token { kind: Kind::Word(word), at, .. }) => (Written::Word((*word).to_owned()), *at),
            Some(Token { kind: Kind::Text(text), at, .. }) => (Written::Quoted(text.clone()), *at),
            _ => return self.missing(what),
        };
        self.at += 1;
        Ok(Literal { text, at })
    }
}
