//! What is kept of every packet of the connections: what of messages of earlier segments
//! goes on in it, and which messages have their turn with it.

use super::{Message, PIECES};
use crate::base::PacketId;
use crate::decode::{LateMessages, MessageLeft};
use crate::flow::Side;
use crate::flow::followed::{self, Extent, Extents, List};

/// Packets that are kept.
const ROWS: usize = 1 << 20;

/// Late messages that lack bytes which one packet tells of: each is read by itself.
const HOLES: usize = 5;

/// What earlier packets left for one, of which the bytes are still to be read.
#[derive(Clone, Debug)]
pub struct Left {
    message: MessageLeft,
    extents: Vec<Extent>,
    late: Vec<Extent>,
}

impl Left {
    /// Reads them; `read` appends what an extent holds.
    pub fn read(self, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> MessageLeft {
        let Left { mut message, extents, late } = self;
        extents.into_iter().for_each(|extent| read(extent, &mut message.begin));
        for part in late.split_inclusive(is_hole) {
            let mut together = LateMessages::default();
            for extent in part {
                match is_hole(extent) {
                    true => together.lacks = extent.at as usize,
                    false => read(*extent, &mut together.bytes),
                }
            }
            message.late.push(together);
        }
        message
    }
}

/// What stands behind the extents of a message of which so many bytes are not there.
fn hole(lacks: usize) -> Extent {
    Extent { packet: 0, at: lacks as u32, len: 0 }
}

fn is_hole(extent: &Extent) -> bool {
    extent.len == 0
}

/// Messages that came too early and wait for a packet that can tell of them.
#[derive(Default)]
pub(super) struct Late {
    /// Where they lie, with [`hole`]s.
    extents: Vec<Extent>,
    /// How many there are, and where the last one begins.
    count: u8,
    last: usize,
}

impl Late {
    /// One more; `false` when there is no room.
    pub fn put(&mut self, pieces: &[Extent], lacks: usize) -> bool {
        let holes = self.extents.iter().filter(|extent| is_hole(extent)).count();
        let has_room = self.extents.len() + pieces.len() < 2 * PIECES && self.count < u8::MAX;
        let has_room = has_room && (lacks == 0 || holes < HOLES);
        if has_room && !pieces.is_empty() {
            self.last = self.extents.len();
            self.extents.extend_from_slice(pieces);
            self.extents.extend((lacks > 0).then(|| hole(lacks)));
            self.count += 1;
        }
        has_room
    }
}

/// See [`followed::Row`].
#[derive(Clone, Copy, Default)]
pub struct Row {
    packet: PacketId,
    begun_by: PacketId,
    known: u32,
    rest: u32,
    begun: u32,
    extents: List,
    /// Messages that came too early, and how many extents there are from the last one on.
    late: List,
    late_last: u16,
    /// Packets until the one that its last message is whole with.
    until: u32,
    /// Messages that it tells, and the one of them that goes on, counted from 1.
    told: u8,
    open: u8,
    is_told: bool,
    ends: bool,
    is_early: bool,
    is_outside: bool,
    conflicts: bool,
}

impl Row {
    /// Of a packet that has its turn behind its first `known` bytes.
    pub fn next(packet: PacketId, known: u32, conflicts: bool) -> Row {
        Row { packet, known, conflicts, ..Row::default() }
    }

    /// Of a packet of which nothing is told where it lies: all came before.
    pub fn again(packet: PacketId, conflicts: bool) -> Row {
        Row::next(packet, u32::MAX, conflicts)
    }

    /// Of a packet that the other side drops.
    pub fn outside(packet: PacketId) -> Row {
        Row { is_outside: true, ..Row::again(packet, false) }
    }

    /// Of a packet that came too early: behind `rest` bytes it is told by its look alone.
    pub fn early(packet: PacketId, rest: u32) -> Row {
        Row { packet, rest, is_early: true, ..Row::default() }
    }

    /// Of a packet of which messages told before leave nothing to tell.
    pub fn all_told(packet: PacketId) -> Row {
        Row { packet, rest: u32::MAX, ..Row::default() }
    }
}

impl followed::Row for Row {
    fn packet(&self) -> PacketId {
        self.packet
    }
}

/// The packets that begin where the message before ended, or with more of it.
#[derive(Default)]
pub struct Log {
    rows: Vec<Row>,
    extents: Extents,
    /// The row of the packet that has its turn, once it is known to be in step.
    turn: Option<Row>,
    /// Flows of which begins of messages may be missing, and the side, since somebody asked.
    pub(super) missed: Vec<(u32, Side)>,
    /// Packets that came too early and whose place has other bytes, since then.
    pub(super) overruled: Vec<PacketId>,
}

impl followed::Log for Log {
    type Row = Row;
    type Left = Left;

    fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn left(&self, number: u32) -> Option<Left> {
        let row = self.rows.get(number as usize)?;
        let late = self.extents.list(row.late).to_vec();
        let last = late.len().checked_sub(row.late_last.into()).and_then(|at| late.get(at));
        let message = MessageLeft {
            known: row.known as usize,
            rest: row.rest as usize,
            begun: row.begun as usize,
            begun_by: (row.begun > 0).then_some(row.begun_by),
            is_told: row.is_told,
            ends: row.ends,
            is_early: row.is_early,
            is_outside: row.is_outside,
            conflicts: row.conflicts,
            late_last: last.map(|extent| (extent.packet, extent.at)),
            ..MessageLeft::default()
        };
        Some(Left { message, extents: self.extents.list(row.extents).to_vec(), late })
    }

    fn size(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.extents.size()
    }
}

impl Log {
    /// Begins the turn of a packet. Gives whether it may have a row.
    pub fn begin(&mut self, packet: PacketId) -> bool {
        self.turn = None;
        self.rows.len() < ROWS && self.rows.last().is_none_or(|last| last.packet < packet)
    }

    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The packet has a row once what begins in it is known.
    pub fn expect(&mut self, row: Row) {
        self.turn = Some(row);
    }

    /// Whether a packet has a row.
    pub fn has(&self, packet: PacketId) -> bool {
        self.rows.last().is_some_and(|row| row.packet == packet)
    }

    fn row(&self, id: PacketId) -> Option<&Row> {
        self.rows.get(followed::Log::find(self, id)? as usize)
    }

    /// See [`super::Streams::whole_with`].
    pub fn whole_with(&self, id: PacketId, place: u8) -> Option<PacketId> {
        let row = self.row(id)?;
        (row.open == place.checked_add(1)? && row.until > 0).then(|| id + PacketId::from(row.until))
    }

    /// A message begins right where the packet has new bytes, or behind `rest` of them.
    /// Gives whether that is kept.
    pub fn in_step(&mut self, rest: usize) -> bool {
        let Some(row) = self.turn.take() else { return false };
        self.rows.push(Row { rest: rest as u32, ..row });
        true
    }

    /// The packet has so many bytes more of a message that was so before. Gives whether
    /// that is kept.
    pub(super) fn goes_on(&mut self, rest: usize, message: &mut Message, ends: bool) -> bool {
        if !self.in_step(rest) {
            return false;
        }
        let is_told_here = !message.is_told && message.total.is_some();
        let pieces = if ends || is_told_here { message.all() } else { &[] };
        let extents = self.extents.put(pieces.iter().copied()).unwrap_or_default();
        if let Some(row) = self.rows.last_mut() {
            (row.begun, row.begun_by) = (message.have as u32, message.begun_by);
            (row.extents, row.is_told, row.ends) = (extents, message.is_told, ends);
        }
        if is_told_here && extents.1 > 0 {
            message.is_told = true;
            message.row = self.tells();
            self.leaves_open(message.row);
        }
        true
    }

    /// The newest packet tells one more message. Gives its row.
    pub fn tells(&mut self) -> Option<u32> {
        let row = self.rows.last_mut()?;
        row.told = row.told.saturating_add(1);
        u32::try_from(self.rows.len() - 1).ok()
    }

    /// Whether a packet can tell of messages that came too early: it has its turn, or came
    /// again.
    pub fn can_tell(&self, packet: PacketId) -> bool {
        self.rows.last().is_some_and(|row| row.packet == packet && !row.is_early)
    }

    /// What waits is told with the newest packet. Gives its row.
    pub(super) fn tells_late(&mut self, late: &mut Late) -> Option<u32> {
        let row = self.rows.last_mut()?;
        let list = self.extents.put(late.extents.iter().copied()).filter(|list| list.1 > 0)?;
        (row.late, row.told) = (list, row.told.saturating_add(late.count));
        row.late_last = (late.extents.len() - late.last) as u16;
        *late = Late::default();
        u32::try_from(self.rows.len() - 1).ok()
    }

    /// The last message that the packet of a row tells goes on.
    pub fn leaves_open(&mut self, row: Option<u32>) {
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row as usize)) {
            row.open = row.told;
        }
    }

    /// The message that the packet of a row leaves open is whole with this one.
    pub fn ends(&mut self, row: Option<u32>, packet: PacketId) {
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row as usize)) {
            row.until = u32::try_from(packet.saturating_sub(row.packet)).unwrap_or(0);
        }
    }

    /// Other bytes have the place of a packet that came too early.
    pub fn overrule(&mut self, packet: PacketId) {
        self.overruled.push(packet);
        let number = followed::Log::find(self, packet);
        if let Some(row) = number.and_then(|number| self.rows.get_mut(number as usize)) {
            row.conflicts = true;
        }
    }
}
