//! The bytes of a capture in order, with a window that looks ahead.
//!
//! Owns buffering, waiting, and where the window stands. A regular file is read
//! by offset, so bodies are skipped without reading them; a stream is copied
//! into the spool while it passes. Knows nothing of formats.

use super::ByteStore;
use super::bytes::FileBytes;
use super::spool::Spool;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long one call waits for a source that has nothing.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);
/// First size of the window; large enough that a read costs little.
const WINDOW: usize = 256 << 10;
/// Bytes of a stream that one call passes over before it gives control back.
const STRIDE: u64 = 16 << 20;

/// What a file does that another program truncates.
const SHORTER: &str = "became shorter while it was read";

/// Why the bytes that were asked for are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Short {
    /// Nothing for now, after a wait.
    Idle,
    /// Not yet: much was passed over, call again.
    Busy,
    /// The input ends before them.
    End,
    /// The input cannot be read on, in words.
    Failed(String),
}

/// Progress through a stream that is not counted in its own bytes (compressed).
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// Bytes taken from the outer file so far.
    pub passed: Arc<AtomicU64>,
    /// Bytes of the outer file, where known.
    pub total: Option<u64>,
}

enum Origin {
    File { file: Arc<File>, size: u64, follow: bool },
    Stream { reader: Box<dyn Read + Send>, spool: Arc<Spool>, meter: Option<Meter>, ended: Option<Short> },
}

/// A window over the bytes of a capture.
pub(super) struct Input {
    origin: Origin,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `buffer[start]` in the capture.
    position: u64,
    /// End of the last packet that was given out: older bytes may be in use.
    given: u64,
}

impl Input {
    /// Over a regular file.
    pub fn file(file: File, follow: bool) -> std::io::Result<Self> {
        let size = file.metadata()?.len();
        // Only a hint: reading works as well without.
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        Ok(Self::new(Origin::File { file: Arc::new(file), size, follow }))
    }

    /// Over a stream whose bytes go to `spool`.
    pub fn stream(reader: Box<dyn Read + Send>, spool: Spool, meter: Option<Meter>) -> Self {
        Self::new(Origin::Stream { reader, spool: Arc::new(spool), meter, ended: None })
    }

    fn new(origin: Origin) -> Self {
        Input { origin, buffer: vec![0; WINDOW], start: 0, end: 0, position: 0, given: 0 }
    }

    /// Where the bytes can be read again.
    pub fn store(&self) -> Arc<dyn ByteStore> {
        match &self.origin {
            Origin::File { file, .. } => Arc::new(FileBytes(Arc::clone(file))),
            Origin::Stream { spool, .. } => Arc::clone(spool) as Arc<dyn ByteStore>,
        }
    }

    /// Offset of the window's first byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes passed and, where known, bytes in all.
    pub fn progress(&self) -> (u64, Option<u64>) {
        match &self.origin {
            Origin::File { size, .. } => (self.position, Some(*size)),
            Origin::Stream { meter: Some(meter), .. } => (meter.passed.load(Ordering::Relaxed), meter.total),
            Origin::Stream { .. } => (self.position, None),
        }
    }

    /// Notes that a packet ending at `end` is given out.
    #[inline]
    pub fn give(&mut self, end: u64) {
        self.given = end;
    }

    /// What the window holds already.
    #[inline]
    pub fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// At least `n` bytes ahead, or why they are not there.
    #[inline]
    pub fn ahead(&mut self, n: usize) -> Result<&[u8], Short> {
        while self.end - self.start < n {
            self.fill(n)?;
        }
        Ok(self.window())
    }

    /// How the input ended, for those who stopped looking.
    pub fn outcome(&self) -> Short {
        match &self.origin {
            Origin::Stream { ended: Some(ended), .. } => ended.clone(),
            _ => Short::End,
        }
    }

    /// Up to `n` bytes ahead, fewer only at the end; and whether it is the end.
    pub fn ahead_or_end(&mut self, n: usize) -> Result<(&[u8], bool), Short> {
        let ended = match self.ahead(n) {
            Ok(_) => false,
            Err(Short::End | Short::Failed(_)) => true,
            Err(wait) => return Err(wait),
        };
        Ok((self.window(), ended))
    }

    /// Passes `n` bytes of the window.
    #[inline]
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.position += n as u64;
    }

    /// Passes everything before `target`. A file that ends before it is left
    /// where it is; a stream cannot be.
    pub fn skip_to(&mut self, target: u64) -> Result<(), Short> {
        let mut passed = 0;
        loop {
            let window = (self.end - self.start) as u64;
            let wanted = target.saturating_sub(self.position);
            if wanted <= window {
                self.consume(usize::try_from(wanted).unwrap_or(usize::MAX));
                return Ok(());
            }
            if let Origin::File { file, size, follow } = &mut self.origin {
                grown(file, size, target).map_err(|short| wait(short, *follow))?;
                self.rewind(target);
                return Ok(());
            }
            if passed >= STRIDE {
                return Err(Short::Busy);
            }
            passed += window;
            self.consume(self.end - self.start);
            self.fill(1)?;
        }
    }

    /// Goes to `offset` in a file; a stream stays where it is.
    pub fn rewind(&mut self, offset: u64) {
        if matches!(self.origin, Origin::File { .. }) {
            (self.start, self.end, self.position) = (0, 0, offset);
        }
    }

    /// Reads once into the window, which is made to hold `n` bytes.
    fn fill(&mut self, n: usize) -> Result<(), Short> {
        let mut n = n;
        if let Origin::File { file, size, follow } = &mut self.origin {
            // Asked before room is made: a length in a file is only a claim.
            if let Err(short) = grown(file, size, self.position.saturating_add(n as u64)) {
                let left = usize::try_from(size.saturating_sub(self.position)).unwrap_or(n);
                let held = self.end - self.start;
                if *size < self.position + held as u64 {
                    return Err(Short::Failed(SHORTER.to_owned()));
                }
                if left == held {
                    return Err(wait(short, *follow));
                }
                n = left;
            }
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            self.buffer.resize((self.buffer.len() * 2).min(n.max(WINDOW)), 0);
        }
        let free = &mut self.buffer[self.end..];
        let got = match &mut self.origin {
            Origin::File { file, .. } => {
                loop {
                    match file.read_at(free, self.position + self.end as u64) {
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Err(Short::Failed(format!("cannot be read on: {error}"))),
                        // It was as long as this a moment ago.
                        Ok(0) => return Err(Short::Failed(SHORTER.to_owned())),
                        Ok(got) => break got,
                    }
                }
            }
            Origin::Stream { reader, spool, ended, .. } => {
                if let Some(ended) = ended {
                    return Err(ended.clone());
                }
                receive(reader, spool, free, self.given).inspect_err(|short| {
                    if *short != Short::Idle {
                        *ended = Some(short.clone());
                    }
                })?
            }
        };
        self.end += got;
        Ok(())
    }
}

/// Whether the file reaches `end` by now.
fn grown(file: &File, size: &mut u64, end: u64) -> Result<(), Short> {
    if end > *size {
        *size = file.metadata().map_err(|error| Short::Failed(error.to_string()))?.len();
    }
    if end <= *size { Ok(()) } else { Err(Short::End) }
}

/// The end of a file that is followed is only a pause.
fn wait(short: Short, follow: bool) -> Short {
    if !follow || short != Short::End {
        return short;
    }
    std::thread::sleep(PATIENCE);
    Short::Idle
}

fn receive(reader: &mut dyn Read, spool: &Spool, free: &mut [u8], given: u64) -> Result<usize, Short> {
    let room = spool.room(given).min(free.len() as u64);
    let free = &mut free[..usize::try_from(room).unwrap_or(usize::MAX)];
    if free.is_empty() {
        return Err(Short::Idle);
    }
    loop {
        match reader.read(free) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(Short::Idle),
            Err(error) => return Err(Short::Failed(format!("cannot be read on: {error}"))),
            Ok(0) => return Err(Short::End),
            Ok(got) => {
                spool
                    .append(&free[..got])
                    .map_err(|error| Short::Failed(format!("the spool cannot be written: {error}")))?;
                return Ok(got);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn both(bytes: &[u8]) -> [Input; 2] {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        let spool = Spool::with_file(tempfile::tempfile().unwrap(), 1 << 30);
        let reader = Cursor::new(bytes.to_vec());
        [Input::file(file, false).unwrap(), Input::stream(Box::new(reader), spool, None)]
    }

    #[test]
    fn the_window_grows_and_moves() {
        let bytes: Vec<u8> = (0..1_000_000u32).map(|at| (at / 1000) as u8).collect();
        for mut input in both(&bytes) {
            assert_eq!(input.ahead(600_000).unwrap()[..600_000], bytes[..600_000]);
            input.consume(10);
            input.skip_to(999_000).unwrap();
            assert_eq!(input.position(), 999_000);
            assert_eq!(input.ahead(4).unwrap()[..4], bytes[999_000..999_004]);
            assert_eq!(input.ahead(1001), Err(Short::End));
            assert_eq!(input.ahead_or_end(2000).unwrap(), (&bytes[999_000..], true));
            assert_eq!(input.skip_to(1_000_001), Err(Short::End));
            let mut again = [0; 5];
            input.store().read_at(5_998, &mut again).unwrap();
            assert_eq!(again, bytes[5_998..6_003]);
        }
    }

    #[test]
    fn a_claimed_length_makes_no_room() {
        for mut input in both(&[1; 100]) {
            assert_eq!(input.ahead(1 << 30), Err(Short::End));
            assert_eq!(input.window().len(), 100);
            assert_eq!(input.buffer.len(), WINDOW);
        }
    }

    #[test]
    fn a_full_disk_ends_the_stream_with_its_reason() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let reader = Cursor::new(vec![1; 100]);
        let mut input = Input::stream(Box::new(reader), Spool::with_file(full, 1 << 20), None);
        for _ in 0..2 {
            let Err(Short::Failed(why)) = input.ahead(10) else { panic!("the disk was full") };
            assert!(why.starts_with("the spool cannot be written: No space left"), "{why}");
        }
    }

    #[test]
    fn a_file_that_is_truncated_is_told() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &[1; 600_000]).unwrap();
        let mut input = Input::file(file.try_clone().unwrap(), false).unwrap();
        input.ahead(10).unwrap();
        input.skip_to(500_000).unwrap();
        file.set_len(100).unwrap();
        assert_eq!(input.ahead(10), Err(Short::Failed(SHORTER.to_owned())));
    }
}
