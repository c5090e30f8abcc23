//! Sockets and processes of this machine: whose a flow is.
//!
//! Owns what the operating system tells of its sockets (sock_diag) and of the
//! processes that hold them (/proc), which socket a flow's end belongs to and
//! how well that is known. A floor beside `capture`: it knows addresses, ports
//! and protocol numbers, nothing of packets' insides or of a screen.
//!
//! ```text
//!  sock_diag ──▶ Table ─┐
//!  /proc/*/fd ─▶ holders ┴─▶ matching ──▶ Owners ◀── comments of a file
//! ```
//!
//! The kernel answers for the network namespace of the process that asks.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod linux;
mod matching;
mod note;
mod owners;
mod sight;
mod snapshot;
mod table;
mod watch;

pub use matching::{Found, Quality, find};
pub use note::{MARK, note, read_note};
pub use owners::{Owner, Owners, Seen, Status};
pub use snapshot::{Snapshot, snapshot};
pub use table::Table;
pub use watch::Watch;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

/// One end of a flow, as the host sees it that has the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ends {
    /// IP protocol number.
    pub protocol: u8,
    /// The host's own address and port.
    pub local: SocketAddr,
    /// The other's.
    pub remote: SocketAddr,
}

impl Ends {
    /// As the other end sees it.
    pub fn reversed(self) -> Ends {
        Ends { protocol: self.protocol, local: self.remote, remote: self.local }
    }
}

/// A socket, as the kernel describes it. IPv4-mapped addresses of an IPv6
/// socket are IPv4 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// IP protocol number.
    pub protocol: u8,
    /// The address and port that it is bound to; unspecified address: all.
    pub local: SocketAddr,
    /// The other end, of a connected socket.
    pub remote: Option<SocketAddr>,
    /// It is an IPv6 socket.
    pub v6: bool,
    /// An IPv6 socket that takes no IPv4.
    pub v6_only: bool,
    /// Number of the interface that it is bound to; 0 for none.
    pub interface: u32,
    /// The kernel's number of its state; see [`Socket::state`].
    pub state: u8,
    /// Bytes that wait for `recv`; of a listener: connections that wait for `accept`.
    pub receive_queue: u32,
    /// Bytes that are not acknowledged yet; of a listener: the backlog.
    pub send_queue: u32,
    /// The user who made it.
    pub uid: u32,
    /// Its inode; 0 when no process holds it (any more, or not yet).
    pub inode: u32,
    /// The kernel's identity of it, never used again.
    pub cookie: u64,
}

/// The kernel's number for a TCP socket in state LISTEN.
const LISTEN: u8 = 10;

/// Names of TCP's states by the kernel's numbers.
const STATES: [&str; 13] = [
    "",
    "ESTABLISHED",
    "SYN-SENT",
    "SYN-RECEIVED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "CLOSED",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "SYN-RECEIVED",
];

impl Socket {
    /// Its state: RFC 9293's names for TCP; connected or not for UDP.
    pub fn state(&self) -> &'static str {
        match self.protocol {
            TCP => STATES.get(usize::from(self.state)).copied().unwrap_or_default(),
            _ if self.remote.is_some() => "connected",
            _ => "unconnected",
        }
    }

    /// Waits for connections.
    pub fn is_listener(&self) -> bool {
        self.protocol == TCP && self.state == LISTEN
    }
}

/// A process that holds sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Its number, in the namespace of /proc.
    pub pid: u32,
    /// Its name, at most 15 bytes; the process chose it: make it safe before showing it.
    pub name: String,
    /// Number of its user, where that could be had.
    pub uid: Option<u32>,
    /// The container that its control group names, such as `docker:0123456789ab`.
    pub container: Option<String>,
}

/// A process that has a socket, and by which descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub process: Arc<Process>,
    /// The descriptor's number in it; none where only the process is known.
    pub fd: Option<u32>,
}

/// What the kernel told as a process opened or closed a connection, or sent a datagram.
#[derive(Clone, Debug)]
struct Heard {
    at: Instant,
    /// Who did; of datagrams from ends that several processes use all of them.
    holders: Arc<[Holder]>,
    others: u32,
    /// What its socket is bound to; of one on all addresses none of them.
    bound: SocketAddr,
    /// Its socket, where it was still there when it was looked up.
    socket: Option<Socket>,
}
