//! Linux: sock_diag for sockets, /proc for the processes that hold them.

mod container;
mod diag;
mod processes;
mod users;

pub(super) use diag::Diag;
pub(super) use processes::{Processes, Scan};
pub(super) use users::Users;
