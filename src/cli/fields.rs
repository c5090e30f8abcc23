//! `fields`: chosen fields of every packet, in the form of `tshark -T fields`.

use super::InputArgs;
use super::failure::{Failure, Outcome};
use super::input::Opened;
use super::output::{Cell, Format, Output, Rows};
use super::similar::{advice, similar};
use crate::base::PacketId;
use crate::capture::Gone;
use crate::decode::sinks::{Found, Probe, Wanted};
use crate::decode::{Kind, Registry, export};
use crate::session::{Peeler, Shared, WithNames};
use clap::Args;
use std::borrow::Cow;
use std::io::Write as _;

/// Arguments of `fields`.
#[derive(Debug, Args)]
pub(super) struct FieldsArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Field to print, such as ip.src; once for each column, or several with commas
    #[arg(short = 'e', long = "field", value_name = "NAME", required = true, value_delimiter = ',')]
    fields: Vec<String>,
    /// How columns are written: header=y, separator=/t, occurrence=f|l|a, aggregator=;, quote=d|s|n, bom=y
    #[arg(short = 'E', value_name = "OPTION", value_delimiter = None)]
    style: Vec<String>,
    /// text is as tshark -T fields
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Which of several values of one field are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occurrence {
    /// The first of the packet.
    First,
    /// The last of the packet.
    Last,
    /// All, in the packet's order.
    #[default]
    All,
}

/// What stands around every cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// Nothing.
    #[default]
    None,
    /// `'`.
    Single,
    /// `"`.
    Double,
}

/// How columns are written: the `-E` options of tshark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldStyle {
    /// Between two columns.
    pub separator: char,
    /// Between two values of one field.
    pub aggregator: char,
    /// Which values.
    pub occurrence: Occurrence,
    /// Around every cell.
    pub quote: Quote,
    /// The names as first line.
    pub header: bool,
    /// A byte order mark before everything.
    pub bom: bool,
}

impl Default for FieldStyle {
    fn default() -> Self {
        FieldStyle {
            separator: '\t',
            aggregator: ',',
            occurrence: Occurrence::All,
            quote: Quote::None,
            header: false,
            bom: false,
        }
    }
}

impl FieldStyle {
    /// Takes one `NAME=VALUE` as tshark's `-E` has it; says what is wrong with it.
    pub fn set(&mut self, option: &str) -> Result<(), String> {
        let wrong = |allowed: &str| Err(format!("-E {option}: write {allowed}"));
        let Some((name, value)) = option.split_once('=') else {
            return wrong("NAME=VALUE, such as header=y");
        };
        match (name, value) {
            ("header", "y") => self.header = true,
            ("header", "n") => self.header = false,
            ("bom", "y") => self.bom = true,
            ("bom", "n") => self.bom = false,
            ("occurrence", "f") => self.occurrence = Occurrence::First,
            ("occurrence", "l") => self.occurrence = Occurrence::Last,
            ("occurrence", "a") => self.occurrence = Occurrence::All,
            ("quote", "d") => self.quote = Quote::Double,
            ("quote", "s") => self.quote = Quote::Single,
            ("quote", "n") => self.quote = Quote::None,
            ("separator", value) => match character(value) {
                Some(c) => self.separator = c,
                None => return wrong("separator=/t, separator=/s or separator=CHARACTER"),
            },
            ("aggregator", value) => match character(value) {
                Some(c) => self.aggregator = c,
                None => return wrong("aggregator=/s or aggregator=CHARACTER"),
            },
            ("header" | "bom", _) => return wrong("y or n"),
            ("occurrence", _) => return wrong("occurrence=f, l or a"),
            ("quote", _) => return wrong("quote=d, s or n"),
            _ => return wrong("header, bom, separator, aggregator, occurrence or quote"),
        }
        Ok(())
    }
}

fn character(value: &str) -> Option<char> {
    match value {
        "/t" => Some('\t'),
        "/s" => Some(' '),
        _ => {
            let mut chars = value.chars();
            chars.next().filter(|_| chars.next().is_none())
        }
    }
}

/// Rows of chosen fields, packet by packet.
pub struct FieldRows {
    names: Vec<String>,
    style: FieldStyle,
    probe: Probe,
    /// What was found, by place of its name.
    order: Vec<Found>,
    looks_ahead: bool,
    with_names: WithNames,
}

impl FieldRows {
    /// Rows with a column for every name; a message when a name is no field
    /// and no protocol.
    pub fn new(registry: &Registry, names: &[String], style: FieldStyle) -> Result<FieldRows, String> {
        let mut wanted = Wanted::default();
        let mut unknown: Vec<String> = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let place = u16::try_from(place).map_err(|_| format!("{} fields are too many", names.len()))?;
            if !wanted.add(registry, name, place) {
                let near = similar(name, known_names(registry));
                unknown.push(format!("{name} is no field that wirepeel knows{}", advice(&near)));
            }
        }
        if !unknown.is_empty() {
            return Err(unknown.join("; "));
        }
        let with_names = if wanted.names() { WithNames::Shown } else { WithNames::No };
        let (names, looks_ahead) = (names.to_vec(), wanted.looks_ahead());
        let (probe, order) = (Probe::new(wanted), Vec::new());
        Ok(FieldRows { names, style, probe, order, looks_ahead, with_names })
    }

    /// Whether later packets may still change one of the columns.
    pub(super) fn looks_ahead(&self) -> bool {
        self.looks_ahead
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Appends what stands before the first row.
    pub fn header(&self, out: &mut String) {
        if self.style.bom {
            out.push('\u{feff}');
        }
        if self.style.header {
            for (at, name) in self.names.iter().enumerate() {
                if at > 0 {
                    out.push(self.style.separator);
                }
                out.push_str(name);
            }
            out.push('\n');
        }
    }

    /// Reads the fields of one packet. Where its bytes are gone, every cell
    /// is empty.
    pub fn read(&mut self, session: &Shared, id: PacketId, peeler: &mut Peeler) -> Result<(), Gone> {
        self.probe.clear();
        peeler.names = self.with_names;
        let outcome = session.peel(id, peeler, &mut self.probe);
        self.order.clear();
        self.order.extend_from_slice(&self.probe.found);
        // Stable: several values of one field stay in the packet's order.
        self.order.sort_by_key(|found| found.place);
        outcome
    }

    /// The values at `place` that the style asks for, in order.
    fn values(&self, place: usize) -> &[Found] {
        let from = self.order.partition_point(|found| usize::from(found.place) < place);
        let to = self.order.partition_point(|found| usize::from(found.place) <= place);
        let all = self.order.get(from..to).unwrap_or_default();
        match (self.style.occurrence, all.len()) {
            (_, 0) | (Occurrence::All, _) => all,
            (Occurrence::First, _) => all.get(..1).unwrap_or_default(),
            (Occurrence::Last, len) => all.get(len - 1..).unwrap_or_default(),
        }
    }

    fn value(&self, out: &mut String, found: &Found) {
        match found.def {
            // As tshark: there is nothing to print but that it is there.
            Some(def) if def.kind == Kind::Group => out.push('1'),
            Some(def) => export(out, def, self.probe.value(found)),
            None => out.push_str(self.names.get(usize::from(found.place)).map_or("", String::as_str)),
        }
    }

    /// Appends the cell at `place` of the packet read last: every value,
    /// aggregated, without quotes.
    pub fn cell(&self, out: &mut String, place: usize) {
        for (at, found) in self.values(place).iter().enumerate() {
            if at > 0 {
                out.push(self.style.aggregator);
            }
            self.value(out, found);
        }
    }

    /// Appends the row of the packet read last.
    pub fn row(&self, out: &mut String) {
        let quote = match self.style.quote {
            Quote::None => None,
            Quote::Single => Some('\''),
            Quote::Double => Some('"'),
        };
        for place in 0..self.names.len() {
            if place > 0 {
                out.push(self.style.separator);
            }
            let start = out.len();
            self.cell(out, place);
            if out.len() > start
                && let Some(quote) = quote
            {
                out.insert(start, quote);
                out.push(quote);
            }
        }
        out.push('\n');
    }

    /// The values at `place` of the packet read last, each on its own.
    fn list(&self, place: usize) -> Vec<Cow<'static, str>> {
        let text = |found| {
            let mut text = String::new();
            self.value(&mut text, found);
            Cow::Owned(text)
        };
        self.values(place).iter().map(text).collect()
    }
}

/// Names of every field and protocol.
pub(super) fn known_names(registry: &Registry) -> impl Iterator<Item = &'static str> {
    registry.rows().iter().flat_map(|row| {
        let fields = row.protocol.fields.iter().map(|field| field.name);
        std::iter::once(row.protocol.name).chain(fields)
    })
}

pub(super) fn run(args: FieldsArgs, output: &mut Output) -> Outcome {
    let mut style = FieldStyle::default();
    for option in &args.style {
        style.set(option).map_err(Failure::Said)?;
    }
    if !args.style.is_empty() && args.format != Format::Text {
        return Err(Failure::said("-E is for text: leave --format out"));
    }
    // Wrong names are told before a byte is read.
    let mut fields = FieldRows::new(&Registry::default(), &args.fields, style).map_err(Failure::Said)?;
    let mut opened = Opened::open(args.input.file.as_deref(), &args.input.options)?;
    if fields.looks_ahead() {
        opened.look_ahead(args.input.file.as_deref(), &args.input.options);
    }
    if fields.with_names == WithNames::Shown {
        opened.asks_about(super::tree::names);
    }
    let mut text = String::new();
    if args.format == Format::Text {
        fields.header(&mut text);
        output.write_all(text.as_bytes())?;
        opened.each(output, |session, id, peeler, output| {
            let outcome = fields.read(session, id, peeler);
            text.clear();
            fields.row(&mut text);
            output.write_all(text.as_bytes())?;
            Ok(outcome)
        })?;
        return opened.finish(output);
    }
    let names = args.fields.iter().map(|name| Cow::Borrowed(name.as_str())).collect();
    let mut rows = Rows::new(args.format, "fields", names);
    rows.begin(output)?;
    opened.each(output, |session, id, peeler, output| {
        let outcome = fields.read(session, id, peeler);
        let cells: Vec<_> = (0..args.fields.len()).map(|place| Cell::List(fields.list(place))).collect();
        rows.row(output, &cells)?;
        Ok(outcome)
    })?;
    rows.end(output)?;
    opened.finish(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_options_of_tshark_and_refuses_others() {
        let mut style = FieldStyle::default();
        for option in ["header=y", "separator=/s", "occurrence=l", "aggregator=;", "quote=d"] {
            style.set(option).unwrap();
        }
        let expected = FieldStyle {
            separator: ' ',
            aggregator: ';',
            occurrence: Occurrence::Last,
            quote: Quote::Double,
            header: true,
            bom: false,
        };
        assert_eq!(style, expected);
        for option in ["header", "header=1", "separator=ab", "separator=", "colour=y", "quote=x"] {
            assert!(style.set(option).is_err(), "{option} was taken");
        }
    }

    #[test]
    fn an_unknown_field_is_told_with_near_names() {
        let told = FieldRows::new(&Registry::default(), &["udp.lenght".to_owned()], FieldStyle::default());
        let told = told.err().unwrap();
        assert!(told.contains("udp.lenght") && told.contains("udp.length"), "{told}");
    }
}
