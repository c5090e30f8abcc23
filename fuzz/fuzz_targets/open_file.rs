//! Any bytes as a capture file: opened and read to the end, with the bytes and
//! the options of every packet.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write as _;
use wirepeel::capture::{Batch, Happening, OpenOptions, Status, open};

fuzz_target!(|data: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new() else { return };
    if file.write_all(data).is_err() {
        return;
    }
    let Ok(mut source) = open(file.path(), &OpenOptions::default()) else { return };
    let store = source.bytes();
    let (mut batch, mut interfaces, mut buffer) = (Batch::default(), Vec::new(), Vec::new());
    loop {
        batch.clear();
        let status = source.read(&mut batch);
        for happening in &batch.happenings {
            if let Happening::Interface(interface) = happening {
                interfaces.push(interface.clone());
            }
        }
        for record in &batch.records {
            buffer.resize(record.captured as usize, 0);
            let _ = store.read_at(record.offset, &mut buffer);
            if let Some(interface) = interfaces.get(record.interface as usize) {
                let _ = store.options(record, interface);
            }
            store.analysed(record.offset + u64::from(record.captured));
        }
        if status == Status::End {
            break;
        }
    }
});
