//! The options behind the header: type, length, value, one after the other
//! (RFC 2132).

use super::plain::{OVERLOAD, PLAIN, Shape};
use crate::decode::{FieldDef, Packet, Problem, Sink, Stop, Value};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

static NAMES: &[(u64, &str)] = &[
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
static SUBOPTIONS: &[(u64, &str)] = &[
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

static TYPE: FieldDef = FieldDef::uint("dhcp.option.type", "Option", 8)
    .values(NAMES)
    .about("Which option this is. RFC 2132, 2; IANA BOOTP vendor extensions.");
static LENGTH: FieldDef =
    FieldDef::uint("dhcp.option.length", "Length", 8).about("Bytes of the option's value. RFC 2132, 2.");
static VALUE: FieldDef = FieldDef::bytes("dhcp.option.value", "Value")
    .about("Value of an option that is not taken apart further. RFC 2132, 2.");
static PADDING: FieldDef = FieldDef::bytes("dhcp.option.padding", "Padding")
    .about("Bytes without meaning that fill the message up. RFC 2132, 3.1.");
static END: FieldDef =
    FieldDef::uint("dhcp.option.end", "Option End", 8).about("Ends the list of options. RFC 2132, 3.2.");
static REQUEST_ITEM: FieldDef =
    FieldDef::uint("dhcp.option.request_list_item", "Parameter Request List Item", 8)
        .values(NAMES)
        .about("An option that the client would like to have in the answer. RFC 2132, 9.8.");
static POLICY_IP: FieldDef = FieldDef::ipv4("dhcp.option.policy_filter.ip", "IP Address")
    .about("Destination to which source routes are allowed. RFC 2132, 4.3.");
static POLICY_MASK: FieldDef = FieldDef::ipv4("dhcp.option.policy_filter.subnet_mask", "Subnet Mask")
    .about("Mask of the destination to which source routes are allowed. RFC 2132, 4.3.");
static ROUTE_IP: FieldDef = FieldDef::ipv4("dhcp.option.static_route.ip", "Destination IP Address")
    .about("Destination of a route that the client should take up. RFC 2132, 5.8.");
static ROUTE_ROUTER: FieldDef = FieldDef::ipv4("dhcp.option.static_route.router", "Destination Router")
    .about("Router that leads to the destination. RFC 2132, 5.8.");
static CLASSLESS: FieldDef = FieldDef::bytes("dhcp.option.classless_static_route", "Subnet/MaskWidth-Router")
    .about("A route for the client: destination, its mask width, and the router to it. RFC 3442.");
static HW_TYPE: FieldDef = FieldDef::uint("dhcp.hw.type", "Hardware type", 8)
    .hex()
    .values(super::HARDWARE)
    .about("Kind of the hardware address that identifies the client. RFC 2132, 9.14.");
static CLIENT_MAC: FieldDef = FieldDef::mac("dhcp.hw.mac_addr", "Client MAC address")
    .about("Hardware address that identifies the client. RFC 2132, 9.14.");
static CLIENT_ID_TYPE: FieldDef = FieldDef::uint("dhcp.client_id.type", "Type", 8)
    .about("How the client's identifier is made: 0 free form, 255 by RFC 4361. RFC 2132, 9.14.");
static CLIENT_ID_UNDEF: FieldDef = FieldDef::text("dhcp.client_id.undef", "Client Identifier")
    .about("Text that identifies the client to the server. RFC 2132, 9.14.");
static CLIENT_ID: FieldDef = FieldDef::bytes("dhcp.client_id", "Identifier")
    .about("Bytes that identify the client to the server. RFC 2132, 9.14.");
static IAID: FieldDef = FieldDef::bytes("dhcp.client_id.iaid", "IAID")
    .about("Tells the interfaces of one client apart. RFC 4361, 6.1; RFC 8415, 12.");
static DUID_TYPE: FieldDef = FieldDef::uint("dhcp.client_id.duid_type", "DUID Type", 16)
    .values(&[
        (1, "link-layer address plus time"),
        (2, "assigned by vendor based on Enterprise number"),
        (3, "link-layer address"),
        (4, "UUID"),
    ])
    .about("What the client's lasting identifier is made from. RFC 8415, 11.");
static UUID: FieldDef = FieldDef::bytes("dhcp.client_id.uuid", "Client Identifier (UUID)")
    .about("Number that the machine's firmware carries for ever. RFC 4578, 2.3.");
static NETWORK_MAJOR: FieldDef = FieldDef::uint("dhcp.client_network_id_major", "Major Version", 8)
    .about("Version of the firmware's network interface (UNDI). RFC 4578, 2.2.");
static NETWORK_MINOR: FieldDef = FieldDef::uint("dhcp.client_network_id_minor", "Minor Version", 8)
    .about("Minor version of the firmware's network interface (UNDI). RFC 4578, 2.2.");
static USER_LENGTH: FieldDef = FieldDef::uint("dhcp.option.user_class.length", "User Class Length", 8)
    .about("Bytes of this class. RFC 3004, 4.");
static USER_DATA: FieldDef = FieldDef::bytes("dhcp.option.user_class.data", "User Class Data")
    .about("A class that the client's user put it in. RFC 3004, 4.");
static FQDN_FLAGS: FieldDef = FieldDef::uint("dhcp.fqdn.flags", "Flags", 8)
    .hex()
    .about("Who should write the client's name into DNS, and how. RFC 4702, 2.1.");
static FQDN_MBZ: FieldDef = FieldDef::uint("dhcp.fqdn.mbz", "Reserved flags", 8)
    .hex()
    .mask(0xf0)
    .about("Must be zero. RFC 4702, 2.1.");
static FQDN_N: FieldDef = FieldDef::flag("dhcp.fqdn.n", "Server DDNS", 8, 0x08)
    .about("The server should not write anything into DNS. RFC 4702, 2.1.");
static FQDN_E: FieldDef = FieldDef::flag("dhcp.fqdn.e", "Encoding", 8, 0x04)
    .values(&[(0, "ASCII encoding"), (1, "Binary encoding")])
    .about("How the name is written: as DNS does, or as ASCII text. RFC 4702, 2.1.");
static FQDN_O: FieldDef = FieldDef::flag("dhcp.fqdn.o", "Server overrides", 8, 0x02)
    .about("The server did otherwise than the client wished. RFC 4702, 2.1.");
static FQDN_S: FieldDef = FieldDef::flag("dhcp.fqdn.s", "Server", 8, 0x01)
    .values(&[(0, "Client"), (1, "Server")])
    .about("Who writes the address record into DNS. RFC 4702, 2.1.");
static FQDN_RCODE1: FieldDef = FieldDef::uint("dhcp.fqdn.rcode1", "A-RR result", 8)
    .about("Outdated: outcome of the address record's update. RFC 4702, 2.2.");
static FQDN_RCODE2: FieldDef = FieldDef::uint("dhcp.fqdn.rcode2", "PTR-RR result", 8)
    .about("Outdated: outcome of the reverse record's update. RFC 4702, 2.2.");
static FQDN_NAME: FieldDef =
    FieldDef::text("dhcp.fqdn.name", "Client name").about("Full name of the client in DNS. RFC 4702, 2.3.");
static SEARCH: FieldDef = FieldDef::text("dhcp.option.dhcp_dns_domain_search_list_fqdn", "FQDN")
    .about("Domain in which the client looks for short names. RFC 3397, 2.");
static SIP_ENCODING: FieldDef = FieldDef::uint("dhcp.option.sip_server.encoding", "SIP Server Encoding", 8)
    .values(&[(0, "Fully Qualified Domain Name"), (1, "IPv4 Address")])
    .about("Whether the SIP servers are given by name or by address. RFC 3361, 3.");
static SIP_NAME: FieldDef = FieldDef::text("dhcp.option.sip_server.name", "SIP Server Name")
    .about("Outbound proxy of the client's telephone. RFC 3361, 3.1.");
static SIP_ADDRESS: FieldDef = FieldDef::ipv4("dhcp.option.sip_server.address", "SIP Server Address")
    .about("Outbound proxy of the client's telephone. RFC 3361, 3.2.");
static RELAY_TYPE: FieldDef =
    FieldDef::uint("dhcp.option.agent_information_option.suboption", "Option 82 Suboption", 8)
        .values(SUBOPTIONS)
        .about("What the relay agent says here about where the client is. RFC 3046, 3.");
static RELAY_LENGTH: FieldDef = FieldDef::uint("dhcp.option.suboption_length", "Length", 8)
    .about("Bytes of the suboption's value. RFC 3046, 2.");
static RELAY_VALUE: FieldDef = FieldDef::bytes("dhcp.option.agent_information_option.value", "Value")
    .about("Value of a suboption that is not taken apart further. RFC 3046, 2.");
static CIRCUIT: FieldDef =
    FieldDef::bytes("dhcp.option.agent_information_option.agent_circuit_id", "Agent Circuit ID")
        .about("Port of the relay agent that the client is on. RFC 3046, 3.1.");
static REMOTE: FieldDef =
    FieldDef::bytes("dhcp.option.agent_information_option.agent_remote_id", "Agent Remote ID")
        .about("Which subscriber's line the client is at the end of. RFC 3046, 3.2.");
static LINK_SELECTION: FieldDef =
    FieldDef::ipv4("dhcp.option.agent_information_option.link_selection", "Link selection")
        .about("Subnet that the client should get an address in. RFC 3527, 3.");
static SUBSCRIBER: FieldDef =
    FieldDef::text("dhcp.option.agent_information_option.subscriber_id", "Subscriber ID")
        .about("Name of the subscriber that the client belongs to. RFC 3993, 2.");
static OVERRIDE: FieldDef =
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

/// What the options say that matters beyond them.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// Option 52: which header fields hold further options.
    pub overload: u8,
    /// The end option was there.
    pub ended: bool,
}

/// Where a list of options breaks off.
pub(super) struct Cut {
    /// Position of what is missing.
    pub at: usize,
    /// Bytes that are needed there.
    pub needed: usize,
    /// What needs them.
    pub what: &'static str,
}

/// The value of the first option of a type; for Info, before the fields.
pub(super) fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<&[u8]> {
    let mut rest = bytes.get(from..)?;
    loop {
        match rest {
            [255, ..] | [] => return None,
            [0, tail @ ..] => rest = tail,
            [code, len, tail @ ..] => {
                let len = usize::from(*len);
                if *code == wanted {
                    return tail.get(..len);
                }
                rest = tail.get(len..)?;
            }
            [_] => return None,
        }
    }
}

/// Tells all options of an area that ends at `end`.
pub(super) fn walk<S: Sink>(
    packet: &mut Packet<'_, S>,
    from: usize,
    end: usize,
) -> Result<Told, (Told, Cut)> {
    let (mut at, mut told) = (from, Told::default());
    while at < end {
        let rest = packet.bytes().get(at..end).unwrap_or_default();
        match *rest {
            [0, ..] => {
                let run = rest.iter().take_while(|byte| **byte == 0).count();
                packet.slice(&PADDING, at, run);
                at += run;
            }
            [255, ref tail @ ..] => {
                packet.field(&TYPE, at, 1, Value::Uint(255));
                packet.open();
                packet.uint(&END, at, 1);
                packet.end_group();
                if !tail.is_empty() {
                    packet.slice(&PADDING, at + 1, tail.len());
                }
                told.ended = true;
                return Ok(told);
            }
            [code, len, ref tail @ ..] => {
                let len = usize::from(len);
                packet.field(&TYPE, at, (2 + len).min(rest.len()), Value::Uint(code.into()));
                packet.open();
                packet.uint(&LENGTH, at + 1, 1);
                if tail.len() < len {
                    packet.slice(&VALUE, at + 2, tail.len());
                    packet.end_group();
                    return Err((told, Cut { at: at + 2, needed: len, what: "option value" }));
                }
                if let (52, [which @ 1..=3, ..]) = (code, tail) {
                    told.overload = *which;
                }
                option(packet, code, at + 2, len);
                packet.end_group();
                at += 2 + len;
            }
            _ => {
                packet.slice(&VALUE, at, rest.len());
                return Err((told, Cut { at: at + 1, needed: 1, what: "option length" }));
            }
        }
    }
    Ok(told)
}

fn option<S: Sink>(packet: &mut Packet<'_, S>, code: u8, at: usize, len: usize) {
    if let Some((_, shape, def)) =
        PLAIN.binary_search_by_key(&code, |row| row.0).ok().and_then(|row| PLAIN.get(row))
    {
        return plain(packet, code, *shape, def, at, len);
    }
    let value = packet.bytes().get(at..at + len).unwrap_or_default();
    match code {
        21 => pairs(packet, code, [&POLICY_IP, &POLICY_MASK], at, len),
        33 => pairs(packet, code, [&ROUTE_IP, &ROUTE_ROUTER], at, len),
        55 => each(packet, &REQUEST_ITEM, at, len, 1),
        61 => client_id(packet, at, len),
        77 => user_class(packet, at, len),
        81 => fqdn(packet, at, len),
        82 => relay(packet, at, len),
        94 if len == 3 => {
            packet.uint(&NETWORK_MAJOR, at + 1, 1);
            packet.uint(&NETWORK_MINOR, at + 2, 1);
        }
        97 if len == 17 => packet.slice(&UUID, at + 1, 16),
        119 => names(packet, &SEARCH, at, len),
        120 => {
            if len > 0 {
                packet.uint(&SIP_ENCODING, at, 1);
            }
            match value.first() {
                Some(0) => names(packet, &SIP_NAME, at + 1, len - 1),
                Some(1) => each(packet, &SIP_ADDRESS, at + 1, len - 1, 4),
                _ => {}
            }
        }
        121 | 249 => routes(packet, at, len),
        _ if len > 0 => packet.slice(&VALUE, at, len),
        _ => {}
    }
}

/// An option whose length does not fit its value.
#[cold]
fn odd<S: Sink>(packet: &mut Packet<'_, S>, code: u8, at: usize, len: usize, needed: &str) {
    if len > 0 {
        packet.slice(&VALUE, at, len);
    }
    packet.problem(Problem::Malformed, at, len, |text| {
        let _ = write!(text, "DHCP option {code} needs {needed} bytes, has {len}");
    });
}

fn plain<S: Sink>(
    packet: &mut Packet<'_, S>,
    code: u8,
    shape: Shape,
    def: &'static FieldDef,
    at: usize,
    len: usize,
) {
    let Some(size) = shape.size() else {
        // Some clients send the zero that ends a C string.
        let value = packet.bytes().get(at..at + len).unwrap_or_default();
        let text = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        return packet.slice(def, at, text);
    };
    let fits = if shape.is_list() { len >= size && len.is_multiple_of(size) } else { len == size };
    if !fits {
        let needed = match (shape.is_list(), size) {
            (true, 4) => "a multiple of 4",
            (true, _) => "a multiple of 2",
            (false, 1) => "1",
            (false, 2) => "2",
            (false, _) => "4",
        };
        return odd(packet, code, at, len, needed);
    }
    match shape {
        Shape::Ip | Shape::Ips | Shape::U16s => each(packet, def, at, len, size),
        Shape::I32 => {
            let seconds = packet.read(at, 4).unwrap_or(0) as u32 as i32;
            packet.field(def, at, 4, Value::Int(seconds.into()));
        }
        _ => packet.uint(def, at, size),
    }
    if shape == Shape::Secs {
        let seconds = packet.read(at, 4).unwrap_or(0);
        packet.label(|text| {
            let _ = match seconds {
                0xffff_ffff => write!(text, "infinity ({seconds})"),
                _ => write!(text, "{seconds} s"),
            };
        });
    }
    if def.name == OVERLOAD.name && !matches!(packet.read(at, 1), Some(1..=3)) {
        packet.problem(Problem::Malformed, at, 1, |text| {
            text.push_str("DHCP option overload is not 1, 2 or 3")
        });
    }
}

/// Values of `size` bytes, one after the other: addresses, else numbers.
fn each<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, at: usize, len: usize, size: usize) {
    if S::DETAIL {
        for at in (at..at + len).step_by(size) {
            if def.bits().is_some() { packet.uint(def, at, size) } else { packet.slice(def, at, size) }
        }
    }
}

fn pairs<S: Sink>(packet: &mut Packet<'_, S>, code: u8, defs: [&'static FieldDef; 2], at: usize, len: usize) {
    if len == 0 || !len.is_multiple_of(8) {
        return odd(packet, code, at, len, "a multiple of 8");
    }
    if S::DETAIL {
        for at in (at..at + len).step_by(8) {
            packet.slice(defs[0], at, 4);
            packet.slice(defs[1], at + 4, 4);
        }
    }
}

fn client_id<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if len < 2 {
        return odd(packet, 61, at, len, "at least 2");
    }
    match packet.read(at, 1) {
        Some(255) if len >= 7 => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&IAID, at + 1, 4);
            packet.uint(&DUID_TYPE, at + 5, 2);
            packet.slice(&CLIENT_ID, at + 7, len - 7);
        }
        Some(0) => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&CLIENT_ID_UNDEF, at + 1, len - 1);
        }
        Some(_) if len == 7 => {
            packet.uint(&HW_TYPE, at, 1);
            packet.slice(&CLIENT_MAC, at + 1, 6);
        }
        _ => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&CLIENT_ID, at + 1, len - 1);
        }
    }
}

fn user_class<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if !S::DETAIL {
        return;
    }
    let (mut at, end) = (at, at + len);
    while at < end {
        let size = packet.read(at, 1).unwrap_or(0) as usize;
        // Many clients send one text without its length (RFC 3004 forbids it).
        if size == 0 || at + 1 + size > end {
            return packet.slice(&USER_DATA, at, end - at);
        }
        packet.uint(&USER_LENGTH, at, 1);
        packet.slice(&USER_DATA, at + 1, size);
        at += 1 + size;
    }
}

fn fqdn<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if len < 3 {
        return odd(packet, 81, at, len, "at least 3");
    }
    packet.uint_group(&FQDN_FLAGS, at, 1);
    for flag in [&FQDN_MBZ, &FQDN_N, &FQDN_E, &FQDN_O, &FQDN_S] {
        packet.uint(flag, at, 1);
    }
    packet.end_group();
    packet.uint(&FQDN_RCODE1, at + 1, 1);
    packet.uint(&FQDN_RCODE2, at + 2, 1);
    let binary = packet.read(at, 1).is_some_and(|flags| flags & 0x04 != 0);
    if binary {
        names(packet, &FQDN_NAME, at + 3, len - 3);
    } else {
        packet.slice(&FQDN_NAME, at + 3, len - 3);
    }
}

fn relay<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    let (mut at, end) = (at, at + len);
    while at < end {
        let (Some(code), Some(size)) = (packet.read(at, 1), packet.read(at + 1, 1).filter(|_| at + 2 <= end))
        else {
            return odd(packet, 82, at, end - at, "at least 2");
        };
        let size = size as usize;
        if at + 2 + size > end {
            return odd(packet, 82, at, end - at, "more");
        }
        packet.field(&RELAY_TYPE, at, 2 + size, Value::Uint(code));
        packet.open();
        packet.uint(&RELAY_LENGTH, at + 1, 1);
        let def = match (code, size) {
            (1, _) => &CIRCUIT,
            (2, _) => &REMOTE,
            (5 | 150, 4) => &LINK_SELECTION,
            (6, _) => &SUBSCRIBER,
            (11 | 152, 4) => &OVERRIDE,
            _ => &RELAY_VALUE,
        };
        packet.slice(def, at + 2, size);
        packet.end_group();
        at += 2 + size;
    }
}

fn routes<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    let (mut at, end) = (at, at + len);
    while at < end {
        let width = packet.read(at, 1).unwrap_or(0);
        let octets = width.div_ceil(8) as usize;
        if width > 32 || at + 1 + octets + 4 > end {
            packet.slice(&VALUE, at, end - at);
            return packet.problem(Problem::Malformed, at, end - at, |text| {
                let _ = if width > 32 {
                    write!(text, "DHCP route has a mask width of {width}")
                } else {
                    write!(text, "DHCP route is cut short")
                };
            });
        }
        let subnet = packet.read(at + 1, octets).unwrap_or(0) as u32;
        let router = packet.read(at + 1 + octets, 4).unwrap_or(0) as u32;
        packet.slice(&CLASSLESS, at, 1 + octets + 4);
        packet.label(|text| {
            let shift = 32 - 8 * octets as u32;
            let subnet = Ipv4Addr::from(subnet.checked_shl(shift).unwrap_or(0));
            let _ = write!(text, "{subnet}/{width}-{}", Ipv4Addr::from(router));
        });
        at += 1 + octets + 4;
    }
}

/// Names as DNS writes them, with pointers into the same option (RFC 3397).
fn names<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, from: usize, len: usize) {
    if !S::DETAIL {
        return;
    }
    let value = packet.bytes().get(from..from + len).unwrap_or_default();
    let (mut at, mut name) = (0, Vec::new());
    while at < len {
        name.clear();
        let (start, mut here, mut after) = (at, at, None);
        // Each pointer and label is a step: loops of pointers end here.
        for _ in 0..128 {
            match value.get(here).copied() {
                Some(0) | None => {
                    here += 1;
                    break;
                }
                Some(high @ 0xc0..) => {
                    let low = value.get(here + 1).copied().unwrap_or(0);
                    after = after.or(Some(here + 2));
                    here = usize::from(high & 0x3f) << 8 | usize::from(low);
                }
                Some(size) => {
                    let label = value.get(here + 1..(here + 1 + usize::from(size)).min(len));
                    if !name.is_empty() {
                        name.push(b'.');
                    }
                    name.extend_from_slice(label.unwrap_or_default());
                    here += 1 + usize::from(size);
                }
            }
        }
        at = after.unwrap_or(here).clamp(start + 1, len);
        packet.field(def, from + start, at - start, Value::Bytes(&name));
    }
}

/// Ends the layer where the options break off: cut by the capture, or wrong.
pub(super) fn stop<S: Sink>(packet: &mut Packet<'_, S>, cut: &Cut) -> Stop {
    let forward = cut.at.saturating_sub(packet.at());
    match packet.skip(forward, cut.what) {
        Ok(_) => packet.short(cut.needed, cut.what),
        Err(stop) => stop,
    }
}
