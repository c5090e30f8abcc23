//! Whose flows are: the session's side of the table of sockets.
//!
//! Turns flow keys into ends. Who fills the table, a live watch or the
//! comments of a file, is left to [`crate::sockets`].

use super::peeler::Peeler;
use super::shared::Shared;
use crate::base::{PacketId, Timestamp};
use crate::decode::FlowKey;
use crate::decode::process::{self, EndOwner};
use crate::flow::demux::{Known, Part};
use crate::flow::{Flow, FlowTable, Side};
use crate::sockets::{Ends, Owner, Owners, Quality, TCP, UDP, read_note};
use std::net::SocketAddr;
use std::sync::Arc;

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

    /// The sockets of a flow's client and server, as the rule of delivery wants
    /// them; `owners` are those of its ends A and B.
    pub fn known(&self, flow: &Flow, owners: &[Option<Owner>; 2]) -> [Option<Known>; 2] {
        let [a, b] = owners.each_ref().map(|owner| socket(owner.as_ref()?));
        if flow.server() == Side::A { [b, a] } else { [a, b] }
    }

    /// What a packet's peeling is told of its innermost flow's ends. Asks
    /// nobody as long as nothing is known of any flow.
    pub(super) fn find_owners(&self, id: PacketId, peeler: &mut Peeler) {
        peeler.owners = None;
        let version = self.owners.version();
        let Some(row) = self.rows.get(id).filter(|_| version > 0) else { return };
        if let Some((flow, at, known)) = &peeler.owners_known
            && (*flow, *at) == (row.flow, version)
        {
            peeler.owners = Some(Arc::clone(known));
            return;
        }
        let Some(flow) = self.analysis().flows.get(row.flow).cloned() else { return };
        let ends = self.owner(&flow).map(|owner| owner.as_ref().map(told));
        let known = Arc::new(process::Owners { key: flow.key, ends });
        peeler.owners_known = Some((row.flow, version, Arc::clone(&known)));
        peeler.owners = Some(known);
    }

    /// The table hears of the flows that began behind the first `known`.
    pub(super) fn meet(&self, flows: &FlowTable, known: usize) {
        if !self.owners.is_watched() {
            return;
        }
        let known = u32::try_from(known).unwrap_or(u32::MAX);
        for flow in (known..).map_while(|place| flows.get(place)) {
            if let Some(a) = ends(&flow.key) {
                self.owners.meet(a, flow.first_time, true);
                self.owners.meet(a.reversed(), flow.first_time, false);
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

fn socket(owner: &Owner) -> Option<Known> {
    let part = match owner.quality {
        Quality::Exact => Part::FourTuple,
        Quality::Listener => Part::Listener,
        Quality::Bound | Quality::Wildcard => Part::Bound,
        Quality::Unknown => return None,
    };
    let bound = owner.socket?.local;
    Some(Known { part, bound, passed: owner.passed.to_vec(), others: owner.others })
}

/// An owner in the words of the decoder.
fn told(owner: &Owner) -> EndOwner {
    let holder = owner.holder();
    let socket = owner.socket.filter(|socket| socket.inode != 0);
    EndOwner {
        pid: holder.map(|holder| holder.process.pid),
        name: holder.map(|holder| holder.process.name.clone()),
        fd: owner.descriptor(),
        uid: owner.uid(),
        user: owner.user.as_deref().map(str::to_owned),
        container: holder.and_then(|holder| holder.process.container.clone()),
        bound: owner.socket.map(|socket| socket.local),
        inode: socket.map(|socket| socket.inode),
        found: owner.certainty(),
    }
}
