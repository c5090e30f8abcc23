//! The contract between sources of packets and those who keep them.

use crate::base::{LinkType, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

/// Where one packet lies and what its capture says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Offset of the packet's first byte in the [`ByteStore`].
    pub offset: u64,
    /// When it was captured; none for the simple packet blocks of pcapng, which do not say.
    pub time: Timestamp,
    /// Bytes that the capture holds.
    pub captured: u32,
    /// Bytes that were on the wire.
    pub wire: u32,
    /// Place in the capture's list of interfaces (over all sections).
    pub interface: u32,
    /// The capture holds options (comment, flags ...) for this packet; they
    /// are read on demand by [`ByteStore::options`].
    pub has_options: bool,
}

/// An interface as the capture describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// What its packets begin with.
    pub link: LinkType,
    /// Name, such as `eth0`; raw, as the capture holds it.
    pub name: Option<String>,
    /// Description; raw.
    pub description: Option<String>,
    /// Longest packet that was kept, 0 for no limit.
    pub snap_length: u32,
    /// Capture filter; raw.
    pub filter: Option<String>,
    /// Operating system of the host; raw.
    pub os: Option<String>,
    /// Hardware address.
    pub mac: Option<[u8; 6]>,
    /// Ticks per second in words, such as `10^-9 s`.
    pub resolution: String,
    /// Section of the file, from 0.
    pub section: u32,
    /// Bytes of frame check sequence at each packet's end, where the capture says.
    pub fcs_length: Option<u8>,
    /// The capture numbers its interfaces: pcapng and live, not pcap.
    pub numbered: bool,
    /// The section's integers are big-endian (decides how NULL headers and options read).
    pub big_endian: bool,
}

/// Something that a person must see: damage, loss, a limit that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Offset in the file (of the decompressed bytes), where there is one.
    pub offset: Option<u64>,
    /// What happened, in one line; names the file.
    pub text: String,
    /// The capture is damaged or incomplete (exit code 2), not only remarkable.
    pub damage: bool,
}

/// What a source tells besides packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The next interface of the list.
    Interface(Interface),
    /// A name for an address (pcapng name resolution block).
    Name(IpAddr, String),
    /// Newest counters of an interface: received and dropped by kernel and by card.
    Statistics {
        /// Place in the list of interfaces.
        interface: u32,
        /// Packets that the interface received, where known.
        received: Option<u64>,
        /// Packets dropped for want of buffer (kernel), where known.
        dropped: Option<u64>,
        /// Packets dropped by the interface or its driver, where known.
        interface_dropped: Option<u64>,
    },
    /// Keys that the capture carries (pcapng decryption secrets block).
    Secrets {
        /// Format of the secrets, such as 0x544c534b for a TLS key log.
        kind: u32,
        /// The secrets themselves.
        data: Arc<[u8]>,
    },
    /// A comment on the whole section; raw.
    Comment(String),
    /// A comment on a packet of this time, or on the counters that end a capture; raw.
    /// Long ones are not told; [`ByteStore::options`] has them all.
    PacketComment(Timestamp, String),
    /// Damage, loss or a limit.
    Notice(Notice),
}

/// One step of a source: packets and happenings in the order of the capture.
///
/// Buffers are kept and used again: call [`Batch::clear`] before the next step.
#[derive(Debug, Default)]
pub struct Batch {
    /// Packets, in order.
    pub records: Vec<Record>,
    /// What else was told; an interface always comes no later than its packets.
    pub happenings: Vec<Happening>,
    /// Bytes of the input read so far, and in all where that is known.
    pub progress: (u64, Option<u64>),
}

impl Batch {
    /// Empties the batch, keeping its buffers.
    pub fn clear(&mut self) {
        self.records.clear();
        self.happenings.clear();
    }
}

/// Whether a source has more to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Call again: more may follow at once.
    More,
    /// Nothing for now (live, or a growing file): `read` waited up to about
    /// 50 ms; call again.
    Idle,
    /// The end. What ended it, if not the plain end, was told as a notice.
    End,
}

/// A source of packets: a capture file, a pipe, interfaces.
///
/// `read` appends at most about 8192 records and returns within about 50 ms
/// even when nothing arrives. It never fails: damage becomes a notice and `End`.
pub trait Source: Send {
    /// Appends the next packets and happenings to `batch`.
    fn read(&mut self, batch: &mut Batch) -> Status;
    /// Where the records' bytes are read.
    fn bytes(&self) -> Arc<dyn ByteStore>;
}

/// Why bytes of a packet cannot be had.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Gone {
    /// The spool's limit made room for newer packets.
    #[error("these bytes are no longer kept: the spool reached its limit of {limit} bytes")]
    Evicted {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file became shorter or cannot be read any more.
    #[error("cannot read the packet at offset {offset}: {reason}")]
    Unreadable {
        /// Offset asked for.
        offset: u64,
        /// What the system said.
        reason: String,
    },
}

/// Bytes of packets, by offset, from any thread.
pub trait ByteStore: Send + Sync {
    /// Fills `buffer` from `offset`, or says why it cannot.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Gone>;
    /// Tells the store that the analysis has passed all bytes before `offset`
    /// (the end of a packet): a bounded spool may let them go. A source waits,
    /// `Idle`, while its spool is full of packets that were not passed.
    fn analysed(&self, _offset: u64) {}
    /// The raw options of a packet (comment, flags ...), empty when there are none.
    fn options(&self, _record: &Record, _interface: &Interface) -> Result<PacketOptions, Gone> {
        Ok(PacketOptions::default())
    }
    /// Bytes that were let go, for the status bar.
    fn evicted(&self) -> u64 {
        0
    }
}

/// Has something to say about packets that are written.
pub trait Annotate: Send {
    /// A packet that is about to be written; comments on it go to `comments`.
    fn packet(&mut self, packet: &Record, link: LinkType, bytes: &[u8], comments: &mut Vec<String>);
    /// The capture ends: what is left to say, written beside its last counters.
    fn last(&mut self) -> Vec<String>;
}

/// What a pcapng block says of one packet besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketOptions {
    /// Comments; raw.
    pub comments: Vec<String>,
    /// `epb_flags`: direction, reception, FCS length, link-layer errors.
    pub flags: Option<u32>,
    /// Packets lost by the interface before this one.
    pub dropped: Option<u64>,
}
