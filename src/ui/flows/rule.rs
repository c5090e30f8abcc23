//! Which rule delivers a segment to a flow's sockets, in words.
//!
//! Owns the sentences. Knows nothing of the screen.

use super::super::theme::Role;
use super::collect::NotTaken;
use crate::base::safe;
use crate::decode::{ProtocolId, Registry};
use crate::flow::demux::{self, Basis, Known, Step};
use crate::flow::{Flow, Side, State, service};
use crate::session::{FlowNames, Name};
use std::net::{IpAddr, SocketAddr};

/// IP protocol numbers that have words of their own here.
pub const ICMP: u8 = 1;
/// See [`ICMP`].
pub const TCP: u8 = 6;
/// See [`ICMP`].
pub const UDP: u8 = 17;
/// See [`ICMP`].
pub const ICMPV6: u8 = 58;

/// The name of an IP protocol.
pub fn protocol_name(registry: &Registry, protocol: u8) -> String {
    named(registry, "ip.proto", protocol.into()).map_or_else(|| format!("IP {protocol}"), str::to_owned)
}

/// What a port is known for; for ICMP the name of the type.
pub fn service_name(registry: &Registry, protocol: u8, port: u16) -> &'static str {
    match protocol {
        ICMP => named(registry, "icmp.type", port.into()).unwrap_or(""),
        ICMPV6 => named(registry, "icmpv6.type", port.into()).unwrap_or(""),
        _ => service(port).unwrap_or(""),
    }
}

fn named(registry: &Registry, field: &str, value: u64) -> Option<&'static str> {
    let defs = registry.fields_by_name(field);
    defs.into_iter().find_map(|def| crate::decode::value_name(def, value))
}

/// Whether a protocol has ports.
pub fn has_ports(protocol: u8) -> bool {
    !matches!(protocol, ICMP | ICMPV6)
}

/// An end of a flow: address and port, or the address alone.
pub fn end(address: IpAddr, port: u16, protocol: u8) -> String {
    if has_ports(protocol) { SocketAddr::new(address, port).to_string() } else { address.to_string() }
}

/// Client and server of a flow.
pub fn ends(flow: &Flow) -> (String, String) {
    named_ends(flow, None)
}

/// Client and server of a flow, by name where they have one.
pub fn named_ends(flow: &Flow, names: Option<&FlowNames>) -> (String, String) {
    let key = &flow.key;
    let of = |side: usize, address, port| {
        let name = names.and_then(|names| names.ends.get(side)?.as_ref());
        match name.map(Name::text) {
            Some(name) if has_ports(key.protocol) => format!("{name}:{port}"),
            Some(name) => name.into_owned(),
            None => end(address, port, key.protocol),
        }
    };
    let (a, b) = (of(0, key.source(), key.src_port), of(1, key.destination(), key.dst_port));
    if flow.server() == Side::A { (b, a) } else { (a, b) }
}

/// What the server is called, and how its address was found before: a sentence each.
pub fn found(flow: &Flow, names: &FlowNames) -> Vec<(String, Role)> {
    let (_, address) = flow.ends();
    let mut lines = Vec::new();
    if let Some(name) = names.server(flow).filter(|name| names.used.is_none() || !name.source.is_lookup()) {
        let packet = name.packet.map_or(String::new(), |id| format!(", packet {}", id + 1));
        let none = if names.used.is_none() { "; no lookup of it before" } else { "" };
        let text = format!("{address} is {} by {}{packet}{none}.", safe(&name.name), name.source.words());
        lines.push((format!("○ {text}"), Role::Dim));
    }
    if let Some(used) = &names.used {
        let (sign, role) = if used.is_odd() { ("◐", Role::Odd) } else { ("✓", Role::Good) };
        let name = safe(&used.lookup.name).into_owned();
        lines.push((format!("{sign} Looked up as {name} {}.", used.words()), role));
    }
    lines
}

/// That packets are not in the counts, where any are not.
pub fn uncounted(packets: Option<u32>) -> Option<(String, Role)> {
    let count = match packets {
        None => "further packets are".to_owned(),
        Some(1) => "1 more packet".to_owned(),
        Some(packets) => format!("{packets} more packets"),
    };
    let text = format!("◐ {count} not counted: transport header cut short or broken.");
    (packets != Some(0)).then_some((text, Role::Odd))
}

/// Counts as client to server, server to client.
pub fn oriented<T: Copy>(flow: &Flow, [ab, ba]: [T; 2]) -> [T; 2] {
    if flow.server() == Side::A { [ba, ab] } else { [ab, ba] }
}

/// A display filter that lets the flow's packets through, which may have a `later` stream number too.
pub fn filter(flow: &Flow, later: Option<u32>) -> String {
    let key = &flow.key;
    let later = |name: &str| later.map_or(String::new(), |stream| format!(" || {name}.stream == {stream}"));
    match (key.protocol, flow.stream()) {
        (TCP, Some(stream)) => format!("tcp.stream == {stream}{}", later("tcp")),
        (UDP, Some(stream)) => format!("udp.stream == {stream}{}", later("udp")),
        (protocol, _) => {
            let ip = if key.v6 { "ipv6" } else { "ip" };
            let addresses = format!("{ip}.addr == {} && {ip}.addr == {}", key.source(), key.destination());
            match protocol {
                TCP => format!("{addresses} && tcp.port == {} && tcp.port == {}", key.src_port, key.dst_port),
                UDP => format!("{addresses} && udp.port == {} && udp.port == {}", key.src_port, key.dst_port),
                ICMP => format!("{addresses} && icmp"),
                ICMPV6 => format!("{addresses} && icmpv6"),
                _ => addresses,
            }
        }
    }
}

/// Everything there is to say about how a flow's segments are delivered.
/// `known` are the sockets of client and server, `owners` whose they are.
pub fn lines(
    flow: &Flow,
    bound: Option<ProtocolId>,
    registry: &Registry,
    known: &[Option<Known>; 2],
    owners: Vec<(String, Role)>,
) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    match flow.key.protocol {
        TCP | UDP => {
            let known = known.each_ref().map(Option::as_ref);
            let steps = demux::delivery(flow, known);
            // What the host told comes first, and whose it is: the pane may be small.
            let (told, rest): (Vec<Step>, Vec<Step>) =
                steps.into_iter().partition(|step| step.basis == Basis::Told);
            lines.extend(told.into_iter().map(step));
            lines.extend(owners);
            lines.extend(rest.into_iter().map(step));
        }
        ICMP | ICMPV6 => lines.push((
            "ICMP has no ports: the host itself handles a message by its type; a reply goes back to the program that \
             sent the request, told by the identifier in both."
                .to_owned(),
            Role::Text,
        )),
        other => {
            let (client, server) = ends(flow);
            let name = protocol_name(registry, other);
            lines.push((format!("{name} delivers between {client} and {server}."), Role::Text));
        }
    }
    if let Some(line) = outcome(flow) {
        lines.push(line);
    }
    if flow.key.protocol == TCP {
        let [from_client, from_server] = oriented(flow, flow.tcp_flags());
        let seen = format!(
            "Flags seen: client {}, server {}; parts of a connection: {} (tcp.completeness {}).",
            flags(from_client),
            flags(from_server),
            parts(flow.completeness()),
            flow.completeness()
        );
        lines.push((seen, Role::Dim));
    }
    let mut more = Vec::new();
    if let Some(bound) = bound {
        more.push(format!("Its payload was recognised as {}", registry.row(bound).protocol.label));
    }
    if flow.vlan() > 0 {
        more.push(format!("VLAN {}", flow.vlan()));
    }
    if !more.is_empty() {
        lines.push((format!("{}.", more.join("; ")), Role::Dim));
    }
    lines
}

/// A sentence of the rule; what is inferred has its sign.
fn step(step: Step) -> (String, Role) {
    match step.basis {
        Basis::Rule => (step.text, Role::Text),
        Basis::Told | Basis::Seen => (format!("✓ {}", step.text), Role::Good),
        Basis::Inferred => (format!("○ {} Inferred.", step.text), Role::Dim),
    }
}

/// Which packet says that packets of the flow were not taken, why, and which one it answers.
pub fn untaken(untaken: &NotTaken) -> (String, Role) {
    let NotTaken { count, first, cause } = *untaken;
    let by = first.by + 1;
    let sent = cause.map(|id| format!("packet {}", id + 1));
    let all = |word| if count == 1 { String::new() } else { format!("; {count} such {word} in all") };
    let asked =
        sent.clone().map_or("what asked is not in the capture".to_owned(), |sent| format!("{sent} asked"));
    let text = match first.error {
        Some(error) if !error.is_unclaimed() => {
            let sent = sent.unwrap_or("a packet that is not in the capture".to_owned());
            let what = if error.is_too_big() { "was too big for a link" } else { "did not arrive" };
            let (why, all) = (error.words(), all("errors"));
            format!("✗ {sent} {what}: packet {by} says why (ICMP {why}){all}.")
        }
        Some(_) => format!(
            "✗ Nobody claimed it: {asked}, packet {by} refuses (ICMP port unreachable){}.",
            all("refusals")
        ),
        None => format!("✗ Nobody claimed it: {asked}, packet {by} refuses (RST){}.", all("refusals")),
    };
    (text, Role::Bad)
}

/// What came of the flow, where that is worth a sentence.
fn outcome(flow: &Flow) -> Option<(String, Role)> {
    let [_, answers] = oriented(flow, flow.packets);
    let closer = flow
        .closed_by()
        .map_or("one side", |side| if side == flow.server() { "the server" } else { "the client" });
    let (text, role) = match flow.state() {
        State::Refused | State::Unreachable => return None,
        State::Reset => {
            (format!("◐ Reset: the connection ended at once (RST); {closer} closed first."), Role::Odd)
        }
        State::SynSent => (
            "✗ No answer to the SYN: the host is down, or a firewall drops it silently.".to_owned(),
            Role::Bad,
        ),
        State::SynReceived => {
            ("◐ The handshake never completed: SYN and SYN-ACK, but no ACK.".to_owned(), Role::Odd)
        }
        State::Closing => (format!("◐ Half closed: only {closer} has sent its FIN."), Role::Odd),
        State::Closed => (format!("✓ Closed by both sides (FIN), first by {closer}."), Role::Good),
        State::Established => ("✓ Established: neither side has closed it so far.".to_owned(), Role::Good),
        State::None if flow.key.protocol == UDP && answers == 0 => {
            ("◐ Nothing came back from that port in this capture.".to_owned(), Role::Odd)
        }
        State::None => return None,
    };
    Some((text, role))
}

/// What was seen of a connection from its begin to its end.
fn parts(completeness: u8) -> String {
    const NAMES: [&str; 6] = ["SYN", "SYN-ACK", "ACK", "data", "FIN", "RST"];
    let seen = NAMES.iter().enumerate().filter(|(bit, _)| completeness >> bit & 1 != 0);
    let seen: Vec<&str> = seen.map(|(_, name)| *name).collect();
    if seen.is_empty() { "none".to_owned() } else { seen.join(", ") }
}

/// TCP flags by name.
fn flags(bits: u8) -> String {
    const NAMES: [(u8, &str); 8] = [
        (0x02, "SYN"),
        (0x10, "ACK"),
        (0x08, "PSH"),
        (0x01, "FIN"),
        (0x04, "RST"),
        (0x20, "URG"),
        (0x40, "ECE"),
        (0x80, "CWR"),
    ];
    let set: Vec<&str> = NAMES.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { "none".to_owned() } else { set.join(" ") }
}
