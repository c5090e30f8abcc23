//! What each transport header of a packet carries, and where it lies.

use crate::decode::Sack;
use crate::decode::event::{Event, FlowKey};
use crate::decode::sink::{LayerStart, Mark, Sink};
use smallvec::SmallVec;

/// A transport header and the place of its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// Addresses and ports.
    pub key: FlowKey,
    /// TCP: sequence number.
    pub seq: u32,
    /// TCP: acknowledgement number.
    pub ack: u32,
    /// TCP: the twelve flag bits.
    pub flags: u16,
    /// TCP: window, not scaled.
    pub window: u16,
    /// TCP: what the sender says it has beyond a gap, or twice.
    pub sack: Sack,
    /// Place of the payload in the frame.
    pub at: u32,
    /// Bytes of it that the frame holds.
    pub held: u32,
    /// Bytes of it that were sent.
    pub len: u32,
    /// The header's layer, and whether its length is final.
    layer: u32,
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Keeps the transport headers of one packet, outermost first.
#[derive(Debug, Default)]
pub struct Payloads {
    /// What was found.
    pub found: SmallVec<[Payload; 2]>,
    layers: u32,
    last: Option<LayerStart>,
}

impl Payloads {
    /// Ready for the next packet.
    pub fn clear(&mut self) {
        self.found.clear();
        self.layers = 0;
        self.last = None;
    }
}

impl Sink for Payloads {
    const DETAIL: bool = false;
    const TEXT: bool = false;

    fn layer(&mut self, start: LayerStart) {
        self.layers += 1;
        self.last = Some(start);
    }

    fn limit(&mut self, layer: u8, len: u32) {
        let layer = u32::from(layer) + 1;
        for payload in self.found.iter_mut().filter(|p| p.layer == layer && p.key.protocol == UDP) {
            let len = len.saturating_sub(8);
            payload.held = payload.held.min(len);
            payload.len = payload.len.min(len);
        }
    }

    fn event(&mut self, event: Event) {
        match (event, self.last) {
            (Event::Flow(key), Some(start)) => {
                // A TCP header's length is told with the segment.
                let header = match key.protocol {
                    TCP => start.claimed.max(start.span.len),
                    UDP => 8,
                    _ => 0,
                };
                let (held, len) = (start.span.len, start.claimed.max(start.span.len));
                // What is not in the frame itself cannot be read there.
                let held = if start.span.source == 0 { held.saturating_sub(header) } else { 0 };
                self.found.push(Payload {
                    key,
                    at: start.span.start.saturating_add(header),
                    held,
                    len: len.saturating_sub(header),
                    layer: self.layers,
                    ..Payload::default()
                });
            }
            (Event::Segment { seq, ack, flags, window, payload: len, .. }, Some(start)) => {
                let Some(payload) = self.found.last_mut().filter(|p| p.layer == self.layers) else { return };
                let header = start.claimed.max(start.span.len).saturating_sub(len);
                let held = if start.span.source == 0 { start.span.len.saturating_sub(header) } else { 0 };
                let at = start.span.start.saturating_add(header);
                *payload = Payload { seq, ack, flags, window, at, held, len, ..*payload };
            }
            (Event::Options(options), _) => {
                if let Some(payload) = self.found.last_mut().filter(|p| p.layer == self.layers) {
                    payload.sack = options.sack;
                }
            }
            _ => {}
        }
    }

    fn mark(&self) -> Mark {
        Mark(self.layers, self.found.len() as u32, 0)
    }

    fn rewind(&mut self, mark: Mark) {
        self.layers = mark.0;
        self.found.truncate(mark.1 as usize);
    }
}
