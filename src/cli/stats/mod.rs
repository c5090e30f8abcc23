//! `stats`: what a whole capture holds, in numbers.
//!
//! Owns which sections there are and where their numbers come from; how they
//! are written is in [`text`] and [`machine`].

mod machine;
mod text;

use super::WholeArgs;
use super::failure::{Failure, Outcome};
use super::flows::has_ports;
use super::input::Opened;
use super::numbers;
use super::output::{Format, Output};
use crate::base::PacketId;
use crate::capture::Record;
use crate::flow::{Grouping, PortGroup};
use crate::session::problems::{self, About, Finder, Kind};
use crate::session::{Conversation, Counted, Endpoint, Firsts, GoOn, Hosts, Order, Pairs, Part, Series};
use clap::{Args, ValueEnum};
use std::collections::HashMap;

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// Only packets that match this display filter
    #[arg(short = 'Y', long = "filter", value_name = "FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    whole: WholeArgs,
    /// What to tell, several separated by commas
    #[arg(long, value_enum, value_name = "SECTION", value_delimiter = ',')]
    section: Vec<Section>,
    /// Most rows of ports, endpoints and conversations; text shows 10 otherwise
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = numbers::rows)]
    top: Option<usize>,
    /// Order of endpoints and conversations, by bytes without it; of endpoints without a meaning: bytes
    #[arg(long, value_enum, value_name = "ORDER")]
    sort: Option<Sort>,
    /// Seconds of one interval of the section time
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = numbers::interval)]
    interval: Option<i64>,
    /// How the numbers are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The order of endpoints and conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Most bytes first
    #[default]
    Bytes,
    /// Most packets first
    Packets,
    /// The longest first; conversations
    Duration,
    /// The longest median of round-trip times first; conversations
    Rtt,
    /// Most TCP segments sent again first; conversations
    Retransmissions,
    /// As they began
    Start,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Order {
        match sort {
            Sort::Bytes => Order::Bytes,
            Sort::Packets => Order::Packets,
            Sort::Duration => Order::Duration,
            Sort::Rtt => Order::Rtt,
            Sort::Retransmissions => Order::Retransmissions,
            Sort::Start => Order::Start,
        }
    }
}

/// A part of what `stats` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Packets, bytes, times, rates, link types
    Capture,
    /// Packets and bytes by the protocols in them
    Hierarchy,
    /// Outcomes of checks
    Checks,
    /// What is wrong or odd, the worst first: the list of the Problems screen
    Problems,
    /// Flows by transport protocol
    Transports,
    /// Flows by the port that is listened on
    Ports,
    /// Packets by length
    Lengths,
    /// What each host sent and received
    Endpoints,
    /// What pairs of hosts sent each other
    Conversations,
    /// Packets and bytes by intervals of time
    Time,
    /// All of these
    All,
}

impl Section {
    /// What is told when nothing else is asked for: all that costs nothing
    /// beside the analysis.
    const USUAL: [Section; 7] = [
        Section::Capture,
        Section::Hierarchy,
        Section::Checks,
        Section::Problems,
        Section::Transports,
        Section::Ports,
        Section::Lengths,
    ];
    const EVERY: [Section; 10] = [
        Section::Capture,
        Section::Hierarchy,
        Section::Checks,
        Section::Problems,
        Section::Transports,
        Section::Ports,
        Section::Lengths,
        Section::Endpoints,
        Section::Conversations,
        Section::Time,
    ];

    /// Its name in machine output.
    fn name(self) -> &'static str {
        match self {
            Section::Capture => "capture",
            Section::Hierarchy => "hierarchy",
            Section::Checks => "checks",
            Section::Problems => "problems",
            Section::Transports => "transports",
            Section::Ports => "ports",
            Section::Lengths => "lengths",
            Section::Endpoints => "endpoints",
            Section::Conversations => "conversations",
            Section::Time => "time",
            Section::All => "all",
        }
    }
}

/// What is about hosts.
const HOSTS: [Section; 2] = [Section::Endpoints, Section::Conversations];
/// With no more flows than this, text also shows the busiest hosts unasked.
const QUICK: usize = 100_000;
/// Rows of a list in text, unless told otherwise.
const ROWS: usize = 10;
/// Nobody waits for something else meanwhile.
const GO_ON: GoOn<'static> = &|| true;
/// Intervals, unless their width is given; and most of them.
const INTERVALS: i64 = 20;
const MAX_INTERVALS: i64 = 1_000_000;

/// An opened and wholly analysed capture, and what is wanted of it.
struct Stats {
    opened: Opened,
    /// Packets that the filter lets through, where there is one.
    part: Option<Part>,
    sections: Vec<Section>,
    /// Most rows of a list.
    top: usize,
    order: Order,
    /// Round trips and repeats of conversations are told: going through all
    /// segments takes a while.
    measured: bool,
    /// Nanoseconds.
    interval: Option<i64>,
}

pub(super) fn run(args: StatsArgs, output: &mut Output) -> Outcome {
    let StatsArgs { whole, filter, section, top, sort, interval, format } = args;
    if matches!(format, Format::Csv | Format::Tsv) && (section.len() != 1 || section.contains(&Section::All))
    {
        return Err(Failure::said("csv and tsv hold one section: name it with --section"));
    }
    let told = |among: &[Section]| {
        section.is_empty() || section.iter().any(|one| *one == Section::All || among.contains(one))
    };
    // Without a section text alone shows hosts.
    if sort.is_some() && (!told(&HOSTS) || section.is_empty() && format != Format::Text) {
        return Err(Failure::said(
            "--sort is for the sections endpoints and conversations: name one with --section",
        ));
    }
    if top.is_some() && !told(&[Section::Ports, Section::Endpoints, Section::Conversations]) {
        return Err(Failure::said("--top is for the sections ports, endpoints and conversations"));
    }
    if interval.is_some() && (section.is_empty() || !told(&[Section::Time])) {
        return Err(Failure::said("--interval is for the section time: name it with --section"));
    }
    let sort = sort.unwrap_or_default();
    let mut part = filter.is_some().then(Part::default);
    let (file, options) = whole.chosen(filter);
    let mut opened = Opened::open(file.as_deref(), &options)?;
    if let Some(part) = &mut part {
        opened.each(output, |session, id, peeler, _| {
            part.add(session, id, peeler);
            Ok(Ok(()))
        })?;
    }
    opened.wait(output);
    let measured = !section.is_empty() || sort != Sort::default();
    let mut sections = section;
    if sections.contains(&Section::All) {
        sections = Section::EVERY.to_vec();
    }
    if sections.is_empty() {
        sections = Section::USUAL.to_vec();
        let flows = match &part {
            Some(part) => part.analysis().flows.len(),
            None => opened.session.analysis().flows.len(),
        };
        if format == Format::Text && (1..=QUICK).contains(&flows) {
            sections.extend(HOSTS);
        }
    }
    let has_hosts = sections.iter().any(|one| HOSTS.contains(one));
    if opened.named && has_hosts && (opened.learnt || format != Format::Text) {
        opened.learn();
    }
    let rows = if format == Format::Text { ROWS } else { usize::MAX };
    let stats =
        Stats { opened, part, sections, top: top.unwrap_or(rows), order: sort.into(), measured, interval };
    if stats.sections.contains(&Section::Time) {
        // Told before anything is printed, or not at all.
        stats.width()?;
    }
    match format {
        Format::Text => text::print(&stats, output),
        _ => machine::print(&stats, format, output),
    }?;
    stats.opened.finish(output)
}

impl Stats {
    /// What is counted: the capture, or the part of it that the filter lets through.
    fn counted(&self) -> &dyn Counted {
        self.part.as_ref().map_or(&*self.opened.session as &dyn Counted, |part| part)
    }

    fn records(&self) -> impl Iterator<Item = Record> {
        self.counted().ids().filter_map(|id| self.opened.session.record(id))
    }

    /// The first conversations in their order; gives how many there are in all.
    fn conversations(&self, mut visit: impl FnMut(&Conversation) -> Outcome<()>) -> Outcome<usize> {
        let session = self.counted();
        let pairs = Pairs::find(session, GO_ON).unwrap_or_default();
        let mut firsts = Firsts::new(self.top);
        if self.measured {
            session.measure(u64::MAX, GO_ON);
        }
        let rank = |at, one: Conversation| firsts.push(self.order.conversation(&one), at);
        let _ = pairs.each(session, GO_ON, self.measured, rank);
        let (all, analysis) = (firsts.all, session.analysis());
        let measures = self.measured.then(|| session.measures());
        let firsts = firsts.finish();
        let rows = || firsts.iter().filter_map(|at| pairs.get(*at, &analysis, measures.as_deref()));
        self.opened.ask(rows().flat_map(|one| [one.key.source(), one.key.destination()]));
        rows().try_for_each(|one| visit(&one))?;
        Ok(all)
    }

    /// The first endpoints in their order; gives how many there are in all.
    fn endpoints(&self, mut visit: impl FnMut(&Endpoint) -> Outcome<()>) -> Outcome<usize> {
        let session = self.counted();
        let pairs = Pairs::find(session, GO_ON).unwrap_or_default();
        let Some(hosts) = Hosts::find(session, GO_ON, pairs) else { return Ok(0) };
        let mut firsts = Firsts::new(self.top);
        let _ = hosts.each(session, GO_ON, |at, one| firsts.push(self.order.endpoint(&one), at));
        let (all, analysis) = (firsts.all, session.analysis());
        let firsts = firsts.finish();
        let rows = || firsts.iter().filter_map(|at| hosts.get(*at, &analysis));
        self.opened.ask(rows().map(|one| one.address));
        rows().try_for_each(|one| visit(&one))?;
        Ok(all)
    }

    /// The kinds of problems, the worst first, how many of each, and the first packet.
    fn problems(&self) -> Vec<(&'static About, u64, Option<PacketId>)> {
        let session = &self.opened.session;
        let totals = self.counted().analysis().totals;
        let evicted = session.progress().evicted;
        let found: Vec<_> = problems::found(&totals, &session.meta(), evicted).collect();
        let mut finder = Finder::new(|wanted| found.iter().any(|(about, _)| about.kind == wanted));
        let mut firsts = HashMap::new();
        for id in self.counted().ids() {
            if finder.is_done() {
                break;
            }
            firsts.extend(finder.look(session, id).into_iter().map(|kind| (kind, id)));
        }
        let first = |kind: Kind| firsts.get(&kind).copied().or_else(|| kind.first(&totals));
        found.into_iter().map(|(about, count)| (about, count, first(about.kind))).collect()
    }

    /// Nanoseconds of an interval of time.
    fn width(&self) -> Outcome<i64> {
        let duration = self.counted().analysis().statistics.duration();
        let width = self.interval.unwrap_or_else(|| round(duration / INTERVALS + 1));
        let intervals = duration / width + 1;
        if intervals > MAX_INTERVALS {
            return Err(Failure::said(format!(
                "the capture has {intervals} such intervals and at most {MAX_INTERVALS} can be told: \
                 make --interval longer"
            )));
        }
        Ok(width)
    }

    /// Traffic by intervals, all of one width.
    fn series(&self) -> Outcome<Series> {
        let start = self.counted().analysis().statistics.start();
        let mut series = Series::new(start, self.width()?, MAX_INTERVALS as usize);
        for record in self.records() {
            series.add(record.time, record.wire);
        }
        Ok(series)
    }

    /// Packets by what they begin with, in the order of the capture's interfaces.
    fn links(&self) -> Vec<(String, u64)> {
        let meta = self.opened.session.meta();
        let mut counts = vec![0u64; meta.interfaces.len()];
        if let [only] = counts.as_mut_slice() {
            *only = self.counted().packets();
        } else {
            for record in self.records() {
                if let Some(count) = counts.get_mut(record.interface as usize) {
                    *count += 1;
                }
            }
        }
        let mut links: Vec<(String, u64)> = Vec::new();
        for (interface, count) in meta.interfaces.iter().zip(counts) {
            let link = interface.link;
            let name = link.name().map_or_else(|| format!("link type {}", link.0), str::to_owned);
            match links.iter_mut().find(|row| row.0 == name) {
                Some(row) => row.1 += count,
                None => links.push((name, count)),
            }
        }
        links
    }

    /// Ports that flows lead to, most bytes first; only of protocols that have ports.
    fn ports(&self) -> Vec<PortGroup> {
        let analysis = self.counted().analysis();
        let mut grouping = Grouping::default();
        analysis.flows.counted().for_each(|(_, flow)| grouping.add(flow));
        let mut groups = grouping.groups();
        groups.retain(|group| has_ports(group.protocol) && group.flows > 0);
        groups
    }

    /// Flows, packets and bytes by IP protocol number, in its order.
    fn transports(&self) -> Vec<(u8, u64, u64, u64)> {
        let mut rows = vec![(0u64, 0u64, 0u64); 256];
        for (_, flow) in self.counted().analysis().flows.counted() {
            if let Some(row) = rows.get_mut(usize::from(flow.key.protocol)) {
                row.0 += 1;
                row.1 += flow.packets.iter().map(|count| u64::from(*count)).sum::<u64>();
                row.2 += flow.bytes().iter().sum::<u64>();
            }
        }
        let seen = (0..=255).zip(rows).filter(|(_, row)| row.0 > 0);
        seen.map(|(number, (flows, packets, bytes))| (number, flows, packets, bytes)).collect()
    }
}

/// The next of 1, 2 or 5 times a power of ten.
fn round(nanos: i64) -> i64 {
    let mut unit = 1i64;
    loop {
        for step in [1, 2, 5] {
            match unit.checked_mul(step) {
                Some(width) if width < nanos => {}
                width => return width.unwrap_or(i64::MAX),
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_round() {
        let rounded = [1, 2, 3, 6, 11, 1_000_001].map(round);
        assert_eq!(rounded, [1, 2, 5, 10, 20, 2_000_000]);
        assert_eq!(round(i64::MAX), i64::MAX);
    }
}
