//! The worker that finds the exact words for the packets that are seen.
//!
//! The newest wish wins. Knows nothing of the screen.

use super::super::worker::{Waker, Wishes, Worker};
use crate::base::{PacketId, safe};
use crate::decode::checks::ARITHMETIC;
use crate::decode::proto::dns::view::type_name;
use crate::decode::sinks::{NodeKind, Tree};
use crate::decode::{Event, FlowKey, TCP, UDP, Value};
use crate::session::problems::Kind;
use crate::session::{DnsReader, DnsStory, Exchange, Handle, Peeler};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A packet and what is sought of it.
pub type Place = (Kind, PacketId);

/// What is said of a packet.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Who sent it to whom, where it has addresses.
    pub flow: Option<FlowKey>,
    /// What is wrong, harmless for a terminal.
    pub what: String,
}

/// Peels on a thread of its own; told the places whose words are seen.
pub type Texts = Worker<Vec<Place>, (Place, Text)>;

/// Starts to peel. Without a thread the words stay dots.
pub fn start(session: Handle, waker: Waker) -> Texts {
    let work = move |wishes: &Wishes<Vec<Place>, (Place, Text)>| work(&session, wishes);
    Worker::start("problems", waker, None, work)
}

fn work(session: &Handle, wishes: &Wishes<Vec<Place>, (Place, Text)>) -> Option<()> {
    let (mut peeler, mut tree) = (Peeler::default(), Tree::default());
    let mut reader = DnsReader::default();
    loop {
        let places = wishes.next()?;
        for place in places.into_iter().take_while(|_| wishes.is_current()) {
            tree.clear();
            let (kind, id) = place;
            let text = match catch_unwind(AssertUnwindSafe(|| session.peel(id, &mut peeler, &mut tree))) {
                Ok(Ok(())) if kind.is_about_another() => untaken(session, &mut peeler, id, &tree),
                Ok(Ok(())) if matches!(kind, Kind::Dns(_)) => dns(session, &mut reader, id, &tree),
                Ok(Ok(())) => text(&tree, kind),
                Ok(Err(gone)) => Text { what: gone.to_string(), flow: None },
                Err(_) => {
                    (peeler, tree) = (Peeler::default(), Tree::default());
                    Text { what: "wirepeel failed on this packet: please report it".to_owned(), flow: None }
                }
            };
            wishes.tell((place, text))?;
        }
    }
}

/// `found 0x1234, should be 0x5678: ` for a checksum's node.
fn found(tree: &Tree, sum: u32) -> String {
    let should = super::super::layers::parts(tree, sum).find_map(|(_, part)| match part.kind {
        NodeKind::Field(def) if def.name.ends_with("_calculated") => Some(tree.value(part)),
        _ => None,
    });
    match (tree.node(sum).map(|node| tree.value(node)), should) {
        (Some(Value::Uint(found)), Some(Value::Uint(should))) => {
            format!("found 0x{found:04x}, should be 0x{should:04x}: ")
        }
        _ => String::new(),
    }
}

/// Fields that say what a remark on a TCP segment is about, and a short word for each.
const TCP_WORDS: [(&str, &str); 5] = [
    ("tcp.seq", "seq="),
    ("tcp.len", "len="),
    ("tcp.ack", "ack="),
    ("tcp.analysis.rto", "RTO "),
    ("tcp.analysis.duplicate_ack_frame", "of packet "),
];

/// Which packet was not taken, what it was for, and why.
fn untaken(session: &Handle, peeler: &mut Peeler, id: PacketId, tree: &Tree) -> Text {
    let error = tree.events.iter().find_map(|event| match event {
        Event::Undelivered(error) => Some(error.words()),
        _ => None,
    });
    let quoted = tree.events.iter().find_map(|event| match event {
        Event::Quoted { key, .. } => Some(*key),
        _ => None,
    });
    let own = flow(tree);
    let how = error.map_or("RST".to_owned(), |words| format!("ICMP {words}"));
    let Some(asked) = quoted.or(own.filter(|_| error.is_none()).map(FlowKey::reversed)) else {
        return Text { flow: own, what: how };
    };
    let was_for = match asked.protocol {
        TCP => format!("asked for TCP {}", asked.dst_port),
        UDP => format!("asked for UDP {}", asked.dst_port),
        _ => format!("was for {}", asked.destination()),
    };
    let found = session.analysis().flows.find_at(&asked, id).map(|(place, flow)| (place, flow.first()));
    let cause = found.and_then(|(place, first)| session.cause(id, place, first, peeler));
    let who = cause.map_or("a packet not captured".to_owned(), |id| format!("packet {}", id + 1));
    let what = format!("{who} {was_for}: {how}");
    Text { flow: own.or(Some(asked.reversed())), what }
}

/// What was asked, and what came of it.
fn dns(session: &Handle, reader: &mut DnsReader, id: PacketId, tree: &Tree) -> Text {
    let exchange = {
        let analysis = session.analysis();
        let place = analysis.dns.of_packet(id).next().map(|(.., place)| place);
        place.and_then(|place| Exchange::get(&analysis, place))
    };
    let Some(exchange) = exchange else { return Text::default() };
    let story = DnsStory::read(reader, session, &exchange);
    let said = format!("{} {}: {}", type_name(story.kind), story.name, story.result(&exchange.one));
    Text { flow: flow(tree), what: safe(&said).into_owned() }
}

/// The innermost flow.
fn flow(tree: &Tree) -> Option<FlowKey> {
    tree.events.iter().rev().find_map(|event| match event {
        Event::Flow(key) => Some(*key),
        _ => None,
    })
}

/// What a tree says of a kind of problem.
fn text(tree: &Tree, kind: Kind) -> Text {
    let flow = flow(tree);
    let mut said: Vec<String> = Vec::new();
    for at in (0..tree.len() as u32).filter_map(|at| tree.node(at)) {
        match (at.kind, kind) {
            (NodeKind::Problem(found), Kind::Packet(sought)) if found == sought => {
                said.push(tree.text(at).to_owned());
            }
            (NodeKind::Field(def), Kind::Sum(check, verdict)) if def.name == ARITHMETIC.name => {
                // The arithmetic belongs to the layer whose verdict is sought.
                let layer = at.parent.and_then(|sum| super::super::layers::layer_of(tree, sum));
                let layer = layer.and_then(|layer| tree.layers.get(usize::from(layer)));
                if layer.is_some_and(|layer| layer.verdict == Some((check, verdict))) {
                    let mut words = at.parent.map(|sum| found(tree, sum)).unwrap_or_default();
                    crate::decode::display(&mut words, def, tree.value(at));
                    said.push(words);
                }
            }
            (NodeKind::Field(def), Kind::Tcp(_)) => {
                if let Some((_, word)) = TCP_WORDS.iter().find(|(name, _)| *name == def.name) {
                    let mut words = (*word).to_owned();
                    crate::decode::display(&mut words, def, tree.value(at));
                    said.push(words);
                }
            }
            _ => {}
        }
    }
    if said.is_empty()
        && let Kind::Sum(check, verdict) = kind
    {
        said.push(format!("{}: {}", check.name(), verdict.name()));
    }
    let between = if matches!(kind, Kind::Tcp(_)) { " " } else { "; " };
    Text { flow, what: safe(&said.join(between)).into_owned() }
}
