//! Which socket the kernel gives a flow's segments to: pure.
//!
//! Owns the rule of delivery. TCP: the socket of the four-tuple, else a
//! listener. UDP: a connected socket, else one bound to the address, else one
//! bound to all addresses. A specific address goes before the wildcard, a
//! socket of the packet's own IP version before one that takes both.

use super::{Ends, Socket, TCP, Table, UDP};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// How well it is known whose a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// No socket is known for it.
    Unknown,
    /// TCP: only the listener on its port was seen, not the connection itself.
    Listener,
    /// UDP: a socket that is bound to the port on all addresses.
    Wildcard,
    /// UDP: a socket that is bound to this address and port.
    Bound,
    /// A socket with exactly this four-tuple.
    Exact,
}

impl Quality {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Quality::Unknown => "unknown",
            Quality::Listener => "listener",
            Quality::Wildcard => "wildcard",
            Quality::Bound => "bound",
            Quality::Exact => "exact",
        }
    }

    /// By its word.
    pub fn named(name: &str) -> Option<Quality> {
        use Quality::{Bound, Exact, Listener, Unknown, Wildcard};
        [Unknown, Listener, Wildcard, Bound, Exact].into_iter().find(|quality| quality.name() == name)
    }

    /// What it means, for a person.
    pub const fn about(self) -> &'static str {
        match self {
            Quality::Unknown => "no socket was seen for it",
            Quality::Listener => "the listener on the port; the connection's own socket was not seen",
            Quality::Wildcard => "a socket bound to the port on all addresses",
            Quality::Bound => "a socket bound to this address and port",
            Quality::Exact => "the socket of exactly this four-tuple",
        }
    }
}

/// A socket that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// How well.
    pub quality: Quality,
    /// Its place in the table.
    pub place: u32,
    /// Others that fit as well: of those that share a port (SO_REUSEPORT), or
    /// of a group's members, it is not known which got a packet.
    pub others: u32,
}

/// The socket that a packet from `ends.remote` to `ends.local` is delivered to.
pub fn find(table: &Table, ends: &Ends) -> Option<Found> {
    let connected = table.connected(ends).map(|place| Found { quality: Quality::Exact, place, others: 0 });
    connected.or_else(|| find_bound(table, ends))
}

/// The same for a packet that belongs to no connection.
pub(super) fn find_bound(table: &Table, ends: &Ends) -> Option<Found> {
    ranked(table, ends).into_iter().flatten().next()
}

/// All that fit as well as `socket`, found so well: itself alone where that is certain.
pub(super) fn alike<'a>(table: &'a Table, ends: &Ends, socket: &Socket, quality: Quality) -> Vec<&'a Socket> {
    let own = rank(socket, ends.local.ip()).filter(|_| quality != Quality::Exact);
    let Some((own, _)) = own else { return Vec::new() };
    let fits = |other: &&Socket| rank(other, ends.local.ip()).is_some_and(|(at, _)| at == own);
    let bound = table.bound(ends.protocol, ends.local.port()).map(|(_, other)| other);
    bound.filter(fits).take(MOST_ALIKE).collect()
}

/// What the sockets are bound to that would take the packet if `socket`, found
/// so well, were not there; the next best first.
pub(super) fn passed(table: &Table, ends: &Ends, socket: &Socket, quality: Quality) -> Arc<[SocketAddr]> {
    // A connection goes before all that are bound.
    let own = rank(socket, ends.local.ip()).filter(|_| quality != Quality::Exact);
    let worse = |at: &usize| own.is_none_or(|(own, _)| *at > own);
    let fits = ranked(table, ends).into_iter().enumerate().filter(|(at, _)| worse(at));
    fits.filter_map(|(_, next)| Some(table.get(next?.place)?.local)).collect()
}

/// Sockets that share a port of which the processes are told.
const MOST_ALIKE: usize = 64;

/// Ranks of fits: a bound address of the packet's version, of the other one
/// (mapped), all addresses of its version, all of both.
const RANKS: usize = 4;

/// The best fit of each rank, in the order that the kernel prefers.
fn ranked(table: &Table, ends: &Ends) -> [Option<Found>; RANKS] {
    let mut best = [None; RANKS];
    for (place, socket) in table.bound(ends.protocol, ends.local.port()) {
        let Some((rank, specific)) = rank(socket, ends.local.ip()) else { continue };
        let quality = match (ends.protocol, specific) {
            (TCP, _) => Quality::Listener,
            (_, true) => Quality::Bound,
            (_, false) => Quality::Wildcard,
        };
        match best.get_mut(rank) {
            Some(Some(Found { others, .. })) => *others += 1,
            Some(none) => *none = Some(Found { quality, place, others: 0 }),
            None => {}
        }
    }
    best
}

/// How a socket that is not connected fits an address: its rank, and whether
/// it is bound to this very address; none when it does not.
fn rank(socket: &Socket, address: IpAddr) -> Option<(usize, bool)> {
    let takes = match socket.protocol {
        TCP => socket.is_listener(),
        UDP => socket.remote.is_none(),
        _ => false,
    };
    let own_version = socket.v6 == address.is_ipv6();
    let bound = socket.local.ip();
    let specific = bound == address;
    // An IPv6 socket on all addresses takes IPv4 too, unless it says otherwise.
    let wildcard = bound.is_unspecified()
        && (bound.is_ipv6() == address.is_ipv6() || (socket.v6 && bound.is_ipv6() && !socket.v6_only));
    let rank = 2 * usize::from(!specific) + usize::from(!own_version);
    (takes && (specific || wildcard)).then_some((rank, specific))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::LISTEN;
    use proptest::prelude::*;

    fn socket(protocol: u8, local: &str, remote: Option<&str>) -> Socket {
        let local: SocketAddr = local.parse().unwrap();
        Socket {
            protocol,
            local,
            remote: remote.map(|text| text.parse().unwrap()),
            v6: local.is_ipv6(),
            v6_only: false,
            interface: 0,
            state: if protocol == TCP && remote.is_none() { LISTEN } else { 1 },
            receive_queue: 0,
            send_queue: 0,
            uid: 0,
            inode: 7,
            cookie: 0,
        }
    }

    fn ends(protocol: u8, local: &str, remote: &str) -> Ends {
        Ends { protocol, local: local.parse().unwrap(), remote: remote.parse().unwrap() }
    }

    fn found(sockets: Vec<Socket>, ends: &Ends) -> Option<(Quality, u32, u32)> {
        find(&Table::new(sockets), ends).map(|found| (found.quality, found.place, found.others))
    }

    #[test]
    fn a_connection_goes_before_its_listener() {
        let listener = socket(TCP, "0.0.0.0:80", None);
        let connection = socket(TCP, "10.0.0.1:80", Some("10.0.0.2:4000"));
        let this = ends(TCP, "10.0.0.1:80", "10.0.0.2:4000");
        assert_eq!(found(vec![listener, connection], &this), Some((Quality::Exact, 1, 0)));
        let other = ends(TCP, "10.0.0.1:80", "10.0.0.2:4001");
        assert_eq!(found(vec![listener, connection], &other), Some((Quality::Listener, 0, 0)));
        // A TCP socket that is bound and neither listens nor is connected gets nothing.
        let idle = Socket { state: 7, ..listener };
        assert_eq!(found(vec![idle], &other), None);
    }

    #[test]
    fn what_a_process_holds_goes_before_what_waits_out_its_time() {
        let held = socket(TCP, "10.0.0.1:4000", Some("10.0.0.2:80"));
        let waiting = Socket { inode: 0, state: 6, ..held };
        let this = ends(TCP, "10.0.0.1:4000", "10.0.0.2:80");
        assert_eq!(found(vec![held, waiting], &this), Some((Quality::Exact, 0, 0)));
        assert_eq!(found(vec![waiting, held], &this), Some((Quality::Exact, 1, 0)));
    }

    #[test]
    fn datagrams_go_to_the_connected_then_the_specific_then_the_wildcard() {
        let all = vec![
            socket(UDP, "0.0.0.0:53", None),
            socket(UDP, "10.0.0.1:53", None),
            socket(UDP, "10.0.0.1:53", Some("10.0.0.2:4000")),
        ];
        let from = |remote| ends(UDP, "10.0.0.1:53", remote);
        assert_eq!(found(all.clone(), &from("10.0.0.2:4000")), Some((Quality::Exact, 2, 0)));
        assert_eq!(found(all.clone(), &from("10.0.0.3:4000")), Some((Quality::Bound, 1, 0)));
        let elsewhere = ends(UDP, "10.0.0.9:53", "10.0.0.3:4000");
        assert_eq!(found(all, &elsewhere), Some((Quality::Wildcard, 0, 0)));
    }

    /// Whose a shared port's datagram is must not be told as that of the first socket.
    #[test]
    fn sockets_that_share_a_port_are_alike() {
        let shared = socket(UDP, "0.0.0.0:53", None);
        let all = vec![shared, shared, socket(UDP, "10.0.0.1:53", None), socket(UDP, "0.0.0.0:54", None)];
        let table = Table::new(all);
        let ends = ends(UDP, "10.0.0.9:53", "10.0.0.3:4000");
        assert_eq!(find(&table, &ends).map(|found| found.others), Some(1));
        assert_eq!(alike(&table, &ends, &shared, Quality::Wildcard).len(), 2);
        assert_eq!(alike(&table, &ends, &shared, Quality::Exact).len(), 0, "a connection is alone");
    }

    /// Whoever explains a delivery must know what the socket goes before.
    #[test]
    fn what_is_passed_over_is_told_in_order() {
        let all = Table::new(vec![
            socket(TCP, "[::]:80", None),
            socket(TCP, "0.0.0.0:80", None),
            socket(TCP, "10.0.0.1:80", None),
            socket(TCP, "10.0.0.9:80", None),
            socket(TCP, "10.0.0.1:80", Some("10.0.0.2:4000")),
        ]);
        let told = |remote: &str| {
            let this = ends(TCP, "10.0.0.1:80", remote);
            let found = find(&all, &this).unwrap();
            let passed = passed(&all, &this, all.get(found.place).unwrap(), found.quality);
            passed.iter().map(SocketAddr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(told("10.0.0.2:4000"), ["10.0.0.1:80", "0.0.0.0:80", "[::]:80"]);
        assert_eq!(told("10.0.0.2:4001"), ["0.0.0.0:80", "[::]:80"]);
    }

    #[test]
    fn a_socket_of_both_versions_takes_ipv4_unless_told_otherwise() {
        let both = socket(TCP, "[::]:80", None);
        let this = ends(TCP, "10.0.0.1:80", "10.0.0.2:4000");
        assert_eq!(found(vec![both], &this), Some((Quality::Listener, 0, 0)));
        let only = Socket { v6_only: true, ..both };
        assert_eq!(found(vec![only], &this), None);
        let four = socket(TCP, "0.0.0.0:80", None);
        assert_eq!(found(vec![both, four], &this), Some((Quality::Listener, 1, 0)));
        // Never the other way round.
        let six = ends(TCP, "[2001:db8::1]:80", "[2001:db8::2]:4000");
        assert_eq!(found(vec![four], &six), None);
    }

    #[test]
    fn sockets_that_share_a_port_are_counted_and_not_chosen_from_in_silence() {
        let one = socket(UDP, "0.0.0.0:5353", None);
        let this = ends(UDP, "10.0.0.1:5353", "10.0.0.2:5353");
        assert_eq!(found(vec![one; 3], &this), Some((Quality::Wildcard, 0, 2)));
    }

    fn any_socket() -> impl Strategy<Value = Socket> {
        let address = prop_oneof![Just("0.0.0.0"), Just("10.0.0.1"), Just("[::]"), Just("10.0.0.3")];
        let remote = prop_oneof![3 => Just(None), 1 => Just(Some("10.0.0.2:4000"))];
        (prop_oneof![Just(TCP), Just(UDP)], address, 53u16..55, remote, any::<bool>(), 0u32..2).prop_map(
            |(protocol, address, port, remote, v6_only, inode)| {
                let remote = remote.filter(|_| !address.starts_with('['));
                let made = socket(protocol, &format!("{address}:{port}"), remote);
                Socket { v6_only, inode, ..made }
            },
        )
    }

    proptest! {
        /// Against the rule said once more, as a scan over all sockets: no
        /// socket that fits better is passed over, none that does not fit is found.
        #[test]
        fn nothing_that_fits_better_is_passed_over(sockets in prop::collection::vec(any_socket(), 0..12)) {
            for protocol in [TCP, UDP] {
                let this = ends(protocol, "10.0.0.1:53", "10.0.0.2:4000");
                let score = |socket: &Socket| {
                    let address = socket.local.ip().to_string();
                    if socket.protocol != protocol || socket.local.port() != 53 {
                        return 0;
                    }
                    match (socket.remote.is_some(), address.as_str()) {
                        (true, "10.0.0.1") => 8,
                        (true, _) => 0,
                        (false, "10.0.0.1") => 4,
                        (false, "0.0.0.0") => 2,
                        (false, "::") if !socket.v6_only => 1,
                        _ => 0,
                    }
                };
                let best = sockets.iter().map(score).max().unwrap_or(0);
                let table = Table::new(sockets.clone());
                let found = find(&table, &this);
                prop_assert_eq!(found.map_or(0, |found| score(table.get(found.place).unwrap())), best);
                let quality = match (best, protocol) {
                    (0, _) => None,
                    (8, _) => Some(Quality::Exact),
                    (_, TCP) => Some(Quality::Listener),
                    (4, _) => Some(Quality::Bound),
                    _ => Some(Quality::Wildcard),
                };
                prop_assert_eq!(found.map(|found| found.quality), quality);
                let equal = sockets.iter().filter(|socket| score(socket) == best).count() as u32;
                if matches!(best, 1..=4) {
                    prop_assert_eq!(found.map(|found| found.others + 1), Some(equal));
                }
            }
        }
    }
}
