//! Ports: which side listens, what the port is known for, flows grouped by it.

use super::Untaken;
use super::entry::{Flow, Side};
use super::table::FlowTable;
use crate::decode::{FlowKey, UDP};
use std::collections::BTreeMap;

/// Services by port, of those that a person meets often (IANA service names).
/// Sorted by port.
#[rustfmt::skip]
static SERVICES: &[(u16, &str)] = &[
    (7, "echo"), (9, "discard"), (13, "daytime"), (19, "chargen"), (20, "ftp-data"), (21, "ftp"), (22, "ssh"),
    (23, "telnet"), (25, "smtp"), (37, "time"), (43, "whois"), (49, "tacacs"), (53, "domain"), (67, "bootps"),
    (68, "bootpc"), (69, "tftp"), (79, "finger"), (80, "http"), (88, "kerberos"), (102, "iso-tsap"), (110, "pop3"),
    (111, "sunrpc"), (113, "ident"), (119, "nntp"), (123, "ntp"), (135, "epmap"), (137, "netbios-ns"),
    (138, "netbios-dgm"), (139, "netbios-ssn"), (143, "imap"), (161, "snmp"), (162, "snmptrap"), (179, "bgp"),
    (194, "irc"), (220, "imap3"), (389, "ldap"), (427, "svrloc"), (443, "https"), (445, "microsoft-ds"),
    (464, "kpasswd"), (465, "submissions"), (500, "isakmp"), (502, "mbap"), (514, "syslog"), (515, "printer"),
    (520, "router"), (543, "klogin"), (546, "dhcpv6-client"), (547, "dhcpv6-server"), (554, "rtsp"),
    (587, "submission"), (631, "ipp"), (636, "ldaps"), (853, "domain-s"), (873, "rsync"), (989, "ftps-data"),
    (990, "ftps"), (993, "imaps"), (995, "pop3s"), (1080, "socks"), (1194, "openvpn"), (1433, "ms-sql-s"),
    (1521, "oracle"), (1701, "l2tp"), (1723, "pptp"), (1812, "radius"), (1813, "radius-acct"), (1883, "mqtt"),
    (1900, "ssdp"), (2049, "nfs"), (2375, "docker"), (2379, "etcd-client"), (3128, "squid"), (3260, "iscsi"),
    (3306, "mysql"), (3389, "ms-wbt-server"), (3478, "stun"), (4500, "ipsec-nat-t"), (4789, "vxlan"),
    (5004, "rtp"), (5060, "sip"), (5061, "sips"), (5201, "iperf3"), (5222, "xmpp-client"), (5353, "mdns"),
    (5355, "llmnr"), (5432, "postgresql"), (5672, "amqp"), (5900, "rfb"), (6379, "redis"), (6443, "kubernetes"),
    (6667, "ircu"), (8080, "http-alt"), (8443, "https-alt"), (8883, "secure-mqtt"), (9000, "cslistener"),
    (9090, "prometheus"), (9092, "kafka"), (9200, "elasticsearch"), (11211, "memcache"), (20000, "dnp"),
    (27017, "mongodb"), (44818, "ethernet-ip-2"), (47808, "bacnet"), (51820, "wireguard"),
];

/// What a port is known for.
pub fn service(port: u16) -> Option<&'static str> {
    let at = SERVICES.binary_search_by_key(&port, |row| row.0).ok()?;
    SERVICES.get(at).map(|row| row.1)
}

/// How it is known which side of a flow listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// A SYN was sent to it, or it answered one: certain.
    Syn,
    /// Its port is known for a service, the other's is not.
    KnownPort,
    /// Its port is the lower one.
    LowerPort,
    /// It received the first packet.
    FirstReceiver,
}

/// The side that likely listens, when no SYN tells: a well-known port, then
/// the lower one, then the receiver of the first packet. Of datagrams that
/// nobody has `answered` the receiver is likelier than a lower port that is not known.
pub(super) fn likely_server(key: &FlowKey, answered: bool) -> (Side, Listening) {
    let (a, b) = (key.src_port, key.dst_port);
    match (is_known(a), is_known(b)) {
        // Of DHCPv6 the client's port is the lower one.
        _ if (a, b) == (546, 547) => (Side::B, Listening::KnownPort),
        _ if (a, b) == (547, 546) => (Side::A, Listening::KnownPort),
        (true, false) => (Side::A, Listening::KnownPort),
        (false, true) => (Side::B, Listening::KnownPort),
        (false, false) if key.protocol == UDP && !answered => (Side::B, Listening::FirstReceiver),
        _ if a < b => (Side::A, Listening::LowerPort),
        _ if a > b => (Side::B, Listening::LowerPort),
        _ => (Side::B, Listening::FirstReceiver),
    }
}

/// A bit for each port of [`SERVICES`]: asked for every new flow.
static KNOWN: [u64; 1024] = {
    let mut bits = [0; 1024];
    let mut at = 0;
    while at < SERVICES.len() {
        let port = SERVICES[at].0 as usize;
        bits[port / 64] |= 1 << (port % 64);
        at += 1;
    }
    bits
};

fn is_known(port: u16) -> bool {
    KNOWN.get(usize::from(port) / 64).is_some_and(|bits| bits >> (port % 64) & 1 != 0)
}

impl Listening {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Listening::Syn => "handshake",
            Listening::KnownPort => "known port",
            Listening::LowerPort => "lower port",
            Listening::FirstReceiver => "first receiver",
        }
    }
}

impl Flow {
    /// How it is known which side listens.
    pub fn listening(&self) -> Listening {
        if self.server_is_certain() {
            Listening::Syn
        } else {
            likely_server(&self.key, self.packets[1] > 0).1
        }
    }

    /// What a side is called: client or server, which is a guess where no
    /// handshake and no known port tells; nothing of protocols without ports.
    pub fn role(&self, side: Side) -> &'static str {
        let guessed = matches!(self.listening(), Listening::LowerPort | Listening::FirstReceiver);
        match (side == self.server(), guessed) {
            _ if matches!(self.key.protocol, 1 | 58) => "",
            (true, false) => "server",
            (false, false) => "client",
            (true, true) => "likely server",
            (false, true) => "likely client",
        }
    }
}

/// All flows of one transport protocol whose listening side has one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortGroup {
    /// IP protocol number.
    pub protocol: u8,
    /// The port listened on; for ICMP the type of the request.
    pub port: u16,
    /// Number of flows.
    pub flows: u64,
    /// Packets of both directions.
    pub packets: u64,
    /// Bytes of both directions, whole frames.
    pub bytes: u64,
    /// Packets that no socket claimed: of these flows, or to the port where no
    /// flow is known.
    pub unclaimed: u64,
    /// Packets of which an ICMP error says that they did not arrive.
    pub undelivered: u64,
}

/// Groups flows by protocol and service port, flow by flow.
#[derive(Debug, Default)]
pub struct Grouping(BTreeMap<(u8, u16), PortGroup>);

impl Grouping {
    fn group(&mut self, protocol: u8, port: u16) -> &mut PortGroup {
        let empty =
            PortGroup { protocol, port, flows: 0, packets: 0, bytes: 0, unclaimed: 0, undelivered: 0 };
        self.0.entry((protocol, port)).or_insert(empty)
    }

    /// Counts a flow.
    pub fn add(&mut self, flow: &Flow) {
        let ([ab, ba], [bytes_ab, bytes_ba]) = (flow.packets, flow.bytes());
        let group = self.group(flow.key.protocol, flow.service_port());
        group.flows += 1;
        group.packets += u64::from(ab) + u64::from(ba);
        group.bytes = group.bytes.saturating_add(bytes_ab + bytes_ba);
    }

    /// Adds what nobody claimed and what did not arrive, also on ports to which no flow leads.
    pub fn add_untaken(&mut self, unclaimed: &Untaken, undelivered: &Untaken) {
        for ((protocol, port), count) in unclaimed.ports() {
            self.group(protocol, port).unclaimed = count;
        }
        for ((protocol, port), count) in undelivered.ports() {
            self.group(protocol, port).undelivered = count;
        }
    }

    /// The groups, most bytes first.
    pub fn groups(self) -> Vec<PortGroup> {
        let mut groups: Vec<_> = self.0.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.bytes));
        groups
    }
}

/// Flows grouped by protocol and service port, most bytes first.
pub fn group_by_port(table: &FlowTable, unclaimed: &Untaken, undelivered: &Untaken) -> Vec<PortGroup> {
    let mut grouping = Grouping::default();
    table.iter().for_each(|(_, flow)| grouping.add(flow));
    grouping.add_untaken(unclaimed, undelivered);
    grouping.groups()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_sorted_and_found() {
        assert!(SERVICES.is_sorted_by_key(|row| row.0));
        assert_eq!(service(53), Some("domain"));
        assert_eq!(service(54), None);
        for port in 0..=u16::MAX {
            assert_eq!(is_known(port), service(port).is_some(), "port {port}");
        }
    }

    #[test]
    fn the_listening_side_is_the_known_then_the_lower_port() {
        let key = |src_port, dst_port| FlowKey { src_port, dst_port, protocol: UDP, ..FlowKey::default() };
        for answered in [false, true] {
            assert_eq!(likely_server(&key(40_000, 53), answered), (Side::B, Listening::KnownPort));
            assert_eq!(likely_server(&key(53, 40), answered), (Side::A, Listening::KnownPort));
            assert_eq!(likely_server(&key(67, 68), answered), (Side::A, Listening::LowerPort));
            assert_eq!(likely_server(&key(5353, 5353), answered), (Side::B, Listening::FirstReceiver));
        }
        assert_eq!(likely_server(&key(30_000, 40_000), true), (Side::A, Listening::LowerPort));
        assert_eq!(likely_server(&key(30_000, 40_000), false), (Side::B, Listening::FirstReceiver));
        let tcp = FlowKey { protocol: 6, ..key(30_000, 40_000) };
        assert_eq!(likely_server(&tcp, false), (Side::A, Listening::LowerPort));
    }
}
