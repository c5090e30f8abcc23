//! Bytes of packets that lie in a regular file.

use super::{ByteStore, Gone, Interface, PacketOptions, Record, packet_options};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A capture file, read by offset.
pub(super) struct FileBytes(pub Arc<File>);

impl ByteStore for FileBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Gone> {
        self.0.read_exact_at(buffer, offset).map_err(|error| {
            let reason = match error.kind() {
                ErrorKind::UnexpectedEof => "the file is shorter than it was".to_owned(),
                _ => error.to_string(),
            };
            Gone::Unreadable { offset, reason }
        })
    }

    fn options(&self, record: &Record, interface: &Interface) -> Result<PacketOptions, Gone> {
        packet_options::read(self, record, interface)
    }
}
