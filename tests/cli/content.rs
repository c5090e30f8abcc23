//! What flows carried, as text.
//!
//! `UPDATE_GOLDEN=1 cargo test --test cli content` writes the texts anew: read
//! the difference before you commit it.

use crate::{failing, good, sample};
use std::path::Path;

fn golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == got, "{name} differs; it is\n{got}");
}

fn stream(file: &str, arguments: &str) -> String {
    good(&format!("stream {} {arguments}", sample(file)))
}

#[test]
fn content_of_the_samples() {
    golden("http.txt", &stream("http.pcap", "--tcp 0"));
    golden("typing.txt", &stream("typing.pcap", "--tcp 0"));
    golden("typing-hex.txt", &stream("typing.pcap", "--tcp 0 --as hex --side b"));
    golden("loss.txt", &stream("loss.pcap.gz", "--tcp 0"));
    golden(
        "loss.csv",
        &stream("loss.pcap.gz", "--tcp 0 --format csv")
            .lines()
            .map(|line| {
                // The bytes themselves are in the text.
                format!("{}\n", line.rsplit_once(',').map_or("", |cut| cut.0))
            })
            .collect::<String>(),
    );
    golden("tftp.txt", &stream("tftp.pcap", "--udp 1 --as hex"));
}

#[test]
fn raw_bytes_of_a_side() {
    let raw = stream("http.pcap", "--tcp 0 --as raw --side a");
    assert!(raw.starts_with("GET /hello.txt HTTP/1.1\r\n") && raw.ends_with("\r\n\r\n"));
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("x");
    stream("http.pcap", &format!("--tcp 0 -w {}", name.display()));
    assert_eq!(std::fs::read(name.with_extension("a")).unwrap(), raw.as_bytes());
    assert!(std::fs::read(name.with_extension("b")).unwrap().starts_with(b"HTTP/1.1 200"));
    let none = failing(&format!("stream {} --flow 4000", sample("http.pcap")));
    assert!(none.contains("there is no flow 4000: the capture holds 6 flows"), "{none}");
    let none = failing(&format!("stream {} --tcp 4", sample("http.pcap")));
    assert!(none.contains("there is no TCP flow 4: the capture holds 4 TCP flows, counted from 0"), "{none}");
    let none = failing(&format!("stream {} --udp 0", sample("http.pcap")));
    assert!(none.contains("there is no UDP flow 0: the capture holds none"), "{none}");
}
