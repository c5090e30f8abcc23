//! Whose flows are: the session's side of the table of sockets.
//!
//! Turns flow keys into ends. Who fills the table, a live watch or the
//! comments of a file, is left to [`crate::sockets`].

use super::shared::Shared;
use crate::base::Timestamp;
use crate::decode::FlowKey;
use crate::flow::{Flow, FlowTable};
use crate::sockets::{Ends, Owner, Owners, TCP, UDP, read_note};
use std::net::SocketAddr;

/// The end that sent the flow's first packet; none where sockets have no part.
pub(super) fn ends(key: &FlowKey) -> Option<Ends> {
    matches!(key.protocol, TCP | UDP).then(|| Ends {
        protocol: key.protocol,
        local: SocketAddr::new(key.source(), key.src_port),
        remote: SocketAddr::new(key.destination(), key.dst_port),
    })
}

impl Shared {
    /// What is known of sockets and processes, and what is hidden or wrong.
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// A flow's end A; the other is its reverse. None where sockets have no part.
    pub fn ends(&self, flow: &Flow) -> Option<Ends> {
        ends(&flow.key)
    }

    /// Whose a flow's ends A and B are. None for an end: it is not of this
    /// machine, as far as is known.
    pub fn owner(&self, flow: &Flow) -> [Option<Owner>; 2] {
        let Some(a) = ends(&flow.key) else { return [None, None] };
        let of = |ends| self.owners.owner(&ends, flow.first_time, flow.last_time);
        [of(a), of(a.reversed())]
    }

    /// The table hears of the flows that began behind the first `known`.
    pub(super) fn meet(&self, flows: &FlowTable, known: usize) {
        if !self.owners.is_watched() {
            return;
        }
        let known = u32::try_from(known).unwrap_or(u32::MAX);
        for flow in (known..).map_while(|place| flows.get(place)) {
            if let Some(a) = ends(&flow.key) {
                self.owners.meet(a, flow.first_time);
                self.owners.meet(a.reversed(), flow.first_time);
            }
        }
    }

    /// The table hears of a comment on a packet, which may speak of a socket.
    pub(super) fn commented(&self, time: Timestamp, text: &str) {
        if let Some((ends, since, owner)) = read_note(text) {
            self.owners.keep(ends, since.unwrap_or(time), owner);
        }
    }
}
