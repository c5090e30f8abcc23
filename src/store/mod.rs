//! What is kept of every packet: two fixed-size rows, never its bytes.
//!
//! Owns the columns that the reader and the analysis fill and everybody reads
//! by number, and what the capture says besides packets. Each column has one
//! writer and publishes its own length; readers never wait and never copy.
//!
//! A packet costs 26 bytes: 16 in the index, 10 in the analysis; a TCP segment
//! four to eight more for what its connection says of it.

mod columns;
mod meta;
mod remarks;
mod row;

pub use columns::{Index, Rows};
pub use meta::{Meta, Statistics};
pub use remarks::{Encoded, RemarksLog};
pub use row::{PacketRow, RowFlags};
