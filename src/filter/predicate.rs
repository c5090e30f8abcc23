//! The compiled filter, asked about one packet after the other.

use super::syntax::{Operator, Quantifier};
use super::value::{Class, Operand, compare};
use crate::decode::Value;
use crate::decode::sinks::Probe;
use std::cmp::Ordering;

/// One comparison, for fields of one class.
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
    NotZero,
}

/// The filter. Its depth is that of the syntax tree, which is limited.
#[derive(Debug)]
pub(super) enum Predicate {
    /// Something was found for this place.
    Exists(u16),
    /// A field's occurrences satisfy one of the comparisons (one a class).
    Field { place: u16, quantifier: Quantifier, mask: u64, comparisons: Vec<Comparison> },
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
            Predicate::Exists(place) => probe.found.iter().any(|found| found.place == *place),
            Predicate::Field { place, quantifier, mask, comparisons } => {
                let mut occurrences = probe
                    .found
                    .iter()
                    .filter(|found| found.place == *place)
                    .filter_map(|found| Some((Class::of(found.def?.kind), probe.value(found))))
                    .map(|(class, value)| {
                        let value = match value {
                            Value::Uint(number) => Value::Uint(number & mask),
                            other => other,
                        };
                        comparisons.iter().any(|it| it.class == class && it.test.holds(value))
                    });
                match quantifier {
                    Quantifier::Any => occurrences.any(|held| held),
                    Quantifier::All => occurrences.next() == Some(true) && occurrences.all(|held| held),
                }
            }
            Predicate::Not(inner) => !inner.holds(probe),
            Predicate::All(parts) => parts.iter().all(|part| part.holds(probe)),
            Predicate::Any(parts) => parts.iter().any(|part| part.holds(probe)),
        }
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
                let Some(order) = compare(value, operand) else { return false };
                match operator {
                    Operator::Equal => order == Ordering::Equal,
                    Operator::Differs => order != Ordering::Equal,
                    Operator::Greater => order == Ordering::Greater,
                    Operator::AtLeast => order != Ordering::Less,
                    Operator::Less => order == Ordering::Less,
                    Operator::AtMost => order != Ordering::Greater,
                    Operator::Contains => false,
                }
            }
            Test::In(members) => members.iter().any(|(low, high)| match high {
                None => compare(value, low) == Some(Ordering::Equal),
                Some(high) => {
                    compare(value, low).is_some_and(Ordering::is_ge)
                        && compare(value, high).is_some_and(Ordering::is_le)
                }
            }),
            Test::NotZero => matches!(value, Value::Uint(number) if number != 0),
        }
    }
}
