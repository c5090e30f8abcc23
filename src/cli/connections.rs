//! What `flows` tells of TCP connections: a group of columns of its own.

use super::output::Cell;
use crate::decode::Note;
use crate::flow::tcp::{EndState, Measure};
use crate::flow::{Flow, FlowTable, Side};
use crate::session::{Measures, Shared};
use std::sync::MutexGuard;

/// The measures of every analysed packet.
pub(super) fn measures(session: &Shared) -> MutexGuard<'_, Measures> {
    session.measure(u64::MAX, &|| true);
    session.measures()
}

/// Names of the columns.
pub(super) const COLUMNS: [&str; 28] = [
    "handshake",
    "rtt_samples",
    "rtt_min",
    "rtt_median",
    "rtt_p95",
    "throughput_ab",
    "throughput_ba",
    "retransmitted_ab",
    "retransmitted_ba",
    "retransmitted_bytes_ab",
    "retransmitted_bytes_ba",
    "out_of_order_ab",
    "out_of_order_ba",
    "duplicate_acks_ab",
    "duplicate_acks_ba",
    "zero_window_a",
    "zero_window_b",
    "ce_ab",
    "ce_ba",
    "ece_ab",
    "ece_ba",
    "cwr_ab",
    "cwr_ba",
    "fast_open",
    "closed_by",
    "completeness",
    "end_a",
    "end_b",
];

/// Seconds with nine decimals.
pub(super) fn seconds(nanos: u64) -> Cell<'static> {
    Cell::text(format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000))
}

/// Bits a second over the flow's duration.
fn throughput(flow: &Flow, bytes: u64) -> Cell<'static> {
    let nanos = u128::try_from(flow.last_time.since(flow.first_time)).unwrap_or(0);
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    Cell::maybe(bits.checked_div(nanos).and_then(|rate| u64::try_from(rate).ok()))
}

/// The cells of one flow, in the order of [`COLUMNS`]; empty for other than TCP.
pub(super) fn cells(flows: &FlowTable, flow: &Flow, measure: Option<&Measure>) -> Vec<Cell<'static>> {
    let Some([end_a, end_b]) = flows.ends(flow).map(|ends| ends.map(|end| end.map_or("", EndState::name)))
    else {
        let mut none: Vec<_> = COLUMNS.iter().map(|_| Cell::Absent).collect();
        let [ab, ba] = flow.bytes().map(|bytes| throughput(flow, bytes));
        for (name, rate) in [("throughput_ab", ab), ("throughput_ba", ba)] {
            if let Some(cell) =
                COLUMNS.iter().position(|column| *column == name).and_then(|at| none.get_mut(at))
            {
                *cell = rate;
            }
        }
        return none;
    };
    let none = Measure::default();
    let measure = measure.unwrap_or(&none);
    let time = |nanos: Option<u64>| nanos.map_or(Cell::Absent, seconds);
    let [ab, ba] = flow.bytes().map(|bytes| throughput(flow, bytes));
    let mut cells = vec![
        time(flow.handshake()),
        Cell::Number(measure.rtt.count()),
        time(measure.rtt.least()),
        time(measure.rtt.quantile(50)),
        time(measure.rtt.quantile(95)),
        ab,
        ba,
    ];
    for pair in [measure.repeated, measure.repeated_bytes, measure.reordered, measure.duplicate_acks] {
        cells.extend(pair.map(Cell::Number));
    }
    cells.extend(measure.closed_window(flow.last_time.0).map(seconds));
    for pair in [measure.congested, measure.echoed, measure.reduced] {
        cells.extend(pair.map(Cell::Number));
    }
    cells.push(Cell::some(match measure.fast_open {
        Some(Note::FastOpenTaken) => "accepted",
        Some(Note::FastOpenIgnored) => "ignored",
        Some(_) => "unanswered",
        None => "",
    }));
    cells.push(
        flow.closed_by().map_or(Cell::Absent, |side| Cell::text(if side == Side::A { "a" } else { "b" })),
    );
    cells.push(Cell::Number(flow.completeness().into()));
    cells.extend([end_a, end_b].map(Cell::some));
    cells
}

/// For people: median round trip in milliseconds, and the share of packets sent again.
pub(super) fn words(flow: &Flow, measure: Option<&Measure>) -> [String; 2] {
    let Some(measure) = measure else { return [String::new(), String::new()] };
    let packets = flow.packets.iter().map(|packets| u64::from(*packets)).sum();
    let rtt = measure.rtt.quantile(50).map(milliseconds);
    [rtt.unwrap_or_default(), sent_again(measure.sent_again(), packets)]
}

/// For people: who had no room for how long, seconds.
pub(super) fn closed_windows(flow: &Flow, measure: Option<&Measure>) -> String {
    let closed = measure.map_or([0; 2], |measure| measure.closed_window(flow.last_time.0));
    let words = ["A", "B"].into_iter().zip(closed).filter(|(_, nanos)| *nanos > 0);
    let words: Vec<String> = words.map(|(side, nanos)| format!("{side} {:.6}", nanos as f64 / 1e9)).collect();
    words.join(", ")
}

/// For people: milliseconds.
pub(super) fn milliseconds(nanos: u64) -> String {
    format!("{:.3} ms", nanos as f64 / 1e6)
}

/// For people: how many packets were sent again, and which share of all.
pub(super) fn sent_again(repeated: u64, packets: u64) -> String {
    let share = repeated as f64 * 100.0 / packets.max(1) as f64;
    if repeated == 0 { String::new() } else { format!("{repeated} ({share:.1} %)") }
}
