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
        let total = fresh.then_some(about.len());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing::{pcap, read_file, read_path, read_pipe};
    use crate::capture::{Batch, Gone, Status};
    use std::io::Write as _;

    fn refusal(bytes: &[u8]) -> String {
        read_file(bytes).err().unwrap().to_string()
    }

    #[test]
    fn says_in_a_line_what_is_wrong_and_what_to_do() {
        assert!(refusal(b"").contains(": is empty; "));
        assert!(
            refusal(&pcap(0)[..10])
                .contains(": ends inside its pcap header: 10 bytes are there (at offset 10); ")
        );
        assert!(
            refusal(b"\x0a\x0d\x0d\x0a\x1c\0\0\0MARK....aaaaaaaaaa")
                .contains("no byte-order mark (at offset 8); ")
        );
        let snoop = refusal(b"snoop\0\0\0\0\0\0\x02\0\0\0\x04");
        assert!(
            snoop.contains(": not a pcap or pcapng capture (it is a snoop file); convert it with"),
            "{snoop}"
        );
        let packed = zstd::encode_all(&b"just text, nothing else"[..], 1).unwrap();
        assert!(refusal(&packed).contains("(it is Zstandard-compressed, and inside it is a text file); "));
    }

    #[test]
    fn missing_files_and_directories() {
        let options = OpenOptions::default();
        let error = |path: &str| open(Path::new(path), &options).err().unwrap().to_string();
        assert_eq!(error("/nowhere/x.pcap"), "/nowhere/x.pcap: no such file; check the name");
        assert_eq!(error("/"), "/: is a directory; name a capture file");
    }

    #[test]
    fn a_followed_file_grows() {
        let whole = pcap(3);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&whole[..whole.len() - 80]).unwrap();
        let options = OpenOptions { follow: true, ..OpenOptions::default() };
        let mut source = open(file.path(), &options).unwrap();
        let mut batch = Batch::default();
        for (part, expected) in
            [(&b""[..], 1), (&whole[whole.len() - 80..whole.len() - 30], 2), (&whole[whole.len() - 30..], 3)]
        {
            file.write_all(part).unwrap();
            assert_eq!(source.read(&mut batch), Status::Idle);
            assert_eq!(batch.records.len(), expected);
        }
        assert_eq!(batch.happenings.len(), 1, "{:?}", batch.happenings);
        file.as_file().set_len(30).unwrap();
        assert_eq!(source.read(&mut batch), Status::End);
        let gone = source.bytes().read_at(batch.records[2].offset, &mut [0; 60]);
        assert!(matches!(gone, Err(Gone::Unreadable { .. })));
    }

    #[test]
    fn a_pipe_is_read_as_it_comes() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        let whole = pcap(2);
        writer.write_all(&whole[..110]).unwrap();
        let mut source = open(Path::new(&path), &OpenOptions::default()).unwrap();
        let mut batch = Batch::default();
        assert_eq!(source.read(&mut batch), Status::Idle);
        assert_eq!(batch.records.len(), 1);
        writer.write_all(&whole[110..]).unwrap();
        drop(writer);
        while source.read(&mut batch) != Status::End {}
        assert_eq!(batch.records.len(), 2);
        let mut bytes = [0; 60];
        source.bytes().read_at(batch.records[1].offset, &mut bytes).unwrap();
        assert_eq!(bytes, [0x81; 60]);
    }

    #[test]
    fn packed_captures_of_several_parts() {
        let whole = pcap(500);
        let (first, second) = whole.split_at(12_345);
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let lz4 = |bytes: &[u8]| {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
        let packed = [
            [gzip(first), gzip(second)].concat(),
            [zstd(first), zstd(second)].concat(),
            [lz4(first), lz4(second)].concat(),
        ];
        for file in packed {
            let pipe = |piece| read_pipe(&file, piece, &OpenOptions::default()).unwrap();
            for told in [read_file(&file).unwrap(), pipe(7), pipe(1000)] {
                assert_eq!(told.records.len(), 500, "{:?}", told.notices());
                assert_eq!(told.packet(499), [(499u32 as u8) | 0x80; 60]);
                assert_eq!(told.notices(), [""; 0]);
            }
            let told = read_file(&file[..file.len() - 20]).unwrap();
            assert!(told.records.len() < 500 && told.records.len() > 100, "{}", told.records.len());
            assert!(told.damaged());
            assert_eq!(told.packet(100), [100 | 0x80; 60]);
        }
    }

    #[test]
    fn a_packed_pipe_may_pause_anywhere() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&pcap(500)).unwrap();
        for packed in [encoder.finish().unwrap(), zstd::encode_all(&pcap(500)[..], 1).unwrap()] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for part in packed.chunks(packed.len() / 5) {
                        writer.write_all(part).unwrap();
                        std::thread::sleep(std::time::Duration::from_millis(120));
                    }
                    drop(writer);
                });
                let told = read_path(Path::new(&path), &OpenOptions::default()).unwrap();
                assert_eq!((told.records.len(), told.notices()), (500, vec![]));
            });
        }
    }

    #[test]
    fn an_lz4_pipe_shows_what_has_come() {
        let (reader, writer) = std::io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        let mut encoder = lz4_flex::frame::FrameEncoder::new(writer);
        let whole = pcap(3);
        encoder.write_all(&whole[..whole.len() - 80]).unwrap();
        encoder.flush().unwrap();
        let mut source = open(Path::new(&path), &OpenOptions::default()).unwrap();
        let mut batch = Batch::default();
        // Nothing more comes; the read must come back all the same, with the first packet.
        let (sender, read) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            while source.read(&mut batch) != Status::Idle || batch.records.is_empty() {}
            sender.send((source, batch)).unwrap();
        });
        let waited = read.recv_timeout(std::time::Duration::from_secs(20));
        let (mut source, mut batch) = waited.unwrap();
        assert_eq!(batch.records.len(), 1);
        encoder.write_all(&whole[whole.len() - 80..]).unwrap();
        drop(encoder.finish().unwrap());
        while source.read(&mut batch) != Status::End {}
        assert_eq!(batch.records.len(), 3);
        assert!(batch.happenings.iter().all(|told| !matches!(told, crate::capture::Happening::Notice(_))));
    }

    #[test]
    fn a_spool_at_its_limit_keeps_the_newest() {
        let options = OpenOptions { spool_limit: 64 << 10, ..OpenOptions::default() };
        let told = read_pipe(&pcap(5000), 5000, &options).unwrap();
        assert_eq!((told.records.len(), told.notices()), (5000, vec![]));
        assert_eq!(told.packet(4999), [(4999u32 as u8) | 0x80; 60]);
        let evicted = told.store.read_at(told.records[0].offset, &mut [0; 60]);
        assert_eq!(evicted, Err(Gone::Evicted { limit: 64 << 10 }));
        assert!(told.store.evicted() > 300_000);
    }

    #[test]
    fn no_room_for_a_spool_is_told() {
        let options = OpenOptions { spool_dir: Some("/nowhere".into()), ..OpenOptions::default() };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&zstd::encode_all(&pcap(1)[..], 1).unwrap()).unwrap();
        let error = read_path(file.path(), &options).err().unwrap().to_string();
        assert!(
            error.contains("no room for the spool: /nowhere: ") && error.ends_with("; set TMPDIR"),
            "{error}"
        );
    }
}
