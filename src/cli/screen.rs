//! The screen: opens what is to be shown on it. Where standard output is no
//! terminal, the packets are printed instead.

use super::failure::{DONE, Failure, Outcome};
use super::input::{Opened, options_of};
use super::live::LiveArgs;
use super::output::{Format, Output};
use super::usage::no_command;
use super::{InputOptions, packets};
use crate::base::safe;
use crate::capture::open;
use crate::filter::Filter;
use crate::session::{Resolve, Session, SystemResolver};
use crate::sockets::Watch;
use crate::ui::{self, Choice, Live};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Arguments without a command.
#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Capture file (pcap or pcapng, also compressed) to open on the screen; - is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: InputOptions,
    /// At the end, print how quickly the screen answered
    #[arg(long)]
    timings: bool,
}

pub(super) fn run(args: ScreenArgs, started: Instant, output: &mut Output) -> Outcome {
    let ScreenArgs { file, options, timings } = args;
    options.live.check(file.as_deref().or(options.read.as_deref()))?;
    if let Some(text) = file.as_deref().and_then(Path::to_str).and_then(no_command) {
        return Err(Failure::said(format!("{text}; see wirepeel --help")));
    }
    let named = file.is_some() || options.read.is_some() || !options.live.interfaces.is_empty();
    if !output.is_terminal() {
        if !named {
            return Err(Failure::said("name a capture file, or see wirepeel --help"));
        }
        if timings {
            return Err(Failure::said("--timings is for the screen, and standard output is no terminal"));
        }
        let mut opened = Opened::open(file.as_deref(), &options)?;
        packets::print(&mut opened, Format::Text, output)?;
        return opened.finish(output);
    }
    // Told now, while there is a line to tell it on.
    let registry = options.decode_as.registry()?;
    if let Some(text) = &options.filter {
        Filter::compile(&registry, text).map_err(|error| Failure::said(not_understood(&error)))?;
    }
    let mut screen = ui::Options {
        filter: options.filter.clone().unwrap_or_default(),
        no_names: options.names.no_names,
        resolve: options.names.resolve.then(|| Arc::new(SystemResolver) as Arc<dyn Resolve>),
        open: Some(chooser(options.clone())),
        timings: timings.then_some(started),
        ..ui::Options::default()
    };
    let shown = if named {
        let opened = prepare(file.as_deref(), &options)?;
        (screen.title, screen.live) = (opened.title, opened.live);
        ui::run(opened.session, screen)
    } else {
        ui::choose(screen)
    };
    shown.map_err(|error| Failure::said(format!("the screen cannot go on: {error}")))?;
    Ok(DONE)
}

/// What is wrong with a display filter, in a line.
pub(super) fn not_understood(error: &crate::filter::FilterError) -> String {
    format!("the display filter is not understood: {error}")
}

/// Opens a file or interfaces for the screen.
fn prepare(file: Option<&Path>, options: &InputOptions) -> Outcome<ui::Opened> {
    let registry = options.decode_as.registry()?;
    let live = &options.live;
    if !live.interfaces.is_empty() {
        let watch = Arc::new(Watch::start());
        let (source, stop) = live.open(options.count, Some(&watch), &registry)?;
        let running = Live { stop, saved: live.write.is_some() };
        let session = Session::watching(source, registry, Some(watch));
        return Ok(ui::Opened { session, title: safe(&live.title()).into_owned(), live: Some(running) });
    }
    let path = options.path(file)?;
    if options.count.is_some() {
        return Err(Failure::said("-c ends a live capture; of a file the screen shows all packets"));
    }
    let source = open(path, &options_of(options))?;
    ui::remember(path);
    let title = match path.file_name() {
        Some(name) if path.as_os_str() != "-" => safe(&name.to_string_lossy()).into_owned(),
        _ => "standard input".to_owned(),
    };
    Ok(ui::Opened { session: Session::start(source, registry), title, live: None })
}

/// Opens what is chosen on the screen, with the other options of the command line.
fn chooser(options: InputOptions) -> ui::Open {
    Arc::new(move |choice: &Choice| {
        let opened = match choice {
            Choice::File(path) => prepare(Some(path), &InputOptions { read: None, ..options.clone() }),
            Choice::Live { interfaces, filter } => {
                let live = LiveArgs {
                    interfaces: interfaces.clone(),
                    capture_filter: Some(filter.clone()).filter(|text| !text.trim().is_empty()),
                    ..options.live.clone()
                };
                prepare(None, &InputOptions { read: None, live, ..options.clone() })
            }
        };
        opened.map_err(|failure| match failure {
            Failure::Said(text) => text,
            Failure::Closed => "closed".to_owned(),
        })
    })
}
