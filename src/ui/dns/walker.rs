//! The worker behind the walk on the DNS screen: learns what the capture says of
//! names, and puts the walk of one transaction together.
//!
//! It learns in parts, so that the analysis never waits for it,
//! and anew when more of the capture is there, a ninth of the time at most. The
//! newest wish wins. Knows nothing of how walks are drawn.

use super::super::worker::{Waker, Wishes, Worker};
use crate::base::PacketId;
use crate::session::dns_walk::{DnsWalk, DnsWalks};
use crate::session::{Exchange, Handle};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Least time between two looks at all.
const PACE: Duration = Duration::from_millis(250);
/// Such a look may take one part in so many of the time.
const SHARE: u32 = 8;
/// Transactions that are looked at before the thread asks whether it is still wanted.
const AT_ONCE: u32 = 1024;

/// The walk that a transaction is part of.
pub struct Walked {
    /// The transaction.
    pub place: u32,
    /// Nothing where it is in none: nobody asked, or all were asked.
    pub walk: Option<DnsWalk>,
    /// Packets of other questions that it may belong to as well.
    pub others: Vec<PacketId>,
    /// Some queries or names were left out, because there are too many.
    pub is_part: bool,
}

/// What the thread has to say.
pub enum Found {
    /// It has looked at so many of so many transactions.
    Reading(u32, u32),
    /// A walk.
    Walk(Arc<Walked>),
}

/// Walks on a thread of its own; told the transaction whose walk is wanted, none while no
/// walk is seen.
pub type Walker = Worker<Option<u32>, Found>;

/// Starts to walk. Without a thread no walk is shown.
pub fn start(session: Handle, waker: Waker) -> Walker {
    Worker::start("walks", waker, None, move |wishes: &Wishes<Option<u32>, Found>| work(&session, wishes))
}

fn work(session: &Handle, wishes: &Wishes<Option<u32>, Found>) -> Option<()> {
    let mut known: Option<(u64, DnsWalks)> = None;
    let (mut rest, mut looked) = (Duration::ZERO, Instant::now());
    let mut told = None;
    loop {
        let (Some(place), _) = wishes.next_within(rest.max(PACE))? else {
            told = None;
            continue;
        };
        let analysed = session.progress().analysed;
        if known.as_ref().is_none_or(|(then, _)| *then != analysed && looked.elapsed() >= rest) {
            let start = Instant::now();
            let mut said = start;
            let mut walks = DnsWalks::default();
            while walks.read(session, AT_ONCE) {
                // Whichever walk is wanted meanwhile: all of this is needed for it.
                wishes.still(|_| true).then_some(())?;
                if known.is_none() && said.elapsed() >= PACE {
                    said = Instant::now();
                    let all = session.analysis().dns.len();
                    wishes.tell(Found::Reading(walks.looked_at(), all))?;
                }
            }
            (known, told) = (Some((analysed, walks)), None);
            looked = Instant::now();
            rest = PACE.max(start.elapsed() * SHARE);
        }
        let Some((_, walks)) = known.as_mut().filter(|_| told != Some(place)) else { continue };
        told = Some(place);
        wishes.tell(Found::Walk(Arc::new(walk(session, walks, place))))?;
    }
}

fn walk(session: &Handle, walks: &mut DnsWalks, place: u32) -> Walked {
    let firsts = walks.firsts(session, place);
    let walk = firsts.first().and_then(|first| walks.walk(session, *first));
    let others = firsts.iter().skip(1);
    let others = others.filter_map(|place| Exchange::get(&session.analysis(), *place));
    let others = others.map(|exchange| exchange.one.first).collect();
    Walked { place, walk, others, is_part: walks.is_full() || walks.left_out > 0 }
}
