//! Which flows belong to the same two hosts, and which pairs to the same host.
//!
//! Owns 16 bytes a flow and 32 a pair at most; what a conversation came to is summed up
//! from its flows when it is looked at, so that a flood of hosts costs no more
//! than that. Flows are looked at in parts, between which the analysis goes on.

use super::hosts::{Conversation, Endpoint, RoundTrips, State, pair};
use crate::decode::FlowKey;
use crate::flow::tcp::Times;
use crate::session::measures::Measures;
use crate::session::{Analysis, Counted};
use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::ops::Range;

/// Flows that are looked at while the analysis waits.
const AT_ONCE: usize = 8192;

/// Whether to go on: asked now and then by what takes long.
pub type GoOn<'a> = &'a dyn Fn() -> bool;

/// Members of groups, those of a group side by side: 8 bytes a member and 8 a
/// group. Groups are numbered in the order of their least members.
#[derive(Debug, Default)]
struct Groups {
    /// Hash of what the group shares, and the member.
    members: Vec<(u32, u32)>,
    /// Where each group's members lie.
    groups: Vec<(u32, u32)>,
}

impl Groups {
    fn push(&mut self, shared: &impl Hash, member: u32) {
        self.members.push((State::default().hash_one(shared) as u32, member));
    }

    /// When every member is pushed: `shared` says what a member's group shares.
    fn finish<K: Ord>(
        &mut self,
        session: &dyn Counted,
        go_on: GoOn<'_>,
        shared: impl Fn(&Analysis, u32) -> K,
    ) -> Option<()> {
        self.members.sort_unstable();
        let mut from = 0;
        while from < self.members.len() {
            let last = self.members.get(from + AT_ONCE - 1).or(self.members.last()).map(|member| member.0);
            let end = self.members.partition_point(|member| Some(member.0) <= last);
            let analysis = session.analysis();
            for alike in self.members.get_mut(from..end)?.chunk_by_mut(|a, b| a.0 == b.0) {
                let first = alike.first().map(|member| shared(&analysis, member.1));
                if alike.iter().any(|member| Some(shared(&analysis, member.1)) != first) {
                    // The hash alone is the same.
                    alike.sort_unstable_by_key(|member| (shared(&analysis, member.1), member.1));
                }
                for own in alike.chunk_by(|a, b| shared(&analysis, a.1) == shared(&analysis, b.1)) {
                    let end = from + own.len();
                    self.groups.push((from as u32, end as u32));
                    from = end;
                }
            }
            drop(analysis);
            go_on().then_some(())?;
        }
        let members = &self.members;
        self.groups.sort_unstable_by_key(|(from, _)| members.get(*from as usize).map(|member| member.1));
        Some(())
    }

    fn get(&self, at: usize) -> Option<impl Iterator<Item = u32>> {
        let (from, end) = *self.groups.get(at)?;
        Some(self.members.get(from as usize..end as usize)?.iter().map(|member| member.1))
    }
}

/// Which flows lie between the same two hosts.
#[derive(Debug, Default)]
pub struct Pairs {
    flows: Groups,
    /// Pairs of hosts between which there is no flow.
    loose: Vec<FlowKey>,
}

impl Pairs {
    /// The pairs of hosts of all flows so far; `None` when told not to go on.
    pub fn find(session: &dyn Counted, go_on: GoOn<'_>) -> Option<Pairs> {
        let mut pairs = Pairs::default();
        let known = session.analysis().flows.len();
        pairs.flows.members.reserve_exact(known);
        for part in parts(known) {
            let analysis = session.analysis();
            let places = part.filter_map(|at| u32::try_from(at).ok());
            let flows = places.filter_map(|place| Some((place, analysis.flows.get(place)?)));
            let counted = flows.filter(|(_, flow)| flow.is_counted());
            counted.for_each(|(place, flow)| pairs.flows.push(&pair(&flow.key), place));
            drop(analysis);
            go_on().then_some(())?;
        }
        pairs.flows.finish(session, go_on, |analysis, place| {
            analysis.flows.get(place).map(|flow| pair(&flow.key))
        })?;
        let loose: Vec<FlowKey> = session.analysis().statistics.loose.pairs.keys().copied().collect();
        if !loose.is_empty() {
            let loose: HashSet<FlowKey, State> = loose.into_iter().collect();
            let mut alone = loose.clone();
            for part in parts(pairs.len()) {
                let analysis = session.analysis();
                for key in part.filter_map(|at| pairs.key(at, &analysis)) {
                    alone.remove(&pair(&key));
                }
                drop(analysis);
                go_on().then_some(())?;
            }
            pairs.loose = alone.into_iter().collect();
            pairs.loose.sort_unstable();
        }
        Some(pairs)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.flows.groups.len() + self.loose.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The two hosts.
    fn key(&self, at: usize, analysis: &Analysis) -> Option<FlowKey> {
        match self.flows.get(at) {
            Some(mut places) => Some(analysis.flows.get(places.next()?)?.key),
            None => self.loose.get(at.checked_sub(self.flows.groups.len())?).copied(),
        }
    }

    /// The conversation of a pair, with what its TCP connections came to where
    /// there are measures.
    pub fn get(&self, at: usize, analysis: &Analysis, measures: Option<&Measures>) -> Option<Conversation> {
        let loose = &analysis.statistics.loose.pairs;
        let Some(places) = self.flows.get(at) else {
            return loose.get(&self.key(at, analysis)?).copied();
        };
        let (mut own, mut times): (Option<Conversation>, Option<Times>) = (None, None);
        for (place, flow) in places.filter_map(|place| Some((place, analysis.flows.get(place)?))) {
            let own = own.get_or_insert_with(|| Conversation::new(&flow.key, flow.first_time));
            own.add_flow(flow);
            if let Some(measure) = measures.and_then(|measures| measures.get(place)) {
                own.add_repeated(&flow.key, measure);
                times.get_or_insert_default().merge(&measure.rtt);
            }
        }
        let mut own = own?;
        own.rtt = times.as_ref().map(RoundTrips::from).unwrap_or_default();
        if let Some(more) = loose.get(&pair(&own.key)) {
            let [there, back] = more.counts;
            own.add(&more.key, there, back, more.first, more.last);
        }
        Some(own)
    }

    /// Shows every conversation with its number, measured or not; `None` when
    /// told not to go on.
    pub fn each(
        &self,
        session: &dyn Counted,
        go_on: GoOn<'_>,
        measured: bool,
        mut visit: impl FnMut(usize, Conversation),
    ) -> Option<()> {
        for part in parts(self.len()) {
            let analysis = session.analysis();
            let measures = measured.then(|| session.measures());
            for (at, one) in part.filter_map(|at| Some((at, self.get(at, &analysis, measures.as_deref())?))) {
                visit(at, one);
            }
            drop((measures, analysis));
            go_on().then_some(())?;
        }
        Some(())
    }
}

/// Which conversations a host took part in.
pub struct Hosts {
    pairs: Pairs,
    /// Twice the number of the pair, one more for its B.
    ends: Groups,
}

/// The address of an end.
fn address(key: &FlowKey, end: u32) -> IpAddr {
    if end & 1 == 0 { key.source() } else { key.destination() }
}

impl Hosts {
    /// The hosts of these pairs; `None` when told not to go on.
    pub fn find(session: &dyn Counted, go_on: GoOn<'_>, pairs: Pairs) -> Option<Hosts> {
        let mut ends = Groups::default();
        ends.members.reserve_exact(2 * pairs.len());
        for part in parts(pairs.len()) {
            let analysis = session.analysis();
            for (at, key) in part.filter_map(|at| Some((at, pairs.key(at, &analysis)?))) {
                for end in [2 * at, 2 * at + 1].into_iter().filter_map(|end| u32::try_from(end).ok()) {
                    ends.push(&address(&key, end), end);
                }
            }
            drop(analysis);
            go_on().then_some(())?;
        }
        ends.finish(session, go_on, |analysis, end| {
            pairs.key(end as usize / 2, analysis).map(|key| address(&key, end))
        })?;
        Some(Hosts { pairs, ends })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.groups.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a host came to.
    pub fn get(&self, at: usize, analysis: &Analysis) -> Option<Endpoint> {
        let mut host: Option<Endpoint> = None;
        for end in self.ends.get(at)? {
            let Some(own) = self.pairs.get(end as usize / 2, analysis, None) else { continue };
            let host = host.get_or_insert_with(|| Endpoint::new(address(&own.key, end)));
            let [ab, ba] = own.counts;
            let (sent, received) = if end & 1 == 0 { (ab, ba) } else { (ba, ab) };
            host.sent.merge(sent);
            host.received.merge(received);
            host.peers += 1;
        }
        host
    }

    /// Shows every host with its number; `None` when told not to go on.
    pub fn each(
        &self,
        session: &dyn Counted,
        go_on: GoOn<'_>,
        mut visit: impl FnMut(usize, Endpoint),
    ) -> Option<()> {
        for part in parts(self.len()) {
            let analysis = session.analysis();
            for (at, one) in part.filter_map(|at| Some((at, self.get(at, &analysis)?))) {
                visit(at, one);
            }
            drop(analysis);
            go_on().then_some(())?;
        }
        Some(())
    }
}

/// `0..len` in parts.
fn parts(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(AT_ONCE).map(move |from| from..len.min(from + AT_ONCE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{OpenOptions, open};
    use crate::decode::Registry;
    use crate::session::{Count, Session};
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;

    fn session(sample: &str) -> Session {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
        let session =
            Session::start(open(&path, &OpenOptions::default()).unwrap(), Arc::new(Registry::default()));
        session.wait_for(u64::MAX);
        session
    }

    /// Sums made another way: flow by flow into a map.
    #[test]
    fn conversations_and_hosts_are_the_sums_over_their_flows() {
        for sample in ["dns-walk.pcapng", "loss.pcap.gz", "refused.pcap", "ping-trace.pcapng", "vlan.pcap"] {
            let session = session(sample);
            session.measure(u64::MAX, &|| true);
            let mut expected: BTreeMap<FlowKey, [u64; 5]> = BTreeMap::new();
            let analysis = session.analysis();
            for (place, flow) in analysis.flows.counted() {
                let sums = expected.entry(pair(&flow.key)).or_default();
                let measures = session.measures();
                let measure = measures.get(place);
                let more = [
                    u64::from(flow.packets[0] + flow.packets[1]),
                    flow.bytes().iter().sum(),
                    1,
                    measure.map_or(0, |measure| measure.sent_again()),
                    measure.map_or(0, |measure| measure.rtt.count()),
                ];
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            for (key, one) in &analysis.statistics.loose.pairs {
                let sums = expected.entry(*key).or_default();
                sums[0] += one.all().packets;
                sums[1] += one.all().bytes;
            }
            drop(analysis);
            let pairs = Pairs::find(&*session, &|| true).unwrap();
            let (mut found, mut numbers, mut all) = (BTreeMap::new(), Vec::new(), Count::default());
            let each = |at, one: Conversation| {
                let sums =
                    [one.all().packets, one.all().bytes, one.flows.into(), one.sent_again(), one.rtt.samples];
                assert!(found.insert(pair(&one.key), sums).is_none(), "{sample}: a pair of hosts twice");
                all.merge(one.all());
                numbers.push(at);
            };
            pairs.each(&*session, &|| true, true, each).unwrap();
            assert_eq!(found, expected, "{sample}");
            assert_eq!(numbers, (0..pairs.len()).collect::<Vec<_>>());
            let peers = pairs.len();
            let hosts = Hosts::find(&*session, &|| true, pairs).unwrap();
            let (mut ends, mut addresses) = ([Count::default(); 2], HashSet::new());
            let mut count = 0;
            let each = |_, one: Endpoint| {
                assert!(addresses.insert(one.address), "{sample}: {} twice", one.address);
                ends[0].merge(one.sent);
                ends[1].merge(one.received);
                count += one.peers as usize;
            };
            hosts.each(&*session, &|| true, each).unwrap();
            assert_eq!((ends, count), ([all; 2], 2 * peers), "{sample}");
        }
    }

    /// Hashes are equal now and then: those of a group must still lie together.
    #[test]
    fn groups_whose_hashes_are_equal_are_told_apart() {
        let session = session("http.pcap");
        let mut groups = Groups::default();
        // Of 60,000 members three hashes, and seven groups.
        groups.members.extend((0..60_000).map(|member| (member % 7 % 3, member)));
        groups.finish(&*session, &|| true, |_, member| member % 7).unwrap();
        let found: Vec<Vec<u32>> =
            (0..groups.groups.len()).map(|at| groups.get(at).unwrap().collect()).collect();
        let expected: Vec<Vec<u32>> = (0..7).map(|group| (group..60_000).step_by(7).collect()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn who_is_told_not_to_go_on_ends() {
        let session = session("http.pcap");
        assert!(Pairs::find(&*session, &|| false).is_none());
    }
}
