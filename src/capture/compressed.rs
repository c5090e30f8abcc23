//! Compressed captures, recognised by content: gzip (any number of members),
//! Zstandard and LZ4 (any number of frames). Streaming only: a bomb costs time,
//! never memory.

use super::input::{Meter, PATIENCE};
use super::polled::Polled;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// How a capture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Lz4,
}

impl Packing {
    /// What the first bytes say.
    pub fn of_magic(head: &[u8]) -> Option<Packing> {
        match head {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Packing::Lz4),
            _ => None,
        }
    }

    /// Its name in words.
    pub fn name(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "Zstandard",
            Packing::Lz4 => "LZ4",
        }
    }
}

/// Counts the packed bytes that pass.
struct Metered<R> {
    inner: R,
    passed: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.passed.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// The unpacked bytes of `head` followed by `reader`.
pub(super) fn unpack(
    packing: Packing,
    head: Vec<u8>,
    reader: Polled,
    meter: &Meter,
) -> io::Result<Box<dyn Read + Send>> {
    let passed = Arc::clone(&meter.passed);
    let head = Cursor::new(head);
    Ok(match packing {
        Packing::Gzip => {
            let packed = BufReader::with_capacity(64 << 10, Metered { inner: head.chain(reader), passed });
            Box::new(flate2::bufread::MultiGzDecoder::new(packed))
        }
        Packing::Zstd => {
            let packed = BufReader::with_capacity(128 << 10, Metered { inner: head.chain(reader), passed });
            Box::new(zstd::stream::read::Decoder::with_buffer(packed)?)
        }
        // Its decoder forgets what it was doing when it is told to come back later.
        Packing::Lz4 if reader.waits() => {
            let listener = Arc::new(());
            let patient = Patient { inner: reader, listener: Arc::downgrade(&listener) };
            Box::new(Apart::start(frames(head.chain(patient), passed), listener)?)
        }
        Packing::Lz4 => Box::new(frames(head.chain(reader), passed)),
    })
}

fn frames<R: Read>(packed: R, passed: Arc<AtomicU64>) -> Frames<Metered<R>> {
    let packed = Ending { inner: Metered { inner: packed, passed }, last: [0; 8] };
    Frames(lz4_flex::frame::FrameDecoder::new(packed))
}

/// Waits as long as somebody listens.
struct Patient<R> {
    inner: R,
    listener: Weak<()>,
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.listener.strong_count() > 0 => {}
                outcome => return outcome,
            }
        }
    }
}

/// Bytes of one step of a decoder that works apart, and steps that may wait.
const STEP: usize = 64 << 10;
const STEPS: usize = 16;

/// A decoder that cannot be told to come back later, on a thread of its own.
struct Apart {
    steps: Receiver<io::Result<Vec<u8>>>,
    current: Cursor<Vec<u8>>,
    _listener: Arc<()>,
}

impl Apart {
    fn start(mut decoder: impl Read + Send + 'static, listener: Arc<()>) -> io::Result<Apart> {
        let (sender, steps) = bounded(STEPS);
        let run = move || {
            loop {
                let mut bytes = vec![0; STEP];
                let step = decoder.read(&mut bytes).map(|got| {
                    bytes.truncate(got);
                    bytes
                });
                let ended = !matches!(&step, Ok(bytes) if !bytes.is_empty());
                if sender.send(step).is_err() || ended {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("unpack".to_owned()).spawn(run)?;
        Ok(Apart { steps, current: Cursor::default(), _listener: listener })
    }
}

impl Read for Apart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.current.read(buffer)?;
        if got > 0 || buffer.is_empty() {
            return Ok(got);
        }
        match self.steps.recv_timeout(PATIENCE) {
            Ok(step) => {
                self.current = Cursor::new(step?);
                self.current.read(buffer)
            }
            Err(RecvTimeoutError::Timeout) => Err(ErrorKind::WouldBlock.into()),
            Err(RecvTimeoutError::Disconnected) => Ok(0),
        }
    }
}

/// LZ4 frames one after the other. Its decoder stops after each, and takes a
/// cut between two blocks for the end.
struct Frames<R: Read>(lz4_flex::frame::FrameDecoder<Ending<R>>);

/// Remembers the last bytes that passed.
struct Ending<R> {
    inner: R,
    last: [u8; 8],
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        let kept = got.min(8);
        self.last.rotate_left(kept);
        self.last[8 - kept..].copy_from_slice(&buffer[got - kept..got]);
        Ok(got)
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for _ in 0..2 {
            let got = self.0.read(buffer)?;
            if got > 0 || buffer.is_empty() {
                return Ok(got);
            }
        }
        // A frame ends with four bytes of zero and perhaps a checksum.
        let [head, tail] = [&self.0.get_ref().last[..4], &self.0.get_ref().last[4..]];
        if head == [0; 4] || tail == [0; 4] {
            return Ok(0);
        }
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the LZ4 stream is cut short"))
    }
}
