//! What the flows know of a TCP segment: told to its dissector before it is
//! peeled.
//!
//! Owns the words in which flows and dissectors speak of TCP connections.
//! Knows nothing of how flows come to know it.

/// What a TCP connection says of one of its segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFacts {
    /// Where the sender's relative sequence numbers begin.
    pub seq_base: u32,
    /// Where those of the other side begin, once known.
    pub ack_base: Option<u32>,
    /// Window scale of the sender.
    pub scale: Scale,
    /// Nanoseconds since the connection's first packet and since the one before.
    pub times: [i64; 2],
    /// Nanoseconds from the SYN to the ACK that ended the handshake.
    pub handshake: Option<u64>,
    /// What of the connection the capture has, by Wireshark's bits.
    pub completeness: u8,
    /// What is remarkable of this segment.
    pub notes: Notes,
    /// The data that it acknowledges: packet number from 1, nanoseconds since.
    pub acks: Option<(u64, i64)>,
    /// From where the time to this retransmission counts: packet number from 1,
    /// nanoseconds since.
    pub rto: Option<(u64, i64)>,
    /// Which repeat of an ACK this is, and the number of the packet that had it first.
    pub repeats: Option<(u16, u64)>,
    /// Bytes sent and not acknowledged, these included.
    pub in_flight: Option<u32>,
    /// Bytes since the last push, these included.
    pub pushed: Option<u32>,
}

/// What the analysis found of one segment. Packets are told by how many packets
/// of the capture lie back to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The side that did not send the connection's first packet sent this.
    pub from_b: bool,
    /// What is remarkable.
    pub notes: Notes,
    /// The connection's segment before; none for its first.
    pub previous: Option<u32>,
    /// The data that it acknowledges.
    pub acks: Option<u32>,
    /// From where the time to this retransmission counts.
    pub rto: Option<u32>,
    /// Which repeat of an ACK this is, and the packet that had it first.
    pub repeats: Option<(u16, u32)>,
    /// Bytes sent and not acknowledged, these included.
    pub in_flight: Option<u32>,
    /// Bytes since the last push, these included.
    pub pushed: Option<u32>,
    /// Marks of congestion that it bears.
    pub ecn: Ecn,
}

impl Remarks {
    /// Something is remarked, or a router was congested.
    pub fn is_remarkable(&self) -> bool {
        !self.notes.is_empty() || self.ecn != Ecn::default()
    }
}

/// Marks of explicit congestion notification on one segment: a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ecn(pub u8);

impl Ecn {
    /// A router on the way was congested (CE, in the internet header).
    pub const CE: Ecn = Ecn(1);
    /// The receiver of such a packet says so (ECE).
    pub const ECE: Ecn = Ecn(2);
    /// The sender has heard it and slows down (CWR).
    pub const CWR: Ecn = Ecn(4);

    /// Whether this mark is among them.
    pub const fn has(self, mark: Ecn) -> bool {
        self.0 & mark.0 != 0
    }
}

/// What is known of the window scale of a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Its handshake was not seen.
    #[default]
    Unknown,
    /// The handshake did not agree on one.
    Unused,
    /// Windows are shifted by so many bits.
    Shift(u8),
}

impl Scale {
    /// Wireshark's number: the factor, -1 for unknown, -2 for none.
    pub const fn factor(self) -> i64 {
        match self {
            Scale::Unknown => -1,
            Scale::Unused => -2,
            Scale::Shift(shift) => 1 << (shift & 15),
        }
    }

    /// A window of the header in bytes.
    pub const fn apply(self, window: u16) -> u32 {
        match self {
            Scale::Shift(shift) => (window as u32) << (shift & 15),
            _ => window as u32,
        }
    }
}

/// Options of a segment that its connection needs to know of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions {
    /// Window scale.
    pub scale: Option<u8>,
    /// What the sender has beyond a gap.
    pub sack: Sack,
    /// A cookie of TCP Fast Open.
    pub cookie: bool,
}

/// Up to four ranges that a receiver says it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sack {
    ranges: [(u32, u32); 4],
    count: u8,
}

impl Sack {
    /// Adds the range from `left` to before `right`, while there is room.
    pub fn push(&mut self, left: u32, right: u32) {
        if let Some(range) = self.ranges.get_mut(usize::from(self.count)) {
            *range = (left, right);
            self.count += 1;
        }
    }

    /// The ranges.
    pub fn ranges(&self) -> &[(u32, u32)] {
        self.ranges.get(..self.count.into()).unwrap_or_default()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// A remark on a segment. The order is that of the bits of [`Notes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// Data that was sent before.
    Retransmission,
    /// Sent again after duplicate ACKs, before a timer ran out.
    FastRetransmission,
    /// Sent again although it had been acknowledged.
    SpuriousRetransmission,
    /// Came later than what follows it, too soon for a retransmission.
    OutOfOrder,
    /// What comes before it is not in the capture.
    LostSegment,
    /// It acknowledges what is not in the capture.
    AckLostSegment,
    /// The same acknowledgment again.
    DuplicateAck,
    /// The same acknowledgment with another window.
    WindowUpdate,
    /// It fills the window that the receiver offered.
    WindowFull,
    /// The sender can receive nothing now.
    ZeroWindow,
    /// One byte to ask whether a closed window has opened.
    ZeroWindowProbe,
    /// The answer: it is still closed.
    ZeroWindowProbeAck,
    /// Sent to see whether the other side is still there.
    KeepAlive,
    /// It is.
    KeepAliveAck,
    /// A new connection between ports that had one before.
    ReusedPorts,
    /// A SYN with a cookie of TCP Fast Open.
    FastOpen,
    /// The answer takes the data that came with the SYN.
    FastOpenTaken,
    /// The answer does not take it.
    FastOpenIgnored,
}

impl Note {
    /// All, in the order of their bits.
    pub const ALL: [Note; 18] = [
        Note::Retransmission,
        Note::FastRetransmission,
        Note::SpuriousRetransmission,
        Note::OutOfOrder,
        Note::LostSegment,
        Note::AckLostSegment,
        Note::DuplicateAck,
        Note::WindowUpdate,
        Note::WindowFull,
        Note::ZeroWindow,
        Note::ZeroWindowProbe,
        Note::ZeroWindowProbeAck,
        Note::KeepAlive,
        Note::KeepAliveAck,
        Note::ReusedPorts,
        Note::FastOpen,
        Note::FastOpenTaken,
        Note::FastOpenIgnored,
    ];

    /// Its name, as Wireshark's Info column has it.
    pub const fn name(self) -> &'static str {
        match self {
            Note::Retransmission => "Retransmission",
            Note::FastRetransmission => "Fast Retransmission",
            Note::SpuriousRetransmission => "Spurious Retransmission",
            Note::OutOfOrder => "Out-Of-Order",
            Note::LostSegment => "Previous segment not captured",
            Note::AckLostSegment => "ACKed unseen segment",
            Note::DuplicateAck => "Dup ACK",
            Note::WindowUpdate => "Window Update",
            Note::WindowFull => "Window Full",
            Note::ZeroWindow => "ZeroWindow",
            Note::ZeroWindowProbe => "ZeroWindowProbe",
            Note::ZeroWindowProbeAck => "ZeroWindowProbeAck",
            Note::KeepAlive => "Keep-Alive",
            Note::KeepAliveAck => "Keep-Alive ACK",
            Note::ReusedPorts => "Port numbers reused",
            Note::FastOpen => "SYN with TFO Cookie",
            Note::FastOpenTaken => "SYN-ACK accepting TFO data",
            Note::FastOpenIgnored => "SYN-ACK ignoring TFO data",
        }
    }
}

/// The remarks on one segment: a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(pub u32);

impl Notes {
    /// No remark.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is among them.
    pub const fn has(self, note: Note) -> bool {
        self.0 >> note as u16 & 1 != 0
    }

    /// None of these.
    #[must_use]
    pub const fn without(self, others: Notes) -> Notes {
        Notes(self.0 & !others.0)
    }

    /// These remarks.
    pub const fn of(notes: &[Note]) -> Notes {
        let mut all = Notes(0);
        let mut rest = notes;
        while let [first, others @ ..] = rest {
            all.add(*first);
            rest = others;
        }
        all
    }

    /// Adds one.
    pub const fn add(&mut self, note: Note) {
        self.0 |= 1 << note as u16;
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Note> {
        Note::ALL.into_iter().filter(move |note| self.has(*note))
    }
}
