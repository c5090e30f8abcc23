//! Options whose value is a number, an address, a text or a list of one of
//! these: one row each.

use crate::decode::FieldDef;

/// What a plain option's value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One IPv4 address.
    Ip,
    /// One or more IPv4 addresses.
    Ips,
    /// Text, sometimes ended by a zero.
    Text,
    /// A byte.
    U8,
    /// A 16-bit number.
    U16,
    /// One or more 16-bit numbers.
    U16s,
    /// A 32-bit number.
    U32,
    /// A 32-bit number of seconds.
    Secs,
    /// A 32-bit signed number.
    I32,
    /// A byte that is 0 or 1.
    Bool,
}

impl Shape {
    /// Bytes of one value; `None` for text.
    pub(super) const fn size(self) -> Option<usize> {
        match self {
            Shape::Ip | Shape::Ips | Shape::U32 | Shape::Secs | Shape::I32 => Some(4),
            Shape::U16 | Shape::U16s => Some(2),
            Shape::U8 | Shape::Bool => Some(1),
            Shape::Text => None,
        }
    }

    /// Several values may follow each other.
    pub(super) const fn is_list(self) -> bool {
        matches!(self, Shape::Ips | Shape::U16s)
    }
}

static MESSAGE_TYPES: &[(u64, &str)] = &[
    (1, "Discover"),
    (2, "Offer"),
    (3, "Request"),
    (4, "Decline"),
    (5, "ACK"),
    (6, "NAK"),
    (7, "Release"),
    (8, "Inform"),
    (9, "Force Renew"),
    (10, "Lease query"),
    (11, "Lease Unassigned"),
    (12, "Lease Unknown"),
    (13, "Lease Active"),
    (14, "Bulk Lease Query"),
    (15, "Lease Query Done"),
    (16, "Active LeaseQuery"),
    (17, "Lease Query Status"),
    (18, "TLS"),
];
static ARCHITECTURES: &[(u64, &str)] = &[
    (0, "IA x86 PC"),
    (1, "NEC/PC98"),
    (2, "IA64 PC"),
    (3, "DEC Alpha"),
    (4, "ArcX86"),
    (5, "Intel Lean Client"),
    (6, "EFI IA32"),
    (7, "EFI x64"),
    (8, "EFI Xscale"),
    (9, "EFI BC"),
    (10, "ARM 32-bit UEFI"),
    (11, "ARM 64-bit UEFI"),
    (15, "x86 UEFI HTTP"),
    (16, "x64 UEFI HTTP"),
    (18, "ARM 32-bit UEFI HTTP"),
    (19, "ARM 64-bit UEFI HTTP"),
];
pub(super) static SUBNET_MASK: FieldDef = FieldDef::ipv4("dhcp.option.subnet_mask", "Subnet Mask")
    .about("Which bits of the client's address name its subnet. RFC 2132, 3.3.");
pub(super) static TIME_OFFSET: FieldDef = FieldDef::int("dhcp.option.time_offset", "Time Offset", 32)
    .about("Seconds that local time is east of UTC; replaced by options 100 and 101. RFC 2132, 3.4.");
pub(super) static ROUTER: FieldDef = FieldDef::ipv4("dhcp.option.router", "Router")
    .about("Router that leads out of the client's subnet, the preferred one first. RFC 2132, 3.5.");
pub(super) static TIME_SERVER: FieldDef = FieldDef::ipv4("dhcp.option.time_server", "Time Server")
    .about("Server of the old time protocol. RFC 2132, 3.6; RFC 868.");
pub(super) static NAME_SERVER: FieldDef = FieldDef::ipv4("dhcp.option.name_server", "Name Server")
    .about("Server of the name service before DNS. RFC 2132, 3.7; IEN 116.");
pub(super) static DOMAIN_NAME_SERVER: FieldDef =
    FieldDef::ipv4("dhcp.option.domain_name_server", "Domain Name Server")
        .about("Resolver that the client should ask for names, the preferred one first. RFC 2132, 3.8.");
pub(super) static LOG_SERVER: FieldDef = FieldDef::ipv4("dhcp.option.log_server", "Log Server")
    .about("Server that collects log messages. RFC 2132, 3.9.");
pub(super) static LPR_SERVER: FieldDef =
    FieldDef::ipv4("dhcp.option.lpr_server", "LPR Server").about("Server that prints. RFC 2132, 3.11.");
pub(super) static HOSTNAME: FieldDef = FieldDef::text("dhcp.option.hostname", "Host Name")
    .about("Name of the client, its own wish or the server's. RFC 2132, 3.14.");
pub(super) static BOOT_FILE_SIZE: FieldDef =
    FieldDef::uint("dhcp.option.boot_file_size", "Boot File Size", 16)
        .about("Size of the boot file in blocks of 512 bytes. RFC 2132, 3.15.");
pub(super) static DOMAIN_NAME: FieldDef = FieldDef::text("dhcp.option.domain_name", "Domain Name")
    .about("Domain that completes the client's short names. RFC 2132, 3.17.");
pub(super) static SWAP_SERVER: FieldDef = FieldDef::ipv4("dhcp.option.swap_server", "Swap Server")
    .about("Server that holds the client's swap space. RFC 2132, 3.18.");
pub(super) static ROOT_PATH: FieldDef = FieldDef::text("dhcp.option.root_path", "Root Path")
    .about("Path of the client's root file system. RFC 2132, 3.19.");
pub(super) static EXTENSION_PATH: FieldDef = FieldDef::text("dhcp.option.extension_path", "Extensions Path")
    .about("File, fetched by TFTP, that holds further options. RFC 2132, 3.20.");
pub(super) static IP_FORWARDING: FieldDef =
    FieldDef::flag("dhcp.option.ip_forwarding", "IP Forwarding", 8, 1)
        .about("Whether the client should forward packets as a router does. RFC 2132, 4.1.");
pub(super) static NON_LOCAL_SOURCE_ROUTING: FieldDef =
    FieldDef::flag("dhcp.option.non_local_source_routing", "Non-Local Source Routing", 8, 1)
        .about("Whether the client should forward packets with foreign source routes. RFC 2132, 4.2.");
pub(super) static MAX_DATAGRAM: FieldDef =
    FieldDef::uint("dhcp.option.max_datagram_reassembly_size", "Maximum Datagram Reassembly Size", 16)
        .about("Largest datagram that the client should be ready to put together. RFC 2132, 4.4.");
pub(super) static DEFAULT_TTL: FieldDef =
    FieldDef::uint("dhcp.option.default_ip_ttl", "Default IP Time-to-Live", 8)
        .about("Time to live of the packets that the client sends. RFC 2132, 4.5.");
pub(super) static PMTU_AGING: FieldDef =
    FieldDef::uint("dhcp.option.path_mtu_aging_timeout", "Path MTU Aging Timeout", 32)
        .about("Seconds after which a path's discovered packet size is forgotten. RFC 2132, 4.6.");
pub(super) static INTERFACE_MTU: FieldDef = FieldDef::uint("dhcp.option.interface_mtu", "Interface MTU", 16)
    .about("Largest packet for the client's interface. RFC 2132, 5.1.");
pub(super) static ALL_SUBNETS_LOCAL: FieldDef =
    FieldDef::flag("dhcp.option.all_subnets_are_local", "All Subnets are Local", 8, 1)
        .about("Whether all subnets of the network have the same packet size. RFC 2132, 5.2.");
pub(super) static BROADCAST_ADDRESS: FieldDef =
    FieldDef::ipv4("dhcp.option.broadcast_address", "Broadcast Address")
        .about("Address that reaches everybody on the client's subnet. RFC 2132, 5.3.");
pub(super) static MASK_DISCOVERY: FieldDef =
    FieldDef::flag("dhcp.option.perform_mask_discovery", "Perform Mask Discovery", 8, 1)
        .about("Whether the client should find its subnet mask by ICMP. RFC 2132, 5.4.");
pub(super) static MASK_SUPPLIER: FieldDef =
    FieldDef::flag("dhcp.option.mask_supplier", "Mask Supplier", 8, 1)
        .about("Whether the client should answer others' questions for the subnet mask. RFC 2132, 5.5.");
pub(super) static ROUTER_DISCOVER: FieldDef =
    FieldDef::flag("dhcp.option.perform_router_discover", "Perform Router Discover", 8, 1)
        .about("Whether the client should look for routers by ICMP. RFC 2132, 5.6.");
pub(super) static ROUTER_SOLICITATION: FieldDef =
    FieldDef::ipv4("dhcp.option.router_solicitation_address", "Router Solicitation Address")
        .about("Where the client should ask for routers. RFC 2132, 5.7.");
pub(super) static TRAILER_ENCAPSULATION: FieldDef =
    FieldDef::flag("dhcp.option.trailer_encapsulation", "Trailer Encapsulation", 8, 1)
        .about("Whether the client should negotiate trailers with ARP. RFC 2132, 6.1.");
pub(super) static ARP_TIMEOUT: FieldDef =
    FieldDef::uint("dhcp.option.arp_cache_timeout", "ARP Cache Timeout", 32)
        .about("Seconds that the client should keep what ARP told it. RFC 2132, 6.2.");
pub(super) static ETHERNET_ENCAPSULATION: FieldDef =
    FieldDef::flag("dhcp.option.ethernet_encapsulation", "Ethernet Encapsulation", 8, 1)
        .about("Whether to use 802.3 instead of Ethernet II frames. RFC 2132, 6.3.");
pub(super) static TCP_TTL: FieldDef = FieldDef::uint("dhcp.option.tcp_default_ttl", "TCP Default TTL", 8)
    .about("Time to live of the TCP segments that the client sends. RFC 2132, 7.1.");
pub(super) static TCP_KEEPALIVE: FieldDef =
    FieldDef::uint("dhcp.option.tcp_keepalive_interval", "TCP Keepalive Interval", 32)
        .about("Seconds between signs of life on idle TCP connections; 0 for none. RFC 2132, 7.2.");
pub(super) static TCP_GARBAGE: FieldDef =
    FieldDef::flag("dhcp.option.tcp_keepalive_garbage", "TCP Keepalive Garbage", 8, 1)
        .about("Whether signs of life should carry a byte for old receivers. RFC 2132, 7.3.");
pub(super) static NIS_DOMAIN: FieldDef =
    FieldDef::text("dhcp.option.nis_domain", "Network Information Service Domain")
        .about("Domain of the client in the Network Information Service. RFC 2132, 8.1.");
pub(super) static NIS_SERVER: FieldDef =
    FieldDef::ipv4("dhcp.option.nis_server", "Network Information Service Server")
        .about("Server of the Network Information Service. RFC 2132, 8.2.");
pub(super) static NTP_SERVER: FieldDef =
    FieldDef::ipv4("dhcp.option.ntp_server", "Network Time Protocol Server")
        .about("Server that the client can set its clock by. RFC 2132, 8.3.");
pub(super) static NBNS: FieldDef =
    FieldDef::ipv4("dhcp.option.netbios_over_tcpip_name_server", "NetBIOS over TCP/IP Name Server")
        .about("Server of NetBIOS names (WINS). RFC 2132, 8.5.");
pub(super) static NBDD: FieldDef = FieldDef::ipv4(
    "dhcp.option.netbios_over_tcpip_dd_name_server",
    "NetBIOS over TCP/IP Datagram Distribution Name Server",
)
.about("Server that distributes NetBIOS datagrams. RFC 2132, 8.6.");
pub(super) static NB_NODE: FieldDef =
    FieldDef::uint("dhcp.option.netbios_over_tcpip_node_type", "NetBIOS over TCP/IP Node Type", 8)
        .values(&[(1, "B-node"), (2, "P-node"), (4, "M-node"), (8, "H-node")])
        .about("How the client finds NetBIOS names: by broadcast, by a server, or both. RFC 2132, 8.7.");
pub(super) static NB_SCOPE: FieldDef =
    FieldDef::text("dhcp.option.netbios_over_tcpip_scope", "NetBIOS over TCP/IP Scope")
        .about("Separates groups of NetBIOS names from each other. RFC 2132, 8.8.");
pub(super) static XFONT: FieldDef =
    FieldDef::ipv4("dhcp.option.xwindows_system_font_server", "X Window System Font Server")
        .about("Server of fonts for the X Window System. RFC 2132, 8.9.");
pub(super) static XDM: FieldDef =
    FieldDef::ipv4("dhcp.option.xwindows_system_display_manager", "X Window System Display Manager")
        .about("Machine that offers a login for X terminals. RFC 2132, 8.10.");
pub(super) static REQUESTED_IP: FieldDef =
    FieldDef::ipv4("dhcp.option.requested_ip_address", "Requested IP Address")
        .about("Address that the client would like to have. RFC 2132, 9.1.");
pub(super) static LEASE_TIME: FieldDef =
    FieldDef::uint("dhcp.option.ip_address_lease_time", "IP Address Lease Time", 32)
        .about("Seconds that the client may use the address. RFC 2132, 9.2.");
pub(super) static OVERLOAD: FieldDef = FieldDef::uint("dhcp.option.option_overload", "Option Overload", 8)
    .values(&[
        (1, "Boot file name holds options"),
        (2, "Server host name holds options"),
        (3, "Boot file and server host names hold options"),
    ])
    .about("The header's file or server name field holds further options. RFC 2132, 9.3.");
pub(super) static MESSAGE_TYPE: FieldDef = FieldDef::uint("dhcp.option.dhcp", "DHCP", 8)
    .values(MESSAGE_TYPES)
    .about("What this message does in the talk about a lease. RFC 2132, 9.6.");
pub(super) static SERVER_ID: FieldDef =
    FieldDef::ipv4("dhcp.option.dhcp_server_id", "DHCP Server Identifier")
        .about("Address of the server whose offer this is about. RFC 2132, 9.7.");
pub(super) static MESSAGE: FieldDef = FieldDef::text("dhcp.option.message", "Message")
    .about("Words for people: why a server or client refuses. RFC 2132, 9.9.");
pub(super) static MAX_SIZE: FieldDef =
    FieldDef::uint("dhcp.option.dhcp_max_message_size", "Maximum DHCP Message Size", 16)
        .about("Longest message that the sender can take. RFC 2132, 9.10.");
pub(super) static RENEWAL: FieldDef =
    FieldDef::uint("dhcp.option.renewal_time_value", "Renewal Time Value", 32).about(
        "Seconds after which the client asks its own server to prolong the lease (T1). RFC 2132, 9.11.",
    );
pub(super) static REBINDING: FieldDef =
    FieldDef::uint("dhcp.option.rebinding_time_value", "Rebinding Time Value", 32)
        .about("Seconds after which the client asks any server to prolong the lease (T2). RFC 2132, 9.12.");
pub(super) static VENDOR_CLASS: FieldDef =
    FieldDef::text("dhcp.option.vendor_class_id", "Vendor class identifier")
        .about("What the client is: its make, so that the server can answer to measure. RFC 2132, 9.13.");
pub(super) static NISPLUS_DOMAIN: FieldDef =
    FieldDef::text("dhcp.option.nis_plus_domain", "Network Information Service+ Domain")
        .about("Domain of the client in NIS+. RFC 2132, 8.11.");
pub(super) static NISPLUS_SERVER: FieldDef =
    FieldDef::ipv4("dhcp.option.nis_plus_server", "Network Information Service+ Server")
        .about("Server of NIS+. RFC 2132, 8.12.");
pub(super) static TFTP_NAME: FieldDef = FieldDef::text("dhcp.option.tftp_server_name", "TFTP Server Name")
    .about("Server that the boot file is fetched from. RFC 2132, 9.4.");
pub(super) static BOOTFILE_NAME: FieldDef = FieldDef::text("dhcp.option.bootfile_name", "Bootfile name")
    .about("File that the client boots from. RFC 2132, 9.5.");
pub(super) static HOME_AGENT: FieldDef =
    FieldDef::ipv4("dhcp.option.mobile_ip_home_agent", "Mobile IP Home Agent")
        .about("Agent that forwards packets to a client abroad. RFC 2132, 8.13.");
pub(super) static SMTP: FieldDef = FieldDef::ipv4("dhcp.option.smtp_server", "SMTP Server")
    .about("Server that takes outgoing mail. RFC 2132, 8.14.");
pub(super) static POP3: FieldDef = FieldDef::ipv4("dhcp.option.pop3_server", "POP3 Server")
    .about("Server that holds incoming mail. RFC 2132, 8.15.");
pub(super) static NNTP: FieldDef =
    FieldDef::ipv4("dhcp.option.nntp_server", "NNTP Server").about("Server of network news. RFC 2132, 8.16.");
pub(super) static WWW: FieldDef = FieldDef::ipv4("dhcp.option.default_www_server", "Default WWW Server")
    .about("Web server. RFC 2132, 8.17.");
pub(super) static LAST_TRANSACTION: FieldDef =
    FieldDef::uint("dhcp.option.client_last_transaction_time", "Client last transaction time", 32)
        .about("Seconds since the server last heard of the client. RFC 4388, 6.1.");
pub(super) static ASSOCIATED_IP: FieldDef =
    FieldDef::ipv4("dhcp.option.associated_ip_option", "Associated IP option")
        .about("All addresses that the client in question has. RFC 4388, 6.1.");
pub(super) static ARCHITECTURE: FieldDef =
    FieldDef::uint("dhcp.option.client_system_architecture", "Client System Architecture", 16)
        .values(ARCHITECTURES)
        .about("Which kind of machine boots, so that it gets a program that it can run. RFC 4578, 2.1.");
pub(super) static TZ_PCODE: FieldDef =
    FieldDef::text("dhcp.option.tz_pcode", "TZ PCode").about("Time zone as POSIX writes it. RFC 4833, 2.");
pub(super) static TZ_TCODE: FieldDef = FieldDef::text("dhcp.option.tz_tcode", "TZ TCode")
    .about("Time zone by its name in the time zone database. RFC 4833, 2.");
pub(super) static V6ONLY: FieldDef =
    FieldDef::uint("wirepeel.dhcp.option.ipv6_only_wait", "IPv6-Only Preferred", 32)
        .about("Seconds that the client should do without IPv4, since the network has IPv6. RFC 8925, 3.1.");
pub(super) static CAPTIVE_PORTAL: FieldDef = FieldDef::text("dhcp.option.captive_portal", "Captive Portal")
    .about("Where the client learns whether it must log in before it may use the network. RFC 8910, 2.1.");
pub(super) static AUTO_CONFIGURATION: FieldDef =
    FieldDef::uint("dhcp.option.dhcp_auto_configuration", "DHCP Auto-Configuration", 8)
        .values(&[(0, "DoNotAutoConfigure"), (1, "AutoConfigure")])
        .about("Whether a client without a lease may choose a link-local address itself. RFC 2563, 2.");
pub(super) static SUBNET_SELECTION: FieldDef =
    FieldDef::ipv4("dhcp.option.subnet_selection_option", "Subnet Selection Option")
        .about("Subnet that the client wants an address in. RFC 3011, 2.");
pub(super) static PANA: FieldDef = FieldDef::ipv4("dhcp.option.pana_agent", "PAA IPv4 Address")
    .about("Agent that authenticates the client for network access. RFC 5192, 3.");
pub(super) static CAPWAP: FieldDef =
    FieldDef::ipv4("dhcp.option.capwap_access_controller", "CAPWAP Access Controllers")
        .about("Controller that a wireless access point should join. RFC 5417, 2.");
pub(super) static TFTP_ADDRESS: FieldDef =
    FieldDef::ipv4("dhcp.option.tftp_server_address", "TFTP Server Address")
        .about("Server that the boot file is fetched from, by address. RFC 5859, 3.");
pub(super) static MUDURL: FieldDef = FieldDef::text("dhcp.option.mudurl", "MUDURL")
    .about("Where a description of what the device may do on the network lies. RFC 8520, 10.");
pub(super) static PXE_CONFIG: FieldDef =
    FieldDef::text("dhcp.option.pxe_config_file", "PXELINUX configuration file")
        .about("Configuration of the boot loader. RFC 5071, 5.");
pub(super) static PXE_PREFIX: FieldDef =
    FieldDef::text("dhcp.option.pxe_path_prefix", "PXELINUX path prefix")
        .about("Put in front of the boot loader's file names. RFC 5071, 6.");
pub(super) static WPAD: FieldDef =
    FieldDef::text("dhcp.option.private_proxy_autodiscovery", "Private/Proxy autodiscovery")
        .about("Where a browser finds its proxy settings (WPAD); never standardised.");
/// Options whose value is of one plain kind, sorted by code.
pub(super) static PLAIN: &[(u8, Shape, &FieldDef)] = &[
    (1, Shape::Ip, &SUBNET_MASK),
    (2, Shape::I32, &TIME_OFFSET),
    (3, Shape::Ips, &ROUTER),
    (4, Shape::Ips, &TIME_SERVER),
    (5, Shape::Ips, &NAME_SERVER),
    (6, Shape::Ips, &DOMAIN_NAME_SERVER),
    (7, Shape::Ips, &LOG_SERVER),
    (9, Shape::Ips, &LPR_SERVER),
    (12, Shape::Text, &HOSTNAME),
    (13, Shape::U16, &BOOT_FILE_SIZE),
    (15, Shape::Text, &DOMAIN_NAME),
    (16, Shape::Ip, &SWAP_SERVER),
    (17, Shape::Text, &ROOT_PATH),
    (18, Shape::Text, &EXTENSION_PATH),
    (19, Shape::Bool, &IP_FORWARDING),
    (20, Shape::Bool, &NON_LOCAL_SOURCE_ROUTING),
    (22, Shape::U16, &MAX_DATAGRAM),
    (23, Shape::U8, &DEFAULT_TTL),
    (24, Shape::U32, &PMTU_AGING),
    (26, Shape::U16, &INTERFACE_MTU),
    (27, Shape::Bool, &ALL_SUBNETS_LOCAL),
    (28, Shape::Ip, &BROADCAST_ADDRESS),
    (29, Shape::Bool, &MASK_DISCOVERY),
    (30, Shape::Bool, &MASK_SUPPLIER),
    (31, Shape::Bool, &ROUTER_DISCOVER),
    (32, Shape::Ip, &ROUTER_SOLICITATION),
    (34, Shape::Bool, &TRAILER_ENCAPSULATION),
    (35, Shape::U32, &ARP_TIMEOUT),
    (36, Shape::Bool, &ETHERNET_ENCAPSULATION),
    (37, Shape::U8, &TCP_TTL),
    (38, Shape::U32, &TCP_KEEPALIVE),
    (39, Shape::Bool, &TCP_GARBAGE),
    (40, Shape::Text, &NIS_DOMAIN),
    (41, Shape::Ips, &NIS_SERVER),
    (42, Shape::Ips, &NTP_SERVER),
    (44, Shape::Ips, &NBNS),
    (45, Shape::Ips, &NBDD),
    (46, Shape::U8, &NB_NODE),
    (47, Shape::Text, &NB_SCOPE),
    (48, Shape::Ips, &XFONT),
    (49, Shape::Ips, &XDM),
    (50, Shape::Ip, &REQUESTED_IP),
    (51, Shape::Secs, &LEASE_TIME),
    (52, Shape::U8, &OVERLOAD),
    (53, Shape::U8, &MESSAGE_TYPE),
    (54, Shape::Ip, &SERVER_ID),
    (56, Shape::Text, &MESSAGE),
    (57, Shape::U16, &MAX_SIZE),
    (58, Shape::Secs, &RENEWAL),
    (59, Shape::Secs, &REBINDING),
    (60, Shape::Text, &VENDOR_CLASS),
    (64, Shape::Text, &NISPLUS_DOMAIN),
    (65, Shape::Ips, &NISPLUS_SERVER),
    (66, Shape::Text, &TFTP_NAME),
    (67, Shape::Text, &BOOTFILE_NAME),
    (68, Shape::Ips, &HOME_AGENT),
    (69, Shape::Ips, &SMTP),
    (70, Shape::Ips, &POP3),
    (71, Shape::Ips, &NNTP),
    (72, Shape::Ips, &WWW),
    (91, Shape::U32, &LAST_TRANSACTION),
    (92, Shape::Ips, &ASSOCIATED_IP),
    (93, Shape::U16s, &ARCHITECTURE),
    (100, Shape::Text, &TZ_PCODE),
    (101, Shape::Text, &TZ_TCODE),
    (108, Shape::U32, &V6ONLY),
    (114, Shape::Text, &CAPTIVE_PORTAL),
    (116, Shape::U8, &AUTO_CONFIGURATION),
    (118, Shape::Ip, &SUBNET_SELECTION),
    (136, Shape::Ips, &PANA),
    (138, Shape::Ips, &CAPWAP),
    (150, Shape::Ips, &TFTP_ADDRESS),
    (161, Shape::Text, &MUDURL),
    (209, Shape::Text, &PXE_CONFIG),
    (210, Shape::Text, &PXE_PREFIX),
    (252, Shape::Text, &WPAD),
];

/// The fields above.
pub(super) const FIELDS: [&FieldDef; 76] = [
    &SUBNET_MASK,
    &TIME_OFFSET,
    &ROUTER,
    &TIME_SERVER,
    &NAME_SERVER,
    &DOMAIN_NAME_SERVER,
    &LOG_SERVER,
    &LPR_SERVER,
    &HOSTNAME,
    &BOOT_FILE_SIZE,
    &DOMAIN_NAME,
    &SWAP_SERVER,
    &ROOT_PATH,
    &EXTENSION_PATH,
    &IP_FORWARDING,
    &NON_LOCAL_SOURCE_ROUTING,
    &MAX_DATAGRAM,
    &DEFAULT_TTL,
    &PMTU_AGING,
    &INTERFACE_MTU,
    &ALL_SUBNETS_LOCAL,
    &BROADCAST_ADDRESS,
    &MASK_DISCOVERY,
    &MASK_SUPPLIER,
    &ROUTER_DISCOVER,
    &ROUTER_SOLICITATION,
    &TRAILER_ENCAPSULATION,
    &ARP_TIMEOUT,
    &ETHERNET_ENCAPSULATION,
    &TCP_TTL,
    &TCP_KEEPALIVE,
    &TCP_GARBAGE,
    &NIS_DOMAIN,
    &NIS_SERVER,
    &NTP_SERVER,
    &NBNS,
    &NBDD,
    &NB_NODE,
    &NB_SCOPE,
    &XFONT,
    &XDM,
    &REQUESTED_IP,
    &LEASE_TIME,
    &OVERLOAD,
    &MESSAGE_TYPE,
    &SERVER_ID,
    &MESSAGE,
    &MAX_SIZE,
    &RENEWAL,
    &REBINDING,
    &VENDOR_CLASS,
    &NISPLUS_DOMAIN,
    &NISPLUS_SERVER,
    &TFTP_NAME,
    &BOOTFILE_NAME,
    &HOME_AGENT,
    &SMTP,
    &POP3,
    &NNTP,
    &WWW,
    &LAST_TRANSACTION,
    &ASSOCIATED_IP,
    &ARCHITECTURE,
    &TZ_PCODE,
    &TZ_TCODE,
    &V6ONLY,
    &CAPTIVE_PORTAL,
    &AUTO_CONFIGURATION,
    &SUBNET_SELECTION,
    &PANA,
    &CAPWAP,
    &TFTP_ADDRESS,
    &MUDURL,
    &PXE_CONFIG,
    &PXE_PREFIX,
    &WPAD,
];
