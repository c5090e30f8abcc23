//! What tshark says in a second pass of which message answers which. The tables of
//! all fields were made in one, which knows no answer while it prints the query;
//! `make_answers.sh` has recorded these fields of every packet with DNS in two.

use std::collections::HashMap;

/// The fields that need a second pass, in the order of the columns.
const FIELDS: [&str; 3] = ["dns.response_in", "dns.response_to", "dns.time"];

/// The cells of [`FIELDS`], by file and packet.
pub struct Answers(HashMap<&'static str, HashMap<u64, [&'static str; FIELDS.len()]>>);

impl Answers {
    /// The recorded ones.
    pub fn read() -> Answers {
        let lines = include_str!("answers.tsv").lines().skip(1);
        let mut files: HashMap<_, HashMap<_, _>> = HashMap::new();
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let [file, number, _, answer, query, time] = cells[..] else { panic!("{line}") };
            files.entry(file).or_default().insert(number.parse().unwrap(), [answer, query, time]);
        }
        Answers(files)
    }

    /// What the second pass printed for a field of packet `number`; `None` for other fields.
    pub fn cell(&self, field: &str, file: &str, number: u64) -> Option<&'static str> {
        let place = FIELDS.iter().position(|name| *name == field)?;
        Some(self.0.get(file).and_then(|packets| packets.get(&number)).map_or("", |cells| cells[place]))
    }
}
