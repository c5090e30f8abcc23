//! A snapshot of all sockets, found by four-tuple or by local port.

use super::{Ends, Socket};
use std::collections::HashMap;
use std::net::IpAddr;

/// Sockets that are kept of a snapshot; a bound against a system with more.
const MOST: usize = 262_144;

/// All sockets at one moment.
#[derive(Debug, Default)]
pub struct Table {
    sockets: Vec<Socket>,
    connected: HashMap<Ends, u32>,
    /// Not connected, by protocol and local port.
    bound: HashMap<(u8, u16), Vec<u32>>,
    left_out: usize,
}

impl Table {
    /// Over these sockets.
    pub fn new(mut sockets: Vec<Socket>) -> Table {
        let left_out = sockets.len().saturating_sub(MOST);
        sockets.truncate(MOST);
        let mut table = Table { left_out, ..Table::default() };
        for (place, socket) in (0u32..).zip(&sockets) {
            match socket.remote {
                Some(remote) => {
                    let ends = Ends { protocol: socket.protocol, local: socket.local, remote };
                    // One that a process holds goes before what is left of an older one.
                    let held = |at: &u32| sockets.get(*at as usize).is_some_and(|other| other.inode != 0);
                    if !table.connected.get(&ends).is_some_and(held) {
                        table.connected.insert(ends, place);
                    }
                }
                None => table.bound.entry((socket.protocol, socket.local.port())).or_default().push(place),
            }
        }
        table.sockets = sockets;
        table
    }

    /// The socket at `place`.
    pub fn get(&self, place: u32) -> Option<&Socket> {
        self.sockets.get(place as usize)
    }

    /// Every socket.
    pub fn iter(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.iter()
    }

    /// Number of sockets.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Sockets beyond the limit of a snapshot.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The socket that is connected between exactly these ends.
    pub fn connected(&self, ends: &Ends) -> Option<u32> {
        self.connected.get(ends).copied()
    }

    /// The sockets that are bound to a port without being connected.
    pub fn bound(&self, protocol: u8, port: u16) -> impl Iterator<Item = (u32, &Socket)> {
        let places = self.bound.get(&(protocol, port)).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| Some((*place, self.get(*place)?)))
    }

    /// Whether some socket is bound to this very address.
    pub fn is_bound_to(&self, address: IpAddr) -> bool {
        self.sockets.iter().any(|socket| socket.local.ip() == address)
    }
}
