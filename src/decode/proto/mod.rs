//! One file a protocol; nothing of a protocol anywhere else.
//!
//! Each file holds the protocol's description, its fields, its bindings and its
//! dissector. A protocol is added by its file, a `mod` line here, a row in the
//! registry and a golden capture.

pub mod ah;
pub mod arcnet;
pub mod arp;
pub mod avs;
pub mod ayiya;
pub mod capwap;
pub mod chdlc;
pub mod data;
pub mod dhcp;
pub mod dns;
pub mod dsa;
pub mod erspan;
pub mod esp;
pub mod etag;
pub mod ethernet;
pub mod fabric_path;
pub mod frame;
pub mod frame_relay;
pub mod geneve;
pub mod gre;
pub mod gtp;
pub mod http;
pub mod http2;
pub mod icmp;
pub mod icmpv6;
pub mod ieee80211;
pub mod ieee8021ad;
pub mod ieee8021ah;
pub mod ipcomp;
pub mod ipv4;
pub mod ipv6;
pub mod juniper;
pub mod lisp;
pub mod llc;
pub mod llmnr;
pub mod macsec;
pub mod mdns;
pub mod mpls;
pub mod nflog;
pub mod nsh;
pub mod ntp;
pub mod null;
pub mod pktap;
pub mod ppi;
pub mod ppp;
pub mod pppoe;
pub mod prism;
pub mod quic;
pub mod radiotap;
pub mod raw;
pub mod slarp;
pub mod slip;
pub mod sll;
pub mod ssdp;
pub mod ssh;
pub mod tcp;
pub mod tftp;
pub mod tls;
pub mod token_ring;
pub mod udp;
pub mod udpencap;
pub mod vjc;
pub mod vlan;
pub mod vxlan;

use super::FieldDef;

/// Big-endian 16-bit number of a header's two bytes.
pub(crate) const fn be16(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}

/// Several lists of fields as one; `N` is the sum of their lengths.
pub(crate) const fn concat<const N: usize>(lists: &[&[&'static FieldDef]]) -> [&'static FieldDef; N] {
    static NONE: FieldDef = FieldDef::group("", "");
    let mut all = [&NONE; N];
    let (mut list, mut to) = (0, 0);
    #[allow(clippy::indexing_slicing)] // At compile time: a wrong length does not build.
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[to] = lists[list][at];
            at += 1;
            to += 1;
        }
        list += 1;
    }
    assert!(to == N, "the lists have another length");
    all
}
