//! Where a TCP connection stands, how it came there and who closed it, as far as the
//! flags of its segments show it. Counts no packet and follows no sequence number.

use super::{Flow, Marks, Side};
use crate::flow::tcp::Segment;

/// The TCP flag bits that states follow from.
pub mod flags {
    /// No more data from the sender.
    pub const FIN: u16 = 0x01;
    /// Sequence numbers begin.
    pub const SYN: u16 = 0x02;
    /// The connection is gone.
    pub const RST: u16 = 0x04;
    /// Hand the bytes over at once: kernels set it at the end of a write.
    pub const PSH: u16 = 0x08;
    /// The acknowledgement number is valid.
    pub const ACK: u16 = 0x10;
    /// A packet came through a congested router.
    pub const ECE: u16 = 0x40;
    /// The sender has heard that, and slows down.
    pub const CWR: u16 = 0x80;
}

/// Where a TCP connection stands, as far as the capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No TCP, or no state to tell.
    None,
    /// A SYN without an answer yet.
    SynSent,
    /// SYN and SYN-ACK, the last ACK not yet.
    SynReceived,
    /// The handshake is complete, or data was seen without one.
    Established,
    /// One side has sent its FIN.
    Closing,
    /// Both sides have sent their FIN.
    Closed,
    /// Ended by a RST.
    Reset,
    /// A SYN answered by a RST, or a packet by an ICMP port unreachable.
    Refused,
    /// An ICMP error says that what was sent did not arrive, and nothing else came back.
    Unreachable,
}

impl State {
    /// By their numbers.
    pub(super) const ALL: [State; 9] = [
        State::None,
        State::SynSent,
        State::SynReceived,
        State::Established,
        State::Closing,
        State::Closed,
        State::Reset,
        State::Refused,
        State::Unreachable,
    ];

    /// It was told that the first packets were not taken.
    pub const fn has_failed(self) -> bool {
        matches!(self, State::Refused | State::Unreachable)
    }

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::None => "",
            State::SynSent => "SYN sent",
            State::SynReceived => "SYN received",
            State::Established => "established",
            State::Closing => "closing",
            State::Closed => "closed",
            State::Reset => "reset",
            State::Refused => "refused",
            State::Unreachable => "unreachable",
        }
    }
}

/// Bits of a flow's progress, above those of its completeness.
const CLOSED_BY_A: u8 = 0x40;
const CLOSED_BY_B: u8 = 0x80;

impl Flow {
    /// Where the connection stands.
    pub fn state(&self) -> State {
        State::ALL.get(usize::from(self.marks.0 & Marks::STATE)).copied().unwrap_or(State::None)
    }

    pub(in crate::flow) fn set_state(&mut self, state: State) {
        self.marks.0 = self.marks.0 & !Marks::STATE | state as u8;
    }

    /// Follows flags and state by one segment.
    pub(in crate::flow) fn advance(&mut self, side: Side, segment: &Segment) {
        let [a, b] = &mut self.sent;
        let (own, other) = match side {
            Side::A => (a, b),
            Side::B => (b, a),
        };
        own.add_flags(segment.flags as u8);
        let (own, other) = (own.flags(), other.flags());
        let has = |bit: u16| segment.flags & bit != 0;
        if has(flags::SYN) && !self.server_is_certain() {
            self.set_server(if has(flags::ACK) == (side == Side::A) { Side::A } else { Side::B });
            self.marks.set(Marks::CERTAIN, true);
        }
        let both = |bit: u16| own & other & bit as u8 != 0;
        let kinds = [
            (has(flags::SYN) && !has(flags::ACK), 1),
            (has(flags::SYN) && has(flags::ACK), 2),
            (has(flags::ACK) && !has(flags::SYN) && segment.len == 0, 4),
            (segment.len > 0, 8),
            (has(flags::FIN), 16),
            (has(flags::RST), 32),
        ];
        for (_, bit) in kinds.iter().filter(|kind| kind.0) {
            self.progress |= bit;
        }
        if has(flags::FIN | flags::RST) && self.closed_by().is_none() {
            self.progress |= if side == Side::A { CLOSED_BY_A } else { CLOSED_BY_B };
        }
        let state = self.state();
        let answers = has(flags::SYN) && has(flags::ACK);
        self.set_state(if has(flags::RST) {
            // A SYN that is sent again is refused again; who was refused may say RST too.
            if self.refuses(side, segment) || state == State::Refused { State::Refused } else { State::Reset }
        } else if state == State::Reset || state.has_failed() && !answers {
            state
        } else if both(flags::FIN) {
            State::Closed
        } else if (own | other) & flags::FIN as u8 != 0 {
            State::Closing
        } else if has(flags::SYN) {
            match (has(flags::ACK), state) {
                (_, state @ State::Established) => state,
                (true, _) => State::SynReceived,
                (false, State::SynReceived) => State::SynReceived,
                (false, _) => State::SynSent,
            }
        } else if segment.len > 0
            || !matches!(state, State::SynSent | State::SynReceived)
            || (state == State::SynReceived && has(flags::ACK))
        {
            State::Established
        } else {
            state
        });
    }

    /// Whether a segment of `side` is a RST that answers the other side's SYN.
    pub(in crate::flow) fn refuses(&self, side: Side, segment: &Segment) -> bool {
        let [a, b] = self.tcp_flags();
        let other = if side == Side::A { b } else { a };
        let opens = self.state() == State::SynSent || self.state().has_failed();
        segment.flags & flags::RST != 0 && opens && other & flags::SYN as u8 != 0
    }

    /// The parts of a connection that Wireshark calls complete: SYN 1, SYN-ACK
    /// 2, ACK 4, data 8, FIN 16, RST 32.
    pub fn completeness(&self) -> u8 {
        self.progress & !(CLOSED_BY_A | CLOSED_BY_B)
    }

    /// The side that sent the first FIN or RST.
    pub fn closed_by(&self) -> Option<Side> {
        match (self.progress & CLOSED_BY_A != 0, self.progress & CLOSED_BY_B != 0) {
            (true, _) => Some(Side::A),
            (_, true) => Some(Side::B),
            _ => None,
        }
    }
}
