//! Flows that a packet announced before their first packet came, as FTP's and
//! TFTP's are: what they will carry. Bounded; the oldest are forgotten first.

use crate::decode::{FlowKey, ProtocolId};
use std::collections::VecDeque;

/// Announced flows that are kept.
const MAX: usize = 4096;

/// What is expected, oldest first.
#[derive(Default)]
pub(super) struct Announced {
    flows: VecDeque<(FlowKey, ProtocolId)>,
}

impl Announced {
    /// Remembers a flow in either direction; zero ports mean any.
    pub fn add(&mut self, key: FlowKey, protocol: ProtocolId) {
        if self.flows.iter().any(|(known, _)| *known == key) {
            return;
        }
        if self.flows.len() >= MAX {
            self.flows.pop_front();
        }
        self.flows.push_back((key, protocol));
    }

    /// What the flow with this key will carry.
    pub fn get(&self, key: &FlowKey) -> Option<ProtocolId> {
        self.flows.get(self.place(key)?).map(|(_, protocol)| *protocol)
    }

    /// The same, and forgets it: the flow has begun.
    pub fn take(&mut self, key: &FlowKey) -> Option<ProtocolId> {
        self.flows.remove(self.place(key)?).map(|(_, protocol)| protocol)
    }

    #[inline]
    fn place(&self, key: &FlowKey) -> Option<usize> {
        if self.flows.is_empty() {
            return None;
        }
        let fits = |known: &FlowKey, key: &FlowKey| {
            (known.src, known.dst, known.protocol, known.v6) == (key.src, key.dst, key.protocol, key.v6)
                && (known.src_port == 0 || known.src_port == key.src_port)
                && (known.dst_port == 0 || known.dst_port == key.dst_port)
        };
        let reversed = key.reversed();
        self.flows.iter().rposition(|(known, _)| fits(known, key) || fits(known, &reversed))
    }
}
