//! Syntax tree to predicate: looks up the fields, understands the values, and
//! says what is wrong with them.

mod made;

use super::FilterError;
use super::complete::near;
use super::pattern::pattern;
use super::predicate::{Comparison, Predicate, Test};
use super::syntax::{Expression, Operator, Quantifier, Question, Term as Tree, What, Written};
use super::term::Term;
use super::value::{Class, Operand, Type, noun, number};
use crate::decode::sinks::Wanted;
use crate::decode::{FieldDef, Kind, Registry};
use std::borrow::Cow;

/// The predicate, and what a probe must look for.
pub(super) fn compile(
    registry: &Registry,
    text: &str,
    tree: Option<&Expression>,
) -> Result<(Wanted, Predicate), FilterError> {
    let mut compiler =
        Compiler { registry, text, names: Vec::new(), wanted: Wanted::default(), reads: false };
    let predicate = match tree {
        Some(tree) => compiler.expression(tree)?,
        None => Predicate::All(Vec::new()),
    };
    Ok((compiler.wanted, predicate))
}

struct Compiler<'r> {
    registry: &'r Registry,
    text: &'r str,
    /// The names asked for; their place is what the probe tells.
    names: Vec<String>,
    wanted: Wanted,
    /// The test at hand asks for more than whether something is there.
    reads: bool,
}

/// A term and the types of its values: several where fields share a name.
type Typed = (Term, Vec<Type>);

fn wrong<T>(tree: &Tree, message: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError::new(tree.at, message))
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
            Expression::Test(term, question) => self.test(term, question)?,
        })
    }

    fn test(&mut self, tree: &Tree, question: &Question) -> Result<Predicate, FilterError> {
        let is_name = matches!(tree.what, What::Written(_) | What::Layers(..));
        self.reads = !(is_name && *question == Question::Exists);
        let (mut term, types) = self.term(tree)?;
        match question {
            Question::Exists => self.exists(tree, term, &types),
            Question::Compare(quantifier, operator, other) => {
                if matches!(operator, Operator::Contains | Operator::Matches) {
                    term.carry();
                }
                if let Some(written) = self.literal(other) {
                    let test = |ty: &Type| compared(ty, *operator, written);
                    return self.each_type(term, *quantifier, &types, test, tree, other);
                }
                let (right, right_types) = self.term(other)?;
                self.related(*operator, tree, &types, other, &right_types)?;
                Ok(Predicate::Terms { left: term, quantifier: *quantifier, operator: *operator, right })
            }
            Question::In(quantifier, members) => self.set(tree, term, &types, *quantifier, members),
        }
    }

    fn exists(&self, tree: &Tree, term: Term, types: &[Type]) -> Result<Predicate, FilterError> {
        match &tree.what {
            What::Written(_) | What::Layers(..) | What::Slice(..) => Ok(Predicate::Exists(term)),
            What::Call(name, _) => {
                let message =
                    format!("a function has a value: compare it, such as `{} == …`", self.written(tree));
                wrong(tree, format!("{message}, or ask for what is within `{name}(…)` alone"))
            }
            What::Negate(_) | What::Operation(..) => {
                let comparison = |ty: &Type| Comparison { class: Class::of(ty.kind), test: Test::NotZero };
                let comparisons = types.iter().map(comparison).collect();
                Ok(Predicate::Test { term, quantifier: Quantifier::Any, comparisons })
            }
        }
    }

    /// A test of each type that the value is understood for.
    fn each_type(
        &self,
        term: Term,
        quantifier: Quantifier,
        types: &[Type],
        test: impl Fn(&Type) -> Result<Test, String>,
        tree: &Tree,
        value: &Tree,
    ) -> Result<Predicate, FilterError> {
        let (mut comparisons, mut error) = (Vec::new(), None);
        for ty in types {
            match test(ty) {
                Ok(test) => comparisons.push(Comparison { class: Class::of(ty.kind), test }),
                Err(message) => error = error.or(Some(message)),
            }
        }
        match error {
            Some(message) if comparisons.is_empty() => wrong(value, message),
            None if comparisons.is_empty() => wrong(tree, "this has no value"),
            _ => Ok(Predicate::Test { term, quantifier, comparisons }),
        }
    }

    /// Fields among the members are compared one by one.
    fn set(
        &mut self,
        tree: &Tree,
        term: Term,
        types: &[Type],
        quantifier: Quantifier,
        members: &[(Tree, Option<Tree>)],
    ) -> Result<Predicate, FilterError> {
        let mut parts = Vec::new();
        let mut values = Vec::new();
        for (low, high) in members {
            match (self.literal(low), high.as_ref().map(|high| (high, self.literal(high)))) {
                (Some(low_value), None) => values.push((low, low_value, None)),
                (Some(low_value), Some((high, Some(high_value)))) => {
                    values.push((low, low_value, Some((high, high_value))));
                }
                (None, None) => {
                    let (right, right_types) = self.term(low)?;
                    self.related(Operator::Equal, tree, types, low, &right_types)?;
                    let (left, _) = self.term(tree)?;
                    parts.push(Predicate::Terms { left, quantifier, operator: Operator::Equal, right });
                }
                (None, Some(_)) => return wrong(low, "a range lies between two values, not fields"),
                (_, Some((high, None))) => return wrong(high, "a range lies between two values, not fields"),
            }
        }
        if !values.is_empty() {
            let (mut comparisons, mut error) = (Vec::new(), None);
            for ty in types {
                match members_of(ty, &values) {
                    Ok(set) => {
                        comparisons.push(Comparison { class: Class::of(ty.kind), test: Test::In(set) })
                    }
                    Err(found) => error = error.or(Some(found)),
                }
            }
            if let Some(error) = error.filter(|_| comparisons.is_empty()) {
                return Err(error);
            }
            parts.push(Predicate::Test { term, quantifier, comparisons });
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Predicate::Any(parts) })
    }

    /// What is written, where it is a value and no name.
    fn literal<'t>(&self, tree: &'t Tree) -> Option<&'t Written> {
        match &tree.what {
            What::Written(Written::Word(word)) if self.is_name(word) => None,
            What::Written(written) => Some(written),
            _ => None,
        }
    }

    fn is_name(&self, word: &str) -> bool {
        let word = &*current(word);
        !self.registry.fields_by_name(word).is_empty() || self.registry.named(word).next().is_some()
    }

    /// The text of a term.
    fn written(&self, tree: &Tree) -> &str {
        self.text.get(tree.at..tree.end).unwrap_or_default()
    }

    fn term(&mut self, tree: &Tree) -> Result<Typed, FilterError> {
        let name = self.written(tree).to_owned();
        match &tree.what {
            What::Written(Written::Word(word)) => self.field(tree, word),
            What::Written(_) => wrong(tree, "a test begins with a field, and this is a value"),
            What::Layers(inner, layers) => match self.term(inner)? {
                (Term::Field { place, layers: None, whole }, types) => {
                    Ok((Term::Field { place, layers: Some(layers.clone()), whole }, types))
                }
                _ => wrong(inner, "`#` names the layer of a field: it stands right behind its name"),
            },
            What::Slice(inner, ranges) => {
                let (term, types) = self.term(inner)?;
                let sliced =
                    |ty: &&Type| matches!(Class::of(ty.kind), Class::Bytes | Class::Ipv4 | Class::Ipv6);
                if types.iter().find(sliced).is_none() {
                    let kind = types.first().map_or("nothing", |ty| noun(ty.kind));
                    return wrong(
                        inner,
                        format!(
                            "slices are cut from bytes, text and addresses; `{}` is {kind}",
                            self.written(inner)
                        ),
                    );
                }
                Ok((Term::Slice(Box::new(term), ranges.clone()), vec![Type::made(&name, Kind::Bytes)]))
            }
            What::Negate(inner) => {
                let (term, types) = self.term(inner)?;
                let kind = match types.first().map(|ty| ty.kind) {
                    Some(Kind::Uint(_) | Kind::Int(_)) => Kind::Int(64),
                    Some(kind @ (Kind::Float | Kind::Duration)) => kind,
                    _ => {
                        return wrong(
                            inner,
                            format!("`-` takes a number; `{}` is none", self.written(inner)),
                        );
                    }
                };
                Ok((Term::Negate(Box::new(term)), vec![Type::made(&name, kind)]))
            }
            What::Operation(operation, left, right) => self.operation(&name, *operation, left, right),
            What::Call(function, arguments) => self.call(tree, &name, function, arguments),
        }
    }

    fn field(&mut self, tree: &Tree, name: &str) -> Result<Typed, FilterError> {
        let name = &*current(name);
        let place = self.place(name, tree.at)?;
        // Several fields may share a name; one of each kind stands for all.
        let mut fields: Vec<&'static FieldDef> = Vec::new();
        for def in self.registry.fields_by_name(name) {
            let class = Class::of(def.kind);
            match fields.iter_mut().find(|other| Class::of(other.kind) == class) {
                Some(other) if Type::of(name, def).most() > Type::of(name, other).most() => *other = def,
                Some(_) => {}
                None => fields.push(def),
            }
        }
        let mut types: Vec<Type> = fields.iter().map(|def| Type::of(name, def)).collect();
        if self.registry.named(name).next().is_some() {
            if self.reads {
                self.wanted.add_contents();
            }
            if types.iter().all(|ty| Class::of(ty.kind) != Class::Bytes) {
                types.push(Type::made(name, Kind::Bytes));
            }
        }
        Ok((Term::Field { place, layers: None, whole: false }, types))
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

    /// Whether two terms can be compared so.
    fn related(
        &self,
        operator: Operator,
        left: &Tree,
        left_types: &[Type],
        right: &Tree,
        right_types: &[Type],
    ) -> Result<(), FilterError> {
        if operator == Operator::Matches {
            return wrong(
                right,
                "a regular expression stands in quotes, such as `\"^get\"` or `r\"\\.html$\"`",
            );
        }
        if operator == Operator::Contains
            && let Some(ty) = left_types.first()
        {
            ty.is_searched("contains").or_else(|message| wrong(left, message))?;
        }
        if left_types.iter().any(|one| right_types.iter().any(|other| one.fits(other))) {
            return Ok(());
        }
        let kind = |types: &[Type]| types.first().map_or("nothing", |ty| noun(ty.kind));
        let (one, other) = (self.written(left), self.written(right));
        let mut message =
            format!("`{one}` is {}, `{other}` {}: they never compare", kind(left_types), kind(right_types));
        if matches!((&right.what, left_types), (What::Written(_), [Type { kind: Kind::Text, .. }])) {
            message.push_str(&format!("; as text it stands in quotes: `\"{other}\"`"));
        }
        wrong(right, message)
    }
}

/// The name that a protocol has today, and its fields with it.
fn current(name: &str) -> Cow<'_, str> {
    for (old, new) in [("ssl", "tls"), ("bootp", "dhcp")] {
        if let Some(rest) = name.strip_prefix(old).filter(|rest| rest.is_empty() || rest.starts_with('.')) {
            return Cow::Owned(format!("{new}{rest}"));
        }
    }
    Cow::Borrowed(name)
}

fn compared(ty: &Type, operator: Operator, written: &Written) -> Result<Test, String> {
    match operator {
        Operator::Contains => Ok(Test::Compare(operator, ty.needle(written)?)),
        Operator::Matches => {
            ty.is_searched("matches")?;
            pattern(written).map(Test::Matches)
        }
        _ => {
            let ordered = !matches!(operator, Operator::Equal | Operator::Differs);
            if ordered && ty.kind == Kind::Group {
                return Err(format!("`{}` has no value", ty.name));
            }
            Ok(Test::Compare(operator, ty.understand(written)?))
        }
    }
}

type Member<'t> = (&'t Tree, &'t Written, Option<(&'t Tree, &'t Written)>);

fn members_of(ty: &Type, values: &[Member<'_>]) -> Result<Vec<(Operand, Option<Operand>)>, FilterError> {
    let one = |tree: &Tree, written: &Written| ty.understand(written).or_else(|message| wrong(tree, message));
    let mut set = Vec::with_capacity(values.len());
    for (low, written, high) in values {
        let first = one(low, written)?;
        let last = high.map(|(high, written)| one(high, written)).transpose()?;
        if let (Some(last), Some((high, _))) = (&last, high)
            && first.exceeds(last)
        {
            return wrong(high, "the range ends before it begins");
        }
        set.push((first, last));
    }
    Ok(set)
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
