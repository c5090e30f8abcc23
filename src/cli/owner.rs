//! Whose the ends of a flow are, as cells and words that commands share.

use super::output::{Cell, Output};
use crate::base::safe;
use crate::session::Session;
use crate::sockets::{Holder, Owner, TCP};

/// What is told of a socket and its processes.
pub(super) const COLUMNS: [&str; 15] = [
    "match",
    "seen",
    "candidates",
    "process",
    "pid",
    "fd",
    "user",
    "container",
    "bound",
    "socket_state",
    "receive_queue",
    "send_queue",
    "inode",
    "holders",
    "passed",
];

/// The part of [`COLUMNS`] that speaks of a socket and its holders, not of a flow.
pub(super) const OF_SOCKET: std::ops::Range<usize> = 3..14;

/// A cell for each of [`COLUMNS`]; all absent for an end that is not of this machine.
pub(super) fn cells(owner: Option<&Owner>) -> Vec<Cell<'static>> {
    let Some(owner) = owner else { return COLUMNS.map(|_| Cell::Absent).into() };
    let socket = owner.socket.as_ref();
    let text = |text: &str| Cell::text(safe(text).into_owned());
    let first = owner.holder();
    let all = owner.holders.iter().map(|holder| {
        let text = format!("{}({}){}", holder.process.name, holder.process.pid, descriptor(holder));
        safe(&text).into_owned().into()
    });
    vec![
        Cell::text(owner.quality.name()),
        socket.map_or(Cell::Absent, |_| Cell::text(owner.seen.name())),
        socket.map_or(Cell::Absent, |_| Cell::Number(u64::from(owner.others) + 1)),
        first.map_or(Cell::Absent, |holder| text(&holder.process.name)),
        Cell::maybe(first.map(|holder| holder.process.pid.into())),
        Cell::maybe(owner.descriptor().map(u64::from)),
        user(owner).map_or(Cell::Absent, |name| text(&name)),
        first.and_then(|holder| holder.process.container.as_ref()).map_or(Cell::Absent, |name| text(name)),
        socket.map_or(Cell::Absent, |socket| Cell::text(socket.local.to_string())),
        socket
            .map(|socket| socket.state())
            .filter(|state| !state.is_empty())
            .map_or(Cell::Absent, Cell::text),
        Cell::maybe(socket.map(|socket| socket.receive_queue.into())),
        Cell::maybe(socket.map(|socket| socket.send_queue.into())),
        Cell::maybe(socket.filter(|socket| socket.inode != 0).map(|socket| socket.inode.into())),
        Cell::List(all.collect()),
        Cell::List(owner.passed.iter().map(|end| end.to_string().into()).collect()),
    ]
}

/// ` fd 3`, nothing where it is not known.
fn descriptor(holder: &Holder) -> String {
    holder.fd.map_or(String::new(), |fd| format!(" fd {fd}"))
}

/// The socket's user: the name, else the number. A socket that no process
/// holds is of none.
pub(super) fn user(owner: &Owner) -> Option<String> {
    let uid = owner.uid()?;
    Some(owner.user.as_ref().map_or_else(|| uid.to_string(), |name| name.to_string()))
}

/// `curl(1234) fd 3 [exact]`, of both ends where both are of this machine.
pub(super) fn words(owners: &[Option<Owner>; 2]) -> String {
    let of = |owner: &Owner| {
        let process = owner.processes();
        let process = if process.is_empty() { "?".to_owned() } else { process };
        let fd = owner.descriptor().map_or(String::new(), |fd| format!(" fd {fd}"));
        format!("{process}{fd} [{}]", owner.certainty())
    };
    match owners {
        [Some(a), Some(b)] => format!("{} → {}", of(a), of(b)),
        [Some(one), None] | [None, Some(one)] => of(one),
        [None, None] => String::new(),
    }
}

/// Lets the watch look once more, and says what is missing and why.
pub(super) fn settle(session: &Session, output: &mut Output) {
    let owners = session.owners();
    if !owners.is_watched() {
        return;
    }
    owners.settle();
    let status = owners.status();
    let _ = output.flush();
    if let Some(why) = &status.trouble {
        super::failure::say(&format!("sockets and processes are not shown: {why}"));
    }
    if let Some(why) = status.untraced.as_ref().filter(|_| lacks_process(session)) {
        super::failure::say(&format!(
            "some flows were too brief for a look at all sockets and lack their process; the kernel's \
             tracepoints that tell of them are not heard: {why}"
        ));
    }
    for words in missing(status.no_processes.as_deref(), status.hidden) {
        super::failure::say(&words);
    }
    if status.let_go > 0 {
        super::failure::say(&format!(
            "sockets of {} ends of flows were not followed: too many at once",
            status.let_go
        ));
    }
}

/// Whether the process of some end of this machine in a TCP flow is not known.
fn lacks_process(session: &Session) -> bool {
    let analysis = session.analysis();
    let lacking = |owner: &Owner| owner.holders.is_empty();
    let mut connections = analysis.flows.iter().filter(|(_, flow)| flow.key.protocol == TCP);
    connections.any(|(_, flow)| session.owner(flow).iter().flatten().any(lacking))
}

/// What is missing of processes.
pub(super) fn missing(trouble: Option<&str>, hidden: usize) -> Vec<String> {
    let trouble = trouble.map(|why| format!("processes are not known: {why}"));
    let hidden = (hidden > 0).then(|| {
        format!(
            "the descriptors of {hidden} processes of other users are hidden: their sockets have no process here; \
             root sees them"
        )
    });
    trouble.into_iter().chain(hidden).collect()
}
