//! Peeling: bytes of one frame → layers, fields, events and verdicts.
//!
//! Owns the dissectors (one file a protocol in [`proto`]), the loop that calls
//! them, and the sinks that observe them. A pure function of link type, bytes,
//! settings and [`Facts`]; knows nothing of files, flows, filters or screens.
//!
//! A dissector is written once and is generic over its [`Sink`]:
//!
//! ```text
//!               ┌──▶ Summary   row, events, verdicts of every packet; never allocates
//!  Dissector ───┼──▶ Line      addresses, protocol and Info text of a visible row
//!  (one file)   ├──▶ Tree      every field with its byte range, for the selected packet
//!               └──▶ Probe     the wanted fields, for filters and exports
//! ```

#![deny(clippy::indexing_slicing)]

pub mod audit;
mod carried;
mod check;
pub mod checks;
mod claim;
mod decode_as;
mod event;
mod facts;
mod field;
mod format;
pub mod hosts;
mod numbering;
mod packet;
mod pairing;
mod paths;
mod peel;
pub mod process;
pub mod proto;
mod registry;
mod sink;
pub mod sinks;
mod stored;
mod undelivered;

pub use carried::{Carried, EndedStream, FramesLeft, HeaderTable, LateMessages, MessageLeft};
pub use check::{Check, Problem, Sum, Verdict};
pub use claim::{Binding, Claim, Ports, ProtocolId};
pub use decode_as::{DecodeAs, Table};
pub use event::{Bound, Event, Facts, FlowKey, Kept, Silence, Streams, TCP, UDP};
pub use facts::{Ecn, Note, Notes, Remarks, Sack, Scale, TcpFacts, TcpOptions};
pub use field::{Base, FieldDef, Kind, Layer, Protocol, Span, Trailer, Value};
pub use format::{Bytes, bit_pattern, display, export, value_name, write_hex};
pub use packet::{Medium, Net, Packet};
pub use pairing::{DnsKind, DnsMessage, DnsNamed, DnsTold, Pairing, Pairings};
pub use paths::{PathId, Paths};
pub use peel::{Frame, Scratch};
pub use registry::{Candidates, Column, Dissector, Outcome, Registry, Row};
pub use sink::{Endpoint, Extent, LayerStart, Mark, Sink, Stop};
pub use stored::{Arena, Stored};
pub use undelivered::Undelivered;
