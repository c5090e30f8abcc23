//! Who used what was looked up: of each DNS transaction the flows that followed,
//! and the addresses that were used without any lookup.

use super::Shared;
use crate::decode::{TCP, UDP};
use crate::flow::Flow;
use crate::session::statistics::GoOn;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

/// Flows that are looked at while the analysis waits.
const AT_ONCE: u32 = 4096;
/// Flows that are listed with what they used.
const MAX_USES: usize = 1 << 20;
/// Addresses without a lookup that are told apart.
const MAX_UNLOOKED: usize = 1 << 16;

/// An address that was used although the capture holds no lookup of it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlooked {
    /// The address.
    pub address: IpAddr,
    /// Flows to it that began without a lookup before.
    pub flows: u64,
    /// The first of them.
    pub first_flow: u32,
    /// Packets and bytes of them, both ways.
    pub packets: u64,
    /// See `packets`.
    pub bytes: u64,
}

/// Uses of all answers.
#[derive(Clone, Debug, Default)]
pub struct NameUses {
    by_transaction: HashMap<u32, Vec<u32>, foldhash::fast::RandomState>,
    unlooked: HashMap<IpAddr, Unlooked, foldhash::fast::RandomState>,
    /// Flows that followed an answer.
    pub looked_up: u64,
    /// Those of them that began when the answer's time to live was over.
    pub expired: u64,
    /// Flows to an address that nobody had looked up.
    pub not_looked_up: u64,
    /// Flows that are counted and not listed, because a limit was reached.
    pub not_listed: u64,
}

impl NameUses {
    /// The flows that followed a transaction's answer, in order.
    pub fn of(&self, transaction: u32) -> &[u32] {
        self.by_transaction.get(&transaction).map_or(&[], Vec::as_slice)
    }

    /// Who used it, in a few words.
    pub fn words(&self, transaction: u32) -> Option<String> {
        let flows = self.of(transaction);
        let list = |flows: &[u32]| flows.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        Some(match flows {
            [] => return None,
            [flow] => format!("used by flow {flow}"),
            [..] if flows.len() <= 4 => format!("used by flows {}", list(flows)),
            [first, ..] => format!("used by {} flows, the first is {first}", flows.len()),
        })
    }

    /// Addresses used without a lookup, most flows first.
    pub fn unlooked(&self) -> Vec<Unlooked> {
        let mut all: Vec<Unlooked> = self.unlooked.values().copied().collect();
        all.sort_by_key(|one| (Reverse(one.flows), one.first_flow));
        all
    }
}

/// Whether a flow's client chose an address to send to: not everybody's, nor one
/// that an error or an announcement answers.
fn chooses(flow: &Flow) -> bool {
    let (_, server) = flow.ends();
    let everybody = server.is_multicast()
        || server.is_unspecified()
        || matches!(server, IpAddr::V4(v4) if v4.is_broadcast());
    let asks = match flow.key.protocol {
        // Echo requests only.
        1 => flow.key.src_port == 8,
        58 => flow.key.src_port == 128,
        protocol => matches!(protocol, TCP | UDP | 132 | 136),
    };
    asks && !everybody
}

impl Shared {
    /// What was used of all lookups, and what without one; `None` when told not
    /// to go on. Learn the names first.
    pub fn name_uses(&self, go_on: GoOn<'_>) -> Option<NameUses> {
        let mut uses = NameUses::default();
        let (mut place, mut listed) = (0, 0);
        loop {
            // The analysis waits for each of these parts, not for all of them.
            let analysis = self.analysis();
            let book = self.names();
            for at in place..place + AT_ONCE {
                let Some(flow) = analysis.flows.get(at) else { return Some(uses) };
                if !flow.is_seen() || flow.first() >= book.passed() || !chooses(flow) {
                    continue;
                }
                if self.begins_with_answer(&analysis, flow) {
                    continue;
                }
                let Some(used) = self.used(&analysis, &book, at, flow) else {
                    uses.add_unlooked(at, flow);
                    continue;
                };
                uses.looked_up += 1;
                uses.expired += u64::from(used.expired);
                if listed < MAX_USES {
                    listed += 1;
                    uses.by_transaction.entry(used.lookup.transaction).or_default().push(at);
                } else {
                    uses.not_listed += 1;
                }
            }
            drop((book, analysis));
            place += AT_ONCE;
            go_on().then_some(())?;
        }
    }
}

impl NameUses {
    fn add_unlooked(&mut self, place: u32, flow: &Flow) {
        self.not_looked_up += 1;
        let (_, address) = flow.ends();
        if self.unlooked.len() >= MAX_UNLOOKED && !self.unlooked.contains_key(&address) {
            self.not_listed += 1;
            return;
        }
        let new = Unlooked { address, flows: 0, first_flow: place, packets: 0, bytes: 0 };
        let one = self.unlooked.entry(address).or_insert(new);
        one.flows += 1;
        one.packets += flow.packets.iter().map(|count| u64::from(*count)).sum::<u64>();
        one.bytes = flow.bytes().iter().fold(one.bytes, |all, bytes| all.saturating_add(*bytes));
    }
}
