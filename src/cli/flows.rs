//! `flows`: both directions of every five-tuple, or the ports that they lead to.

mod groups;
mod processes;

use super::WholeArgs;
use super::connections;
use super::failure::Outcome;
use super::input::Opened;
use super::names;
use super::output::{Cell, Format, Output, Rows};
use super::owner;
use super::table::Table;
use crate::base::Timestamp;
use crate::decode::{Claim, Registry};
use crate::flow::tcp::Measure;
use crate::flow::{Flow, Refusal, Side, State, Untaken, service};
use crate::session::{Analysis, FlowNames, Name, Peeler};
use crate::store::PacketRow;
use clap::{Args, ValueEnum};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Arguments of `flows`.
#[derive(Debug, Args)]
pub(super) struct FlowsArgs {
    /// Only flows with a packet that matches this display filter
    #[arg(short = 'Y', long = "filter", value_name = "FILTER", conflicts_with = "by")]
    filter: Option<String>,
    #[command(flatten)]
    whole: WholeArgs,
    /// Group the flows
    #[arg(long, value_enum, value_name = "GROUP")]
    by: Option<By>,
    /// Order of the flows
    #[arg(long, value_enum, default_value_t, value_name = "ORDER", conflicts_with = "by")]
    sort: Sort,
    /// How the flows are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What flows are grouped by.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    /// The port that is listened on
    Port,
    /// The address of either end
    Host,
    /// The process of this machine that an end belongs to
    Process,
}

/// The order of flows.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Sort {
    /// As they began
    #[default]
    Start,
    /// Most bytes first
    Bytes,
    /// Most packets first
    Packets,
    /// The longest first
    Duration,
    /// The longest median of round-trip times first; other than TCP last
    Rtt,
    /// Most TCP segments sent again first
    Retransmissions,
}

pub(super) fn run(args: FlowsArgs, output: &mut Output) -> Outcome {
    let FlowsArgs { whole, filter, by, sort, format } = args;
    let filtered = filter.is_some();
    let (file, options) = whole.chosen(filter);
    let mut opened = Opened::watching(file.as_deref(), &options, true)?;
    let mut wanted = HashSet::new();
    if filtered {
        opened.each(output, |session, id, _, _| {
            wanted.extend(session.row(id).map(|row| row.flow).filter(|flow| *flow != PacketRow::NO_FLOW));
            Ok(Ok(()))
        })?;
    } else {
        opened.wait(output);
    }
    owner::settle(&opened.session, output);
    if opened.named && (opened.learnt || !matches!(by, Some(By::Port | By::Process))) {
        opened.learn();
    }
    match by {
        Some(By::Port) => groups::ports(&opened, format, output),
        Some(By::Process) => processes::print(&opened, format, output),
        Some(By::Host) => groups::hosts(&opened, format, output),
        None => {
            let analysis = opened.session.analysis();
            let mut flows: Vec<(u32, &Flow)> = analysis.flows.iter().collect();
            flows.retain(|(place, _)| !filtered || wanted.contains(place));
            let total = |pair: [u64; 2]| std::cmp::Reverse(pair[0].saturating_add(pair[1]));
            match sort {
                Sort::Start => {}
                Sort::Bytes => flows.sort_by_key(|(_, flow)| total(flow.bytes())),
                Sort::Packets => flows.sort_by_key(|(_, flow)| total(flow.packets.map(u64::from))),
                Sort::Duration => {
                    flows.sort_by_key(|(_, flow)| std::cmp::Reverse(flow.last_time.since(flow.first_time)));
                }
                Sort::Rtt => {
                    let measures = connections::measures(&opened.session);
                    let rtt = |place| measures.get(place).and_then(|measure| measure.rtt.quantile(50));
                    flows.sort_by_cached_key(|(place, _)| std::cmp::Reverse(rtt(*place)));
                }
                Sort::Retransmissions => {
                    let measures = connections::measures(&opened.session);
                    let again = |place| measures.get(place).map_or(0, Measure::sent_again);
                    flows.sort_by_cached_key(|(place, _)| std::cmp::Reverse(again(*place)));
                }
            }
            opened.ask(flows.iter().flat_map(|(_, flow)| [flow.key.source(), flow.key.destination()]));
            match format {
                Format::Text => text(&opened, &analysis, &flows, output),
                _ => machine(&opened, &analysis, &flows, format, output),
            }
        }
    }?;
    opened.finish(output)
}

/// Name of an IP protocol: its label where wirepeel peels it.
pub(super) fn protocol(registry: &Registry, number: u8) -> String {
    let (id, _) = registry.candidates(Claim::IpProto(number), None).next(registry, &[]);
    if id == 0 { format!("IP {number}") } else { registry.row(id).protocol.label.to_owned() }
}

pub(super) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132 | 136)
}

/// What the port is known for, where the protocol has ports.
fn service_of(flow: &Flow) -> Option<&'static str> {
    service(flow.service_port()).filter(|_| has_ports(flow.key.protocol))
}

/// FIN, SYN, RST, PSH, ACK, URG, ECE, CWR as letters.
fn letters(flags: u8) -> String {
    "FSRPAUEC".chars().enumerate().filter(|(bit, _)| flags >> bit & 1 != 0).map(|(_, c)| c).collect()
}

/// An end with the name that is shown in its place: the flow's own with `--names`.
fn end(opened: &Opened, address: IpAddr, port: Option<u16>, known: &Option<Name>) -> String {
    let known = known.as_ref().filter(|_| opened.learnt).map(|name| name.text().into_owned());
    let name = known.or_else(|| opened.name_of(address).filter(|_| !opened.learnt));
    let mut text = name.unwrap_or_else(|| address.to_string());
    if let Some(port) = port {
        text = if text.contains(':') { format!("[{text}]:{port}") } else { format!("{text}:{port}") };
    }
    text
}

fn seconds(nanos: i64) -> String {
    format!("{:.6}", nanos as f64 / 1e9)
}

fn text(opened: &Opened, analysis: &Analysis, flows: &[(u32, &Flow)], output: &mut Output) -> Outcome<()> {
    let untaken = [firsts(&analysis.unclaimed), firsts(&analysis.undelivered)];
    let owners: Vec<String> =
        flows.iter().map(|(_, flow)| owner::words(&opened.session.owner(flow))).collect();
    // A column without a word would only take room.
    let owned = owners.iter().any(|words| !words.is_empty());
    let start = opened.session.record(0).map(|record| record.time).unwrap_or_default();
    let measures = connections::measures(&opened.session);
    let names = names_of(opened, analysis, flows);
    let is_named = names.iter().zip(flows).any(|(names, (_, flow))| names.server(flow).is_some());
    let is_used = names.iter().any(|names| names.used.is_some());
    let closed: Vec<String> =
        flows.iter().map(|(place, flow)| connections::closed_windows(flow, measures.get(*place))).collect();
    let is_closed = closed.iter().any(|words| !words.is_empty());
    let is_uncounted = flows.iter().any(|(_, flow)| flow.has_uncounted());
    let mut columns = vec![
        ("FLOW", true),
        ("PROTO", false),
        ("A", false),
        ("B", false),
        ("SERVICE", false),
        ("A→B", true),
        ("B→A", true),
        ("BYTES A→B", true),
        ("BYTES B→A", true),
        ("START", true),
        ("DURATION", true),
        ("RTT", true),
        ("SENT AGAIN", true),
        ("STATE", false),
        ("FLAGS A/B", false),
        ("VLAN", true),
    ];
    if is_closed {
        columns.push(("WINDOW CLOSED", false));
    }
    if is_uncounted {
        columns.push(("NOT COUNTED", true));
    }
    if owned {
        columns.push(("PROCESS", false));
    }
    if is_named {
        columns.push(("NAME", false));
    }
    if is_used {
        columns.push(("LOOKED UP", false));
    }
    let mut table = Table::new(&columns);
    for ((((place, flow), owner), names), closed) in flows.iter().zip(owners).zip(names).zip(closed) {
        let key = &flow.key;
        let ports = has_ports(key.protocol);
        let [a, b] = flow.tcp_flags();
        let [rtt, again] = connections::words(flow, measures.get(*place));
        let mut row = vec![
            place.to_string(),
            protocol(opened.session.registry(), key.protocol),
            end(opened, key.source(), ports.then_some(key.src_port), &names.ends[0]),
            end(opened, key.destination(), ports.then_some(key.dst_port), &names.ends[1]),
            service_of(flow).unwrap_or_default().to_owned(),
            flow.packets[0].to_string(),
            flow.packets[1].to_string(),
            flow.bytes()[0].to_string(),
            flow.bytes()[1].to_string(),
            seconds(flow.first_time.since(start)),
            seconds(flow.last_time.since(flow.first_time)),
            rtt,
            again,
            state(flow, untaken.each_ref().map(|firsts| firsts.get(place).map(|(_, first)| first))),
            if key.protocol == 6 { format!("{}/{}", letters(a), letters(b)) } else { String::new() },
            if flow.vlan() == 0 { String::new() } else { flow.vlan().to_string() },
        ];
        if is_closed {
            row.push(closed);
        }
        if is_uncounted {
            let count = analysis.flows.uncounted(*place);
            row.push(match count {
                None => "some".to_owned(),
                Some(0) => String::new(),
                Some(count) => count.to_string(),
            });
        }
        if owned {
            row.push(owner);
        }
        if is_named {
            row.push(names.server(flow).map_or(String::new(), |name| name.text().into_owned()));
        }
        if is_used {
            row.push(names.used.map_or(String::new(), |used| used.words()));
        }
        table.row(row);
    }
    table.print(output)
}

fn machine(
    opened: &Opened,
    analysis: &Analysis,
    flows: &[(u32, &Flow)],
    format: Format,
    output: &mut Output,
) -> Outcome<()> {
    let mut columns: Vec<Cow<'_, str>> = [
        "flow",
        "protocol",
        "protocol_number",
        "stream",
        "later_stream",
        "a",
        "a_port",
        "a_name",
        "b",
        "b_port",
        "b_name",
        "service",
        "server",
        "server_certain",
        "bound",
        "packets_ab",
        "packets_ba",
        "bytes_ab",
        "bytes_ba",
        "uncounted",
        "first_packet",
        "start",
        "end",
        "duration",
        "state",
        "flags_a",
        "flags_b",
        "vlan",
        "listening",
        "refused",
        "refused_packet",
        "refused_by",
        "undelivered",
        "undelivered_packet",
        "undelivered_by",
        "undelivered_why",
    ]
    .into_iter()
    .chain(connections::COLUMNS)
    .map(Cow::Borrowed)
    .collect();
    for end in ["a", "b"] {
        columns.extend(owner::COLUMNS.map(|name| Cow::Owned(format!("{end}_{name}"))));
    }
    columns.extend(names::OF_SERVER.into_iter().chain(names::OF_USE).map(Cow::Borrowed));
    columns.extend(["a_name_source", "b_name_source"].map(Cow::Borrowed));
    let mut rows = Rows::new(format, "flows", columns);
    rows.begin(output)?;
    let registry = opened.session.registry();
    let untaken = [firsts(&analysis.unclaimed), firsts(&analysis.undelivered)];
    let mut peeler = Peeler::default();
    let measures = connections::measures(&opened.session);
    let all = names_of(opened, analysis, flows);
    for ((place, flow), names) in flows.iter().zip(all) {
        let key = &flow.key;
        let port = |port: u16| Cell::maybe(has_ports(key.protocol).then_some(port.into()));
        let [[a_name, a_told], [b_name, b_told]] =
            names.ends.each_ref().map(|name| names::cells_of(name.as_ref()));
        let flags = |flags: u8| if key.protocol == 6 { Cell::text(letters(flags)) } else { Cell::Absent };
        let time = |time: Timestamp| {
            Some(time.to_string()).filter(|text| !text.is_empty()).map_or(Cell::Absent, Cell::text)
        };
        let [a, b] = flow.tcp_flags();
        let bound = analysis.flows.bound_at(*place, u64::MAX).map_or("", |id| registry.row(id).protocol.name);
        let [refused, undelivered] = untaken.each_ref().map(|firsts| firsts.get(place));
        let mut told = |first: Option<&(u64, Refusal)>| {
            let by = first.map(|(_, first)| first.by);
            let cause = by.and_then(|by| opened.session.cause(by, *place, flow.first(), &mut peeler));
            [first.map(|(count, _)| *count), cause.map(|id| id + 1), by.map(|id| id + 1)].map(Cell::maybe)
        };
        let [refusals, refused_packet, refused_by] = told(refused);
        let [errors, undelivered_packet, undelivered_by] = told(undelivered);
        let why = undelivered.and_then(|(_, first)| first.error);
        let mut cells = vec![
            Cell::Number((*place).into()),
            Cell::text(protocol(registry, key.protocol)),
            Cell::Number(key.protocol.into()),
            Cell::maybe(flow.stream().map(u64::from)),
            Cell::maybe(analysis.flows.later_stream(*place).map(|(_, stream)| stream.into())),
            Cell::text(key.source().to_string()),
            port(key.src_port),
            a_name,
            Cell::text(key.destination().to_string()),
            port(key.dst_port),
            b_name,
            Cell::some(service_of(flow).unwrap_or_default()),
            Cell::text(if flow.server() == Side::A { "a" } else { "b" }),
            Cell::Flag(flow.server_is_certain()),
            Cell::some(bound),
            Cell::Number(flow.packets[0].into()),
            Cell::Number(flow.packets[1].into()),
            Cell::Number(flow.bytes()[0]),
            Cell::Number(flow.bytes()[1]),
            Cell::maybe(analysis.flows.uncounted(*place).map(u64::from)),
            Cell::Number(flow.first() + 1),
            time(flow.first_time),
            time(flow.last_time),
            Cell::text(Timestamp(flow.last_time.since(flow.first_time)).to_string()),
            Cell::some(flow.state().name()),
            flags(a),
            flags(b),
            Cell::maybe((flow.vlan() != 0).then_some(flow.vlan().into())),
            Cell::some(if has_ports(key.protocol) { flow.listening().name() } else { "" }),
            refusals,
            refused_packet,
            refused_by,
            errors,
            undelivered_packet,
            undelivered_by,
            why.map_or(Cell::Absent, |error| Cell::text(error.words())),
        ];
        cells.extend(connections::cells(&analysis.flows, flow, measures.get(*place)));
        for owner in opened.session.owner(flow) {
            cells.extend(owner::cells(owner.as_ref()));
        }
        cells.extend(names::cells(flow, &names));
        cells.extend([a_told, b_told]);
        rows.row(output, &cells)?;
    }
    rows.end(output)
}

/// The names of the flows' ends, unless none are wanted.
fn names_of(opened: &Opened, analysis: &Analysis, flows: &[(u32, &Flow)]) -> Vec<FlowNames> {
    let session = &opened.session;
    let book = session.names();
    let names = |(place, flow): &(u32, &Flow)| match opened.named {
        true => session.flow_names(analysis, &book, *place, flow),
        false => FlowNames::default(),
    };
    flows.iter().map(names).collect()
}

/// Of every flow how many of its packets were not taken, and what was said first.
fn firsts(untaken: &Untaken) -> HashMap<u32, (u64, Refusal)> {
    let mut firsts = HashMap::new();
    for refusal in untaken.refusals() {
        if let Some(flow) = refusal.flow {
            firsts.entry(flow).or_insert((0, *refusal)).0 += 1;
        }
    }
    firsts
}

/// Where a flow stands; of what was refused or did not arrive by which packet that is known.
fn state(flow: &Flow, [refused, undelivered]: [Option<&Refusal>; 2]) -> String {
    let (name, by) = (flow.state().name(), |refusal: &Refusal| refusal.by + 1);
    let error = undelivered.and_then(|first| Some((first.error?.words(), by(first))));
    match (flow.state(), refused, error) {
        (State::Unreachable, _, Some((words, by))) => format!("{words} by {by}"),
        (State::Refused, Some(refused), _) => format!("{name} by {}", by(refused)),
        (State::None, _, Some((words, by))) => format!("{words} by {by}"),
        (_, _, Some((words, by))) => format!("{name}, {words} by {by}"),
        (_, Some(refused), _) => format!("{name}, refused by {}", by(refused)),
        _ => name.to_owned(),
    }
}
