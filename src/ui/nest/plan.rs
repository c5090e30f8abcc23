//! Which boxes there are, how much each says, and which are left out: the
//! nest before it has places.
//!
//! Owns the choice of layers when not all fit. Knows nothing of cells and
//! colours.

use super::super::layers::{children, header_span, parts, trailers, value_text};
use super::super::text::width;
use crate::base::safe;
use crate::decode::sinks::{LayerNode, Node, NodeKind, Tree};
use crate::decode::{Base, FieldDef, Kind, Layer, Span, Value, value_name};

/// Fields of a layer that its box may name.
const MAX_FIELDS: usize = 48;
/// Rows that a box says of itself at most.
const MAX_ROWS: u16 = 12;
/// Boxes side by side at most, and the least width of each.
const ABREAST: usize = 4;
const LEAST_WIDTH: u16 = 24;
/// The same for what is left over behind a payload.
const LEAST_TRAILER: u16 = 16;

/// What a box stands for.
pub enum Content {
    /// A layer: its place in the tree.
    Layer(u8),
    /// Layers that had no room, outermost first.
    Hidden(Vec<u8>),
    /// Padding or a trailer: its node.
    Trailer(u32),
}

/// A box and the boxes inside it.
pub struct Block {
    /// What it stands for.
    pub content: Content,
    /// The boxes inside.
    pub inside: Vec<Block>,
}

impl Block {
    /// Whether the layer is this box or inside it.
    pub fn holds(&self, layer: u8) -> bool {
        let own = match &self.content {
            Content::Layer(at) => *at == layer,
            Content::Hidden(all) => all.contains(&layer),
            Content::Trailer(_) => false,
        };
        own || self.inside.iter().any(|block| block.holds(layer))
    }
}

/// A few words of a row and the node that they are about.
pub struct Words {
    /// The words.
    pub text: String,
    /// The node.
    pub node: Option<u32>,
}

/// One row that a box says of itself.
pub enum Row {
    /// Header and payload in proportion.
    Strip,
    /// Something wrong.
    Wrong(String),
    /// Fields, packed.
    Fields(Vec<Words>),
}

/// What every layer says of itself, before it is packed into rows.
pub struct Said {
    wrong: Vec<String>,
    strip: bool,
    fields: Vec<Words>,
}

/// Gathers what a layer says.
pub fn said(tree: &Tree, at: u8, layer: &LayerNode) -> Said {
    let mut wrong = Vec::new();
    let claimed = layer.limit.map_or(layer.claimed, |limit| limit.min(layer.claimed));
    if claimed > layer.span.len && !layer.quoted {
        wrong.push(format!("cut: {} of {claimed} bytes captured", layer.span.len));
    }
    let inside: Vec<u32> =
        children(tree, at).filter_map(|at| tree.layers.get(usize::from(at))).map(|l| l.span.start).collect();
    let mut fields = Vec::new();
    let mut left = vec![layer.node];
    while let Some(node) = left.pop() {
        let mut inner: Vec<u32> = Vec::new();
        for (place, part) in parts(tree, node) {
            match part.kind {
                NodeKind::Problem(problem) => {
                    wrong.push(format!("{}: {}", problem.name(), safe(tree.text(part))));
                }
                NodeKind::Field(def) if node == layer.node && fields.len() < MAX_FIELDS => {
                    let trailer = trailers(tree, layer).any(|(at, _)| at == place);
                    let value = tree.value(part);
                    let says = value != Value::None || !tree.text(part).is_empty();
                    let payload = matches!(def.kind, Kind::Bytes) && inside.contains(&part.span.start);
                    if !part.generated && !trailer && !payload && says {
                        let flags = def.base == Base::Hex && matches!(def.kind, Kind::Uint(_));
                        let label = def.label.strip_suffix(" Address").unwrap_or(def.label);
                        let mut text = format!("{label}: {}", value_text(tree, part, def));
                        if flags && let Some(set) = set_flags(tree, place) {
                            text = format!("{}: {set}", def.label);
                        }
                        let (rank, sign) = rank(tree, at, part, def);
                        text.push_str(sign);
                        fields.push((rank, Words { text, node: Some(place) }));
                    }
                }
                _ => {}
            }
            if let NodeKind::Field(def) = part.kind
                && node == layer.node
                && !part.generated
                && fields.len() < MAX_FIELDS
                && tree.value(part) == Value::None
                && tree.text(part).is_empty()
                && let Some(text) = group(tree, place)
            {
                // What an application asks or answers says more than its counts.
                let rank = if layer.protocol.layer == Layer::Application { 0 } else { 3 };
                fields.push((rank, Words { text: format!("{}: {text}", def.label), node: Some(place) }));
            }
            if tree.first_child(place).is_some() {
                inner.push(place);
            }
        }
        inner.reverse();
        left.extend(inner);
    }
    wrong.truncate(3);
    fields.sort_by_key(|(rank, _)| *rank);
    let fields = fields.into_iter().map(|(_, words)| words).collect();
    Said { wrong, strip: !inside.is_empty(), fields }
}

/// What matters most comes first: what is said to be inside (with an arrow to
/// it), then who talks to whom, then the rest as it lies.
fn rank(tree: &Tree, layer: u8, node: &Node, def: &FieldDef) -> (u8, &'static str) {
    if let Value::Uint(number) = tree.value(node)
        && let Some(name) = value_name(def, number)
    {
        let mut inner = children(tree, layer).filter_map(|at| tree.layers.get(usize::from(at)));
        let same = |label: &str| label.eq_ignore_ascii_case(name);
        if inner.any(|inner| same(inner.protocol.label) || same(inner.protocol.title)) {
            return (0, " ↓");
        }
    }
    let address = matches!(def.kind, Kind::Ipv4 | Kind::Ipv6 | Kind::Mac);
    if address || def.name.ends_with("port") { (1, "") } else { (2, "") }
}

/// What the parts of a heading say of themselves.
fn group(tree: &Tree, node: u32) -> Option<String> {
    let texts = || parts(tree, node).map(|(_, part)| tree.text(part)).filter(|text| !text.is_empty());
    let said: Vec<_> = texts().take(4).map(|text| safe(text).into_owned()).collect();
    let more = texts().count().saturating_sub(said.len());
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    (!said.is_empty()).then(|| format!("{}{more}", said.join("; ")))
}

/// The names of the flags that are set, for a field made of flags only.
fn set_flags(tree: &Tree, node: u32) -> Option<String> {
    let mut set = Vec::new();
    let mut any = false;
    for (_, part) in parts(tree, node) {
        let NodeKind::Field(def) = part.kind else { continue };
        if let (Kind::Bool(_), Value::Uint(bit)) = (def.kind, tree.value(part)) {
            any = true;
            if bit != 0 {
                set.push(def.label);
            }
        }
    }
    any.then(|| if set.is_empty() { "none set".to_owned() } else { set.join(", ") })
}

/// What a layer says in so many rows of this width.
pub fn rows(said: &Said, cells: u16, limit: u16) -> Vec<Row> {
    let limit = usize::from(limit);
    let mut rows: Vec<Row> = said.wrong.iter().map(|text| Row::Wrong(text.clone())).collect();
    // With a single row left, words say more than a picture.
    if said.strip && (limit > rows.len() + 1 || said.fields.is_empty()) {
        rows.push(Row::Strip);
    }
    let mut row: Vec<Words> = Vec::new();
    let mut used = 0;
    for words in &said.fields {
        let wide = width(&words.text);
        if !row.is_empty() && used + 3 + wide > usize::from(cells) {
            rows.push(Row::Fields(std::mem::take(&mut row)));
            used = 0;
        }
        used += wide + if row.is_empty() { 0 } else { 3 };
        row.push(Words { text: words.text.clone(), node: words.node });
    }
    if !row.is_empty() {
        rows.push(Row::Fields(row));
    }
    rows.truncate(limit.min(usize::from(MAX_ROWS)));
    rows
}

/// Cells that a box of this width leaves to what is inside it.
pub fn inner_width(cells: u16) -> u16 {
    // Narrow boxes have a line at each side, others a space too.
    cells.saturating_sub(if cells >= 40 { 4 } else { 2 })
}

/// Widths of boxes side by side, where they fit so.
pub fn abreast(tree: &Tree, blocks: &[Block], cells: u16) -> Option<Vec<u16>> {
    if blocks.len() < 2 || blocks.len() > ABREAST {
        return None;
    }
    let mut least = Vec::new();
    let mut lens = Vec::new();
    for block in blocks {
        let (min, len) = match &block.content {
            Content::Layer(at) => (LEAST_WIDTH, tree.layers.get(usize::from(*at))?.span.len),
            Content::Trailer(node) => (LEAST_TRAILER, tree.node(*node)?.span.len),
            Content::Hidden(_) => return None,
        };
        least.push(min);
        lens.push(u64::from(len));
    }
    let needed: u16 = least.iter().sum();
    let spare = u64::from(cells.checked_sub(needed)?);
    let sum: u64 = lens.iter().sum::<u64>().max(1);
    let mut widths: Vec<u16> =
        least.iter().zip(&lens).map(|(min, len)| min + (spare * len / sum) as u16).collect();
    let used: u16 = widths.iter().sum();
    if let Some(widest) = widths.iter_mut().max() {
        *widest += cells - used;
    }
    Some(widths)
}

/// Everything that is to be drawn.
pub struct Plan {
    /// The outermost boxes.
    pub blocks: Vec<Block>,
    /// Rows that each layer's box says of itself at most.
    pub detail: Vec<u16>,
    /// What each layer says.
    pub said: Vec<Said>,
}

impl Plan {
    /// Plans the nest of a tree for an area, so that the selected layer is in it.
    pub fn new(tree: &Tree, selected: u8, cells: u16, height: u16) -> Plan {
        let said = (0u8..).zip(&tree.layers).map(|(at, layer)| said(tree, at, layer)).collect();
        let mut plan = Plan { blocks: Vec::new(), detail: vec![0; tree.layers.len()], said };
        let depths = depths(tree);
        let deepest = depths.iter().copied().max().unwrap_or(0);
        let mut seen = vec![true; deepest + 1];
        plan.blocks = build(tree, &depths, &seen);
        if plan.height_of(tree, &plan.blocks, cells) > height {
            let middle = depths.get(usize::from(selected)).copied().unwrap_or(0);
            let near = (1..=deepest).flat_map(|step| [middle.checked_sub(step), Some(middle + step)]);
            let order = [middle, deepest, 1].into_iter().chain(near.flatten());
            seen.fill(false);
            for depth in order.filter(|depth| (1..=deepest).contains(depth)) {
                if seen.get(depth).copied().unwrap_or(true) {
                    continue;
                }
                set(&mut seen, depth, true);
                let blocks = build(tree, &depths, &seen);
                if depth != middle && plan.height_of(tree, &blocks, cells) > height {
                    set(&mut seen, depth, false);
                    break;
                }
                plan.blocks = blocks;
            }
        }
        // More for all alike, then what is left for the selected layer and for
        // the others from the inside out.
        let all: Vec<usize> = (0..plan.detail.len()).collect();
        while plan.more(tree, &all, cells, height) {}
        for at in std::iter::once(usize::from(selected)).chain((0..plan.detail.len()).rev()) {
            while plan.more(tree, &[at], cells, height) {}
        }
        plan
    }

    /// One row more for these layers, if that still fits and says more.
    fn more(&mut self, tree: &Tree, layers: &[usize], cells: u16, height: u16) -> bool {
        let before = self.height_of(tree, &self.blocks, cells);
        let old = self.detail.clone();
        for at in layers {
            if let Some(detail) = self.detail.get_mut(*at) {
                *detail = (*detail + 1).min(MAX_ROWS);
            }
        }
        let after = self.height_of(tree, &self.blocks, cells);
        let fits = after <= height && (after > before || layers.len() > 1) && self.detail != old;
        if !fits {
            self.detail = old;
        }
        fits
    }

    /// Rows that boxes take below or beside each other.
    pub fn height_of(&self, tree: &Tree, blocks: &[Block], cells: u16) -> u16 {
        match abreast(tree, blocks, cells) {
            Some(widths) => {
                let each = blocks.iter().zip(widths).map(|(b, w)| self.height(tree, b, w));
                each.max().unwrap_or(0)
            }
            None => {
                let each = blocks.iter().map(|block| self.height(tree, block, cells));
                each.fold(0, u16::saturating_add)
            }
        }
    }

    /// Rows that a box takes, with everything inside it.
    pub fn height(&self, tree: &Tree, block: &Block, cells: u16) -> u16 {
        match &block.content {
            Content::Trailer(_) => 2,
            Content::Hidden(_) => self.height_of(tree, &block.inside, cells).saturating_add(1),
            Content::Layer(at) => {
                let inner = inner_width(cells);
                let own = self.rows(*at, inner).len() as u16;
                let inside = self.height_of(tree, &block.inside, inner);
                inside.saturating_add(own + 2)
            }
        }
    }

    /// What a layer says in rows of this width.
    pub fn rows(&self, layer: u8, cells: u16) -> Vec<Row> {
        let (said, limit) = (self.said.get(usize::from(layer)), self.detail.get(usize::from(layer)));
        match (said, limit) {
            (Some(said), Some(limit)) if *limit > 0 => rows(said, cells, *limit),
            _ => Vec::new(),
        }
    }
}

fn set(seen: &mut [bool], depth: usize, to: bool) {
    if let Some(seen) = seen.get_mut(depth) {
        *seen = to;
    }
}

/// How deep each layer lies; 0 is the frame.
fn depths(tree: &Tree) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(tree.layers.len());
    for (at, layer) in tree.layers.iter().enumerate() {
        let parent = usize::from(layer.parent);
        depths.push(if parent < at { depths.get(parent).map_or(0, |depth| depth + 1) } else { 0 });
    }
    depths
}

/// The boxes, when only layers of the depths `seen` have one.
fn build(tree: &Tree, depths: &[usize], seen: &[bool]) -> Vec<Block> {
    let only_frame = tree.layers.len() == 1;
    if only_frame {
        return vec![Block { content: Content::Layer(0), inside: Vec::new() }];
    }
    let mut blocks = Vec::new();
    for at in children(tree, 0) {
        blocks.push(block(tree, depths, seen, at));
    }
    blocks.extend(left_over(tree, 0));
    blocks
}

/// Padding and trailers that lie within a layer and in none inside it; the
/// tree hangs them under the layer that names them.
fn left_over(tree: &Tree, at: u8) -> impl Iterator<Item = Block> + '_ {
    let all = tree.layers.iter().flat_map(|layer| trailers(tree, layer));
    let within = move |span: Span| {
        let around = tree.layers.iter().rposition(|layer| {
            let own = layer.span;
            own.source == span.source && own.start <= span.start && span.end() <= own.end()
        });
        around.unwrap_or(0) == usize::from(at)
    };
    all.filter(move |(_, node)| within(node.span))
        .map(|(node, _)| Block { content: Content::Trailer(node), inside: Vec::new() })
}

// As deep as layers are nested: the loop of peeling bounds them.
fn block(tree: &Tree, depths: &[usize], seen: &[bool], at: u8) -> Block {
    let is_seen = |at: u8| {
        let depth = depths.get(usize::from(at)).copied().unwrap_or(0);
        seen.get(depth).copied().unwrap_or(true)
    };
    if is_seen(at) {
        let mut inside: Vec<Block> = children(tree, at).map(|at| block(tree, depths, seen, at)).collect();
        inside.extend(left_over(tree, at));
        return Block { content: Content::Layer(at), inside };
    }
    let (mut hidden, mut inside) = (vec![at], Vec::new());
    let mut next = 0;
    while let Some(at) = hidden.get(next).copied() {
        next += 1;
        for inner in children(tree, at) {
            if is_seen(inner) {
                inside.push(block(tree, depths, seen, inner));
            } else {
                hidden.push(inner);
            }
        }
    }
    Block { content: Content::Hidden(hidden), inside }
}

/// Bytes of a layer's own header, and of what is inside it.
pub fn sizes(tree: &Tree, at: u8) -> (u32, u32) {
    let header = header_span(tree, at).len;
    let all = tree.layers.get(usize::from(at)).map_or(0, |layer| layer.span.len);
    (header, all - header.min(all))
}
