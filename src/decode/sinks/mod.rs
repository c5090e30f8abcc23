//! The observers of dissectors.

mod line;
mod payloads;
mod probe;
mod summary;
mod tree;

pub use line::Line;
pub use payloads::{Payload, Payloads};
pub use probe::{Found, Probe, Wanted};
pub use summary::Summary;
pub use tree::{LayerNode, Node, NodeKind, Tree};
