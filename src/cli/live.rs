//! Arguments for live capture, and how interfaces are opened for it. Without
//! feature `live` the arguments are still known and say what is missing.

use super::failure::{Failure, Outcome};
use crate::capture::Source;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// What to capture, and how.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct LiveArgs {
    /// Capture on this interface; may be given several times; see `wirepeel interfaces`
    #[arg(short = 'i', long = "interface", value_name = "IFACE")]
    pub interfaces: Vec<String>,
    /// Capture filter in libpcap's language (man pcap-filter)
    #[arg(short = 'f', long = "capture-filter", value_name = "BPF", requires = "interfaces")]
    pub capture_filter: Option<String>,
    /// Write the captured packets to this file, as pcapng; - is standard output
    #[arg(short = 'w', long = "write", value_name = "FILE", requires = "interfaces")]
    pub write: Option<PathBuf>,
    /// Keep at most this many bytes of a packet
    #[arg(short = 's', long = "snapshot-length", value_name = "BYTES", requires = "interfaces")]
    pub snap_length: Option<u32>,
    /// Take only packets for this host: no promiscuous mode
    #[arg(short = 'p', long = "no-promiscuous-mode", requires = "interfaces")]
    pub no_promiscuous: bool,
    /// Buffer of the kernel for each interface, in MiB
    #[arg(short = 'B', long = "buffer-size", value_name = "MIB", requires = "interfaces")]
    pub buffer: Option<usize>,
}

/// An opened live capture.
pub(super) struct OpenedLive {
    pub source: Box<dyn Source>,
    /// Asks it to stop; what the kernel holds is still delivered.
    pub stop: Arc<dyn Fn() + Send + Sync>,
}

impl LiveArgs {
    /// Opens the interfaces.
    #[cfg(feature = "live")]
    pub fn open(&self) -> Outcome<OpenedLive> {
        use crate::capture::live;
        let defaults = live::LiveOptions::default();
        let options = live::LiveOptions {
            interfaces: self.interfaces.clone(),
            filter: self.capture_filter.clone().filter(|filter| !filter.trim().is_empty()),
            promiscuous: !self.no_promiscuous,
            snap_length: self.snap_length.unwrap_or(defaults.snap_length),
            buffer: self.buffer.map_or(defaults.buffer, |mib| mib.saturating_mul(1 << 20)),
            write: self.write.clone(),
            ..defaults
        };
        let source = live::open(&options).map_err(|error| Failure::said(error.to_string()))?;
        let stopper = source.stopper();
        Ok(OpenedLive { source: Box::new(source), stop: Arc::new(move || stopper.stop()) })
    }

    /// Says that this build cannot capture.
    #[cfg(not(feature = "live"))]
    pub fn open(&self) -> Outcome<OpenedLive> {
        Err(Failure::said(
            "this build has no live capture: build it with libpcap's headers and the feature `live`",
        ))
    }
}
