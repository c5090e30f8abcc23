//! Linux: sock_diag for sockets, /proc for the processes that hold them.

mod container;
mod diag;
mod processes;
#[cfg(feature = "trace")]
mod trace;
#[cfg(not(feature = "trace"))]
#[path = "linux/untraced.rs"]
mod trace;
mod users;

pub(super) use diag::Diag;
pub(super) use processes::{Processes, Scan};
pub(super) use trace::Trace;
pub(super) use users::Users;
