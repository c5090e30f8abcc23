//! Opening a capture: what a file is by its first bytes, and what to say when
//! it is none.
//!
//! Owns the choice of reader; knows of the formats only their magics.

use super::Source;
use super::compressed::{self, Packing};
use super::foreign;
use super::input::{Input, Meter, Short};
use super::notices::{Kind, Notices, shown};
use super::pcap::{FILE_HEADER, Pcap};
use super::pcapng::Pcapng;
use super::polled::Polled;
use super::spool::Spool;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};

/// How a capture is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Stay at the end of a regular file and wait for more.
    pub follow: bool,
    /// Most bytes that the spool keeps; never more than half of what is free.
    pub spool_limit: u64,
    /// Where the spool lies, when not in `$TMPDIR` or `/var/tmp`.
    pub spool_dir: Option<PathBuf>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions { follow: false, spool_limit: 8 << 30, spool_dir: None }
    }
}

/// Why a capture cannot be opened: one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}{}{}", at(*offset), advice.as_deref().map(|a| format!("; {a}")).unwrap_or_default())]
pub struct OpenError {
    /// The file, as people are shown it.
    pub file: String,
    /// Where in it, where that matters.
    pub offset: Option<u64>,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub advice: Option<String>,
}

fn at(offset: Option<u64>) -> String {
    match offset {
        Some(offset) if offset > 0 => format!(" (at offset {offset})"),
        _ => String::new(),
    }
}

impl OpenError {
    fn new(file: &str, reason: impl Into<String>, advice: &str) -> Self {
        OpenError {
            file: file.to_owned(),
            offset: None,
            reason: reason.into(),
            advice: (!advice.is_empty()).then(|| advice.to_owned()),
        }
    }

    fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }
}

/// Opens a capture; `-` is standard input. Waits for the first bytes of a pipe.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Source>, OpenError> {
    let name = shown(path);
    let system = |error: io::Error| system_error(&name, &error);
    let file = if path.as_os_str() == "-" {
        File::from(rustix::io::dup(rustix::stdio::stdin()).map_err(|error| system(error.into()))?)
    } else {
        File::open(path).map_err(system)?
    };
    let about = file.metadata().map_err(system)?;
    if about.is_dir() {
        return Err(OpenError::new(&name, "is a directory", "name a capture file"));
    }
    Opening { name, options, notices: Vec::new() }.source(file, &about)
}

fn system_error(name: &str, error: &io::Error) -> OpenError {
    let (reason, advice) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), "check the name"),
        io::ErrorKind::PermissionDenied => {
            ("permission denied".to_owned(), "read it as its owner, or ask for the right to read it")
        }
        _ => (error.to_string(), ""),
    };
    OpenError::new(name, reason, advice)
}

struct Opening<'a> {
    name: String,
    options: &'a OpenOptions,
    notices: Vec<String>,
}

impl Opening<'_> {
    fn source(mut self, file: File, about: &Metadata) -> Result<Box<dyn Source>, OpenError> {
        // Standard input may be a file that something has read from already.
        let fresh = about.is_file() && rustix::fs::tell(&file).is_ok_and(|offset| offset == 0);
        if fresh {
            let mut head = [0; 4];
            if file.read_exact_at(&mut head, 0).is_err() || Packing::of_magic(&head).is_none() {
                let input = Input::file(file, self.options.follow)
                    .map_err(|error| system_error(&self.name, &error))?;
                return self.reader(input, None);
            }
        }
        let total = fresh.then(|| about.len());
        let kind = about.file_type();
        let waits = kind.is_fifo() || kind.is_socket() || kind.is_char_device();
        let mut reader = Polled::new(file, waits);
        let head = first_bytes(&mut reader).map_err(|error| system_error(&self.name, &error))?;
        let packing = Packing::of_magic(&head);
        if self.options.follow && (packing.is_some() || !waits) {
            self.notices.push("a compressed capture cannot be followed; it is read once".to_owned());
        }
        let spool =
            Spool::create(self.options.spool_dir.as_deref(), self.options.spool_limit).map_err(|error| {
                OpenError::new(&self.name, format!("no room for the spool: {error}"), "set TMPDIR")
            })?;
        let input = match packing {
            None => Input::stream(Box::new(io::Cursor::new(head).chain(reader)), spool, None),
            Some(packing) => {
                let meter = Meter { total, ..Meter::default() };
                let unpacked = compressed::unpack(packing, head, reader, &meter)
                    .map_err(|error| system_error(&self.name, &error))?;
                Input::stream(unpacked, spool, Some(meter))
            }
        };
        self.reader(input, packing)
    }

    /// The reader for what the input begins with.
    fn reader(self, mut input: Input, packing: Option<Packing>) -> Result<Box<dyn Source>, OpenError> {
        let name = self.name.as_str();
        let within = packing.map(|packing| format!("{}-compressed, and inside it is ", packing.name()));
        let within = within.as_deref().unwrap_or_default();
        let head = loop {
            match input.ahead_or_end(FILE_HEADER) {
                Ok((head, _)) => break head.to_vec(),
                Err(_) => continue,
            }
        };
        if let (true, Err(Short::Failed(why))) = (head.is_empty(), input.ahead(1)) {
            return Err(OpenError::new(name, why, ""));
        }
        let len = head.len() as u64;
        let (pcap, pcapng) = (Pcap::is_magic(&head), Pcapng::is_magic(&head));
        if (pcap || pcapng) && head.len() >= FILE_HEADER {
            let mut notices = Notices::new(self.name);
            self.notices.into_iter().for_each(|what| notices.keep(Kind::Remark, what));
            return Ok(if pcap {
                Box::new(Pcap::new(input, notices))
            } else {
                Box::new(Pcapng::new(input, notices))
            });
        }
        if head.is_empty() {
            let reason =
                if within.is_empty() { "is empty".to_owned() } else { format!("is {within}nothing") };
            return Err(OpenError::new(
                name,
                reason,
                "capture again, or wait until something is written to it",
            ));
        }
        if pcap || pcapng || head.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) && len < 12 {
            let what = if pcap { "pcap" } else { "pcapng" };
            let reason = format!("ends inside its {what} header: {len} bytes are there");
            return Err(OpenError::new(name, reason, "copy or capture it again").at(len));
        }
        if head.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
            let reason = "begins like a pcapng capture, but has no byte-order mark";
            return Err(OpenError::new(name, reason, "copy or capture it again").at(8));
        }
        let (what, advice) = foreign::recognise(&head);
        Err(OpenError::new(name, format!("not a pcap or pcapng capture (it is {within}{what})"), advice)
            .at(0))
    }
}

/// Enough bytes to tell a compression; fewer at the end.
fn first_bytes(reader: &mut Polled) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4);
    while head.len() < 4 {
        let mut rest = [0; 4];
        match reader.read(&mut rest[..4 - head.len()]) {
            Ok(0) => break,
            Ok(got) => head.extend_from_slice(&rest[..got]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}
