//! The flow table: one entry a pair of addresses, ports and protocol.

use super::announced::Announced;
use super::bindings::Bindings;
use super::entry::{Flow, NO_FLOW, NO_STREAM, Side, State, flags};
use super::hash::{Hasher, KeyHash};
use super::numbers::Numbers;
use super::places::Places;
use super::ports::Listening;
use super::silence::{Silent, SilentCounts};
use super::tcp::{self, Segment};
use super::uncounted::Uncounted;
use crate::base::{PacketId, Parts, Timestamp};
use crate::decode::{FlowKey, Note, ProtocolId, Remarks, Silence, TCP, UDP, Undelivered};

/// How much of a packet's transport header is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// All of it, and it is sound: the packet counts.
    #[default]
    Sound,
    /// It is cut short or broken: the packet belongs to the flow but does not count.
    Broken {
        /// There is enough of it to give the flow a stream number.
        numbered: bool,
    },
}

/// A packet as the flows see it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Its number.
    pub id: PacketId,
    /// When it was captured.
    pub time: Timestamp,
    /// Its bytes on the wire.
    pub wire: u32,
    /// Its transport header.
    pub key: &'a FlowKey,
    /// The key's hash.
    pub hash: KeyHash,
    /// Its outermost VLAN id, 0 for none.
    pub vlan: u16,
    /// The sequence number of a TCP segment that opens a connection (SYN
    /// without ACK).
    pub syn: Option<u32>,
    /// How much of the transport header is there.
    pub header: Header,
}

/// What an update came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The flow's place in the table.
    pub flow: u32,
    /// It began with this packet.
    pub is_new: bool,
    /// An earlier flow had the same ports.
    pub reuses: bool,
}

/// Most bytes that one flow takes, wherever the capture ends: its entry, the state
/// of a TCP connection that is more than a SYN, its place in the table of hashes,
/// and the protocol that it was found to carry.
pub(super) const MOST_BYTES: usize = size_of::<Flow>()
    + size_of::<tcp::State>()
    + (super::places::MOST_OF_64 + super::bindings::MOST_OF_64).div_ceil(64);
const _: () = assert!(MOST_BYTES <= 200);

/// Older flows with the same ends that are looked at, so that a port pair that
/// was used a million times costs nobody much.
const MAX_OLDER: usize = 4096;

/// Flows before and behind one among which its answer from another port is looked for.
const MAX_ASIDE: usize = 4096;

/// Every flow of a capture, in the order of first packets.
#[derive(Default)]
pub struct FlowTable {
    entries: Parts<Flow>,
    places: Places,
    hasher: Hasher,
    bindings: Bindings,
    connections: tcp::Connections,
    silent: Silent,
    announced: Announced,
    uncounted: Uncounted,
    numbers: Numbers,
}

impl FlowTable {
    /// Number of flows.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes that the flows take: entries, places and states of connections.
    pub fn size(&self) -> usize {
        let own = self.entries.size() + self.bindings.size();
        own + self.places.size() as usize
            + self.connections.size()
            + self.uncounted.size()
            + self.numbers.size()
    }

    /// The flow at `place`.
    pub fn get(&self, place: u32) -> Option<&Flow> {
        self.entries.get(place)
    }

    /// Every flow of which a packet was seen with its place, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Flow)> {
        self.entries.iter().filter(|(_, flow)| flow.is_seen())
    }

    /// Those of them in which a packet was counted.
    pub fn counted(&self) -> impl Iterator<Item = (u32, &Flow)> {
        self.iter().filter(|(_, flow)| flow.is_counted())
    }

    /// Packets of the flow at `place` whose transport headers are cut short or
    /// broken: they do not count. None where there are some and nobody knows how many.
    pub fn uncounted(&self, place: u32) -> Option<u32> {
        match self.get(place) {
            Some(flow) if flow.has_uncounted() => self.uncounted.get(place),
            _ => Some(0),
        }
    }

    /// Makes hashes for [`FlowTable::find`].
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// The newest flow between these ends, in either direction.
    #[inline]
    pub fn find(&self, key: &FlowKey, hash: KeyHash) -> Option<u32> {
        self.places.find(hash.0, |place| self.get(place).is_some_and(|flow| flow.key.is_between(key)))
    }

    /// The flow that a packet with this key was in at packet `id`: not one that
    /// used the same ports later.
    pub fn find_at(&self, key: &FlowKey, id: PacketId) -> Option<(u32, &Flow)> {
        let mut place = self.find(key, self.hasher.hash(key))?;
        for _ in 0..MAX_OLDER {
            let flow = self.get(place)?;
            if flow.first() <= id {
                return Some((place, flow));
            }
            place = flow.previous;
        }
        None
    }

    /// Whether the host that the UDP flow at `place` asks answers from another
    /// port, as TFTP's does: in one of the next flows, and no other flow
    /// waits for that answer.
    pub fn is_answered_elsewhere(&self, place: u32) -> bool {
        let Some(asked) = self.get(place).filter(|flow| flow.key.protocol == UDP) else { return false };
        if asked.packets[1] > 0 {
            return false;
        }
        let client = (asked.key.src, asked.key.src_port);
        let is_near = |flow: &&Flow| {
            let FlowKey { src, dst, src_port, dst_port, protocol, .. } = flow.key;
            let is_between = (src, src_port) == client && dst == asked.key.dst
                || (dst, dst_port) == client && src == asked.key.dst;
            protocol == UDP && flow.is_seen() && is_between
        };
        let answers = |flow: &Flow| (flow.key.dst, flow.key.dst_port) == client;
        let next =
            (place.saturating_add(1)..).take(MAX_ASIDE).map_while(|place| self.get(place)).find(is_near);
        let before = (0..place).rev().take(MAX_ASIDE).filter_map(|place| self.get(place)).find(is_near);
        next.is_some_and(answers) && before.is_none_or(|flow| answers(flow) || flow.packets[1] > 0)
    }

    /// The flow of a header that an ICMP error quotes. It counts nothing. An
    /// unknown one gets an entry when the quote is `whole` enough, as its
    /// stream number is then taken.
    pub fn quoted(&mut self, seen: &Seen<'_>, whole: bool) -> Option<u32> {
        let known = self.find(seen.key, seen.hash);
        known.or_else(|| (whole && seen.key.has_stream()).then(|| self.insert(seen, NO_FLOW)))
    }

    /// Nobody claimed a packet of the flow: an ICMP error says that no socket
    /// has the port that `key` is for.
    pub fn refuse(&mut self, place: u32, key: &FlowKey) {
        let Some(flow) = self.fail(place, State::Refused) else { return };
        let asked = flow.side(key).other();
        let is_silent = flow.packets.get(asked as usize) == Some(&0);
        // Nothing but the datagrams told which side was asked: one that had
        // sent before may have been the client.
        if is_silent && matches!(flow.listening(), Listening::LowerPort | Listening::FirstReceiver) {
            flow.set_server(asked);
        }
    }

    /// An ICMP error says that a packet of the flow that went as `key` did not arrive.
    pub fn undelivered(&mut self, place: u32, key: &FlowKey, error: Undelivered) {
        let is_silent = |flow: &Flow| flow.packets.get(flow.side(key).other() as usize) == Some(&0);
        if !error.is_too_big() && self.get(place).is_some_and(is_silent) {
            self.fail(place, State::Unreachable);
        }
    }

    /// What was sent first was not taken: gives the flow if nothing else is known of it.
    fn fail(&mut self, place: u32, state: State) -> Option<&mut Flow> {
        let flow = self.entries.get_mut(place)?;
        let before = flow.state();
        matches!(before, State::None | State::SynSent | State::Unreachable).then_some(())?;
        flow.set_state(state);
        self.silent.follow(place, flow, before);
        Some(flow)
    }

    /// Finds out who has waited for an answer for long enough at time `now`.
    pub fn settle(&mut self, now: i64) -> SilentCounts {
        let FlowTable { entries, silent, .. } = self;
        let get = |place| entries.get(place);
        silent.settle(now, get);
        silent.counts(get)
    }

    /// What the connection at `place` is, where nobody has answered its SYN.
    pub fn silence(&self, place: u32) -> Option<Silence> {
        self.silent.of(place, self.get(place)?)
    }

    /// Begins to fetch what [`FlowTable::find`] will need, without waiting for
    /// it. The value has no meaning but must be used.
    #[inline]
    pub fn touch(&self, hash: KeyHash) -> u64 {
        self.places.touch(hash.0)
    }

    /// Counts a packet in the flow that was found for its key, in a new one
    /// otherwise; ties it to that flow where its header is not sound.
    pub fn packet(&mut self, seen: &Seen<'_>, found: Option<u32>) -> Update {
        let kept = found.filter(|place| match (seen.syn, self.get(*place)) {
            // A new connection over a port pair that was used before.
            (Some(isn), Some(flow)) => self.base(flow, flow.side(seen.key)).is_none_or(|base| base == isn),
            _ => true,
        });
        let (place, is_new) = match kept {
            Some(place) => (place, false),
            None => (self.insert(seen, found.unwrap_or(NO_FLOW)), true),
        };
        let reuses = found.filter(|_| is_new);
        if let Some(old) = reuses.and_then(|old| self.get(old)) {
            let old = old.tcp;
            self.connections.forget(old);
        }
        if !is_new && self.get(place).is_some_and(|flow| !flow.is_counted()) {
            self.meet(seen, place);
        }
        let mut is_number_due = false;
        if let Some(flow) = self.entries.get_mut(place) {
            is_number_due = flow.is_number_due();
            match seen.header {
                Header::Sound => flow.count(seen.key, seen.time, seen.wire),
                Header::Broken { .. } => {
                    flow.see(seen.time);
                    self.uncounted.add(place);
                }
            }
        }
        // Of TCP it waits for data.
        if is_number_due && seen.key.protocol == UDP {
            self.give_number(place, seen.id);
        }
        Update { flow: place, is_new, reuses: reuses.is_some() }
    }

    /// One more packet of a flow that was known before, in which none counts yet.
    fn meet(&mut self, seen: &Seen<'_>, place: u32) {
        let has_number = !matches!(seen.header, Header::Broken { numbered: false });
        if has_number && self.get(place).is_some_and(|flow| flow.stream == NO_STREAM) {
            let stream = self.numbers.take(seen.key.protocol);
            if let Some(flow) = self.entries.get_mut(place) {
                flow.stream = stream;
            }
        }
        let Some(flow) = self.entries.get_mut(place) else { return };
        if !flow.is_seen() {
            flow.begin(seen.key, seen.time);
        } else if seen.header == Header::Sound {
            // A stays who sent the first packet, counted or not.
            flow.begin_counts(seen.time);
        }
    }

    /// Counts a packet (number, time, bytes on the wire) that another table
    /// counts in `flow`: in the flow at `known` here, or in one that is made
    /// like it. Gives its place. Nothing finds it by its key.
    pub fn count_as(
        &mut self,
        flow: &Flow,
        known: Option<u32>,
        (key, header): (&FlowKey, Header),
        (id, time, wire): (PacketId, Timestamp, u32),
    ) -> u32 {
        let place = known.unwrap_or_else(|| self.entries.push(flow.emptied((id, time))));
        let Some(own) = self.entries.get_mut(place) else { return place };
        match header {
            Header::Sound => {
                if !own.is_counted() {
                    own.begin_counts(time);
                }
                own.count(key, time, wire);
            }
            Header::Broken { .. } => {
                own.see(time);
                self.uncounted.add(place);
            }
        }
        place
    }

    /// A payload of the flow at `place` upon which another stream number is due.
    pub fn announce_number(&mut self, place: u32, id: PacketId) {
        let FlowTable { entries, numbers, .. } = self;
        let flow = entries.get_mut(place);
        // A SOCKS server replies to a request.
        let is_due = |flow: &Flow| flow.key.protocol == UDP || flow.first() != id;
        if let Some(flow) = flow.filter(|flow| is_due(flow) && numbers.announce(place, flow.key.protocol)) {
            flow.set_number_due(true);
        }
    }

    #[cold]
    fn give_number(&mut self, place: u32, id: PacketId) {
        let FlowTable { entries, numbers, .. } = self;
        let flow = entries.get_mut(place);
        if let Some(flow) = flow {
            flow.set_number_due(false);
            numbers.give(place, flow.key.protocol, id);
        }
    }

    /// The second stream number of a flow that has two, and the packet from which
    /// on it has that: Wireshark numbers some flows twice.
    pub fn later_stream(&self, place: u32) -> Option<(PacketId, u32)> {
        self.numbers.later(place)
    }

    /// The stream number of packet `id` in the flow at `place`.
    pub fn stream_at(&self, place: u32, id: PacketId) -> Option<u32> {
        let first = self.get(place)?.stream();
        self.later_stream(place).filter(|(from, _)| id >= *from).map_or(first, |(_, stream)| Some(stream))
    }

    /// `previous` is the flow whose ports it uses again.
    fn insert(&mut self, seen: &Seen<'_>, previous: u32) -> u32 {
        let Seen { key, hash, .. } = *seen;
        let place = self.entries.next_place();
        let stream = match seen.header {
            Header::Broken { numbered: false } => NO_STREAM,
            _ => self.numbers.take(key.protocol),
        };
        let bound = self.announced.take(key);
        let mut flow = Flow::new(key, (seen.id, seen.time), seen.vlan, stream);
        flow.previous = previous;
        if bound.is_some_and(|protocol| self.bindings.bind(place, protocol, 0)) {
            flow.set_bound();
        }
        self.entries.push(flow);
        let FlowTable { places, entries, .. } = self;
        // Over a port pair that was used before the newest flow is the one to find.
        places.insert(hash.0, place, |place| entries.get(place).is_some_and(|flow| flow.key.is_between(key)));
        place
    }

    /// Follows a connection by one segment, whose `at` is set here. A segment
    /// that is not `whole` counts for the state alone. Tells whether it refuses
    /// a SYN, and what is remarked of it.
    pub fn segment(
        &mut self,
        update: Update,
        (id, key): (PacketId, &FlowKey),
        segment: &Segment,
        whole: bool,
        time_of: impl Fn(PacketId) -> i64,
    ) -> (bool, Option<Remarks>) {
        let Some(flow) = self.entries.get_mut(update.flow) else { return (false, None) };
        if segment.len > 0 && flow.is_number_due() {
            flow.set_number_due(false);
            self.numbers.give(update.flow, TCP, id);
        }
        let before = flow.state();
        let side = flow.side(key);
        let refuses = flow.refuses(side, segment);
        flow.advance(side, segment);
        self.silent.follow(update.flow, flow, before);
        let first = flow.first();
        let (Ok(at), true) = (u32::try_from(id.saturating_sub(first)), whole) else { return (refuses, None) };
        let segment = Segment { at, ..*segment };
        let time_of = |at: u32| time_of(first + u64::from(at));
        let mut remarks = self.connections.segment(&mut flow.tcp, &segment, side, time_of);
        if update.reuses {
            remarks.notes.add(Note::ReusedPorts);
        }
        (refuses, Some(remarks))
    }

    /// The analysis of a flow's connection, once it has more than a SYN.
    pub fn connection(&self, flow: &Flow) -> Option<&tcp::State> {
        self.connections.get(flow.tcp)
    }

    /// Where A and B stand by the diagram of RFC 9293; none for other than TCP, and
    /// for an end of which nothing was seen.
    pub fn ends(&self, flow: &Flow) -> Option<[Option<tcp::EndState>; 2]> {
        if flow.state() == State::None {
            return None;
        }
        let state = self.connection(flow);
        let fin = |flags: u8| flags & flags::FIN as u8 != 0;
        let acknowledged = |side| state.is_some_and(|state| state.is_acknowledged(side));
        let seen = tcp::EndsSeen {
            completeness: flow.completeness(),
            server: flow.server(),
            closer: flow.closed_by(),
            fins: flow.tcp_flags().map(fin),
            acknowledged: [acknowledged(Side::A), acknowledged(Side::B)],
        };
        Some([seen.state(Side::A), seen.state(Side::B)])
    }

    /// The number from which the relative ones of a side count.
    fn base(&self, flow: &Flow, side: Side) -> Option<u32> {
        match self.connection(flow) {
            Some(state) => state.base(side),
            None => flow.tcp.isn().filter(|_| side == Side::A),
        }
    }

    /// Segments that the analysis could not note as unacknowledged because a limit was reached.
    pub fn refused(&self) -> u64 {
        self.connections.refused()
    }

    /// From packet `id` on, the flow's payload is `protocol`. Gives whether that is new.
    pub fn bind(&mut self, place: u32, id: PacketId, protocol: ProtocolId) -> bool {
        let Some(flow) = self.entries.get_mut(place) else { return false };
        let is_new = !flow.is_bound() && self.bindings.bind(place, protocol, id.saturating_sub(flow.first()));
        if is_new {
            flow.set_bound();
        }
        is_new
    }

    /// The protocol bound to a flow, for packet `id`.
    pub fn bound_at(&self, place: u32, id: PacketId) -> Option<ProtocolId> {
        let flow = self.get(place).filter(|flow| flow.is_bound())?;
        let (protocol, distance) = self.bindings.get(place)?;
        (id >= flow.first() + distance).then_some(protocol)
    }

    /// Remembers a flow that a packet announced; zero ports mean any.
    pub fn expect(&mut self, key: FlowKey, protocol: ProtocolId) {
        self.announced.add(key, protocol);
    }

    /// What a flow that has no packet yet was announced to carry.
    pub fn expected(&self, key: &FlowKey) -> Option<ProtocolId> {
        self.announced.get(key)
    }
}

#[cfg(test)]
mod tests;
