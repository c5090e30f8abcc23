//! Connections of HTTP/2, followed from packet to packet: where frames begin, what is in
//! the tables of header fields, and where the bodies of streams lie.
//!
//! Owns what a packet's peeling is told of the packets before it ([`Left`]). Holds no byte
//! of any body, only where it lies. What it takes is bounded: beyond [`MOST`] connections,
//! and beyond what the log holds, packets are peeled by themselves.

mod log;
mod side;

pub use log::Left;

use super::followed::Followed;
use side::Half;

/// Connections that are followed at once.
const MOST: usize = 256;

/// All connections, by the places of their flows.
pub type Connections = Followed<Half>;

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test fails by panicking
mod tests;
