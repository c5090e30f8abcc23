//! Where the bytes of a live capture are kept: the spool, or the file that is written.
//!
//! Owns what happens when there is no more room for them.

use super::capturing::{Arena, Counted};
use super::{LiveError, LiveOptions};
use crate::base::LinkType;
use crate::base::Timestamp;
use crate::capture::bytes::FileBytes;
use crate::capture::notices::shown;
use crate::capture::spool::Spool;
use crate::capture::writer::Writer;
use crate::capture::{Annotate, ByteStore, Interface, PacketOptions, Record};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Keeps packets, and knows where.
pub(super) struct Kept {
    /// None when the written file keeps them.
    spool: Option<(Arc<Spool>, u64)>,
    output: Option<(Writer, String)>,
    annotate: Option<Box<dyn Annotate>>,
    /// Of each interface.
    links: Vec<LinkType>,
    store: Arc<dyn ByteStore>,
    /// Where in the spool each arena begins.
    bases: Vec<u64>,
    /// Time, arena and place of each packet, in the order in which they go.
    order: Vec<(Timestamp, u32, u32)>,
}

impl Kept {
    pub fn open(options: &LiveOptions) -> Result<Self, LiveError> {
        let mut output = None;
        let mut written: Option<Arc<dyn ByteStore>> = None;
        if let Some(path) = &options.write {
            let failed =
                |error: io::Error| LiveError::Output { file: shown(path), reason: error.to_string() };
            let (file, reads_back) = create(path).map_err(failed)?;
            if reads_back {
                written = Some(Arc::new(FileBytes(Arc::new(file.try_clone().map_err(failed)?))));
            }
            let name = if path.as_os_str() == "-" { "standard output".to_owned() } else { shown(path) };
            output = Some((Writer::create(file).map_err(failed)?, name));
        }
        let (spool, store): (_, Arc<dyn ByteStore>) = match written {
            Some(store) => (None, store),
            None => {
                let spool = Spool::create(options.spool_dir.as_deref(), options.spool_limit)
                    .map_err(|error| LiveError::Spool { reason: error.to_string() })?;
                let spool = Arc::new(spool);
                (Some((spool.clone(), 0)), spool)
            }
        };
        Ok(Kept {
            spool,
            output,
            annotate: None,
            links: Vec::new(),
            store,
            bases: Vec::new(),
            order: Vec::new(),
        })
    }

    /// What is written gets these comments.
    pub fn annotate(&mut self, annotate: Box<dyn Annotate>) {
        self.annotate = Some(annotate);
    }

    pub fn store(&self) -> Arc<dyn ByteStore> {
        self.store.clone()
    }

    /// Describes the next interface in what is written.
    pub fn interface(&mut self, interface: &Interface) -> Result<(), String> {
        self.links.push(interface.link);
        match &mut self.output {
            Some((writer, name)) => {
                let written = writer.interface(interface).and_then(|_| writer.flush());
                written.map_err(|error| said(name, &error))
            }
            None => Ok(()),
        }
    }

    /// Keeps the packets of `arenas`, one after another or, of several
    /// interfaces, by their time, and adds their records. Their bytes can be
    /// read when this returns. At a failure the packets kept so far have records.
    pub fn keep(&mut self, arenas: &[(u32, Arena)], records: &mut Vec<Record>) -> Result<(), String> {
        let before = records.len();
        self.bases.clear();
        if let Some((spool, end)) = &mut self.spool {
            for (_, arena) in arenas {
                spool.append(&arena.bytes).map_err(|error| said("the spool", &error))?;
                self.bases.push(*end);
                *end += arena.bytes.len() as u64;
            }
        }
        self.order(arenas);
        let mut outcome = self.records(arenas, records);
        let Some((writer, name)) = &mut self.output else { return outcome };
        if outcome.is_ok() {
            outcome = writer.flush().map_err(|error| said(name, &error));
        }
        if outcome.is_err() && self.spool.is_none() {
            // The writer has kept the whole blocks that fit.
            let end = writer.size();
            let lost = |record: &Record| record.offset + u64::from(record.captured) > end;
            let whole = records.iter().skip(before).position(lost);
            records.truncate(whole.map_or(records.len(), |whole| before + whole));
        }
        outcome
    }

    /// In what order the packets go: arenas of one interface follow each
    /// other, those of several are merged.
    fn order(&mut self, arenas: &[(u32, Arena)]) {
        self.order.clear();
        for (number, (_, arena)) in arenas.iter().enumerate() {
            let heads = arena.heads.iter().enumerate();
            self.order.extend(heads.map(|(at, head)| (head.time, number as u32, at as u32)));
        }
        let first = arenas.first().map(|(interface, _)| interface);
        if arenas.iter().any(|(interface, _)| Some(interface) != first) {
            // Arenas are runs in order already, which a stable sort merges.
            self.order.sort_by_key(|place| place.0);
        }
    }

    fn records(&mut self, arenas: &[(u32, Arena)], records: &mut Vec<Record>) -> Result<(), String> {
        let mut options = PacketOptions::default();
        for (time, number, at) in &self.order {
            let number = *number as usize;
            let Some((interface, arena)) = arenas.get(number) else { continue };
            let Some(head) = arena.heads.get(*at as usize) else { continue };
            let bytes = arena.packet(head);
            let mut record = Record {
                offset: 0,
                time: *time,
                captured: head.captured,
                wire: head.wire,
                interface: *interface,
                has_options: false,
            };
            if let Some((writer, name)) = &mut self.output {
                options.comments.clear();
                if let (Some(annotate), Some(link)) =
                    (&mut self.annotate, self.links.get(*interface as usize))
                {
                    annotate.packet(&record, *link, bytes, &mut options.comments);
                    // A spool keeps no comments.
                    record.has_options = self.spool.is_none() && !options.comments.is_empty();
                }
                let written = writer.packet(*interface, *time, head.wire, bytes, &options);
                record.offset = written.map_err(|error| said(name, &error))?;
            }
            if let Some(base) = self.bases.get(number) {
                record.offset = base + u64::from(head.at);
            }
            records.push(record);
        }
        Ok(())
    }

    /// Writes the last counters of every interface and lets go of the file.
    pub fn finish(&mut self, now: Timestamp, counted: &[Option<Counted>]) -> Result<(), String> {
        let Some((mut writer, name)) = self.output.take() else { return Ok(()) };
        let mut outcome = Ok(());
        let mut comments = self.annotate.take().map(|mut annotate| annotate.last()).unwrap_or_default();
        for (number, counted) in (0u32..).zip(counted) {
            let Some(counted) = counted else { continue };
            let (received, dropped) = (Some(counted.received), Some(counted.dropped));
            let written = writer.statistics(
                number,
                now,
                received,
                dropped,
                Some(counted.interface_dropped),
                &std::mem::take(&mut comments),
            );
            outcome = outcome.and(written);
        }
        outcome.and_then(|()| writer.flush()).map_err(|error| said(&name, &error))
    }
}

/// Creates the file to write; whether it can be read back by offset.
fn create(path: &Path) -> io::Result<(File, bool)> {
    if path.as_os_str() == "-" {
        return Ok((File::from(rustix::io::dup(rustix::stdio::stdout())?), false));
    }
    // A pipe or a device is written as it is.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Ok((File::options().write(true).open(path)?, false));
    }
    Ok((File::options().read(true).write(true).create(true).truncate(true).open(path)?, true))
}

fn said(name: &str, error: &io::Error) -> String {
    format!("{name}: {error}")
}

#[cfg(test)]
mod tests {
    use super::super::capturing::Head;
    use super::*;
    use crate::capture::{Batch, OpenOptions, Status};

    fn arena(times: &[i64]) -> Arena {
        let mut arena = Arena::default();
        for time in times {
            let at = arena.bytes.len() as u32;
            arena.bytes.extend(time.to_le_bytes());
            arena.heads.push(Head { time: Timestamp(*time), at, captured: 8, wire: 60 });
        }
        arena
    }

    /// Two interfaces, merged by time; each packet's bytes say its time.
    fn check(mut kept: Kept) {
        for name in ["a", "b"] {
            kept.interface(&Interface { name: Some(name.to_owned()), ..Interface::default() }).unwrap();
        }
        let mut records = Vec::new();
        kept.keep(&[(1, arena(&[3, 4]))], &mut records).unwrap();
        kept.keep(&[(1, arena(&[6, 9])), (0, arena(&[5, 7])), (1, arena(&[8, 10]))], &mut records).unwrap();
        assert_eq!(records.iter().map(|r| r.time.0).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9, 10]);
        for record in &records {
            let mut bytes = [0; 8];
            kept.store().read_at(record.offset, &mut bytes).unwrap();
            assert_eq!(i64::from_le_bytes(bytes), record.time.0);
            assert_eq!(record.interface, u32::from(![5, 7].contains(&record.time.0)));
        }
        let counted = Counted { received: 9, dropped: 1, interface_dropped: 0 };
        kept.finish(Timestamp(11), &[None, Some(counted)]).unwrap();
    }

    #[test]
    fn the_spool_keeps_what_has_no_file() {
        check(Kept::open(&LiveOptions::default()).unwrap());
    }

    #[test]
    fn a_file_keeps_its_own_packets_and_a_device_needs_the_spool() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let to = |path: &Path| LiveOptions { write: Some(path.to_owned()), ..LiveOptions::default() };
        let device = Kept::open(&to(Path::new("/dev/null"))).unwrap();
        assert!(device.spool.is_some());
        check(device);
        let kept = Kept::open(&to(file.path())).unwrap();
        assert!(kept.spool.is_none());
        check(kept);
        let mut source = crate::capture::open(file.path(), &OpenOptions::default()).unwrap();
        let mut batch = Batch::default();
        while source.read(&mut batch) != Status::End {}
        assert_eq!(batch.records.len(), 8);
    }

    #[test]
    fn a_full_device_is_told() {
        let options = LiveOptions { write: Some("/dev/full".into()), ..LiveOptions::default() };
        let mut kept = Kept::open(&options).unwrap();
        let why = kept.interface(&Interface::default()).unwrap_err();
        assert!(why.starts_with("/dev/full: No space left on device"), "{why}");
    }
}
