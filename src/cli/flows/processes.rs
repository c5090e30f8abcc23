//! `flows --by process`: how much each process of this machine sent and received.

use crate::base::safe;
use crate::cli::failure::{Outcome, say};
use crate::cli::input::Opened;
use crate::cli::output::{Cell, Format, Output, Rows};
use crate::cli::owner;
use crate::cli::table::Table;
use crate::sockets::{Owner, Quality};
use std::collections::HashMap;

/// All flows' ends of one process.
#[derive(Default)]
struct Group {
    user: Option<String>,
    container: Option<String>,
    flows: u64,
    packets: [u64; 2],
    bytes: [u64; 2],
    /// Flows by how well the process is known.
    certain: u64,
}

/// Process name and number; those that it may be, without a number, where several
/// sockets fit; none for ends of this machine without a known process.
type Who = Option<(String, Option<u32>)>;

pub(super) fn print(opened: &Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let mut groups: Vec<(Who, Group)> = gather(opened).into_iter().collect();
    groups.sort_by(|(who, a), (other, b)| {
        let bytes = |group: &Group| group.bytes[0].saturating_add(group.bytes[1]);
        bytes(b).cmp(&bytes(a)).then_with(|| who.cmp(other))
    });
    if groups.is_empty() {
        say("the capture names no process: `wirepeel capture --processes` writes them into pcapng files");
    }
    if format == Format::Text {
        let mut table = Table::new(&[
            ("PROCESS", false),
            ("PID", true),
            ("USER", false),
            ("CONTAINER", false),
            ("FLOWS", true),
            ("CERTAIN", true),
            ("PACKETS OUT", true),
            ("PACKETS IN", true),
            ("BYTES OUT", true),
            ("BYTES IN", true),
        ]);
        for (who, group) in groups {
            let (name, pid) = who.map_or(("unknown".to_owned(), String::new()), |(name, pid)| {
                (name, pid.map_or(String::new(), |pid| pid.to_string()))
            });
            table.row(vec![
                name,
                pid,
                group.user.unwrap_or_default(),
                group.container.unwrap_or_default(),
                group.flows.to_string(),
                group.certain.to_string(),
                group.packets[0].to_string(),
                group.packets[1].to_string(),
                group.bytes[0].to_string(),
                group.bytes[1].to_string(),
            ]);
        }
        return table.print(output);
    }
    let columns = &[
        "process",
        "pid",
        "user",
        "container",
        "flows",
        "flows_exact",
        "packets_out",
        "packets_in",
        "bytes_out",
        "bytes_in",
    ];
    let mut rows = Rows::fixed(format, "processes", columns);
    rows.begin(output)?;
    for (who, group) in groups {
        let text =
            |text: Option<String>| text.map_or(Cell::Absent, |text| Cell::text(safe(&text).into_owned()));
        let pid = who.as_ref().and_then(|(_, pid)| pid.map(u64::from));
        let cells = [
            text(who.map(|(name, _)| name)),
            Cell::maybe(pid),
            text(group.user),
            text(group.container),
            Cell::Number(group.flows),
            Cell::Number(group.certain),
            Cell::Number(group.packets[0]),
            Cell::Number(group.packets[1]),
            Cell::Number(group.bytes[0]),
            Cell::Number(group.bytes[1]),
        ];
        rows.row(output, &cells)?;
    }
    rows.end(output)
}

fn gather(opened: &Opened) -> HashMap<Who, Group> {
    let mut groups: HashMap<Who, Group> = HashMap::new();
    let analysis = opened.session.analysis();
    for (_, flow) in analysis.flows.iter() {
        for (end, owner) in opened.session.owner(flow).iter().enumerate() {
            let Some(owner) = owner else { continue };
            let group = groups.entry(who(owner)).or_default();
            let holder = owner.holder();
            group.user = group.user.take().or_else(|| holder.and_then(|_| owner::user(owner)));
            group.container =
                group.container.take().or_else(|| holder.and_then(|holder| holder.process.container.clone()));
            group.flows += 1;
            group.certain += u64::from(owner.quality == Quality::Exact && holder.is_some());
            // End A sends the first direction, end B the second.
            let (mut packets, mut bytes) = (flow.packets.map(u64::from), flow.bytes());
            if end == 1 {
                packets.reverse();
                bytes.reverse();
            }
            for (sum, more) in
                group.packets.iter_mut().chain(&mut group.bytes).zip(packets.into_iter().chain(bytes))
            {
                *sum = sum.saturating_add(more);
            }
        }
    }
    groups
}

fn who(owner: &Owner) -> Who {
    match owner.holder() {
        Some(holder) => Some((holder.process.name.clone(), Some(holder.process.pid))),
        None => Some((owner.processes(), None)).filter(|(name, _)| !name.is_empty()),
    }
}
