//! Link types: what the first byte of a packet belongs to.

use std::fmt;

/// A LINKTYPE number as pcap and pcapng headers hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a 32-bit address family in the writer's byte order.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet, without preamble and usually without check sequence.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without HDLC framing.
    pub const PPP: LinkType = LinkType(9);
    /// PPP in HDLC-like framing (RFC 1662).
    pub const PPP_HDLC: LinkType = LinkType(50);
    /// Raw IPv4 or IPv6.
    pub const RAW: LinkType = LinkType(101);
    /// OpenBSD loopback: a 32-bit address family in network byte order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);

    /// The registered name without `LINKTYPE_`, such as `ETHERNET`.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.1)
    }

    /// The name in plain words, such as `Linux cooked v1`.
    pub fn description(self) -> Option<&'static str> {
        self.row().map(|row| row.2)
    }

    fn row(self) -> Option<&'static (u16, &'static str, &'static str)> {
        let at = NAMES.binary_search_by_key(&self.0, |row| row.0).ok()?;
        NAMES.get(at)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "LINKTYPE {}", self.0),
        }
    }
}

/// Number, name, words; sorted by number (the tcpdump group's registry).
#[rustfmt::skip]
static NAMES: &[(u16, &str, &str)] = &[
    (0, "NULL", "BSD loopback"),
    (1, "ETHERNET", "Ethernet"),
    (3, "AX25", "AX.25"),
    (6, "IEEE802_5", "Token Ring"),
    (7, "ARCNET_BSD", "ARCNET (BSD)"),
    (8, "SLIP", "SLIP"),
    (9, "PPP", "PPP"),
    (10, "FDDI", "FDDI"),
    (12, "RAW12", "Raw IP"),
    (14, "RAW14", "Raw IP"),
    (50, "PPP_HDLC", "PPP in HDLC framing"),
    (51, "PPP_ETHER", "PPPoE"),
    (99, "SYMANTEC_FIREWALL", "Symantec firewall"),
    (100, "ATM_RFC1483", "ATM RFC 1483"),
    (101, "RAW", "Raw IP"),
    (104, "C_HDLC", "Cisco HDLC"),
    (105, "IEEE802_11", "802.11"),
    (106, "ATM_CLIP", "Classical IP over ATM"),
    (107, "FRELAY", "Frame Relay"),
    (108, "LOOP", "OpenBSD loopback"),
    (109, "ENC", "OpenBSD IPsec"),
    (113, "LINUX_SLL", "Linux cooked v1"),
    (114, "LTALK", "LocalTalk"),
    (117, "PFLOG", "OpenBSD packet filter log"),
    (119, "IEEE802_11_PRISM", "802.11 with Prism header"),
    (122, "IP_OVER_FC", "IP over Fibre Channel"),
    (123, "SUNATM", "SunATM"),
    (127, "IEEE802_11_RADIOTAP", "802.11 with radiotap"),
    (129, "ARCNET_LINUX", "ARCNET (Linux)"),
    (137, "JUNIPER_ATM1", "Juniper ATM1"),
    (138, "APPLE_IP_OVER_IEEE1394", "IP over FireWire"),
    (140, "MTP2", "SS7 MTP2"),
    (141, "MTP3", "SS7 MTP3"),
    (142, "SCCP", "SS7 SCCP"),
    (143, "DOCSIS", "DOCSIS"),
    (144, "LINUX_IRDA", "Linux IrDA"),
    (147, "USER0", "User 0"),
    (148, "USER1", "User 1"),
    (149, "USER2", "User 2"),
    (150, "USER3", "User 3"),
    (151, "USER4", "User 4"),
    (152, "USER5", "User 5"),
    (153, "USER6", "User 6"),
    (154, "USER7", "User 7"),
    (155, "USER8", "User 8"),
    (156, "USER9", "User 9"),
    (157, "USER10", "User 10"),
    (158, "USER11", "User 11"),
    (159, "USER12", "User 12"),
    (160, "USER13", "User 13"),
    (161, "USER14", "User 14"),
    (162, "USER15", "User 15"),
    (163, "IEEE802_11_AVS", "802.11 with AVS header"),
    (165, "BACNET_MS_TP", "BACnet MS/TP"),
    (166, "PPP_PPPD", "PPP with direction"),
    (169, "GPRS_LLC", "GPRS LLC"),
    (178, "JUNIPER_ETHER", "Juniper Ethernet"),
    (182, "MFR", "Multi-link Frame Relay"),
    (187, "BLUETOOTH_HCI_H4", "Bluetooth HCI"),
    (189, "USB_LINUX", "USB (Linux)"),
    (192, "PPI", "Per-packet information"),
    (195, "IEEE802_15_4_WITHFCS", "802.15.4 with FCS"),
    (196, "SITA", "SITA"),
    (197, "ERF", "Endace ERF"),
    (201, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI with direction"),
    (203, "LAPD", "LAPD"),
    (204, "PPP_WITH_DIR", "PPP with direction"),
    (205, "C_HDLC_WITH_DIR", "Cisco HDLC with direction"),
    (206, "FRELAY_WITH_DIR", "Frame Relay with direction"),
    (209, "IPMB_LINUX", "IPMB"),
    (215, "IEEE802_15_4_NONASK_PHY", "802.15.4 with PHY header"),
    (220, "USB_LINUX_MMAPPED", "USB (Linux, mmapped)"),
    (224, "FC_2", "Fibre Channel FC-2"),
    (226, "IPNET", "Solaris ipnet"),
    (227, "CAN_SOCKETCAN", "CAN (SocketCAN)"),
    (228, "IPV4", "Raw IPv4"),
    (229, "IPV6", "Raw IPv6"),
    (230, "IEEE802_15_4_NOFCS", "802.15.4 without FCS"),
    (231, "DBUS", "D-Bus"),
    (235, "DVB_CI", "DVB common interface"),
    (236, "MUX27010", "27.010 multiplexing"),
    (237, "STANAG_5066_D_PDU", "STANAG 5066"),
    (239, "NFLOG", "Linux netfilter log"),
    (240, "NETANALYZER", "netANALYZER"),
    (242, "IPOIB", "IP over InfiniBand"),
    (243, "MPEG_2_TS", "MPEG-2 transport stream"),
    (245, "NFC_LLCP", "NFC LLCP"),
    (247, "INFINIBAND", "InfiniBand"),
    (248, "SCTP", "SCTP"),
    (249, "USBPCAP", "USB (USBPcap)"),
    (250, "RTAC_SERIAL", "RTAC serial"),
    (251, "BLUETOOTH_LE_LL", "Bluetooth LE"),
    (253, "NETLINK", "Linux netlink"),
    (254, "BLUETOOTH_LINUX_MONITOR", "Bluetooth Linux monitor"),
    (255, "BLUETOOTH_BREDR_BB", "Bluetooth BR/EDR baseband"),
    (256, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth LE with PHY header"),
    (257, "PROFIBUS_DL", "PROFIBUS"),
    (258, "PKTAP", "Apple PKTAP"),
    (259, "EPON", "EPON"),
    (264, "ISO_14443", "ISO 14443"),
    (265, "RDS", "RDS"),
    (266, "USB_DARWIN", "USB (Darwin)"),
    (268, "SDLC", "SDLC"),
    (270, "LORATAP", "LoRaTap"),
    (271, "VSOCK", "Linux vsock"),
    (272, "NORDIC_BLE", "Nordic BLE sniffer"),
    (273, "DOCSIS31_XRA31", "DOCSIS 3.1 XRA31"),
    (274, "ETHERNET_MPACKET", "Ethernet mPacket"),
    (275, "DISPLAYPORT_AUX", "DisplayPort AUX"),
    (276, "LINUX_SLL2", "Linux cooked v2"),
    (278, "OPENVIZSLA", "OpenVizsla"),
    (279, "EBHSCR", "Elektrobit EBHSCR"),
    (280, "VPP_DISPATCH", "VPP graph dispatch"),
    (281, "DSA_TAG_BRCM", "Broadcom switch tag"),
    (282, "DSA_TAG_BRCM_PREPEND", "Broadcom switch tag, prepended"),
    (283, "IEEE802_15_4_TAP", "802.15.4 TAP"),
    (284, "DSA_TAG_DSA", "Marvell switch tag"),
    (285, "DSA_TAG_EDSA", "Marvell extended switch tag"),
    (286, "ELEE", "ELEE"),
    (287, "Z_WAVE_SERIAL", "Z-Wave serial"),
    (288, "USB_2_0", "USB 2.0"),
    (289, "ATSC_ALP", "ATSC ALP"),
    (290, "ETW", "Event Tracing for Windows"),
    (292, "ZBOSS_NCP", "ZBOSS NCP"),
    (293, "USB_2_0_LOW_SPEED", "USB 2.0 low speed"),
    (294, "USB_2_0_FULL_SPEED", "USB 2.0 full speed"),
    (295, "USB_2_0_HIGH_SPEED", "USB 2.0 high speed"),
    (296, "AUERSWALD_LOG", "Auerswald log"),
    (297, "ZWAVE_TAP", "Z-Wave TAP"),
    (298, "SILABS_DEBUG_CHANNEL", "Silicon Labs debug channel"),
    (299, "FIRA_UCI", "FiRa UCI"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        assert!(NAMES.is_sorted_by_key(|row| row.0));
        assert_eq!(LinkType::LINUX_SLL2.to_string(), "LINUX_SLL2");
        assert_eq!(LinkType(65000).to_string(), "LINKTYPE 65000");
    }
}
