//! wirepeel: peels packets, checks them, sorts them into flows, and shows all of it.

pub mod base;
pub mod capture;
pub mod cli;
pub mod decode;
pub mod filter;
pub mod flow;
pub mod session;
pub mod sockets;
pub mod store;
pub mod ui;
