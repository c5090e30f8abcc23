//! The messages that began no transaction, by packet: 8 bytes each.

use super::{Heard, Role};
use crate::base::PacketId;

/// Bits of a transaction's place; above them two of the role, and six of how
/// many messages the packet has before: as many as a packet has layers.
const PLACE: u32 = 24;
/// Transactions that can be told apart.
pub(super) const TRANSACTIONS: u32 = 1 << PLACE;
/// Messages of one part.
const PART: usize = 4096;

/// Messages whose packets are not far from another.
struct Part {
    base: PacketId,
    /// Distance from `base`, and which message of which transaction.
    kept: Vec<(u32, u32)>,
}

impl Part {
    fn last(&self) -> PacketId {
        self.kept.last().map_or(self.base, |last| self.base + u64::from(last.0))
    }
}

/// In the order of the capture.
#[derive(Default)]
pub(super) struct Messages(Vec<Part>);

impl Messages {
    pub fn push(&mut self, heard: &Heard<'_>, role: Role, transaction: u32) {
        let what = transaction | (role as u32 & 3) << PLACE | u32::from(heard.place) << (PLACE + 2);
        if let Some(part) = self.0.last_mut()
            && part.kept.len() < PART
            && let Ok(distance) = u32::try_from(heard.id.saturating_sub(part.base))
        {
            part.kept.push((distance, what));
            return;
        }
        let mut kept = Vec::with_capacity(if self.0.is_empty() { 16 } else { PART });
        kept.push((0, what));
        self.0.push(Part { base: heard.id, kept });
    }

    /// Those of one packet: messages before it there, role, transaction.
    pub fn of_packet(&self, id: PacketId) -> impl Iterator<Item = (u8, Role, u32)> {
        let from = self.0.partition_point(|part| part.last() < id);
        let parts = self.0.iter().skip(from);
        let all = parts.flat_map(move |part| {
            let before = part.kept.partition_point(|kept| part.base + u64::from(kept.0) < id);
            part.kept.iter().skip(before).map(|(distance, what)| (part.base + u64::from(*distance), *what))
        });
        all.take_while(move |(at, _)| *at == id).map(|(_, what)| {
            let role = match what >> PLACE & 3 {
                0 => Role::First,
                1 => Role::Repeat,
                2 => Role::Answer,
                _ => Role::Again,
            };
            ((what >> (PLACE + 2)) as u8, role, what & (TRANSACTIONS - 1))
        })
    }

    pub fn size(&self) -> u64 {
        let kept = self.0.iter().map(|part| part.kept.capacity() * size_of::<(u32, u32)>());
        (kept.sum::<usize>() + self.0.capacity() * size_of::<Part>()) as u64
    }
}
