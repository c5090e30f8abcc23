//! What earlier packets of an HTTP/2 connection left for one: follows the connections at
//! the turn of each packet, and reads what is kept of them for whoever peels it later.

use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::decode::sinks::Payloads;
use crate::decode::{Carried, Facts};
use crate::flow::Segment;
use crate::flow::http2::Extent;

impl Shared {
    /// What earlier packets left for one, by its facts.
    pub(super) fn carried(&self, facts: &Facts, peeler: &mut Peeler) -> Option<Box<Carried>> {
        let number = facts.carried?;
        let left = self.analysis().connections.left(number)?;
        Some(Box::new(left.read(&mut |extent, out| self.append(extent, peeler, out))))
    }

    /// Follows the connection at `flow` by packet `id`, and gives what those before left.
    /// `first`: it showed what the flow carries.
    pub(super) fn follow_connection(
        &self,
        analysis: &mut Analysis,
        id: PacketId,
        (flow, first): (u32, bool),
        peeler: &mut Peeler,
        payloads: &mut Payloads,
    ) -> Option<Box<Carried>> {
        let key = analysis.flows.get(flow)?.key;
        payloads.clear();
        peeler.peel(self, id, Facts::default(), payloads).ok()?;
        let segment = Segment::of(&key, id, payloads.found.last()?)?;
        let mut read = |extent, out: &mut Vec<u8>| self.append(extent, peeler, out);
        analysis.connections.segment(flow, &segment, first, &mut read);
        let left = analysis.connections.left(analysis.connections.find(id)?)?;
        Some(Box::new(left.read(&mut read)))
    }

    fn append(&self, extent: Extent, peeler: &mut Peeler, out: &mut Vec<u8>) {
        let Ok(bytes) = peeler.bytes(self, extent.packet) else { return };
        let from = extent.at as usize;
        out.extend_from_slice(bytes.get(from..from.saturating_add(extent.len as usize)).unwrap_or_default());
    }
}
