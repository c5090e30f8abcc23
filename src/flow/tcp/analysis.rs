//! One connection, segment by segment: what each of them means in the light of
//! those before it.
//!
//! Owns what must be remembered of both directions and the conditions of every
//! note, which are those of Wireshark's user guide (TCP Analysis). Pure: knows
//! numbers and times, no packets, files or threads.

use super::slab::NONE;
use super::unacked::{Unacked, before};
use crate::decode::{Ecn, Note, Notes, Remarks, Scale, TcpOptions};
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

/// Bits of a direction.
mod bit {
    /// The first sequence number is known.
    pub const BASE: u8 = 0x01;
    /// It acknowledged what was never seen; nothing new of it was acknowledged since.
    pub const TOLD: u8 = 0x02;
    /// Something is missing since the last ACK of the other side.
    pub const GAP: u8 = 0x04;
    /// Its last data was pushed.
    pub const PUSHED: u8 = 0x08;
    /// Its last segment was a keep-alive.
    pub const KEEP_ALIVE: u8 = 0x10;
    /// Its last segment was a probe of a zero window.
    pub const PROBE: u8 = 0x20;
    /// Its newest window is not scaled: it came in a SYN.
    pub const UNSCALED: u8 = 0x40;
    /// It has sent something.
    pub const SEEN: u8 = 0x80;
}

/// One direction. A number 0 stands for one that is not known yet, as in
/// Wireshark.
#[derive(Clone, Copy, Debug)]
struct Direction {
    /// Relative numbers count from here.
    base: u32,
    /// One past the highest byte sent.
    next: u32,
    /// What may be acknowledged without a gap in the capture.
    whole: u32,
    /// Newest acknowledgment sent.
    ack: u32,
    /// The packet that moved `next`.
    next_at: u32,
    /// Its newest packet.
    last_at: u32,
    /// The packet that acknowledged something new.
    ack_at: u32,
    /// Bytes since the last push.
    pushed: u32,
    /// What the other side has not acknowledged: a list in [`Unacked`].
    unacked: u32,
    window: u16,
    /// How often `ack` was repeated.
    repeats: u16,
    bits: u8,
    /// Window scale, or -1 for unknown and -2 for none.
    scale: i8,
}

impl Direction {
    const NEW: Direction = Direction {
        base: 0,
        next: 0,
        whole: 0,
        ack: 0,
        next_at: 0,
        last_at: 0,
        ack_at: 0,
        pushed: 0,
        unacked: NONE,
        window: 0,
        repeats: 0,
        bits: 0,
        scale: -1,
    };

    const fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    const fn set(&mut self, bit: u8, on: bool) {
        self.bits = if on { self.bits | bit } else { self.bits & !bit };
    }

    /// The window that it offers, in bytes; `None` when its scale is unknown.
    fn offers(&self) -> Option<u32> {
        match self.scale {
            -1 => None,
            shift if shift > 0 && !self.has(bit::UNSCALED) => Some(u32::from(self.window) << shift),
            _ => Some(self.window.into()),
        }
    }
}

/// Both directions of one connection, packed into 88 bytes.
#[derive(Clone, Copy, Debug)]
pub struct State {
    longs: [[u32; 9]; 2],
    shorts: [[u16; 2]; 2],
    bytes: [[u8; 2]; 2],
    /// Before the handshake is complete the newest SYN's packet; then, with the
    /// highest bit, its time, see [`State::handshake`].
    syn: u32,
}

impl Default for State {
    fn default() -> Self {
        let (longs, shorts, bytes) = Direction::NEW.pack();
        State { longs: [longs; 2], shorts: [shorts; 2], bytes: [bytes; 2], syn: NO_SYN }
    }
}

impl Direction {
    const fn pack(&self) -> ([u32; 9], [u16; 2], [u8; 2]) {
        let Direction { base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked, .. } = *self;
        (
            [base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked],
            [self.window, self.repeats],
            [self.bits, self.scale.cast_unsigned()],
        )
    }

    const fn unpack(longs: [u32; 9], [window, repeats]: [u16; 2], [bits, scale]: [u8; 2]) -> Direction {
        let [base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked] = longs;
        let scale = scale.cast_signed();
        Direction {
            base,
            next,
            whole,
            ack,
            next_at,
            last_at,
            ack_at,
            pushed,
            unacked,
            window,
            repeats,
            bits,
            scale,
        }
    }
}

/// The time of the handshake is kept in 31 bits: nanoseconds below a second,
/// or microseconds.
const TIMED: u32 = 1 << 31;
/// No SYN was seen.
const NO_SYN: u32 = TIMED - 1;
const MICROS: u32 = 1 << 30;

impl State {
    /// How long the handshake took: from the last SYN to the ACK of its answer.
    /// Exact to the nanosecond below a second, to the microsecond above.
    pub fn handshake(&self) -> Option<u64> {
        if self.syn & TIMED == 0 {
            return None;
        }
        let value = u64::from(self.syn & (MICROS - 1));
        Some(if self.syn & MICROS == 0 { value } else { value * 1000 })
    }

    fn set_handshake(&mut self, nanos: u64) {
        let limit = u64::from(MICROS - 1);
        let kept = if nanos <= limit { nanos as u32 } else { MICROS | (nanos / 1000).min(limit) as u32 };
        self.syn = TIMED | kept;
    }

    /// The direction that `side` sends.
    fn direction(&self, side: Side) -> Direction {
        let State { longs: [a, b], shorts: [c, d], bytes: [e, f], .. } = *self;
        match side {
            Side::A => Direction::unpack(a, c, e),
            Side::B => Direction::unpack(b, d, f),
        }
    }

    fn set_direction(&mut self, side: Side, direction: &Direction) {
        let State { longs: [a, b], shorts: [c, d], bytes: [e, f], .. } = self;
        let (longs, shorts, bytes) = match side {
            Side::A => (a, c, e),
            Side::B => (b, d, f),
        };
        (*longs, *shorts, *bytes) = direction.pack();
    }

    /// The number from which the relative ones of a side count.
    pub fn base(&self, side: Side) -> Option<u32> {
        Some(self.direction(side)).filter(|side| side.has(bit::BASE)).map(|side| side.base)
    }

    /// The window scale of a side.
    pub fn scale(&self, side: Side) -> Scale {
        match self.direction(side).scale {
            -1 => Scale::Unknown,
            -2 => Scale::Unused,
            shift => Scale::Shift(shift.unsigned_abs()),
        }
    }

    /// Whether the other side has acknowledged all that `side` has sent.
    pub fn is_acknowledged(&self, side: Side) -> bool {
        !before(self.direction(side.other()).ack, self.direction(side).next)
    }

    /// Gives back what is kept elsewhere.
    pub fn forget(&mut self, unacked: &mut Unacked) {
        for side in [Side::A, Side::B] {
            let mut direction = self.direction(side);
            unacked.forget(&mut direction.unacked);
            self.set_direction(side, &direction);
        }
    }

    /// Follows the connection by a segment of `side`. `time_of` gives the time
    /// of an earlier packet; it is seldom asked.
    pub fn segment(
        &mut self,
        segment: &Segment,
        side: Side,
        unacked: &mut Unacked,
        time_of: impl Fn(u32) -> i64,
    ) -> Remarks {
        let mut handshake = self.handshake();
        let (mut own, mut other) = (self.direction(side), self.direction(side.other()));
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
            remarks.notes.0 |= other.fast_open(segment, handshake.is_some()).0;
            match segment.options.scale {
                Some(shift) => own.scale = shift.min(14).cast_signed(),
                // Both sides must offer one.
                None if own.scale == -1 => (own.scale, other.scale) = (-2, -2),
                None => {}
            }
            if !has(ACK) && handshake.is_none() {
                self.syn = at;
            }
        } else if has(ACK) && handshake.is_none() && self.syn != NO_SYN {
            handshake = Some(since(self.syn)).filter(|time| *time != 0);
        }
        let sack = &segment.options.sack;
        unacked.set_sack(&mut own.unacked, Some(sack).filter(|sack| !sack.is_empty()));
        if let Some(nanos) = handshake.filter(|_| self.syn & TIMED == 0) {
            self.set_handshake(nanos);
        }
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

    /// Remarks on a SYN of the other side as one of TCP Fast Open. Before the
    /// handshake is complete data can only have come with the SYN.
    fn fast_open(&self, segment: &Segment, is_open: bool) -> Notes {
        let mut notes = Notes::default();
        if segment.flags & ACK == 0 {
            if segment.options.cookie {
                notes.add(Note::FastOpen);
            }
            return notes;
        }
        let syn = self.base.wrapping_add(1);
        if !is_open && self.has(bit::SEEN) && before(syn, self.next) {
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
mod tests {
    use super::*;
    use crate::decode::Sack;

    /// A connection whose packets come a millisecond apart, unless told otherwise.
    #[derive(Default)]
    struct Talk {
        state: State,
        unacked: Unacked,
        times: Vec<i64>,
        options: TcpOptions,
    }

    impl Talk {
        /// One segment; sequence numbers begin at 1000 (A) and 5000 (B).
        fn says(&mut self, side: Side, flags: u16, seq: u32, ack: u32, window: u16, len: u32) -> Remarks {
            let time = self.times.last().map_or(0, |last| last + 1_000_000);
            self.says_at(time, side, flags, [seq, ack], window, len)
        }

        fn says_at(
            &mut self,
            time: i64,
            side: Side,
            flags: u16,
            [seq, ack]: [u32; 2],
            window: u16,
            len: u32,
        ) -> Remarks {
            let at = self.times.len() as u32;
            self.times.push(time);
            let (own, other) = if side == Side::A { (1000, 5000) } else { (5000, 1000) };
            let ack = if flags & ACK == 0 { 0 } else { u32::wrapping_add(other, ack) };
            let options = std::mem::take(&mut self.options);
            let segment = Segment {
                at,
                time,
                seq: u32::wrapping_add(own, seq),
                ack,
                flags,
                window,
                len,
                options,
                ce: false,
            };
            let times = &self.times;
            self.state.segment(&segment, side, &mut self.unacked, |at| times[at as usize])
        }

        /// SYN, SYN-ACK, ACK, each with this window scale.
        fn open(scale: Option<u8>) -> Talk {
            let mut talk = Talk::default();
            talk.options.scale = scale;
            assert_eq!(notes(talk.says(Side::A, SYN, 0, 0, 500, 0)), []);
            talk.options.scale = scale;
            let answer = talk.says(Side::B, SYN | ACK, 0, 1, 500, 0);
            assert_eq!((notes(answer), answer.acks), (vec![], Some(1)));
            assert_eq!(talk.says(Side::A, ACK, 1, 1, 500, 0).acks, Some(1));
            talk
        }
    }

    fn notes(remarks: Remarks) -> Vec<Note> {
        remarks.notes.iter().collect()
    }

    #[test]
    fn sizes_stay_within_their_bounds() {
        assert!(size_of::<State>() <= 88, "a connection takes {} bytes", size_of::<State>());
    }

    #[test]
    fn a_handshake_tells_time_scale_and_base() {
        let talk = Talk::open(Some(7));
        assert_eq!(talk.state.handshake(), Some(2_000_000));
        assert_eq!(talk.state.base(Side::A), Some(1000));
        assert_eq!((talk.state.base(Side::B), talk.state.scale(Side::B)), (Some(5000), Scale::Shift(7)));
        assert_eq!(Talk::open(None).state.scale(Side::A), Scale::Unused);
        assert_eq!(State::default().scale(Side::A), Scale::Unknown);
        for nanos in [0, 1, 999_999_999, MICROS.into(), 3_600_000_000_000, u64::MAX] {
            let mut state = State::default();
            state.set_handshake(nanos);
            let kept = state.handshake().unwrap();
            assert!(kept == nanos || nanos >= MICROS.into() && kept <= nanos, "{nanos} became {kept}");
        }
    }

    #[test]
    fn data_is_counted_until_it_is_acknowledged() {
        let mut talk = Talk::open(None);
        let first = talk.says(Side::A, ACK, 1, 1, 500, 100);
        assert_eq!((first.in_flight, first.pushed), (Some(100), Some(100)));
        let second = talk.says(Side::A, ACK | PSH, 101, 1, 500, 50);
        assert_eq!((second.in_flight, second.pushed), (Some(150), Some(150)));
        assert_eq!(talk.says(Side::B, ACK, 1, 101, 500, 0).acks, Some(2));
        let third = talk.says(Side::A, ACK | PSH, 151, 1, 500, 10);
        assert_eq!((third.in_flight, third.pushed), (Some(60), Some(10)));
        // An ACK in the middle of a segment is none of it.
        assert_eq!(talk.says(Side::B, ACK, 1, 155, 500, 0).acks, None);
        assert_eq!(talk.says(Side::B, ACK, 1, 161, 500, 0).acks, Some(2));
    }

    #[test]
    fn what_was_selectively_acknowledged_is_not_in_flight() {
        let mut talk = Talk::open(None);
        for at in 0..3 {
            talk.says(Side::A, ACK, 1 + at * 100, 1, 500, 100);
        }
        talk.options.sack.push(1201, 1301);
        talk.says(Side::B, ACK, 1, 1, 500, 0);
        assert_eq!(talk.says(Side::A, ACK, 301, 1, 500, 100).in_flight, Some(300));
        assert_eq!(Sack::default().ranges(), []);
    }

    #[test]
    fn a_loss_is_repeated_fast_late_or_in_vain() {
        let mut talk = Talk::open(None);
        talk.says(Side::A, ACK, 1, 1, 500, 100);
        talk.says(Side::B, ACK, 1, 101, 500, 0);
        for at in 1..4 {
            talk.says(Side::A, ACK, 101 + at * 100, 1, 500, 100);
        }
        for count in 1..=2 {
            let again = talk.says(Side::B, ACK, 1, 101, 500, 0);
            assert_eq!((notes(again), again.repeats.unwrap().0), (vec![Note::DuplicateAck], count));
        }
        assert_eq!(notes(talk.says(Side::A, ACK, 101, 1, 500, 100)), [Note::FastRetransmission]);
        let time = talk.times.last().unwrap() + 400_000_000;
        let late = talk.says_at(time, Side::A, ACK, [301, 1], 500, 100);
        assert_eq!((notes(late), late.rto.is_some()), (vec![Note::Retransmission], true));
        talk.says(Side::B, ACK, 1, 501, 500, 0);
        assert_eq!(notes(talk.says(Side::A, ACK, 401, 1, 500, 100)), [Note::SpuriousRetransmission]);
    }

    #[test]
    fn order_and_gaps_are_told() {
        let mut talk = Talk::open(None);
        talk.says(Side::A, ACK, 1, 1, 500, 100);
        let gap = talk.says(Side::A, ACK, 201, 1, 500, 100);
        assert_eq!((notes(gap), gap.in_flight), (vec![Note::LostSegment], None));
        assert_eq!(notes(talk.says(Side::A, ACK, 101, 1, 500, 100)), [Note::OutOfOrder]);
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 901, 500, 0)), [Note::AckLostSegment]);
        // Told once, until something new is acknowledged the other way.
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 951, 500, 0)), []);
    }

    #[test]
    fn windows_close_are_probed_and_open() {
        let mut talk = Talk::open(None);
        assert_eq!(notes(talk.says(Side::A, ACK, 1, 1, 500, 500)), [Note::WindowFull]);
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 0, 0)), [Note::ZeroWindow]);
        assert_eq!(notes(talk.says(Side::A, ACK, 501, 1, 500, 1)), [Note::ZeroWindowProbe]);
        let told = [Note::ZeroWindow, Note::ZeroWindowProbeAck];
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 0, 0)), told);
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 400, 0)), [Note::WindowUpdate]);
        // With a scale the window reaches farther, but not that of the SYN-ACK.
        let mut talk = Talk::open(Some(2));
        assert_eq!(notes(talk.says(Side::A, ACK, 1, 1, 500, 500)), [Note::WindowFull]);
        talk.says(Side::B, ACK, 1, 501, 500, 0);
        assert_eq!(notes(talk.says(Side::A, ACK, 501, 1, 500, 500)), []);
        assert_eq!(notes(talk.says(Side::A, ACK, 1001, 1, 500, 1500)), [Note::WindowFull]);
    }

    #[test]
    fn a_keep_alive_and_its_answer_are_no_repeats() {
        let mut talk = Talk::open(None);
        talk.says(Side::A, ACK, 1, 1, 500, 10);
        talk.says(Side::B, ACK, 1, 11, 500, 0);
        assert_eq!(notes(talk.says(Side::A, ACK, 10, 1, 500, 1)), [Note::KeepAlive]);
        assert_eq!(notes(talk.says(Side::B, ACK, 1, 11, 500, 0)), [Note::KeepAliveAck]);
    }

    #[test]
    fn another_answer_to_a_syn_is_another_connection() {
        let mut talk = Talk::open(None);
        assert!(notes(talk.says(Side::B, SYN | ACK, 77, 1, 500, 0)).contains(&Note::ReusedPorts));
        assert_eq!(talk.state.base(Side::B), Some(5077));
    }

    #[test]
    fn data_with_a_syn_is_taken_or_ignored() {
        for (ack, told) in [(131, Note::FastOpenTaken), (101, Note::FastOpenIgnored)] {
            let mut talk = Talk::default();
            talk.options.cookie = true;
            assert_eq!(notes(talk.says(Side::A, SYN, 100, 0, 500, 30)), [Note::FastOpen]);
            talk.options.cookie = false;
            assert_eq!(notes(talk.says(Side::B, SYN | ACK, 900, ack, 500, 0)), [told]);
            // After the handshake it is a repeat and nothing else.
            talk.says(Side::A, ACK, 131, 901, 500, 10);
            let again = notes(talk.says(Side::B, SYN | ACK, 900, ack, 500, 0));
            assert!(!again.contains(&told), "{again:?}");
        }
        // A SYN without data, and one whose handshake has data right behind it.
        let mut talk = Talk::open(None);
        assert!(notes(talk.says(Side::A, ACK, 1, 1, 500, 30)).is_empty());
    }

    #[test]
    fn marks_of_congestion_are_told_but_not_those_of_a_syn() {
        let mut talk = Talk::open(None);
        assert_eq!(talk.says(Side::A, SYN | ECE | CWR, 1, 1, 500, 0).ecn, Ecn::default());
        let heard = talk.says(Side::B, ACK | ECE, 1, 1, 500, 0).ecn;
        assert_eq!((heard.has(Ecn::ECE), heard.has(Ecn::CWR), heard.has(Ecn::CE)), (true, false, false));
        assert_eq!(talk.says(Side::A, ACK | CWR, 1, 1, 500, 9).ecn, Ecn::CWR);
    }

    #[test]
    fn numbers_go_round() {
        let mut talk = Talk::default();
        let far = u32::MAX - 1000 - 49;
        talk.says(Side::A, ACK, far, 1, 500, 100);
        let next = talk.says(Side::A, ACK, far.wrapping_add(100), 1, 500, 100);
        assert_eq!((notes(next), next.in_flight), (vec![], Some(200)));
    }
}
