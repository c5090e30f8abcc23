//! The worker behind the DNS screen: puts transactions in order, reads the names
//! and records of those that are seen, and adds all of them up.
//!
//! Owns how often it looks: what is seen at once, the rest four
//! times a second at most, and seldom enough to leave most of its processor to
//! others. Knows nothing of how transactions are drawn.

use super::super::flows::rule;
use super::super::text::span;
use super::super::worker::{Waker, Wishes, Worker};
use super::wish::{Caches, Found, List, Order, Told, UsedBy, Wish};
use crate::base::{Timestamp, safe};
use crate::flow::dns::Outcome;
use crate::session::{DnsCache, DnsReader, DnsStatistics, DnsStory, Exchange, Handle, NameUses};
use crate::store::PacketRow;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Least time between two looks at all.
const PACE: Duration = Duration::from_millis(250);
/// Such a look may take one part in so many of the time.
const SHARE: u32 = 8;
/// Transactions that are looked at while the analysis waits.
const AT_ONCE: u32 = 4096;
/// Stories that are kept.
const KEPT: usize = 1024;
/// Flows that are told of one answer.
const USED: usize = 100;

/// Collects on a thread of its own.
pub type Collector = Worker<Wish, Found>;

/// Starts to collect. Without a thread the screen stays empty.
pub fn start(session: Handle, waker: Waker) -> Collector {
    let work = move |wishes: &Wishes<Wish, Found>| Work::new(session).work(wishes);
    Worker::start("dns", waker, Some(Wish::default()), work)
}

/// The thread's own.
struct Work {
    session: Handle,
    reader: DnsReader,
    /// Stories read so far, with the answer that they were read with.
    known: HashMap<u32, Arc<Told>>,
    /// What the last list was made of.
    listed: Option<(Wish, u64, u64)>,
    /// How far the capture was when the sums were made.
    summed: Option<u64>,
    /// Who used the answers, and how far those were who look for names.
    uses: (Option<u64>, Arc<NameUses>),
    /// What came to whom, and how far the capture was then.
    cache: Option<(u64, DnsCache)>,
    /// The time that was answered last.
    moment: Option<i64>,
}

impl Work {
    fn new(session: Handle) -> Work {
        Work {
            session,
            reader: DnsReader::default(),
            known: HashMap::new(),
            listed: None,
            summed: None,
            uses: Default::default(),
            cache: None,
            moment: None,
        }
    }

    fn work(mut self, wishes: &Wishes<Wish, Found>) -> Option<()> {
        let mut rest = Duration::ZERO;
        let mut looked = Instant::now();
        loop {
            let (wish, is_new) = wishes.next_within(rest.max(PACE))?;
            let mut answer = Found::default();
            let analysed = self.version();
            let tested = wish.matches.as_ref().map_or(0, |matches| matches.tested());
            let same = self.listed.as_ref().is_some_and(|(before, ..)| before.lists_as(&wish));
            let current = self.listed.as_ref().is_some_and(|known| (known.1, known.2) == (analysed, tested));
            let named = self.session.names().passed();
            let news = !current || self.uses.0 != Some(named) || wish.sums && self.summed != Some(analysed);
            // A new wish is answered at once, news when there has been some rest.
            if !same || news && looked.elapsed() >= rest {
                let start = Instant::now();
                if self.uses.0 != Some(named)
                    && let Some(uses) = self.session.name_uses(&|| !is_other(wishes, &wish))
                {
                    self.uses = (Some(named), Arc::new(uses));
                    answer.uses = Some(Arc::clone(&self.uses.1));
                }
                if !same || !current {
                    let Some(list) = self.list(&wish, wishes) else { continue };
                    let (order, matches) = (wish.order, wish.matches.clone());
                    answer.list = Some(List { places: Arc::new(list), order, matches, tested });
                    self.listed = Some((Wish { seen: Vec::new(), ..wish.clone() }, analysed, tested));
                }
                if wish.sums && self.summed != Some(analysed) {
                    let mut sums = DnsStatistics::default();
                    while sums.read(&self.session, AT_ONCE) {
                        if is_other(wishes, &wish) {
                            break;
                        }
                    }
                    if !is_other(wishes, &wish) {
                        self.summed = Some(analysed);
                        answer.sums = Some(Arc::new(sums));
                    }
                }
                looked = Instant::now();
                rest = PACE.max(start.elapsed() * SHARE);
            }
            if let Some(moment) = wish.cache {
                answer.cache = self.cache_at(moment, analysed, looked.elapsed() >= rest, wishes, &wish);
            }
            if is_new || answer.list.is_some() || answer.uses.is_some() {
                answer.told =
                    wish.seen.iter().filter_map(|place| Some((*place, self.told(*place)?))).collect();
            }
            let nothing = answer.sums.is_none() && answer.cache.is_none() && answer.uses.is_none();
            if !is_new && answer.list.is_none() && nothing {
                continue;
            }
            wishes.tell(answer)?;
        }
    }

    /// Moves when anything about the transactions may have: packets came, time went by for
    /// those that wait, the capture ended.
    fn version(&self) -> u64 {
        let unanswered = self.session.analysis().dns.counts().unanswered;
        let ended = u64::from(self.session.is_finished());
        (self.session.progress().analysed << 24).wrapping_add(unanswered << 1 | ended)
    }

    /// All that are wanted, in order; `None` when something else is wanted meanwhile.
    fn list(&mut self, wish: &Wish, wishes: &Wishes<Wish, Found>) -> Option<Vec<u32>> {
        let mut keyed: Vec<(i128, u32)> = Vec::new();
        let mut names: Vec<(String, u32)> = Vec::new();
        let mut from = 0_u32;
        loop {
            // The analysis waits for each of these parts, not for all of them.
            let part: Vec<Exchange> = {
                let analysis = self.session.analysis();
                (from..from.saturating_add(AT_ONCE))
                    .map_while(|place| Exchange::get(&analysis, place))
                    .collect()
            };
            if part.is_empty() {
                break;
            }
            from = from.saturating_add(AT_ONCE);
            for exchange in part.iter().filter(|exchange| shows(wish, exchange)) {
                let one = &exchange.one;
                let falling = |nanos: Option<i64>| nanos.map_or(i128::MIN, |nanos| -i128::from(nanos));
                match wish.order {
                    Order::Name => {
                        let story = DnsStory::read(&mut self.reader, &self.session, exchange);
                        names.push((story.name.to_ascii_lowercase(), exchange.place));
                        continue;
                    }
                    Order::Start => keyed.push((0, exchange.place)),
                    Order::Slowest => {
                        // What was never asked took no time.
                        let key = if one.is_query() { falling(self.session.dns_time(exchange)) } else { 1 };
                        let key = if one.outcome() == Outcome::Multicast { 1 } else { key };
                        keyed.push((key, exchange.place));
                    }
                    Order::Outcome => keyed.push((rank(exchange).into(), exchange.place)),
                    Order::Type => keyed.push((one.qtype.into(), exchange.place)),
                    Order::Server => {
                        // IPv4 first, then by the address's bytes.
                        let v6 = i128::from(exchange.key.v6) << 126;
                        keyed.push((
                            v6 | (u128::from_be_bytes(exchange.key.dst) >> 2) as i128,
                            exchange.place,
                        ));
                    }
                }
            }
            if is_other(wishes, wish) {
                return None;
            }
        }
        if wish.order == Order::Name {
            names.sort_unstable();
            return Some(names.into_iter().map(|(_, place)| place).collect());
        }
        keyed.sort_unstable();
        Some(keyed.into_iter().map(|(_, place)| place).collect())
    }

    /// What caches may hold at `moment`; nothing when that is known already, or
    /// something else is wanted meanwhile. `anew`: with what has come since.
    fn cache_at(
        &mut self,
        moment: i64,
        analysed: u64,
        anew: bool,
        wishes: &Wishes<Wish, Found>,
        wish: &Wish,
    ) -> Option<Caches> {
        let is_old = |(read, cache): &(u64, DnsCache)| *read != analysed && anew || !cache.covers(moment);
        let old = self.cache.as_ref().is_none_or(is_old);
        if !old && self.moment == Some(moment) {
            return None;
        }
        if old {
            self.cache = Some((analysed, DnsCache::default()));
        }
        let (_, cache) = self.cache.as_mut()?;
        while cache.read(&self.session, moment, AT_ONCE) {
            if is_other(wishes, wish) {
                return None;
            }
        }
        self.moment = Some(moment);
        let (left_out, sets) = (cache.left_out(moment), cache.at(moment));
        let seen = self.session.last_by(Timestamp(moment));
        let holders: HashSet<IpAddr> = sets.iter().map(|entry| entry.holder).collect();
        let name = |holder: IpAddr| {
            let [name, _] = self.session.packet_names(seen, [Some(holder), None], PacketRow::NO_FLOW);
            Some((holder, name?.text().into_owned()))
        };
        let names = holders.into_iter().filter_map(name).collect();
        Some(Caches { moment, left_out, sets: Arc::new(sets), names })
    }

    fn told(&mut self, place: u32) -> Option<Arc<Told>> {
        let (exchange, tcp, before) = {
            let analysis = self.session.analysis();
            let exchange = Exchange::get(&analysis, place)?;
            let tcp = self.session.dns_over_tcp(&analysis, &exchange);
            (exchange, tcp, self.session.dns_first_try(&analysis, place))
        };
        let flows = self.uses.1.of(place).iter().take(USED);
        let is_live = !self.session.is_finished();
        let same = |known: &&Arc<Told>| {
            let is_same = known.exchange.one == exchange.one
                && known.exchange.whole == exchange.whole
                && known.story.is_live == is_live;
            is_same && known.used.len() == flows.len()
        };
        if let Some(known) = self.known.get(&place).filter(same) {
            return Some(Arc::clone(known));
        }
        let one = &exchange.one;
        let mut story = DnsStory::read(&mut self.reader, &self.session, &exchange);
        let result = safe(&story.result(one)).into_owned();
        let notes = story
            .notes(&exchange, tcp.as_ref(), before.as_ref())
            .iter()
            .map(|note| safe(note).into_owned())
            .collect();
        story.name = safe(&story.name).into_owned();
        for record in &mut story.records {
            record.name = safe(&record.name).into_owned();
            record.value = safe(&record.value).into_owned();
        }
        let used = flows.filter_map(|flow| used_by(&self.session, *flow)).collect();
        let told =
            Arc::new(Told { exchange, time: self.session.dns_time(&exchange), story, result, notes, used });
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known.insert(place, Arc::clone(&told));
        Some(told)
    }
}

/// A flow that followed an answer, in words.
fn used_by(session: &Handle, place: u32) -> Option<UsedBy> {
    let analysis = session.analysis();
    let flow = analysis.flows.get(place)?;
    let used = session.used(&analysis, &session.names(), place, flow)?;
    let (client, server) = rule::ends(flow);
    let protocol = rule::protocol_name(session.registry(), flow.key.protocol);
    let over = match () {
        () if used.is_for_once() => ", TTL 0: for this use only",
        () if used.expired => ", its time to live was over",
        () => "",
    };
    let doubt = used.doubt().map_or(String::new(), |doubt| format!(", {doubt}"));
    let other = if used.by_other { ", another address asked" } else { "" };
    let age = span(used.age);
    let packet = flow.first() + 1;
    Some(UsedBy {
        flow: place,
        filter: rule::filter(flow, None),
        words: format!(
            "flow {place}: {protocol} {client} → {server}, packet {packet}, {age} later{over}{other}{doubt}"
        ),
        is_odd: used.is_odd(),
    })
}

/// Whether the filter lets one of its packets through.
fn shows(wish: &Wish, exchange: &Exchange) -> bool {
    let Some(matches) = &wish.matches else { return true };
    let one = &exchange.one;
    matches.contains(one.first) || one.answer().is_some_and(|answer| matches.contains(answer))
}

/// The more is wrong, the less.
fn rank(exchange: &Exchange) -> i64 {
    match (exchange.one.outcome(), exchange.one.code()) {
        (Outcome::Unanswered | Outcome::Refused, _) => 0,
        (Outcome::Waiting | Outcome::Uncaptured, _) => 1,
        (Outcome::Unasked | Outcome::Mismatched, _) => 2,
        (_, Some(code)) if !matches!(code, 0 | 3) => 3,
        (Outcome::Late, _) => 4,
        (_, Some(3)) => 5,
        (Outcome::Answered, _) => 6,
        (Outcome::Multicast, _) => 7,
    }
}

/// Whether another list is wanted by now, or nothing any more.
fn is_other(wishes: &Wishes<Wish, Found>, wish: &Wish) -> bool {
    !wishes.still(|newest| newest.lists_as(wish))
}
