//! The screen: opens what is to be shown on it. Where standard output is no
//! terminal, the packets are printed instead.

use super::failure::{Failure, Outcome};
use super::input::Opened;
use super::output::{Format, Output};
use super::{InputOptions, packets};
use clap::Args;
use std::path::PathBuf;

/// Arguments without a command.
#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Capture file (pcap or pcapng, also compressed) to open on the screen; - is standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub options: InputOptions,
}

/// An opened capture, ready for the screen.
pub struct Prepared {}

pub(super) fn run(args: ScreenArgs, output: &mut Output) -> Outcome {
    if args.file.is_none() && args.options.read.is_none() {
        return Err(Failure::said("name a capture file, or see wirepeel --help"));
    }
    if output.is_terminal() {
        return Err(Failure::said(
            "the screen is not part of this build; use `wirepeel packets FILE` or pipe the output",
        ));
    }
    let mut opened = Opened::open(args.file.as_deref(), &args.options)?;
    packets::print(&mut opened, Format::Text, output)?;
    opened.finish(output)
}
