//! Syntax tree to predicate: looks up the fields, understands the values, and
//! says what is wrong with them.

use super::FilterError;
use super::complete::near;
use super::predicate::{Comparison, Predicate, Test};
use super::syntax::{Expression, Literal, Operator, Quantifier, Question, Written};
use super::value::{Class, compare, needle, noun, number, understand};
use crate::decode::sinks::Wanted;
use crate::decode::{FieldDef, Kind, Registry, Value};

/// The predicate, and what a probe must look for.
pub(super) fn compile(
    registry: &Registry,
    tree: Option<&Expression>,
) -> Result<(Wanted, Predicate), FilterError> {
    let mut compiler = Compiler { registry, names: Vec::new(), wanted: Wanted::default() };
    let predicate = match tree {
        Some(tree) => compiler.expression(tree)?,
        None => Predicate::All(Vec::new()),
    };
    Ok((compiler.wanted, predicate))
}

struct Compiler<'r> {
    registry: &'r Registry,
    /// The names asked for; their place is what the probe tells.
    names: Vec<String>,
    wanted: Wanted,
}

impl Compiler<'_> {
    fn expression(&mut self, tree: &Expression) -> Result<Predicate, FilterError> {
        Ok(match tree {
            Expression::Not(inner) => Predicate::Not(Box::new(self.expression(inner)?)),
            Expression::All(parts) => {
                Predicate::All(parts.iter().map(|part| self.expression(part)).collect::<Result<_, _>>()?)
            }
            Expression::Any(parts) => {
                Predicate::Any(parts.iter().map(|part| self.expression(part)).collect::<Result<_, _>>()?)
            }
            Expression::Test { name, at, mask, question } => self.test(name, *at, mask.as_ref(), question)?,
        })
    }

    fn test(
        &mut self,
        name: &str,
        at: usize,
        mask: Option<&Literal>,
        question: &Question,
    ) -> Result<Predicate, FilterError> {
        let place = self.place(name, at)?;
        let quantifier = match question {
            Question::Exists if mask.is_none() => return Ok(Predicate::Exists(place)),
            Question::Compare(quantifier, ..) => *quantifier,
            Question::Exists | Question::In(_) => Quantifier::Any,
        };
        // Several fields may share a name; one of each kind stands for all.
        let mut fields: Vec<&'static FieldDef> = Vec::new();
        for def in self.registry.fields_by_name(name) {
            let class = Class::of(def.kind);
            match fields.iter_mut().find(|other| Class::of(other.kind) == class) {
                Some(other) if width(def) > width(other) => *other = def,
                Some(_) => {}
                None => fields.push(def),
            }
        }
        if fields.is_empty() {
            let message = format!("`{name}` is a protocol: it can only be asked for by itself");
            return Err(FilterError::new(at, message));
        }
        let bits = match mask {
            Some(literal) => self.mask(name, at, &fields, literal)?,
            None => u64::MAX,
        };
        let (mut comparisons, mut error) = (Vec::new(), None);
        for def in fields {
            match understand_question(name, def, question) {
                Ok(test) => comparisons.push(Comparison { class: Class::of(def.kind), test }),
                Err(found) => error = error.or(Some(found)),
            }
        }
        match error {
            Some(error) if comparisons.is_empty() => Err(error),
            _ => Ok(Predicate::Field { place, quantifier, mask: bits, comparisons }),
        }
    }

    fn place(&mut self, name: &str, at: usize) -> Result<u16, FilterError> {
        if let Some(place) = self.names.iter().position(|known| known == name) {
            return Ok(place as u16);
        }
        let place = u16::try_from(self.names.len())
            .map_err(|_| FilterError::new(at, "the filter asks for too many fields"))?;
        if !self.wanted.add(self.registry, name, place) {
            return Err(FilterError::new(at, unknown(self.registry, name)));
        }
        self.names.push(name.to_owned());
        Ok(place)
    }

    fn mask(
        &self,
        name: &str,
        at: usize,
        fields: &[&'static FieldDef],
        literal: &Literal,
    ) -> Result<u64, FilterError> {
        if let Some(def) = fields.iter().find(|def| !matches!(def.kind, Kind::Uint(_))) {
            let message = format!("`&` picks bits of a number; `{name}` is {}", noun(def.kind));
            return Err(FilterError::new(at, message));
        }
        let bits = match &literal.text {
            Written::Word(word) => number(word).and_then(|value| u64::try_from(value).ok()),
            Written::Quoted(_) => None,
        };
        bits.ok_or_else(|| FilterError::new(literal.at, "a mask is a number such as `0x12`"))
    }
}

fn width(def: &FieldDef) -> u32 {
    if def.mask != 0 { def.mask.count_ones() } else { def.bits().unwrap_or(0).into() }
}

fn understand_question(name: &str, def: &'static FieldDef, question: &Question) -> Result<Test, FilterError> {
    let one = |literal: &Literal| {
        understand(name, def, literal).map_err(|message| FilterError::new(literal.at, message))
    };
    Ok(match question {
        Question::Exists => Test::NotZero,
        Question::Compare(_, Operator::Contains, literal) => {
            let needle = needle(name, def, literal);
            Test::Compare(
                Operator::Contains,
                needle.map_err(|message| FilterError::new(literal.at, message))?,
            )
        }
        Question::Compare(_, operator, literal) => {
            let ordered = !matches!(operator, Operator::Equal | Operator::Differs);
            if ordered && matches!(def.kind, Kind::Bool(_)) {
                let message = format!("`{name}` is a flag: it is set or not, never greater or less");
                return Err(FilterError::new(literal.at, message));
            }
            Test::Compare(*operator, one(literal)?)
        }
        Question::In(members) => {
            let mut set = Vec::with_capacity(members.len());
            for (low, high) in members {
                let first = one(low)?;
                let last = high.as_ref().map(&one).transpose()?;
                if let (Some(last), Some(high)) = (&last, high)
                    && is_reversed(&first, last)
                {
                    let message = "the range ends before it begins";
                    return Err(FilterError::new(high.at, message));
                }
                set.push((first, last));
            }
            Test::In(set)
        }
    })
}

fn is_reversed(first: &super::value::Operand, last: &super::value::Operand) -> bool {
    use super::value::Operand;
    let order = match first {
        Operand::Unsigned(number) => compare(Value::Uint(*number), last),
        Operand::Signed(number) => compare(Value::Int(*number), last),
        Operand::Float(number) => compare(Value::Float(*number), last),
        Operand::Ipv4(address, _) => compare(Value::Bytes(&address.to_be_bytes()), last),
        Operand::Ipv6(address, _) => compare(Value::Bytes(&address.to_be_bytes()), last),
        Operand::Bytes(bytes) => compare(Value::Bytes(bytes), last),
    };
    order.is_some_and(std::cmp::Ordering::is_gt)
}

fn unknown(registry: &Registry, name: &str) -> String {
    if number(name).is_some() {
        return format!("a test begins with a field, and `{name}` is a value: write `udp.length == {name}`");
    }
    let near = near(registry, name);
    match near.as_slice() {
        [] => format!("no field or protocol is called `{name}`"),
        [one] => format!("no field or protocol is called `{name}`; did you mean `{one}`?"),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|name| format!("`{name}`")).collect();
            format!("no field or protocol is called `{name}`; did you mean {} or `{last}`?", most.join(", "))
        }
    }
}
