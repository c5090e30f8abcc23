//! Live capture through libpcap: one thread an interface, one source for all.
//!
//! Owns opening interfaces, capturing, and the end of a capture. What is
//! captured lies in the spool, or in the file that is written. Nothing is lost
//! without being counted: a full queue makes the threads wait, and what the
//! kernel then drops is in [`Happening::Statistics`](super::Happening), read
//! four times a second.
//!
//! The kernel counts every packet of a loopback interface twice, sent and
//! received; its counters are halved here. `any` holds loopback as well: what
//! it says of packets received is too high by as much.
//!
//! ```text
//! kernel ring ─▶ capture thread ─▶ bounded queue ─▶ LiveSource::read ─▶ spool or file
//!   (drops)       one an interface    (waits)          merges, keeps       records
//! ```

mod capturing;
mod device;
mod error;
mod kept;
mod source;
mod watch;

pub use device::check_filter;
pub use error::LiveError;
pub use source::{LiveSource, Stopper};

use std::path::PathBuf;

/// What to capture, and how.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Names, `any` included; each once.
    pub interfaces: Vec<String>,
    /// Capture filter in libpcap's language.
    pub filter: Option<String>,
    /// Take packets that are for others as well.
    pub promiscuous: bool,
    /// Longest part of a packet that is kept; 0 for libpcap's most.
    pub snap_length: u32,
    /// Bytes that the kernel keeps for each interface.
    pub buffer: usize,
    /// The file to write, as pcapng; `-` is standard output. It keeps the packets, if it is a regular file.
    pub write: Option<PathBuf>,
    /// The capture ends after this many packets.
    pub packets: Option<u64>,
    /// Most bytes that the spool keeps; never more than half of what is free.
    pub spool_limit: u64,
    /// Where the spool lies, when not in `$TMPDIR` or `/var/tmp`.
    pub spool_dir: Option<PathBuf>,
}

impl Default for LiveOptions {
    fn default() -> Self {
        LiveOptions {
            interfaces: Vec::new(),
            filter: None,
            promiscuous: true,
            snap_length: 262_144,
            buffer: 64 << 20,
            write: None,
            packets: None,
            spool_limit: 8 << 30,
            spool_dir: None,
        }
    }
}

/// Opens every interface, then the spool or the file. Capturing begins at once,
/// in the kernel; threads begin with the first read.
pub fn open(options: &LiveOptions) -> Result<LiveSource, LiveError> {
    let known = super::interfaces();
    let mut devices = Vec::new();
    for (place, name) in options.interfaces.iter().enumerate() {
        let again = options.interfaces.iter().take(place).any(|earlier| earlier == name);
        // libpcap would take no name for `any`.
        if !name.is_empty() && !again {
            devices.push(device::Device::open(name, options, &known)?);
        }
    }
    if devices.is_empty() {
        return Err(LiveError::NoInterface);
    }
    Ok(LiveSource::new(devices, kept::Kept::open(options)?, options.packets))
}
