//! Syntax tree to predicate: looks up the fields, understands the values, and
//! says what is wrong with them.

use super::FilterError;
use super::complete::near;
use super::predicate::{Comparison, Predicate, Test};
use super::syntax::{Arithmetic, Expression, Operator, Quantifier, Question, Term as Tree, What, Written};
use super::term::{Function, Term};
use super::value::{Class, Operand, Type, noun, number};
use crate::decode::sinks::Wanted;
use crate::decode::{FieldDef, Kind, Registry};
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Bytes that a compiled regular expression may take, and its lazily made states.
const MAX_PATTERN: usize = 1 << 20;
/// Parentheses within each other in a regular expression.
const MAX_NESTING: u32 = 50;

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

    /// What two terms make; a value beside a field is understood as the field is.
    fn operation(
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

    fn call(
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

/// A regular expression over bytes; letters match in either case unless it says `(?-i)`.
fn pattern(written: &Written) -> Result<Regex, String> {
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
