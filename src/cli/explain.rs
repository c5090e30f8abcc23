//! `explain`: what a field or a protocol is.

use super::failure::{DONE, Failure, Outcome};
use super::fields::known_names;
use super::output::{Cell, Format, Output, Rows};
use super::protocols::found_by;
use super::similar::{advice, similar};
use crate::decode::{FieldDef, Kind, Protocol, Registry, Row};
use clap::Args;
use std::io::Write as _;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Field or protocol, such as udp.length or udp
    #[arg(value_name = "FIELD", required = true)]
    names: Vec<String>,
    /// How the explanation is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What goes by a name.
enum Subject {
    Protocol(&'static Row),
    Field(&'static FieldDef, &'static Protocol),
}

pub(super) fn run(args: &ExplainArgs, output: &mut Output) -> Outcome {
    let registry = Registry::default();
    let mut subjects = Vec::new();
    for name in &args.names {
        let before = subjects.len();
        let rows = registry.rows().iter();
        subjects.extend(rows.clone().filter(|row| row.protocol.name == *name).map(Subject::Protocol));
        for row in rows {
            let fields = row.protocol.fields.iter().filter(|field| field.name == *name);
            subjects.extend(fields.map(|field| Subject::Field(field, row.protocol)));
        }
        if subjects.len() == before {
            let near = similar(name, known_names(&registry));
            let advice = if near.is_empty() {
                "; see `wirepeel protocols` for what there is".to_owned()
            } else {
                advice(&near)
            };
            let name = if name.is_empty() { "an empty name" } else { name };
            return Err(Failure::said(format!("{name} is no field or protocol that wirepeel knows{advice}")));
        }
    }
    if args.format != Format::Text {
        return machine(&subjects, args.format, output);
    }
    let mut told: Vec<&FieldDef> = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        match subject {
            // Protocols that share a field share its explanation.
            Subject::Field(field, _) if told.iter().any(|other| std::ptr::eq(*other, *field)) => continue,
            _ if at > 0 => writeln!(output)?,
            _ => {}
        }
        match subject {
            Subject::Protocol(row) => explain_protocol(row, output)?,
            Subject::Field(field, _) => {
                told.push(field);
                let owners = subjects.iter().filter_map(|other| match other {
                    Subject::Field(also, owner) if std::ptr::eq(*also, *field) => Some(*owner),
                    _ => None,
                });
                explain_field(field, owners, output)?;
            }
        }
    }
    Ok(DONE)
}

fn explain_protocol(row: &Row, output: &mut Output) -> Outcome<()> {
    let protocol = row.protocol;
    writeln!(output, "{}: {}", protocol.name, protocol.title)?;
    writeln!(output, "  {}", protocol.about)?;
    writeln!(output, "  layer      {} (OSI {})", protocol.layer.name(), protocol.layer.osi())?;
    if !protocol.spec.is_empty() {
        writeln!(output, "  specified  {}", protocol.spec)?;
    }
    for (at, binding) in row.bindings.iter().enumerate() {
        writeln!(output, "  {:<10} {}", if at == 0 { "found by" } else { "" }, found_by(*binding))?;
    }
    let mut told = Vec::new();
    for field in protocol.fields {
        let row = (field.name, field.label);
        if !told.contains(&row) {
            let head = if told.is_empty() { "fields" } else { "" };
            writeln!(output, "  {head:<10} {:<36} {}", row.0, row.1)?;
            told.push(row);
        }
    }
    Ok(())
}

fn explain_field<'a>(
    field: &FieldDef,
    owners: impl Iterator<Item = &'a Protocol>,
    output: &mut Output,
) -> Outcome<()> {
    writeln!(output, "{}: {}", field.name, field.label)?;
    writeln!(output, "  {}", field.about)?;
    for (at, protocol) in owners.enumerate() {
        let head = if at == 0 { "protocol" } else { "" };
        let (name, title, layer) = (protocol.name, protocol.title, protocol.layer.name());
        writeln!(output, "  {head:<10} {name} ({title}, {layer} layer)")?;
    }
    writeln!(output, "  type       {}", kind(field))?;
    if field.mask != 0 {
        let digits = usize::from(field.bits().unwrap_or(0)).div_ceil(4);
        writeln!(output, "  bits       0x{:0digits$x} of the word", field.mask)?;
    }
    for (at, also) in field.also.iter().enumerate() {
        writeln!(output, "  {:<10} {}", if at == 0 { "also" } else { "" }, also.name)?;
    }
    for (at, (value, name)) in field.values.iter().enumerate() {
        writeln!(output, "  {:<10} {value:>5}  {name}", if at == 0 { "values" } else { "" })?;
    }
    Ok(())
}

/// The type of a field's values, in words.
fn kind(field: &FieldDef) -> String {
    match field.kind {
        Kind::Group => "heading without a value".to_owned(),
        Kind::Uint(bits) if field.mask != 0 => {
            format!("unsigned integer of {} bits (in a word of {bits})", field.mask.count_ones())
        }
        Kind::Uint(bits) => format!("unsigned integer of {bits} bits"),
        Kind::Int(bits) => format!("signed integer of {bits} bits"),
        Kind::Bool(_) => "flag, 0 or 1".to_owned(),
        Kind::Float => "number with a fraction".to_owned(),
        Kind::Ipv4 => "IPv4 address".to_owned(),
        Kind::Ipv6 => "IPv6 address".to_owned(),
        Kind::Mac => "hardware address".to_owned(),
        Kind::Bytes => "bytes".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Time => "point in time".to_owned(),
        Kind::Duration => "length of time, in seconds".to_owned(),
    }
}

fn machine(subjects: &[Subject], format: Format, output: &mut Output) -> Outcome {
    let columns = &["name", "label", "kind", "protocol", "type", "spec", "about", "also", "values"];
    let mut rows = Rows::fixed(format, "explanations", columns);
    rows.begin(output)?;
    for subject in subjects {
        let cells = match subject {
            Subject::Protocol(row) => [
                Cell::text(row.protocol.name),
                Cell::text(row.protocol.title),
                Cell::text("protocol"),
                Cell::text(row.protocol.name),
                Cell::Absent,
                Cell::some(row.protocol.spec),
                Cell::text(row.protocol.about),
                Cell::List(Vec::new()),
                Cell::List(Vec::new()),
            ],
            Subject::Field(field, protocol) => [
                Cell::text(field.name),
                Cell::text(field.label),
                Cell::text("field"),
                Cell::text(protocol.name),
                Cell::text(kind(field)),
                Cell::some(protocol.spec),
                Cell::text(field.about),
                Cell::List(field.also.iter().map(|also| also.name.into()).collect()),
                Cell::List(
                    field.values.iter().map(|(value, name)| format!("{value}={name}").into()).collect(),
                ),
            ],
        };
        rows.row(output, &cells)?;
    }
    rows.end(output)?;
    Ok(DONE)
}
