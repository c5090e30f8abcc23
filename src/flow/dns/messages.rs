//! The messages that began no transaction, by packet: 8 bytes each.

use super::{Heard, Role};
use crate::base::{PacketId, Parts};

/// Bits of a transaction's place; above them two of the role, and six of how
/// many messages the packet has before: as many as a packet has layers.
const PLACE: u32 = 24;
/// Transactions that can be told apart.
pub(super) const TRANSACTIONS: u32 = 1 << PLACE;
/// Messages whose packets are not further from the first one's than 32 bits tell.
struct Near {
    base: PacketId,
    /// Distance from `base`, and which message of which transaction.
    kept: Parts<(u32, u32)>,
}

/// In the order of the capture.
#[derive(Default)]
pub(super) struct Messages(Vec<Near>);

impl Messages {
    pub fn push(&mut self, heard: &Heard<'_>, role: Role, transaction: u32) {
        let what = transaction | (role as u32 & 3) << PLACE | u32::from(heard.place) << (PLACE + 2);
        if let Some(near) = self.0.last_mut()
            && let Ok(distance) = u32::try_from(heard.id.saturating_sub(near.base))
        {
            near.kept.push((distance, what));
            return;
        }
        let mut kept = Parts::new();
        kept.push((0, what));
        self.0.push(Near { base: heard.id, kept });
    }

    /// Those of one packet: messages before it there, role, transaction.
    pub fn of_packet(&self, id: PacketId) -> impl Iterator<Item = (u8, Role, u32)> {
        let near = self.0.iter().rev().find(|near| near.base <= id);
        near.into_iter().flat_map(move |Near { base, kept }| {
            let begin = kept.partition_point(|one| base + u64::from(one.0) < id);
            let behind = (begin..).map_while(|place| kept.get(place));
            behind.take_while(move |one| base + u64::from(one.0) == id).map(|(_, what)| {
                let role = match what >> PLACE & 3 {
                    0 => Role::First,
                    1 => Role::Repeat,
                    2 => Role::Answer,
                    _ => Role::Again,
                };
                ((what >> (PLACE + 2)) as u8, role, what & (TRANSACTIONS - 1))
            })
        })
    }

    /// The answers of packet `id` are further ones now. Gives their transactions.
    pub fn demote(&mut self, id: PacketId) -> Vec<u32> {
        let mut answered = Vec::new();
        let Some(Near { base, kept }) = self.0.iter_mut().rev().find(|near| near.base <= id) else {
            return answered;
        };
        let mut place = kept.partition_point(|one| *base + u64::from(one.0) < id);
        while let Some((_, what)) = kept.get_mut(place).filter(|one| *base + u64::from(one.0) == id) {
            if *what >> PLACE & 3 == Role::Answer as u32 {
                answered.push(*what & (TRANSACTIONS - 1));
                *what |= (Role::Again as u32) << PLACE;
            }
            place += 1;
        }
        answered
    }

    pub fn size(&self) -> u64 {
        let kept = self.0.iter().map(|near| near.kept.size());
        (kept.sum::<usize>() + self.0.capacity() * size_of::<Near>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::FlowKey;

    /// Catches a message that is lost or told twice where distances begin anew.
    #[test]
    fn messages_of_packets_far_apart_are_found() {
        let mut messages = Messages::default();
        let far = u64::from(u32::MAX);
        let ids = [7, 8, 8, 7 + far, 8 + far, 8 + far, 9 + 2 * far];
        let key = FlowKey::default();
        for (transaction, id) in (0..).zip(ids) {
            let heard = Heard { id, time: 0, flow: 0, key: &key, place: 0, behind: &[] };
            messages.push(&heard, Role::Answer, transaction);
        }
        let told = |id| messages.of_packet(id).map(|told| told.2).collect::<Vec<_>>();
        assert_eq!([6, 7, 8, 9].map(told), [vec![], vec![0], vec![1, 2], vec![]]);
        assert_eq!([7, 8, 9].map(|id| told(id + far)), [vec![3], vec![4, 5], vec![]]);
        assert_eq!([8, 9, 10].map(|id| told(id + 2 * far)), [vec![], vec![6], vec![]]);
    }
}
