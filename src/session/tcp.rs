//! What a packet is to its TCP connection: the remarks of the analysis with
//! times and packet numbers.

use super::shared::Shared;
use crate::base::PacketId;
use crate::decode::{Notes, TcpFacts};
use crate::flow::{Flow, FlowTable, Side};

impl Shared {
    /// What is remarkable of a packet as a segment of its TCP connection.
    pub fn notes(&self, id: PacketId) -> Notes {
        self.remarks.get(id).map_or(Notes::default(), |remarks| remarks.notes)
    }

    /// What a packet's connection says of it, when it was analysed.
    pub(super) fn tcp_facts(&self, id: PacketId, flows: &FlowTable, flow: &Flow) -> Option<TcpFacts> {
        let remarks = self.remarks.get(id)?;
        let record = self.index.get(id)?;
        let since = |back: u32| {
            let earlier = self.index.get(id.saturating_sub(back.into())).unwrap_or_default();
            record.time.since(earlier.time)
        };
        let number = |back: u32| (id + 1).saturating_sub(back.into());
        let mut facts = TcpFacts {
            seq_base: flow.isn().unwrap_or(0),
            times: [record.time.since(flow.first_time), since(remarks.previous.unwrap_or(0))],
            completeness: flow.completeness(),
            notes: remarks.notes,
            acks: remarks.acks.map(|back| (number(back), since(back))),
            rto: remarks.rto.map(|back| (number(back), since(back))),
            repeats: remarks.repeats.map(|(count, back)| (count, number(back))),
            in_flight: remarks.in_flight,
            pushed: remarks.pushed,
            ..TcpFacts::default()
        };
        if let Some(state) = flows.connection(flow) {
            let side = if remarks.from_b { Side::B } else { Side::A };
            facts.seq_base = state.base(side)?;
            facts.ack_base = state.base(side.other());
            facts.scale = state.scale(side);
            facts.handshake = flow.first_round_trip();
        }
        Some(facts)
    }
}
