//! `stream`: what a flow carried, both directions in order; or its packets as a
//! ladder, or its socket calls.

mod arrows;
mod calls;
mod ladder;
mod raw;
mod runs;
mod text;

use super::InputOptions;
use super::decode_as::DecodeAsArgs;
use super::failure::{Failure, Outcome};
use super::input::Opened;
use super::names::NameArgs;
use super::output::{Format, Output};
use crate::flow::stream::{Reassembly, Run};
use crate::flow::{Flow, Side};
use crate::session::{FlowPackets, LadderJob, Scope};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `stream`.
#[derive(Debug, Args)]
pub(super) struct StreamArgs {
    /// Capture file (pcap or pcapng, also compressed); - is standard input
    #[arg(value_name = "FILE", required_unless_present = "read")]
    file: Option<PathBuf>,
    /// Capture file, the same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    read: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
    /// How the content is written
    #[arg(long = "as", value_enum, default_value_t, value_name = "STYLE")]
    style: Style,
    /// Whose bytes: A sent the flow's first packet; without it those of both
    #[arg(long, value_enum, value_name = "SIDE")]
    side: Option<Sides>,
    /// Write the bytes to a file; of both sides to FILE.a and FILE.b
    #[arg(short = 'w', long = "write", value_name = "FILE", conflicts_with = "format")]
    write: Option<PathBuf>,
    #[command(flatten)]
    names: NameArgs,
    #[command(flatten)]
    decode_as: DecodeAsArgs,
    /// Ladder, calls: with all flows between the same two hosts
    #[arg(long, conflicts_with = "host")]
    conversation: bool,
    /// Ladder, calls: with all flows of the flow's client
    #[arg(long)]
    host: bool,
    /// Ladder: cells of a line; without it the terminal's, or 120
    #[arg(long, value_name = "CELLS", value_parser = clap::value_parser!(u16).range(60..=1000))]
    width: Option<u16>,
    /// Write every run of bytes, gap and repetition as a row; with --as calls every
    /// call, with --as ladder every packet
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Which flow.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The flow with this number, as `flows` counts; several for a ladder of several
    #[arg(long, value_name = "N")]
    flow: Vec<u32>,
    /// The TCP flow with this number, as tcp.stream
    #[arg(long, value_name = "N")]
    tcp: Option<u32>,
    /// The UDP flow with this number, as udp.stream
    #[arg(long, value_name = "N")]
    udp: Option<u32>,
}

/// How the content is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Style {
    /// Lines of text; what could steer a terminal is escaped
    #[default]
    Text,
    /// Hexadecimal with characters beside it, packet by packet
    Hex,
    /// The bytes themselves, and nothing else
    Raw,
    /// The packets as arrows between hosts, the socket calls beside them
    Ladder,
    /// The socket calls that the packets imply
    Calls,
}

/// Whose bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sides {
    /// Of the end that sent the first packet
    A,
    /// Of the other end
    B,
    /// Of both, as they follow each other
    #[default]
    Both,
}

impl Sides {
    fn has(self, side: Side) -> bool {
        match self {
            Sides::Both => true,
            Sides::A => side == Side::A,
            Sides::B => side == Side::B,
        }
    }
}

/// One flow with its content.
struct Content<'a> {
    opened: &'a Opened,
    place: u32,
    flow: Flow,
    content: Reassembly,
    sides: Sides,
}

impl Content<'_> {
    /// The wanted runs, in order.
    fn runs(&self) -> impl Iterator<Item = &Run> {
        self.content.runs().from(0).filter(|run| self.sides.has(run.side()))
    }

    /// The bytes of a run, as the capture holds them. What cannot be read any
    /// more is said and left out.
    fn bytes(&self, run: &Run, into: &mut Vec<u8>) {
        if let Err(gone) = self.opened.session.payload(run.packet, run.at(), run.len, into) {
            super::failure::say(&format!("packet {}: {gone}", run.packet + 1));
            into.clear();
        }
    }

    /// From the client, or from the server.
    fn sign(&self, side: Side) -> &'static str {
        if side == self.flow.server() { "←" } else { "→" }
    }
}

pub(super) fn run(args: StreamArgs, output: &mut Output) -> Outcome {
    let StreamArgs {
        file,
        read,
        which,
        style,
        side,
        write,
        names,
        decode_as,
        conversation,
        host,
        width,
        format,
    } = args;
    let drawn = matches!(style, Style::Ladder | Style::Calls);
    if !drawn && (which.flow.len() > 1 || conversation || host) {
        return Err(Failure::said("several flows are for --as ladder and --as calls"));
    }
    if format != Format::Text && matches!(style, Style::Hex | Style::Raw) {
        return Err(Failure::said("--format goes with --as ladder, --as calls, or with no --as"));
    }
    if which.flow.len() > 1 && (conversation || host) {
        return Err(Failure::said("--conversation and --host are about one flow: name one"));
    }
    if drawn && side.is_some() {
        return Err(Failure::said("--side is for the bytes: a ladder and the calls have both sides"));
    }
    if width.is_some() && (style != Style::Ladder || format != Format::Text) {
        return Err(Failure::said("--width is for --as ladder, as text"));
    }
    if write.is_some() && !matches!(style, Style::Text | Style::Raw) {
        return Err(Failure::said("--write is for the bytes: leave --as out"));
    }
    let raw = write.is_some() || style == Style::Raw;
    if raw && write.is_none() && output.is_terminal() {
        return Err(Failure::said("raw bytes could upset the terminal: use -w FILE, or a pipe"));
    }
    let options = InputOptions { read, names, decode_as, ..InputOptions::default() };
    let mut opened = Opened::open(file.as_deref(), &options)?;
    opened.wait(output);
    if opened.learnt {
        opened.learn();
    }
    let place = find(&opened, &which)?;
    if drawn {
        let scope = match (conversation, host) {
            (true, _) => Scope::Conversation(place),
            (_, true) => Scope::Host(place),
            _ if which.flow.len() > 1 => Scope::Flows(which.flow),
            _ => Scope::Exchange(place),
        };
        let job = LadderJob::start(opened.session.handle(), scope, || {});
        while !job.is_done() {
            opened.session.wait(Duration::from_millis(5));
        }
        opened.ask(job.ladder().hosts().iter().flat_map(|host| host.addresses.iter().copied()));
        match style {
            Style::Calls => calls::print(&opened, &job.ladder(), format, output)?,
            _ if format != Format::Text => arrows::print(&opened, &job.ladder(), format, output)?,
            _ => ladder::print(&opened, &job, place, width, output)?,
        }
        return opened.finish(output);
    }
    let Some((packets, flow)) = FlowPackets::new(&opened.session, place)
        .and_then(|packets| Some((packets, opened.session.analysis().flows.get(place)?.clone())))
    else {
        return Err(Failure::said(format!("there is no flow {place}")));
    };
    opened.ask([flow.key.source(), flow.key.destination()]);
    let content = packets.content(&opened.session);
    let content = Content { opened: &opened, place, flow, content, sides: side.unwrap_or_default() };
    match (write, style, format) {
        (Some(file), ..) => raw::save(&content, &file)?,
        (None, Style::Raw, _) => raw::print(&content, output)?,
        (None, _, format) if format != Format::Text => runs::print(&content, format, output)?,
        (None, Style::Text, _) => text::lines(&content, output)?,
        (None, _, _) => text::dump(&content, output)?,
    }
    opened.finish(output)
}

/// The flow's place in the flow table.
fn find(opened: &Opened, which: &Which) -> Outcome<u32> {
    let analysis = opened.session.analysis();
    let flows = &analysis.flows;
    // TCP and UDP flows have their own numbers; so the count is of their own too.
    let numbered = |protocol: u8, number: u32| {
        let own = || flows.iter().filter(move |(_, flow)| flow.key.protocol == protocol);
        let later = |place| flows.later_stream(place).map(|(_, stream)| stream);
        own()
            .find(|(place, flow)| flow.stream() == Some(number) || later(*place) == Some(number))
            .map(|(place, _)| place)
            .ok_or_else(|| own().count())
    };
    let (place, number, name) = match which {
        Which { tcp: Some(number), .. } => (numbered(6, *number), *number, "TCP flow"),
        Which { udp: Some(number), .. } => (numbered(17, *number), *number, "UDP flow"),
        Which { flow, .. } => {
            let missing = flow.iter().find(|number| flows.get(**number).is_none());
            let number = missing.or(flow.first()).copied().unwrap_or(0);
            (flows.get(number).map(|_| number).ok_or(flows.len()), number, "flow")
        }
    };
    place.map_err(|count| {
        let rows = if count == 1 { "" } else { "s" };
        Failure::said(match count {
            0 => format!("there is no {name} {number}: the capture holds none"),
            _ => {
                format!("there is no {name} {number}: the capture holds {count} {name}{rows}, counted from 0")
            }
        })
    })
}
