//! `verify`: every check on every packet of every file.

use super::InputOptions;
use super::decode_as::DecodeAsArgs;
use super::failure::{DONE, Failure, Outcome, UNREADABLE, say};
use super::input::Opened;
use super::output::{Cell, Format, Output, Rows};
use crate::base::{PacketId, safe};
use crate::capture::Gone;
use crate::decode::sinks::{LayerNode, NodeKind, Tree};
use crate::decode::{Check, Event, Problem, TCP, UDP, Verdict};
use crate::session::problems::{About, Kind, Severity, TABLE, found, worst};
use crate::session::{Peeler, Session, Totals};
use crate::store::{Meta, RowFlags};
use clap::Args;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Exit code when a check found something wrong.
const PROBLEMS: u8 = 1;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Capture files (pcap or pcapng, also compressed); - is standard input
    #[arg(value_name = "FILE", required_unless_present = "read")]
    files: Vec<PathBuf>,
    /// Capture file, the same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    read: Vec<PathBuf>,
    /// Only packets that match this display filter
    #[arg(short = 'Y', long = "filter", value_name = "FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    decode_as: DecodeAsArgs,
    /// Show remarks too: odd but legal, cut by the capture, left to the network card
    #[arg(short = 'v', long)]
    verbose: bool,
    /// Only the line for each file
    #[arg(short = 'q', long, conflicts_with_all = ["verbose", "format"])]
    quiet: bool,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// One thing found.
struct Finding {
    severity: Severity,
    kind: String,
    detail: String,
}

pub(super) fn run(args: VerifyArgs, output: &mut Output) -> Outcome {
    let mut rows = Rows::fixed(args.format, "findings", &["file", "number", "severity", "kind", "detail"]);
    if args.format != Format::Text {
        rows.begin(output)?;
    }
    let mut code = DONE;
    for file in args.read.iter().chain(&args.files) {
        match verify(file, &args, &mut rows, output) {
            Ok(found) => code = code.max(found),
            // The other files are still worth a look.
            Err(Failure::Said(text)) => {
                output.flush()?;
                say(&text);
                code = UNREADABLE;
            }
            Err(closed) => return Err(closed),
        }
    }
    if args.format != Format::Text {
        rows.end(output)?;
    }
    Ok(code)
}

fn verify(file: &Path, args: &VerifyArgs, rows: &mut Rows<'_>, output: &mut Output) -> Outcome {
    let options = InputOptions {
        filter: args.filter.clone(),
        decode_as: args.decode_as.clone(),
        ..InputOptions::default()
    };
    let mut opened = Opened::open(Some(file), &options)?;
    if args.verbose {
        // Whether something was answered only later packets tell.
        opened.look_ahead(Some(file), &options);
    }
    let name = safe(&file.to_string_lossy()).into_owned();
    let (mut packets, mut wrong, mut unsaid) = (0u64, 0u64, false);
    let mut tree = Tree::default();
    opened.each(output, |session, id, peeler, output| {
        packets += 1;
        let flags = session.row(id).map(|row| row.flags).unwrap_or_default();
        wrong += u64::from(is_wrong(flags));
        unsaid |= !args.verbose && has_remarks(flags) && !is_wrong(flags);
        let mut more = Vec::new();
        if args.verbose && !args.quiet {
            more.extend(TABLE.iter().filter(|about| !is_own(about.kind) && about.kind.has(session, id)));
        }
        if args.quiet || !(is_wrong(flags) || args.verbose && (has_remarks(flags) || !more.is_empty())) {
            return Ok(Ok(()));
        }
        let mut found = Vec::new();
        let outcome = findings(session, id, peeler, &mut tree, &mut found);
        let ends = ends(&tree);
        found.extend(more.into_iter().map(|about| Finding {
            severity: about.severity,
            kind: about.kind.name().into_owned(),
            detail: ends.clone(),
        }));
        for finding in found.iter().filter(|finding| finding.severity == Severity::Error || args.verbose) {
            let Finding { kind, detail, severity } = finding;
            if args.format == Format::Text {
                writeln!(output, "{name}: packet {}: {kind}: {detail}", id + 1)?;
            } else {
                let cells = [
                    Cell::text(name.as_str()),
                    Cell::Number(id + 1),
                    Cell::text(severity.name()),
                    Cell::text(kind.as_str()),
                    Cell::text(detail.as_str()),
                ];
                rows.row(output, &cells)?;
            }
        }
        Ok(outcome)
    })?;
    if args.format == Format::Text {
        let totals = opened.session.analysis().totals;
        let summary = if args.filter.is_some() { None } else { Some(summary(&totals)) };
        unsaid |= !args.verbose && summary.is_some() && !others(&totals).is_empty();
        let state = match wrong {
            0 => "clean".to_owned(),
            1 => "1 packet with problems".to_owned(),
            wrong => format!("{wrong} packets with problems"),
        };
        let more = if unsaid { "; -v tells the rest" } else { "" };
        let summary = summary.filter(|text| !text.is_empty()).map(|text| format!(" ({text}{more})"));
        let plural = if packets == 1 { "" } else { "s" };
        writeln!(output, "{name}: {packets} packet{plural}, {state}{}", summary.unwrap_or_default())?;
    }
    let read = opened.finish(output)?;
    Ok(read.max(if wrong > 0 { PROBLEMS } else { DONE }))
}

/// Whether it makes the exit code 1.
fn is_wrong(flags: RowFlags) -> bool {
    worst(flags) == Some(Severity::Error)
}

fn has_remarks(flags: RowFlags) -> bool {
    // A sum that the sender left out is told here and no problem anywhere else.
    worst(flags).is_some() || Check::ALL.iter().any(|check| flags.verdict(*check) == Some(Verdict::Absent))
}

/// Whether a packet shows it by itself, whatever others say.
fn is_own(kind: Kind) -> bool {
    matches!(kind, Kind::Sum(..) | Kind::Packet(_))
}

/// What several packets together show, and how many times: what is worth a look.
fn others(totals: &Totals) -> Vec<(&'static About, u64)> {
    let meta = Meta::default();
    let packets = found(totals, &meta, 0).filter(|(about, _)| about.kind.has_packets());
    packets.filter(|(about, _)| !is_own(about.kind) && about.severity < Severity::Chat).collect()
}

/// Who sent a packet to whom, by its innermost flow.
fn ends(tree: &Tree) -> String {
    let flow = tree.events.iter().rev().find_map(|event| match event {
        Event::Flow(key) => Some(*key),
        _ => None,
    });
    let end = |protocol, address, port| match protocol {
        TCP | UDP => SocketAddr::new(address, port).to_string(),
        _ => address.to_string(),
    };
    flow.map_or(String::new(), |key| {
        let from = end(key.protocol, key.source(), key.src_port);
        format!("{from} → {}", end(key.protocol, key.destination(), key.dst_port))
    })
}

/// Everything found in one packet, in the order of its layers.
fn findings(
    session: &Session,
    id: PacketId,
    peeler: &mut Peeler,
    tree: &mut Tree,
    found: &mut Vec<Finding>,
) -> Result<(), Gone> {
    tree.clear();
    session.peel(id, peeler, tree)?;
    for place in tree.walk(|_, _| true) {
        let Some(node) = tree.node(place) else { continue };
        match node.kind {
            NodeKind::Problem(problem) => found.push(Finding {
                severity: Kind::Packet(problem).severity(),
                kind: problem.name().to_owned(),
                detail: safe(tree.text(node)).into_owned(),
            }),
            NodeKind::Layer(at) => {
                let Some(layer) = tree.layers.get(usize::from(at)) else { continue };
                match layer.verdict {
                    Some((check, verdict)) if verdict != Verdict::Good => found.push(Finding {
                        severity: Kind::Sum(check, verdict).severity(),
                        kind: format!("{} {}", verdict.name(), check.name()),
                        detail: arithmetic(tree, layer),
                    }),
                    _ => {}
                }
            }
            NodeKind::Field(_) => {}
        }
    }
    Ok(())
}

/// The checksum that was found and the one computed, in the tree's own words.
fn arithmetic(tree: &Tree, layer: &LayerNode) -> String {
    let child = |parent: u32, wanted: &dyn Fn(&str) -> bool| {
        let mut next = tree.first_child(parent);
        while let Some(place) = next {
            let node = tree.node(place)?;
            if matches!(node.kind, NodeKind::Field(def) if wanted(def.name)) {
                return Some((place, node));
            }
            next = tree.next_sibling(place);
        }
        None
    };
    let Some((place, node)) = child(layer.node, &|name| name.ends_with(".checksum")) else {
        return layer.protocol.label.to_owned();
    };
    let found = tree.text(node).split(' ').next().unwrap_or_default();
    let mut text = format!("found {found}");
    if let Some((_, computed)) = child(place, &|name| name.ends_with("checksum_calculated"))
        && let NodeKind::Field(def) = computed.kind
    {
        text.push_str(", computed ");
        crate::decode::export(&mut text, def, tree.value(computed));
    }
    text
}

/// Counts over the whole file, those that are not zero.
fn summary(totals: &Totals) -> String {
    let mut parts = Vec::new();
    for verdict in [Verdict::Bad, Verdict::Partial, Verdict::Absent, Verdict::Unverifiable] {
        for check in Check::ALL {
            let count = totals.count(check, verdict);
            if count > 0 {
                parts.push(format!("{count} {} {}", verdict.name(), check.name()));
            }
        }
    }
    for problem in Problem::ALL {
        let count = totals.problem(problem);
        if count > 0 {
            parts.push(format!("{count} {}", problem.name()));
        }
    }
    parts.extend(others(totals).iter().map(|(about, count)| format!("{count} {}", about.kind.name())));
    if totals.unread > 0 {
        parts.push(format!("{} unread", totals.unread));
    }
    parts.join(", ")
}
