//! How much each interface carries right now, read from the operating system's
//! own counters: no privilege and no capture needed.
//!
//! Owns reading and comparing those counters. Where the system has none to
//! read (other than Linux), there is nothing to show.

use std::collections::BTreeMap;
use std::time::Instant;

/// What an interface has carried since it exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterfaceCounters {
    /// Packets received.
    pub received_packets: u64,
    /// Packets sent.
    pub sent_packets: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
}

/// Packets and bytes a second in both directions together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Packets a second.
    pub packets: f64,
    /// Bytes a second.
    pub bytes: f64,
}

/// The counters of every interface by name; empty where the system shows none.
pub fn interface_counters() -> BTreeMap<String, InterfaceCounters> {
    std::fs::read_to_string("/proc/net/dev").map(|text| parse(&text)).unwrap_or_default()
}

/// Lines such as `eth0: 1296 12 0 0 0 0 0 0 840 8 0 ...`: eight numbers of what
/// was received, then eight of what was sent, bytes and packets first.
fn parse(text: &str) -> BTreeMap<String, InterfaceCounters> {
    let line = |line: &str| {
        // A name may hold a colon (an alias); numbers never do.
        let (name, numbers) = line.rsplit_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace().map(str::parse);
        let mut nth = |skip| numbers.nth(skip)?.ok();
        let received_bytes = nth(0)?;
        let received_packets = nth(0)?;
        let sent_bytes = nth(6)?;
        let sent_packets = nth(0)?;
        let counters = InterfaceCounters { received_packets, sent_packets, received_bytes, sent_bytes };
        Some((name.trim().to_owned(), counters))
    };
    text.lines().filter_map(line).collect()
}

/// Turns counters into rates: each sample is compared with the one before.
#[derive(Debug, Default)]
pub struct RateMeter {
    before: Option<(Instant, BTreeMap<String, InterfaceCounters>)>,
}

impl RateMeter {
    /// Rates since the last call; empty at the first. Once or twice a second is a good pace.
    pub fn sample(&mut self) -> BTreeMap<String, Rate> {
        self.compare(Instant::now(), interface_counters())
    }

    fn compare(
        &mut self,
        now: Instant,
        counters: BTreeMap<String, InterfaceCounters>,
    ) -> BTreeMap<String, Rate> {
        let mut rates = BTreeMap::new();
        if let Some((then, before)) = &self.before {
            let seconds = now.saturating_duration_since(*then).as_secs_f64().max(0.001);
            // A counter that went back belongs to a new interface of the same name.
            let rate = |now: [u64; 2], then: [u64; 2]| {
                let grown = now.iter().zip(then).map(|(now, then)| now.saturating_sub(then)).sum::<u64>();
                grown as f64 / seconds
            };
            for (name, now) in &counters {
                let Some(then) = before.get(name) else { continue };
                let packets = rate(
                    [now.received_packets, now.sent_packets],
                    [then.received_packets, then.sent_packets],
                );
                let bytes =
                    rate([now.received_bytes, now.sent_bytes], [then.received_bytes, then.sent_bytes]);
                rates.insert(name.clone(), Rate { packets, bytes });
            }
        }
        self.before = Some((now, counters));
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const DEV: &str = "Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
    lo: 1000      10    0    0    0     0          0         0     1000      10    0    0    0     0
  eth0:1296 12 0 1 0 0 0 0 840 8 0 0 0 0 0 0
broken: 1 x
";

    #[test]
    fn reads_the_kernels_table_and_nothing_else() {
        let counters = parse(DEV);
        assert_eq!(counters.len(), 2);
        let eth0 = counters["eth0"];
        assert_eq!((eth0.received_bytes, eth0.received_packets), (1296, 12));
        assert_eq!((eth0.sent_bytes, eth0.sent_packets), (840, 8));
    }

    #[test]
    fn rates_are_differences_over_time() {
        let mut meter = RateMeter::default();
        let start = Instant::now();
        let mut counters = parse(DEV);
        assert!(meter.compare(start, counters.clone()).is_empty());
        if let Some(eth0) = counters.get_mut("eth0") {
            eth0.received_packets += 100;
            eth0.sent_packets += 20;
        }
        counters.insert("new0".into(), InterfaceCounters::default());
        let rates = meter.compare(start + Duration::from_secs(2), counters);
        assert_eq!(rates["eth0"], Rate { packets: 60.0, bytes: 0.0 });
        assert!(!rates.contains_key("new0"));
    }
}
