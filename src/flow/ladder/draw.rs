//! Lays out single rows of a ladder.
//!
//! Owns the places of columns, host lines, arrows and notes. Draws one row at
//! a time and looks at no other.

use super::canvas::{Canvas, Span, Tone, cells_of};
use super::hosts::{Host, Lane};
use super::mark::Words;
use super::rows::Row;
use super::words::{call_text, pause_text, segment_texts, shorten, sign};
use super::{Arrow, Ladder, Mark, Traced};
use crate::base::{PacketId, Timestamp};
use crate::decode::{TCP, UDP};
use crate::flow::calls::{Call, Why};
use crate::flow::{Side, flags};
use std::net::IpAddr;

/// Cells between two host lines at the least.
const CLOSEST: usize = 9;
/// Cells of what a packet says, behind its TCP numbers, at the least.
const LEAST_INFO: usize = 12;

/// How rows are drawn.
pub struct View<'a> {
    /// Cells of a row.
    pub width: usize,
    /// The socket calls beside the arrows.
    pub calls: bool,
    /// From when times count.
    pub start: Timestamp,
    /// What a packet says beyond its transport header, once that is known.
    pub info: &'a dyn Fn(PacketId) -> Option<String>,
    /// A name for an address.
    pub name: &'a dyn Fn(IpAddr) -> Option<String>,
}

/// Where things stand.
struct Places {
    number: usize,
    time: usize,
    /// Cells of the notes at the left and at the right.
    notes: [usize; 2],
    lines: Vec<usize>,
    width: usize,
}

impl Places {
    fn line(&self, lane: u16) -> usize {
        let last = self.lines.len().saturating_sub(1);
        self.lines.get(usize::from(lane).min(last)).copied().unwrap_or(0)
    }

    fn ends(&self) -> (usize, usize) {
        (self.lines.first().copied().unwrap_or(0), self.lines.last().copied().unwrap_or(0))
    }

    fn notes_at(&self, left: bool) -> (usize, usize) {
        let (first, last) = self.ends();
        if left {
            (first - self.notes[0].min(first), self.notes[0].saturating_sub(1))
        } else {
            (last + 2, self.notes[1].saturating_sub(1))
        }
    }
}

impl Ladder {
    fn places(&self, view: &View<'_>) -> Places {
        let last = self.arrows.last();
        let number = last.map_or(1, |last| (last.segment.packet + 1).to_string().len()).max(3);
        let time = last.map_or(1, |last| seconds(last.time.since(view.start)).len()).max(8);
        let left = number + time + 2;
        let room = view.width.saturating_sub(left + 1);
        let is_tcp = self.protocols.contains(&TCP);
        let has_calls = view.calls && (is_tcp || self.protocols.contains(&UDP));
        let hosts = self.hosts().len().max(2);
        let notes = match (hosts, has_calls, is_tcp) {
            (2, true, _) => [(room / 4).clamp(14, 34) + 1; 2],
            (2, false, true) => [15; 2],
            (_, true, _) if view.width >= 110 => [0, 32],
            (3.., _, true) if view.width >= 90 => [0, 16],
            _ => [0; 2],
        };
        let from = left + notes[0];
        let span = view.width.saturating_sub(from + notes[1] + 2);
        let shown = hosts.min(span / CLOSEST + 1).max(2);
        let lines = (0..shown).map(|lane| from + lane * span / (shown - 1)).collect();
        Places { number, time, notes, lines, width: view.width }
    }

    /// The lines above the rows: which column is what, which line which host.
    pub fn heads(&self, view: &View<'_>) -> Vec<Vec<Span>> {
        let places = self.places(view);
        let stagger = places.lines.len() > 2;
        let mut lines: Vec<Canvas> =
            (0..if stagger { 2 } else { 1 }).map(|_| Canvas::new(places.width)).collect();
        let least = places.number + places.time + 3;
        let step = places.lines.get(1).map_or(0, |x| x - places.line(0));
        let hidden = self.hosts().len().saturating_sub(places.lines.len());
        for (lane, x) in places.lines.iter().enumerate() {
            let row = if stagger { lane % 2 } else { 0 };
            let name = match self.hosts().get(lane) {
                Some(_) if hidden > 0 && lane + 1 == places.lines.len() => format!("{} more", hidden + 1),
                Some(host) => self.host_name(host, view),
                None => self.all_name(),
            };
            let room = match (stagger, lane) {
                (true, _) => (2 * step).saturating_sub(1),
                (false, 0) => (x + step / 2).saturating_sub(least),
                (false, _) => (places.width + step / 2).saturating_sub(x + 1),
            };
            let used = cells_of(&name).min(room);
            let at = x
                .saturating_sub(used / 2)
                .clamp(least.min(*x), (places.width.saturating_sub(used)).max(least.min(*x)));
            if row == 1
                && let Some(first) = lines.first_mut()
                && first.is_blank(*x)
            {
                first.cell(*x, '│', Tone::Line);
            }
            if let Some(line) = lines.get_mut(row) {
                line.put(at, used, &name, Tone::Host);
            }
        }
        if let Some(line) = lines.last_mut() {
            for x in &places.lines {
                if stagger && line.is_blank(*x) {
                    line.cell(*x, '│', Tone::Line);
                }
            }
        }
        if let Some(line) = lines.first_mut() {
            line.put_right(0, places.number, "No.", Tone::Dim);
            line.put_right(places.number + 1, places.time, "Time", Tone::Dim);
        }
        lines.into_iter().map(Canvas::spans).collect()
    }

    fn host_name(&self, host: &Host, view: &View<'_>) -> String {
        let names: Vec<String> = host
            .addresses
            .iter()
            .take(3)
            .map(|address| match (host.port, (view.name)(*address)) {
                (Some(port), Some(name)) if self.flows.len() == 1 => format!("{name}:{port}"),
                (_, Some(name)) => name,
                (Some(port), None) if self.flows.len() == 1 => {
                    std::net::SocketAddr::new(*address, port).to_string()
                }
                _ => address.to_string(),
            })
            .collect();
        let named = names.join(" → ");
        match (self.flows.as_slice(), host.port) {
            ([flow], Some(port)) if flow.key.protocol == TCP || flow.key.protocol == UDP => {
                let serves = flow.key.src_port != flow.key.dst_port && port == flow.port(flow.server);
                let role = flow.roles.get(flow.server as usize).copied().unwrap_or_default();
                if serves { format!("{named} ({role})") } else { named }
            }
            _ => named,
        }
    }

    /// The heading of the line that stands for everybody.
    fn all_name(&self) -> String {
        let to = self.flows.iter().find(|flow| flow.lanes.contains(&Lane::All));
        to.map_or_else(String::new, |flow| format!("all ({})", flow.key.destination()))
    }

    /// One row, from left to right.
    pub fn draw(&self, row: Row, view: &View<'_>) -> Vec<Span> {
        let places = self.places(view);
        let mut canvas = Canvas::new(places.width);
        let is_pause = matches!(row, Row::Pause { .. });
        for x in &places.lines {
            canvas.cell(*x, if is_pause { '┊' } else { '│' }, Tone::Line);
        }
        match row {
            Row::Pause { arrow, line, of } => {
                let (first, last) = places.ends();
                if line == of / 2 {
                    let text = format!(" {} later ", pause_text(self.pause(arrow)));
                    let at = first + ((last - first).saturating_sub(cells_of(&text))) / 2;
                    canvas.put(at, last.saturating_sub(first), &text, Tone::Dim);
                }
            }
            Row::Before { arrow, left } => self.before(&mut canvas, &places, arrow, left),
            Row::Arrow(at) => {
                if let Some((arrow, flow)) = self.arrow(at) {
                    self.line(&mut canvas, &places, view, at, arrow, flow);
                }
            }
        }
        canvas.spans()
    }

    pub(super) fn arrow(&self, at: u32) -> Option<(&Arrow, &Traced)> {
        let arrow = self.arrows.get(at as usize)?;
        Some((arrow, self.flows.get(arrow.flow as usize)?))
    }

    fn before(&self, canvas: &mut Canvas, places: &Places, arrow: u32, left: u8) {
        let Some((_, flow)) = self.arrow(arrow) else { return };
        for side in [Side::A, Side::B] {
            let calls = flow.calls.at(arrow).filter(|call| call.side == side && call.kind.is_before());
            let calls: Vec<&Call> = calls.collect();
            let Some(call) = calls.len().checked_sub(left.into()).and_then(|at| calls.get(at)) else {
                continue;
            };
            self.note(canvas, places, flow, side, &[Beside::call(call, arrow, flow)]);
        }
    }

    fn line(
        &self,
        canvas: &mut Canvas,
        places: &Places,
        view: &View<'_>,
        at: u32,
        arrow: &Arrow,
        flow: &Traced,
    ) {
        let segment = &arrow.segment;
        canvas.put_right(0, places.number, &(segment.packet + 1).to_string(), Tone::Dim);
        let time = seconds(arrow.time.since(view.start));
        canvas.put_right(places.number + 1, places.time, &time, Tone::Dim);
        let mark = self.mark(at).unwrap_or_default();
        let lost = mark.is_lost();
        let tone = match flow.key.protocol {
            _ if lost => Tone::Bad,
            TCP if segment.has(flags::RST) => Tone::Bad,
            _ if !mark.is_everyday() => Tone::Odd,
            TCP => Tone::Segment,
            _ => Tone::Datagram,
        };
        let [own, other] = [flow.lane(segment.side()), flow.lane(segment.side().other())];
        let from = match own {
            Lane::Host(lane) => places.line(lane),
            Lane::All => places.ends().1,
        };
        let texts = |room: usize| self.label(view, (arrow, &mark), flow, room);
        match other {
            Lane::Host(lane) => arrow_to(canvas, places, from, places.line(lane), tone, lost, &texts),
            Lane::All => {
                let (first, last) = places.ends();
                // The label stands on the longer part.
                if from > first {
                    let plain = |_: usize| String::new();
                    let is_longer = from - first > last - from;
                    let label: &dyn Fn(usize) -> String = if is_longer { &texts } else { &plain };
                    arrow_to(canvas, places, from, first, tone, lost, label);
                    canvas.cell(first + 1, '«', tone);
                    if !is_longer {
                        arrow_to(canvas, places, from, last, tone, lost, &texts);
                        canvas.cell(last - 1, '»', tone);
                    } else if last > from {
                        arrow_to(canvas, places, from, last, tone, lost, &plain);
                        canvas.cell(last - 1, '»', tone);
                    }
                } else {
                    arrow_to(canvas, places, from, last, tone, lost, &texts);
                    canvas.cell(last - 1, '»', tone);
                }
            }
        }
        let mut notes: [Vec<Beside>; 2] = Default::default();
        let mut put = |side: Side, beside: Beside| {
            if let Some(notes) = notes.get_mut(side as usize) {
                notes.push(beside);
            }
        };
        let number = |arrow| self.number(arrow);
        // A loss shows at the side that it did not reach.
        if let Some(Words { long, short, .. }) = mark.loss(arrow.extent(), number) {
            let tone = if lost || mark.error.is_some() { Tone::Bad } else { Tone::Odd };
            put(segment.side().other(), Beside { long, short, tone });
        }
        let tone = if mark.is_everyday() { Tone::Dim } else { Tone::Odd };
        for Words { long, short, .. } in mark.words(number) {
            put(segment.side(), Beside { long, short, tone });
        }
        if view.calls {
            for call in self.calls(at).filter(|call| !call.kind.is_before()) {
                put(call.side, Beside::call(call, at, flow));
            }
        }
        if places.lines.len() > 2 {
            // The sender's call comes before the receiver's.
            let [a, b] = notes;
            let pair = if segment.side() == Side::A { [a, b] } else { [b, a] };
            let all: Vec<Beside> = pair.into_iter().flatten().collect();
            self.note(canvas, places, flow, Side::B, &all);
            return;
        }
        for (side, notes) in [Side::A, Side::B].into_iter().zip(notes) {
            self.note(canvas, places, flow, side, &notes);
        }
    }

    /// What an arrow says in so many cells.
    fn label(&self, view: &View<'_>, (arrow, mark): (&Arrow, &Mark), flow: &Traced, room: usize) -> String {
        let several = self.flows.len() > 1 && flow.key.protocol == TCP;
        let number = if several { format!("#{} ", flow.flow) } else { String::new() };
        let info = (view.info)(arrow.segment.packet);
        if flow.key.protocol != TCP {
            return info.map_or_else(|| "…".to_owned(), |info| shorten(&info, room));
        }
        let texts =
            segment_texts(arrow, flow.bases(arrow.segment.side()), mark).map(|text| number.clone() + &text);
        let [_, _, full, most, least] = &texts;
        if let Some(info) = info {
            // All of what it says is better than all of its numbers.
            for (numbers, least) in
                [(full, usize::MAX), (most, usize::MAX), (least, LEAST_INFO), (full, LEAST_INFO)]
            {
                let left = room.saturating_sub(cells_of(numbers) + 3);
                let info = shorten(&info, left);
                if cells_of(&info).min(least) <= left {
                    return format!("{numbers} · {info}");
                }
            }
        }
        texts.iter().find(|text| cells_of(text) <= room).unwrap_or(least).clone()
    }

    /// Notes beside a host line.
    fn note(&self, canvas: &mut Canvas, places: &Places, flow: &Traced, side: Side, notes: &[Beside]) {
        let several = places.lines.len() > 2;
        let is_left = !several && flow.lane(side) == Lane::Host(0);
        let (x, room) = places.notes_at(is_left);
        if room < 8 || notes.is_empty() {
            return;
        }
        let long: fn(&Beside) -> &str = |beside| &beside.long;
        let short: fn(&Beside) -> &str = |beside| &beside.short;
        let cells = |notes: &[&Beside], text: fn(&Beside) -> &str| {
            notes.iter().map(|beside| cells_of(text(beside)) + 2).sum::<usize>().saturating_sub(2)
        };
        let mut notes: Vec<&Beside> = notes.iter().collect();
        let text = if cells(&notes, long) <= room { long } else { short };
        // Calls come before what is everyday.
        if cells(&notes, text) > room && notes.iter().any(|beside| beside.tone != Tone::Dim) {
            notes.retain(|beside| beside.tone != Tone::Dim);
        }
        let end = x + room;
        let mut at = if is_left { x + room.saturating_sub(cells(&notes, text)) } else { x };
        for (place, beside) in notes.iter().enumerate() {
            if place > 0 {
                at += canvas.put(at, end.saturating_sub(at), ", ", Tone::Dim);
            }
            at += canvas.put(at, end.saturating_sub(at), text(beside), beside.tone);
        }
    }
}

/// What stands beside a host line, in as many words as there is room for.
struct Beside {
    long: String,
    short: String,
    tone: Tone,
}

impl Beside {
    fn call(call: &Call, at: u32, flow: &Traced) -> Beside {
        let long = format!("{} {}", sign(call), call_text(call, at, flow.port(call.side)));
        // Of a connect that failed the error is the news.
        let short = long.replace("connect: ", "");
        Beside { short, long, tone: tone_of(call) }
    }
}

impl Traced {
    fn lane(&self, side: Side) -> Lane {
        let [a, b] = self.lanes;
        if side == Side::A { a } else { b }
    }

    /// A side's address.
    pub fn address(&self, side: Side) -> IpAddr {
        if side == Side::A { self.key.source() } else { self.key.destination() }
    }

    /// A side's port.
    pub fn port(&self, side: Side) -> u16 {
        if side == Side::A { self.key.src_port } else { self.key.dst_port }
    }
}

/// An arrow between two host lines; what it says stands in it, or beside it
/// where there is more room.
fn arrow_to(
    canvas: &mut Canvas,
    places: &Places,
    from: usize,
    to: usize,
    tone: Tone,
    lost: bool,
    label: &dyn Fn(usize) -> String,
) {
    let body = if lost { '╌' } else { '─' };
    let right = to > from;
    let (low, high) = (from.min(to), from.max(to));
    if low == high {
        let text = label(places.width.saturating_sub(low + 4));
        canvas.put(low + 1, places.width.saturating_sub(low + 1), &format!("↺ {text}"), tone);
        return;
    }
    for x in low + 1..high {
        let crosses = places.lines.contains(&x);
        canvas.cell(x, if crosses { '┼' } else { body }, tone);
    }
    let inner = high - low - 1;
    let cut = if lost { inner / 8 } else { 0 };
    match (right, lost) {
        (true, false) => canvas.cell(high - 1, '▶', tone),
        (false, false) => canvas.cell(low + 1, '◀', tone),
        // It does not arrive.
        (true, true) => {
            canvas.fill(high - cut, high, ' ', tone);
            canvas.cell(high - cut - 1, '✗', tone);
        }
        (false, true) => {
            canvas.fill(low + 1, low + 1 + cut, ' ', tone);
            canvas.cell(low + 1 + cut, '✗', tone);
        }
    }
    let room = inner.saturating_sub(cut + 4);
    let text = label(room);
    if text.is_empty() {
        return;
    }
    let cells = cells_of(&text);
    let (first, last) = places.ends();
    let beside_right = last.saturating_sub(high + 3).max(if places.notes[1] == 0 {
        places.width.saturating_sub(high + 3)
    } else {
        0
    });
    let beside_left = low.saturating_sub(first + 2);
    if cells <= room || room >= beside_right.max(beside_left) {
        let used = cells.min(room);
        let spare = inner.saturating_sub(cut + used + 2);
        let at = low + 1 + spare / 2 + if right { 0 } else { cut };
        canvas.put(at, 1, " ", tone);
        let end = at + 1 + canvas.put(at + 1, used, &text, tone);
        canvas.put(end, 1, " ", tone);
    } else if beside_right >= beside_left {
        canvas.put(high + 2, beside_right, &label(beside_right), tone);
    } else {
        let text = label(beside_left);
        canvas.put_right(first + 1, beside_left, &text, tone);
    }
}

fn tone_of(call: &Call) -> Tone {
    match call.why {
        Why::Aborted | Why::AfterClose | Why::PeerReset | Why::NothingListens => Tone::Bad,
        why if why.is_inferred() => Tone::Inferred,
        _ => Tone::Call,
    }
}

/// Seconds with six decimals.
fn seconds(nanos: i64) -> String {
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    format!("{sign}{}.{:06}", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000)
}
