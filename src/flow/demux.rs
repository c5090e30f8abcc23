//! How a segment finds its socket: the rule of delivery, for one flow.
//!
//! Owns the rule in words (RFC 9293, 3.10.7; RFC 1122, 4.1.3 and 4.2.4.4) and what
//! of it the capture shows. Which socket a host really has is not in a capture:
//! what is only likely is marked as inferred, and whoever knows better tells
//! the sockets of the ends.

use super::{Flow, Listening, Side, State, service};
use crate::decode::{TCP, UDP};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a sentence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It is the rule itself.
    Rule,
    /// The host told it.
    Told,
    /// The capture shows it.
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

/// By which part of the rule a socket gets what is sent to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is connected: the four-tuple names it.
    FourTuple,
    /// TCP: it listens on the port.
    Listener,
    /// UDP: it is bound to the port.
    Bound,
}

/// What the host told of the socket at an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// How it is found.
    pub part: Part,
    /// What it is bound to.
    pub bound: SocketAddr,
    /// What other sockets are bound to that would take it, the next best first.
    pub passed: Vec<SocketAddr>,
    /// Sockets that fit as well: it may be any of them.
    pub others: u32,
}

/// How the segments of a flow are delivered to the end that listens, and to the
/// other. `known` are the sockets of client and server, where the host told them.
pub fn delivery(flow: &Flow, known: [Option<&Known>; 2]) -> Vec<Step> {
    let ends = ends(flow);
    let refused = flow.state() == State::Refused;
    let mut steps = match flow.key.protocol {
        TCP => segments(ends, refused, known),
        UDP => {
            let back = if flow.server() == Side::A { flow.packets[0] } else { flow.packets[1] };
            datagrams(ends, refused, back > 0, known)
        }
        _ => return Vec::new(),
    };
    if known[1].is_none() {
        steps.extend(listens(flow, ends.1));
    }
    steps
}

fn rule(text: String) -> Step {
    Step { text, basis: Basis::Rule }
}

fn told(known: &Known, text: String) -> Step {
    let Known { others, .. } = known;
    match others {
        0 => Step { text: format!("{text}."), basis: Basis::Told },
        _ => {
            let all = u64::from(*others) + 1;
            let text = format!("{text}; {all} sockets share it, and which of them gets it is not known.");
            Step { text, basis: Basis::Inferred }
        }
    }
}

fn segments(
    (client, server): (SocketAddr, SocketAddr),
    refused: bool,
    [of_client, of_server]: [Option<&Known>; 2],
) -> Vec<Step> {
    if refused {
        let text =
            format!("SYN to {server}: no socket has this four-tuple, and no listener the port: refused.");
        return vec![rule(text)];
    }
    let syn = format!("SYN to {server}: no socket has this four-tuple yet →");
    let made = "a connected socket is made";
    let mut steps = Vec::new();
    let listener = |bound: &SocketAddr, passed: &[SocketAddr]| {
        format!("SYN to {server} → the listener bound to {bound}{} → {made}", before(passed))
    };
    match of_server {
        Some(known) if known.part == Part::FourTuple => {
            steps.push(match known.passed.split_first() {
                Some((bound, passed)) => told(known, listener(bound, passed)),
                None => rule(format!("{syn} a listener that is gone since → {made}.")),
            });
        }
        Some(known) => steps.push(told(known, listener(&known.bound, &known.passed))),
        None => steps.push(rule(format!(
            "{syn} a socket bound to {server}, else one bound to {} that listens → {made}.",
            wildcard(server)
        ))),
    }
    let names = format!("the four-tuple {client} ↔ {server} names");
    steps.push(match of_server {
        Some(known) if known.part == Part::FourTuple => told(known, format!("Every other: {names} it")),
        Some(_) => {
            let text = format!("Every other: {names} a socket that was not seen, only its listener.");
            Step { text, basis: Basis::Inferred }
        }
        None => rule(format!("Every other segment: {names} that socket.")),
    });
    if let Some(known) = of_client {
        let text = format!("What comes back: the four-tuple names the socket bound to {}", known.bound);
        steps.push(told(known, text));
    }
    steps
}

fn datagrams(
    (client, server): (SocketAddr, SocketAddr),
    refused: bool,
    answered: bool,
    [of_client, of_server]: [Option<&Known>; 2],
) -> Vec<Step> {
    let mut steps = Vec::new();
    let way = |known: &Known, peer: SocketAddr| {
        let before = before(&known.passed);
        match known.part {
            Part::FourTuple => format!("the socket that is connected to {peer}{before}"),
            _ if known.bound.ip().is_unspecified() => {
                format!("no socket has this very address → the one bound to {}{before}", known.bound)
            }
            _ => format!("the socket bound to {}{before}, whoever sent it", known.bound),
        }
    };
    match of_server {
        Some(known) => steps.push(told(known, format!("Datagram to {server}: {}", way(known, client)))),
        None if refused && answered => {
            steps.push(rule(format!(
                "Datagram to {server}: a socket answered some; when others came, none was bound to this address and port: refused."
            )));
        }
        None if refused => {
            steps.push(rule(format!(
                "Datagram to {server}: no socket is bound to this address and port: refused."
            )));
        }
        None => steps.push(rule(format!(
            "Datagram to {server}: destination address and port → a socket bound to {server}, else one bound to {}, whoever sent it.",
            wildcard(server)
        ))),
    }
    match of_client {
        Some(known) => steps.push(told(known, format!("Answer to {client}: {}", way(known, server)))),
        None if refused => {}
        None => steps.push(rule(format!("Answers find {client} by the same rule."))),
    }
    steps
}

/// What a socket goes before.
fn before(passed: &[SocketAddr]) -> String {
    match passed {
        [] => String::new(),
        [one] => format!(", before the one bound to {one}"),
        [all @ .., last] => {
            let all: Vec<String> = all.iter().map(SocketAddr::to_string).collect();
            format!(", before those bound to {} and {last}", all.join(", "))
        }
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

/// What the capture says of who listens, where the host says nothing.
fn listens(flow: &Flow, server: SocketAddr) -> Option<Step> {
    if flow.state().has_failed() {
        return None;
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
            let seen = Seen {
                id: 0,
                time: Timestamp(0),
                wire: 60,
                key: &key,
                hash,
                vlan: 0,
                syn: None,
                header: crate::flow::Header::Sound,
            };
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
        let udp = delivery(&flow(UDP, 53, &[(false, 0)]), [None; 2]);
        assert!(udp[0].text.contains("bound to 11.0.0.0:53, else one bound to 0.0.0.0:53"), "{udp:?}");
        assert_eq!(udp.last().unwrap().basis, Basis::Inferred);
        let known = |part, bound: &str, passed: &[&str]| Known {
            part,
            bound: bound.parse().unwrap(),
            passed: passed.iter().map(|end| end.parse().unwrap()).collect(),
            others: 0,
        };
        let udp = flow(UDP, 53, &[(false, 0)]);
        let wildcard = known(Part::Bound, "0.0.0.0:53", &[]);
        let told = delivery(&udp, [None, Some(&wildcard)]);
        assert!(told[0].text.contains("no socket has this very address → the one bound to 0.0.0.0:53."));
        assert_eq!((told[0].basis, told.len()), (Basis::Told, 2), "nothing is inferred: {told:?}");
        let specific = known(Part::Bound, "11.0.0.0:53", &["0.0.0.0:53"]);
        let told = delivery(&udp, [None, Some(&specific)]);
        assert!(
            told[0].text.contains("bound to 11.0.0.0:53, before the one bound to 0.0.0.0:53"),
            "{told:?}"
        );
        let shared = Known { others: 2, ..wildcard };
        assert_eq!(delivery(&udp, [None, Some(&shared)])[0].basis, Basis::Inferred);

        let opened = [(false, flags::SYN), (true, flags::SYN | flags::ACK)];
        let tcp = delivery(&flow(TCP, 8080, &opened), [None; 2]);
        assert!(tcp[0].text.starts_with("SYN to 11.0.0.0:8080") && tcp[2].basis == Basis::Seen, "{tcp:?}");
        // A port that answered and refuses is not one that nobody ever had.
        let ends: [SocketAddr; 2] = ["10.0.0.1:5".parse().unwrap(), "10.0.0.2:7".parse().unwrap()];
        let says = |answered| datagrams((ends[0], ends[1]), true, answered, [None; 2])[0].text.clone();
        assert!(says(true).contains("answered some") && !says(false).contains("answered"));
        let refused =
            delivery(&flow(TCP, 8080, &[(false, flags::SYN), (true, flags::RST | flags::ACK)]), [None; 2]);
        assert!(refused.len() == 1 && refused[0].text.ends_with("refused."), "{refused:?}");

        let mut lost = flow(TCP, 8080, &[(false, flags::SYN)]);
        lost.set_state(State::Unreachable);
        let told = delivery(&lost, [None; 2]);
        assert!(!told.iter().any(|step| step.text.contains("listens:")), "no host was reached: {told:?}");

        let own = known(Part::FourTuple, "11.0.0.0:8080", &["11.0.0.0:8080", "0.0.0.0:8080"]);
        let told = delivery(&flow(TCP, 8080, &opened), [None, Some(&own)]);
        let listener = "the listener bound to 11.0.0.0:8080, before the one bound to 0.0.0.0:8080 →";
        assert!(told[0].text.contains(listener) && told[1].basis == Basis::Told, "{told:?}");
        let only = known(Part::Listener, "0.0.0.0:8080", &[]);
        let told = delivery(&flow(TCP, 8080, &opened), [None, Some(&only)]);
        assert_eq!((told[0].basis, told[1].basis), (Basis::Told, Basis::Inferred), "{told:?}");
    }
}
