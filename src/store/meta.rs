//! What a capture says besides its packets.

use crate::capture::{Happening, Interface, Notice};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Newest counters of one interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that it received.
    pub received: Option<u64>,
    /// Packets that the kernel dropped for want of buffer.
    pub dropped: Option<u64>,
    /// Packets that the card or its driver dropped.
    pub interface_dropped: Option<u64>,
}

/// Interfaces, names, counters, comments, keys and notices of a capture.
#[derive(Debug, Default)]
pub struct Meta {
    /// In the order of the capture, over all sections.
    pub interfaces: Vec<Arc<Interface>>,
    /// Names of addresses that the capture itself holds; raw.
    pub names: HashMap<IpAddr, String>,
    /// Counters, by interface.
    pub statistics: HashMap<u32, Statistics>,
    /// Decryption secrets: kind and bytes.
    pub secrets: Vec<(u32, Arc<[u8]>)>,
    /// Comments on sections; raw.
    pub comments: Vec<String>,
    /// Damage, losses and limits, in order.
    pub notices: Vec<Notice>,
}

impl Meta {
    /// Takes note of what a source told.
    pub fn add(&mut self, happening: Happening) {
        match happening {
            Happening::Interface(interface) => self.interfaces.push(Arc::new(interface)),
            Happening::Name(address, name) => {
                self.names.entry(address).or_insert(name);
            }
            Happening::Statistics { interface, received, dropped, interface_dropped } => {
                self.statistics.insert(interface, Statistics { received, dropped, interface_dropped });
            }
            Happening::Secrets { kind, data } => self.secrets.push((kind, data)),
            Happening::Comment(comment) => self.comments.push(comment),
            Happening::Notice(notice) => self.notices.push(notice),
            // Read with the packet.
            Happening::PacketComment(..) => {}
        }
    }

    /// Packets that were dropped before they could be captured, by kernel and
    /// by interfaces together.
    pub fn dropped(&self) -> u64 {
        let lost = |s: &Statistics| s.dropped.unwrap_or(0).saturating_add(s.interface_dropped.unwrap_or(0));
        self.statistics.values().map(lost).fold(0, u64::saturating_add)
    }

    /// Whether the capture is damaged or incomplete.
    pub fn is_damaged(&self) -> bool {
        self.notices.iter().any(|notice| notice.damage)
    }
}
