//! Opening one interface for capture, with everything that is set before its
//! first packet.
//!
//! Owns the choice of link type, precision and timeout, and the numbers by
//! which libpcap's link types differ from those in files.

use super::LiveOptions;
use super::error::{LiveError, refused, words};
use super::watch::Watch;
use crate::base::LinkType;
use crate::capture::{Interface, InterfaceInfo};
use pcap::{Active, Capture, Linktype, Precision};

/// Milliseconds after which the kernel hands over packets that do not fill a
/// block of its ring.
pub(super) const KERNEL_TIMEOUT: i32 = 20;
/// The longest packet that libpcap captures.
const LONGEST: u32 = 262_144;
/// libpcap's number for Linux cooked capture, version 2.
const SLL2: Linktype = Linktype(276);

/// An interface that is open for capture.
pub(super) struct Device {
    pub capture: Capture<Active>,
    pub interface: Interface,
    /// The name, as people are shown it.
    pub name: String,
    /// Timestamps count nanoseconds, not microseconds.
    pub nanos: bool,
    /// Counts every packet twice: once sent, once received.
    pub loopback: bool,
    /// Its descriptor can be waited for.
    pub pollable: bool,
    pub watch: Watch,
}

impl Device {
    /// Opens `name`; `known` are the interfaces of this machine.
    pub fn open(name: &str, options: &LiveOptions, known: &[InterfaceInfo]) -> Result<Self, LiveError> {
        let info = known.iter().find(|info| info.name == name);
        // A name that is not in the list may still be another name of an interface.
        let pseudo = info.is_some_and(|info| info.pseudo);
        let any = name == "any";
        // Only network interfaces on Linux promise nanoseconds; libpcap would
        // fall back to microseconds without a word.
        let nanos = cfg!(target_os = "linux") && (!pseudo || any);
        let snap_length = match options.snap_length {
            0 => LONGEST,
            length => length.min(LONGEST),
        };
        let inactive = Capture::from_device(name).map_err(|error| refused(name, &error))?;
        let mut capture = inactive
            .promisc(options.promiscuous && !pseudo && !any)
            .snaplen(i32::try_from(snap_length).unwrap_or(i32::MAX))
            .buffer_size(i32::try_from(options.buffer).unwrap_or(i32::MAX))
            .timeout(KERNEL_TIMEOUT)
            .precision(if nanos { Precision::Nano } else { Precision::Micro })
            .open()
            .map_err(|error| refused(name, &error))?;
        if any && capture.list_datalinks().is_ok_and(|links| links.contains(&SLL2)) {
            // An older kernel keeps the first version: no loss.
            let _ = capture.set_datalink(SLL2);
        }
        if let Some(filter) = &options.filter {
            capture.filter(filter, true).map_err(|error| bad_filter(filter, &error))?;
        }
        let capture = capture.setnonblock().map_err(|error| refused(name, &error))?;
        let interface = Interface {
            link: file_link_type(capture.get_datalink()),
            name: Some(name.to_owned()),
            numbered: true,
            description: info.and_then(|info| info.description.clone()),
            snap_length,
            filter: options.filter.clone(),
            mac: info.and_then(|info| info.mac),
            resolution: if nanos { "10^-9 s" } else { "10^-6 s" }.to_owned(),
            ..Interface::default()
        };
        Ok(Device {
            capture,
            interface,
            name: crate::base::safe(name).into_owned(),
            nanos,
            loopback: info.is_some_and(|info| info.flags.loopback),
            // D-Bus has no descriptor to wait for.
            pollable: !name.starts_with("dbus-"),
            watch: Watch::new(name, info.and_then(|info| info.index)),
        })
    }
}

/// Whether libpcap takes `filter` for packets of this link type.
pub fn check_filter(filter: &str, link: LinkType) -> Result<(), LiveError> {
    let dead = Capture::dead(Linktype(i32::from(link.0))).map_err(|error| bad_filter(filter, &error))?;
    dead.compile(filter, true).map(drop).map_err(|error| bad_filter(filter, &error))
}

fn bad_filter(filter: &str, error: &pcap::Error) -> LiveError {
    LiveError::Filter { filter: filter.to_owned(), reason: words(error) }
}

/// Files number a few link types differently than libpcap on this system.
fn file_link_type(link: Linktype) -> LinkType {
    match link.0 {
        11 => LinkType(100),
        12 | 14 => LinkType::RAW,
        18 => LinkType(246),
        19 => LinkType(106),
        other => LinkType(u16::try_from(other).unwrap_or(u16::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_checked_in_libpcaps_words() {
        check_filter("udp port 53", LinkType::ETHERNET).unwrap();
        let error = check_filter("udp port (", LinkType::ETHERNET).unwrap_err().to_string();
        assert!(error.starts_with("capture filter `udp port (`: "), "{error}");
        assert!(error.contains("syntax error"), "{error}");
    }

    #[test]
    fn raw_ip_has_its_file_number() {
        assert_eq!(file_link_type(Linktype(12)), LinkType::RAW);
        assert_eq!(file_link_type(Linktype(276)), LinkType::LINUX_SLL2);
    }
}
