//! One arrow in whole sentences: what it is, what is notable, which calls
//! stand beside it and why they are believed.

use super::Ladder;
use super::canvas::{Span, Tone};
use super::words::{call_text, segment_texts, sign};
use crate::decode::TCP;
use crate::flow::calls::{Call, Why};
use crate::flow::{Side, flags};
use std::net::SocketAddr;

impl Ladder {
    /// Lines about an arrow, the most telling first.
    pub fn explain(&self, at: u32, info: Option<String>) -> Vec<Span> {
        let Some((arrow, flow)) = self.arrow(at) else { return Vec::new() };
        let (segment, key) = (&arrow.segment, &flow.key);
        let [a, b] =
            [(key.source(), key.src_port), (key.destination(), key.dst_port)].map(|(address, port)| {
                if matches!(key.protocol, 1 | 58) {
                    address.to_string()
                } else {
                    SocketAddr::new(address, port).to_string()
                }
            });
        let (from, to) = if segment.side() == Side::A { (a, b) } else { (b, a) };
        let mut text = format!("Packet {}: {from} → {to}", segment.packet + 1);
        if key.protocol == TCP {
            let [all, ..] =
                segment_texts(arrow, flow.bases(segment.side()), &self.mark(at).unwrap_or_default());
            text.push_str(" · ");
            text.push_str(&all);
        }
        if let Some(info) = info {
            text.push_str(" · ");
            text.push_str(&info);
        }
        let mut lines = vec![Span { text, tone: Tone::Text }];
        if at == 0 && flow.calls.is_midstream() {
            let text = "The capture begins in the middle of the connection: no connect or accept is seen.";
            lines.push(Span { text: text.to_owned(), tone: Tone::Odd });
        }
        if let Some(mark) = self.mark(at) {
            let number = |arrow| self.number(arrow);
            let tone = if mark.is_everyday() { Tone::Dim } else { Tone::Odd };
            let loss = if mark.is_lost() || mark.error.is_some() { Tone::Bad } else { Tone::Odd };
            let words = mark.loss(arrow.extent(), number);
            lines.extend(words.map(|words| Span { text: words.sentence, tone: loss }));
            lines.extend(mark.words(number).into_iter().map(|words| Span { text: words.sentence, tone }));
        }
        if key.protocol == TCP && segment.has(flags::RST) {
            let text = "✗ a reset: the connection is gone at once, for both sides".to_owned();
            lines.push(Span { text, tone: Tone::Bad });
        }
        // What a packet shows by itself needs no reason.
        let (seen, inferred): (Vec<&Call>, Vec<&Call>) =
            self.calls(at).partition(|call| call.why == Why::Seen);
        for call in seen.into_iter().chain(inferred) {
            let who = if call.side == flow.server { "server" } else { "client" };
            let mut text = format!("{} {who}: {}", sign(call), call_text(call, at, flow.port(call.side)));
            if call.last > call.first && call.why != Why::Arrived {
                text.push_str(&format!(
                    ", packets {} to {}",
                    self.number(call.first),
                    self.number(call.last)
                ));
            }
            if call.why != Why::Seen {
                text.push_str(&format!(" — {}", call.why.text()));
            }
            let tone = if call.why.is_inferred() { Tone::Inferred } else { Tone::Call };
            lines.push(Span { text, tone });
        }
        lines
    }
}
