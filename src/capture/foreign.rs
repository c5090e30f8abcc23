//! Files that are no pcap or pcapng: their names, and how to make one of them.

const CONVERT: &str = "convert it with `editcap -F pcapng FILE OUT`";
const UNPACK: &str = "unpack it first";
const OTHER: &str = "name a pcap or pcapng capture, plain or packed with gzip, zstd or lz4";

/// First bytes, name, advice.
#[rustfmt::skip]
static KNOWN: &[(&[u8], &str, &str)] = &[
    (b"snoop\0\0\0", "a snoop file", CONVERT),
    (b"btsnoop\0", "a Bluetooth snoop file", CONVERT),
    (b"GMBU", "a Network Monitor 2 file", CONVERT),
    (b"RTSS", "a Network Monitor 1 file", CONVERT),
    (b"TRSNIFF data", "a Sniffer file", CONVERT),
    (b"XCP\0", "a NetXray file", CONVERT),
    (b"\x7fver", "an OmniPeek file", CONVERT),
    (b"iptrace ", "an AIX iptrace file", CONVERT),
    (b"\x05VNF", "a Visual Networks file", CONVERT),
    (b"\0\0\x02\0\x12\x05\0\x10", "a Tektronix K12 file", CONVERT),
    (b"DBS Etherwatch", "an Etherwatch file", CONVERT),
    (b"\xfd7zXZ\0", "an xz-compressed file", UNPACK),
    (b"BZh", "a bzip2-compressed file", UNPACK),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\x7fELF", "a program", OTHER),
    (b"<?xml", "an XML file", OTHER),
    (b"%PDF", "a PDF file", OTHER),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file with `git lfs pull`"),
];

/// What a file with these first bytes is, and what to do with it.
pub(super) fn recognise(head: &[u8]) -> (&'static str, &'static str) {
    // The longer names are compared as far as the head reaches.
    let known = KNOWN.iter().find(|(magic, ..)| head.starts_with(&magic[..magic.len().min(head.len())]));
    if let (Some((magic, what, advice)), true) = (known, head.len() >= 3) {
        debug_assert!(!magic.is_empty());
        return (what, advice);
    }
    let plain = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if head.iter().all(plain) { ("a text file", OTHER) } else { ("of an unknown format", OTHER) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_knows() {
        assert_eq!(recognise(b"snoop\0\0\0\0\0\0\x02").0, "a snoop file");
        assert_eq!(recognise(b"hello, world\n").0, "a text file");
        assert_eq!(recognise(&[0xff; 24]).0, "of an unknown format");
    }
}
