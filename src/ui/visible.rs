//! The worker that peels what is on the screen: the lines that are visible and
//! the selected packet. The latest wish wins.
//!
//! Knows nothing of how lines and trees are drawn.

use super::worker::{Waker, Wishes, Worker};
use crate::base::PacketId;
use crate::decode::sinks::{Line, Tree};
use crate::decode::{Endpoint, Facts, Layer};
use crate::session::{Handle, Peeler, WithNames};
use crate::store::PacketRow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What the list shows of a packet besides its record and its row.
#[derive(Clone, Debug)]
pub struct LineText {
    /// Sender's address.
    pub src: Endpoint,
    /// Receiver's address.
    pub dst: Endpoint,
    /// Ports of the innermost transport header, where it has ports.
    pub ports: Option<(u16, u16)>,
    /// Short name of the innermost protocol.
    pub protocol: &'static str,
    /// Its layer, which colours it.
    pub layer: Layer,
    /// IP protocol number of the innermost transport header.
    pub transport: Option<u8>,
    /// The Info text, harmless for a terminal.
    pub info: Box<str>,
    /// Names of sender and receiver, as they were known when the packet came;
    /// harmless for a terminal.
    pub names: [Option<Box<str>>; 2],
    /// How many bytes of it come before what is wrong.
    pub said: usize,
    /// The analysis had passed the packet: the text is final.
    pub is_final: bool,
    /// So were those who look for names, the file listed so many, and the resolver had
    /// told as much.
    pub named: (bool, usize, u64),
}

/// The selected packet, peeled.
#[derive(Debug, Default)]
pub struct Peeled {
    /// Its number.
    pub id: PacketId,
    /// Every layer and field.
    pub tree: Tree,
    /// The bytes that spans lie in: 0 is the frame.
    pub sources: Vec<Vec<u8>>,
    /// Why its bytes are not there.
    pub gone: Option<String>,
    /// The analysis had passed the packet: the tree is final.
    pub is_final: bool,
    /// What was known of sockets then: a version of their table.
    pub owners: u64,
    /// As of a line.
    pub named: (bool, usize, u64),
}

/// What the worker answers.
#[derive(Default)]
pub struct Answer {
    /// Lines, by packet.
    pub lines: Vec<(PacketId, LineText)>,
    /// The packet asked for.
    pub packet: Option<Arc<Peeled>>,
}

/// Lines that are visible and have no text yet, and the selected packet.
type Wish = (Vec<PacketId>, Option<PacketId>);

/// Peels what is visible.
pub struct Visible {
    worker: Worker<Wish, Answer>,
    /// What was asked for last, as long as no answer has come.
    asked: Option<Wish>,
}

/// Lines peeled before the worker answers and looks for a newer wish.
const BATCH: usize = 32;

impl Visible {
    /// Starts the thread. Without one nothing is ever peeled, and the screen
    /// says so by its dots.
    pub fn start(session: Handle, waker: Waker) -> Visible {
        let work = move |wishes: &Wishes<Wish, Answer>| work(&session, wishes);
        Visible { worker: Worker::start("visible", waker, None, work), asked: None }
    }

    /// What is wanted now; what was wanted before is dropped.
    pub fn want(&mut self, lines: Vec<PacketId>, packet: Option<PacketId>) {
        let asked = Some((lines, packet));
        if asked != self.asked {
            self.asked = asked;
            self.worker.ask(self.asked.clone().unwrap_or_default());
        }
    }

    /// An answer that has come.
    pub fn answer(&mut self) -> Option<Answer> {
        let answer = self.worker.answers().next()?;
        self.asked = None;
        Some(answer)
    }
}

fn work(session: &Handle, wishes: &Wishes<Wish, Answer>) -> Option<()> {
    let mut peeler = Peeler::default();
    loop {
        let (lines, packet) = wishes.next()?;
        // Lines first: they are many, quick, and what moves under the eye.
        let (first, rest) = lines.split_at(lines.len().min(BATCH));
        let lines = peel_lines(session, &mut peeler, first);
        let packet = packet.map(|id| Arc::new(peel(session, &mut peeler, id)));
        if !lines.is_empty() || packet.is_some() {
            wishes.tell(Answer { lines, packet })?;
        }
        for batch in rest.chunks(BATCH).take_while(|_| wishes.is_current()) {
            let lines = peel_lines(session, &mut peeler, batch);
            wishes.tell(Answer { lines, packet: None })?;
        }
    }
}

fn peel_lines(session: &Handle, peeler: &mut Peeler, lines: &[PacketId]) -> Vec<(PacketId, LineText)> {
    let facts = if lines.is_empty() { Vec::new() } else { session.facts_of(lines) };
    lines.iter().zip(facts).map(|(id, facts)| (*id, line(session, peeler, *id, facts))).collect()
}

/// Said of a packet on which the program itself fails.
const FAULT: &str = "wirepeel failed on this packet: please report it";

/// A row's text.
pub fn line(session: &Handle, peeler: &mut Peeler, id: PacketId, facts: Facts) -> LineText {
    let row = session.row(id);
    let is_final = row.is_some();
    let mut line = Line::default();
    let outcome = catch_unwind(AssertUnwindSafe(|| session.peel_with(id, facts, peeler, &mut line)));
    let info = match outcome {
        Ok(Ok(())) => std::mem::take(&mut line.info),
        Ok(Err(gone)) => format!("[{gone}]"),
        Err(_) => {
            *peeler = Peeler::default();
            format!("[{FAULT}]")
        }
    };
    let transport = line.flow.map(|flow| flow.protocol);
    let flow = row.map_or(PacketRow::NO_FLOW, |row| row.flow);
    // Asked before the names are: what comes between is asked for again.
    let named = named(session, id);
    let names = session.packet_names(id, [line.src.address(), line.dst.address()], flow);
    LineText {
        src: line.src,
        dst: line.dst,
        // ICMP keeps its type in place of ports.
        ports: line.flow.filter(|flow| !matches!(flow.protocol, 1 | 58)).map(|f| (f.src_port, f.dst_port)),
        protocol: line.protocol.map_or("", |protocol| protocol.label),
        layer: line.protocol.map_or(Layer::Frame, |protocol| protocol.layer),
        transport,
        info: info.into_boxed_str(),
        names: names.map(|name| Some(name?.text().into())),
        said: line.said,
        is_final,
        named,
    }
}

/// How far those who look for names are, for packet `id`.
fn named(session: &Handle, id: PacketId) -> (bool, usize, u64) {
    let (passed, resolved) = {
        let names = session.names();
        (names.passed() > id, names.resolved())
    };
    (passed, session.meta().names.len(), resolved)
}

fn peel(session: &Handle, peeler: &mut Peeler, id: PacketId) -> Peeled {
    let owners = session.owners().version();
    let named = named(session, id);
    let mut peeled = Peeled { id, is_final: session.row(id).is_some(), owners, named, ..Peeled::default() };
    peeler.names = WithNames::Known;
    match peeler.bytes(session, id) {
        Ok(bytes) => peeled.sources.push(bytes.to_vec()),
        Err(gone) => peeled.gone = Some(gone.to_string()),
    }
    let tree = &mut peeled.tree;
    match catch_unwind(AssertUnwindSafe(|| session.peel(id, peeler, tree))) {
        Ok(Ok(())) => peeled.sources.append(&mut tree.made),
        Ok(Err(gone)) => peeled.gone = Some(gone.to_string()),
        Err(_) => {
            *peeler = Peeler::default();
            peeled.tree = Tree::default();
            peeled.gone = Some(FAULT.to_owned());
        }
    }
    peeled
}
