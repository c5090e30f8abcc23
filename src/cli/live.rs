//! Capturing from interfaces: the options that tshark and tcpdump users know.

use super::failure::{Failure, Outcome, say};
use crate::capture::Source;
use crate::decode::Registry;
use crate::sockets::Watch;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options of a live capture.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct LiveArgs {
    /// Capture from this interface, `any` for all; may be given several times
    #[arg(short = 'i', long = "interface", value_name = "IFACE")]
    pub interfaces: Vec<String>,
    /// Capture filter (BPF), as tcpdump has it
    #[arg(short = 'f', long = "capture-filter", value_name = "BPF")]
    pub capture_filter: Option<String>,
    /// Keep at most this many bytes of each packet; 0: all of them
    #[arg(short = 's', long = "snaplen", value_name = "BYTES")]
    pub snaplen: Option<u32>,
    /// Do not ask for packets that are meant for others
    #[arg(short = 'p', long = "no-promiscuous")]
    pub no_promiscuous: bool,
    /// Kernel buffer of each interface in MiB
    #[arg(short = 'B', long = "buffer", value_name = "MIB", value_parser = clap::value_parser!(u16).range(1..=2047))]
    pub buffer: Option<u16>,
    /// Keep the packets in this file (pcapng)
    #[arg(short = 'w', long = "write", value_name = "OUT")]
    pub write: Option<PathBuf>,
    /// Write whose each flow is, socket and process, into the file as packet comments
    #[arg(long = "processes", requires = "write")]
    pub processes: bool,
}

/// What asks a running capture to stop.
pub(super) type Stop = Arc<dyn Fn() + Send + Sync>;

impl LiveArgs {
    /// The first option that says nothing without an interface.
    fn first(&self) -> Option<&'static str> {
        let given = [
            ("-f", self.capture_filter.is_some()),
            ("-s", self.snaplen.is_some()),
            ("-p", self.no_promiscuous),
            ("-B", self.buffer.is_some()),
            ("-w", self.write.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    /// Refuses what fits nothing that is captured, and interfaces beside a file.
    pub fn check(&self, file: Option<&Path>) -> Outcome<()> {
        match (file, self.interfaces.is_empty(), self.first()) {
            (Some(file), false, _) => {
                let file = file.display();
                Err(Failure::said(format!("{file} and an interface are named: give one of them")))
            }
            (_, true, Some("-f")) => Err(Failure::said(
                "-f filters what an interface sees: name it with -i, or choose packets of a file with -Y",
            )),
            (_, true, Some(option)) => Err(Failure::said(format!(
                "{option} is for capturing: name an interface with -i, or leave it out"
            ))),
            _ => Ok(()),
        }
    }

    /// Names of the interfaces, for a title.
    pub fn title(&self) -> String {
        self.interfaces.join(", ")
    }

    /// Says that what comes from now on is captured.
    pub fn announce(&self) {
        say(&format!("capturing on {}; Ctrl-C ends it", self.title()));
    }

    /// Opens the interfaces; `packets` ends the capture after so many, `watch`
    /// knows whose the flows are.
    #[cfg(feature = "live")]
    pub fn open(
        &self,
        packets: Option<u64>,
        watch: Option<&Arc<Watch>>,
        registry: &Arc<Registry>,
    ) -> Outcome<(Box<dyn Source>, Stop)> {
        use crate::capture::live;
        use crate::session::Annotator;
        let defaults = live::LiveOptions::default();
        let options = live::LiveOptions {
            interfaces: self.interfaces.clone(),
            filter: self.capture_filter.clone(),
            promiscuous: !self.no_promiscuous,
            snap_length: self.snaplen.unwrap_or(defaults.snap_length),
            buffer: self.buffer.map_or(defaults.buffer, |mib| usize::from(mib) << 20),
            write: self.write.clone(),
            packets,
            ..defaults
        };
        // Before anything is captured: it may wait.
        let watch = self.processes.then(|| watch.map_or_else(watching, Arc::clone));
        let mut source = live::open(&options).map_err(|error| Failure::said(error.to_string()))?;
        if let Some(watch) = watch {
            source.annotate(Box::new(Annotator::new(Arc::clone(registry), watch)));
        }
        let stopper = source.stopper();
        Ok((Box::new(source), Arc::new(move || stopper.stop())))
    }

    /// This build cannot.
    #[cfg(not(feature = "live"))]
    pub fn open(
        &self,
        _: Option<u64>,
        _: Option<&Arc<Watch>>,
        _: &Arc<Registry>,
    ) -> Outcome<(Box<dyn Source>, Stop)> {
        Err(Failure::said(format!(
            "cannot capture from {}: this build has no live capture; build it with the feature `live`",
            self.title()
        )))
    }
}

/// Watches sockets: once this returns, also what is too brief for a look at all of them is
/// heard of, where that is possible.
pub(super) fn watching() -> Arc<Watch> {
    let watch = Arc::new(Watch::start());
    watch.owners().settle();
    watch
}

/// Ctrl-C and its kin end the capture, not the program: what was captured is
/// still printed and counted. A second one ends the program.
pub(super) fn stop_on_signals(stop: Stop) -> Outcome<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::sync::atomic::AtomicBool;
    let failed = |error: std::io::Error| Failure::said(format!("cannot wait for signals: {error}"));
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // The order matters: the first one finds the flag still down.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
            .map_err(failed)?;
        signal_hook::flag::register(signal, Arc::clone(&again)).map_err(failed)?;
    }
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let wait = move || {
        for _ in signals.forever() {
            stop();
        }
    };
    match std::thread::Builder::new().name("signals".to_owned()).spawn(wait) {
        Ok(_) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}
