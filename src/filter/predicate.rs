//! The compiled filter, asked about one packet after the other.

use super::syntax::{Operator, Quantifier};
use super::term::Term;
use super::value::{Class, Operand, compare, order};
use crate::decode::sinks::Probe;
use crate::decode::{Kind, Value};
use regex::bytes::Regex;
use std::cmp::Ordering;

/// One comparison, for values of one class.
#[derive(Debug)]
pub(super) struct Comparison {
    pub class: Class,
    pub test: Test,
}

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Test {
    Compare(Operator, Operand),
    In(Vec<(Operand, Option<Operand>)>),
    Matches(Regex),
    /// A bit is set.
    NotZero,
}

/// The filter. Its depth is that of the syntax tree, which is limited.
#[derive(Debug)]
pub(super) enum Predicate {
    /// The term has a value.
    Exists(Term),
    /// The term's values satisfy one of the comparisons (one a class).
    Test { term: Term, quantifier: Quantifier, comparisons: Vec<Comparison> },
    /// The values of two terms compare so.
    Terms { left: Term, quantifier: Quantifier, operator: Operator, right: Term },
    /// Not this.
    Not(Box<Predicate>),
    /// All of these; holds when there are none.
    All(Vec<Predicate>),
    /// Any of these.
    Any(Vec<Predicate>),
}

impl Predicate {
    pub(super) fn holds(&self, probe: &Probe) -> bool {
        match self {
            Predicate::Exists(term) => term.exists(probe),
            Predicate::Test { term, quantifier, comparisons } => quantified(*quantifier, |seen| {
                term.each(probe, &mut |kind, value| {
                    let class = Class::of(kind);
                    seen(comparisons.iter().any(|it| it.class == class && it.test.holds(value)))
                });
            }),
            Predicate::Terms { left, quantifier, operator, right } => quantified(*quantifier, |seen| {
                left.each(probe, &mut |kind, value| {
                    right.each(probe, &mut |other_kind, other| {
                        seen(related(*operator, (kind, value), (other_kind, other)))
                    })
                });
            }),
            Predicate::Not(inner) => !inner.holds(probe),
            Predicate::All(parts) => parts.iter().all(|part| part.holds(probe)),
            Predicate::Any(parts) => parts.iter().any(|part| part.holds(probe)),
        }
    }
}

/// Whether so many hold: `look` tells of each, until it is told that this is enough.
fn quantified(quantifier: Quantifier, look: impl FnOnce(&mut dyn FnMut(bool) -> bool)) -> bool {
    let mut outcome = false;
    look(&mut |held| {
        outcome = held;
        // One that holds is enough for any, one that does not for all.
        held == (quantifier == Quantifier::Any)
    });
    outcome
}

fn is(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::Differs => order != Ordering::Equal,
        Operator::Greater => order == Ordering::Greater,
        Operator::AtLeast => order != Ordering::Less,
        Operator::Less => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::Contains | Operator::Matches => false,
    }
}

fn related(operator: Operator, left: (Kind, Value<'_>), right: (Kind, Value<'_>)) -> bool {
    match (operator, left.1, right.1) {
        (Operator::Contains, Value::Bytes(bytes), Value::Bytes(needle)) => {
            memchr::memmem::find(bytes, needle).is_some()
        }
        _ => order(left, right).is_some_and(|order| is(operator, order)),
    }
}

impl Test {
    fn holds(&self, value: Value<'_>) -> bool {
        match self {
            Test::Compare(Operator::Contains, Operand::Bytes(needle)) => match value {
                Value::Bytes(bytes) => memchr::memmem::find(bytes, needle).is_some(),
                _ => false,
            },
            Test::Compare(operator, operand) => {
                // What has no order, such as a port and -1, differs.
                compare(value, operand).map_or(*operator == Operator::Differs, |order| is(*operator, order))
            }
            Test::In(members) => members.iter().any(|(low, high)| match high {
                None => compare(value, low) == Some(Ordering::Equal),
                Some(high) => {
                    compare(value, low).is_some_and(Ordering::is_ge)
                        && compare(value, high).is_some_and(Ordering::is_le)
                }
            }),
            Test::Matches(pattern) => match value {
                Value::Bytes(bytes) => pattern.is_match(bytes),
                _ => false,
            },
            Test::NotZero => match value {
                Value::Uint(number) => number != 0,
                Value::Int(number) => number != 0,
                Value::Float(number) => number != 0.0,
                Value::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
                Value::None => false,
            },
        }
    }
}
