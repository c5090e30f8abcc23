//! A file that is read only when it has something, so that nobody waits for
//! ever: pipes, terminals, sockets.

use super::input::PATIENCE;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// Bytes that a pipe may hold, where the system lets us choose.
const PIPE: usize = 1 << 20;

/// Reads what is there; `WouldBlock` when nothing came for a while.
pub(super) struct Polled {
    file: File,
    waits: bool,
}

impl Polled {
    /// `waits`: reading this file may block.
    pub fn new(file: File, waits: bool) -> Self {
        if waits {
            // A pipe that holds more wakes us less often; a refusal does not matter.
            let _ = rustix::pipe::fcntl_setpipe_size(&file, PIPE);
        }
        Polled { file, waits }
    }

    /// Whether reading may have to wait.
    pub fn waits(&self) -> bool {
        self.waits
    }
}

impl Read for Polled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.waits {
            let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(PATIENCE.subsec_nanos()) };
            let ready = poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&wait))?;
            if ready == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        self.file.read(buffer)
    }
}
