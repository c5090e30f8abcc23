//! How the queries that belong to a question become the lines of its walk.

use super::step::{self, DnsStep};
use super::{Asked, DnsWalk, DnsWalks, MAX_CHAIN, MAX_DEEP, MAX_LINES, Sight, Told};
use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::session::Shared;
use crate::session::dns::{DnsStory, Exchange};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl DnsWalks {
    /// The walk of the question at `place`.
    pub fn walk(&mut self, shared: &Shared, place: u32) -> Option<DnsWalk> {
        let question = Exchange::get(&shared.analysis(), place)?;
        let mut tree = Tree::default();
        let story = DnsStory::read(&mut self.reader, shared, &question);
        let asked = self.asked(shared, &question);
        // Who answers by LLMNR has names, no zones.
        let to_all = question.one.kind() == DnsKind::Llmnr;
        let zone = if to_all { None } else { step::zone(&self.known, &question, &story) };
        let mut root = DnsStep::question(shared, question, story, zone);
        root.again = shared.dns_first_try(&shared.analysis(), place).map(|before| before.first);
        tree.add(None, root);
        self.walk_into(shared, &mut tree, &question, &asked, 0, 0);
        let iterates = tree.steps.len() == 1 && self.chain_into(shared, &mut tree, &question);
        let joined = match tree.steps.len() {
            1 => self.joined(shared, &question, &asked),
            _ => None,
        };
        let (server, client) = (question.server().ip(), question.client().ip());
        let asks = self.asked_by.contains_key(&server);
        let unprompted = !to_all && self.asked_of.contains_key(&client);
        let goes_on = if unprompted { self.goes_on(shared, &question) } else { None };
        let (waited, waits_from) = self.waited(shared, &tree, &question);
        let (steps, is_cut) = tree.in_order();
        let first = steps.first()?;
        let sight = match () {
            () if to_all => Sight::Everybody,
            () if iterates => Sight::Iterative,
            () if steps.len() > 1 => Sight::Asked,
            () if joined.is_some() => Sight::Joined,
            // It did not get there.
            () if first.told == Told::Refused => Sight::AskedNobody,
            () if first.is_authority() => Sight::Authority,
            () if !asks && first.offers_recursion() == Some(false) => Sight::NoRecursion,
            () if !asks && first.zone.is_some() => Sight::ZoneServer,
            () if !asks => Sight::ClientOnly,
            () if first.is_known() => Sight::Memory,
            () => Sight::AskedNobody,
        };
        let perhaps = match sight {
            Sight::ClientOnly => self.perhaps(shared, &question, &asked),
            _ => None,
        };
        Some(DnsWalk { steps, sight, joined, unprompted, goes_on, perhaps, waited, waits_from, is_cut })
    }

    /// Nanoseconds in which at least one query was open that the question's server made; and
    /// from when on, after the question, one was to the capture's end, like the question.
    fn waited(&self, shared: &Shared, tree: &Tree, question: &Exchange) -> (i64, Option<i64>) {
        let server = question.server().ip();
        let time = |id: PacketId| shared.record(id).map(|record| record.time.0);
        let Some(asked) = time(question.one.first) else { return (0, None) };
        let end = question.one.end().and_then(time).unwrap_or(i64::MAX);
        let mine = tree.steps.iter().skip(1).filter_map(|step| step.exchange);
        let mut spans: Vec<(i64, i64)> = mine
            .filter(|query| self.addresses.is_one(server, query.client().ip()))
            .filter_map(|query| {
                let to = query.one.end().and_then(time).unwrap_or(i64::MAX);
                Some((time(query.one.first)?, to.min(end)))
            })
            .collect();
        spans.sort_unstable();
        let (mut waited, mut until, mut waits_from) = (0, i64::MIN, None);
        for (from, to) in spans {
            let from = from.max(until);
            if to == i64::MAX {
                waits_from = Some(from.saturating_sub(asked));
                break;
            }
            waited += (to - from).max(0);
            until = until.max(to);
        }
        (waited, waits_from)
    }

    /// Adds the queries by which a host goes on from server to server itself.
    fn chain_into(&mut self, shared: &Shared, tree: &mut Tree, first: &Exchange) -> bool {
        let Some(others) = self.asked_by.get(&first.client().ip()) else { return false };
        let from = others.partition_point(|place| *place <= first.place);
        let others: Vec<Exchange> = {
            let analysis = shared.analysis();
            let others = others.iter().skip(from).take(MAX_CHAIN);
            let asks = |place: &u32| analysis.dns.get(*place).is_some_and(|other| other.asks_as(&first.one));
            others.filter(|place| asks(place)).filter_map(|place| Exchange::get(&analysis, *place)).collect()
        };
        for query in others {
            if !self.owners(shared, query.place).iter().any(|owner| owner.place == first.place) {
                continue;
            }
            let story = DnsStory::read(&mut self.reader, shared, &query);
            let zone = step::zone(&self.known, &query, &story);
            let mut line = DnsStep::query(shared, (first, first), query, story, zone);
            line.is_after = false;
            tree.places.insert(query.place);
            tree.add(Some(0), line);
        }
        tree.steps.len() > 1
    }

    fn walk_into(
        &mut self,
        shared: &Shared,
        tree: &mut Tree,
        question: &Exchange,
        asked: &Asked,
        under: usize,
        deep: u8,
    ) {
        let root = tree.steps.first().and_then(|first| first.exchange).unwrap_or(*question);
        let (queries, all) = self.queries(shared, question);
        tree.is_cut |= !all;
        // The line of each wanted name that was asked for.
        let mut groups: HashMap<usize, usize> = HashMap::from([(0, under)]);
        let mut answered: HashMap<PacketId, usize> = HashMap::new();
        let mut before: Vec<(usize, Arc<Asked>, Exchange)> = Vec::new();
        for (query, owner) in queries {
            if !tree.places.insert(query.place) {
                continue;
            }
            if tree.steps.len() >= MAX_LINES {
                tree.is_cut = true;
                return;
            }
            let asks = self.asked(shared, &query);
            let story = DnsStory::read(&mut self.reader, shared, &query);
            let zone = step::zone(&self.known, &query, &story);
            let mut line = DnsStep::query(shared, (&root, question), query, story, zone);
            line.purpose = step::purpose(asked, &owner, &asks, &query);
            let from = query.client().ip();
            line.asked_from = Some(from).filter(|from| *from != question.server().ip());
            let same = |other: &&(usize, Arc<Asked>, Exchange)| {
                other.2.server() == query.server()
                    && other.2.transport() == query.transport()
                    && (&other.1.name, other.1.kind) == (&asks.name, asks.kind)
            };
            if let Some((_, _, other)) = before.iter().rev().find(same) {
                line.again = Some(other.one.first);
                line.is_answered_before = other.one.answer().is_some_and(|answer| answer < query.one.first);
            }
            let shared_with = self.owners(shared, query.place);
            let others = shared_with.iter().filter(|other| other.place != question.place);
            let analysis = shared.analysis();
            line.shared = others.filter_map(|other| Some(analysis.dns.get(other.place)?.first)).collect();
            drop(analysis);
            let group = group(tree, asked, owner.wanted, &mut groups, &answered);
            let at = tree.add(Some(group), line);
            if let Some(answer) = query.one.answer() {
                answered.entry(answer).or_insert(at);
            }
            if deep + 1 < MAX_DEEP && self.asked_by.contains_key(&query.server().ip()) {
                self.walk_into(shared, tree, &query, &asks, at, deep + 1);
            }
            before.push((at, asks, query));
        }
    }
}

/// The line of a wanted name; made where it is not there, with those that lead to it.
fn group(
    tree: &mut Tree,
    asked: &Asked,
    wanted: usize,
    groups: &mut HashMap<usize, usize>,
    answered: &HashMap<PacketId, usize>,
) -> usize {
    let mut missing = Vec::new();
    let mut at = wanted;
    let mut under = loop {
        if let Some(line) = groups.get(&at) {
            break *line;
        }
        missing.push(at);
        // The question's own is always there.
        at = asked.wanted.get(at).map_or(0, |one| one.from);
    };
    for at in missing.into_iter().rev() {
        let Some(one) = asked.wanted.get(at) else { continue };
        // Where its name was told, if that is part of this walk.
        let told_by = answered.get(&one.said).copied();
        under = tree.add(Some(told_by.unwrap_or(under)), DnsStep::group(one));
        groups.insert(at, under);
    }
    under
}

/// Lines while they are put together.
#[derive(Default)]
struct Tree {
    steps: Vec<DnsStep>,
    under: Vec<Vec<usize>>,
    /// Transactions that have a line.
    places: HashSet<u32>,
    is_cut: bool,
}

impl Tree {
    fn add(&mut self, parent: Option<usize>, step: DnsStep) -> usize {
        let at = self.steps.len();
        self.steps.push(step);
        self.under.push(Vec::new());
        if let Some(under) = parent.and_then(|parent| self.under.get_mut(parent)) {
            under.push(at);
        }
        at
    }

    /// Every line before those under it, and whether something is missing.
    fn in_order(mut self) -> (Vec<DnsStep>, bool) {
        let mut order: Vec<DnsStep> = Vec::with_capacity(self.steps.len());
        let mut open = vec![(0_usize, None)];
        let mut steps: Vec<Option<DnsStep>> = std::mem::take(&mut self.steps).into_iter().map(Some).collect();
        while let Some((at, parent)) = open.pop() {
            let Some(mut step) = steps.get_mut(at).and_then(Option::take) else { continue };
            step.parent = parent;
            let place = order.len();
            order.push(step);
            let under = self.under.get(at).into_iter().flatten().rev();
            open.extend(under.map(|child| (*child, Some(place))));
        }
        (order, self.is_cut)
    }
}
