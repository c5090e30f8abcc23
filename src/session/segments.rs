//! Walks through the segments of some flows, in the order of the capture.
//!
//! Owns the way from packets to segments, and which flows belong together.
//! Knows nothing of what is made of them.

use super::{Peeler, Shared};
use crate::base::PacketId;
use crate::decode::sinks::{Payload, Payloads};
use crate::decode::{FlowKey, Sack};
use crate::flow::{Flow, Segment};
use crate::store::PacketRow;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Packets between two looks at whether to go on.
const STRIDE: u64 = 4096;
/// Flows that one walk follows; further ones are left out.
const MOST: usize = 4096;

/// Which flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// These, by their places in the flow table.
    Flows(Vec<u32>),
    /// This one, and of DHCP all flows that its exchange lies in: it begins
    /// without an address and with broadcasts, or asks all servers of DHCPv6.
    Exchange(u32),
    /// All between the same two hosts as this one.
    Conversation(u32),
    /// All of the host that this one's client is.
    Host(u32),
}

impl Scope {
    fn belongs(&self, place: u32, flow: &Flow, like: &Flow, clients: &Clients) -> bool {
        let has = |flow: &Flow, address| [flow.key.source(), flow.key.destination()].contains(&address);
        // Where the named flow has no address itself, all of its ports belong.
        let is_exchange = flow.is_dhcp()
            && if like.is_vague() { like.is_dhcp() } else { flow.is_vague() && !clients.is_empty() };
        let is_exchange =
            is_exchange || like.dhcp6_client().is_some() && like.dhcp6_client() == flow.dhcp6_client();
        match self {
            Scope::Flows(places) => places.contains(&place),
            Scope::Exchange(own) => place == *own || has_exchange(like) && is_exchange,
            Scope::Conversation(_) => like.is_same_conversation(flow) || is_exchange,
            Scope::Host(_) => has(flow, like.ends().0) || is_exchange,
        }
    }

    /// Whether a flow tells which DHCP client the scope is about.
    fn tells(&self, place: u32, flow: &Flow, like: &Flow) -> bool {
        if !flow.is_dhcp() || flow.is_vague() || like.is_vague() {
            return false;
        }
        match self {
            Scope::Flows(_) => false,
            Scope::Exchange(own) => place == *own,
            Scope::Conversation(_) => like.is_same_conversation(flow),
            Scope::Host(_) => [flow.key.source(), flow.key.destination()].contains(&like.ends().0),
        }
    }
}

/// Whether what belongs to a flow lies in several, as with DHCP.
fn has_exchange(flow: &Flow) -> bool {
    flow.is_dhcp() || flow.dhcp6_client().is_some()
}

/// DHCP clients by type, length and bytes of their hardware addresses, as the
/// messages hold them: in what goes to all hosts nothing else tells them apart.
type Clients = HashSet<[u8; 18]>;

/// The client that a DHCP message is about (RFC 2131, section 2).
fn dhcp_client(session: &Shared, packet: PacketId, payload: &Payload) -> Option<[u8; 18]> {
    let mut bytes = Vec::new();
    session.payload(packet, payload.at, payload.held.min(44), &mut bytes).ok()?;
    let mut client = [0; 18];
    client.get_mut(..2)?.copy_from_slice(bytes.get(1..3)?);
    client.get_mut(2..)?.copy_from_slice(bytes.get(28..44)?);
    Some(client)
}

/// What a walk meets.
pub enum Met {
    /// A segment, the place of its flow among the members, and what it says
    /// has arrived beyond a gap.
    Segment(u32, Segment, Sack),
    /// An ICMP error that quotes some packet.
    Error(PacketId),
}

/// A walk through the segments of some flows.
pub struct Segments {
    scope: Scope,
    /// The flow that the scope names.
    like: Flow,
    first: PacketId,
    next: PacketId,
    /// Places and keys of the flows met that belong.
    members: Vec<(u32, FlowKey)>,
    /// Of each flow met its place among the members, if it belongs.
    known: HashMap<u32, Option<u32>>,
    /// Flows met of packets with further headers: whether they are of ICMP.
    icmp: HashMap<u32, bool>,
    /// The flows lie around others in some packets: rows name the innermost,
    /// so every packet must be peeled.
    around: bool,
    found: u64,
    sink: Payloads,
    /// The DHCP clients that the scope is about, where that must be known.
    clients: Clients,
    /// Members that other clients use too.
    shared: HashSet<u32>,
}

impl Segments {
    /// The segments of these flows; `None` where there is no such flow.
    pub fn new(session: &Shared, scope: Scope) -> Option<Segments> {
        let (like, first) = {
            let analysis = session.analysis();
            match &scope {
                Scope::Flows(places) => {
                    let flows = || places.iter().filter_map(|place| analysis.flows.get(*place));
                    (flows().next()?.clone(), flows().map(|flow| flow.first()).min()?)
                }
                Scope::Exchange(place) => {
                    let flow = analysis.flows.get(*place)?.clone();
                    let first = if has_exchange(&flow) { 0 } else { flow.first() };
                    (flow, first)
                }
                Scope::Conversation(place) | Scope::Host(place) => (analysis.flows.get(*place)?.clone(), 0),
            }
        };
        let mut walk = Segments {
            scope,
            like,
            first,
            next: first,
            members: Vec::new(),
            known: HashMap::new(),
            icmp: HashMap::new(),
            around: false,
            found: 0,
            sink: Payloads::default(),
            clients: Clients::default(),
            shared: HashSet::new(),
        };
        walk.clients = walk.clients(session);
        if let Some(places) = walk.only() {
            // Known before any packet names them.
            for place in places {
                walk.member(session, place);
            }
            let inner = session.row(first).map(|row| row.flow);
            walk.around = inner.is_some_and(|inner| walk.member(session, inner).is_none());
        }
        Some(walk)
    }

    /// The flows, where the scope names each.
    fn only(&self) -> Option<Vec<u32>> {
        match &self.scope {
            Scope::Flows(places) => Some(places.clone()),
            Scope::Exchange(place) if !has_exchange(&self.like) => Some(vec![*place]),
            _ => None,
        }
    }

    /// The DHCP clients that the scope is about, as far as the analysis has come.
    fn clients(&mut self, session: &Shared) -> Clients {
        let telling: Vec<(PacketId, FlowKey)> = {
            let analysis = session.analysis();
            let tells = |(place, flow): &(u32, &Flow)| self.scope.tells(*place, flow, &self.like);
            analysis.flows.iter().filter(tells).map(|(_, flow)| (flow.first(), flow.key)).collect()
        };
        let (mut clients, mut peeler) = (Clients::default(), Peeler::default());
        for (first, key) in telling.into_iter().take(MOST) {
            self.sink.clear();
            let sink = &mut self.sink;
            if matches!(catch_unwind(AssertUnwindSafe(|| session.peel(first, &mut peeler, sink))), Ok(Ok(())))
            {
                let own = self.sink.found.iter().find(|payload| payload.key == key);
                clients.extend(own.and_then(|payload| dhcp_client(session, first, payload)));
            }
        }
        clients
    }

    /// Places and keys of the flows that belong, in the order in which they
    /// were met.
    pub fn members(&self) -> &[(u32, FlowKey)] {
        &self.members
    }

    /// Packets before this one are done.
    pub fn next(&self) -> PacketId {
        self.next
    }

    /// A flow's place among the members.
    fn member(&mut self, session: &Shared, place: u32) -> Option<u32> {
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let member = {
            let analysis = session.analysis();
            let flow = analysis.flows.get(place)?;
            let belongs =
                self.members.len() < MOST && self.scope.belongs(place, flow, &self.like, &self.clients);
            belongs.then(|| {
                self.members.push((place, flow.key));
                if flow.is_dhcp() && flow.is_vague() && !self.clients.is_empty() {
                    self.shared.insert(self.members.len() as u32 - 1);
                }
                self.members.len() as u32 - 1
            })
        };
        self.known.insert(place, member);
        member
    }

    fn is_icmp(&mut self, session: &Shared, place: u32) -> bool {
        *self.icmp.entry(place).or_insert_with(|| {
            let analysis = session.analysis();
            analysis.flows.get(place).is_some_and(|flow| matches!(flow.key.protocol, 1 | 58))
        })
    }

    /// Goes on, over at most some thousand packets that are analysed; `false`
    /// when it has caught up with the analysis. A segment comes with the place
    /// of its flow among the members; ICMP errors, whomever they are about, come
    /// as [`Met::Error`].
    pub fn advance(&mut self, session: &Shared, peeler: &mut Peeler, mut visit: impl FnMut(Met)) -> bool {
        let analysed = session.progress().analysed;
        let until = analysed.min(self.next.saturating_add(STRIDE));
        while self.next < until {
            let id = self.next;
            self.next += 1;
            let Some(row) = session.row(id).filter(|row| row.flow != PacketRow::NO_FLOW) else { continue };
            if row.has_more_flows && self.is_icmp(session, row.flow) {
                visit(Met::Error(id));
            }
            let member = self.member(session, row.flow);
            if member.is_none() && !self.around {
                continue;
            }
            self.sink.clear();
            let sink = &mut self.sink;
            // A packet that cannot be read or peeled carries nothing that could be shown.
            if !matches!(catch_unwind(AssertUnwindSafe(|| session.peel(id, peeler, sink))), Ok(Ok(()))) {
                self.found += 1;
                continue;
            }
            for payload in &self.sink.found {
                let segment = |number: u32| {
                    let (_, key) = self.members.get(number as usize)?;
                    Some((number, Segment::of(key, id, payload)?))
                };
                // The row names the flow of the innermost header, of whatever
                // flow there were before between the same ports.
                let around = || (0..self.members.len() as u32).filter(|_| self.around).find_map(segment);
                if let Some((number, segment)) = member.and_then(segment).or_else(around) {
                    self.found += 1;
                    let is_other = self.shared.contains(&number)
                        && dhcp_client(session, id, payload)
                            .is_none_or(|client| !self.clients.contains(&client));
                    if !is_other {
                        visit(Met::Segment(number, segment, payload.sack));
                    }
                }
            }
        }
        self.next < session.progress().analysed
    }

    /// After the last packet: whether some were not found because they hold
    /// other flows inside, or because which flows belong was not known yet.
    /// Then the walk is to begin again.
    pub fn misses_some(&mut self, session: &Shared) -> bool {
        let Some(places) = self.only() else {
            let clients = self.clients(session);
            let knew_all = clients == self.clients;
            self.clients = clients;
            if !knew_all {
                self.members.clear();
                self.known.clear();
                self.shared.clear();
            }
            return !knew_all;
        };
        let all: u64 = {
            let analysis = session.analysis();
            let flows = places.iter().filter_map(|place| analysis.flows.get(*place));
            flows.flat_map(|flow| flow.packets).map(u64::from).sum()
        };
        !std::mem::replace(&mut self.around, true) && self.found < all
    }

    /// Begins again.
    pub fn restart(&mut self) {
        self.next = self.first;
        self.found = 0;
    }
}
