//! What the DNS screen wants of its worker, and what that has to say.

use crate::decode::proto::dns::view::type_name;
use crate::session::{CacheEntry, DnsStatistics, DnsStory, Exchange, Matches, NameUses};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// What transactions are put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Time of the query.
    #[default]
    Start,
    /// The slowest first, those without an answer before them.
    Slowest,
    /// What went wrong first: no answer, errors, names that do not exist.
    Outcome,
    /// The name asked for.
    Name,
    /// Type asked for.
    Type,
    /// Who was asked.
    Server,
}

impl Order {
    /// The next one.
    pub fn next(self) -> Order {
        match self {
            Order::Start => Order::Slowest,
            Order::Slowest => Order::Outcome,
            Order::Outcome => Order::Name,
            Order::Name => Order::Type,
            Order::Type => Order::Server,
            Order::Server => Order::Start,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Order::Start => "time",
            Order::Slowest => "slowest",
            Order::Outcome => "outcome",
            Order::Name => "name",
            Order::Type => "type",
            Order::Server => "server",
        }
    }
}

/// What is wanted.
#[derive(Clone, Default)]
pub struct Wish {
    /// The order of all.
    pub order: Order,
    /// Only transactions with a packet among these.
    pub matches: Option<Arc<Matches>>,
    /// Those that are seen, and the selected one.
    pub seen: Vec<u32>,
    /// The sums are wanted too.
    pub sums: bool,
    /// So is what caches may hold at this time.
    pub cache: Option<i64>,
}

impl Wish {
    /// Whether both want the same list.
    pub fn lists_as(&self, other: &Wish) -> bool {
        is_same(self.matches.as_ref(), other.matches.as_ref()) && self.order == other.order
    }
}

impl PartialEq for Wish {
    fn eq(&self, other: &Wish) -> bool {
        let rest = |wish: &Wish| (wish.sums, wish.cache);
        self.lists_as(other) && self.seen == other.seen && rest(self) == rest(other)
    }
}

/// A transaction in words, harmless for a terminal.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the flows keep of it.
    pub exchange: Exchange,
    /// How long it took, in nanoseconds.
    pub time: Option<i64>,
    /// What its packets say.
    pub story: DnsStory,
    /// What came of it.
    pub result: String,
    /// What is notable.
    pub notes: Vec<String>,
    /// The flows that followed it.
    pub used: Vec<UsedBy>,
}

/// A flow that followed an answer.
#[derive(Clone, Debug)]
pub struct UsedBy {
    /// Its place.
    pub flow: u32,
    /// A display filter for it.
    pub filter: String,
    /// Its ends and how old the answer was.
    pub words: String,
    /// The answer's time to live was over, another host had got it, or it is doubtful.
    pub is_odd: bool,
}

/// All that are wanted, in order.
#[derive(Clone, Default)]
pub struct List {
    /// Their places.
    pub places: Arc<Vec<u32>>,
    pub(super) order: Order,
    pub(super) matches: Option<Arc<Matches>>,
    /// Packets that the filter had come to.
    pub(super) tested: u64,
}

impl List {
    /// Whether it is what is wanted now.
    pub fn answers(&self, order: Order, matches: Option<&Arc<Matches>>) -> bool {
        let is_current = matches.is_none_or(|matches| self.tested == matches.tested());
        is_same(self.matches.as_ref(), matches) && is_current && self.order == order
    }
}

fn is_same(one: Option<&Arc<Matches>>, other: Option<&Arc<Matches>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}

/// What caches may hold at a time.
#[derive(Clone)]
pub struct Caches {
    /// Which.
    pub moment: i64,
    /// The sets.
    pub sets: Arc<Vec<CacheEntry>>,
    /// Older sets, at the most, that are too many.
    pub left_out: u64,
    /// Names of those who hold them, as they were known then.
    pub names: HashMap<IpAddr, String>,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// All that are wanted; `None` when that has not changed.
    pub list: Option<List>,
    /// Those that are seen.
    pub told: Vec<(u32, Arc<Told>)>,
    /// Sums over all.
    pub sums: Option<Arc<DnsStatistics>>,
    /// What caches may hold at a time.
    pub cache: Option<Caches>,
    /// Who used the answers, and what was used without any.
    pub uses: Option<Arc<NameUses>>,
}

impl Told {
    /// Type asked for.
    pub fn kind(&self) -> String {
        if self.story.kind == 0 { String::new() } else { type_name(self.story.kind).into_owned() }
    }
}
