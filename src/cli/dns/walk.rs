//! The walks: what was asked to answer a question, as a tree.

use super::super::failure::{Failure, Outcome};
use super::super::input::Opened;
use super::super::output::{Cell, Format, Output, Rows};
use crate::base::{PacketId, Timestamp, safe};
use crate::decode::proto::dns::view::type_name;
use crate::session::dns_walk::{DnsStep, DnsWalk, DnsWalks, Part, ZoneFrom};
use crate::session::{DnsReader, DnsStory, Exchange};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::IpAddr;

/// Which walks are wanted.
enum Which {
    All,
    /// Those that a transaction with this packet is part of.
    Packet(u64),
    /// Those of questions for a name.
    Name(String),
}

impl Which {
    fn read(text: Option<&str>) -> Which {
        match (text, text.map(str::parse)) {
            (None | Some(""), _) => Which::All,
            (_, Some(Ok(packet))) => Which::Packet(packet),
            (Some(name), _) => {
                let name = name.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(name);
                Which::Name(name.to_ascii_lowercase())
            }
        }
    }
}

pub(super) fn print(
    opened: &Opened,
    which: Option<&str>,
    format: Format,
    output: &mut Output,
) -> Outcome<()> {
    let session = &opened.session;
    let mut walks = DnsWalks::default();
    while walks.read(session, u32::MAX) {}
    let which = Which::read(which);
    let all = session.analysis().dns.len();
    let places: Box<dyn Iterator<Item = u32>> = match &which {
        Which::Packet(number) => {
            let id = number.checked_sub(1).ok_or_else(|| Failure::said("packets are counted from 1"))?;
            let of_packet: Vec<u32> = session.analysis().dns.of_packet(id).map(|(.., place)| place).collect();
            if of_packet.is_empty() {
                return Err(Failure::said(format!("packet {number} has no DNS message")));
            }
            let firsts: BTreeSet<u32> =
                of_packet.into_iter().flat_map(|place| walks.firsts(session, place)).collect();
            Box::new(firsts.into_iter())
        }
        _ => Box::new(0..all),
    };
    let mut writer = Writer::new(opened, format);
    let mut reader = DnsReader::default();
    let mut count = 0_u64;
    for place in places {
        if let Which::Name(name) = &which {
            let exchange = Exchange::get(&session.analysis(), place);
            let asks = |one| DnsStory::read(&mut reader, session, &one).name.eq_ignore_ascii_case(name);
            if !exchange.is_some_and(asks) {
                continue;
            }
        }
        if !walks.is_first(session, place) {
            continue;
        }
        let Some(walk) = walks.walk(session, place) else { continue };
        if count == 0 {
            writer.begin(output)?;
        }
        count += 1;
        writer.walk(place, &walk, output)?;
    }
    if count == 0 {
        if let Which::Name(name) = &which {
            let name = safe(name);
            return Err(Failure::said(format!(
                "no question of this capture asks for {name}; --walk tells of all"
            )));
        }
        writer.begin(output)?;
    }
    writer.end(count, output)?;
    if walks.left_out > 0 && format == Format::Text {
        writeln!(output, "{} queries are in no walk: too many addresses", walks.left_out)?;
    }
    if walks.is_full() && format == Format::Text {
        writeln!(output, "some aliases and servers of zones are not followed: too many names")?;
    }
    Ok(())
}

struct Writer<'a> {
    opened: &'a Opened,
    /// None writes text.
    rows: Option<Rows<'a>>,
    /// What the legend explains.
    any: bool,
    inferred: bool,
    minimised: bool,
}

const NAMES: &[&str] = &[
    "walk",
    "line",
    "parent",
    "part",
    "transaction",
    "query_packet",
    "answer_packet",
    "after",
    "took",
    "waited",
    "transport",
    "client",
    "server",
    "name",
    "type",
    "zone",
    "zone_from",
    "zone_packet",
    "told",
    "result",
    "purpose",
    "again_as",
    "shared_with",
    "said_in",
    "answered_after",
    "notes",
    "sight",
    "unprompted",
    "cut",
    "joined",
    "waits_from",
    "goes_on_with",
    "asked_from",
    "perhaps_asked",
];

impl<'a> Writer<'a> {
    fn new(opened: &'a Opened, format: Format) -> Writer<'a> {
        let rows = (format != Format::Text).then(|| Rows::fixed(format, "walk", NAMES));
        Writer { opened, rows, any: false, inferred: false, minimised: false }
    }

    fn begin(&mut self, output: &mut Output) -> Outcome<()> {
        if let Some(rows) = &mut self.rows {
            return rows.begin(output);
        }
        Ok(writeln!(output, "{:>13}  {:>9}  {:>9}  WALK", "PACKETS", "AFTER MS", "TOOK MS")?)
    }

    fn walk(&mut self, place: u32, walk: &DnsWalk, output: &mut Output) -> Outcome<()> {
        if let Some(rows) = &mut self.rows {
            for (line, step) in walk.steps.iter().enumerate() {
                rows.row(output, &cells(place, line, walk, step))?;
            }
            return Ok(());
        }
        self.any |= walk.queries() > 0;
        self.inferred |= walk.infers_zones();
        self.minimised |= walk.is_minimised();
        let opened = self.opened;
        let name_of = |address: IpAddr, at: PacketId| opened.name_at(address, at);
        for (step, branch) in walk.steps.iter().zip(walk.branches()) {
            let millis = |nanos: i64| format!("{:.3}", nanos as f64 / 1e6);
            let one = step.exchange.map(|exchange| exchange.one);
            let packets = match one.map(|one| (one.first + 1, one.answer().map(|id| id + 1))) {
                Some((query, Some(answer))) => format!("{query}, {answer}"),
                Some((query, None)) => format!("{query}, -"),
                None => String::new(),
            };
            let after = step.exchange.map_or(String::new(), |_| millis(step.after));
            let took = step.took.map_or(String::new(), millis);
            let (asker, words) = (step.asker(&name_of), step.words(&name_of));
            writeln!(output, "{packets:>13}  {after:>9}  {took:>9}  {branch}{asker}{}", safe(&words))?;
        }
        for line in walk.summary(&name_of) {
            writeln!(output, "{:>37}{}", "", safe(&line))?;
        }
        Ok(writeln!(output)?)
    }

    fn end(&mut self, count: u64, output: &mut Output) -> Outcome<()> {
        if let Some(rows) = &mut self.rows {
            return rows.end(output);
        }
        if count == 0 {
            writeln!(output, "no question of DNS in this capture")?;
        }
        if self.any {
            writeln!(
                output,
                "Which query belongs to which question is inferred from times and names: no packet says so."
            )?;
        }
        if self.inferred {
            writeln!(output, "zone ~: inferred from other packets, not from this answer.")?;
        }
        if self.minimised {
            writeln!(
                output,
                "minimised: only a part of the name was asked for (QNAME minimisation, RFC 9156)."
            )?;
        }
        Ok(())
    }
}

fn cells<'a>(place: u32, line: usize, walk: &DnsWalk, step: &'a DnsStep) -> Vec<Cell<'a>> {
    let one = step.exchange.map(|exchange| exchange.one);
    let packet = |id: Option<u64>| Cell::maybe(id.map(|id| id + 1));
    let is_first = line == 0;
    let is_group = one.is_none();
    let told = |cell: Cell<'a>| if is_group { Cell::Absent } else { cell };
    let first = |cell: Cell<'a>| if is_first { cell } else { Cell::Absent };
    let zone = step.zone.as_ref();
    let (from, zone_packet) = match zone.map(|zone| zone.from) {
        None => (Cell::Absent, None),
        Some(ZoneFrom::Answer) => (Cell::text("answer"), None),
        Some(ZoneFrom::Packet(id)) => (Cell::text("packet"), Some(id)),
        Some(ZoneFrom::Child) => (Cell::text("child"), None),
    };
    let zone = zone.map(|zone| zone.name.as_str()).or(step.zone_served.as_deref());
    let address = |pick: fn(&Exchange) -> IpAddr| {
        step.exchange.as_ref().map_or(Cell::Absent, |exchange| Cell::text(pick(exchange).to_string()))
    };
    let transport = step.exchange.map(|exchange| exchange.transport());
    let shared = step.shared.iter().map(|id| Cow::Owned((id + 1).to_string()));
    vec![
        Cell::Number(place.into()),
        Cell::Number(line as u64),
        Cell::maybe(step.parent.map(|parent| parent as u64)),
        Cell::text(step.part.name()),
        Cell::maybe(step.exchange.map(|exchange| exchange.place.into())),
        packet(one.map(|one| one.first)),
        packet(one.and_then(|one| one.answer())),
        told(Cell::text(Timestamp(step.after).to_string())),
        step.took.map_or(Cell::Absent, |took| Cell::text(Timestamp(took).to_string())),
        first(Cell::text(Timestamp(walk.waited).to_string())),
        transport.map_or(Cell::Absent, Cell::text),
        address(|exchange| exchange.client().ip()),
        address(|exchange| exchange.server().ip()),
        Cell::text(safe(&step.name)),
        told(Cell::text(type_name(step.story.kind))),
        zone.map_or(Cell::Absent, |zone| Cell::text(safe(zone))),
        from,
        packet(zone_packet),
        told(Cell::text(step.told.name())),
        told(Cell::text(safe(&step.result))),
        if step.part == Part::Query { Cell::text(step.purpose.name()) } else { Cell::Absent },
        packet(step.again),
        Cell::List(shared.collect()),
        packet(step.said),
        told(Cell::Flag(step.is_after)),
        Cell::List(step.notes.iter().map(|note| safe(note)).collect()),
        first(Cell::text(walk.sight.name())),
        first(Cell::Flag(walk.unprompted)),
        first(Cell::Flag(walk.is_cut)),
        first(packet(walk.joined)),
        first(walk.waits_from.map_or(Cell::Absent, |from| Cell::text(Timestamp(from).to_string()))),
        first(packet(walk.goes_on)),
        step.asked_from.map_or(Cell::Absent, |from| Cell::text(from.to_string())),
        first(packet(walk.perhaps.map(|query| query.one.first))),
    ]
}
