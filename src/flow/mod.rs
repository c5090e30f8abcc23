//! Demultiplexing: which packets belong together, and by which port.
//!
//! Owns flow keys in both directions, the flow table, ports and TCP states.
//! Stands on decode's events; knows nothing of files and screens. One ordered
//! stage feeds it, packet by packet, in the order of the capture.

mod places;
mod ports;
pub mod stream;
mod table;
mod unclaimed;

pub use ports::{Grouping, Listening, PortGroup, group_by_port, service};
pub use table::{Flow, FlowTable, Hasher, KeyHash, Seen, Side, State, Update, flags};
pub use unclaimed::{Refusal, Unclaimed};
