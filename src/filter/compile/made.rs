//! Terms whose values are made: calculations and functions, what they take and what they give.

use super::{Compiler, Typed, wrong};
use crate::decode::Kind;
use crate::filter::FilterError;
use crate::filter::syntax::{Arithmetic, Term as Tree, Written};
use crate::filter::term::{Function, Term};
use crate::filter::value::{Type, noun};

impl Compiler<'_> {
    /// What two terms make; a value beside a field is understood as the field is.
    pub(super) fn operation(
        &mut self,
        name: &str,
        operation: Arithmetic,
        left: &Tree,
        right: &Tree,
    ) -> Result<Typed, FilterError> {
        let ((left_term, left_types), (right_term, right_types)) =
            match (self.literal(left), self.literal(right)) {
                (Some(_), Some(_)) => return wrong(left, "a calculation has a field, and these are values"),
                (None, None) => (self.term(left)?, self.term(right)?),
                (None, Some(value)) => {
                    let known = self.term(left)?;
                    let constant =
                        constant(operation, &known.1, value).or_else(|message| wrong(right, message))?;
                    (known, constant)
                }
                (Some(value), None) => {
                    let known = self.term(right)?;
                    let constant =
                        constant(operation, &known.1, value).or_else(|message| wrong(left, message))?;
                    (constant, known)
                }
            };
        let (Some(one), Some(other)) = (left_types.first(), right_types.first()) else {
            return wrong(left, "a calculation has values");
        };
        let masks = operation == Arithmetic::And;
        let kind = match one.kind {
            _ if !one.fits(other) => None,
            Kind::Uint(_) | Kind::Int(_) if masks => Some(one.kind),
            Kind::Mac | Kind::Bytes | Kind::Ipv4 | Kind::Ipv6 if masks => Some(one.kind),
            Kind::Uint(_) | Kind::Int(_) => Some(Kind::Int(64)),
            Kind::Float if !masks => Some(Kind::Float),
            Kind::Time | Kind::Duration if matches!(operation, Arithmetic::Add | Arithmetic::Subtract) => {
                Some(one.kind)
            }
            _ => None,
        };
        let Some(kind) = kind else {
            let (first, second) = (noun(one.kind), noun(other.kind));
            let what =
                if masks { "`&` picks bits of numbers and bytes" } else { "calculations take numbers" };
            return wrong(left, format!("{what}; here are {first} and {second}"));
        };
        Ok((
            Term::Operation(operation, Box::new(left_term), Box::new(right_term)),
            vec![Type::made(name, kind)],
        ))
    }

    pub(super) fn call(
        &mut self,
        tree: &Tree,
        name: &str,
        function: &str,
        arguments: &[Tree],
    ) -> Result<Typed, FilterError> {
        let Some((_, known)) =
            Function::ALL.iter().find(|(known, _)| known.strip_suffix('(') == Some(function))
        else {
            let names: Vec<String> = Function::ALL.iter().map(|(name, _)| format!("`{name}…)`")).collect();
            return wrong(
                tree,
                format!("no function is called `{function}`; there are {}", names.join(", ")),
            );
        };
        let one_only = !matches!(known, Function::Most | Function::Least);
        if let (true, Some(second)) = (one_only, arguments.get(1)) {
            return wrong(second, format!("`{function}` takes one field"));
        }
        let (mut terms, mut first) = (Vec::new(), None::<Type>);
        for argument in arguments {
            if self.literal(argument).is_some_and(|written| !matches!(written, Written::Word(_))) {
                return wrong(argument, format!("`{function}` takes a field, and this is a value"));
            }
            let (term, types) = self.term(argument)?;
            let Some(ty) = types.first() else { continue };
            let takes = match known {
                Function::Lower | Function::Upper => matches!(ty.kind, Kind::Text),
                Function::Length | Function::Count => true,
                Function::Text => ty.kind != Kind::Group,
                Function::Absolute | Function::Most | Function::Least => {
                    matches!(ty.kind, Kind::Uint(_) | Kind::Int(_) | Kind::Float | Kind::Duration)
                }
            };
            if !takes || first.as_ref().is_some_and(|first| !first.fits(ty)) {
                let written = self.written(argument);
                let wants = match known {
                    Function::Lower | Function::Upper => "text",
                    Function::Text => "a value",
                    _ => "numbers of one kind",
                };
                return wrong(
                    argument,
                    format!("`{function}` takes {wants}; `{written}` is {}", noun(ty.kind)),
                );
            }
            first.get_or_insert_with(|| ty.clone());
            terms.push(term);
        }
        let kind = match (known, first) {
            (Function::Length | Function::Count, _) => Kind::Uint(32),
            (Function::Lower | Function::Upper | Function::Text, _) => Kind::Text,
            (_, Some(first)) => first.kind,
            (_, None) => return wrong(tree, format!("`{function}` takes a field")),
        };
        Ok((Term::Call(*known, terms), vec![Type::made(name, kind)]))
    }
}

/// A value in a calculation with what has these types.
fn constant(operation: Arithmetic, types: &[Type], value: &Written) -> Result<Typed, String> {
    let Some(ty) = types.first() else { return Err("a calculation has values".into()) };
    // What is added to a small number may be more than it can be.
    let ty = match ty.kind {
        Kind::Uint(bits) => {
            Type::made(&ty.name, if operation == Arithmetic::And { Kind::Uint(bits) } else { Kind::Int(64) })
        }
        kind => Type::made(&ty.name, kind),
    };
    let operand = ty.understand(value)?;
    Ok((Term::Constant(ty.kind, operand), vec![ty]))
}
