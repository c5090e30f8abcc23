//! The command line: one file per command, and how each prints.
//!
//! Owns arguments, output formats, exit codes and what is said on standard
//! error. Stands on the session; knows nothing of protocols' insides.
//!
//! Results go to standard output, everything else to standard error. Exit
//! codes: 0 done, 1 problems found (`verify`), 2 something could not be read
//! or written, or the arguments were wrong.

mod capture;
mod connections;
mod decode_as;
mod dns;
mod explain;
mod failure;
mod fields;
mod flows;
mod habits;
mod input;
mod interfaces;
mod live;
mod names;
mod numbers;
mod output;
mod owner;
mod packets;
mod progress;
mod protocols;
mod screen;
mod select;
mod shell;
mod similar;
mod sockets;
mod stats;
mod stream;
mod table;
mod tree;
mod usage;
mod verify;

pub use fields::{FieldRows, FieldStyle, Occurrence, Quote};
pub use select::Selection;

use clap::{Args, Parser, Subcommand};
use failure::Failure;
use output::Output;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Peels packets, checks them, sorts them into flows, and shows all of it.
#[derive(Debug, Parser)]
#[command(name = "wirepeel", version, about, args_conflicts_with_subcommands = true)]
#[command(after_help = AFTER)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    screen: screen::ScreenArgs,
}

/// What stands below the help.
const AFTER: &str = "\
Without a command a capture is opened on the screen; where standard output is no terminal its packets are \
printed. A file that is named like a command is opened with -r or as ./NAME.

Exit codes: 0 done, 1 problems found (verify), 2 something could not be read, written or understood.

Examples:
  wirepeel trace.pcapng                         look at it on the screen
  wirepeel packets trace.pcapng -Y 'dns or tcp.port == 443'
  wirepeel tree trace.pcapng 42                 what packet 42 holds
  wirepeel fields trace.pcapng -e ip.src -e dns.qry.name
  wirepeel flows trace.pcapng --sort rtt        the slowest connections first
  wirepeel capture -i eth0 -f 'port 53' -w out.pcapng";

/// What to do besides opening the screen.
#[derive(Debug, Subcommand)]
enum Command {
    /// Print a line for every packet
    Packets(packets::PacketsArgs),
    /// Print the layers and fields of single packets
    Tree(tree::TreeArgs),
    /// Print chosen fields of every packet, as `tshark -T fields`
    Fields(fields::FieldsArgs),
    /// List flows: both directions of every five-tuple
    Flows(flows::FlowsArgs),
    /// List DNS transactions: every query with its answer
    Dns(dns::DnsArgs),
    /// Print what a flow carried: both directions, in order
    Stream(stream::StreamArgs),
    /// Tell what the capture holds in numbers: protocols, lengths, ports, hosts, time
    Stats(stats::StatsArgs),
    /// Check every length and checksum; exit code 0 clean, 1 problems found, 2 could not read
    Verify(verify::VerifyArgs),
    /// List the interfaces to capture from
    Interfaces(interfaces::InterfacesArgs),
    /// List the sockets of this machine and the processes that hold them
    Sockets(sockets::SocketsArgs),
    /// Capture from interfaces into a file
    Capture(capture::CaptureArgs),
    /// List the protocols that wirepeel peels
    Protocols(protocols::ProtocolsArgs),
    /// Explain a field or a protocol
    Explain(explain::ExplainArgs),
    /// Print the completions for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Which capture, and which of its packets.
#[derive(Clone, Debug, Default, Args)]
pub struct InputArgs {
    /// Capture file (pcap or pcapng, also compressed); - is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["read", "interfaces"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: InputOptions,
}

/// Which capture, of which a command tells as a whole.
#[derive(Clone, Debug, Args)]
struct WholeArgs {
    /// Capture file (pcap or pcapng, also compressed); - is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["read", "interfaces"])]
    file: Option<PathBuf>,
    /// Capture file, the same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    read: Option<PathBuf>,
    #[command(flatten)]
    names: names::NameArgs,
    #[command(flatten)]
    decode_as: decode_as::DecodeAsArgs,
    #[command(flatten)]
    live: live::LiveArgs,
}

impl WholeArgs {
    /// The file, and the options that choose these of its packets.
    fn chosen(self, filter: Option<String>) -> (Option<PathBuf>, InputOptions) {
        let WholeArgs { file, read, names, decode_as, live } = self;
        (file, InputOptions { read, filter, names, decode_as, live, ..InputOptions::default() })
    }
}

/// Options about the packets of a capture.
#[derive(Clone, Debug, Default, Args)]
pub struct InputOptions {
    /// Capture file, the same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    read: Option<PathBuf>,
    /// Only packets that match this display filter
    #[arg(short = 'Y', long = "filter", value_name = "FILTER")]
    filter: Option<String>,
    /// Stop after this many packets (those that match the filter)
    #[arg(short = 'c', long = "count", value_name = "N", allow_negative_numbers = true, value_parser = numbers::count)]
    count: Option<u64>,
    #[command(flatten)]
    names: names::NameArgs,
    #[command(flatten)]
    decode_as: decode_as::DecodeAsArgs,
    /// At the end of the file, wait for more
    #[arg(long, conflicts_with = "interfaces")]
    follow: bool,
    #[command(flatten)]
    live: live::LiveArgs,
}

/// Says what is wrong with the arguments, in one line; or prints the help that they ask for.
pub fn misused(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let words: Vec<_> = std::env::args_os().skip(1).collect();
        return failed(Failure::Said(usage::line(error, &words)));
    }
    match error.print().and_then(|()| std::io::stdout().flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error.into()),
    }
}

/// Says why the program fails, if somebody wants to know.
fn failed(failure: Failure) -> ExitCode {
    match failure {
        // Whoever read the output wants no more of it.
        Failure::Closed => ExitCode::SUCCESS,
        Failure::Said(text) => {
            failure::say(&text);
            ExitCode::from(failure::UNREADABLE)
        }
    }
}

/// Runs the command line; its result is the exit code of the process.
pub fn run(cli: Cli) -> ExitCode {
    let started = Instant::now();
    let mut output = Output::stdout();
    let outcome = match cli.command {
        None => screen::run(cli.screen, started, &mut output),
        Some(Command::Packets(args)) => packets::run(args, &mut output),
        Some(Command::Tree(args)) => tree::run(args, &mut output),
        Some(Command::Fields(args)) => fields::run(args, &mut output),
        Some(Command::Flows(args)) => flows::run(args, &mut output),
        Some(Command::Dns(args)) => dns::run(args, &mut output),
        Some(Command::Stream(args)) => stream::run(args, &mut output),
        Some(Command::Stats(args)) => stats::run(args, &mut output),
        Some(Command::Verify(args)) => verify::run(args, &mut output),
        Some(Command::Interfaces(args)) => interfaces::run(&args, &mut output),
        Some(Command::Sockets(args)) => sockets::run(&args, &mut output),
        Some(Command::Capture(args)) => capture::run(&args, &mut output),
        Some(Command::Protocols(args)) => protocols::run(&args, &mut output),
        Some(Command::Explain(args)) => explain::run(&args, &mut output),
        Some(Command::Completions(args)) => shell::completions(&args, &mut output),
        Some(Command::Man) => shell::manual(&mut output),
    };
    // What was printed before a failure is still worth having.
    let flushed = output.flush();
    match outcome.and_then(|code| flushed.map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failed(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_file_needs_no_command_and_a_command_is_no_file() {
        let parse = |words: &[&str]| Cli::try_parse_from([&["wirepeel"], words].concat());
        assert!(parse(&["x.pcap"]).unwrap().command.is_none());
        assert!(parse(&["-r", "tree"]).unwrap().command.is_none());
        assert!(parse(&["./packets"]).unwrap().command.is_none());
        assert!(parse(&["packets", "x.pcap", "-c", "3"]).unwrap().command.is_some());
        assert!(parse(&["packets"]).is_err(), "no file was missed");
    }
}
