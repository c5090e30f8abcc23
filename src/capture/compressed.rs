//! Compressed captures, recognised by content: gzip (any number of members),
//! Zstandard and LZ4 (any number of frames). Streaming only: a bomb costs time,
//! never memory.

use super::input::Meter;
use super::polled::Polled;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
        Packing::Lz4 => {
            let packed = Metered { inner: head.chain(reader.patient()), passed };
            Box::new(lz4_flex::frame::FrameDecoder::new(packed))
        }
    })
}
