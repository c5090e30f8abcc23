//! The tables that tshark made: a row a packet, a column a field.

use std::collections::HashSet;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

/// One capture and where its rows are.
pub struct Capture {
    pub file: String,
    /// tshark did not read it to its end.
    pub refused: bool,
    /// Places of the rows in the source's table.
    pub rows: Vec<Range<usize>>,
    table: usize,
}

/// All tables.
pub struct Expected {
    columns: Vec<String>,
    tables: Vec<String>,
    pub captures: Vec<Capture>,
    /// The column of `frame.protocols`.
    pub protocols: usize,
}

impl Expected {
    pub fn read(folder: &Path) -> Expected {
        let files = std::fs::read_to_string(folder.join("expected/files.tsv")).unwrap();
        let mut lines = files.lines();
        let exit = lines.next().unwrap().split('\t').position(|name| name == "tshark_exit").unwrap();
        let (mut refused, mut empty) = (HashSet::new(), Vec::new());
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            if cells[exit] != "0" {
                refused.insert(cells[0].to_owned());
            }
            if cells[2] == "0" {
                empty.push(cells[0].to_owned());
            }
        }
        let packets = folder.join("expected/packets");
        let mut paths: Vec<_> =
            std::fs::read_dir(packets).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut expected =
            Expected { columns: Vec::new(), tables: Vec::new(), captures: Vec::new(), protocols: 0 };
        for path in paths {
            let mut text = Vec::new();
            let packed = std::fs::File::open(&path).unwrap();
            flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut text).unwrap();
            expected.table(String::from_utf8_lossy(&text).into_owned(), &refused);
        }
        for file in empty {
            let refused = refused.contains(&file);
            expected.captures.push(Capture { file, refused, rows: Vec::new(), table: 0 });
        }
        expected.protocols = expected.columns.iter().position(|name| name == "frame.protocols").unwrap();
        // The longest first, so that no thread is left with it at the end.
        expected.captures.sort_by_key(|capture| std::cmp::Reverse(capture.rows.len()));
        expected
    }

    fn table(&mut self, text: String, refused: &HashSet<String>) {
        let mut at = 0;
        for (number, line) in text.split('\n').enumerate() {
            let range = at..at + line.len();
            at = range.end + 1;
            if number == 0 {
                let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
                assert!(self.columns.is_empty() || self.columns == columns, "tables differ in their columns");
                self.columns = columns;
                continue;
            }
            let Some((file, _)) = line.split_once('\t') else { continue };
            match self.captures.last_mut() {
                Some(capture) if capture.file == file => capture.rows.push(range),
                _ => self.captures.push(Capture {
                    file: file.to_owned(),
                    refused: refused.contains(file),
                    rows: vec![range],
                    table: self.tables.len(),
                }),
            }
        }
        self.tables.push(text);
    }

    /// Place and name of every column that is a field.
    pub fn fields(&self) -> impl Iterator<Item = (usize, String)> {
        self.columns.iter().cloned().enumerate().skip(2)
    }

    /// The rows of a capture, in order.
    pub fn rows<'a>(&'a self, capture: &'a Capture) -> impl Iterator<Item = &'a str> {
        capture.rows.iter().map(|range| &self.tables[capture.table][range.clone()])
    }
}
