//! Why a live capture cannot start: one line each, that says what to do.

use crate::base::safe;
use std::path::PathBuf;

/// Why no capture could be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// No interface was named.
    #[error("no interface to capture from; name one, such as `-i eth0`, or `-i any`")]
    NoInterface,
    /// There is no interface of this name.
    #[error("{}: no such interface{}", safe(name), near_words(near))]
    NoSuchDevice {
        /// The name that was asked for.
        name: String,
        /// Names that are like it, else all names.
        near: Vec<String>,
    },
    /// Capturing needs a right that this process lacks.
    #[error(
        "{}: not permitted to capture ({}); allow this program to with \
         `sudo setcap cap_net_raw,cap_net_admin=eip {}`, or run it as root",
        safe(name),
        safe(reason),
        quoted(program)
    )]
    Permission {
        /// The interface.
        name: String,
        /// What libpcap said.
        reason: String,
        /// The file that needs the right: this very program.
        program: PathBuf,
    },
    /// The interface is switched off.
    #[error("{shown}: the interface is down; bring it up with `sudo ip link set {shown} up`", shown = safe(name))]
    Down {
        /// The interface.
        name: String,
    },
    /// libpcap does not take the capture filter.
    #[error("capture filter `{}`: {}", safe(filter), safe(reason))]
    Filter {
        /// The filter.
        filter: String,
        /// What libpcap said.
        reason: String,
    },
    /// The file to write cannot be.
    #[error("{file}: {reason}; name a file that can be written")]
    Output {
        /// The file, as people are shown it.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// No place for the packets that are kept while they are looked at.
    #[error("no room for the spool: {reason}; set TMPDIR")]
    Spool {
        /// What the system said.
        reason: String,
    },
    /// Anything else that libpcap said.
    #[error("{}: {}", safe(name), safe(reason))]
    Device {
        /// The interface.
        name: String,
        /// What libpcap said.
        reason: String,
    },
}

fn near_words(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!("; there is {}", near.iter().map(|name| safe(name)).collect::<Vec<_>>().join(", "))
}

/// A path as a shell takes it.
fn quoted(path: &std::path::Path) -> String {
    let text = safe(&path.to_string_lossy()).into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Sorts out what libpcap said when it would not open `name`.
pub(super) fn refused(name: &str, error: &pcap::Error) -> LiveError {
    let reason = words(error);
    let lower = reason.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let name = name.to_owned();
    if says(&["permission", "permitted", "cap_net"]) {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("wirepeel"));
        LiveError::Permission { name, reason, program }
    } else if says(&["no such device", "doesn't exist", "not exist"]) {
        let near = near(&name, super::super::interfaces().into_iter().map(|interface| interface.name));
        LiveError::NoSuchDevice { name, near }
    } else if says(&["not up", "network is down"]) {
        LiveError::Down { name }
    } else {
        LiveError::Device { name, reason }
    }
}

/// What libpcap said, without the crate's preface.
pub(super) fn words(error: &pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Names at most two edits away or beginning alike; all of them (a few) when none is.
fn near(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let names: Vec<String> = names.collect();
    let alike = |name: &&String| {
        distance(wanted, name) <= 2.min(wanted.len() / 2) || (wanted.len() > 1 && name.starts_with(wanted))
    };
    let mut near: Vec<String> = names.iter().filter(alike).cloned().collect();
    if near.is_empty() {
        near = names;
    }
    near.truncate(8);
    near
}

/// Edits (insert, delete, replace) that make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, y) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(x != *y)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        assert_eq!(distance("eth0", "eth0"), 0);
        assert_eq!(distance("eht0", "eth0"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn near_names_come_before_all_names() {
        let names = || ["lo", "eth0", "wlan0"].map(str::to_owned).into_iter();
        assert_eq!(near("eth1", names()), ["eth0"]);
        assert_eq!(near("wl", names()), ["wlan0"]);
        assert_eq!(near("quux9", names()).len(), 3);
    }

    #[test]
    fn permission_says_what_to_type() {
        let said = pcap::Error::PcapError("socket: Operation not permitted".into());
        let text = refused("eth0", &said).to_string();
        let program = std::env::current_exe().unwrap();
        assert!(
            text.starts_with("eth0: not permitted to capture (socket: Operation not permitted)"),
            "{text}"
        );
        assert!(
            text.contains(&format!("setcap cap_net_raw,cap_net_admin=eip {}`", program.display())),
            "{text}"
        );
        assert!(!text.contains('\n'));
        assert_eq!(quoted(std::path::Path::new("/a b/it's")), "'/a b/it'\\''s'");
    }
}
