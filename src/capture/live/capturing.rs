//! The capture thread of one interface: takes packets out of the kernel's ring
//! and hands them on in batches.
//!
//! Owns waiting, draining at the end, and the kernel's counters. It never
//! throws a packet away: when nobody takes its batches it waits, and the
//! kernel counts what no longer fits.

use super::device::{Device, KERNEL_TIMEOUT};
use super::error::words;
use super::watch::Silence;
use crate::base::Timestamp;
use crate::capture::Notice;
use crossbeam_channel::{Receiver, Sender};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest wait for packets: how soon a stop is seen.
const WAIT: Duration = Duration::from_millis(20);
/// How often counters and state are read.
const TICK: Duration = Duration::from_millis(250);
/// After this long the kernel has handed over all that it had.
const SETTLED: Duration = Duration::from_millis(4 * KERNEL_TIMEOUT as u64);
/// Longest wait for what the kernel has counted: longer than a machine stands still.
const COUNTED: Duration = Duration::from_secs(1);
/// Longest drain of packets whose clock says nothing about the stop.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);
/// Packets and bytes of a batch, about.
const BATCH_PACKETS: usize = 2048;
const BATCH_BYTES: usize = 512 << 10;
/// Packets in one call of libpcap.
const DISPATCH: usize = 128;
/// State changes that are told before an interface is taken for restless.
const CHANGES_TOLD: u32 = 20;

/// Packets of one interface, copied once.
#[derive(Default)]
pub(super) struct Arena {
    pub bytes: Vec<u8>,
    pub heads: Vec<Head>,
}

/// One packet of an [`Arena`].
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub time: Timestamp,
    /// Where its bytes begin in the arena.
    pub at: u32,
    pub captured: u32,
    pub wire: u32,
}

impl Arena {
    /// The bytes of one of its packets.
    pub fn packet(&self, head: &Head) -> &[u8] {
        let start = head.at as usize;
        self.bytes.get(start..start + head.captured as usize).unwrap_or_default()
    }

    /// Empties it for the next batch; one that grew out of proportion is not kept.
    pub fn emptied(mut self) -> Option<Arena> {
        if self.bytes.capacity() > 4 * BATCH_BYTES {
            return None;
        }
        self.bytes.clear();
        self.heads.clear();
        Some(self)
    }
}

/// Counters of an interface since the capture began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub received: u64,
    pub dropped: u64,
    pub interface_dropped: u64,
}

impl Counted {
    /// Packets that the kernel hands over, or has. It counts those on loopback twice and hands
    /// them over once; where some of them were dropped, nobody knows which.
    fn kept(&self, loopback: bool) -> u64 {
        match (loopback, self.dropped) {
            (false, dropped) => self.received.saturating_sub(dropped),
            (true, 0) => self.received / 2,
            (true, _) => 0,
        }
    }
}

/// What a capture thread tells.
pub(super) enum Message {
    Packets(Arena),
    Counted(Counted),
    Notice(Notice),
    /// The last of this interface.
    Ended,
}

/// Nobody listens any more.
struct Abandoned;

/// The work of one thread.
pub(super) struct Capturing {
    device: Device,
    number: u32,
    out: Sender<(u32, Message)>,
    spare: Receiver<Arena>,
    stop: Arc<AtomicBool>,
    kernel: pcap::Stat,
    counted: Counted,
    told: Option<Counted>,
    /// Packets taken from the kernel.
    taken: u64,
    ticked: Instant,
    silence: Silence,
    changes: u32,
    latest: Timestamp,
}

impl Capturing {
    pub fn new(
        device: Device,
        number: u32,
        out: Sender<(u32, Message)>,
        spare: Receiver<Arena>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Capturing {
            device,
            number,
            out,
            spare,
            stop,
            kernel: pcap::Stat { received: 0, dropped: 0, if_dropped: 0 },
            counted: Counted::default(),
            told: None,
            taken: 0,
            ticked: Instant::now(),
            silence: Silence::None,
            changes: 0,
            latest: Timestamp::default(),
        }
    }

    /// Captures until it is told to stop or the interface ends.
    pub fn run(mut self) {
        // It fails only when nobody is left to tell.
        let _ = self.capture();
    }

    fn capture(&mut self) -> Result<(), Abandoned> {
        self.state()?;
        let mut closing: Option<Closing> = None;
        loop {
            if closing.is_none() && self.stop.load(Ordering::Acquire) {
                closing = Some(Closing::new(None));
            }
            let mut arena = self.spare.try_recv().unwrap_or_default();
            let filled = self.fill(&mut arena, BATCH_PACKETS);
            self.pass_on(arena)?;
            match filled {
                Ok(Filled::Full) => {}
                Ok(Filled::Emptied) => {
                    if closing.as_ref().is_some_and(Closing::settled) {
                        break;
                    }
                    self.wait();
                }
                Err(why) => {
                    // What the kernel still holds of it is read all the same.
                    let down = self.device.watch.exists() && why.contains("went down");
                    if !down && closing.is_none() {
                        closing = Some(Closing::new(Some(why)));
                    } else if closing.as_ref().is_some_and(Closing::settled) {
                        break;
                    }
                    std::thread::sleep(WAIT / 4);
                }
            }
            if closing.as_ref().is_some_and(|closing| closing.passed(self.latest)) {
                break;
            }
            if self.ticked.elapsed() >= TICK {
                self.ticked = Instant::now();
                self.count()?;
                self.state()?;
            }
        }
        self.count()?;
        self.settle()?;
        match closing.and_then(|closing| closing.why) {
            Some(why) => self.ended_by(&why),
            None => Ok(()),
        }
    }

    fn pass_on(&mut self, arena: Arena) -> Result<(), Abandoned> {
        let Some(last) = arena.heads.last() else { return Ok(()) };
        self.latest = last.time;
        self.taken += arena.heads.len() as u64;
        self.send(Message::Packets(arena))
    }

    /// Takes the packets that the kernel has counted and still holds: then its
    /// last counters say exactly what was captured and what was dropped.
    fn settle(&mut self) -> Result<(), Abandoned> {
        let mut since = Instant::now();
        while since.elapsed() < COUNTED {
            let kept = self.counted.kept(self.device.loopback);
            let owed = usize::try_from(kept.saturating_sub(self.taken)).unwrap_or(usize::MAX);
            if owed == 0 {
                break;
            }
            let mut arena = self.spare.try_recv().unwrap_or_default();
            let filled = self.fill(&mut arena, owed.min(BATCH_PACKETS));
            if arena.heads.is_empty() {
                if filled.is_err() {
                    break;
                }
                self.wait();
                continue;
            }
            since = Instant::now();
            self.pass_on(arena)?;
        }
        Ok(())
    }

    /// Takes what the kernel holds, up to a batch and to `most` packets.
    fn fill(&mut self, arena: &mut Arena, most: usize) -> Result<Filled, String> {
        let nanos = self.device.nanos;
        while arena.heads.len() < most && arena.bytes.len() < BATCH_BYTES {
            let wanted = DISPATCH.min(most - arena.heads.len());
            let taken = self.device.capture.dispatch(Some(wanted), |packet| {
                let (seconds, fraction) = time_fields(packet.header);
                let fraction = if nanos { fraction } else { fraction * 1000 };
                arena.heads.push(Head {
                    time: Timestamp::new(seconds, fraction),
                    // A batch stays far below 4 GiB: 128 packets past half a MiB at most.
                    at: arena.bytes.len() as u32,
                    captured: packet.data.len() as u32,
                    wire: packet.header.len,
                });
                arena.bytes.extend_from_slice(packet.data);
            });
            match taken {
                Ok(0) | Err(pcap::Error::TimeoutExpired) => return Ok(Filled::Emptied),
                Ok(_) => {}
                Err(error) => return Err(words(&error)),
            }
        }
        Ok(Filled::Full)
    }

    fn wait(&self) {
        let nanos = WAIT.subsec_nanos();
        let timeout = Timespec { tv_sec: 0, tv_nsec: nanos.into() };
        if !self.device.pollable {
            return std::thread::sleep(WAIT / 2);
        }
        let mut descriptors = [PollFd::new(&self.device.capture, PollFlags::IN)];
        let ready = poll(&mut descriptors, Some(&timeout));
        let broken = descriptors.iter().any(|one| one.revents().intersects(!PollFlags::IN));
        if ready.is_err() || broken {
            // The next read finds out why; meanwhile do not spin.
            std::thread::sleep(WAIT / 4);
        }
    }

    /// Reads libpcap's 32-bit counters, which wrap, into ours.
    fn count(&mut self) -> Result<(), Abandoned> {
        if let Ok(now) = self.device.capture.stats() {
            let grown = |now: u32, then: u32| u64::from(now.wrapping_sub(then));
            self.counted.received += grown(now.received, self.kernel.received);
            self.counted.dropped += grown(now.dropped, self.kernel.dropped);
            self.counted.interface_dropped += grown(now.if_dropped, self.kernel.if_dropped);
            self.kernel = now;
        }
        let mut counted = self.counted;
        if self.device.loopback {
            counted.received = counted.received.div_ceil(2);
            counted.dropped = counted.dropped.div_ceil(2);
        }
        if self.told != Some(counted) {
            self.told = Some(counted);
            self.send(Message::Counted(counted))?;
        }
        Ok(())
    }

    /// Tells when the interface falls silent and when it comes back.
    fn state(&mut self) -> Result<(), Abandoned> {
        let Some(silence) = self.device.watch.silence() else { return Ok(()) };
        if silence == self.silence || self.changes > CHANGES_TOLD {
            return Ok(());
        }
        let name = &self.device.name;
        let mut text = match silence {
            Silence::Down => format!("{name} is down; capture goes on when it comes back"),
            Silence::NoLink => format!("{name} has no link; capture goes on when it comes back"),
            Silence::None => format!("{name} is up again"),
        };
        self.silence = silence;
        self.changes += 1;
        if self.changes > CHANGES_TOLD {
            text.push_str("; further changes are not told");
        }
        self.send(Message::Notice(Notice { offset: None, text, damage: false }))
    }

    fn ended_by(&self, why: &str) -> Result<(), Abandoned> {
        let name = &self.device.name;
        let text = if self.device.watch.exists() {
            format!("{name}: {}; its capture ends, what it gave before is kept", crate::base::safe(why))
        } else {
            format!("{name} is gone: the interface was removed; what it gave before is kept")
        };
        self.send(Message::Notice(Notice { offset: None, text, damage: true }))
    }

    /// Waits for room: the kernel counts what it has to drop meanwhile.
    fn send(&self, message: Message) -> Result<(), Abandoned> {
        self.out.send((self.number, message)).map_err(|_| Abandoned)
    }
}

/// Seconds and their fraction; other systems have them in fewer bits.
#[allow(clippy::unnecessary_cast)]
fn time_fields(header: &pcap::PacketHeader) -> (i64, i64) {
    (header.ts.tv_sec as i64, header.ts.tv_usec as i64)
}

impl Drop for Capturing {
    /// Says that this interface has ended, however it did.
    fn drop(&mut self) {
        // Nobody may be left to be told.
        let _ = self.send(Message::Ended);
    }
}

enum Filled {
    /// The batch is full; there may be more.
    Full,
    /// Nothing more for now.
    Emptied,
}

/// A capture that is coming to its end.
struct Closing {
    since: Instant,
    /// By the clock of the packets.
    clock: Timestamp,
    why: Option<String>,
}

impl Closing {
    fn new(why: Option<String>) -> Self {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock = Timestamp(i64::try_from(clock.as_nanos()).unwrap_or(i64::MAX));
        Closing { since: Instant::now(), clock, why }
    }

    /// The kernel has handed over what it held when this began.
    fn settled(&self) -> bool {
        self.since.elapsed() >= SETTLED
    }

    /// Packets go on coming, but those from before are through.
    fn passed(&self, latest: Timestamp) -> bool {
        self.settled() && (latest > self.clock || self.since.elapsed() >= LONGEST_DRAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a capture that ends while the kernel has packets, and one that waits for those which
    /// never come.
    #[test]
    fn the_kernels_counters_say_what_is_to_come() {
        let kept =
            |received, dropped, loopback| Counted { received, dropped, ..Counted::default() }.kept(loopback);
        assert_eq!((kept(100, 3, false), kept(3, 100, false)), (97, 0));
        // Each twice; the second half of one that goes by just now is not waited for.
        assert_eq!((kept(100, 0, true), kept(101, 0, true), kept(100, 1, true)), (50, 50, 0));
    }
}
