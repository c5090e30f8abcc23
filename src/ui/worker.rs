//! The worker that peels what is on the screen: the lines that are visible and
//! the selected packet. The latest wish wins.
//!
//! Owns one thread. Knows nothing of how lines and trees are drawn.

use crate::base::PacketId;
use crate::decode::sinks::{Line, Tree};
use crate::decode::{Endpoint, Facts, Layer};
use crate::session::{Handle, Peeler, WithNames};
use crate::store::PacketRow;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Tells the event loop to look again. One word that waits says all.
#[derive(Clone)]
pub struct Waker(Sender<()>);

impl Waker {
    /// A waker and the end that the event loop listens on.
    pub fn new() -> (Waker, Receiver<()>) {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        (Waker(sender), receiver)
    }

    /// There is something to see.
    pub fn wake(&self) {
        let _ = self.0.try_send(());
    }
}

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
pub enum Answer {
    /// Lines, by packet.
    Lines(Vec<(PacketId, LineText)>),
    /// The packet asked for.
    Packet(Arc<Peeled>),
}

#[derive(Default)]
struct Wish {
    lines: Vec<PacketId>,
    packet: Option<PacketId>,
    stop: bool,
}

/// Peels on a thread of its own. Dropping it ends the thread.
pub struct Worker {
    wish: Arc<(Mutex<Wish>, Condvar)>,
    answers: Receiver<Answer>,
    /// What was asked for last, as long as no answer has come.
    asked: Option<(Vec<PacketId>, Option<PacketId>)>,
}

/// Lines peeled before the worker answers and looks for a newer wish.
const BATCH: usize = 32;

impl Worker {
    /// Starts the thread. Without one nothing is ever peeled, and the screen
    /// says so by its dots.
    pub fn start(session: Handle, waker: Waker) -> Worker {
        let (sender, answers) = unbounded();
        let worker = Worker { wish: Arc::default(), answers, asked: None };
        let wish = Arc::clone(&worker.wish);
        let run = move || run(&session, &wish, &sender, &waker);
        let _ = std::thread::Builder::new().name("visible".to_owned()).spawn(run);
        worker
    }

    /// What is wanted now; what was wanted before is dropped.
    pub fn want(&mut self, lines: Vec<PacketId>, packet: Option<PacketId>) {
        let asked = Some((lines, packet));
        if asked != self.asked {
            self.asked = asked;
            let mut wish = self.wish.0.lock().unwrap_or_else(PoisonError::into_inner);
            (wish.lines, wish.packet) = self.asked.clone().unwrap_or_default();
            self.wish.1.notify_one();
        }
    }

    /// An answer that has come.
    pub fn answer(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        self.asked = None;
        Some(answer)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.wish.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.wish.1.notify_one();
    }
}

fn run(session: &Handle, wish: &(Mutex<Wish>, Condvar), answers: &Sender<Answer>, waker: &Waker) {
    let mut peeler = Peeler::default();
    loop {
        let (packet, mut lines) = {
            let idle = |wish: &mut Wish| !wish.stop && wish.lines.is_empty() && wish.packet.is_none();
            let wish = (wish.0.lock().unwrap_or_else(PoisonError::into_inner), &wish.1);
            let mut wish = wish.1.wait_while(wish.0, idle).unwrap_or_else(PoisonError::into_inner);
            if wish.stop {
                return;
            }
            let rest = wish.lines.len().min(BATCH);
            let later = wish.lines.split_off(rest);
            (wish.packet.take(), std::mem::replace(&mut wish.lines, later))
        };
        // Lines first: they are many, quick, and what moves under the eye.
        let facts = if lines.is_empty() { Vec::new() } else { session.facts_of(&lines) };
        let lines = lines.drain(..).zip(facts);
        let peeled: Vec<_> = lines.map(|(id, facts)| (id, line(session, &mut peeler, id, facts))).collect();
        let mut open = peeled.is_empty() || answers.send(Answer::Lines(peeled)).is_ok();
        if let Some(id) = packet {
            open &= answers.send(Answer::Packet(Arc::new(peel(session, &mut peeler, id)))).is_ok();
        }
        waker.wake();
        if !open {
            return;
        }
    }
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
