//! Reads names from the packets that the analysis has passed, in the order of
//! the capture.
//!
//! Owns which packets are read: all DNS answers and DHCP messages, of each flow the
//! first message of TLS and of HTTP, the first packets of QUIC. Keeps nothing of a packet but what it told.

use super::book::Telling;
use super::name::NameSource;
use super::told::{self, How};
use crate::base::PacketId;
use crate::decode::{DnsKind, ProtocolId, Registry};
use crate::flow::dns::Role;
use crate::session::payload::PayloadReader;
use crate::session::quic::Connections;
use crate::session::shared::{Analysis, Shared};
use crate::session::{DnsReader, Exchange};
use crate::store::PacketRow;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// DHCP clients whose names wait for an address.
const MAX_LEASES: usize = 4096;
/// Flows of which it is known that their first message was read; then all are forgotten.
const MAX_LOOKED: usize = 1 << 20;

/// Packets of a QUIC flow in which its client's hello is looked for.
const MAX_HELLO_PACKETS: u8 = 16;
/// It was found.
const TOLD: u8 = u8::MAX;

/// What is to be read.
enum Task {
    /// A DNS message: those before it in its packet, its transaction, whether HTTP/2
    /// brings it, who asked.
    Dns {
        place: u8,
        transaction: u32,
        kind: DnsKind,
        in_stream: bool,
        client: IpAddr,
    },
    Dhcp,
    Tls(u32),
    Http(u32),
    Quic(u32),
}

/// What was told: of a flow where that is a name for its server.
pub(super) type Learnt = (Option<u32>, Telling);

/// Reads on where it stopped.
#[derive(Default)]
pub(in crate::session) struct Learner {
    pub(super) next: PacketId,
    payloads: PayloadReader,
    dns: DnsReader,
    /// Flows whose first message was read, by protocol.
    looked: HashSet<(u32, bool), foldhash::fast::RandomState>,
    /// Packets in which the hellos of QUIC flows were looked for.
    hellos: HashMap<u32, u8, foldhash::fast::RandomState>,
    quic: Connections,
    leases: HashMap<(u32, [u8; 16]), String, foldhash::fast::RandomState>,
    protocols: Option<Protocols>,
}

/// The protocols that tell names, by their number.
#[derive(Clone, Copy)]
struct Protocols {
    dns: [ProtocolId; 3],
    dhcp: ProtocolId,
    tls: ProtocolId,
    http: ProtocolId,
    quic: ProtocolId,
}

impl Protocols {
    fn of(registry: &Registry) -> Option<Protocols> {
        let id = |name| registry.by_name(name);
        let dns = [id("dns")?, id("mdns")?, id("llmnr")?];
        Some(Protocols { dns, dhcp: id("dhcp")?, tls: id("tls")?, http: id("http")?, quic: id("quic")? })
    }
}

impl Learner {
    /// Reads the packets up to `end`, all of which are analysed.
    pub(super) fn read(&mut self, shared: &Shared, end: PacketId) -> Vec<Learnt> {
        let mut learnt = Vec::new();
        if self.protocols.is_none() {
            self.protocols = Protocols::of(&shared.registry);
        }
        if let Some(protocols) = self.protocols {
            for (id, task) in self.tasks(shared, protocols, end) {
                self.learn(shared, id, &task, &mut learnt);
            }
        }
        self.next = end;
        learnt
    }

    fn tasks(&mut self, shared: &Shared, protocols: Protocols, end: PacketId) -> Vec<(PacketId, Task)> {
        let mut tasks = Vec::new();
        // Taken when the first DNS packet comes: most captures have few.
        let mut analysis = None;
        for id in self.next..end {
            let Some(row) = shared.rows.get(id) else { continue };
            if protocols.dns.contains(&row.protocol) {
                let analysis = analysis.get_or_insert_with(|| shared.analysis());
                tasks.extend(answers(analysis, id).map(|task| (id, task)));
            } else if row.protocol == protocols.dhcp {
                tasks.push((id, Task::Dhcp));
            } else if row.flow != PacketRow::NO_FLOW && row.protocol == protocols.quic {
                let tried = self.hellos.entry(row.flow).or_default();
                if *tried < MAX_HELLO_PACKETS {
                    *tried += 1;
                    tasks.push((id, Task::Quic(row.flow)));
                }
            } else if row.flow != PacketRow::NO_FLOW {
                let is_tls = row.protocol == protocols.tls;
                if (is_tls || row.protocol == protocols.http) && self.looked.insert((row.flow, is_tls)) {
                    tasks.push((id, if is_tls { Task::Tls(row.flow) } else { Task::Http(row.flow) }));
                }
            }
        }
        if self.looked.len() > MAX_LOOKED {
            self.looked.clear();
        }
        if self.hellos.len() > MAX_LOOKED {
            self.hellos.clear();
        }
        tasks
    }

    fn learn(&mut self, shared: &Shared, id: PacketId, task: &Task, learnt: &mut Vec<Learnt>) {
        let telling = |address, name, source| Telling {
            packet: id,
            address,
            name,
            source,
            client: None,
            transaction: None,
            ttl: 0,
        };
        match *task {
            Task::Dns { place, transaction, kind, in_stream, client } => {
                let all = self.dns.message(shared, id, place, in_stream, |message| told::dns(&message));
                for told in all.into_iter().flatten() {
                    let source = match (told.how, kind) {
                        (How::Reverse, _) => NameSource::Ptr,
                        // Goodbyes take a name back (RFC 6762, 10.1).
                        (_, DnsKind::Mdns) if told.ttl == 0 => continue,
                        (_, DnsKind::Mdns) => NameSource::Mdns,
                        (_, DnsKind::Llmnr) => NameSource::Llmnr,
                        (How::Answer, _) => NameSource::Dns,
                        (How::Along, _) => NameSource::Along,
                    };
                    let client = (kind != DnsKind::Mdns).then_some(client);
                    let ttl = told.ttl;
                    let one = telling(told.address, told.name, source);
                    learnt.push((None, Telling { client, transaction: Some(transaction), ttl, ..one }));
                }
            }
            Task::Dhcp => {
                let Some(lease) = self.payloads.payload(shared, id).and_then(|(_, bytes)| told::dhcp(bytes))
                else {
                    return;
                };
                let name = lease.name.or_else(|| self.leases.get(&lease.client).cloned());
                match (name, lease.given) {
                    (Some(name), Some(address)) => {
                        learnt.push((None, telling(address, name, NameSource::Dhcp)));
                    }
                    (Some(name), None) => {
                        if self.leases.len() >= MAX_LEASES {
                            self.leases.clear();
                        }
                        self.leases.insert(lease.client, name);
                    }
                    _ => {}
                }
            }
            Task::Tls(flow) => {
                let Some((key, bytes)) = self.payloads.payload(shared, id) else { return };
                let Some(length) = told::hello_length(bytes) else { return };
                let name = match bytes.get(..length) {
                    Some(whole) => told::server_name(whole),
                    None => self.payloads.stretch(shared, id, 0, length).and_then(told::server_name),
                };
                if let Some(name) = name {
                    learnt.push((Some(flow), telling(key.destination(), name, NameSource::Sni)));
                }
            }
            Task::Quic(flow) => {
                let tried = self.hellos.entry(flow).or_default();
                // An earlier packet may have told it since this one was put down.
                if *tried == TOLD {
                    return;
                }
                let known = self.quic.read(shared, id).and_then(|flow| self.quic.get(flow));
                let Some((key, hello)) = known.and_then(|known| known.hello(id + 1)) else { return };
                if let Some(name) = told::hello_name(&hello) {
                    *tried = TOLD;
                    learnt.push((Some(flow), telling(key.destination(), name, NameSource::Sni)));
                }
            }
            Task::Http(flow) => {
                let Some((key, bytes)) = self.payloads.payload(shared, id) else { return };
                if let Some(name) = told::http_host(bytes) {
                    learnt.push((Some(flow), telling(key.destination(), name, NameSource::Http)));
                }
            }
        }
    }
}

/// The answers among a packet's DNS messages, each once: over multicast one may
/// answer several questions.
fn answers(analysis: &Analysis, id: PacketId) -> impl Iterator<Item = Task> {
    let mut seen = 0_u64;
    analysis.dns.of_packet(id).filter_map(move |(place, role, transaction)| {
        let exchange = Exchange::get(analysis, transaction)?;
        let is_answer = match role {
            Role::First => !exchange.one.is_query(),
            Role::Repeat => false,
            Role::Answer | Role::Again => true,
        };
        let (kind, in_stream) = (exchange.one.kind(), exchange.is_in_stream());
        let bit = is_answer.then_some(1 << (place & 63)).filter(|bit| seen & bit == 0)?;
        seen |= bit;
        Some(Task::Dns { place, transaction, kind, in_stream, client: exchange.client().ip() })
    })
}
