//! One connection, segment by segment: what each of them means in the light of
//! those before it.
//!
//! Owns the conditions of every note, which are those of Wireshark's user guide
//! (TCP Analysis). Pure: knows
//! numbers and times, no packets, files or threads.

use super::handshake::Handshake;
use super::state::{Direction, State, bit};
use super::unacked::{Unacked, before};
use crate::decode::{Ecn, Note, Notes, Remarks, TcpOptions};
use crate::flow::Side;
use crate::flow::flags::{ACK, CWR, ECE, FIN, PSH, RST, SYN};

/// A repeat so soon after the duplicate ACKs that no timer can have caused it.
const FAST: u64 = 20_000_000;
/// How late a segment may be and still count as out of order, while no
/// handshake tells the round-trip time.
const REORDERED: u64 = 3_000_000;

/// One segment. Packets are counted from the first of the connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Segment {
    /// Which packet.
    pub at: u32,
    /// When, in nanoseconds.
    pub time: i64,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Control bits.
    pub flags: u16,
    /// Window, not scaled.
    pub window: u16,
    /// Bytes of data.
    pub len: u32,
    /// The options that matter here.
    pub options: TcpOptions,
    /// Its internet header says that a router was congested.
    pub ce: bool,
}

impl Segment {
    /// The marks of congestion that it bears. In a SYN the flags only say that
    /// its sender knows of them (RFC 3168, 6.1.1).
    fn ecn(&self) -> Ecn {
        let flags = if self.flags & SYN == 0 { self.flags } else { 0 };
        let marks = [(self.ce, Ecn::CE), (flags & ECE != 0, Ecn::ECE), (flags & CWR != 0, Ecn::CWR)];
        Ecn(marks.into_iter().filter(|mark| mark.0).fold(0, |all, (_, mark)| all | mark.0))
    }
}

impl State {
    /// Follows the connection by a segment of `side`. `time_of` gives the time
    /// of an earlier packet; it is seldom asked.
    pub(super) fn segment(
        &mut self,
        segment: &Segment,
        side: Side,
        begun: &mut Handshake,
        unacked: &mut Unacked,
        time_of: impl Fn(u32) -> i64,
    ) -> Remarks {
        let handshake = begun.took();
        let (mut own, mut other) = (self.direction(side), self.direction(side.other()));
        let is_first = !own.has(bit::SEEN);
        let Segment { at, time, seq, ack, flags, window, len, .. } = *segment;
        let has = |bits: u16| flags & bits != 0;
        let back = |packet: u32| at.wrapping_sub(packet);
        // A clock that goes back makes long times, not short ones.
        let since = |packet: u32| time.wrapping_sub(time_of(packet)).cast_unsigned();
        let mut remarks =
            Remarks { from_b: side == Side::B, previous: own.last(&other).map(back), ..Remarks::default() };
        remarks.ecn = segment.ecn();
        let notes = &mut remarks.notes;

        own.begin(segment, notes);
        if !other.has(bit::BASE) && has(ACK) {
            other.base = ack.wrapping_sub(1);
            other.set(bit::BASE, true);
        }
        if has(ACK) {
            other.set(bit::GAP, false);
        }

        own.place(&mut other, segment, &mut remarks);
        if ack != own.ack {
            (own.ack_at, own.repeats) = (at, 0);
            other.set(bit::TOLD, false);
        }
        own.reach(&mut other, segment, &mut remarks.notes);
        let notes = &mut remarks.notes;
        if (len > 0 || has(SYN | FIN))
            && !notes.has(Note::KeepAlive)
            && let Some(note) = own.repeated(&other, segment, handshake, since)
        {
            notes.add(note);
            if note == Note::Retransmission {
                remarks.rto = Some(back(unacked.oldest(own.unacked).unwrap_or(own.next_at)));
            }
        }

        let mut next = seq.wrapping_add(len);
        if len > 0 || has(SYN | FIN) {
            next = next.wrapping_add(u32::from(has(SYN | FIN)));
            unacked.push(&mut own.unacked, own.base, (seq, next), at);
        }
        let probe = notes.has(Note::ZeroWindowProbe);
        if (own.next == 0 || before(own.next, next)) && !probe {
            (own.next, own.next_at) = (next, at);
        }
        if (own.whole == 0 || own.whole == seq) && !probe {
            own.whole = own.next;
        }
        (own.window, own.ack, own.last_at) = (window, ack, at);
        own.set(bit::SEEN, true);
        own.set(bit::UNSCALED, has(SYN));
        own.set(bit::KEEP_ALIVE, notes.has(Note::KeepAlive));
        own.set(bit::PROBE, probe);

        remarks.acks = unacked.acknowledge(&mut other.unacked, other.base, ack).map(back);
        if len > 0 && !own.has(bit::GAP) {
            own.flight(&other, segment, unacked, &mut remarks);
        }

        // The handshake: its time, and what its options agree on.
        if has(SYN) {
            remarks.notes.0 |= other.fast_open(segment, handshake.is_none() && is_first).0;
            match segment.options.scale {
                Some(shift) => own.scale = shift.min(14).cast_signed(),
                // Both sides must offer one.
                None if own.scale == -1 => (own.scale, other.scale) = (-2, -2),
                None => {}
            }
            if !has(ACK) && handshake.is_none() {
                begun.begin(at);
            }
        } else if has(ACK)
            && let Some(syn) = begun.syn()
            && let nanos @ 1.. = since(syn)
        {
            begun.complete(nanos);
        }
        let sack = &segment.options.sack;
        unacked.set_sack(&mut own.unacked, Some(sack).filter(|sack| !sack.is_empty()));
        self.set_direction(side, &own);
        self.set_direction(side.other(), &other);
        remarks
    }
}

impl Direction {
    /// The newest packet of this direction or `other`.
    fn last(&self, other: &Direction) -> Option<u32> {
        match (self.has(bit::SEEN), other.has(bit::SEEN)) {
            (true, true) => Some(self.last_at.max(other.last_at)),
            (true, false) => Some(self.last_at),
            (false, true) => Some(other.last_at),
            (false, false) => None,
        }
    }

    /// The first segment of the direction tells where its numbers begin.
    fn begin(&mut self, segment: &Segment, notes: &mut Notes) {
        let Segment { seq, flags, .. } = *segment;
        if !self.has(bit::BASE) {
            self.base = if flags & SYN != 0 { seq } else { seq.wrapping_sub(1) };
            self.set(bit::BASE, true);
        } else if flags & (SYN | ACK) == SYN | ACK && self.base != seq {
            // Another connection answers between the same ports.
            notes.add(Note::ReusedPorts);
            self.base = seq;
        }
    }

    /// Remarks on a SYN of the other side as one of TCP Fast Open. Where that is
    /// the `first` answer, data can only have come with the SYN.
    fn fast_open(&self, segment: &Segment, first: bool) -> Notes {
        let mut notes = Notes::default();
        if segment.flags & ACK == 0 {
            if segment.options.cookie {
                notes.add(Note::FastOpen);
            }
            return notes;
        }
        let syn = self.base.wrapping_add(1);
        if first && self.has(bit::SEEN) && before(syn, self.next) {
            let taken = before(syn, segment.ack);
            notes.add(if taken { Note::FastOpenTaken } else { Note::FastOpenIgnored });
        }
        notes
    }

    /// Remarks on where the segment stands in both streams, and on windows.
    fn place(&mut self, other: &mut Direction, segment: &Segment, remarks: &mut Remarks) {
        let Segment { at, seq, ack, flags, window, len, .. } = *segment;
        let notes = &mut remarks.notes;
        let control = flags & (SYN | FIN | RST) != 0;
        // Repeats of an ACK with no data.
        let still = len == 0 && seq == self.next && !control;
        let repeats_ack = still && ack == self.ack;
        let took_probe = self.takes_probe(other, segment);
        let same_window = window == self.window;
        if len == 1 && seq == self.next && other.window == 0 && other.has(bit::SEEN) {
            notes.add(Note::ZeroWindowProbe);
            return;
        }
        if window == 0 && !control {
            notes.add(Note::ZeroWindow);
        }
        if self.next != 0 && before(self.next, seq) && flags & RST == 0 {
            notes.add(Note::LostSegment);
            self.set(bit::GAP, true);
        }
        if len <= 1 && seq == self.next.wrapping_sub(1) && !control {
            notes.add(Note::KeepAlive);
        }
        if repeats_ack && window != 0 && !same_window {
            notes.add(Note::WindowUpdate);
        }
        if len > 0
            && !control
            && let Some(offered) = other.offers()
            && seq.wrapping_add(len) == other.ack.wrapping_add(offered)
        {
            notes.add(Note::WindowFull);
        }
        if repeats_ack && window != 0 && same_window && other.has(bit::KEEP_ALIVE) {
            notes.add(Note::KeepAliveAck);
            return;
        }
        if (took_probe || repeats_ack && other.has(bit::PROBE)) && window == 0 && same_window {
            notes.add(Note::ZeroWindowProbeAck);
            if took_probe {
                // Some receivers take the byte of the probe.
                (other.next, other.whole) = (ack, ack);
            }
            return;
        }
        if repeats_ack && window != 0 && same_window {
            self.repeats = self.repeats.saturating_add(1);
            notes.add(Note::DuplicateAck);
            remarks.repeats = Some((self.repeats, at.wrapping_sub(self.ack_at)));
        }
    }

    /// A segment without data that repeats neither number: it acknowledges one
    /// byte more, which the probe of a closed window held.
    fn takes_probe(&self, other: &Direction, segment: &Segment) -> bool {
        let Segment { seq, ack, flags, len, .. } = *segment;
        let control = flags & (SYN | FIN | RST) != 0;
        let next = len == 0 && seq == self.next && ack == self.ack.wrapping_add(1);
        next && !control && other.has(bit::PROBE)
    }

    /// Remarks on an ACK for what was never seen.
    fn reach(&mut self, other: &mut Direction, segment: &Segment, notes: &mut Notes) {
        let Segment { ack, flags, .. } = *segment;
        if other.whole == 0 || !before(other.whole, ack) || flags & ACK == 0 {
            return;
        }
        if self.takes_probe(other, segment) {
            // The byte of the probe found room.
            (other.next, other.whole) = (ack, ack);
            notes.add(Note::WindowUpdate);
            return;
        }
        // Told once for a gap, and once for what lies behind all that was seen.
        let behind = other.whole == other.next;
        if !(behind && self.has(bit::TOLD)) {
            notes.add(Note::AckLostSegment);
        }
        if behind {
            self.set(bit::TOLD, true);
            other.repeats = 0;
        }
        other.whole = other.next;
    }

    /// Whether the segment repeats what was sent, and why.
    fn repeated(
        &self,
        other: &Direction,
        segment: &Segment,
        handshake: Option<u64>,
        since: impl Fn(u32) -> u64,
    ) -> Option<Note> {
        let Segment { seq, len, flags, .. } = *segment;
        let end = seq.wrapping_add(len);
        // Real data behind what may have been the byte of a probe is new.
        let old = self.next != 0 && before(seq, self.next) && !(len > 1 && self.next.wrapping_sub(1) == seq);
        if len > 0 && other.ack != 0 && !before(other.ack, end) {
            return Some(Note::SpuriousRetransmission);
        }
        // What the capture missed may have held the duplicate ACKs.
        let asked = other.repeats >= 2 || self.has(bit::TOLD);
        if old && asked && other.ack == seq && since(other.last_at) < FAST {
            return Some(Note::FastRetransmission);
        }
        if !old {
            return None;
        }
        let soon = since(self.next_at) < handshake.unwrap_or(REORDERED);
        Some(if soon && self.next != end.wrapping_add(u32::from(flags & (SYN | FIN) != 0)) {
            Note::OutOfOrder
        } else {
            Note::Retransmission
        })
    }

    /// Bytes on their way, and since the last push.
    fn flight(&mut self, other: &Direction, segment: &Segment, unacked: &Unacked, remarks: &mut Remarks) {
        let Some((lowest, highest)) = unacked.extent(self.unacked, self.base) else { return };
        let arrived = unacked.sack(other.unacked).iter().map(|(left, right)| right.wrapping_sub(*left));
        let bytes = highest.wrapping_sub(lowest).wrapping_sub(arrived.fold(0, u32::wrapping_add));
        let pushed = segment.flags & PSH != 0;
        self.pushed =
            if self.has(bit::PUSHED) { segment.len } else { self.pushed.saturating_add(segment.len) };
        self.set(bit::PUSHED, pushed);
        if bytes == 0 || bytes >= 2_000_000_000 {
            return;
        }
        // SYN and FIN count, but are no bytes.
        remarks.in_flight = Some(bytes - u32::from(segment.flags & (SYN | FIN) != 0));
        remarks.pushed = Some(self.pushed);
    }
}

#[cfg(test)]
mod tests;
