//! The columns of a packet's row: addresses, ports, protocol, Info.

use crate::decode::check::Problem;
use crate::decode::event::{Event, FlowKey};
use crate::decode::field::{Protocol, Span};
use crate::decode::sink::{Endpoint, LayerStart, Mark, Sink};

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
    before: Option<&'static Protocol>,
}

impl Line {
    /// Ready for the next packet.
    pub fn clear(&mut self) {
        let mut info = std::mem::take(&mut self.info);
        info.clear();
        *self = Line { info, ..Line::default() };
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

    fn endpoints(&mut self, src: Endpoint, dst: Endpoint) {
        (self.src, self.dst) = (src, dst);
    }

    fn event(&mut self, event: Event) {
        if let Event::Flow(key) = event {
            self.flow = Some(key);
        }
    }

    fn problem(&mut self, problem: Problem, _: Span, write: impl FnOnce(&mut String)) {
        if matches!(problem, Problem::Malformed | Problem::Truncated | Problem::Length) {
            if !self.info.is_empty() {
                self.info.push(' ');
            }
            self.info.push('[');
            write(&mut self.info);
            self.info.push(']');
        }
    }

    // Only the newest layer is ever taken back, and it has told no text.
    fn rewind(&mut self, _: Mark) {
        self.protocol = self.before;
    }
}
