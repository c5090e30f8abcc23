//! The whole packet: every layer and field with its byte range.

use crate::decode::check::{Check, Problem, Verdict};
use crate::decode::claim::ProtocolId;
use crate::decode::event::Event;
use crate::decode::field::{FieldDef, Protocol, Span, Value};
use crate::decode::format;
use crate::decode::proto::frame::PROTOCOLS;
use crate::decode::sink::{LayerStart, Mark, Sink};
use crate::decode::stored::{Arena, Stored};

/// Nodes of one packet; what comes after is counted, not kept.
const MAX_NODES: usize = 50_000;
const NONE: u32 = u32::MAX;

/// What a node stands for.
#[derive(Clone, Copy, Debug)]
pub enum NodeKind {
    /// A layer: place in [`Tree::layers`].
    Layer(u8),
    /// A field.
    Field(&'static FieldDef),
    /// Something wrong: what the text says.
    Problem(Problem),
}

/// One line of the tree. Nodes know their parent; children are linked in the
/// order in which they were told.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// Its bytes.
    pub span: Span,
    /// Its value, see [`Tree::value`].
    pub value: Stored,
    /// Concluded from others, without bytes of its own.
    pub generated: bool,
    /// Place of the node around it; `None` for layers.
    pub parent: Option<u32>,
    /// 0 for layers, 1 for their fields, and so on.
    pub depth: u8,
    text: (u32, u32),
    first_child: u32,
    last_child: u32,
    next: u32,
}

/// One layer of the packet.
#[derive(Clone, Debug)]
pub struct LayerNode {
    /// Its protocol's place in the registry.
    pub id: ProtocolId,
    /// Its protocol.
    pub protocol: &'static Protocol,
    /// Its bytes, payload included, trailer excluded.
    pub span: Span,
    /// Bytes that the enclosing layer claims for it.
    pub claimed: u32,
    /// Bytes that its own length field claims, where it has one.
    pub limit: Option<u32>,
    /// Place of the enclosing layer; its own for the frame.
    pub parent: u8,
    /// Inside an ICMP error.
    pub quoted: bool,
    /// Its node.
    pub node: u32,
    /// Outcome of its checksum.
    pub verdict: Option<(Check, Verdict)>,
}

/// The tree of one packet, in a flat arena. Reused: call [`Tree::clear`].
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The layers, outermost first; 0 is the frame.
    pub layers: Vec<LayerNode>,
    /// Everything told besides fields.
    pub events: Vec<Event>,
    /// Fields that did not fit into the limit.
    pub dropped: u32,
    /// Bytes that are not in the frame: those of the sources from 1 on.
    pub made: Vec<Vec<u8>>,
    arena: Arena,
    text: String,
    /// Bytes elsewhere that a node's value is made of too, in the order of nodes.
    refers: Vec<(u32, Span)>,
    open: Vec<u32>,
    last: Option<u32>,
    last_layer: Option<u32>,
}

impl Tree {
    /// Ready for the next packet.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.layers.clear();
        self.events.clear();
        self.dropped = 0;
        self.made.clear();
        self.arena.truncate(0);
        self.text.clear();
        self.refers.clear();
        self.open.clear();
        self.last = None;
        self.last_layer = None;
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was peeled.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at `place`.
    pub fn node(&self, place: u32) -> Option<&Node> {
        self.nodes.get(place as usize)
    }

    /// The first of a node's parts.
    pub fn first_child(&self, place: u32) -> Option<u32> {
        self.node(place).map(|node| node.first_child).filter(|at| *at != NONE)
    }

    /// The next node with the same parent (for a layer: the next layer).
    pub fn next_sibling(&self, place: u32) -> Option<u32> {
        self.node(place).map(|node| node.next).filter(|at| *at != NONE)
    }

    /// Every node in reading order: a node, then its parts. `enter` says
    /// whether to go into the parts of a node.
    pub fn walk(&self, mut enter: impl FnMut(u32, &Node) -> bool) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut next = if self.nodes.is_empty() { None } else { Some(0) };
        while let Some(at) = next {
            order.push(at);
            let Some(node) = self.node(at) else { break };
            let inside = self.first_child(at).filter(|_| enter(at, node));
            next = inside.or_else(|| {
                let mut up = Some(at);
                while let Some(here) = up {
                    if let Some(sibling) = self.next_sibling(here) {
                        return Some(sibling);
                    }
                    up = self.node(here).and_then(|node| node.parent);
                }
                None
            });
        }
        order
    }

    /// A node's value.
    pub fn value(&self, node: &Node) -> Value<'_> {
        self.arena.get(node.value)
    }

    /// Bytes that belong to a node's value though they lie elsewhere.
    pub fn refers(&self, place: u32) -> impl Iterator<Item = Span> {
        let from = self.refers.partition_point(|row| row.0 < place);
        self.refers.iter().skip(from).take_while(move |row| row.0 == place).map(|row| row.1)
    }

    /// Text told for a node: in place of a field's value, behind a layer's
    /// name, of a problem. Not made safe for a terminal yet.
    pub fn text(&self, node: &Node) -> &str {
        let (start, len) = node.text;
        self.text.get(start as usize..(start + len) as usize).unwrap_or_default()
    }

    /// The line of a node for people, such as `Length: 63`.
    pub fn line(&self, node: &Node) -> String {
        let text = self.text(node);
        let line = match node.kind {
            NodeKind::Layer(at) => {
                let title = self.layers.get(usize::from(at)).map_or("", |layer| layer.protocol.title);
                if text.is_empty() { title.to_owned() } else { format!("{title}, {text}") }
            }
            NodeKind::Problem(problem) => format!("{}: {text}", problem.name()),
            NodeKind::Field(def) => {
                let mut line = def.label.to_owned();
                let value = self.value(node);
                if !text.is_empty() {
                    line.push_str(": ");
                    line.push_str(text);
                } else if value != Value::None {
                    line.push_str(": ");
                    format::display(&mut line, def, value);
                }
                match value {
                    Value::Uint(number) => match format::bit_pattern(def, number) {
                        Some(bits) => format!("{bits} = {line}"),
                        None => line,
                    },
                    _ => line,
                }
            }
        };
        if node.generated { format!("[{line}]") } else { line }
    }

    /// The smallest field that covers a byte.
    pub fn field_at(&self, source: u8, at: u32) -> Option<u32> {
        let covers = |node: &Node| node.span.source == source && node.span.contains(at) && !node.generated;
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| covers(node));
        nodes.min_by_key(|(_, node)| (node.span.len, 255 - node.depth)).map(|(place, _)| place as u32)
    }

    fn push(&mut self, kind: NodeKind, parent: Option<u32>, span: Span, value: Value<'_>, generated: bool) {
        if self.nodes.len() >= MAX_NODES {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let place = self.nodes.len() as u32;
        let value = self.arena.store(value);
        let depth = parent.and_then(|at| self.node(at)).map_or(0, |node| node.depth.saturating_add(1));
        self.nodes.push(Node {
            kind,
            span,
            value,
            generated,
            parent,
            depth,
            text: (0, 0),
            first_child: NONE,
            last_child: NONE,
            next: NONE,
        });
        // Layers follow each other; all else hangs under its parent.
        let before = match parent {
            None => self.last_layer.replace(place).unwrap_or(NONE),
            Some(at) => match self.nodes.get_mut(at as usize) {
                Some(node) => {
                    let before = std::mem::replace(&mut node.last_child, place);
                    if before == NONE {
                        node.first_child = place;
                    }
                    before
                }
                None => NONE,
            },
        };
        if let Some(before) = self.nodes.get_mut(before as usize) {
            before.next = place;
        }
        self.last = Some(place);
    }

    fn parent(&self) -> Option<u32> {
        self.open.last().copied().or(self.layers.last().map(|layer| layer.node))
    }

    fn write(&mut self, place: Option<u32>, write: impl FnOnce(&mut String)) {
        let start = self.text.len() as u32;
        write(&mut self.text);
        let len = self.text.len() as u32 - start;
        if let Some(node) = place.and_then(|at| self.nodes.get_mut(at as usize)) {
            node.text = (start, len);
        }
    }

    /// Mends the links that lead to nodes from `len` on, and drops those.
    fn truncate(&mut self, len: u32) {
        for place in (len..self.nodes.len() as u32).rev() {
            let Some(parent) = self.node(place).map(|node| node.parent) else { continue };
            let first = match parent {
                Some(at) => self.first_child(at),
                None => Some(0),
            };
            let mut before = first.filter(|at| *at != place);
            while let Some(next) = before.and_then(|at| self.next_sibling(at)).filter(|at| *at != place) {
                before = Some(next);
            }
            if let Some(node) = before.and_then(|at| self.nodes.get_mut(at as usize)) {
                node.next = NONE;
            }
            match parent.and_then(|at| self.nodes.get_mut(at as usize)) {
                Some(node) => {
                    node.last_child = before.unwrap_or(NONE);
                    if before.is_none() {
                        node.first_child = NONE;
                    }
                }
                None => self.last_layer = before,
            }
        }
        self.nodes.truncate(len as usize);
        self.refers.truncate(self.refers.partition_point(|row| row.0 < len));
        self.last = None;
    }
}

impl Sink for Tree {
    const DETAIL: bool = true;
    const TEXT: bool = true;

    fn layer(&mut self, start: LayerStart) {
        self.open.clear();
        let node = self.nodes.len() as u32;
        let place = self.layers.len() as u8;
        self.push(NodeKind::Layer(place), None, start.span, Value::None, false);
        self.layers.push(LayerNode {
            id: start.id,
            protocol: start.protocol,
            span: start.span,
            claimed: start.claimed,
            limit: None,
            parent: start.parent,
            quoted: start.quoted,
            node,
            verdict: None,
        });
    }

    fn limit(&mut self, layer: u8, len: u32) {
        if let Some(layer) = self.layers.get_mut(usize::from(layer)) {
            layer.limit = Some(len);
            layer.span.len = layer.span.len.min(len);
            let span = layer.span;
            if let Some(node) = self.nodes.get_mut(layer.node as usize) {
                node.span = span;
            }
        }
    }

    fn field(&mut self, def: &'static FieldDef, span: Span, value: Value<'_>, generated: bool) {
        self.push(NodeKind::Field(def), self.parent(), span, value, generated);
    }

    fn made(&mut self, bytes: &[u8]) {
        self.made.push(bytes.to_vec());
    }

    fn refer(&mut self, span: Span) {
        if let Some(last) = self.last
            && self.dropped == 0
        {
            self.refers.push((last, span));
        }
    }

    fn field_of(&mut self, layer: u8, def: &'static FieldDef, span: Span, value: Value<'_>) {
        let parent = self.layers.get(usize::from(layer)).map(|layer| layer.node);
        let last = self.last;
        self.push(NodeKind::Field(def), parent, span, value, false);
        self.last = last;
    }

    fn open(&mut self) {
        if let Some(last) = self.last {
            self.open.push(last);
        }
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn label(&mut self, write: impl FnOnce(&mut String)) {
        self.write(self.last, write);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn verdict(&mut self, check: Check, verdict: Verdict) {
        if let Some(layer) = self.layers.last_mut() {
            layer.verdict = Some((check, verdict));
        }
        self.events.push(Event::Verdict { check, verdict });
    }

    fn problem(&mut self, problem: Problem, span: Span, write: impl FnOnce(&mut String)) {
        self.events.push(Event::Problem { problem, span });
        self.push(NodeKind::Problem(problem), self.parent(), span, Value::None, false);
        self.write(self.last, write);
    }

    fn lacks(&mut self, span: Span, write: impl FnOnce(&mut String)) {
        self.push(NodeKind::Problem(Problem::Truncated), self.parent(), span, Value::None, false);
        self.write(self.last, write);
    }

    fn finish(&mut self) {
        let names =
            self.layers.iter().skip(1).map(|layer| layer.protocol.stack.unwrap_or(layer.protocol.name));
        let stack = names.collect::<Vec<_>>().join(":");
        if let Some(frame) = self.layers.first().map(|layer| layer.node) {
            let value = Value::Bytes(stack.as_bytes());
            self.push(NodeKind::Field(&PROTOCOLS), Some(frame), Span::default(), value, true);
        }
    }

    fn mark(&self) -> Mark {
        Mark(self.nodes.len() as u32, self.arena.len() as u32, self.events.len() as u32)
    }

    fn rewind(&mut self, mark: Mark) {
        // The declined layer is the last one told.
        self.layers.pop();
        self.truncate(mark.0);
        self.arena.truncate(mark.1 as usize);
        self.events.truncate(mark.2 as usize);
        self.open.clear();
    }
}
