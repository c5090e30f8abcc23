//! What a run says, for people.

use super::run::{Kind, Run};
use std::fmt::Write as _;

impl Run {
    /// What there is to say of it beside bytes; empty for plain data.
    pub fn words(&self, offset: u64) -> String {
        let mut text = String::new();
        let bytes = match self.len {
            1 => "1 byte".to_owned(),
            len => format!("{len} bytes"),
        };
        // Writing to a String cannot fail.
        let _ = match self.kind() {
            Kind::Data if self.len > 0 => Ok(()),
            Kind::Data => write!(text, "no bytes"),
            Kind::Gap => write!(text, "gap: {bytes} missing, no packet of the capture holds them"),
            Kind::Cut => write!(text, "cut: {bytes} left out by the capture"),
            Kind::Retransmission => write!(text, "retransmission: {bytes} from {offset} again, the same"),
            Kind::Overlap => write!(text, "overlap: {bytes} from {offset} again, the same"),
            Kind::Conflict => {
                write!(text, "conflict: {bytes} from {offset} again, and not the same; the first are kept")
            }
            Kind::Unchecked => write!(text, "unchecked: {bytes} from {offset} again, not to be compared"),
            Kind::KeepAlive => write!(text, "keep-alive: the last byte again"),
            Kind::Fin => write!(text, "FIN: no more to send"),
            Kind::Reset => write!(text, "RST: the connection is ended at once"),
        };
        text
    }
}

impl super::Counts {
    /// How much there is, and what is wrong with it.
    pub fn words(&self, is_tcp: bool) -> String {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let unit = if is_tcp { "segment" } else { "datagram" };
        let (bytes, segments) = (self.bytes, self.segments);
        let mut text = format!("{bytes} byte{} in {segments} {unit}{}", plural(bytes), plural(segments));
        for (count, word) in [
            (self.missing, "bytes missing"),
            (self.cut, "bytes cut off"),
            (self.repeated, "bytes repeated"),
            (self.conflicts, "conflicts"),
            (self.unchecked, "repetitions unchecked"),
            (self.stray, "segments far outside the window, left out"),
            (self.not_kept, "segments beyond the limit, left out"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {word}");
            }
        }
        text
    }
}
