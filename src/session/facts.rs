//! What is told to a packet's peeling: the facts that the analysis concluded.
//!
//! Owns how they are put together for one packet, in any order of visits. Most
//! packets have one flow, which their row names; tunnels and ICMP errors are
//! peeled once more to learn of the others.

use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::decode::sinks::{Probe, Wanted};
use crate::decode::{Bound, Event, Facts, FlowKey, Registry, Silence, Streams, Value};
use crate::flow::calls::Outcome;
use crate::flow::ladder::Undelivered;
use crate::store::PacketRow;

/// Packets before an ICMP error among which the one that caused it is looked for.
const MAX_BACK: u64 = 1 << 14;
/// Those of its flow whose headers are compared with the quoted ones.
const MAX_COMPARED: usize = 64;

impl Shared {
    /// What the flows concluded about a packet; nothing before the analysis
    /// has passed it.
    pub fn facts(&self, id: PacketId, peeler: &mut Peeler) -> Facts {
        let Some(row) = self.rows.get(id) else { return Facts::default() };
        if row.flow == PacketRow::NO_FLOW && !row.has_more_flows {
            return Facts::default();
        }
        let mut facts = self.facts_from(&self.analysis(), id);
        if !row.has_more_flows {
            return facts;
        }
        let mut headers = std::mem::take(&mut peeler.headers);
        headers.events.clear();
        headers.begin();
        let _ = peeler.peel(self, id, facts, &mut headers);
        facts.streams = Streams::default();
        let quoted = self.streams(id, &headers.events, &mut facts);
        peeler.headers = headers;
        facts.cause = quoted.and_then(|(place, first)| self.cause(id, place, first, peeler));
        facts
    }

    /// The packet that an ICMP error says did not arrive, and what its sender
    /// makes of that.
    pub fn undelivered(&self, error: PacketId, peeler: &mut Peeler) -> Option<Undelivered> {
        let packet = self.facts(error, peeler).cause?;
        let mut wanted = Wanted::default();
        for (place, name) in (0..).zip(["icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code"]) {
            wanted.add(&self.registry, name, place);
        }
        let mut probe = Probe::new(wanted);
        let _ = peeler.peel(self, error, Facts::default(), &mut probe);
        // The outermost: the quoted packet may be of ICMP too.
        let value = |place| {
            let found = probe.found.iter().find(|found| found.place == place)?;
            if let Value::Uint(value) = probe.value(found) { u8::try_from(value).ok() } else { None }
        };
        let outcome = match (value(0), value(2)) {
            (Some(kind), _) => Outcome::of_icmp(false, kind, value(1)?),
            (None, kind) => Outcome::of_icmp(true, kind?, value(3)?),
        }?;
        Some(Undelivered { packet, by: error, outcome })
    }

    /// What becomes of the connection that a packet opens, when nobody has answered it.
    pub fn silence(&self, id: PacketId) -> Option<Silence> {
        let row = self.rows.get(id).filter(|row| row.flow != PacketRow::NO_FLOW)?;
        let analysis = self.analysis();
        analysis.flows.get(row.flow).filter(|flow| flow.first() == id)?;
        analysis.flows.silence(row.flow)
    }

    /// Of many packets what their innermost flows concluded, which is all that
    /// a row's text shows: the analysis is asked once.
    pub fn facts_of(&self, ids: &[PacketId]) -> Vec<Facts> {
        let analysis = self.analysis();
        ids.iter().map(|id| self.facts_from(&analysis, *id)).collect()
    }

    fn facts_from(&self, analysis: &Analysis, id: PacketId) -> Facts {
        let row = self.rows.get(id);
        let place = row.map_or(PacketRow::NO_FLOW, |row| row.flow);
        let refuses = row.is_some_and(|row| row.flags.is_refusal());
        let flow = analysis.flows.get(place);
        let bound = analysis.flows.bound_at(place, id).zip(flow);
        let bound = bound.map(|(protocol, flow)| Bound::new(protocol, &flow.key));
        let numbered = flow.filter(|flow| flow.key.has_stream());
        let streams = analysis.flows.stream_at(place, id).map_or_else(Streams::default, Streams::one);
        let tcp = numbered.and_then(|flow| self.tcp_facts(id, &analysis.flows, flow));
        let pairings = self.pairings(analysis, id);
        let silence = flow.filter(|flow| flow.first() == id).and_then(|_| analysis.flows.silence(place));
        let carried = bound.and_then(|bound| analysis.kept(&self.followed, bound.protocol(), id));
        Facts { bound, streams, tcp, refuses, silence, pairings, carried, ..Facts::default() }
    }

    /// Finds the streams of all headers; gives the flow of the first quoted one and
    /// that flow's first packet.
    fn streams(&self, id: PacketId, events: &[Event], facts: &mut Facts) -> Option<(u32, PacketId)> {
        let analysis = self.analysis();
        let (mut place, mut quoted) = (0, None);
        for event in events {
            let (key, is_quoted): (&FlowKey, _) = match event {
                Event::Flow(key) => (key, false),
                Event::Quoted { key, .. } => (key, true),
                _ => continue,
            };
            let found = analysis.flows.find_at(key, id);
            if is_quoted && quoted.is_none() {
                quoted =
                    Some(found.filter(|(_, flow)| flow.is_seen()).map(|(place, flow)| (place, flow.first())));
            }
            if key.has_stream() {
                if let Some(stream) = found.and_then(|(place, _)| analysis.flows.stream_at(place, id)) {
                    facts.streams.set(place, stream);
                }
                place += 1;
            }
        }
        quoted.flatten()
    }

    /// The packet that an ICMP error or a refusing RST answers. For a quote: of those in the quoted flow, the
    /// newest before it whose headers are as quoted; where none is (an address
    /// translator may stand between), the newest that went the same way.
    /// `first` is the flow's first packet.
    pub fn cause(
        &self,
        error: PacketId,
        flow: u32,
        first: PacketId,
        peeler: &mut Peeler,
    ) -> Option<PacketId> {
        let candidates = (first.max(error.saturating_sub(MAX_BACK))..error).rev();
        let is_in = |id: PacketId| self.rows.get(id).is_some_and(|row| row.flow == flow);
        let in_flow = candidates.filter(|id| is_in(*id));
        if is_in(error) {
            // A RST answers the newest that the other side has sent.
            let from_b = |id| self.remarks.get(id).map(|remarks| remarks.from_b);
            let own = from_b(error);
            return in_flow.take(MAX_COMPARED).find(|id| own.is_none() || from_b(*id) != own);
        }
        let mut identity = peeler.identity.take().unwrap_or_else(|| Box::new(Identity::new(&self.registry)));
        identity.read(self, error, peeler);
        identity.keep();
        let (mut best, mut cause) = (Likeness::Other, None);
        for id in in_flow.take(MAX_COMPARED) {
            identity.read(self, id, peeler);
            let likeness = identity.likeness();
            if likeness > best {
                (best, cause) = (likeness, Some(id));
            }
            if best == Likeness::Same {
                break;
            }
        }
        peeler.identity = Some(identity);
        cause
    }
}

/// What tells a packet from others of its flow and stays the same on its way.
pub(super) struct Identity {
    probe: Probe,
    now: [Option<u64>; Identity::NAMES.len()],
    kept: [Option<u64>; Identity::NAMES.len()],
}

impl Identity {
    const NAMES: [&'static str; 15] = [
        "udp.srcport",
        "udp.dstport",
        "tcp.srcport",
        "tcp.dstport",
        "ip.id",
        "udp.length",
        "tcp.seq_raw",
        "tcp.seq",
        "icmp.ident",
        "icmp.seq",
        "icmpv6.echo.identifier",
        "icmpv6.echo.sequence_number",
        "ip.proto",
        "ipv6.flow",
        "udp.checksum",
    ];
    /// How many of the names tell the ends.
    const ENDS: usize = 4;
    const ALL: usize = Self::NAMES.len();

    fn new(registry: &Registry) -> Self {
        let mut wanted = Wanted::default();
        for (place, name) in (0..).zip(Self::NAMES) {
            wanted.add(registry, name, place);
        }
        Identity { probe: Probe::new(wanted), now: [None; Self::ALL], kept: [None; Self::ALL] }
    }

    /// Reads a packet's values: the innermost, which are the quoted ones of an
    /// ICMP error.
    fn read(&mut self, shared: &Shared, id: PacketId, peeler: &mut Peeler) {
        self.probe.clear();
        let _ = peeler.peel(shared, id, Facts::default(), &mut self.probe);
        self.now = [None; Self::ALL];
        for found in &self.probe.found {
            if let (Value::Uint(value), Some(cell)) =
                (self.probe.value(found), self.now.get_mut(usize::from(found.place)))
            {
                *cell = Some(value);
            }
        }
        // Where only the start of a TCP header is quoted, its number has another name.
        let [.., seq_raw, seq, _, _, _, _, _, _, _] = &mut self.now;
        *seq_raw = seq_raw.or(*seq);
        *seq = None;
    }

    /// Remembers the values read last.
    fn keep(&mut self) {
        self.kept = self.now;
    }

    /// How much the values read last are like those remembered. A checksum that
    /// the network card computes is another one on its way.
    fn likeness(&self) -> Likeness {
        let same = |names: usize| {
            let mut pairs = self.now.iter().zip(&self.kept).take(names);
            pairs.all(|(now, kept)| kept.is_none() || now == kept)
        };
        if same(Self::ALL) {
            Likeness::Same
        } else if same(Self::ALL - 1) {
            Likeness::ButChecksum
        } else if same(Self::ENDS) {
            Likeness::SameWay
        } else {
            Likeness::Other
        }
    }
}

/// How much a packet is like the quoted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Other,
    SameWay,
    ButChecksum,
    Same,
}
