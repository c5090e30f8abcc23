//! The ground floor: small types that every other module may use.
//!
//! Owns link types, timestamps, packet numbers, lists that never move the width of text, and the rule
//! for showing bytes that came from a network. Knows nothing of files, protocols or screens.

mod cells;
mod link;
mod parts;
mod text;
mod time;

pub use cells::{fit, fit_middle, width};
pub use link::LinkType;
pub use parts::Parts;
pub use text::{Escaped, safe};
pub use time::{Timestamp, seconds};

/// Number of a packet in its capture: 0 for the first, never used again.
/// People are shown this plus one, as in Wireshark's `frame.number`.
pub type PacketId = u64;
