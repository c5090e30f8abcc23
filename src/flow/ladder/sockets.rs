//! The sockets that the flows of a ladder have shown: the next flow over one
//! makes it no second time.
//!
//! Owns which flow answers, from another port, what an earlier one asked by UDP.

use crate::flow::Side;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Protocol, address and port of a socket.
pub(super) type End = (u8, IpAddr, u16);

/// Whom a datagram is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    /// One host, whatever port it answers from.
    Host(IpAddr),
    /// All hosts with this port; it is the one that answers.
    All(u16),
}

/// The sockets so far.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    known: HashSet<End>,
    /// Client, its port, and whom it asked: the flow, unless several wait for
    /// an answer.
    asking: HashMap<(IpAddr, u16, Asked), Option<u32>>,
}

/// What a new flow answers.
pub(super) struct Answer {
    /// The flow that asked.
    pub flow: u32,
    /// The host that took it, where it went to all.
    pub taker: Option<IpAddr>,
}

impl Sockets {
    /// Whether it was shown.
    pub fn knows(&self, end: &End) -> bool {
        self.known.contains(end)
    }

    /// It is there; gives whether that was known.
    pub fn show(&mut self, end: End) -> bool {
        !self.known.insert(end)
    }

    /// A datagram of the flow with this number, whose B is one host or `all`.
    /// Its `first` one may be the answer to what another flow asked.
    pub fn datagram(
        &mut self,
        number: u32,
        [(_, a, a_port), (_, b, b_port)]: [End; 2],
        all: bool,
        side: Side,
        first: bool,
    ) -> Option<Answer> {
        let asks = (a, a_port, if all { Asked::All(b_port) } else { Asked::Host(b) });
        if side == Side::B {
            if self.asking.get(&asks) == Some(&Some(number)) {
                self.asking.remove(&asks);
            }
            return None;
        }
        if !first {
            return None;
        }
        let waits = |asked| Some((self.asking.get(&(b, b_port, asked)).copied().flatten()?, asked));
        let Some((flow, asked)) = waits(Asked::Host(a)).or_else(|| waits(Asked::All(a_port))) else {
            self.asking.entry(asks).and_modify(|flow| *flow = None).or_insert(Some(number));
            return None;
        };
        self.asking.remove(&(b, b_port, asked));
        Some(Answer { flow, taker: matches!(asked, Asked::All(_)).then_some(a) })
    }
}
