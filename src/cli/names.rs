//! Names in place of addresses, where the capture itself has them, and how they
//! are known.

use super::output::Cell;
use crate::base::{PacketId, Timestamp, safe};
use crate::decode::Endpoint;
use crate::decode::sinks::Line;
use crate::flow::Flow;
use crate::session::{FlowNames, Name, Shared, Used};
use crate::store::PacketRow;
use clap::Args;
use std::fmt::Write as _;

/// Whether names stand in place of addresses, and which.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct NameArgs {
    /// Show addresses, not the names that the capture has for them
    // As often as one likes: users of tcpdump write -nn.
    #[arg(short = 'n', long = "no-names", overrides_with = "no_names")]
    pub no_names: bool,
    /// Show names in place of addresses: those that DNS, TLS and DHCP in the capture tell, too
    #[arg(long, conflicts_with = "no_names")]
    pub names: bool,
    /// As --names, and ask this machine's resolver, over the network, about addresses shown that the capture tells no name of; names from there end in *. Commands wait 5 seconds for it at most, in all
    #[arg(long, conflicts_with = "no_names")]
    pub resolve: bool,
}

impl NameArgs {
    /// Names that packets tell are wanted too.
    pub fn learnt(&self) -> bool {
        self.names || self.resolve
    }
}

/// Writes an endpoint: its name where `named` and the file lists one, else
/// its address; nothing where it is not known.
pub(super) fn endpoint(out: &mut String, session: &Shared, end: Endpoint, named: bool) {
    let names = &session.meta().names;
    match end.address().filter(|_| named).and_then(|address| names.get(&address)) {
        Some(name) => out.push_str(&safe(name)),
        None => {
            let _ = write!(out, "{end}");
        }
    }
}

/// The names of a packet's ends as they were known when it came.
pub(super) fn of_packet(session: &Shared, id: PacketId, line: &Line) -> [Option<Name>; 2] {
    session.learn_names_to(id);
    let flow = session.row(id).map_or(PacketRow::NO_FLOW, |row| row.flow);
    session.packet_names(id, [line.src.address(), line.dst.address()], flow)
}

/// A name for a program, and its source: two cells.
pub(super) fn cells_of(name: Option<&Name>) -> [Cell<'static>; 2] {
    let Some(name) = name else { return [Cell::Absent, Cell::Absent] };
    [Cell::text(safe(&name.name).into_owned()), Cell::text(name.source.name())]
}

/// Columns of the name of a flow's server.
pub(super) const OF_SERVER: [&str; 3] = ["name", "name_source", "name_packet"];

/// Columns of the lookup that a flow followed.
pub(super) const OF_USE: [&str; 11] = [
    "lookup",
    "lookup_name",
    "lookup_source",
    "lookup_query_packet",
    "lookup_packet",
    "lookup_client",
    "lookup_by_other",
    "answer_age",
    "answer_ttl",
    "answer_expired",
    "lookup_outcome",
];

/// The cells of one flow: [`OF_SERVER`], then [`OF_USE`].
pub(super) fn cells(flow: &Flow, names: &FlowNames) -> Vec<Cell<'static>> {
    let server = names.server(flow);
    let mut cells = Vec::from(cells_of(server));
    cells.push(Cell::maybe(server.and_then(|name| name.packet).map(|id| id + 1)));
    match &names.used {
        Some(used) => cells.extend(use_cells(used)),
        None => cells.extend(OF_USE.map(|_| Cell::Absent)),
    }
    cells
}

/// What is told of an answer that was used, in the order of [`OF_USE`].
pub(super) fn use_cells(used: &Used) -> [Cell<'static>; 11] {
    let lookup = &used.lookup;
    [
        Cell::Number(lookup.transaction.into()),
        Cell::text(safe(&lookup.name).into_owned()),
        Cell::text(lookup.source.name()),
        Cell::maybe(used.query.map(|id| id + 1)),
        Cell::Number(lookup.answer + 1),
        lookup.client.map_or(Cell::Absent, |client| Cell::text(client.to_string())),
        Cell::Flag(used.by_other),
        Cell::text(Timestamp(used.age).to_string()),
        Cell::Number(lookup.ttl.into()),
        Cell::Flag(used.expired),
        used.outcome.map_or(Cell::Absent, |outcome| Cell::text(outcome.name())),
    ]
}
