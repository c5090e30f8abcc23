//! Standard output, and the machine formats that every command shares.
//!
//! Owns buffering, column names, escaping and the shapes of `json`, `jsonl`,
//! `csv` and `tsv` (the contract is in `docs/OUTPUT.md`).

use super::failure::Outcome;
use clap::ValueEnum;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};

/// Version of the machine formats: moves when a name or a meaning changes,
/// not when a column is added.
pub(super) const VERSION: u32 = 1;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header line (RFC 4180)
    Csv,
    /// Tab-separated values with a header line, never quoted
    Tsv,
}

/// Buffered standard output.
pub(super) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    terminal: bool,
}

impl Output {
    pub fn stdout() -> Output {
        let terminal = io::stdout().is_terminal();
        // Past the line buffer of the standard library.
        let file: Box<dyn Write> = match rustix::io::dup(rustix::stdio::stdout()) {
            Ok(stdout) => Box::new(File::from(stdout)),
            Err(_) => Box::new(io::stdout()),
        };
        Output { writer: BufWriter::with_capacity(1 << 16, file), terminal }
    }

    /// What is written here is read by nobody.
    pub fn nobody(like: &Output) -> Output {
        Output { writer: BufWriter::new(Box::new(io::sink())), terminal: like.terminal }
    }

    /// A person looks at it.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Everything written so far leaves the program.
    pub fn flush(&mut self) -> Outcome<()> {
        Ok(self.writer.flush()?)
    }
}

impl Write for Output {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// One value of a machine row. Text is harmless for a terminal already.
pub(super) enum Cell<'a> {
    /// Nothing: `null` in JSON, empty in tables.
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A count or number.
    Number(u64),
    /// A number with decimals.
    Real(f64),
    /// Yes or no.
    Flag(bool),
    /// Several texts: an array in JSON, joined by `;` in tables.
    List(Vec<Cow<'a, str>>),
}

impl<'a> Cell<'a> {
    pub fn text(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
        Cell::Text(text.into())
    }

    /// Text, or nothing where it is empty.
    pub fn some(text: &'a str) -> Cell<'a> {
        if text.is_empty() { Cell::Absent } else { Cell::text(text) }
    }

    pub fn maybe(number: Option<u64>) -> Cell<'a> {
        number.map_or(Cell::Absent, Cell::Number)
    }

    fn json(&self, out: &mut impl Write) -> Outcome<()> {
        match self {
            Cell::Absent => out.write_all(b"null")?,
            Cell::Text(text) => serde_json::to_writer(out, text.as_ref())?,
            Cell::Number(number) => write!(out, "{number}")?,
            Cell::Real(number) => write!(out, "{number:.3}")?,
            Cell::Flag(flag) => write!(out, "{flag}")?,
            Cell::List(list) => {
                for (at, text) in list.iter().enumerate() {
                    out.write_all(if at == 0 { b"[" } else { b"," })?;
                    serde_json::to_writer(&mut *out, text.as_ref())?;
                }
                out.write_all(if list.is_empty() { b"[]" } else { b"]" })?;
            }
        }
        Ok(())
    }

    fn plain(&self) -> Cow<'_, str> {
        match self {
            Cell::Absent => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(number) => Cow::Owned(number.to_string()),
            Cell::Real(number) => Cow::Owned(format!("{number:.3}")),
            Cell::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Cell::List(list) => Cow::Owned(list.join(";")),
        }
    }
}

/// Writes rows of named cells in one of the machine formats.
pub(super) struct Rows<'a> {
    format: Format,
    command: &'static str,
    columns: Vec<Cow<'a, str>>,
    written: u64,
    /// Lists so far, where there are several.
    lists: Option<u64>,
}

impl<'a> Rows<'a> {
    /// Rows of `command`, which also names the list in a JSON document.
    pub fn new(format: Format, command: &'static str, columns: Vec<Cow<'a, str>>) -> Rows<'a> {
        Rows { format, command, columns, written: 0, lists: None }
    }

    /// Several lists, each begun by [`Rows::list`].
    pub fn lists(format: Format) -> Rows<'a> {
        Rows { lists: Some(0), ..Rows::new(format, "", Vec::new()) }
    }

    /// Begins the next of several lists. In `jsonl` its name stands in every row.
    pub fn list(&mut self, out: &mut impl Write, name: &'static str, columns: &[&'a str]) -> Outcome<()> {
        (self.command, self.written) = (name, 0);
        self.columns = columns.iter().map(|name| Cow::Borrowed(*name)).collect();
        let before = self.lists.unwrap_or(0);
        self.lists = Some(before + 1);
        if self.format == Format::Json && before > 0 {
            write!(out, "\n],\n\"{name}\":[")?;
            return Ok(());
        }
        self.begin(out)
    }

    /// As [`Rows::new`], with fixed names.
    pub fn fixed(format: Format, command: &'static str, columns: &[&'a str]) -> Rows<'a> {
        Rows::new(format, command, columns.iter().map(|name| Cow::Borrowed(*name)).collect())
    }

    /// What stands before the first row.
    pub fn begin(&mut self, out: &mut impl Write) -> Outcome<()> {
        match self.format {
            Format::Json => {
                let program = env!("CARGO_PKG_VERSION");
                write!(out, "{{\"version\":{VERSION},\"wirepeel\":\"{program}\",\"{}\":[", self.command)?;
            }
            Format::Csv | Format::Tsv => {
                let names: Vec<Cell<'_>> =
                    self.columns.iter().map(|name| Cell::text(name.as_ref())).collect();
                self.table(out, &names)?;
            }
            Format::Text | Format::Jsonl => {}
        }
        Ok(())
    }

    /// One row: a cell for every column, in their order.
    pub fn row(&mut self, out: &mut impl Write, cells: &[Cell<'_>]) -> Outcome<()> {
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for every column");
        match self.format {
            Format::Csv | Format::Tsv => self.table(out, cells)?,
            Format::Json | Format::Jsonl | Format::Text => {
                let lines = self.format != Format::Json;
                out.write_all(match (lines, self.written) {
                    (true, _) => b"{\"version\":",
                    (false, 0) => b"\n{",
                    (false, _) => b",\n{",
                })?;
                if lines {
                    write!(out, "{VERSION}")?;
                    if self.lists.is_some() {
                        write!(out, ",\"list\":\"{}\"", self.command)?;
                    }
                }
                for (at, (name, cell)) in self.columns.iter().zip(cells).enumerate() {
                    if lines || at > 0 {
                        out.write_all(b",")?;
                    }
                    serde_json::to_writer(&mut *out, name.as_ref())?;
                    out.write_all(b":")?;
                    cell.json(out)?;
                }
                out.write_all(if lines { b"}\n" } else { b"}" })?;
            }
        }
        self.written += 1;
        Ok(())
    }

    /// What stands behind the last row.
    pub fn end(&mut self, out: &mut impl Write) -> Outcome<()> {
        if self.format == Format::Json {
            out.write_all(b"\n]}\n")?;
        }
        Ok(())
    }

    fn table(&self, out: &mut impl Write, cells: &[Cell<'_>]) -> Outcome<()> {
        if self.format == Format::Tsv {
            for (at, cell) in cells.iter().enumerate() {
                if at > 0 {
                    out.write_all(b"\t")?;
                }
                out.write_all(cell.plain().as_bytes())?;
            }
            out.write_all(b"\n")?;
            return Ok(());
        }
        let mut line = csv::WriterBuilder::new().from_writer(Vec::with_capacity(256));
        line.write_record(cells.iter().map(|cell| cell.plain().into_owned()))?;
        let line = line.into_inner().map_err(|error| io::Error::from(error.error().kind()))?;
        out.write_all(&line)?;
        Ok(())
    }
}
