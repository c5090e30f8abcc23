//! What the answers of a capture teach about names: which is an alias of which,
//! which servers a zone has, and at which addresses.
//!
//! Whoever was told: a resolver may know the same from before the capture.

use crate::base::PacketId;
pub(super) use crate::decode::proto::dns::denial::is_at_or_above;
use crate::decode::proto::dns::view::kind::{A, AAAA, CNAME, NS, SOA};
use crate::decode::proto::dns::view::{Message, Section};
use std::collections::HashMap;
use std::net::IpAddr;

/// Bytes that all of it may take.
const MAX_BYTES: usize = 32 << 20;
/// What one entry takes beside its text.
const ENTRY: usize = 96;
/// Names that one name may lead to.
const MAX_EACH: usize = 32;

/// One name leads to another, as a packet said first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub to: String,
    pub packet: PacketId,
}

/// All names are in lower case.
pub(super) struct Known {
    aliases: HashMap<String, Vec<Edge>>,
    servers: HashMap<String, Vec<Edge>>,
    /// Zones of each name of a server.
    zones: HashMap<String, Vec<String>>,
    addresses: HashMap<String, Vec<(IpAddr, PacketId)>>,
    /// The packet that said that an address answers for a zone.
    serves: HashMap<(IpAddr, String), PacketId>,
    room: usize,
    /// Something was left out because the room was used up.
    pub is_full: bool,
}

impl Default for Known {
    fn default() -> Self {
        Known {
            aliases: HashMap::new(),
            servers: HashMap::new(),
            zones: HashMap::new(),
            addresses: HashMap::new(),
            serves: HashMap::new(),
            room: MAX_BYTES,
            is_full: false,
        }
    }
}

impl Known {
    /// Takes an answer in.
    pub fn learn(&mut self, packet: PacketId, server: IpAddr, message: &Message<'_>) {
        let asked = message.questions().next().map(|question| question.name().to_ascii_lowercase());
        let is_authority = message.flags & 0x0400 != 0;
        // Addresses stand behind the names that they belong to.
        for record in message.records() {
            let name = || record.name().to_ascii_lowercase();
            if is_authority && record.section == Section::Authority && matches!(record.kind, NS | SOA) {
                let zone = name();
                if asked.as_ref().is_some_and(|asked| is_at_or_above(&zone, asked)) {
                    self.serve(server, &zone, packet);
                }
            }
            match (record.kind, record.section) {
                (CNAME, Section::Answer) => {
                    let Some(to) = record.target() else { continue };
                    let edge = Edge { to: to.to_ascii_lowercase(), packet };
                    self.edge(name(), edge, |known| &mut known.aliases);
                }
                (NS, Section::Answer | Section::Authority) => {
                    let Some(to) = record.target() else { continue };
                    self.server(name(), to.to_ascii_lowercase(), packet);
                }
                (A | AAAA, _) => {
                    if let Some(address) = record.address() {
                        self.address(&name(), address, packet);
                    }
                }
                _ => {}
            }
        }
    }

    /// Room for so much text more.
    fn takes(&mut self, text: usize) -> bool {
        let left = self.room.checked_sub(text + ENTRY);
        self.is_full |= left.is_none();
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    /// `false` where it was there, or does not fit.
    fn edge(
        &mut self,
        from: String,
        edge: Edge,
        which: impl Fn(&mut Known) -> &mut HashMap<String, Vec<Edge>>,
    ) -> bool {
        if from == edge.to {
            return false;
        }
        if let Some(edges) = which(self).get_mut(&from) {
            // A client's answer is taken in before those that it was made from.
            if let Some(same) = edges.iter_mut().find(|other| other.to == edge.to) {
                same.packet = same.packet.min(edge.packet);
                return false;
            }
            if edges.len() >= MAX_EACH {
                return false;
            }
        }
        if !self.takes(from.len() + edge.to.len()) {
            return false;
        }
        which(self).entry(from).or_default().push(edge);
        true
    }

    fn server(&mut self, zone: String, name: String, packet: PacketId) {
        if zone == name {
            // It is its own server: the name leads nowhere new, its address does.
            self.zone(&name, &zone);
        } else if self.edge(zone.clone(), Edge { to: name.clone(), packet }, |known| &mut known.servers) {
            self.zone(&name, &zone);
        }
        let addresses = self.addresses.get(&name).cloned().unwrap_or_default();
        for (address, _) in addresses {
            self.serve(address, &zone, packet);
        }
    }

    fn zone(&mut self, name: &str, zone: &str) {
        let full = |zones: &Vec<String>| zones.len() >= MAX_EACH || zones.iter().any(|other| other == zone);
        if !self.zones.get(name).is_some_and(full) && self.takes(name.len() + zone.len()) {
            self.zones.entry(name.to_owned()).or_default().push(zone.to_owned());
        }
    }

    fn address(&mut self, name: &str, address: IpAddr, packet: PacketId) {
        // Of other names nobody will ask.
        let Some(zones) = self.zones.get(name).cloned() else { return };
        let full = |known: &Vec<(IpAddr, PacketId)>| {
            known.len() >= MAX_EACH || known.iter().any(|(other, _)| *other == address)
        };
        if !self.addresses.get(name).is_some_and(full) && self.takes(name.len()) {
            self.addresses.entry(name.to_owned()).or_default().push((address, packet));
        }
        for zone in zones {
            self.serve(address, &zone, packet);
        }
    }

    fn serve(&mut self, address: IpAddr, zone: &str, packet: PacketId) {
        let key = (address, zone.to_owned());
        if let Some(said) = self.serves.get_mut(&key) {
            *said = packet.min(*said);
        } else if self.takes(zone.len()) {
            self.serves.insert(key, packet);
        }
    }

    /// Names that a name is an alias of.
    pub fn aliases(&self, name: &str) -> &[Edge] {
        self.aliases.get(name).map_or(&[], Vec::as_slice)
    }

    /// Names of a zone's servers.
    pub fn servers(&self, zone: &str) -> &[Edge] {
        self.servers.get(zone).map_or(&[], Vec::as_slice)
    }

    /// The nearest zone at or above `name` that an address answers for, and the
    /// packet that said so.
    pub fn zone_of(&self, address: IpAddr, name: &str) -> Option<(String, PacketId)> {
        upwards(name).find_map(|zone| {
            let packet = self.serves.get(&(address, zone.to_owned()))?;
            Some((zone.to_owned(), *packet))
        })
    }
}

/// A name and all above it, the root last.
pub(super) fn upwards(name: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(name);
    std::iter::from_fn(move || {
        let name = next?;
        next = above(name);
        Some(name)
    })
}

/// The name one label shorter; none above the root.
pub(super) fn above(name: &str) -> Option<&str> {
    if name == "." || name.is_empty() {
        return None;
    }
    Some(name.split_once('.').map_or(".", |(_, rest)| if rest.is_empty() { "." } else { rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(to: &str, packet: PacketId) -> Edge {
        Edge { to: to.to_owned(), packet }
    }

    #[test]
    fn names_go_up_to_the_root() {
        assert_eq!(upwards("www.kr").collect::<Vec<_>>(), ["www.kr", "kr", "."]);
        assert_eq!(upwards(".").collect::<Vec<_>>(), ["."]);
        assert!(is_at_or_above(".", "kr") && is_at_or_above("kr", "kr") && is_at_or_above("kr", "www.kr"));
        assert!(!is_at_or_above("kr", "ankr") && !is_at_or_above("www.kr", "kr"));
    }

    #[test]
    fn the_first_packet_counts_in_whichever_order_they_are_taken_in() {
        let mut known = Known::default();
        let alias = |known: &mut Known, packet| {
            known.edge("a".to_owned(), edge("b", packet), |known| &mut known.aliases)
        };
        assert!(alias(&mut known, 9) && !alias(&mut known, 4) && !alias(&mut known, 12));
        assert_eq!(known.aliases("a"), [edge("b", 4)]);
    }

    #[test]
    fn addresses_serve_the_zones_of_their_names_whichever_came_first() {
        let mut known = Known::default();
        let address: IpAddr = "192.0.2.4".parse().unwrap();
        known.address("ns.host", address, 1);
        assert_eq!(known.zone_of(address, "www.shop"), None, "no zone has a server of this name yet");
        known.server("host".to_owned(), "ns.host".to_owned(), 2);
        known.address("ns.host", address, 3);
        known.server("shop".to_owned(), "ns.host".to_owned(), 4);
        assert_eq!(known.zone_of(address, "www.shop"), Some(("shop".to_owned(), 4)));
        assert_eq!(known.zone_of(address, "host"), Some(("host".to_owned(), 3)));
        assert_eq!(known.zone_of(address, "other"), None);
    }

    #[test]
    fn takes_no_more_than_its_room() {
        let mut known = Known { room: 3 * (ENTRY + 4), ..Known::default() };
        for number in 0..1000 {
            known.edge(format!("{number:03}"), edge("b", 1), |known| &mut known.aliases);
        }
        assert!(known.is_full && known.aliases.len() == 3, "{}", known.aliases.len());
        let mut known = Known::default();
        for number in 0..1000 {
            known.edge("a".to_owned(), edge(&number.to_string(), 1), |known| &mut known.aliases);
            known.server(format!("z{number}"), "ns".to_owned(), 1);
        }
        assert_eq!((known.aliases("a").len(), known.zones["ns"].len()), (MAX_EACH, MAX_EACH));
    }
}
