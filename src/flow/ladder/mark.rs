//! What is remarked of an arrow, and the words for it.
//!
//! Owns how the remarks of the TCP analysis look beside an arrow; what they
//! mean is said by that analysis alone. Which arrow has the bytes of which
//! comes from the calls, and from the digests of datagrams.

use crate::base::PacketId;
use crate::decode::{Note, Notes};
use crate::flow::calls::Outcome;

/// What is remarked of an arrow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What the TCP analysis remarks.
    pub notes: Notes,
    /// Which repeat of an ACK it is, and the number of the packet that had it
    /// first.
    pub repeats: Option<(u16, PacketId)>,
    /// The arrow that had the same bytes before.
    pub of: Option<u32>,
    /// What has its bytes again.
    pub again: Option<Again>,
    /// The number of the ICMP error that answers it, and what that says.
    pub error: Option<(PacketId, Outcome)>,
}

/// The bytes of an arrow come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// The first arrow that has some of them, and the last.
    pub arrows: (u32, u32),
    /// The least sequence number of those, relative.
    pub seq: u32,
    /// How many: less than all where a part was repeated.
    pub len: u32,
    /// Of how many nothing shows that they had arrived.
    pub unseen: u32,
    /// All of them came again, and nothing shows that any had arrived.
    pub lost: bool,
}

/// What belongs to every connection that lives.
const EVERYDAY: Notes = Notes::of(&[
    Note::WindowUpdate,
    Note::KeepAlive,
    Note::KeepAliveAck,
    Note::FastOpen,
    Note::FastOpenTaken,
]);

/// One remark: in a few words, in fewer, and in a sentence.
pub(super) struct Words {
    pub long: String,
    pub short: String,
    pub sentence: String,
}

impl Mark {
    /// Nothing to stop at.
    pub fn is_everyday(&self) -> bool {
        self.notes.without(EVERYDAY).is_empty()
            && self.of.is_none()
            && self.again.is_none()
            && self.error.is_none()
    }

    /// What befell it later, if it was answered by an error or had to be sent again.
    /// `whole`: how many bytes it has.
    pub(super) fn loss(&self, whole: u32, number: impl Fn(u32) -> PacketId) -> Option<Words> {
        if let Some((by, outcome)) = self.error {
            let (word, what) = match outcome {
                Outcome::Refused => ("refused", "no socket has the port"),
                _ => ("undelivered", "it did not reach its host"),
            };
            let (long, short) = (format!("✗ {word}: {by}"), format!("✗ see {by}"));
            return Some(Words { short, long, sentence: format!("✗ packet {by} says: {what}") });
        }
        let Again { arrows, seq, len, lost, .. } = self.again?;
        let (first, last) = (number(arrows.0), number(arrows.1));
        let again = if first == last { first.to_string() } else { format!("{first} to {last}") };
        if !lost {
            if len >= whole {
                return None;
            }
            let sentence = format!(
                "↻ {len} of its {whole} bytes, from seq {seq} on, were sent again in packet {again}: the others arrived, or are on their way"
            );
            // One repeat is one stretch; of several only the sum is told.
            let which = if first == last {
                format!("{seq}–{}", seq.wrapping_add(len).wrapping_sub(1))
            } else {
                format!("{len} B")
            };
            let (long, short) = (format!("↻ {which} again in {again}"), format!("↻ part in {again}"));
            return Some(Words { long, short, sentence });
        }
        let long = format!("✗ again in {again}");
        let sentence = format!(
            "✗ sent again in packet {again}: it was lost on the way, or its acknowledgement was, or that came too late"
        );
        Some(Words { short: long.clone(), long, sentence })
    }

    /// Whether it is drawn as one that does not arrive.
    pub fn is_lost(&self) -> bool {
        self.again.is_some_and(|again| again.lost)
    }

    /// What it is itself.
    pub(super) fn words(&self, number: impl Fn(u32) -> PacketId) -> Vec<Words> {
        let of = self.of.map(number);
        let mut all: Vec<Words> = self.notes.iter().map(|note| self.note(note, of)).collect();
        if let (true, Some(of)) = (all.is_empty(), of) {
            let long = format!("↻ repeats {of}");
            let sentence = format!("↻ the same bytes as packet {of}");
            all.push(Words { short: long.clone(), long, sentence });
        }
        all
    }

    fn note(&self, note: Note, of: Option<PacketId>) -> Words {
        let name = match (note, self.repeats) {
            (Note::DuplicateAck, Some((count, frame))) => format!("{} {frame}#{count}", note.name()),
            _ => note.name().to_owned(),
        };
        let (sign, short) = match note {
            Note::Retransmission => ('↻', ""),
            Note::FastRetransmission => ('↻', "Fast Retrans."),
            Note::SpuriousRetransmission => ('↻', "Spurious Retr."),
            Note::OutOfOrder => ('↷', ""),
            Note::LostSegment => ('…', "gap before it"),
            Note::AckLostSegment => ('…', "ACKed unseen"),
            Note::DuplicateAck => ('≡', ""),
            Note::WindowUpdate => ('□', ""),
            Note::WindowFull | Note::ZeroWindow => ('■', ""),
            Note::ZeroWindowProbe => ('■', "Window Probe"),
            Note::ZeroWindowProbeAck => ('■', "Probe answered"),
            Note::KeepAlive | Note::KeepAliveAck => ('♥', ""),
            Note::ReusedPorts => ('↺', "Ports reused"),
            Note::FastOpen => ('»', "TFO Cookie"),
            Note::FastOpenTaken => ('»', "TFO accepted"),
            Note::FastOpenIgnored => ('»', "TFO ignored"),
        };
        let short = format!("{sign} {}", if short.is_empty() { &name } else { short });
        let repeats = matches!(note, Note::Retransmission | Note::FastRetransmission | Note::OutOfOrder);
        let of = of.filter(|_| repeats);
        let long = match of {
            Some(of) if note == Note::OutOfOrder => format!("{sign} {name}, repeats {of}"),
            Some(of) => format!("{sign} {name} of {of}"),
            None => format!("{sign} {name}"),
        };
        let same = of.map_or_else(String::new, |of| format!(" (the same bytes as packet {of})"));
        Words { short, long, sentence: format!("{sign} {name}{same}: {}", note.field().about) }
    }
}
