//! What was heard of each pair of ends, shared with those who ask.
//!
//! Owns how much is remembered, and what is said where several processes used the same ends.

use crate::sockets::{Ends, Heard, Holder, Socket, UDP};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Ends that are remembered; then all are forgotten.
const MOST: usize = 65_536;
/// Processes that send from the same ends within this time may be taken for one another.
const CLOSE: Duration = Duration::from_secs(2);
/// Of so many it is told.
const SENDERS: usize = 8;

#[derive(Default)]
pub struct Known(Mutex<HashMap<Ends, Told>>);

struct Told {
    heard: Heard,
    /// Its process opened the connection, and did not only close it.
    opened: bool,
}

impl Known {
    /// What was heard of a flow with these ends.
    pub fn heard(&self, ends: &Ends) -> Option<Heard> {
        let known = self.known();
        let told = |ends: &Ends| known.get(ends).map(|told| told.heard.clone());
        let exact = told(ends);
        if ends.protocol != UDP {
            return exact;
        }
        // A socket on all addresses leaves its own to the way there.
        let mut any = *ends;
        any.local.set_ip(match ends.local.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        });
        match (exact, told(&any)) {
            (Some(exact), Some(any)) => Some(exact.or(&any)),
            (exact, any) => exact.or(any),
        }
    }

    /// Whether it is known who opened a connection.
    pub fn was_opened(&self, ends: &Ends) -> bool {
        self.known().get(ends).is_some_and(|told| told.opened)
    }

    /// The process opened or closed a connection.
    pub fn connection(&self, ends: Ends, holder: Holder, socket: Option<Socket>, opened: bool) {
        let heard =
            Heard { at: Instant::now(), holders: [holder].into(), others: 0, bound: ends.local, socket };
        self.keep(ends, Told { heard, opened });
    }

    /// The process that sends from there again, if it is known as the only one.
    pub fn sends_again(&self, ends: &Ends, pid: u32) -> bool {
        let mut known = self.known();
        let Some(Told { heard, .. }) = known.get_mut(ends) else { return false };
        let same = heard.others == 0 && heard.holders.iter().all(|holder| holder.process.pid == pid);
        if same {
            heard.at = Instant::now();
        }
        same
    }

    /// The process sends a datagram.
    pub fn datagram(&self, ends: Ends, holder: Holder, socket: Option<Socket>) {
        let now =
            Heard { at: Instant::now(), holders: [holder].into(), others: 0, bound: ends.local, socket };
        let before = self.known().get(&ends).map(|told| told.heard.clone());
        let before = before.filter(|before| before.at.elapsed() < CLOSE);
        let heard = before.map_or(now.clone(), |before| now.or(&before));
        self.keep(ends, Told { heard, opened: false });
    }

    fn keep(&self, ends: Ends, told: Told) {
        if ends.local.port() == 0 {
            return;
        }
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(ends, told);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Ends, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// This, or else that: each process once, and of several no socket is the one.
    fn or(self, other: &Heard) -> Heard {
        let mut holders = self.holders.to_vec();
        for holder in other.holders.iter().take(SENDERS) {
            if holders.iter().all(|known| known.process.pid != holder.process.pid) {
                holders.push(holder.clone());
            }
        }
        if holders.len() == self.holders.len() {
            return Heard { at: self.at.max(other.at), ..self };
        }
        let others = holders.len() as u32 - 1;
        Heard { at: self.at.max(other.at), holders: holders.into(), others, socket: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::Process;
    use std::sync::Arc;

    fn ends(local: &str) -> Ends {
        Ends { protocol: UDP, local: local.parse().unwrap(), remote: "10.0.0.2:53".parse().unwrap() }
    }

    fn holder(pid: u32) -> Holder {
        Holder { process: Arc::new(Process { pid, ..Process::default() }), fd: Some(pid) }
    }

    fn told(known: &Known) -> Option<(Vec<u32>, u32)> {
        let heard = known.heard(&ends("10.0.0.1:4000"))?;
        Some((heard.holders.iter().map(|holder| holder.process.pid).collect(), heard.others))
    }

    #[test]
    fn who_sends_from_all_addresses_sends_from_this_one() {
        let known = Known::default();
        known.datagram(ends("0.0.0.0:4001"), holder(1), None);
        assert_eq!(told(&known), None, "another port");
        known.datagram(ends("0.0.0.0:4000"), holder(5), None);
        assert_eq!(told(&known), Some((vec![5], 0)));
        // As it connects it is told without and with its address.
        known.datagram(ends("10.0.0.1:4000"), holder(5), None);
        assert_eq!(told(&known), Some((vec![5], 0)));
        assert!(known.sends_again(&ends("10.0.0.1:4000"), 5));
    }

    #[test]
    fn of_two_that_send_from_the_same_ends_none_is_chosen() {
        let known = Known::default();
        known.datagram(ends("0.0.0.0:4000"), holder(5), None);
        known.datagram(ends("10.0.0.1:4000"), holder(6), None);
        assert_eq!(told(&known), Some((vec![6, 5], 1)));
        let known = Known::default();
        known.datagram(ends("10.0.0.1:4000"), holder(5), None);
        assert!(!known.sends_again(&ends("10.0.0.1:4000"), 6));
        known.datagram(ends("10.0.0.1:4000"), holder(6), None);
        assert_eq!(told(&known), Some((vec![6, 5], 1)));
        assert!(!known.sends_again(&ends("10.0.0.1:4000"), 6), "one of two");
    }
}
