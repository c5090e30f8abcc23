//! The screen: opens what is to be shown on it. Where standard output is no
//! terminal, the packets are printed instead.

use super::failure::{DONE, Failure, Outcome};
use super::input::Opened;
use super::live::{LiveArgs, OpenedLive};
use super::output::{Format, Output};
use super::select::Selection;
use super::{InputOptions, packets};
use crate::capture::{OpenOptions, open};
use crate::decode::Registry;
use crate::session::Session;
use crate::ui;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments without a command.
#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Capture file (pcap or pcapng, also compressed) to open on the screen; - is standard input
    #[arg(value_name = "FILE", conflicts_with = "interfaces")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub options: InputOptions,
    #[command(flatten)]
    pub live: LiveArgs,
}

pub(super) fn run(args: ScreenArgs, output: &mut Output) -> Outcome {
    let file = args.file.as_deref().or(args.options.read.as_deref());
    let is_live = !args.live.interfaces.is_empty();
    if !output.is_terminal() {
        return match (file, is_live) {
            (None, false) => {
                Err(Failure::said("name a capture file or an interface, or see wirepeel --help"))
            }
            _ => print(&args, output),
        };
    }
    let registry = Arc::new(Registry::default());
    // A wrong filter is told before anything is opened.
    Selection::new(&registry, args.options.filter.as_deref())?;
    let mut options = ui::Options {
        filter: args.options.filter.clone().unwrap_or_default(),
        no_names: args.options.no_names,
        ..ui::Options::default()
    };
    let shown = if is_live {
        let OpenedLive { source, stop } = args.live.open()?;
        options.title = args.live.interfaces.join(", ");
        options.live = Some(ui::Live { stop, saved: args.live.write.is_some() });
        ui::run(Session::start(source, registry), options)
    } else if let Some(file) = file {
        let open_options = OpenOptions { follow: args.options.follow, ..OpenOptions::default() };
        options.title = title(file);
        ui::run(Session::start(open(file, &open_options)?, registry), options)
    } else {
        options.open = Some(open_choice(args.live.clone()));
        ui::choose(options)
    };
    shown.map(|()| DONE).map_err(|error| Failure::said(format!("the screen cannot go on: {error}")))
}

/// What `wirepeel packets` prints of the same capture.
fn print(args: &ScreenArgs, output: &mut Output) -> Outcome {
    let mut opened = if args.live.interfaces.is_empty() {
        Opened::open(args.file.as_deref(), &args.options)?
    } else {
        let registry = Arc::new(Registry::default());
        let selection = Selection::new(&registry, args.options.filter.as_deref())?;
        Opened::start(args.live.open()?.source, registry, selection, &args.options)
    };
    packets::print(&mut opened, Format::Text, output)?;
    opened.finish(output)
}

/// A file as the screen calls it.
fn title(path: &Path) -> String {
    match path.file_name() {
        _ if path == Path::new("-") => "standard input".to_owned(),
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}

/// Opens what the chooser came to.
fn open_choice(live: LiveArgs) -> ui::Open {
    Arc::new(move |choice| {
        let registry = Arc::new(Registry::default());
        match choice {
            ui::Choice::File(path) => {
                let source = open(path, &OpenOptions::default()).map_err(|error| error.to_string())?;
                Ok(ui::Opened { session: Session::start(source, registry), title: title(path), live: None })
            }
            ui::Choice::Live { interfaces, filter } => {
                let args = LiveArgs {
                    interfaces: interfaces.clone(),
                    capture_filter: Some(filter.clone()),
                    ..live.clone()
                };
                let OpenedLive { source, stop } = args.open().map_err(|failure| match failure {
                    Failure::Said(text) => text,
                    Failure::Closed => "the output was closed".to_owned(),
                })?;
                let live = Some(ui::Live { stop, saved: args.write.is_some() });
                let title = interfaces.join(", ");
                Ok(ui::Opened { session: Session::start(source, registry), title, live })
            }
        }
    })
}
