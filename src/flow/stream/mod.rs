//! What a flow carried: the bytes of both directions, put back in order.
//!
//! Owns the map from stream positions to packets ([`Runs`]) and how segments
//! become one ([`Reassembly`]). It stands on sequence numbers alone, holds no
//! byte of any payload and knows nothing of files: whoever wants bytes reads
//! them where a [`Run`] says that they lie.

mod reassembly;
mod run;
mod runs;
mod segment;
mod sums;
mod words;

pub use reassembly::{Counts, Overlap, Reassembly};
pub use run::{Kind, Run};
pub use runs::Runs;
pub use segment::Segment;

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test fails by panicking
mod tests;
