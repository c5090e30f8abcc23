//! What is kept of every packet of the connections: where in it frames begin, where what
//! goes on in it began, and the header fields that it may name by number.

use crate::base::PacketId;
use crate::decode::{EndedStream, FramesLeft, HeaderTable};
use crate::flow::Extent;
use crate::flow::followed::{self, Extents, List};
use smallvec::SmallVec;

/// Packets that are kept.
const PACKETS: usize = 1 << 20;
/// Ends of streams, and header blocks.
const ENDS: usize = 1 << 20;
/// Header fields, and the bytes of all of them.
const FIELDS: usize = 1 << 18;
const BYTES: usize = 1 << 24;
/// Header fields that one packet may name, and their bytes: twice the table that both
/// sides begin with (RFC 9113, 6.5.2).
const NAMED: usize = 256;
pub(super) const NAMED_BYTES: usize = 1 << 13;

/// No header field.
pub(super) const NONE: u32 = u32::MAX;

/// A header field behind those put into the table of the same direction before.
#[derive(Clone, Copy)]
struct Field {
    before: u32,
    at: u32,
    name: u32,
    value: u32,
}

/// See [`followed::Row`].
#[derive(Clone, Copy)]
pub struct Row {
    packet: PacketId,
    known: u32,
    rest: u32,
    begun: u32,
    /// The newest header field before the packet, and behind the frame that goes on in it.
    head: u32,
    behind: u32,
    /// Extents of the frame that goes on, and where those of the streams begin.
    extents: List,
    /// Streams that end.
    ends: (u32, u16),
    is_apart: bool,
}

#[derive(Clone, Copy)]
struct Ended {
    stream: u32,
    is_dns: Option<bool>,
    early: bool,
    extents: List,
}

/// See the module.
#[derive(Default)]
pub struct Log {
    rows: Vec<Row>,
    extents: Extents,
    ends: Vec<Ended>,
    fields: Vec<Field>,
    bytes: Vec<u8>,
    /// Header blocks that go on in packets: the row, the stream, and where they lie.
    blocks: Vec<(u32, u32, List)>,
    /// The packet that is looked at has a row.
    is_open: bool,
}

impl Log {
    /// A packet with a payload, of which so many bytes were known before; no `known`:
    /// nothing of it has its turn.
    pub fn begin(&mut self, packet: Option<PacketId>, known: Option<u32>, head: u32) {
        self.is_open = false;
        if let Some(packet) = packet
            && self.rows.len() < PACKETS
            && self.rows.last().is_none_or(|last| last.packet < packet)
        {
            self.is_open = true;
            self.rows.push(Row {
                packet,
                known: known.unwrap_or(0),
                rest: 0,
                begun: 0,
                head,
                behind: head,
                extents: (0, 0),
                ends: (self.ends.len() as u32, 0),
                is_apart: known.is_none(),
            });
        }
    }

    fn row(&mut self) -> Option<&mut Row> {
        self.rows.last_mut().filter(|_| self.is_open)
    }

    /// Nothing tells where frames begin in the packet.
    pub fn apart(&mut self) {
        if let Some(row) = self.row() {
            row.is_apart = true;
        }
    }

    /// Earlier packets begin a header block of this stream, which goes on in the packet.
    pub fn in_block(&mut self, stream: u32, extents: &[Extent]) {
        if self.is_open
            && let Some(extents) =
                self.extents.put(extents.iter().copied()).filter(|_| self.blocks.len() < ENDS)
        {
            self.blocks.push((self.rows.len() as u32 - 1, stream, extents));
        }
    }

    /// The packet begins with `rest` bytes of a frame that earlier ones have `begun` bytes
    /// of, at `extents`.
    pub fn goes_on(&mut self, rest: usize, begun: usize, extents: impl Iterator<Item = Extent>) {
        let extents = self.extents.put(extents).unwrap_or_default();
        if let Some(row) = self.row() {
            (row.rest, row.begun, row.extents) = (rest as u32, begun as u32, extents);
        }
    }

    /// The frame that goes on in the packet has left the table so.
    pub fn behind(&mut self, head: u32) {
        if let Some(row) = self.row() {
            row.behind = head;
        }
    }

    /// A side of a stream ends in the packet. `extents`: what earlier ones have of it, or
    /// all of it when it ended `early`.
    pub fn ends(&mut self, stream: u32, is_dns: Option<bool>, early: bool, extents: &[Extent]) {
        if self.ends.len() >= ENDS || !self.is_open {
            return;
        }
        let Some(extents) = self.extents.put(extents.iter().copied()) else { return };
        if let Some(row) = self.row()
            && let Some(count) = row.ends.1.checked_add(1)
        {
            row.ends.1 = count;
            self.ends.push(Ended { stream, is_dns, early, extents });
        }
    }

    /// Puts a header field into the table whose newest is `head`; gives the newest.
    pub fn add(&mut self, head: u32, name: &[u8], value: &[u8]) -> u32 {
        if self.fields.len() >= FIELDS || self.bytes.len() + name.len() + value.len() > BYTES {
            return NONE;
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.fields.push(Field { before: head, at, name: name.len() as u32, value: value.len() as u32 });
        self.fields.len() as u32 - 1
    }

    /// The table whose newest header field is `head`.
    fn table(&self, head: u32) -> HeaderTable {
        let (mut next, mut size) = (head, 0);
        let mut fields: SmallVec<[&Field; 64]> = SmallVec::new();
        while let Some(field) = self.fields.get(next as usize).filter(|_| fields.len() < NAMED) {
            // RFC 7541, 4.1.
            size += (field.name + field.value) as usize + 32;
            if size > NAMED_BYTES {
                break;
            }
            fields.push(field);
            next = field.before;
        }
        let mut table = HeaderTable::default();
        for Field { at, name, value, .. } in fields.into_iter().rev() {
            let bytes = self.bytes.get(*at as usize..).unwrap_or_default();
            let (name, rest) = bytes.split_at_checked(*name as usize).unwrap_or_default();
            table.push(name, rest.get(..*value as usize).unwrap_or_default());
        }
        table
    }

    /// Header fields from the newest one back to an older one.
    fn distance(&self, from: u32, to: u32) -> usize {
        let older = |place: &u32| self.fields.get(*place as usize).map(|field| field.before);
        std::iter::successors(Some(from), older).take(NAMED).take_while(|place| *place != to).count()
    }
}

impl followed::Row for Row {
    fn packet(&self) -> PacketId {
        self.packet
    }
}

impl followed::Log for Log {
    type Row = Row;
    type Left = Left;

    fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn left(&self, number: u32) -> Option<Left> {
        let row = self.rows.get(number as usize)?;
        let table = self.table(row.behind);
        let before = if row.behind == row.head { 0 } else { self.distance(row.behind, row.head) };
        let extents = |list| self.extents.list(list).to_vec();
        let begin = extents(row.extents);
        let mut carried = FramesLeft {
            is_apart: row.is_apart,
            known: row.known as usize,
            begun: row.begun as usize,
            begun_by: begin.first().map(|extent| extent.packet),
            rest: row.rest as usize,
            added: before.min(table.len()),
            table,
            ..FramesLeft::default()
        };
        let block = self.blocks.binary_search_by_key(&number, |block| block.0).ok();
        let block = block.and_then(|place| self.blocks.get(place)).map(|block| {
            carried.block = Some((block.1, Vec::new()));
            extents(block.2)
        });
        let mut streams = Vec::new();
        let ends = self.ends.get(row.ends.0 as usize..).unwrap_or_default();
        for ended in ends.iter().take(row.ends.1.into()) {
            let extents = extents(ended.extents);
            carried.streams.push(EndedStream {
                number: ended.stream,
                is_dns: ended.is_dns,
                bytes: Vec::new(),
                begun_by: extents.first().map(|extent| extent.packet),
                ended_early: ended.early,
            });
            streams.push(extents);
        }
        Some(Left { carried, begin, block: block.unwrap_or_default(), streams })
    }

    fn size(&self) -> usize {
        self.rows.capacity() * size_of::<Row>()
            + self.extents.size()
            + self.ends.capacity() * size_of::<Ended>()
            + self.fields.capacity() * size_of::<Field>()
            + self.bytes.capacity()
            + self.blocks.capacity() * size_of::<(u32, u32, List)>()
    }
}

/// What earlier packets left for one, of which the bytes are still to be read.
#[derive(Clone, Debug)]
pub struct Left {
    carried: FramesLeft,
    begin: Vec<Extent>,
    block: Vec<Extent>,
    streams: Vec<Vec<Extent>>,
}

impl Left {
    /// Reads them; `read` appends what an extent holds.
    pub fn read(self, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> FramesLeft {
        let Left { mut carried, begin, block, streams } = self;
        begin.into_iter().for_each(|extent| read(extent, &mut carried.begin));
        if let Some((_, bytes)) = &mut carried.block {
            block.into_iter().for_each(|extent| read(extent, bytes));
        }
        for (stream, extents) in carried.streams.iter_mut().zip(streams) {
            extents.into_iter().for_each(|extent| read(extent, &mut stream.bytes));
        }
        carried
    }
}
