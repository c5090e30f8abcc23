//! Which query an ICMP error answers: destination unreachable, whatever the reason.
//!
//! The error quotes the datagram: enough of it for its flow, mostly the id as well.
//! Where that is missing, it is the oldest query of the flow that waits.

use super::pairing::{Asker, MAX_OLDER};
use super::{Heard, Outcome, PATIENCE, Transaction, Transactions, Trouble};
use crate::base::PacketId;
use crate::decode::{DnsKind, Event, UDP};
use crate::flow::FlowTable;
use crate::flow::entry::Side;

/// Transactions behind the first packet of a flow, and before the error, among which
/// one without a known id is looked for.
const SEARCHED: u32 = 512;

impl Transactions {
    /// An ICMP error says that a datagram did not arrive: `heard` has the flow and the
    /// direction of that datagram, and what is told of it behind that.
    pub fn refuse(&mut self, heard: &Heard<'_>, flows: &FlowTable, time_of: impl Fn(PacketId) -> i64) {
        let id = heard.behind.iter().find_map(|event| match event {
            Event::DnsQuoted(id) => Some(*id),
            _ => None,
        });
        let Some(flow) = flows.get(heard.flow).filter(|_| heard.key.protocol == UDP && !self.is_empty())
        else {
            return;
        };
        let by_b = flow.side(heard.key) == Side::B;
        let waits = |one: &Transaction| {
            one.outcome() == Outcome::Waiting
                && one.kind() == DnsKind::Dns
                && (one.flow, one.is_by_b()) == (heard.flow, by_b)
                && heard.time.saturating_sub(time_of(one.first)) < PATIENCE
        };
        let waits = |place: &u32| self.get(*place).is_some_and(waits);
        let found = match id {
            Some(id) => {
                let newest = self.newest(Asker::Flow(heard.flow), id, flows);
                let older = |place: &u32| self.get(*place).and_then(Transaction::before);
                std::iter::successors(newest, older).take(MAX_OLDER).find(waits)
            }
            None => {
                let begin = self.first_at(flow.first());
                let last = self.len().saturating_sub(SEARCHED);
                let behind = begin..begin.saturating_add(SEARCHED).min(self.len());
                behind.chain(last.max(begin)..self.len()).find(waits)
            }
        };
        let Some(place) = found else { return };
        let Some(one) = self.get_mut(place) else { return };
        let first = one.first;
        if one.refuse_by(u32::try_from(heard.id.saturating_sub(first)).unwrap_or(0)) {
            self.counts.refused += 1;
            self.pass(Trouble::Waiting, place);
            self.counts.troubles.add(Trouble::Refused, first, place);
        }
    }
}
