//! What tshark says of DNS in other runs than that of the tables, as `make_answers.sh` has
//! recorded it.

use std::collections::HashMap;

/// Cells by file and packet.
pub struct Recorded {
    fields: Vec<&'static str>,
    files: HashMap<&'static str, HashMap<u64, Vec<&'static str>>>,
}

impl Recorded {
    /// Which message answers which, from a second pass: the tables were made in one, which knows
    /// no answer while it prints the query.
    pub fn second_pass() -> Recorded {
        Recorded::read(include_str!("answers.tsv"))
    }

    /// What tshark 4.4.18, which puts TCP segments together, says in the captures in which the
    /// tables of 4.0.17, without, differ.
    pub fn newer() -> Recorded {
        Recorded::read(include_str!("newer.tsv"))
    }

    fn read(text: &'static str) -> Recorded {
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let fields = lines.next().unwrap()[2..].to_vec();
        let mut files: HashMap<_, HashMap<_, _>> = HashMap::new();
        for cells in lines {
            assert_eq!(cells.len(), fields.len() + 2, "{cells:?}");
            files.entry(cells[0]).or_default().insert(cells[1].parse().unwrap(), cells[2..].to_vec());
        }
        Recorded { fields, files }
    }

    /// What is recorded of a field of packet `number`, empty where that has none; `None` for
    /// fields and files that are not recorded.
    pub fn cell(&self, field: &str, file: &str, number: u64) -> Option<&'static str> {
        let place = self.fields.iter().position(|name| *name == field)?;
        Some(self.files.get(file)?.get(&number).map_or("", |cells| cells[place]))
    }
}
