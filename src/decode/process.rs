//! Whose the ends of a flow are, as fields of its transport header.
//!
//! Owns the fields and how they are told. Wireshark has a few of them for TCP
//! and UDP; the rest is the same for both. Knows nothing of sockets or of how
//! a process was found: that is told beside the frame.

use super::event::FlowKey;
use super::field::{FieldDef, Value};
use super::packet::{Net, Packet};
use super::sink::Sink;
use crate::base::safe;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// What is known of the socket and the process at one end of a flow; raw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndOwner {
    /// The process's number.
    pub pid: Option<u32>,
    /// Its name.
    pub name: Option<String>,
    /// The socket's descriptor in it.
    pub fd: Option<u32>,
    /// Number of the socket's user.
    pub uid: Option<u32>,
    /// Name of the socket's user.
    pub user: Option<String>,
    /// The process's container.
    pub container: Option<String>,
    /// What the socket is bound to.
    pub bound: Option<SocketAddr>,
    /// The socket's inode.
    pub inode: Option<u32>,
    /// How the socket was found, in words.
    pub found: String,
}

/// Whose the ends of one flow are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The flow.
    pub key: FlowKey,
    /// Of the key's source and of its destination.
    pub ends: [Option<EndOwner>; 2],
}

static PID: FieldDef = FieldDef::uint("wirepeel.process.pid", "Process ID", 32).about(
    "Number of the process at either end. Known on the capturing machine only, some milliseconds after a flow began.",
);
static NAME: FieldDef = FieldDef::text("wirepeel.process.name", "Process name")
    .about("Name of the process at either end, at most 15 bytes, which it chose itself.");
static UID: FieldDef = FieldDef::uint("wirepeel.process.uid", "User ID", 32)
    .about("Number of the user of the socket at either end.");
static USER: FieldDef = FieldDef::text("wirepeel.process.user", "User name")
    .about("Name of the user of the socket at either end, by /etc/passwd of the capturing machine.");
static FD: FieldDef = FieldDef::uint("wirepeel.process.fd", "Descriptor", 32)
    .about("Number of the descriptor by which the process holds the socket.");
static CONTAINER: FieldDef = FieldDef::text("wirepeel.process.container", "Container")
    .about("The container that the process runs in, by its control group.");
static BOUND: FieldDef = FieldDef::text("wirepeel.socket.bound", "Socket bound to")
    .about("Address and port that the socket is bound to: 0.0.0.0 and :: stand for all addresses.");
static INODE: FieldDef = FieldDef::uint("wirepeel.socket.inode", "Socket inode", 32)
    .about("The kernel's number of the socket, as /proc/PID/fd shows it.");
static FOUND: FieldDef = FieldDef::text("wirepeel.socket.match", "Known by").about(
    "How the socket was found: its exact four-tuple, its bound address, a wildcard, or only a listener on the port.",
);

static ALL: FieldDef = FieldDef::group("wirepeel.process", "Process information").about(
    "Which sockets and processes a segment comes from and goes to: told by the capturing machine, not sent.",
);
static SOURCE: FieldDef =
    FieldDef::group("wirepeel.process.source", "Source").about("The socket and the process that sent this.");
static DESTINATION: FieldDef = FieldDef::group("wirepeel.process.destination", "Destination")
    .about("The socket and the process that this is delivered to.");

/// The heading over what is known of both ends.
pub const HEADING: &FieldDef = &ALL;

/// The fields that are the same for every transport protocol.
pub const COMMON: [&FieldDef; 12] =
    [&ALL, &SOURCE, &DESTINATION, &PID, &NAME, &UID, &USER, &FD, &CONTAINER, &BOUND, &INODE, &FOUND];

/// Wireshark's fields of one transport protocol, of source and destination.
pub struct Fields([EndFields; 2]);

/// Those of one end.
struct EndFields {
    pid: FieldDef,
    name: FieldDef,
    uid: FieldDef,
    user: FieldDef,
}

impl Fields {
    /// How many they are.
    pub const COUNT: usize = 8;

    /// With Wireshark's names: of each end process, name, user's number, user's name.
    pub const fn new([source, destination]: [[&'static str; 4]; 2]) -> Fields {
        Fields([EndFields::new(source), EndFields::new(destination)])
    }

    /// All of them, for the list of the protocol.
    pub const fn list(&'static self) -> [&'static FieldDef; Fields::COUNT] {
        let [a, b] = &self.0;
        [&a.pid, &a.name, &a.uid, &a.user, &b.pid, &b.name, &b.uid, &b.user]
    }
}

impl EndFields {
    const fn new([pid, name, uid, user]: [&'static str; 4]) -> EndFields {
        EndFields {
            pid: FieldDef::uint(pid, PID.label, 32).also(const { &[&PID] }).about(PID.about),
            name: FieldDef::text(name, NAME.label).also(const { &[&NAME] }).about(NAME.about),
            uid: FieldDef::uint(uid, UID.label, 32).also(const { &[&UID] }).about(UID.about),
            user: FieldDef::text(user, USER.label).also(const { &[&USER] }).about(USER.about),
        }
    }
}

/// Tells whose the ends of a transport header are, where that is known.
pub fn tell<S: Sink>(packet: &mut Packet<'_, S>, fields: &'static Fields, protocol: u8) {
    if !S::DETAIL || packet.is_quoted() {
        return;
    }
    let Some(owners) = packet.frame().owners else { return };
    let (Net { src, dst, v6, .. }, (src_port, dst_port)) = (packet.net, packet.ports);
    let key = FlowKey { src, dst, src_port, dst_port, protocol, v6 };
    let [a, b] = &owners.ends;
    // One of several headers may be another flow's.
    let ends = if key == owners.key {
        [a, b]
    } else if key == owners.key.reversed() {
        [b, a]
    } else {
        return;
    };
    if ends == [&None, &None] {
        return;
    }
    packet.generated(&ALL, Value::None);
    packet.label(|text| {
        let who = |end: &Option<EndOwner>| end.as_ref().map(EndOwner::words);
        let _ = match ends.map(who) {
            [Some(a), Some(b)] => write!(text, "{a} → {b}"),
            [Some(a), None] => write!(text, "from {a}"),
            [None, Some(b)] => write!(text, "to {b}"),
            [None, None] => Ok(()),
        };
    });
    packet.open();
    for ((end, heading), fields) in ends.into_iter().zip([&SOURCE, &DESTINATION]).zip(&fields.0) {
        if let Some(end) = end {
            end.tell(packet, heading, fields);
        }
    }
    packet.end_group();
}

impl EndOwner {
    /// `curl(1234)`, `?` for what is not known.
    fn words(&self) -> String {
        match (&self.name, self.pid) {
            (Some(name), Some(pid)) => format!("{}({pid})", safe(name)),
            (None, Some(pid)) => format!("process {pid}"),
            _ => "a process that is not known".to_owned(),
        }
    }

    fn tell<S: Sink>(
        &self,
        packet: &mut Packet<'_, S>,
        heading: &'static FieldDef,
        fields: &'static EndFields,
    ) {
        packet.generated(heading, Value::None);
        packet.label(|text| text.push_str(&self.words()));
        packet.open();
        let number = |value: Option<u32>| value.map(|value| Value::Uint(value.into()));
        let bound = self.bound.map(|bound| bound.to_string());
        let told = [
            (&fields.pid, number(self.pid)),
            (&fields.name, text(self.name.as_ref())),
            (&FD, number(self.fd)),
            (&fields.uid, number(self.uid)),
            (&fields.user, text(self.user.as_ref())),
            (&CONTAINER, text(self.container.as_ref())),
            (&BOUND, text(bound.as_ref())),
            (&INODE, number(self.inode)),
            (&FOUND, Some(Value::Bytes(self.found.as_bytes()))),
        ];
        for (def, value) in told {
            if let Some(value) = value {
                packet.generated(def, value);
            }
        }
        packet.end_group();
    }
}

fn text(value: Option<&String>) -> Option<Value<'_>> {
    value.map(|text| Value::Bytes(text.as_bytes()))
}
