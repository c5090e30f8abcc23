//! Names in place of addresses, where the capture itself has them.

use crate::base::safe;
use crate::decode::Endpoint;
use crate::session::Shared;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Writes an endpoint: its name where `named` and the capture has one, else
/// its address; nothing where it is not known.
pub(super) fn endpoint(out: &mut String, session: &Shared, end: Endpoint, named: bool) {
    let address = match end {
        Endpoint::None => return,
        Endpoint::Mac(mac) => {
            for (at, byte) in mac.iter().enumerate() {
                let _ = write!(out, "{}{byte:02x}", if at == 0 { "" } else { ":" });
            }
            return;
        }
        Endpoint::V4(octets) => IpAddr::V4(Ipv4Addr::from(octets)),
        Endpoint::V6(octets) => IpAddr::V6(Ipv6Addr::from(octets)),
    };
    if named && let Some(name) = session.meta().names.get(&address) {
        out.push_str(&safe(name));
        return;
    }
    let _ = write!(out, "{address}");
}
