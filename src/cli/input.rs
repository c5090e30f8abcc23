//! One capture opened for a command that goes through its packets in order.

use super::InputOptions;
use super::failure::{DONE, Failure, Outcome, UNREADABLE, say};
use super::live::{stop_on_signals, watching};
use super::output::Output;
use super::progress::ProgressBar;
use super::select::Selection;
use crate::base::{PacketId, safe};
use crate::capture::{Gone, OpenOptions, Source, open};
use crate::decode::Registry;
use crate::session::{Name, Peeler, Session, SystemResolver};
use crate::store::PacketRow;
use std::cell::Cell;
use std::io::Read as _;
use std::net::IpAddr;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Packets between two looks at the progress.
const STRIDE: u64 = 1024;
/// How long commands wait for the resolver, in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Packets about which it is asked at once.
const AHEAD: u64 = 1024;

/// Wants the names that will be told of a packet.
type Look = fn(&Session, PacketId, &mut Peeler);

/// An opened capture and what is wanted of it.
pub(super) struct Opened {
    pub session: Session,
    /// Show names for addresses,
    pub named: bool,
    /// those that packets tell as well as those that the file lists,
    pub learnt: bool,
    /// and those of the resolver, for which there is so much patience left.
    resolves: bool,
    patience: Cell<Duration>,
    /// Wants the names that will be told of a packet.
    look: Option<Look>,
    selection: Selection,
    count: Option<u64>,
    unreadable: u64,
    /// Everything is read before the first packet is told,
    whole: bool,
    /// and analysed.
    analysed: bool,
}

impl Opened {
    /// Opens the file that FILE or `-r` names.
    pub fn open(file: Option<&Path>, options: &InputOptions) -> Outcome<Opened> {
        Opened::watching(file, options, false)
    }

    /// The same; of interfaces, sockets and processes are watched as well.
    pub fn watching(file: Option<&Path>, options: &InputOptions, watch: bool) -> Outcome<Opened> {
        let registry = options.decode_as.registry()?;
        // A wrong filter is told before anything is read.
        let selection = Selection::new(&registry, options.filter.as_deref())?;
        options.live.check(file.or(options.read.as_deref()))?;
        if !options.live.interfaces.is_empty() {
            let watch = watch.then(watching);
            let (source, stop) = options.live.open(None, watch.as_ref(), &registry)?;
            stop_on_signals(stop)?;
            if watch.is_some() {
                // Nothing is printed before its end.
                options.live.announce();
            }
            let session = Session::watching(source, registry, watch);
            return Ok(Opened::of(session, selection, options));
        }
        let path = options.path(file)?;
        let source = open(path, &options_of(options))?;
        let mut opened = Opened::start(source, registry, selection, options);
        if !options.follow && is_pcapng(path) {
            // Names and processes may stand at the end; which ones show must not depend on luck.
            opened.whole = true;
        }
        // Nobody is asked for what later packets tell.
        if opened.selection.looks_ahead() || opened.resolves {
            opened.look_ahead(file, options);
        }
        Ok(opened)
    }

    /// Starts a session on `source`.
    pub fn start(
        source: Box<dyn Source>,
        registry: Arc<Registry>,
        selection: Selection,
        options: &InputOptions,
    ) -> Opened {
        Opened::of(Session::start(source, registry), selection, options)
    }

    fn of(session: Session, selection: Selection, options: &InputOptions) -> Opened {
        if options.names.resolve {
            session.resolve(Arc::new(SystemResolver), usize::MAX, Box::new(|| {}));
        }
        Opened {
            session,
            named: !options.names.no_names,
            learnt: options.names.learnt(),
            resolves: options.names.resolve,
            patience: Cell::new(PATIENCE),
            look: None,
            selection,
            count: options.count,
            unreadable: 0,
            whole: false,
            analysed: false,
        }
    }

    /// Later packets decide what is told of earlier ones: all are analysed first,
    /// but where packets come as they happen.
    pub fn look_ahead(&mut self, file: Option<&Path>, options: &InputOptions) {
        let path = file.or(options.read.as_deref());
        self.analysed = !options.follow && path.is_some_and(Path::is_file);
    }

    /// Calls `visit` for every wanted packet, in order, as packets arrive.
    /// What was printed leaves the program before it waits for more.
    pub fn each(
        &mut self,
        output: &mut Output,
        mut visit: impl FnMut(&Session, PacketId, &mut Peeler, &mut Output) -> Outcome<Result<(), Gone>>,
    ) -> Outcome<()> {
        let mut bar = ProgressBar::new(!output.is_terminal());
        let mut peeler = Peeler::default();
        let (mut id, mut left) = (0, self.count.unwrap_or(u64::MAX));
        self.read(&mut bar);
        if self.analysed {
            self.wait(output);
        }
        if self.analysed && self.resolves {
            self.learn();
        }
        let (mut ready, mut asked) = (0, 0);
        while left > 0 {
            if id >= ready {
                let progress = self.session.progress();
                ready = progress.analysed;
                bar.show(id, progress);
                if id >= ready {
                    output.flush()?;
                    if !self.session.wait_for(id) {
                        break;
                    }
                    continue;
                }
            } else if id.is_multiple_of(STRIDE) {
                bar.show(id, self.session.progress());
            }
            if let Some(look) = self.look.filter(|_| id >= asked) {
                asked = ready.min(id + AHEAD);
                self.ask_ahead(look, id..asked, left, &mut peeler);
            }
            let outcome = match self.selection.wants(&self.session, id, &mut peeler) {
                Ok(false) => Ok(()),
                Ok(true) => {
                    left -= 1;
                    visit(&self.session, id, &mut peeler, output)?
                }
                Err(gone) => Err(gone),
            };
            if let Err(gone) = outcome {
                if self.unreadable == 0 {
                    say(&format!("packet {}: {gone}", id + 1));
                }
                self.unreadable += 1;
            }
            id += 1;
        }
        Ok(())
    }

    /// With `--resolve` the resolver is asked about many packets at once: `look` wants the
    /// names that will be told of one.
    pub fn asks_about(&mut self, look: Look) {
        self.look = Some(look).filter(|_| self.resolves);
    }

    /// The same for a packet that is told by itself.
    pub fn ask_about(&mut self, look: Look, id: PacketId, output: &Output) {
        if self.resolves {
            if self.analysed {
                self.wait(output);
            }
            self.learn();
            look(&self.session, id, &mut Peeler::default());
            self.wait_for_names();
        }
    }

    /// Asks about the first `most` packets among these that are wanted.
    fn ask_ahead(&mut self, look: Look, packets: Range<PacketId>, most: u64, peeler: &mut Peeler) {
        let mut left = most;
        for id in packets {
            if left > 0 && matches!(self.selection.wants(&self.session, id, peeler), Ok(true)) {
                look(&self.session, id, peeler);
                left -= 1;
            }
        }
        self.wait_for_names();
    }

    /// The same for addresses that are about to be told.
    pub fn ask(&self, addresses: impl IntoIterator<Item = IpAddr>) {
        if self.resolves {
            addresses.into_iter().for_each(|address| drop(self.known_name(address)));
            self.wait_for_names();
        }
    }

    /// Waits for the resolver as long as there is patience left.
    pub fn wait_for_names(&self) {
        let start = Instant::now();
        self.session.wait_for_resolver(self.patience.get());
        self.patience.set(self.patience.get().saturating_sub(start.elapsed()));
    }

    /// Prints what is known, where only that tells what names are wanted: with `--resolve`
    /// it is printed for nobody before. Where they are known, [`Opened::ask`] spares that.
    pub fn print(
        &self,
        output: &mut Output,
        mut print: impl FnMut(&mut Output) -> Outcome<()>,
    ) -> Outcome<()> {
        if self.resolves {
            print(&mut Output::nobody(output))?;
            self.wait_for_names();
        }
        print(output)
    }

    /// Waits until the capture is read, where what it says at its end matters.
    fn read(&self, bar: &mut ProgressBar) {
        while self.whole && self.session.progress().reading {
            bar.show(0, self.session.progress());
            self.session.wait(Duration::from_millis(100));
        }
    }

    /// Waits until packet `id` and what matters for it is there; `false`: there is no such packet.
    pub fn wait_for(&self, id: PacketId, output: &Output) -> bool {
        self.read(&mut ProgressBar::new(!output.is_terminal()));
        self.session.wait_for(id)
    }

    /// Waits until the whole capture is read and analysed.
    pub fn wait(&mut self, output: &Output) {
        let mut bar = ProgressBar::new(!output.is_terminal());
        while !self.session.is_finished() {
            self.session.wait(Duration::from_millis(100));
            let progress = self.session.progress();
            bar.show(progress.analysed, progress);
        }
    }

    /// Reads every analysed packet for names.
    pub fn learn(&self) {
        self.session.learn_names(u64::MAX, &|| true);
    }

    /// The name to show in place of an address, harmless, if names are wanted: the
    /// newest of the whole capture.
    pub fn name_of(&self, address: IpAddr) -> Option<String> {
        if self.learnt {
            return Some(self.known_name(address)?.text().into_owned());
        }
        let meta = self.session.meta();
        let name = meta.names.get(&address).filter(|_| self.named)?;
        Some(safe(name).into_owned())
    }

    /// The name to show in place of an address for those who see packet `id`, and
    /// who speak with `peer`.
    pub fn name_then(&self, address: IpAddr, peer: IpAddr, id: PacketId) -> Option<String> {
        if !self.learnt {
            return self.name_of(address);
        }
        let [name, _] = self.session.packet_names(id, [Some(address), Some(peer)], PacketRow::NO_FLOW);
        Some(name?.text().into_owned())
    }

    /// An address, or the name to show in its place for those who see packet `id`.
    pub fn name_at(&self, address: IpAddr, id: PacketId) -> String {
        let name = match self.learnt {
            true => {
                let [name, _] = self.session.packet_names(id, [Some(address), None], PacketRow::NO_FLOW);
                name.map(|name| name.text().into_owned())
            }
            false => self.name_of(address),
        };
        name.unwrap_or_else(|| address.to_string())
    }

    /// The name that is known for an address, whoever told it, unless no names are wanted.
    pub fn known_name(&self, address: IpAddr) -> Option<Name> {
        self.session.name_of(address).filter(|_| self.named)
    }

    /// Says what was noticed of the capture; gives the exit code.
    pub fn finish(self, output: &mut Output) -> Outcome {
        output.flush()?;
        let meta = self.session.meta();
        for notice in &meta.notices {
            say(&notice.text);
        }
        if let Some(text) = self.session.names().left_out() {
            say(&text);
        }
        let (unanswered, not_asked) = self.session.close_resolver();
        if unanswered > 0 {
            let words = if unanswered == 1 { "one address" } else { "some addresses" };
            let seconds = PATIENCE.as_secs();
            say(&format!("this machine's resolver has not answered within {seconds} s for {words}"));
        }
        if not_asked > 0 {
            say("the resolver was not asked about all addresses: they are too many");
        }
        if self.unreadable > 1 {
            say(&format!("{} packets could not be read", self.unreadable));
        }
        let bad = meta.is_damaged() || self.unreadable > 0;
        Ok(if bad { UNREADABLE } else { DONE })
    }
}

/// How a file is opened.
pub(super) fn options_of(options: &InputOptions) -> OpenOptions {
    OpenOptions { follow: options.follow, ..OpenOptions::default() }
}

impl InputOptions {
    /// The capture that FILE or `-r` names.
    pub(super) fn path<'a>(&'a self, file: Option<&'a Path>) -> Outcome<&'a Path> {
        match (file, self.read.as_deref()) {
            (Some(_), Some(_)) => Err(Failure::said("two captures are named: give FILE or -r FILE")),
            (Some(path), None) | (None, Some(path)) => Ok(path),
            (None, None) => Err(Failure::said("no capture is named: give FILE or -r FILE")),
        }
    }
}

/// A regular file that begins as pcapng does.
fn is_pcapng(path: &Path) -> bool {
    let mut magic = [0; 4];
    path.is_file()
        && std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
        && magic == [0x0a, 0x0d, 0x0d, 0x0a]
}
