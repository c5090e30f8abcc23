//! The spool: bytes of a source that cannot be read twice, in an unlinked
//! temporary file used as a ring.
//!
//! Owns the file and which bytes it still holds. The writer waits while going
//! on would overwrite packets that the analysis has not passed. Knows nothing
//! of formats.

use super::input::PATIENCE;
use super::{ByteStore, Gone, Interface, PacketOptions, Record, packet_options};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Least size of a ring: below it nothing works well.
const LEAST: u64 = 64 << 10;

/// A ring of bytes, written by one thread and read by any.
pub(super) struct Spool {
    file: File,
    limit: u64,
    /// End of what was, or is just being, written: what lies `limit` before it is gone.
    claimed: AtomicU64,
    /// End of what can be read.
    written: AtomicU64,
    analysed: Mutex<u64>,
    advanced: Condvar,
}

impl Spool {
    /// An unlinked file in `dir` (default: `$TMPDIR`, else `/var/tmp`) of at
    /// most `limit` bytes and half of what is free there.
    pub fn create(dir: Option<&Path>, limit: u64) -> io::Result<Self> {
        let dir = dir.map_or_else(default_dir, Path::to_path_buf);
        let file = tempfile::tempfile_in(&dir)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", dir.display())))?;
        let free = rustix::fs::fstatvfs(&file).map(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) / 2);
        Ok(Self::with_file(file, limit.min(free.unwrap_or(u64::MAX)).max(LEAST)))
    }

    /// A ring of `limit` bytes in an empty file.
    pub fn with_file(file: File, limit: u64) -> Self {
        Spool {
            file,
            limit,
            claimed: AtomicU64::new(0),
            written: AtomicU64::new(0),
            analysed: Mutex::new(0),
            advanced: Condvar::new(),
        }
    }

    /// How many bytes may be written now, after a short wait if none. `given`
    /// is the end of the last packet that was given out: once the analysis has
    /// passed it, nothing in the ring is needed.
    pub fn room(&self, given: u64) -> u64 {
        let written = self.written.load(Ordering::Acquire);
        let room = |analysed: u64| {
            if analysed >= given {
                self.limit
            } else {
                analysed.saturating_add(self.limit).saturating_sub(written).min(self.limit)
            }
        };
        let mut analysed = self.analysed.lock().unwrap_or_else(PoisonError::into_inner);
        if room(*analysed) == 0 {
            analysed = match self.advanced.wait_timeout(analysed, PATIENCE) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        room(*analysed)
    }

    /// Writes at most [`Spool::room`] bytes behind the last ones.
    pub fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let from = self.written.load(Ordering::Acquire);
        let until = from + bytes.len() as u64;
        // Before the bytes change, so that no reader takes new bytes for old ones.
        self.claimed.store(until, Ordering::SeqCst);
        self.pieces(from, bytes.len(), |range, at| self.file.write_all_at(&bytes[range], at))?;
        self.written.store(until, Ordering::Release);
        Ok(())
    }

    /// Calls `each` for the parts of a range that lie together in the file.
    fn pieces(
        &self,
        from: u64,
        len: usize,
        mut each: impl FnMut(std::ops::Range<usize>, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut done = 0;
        while done < len {
            let at = (from + done as u64) % self.limit;
            let together = usize::try_from(self.limit - at).unwrap_or(usize::MAX).min(len - done);
            each(done..done + together, at)?;
            done += together;
        }
        Ok(())
    }

    fn holds(&self, offset: u64) -> Result<(), Gone> {
        if self.claimed.load(Ordering::SeqCst) > offset.saturating_add(self.limit) {
            return Err(Gone::Evicted { limit: self.limit });
        }
        Ok(())
    }
}

fn default_dir() -> PathBuf {
    match std::env::var_os("TMPDIR") {
        Some(dir) if !dir.is_empty() => dir.into(),
        _ => "/var/tmp".into(),
    }
}

impl ByteStore for Spool {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Gone> {
        let unreadable = |reason: String| Gone::Unreadable { offset, reason };
        self.holds(offset)?;
        if offset.saturating_add(buffer.len() as u64) > self.written.load(Ordering::Acquire) {
            return Err(unreadable("the capture ends before".to_owned()));
        }
        self.pieces(offset, buffer.len(), |range, at| self.file.read_exact_at(&mut buffer[range], at))
            .map_err(|error| unreadable(error.to_string()))?;
        // The writer may have come round meanwhile.
        self.holds(offset)
    }

    fn analysed(&self, offset: u64) {
        let mut analysed = self.analysed.lock().unwrap_or_else(PoisonError::into_inner);
        *analysed = offset.max(*analysed);
        self.advanced.notify_one();
    }

    fn options(&self, record: &Record, interface: &Interface) -> Result<PacketOptions, Gone> {
        packet_options::read(self, record, interface)
    }

    fn evicted(&self) -> u64 {
        self.claimed.load(Ordering::Relaxed).saturating_sub(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(limit: u64) -> Spool {
        Spool::with_file(tempfile::tempfile().unwrap(), limit)
    }

    #[test]
    fn wraps_and_forgets_the_oldest() {
        let spool = spool(10);
        for start in [0u8, 7, 14] {
            spool.append(&std::array::from_fn::<u8, 7, _>(|i| start + i as u8)).unwrap();
        }
        let mut buffer = [0; 10];
        spool.read_at(11, &mut buffer).unwrap();
        assert_eq!(buffer, std::array::from_fn(|i| 11 + i as u8));
        assert_eq!(spool.read_at(10, &mut buffer), Err(Gone::Evicted { limit: 10 }));
        assert!(matches!(spool.read_at(12, &mut buffer), Err(Gone::Unreadable { .. })));
        assert_eq!(spool.evicted(), 11);
    }

    #[test]
    fn the_writer_waits_for_the_analysis() {
        let spool = spool(10);
        spool.append(&[1; 10]).unwrap();
        assert_eq!(spool.room(8), 0);
        spool.analysed(3);
        assert_eq!(spool.room(8), 3);
        spool.analysed(8);
        assert_eq!(spool.room(8), 10, "nothing that was given out is still needed");
    }
}
