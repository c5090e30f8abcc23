//! The columns of a packet's row: addresses, ports, protocol, Info.

use crate::decode::check::Problem;
use crate::decode::event::{Event, FlowKey};
use crate::decode::field::{Protocol, Span};
use crate::decode::format::Bytes;
use crate::decode::sink::{Endpoint, LayerStart, Mark, Sink};
use std::fmt::Write as _;

/// Bytes of Info text: a line has no room for more.
const MAX_INFO: usize = 2048;
/// Bytes of the texts of problems after which no further one is told.
const MAX_PROBLEMS: usize = 200;
const MORE: &str = " …";

/// What a row shows. Reused from packet to packet: call [`Line::clear`].
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// Address of the sender, innermost.
    pub src: Endpoint,
    /// Address of the receiver, innermost.
    pub dst: Endpoint,
    /// Innermost transport header that is not quoted.
    pub flow: Option<FlowKey>,
    /// Innermost protocol that is not plain data.
    pub protocol: Option<&'static Protocol>,
    /// The Info text; already harmless for a terminal.
    pub info: String,
    /// How many bytes of it come before the problems.
    pub said: usize,
    /// What stands before the Info, whoever replaces it.
    remarks: String,
    /// Texts of problems: they stand behind the Info, whoever replaces it.
    problems: String,
    /// Bytes that the capture kept of a packet that it cut.
    kept: Option<u32>,
    before: Option<&'static Protocol>,
}

impl Line {
    /// Ready for the next packet.
    pub fn clear(&mut self) {
        let texts = [&mut self.info, &mut self.remarks, &mut self.problems].map(std::mem::take);
        let [info, remarks, problems] = texts.map(|mut text| {
            text.clear();
            text
        });
        *self = Line { info, remarks, problems, ..Line::default() };
    }
}

impl Sink for Line {
    const DETAIL: bool = false;
    const TEXT: bool = true;

    fn layer(&mut self, start: LayerStart) {
        self.before = self.protocol;
        if start.id > 0 && !start.quoted {
            self.protocol = Some(start.protocol);
        }
    }

    fn info(&mut self, write: impl FnOnce(&mut String)) {
        self.info.clear();
        write(&mut self.info);
    }

    fn remark(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.remarks);
    }

    fn info_more(&mut self, write: impl FnOnce(&mut String)) {
        // What is beyond is cut off at the end.
        if self.info.len() <= MAX_INFO {
            self.info.push_str(", ");
            write(&mut self.info);
        }
    }

    fn endpoints(&mut self, src: Endpoint, dst: Endpoint) {
        (self.src, self.dst) = (src, dst);
    }

    fn event(&mut self, event: Event) {
        if let Event::Flow(key) = event {
            self.flow = Some(key);
        }
    }

    fn problem(&mut self, problem: Problem, span: Span, write: impl FnOnce(&mut String)) {
        match problem {
            Problem::Truncated => self.kept = Some(span.len),
            Problem::Malformed | Problem::Length if self.problems.len() < MAX_PROBLEMS => {
                self.problems.push_str(" [");
                write(&mut self.problems);
                self.problems.push(']');
            }
            Problem::Malformed | Problem::Length if !self.problems.ends_with(MORE) => {
                self.problems.push_str(MORE);
            }
            _ => {}
        }
    }

    fn finish(&mut self) {
        self.info.insert_str(0, &self.remarks);
        if self.info.len() > MAX_INFO {
            let end = (0..=MAX_INFO).rev().find(|at| self.info.is_char_boundary(*at));
            self.info.truncate(end.unwrap_or(0));
            self.info.push_str(MORE);
        }
        self.said = self.info.len();
        self.info.push_str(&self.problems);
        if let Some(kept) = self.kept {
            let _ = write!(self.info, " [cut at {}]", Bytes(kept as usize));
        }
        if self.info.starts_with(' ') {
            self.info.remove(0);
            self.said = self.said.saturating_sub(1);
        }
    }

    fn mark(&self) -> Mark {
        Mark(self.problems.len() as u32, 0, 0)
    }

    // Only the newest layer is ever taken back, and it has told no Info.
    fn rewind(&mut self, mark: Mark) {
        self.protocol = self.before;
        self.problems.truncate(mark.0 as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_stand_behind_the_last_info() {
        let mut line = Line::default();
        line.problem(Problem::Truncated, Span { source: 0, start: 0, len: 60 }, |_| {});
        line.problem(Problem::Length, Span::default(), |text| text.push_str("short"));
        line.info(|text| text.push_str("one"));
        line.info(|text| text.push_str("two"));
        line.info_more(|text| text.push_str("three"));
        line.finish();
        assert_eq!(line.info, "two, three [short] [cut at 60 bytes]");
        assert_eq!(&line.info[..line.said], "two, three");
    }

    /// Else a repeat whose payload is known would look like any other packet.
    #[test]
    fn remarks_stand_before_the_last_info() {
        let mut line = Line::default();
        line.remark(|text| text.push_str("[TCP Retransmission] "));
        line.info(|text| text.push_str("80 → 4000 [ACK]"));
        line.info(|text| text.push_str("HTTP/1.1 200 OK"));
        line.finish();
        assert_eq!(line.info, "[TCP Retransmission] HTTP/1.1 200 OK");
        line.clear();
        line.finish();
        assert_eq!(line.info, "");
    }

    #[test]
    fn info_and_problems_are_bounded() {
        let mut line = Line::default();
        line.info(|text| text.push_str(&"ä".repeat(5000)));
        for _ in 0..1000 {
            line.info_more(|text| text.push_str("more"));
            line.problem(Problem::Malformed, Span::default(), |text| text.push_str("a problem in words"));
        }
        line.finish();
        assert!(line.info.len() < 2400, "{} bytes", line.info.len());
        assert!(line.info.ends_with("[a problem in words] …"));
    }
}
