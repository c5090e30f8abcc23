//! Where each end of a connection stands, by the diagram of RFC 9293, 3.3.2.
//!
//! Owns the conclusion from what was seen on the wire. What an end does not
//! send cannot be seen: it counts as having received all that was captured.

use crate::flow::Side;

/// A state of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndState {
    /// Has sent a SYN.
    SynSent,
    /// Has answered a SYN.
    SynReceived,
    /// Data can go both ways.
    Established,
    /// Has sent its FIN.
    FinWait1,
    /// Its FIN is acknowledged, the other side may still send.
    FinWait2,
    /// The other side has sent its FIN.
    CloseWait,
    /// Both have sent a FIN, its own is not acknowledged.
    Closing,
    /// Has sent its FIN after that of the other side.
    LastAck,
    /// Waits in case its last ACK was lost.
    TimeWait,
    /// No connection.
    Closed,
}

impl EndState {
    /// The name in RFC 9293.
    pub const fn name(self) -> &'static str {
        match self {
            EndState::SynSent => "SYN-SENT",
            EndState::SynReceived => "SYN-RECEIVED",
            EndState::Established => "ESTABLISHED",
            EndState::FinWait1 => "FIN-WAIT-1",
            EndState::FinWait2 => "FIN-WAIT-2",
            EndState::CloseWait => "CLOSE-WAIT",
            EndState::Closing => "CLOSING",
            EndState::LastAck => "LAST-ACK",
            EndState::TimeWait => "TIME-WAIT",
            EndState::Closed => "CLOSED",
        }
    }
}

/// What was seen of a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct Seen {
    /// [`Flow::completeness`](crate::flow::Flow::completeness).
    pub completeness: u8,
    /// The side that listens.
    pub server: Side,
    /// The side that sent the first FIN or RST.
    pub closer: Option<Side>,
    /// A and B have sent a FIN.
    pub fins: [bool; 2],
    /// It was acknowledged.
    pub acknowledged: [bool; 2],
}

const SYN: u8 = 1;
const ACK_DATA_FIN: u8 = 4 | 8 | 16;
const RST: u8 = 32;

impl Seen {
    /// Where `side` stands; `None` where nothing was seen of it.
    pub(in crate::flow) fn state(&self, side: Side) -> Option<EndState> {
        let is_heard = self.completeness & !SYN != 0 || side != self.server;
        is_heard.then(|| self.heard(side))
    }

    fn heard(&self, side: Side) -> EndState {
        let [a, b] = [(self.fins[0], self.acknowledged[0]), (self.fins[1], self.acknowledged[1])];
        let ((own, acknowledged), (other, _)) = if side == Side::A { (a, b) } else { (b, a) };
        if self.completeness & RST != 0 {
            return EndState::Closed;
        }
        if self.completeness & ACK_DATA_FIN == 0 {
            return if side == self.server { EndState::SynReceived } else { EndState::SynSent };
        }
        let first = self.closer == Some(side);
        match (own, other, acknowledged) {
            (false, false, _) => EndState::Established,
            (false, true, _) => EndState::CloseWait,
            (true, false, false) => EndState::FinWait1,
            (true, false, true) => EndState::FinWait2,
            (true, true, false) if first => EndState::Closing,
            (true, true, true) if first => EndState::TimeWait,
            (true, true, false) => EndState::LastAck,
            (true, true, true) => EndState::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_go_through_the_diagram() {
        let mut seen = Seen {
            completeness: 1,
            server: Side::B,
            closer: None,
            fins: [false; 2],
            acknowledged: [false; 2],
        };
        // Whether somebody listens nobody has said.
        assert_eq!([Side::A, Side::B].map(|side| seen.state(side)), [Some(EndState::SynSent), None]);
        let both = |seen: &Seen| [Side::A, Side::B].map(|side| seen.state(side).unwrap());
        seen.completeness |= 2;
        assert_eq!(both(&seen), [EndState::SynSent, EndState::SynReceived]);
        seen.completeness |= 4;
        assert_eq!(both(&seen), [EndState::Established, EndState::Established]);
        (seen.closer, seen.fins[0]) = (Some(Side::A), true);
        assert_eq!(both(&seen), [EndState::FinWait1, EndState::CloseWait]);
        seen.acknowledged[0] = true;
        assert_eq!(both(&seen), [EndState::FinWait2, EndState::CloseWait]);
        seen.fins[1] = true;
        assert_eq!(both(&seen), [EndState::TimeWait, EndState::LastAck]);
        seen.acknowledged[1] = true;
        assert_eq!(both(&seen), [EndState::TimeWait, EndState::Closed]);
        seen.completeness |= RST;
        assert_eq!(both(&seen), [EndState::Closed, EndState::Closed]);
    }
}
