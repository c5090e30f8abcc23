//! The worker that reads the part of a stream that is seen, and searches it.
//! The latest wish wins.
//!
//! Only the bytes around what is seen are read, however long
//! the stream is.

use super::Style;
use super::page::{self, Held, Line, Place, has_bytes, joins};
use crate::base::PacketId;
use crate::flow::Side;
use crate::flow::stream::{Counts, Reassembly, Run};
use crate::session::{Handle, Stream};
use crate::ui::worker::{Waker, Wishes, Worker};
use memchr::memmem::Finder;
use std::sync::Arc;

/// What part is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Around this byte.
    At(Place),
    /// The beginning.
    First,
    /// The end.
    Last,
    /// What this packet brought.
    Packet(u64),
    /// The next run, or the one before.
    Run(Place, bool),
    /// The next run that is no plain data, or the one before.
    Odd(Place, bool),
    /// The next place of these bytes, or the one before.
    Find(Vec<u8>, Place, bool),
}

/// How it is to be laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// As text or in hexadecimal.
    pub style: Style,
    /// Cells of a line.
    pub width: u16,
    /// Lines that are seen at once.
    pub rows: u16,
    /// Only what this side sent.
    pub only: Option<Side>,
}

/// A part of the stream, laid out.
#[derive(Debug, Default)]
pub struct Window {
    /// For which view.
    pub view: View,
    /// Lines, in order.
    pub lines: Vec<Line>,
    /// The byte asked for.
    pub cursor: Place,
    /// Number, packet and offset of the runs that the lines are made of.
    pub runs_here: Vec<(usize, PacketId, u64)>,
    /// Nothing is before the first line, nothing behind the last.
    pub ends: (bool, bool),
    /// Runs that were known.
    pub runs: usize,
    /// What is known of each side.
    pub counts: [Counts; 2],
    /// Segments that wait for what is before them.
    pub waiting: usize,
    /// The bytes that a search found.
    pub hit: Vec<Place>,
    /// What there is to say, such as that nothing was found.
    pub message: Option<&'static str>,
}

/// The worker.
pub struct Reader {
    worker: Worker<(Goal, View), Window>,
    /// What was asked for and is not there yet.
    pub asked: Option<(Goal, View)>,
}

impl Reader {
    /// Reads from a stream. Without a thread nothing is ever shown.
    pub fn start(session: Handle, stream: Arc<Stream>, waker: Waker) -> Reader {
        let work = move |wishes: &Wishes<(Goal, View), Window>| loop {
            let (goal, view) = wishes.next()?;
            let reading = Reading { session: &session, stream: &stream, view };
            if let Some(window) = reading.window(&goal, &|| !wishes.is_current()) {
                wishes.tell(window)?;
            }
        };
        Reader { worker: Worker::start("stream view", waker, None, work), asked: None }
    }

    /// Asks for a part; what was asked before is forgotten.
    pub fn want(&mut self, goal: Goal, view: View) {
        let wanted = Some((goal, view));
        if self.asked != wanted {
            self.asked.clone_from(&wanted);
            wanted.into_iter().for_each(|wanted| self.worker.ask(wanted));
        }
    }

    /// The newest part that has come.
    pub fn newest(&mut self) -> Option<Window> {
        let window = self.worker.answers().last()?;
        if self.worker.is_taken() {
            self.asked = None;
        }
        Some(window)
    }
}

/// One look at a stream.
struct Reading<'a> {
    session: &'a Handle,
    stream: &'a Stream,
    view: View,
}

impl Reading<'_> {
    fn wants(&self, run: &Run) -> bool {
        self.view.only.is_none_or(|side| side == run.side())
    }

    /// The nearest wanted run from `place` on, or before it.
    fn next(&self, content: &Reassembly, place: usize, test: impl Fn(&Run) -> bool) -> Option<usize> {
        content.runs().from(place).position(|run| self.wants(run) && test(run)).map(|at| place + at)
    }

    fn previous(&self, content: &Reassembly, place: usize, test: impl Fn(&Run) -> bool) -> Option<usize> {
        let place = place.min(content.runs().len());
        content.runs().before(place).position(|run| self.wants(run) && test(run)).map(|at| place - 1 - at)
    }

    /// The runs that are laid out together with the one at `place`.
    fn block(&self, content: &Reassembly, place: usize) -> Vec<(usize, Run, u64)> {
        let runs = content.runs();
        let Some(middle) = runs.get(place).copied() else { return Vec::new() };
        let offset = |run: &Run| content.offset(run.side(), run.pos);
        let mut block = vec![(place, middle, offset(&middle))];
        for (at, run) in (0..place).rev().zip(runs.before(place)).filter(|(_, run)| self.wants(run)) {
            if block.last().is_some_and(|(_, first, _)| joins(self.view.style, run, first)) {
                block.push((at, *run, offset(run)));
            } else {
                break;
            }
        }
        block.reverse();
        for (at, run) in (place + 1..).zip(runs.from(place + 1)).filter(|(_, run)| self.wants(run)) {
            if block.last().is_some_and(|(_, last, _)| joins(self.view.style, last, run)) {
                block.push((at, *run, offset(run)));
            } else {
                break;
            }
        }
        block
    }

    fn lines(&self, block: Vec<(usize, Run, u64)>) -> Vec<Line> {
        let held = |(place, run, offset): (usize, Run, u64)| {
            let mut bytes = Vec::new();
            let readable =
                has_bytes(&run) && self.session.payload(run.packet, run.at(), run.len, &mut bytes).is_ok();
            if !readable {
                bytes.clear();
                // What the spool has let go still takes its place.
                bytes.resize(if has_bytes(&run) { run.len as usize } else { 0 }, b'?');
            }
            Held { place, run, offset, bytes }
        };
        let block: Vec<Held> = block.into_iter().map(held).collect();
        page::lines(&block, self.view.style, self.view.width)
    }

    /// The lines around what is wanted; `None` when something newer is.
    fn window(&self, goal: &Goal, stale: &impl Fn() -> bool) -> Option<Window> {
        let (cursor, hit, message) = self.resolve(goal, stale)?;
        let mut window = Window { view: self.view, cursor, hit, message, ..Window::default() };
        let place = {
            let content = self.stream.content();
            window.runs = content.runs().len();
            window.counts = [Side::A, Side::B].map(|side| content.counts(side));
            window.waiting = content.waiting();
            let any = |_: &Run| true;
            self.next(&content, cursor.run, any).or_else(|| self.previous(&content, cursor.run, any))
        };
        let Some(place) = place else {
            window.ends = (true, true);
            return Some(window);
        };
        if place != window.cursor.run {
            window.cursor = Place { run: place, off: 0 };
        }
        let told = |(at, run, offset): &(usize, Run, u64)| (*at, run.packet, *offset);
        // A lock for each block: the job goes on between them.
        let block = |place: usize| self.block(&self.stream.content(), place);
        let middle = block(place);
        let (mut first, mut last) =
            (middle.first().map_or(0, |run| run.0), middle.last().map_or(0, |run| run.0));
        window.runs_here.extend(middle.iter().map(told));
        window.lines = self.lines(middle);
        let here = window.lines.partition_point(|line| line.first <= window.cursor).saturating_sub(1);
        let (mut above, mut below) = (here, window.lines.len() - here.min(window.lines.len()));
        let need = usize::from(self.view.rows) * 2 + 1;
        let mut before: Vec<Vec<Line>> = Vec::new();
        while above < need {
            if stale() {
                return None;
            }
            let Some(place) = self.previous(&self.stream.content(), first, |_| true) else {
                window.ends.0 = true;
                break;
            };
            let runs = block(place);
            first = runs.first().map_or(0, |run| run.0);
            window.runs_here.extend(runs.iter().map(told));
            let lines = self.lines(runs);
            above += lines.len();
            before.push(lines);
        }
        before.reverse();
        let after = std::mem::replace(&mut window.lines, before.into_iter().flatten().collect());
        window.lines.extend(after);
        while below < need {
            if stale() {
                return None;
            }
            let Some(place) = self.next(&self.stream.content(), last + 1, |_| true) else {
                window.ends.1 = true;
                break;
            };
            let runs = block(place);
            last = runs.last().map_or(place, |run| run.0);
            window.runs_here.extend(runs.iter().map(told));
            let lines = self.lines(runs);
            below += lines.len();
            window.lines.extend(lines);
        }
        window.runs_here.sort_unstable();
        Some(window)
    }

    /// Which byte is wanted, and what a search found.
    fn resolve(
        &self,
        goal: &Goal,
        stale: &impl Fn() -> bool,
    ) -> Option<(Place, Vec<Place>, Option<&'static str>)> {
        let content = self.stream.content();
        let len = content.runs().len();
        let any = |_: &Run| true;
        let start = |run: usize| Place { run, off: 0 };
        let mut message = None;
        let mut told = |found: Option<usize>, from: Place, words| match found {
            Some(run) => start(run),
            None => {
                message = Some(words);
                from
            }
        };
        let cursor = match goal {
            Goal::At(place) => *place,
            Goal::First => start(self.next(&content, 0, any).unwrap_or(0)),
            Goal::Last => {
                let run = self.previous(&content, len, any).unwrap_or(0);
                let bytes = content.runs().get(run).filter(|run| has_bytes(run)).map_or(0, |run| run.len);
                Place { run, off: bytes.saturating_sub(1) }
            }
            Goal::Packet(packet) => {
                let exact = self.next(&content, 0, |run| run.packet == *packet);
                let near = || self.next(&content, 0, |run| run.packet > *packet);
                start(exact.or_else(near).unwrap_or(0))
            }
            Goal::Run(from, true) => {
                told(self.next(&content, from.run + 1, any), *from, "that is the last packet of the stream")
            }
            // First to the beginning of the packet, then to the one before.
            Goal::Run(from, false) if from.off > 0 => start(from.run),
            Goal::Run(from, false) => {
                told(self.previous(&content, from.run, any), *from, "that is the first packet of the stream")
            }
            Goal::Odd(from, forward) => {
                let odd = |run: &Run| run.kind().is_odd();
                let found = if *forward {
                    self.next(&content, from.run + 1, odd)
                } else {
                    self.previous(&content, from.run, odd)
                };
                told(found, *from, "no further gap, repetition or conflict")
            }
            Goal::Find(needle, from, forward) => {
                drop(content);
                return self.find(needle, *from, *forward, stale);
            }
        };
        Some((cursor, Vec::new(), message))
    }

    fn find(
        &self,
        needle: &[u8],
        from: Place,
        forward: bool,
        stale: &impl Fn() -> bool,
    ) -> Option<(Place, Vec<Place>, Option<&'static str>)> {
        let any_case = !needle.iter().any(u8::is_ascii_uppercase);
        let finder = Finder::new(needle);
        let mut place = from.run;
        let mut wrapped = false;
        loop {
            if stale() {
                return None;
            }
            let (bytes, places) = self.stretch(place, needle.len().saturating_sub(1), any_case);
            let own = places.iter().take_while(|at| at.run == place).count();
            let hits = finder.find_iter(&bytes).take_while(|at| *at < own);
            let at_start = place == from.run && !wrapped;
            let fits = |at: &usize| {
                let off = *at as u32;
                !at_start || if forward { off > from.off } else { off < from.off }
            };
            let hit = if forward { hits.into_iter().find(fits) } else { hits.filter(fits).last() };
            if let Some(at) = hit {
                let hit: Vec<Place> = places.into_iter().skip(at).take(needle.len()).collect();
                let words = wrapped.then_some("went on from the other end");
                return Some((hit.first().copied().unwrap_or(from), hit, words));
            }
            if wrapped && place == from.run {
                return Some((from, Vec::new(), Some("nothing found")));
            }
            let content = self.stream.content();
            let next = if forward {
                self.next(&content, place + 1, has_bytes)
            } else {
                self.previous(&content, place, has_bytes)
            };
            let beyond = |next: usize| wrapped && if forward { next > from.run } else { next < from.run };
            place = match next {
                Some(next) if beyond(next) => return Some((from, Vec::new(), Some("nothing found"))),
                Some(next) => next,
                None if wrapped => return Some((from, Vec::new(), Some("nothing found"))),
                None => {
                    wrapped = true;
                    let other = if forward {
                        self.next(&content, 0, has_bytes)
                    } else {
                        self.previous(&content, content.runs().len(), has_bytes)
                    };
                    match other {
                        Some(other) => other,
                        None => return Some((from, Vec::new(), Some("nothing found"))),
                    }
                }
            };
        }
    }

    /// The bytes of a run and so many more of its side that follow, with the place of each.
    fn stretch(&self, place: usize, more: usize, small: bool) -> (Vec<u8>, Vec<Place>) {
        let mut runs = Vec::new();
        {
            let content = self.stream.content();
            let Some(first) = content.runs().get(place).copied().filter(has_bytes) else {
                return Default::default();
            };
            runs.push((place, first));
            let mut left = more;
            let (side, mut end) = (first.side(), first.end());
            for (at, run) in (place + 1..).zip(content.runs().from(place + 1)) {
                if left == 0 {
                    break;
                }
                if run.side() == side && run.kind().is_placed() {
                    if !has_bytes(run) || run.pos != end {
                        break;
                    }
                    end = run.end();
                    left = left.saturating_sub(run.len as usize);
                    runs.push((at, *run));
                }
            }
        }
        let (mut all, mut places, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for (at, run) in runs {
            // Of those that follow only as much as a match could reach into.
            let len = if at == place { run.len } else { run.len.min(more as u32) };
            if self.session.payload(run.packet, run.at(), len, &mut bytes).is_err() {
                break;
            }
            places.extend((0..bytes.len() as u32).map(|off| Place { run: at, off }));
            all.append(&mut bytes);
        }
        if small {
            all.make_ascii_lowercase();
        }
        (all, places)
    }
}
