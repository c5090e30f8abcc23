//! `dns`: every query with its answer.
//!
//! Owns which transactions are told; how they are written is in [`list`], what
//! is said of all together in [`stats`].

mod cache;
mod list;
mod stats;
mod uses;
mod walk;

use super::WholeArgs;
use super::failure::Outcome;
use super::input::Opened;
use super::numbers;
use super::output::{Format, Output};
use crate::base::PacketId;
use crate::session::Exchange;
use clap::Args;
use std::collections::HashSet;

/// Arguments of `dns`.
#[derive(Debug, Args)]
pub(super) struct DnsArgs {
    /// Only transactions with a packet that matches this display filter
    #[arg(short = 'Y', long = "filter", value_name = "FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    whole: WholeArgs,
    /// Only what took at least so many milliseconds, and what was never answered
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = numbers::milliseconds)]
    slow: Option<f64>,
    /// Tell about all of them together: servers, codes, types, times, names
    #[arg(long, conflicts_with_all = ["slow", "filter"])]
    stats: bool,
    /// What those who asked may keep of the answers at this moment: seconds since the first packet, or @seconds since 1970
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = cache::moment, conflicts_with_all = ["slow", "filter", "stats"])]
    cache_at: Option<cache::Moment>,
    /// What was asked to answer each question, as a tree; =NAME or =PACKET: of one only
    #[arg(
        long,
        value_name = "WHICH",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["slow", "filter", "stats", "cache_at"]
    )]
    walk: Option<Option<String>>,
    /// The flows that followed each answer and used an address of it
    #[arg(long, conflicts_with_all = ["slow", "filter", "stats", "cache_at", "walk"])]
    used: bool,
    /// Addresses that were used without any lookup before
    #[arg(long, conflicts_with_all = ["slow", "filter", "stats", "cache_at", "walk", "used"])]
    unlooked: bool,
    /// Most rows of each list of --stats; text shows 10 otherwise
    #[arg(long, value_name = "N", requires = "stats", allow_negative_numbers = true, value_parser = numbers::rows)]
    top: Option<usize>,
    /// How they are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: DnsArgs, output: &mut Output) -> Outcome {
    let DnsArgs { whole, filter, slow, stats, cache_at, walk, used, unlooked, top, format } = args;
    let filtered = filter.is_some();
    let (file, options) = whole.chosen(filter);
    let mut opened = Opened::open(file.as_deref(), &options)?;
    let mut wanted = HashSet::new();
    if filtered {
        // Answers found later belong to what matches too: packets are kept, not transactions.
        opened.each(output, |_, id, _, _| {
            wanted.insert(id);
            Ok(Ok(()))
        })?;
    }
    opened.wait(output);
    if opened.learnt || !(stats || cache_at.is_some() || walk.is_some()) {
        opened.learn();
    }
    opened.print(output, |output| {
        if used || unlooked {
            return uses::print(&opened, unlooked, format, output);
        }
        if stats {
            return stats::print(&opened, top, format, output);
        }
        if let Some(moment) = cache_at {
            return cache::print(&opened, moment, format, output);
        }
        if let Some(which) = &walk {
            return walk::print(&opened, which.as_deref(), format, output);
        }
        let wanted = filtered.then_some(&wanted);
        list(&opened, wanted, slow, format, output)
    })?;
    opened.finish(output)
}

/// The list: transactions with a wanted packet that took at least `slow` milliseconds.
fn list(
    opened: &Opened,
    wanted: Option<&HashSet<PacketId>>,
    slow: Option<f64>,
    format: Format,
    output: &mut Output,
) -> Outcome<()> {
    let places: Option<HashSet<u32>> = wanted.map(|wanted| {
        let analysis = opened.session.analysis();
        wanted.iter().flat_map(|id| analysis.dns.of_packet(*id).map(|(.., place)| place)).collect()
    });
    let is_slow = |exchange: &Exchange| {
        let Some(least) = slow else { return true };
        let time = opened.session.dns_time(exchange);
        exchange.one.is_query() && time.is_none_or(|nanos| nanos as f64 >= least * 1e6)
    };
    let all = opened.session.analysis().dns.len();
    let chosen = (0..all).filter(|place| places.as_ref().is_none_or(|places| places.contains(place)));
    let chosen = chosen.filter_map(|place| {
        let exchange = Exchange::get(&opened.session.analysis(), place)?;
        is_slow(&exchange).then_some(exchange)
    });
    match format {
        Format::Text => list::text(opened, chosen, output),
        _ => list::machine(opened, chosen, format, output),
    }
}
