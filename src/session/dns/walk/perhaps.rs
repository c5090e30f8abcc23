//! Who may have passed a question on where only the client's side is known to be seen: said, and
//! no part of a walk.

use super::{Asked, DnsWalks, MAX_OPEN, MAX_QUERIES, RECURSION_DESIRED};
use crate::decode::DnsKind;
use crate::session::Shared;
use crate::session::dns::Exchange;

impl DnsWalks {
    /// The query by which a question may have been passed on from another address; nothing
    /// where several hosts could have done so.
    pub(super) fn perhaps(
        &mut self,
        shared: &Shared,
        question: &Exchange,
        asked: &Asked,
    ) -> Option<Exchange> {
        let end = question.one.answer().filter(|_| question.one.flags & RECURSION_DESIRED != 0)?;
        let (client, server) = (question.client().ip(), question.server().ip());
        let mut others: Vec<Exchange> = {
            let analysis = shared.analysis();
            let behind = (question.place + 1..).take(MAX_QUERIES);
            let behind = behind.map_while(|place| Exchange::get(&analysis, place));
            let is_within = |other: &Exchange| {
                let one = &other.one;
                one.is_query() && one.kind() == DnsKind::Dns && one.answer().is_some_and(|told| told < end)
            };
            let is_apart = |other: &Exchange| {
                let (from, to) = (other.client().ip(), other.server().ip());
                from != client && from != server && to != server
            };
            behind
                .take_while(|other| other.one.first < end)
                .filter(|other| is_within(other) && other.one.asks_as(&question.one) && is_apart(other))
                .take(MAX_OPEN)
                .collect()
        };
        others.retain(|other| {
            let same = self.asked(shared, other);
            (&same.name, same.kind) == (&asked.name, asked.kind)
                && self.owners(shared, other.place).is_empty()
        });
        let first = *others.first()?;
        others.iter().all(|other| other.client().ip() == first.client().ip()).then_some(first)
    }
}
