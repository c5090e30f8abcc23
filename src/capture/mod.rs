//! Where packets come from and go to.
//!
//! Owns capture files, pipes, compressed input, live interfaces, the capture
//! writer, and the bytes of what cannot be read twice. Knows link types and
//! timestamps; never looks into a packet.
//!
//! Every source is read in batches of [`Record`]s: where a packet's bytes lie,
//! how many, when. The bytes themselves stay in a [`ByteStore`], which any
//! thread reads by offset: the file itself, or the spool of a source that
//! cannot be read twice.

mod bytes;
mod compressed;
mod foreign;
mod input;
mod interfaces;
#[cfg(feature = "live")]
pub mod live;
mod notices;
mod open;
mod order;
mod packet_options;
mod pcap;
mod pcap_variant;
mod pcapng;
mod pcapng_blocks;
mod pcapng_interfaces;
mod polled;
mod rates;
mod source;
mod spool;
mod steps;
#[cfg(test)]
mod testing;
mod writer;

pub use interfaces::{InterfaceAddress, InterfaceFlags, InterfaceInfo, interfaces};
pub use open::{OpenError, OpenOptions, open};
pub use rates::{InterfaceCounters, Rate, RateMeter, interface_counters};
pub use source::{
    Annotate, Batch, ByteStore, Gone, Happening, Interface, Notice, PacketOptions, Record, Source, Status,
};
pub use writer::Writer;
