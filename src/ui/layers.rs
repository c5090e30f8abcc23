//! Questions about a peeled packet that several views ask: which layer a node
//! belongs to, which bytes are a layer's own, how a field is said shortly.
//!
//! Knows nothing of areas and cells.

use super::theme::Role;
use crate::base::safe;
use crate::decode::checks::ARITHMETIC;
use crate::decode::sinks::{LayerNode, Node, NodeKind, Tree};
use crate::decode::{FieldDef, Kind, Layer, Protocol, ProtocolId, Span, Value, display, value_name};
use crate::session::problems;

/// The layer (place in [`Tree::layers`]) that a node belongs to.
pub fn layer_of(tree: &Tree, node: u32) -> Option<u8> {
    let mut at = node;
    // Depth is held in a byte: more steps than that would go in a circle.
    for _ in 0..=u8::MAX {
        let here = tree.node(at)?;
        match (here.kind, here.parent) {
            (NodeKind::Layer(layer), _) => return Some(layer),
            (_, Some(parent)) => at = parent,
            (_, None) => return None,
        }
    }
    None
}

/// The node that shows a kind of problem, where a packet has it.
pub fn trouble_node(tree: &Tree, kind: problems::Kind) -> Option<u32> {
    let verdict_of = |at: u32| tree.layers.get(usize::from(layer_of(tree, at)?))?.verdict;
    let nodes = || (0..tree.len() as u32).filter_map(|at| Some((at, tree.node(at)?)));
    match kind {
        problems::Kind::Sum(check, verdict) => {
            let is_sum = |def: &FieldDef| def.name == ARITHMETIC.name;
            let mut sums =
                nodes().filter(|(_, node)| matches!(node.kind, NodeKind::Field(def) if is_sum(def)));
            let sum = sums.find(|(at, _)| verdict_of(*at) == Some((check, verdict)));
            // Without a sum the layer whose verdict it is.
            let layer = || tree.layers.iter().find(|layer| layer.verdict == Some((check, verdict)));
            sum.and_then(|(_, node)| node.parent).or_else(|| Some(layer()?.node))
        }
        problems::Kind::Packet(sought) => nodes()
            .find(|(_, node)| matches!(node.kind, NodeKind::Problem(found) if found == sought))
            .map(|(at, _)| at),
        problems::Kind::Tcp(note) => {
            let name = note.field().name;
            let is_note = |node: &Node| matches!(node.kind, NodeKind::Field(def) if def.name == name);
            nodes().find(|(_, node)| is_note(node)).map(|(at, _)| at)
        }
        _ => None,
    }
}

/// The layers directly inside a layer, in order.
pub fn children(tree: &Tree, layer: u8) -> impl Iterator<Item = u8> {
    let inner = tree.layers.iter().enumerate().skip(usize::from(layer) + 1);
    inner.filter(move |(_, inner)| inner.parent == layer).map(|(at, _)| at as u8)
}

/// Bytes of a layer before its first inner layer: its header, or all of it.
pub fn header_span(tree: &Tree, layer: u8) -> Span {
    let Some(own) = tree.layers.get(usize::from(layer)) else { return Span::default() };
    let starts = children(tree, layer).filter_map(|at| tree.layers.get(usize::from(at)));
    let inside = starts.filter(|inner| inner.span.source == own.span.source).map(|inner| inner.span.start);
    match inside.min() {
        Some(start) if start >= own.span.start && start <= own.span.end() => {
            Span { len: start - own.span.start, ..own.span }
        }
        _ => own.span,
    }
}

/// Nodes directly under a node, in order.
pub fn parts(tree: &Tree, node: u32) -> impl Iterator<Item = (u32, &Node)> {
    let first = tree.first_child(node);
    std::iter::successors(first, |at| tree.next_sibling(*at)).filter_map(|at| Some((at, tree.node(at)?)))
}

/// Padding and trailer fields of a layer: what its inner layers left over.
pub fn trailers<'a>(tree: &'a Tree, layer: &'a LayerNode) -> impl Iterator<Item = (u32, &'a Node)> {
    parts(tree, layer.node).filter(|(_, node)| match (node.kind, layer.protocol.trailer) {
        (NodeKind::Field(def), Some(trailer)) => {
            node.span.len > 0 && (def.name == trailer.padding.name || def.name == trailer.trailer.name)
        }
        _ => false,
    })
}

/// The colour of a layer.
pub fn role(layer: &LayerNode) -> Role {
    protocol_role(layer.id, layer.protocol)
}

/// The colour of a protocol.
pub fn protocol_role(id: ProtocolId, protocol: &Protocol) -> Role {
    match protocol.layer {
        Layer::Frame => Role::Plain,
        Layer::Link => Role::Link,
        Layer::Internet => Role::Internet,
        Layer::Transport if protocol.name == "udp" => Role::Datagram,
        Layer::Transport => Role::Transport,
        // Plain data is counted among applications, but says nothing of one.
        Layer::Application if id == 0 => Role::Plain,
        Layer::Application => Role::Application,
    }
}

/// A field's value as text, the text that its dissector gave first.
pub fn value_text(tree: &Tree, node: &Node, def: &'static FieldDef) -> String {
    let given = tree.text(node);
    if !given.is_empty() {
        return safe(given).into_owned();
    }
    let mut text = String::new();
    display(&mut text, def, tree.value(node));
    safe(&text).into_owned()
}

/// A field's value, the shortest form that still says it: numbers without
/// their names, flags as a digit.
pub fn short_value(tree: &Tree, node: &Node, def: &'static FieldDef) -> String {
    let mut text = String::new();
    match (def.kind, tree.value(node)) {
        (Kind::Bool(_), Value::Uint(bit)) => text.push(if bit == 0 { '0' } else { '1' }),
        (_, Value::Uint(number)) if value_name(def, number).is_some() => {
            let plain = FieldDef { values: &[], ..copy(def) };
            display(&mut text, &plain, Value::Uint(number));
        }
        (_, value) => display(&mut text, def, value),
    }
    safe(&text).into_owned()
}

fn copy(def: &FieldDef) -> FieldDef {
    FieldDef { ..*def }
}

/// The heading of a view of one packet.
pub fn packet_title(capture: &super::model::Capture, peeled: &super::visible::Peeled) -> String {
    let record = capture.session.record(peeled.id).unwrap_or_default();
    let mut title = format!("Packet {} · {} bytes on the wire", peeled.id + 1, record.wire);
    if record.captured < record.wire {
        title.push_str(&format!(", {} captured", record.captured));
    }
    if let Some(gone) = &peeled.gone {
        title.push_str(&format!(" · {gone}"));
    }
    title
}
