//! What some packets of a capture come to: counted as the whole capture is.
//!
//! Owns the counts. Whose flow a packet is, where that stands and what is
//! remarked of a segment are the whole capture's conclusions: a connection of
//! which only some segments are wanted is not analysed anew.

use super::block::Block;
use super::measures::Measures;
use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use super::statistics::GoOn;
use crate::base::PacketId;
use crate::decode::Event;
use crate::flow::Header;
use crate::flow::dns::{Trouble, Troubles};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// What counts are asked of: a whole capture, or a part of one.
pub trait Counted {
    /// Flows and totals. Hold it shortly.
    fn analysis(&self) -> RwLockReadGuard<'_, Analysis>;
    /// The measures of TCP flows made so far; take them after the analysis.
    fn measures(&self) -> MutexGuard<'_, Measures>;
    /// Measures packets that are not measured yet, no more than `most`; gives
    /// whether all are measured.
    fn measure(&self, most: u64, go_on: GoOn<'_>) -> bool;
    /// How many packets.
    fn packets(&self) -> u64;
    /// The packets, in order.
    fn ids(&self) -> Box<dyn Iterator<Item = PacketId> + '_>;
}

impl Counted for Shared {
    fn analysis(&self) -> RwLockReadGuard<'_, Analysis> {
        self.analysis()
    }

    fn measures(&self) -> MutexGuard<'_, Measures> {
        self.measures()
    }

    fn measure(&self, most: u64, go_on: GoOn<'_>) -> bool {
        self.measure(most, go_on)
    }

    fn packets(&self) -> u64 {
        self.rows.len()
    }

    fn ids(&self) -> Box<dyn Iterator<Item = PacketId> + '_> {
        Box::new(0..self.rows.len())
    }
}

/// Numbers of packets, a bit each.
#[derive(Default)]
struct Packets {
    words: Vec<u64>,
    count: u64,
}

impl Packets {
    fn push(&mut self, id: PacketId) {
        let word = (id / 64) as usize;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word).filter(|word| **word >> (id % 64) & 1 == 0) {
            *word |= 1 << (id % 64);
            self.count += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = PacketId> + '_ {
        (0..).zip(&self.words).flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| at * 64 + bit)
        })
    }
}

/// Some packets of a capture.
#[derive(Default)]
pub struct Part {
    analysis: RwLock<Analysis>,
    measures: Mutex<Measures>,
    /// By the places of the whole capture's flows: theirs here, and one more.
    places: Vec<u32>,
    packets: Packets,
    block: Block,
}

impl Part {
    /// Counts an analysed packet.
    pub fn add(&mut self, session: &Shared, id: PacketId, peeler: &mut Peeler) {
        let (Some(row), Some(record)) = (session.rows.get(id), session.index.get(id)) else { return };
        let facts = session.facts(id, peeler);
        peeler.carried = session.carried(&facts, peeler);
        let whole = session.analysis();
        let own = self.analysis.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.block.begin(id, id + 1);
        self.block.push(session, peeler, whole.flows.hasher(), id, facts);
        self.block.count(&record);
        own.totals.merge(&self.block.totals);
        own.totals.add_notes(session.notes(id));
        // That a RST refuses a SYN only its flow knows.
        let is_counted = self.block.only().is_some_and(|(packet, _)| packet.row.flags.is_refusal());
        own.totals.refusals += u64::from(row.flags.is_refusal() && !is_counted);
        let opens = whole.flows.get(row.flow).is_some_and(|flow| flow.first() == id);
        if let Some(silence) = whole.flows.silence(row.flow).filter(|_| opens) {
            own.totals.silent.add(silence, id);
        }
        own.statistics.merge(&self.block.tally, self.block.paths());
        for (_, role, place) in whole.dns.of_packet(id) {
            let found = whole.dns.get(place).map_or(Troubles::default(), |one| Troubles::of(role, one));
            for trouble in Trouble::ALL.into_iter().filter(|trouble| found.has(*trouble)) {
                own.totals.dns.add(trouble, id, place);
            }
        }
        let Some((_, events)) = self.block.only() else { return };
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Flow(key) => {
                    let Some((place, flow)) = whole.flows.find_at(key, id) else { continue };
                    let slot = place as usize;
                    if slot >= self.places.len() {
                        self.places.resize(slot + 1, 0);
                    }
                    let Some(slot) = self.places.get_mut(slot) else { continue };
                    let counted = (id, record.time, record.wire);
                    let (header, _) = super::stage::header(events.get(at + 1..).unwrap_or_default());
                    *slot = own.flows.count_as(flow, slot.checked_sub(1), (key, header), counted) + 1;
                    if header != Header::Sound {
                        own.statistics.loose.add(key, record.time, record.wire);
                    }
                }
                Event::Hosts(key) => own.statistics.loose.add(key, record.time, record.wire),
                _ => {}
            }
        }
        if let Some(here) = self.places.get(row.flow as usize).and_then(|here| here.checked_sub(1)) {
            let measures = self.measures.get_mut().unwrap_or_else(PoisonError::into_inner);
            measures.add(session, id, here);
        }
        self.packets.push(id);
    }
}

impl Counted for Part {
    fn analysis(&self) -> RwLockReadGuard<'_, Analysis> {
        self.analysis.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn measures(&self) -> MutexGuard<'_, Measures> {
        self.measures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measure(&self, _most: u64, _go_on: GoOn<'_>) -> bool {
        true
    }

    fn packets(&self) -> u64 {
        self.packets.count
    }

    fn ids(&self) -> Box<dyn Iterator<Item = PacketId> + '_> {
        Box::new(self.packets.iter())
    }
}
