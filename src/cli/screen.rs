//! The screen: opens what is to be shown on it. Where standard output is no
//! terminal, the packets are printed instead.

use super::failure::{DONE, Failure, Outcome};
use super::input::Opened;
use super::output::{Format, Output};
use super::{InputOptions, packets};
use crate::ui;
use clap::Args;
use std::path::{Path, PathBuf};

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
        return show(&args);
    }
    let mut opened = Opened::open(args.file.as_deref(), &args.options)?;
    packets::print(&mut opened, Format::Text, output)?;
    opened.finish(output)
}

/// Shows a capture on the screen.
fn show(args: &ScreenArgs) -> Outcome {
    let opened = Opened::open(args.file.as_deref(), &args.options)?;
    let path = args.file.as_deref().or(args.options.read.as_deref()).unwrap_or(Path::new(""));
    let title = match path.file_name() {
        Some(_) if path.as_os_str() == "-" => "standard input".to_owned(),
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.to_string_lossy().into_owned(),
    };
    let options = ui::Options {
        title,
        filter: args.options.filter.clone().unwrap_or_default(),
        no_names: args.options.no_names,
        ..ui::Options::default()
    };
    ui::run(opened.session, options).map_err(|error| Failure::said(format!("the screen: {error}")))?;
    Ok(DONE)
}
