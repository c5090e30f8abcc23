//! What a TCP connection came to, in a few words: round trips, what was sent
//! again, closed windows.
//!
//! Owns the words. Knows nothing of the screen.

use super::super::text::{grouped, span};
use super::super::theme::Role;
use super::rule::oriented;
use crate::decode::Note;
use crate::flow::Flow;
use crate::flow::tcp::Measure;

/// As much as a row shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Brief {
    /// Median of round-trip times, in nanoseconds.
    pub rtt: Option<u64>,
    /// Segments sent again by either side.
    pub again: u64,
}

impl From<&Measure> for Brief {
    fn from(measure: &Measure) -> Brief {
        Brief { rtt: measure.rtt.quantile(50), again: measure.sent_again() }
    }
}

/// All that is measured of one connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// From the SYN to the ACK that ends the handshake.
    pub handshake: Option<u64>,
    /// The rest.
    pub measure: Measure,
}

impl Connection {
    /// A sentence; `None` when nothing could be measured.
    pub fn line(&self, flow: &Flow) -> Option<(String, Role)> {
        let measure = &self.measure;
        let mut parts = Vec::new();
        parts.extend(self.handshake.map(|nanos| format!("handshake {}", span(nanos.cast_signed()))));
        let times = [(measure.rtt.least(), "at least"), (measure.rtt.quantile(50), "median")];
        let times = times.into_iter().chain([(measure.rtt.quantile(95), "95 % within")]);
        let times: Vec<_> = times
            .filter_map(|(nanos, word)| Some(format!("{word} {}", span(nanos?.cast_signed()))))
            .collect();
        if !times.is_empty() {
            parts.push(format!("round trip {}", times.join(", ")));
        }
        let again = measure.sent_again();
        if again > 0 {
            let packets: u64 = flow.packets.iter().map(|count| u64::from(*count)).sum();
            let share = again as f64 * 100.0 / packets.max(1) as f64;
            parts.push(format!(
                "{} packet{} sent again ({share:.1} %)",
                grouped(again),
                if again == 1 { "" } else { "s" }
            ));
        }
        let reordered: u64 = measure.reordered.iter().sum();
        if reordered > 0 {
            parts.push(format!("{} out of order", grouped(reordered)));
        }
        let [client, server] = oriented(flow, measure.closed_window(flow.last_time.0));
        let closed = [(client, "client"), (server, "server")].into_iter().filter(|side| side.0 > 0);
        parts
            .extend(closed.map(|(nanos, side)| {
                format!("the {side}'s window closed for {}", span(nanos.cast_signed()))
            }));
        let [ce, ece, cwr] =
            [measure.congested, measure.echoed, measure.reduced].map(|pair| pair.iter().sum::<u64>());
        let congested = ce + ece + cwr > 0;
        if congested {
            parts.push(format!("marks of congestion: CE {ce}, ECE {ece}, CWR {cwr}"));
        }
        parts.extend(measure.fast_open.and_then(|note| match note {
            Note::FastOpenTaken => Some("data with the SYN (TFO) taken".to_owned()),
            Note::FastOpenIgnored => Some("data with the SYN (TFO) ignored".to_owned()),
            _ => None,
        }));
        parts.extend(rates(flow));
        let text = format!("{}.", parts.join("; "));
        let mut letters = text.chars();
        let text = letters.next()?.to_uppercase().chain(letters).collect();
        let troubled = again > 0 || client + server > 0 || congested;
        (!parts.is_empty()).then_some((text, if troubled { Role::Odd } else { Role::Text }))
    }
}

/// Bits a second each way, over the flow's duration.
fn rates(flow: &Flow) -> Option<String> {
    let nanos = flow.last_time.since(flow.first_time);
    let rate = |bytes: u64| match bytes as f64 * 8e9 / nanos as f64 {
        bits @ ..1e3 => format!("{bits:.0} bit/s"),
        bits @ ..1e6 => format!("{:.1} kbit/s", bits / 1e3),
        bits @ ..1e9 => format!("{:.1} Mbit/s", bits / 1e6),
        bits => format!("{:.1} Gbit/s", bits / 1e9),
    };
    let [there, back] = oriented(flow, flow.bytes());
    (nanos > 0).then(|| format!("{} to the server, {} back", rate(there), rate(back)))
}
