//! The interfaces of this machine: what they are called, what they are, whether they are up.
//!
//! Owns the list that a person chooses from. The operating system is asked
//! through pnet; libpcap, where it is built in, adds descriptions and the
//! sources that are no network interface (`any`, `nflog`, `usbmon0`).

use pnet::datalink::NetworkInterface;
use std::net::IpAddr;

/// One place to capture from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// Name, such as `eth0`.
    pub name: String,
    /// The operating system's number; none for a pseudo interface.
    pub index: Option<u32>,
    /// What it is in words, where the system says.
    pub description: Option<String>,
    /// Hardware address.
    pub mac: Option<[u8; 6]>,
    /// Network addresses.
    pub addresses: Vec<InterfaceAddress>,
    /// What state it is in and what it can do.
    pub flags: InterfaceFlags,
    /// No network interface, but something that libpcap captures from.
    pub pseudo: bool,
}

/// An address of an interface and the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// Bits of it that name the network.
    pub prefix: u8,
}

/// The flags that matter to someone who wants to capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterfaceFlags {
    /// Switched on by the administrator.
    pub up: bool,
    /// Up, and its link works.
    pub running: bool,
    /// Leads back to this machine.
    pub loopback: bool,
    /// Can send to groups.
    pub multicast: bool,
    /// Has one other end only.
    pub point_to_point: bool,
    /// Can send to all on the link.
    pub broadcast: bool,
}

/// All that can be captured from, in the system's order, pseudo interfaces last.
pub fn interfaces() -> Vec<InterfaceInfo> {
    #[allow(unused_mut)]
    let mut found: Vec<InterfaceInfo> = pnet::datalink::interfaces().iter().map(described).collect();
    #[cfg(feature = "live")]
    merge(&mut found, pcap::Device::list().unwrap_or_default());
    found
}

fn described(interface: &NetworkInterface) -> InterfaceInfo {
    InterfaceInfo {
        name: interface.name.clone(),
        index: Some(interface.index),
        description: Some(interface.description.clone()).filter(|text| !text.is_empty()),
        mac: interface.mac.map(|mac| mac.octets()).filter(|mac| *mac != [0; 6]),
        addresses: interface
            .ips
            .iter()
            .map(|network| InterfaceAddress { address: network.ip(), prefix: network.prefix() })
            .collect(),
        flags: InterfaceFlags {
            up: interface.is_up(),
            running: interface.is_running(),
            loopback: interface.is_loopback(),
            multicast: interface.is_multicast(),
            point_to_point: interface.is_point_to_point(),
            broadcast: interface.is_broadcast(),
        },
        pseudo: false,
    }
}

/// Adds what only libpcap knows.
#[cfg(feature = "live")]
fn merge(found: &mut Vec<InterfaceInfo>, devices: Vec<pcap::Device>) {
    for device in devices {
        match found.iter_mut().find(|interface| interface.name == device.name) {
            Some(interface) => interface.description = interface.description.take().or(device.desc),
            None => found.push(InterfaceInfo {
                name: device.name,
                description: device.desc,
                flags: InterfaceFlags {
                    up: device.flags.is_up(),
                    running: device.flags.is_running(),
                    loopback: device.flags.is_loopback(),
                    ..InterfaceFlags::default()
                },
                pseudo: true,
                ..InterfaceInfo::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_loopback_with_its_address() {
        let all = interfaces();
        let Some(lo) = all.iter().find(|interface| interface.flags.loopback) else {
            println!("skipped: this machine shows no loopback interface");
            return;
        };
        assert!(lo.index.is_some() && !lo.pseudo);
        let local = lo.addresses.iter().find(|a| a.address.is_ipv4());
        assert!(local.is_none_or(|a| a.address.is_loopback() && a.prefix == 8), "{local:?}");
    }

    #[cfg(feature = "live")]
    #[test]
    fn libpcap_adds_descriptions_and_pseudo_interfaces() {
        let mut found = vec![InterfaceInfo { name: "eth0".into(), index: Some(2), ..Default::default() }];
        let device = |name: &str, desc: &str| {
            let mut device = pcap::Device::from(name);
            device.desc = Some(desc.into());
            device
        };
        merge(&mut found, vec![device("eth0", "the wire"), device("any", "all of them")]);
        assert_eq!(found[0].description.as_deref(), Some("the wire"));
        assert!(!found[0].pseudo);
        assert!(found[1].pseudo && found[1].index.is_none());
    }
}
