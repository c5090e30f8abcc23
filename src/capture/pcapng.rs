//! The pcapng format: finding blocks, checking their lengths, and finding the
//! way again after damage.
//!
//! Owns where a block begins and ends; what is in it is left to
//! [`super::pcapng_blocks`]. Never looks into a packet.

use super::input::{Input, Short};
use super::notices::{Kind, Notices};
use super::order::Order;
use super::pcap::BATCH;
use super::pcapng_blocks::{Blocks, kind};
use super::{Batch, ByteStore, Record, Source, Status};
use std::sync::Arc;

/// Longest block that is looked at as a whole; longer packets are passed over.
const WHOLE: u32 = 256 << 10;
/// Longest block of names, secrets and the like.
const WHOLE_META: u32 = 16 << 20;
/// Bytes of a longer block that are looked at: its header.
const HEAD: usize = 32;
/// Bytes that are searched for the next block after damage.
const SEARCHED: u64 = 16 << 20;
/// Bytes looked at together while searching.
const LOOK: usize = 512 << 10;

enum State {
    Blocks,
    /// A long block: its packet is given out when its end has been checked.
    Tail(Tail),
    /// Searching since the damage at this offset.
    Lost(u64, String),
    Done,
}

struct Tail {
    start: u64,
    /// Length as the block says.
    claimed: u32,
    record: Option<Record>,
}

/// Reader of one pcapng file.
pub(super) struct Pcapng {
    input: Input,
    blocks: Blocks,
    notices: Notices,
    state: State,
}

/// Length of a block with the padding that some writers leave out of it.
fn padded(claimed: u32) -> u64 {
    u64::from(claimed).next_multiple_of(4)
}

impl Pcapng {
    /// Whether `head` begins with a section header; the byte order is checked.
    pub fn is_magic(head: &[u8]) -> bool {
        head.starts_with(&kind::SECTION.to_be_bytes()) && section_order(head).is_some()
    }

    /// Over an input at its first section header.
    pub fn new(input: Input, notices: Notices) -> Self {
        Pcapng { input, blocks: Blocks::default(), notices, state: State::Blocks }
    }

    /// Takes the next block.
    fn step(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let start = self.input.position();
        let head = self.input.ahead(12)?;
        let mut order = self.blocks.order;
        // The type of a section header reads the same in both orders.
        if order.u32(head, 0) == kind::SECTION {
            let Some(found) = section_order(head) else {
                return self.lose(start, "a section without a byte-order mark".to_owned());
            };
            order = found;
        }
        let (kind, claimed) = (order.u32(head, 0), order.u32(head, 4));
        if claimed < 12 {
            return self.lose(start, format!("a block claims a length of {claimed} bytes"));
        }
        let limit = if kind::is_meta(kind) { WHOLE_META } else { WHOLE };
        if claimed > limit {
            return self.long(start, kind, claimed, batch);
        }
        let len = padded(claimed) as usize;
        let window = match self.input.ahead(len) {
            Ok(window) => window,
            Err(Short::End) => {
                return self.lose(start, format!("a block of {claimed} bytes is cut short"));
            }
            Err(short) => return Err(short),
        };
        let block = &window[..len];
        let trailer = order.u32(block, len - 4);
        if trailer != claimed {
            let what = format!("a block's two lengths differ: {claimed} and {trailer}");
            return self.lose(start, what);
        }
        if let Some(record) =
            self.blocks.packet(kind, start, block, padded(claimed), batch, &mut self.notices)
        {
            batch.records.push(record);
            self.input.give(start + len as u64);
        } else {
            self.blocks.other(kind, start, order, block, batch, &mut self.notices);
        }
        self.input.consume(len);
        Ok(())
    }

    /// A block too long to look at as a whole: its header, then its end.
    fn long(&mut self, start: u64, kind: u32, claimed: u32, batch: &mut Batch) -> Result<(), Short> {
        let head = match self.input.ahead(HEAD) {
            Err(Short::End) => {
                return self.lose(start, format!("a block of {claimed} bytes is cut short"));
            }
            head => &head?[..HEAD],
        };
        let record = self.blocks.packet(kind, start, head, padded(claimed), batch, &mut self.notices);
        self.state = State::Tail(Tail { start, claimed, record });
        if kind::is_meta(kind) {
            let told = format_args!("a block of {claimed} bytes without packets is passed over");
            self.notices.tell(batch, Kind::Unreadable, Some(start), told);
        }
        Ok(())
    }

    fn tail(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let State::Tail(Tail { start, claimed, record }) = &self.state else { return Ok(()) };
        let (start, claimed, record) = (*start, *claimed, *record);
        let end = start + padded(claimed);
        let what = match self.input.skip_to(end - 4).and_then(|()| self.input.ahead(4)) {
            Ok(trailer) if self.blocks.order.u32(trailer, 0) == claimed => {
                self.input.consume(4);
                if let Some(record) = record {
                    batch.records.push(record);
                    self.input.give(end);
                }
                self.state = State::Blocks;
                return Ok(());
            }
            Ok(_) => format!("a block claims {claimed} bytes, but does not end there"),
            Err(Short::End) => format!("a block of {claimed} bytes is cut short"),
            Err(short) => return Err(short),
        };
        self.input.rewind(start + 1);
        self.lose(start, what)
    }

    fn lose(&mut self, at: u64, what: String) -> Result<(), Short> {
        if self.input.position() <= at {
            self.input.consume(1);
        }
        self.state = State::Lost(at, what);
        Ok(())
    }

    /// Searches the next block from the window on.
    fn search(&mut self, batch: &mut Batch) -> Result<(), Short> {
        let State::Lost(at, _) = self.state else { return Ok(()) };
        let (window, ended) = self.input.ahead_or_end(LOOK)?;
        let half = if ended { window.len() } else { LOOK / 2 };
        let found = (0..half).find(|from| self.blocks.convincing(&window[*from..], ended));
        self.input.consume(found.unwrap_or(half));
        let passed = self.input.position() - at;
        if found.is_none() && !ended && passed < SEARCHED {
            return Err(Short::Busy);
        }
        let next = if found.is_some() { State::Blocks } else { State::Done };
        let State::Lost(_, what) = std::mem::replace(&mut self.state, next) else { return Ok(()) };
        let outcome = match (found, ended) {
            (Some(_), _) => format!("{passed} bytes skipped to the next block"),
            (None, true) => format!("no block follows in the {passed} bytes that are left"),
            (None, false) => format!("no block follows in the next {passed} bytes"),
        };
        self.notices.tell(batch, Kind::Damage, Some(at), format_args!("{what}; {outcome}"));
        Ok(())
    }

    fn advance(&mut self, batch: &mut Batch) -> Result<(), Short> {
        match self.state {
            State::Blocks => self.step(batch),
            State::Tail(_) => self.tail(batch),
            State::Lost(..) => self.search(batch),
            State::Done => Err(Short::End),
        }
    }

    /// Tells what the end left over.
    fn finish(&mut self, short: Short, batch: &mut Batch) {
        let at = Some(self.input.position());
        let left = self.input.window().len();
        match (&self.state, short) {
            (_, Short::Failed(why)) => self.notices.tell(batch, Kind::Damage, at, format_args!("{why}")),
            (State::Blocks, _) if left > 0 => {
                let told = format_args!("the last block is cut short: {left} bytes of it are there");
                self.notices.tell(batch, Kind::Damage, at, told);
            }
            _ => {}
        }
        self.blocks.finish(batch, &mut self.notices);
        self.notices.close(batch);
        self.state = State::Done;
    }
}

/// Byte order of a section, from its header.
pub(super) fn section_order(head: &[u8]) -> Option<Order> {
    [Order { big: false }, Order { big: true }].into_iter().find(|order| order.u32(head, 8) == 0x1a2b_3c4d)
}

impl Source for Pcapng {
    fn read(&mut self, batch: &mut Batch) -> Status {
        self.notices.release(batch);
        let (records, told) = (batch.records.len() + BATCH, batch.happenings.len() + BATCH);
        let status = loop {
            match self.advance(batch) {
                Ok(()) if batch.records.len() < records && batch.happenings.len() < told => {}
                Ok(()) | Err(Short::Busy) => break Status::More,
                Err(Short::Idle) => break Status::Idle,
                Err(short) => {
                    self.finish(short, batch);
                    break Status::End;
                }
            }
        };
        batch.progress = self.input.progress();
        status
    }

    fn bytes(&self) -> Arc<dyn ByteStore> {
        self.input.store()
    }
}
