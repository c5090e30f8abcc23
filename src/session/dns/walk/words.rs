//! A walk in words.

use super::{DnsWalk, NameOf, Part, Purpose, Sight, ZoneFrom};
use crate::base::PacketId;

fn millis(nanos: i64) -> String {
    format!("{:.3}", nanos as f64 / 1e6)
}

impl DnsWalk {
    /// What stands before each line so that all of them make a tree.
    pub fn branches(&self) -> Vec<String> {
        let mut last = vec![0; self.steps.len()];
        for (at, step) in self.steps.iter().enumerate() {
            if let Some(child) = step.parent.and_then(|parent| last.get_mut(parent)) {
                *child = at;
            }
        }
        let is_last = |at: usize, parent: usize| last.get(parent) == Some(&at);
        // What stands before the lines under each.
        let mut under: Vec<String> = Vec::with_capacity(self.steps.len());
        let mut branches = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            let Some(parent) = step.parent else {
                under.push(String::new());
                branches.push(String::new());
                continue;
            };
            let before = under.get(parent).cloned().unwrap_or_default();
            let (here, below) = if is_last(at, parent) { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            branches.push(format!("{before}{here}"));
            under.push(format!("{before}{below}"));
        }
        branches
    }

    /// Queries that were made for it.
    pub fn queries(&self) -> usize {
        self.steps.iter().filter(|step| step.part == Part::Query).count()
    }

    /// The packet that ends it: what is known by then names the hosts of its summary.
    pub fn end(&self) -> PacketId {
        let one = self.steps.first().and_then(|step| step.exchange).map(|exchange| exchange.one);
        one.map_or(0, |one| one.end().unwrap_or(one.first))
    }

    /// What the capture shows of it, a sentence each.
    pub fn summary(&self, name_of: NameOf<'_>) -> Vec<String> {
        let Some(exchange) = self.steps.first().and_then(|step| step.exchange) else { return Vec::new() };
        let [client, server] =
            [exchange.client(), exchange.server()].map(|end| name_of(end.ip(), self.end()));
        let mut lines = Vec::new();
        if let Some(packet) = self.goes_on {
            lines.push(format!("{client} goes on with the question in packet {}", packet + 1));
        } else if self.unprompted {
            lines.push(format!("{client} asked by itself: no question was open that this could be for"));
        }
        lines.push(match self.sight {
            Sight::Asked => {
                let queries = self.queries();
                let plural = if queries == 1 { "query" } else { "queries" };
                let took = self.steps.first().and_then(|step| step.took);
                let of = took.map_or(String::new(), |took| format!(" of {}", millis(took)));
                // An answer that did not come through kept it waiting longer than is seen.
                let least = self.steps.iter().any(|step| step.is_answered_before);
                let least = if least { "at least " } else { "" };
                let waited = millis(self.waited);
                let what = format!("{queries} {plural} for it; {server} waited");
                match self.waits_from.map(millis) {
                    Some(from) if self.waited == 0 => format!("{what} for others from {from} ms on, in vain"),
                    Some(from) => {
                        format!("{what} {least}{waited} ms for others, and from {from} ms on in vain")
                    }
                    None => format!("{what} {least}{waited}{of} ms for others"),
                }
            }
            Sight::Memory => format!("{server} asked nobody for it: from its memory, as it seems"),
            Sight::AskedNobody => format!("{server} asked nobody for it"),
            Sight::Authority => format!("{server} is an authority for it itself (AA)"),
            Sight::NoRecursion => format!("{server} offers no recursion (RA): it asks nobody"),
            Sight::ZoneServer => format!("{server} is a server of the zone, as other packets say"),
            Sight::Joined => {
                let packet = self.joined.map_or(0, |id| id + 1);
                format!("{server} was asking already, for the question in packet {packet}")
            }
            Sight::Iterative => {
                let servers = self.queries() + 1;
                format!(
                    "{client} resolves it itself: {servers} servers, each named by the one before (RD off)"
                )
            }
            Sight::Everybody if exchange.server().ip().is_multicast() => {
                "all on the link were asked: who has the name answers for itself (LLMNR)".to_owned()
            }
            Sight::Everybody => format!("{server} answers for its own names (LLMNR)"),
            Sight::ClientOnly => {
                format!("only the client's side is in the capture: whom {server} asked, if anybody, is not")
            }
        });
        if let Some(query) = &self.perhaps {
            let [from, to] = [query.client(), query.server()].map(|end| name_of(end.ip(), self.end()));
            let packet = query.one.first + 1;
            lines.push(format!(
                "{from} asked {to} the same meanwhile, in packet {packet}: perhaps {server} itself by another \
                 address, which no packet says"
            ));
        }
        if self.is_cut {
            lines.push("there is more, which was not looked at: too many queries".to_owned());
        }
        lines
    }

    /// Whether a zone in it is inferred.
    pub fn infers_zones(&self) -> bool {
        let inferred = |from: ZoneFrom| from != ZoneFrom::Answer;
        self.steps.iter().any(|step| step.zone.as_ref().is_some_and(|zone| inferred(zone.from)))
    }

    /// Whether a query in it asks for a part of a name.
    pub fn is_minimised(&self) -> bool {
        self.steps.iter().any(|step| step.part == Part::Query && step.purpose == Purpose::Part)
    }
}
