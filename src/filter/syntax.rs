//! Tokens to a syntax tree: what the text says, before any field is looked up.

use super::FilterError;
use super::lexer::{Kind, Token};
use super::ranges::{Range, ranges};

/// Parentheses and negations within each other.
const MAX_DEPTH: usize = 100;
/// Operators, functions and slices of one term.
const MAX_OPERATIONS: usize = 100;

/// How two values are compared.
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
    /// The regular expression finds something within.
    Matches,
}

/// How many occurrences of a field must satisfy a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// At least one.
    Any,
    /// At least one is there, and all of them.
    All,
}

/// What is made of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
}

/// A value or a name as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    /// Without quotes.
    Word(String),
    /// In double quotes.
    Quoted(Vec<u8>),
    /// In single quotes.
    Character(u8),
}

/// What has values: a field, a literal, or what is made of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub what: What,
    /// Where it stands in the text.
    pub at: usize,
    pub end: usize,
}

/// What a term is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Written(Written),
    Layers(Box<Term>, Vec<Range>),
    Slice(Box<Term>, Vec<Range>),
    Call(String, Vec<Term>),
    Negate(Box<Term>),
    Operation(Arithmetic, Box<Term>, Box<Term>),
}

/// What is asked of a term.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Question {
    /// Is it there (of masked bits: is any of them set)?
    Exists,
    /// How does it compare?
    Compare(Quantifier, Operator, Term),
    /// Is it one of these, or between these?
    In(Quantifier, Vec<(Term, Option<Term>)>),
}

/// The syntax tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// A question about one term.
    Test(Term, Question),
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
    let mut parser = Parser { tokens, at: 0, end, depth: 0, operations: 0 };
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
    /// Operations of the test so far.
    operations: usize,
}

fn describe(kind: &Kind<'_>) -> String {
    match kind {
        Kind::Word(word) => format!("`{word}`"),
        Kind::Text(_) => "the text in quotes".into(),
        Kind::Character(_) => "the character in quotes".into(),
        Kind::Ranges(_) => "`[`".into(),
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

    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let begin = self.peek().map_or(self.end, |token| token.at);
        let message = format!("more than {MAX_DEPTH} parentheses and negations within each other");
        Err(FilterError::new(begin, message))
    }

    fn not(&mut self) -> Result<Expression, FilterError> {
        self.deeper()?;
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
        self.operations = 0;
        let forced = if self.take(&[], &["any"]) {
            Some(Quantifier::Any)
        } else if self.take(&[], &["all"]) {
            Some(Quantifier::All)
        } else {
            None
        };
        let term = self.term("a field or protocol")?;
        let (mut question, negated) = self.question()?;
        match (&mut question, forced) {
            (_, None) => {}
            (Question::Compare(quantifier, ..) | Question::In(quantifier, _), Some(forced)) => {
                *quantifier = forced;
            }
            (Question::Exists, Some(_)) => return self.missing("a comparison, which `any` and `all` need,"),
        }
        let test = Expression::Test(term, question);
        Ok(if negated { Expression::Not(Box::new(test)) } else { test })
    }

    /// What is asked, and whether its opposite is meant (`not in`).
    fn question(&mut self) -> Result<(Question, bool), FilterError> {
        const OPERATORS: &[(&[&str], &[&str], Quantifier, Operator)] = &[
            (&["=="], &["eq", "any_eq"], Quantifier::Any, Operator::Equal),
            (&["==="], &["all_eq"], Quantifier::All, Operator::Equal),
            (&["!="], &["ne", "all_ne"], Quantifier::All, Operator::Differs),
            (&["!==", "~="], &["any_ne"], Quantifier::Any, Operator::Differs),
            (&[">"], &["gt"], Quantifier::Any, Operator::Greater),
            (&[">="], &["ge"], Quantifier::Any, Operator::AtLeast),
            (&["<"], &["lt"], Quantifier::Any, Operator::Less),
            (&["<="], &["le"], Quantifier::Any, Operator::AtMost),
            (&[], &["contains"], Quantifier::Any, Operator::Contains),
            (&["~"], &["matches"], Quantifier::Any, Operator::Matches),
        ];
        for (signs, words, quantifier, operator) in OPERATORS {
            if self.take(signs, words) {
                let value = self.term("a value")?;
                return Ok((Question::Compare(*quantifier, *operator, value), false));
            }
        }
        let begin = self.at;
        let negated = self.take(&[], &["not"]);
        if self.take(&[], &["in"]) {
            return Ok((Question::In(Quantifier::Any, self.set()?), negated));
        }
        self.at = begin;
        Ok((Question::Exists, false))
    }

    fn set(&mut self) -> Result<Vec<(Term, Option<Term>)>, FilterError> {
        if !self.take(&["{"], &[]) {
            return self.missing("`{`");
        }
        let mut members = Vec::new();
        loop {
            self.operations = 0;
            let low = self.term("a value")?;
            let high = if self.take(&[".."], &[]) { Some(self.term("the end of the range")?) } else { None };
            members.push((low, high));
            if self.take(&["}"], &[]) {
                return Ok(members);
            }
            if !self.take(&[","], &[]) {
                return self.missing("`,` or `}`");
            }
        }
    }

    /// One more operation: what is made of others lies around them, and depth is limited.
    fn made(&mut self, what: What, at: usize) -> Result<Term, FilterError> {
        self.operations += 1;
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(at, |last| last.end);
        if self.operations > MAX_OPERATIONS {
            return Err(FilterError::new(at, format!("more than {MAX_OPERATIONS} operations in one test")));
        }
        Ok(Term { what, at, end })
    }

    fn term(&mut self, missing: &str) -> Result<Term, FilterError> {
        const LEVELS: [&[(&str, Arithmetic)]; 3] = [
            &[("&", Arithmetic::And)],
            &[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)],
            &[("*", Arithmetic::Multiply), ("/", Arithmetic::Divide), ("%", Arithmetic::Remainder)],
        ];
        self.binary(&LEVELS, missing)
    }

    /// Operators of the first level, whose operands are terms of the others.
    fn binary(&mut self, levels: &[&[(&str, Arithmetic)]], missing: &str) -> Result<Term, FilterError> {
        let Some((level, tighter)) = levels.split_first() else { return self.single(missing) };
        let mut left = self.binary(tighter, missing)?;
        while let Some((_, operation)) = level.iter().find(|(sign, _)| self.take(&[*sign], &[])) {
            let missing = if *operation == Arithmetic::And { "a mask" } else { "a value" };
            let right = self.binary(tighter, missing)?;
            let at = left.at;
            left = self.made(What::Operation(*operation, Box::new(left), Box::new(right)), at)?;
        }
        Ok(left)
    }

    fn single(&mut self, missing: &str) -> Result<Term, FilterError> {
        let Some(Token { kind, at, end }) = self.peek() else { return self.missing(missing) };
        let (at, end) = (*at, *end);
        let written = |written| Term { what: What::Written(written), at, end };
        let mut term = match kind {
            Kind::Sign("-") => {
                self.at += 1;
                self.deeper()?;
                let inner = self.single(missing)?;
                self.depth -= 1;
                match &inner.what {
                    What::Written(Written::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                        return Ok(Term {
                            what: What::Written(Written::Word(format!("-{word}"))),
                            at,
                            ..inner
                        });
                    }
                    _ => return self.made(What::Negate(Box::new(inner)), at),
                }
            }
            Kind::Sign("{") => {
                self.at += 1;
                self.deeper()?;
                let inner = self.term(missing)?;
                self.depth -= 1;
                if !self.take(&["}"], &[]) {
                    return self.missing("`}`");
                }
                inner
            }
            Kind::Word(word) if !keyword(word, &["and", "or", "not", "in"]) => {
                self.at += 1;
                if self.take(&["("], &[]) {
                    self.call(word, at)?
                } else {
                    written(Written::Word((*word).to_owned()))
                }
            }
            Kind::Text(text) => {
                self.at += 1;
                written(Written::Quoted(text.clone()))
            }
            Kind::Character(byte) => {
                self.at += 1;
                written(Written::Character(*byte))
            }
            _ => return self.missing(missing),
        };
        loop {
            let inner = |term| Box::new(term);
            if self.take(&["#"], &[]) {
                let layers = match self.peek() {
                    Some(Token { kind: Kind::Ranges(text), at, .. }) => ranges(text, *at + 1)?,
                    Some(Token { kind: Kind::Word(word), at, .. }) => ranges(word, *at)?,
                    _ => return self.missing("the number of a layer, such as `#1` or `#[1-2]`,"),
                };
                self.at += 1;
                term = self.made(What::Layers(inner(term), layers), at)?;
            } else if let Some(Token { kind: Kind::Ranges(text), at: begin, .. }) = self.peek() {
                self.at += 1;
                term = self.made(What::Slice(inner(term), ranges(text, begin + 1)?), at)?;
            } else {
                return Ok(term);
            }
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Term, FilterError> {
        self.deeper()?;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.term("a field")?);
            if self.take(&[")"], &[]) {
                break;
            }
            if !self.take(&[","], &[]) {
                return self.missing("`,` or `)`");
            }
        }
        self.depth -= 1;
        self.made(What::Call(name.to_ascii_lowercase(), arguments), at)
    }
}
