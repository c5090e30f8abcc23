//! Names of ICMP types and codes (IANA, ICMP parameters), and texts made of them.

use std::fmt::Write as _;

pub(in crate::decode::proto) static TYPES: &[(u64, &str)] = &[
    (0, "Echo (ping) reply"),
    (1, "Reserved"),
    (2, "Reserved"),
    (3, "Destination unreachable"),
    (4, "Source quench (flow control)"),
    (5, "Redirect"),
    (6, "Alternate host address"),
    (8, "Echo (ping) request"),
    (9, "Router advertisement"),
    (10, "Router solicitation"),
    (11, "Time-to-live exceeded"),
    (12, "Parameter problem"),
    (13, "Timestamp request"),
    (14, "Timestamp reply"),
    (15, "Information request"),
    (16, "Information reply"),
    (17, "Address mask request"),
    (18, "Address mask reply"),
    (19, "Reserved (for security)"),
    (30, "Traceroute"),
    (31, "Datagram Conversion Error"),
    (32, "Mobile Host Redirect"),
    (33, "IPv6 Where-Are-You"),
    (34, "IPv6 I-Am-Here"),
    (35, "Mobile Registration Request"),
    (36, "Mobile Registration Reply"),
    (37, "Domain Name Request"),
    (38, "Domain Name Reply"),
    (39, "SKIP"),
    (40, "Photuris"),
    (41, "Experimental mobility protocols"),
    (42, "Extended Echo request"),
    (43, "Extended Echo reply"),
];

pub(in crate::decode::proto) static NEIGHBOUR_STATES: &[(u64, &str)] = &[
    (0, "Reserved"),
    (1, "Incomplete"),
    (2, "Reachable"),
    (3, "Stale"),
    (4, "Delay"),
    (5, "Probe"),
    (6, "Failed"),
];

static UNREACHABLE: &[&str] = &[
    "Network unreachable",
    "Host unreachable",
    "Protocol unreachable",
    "Port unreachable",
    "Fragmentation needed",
    "Source route failed",
    "Destination network unknown",
    "Destination host unknown",
    "Source host isolated",
    "Network administratively prohibited",
    "Host administratively prohibited",
    "Network unreachable for TOS",
    "Host unreachable for TOS",
    "Communication administratively filtered",
    "Host precedence violation",
    "Precedence cutoff in effect",
];
static REDIRECT: &[&str] = &[
    "Redirect for network",
    "Redirect for host",
    "Redirect for type of service and network",
    "Redirect for type of service and host",
];
static EXCEEDED: &[&str] = &["Time to live exceeded in transit", "Fragment reassembly time exceeded"];
static PARAMETER: &[&str] = &["Pointer indicates the error", "Required option missing", "Bad length"];
static PHOTURIS: &[&str] = &[
    "Bad SPI",
    "Authentication failed",
    "Decompression failed",
    "Decryption failed",
    "Need authentication",
    "Need authorization",
];
static EXTENDED_REPLY: &[&str] = &[
    "No error",
    "Malformed query",
    "No such interface",
    "No such table entry",
    "Multiple interfaces satisfy query",
];

/// The name of a type's code, where codes say something.
pub(in crate::decode::proto) fn code(message: u8, code: u8) -> Option<&'static str> {
    let names = match message {
        3 => UNREACHABLE,
        5 => REDIRECT,
        9 => match code {
            0 => return Some("Normal router advertisement"),
            16 => return Some("Does not route common traffic"),
            _ => return None,
        },
        11 => EXCEEDED,
        12 => PARAMETER,
        40 => PHOTURIS,
        43 => EXTENDED_REPLY,
        _ => return None,
    };
    names.get(usize::from(code)).copied()
}

/// The message's name and, where its code says something, the code's.
pub(in crate::decode::proto) fn info(text: &mut String, message: u8, message_code: u8) {
    let row = TYPES.iter().find(|row| row.0 == u64::from(message));
    let _ = match row {
        Some((_, name)) => write!(text, "{name}"),
        None => write!(text, "Type {message}, code {message_code}"),
    };
    if let Some(name) = code(message, message_code) {
        let _ = write!(text, " ({name})");
    }
}

/// Milliseconds since midnight UTC; a set first bit says that they are not.
pub(in crate::decode::proto) fn time_of_day(text: &mut String, value: u32) {
    let _ = if value >> 31 != 0 {
        write!(text, "{value} (not milliseconds since midnight UTC)")
    } else {
        let (seconds, millis) = (value / 1000, value % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(text, "{value} ({hours:02}:{minutes:02}:{:02}.{millis:03} UTC)", seconds % 60)
    };
}
