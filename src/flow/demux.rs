//! How a segment finds its socket: the rule of delivery, for one flow.
//!
//! Owns the rule in words (RFC 9293, 3.10.7; RFC 1122, 4.1.3 and 4.2.4.4) and what
//! of it the capture shows. Which socket a host really has is not in a capture:
//! what is only likely is marked as inferred, and whoever knows better tells
//! the address that the socket is bound to.

use super::{Flow, Listening, Side, State, service};
use crate::decode::{TCP, UDP};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a sentence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It is the rule itself.
    Rule,
    /// The capture, or the host, shows it.
    Seen,
    /// It is likely.
    Inferred,
}

/// One sentence of the explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In words.
    pub text: String,
    /// How it is known.
    pub basis: Basis,
}

/// Client and server of a flow as addresses with ports.
pub fn ends(flow: &Flow) -> (SocketAddr, SocketAddr) {
    let key = &flow.key;
    let a = SocketAddr::new(key.source(), key.src_port);
    let b = SocketAddr::new(key.destination(), key.dst_port);
    if flow.server() == Side::A { (b, a) } else { (a, b) }
}

/// How the segments of a flow are delivered. `bound` is the local address of
/// the server's socket, where the host told it.
pub fn delivery(flow: &Flow, bound: Option<SocketAddr>) -> Vec<Step> {
    let (client, server) = ends(flow);
    let step = |basis, text| Step { text, basis };
    let refused = flow.state() == State::Refused;
    let socket = match bound {
        Some(bound) => format!("the socket bound to {bound}"),
        None => format!("a socket bound to {server}, else one bound to {}", wildcard(server)),
    };
    match flow.key.protocol {
        TCP => {
            let syn = if refused {
                format!("SYN to {server}: no socket has this four-tuple, and no listener the port: refused.")
            } else {
                format!(
                    "SYN to {server}: no socket has this four-tuple yet → {socket} that listens → a connected socket is made."
                )
            };
            let data = format!("Every other segment: the four-tuple {client} ↔ {server} names that socket.");
            let mut steps = vec![step(Basis::Rule, syn)];
            if !refused {
                steps.push(step(Basis::Rule, data));
            }
            steps.extend(listens(flow, server, bound));
            steps
        }
        UDP => {
            let datagram = if refused {
                format!("Datagram to {server}: no socket is bound to this address and port: refused.")
            } else {
                format!("Datagram to {server}: destination address and port → {socket}, whoever sent it.")
            };
            let mut steps = vec![step(Basis::Rule, datagram)];
            if !refused {
                steps.push(step(Basis::Rule, format!("Answers find {client} by the same rule.")));
            }
            steps.extend(listens(flow, server, bound));
            steps
        }
        _ => Vec::new(),
    }
}

/// All addresses of the version of `end`, with its port.
fn wildcard(end: SocketAddr) -> SocketAddr {
    let any = match end {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(any, end.port())
}

fn listens(flow: &Flow, server: SocketAddr, bound: Option<SocketAddr>) -> Option<Step> {
    if flow.state() == State::Refused {
        return None;
    }
    if let Some(bound) = bound {
        return Some(Step { text: format!("{bound} is bound: the host says so."), basis: Basis::Seen });
    }
    let which = "to which address it is bound the capture does not show";
    let (text, basis) = match flow.listening() {
        Listening::Syn if flow.state() == State::SynSent => return None,
        Listening::Syn => (format!("{server} listens: the handshake shows it; {which}."), Basis::Seen),
        Listening::KnownPort => {
            let name = service(server.port()).unwrap_or("a service");
            (format!("{server} likely listens: port {} is known for {name}.", server.port()), Basis::Inferred)
        }
        Listening::LowerPort => {
            (format!("{server} likely listens: its port is the lower one."), Basis::Inferred)
        }
        Listening::FirstReceiver => {
            (format!("{server} likely listens: it received the first packet."), Basis::Inferred)
        }
    };
    Some(Step { text, basis })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::decode::FlowKey;
    use crate::flow::tcp::Segment;
    use crate::flow::{FlowTable, Seen, flags};

    fn flow(protocol: u8, dst_port: u16, segments: &[(bool, u16)]) -> Flow {
        let mut table = FlowTable::default();
        let mut key = FlowKey { src_port: 40_000, dst_port, protocol, ..FlowKey::default() };
        (key.src[0], key.dst[0]) = (10, 11);
        for (back, bits) in segments {
            let key = if *back { key.reversed() } else { key };
            let hash = table.hasher().hash(&key);
            let seen = Seen { id: 0, time: Timestamp(0), wire: 60, key: &key, hash, vlan: 0, syn: None };
            let found = table.find(&key, hash);
            let update = table.packet(&seen, found);
            if protocol == TCP {
                let segment = Segment { seq: 1, flags: *bits, ..Segment::default() };
                table.segment(update, (0, &key), &segment, true, |_| 0);
            }
        }
        table.get(0).cloned().unwrap()
    }

    /// What is inferred must not be told as if it had been seen, and a bound
    /// address goes before the wildcard.
    #[test]
    fn the_rule_says_what_is_seen_and_what_is_inferred() {
        let udp = delivery(&flow(UDP, 53, &[(false, 0)]), None);
        assert!(udp[0].text.contains("bound to 11.0.0.0:53, else one bound to 0.0.0.0:53"), "{udp:?}");
        assert_eq!(udp.last().unwrap().basis, Basis::Inferred);
        let bound = Some(SocketAddr::from(([0, 0, 0, 0], 53)));
        let known = delivery(&flow(UDP, 53, &[(false, 0)]), bound);
        assert!(known[0].text.contains("the socket bound to 0.0.0.0:53") && known[2].basis == Basis::Seen);

        let opened = [(false, flags::SYN), (true, flags::SYN | flags::ACK)];
        let tcp = delivery(&flow(TCP, 8080, &opened), None);
        assert!(tcp[0].text.starts_with("SYN to 11.0.0.0:8080") && tcp[2].basis == Basis::Seen, "{tcp:?}");
        let refused =
            delivery(&flow(TCP, 8080, &[(false, flags::SYN), (true, flags::RST | flags::ACK)]), None);
        assert!(refused.len() == 1 && refused[0].text.ends_with("refused."), "{refused:?}");
    }
}
