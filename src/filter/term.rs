//! What has values in a packet: fields, layers, and what is made of them.
//!
//! Values are visited where they lie. Only what has to be made anew, such as text in
//! other letters, is made; a field's value or a slice of it is not.

use super::ranges::Range;
use super::syntax::Arithmetic;
use super::value::{Operand, order};
use crate::decode::sinks::{Found, Probe};
use crate::decode::{FieldDef, Kind, Value, export};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// A compiled term. Its depth is that of the syntax tree, which is limited.
#[derive(Debug)]
pub(super) enum Term {
    /// Fields and layers found for a place.
    Field {
        place: u16,
        /// Of these layers of their protocol alone.
        layers: Option<Vec<Range>>,
        /// Of a layer: with all that it carries.
        whole: bool,
    },
    Constant(Kind, Operand),
    Slice(Box<Term>, Vec<Range>),
    Negate(Box<Term>),
    Operation(Arithmetic, Box<Term>, Box<Term>),
    Call(Function, Vec<Term>),
}

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Lower,
    Upper,
    Length,
    Count,
    Text,
    Most,
    Least,
    Absolute,
}

impl Function {
    /// All of them, by name and the parenthesis that follows.
    pub const ALL: [(&str, Function); 8] = [
        ("abs(", Function::Absolute),
        ("count(", Function::Count),
        ("len(", Function::Length),
        ("lower(", Function::Lower),
        ("max(", Function::Most),
        ("min(", Function::Least),
        ("string(", Function::Text),
        ("upper(", Function::Upper),
    ];
}

/// Is given a value; says whether it needs no more.
type Visit<'v> = dyn FnMut(Kind, Value<'_>) -> bool + 'v;

impl Term {
    /// Of a layer all that it carries is meant, not its header alone.
    pub fn carry(&mut self) {
        if let Term::Field { whole, .. } = self {
            *whole = true;
        }
    }

    /// Whether there is any value.
    pub fn exists(&self, probe: &Probe) -> bool {
        match self {
            Term::Field { place, layers: None, .. } => probe.found.iter().any(|found| found.place == *place),
            _ => self.each(probe, &mut |_, _| true),
        }
    }

    /// Visits every value of the packet, in its order, until one is enough; whether one was.
    pub fn each(&self, probe: &Probe, visit: &mut Visit<'_>) -> bool {
        match self {
            Term::Field { place, layers, whole } => probe.found.iter().any(|found| {
                found.place == *place
                    && layers.as_ref().is_none_or(|layers| within(layers, probe.ordinal(found)))
                    && tell(probe, found, *whole, visit)
            }),
            Term::Constant(kind, operand) => operand.value(|value| visit(*kind, value)),
            Term::Slice(inner, ranges) => {
                inner.each(probe, &mut |_, value| match (value, ranges.as_slice()) {
                    (Value::Bytes(bytes), [range]) => {
                        range.of(bytes).is_some_and(|part| visit(Kind::Bytes, Value::Bytes(part)))
                    }
                    (Value::Bytes(bytes), ranges) => {
                        let mut parts = SmallVec::<[u8; 64]>::new();
                        let all = ranges
                            .iter()
                            .all(|range| range.of(bytes).map(|part| parts.extend_from_slice(part)).is_some());
                        all && visit(Kind::Bytes, Value::Bytes(&parts))
                    }
                    _ => false,
                })
            }
            Term::Negate(inner) => inner.each(probe, &mut |kind, value| match value {
                Value::Float(number) => visit(kind, Value::Float(-number)),
                Value::Int(number) => {
                    number.checked_neg().is_some_and(|number| visit(kind, Value::Int(number)))
                }
                Value::Uint(number) => i64::try_from(-i128::from(number))
                    .is_ok_and(|number| visit(Kind::Int(64), Value::Int(number))),
                _ => false,
            }),
            Term::Operation(operation, left, right) => left.each(probe, &mut |kind, value| {
                right.each(probe, &mut |_, other| calculate(*operation, kind, value, other, visit))
            }),
            Term::Call(function, arguments) => call(*function, arguments, probe, visit),
        }
    }
}

fn within(layers: &[Range], ordinal: usize) -> bool {
    layers.iter().any(|range| range.has(ordinal))
}

fn tell(probe: &Probe, found: &Found, whole: bool, visit: &mut Visit<'_>) -> bool {
    match found.def {
        Some(def) => visit(def.kind, probe.value(found)),
        None => visit(Kind::Bytes, Value::Bytes(probe.contents(found, whole))),
    }
}

/// What cannot be calculated (beyond 64 bits, divided by 0) has no value.
fn calculate(
    operation: Arithmetic,
    kind: Kind,
    left: Value<'_>,
    right: Value<'_>,
    visit: &mut Visit<'_>,
) -> bool {
    let number = |value: Value<'_>| match value {
        Value::Uint(number) => Some(i128::from(number)),
        Value::Int(number) => Some(i128::from(number)),
        _ => None,
    };
    match (operation, left, right) {
        (Arithmetic::And, Value::Bytes(left), Value::Bytes(right)) => {
            let both: SmallVec<[u8; 64]> = left.iter().zip(right).map(|(left, right)| left & right).collect();
            left.len() == right.len() && visit(kind, Value::Bytes(&both))
        }
        (Arithmetic::And, Value::Uint(left), Value::Uint(right)) => visit(kind, Value::Uint(left & right)),
        (_, Value::Float(left), Value::Float(right)) => {
            let value = match operation {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide => left / right,
                Arithmetic::Remainder => left % right,
                Arithmetic::And => return false,
            };
            value.is_finite() && visit(kind, Value::Float(value))
        }
        _ => {
            let (Some(left), Some(right)) = (number(left), number(right)) else { return false };
            let value = match operation {
                Arithmetic::Add => left.checked_add(right),
                Arithmetic::Subtract => left.checked_sub(right),
                Arithmetic::Multiply => left.checked_mul(right),
                Arithmetic::Divide => left.checked_div(right),
                Arithmetic::Remainder => left.checked_rem(right),
                Arithmetic::And => Some(left & right),
            };
            let kind = if matches!(kind, Kind::Time | Kind::Duration) { kind } else { Kind::Int(64) };
            value
                .and_then(|value| i64::try_from(value).ok())
                .is_some_and(|value| visit(kind, Value::Int(value)))
        }
    }
}

fn call(function: Function, arguments: &[Term], probe: &Probe, visit: &mut Visit<'_>) -> bool {
    let Some(first) = arguments.first() else { return false };
    match function {
        Function::Lower | Function::Upper => first.each(probe, &mut |kind, value| {
            let Value::Bytes(bytes) = value else { return false };
            let mut letters = SmallVec::<[u8; 64]>::from_slice(bytes);
            match function {
                Function::Lower => letters.make_ascii_lowercase(),
                _ => letters.make_ascii_uppercase(),
            }
            visit(kind, Value::Bytes(&letters))
        }),
        Function::Length => first.each(probe, &mut |kind, value| {
            let len = match (kind, value) {
                (_, Value::Bytes(bytes)) => bytes.len() as u64,
                (Kind::Uint(bits) | Kind::Int(bits) | Kind::Bool(bits), _) => u64::from(bits.div_ceil(8)),
                _ => 8,
            };
            visit(Kind::Uint(32), Value::Uint(len))
        }),
        Function::Count => {
            let mut count = 0;
            first.each(probe, &mut |_, _| {
                count += 1;
                false
            });
            count > 0 && visit(Kind::Uint(32), Value::Uint(count))
        }
        Function::Text => {
            let mut text = String::new();
            first.each(probe, &mut |kind, value| {
                text.clear();
                text_of(&mut text, kind, value);
                visit(Kind::Text, Value::Bytes(text.as_bytes()))
            })
        }
        Function::Absolute => first.each(probe, &mut |kind, value| match value {
            Value::Int(number) => number.checked_abs().is_some_and(|number| visit(kind, Value::Int(number))),
            Value::Float(number) => visit(kind, Value::Float(number.abs())),
            other => visit(kind, other),
        }),
        Function::Most | Function::Least => extreme(function == Function::Most, arguments, probe, visit),
    }
}

/// The greatest or the least of all numbers that the terms have.
fn extreme(greatest: bool, terms: &[Term], probe: &Probe, visit: &mut Visit<'_>) -> bool {
    let mut best: Option<(Kind, Value<'static>)> = None;
    for term in terms {
        term.each(probe, &mut |kind, value| {
            let value = match value {
                Value::Uint(number) => Value::Uint(number),
                Value::Int(number) => Value::Int(number),
                Value::Float(number) => Value::Float(number),
                Value::None | Value::Bytes(_) => return false,
            };
            let wanted = if greatest { Ordering::Greater } else { Ordering::Less };
            if best.is_none_or(|best| order((kind, value), best) == Some(wanted)) {
                best = Some((kind, value));
            }
            false
        });
    }
    best.is_some_and(|(kind, value)| visit(kind, value))
}

/// Integers in decimal, all else as tables have it.
fn text_of(text: &mut String, kind: Kind, value: Value<'_>) {
    match value {
        Value::Bytes(bytes) if kind == Kind::Text => text.push_str(&String::from_utf8_lossy(bytes)),
        _ => export(text, &FieldDef { kind, ..FieldDef::uint("", "", 64) }, value),
    }
}
