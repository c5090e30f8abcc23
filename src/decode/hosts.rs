//! Names of hosts beside the addresses of an internet header: as fields, for the
//! tree and for filters.
//!
//! Owns how they are told. Knows nothing of how names are learnt: whoever peels
//! a packet brings those that were known when it came.

use super::field::{FieldDef, Value};
use super::packet::Packet;
use super::sink::Sink;
use std::fmt::{Debug, Write as _};
use std::net::IpAddr;

/// A name and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    /// The name, raw.
    pub name: String,
    /// What told it, in words.
    pub told_by: String,
}

/// Names that were known when a packet came.
pub trait Hosts: Debug {
    /// The name of `address` for those who see it speak with `peer`.
    fn name(&self, address: IpAddr, peer: IpAddr) -> Option<HostName>;
}

const ABOUT: &str = "Name of this address as the capture itself tells it up to this packet: by an answer of DNS, a TLS hello, DHCP, or \
                     a list in the file. Not sent here. Without such a name the field is not there.";

/// Name of a field of either end.
pub const fn either(name: &'static str) -> FieldDef {
    FieldDef::text(name, "Source or Destination Host").about(ABOUT)
}

/// Name of a field of one end, which is also that of either.
pub const fn one(name: &'static str, label: &'static str, either: &'static [&'static FieldDef]) -> FieldDef {
    FieldDef::text(name, label).also(either).about(ABOUT)
}

/// Whether a field is told only where names are brought along.
pub fn is_name(def: &FieldDef) -> bool {
    matches!(
        def.name,
        "ip.host" | "ip.src_host" | "ip.dst_host" | "ipv6.host" | "ipv6.src_host" | "ipv6.dst_host"
    )
}

/// Tells the names of both ends of a header, where they are known.
pub fn tell<S: Sink>(packet: &mut Packet<'_, S>, fields: [&'static FieldDef; 2], src: IpAddr, dst: IpAddr) {
    if !S::DETAIL {
        return;
    }
    let Some(hosts) = packet.frame().hosts else { return };
    for (def, address, peer) in [(fields[0], src, dst), (fields[1], dst, src)] {
        if let Some(HostName { name, told_by }) = hosts.name(address, peer) {
            packet.generated(def, Value::Bytes(name.as_bytes()));
            packet.label(|text| {
                let _ = write!(text, "{} ({told_by})", crate::base::safe(&name));
            });
        }
    }
}
