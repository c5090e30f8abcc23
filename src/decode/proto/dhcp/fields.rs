//! The fields of the options that are more than one plain value, and the names
//! of options.

use crate::decode::FieldDef;

pub(super) static NAMES: &[(u64, &str)] = &[
    (0, "Padding"),
    (1, "Subnet Mask"),
    (2, "Time Offset"),
    (3, "Router"),
    (4, "Time Server"),
    (5, "Name Server"),
    (6, "Domain Name Server"),
    (7, "Log Server"),
    (8, "Quotes Server"),
    (9, "LPR Server"),
    (10, "Impress Server"),
    (11, "Resource Location Server"),
    (12, "Host Name"),
    (13, "Boot File Size"),
    (14, "Merit Dump File"),
    (15, "Domain Name"),
    (16, "Swap Server"),
    (17, "Root Path"),
    (18, "Extensions Path"),
    (19, "IP Forwarding"),
    (20, "Non-Local Source Routing"),
    (21, "Policy Filter"),
    (22, "Maximum Datagram Reassembly Size"),
    (23, "Default IP Time-to-Live"),
    (24, "Path MTU Aging Timeout"),
    (25, "Path MTU Plateau Table"),
    (26, "Interface MTU"),
    (27, "All Subnets are Local"),
    (28, "Broadcast Address"),
    (29, "Perform Mask Discovery"),
    (30, "Mask Supplier"),
    (31, "Perform Router Discover"),
    (32, "Router Solicitation Address"),
    (33, "Static Route"),
    (34, "Trailer Encapsulation"),
    (35, "ARP Cache Timeout"),
    (36, "Ethernet Encapsulation"),
    (37, "TCP Default TTL"),
    (38, "TCP Keepalive Interval"),
    (39, "TCP Keepalive Garbage"),
    (40, "Network Information Service Domain"),
    (41, "Network Information Service Servers"),
    (42, "Network Time Protocol Servers"),
    (43, "Vendor-Specific Information"),
    (44, "NetBIOS over TCP/IP Name Server"),
    (45, "NetBIOS over TCP/IP Datagram Distribution Name Server"),
    (46, "NetBIOS over TCP/IP Node Type"),
    (47, "NetBIOS over TCP/IP Scope"),
    (48, "X Window System Font Server"),
    (49, "X Window System Display Manager"),
    (50, "Requested IP Address"),
    (51, "IP Address Lease Time"),
    (52, "Option Overload"),
    (53, "DHCP Message Type"),
    (54, "DHCP Server Identifier"),
    (55, "Parameter Request List"),
    (56, "Message"),
    (57, "Maximum DHCP Message Size"),
    (58, "Renewal Time Value"),
    (59, "Rebinding Time Value"),
    (60, "Vendor class identifier"),
    (61, "Client identifier"),
    (62, "Novell/Netware IP domain"),
    (63, "Novell Options"),
    (64, "Network Information Service+ Domain"),
    (65, "Network Information Service+ Servers"),
    (66, "TFTP Server Name"),
    (67, "Bootfile name"),
    (68, "Mobile IP Home Agent"),
    (69, "SMTP Server"),
    (70, "POP3 Server"),
    (71, "NNTP Server"),
    (72, "Default WWW Server"),
    (73, "Default Finger Server"),
    (74, "Default IRC Server"),
    (75, "StreetTalk Server"),
    (76, "StreetTalk Directory Assistance Server"),
    (77, "User Class Information"),
    (78, "Directory Agent Information"),
    (79, "Service Location Agent Scope"),
    (80, "Rapid commit"),
    (81, "Client Fully Qualified Domain Name"),
    (82, "Agent Information Option"),
    (83, "iSNS"),
    (85, "Novell Directory Services Servers"),
    (86, "Novell Directory Services Tree Name"),
    (87, "Novell Directory Services Context"),
    (88, "BCMCS Controller Domain Name"),
    (89, "BCMCS Controller IPv4 address"),
    (90, "Authentication"),
    (91, "Client last transaction time"),
    (92, "Associated IP option"),
    (93, "Client System Architecture"),
    (94, "Client Network Device Interface"),
    (95, "LDAP Servers"),
    (97, "UUID/GUID-based Client Identifier"),
    (98, "Open Group's User Authentication"),
    (99, "Civic Addresses Configuration"),
    (100, "PCode"),
    (101, "TCode"),
    (108, "IPv6-Only Preferred"),
    (112, "NetInfo Parent Server Address"),
    (113, "NetInfo Parent Server Tag"),
    (114, "DHCP Captive-Portal"),
    (116, "DHCP Auto-Configuration"),
    (117, "Name Service Search"),
    (118, "Subnet Selection Option"),
    (119, "Domain Search"),
    (120, "SIP Servers"),
    (121, "Classless Static Route"),
    (122, "CableLabs Client Configuration"),
    (123, "Coordinate-based Location Configuration"),
    (124, "V-I Vendor Class"),
    (125, "V-I Vendor-specific Information"),
    (136, "OPTION_PANA_AGENT"),
    (137, "LoST Server Domain Name"),
    (138, "CAPWAP Access Controllers"),
    (141, "SIP UA Configuration Service Domains"),
    (145, "Forcerenew Nonce Capable"),
    (146, "RDNSS Selection"),
    (150, "TFTP Server Address"),
    (151, "Status Code"),
    (152, "Base Time"),
    (153, "Start Time of State"),
    (154, "Query Start Time"),
    (155, "Query End Time"),
    (156, "DHCP State"),
    (157, "Data Source"),
    (158, "PCP Server"),
    (159, "Portparams"),
    (161, "Manufacturer Usage Description"),
    (208, "PXELINUX Magic"),
    (209, "PXELINUX configuration file"),
    (210, "PXELINUX path prefix"),
    (211, "Reboot Time"),
    (212, "6RD"),
    (213, "V4 Access Domain"),
    (220, "Subnet Allocation"),
    (221, "Virtual Subnet Selection"),
    (249, "Private/Classless Static Route (Microsoft)"),
    (252, "Private/Proxy autodiscovery"),
    (255, "End"),
];
pub(super) static SUBOPTIONS: &[(u64, &str)] = &[
    (1, "Agent Circuit ID"),
    (2, "Agent Remote ID"),
    (4, "DOCSIS Device Class"),
    (5, "Link selection"),
    (6, "Subscriber ID"),
    (7, "RADIUS Attributes"),
    (8, "Authentication"),
    (9, "Vendor-Specific Information"),
    (10, "Flags"),
    (11, "Server ID Override"),
    (12, "Relay Agent Identifier"),
    (13, "Access Technology Type"),
    (14, "Access Network Name"),
    (15, "Access Point Name"),
    (16, "Access Point BSSID"),
    (17, "Access Network Operator ID"),
    (18, "Access Network Operator Realm"),
    (19, "Source Port"),
    (150, "Link selection (Cisco proprietary)"),
    (151, "VRF name/VPN ID"),
    (152, "Server ID Override (Cisco proprietary)"),
];

pub(super) static TYPE: FieldDef = FieldDef::uint("dhcp.option.type", "Option", 8)
    .values(NAMES)
    .about("Which option this is. RFC 2132, 2; IANA BOOTP vendor extensions.");
pub(super) static LENGTH: FieldDef =
    FieldDef::uint("dhcp.option.length", "Length", 8).about("Bytes of the option's value. RFC 2132, 2.");
pub(super) static VALUE: FieldDef = FieldDef::bytes("dhcp.option.value", "Value")
    .about("Value of an option that is not taken apart further. RFC 2132, 2.");
pub(super) static PADDING: FieldDef = FieldDef::bytes("dhcp.option.padding", "Padding")
    .about("Bytes without meaning that fill the message up. RFC 2132, 3.1.");
pub(super) static END: FieldDef =
    FieldDef::uint("dhcp.option.end", "Option End", 8).about("Ends the list of options. RFC 2132, 3.2.");
pub(super) static REQUEST_ITEM: FieldDef =
    FieldDef::uint("dhcp.option.request_list_item", "Parameter Request List Item", 8)
        .values(NAMES)
        .about("An option that the client would like to have in the answer. RFC 2132, 9.8.");
pub(super) static POLICY_IP: FieldDef = FieldDef::ipv4("dhcp.option.policy_filter.ip", "IP Address")
    .about("Destination to which source routes are allowed. RFC 2132, 4.3.");
pub(super) static POLICY_MASK: FieldDef =
    FieldDef::ipv4("dhcp.option.policy_filter.subnet_mask", "Subnet Mask")
        .about("Mask of the destination to which source routes are allowed. RFC 2132, 4.3.");
pub(super) static ROUTE_IP: FieldDef =
    FieldDef::ipv4("dhcp.option.static_route.ip", "Destination IP Address")
        .about("Destination of a route that the client should take up. RFC 2132, 5.8.");
pub(super) static ROUTE_ROUTER: FieldDef =
    FieldDef::ipv4("dhcp.option.static_route.router", "Destination Router")
        .about("Router that leads to the destination. RFC 2132, 5.8.");
pub(super) static CLASSLESS: FieldDef =
    FieldDef::bytes("dhcp.option.classless_static_route", "Subnet/MaskWidth-Router")
        .about("A route for the client: destination, its mask width, and the router to it. RFC 3442.");
pub(super) static HW_TYPE: FieldDef = FieldDef::uint("dhcp.hw.type", "Hardware type", 8)
    .hex()
    .values(super::HARDWARE)
    .about("Kind of the hardware address that identifies the client. RFC 2132, 9.14.");
pub(super) static CLIENT_MAC: FieldDef = FieldDef::mac("dhcp.hw.mac_addr", "Client MAC address")
    .about("Hardware address that identifies the client. RFC 2132, 9.14.");
pub(super) static CLIENT_ID_TYPE: FieldDef = FieldDef::uint("dhcp.client_id.type", "Type", 8)
    .about("How the client's identifier is made: 0 free form, 255 by RFC 4361. RFC 2132, 9.14.");
pub(super) static CLIENT_ID_UNDEF: FieldDef = FieldDef::text("dhcp.client_id.undef", "Client Identifier")
    .about("Text that identifies the client to the server. RFC 2132, 9.14.");
pub(super) static CLIENT_ID: FieldDef = FieldDef::bytes("dhcp.client_id", "Identifier")
    .about("Bytes that identify the client to the server. RFC 2132, 9.14.");
pub(super) static IAID: FieldDef = FieldDef::bytes("dhcp.client_id.iaid", "IAID")
    .about("Tells the interfaces of one client apart. RFC 4361, 6.1; RFC 8415, 12.");
pub(super) static DUID_TYPE: FieldDef = FieldDef::uint("dhcp.client_id.duid_type", "DUID Type", 16)
    .values(&[
        (1, "link-layer address plus time"),
        (2, "assigned by vendor based on Enterprise number"),
        (3, "link-layer address"),
        (4, "UUID"),
    ])
    .about("What the client's lasting identifier is made from. RFC 8415, 11.");
pub(super) static UUID: FieldDef = FieldDef::bytes("dhcp.client_id.uuid", "Client Identifier (UUID)")
    .about("Number that the machine's firmware carries for ever. RFC 4578, 2.3.");
pub(super) static NETWORK_MAJOR: FieldDef =
    FieldDef::uint("dhcp.client_network_id_major", "Major Version", 8)
        .about("Version of the firmware's network interface (UNDI). RFC 4578, 2.2.");
pub(super) static NETWORK_MINOR: FieldDef =
    FieldDef::uint("dhcp.client_network_id_minor", "Minor Version", 8)
        .about("Minor version of the firmware's network interface (UNDI). RFC 4578, 2.2.");
pub(super) static USER_LENGTH: FieldDef =
    FieldDef::uint("dhcp.option.user_class.length", "User Class Length", 8)
        .about("Bytes of this class. RFC 3004, 4.");
pub(super) static USER_DATA: FieldDef = FieldDef::bytes("dhcp.option.user_class.data", "User Class Data")
    .about("A class that the client's user put it in. RFC 3004, 4.");
pub(super) static FQDN_FLAGS: FieldDef = FieldDef::uint("dhcp.fqdn.flags", "Flags", 8)
    .hex()
    .about("Who should write the client's name into DNS, and how. RFC 4702, 2.1.");
pub(super) static FQDN_MBZ: FieldDef = FieldDef::uint("dhcp.fqdn.mbz", "Reserved flags", 8)
    .hex()
    .mask(0xf0)
    .about("Must be zero. RFC 4702, 2.1.");
pub(super) static FQDN_N: FieldDef = FieldDef::flag("dhcp.fqdn.n", "Server DDNS", 8, 0x08)
    .about("The server should not write anything into DNS. RFC 4702, 2.1.");
pub(super) static FQDN_E: FieldDef = FieldDef::flag("dhcp.fqdn.e", "Encoding", 8, 0x04)
    .values(&[(0, "ASCII encoding"), (1, "Binary encoding")])
    .about("How the name is written: as DNS does, or as ASCII text. RFC 4702, 2.1.");
pub(super) static FQDN_O: FieldDef = FieldDef::flag("dhcp.fqdn.o", "Server overrides", 8, 0x02)
    .about("The server did otherwise than the client wished. RFC 4702, 2.1.");
pub(super) static FQDN_S: FieldDef = FieldDef::flag("dhcp.fqdn.s", "Server", 8, 0x01)
    .values(&[(0, "Client"), (1, "Server")])
    .about("Who writes the address record into DNS. RFC 4702, 2.1.");
pub(super) static FQDN_RCODE1: FieldDef = FieldDef::uint("dhcp.fqdn.rcode1", "A-RR result", 8)
    .about("Outdated: outcome of the address record's update. RFC 4702, 2.2.");
pub(super) static FQDN_RCODE2: FieldDef = FieldDef::uint("dhcp.fqdn.rcode2", "PTR-RR result", 8)
    .about("Outdated: outcome of the reverse record's update. RFC 4702, 2.2.");
pub(super) static FQDN_NAME: FieldDef =
    FieldDef::text("dhcp.fqdn.name", "Client name").about("Full name of the client in DNS. RFC 4702, 2.3.");
pub(super) static SEARCH: FieldDef = FieldDef::text("dhcp.option.dhcp_dns_domain_search_list_fqdn", "FQDN")
    .about("Domain in which the client looks for short names. RFC 3397, 2.");
pub(super) static SIP_ENCODING: FieldDef =
    FieldDef::uint("dhcp.option.sip_server.encoding", "SIP Server Encoding", 8)
        .values(&[(0, "Fully Qualified Domain Name"), (1, "IPv4 Address")])
        .about("Whether the SIP servers are given by name or by address. RFC 3361, 3.");
pub(super) static SIP_NAME: FieldDef = FieldDef::text("dhcp.option.sip_server.name", "SIP Server Name")
    .about("Outbound proxy of the client's telephone. RFC 3361, 3.1.");
pub(super) static SIP_ADDRESS: FieldDef =
    FieldDef::ipv4("dhcp.option.sip_server.address", "SIP Server Address")
        .about("Outbound proxy of the client's telephone. RFC 3361, 3.2.");
pub(super) static RELAY_TYPE: FieldDef =
    FieldDef::uint("dhcp.option.agent_information_option.suboption", "Option 82 Suboption", 8)
        .values(SUBOPTIONS)
        .about("What the relay agent says here about where the client is. RFC 3046, 3.");
pub(super) static RELAY_LENGTH: FieldDef = FieldDef::uint("dhcp.option.suboption_length", "Length", 8)
    .about("Bytes of the suboption's value. RFC 3046, 2.");
pub(super) static RELAY_VALUE: FieldDef =
    FieldDef::bytes("dhcp.option.agent_information_option.value", "Value")
        .about("Value of a suboption that is not taken apart further. RFC 3046, 2.");
pub(super) static CIRCUIT: FieldDef =
    FieldDef::bytes("dhcp.option.agent_information_option.agent_circuit_id", "Agent Circuit ID")
        .about("Port of the relay agent that the client is on. RFC 3046, 3.1.");
pub(super) static REMOTE: FieldDef =
    FieldDef::bytes("dhcp.option.agent_information_option.agent_remote_id", "Agent Remote ID")
        .about("Which subscriber's line the client is at the end of. RFC 3046, 3.2.");
pub(super) static LINK_SELECTION: FieldDef =
    FieldDef::ipv4("dhcp.option.agent_information_option.link_selection", "Link selection")
        .about("Subnet that the client should get an address in. RFC 3527, 3.");
pub(super) static SUBSCRIBER: FieldDef =
    FieldDef::text("dhcp.option.agent_information_option.subscriber_id", "Subscriber ID")
        .about("Name of the subscriber that the client belongs to. RFC 3993, 2.");
pub(super) static OVERRIDE: FieldDef =
    FieldDef::ipv4("dhcp.option.agent_information_option.server_id_override", "Server ID Override")
        .about("Address that the server should call its own, so that renewals pass the relay. RFC 5107, 4.");

/// The fields above.
pub(super) const FIELDS: [&FieldDef; 44] = [
    &TYPE,
    &LENGTH,
    &VALUE,
    &PADDING,
    &END,
    &REQUEST_ITEM,
    &POLICY_IP,
    &POLICY_MASK,
    &ROUTE_IP,
    &ROUTE_ROUTER,
    &CLASSLESS,
    &HW_TYPE,
    &CLIENT_MAC,
    &CLIENT_ID_TYPE,
    &CLIENT_ID_UNDEF,
    &CLIENT_ID,
    &IAID,
    &DUID_TYPE,
    &UUID,
    &NETWORK_MAJOR,
    &NETWORK_MINOR,
    &USER_LENGTH,
    &USER_DATA,
    &FQDN_FLAGS,
    &FQDN_MBZ,
    &FQDN_N,
    &FQDN_E,
    &FQDN_O,
    &FQDN_S,
    &FQDN_RCODE1,
    &FQDN_RCODE2,
    &FQDN_NAME,
    &SEARCH,
    &SIP_ENCODING,
    &SIP_NAME,
    &SIP_ADDRESS,
    &RELAY_TYPE,
    &RELAY_LENGTH,
    &RELAY_VALUE,
    &CIRCUIT,
    &REMOTE,
    &LINK_SELECTION,
    &SUBSCRIBER,
    &OVERRIDE,
];
