//! Demultiplexing: which packets belong together, and by which port.
//!
//! Owns flow keys in both directions, the flow table, ports and TCP states; the
//! socket calls that a flow implies, and the ladder that draws flows.
//! Stands on decode's events; knows nothing of files and screens. One ordered
//! stage feeds it, packet by packet, in the order of the capture.

mod announced;
mod bindings;
pub mod calls;
pub mod demux;
pub mod dns;
mod entry;
mod followed;
mod hash;
pub mod http2;
pub mod ladder;
mod numbers;
mod places;
mod ports;
pub mod prefixed;
mod silence;
pub mod stream;
mod table;
pub mod tcp;
mod uncounted;
mod untaken;

pub use entry::{Flow, Side, State, flags};
pub use followed::{Extent, MOST_SHIFT};
pub use hash::{Hasher, KeyHash};
pub use ports::{Grouping, Listening, PortGroup, group_by_port, service};
pub use silence::{SilentCount, SilentCounts};
pub use stream::Segment;
pub use table::{FlowTable, Header, Seen, Update};
pub use untaken::{Refusal, Untaken};
