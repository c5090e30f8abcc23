//! `tree`: the layers and fields of single packets.

use super::InputOptions;
use super::failure::{Failure, Outcome, UNREADABLE, say};
use super::input::Opened;
use super::output::{Cell, Format, Output, Rows, VERSION};
use crate::base::{PacketId, safe};
use crate::decode::audit::audit;
use crate::decode::sinks::{Node, NodeKind, Tree};
use crate::decode::{FieldDef, Value, export};
use crate::session::{Peeler, Session, WithNames};
use clap::{Args, ValueHint};
use std::ffi::OsString;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;

type Numbers = RangeInclusive<PacketId>;

/// Arguments of `tree`.
#[derive(Debug, Args)]
pub(super) struct TreeArgs {
    /// Capture file, then the numbers of the packets, or ranges such as 3-7; 1 is the first. With -Y or -c no numbers
    #[arg(value_names = ["FILE", "NUMBER"], num_args = 1.., required_unless_present_any = ["read", "interfaces"], value_hint = ValueHint::FilePath)]
    words: Vec<OsString>,
    /// Show the byte range of every field and the bytes of the packet
    #[arg(long)]
    bytes: bool,
    #[command(flatten)]
    options: InputOptions,
    /// How the layers are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: TreeArgs, output: &mut Output) -> Outcome {
    let InputOptions { read, live, filter, count, .. } = &args.options;
    // With -r or -i every word is a number.
    let (file, numbers) = match args.words.split_first() {
        Some((file, numbers)) if read.is_none() && live.interfaces.is_empty() => {
            (Some(Path::new(file)), numbers)
        }
        _ => (None, args.words.as_slice()),
    };
    let numbers = numbers.iter().map(numbers_of).collect::<Outcome<Vec<_>>>()?;
    let chosen = filter.is_some() || count.is_some();
    if numbers.is_empty() && !chosen {
        return Err(Failure::said(
            "no packet is named: write its number behind the file, such as 1, or choose with -Y or -c",
        ));
    }
    if !numbers.is_empty() && chosen {
        return Err(Failure::said("packets are named by number: leave -Y and -c out, or the numbers"));
    }
    if args.bytes && args.format != Format::Text {
        return Err(Failure::said("--bytes is for text: the other formats always tell where fields are"));
    }
    let opened = Opened::open(file, &args.options)?;
    if chosen { of_filter(opened, file, &args, output) } else { by_number(opened, numbers, &args, output) }
}

/// The trees of all packets that the options let through.
fn of_filter(mut opened: Opened, file: Option<&Path>, args: &TreeArgs, output: &mut Output) -> Outcome {
    // Whether an answer is shown must not depend on luck.
    opened.look_ahead(file, &args.options);
    opened.asks_about(names);
    let names = if opened.learnt { WithNames::Shown } else { WithNames::No };
    let mut printer = Printer::new(args);
    let mut tree = Tree::default();
    printer.begin(output)?;
    opened.each(output, |session, id, peeler, output| {
        peeler.names = names;
        tree.clear();
        if let Err(gone) = session.peel(id, peeler, &mut tree) {
            return Ok(Err(gone));
        }
        printer.packet(output, id + 1, &tree, peeler.bytes(session, id)?)?;
        Ok(Ok(()))
    })?;
    printer.end(output)?;
    opened.finish(output)
}

/// The trees of the packets with these numbers.
fn by_number(mut opened: Opened, numbers: Vec<Numbers>, args: &TreeArgs, output: &mut Output) -> Outcome {
    let mut printer = Printer::new(args);
    let mut missing = false;
    printer.begin(output)?;
    let mut peeler = Peeler::default();
    let mut tree = Tree::default();
    if opened.learnt {
        peeler.names = WithNames::Shown;
    }
    let mut numbers = numbers.into_iter();
    let mut range = None;
    while let Some(number) = next(&mut range, &mut numbers) {
        if !opened.wait_for(number - 1, output) {
            let held = opened.session.progress().analysed;
            say(&format!("there is no packet {number}: the capture holds {held}"));
            missing = true;
            range = None;
            continue;
        }
        tree.clear();
        // Whether an answer is shown must not depend on luck.
        if opened.session.facts(number - 1, &mut peeler).pairings.waits() && !args.options.follow {
            opened.wait(output);
        }
        opened.ask_about(names, number - 1, output);
        if let Err(gone) = opened.session.peel(number - 1, &mut peeler, &mut tree) {
            say(&format!("packet {number}: {gone}"));
            missing = true;
            continue;
        }
        let bytes = peeler.bytes(&opened.session, number - 1)?;
        printer.packet(output, number, &tree, bytes)?;
    }
    printer.end(output)?;
    output.flush()?;
    if missing {
        return Ok(UNREADABLE);
    }
    opened.finish(output)
}

/// Wants the names of all addresses in a packet's headers.
pub(super) fn names(session: &Session, id: PacketId, peeler: &mut Peeler) {
    let before = std::mem::replace(&mut peeler.names, WithNames::Shown);
    // What cannot be read is told when it is printed.
    let _ = session.peel(id, peeler, &mut Tree::default());
    peeler.names = before;
}

/// The next number, of the range that was begun or of the one after it.
fn next(range: &mut Option<Numbers>, ranges: &mut impl Iterator<Item = Numbers>) -> Option<PacketId> {
    loop {
        if let Some(number) = range.as_mut().and_then(Iterator::next) {
            return Some(number);
        }
        *range = Some(ranges.next()?);
    }
}

/// A number such as `3`, or a range such as `3-7`.
fn numbers_of(word: &OsString) -> Outcome<Numbers> {
    let number = |word: &str| word.parse().ok().filter(|number: &PacketId| *number > 0);
    let range = word.to_str().and_then(|word| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        Some(number(first)?..=number(last)?).filter(|range| !range.is_empty())
    });
    range.ok_or_else(|| {
        let word = word.to_string_lossy();
        Failure::said(format!("{word} is no packet number: write 1 for the first packet, 1-3 for three"))
    })
}

struct Printer {
    format: Format,
    bytes: bool,
    rows: Rows<'static>,
    printed: u64,
}

/// The columns of `csv` and `tsv`: a row for every layer and field.
static NAMES: &[&str] =
    &["number", "depth", "kind", "name", "source", "start", "length", "generated", "value", "text"];

impl Printer {
    fn new(args: &TreeArgs) -> Printer {
        let rows = Rows::fixed(args.format, "tree", NAMES);
        Printer { format: args.format, bytes: args.bytes, rows, printed: 0 }
    }

    fn begin(&mut self, output: &mut Output) -> Outcome<()> {
        match self.format {
            Format::Text | Format::Jsonl => Ok(()),
            Format::Json | Format::Csv | Format::Tsv => self.rows.begin(output),
        }
    }

    fn end(&mut self, output: &mut Output) -> Outcome<()> {
        self.rows.end(output)
    }

    fn packet(&mut self, output: &mut Output, number: u64, tree: &Tree, bytes: &[u8]) -> Outcome<()> {
        match self.format {
            Format::Text => {
                if self.printed > 0 {
                    writeln!(output)?;
                }
                text(output, tree, self.bytes)?;
                if self.bytes {
                    writeln!(output)?;
                    hex_dump(output, bytes)?;
                }
            }
            Format::Json | Format::Jsonl => {
                output.write_all(match (self.format, self.printed) {
                    (Format::Jsonl, _) => b"",
                    (_, 0) => b"\n",
                    _ => b",\n",
                })?;
                let version = (self.format == Format::Jsonl).then_some(VERSION);
                json_packet(output, version, number, tree)?;
                if self.format == Format::Jsonl {
                    output.write_all(b"\n")?;
                }
            }
            Format::Csv | Format::Tsv => {
                for place in tree.walk(|_, _| true) {
                    if let Some(node) = tree.node(place) {
                        self.flat(output, number, tree, node)?;
                    }
                }
            }
        }
        self.printed += 1;
        Ok(())
    }

    fn flat(&mut self, output: &mut Output, number: u64, tree: &Tree, node: &Node) -> Outcome<()> {
        let (kind, name) = kind_and_name(tree, node);
        let value = exported(tree, node);
        let line = tree.line(node);
        self.rows.row(
            output,
            &[
                Cell::Number(number),
                Cell::Number(node.depth.into()),
                Cell::text(kind),
                Cell::text(name),
                Cell::Number(node.span.source.into()),
                Cell::Number(node.span.start.into()),
                Cell::Number(node.span.len.into()),
                Cell::Flag(node.generated),
                Cell::some(&value),
                Cell::text(safe(&line)),
            ],
        )
    }
}

fn kind_and_name(tree: &Tree, node: &Node) -> (&'static str, &'static str) {
    match node.kind {
        NodeKind::Layer(at) => {
            ("layer", tree.layers.get(usize::from(at)).map_or("", |layer| layer.protocol.name))
        }
        NodeKind::Field(def) => ("field", def.name),
        NodeKind::Problem(problem) => ("problem", problem.name()),
    }
}

fn exported(tree: &Tree, node: &Node) -> String {
    let mut value = String::new();
    if let NodeKind::Field(def) = node.kind {
        export(&mut value, def, tree.value(node));
    }
    value
}

/// For people: a line for every layer and field, then the length chain.
fn text(output: &mut Output, tree: &Tree, ranges: bool) -> Outcome<()> {
    for place in tree.walk(|_, _| true) {
        let Some(node) = tree.node(place) else { continue };
        if ranges {
            let span = node.span;
            let range = match (span.len, span.source) {
                (0, _) => String::new(),
                (1, 0) => span.start.to_string(),
                (_, 0) => format!("{}-{}", span.start, span.end() - 1),
                (_, source) => format!("{source}:{}-{}", span.start, span.end() - 1),
            };
            write!(output, "{range:>11}  ")?;
        }
        let indent = usize::from(node.depth) * 4;
        let line = tree.line(node);
        write!(output, "{:indent$}{}", "", safe(&line))?;
        if let NodeKind::Layer(at) = node.kind
            && let Some((check, verdict)) = tree.layers.get(usize::from(at)).and_then(|layer| layer.verdict)
        {
            write!(output, "  [{} {} {}]", check.name(), verdict.sign(), verdict.name())?;
        }
        writeln!(output)?;
    }
    if tree.dropped > 0 {
        writeln!(output, "[{} more fields are not shown]", tree.dropped)?;
    }
    if let Some(audit) = audit(tree) {
        writeln!(output, "Lengths: {}", audit.line())?;
    }
    Ok(())
}

/// Offset, sixteen bytes, and their characters.
fn hex_dump(output: &mut Output, bytes: &[u8]) -> Outcome<()> {
    for (row, bytes) in bytes.chunks(16).enumerate() {
        write!(output, "{:04x} ", row * 16)?;
        for at in 0..16 {
            let gap = if at == 8 { "  " } else { " " };
            match bytes.get(at) {
                Some(byte) => write!(output, "{gap}{byte:02x}")?,
                None => write!(output, "{gap}  ")?,
            }
        }
        let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        writeln!(output, "  {}", bytes.iter().map(shown).collect::<String>())?;
    }
    Ok(())
}

fn string(out: &mut impl Write, name: &str, value: &str) -> Outcome<()> {
    write!(out, ",\"{name}\":")?;
    Ok(serde_json::to_writer(out, value)?)
}

fn json_packet(out: &mut impl Write, version: Option<u32>, number: u64, tree: &Tree) -> Outcome<()> {
    match version {
        Some(version) => write!(out, "{{\"version\":{version},\"number\":{number}")?,
        None => write!(out, "{{\"number\":{number}")?,
    }
    if let Some(audit) = audit(tree) {
        string(out, "lengths", &audit.chain)?;
        write!(out, ",\"lengths_agree\":{}", audit.reasons.is_empty())?;
        string(out, "lengths_reason", &audit.reasons.join("; "))?;
    }
    out.write_all(b",\"layers\":[")?;
    for (at, layer) in tree.layers.iter().enumerate() {
        let protocol = layer.protocol;
        write!(out, "{}{{\"place\":{at}", if at == 0 { "" } else { "," })?;
        string(out, "protocol", protocol.name)?;
        string(out, "title", protocol.title)?;
        string(out, "layer", protocol.layer.name())?;
        if let Some(node) = tree.node(layer.node) {
            string(out, "text", &safe(tree.text(node)))?;
        }
        let span = layer.span;
        write!(
            out,
            ",\"inside\":{},\"source\":{},\"start\":{},\"length\":{},\"quoted\":{}",
            layer.parent, span.source, span.start, span.len, layer.quoted
        )?;
        match layer.verdict {
            Some((check, verdict)) => {
                string(out, "check", check.name())?;
                string(out, "verdict", verdict.name())?;
            }
            None => out.write_all(b",\"check\":null,\"verdict\":null")?,
        }
        json_fields(out, tree, layer.node)?;
        out.write_all(b"}")?;
    }
    write!(out, "],\"not_shown\":{}}}", tree.dropped)?;
    Ok(())
}

/// The parts of a node as `"fields"`. Nesting ends: a depth is a byte.
fn json_fields(out: &mut impl Write, tree: &Tree, parent: u32) -> Outcome<()> {
    out.write_all(b",\"fields\":[")?;
    let mut next = tree.first_child(parent);
    let mut first = true;
    while let Some(place) = next {
        next = tree.next_sibling(place);
        let Some(node) = tree.node(place) else { break };
        let (kind, name) = kind_and_name(tree, node);
        let generated = node.generated;
        write!(out, "{}{{\"kind\":\"{kind}\"", if first { "" } else { "," })?;
        first = false;
        string(out, "name", name)?;
        if let NodeKind::Field(FieldDef { label, .. }) = node.kind {
            string(out, "label", label)?;
        }
        match tree.value(node) {
            Value::None => out.write_all(b",\"value\":null")?,
            _ => string(out, "value", &exported(tree, node))?,
        }
        string(out, "text", &safe(&tree.line(node)))?;
        let span = node.span;
        let (source, start, len) = (span.source, span.start, span.len);
        write!(out, ",\"source\":{source},\"start\":{start},\"length\":{len},\"generated\":{generated}")?;
        if tree.first_child(place).is_some() && node.depth < u8::MAX {
            json_fields(out, tree, place)?;
        }
        out.write_all(b"}")?;
    }
    out.write_all(b"]")?;
    Ok(())
}
