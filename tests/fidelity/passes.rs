//! What tshark says in a second pass. The tables were made in one, which knows no
//! answer while it prints the query: `dns.response_in` is made here of
//! `dns.response_to`, as tshark does, where only the first answer has one.

use crate::expected::{Capture, Expected};
use std::collections::HashMap;

/// For each packet with queries the packets with their answers.
pub struct Answers {
    number: usize,
    found: HashMap<String, String>,
}

impl Answers {
    pub fn read(expected: &Expected, capture: &Capture) -> Answers {
        let [number, answered, id] =
            ["frame.number", "dns.response_to", "dns.id"].map(|name| expected.column(name));
        let mut ids: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut found: HashMap<String, Vec<(usize, &str)>> = HashMap::new();
        for line in expected.rows(capture) {
            let cells: Vec<&str> = line.split('\t').collect();
            if cells[id].is_empty() {
                continue;
            }
            let own: Vec<&str> = cells[id].split(';').collect();
            let queries: Vec<&str> = cells[answered].split(';').filter(|query| !query.is_empty()).collect();
            for (at, query) in queries.iter().enumerate() {
                // Several messages in one packet stand in the order of the query's packet.
                let place = if own.len() == queries.len() { own.get(at) } else { None };
                let asked = ids.get(query).into_iter().flatten();
                let place =
                    asked.enumerate().find(|(_, id)| Some(id) == place.as_ref()).map_or(at, |(at, _)| at);
                found.entry((*query).to_owned()).or_default().push((place, cells[number]));
            }
            ids.insert(cells[number], own);
        }
        let found = found.into_iter().map(|(query, mut answers)| {
            answers.sort_by_key(|answer| answer.0);
            let answers: Vec<&str> = answers.into_iter().map(|(_, number)| number).collect();
            (query, answers.join(";"))
        });
        Answers { number, found: found.collect() }
    }

    /// What a second pass prints for a field; `None` for other fields.
    pub fn cell(&self, field: &str, cells: &[&str]) -> Option<&str> {
        (field == "dns.response_in").then(|| self.found.get(cells[self.number]).map_or("", String::as_str))
    }
}
