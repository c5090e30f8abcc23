//! What the comparison counts, and which differences are adjudicated.

use crate::tally::Cell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use wirepeel::decode::Registry;

/// Layers whose fields make the figure.
const CORE: [&str; 7] = ["ip", "ipv6", "arp", "icmp", "icmpv6", "udp", "tcp"];

/// Link types of the figure.
pub const LINKS: [u16; 24] = [
    0, 1, 6, 7, 9, 12, 14, 50, 101, 104, 105, 107, 108, 113, 127, 129, 149, 178, 192, 228, 229, 239, 258, 276,
];

/// Names in tshark's lists of protocols that stand for no header of their own.
const NO_HEADERS: [&str; 3] = ["ethertype", "data", "user_dlt"];

/// Whether the cells of a field make the figure.
pub fn is_core(field: &str) -> bool {
    let excluded = ["frame.number", "frame.protocols", "frame.encap_type", "tcp.completeness"];
    if excluded.contains(&field) || field.starts_with("tcp.analysis.") || field.ends_with(".stream") {
        return false;
    }
    let prefix = field.split('.').next().unwrap_or_default();
    CORE.contains(&prefix) || ["frame", "eth", "vlan"].contains(&prefix)
}

/// A difference that was looked into.
struct Entry {
    field: String,
    file: Option<String>,
    ours: Option<String>,
    theirs: Option<String>,
    cause: String,
    met: AtomicBool,
}

/// The rules of the comparison.
pub struct Rules {
    entries: Vec<Entry>,
    known: HashSet<String>,
}

impl Rules {
    /// Reads the adjudicated differences.
    pub fn read(path: &Path, registry: &Registry) -> Rules {
        let text = std::fs::read_to_string(path).unwrap();
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let entries = table.get("difference").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let entries = entries.iter().map(|entry| {
            let text = |name: &str| entry.get(name).and_then(toml::Value::as_str).map(str::to_owned);
            let needed = |name: &str| text(name).unwrap_or_else(|| panic!("{entry}: has no {name}"));
            for name in ["right", "rfc"] {
                needed(name);
            }
            Entry {
                field: needed("field"),
                file: text("file"),
                ours: text("ours"),
                theirs: text("theirs"),
                cause: needed("cause"),
                met: AtomicBool::new(false),
            }
        });
        let mut known: HashSet<String> = NO_HEADERS.map(str::to_owned).into();
        for row in registry.rows() {
            known.insert(row.protocol.name.to_owned());
            known.extend(row.protocol.stack.unwrap_or_default().split(':').map(str::to_owned));
        }
        Rules { entries: entries.collect(), known }
    }

    /// Whether a protocol that wirepeel does not peel stands before one of the
    /// core layers.
    pub fn leaves_out(&self, protocols: &str) -> bool {
        let names: Vec<&str> = protocols.split(':').collect();
        let last = names.iter().rposition(|name| CORE.contains(name)).unwrap_or(0);
        names[..last].iter().any(|name| !self.known.contains(*name))
    }

    /// Whether this difference was looked into.
    pub fn adjudicated(&self, cell: &Cell<'_>, file: &str) -> bool {
        let fits = |pattern: &Option<String>, text: &str| pattern.as_deref().is_none_or(|p| glob(p, text));
        let entry = self.entries.iter().find(|entry| {
            glob(&entry.field, cell.field)
                && fits(&entry.file, file)
                && fits(&entry.ours, cell.ours)
                && fits(&entry.theirs, cell.theirs)
        });
        if let (Some(entry), true) = (entry, cell.ours != cell.theirs) {
            entry.met.store(true, Ordering::Relaxed);
        }
        entry.is_some()
    }

    /// Entries that no difference met.
    pub fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.entries.iter().filter(|entry| !entry.met.load(Ordering::Relaxed));
        unused.map(|entry| format!("{} ({})", entry.field, entry.cause))
    }
}

/// `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn a_star_stands_for_anything() {
    assert!(
        glob("zeek/*", "zeek/a.pcap") && glob("*", "") && glob("a*c*e", "abcde") && glob("ip.len", "ip.len")
    );
    assert!(!glob("zeek/*", "ndpi/a") && !glob("a*c", "abcd") && !glob("", "x"));
}
