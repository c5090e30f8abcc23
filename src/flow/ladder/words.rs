//! The words of a ladder: what a segment says, a call, a mark, a pause.

use super::canvas::cells_of;
use super::{Arrow, Ladder, Mark};
use crate::base::PacketId;
use crate::decode::{Note, Scale};
use crate::flow::calls::{Call, Kind, Outcome, Why};
use crate::flow::flags;
use crate::flow::stream::Segment;

/// TCP flags by name, as people say them.
fn flag_names(segment: &Segment) -> String {
    const NAMES: [(u16, &str); 8] = [
        (flags::SYN, "SYN"),
        (flags::FIN, "FIN"),
        (flags::RST, "RST"),
        (flags::PSH, "PSH"),
        (flags::ACK, "ACK"),
        (0x20, "URG"),
        (0x40, "ECE"),
        (0x80, "CWR"),
    ];
    let set: Vec<&str> = NAMES.iter().filter(|(bit, _)| segment.has(*bit)).map(|(_, name)| *name).collect();
    if set.is_empty() { "no flags".to_owned() } else { set.join(" ") }
}

/// What a segment says, the longest words first: whoever draws takes the first
/// that fits. `bases` are the sequence numbers that count as 0: the sender's
/// and the receiver's.
pub(super) fn segment_texts(arrow: &Arrow, [own, other]: [u32; 2], mark: &Mark) -> [String; 5] {
    let segment = &arrow.segment;
    let names = flag_names(segment);
    let seq = segment.seq.wrapping_sub(own);
    let ack = segment.ack.wrapping_sub(other);
    let acks = segment.has(flags::ACK);
    // The number of a keep-alive is what tells it.
    let counts = segment.len > 0
        || segment.has(flags::SYN | flags::FIN | flags::RST)
        || mark.notes.has(Note::KeepAlive);
    let seq = if counts { format!(" seq={seq}") } else { String::new() };
    let ack = if acks { format!(" ack={ack}") } else { String::new() };
    let len = if segment.len > 0 { format!(" len={}", segment.len) } else { String::new() };
    let full = format!("{names}{seq}{ack}{len}");
    let most = if counts { format!("{names}{seq}{len}") } else { full.clone() };
    let least = format!("{names}{len}");
    let window = format!("{full} win={}", arrow.window);
    // Without the handshake the header's number is all that is known; none is none.
    let [long, short] = match arrow.scale {
        Scale::Unknown if arrow.window > 0 => [format!("{window} (scale unknown)"), format!("{window}×?")],
        _ => [window.clone(), window],
    };
    [long, short, full, most, least]
}

/// A call, as strace writes it; `at` is the arrow that it stands beside.
pub fn call_text(call: &Call, at: u32, port: u16) -> String {
    let name = call.kind.name();
    match call.kind {
        Kind::Bind => format!("bind(:{port})"),
        Kind::Connect => match call.returned {
            Some((place, Outcome::Connected)) if place == at => "connect = 0".to_owned(),
            // What its own packet's error ends stands in one place with it.
            Some((place, error)) if place == at && call.at == at => format!("connect: {}", error.name()),
            Some((place, error)) if place == at => error.name().to_owned(),
            _ => "connect()".to_owned(),
        },
        Kind::Send | Kind::SendTo => format!("{name}({})", call.bytes),
        Kind::Recv | Kind::RecvFrom => format!("{name} = {}", call.bytes),
        Kind::Shutdown => "shutdown(WR)".to_owned(),
        Kind::Abort => "close() RST".to_owned(),
        Kind::Reset => match call.why {
            Why::NothingListens => "nobody listens",
            Why::AfterClose => "is closed: RST",
            _ => "ECONNRESET",
        }
        .to_owned(),
        Kind::Socket | Kind::Listen | Kind::Accept | Kind::Close => format!("{name}()"),
    }
}

/// The sign before a call: seen or inferred.
pub(super) fn sign(call: &Call) -> char {
    if call.why.is_inferred() { '○' } else { '●' }
}

/// What a packet says, without the words that say nothing beside an arrow:
/// arrows show what is asked and what answers it, the packet has the number.
pub(super) fn shorten(info: &str, room: usize) -> String {
    let words = info.split_whitespace().collect::<Vec<_>>().join(" ");
    for (long, short) in [("Standard query response ", "Answer "), ("Standard query ", "Query ")] {
        if let Some(rest) = words.strip_prefix(long) {
            let rest =
                rest.split_once(' ').filter(|(id, _)| id.starts_with("0x")).map_or(rest, |(_, rest)| rest);
            return format!("{short}{rest}");
        }
    }
    match words.split_once(" - Transaction ID ") {
        Some((said, _)) if cells_of(&words) > room => said.to_owned(),
        _ => words,
    }
}

/// A length of time in a few letters.
pub fn pause_text(nanos: i64) -> String {
    let value = nanos as f64;
    match nanos {
        ..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.0} µs", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} ms", value / 1e6),
        1_000_000_000..60_000_000_000 => format!("{:.2} s", value / 1e9),
        60_000_000_000..3_600_000_000_000 => format!("{:.1} min", value / 60e9),
        _ => format!("{:.1} h", value / 3600e9),
    }
}

impl Ladder {
    /// The number of an arrow's packet, counted from 1.
    pub fn number(&self, arrow: u32) -> PacketId {
        self.arrows.get(arrow as usize).map_or(0, |arrow| arrow.segment.packet + 1)
    }
}
