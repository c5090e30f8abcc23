//! The length chain of a packet on one line: wire, captured, every layer's
//! header, payload, padding and trailer, and where two of them disagree.
//!
//! A pure function of the [`Tree`].

use super::check::Problem;
use super::field::Span;
use super::sinks::{LayerNode, NodeKind, Tree};
use std::fmt::Write as _;

/// Whether the lengths of a packet agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Every length accounts for its bytes.
    Agree,
    /// A length claims bytes that the layer around it does not have, or fewer
    /// than its own header.
    Disagree,
    /// The capture holds fewer bytes than were sent; what it holds agrees.
    Cut,
}

impl Agreement {
    /// A sign for it.
    pub const fn sign(self) -> char {
        match self {
            Agreement::Agree => '✓',
            Agreement::Disagree => '✗',
            Agreement::Cut => '?',
        }
    }

    /// Words for it.
    pub const fn words(self) -> &'static str {
        match self {
            Agreement::Agree => "lengths agree",
            Agreement::Disagree => "lengths disagree",
            Agreement::Cut => "cut by the capture",
        }
    }
}

/// The length chain of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The chain, such as
    /// `wire 98 = captured 98 = Ethernet 14 + IPv4 84 (20 + ICMP 64)`.
    pub chain: String,
    /// Whether it holds.
    pub agreement: Agreement,
    /// Where it does not, in words: who claims how much, and who has how much.
    pub reasons: Vec<String>,
}

impl Audit {
    /// The whole audit on one line, with its sign and reasons.
    pub fn line(&self) -> String {
        let mut line = format!("{} {} {}", self.chain, self.agreement.sign(), self.agreement.words());
        for (at, reason) in self.reasons.iter().enumerate() {
            line.push_str(if at == 0 { ": " } else { "; " });
            line.push_str(reason);
        }
        line
    }
}

/// Audits the lengths of a packet; `None` before anything was peeled.
pub fn audit(tree: &Tree) -> Option<Audit> {
    let frame = tree.layers.first()?;
    let (wire, captured) = (frame.claimed, frame.span.len);
    let mut chain = if wire == captured {
        format!("wire {wire} = captured {captured}")
    } else {
        format!("wire {wire}, captured {captured}")
    };
    let mut audit = Audit { chain: String::new(), agreement: Agreement::Agree, reasons: Vec::new() };
    if wire > captured {
        audit.agreement = Agreement::Cut;
        audit.reasons.push(format!("{} bytes were not kept", wire - captured));
    }
    if tree.layers.len() > 1 {
        chain.push_str(" = ");
        parts(tree, 0, &mut chain, &mut audit);
    }
    audit.chain = chain;
    Some(audit)
}

/// The layers inside `place`, joined, then what they leave over.
fn parts(tree: &Tree, place: usize, chain: &mut String, audit: &mut Audit) {
    let Some(outer) = tree.layers.get(place) else { return };
    let mut end = outer.span.start;
    let mut first = true;
    for (at, inner) in tree.layers.iter().enumerate().skip(place + 1) {
        if usize::from(inner.parent) != place || inner.span.source != outer.span.source {
            continue;
        }
        if !first {
            chain.push_str(" + ");
        }
        first = false;
        layer(tree, at, chain, audit);
        end = end.max(inner.span.end());
    }
    let left = outer.span.end().saturating_sub(end);
    if left > 0 && end > outer.span.start {
        let _ = write!(chain, " + {} {left}", leftover(tree, end, outer.span.source));
    }
}

/// One layer: `IPv4 84 (20 + …)` where it has a length of its own, else
/// `Ethernet 14 + …`.
fn layer(tree: &Tree, place: usize, chain: &mut String, audit: &mut Audit) {
    let Some(layer) = tree.layers.get(place) else { return };
    let label = layer.protocol.label;
    check(tree, layer, audit);
    let inner = tree.layers.iter().skip(place + 1);
    let inner = inner.filter(|l| usize::from(l.parent) == place && l.span.source == layer.span.source);
    let Some(start) = inner.map(|inner| inner.span.start).min() else {
        // Nothing inside: all of it is its own.
        match layer.limit {
            Some(limit) if limit != layer.span.len => {
                let _ = write!(chain, "{label} {limit} (here {})", layer.span.len);
            }
            _ => {
                let _ = write!(chain, "{label} {}", layer.span.len);
            }
        }
        return;
    };
    let header = start.saturating_sub(layer.span.start);
    match layer.limit {
        Some(limit) => {
            let _ = write!(chain, "{label} {limit} ({header} + ");
            parts(tree, place, chain, audit);
            chain.push(')');
        }
        None => {
            let _ = write!(chain, "{label} {header} + ");
            parts(tree, place, chain, audit);
        }
    }
}

/// Compares what a layer's own length claims with what it was given. What the
/// dissector itself said of its lengths comes first.
fn check(tree: &Tree, layer: &LayerNode, audit: &mut Audit) {
    let before = audit.reasons.len();
    let mut next = tree.first_child(layer.node);
    while let Some(node) = next.and_then(|at| tree.node(at)) {
        if matches!(node.kind, NodeKind::Problem(Problem::Length)) {
            audit.reasons.push(tree.text(node).to_owned());
        }
        next = next.and_then(|at| tree.next_sibling(at));
    }
    let around = tree.layers.get(usize::from(layer.parent));
    // A message of a stream may go on in the next segment.
    let goes_on = around.is_some_and(|around| around.protocol.name == "tcp");
    if audit.reasons.len() == before
        && let Some(limit) = layer.limit
        && limit > layer.claimed
        && !layer.quoted
        && !goes_on
    {
        let around = around.map_or("frame", |around| around.protocol.label);
        let (label, had) = (layer.protocol.label, layer.claimed);
        audit.reasons.push(format!("{label} claims {limit} bytes, {around} has {had} for it"));
    }
    if audit.reasons.len() > before {
        audit.agreement = Agreement::Disagree;
    }
}

/// What the bytes from `start` are called: the label of the field that begins
/// there, in small letters.
fn leftover(tree: &Tree, start: u32, source: u8) -> String {
    let begins = |span: Span| span.source == source && span.start == start && span.len > 0;
    let nodes = (0..tree.len() as u32).rev().filter_map(|at| tree.node(at));
    let mut named = nodes.filter_map(|node| match node.kind {
        NodeKind::Field(def) if begins(node.span) && !node.generated => Some(def.label),
        _ => None,
    });
    named.next().unwrap_or("unclaimed").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::decode::{Facts, Frame, Registry, Scratch};

    /// An Ethernet frame with a UDP datagram of `data` bytes, `padding` behind
    /// it; the IP header claims `ip_len`, the UDP header `udp_len`.
    fn frame(ip_len: u16, udp_len: u16, data: usize, padding: usize) -> Vec<u8> {
        let mut bytes = vec![0; 12];
        bytes.extend([8, 0, 0x45, 0]);
        bytes.extend(ip_len.to_be_bytes());
        bytes.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend([0x30, 0x39, 0x30, 0x3a]);
        bytes.extend(udp_len.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(vec![7; data]);
        bytes.extend(vec![0; padding]);
        bytes
    }

    fn audited(bytes: &[u8], wire: u32) -> Audit {
        let mut tree = Tree::default();
        let frame = Frame { link: LinkType::ETHERNET, bytes, wire, number: 1, ..Frame::default() };
        Registry::default().peel(&frame, Facts::default(), &mut Scratch::default(), &mut tree);
        audit(&tree).unwrap()
    }

    #[test]
    fn a_sound_packet_adds_up() {
        let audit = audited(&frame(32, 12, 4, 14), 60);
        assert_eq!(
            audit.line(),
            "wire 60 = captured 60 = Ethernet 14 + IPv4 32 (20 + UDP 12 (8 + Data 4)) + padding 14 \
             ✓ lengths agree"
        );
    }

    #[test]
    fn a_length_beyond_its_surroundings_is_named() {
        let audit = audited(&frame(32, 100, 4, 14), 60);
        assert_eq!(audit.agreement, Agreement::Disagree);
        assert_eq!(audit.reasons, ["UDP length 100 exceeds the 12 bytes of the IP payload"]);
        let audit = audited(&frame(500, 12, 4, 0), 46);
        assert_eq!(audit.reasons, ["IPv4 total length 500 exceeds the 32 bytes of the frame's payload"]);
    }

    #[test]
    fn bytes_between_a_short_length_and_its_surroundings_are_named() {
        let audit = audited(&frame(32, 10, 4, 0), 46);
        assert_eq!(
            audit.chain,
            "wire 46 = captured 46 = Ethernet 14 + IPv4 32 (20 + UDP 10 (8 + Data 2) + trailer 2)"
        );
    }

    #[test]
    fn what_other_fragments_hold_is_not_missing() {
        let mut first = frame(32, 100, 4, 14);
        first[20] = 0x20;
        let audit = audited(&first, 60);
        assert_eq!((audit.agreement, audit.reasons.len()), (Agreement::Agree, 0), "{}", audit.line());
    }

    #[test]
    fn what_the_capture_cut_is_not_held_against_the_packet() {
        let audit = audited(frame(32, 12, 4, 14).get(..44).unwrap(), 60);
        assert_eq!(audit.agreement, Agreement::Cut);
        assert_eq!(audit.reasons, ["16 bytes were not kept"]);
        assert!(audit.chain.starts_with("wire 60, captured 44 = Ethernet 14 + IPv4 32"), "{}", audit.chain);
    }
}
