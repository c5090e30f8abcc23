//! Packets that were not taken: an ICMP error says why (RFC 1122, 4.1.3.1; RFC 4443, 3.1),
//! or a RST answers a SYN (RFC 9293, 3.10.7.1).
//!
//! Owns their counts by port and which packet said so. Memory is bounded by the
//! number of ports and by [`Untaken::MOST`]. Which of them no socket claimed, and
//! which did not arrive, is kept apart by who has one of these for each.

use super::entry::Flow;
use crate::base::PacketId;
use crate::decode::{FlowKey, Undelivered};
use std::collections::HashMap;

/// One packet that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The flow of that packet; `None` when it is not in the capture.
    pub flow: Option<u32>,
    /// The packet that says so.
    pub by: PacketId,
    /// What it says, when it is an ICMP error and no RST.
    pub error: Option<Undelivered>,
}

/// What was not taken.
#[derive(Debug, Default)]
pub struct Untaken {
    total: u64,
    ports: HashMap<(u8, u16), u64>,
    refusals: Vec<Refusal>,
}

impl Untaken {
    /// Refusals that are kept one by one: the first ones. All are counted.
    pub const MOST: usize = 1 << 16;

    /// Packet `by` says that a packet that went as `key` was not taken. It counts
    /// with the port that its `flow` (and where that is) is listed under; one that
    /// is in no flow with the port that it was for.
    pub fn add(
        &mut self,
        key: &FlowKey,
        flow: Option<(u32, &Flow)>,
        by: PacketId,
        error: Option<Undelivered>,
    ) {
        self.total += 1;
        let port = flow.map_or(key.dst_port, |(_, flow)| flow.service_port());
        *self.ports.entry((key.protocol, port)).or_default() += 1;
        let flow = flow.map(|(place, _)| place);
        if self.refusals.len() < Self::MOST {
            self.refusals.push(Refusal { flow, by, error });
        }
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those to a port of a protocol.
    pub fn to_port(&self, protocol: u8, port: u16) -> u64 {
        self.ports.get(&(protocol, port)).copied().unwrap_or(0)
    }

    /// Every port with its count, in no order.
    pub fn ports(&self) -> impl Iterator<Item = ((u8, u16), u64)> {
        self.ports.iter().map(|(port, count)| (*port, *count))
    }

    /// The first [`Untaken::MOST`] of them, in the order of the capture.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// What packet `by` says of a packet of a flow, if that is kept.
    pub fn said_by(&self, by: PacketId, flow: u32) -> Option<Undelivered> {
        let from = self.refusals.partition_point(|refusal| refusal.by < by);
        let mut same = self.refusals.iter().skip(from).take_while(|refusal| refusal.by == by);
        same.find(|refusal| refusal.flow == Some(flow))?.error
    }

    /// Those of one flow among [`Untaken::refusals`].
    pub fn of_flow(&self, place: u32) -> impl Iterator<Item = &Refusal> {
        self.refusals.iter().filter(move |refusal| refusal.flow == Some(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut unclaimed = Untaken::default();
        let key = |dst_port| FlowKey { dst_port, protocol: 17, ..FlowKey::default() };
        for by in 0..Untaken::MOST as u64 + 10 {
            unclaimed.add(&key((by % 3) as u16), None, by, None);
        }
        assert_eq!(unclaimed.total(), Untaken::MOST as u64 + 10);
        assert_eq!(unclaimed.refusals().len(), Untaken::MOST);
        assert_eq!(unclaimed.ports().map(|(_, count)| count).sum::<u64>(), unclaimed.total());
        assert_eq!(unclaimed.to_port(17, 0), 21_849);
        assert_eq!((unclaimed.to_port(6, 0), unclaimed.of_flow(8).count()), (0, 0));
        // What a server sent to a client's port that is closed counts with the server's flow.
        let asked = FlowKey { src_port: 40_000, ..key(53) };
        let flow = Flow::new(&asked, (0, crate::base::Timestamp(0)), 0, 0);
        unclaimed.add(&asked.reversed(), Some((8, &flow)), 1, None);
        assert_eq!((unclaimed.to_port(17, 53), unclaimed.to_port(17, 40_000)), (1, 0));
    }
}
