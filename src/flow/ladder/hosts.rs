//! The hosts of a ladder: who stands where.
//!
//! Owns which addresses are one host. A host without an address yet (DHCP) is
//! the one that uses the same port later; a broadcast goes to everybody. A host
//! that speaks with itself stands in two places: what asks, and what serves it.

use crate::decode::FlowKey;
use crate::flow::Side;
use std::net::IpAddr;

/// Hosts with a place of their own; all further ones share the last place.
const MOST: usize = 64;

/// A place across, or everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The host with this number.
    Host(u16),
    /// All hosts: a broadcast or a multicast.
    All,
}

/// A host, as far as the ladder knows it.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its addresses, the first seen first.
    pub addresses: Vec<IpAddr>,
    /// Its port, where it uses one only.
    pub port: Option<u16>,
    /// It stands for what serves its own host.
    serves_itself: bool,
    /// Its port where it had no address.
    nameless: Option<u16>,
    ports: u8,
}

#[derive(Debug, Default)]
pub(super) struct Hosts {
    list: Vec<Host>,
}

fn is_for_all(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_broadcast() || v4.is_multicast(),
        IpAddr::V6(v6) => v6.is_multicast(),
    }
}

impl Hosts {
    pub fn all(&self) -> &[Host] {
        &self.list
    }

    /// The address that stands for a host that has had several.
    pub fn first_address(&self, lane: Lane, address: IpAddr) -> IpAddr {
        let host = match lane {
            // The last place is shared.
            Lane::Host(at) if usize::from(at) + 1 < MOST => self.list.get(usize::from(at)),
            _ => None,
        };
        host.and_then(|host| host.addresses.first()).copied().unwrap_or(address)
    }

    /// The places of a flow's ends; the client is met first.
    pub fn lanes(&mut self, key: &FlowKey, server: Side) -> [Lane; 2] {
        let ports = !matches!(key.protocol, 1 | 58);
        let a = (key.source(), ports.then_some(key.src_port));
        let b = (key.destination(), ports.then_some(key.dst_port));
        let itself = ports && a.0 == b.0;
        if server == Side::A && !is_for_all(a.0) && !is_for_all(b.0) {
            let b = self.lane(b, false);
            [self.lane(a, itself), b]
        } else {
            let a = self.lane(a, false);
            [a, self.lane(b, itself)]
        }
    }

    fn lane(&mut self, (address, port): (IpAddr, Option<u16>), serves_itself: bool) -> Lane {
        if is_for_all(address) {
            return Lane::All;
        }
        let is_it = |host: &Host| host.serves_itself == serves_itself && host.addresses.contains(&address);
        let known = self.list.iter().position(is_it);
        // The host that asked for an address has got one.
        let named = || {
            let nameless = |host: &Host| host.nameless.is_some() && host.nameless == port;
            self.list.iter().position(|host| nameless(host) && host.addresses.len() == 1)
        };
        let at = known.or_else(named).unwrap_or_else(|| {
            self.list.push(Host { serves_itself, ..Host::default() });
            self.list.len().min(MOST) - 1
        });
        self.list.truncate(MOST);
        if let Some(host) = self.list.get_mut(at) {
            if !host.addresses.contains(&address) && host.addresses.len() < MOST {
                host.addresses.push(address);
            }
            if address.is_unspecified() {
                host.nameless = port;
            }
            if host.ports == 0 || host.port != port {
                host.ports = host.ports.saturating_add(1);
            }
            host.port = if host.ports == 1 { port } else { None };
        }
        Lane::Host(at as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::TCP;

    /// Else the arrows of a capture on the loopback interface would lead nowhere, and the
    /// calls of client and server stand on one side.
    #[test]
    fn a_host_that_speaks_with_itself_has_two_places() {
        let mut hosts = Hosts::default();
        let key = |src, dst, src_port, dst_port| FlowKey {
            src: [src; 16],
            dst: [dst; 16],
            src_port,
            dst_port,
            protocol: TCP,
            v6: false,
        };
        let [client, server] = [Lane::Host(0), Lane::Host(1)];
        assert_eq!(hosts.lanes(&key(7, 7, 40_000, 80), Side::B), [client, server]);
        assert_eq!(hosts.lanes(&key(7, 7, 80, 40_001), Side::A), [server, client]);
        assert_eq!(hosts.lanes(&key(7, 9, 40_002, 80), Side::B), [client, Lane::Host(2)]);
        let ports: Vec<_> = hosts.all().iter().map(|host| host.port).collect();
        assert_eq!(ports, [None, Some(80), Some(80)]);
    }
}
