//! sock_diag: dumps of all TCP and UDP sockets, and word of those that end.
//!
//! Anyone may ask; the kernel answers for the caller's network namespace.

use crate::sockets::{Ends, Socket, TCP, UDP};
use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6};
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags};
use netlink_sys::{SocketAddr, protocols::NETLINK_SOCK_DIAG};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::ErrorKind;

/// Longest wait for the kernel's next part of an answer.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
/// The kernel fills at most 32 KiB at a time.
const BUFFER: usize = 64 << 10;
/// Most parts of one answer, and of the events taken at a time.
const PARTS: usize = 16_384;
/// Multicast groups of sockets that are destroyed: TCP and UDP over IPv4 and IPv6.
const DESTROYED: [u32; 4] = [1, 2, 3, 4];

/// The kernel's ear for questions about sockets.
pub(in crate::sockets) struct Diag {
    asking: netlink_sys::Socket,
    /// None where the kernel tells no ends.
    hearing: Option<netlink_sys::Socket>,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Diag {
    /// Opens it, or says why not.
    pub fn open() -> Result<Diag, String> {
        let opened = || -> std::io::Result<netlink_sys::Socket> {
            let mut socket = netlink_sys::Socket::new(NETLINK_SOCK_DIAG)?;
            socket.bind_auto()?;
            socket.set_non_blocking(true)?;
            Ok(socket)
        };
        let asking =
            opened().map_err(|error| format!("the kernel cannot be asked for its sockets: {error}"))?;
        let hearing = opened().ok().filter(|socket| {
            // An overflow only loses events; the next dump makes up for them.
            let _ = socket.set_no_enobufs(true);
            DESTROYED.iter().all(|group| socket.add_membership(*group).is_ok())
        });
        Ok(Diag { asking, hearing, buffer: Vec::with_capacity(BUFFER), sequence: 0 })
    }

    /// Every TCP and UDP socket of this network namespace.
    pub fn sockets(&mut self) -> Result<Vec<Socket>, String> {
        let mut found = Vec::new();
        for protocol in [TCP, UDP] {
            for family in [AF_INET, AF_INET6] {
                let all = if family == AF_INET { SocketId::new_v4() } else { SocketId::new_v6() };
                self.ask(family, protocol, NLM_F_DUMP, all, &mut found)?;
            }
        }
        Ok(found)
    }

    /// The socket that is connected between exactly these ends.
    #[cfg_attr(not(feature = "trace"), allow(dead_code))]
    pub fn connected(&mut self, ends: &Ends) -> Option<Socket> {
        // The kernel may answer with a listener.
        self.one(ends).filter(|socket| socket.local == ends.local && socket.remote == Some(ends.remote))
    }

    /// The socket that the kernel finds between these ends.
    #[cfg_attr(not(feature = "trace"), allow(dead_code))]
    fn one(&mut self, ends: &Ends) -> Option<Socket> {
        let id = SocketId {
            source_port: ends.local.port(),
            destination_port: ends.remote.port(),
            source_address: ends.local.ip(),
            destination_address: ends.remote.ip(),
            interface_id: 0,
            cookie: [0xff; 8],
        };
        let family = if ends.local.is_ipv4() { AF_INET } else { AF_INET6 };
        let mut found = Vec::new();
        self.ask(family, ends.protocol, 0, id, &mut found).ok()?;
        found.pop()
    }

    /// The UDP socket that sends between these ends: connected so, or bound to the local
    /// address, which is unspecified for all.
    #[cfg_attr(not(feature = "trace"), allow(dead_code))]
    pub fn sending(&mut self, ends: &Ends) -> Option<Socket> {
        // For UDP the kernel has the ends the other way round.
        let socket = self.one(&ends.reversed())?;
        let fits = socket.local == ends.local && socket.remote.is_none_or(|remote| remote == ends.remote);
        fits.then_some(socket)
    }

    /// Adds the sockets that ended since the last call.
    pub fn destroyed(&mut self, found: &mut Vec<Socket>) {
        let Some(hearing) = &self.hearing else { return };
        for _ in 0..PARTS {
            self.buffer.clear();
            if hearing.recv(&mut self.buffer, 0).is_err() {
                return;
            }
            // Events carry their protocol as an attribute.
            messages(&self.buffer, |message| {
                if let NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) = message.payload
                {
                    // The queues of what is being taken apart mean nothing.
                    let ended = |protocol| Socket {
                        receive_queue: 0,
                        send_queue: 0,
                        ..described(protocol, &response)
                    };
                    found.extend(protocol(&response).map(ended));
                }
                true
            });
        }
    }

    /// Asks for one socket, or with the flag for a list of all.
    fn ask(
        &mut self,
        family: u8,
        protocol: u8,
        flag: u16,
        socket_id: SocketId,
        found: &mut Vec<Socket>,
    ) -> Result<(), String> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flag;
        header.sequence_number = self.sequence;
        let states = StateFlags::all();
        let request =
            InetRequest { family, protocol, extensions: ExtensionFlags::empty(), states, socket_id };
        let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        let failed = |error: std::io::Error| format!("the kernel cannot be asked for its sockets: {error}");
        self.asking.send_to(&bytes, &SocketAddr::new(0, 0), 0).map_err(failed)?;
        for _ in 0..PARTS {
            self.buffer.clear();
            match self.asking.recv(&mut self.buffer, 0) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let mut ready = [PollFd::new(&self.asking, PollFlags::IN)];
                    if poll(&mut ready, Some(&PATIENCE)).unwrap_or(0) == 0 {
                        return Err("the kernel does not answer for its sockets".to_owned());
                    }
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            }
            let (mut done, mut refused) = (false, None);
            messages(&self.buffer, |message| {
                // What is left of an answer that was given up is not ours.
                if message.header.sequence_number != self.sequence {
                    return true;
                }
                match message.payload {
                    NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) => {
                        found.push(described(protocol, &response));
                        done = flag != NLM_F_DUMP;
                    }
                    NetlinkPayload::Done(_) => done = true,
                    NetlinkPayload::Error(error) => refused = Some(error.to_io()),
                    _ => {}
                }
                !done && refused.is_none()
            });
            match refused {
                // A kernel without this family or protocol has no such sockets.
                Some(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Some(error) => return Err(failed(error)),
                None if done => return Ok(()),
                None => {}
            }
        }
        Err("the kernel's list of sockets does not end".to_owned())
    }
}

/// Hands each message of a datagram to `take`, until it has enough.
fn messages(bytes: &[u8], mut take: impl FnMut(NetlinkMessage<SockDiagMessage>) -> bool) {
    let mut rest = bytes;
    while let Some(length) = rest.first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        let Some(one) = rest.get(..length).filter(|one| one.len() >= 16) else { return };
        if let Ok(message) = NetlinkMessage::<SockDiagMessage>::deserialize(one)
            && !take(message)
        {
            return;
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
}

/// The protocol that an event names.
fn protocol(response: &InetResponse) -> Option<u8> {
    response.nlas.iter().find_map(|nla| match nla {
        Nla::Protocol(protocol) => Some(*protocol),
        _ => None,
    })
}

fn described(protocol: u8, response: &InetResponse) -> Socket {
    let header = &response.header;
    let id = &header.socket_id;
    let v6 = header.family == AF_INET6;
    let local = std::net::SocketAddr::new(id.source_address.to_canonical(), id.source_port);
    let remote = std::net::SocketAddr::new(id.destination_address.to_canonical(), id.destination_port);
    let v6_only = response.nlas.iter().any(|nla| matches!(nla, Nla::SkV6Only(true)));
    Socket {
        protocol,
        local,
        remote: (remote.port() != 0).then_some(remote),
        v6,
        v6_only,
        interface: id.interface_id,
        state: header.state,
        receive_queue: header.recv_queue,
        send_queue: header.send_queue,
        uid: header.uid,
        inode: header.inode,
        cookie: u64::from_ne_bytes(id.cookie),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::time::{Duration, Instant};

    fn dumped() -> Option<(Diag, Vec<Socket>)> {
        let listed = Diag::open().and_then(|mut diag| diag.sockets().map(|sockets| (diag, sockets)));
        match listed {
            Ok(listed) => Some(listed),
            Err(why) => {
                println!("skipped: {why}");
                None
            }
        }
    }

    #[test]
    fn finds_sockets_of_its_own_and_hears_their_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let Some((mut diag, sockets)) = dumped() else { return };
        let find = |protocol, local: std::net::SocketAddr, remote: Option<std::net::SocketAddr>| {
            let fits = |s: &&Socket| s.protocol == protocol && s.local == local && s.remote == remote;
            sockets.iter().find(fits).copied().unwrap()
        };
        let near = client.local_addr().unwrap();
        let far = listener.local_addr().unwrap();
        assert_eq!(find(TCP, far, None).state(), "LISTEN");
        assert_eq!(find(TCP, near, Some(far)).state(), "ESTABLISHED");
        assert_eq!(find(UDP, udp.local_addr().unwrap(), None).state(), "unconnected");
        assert_ne!(find(TCP, far, Some(near)).inode, 0);
        if diag.hearing.is_none() {
            return println!("skipped: this kernel does not tell the end of sockets");
        }
        let cookie = |socket: Option<Socket>| socket.map(|socket| socket.cookie);
        let from = udp.local_addr().unwrap();
        let sending = Ends { protocol: UDP, local: from, remote: "127.0.0.1:53".parse().unwrap() };
        assert_eq!(cookie(diag.sending(&sending)), cookie(Some(find(UDP, from, None))));
        udp.connect(sending.remote).unwrap();
        assert_eq!(cookie(diag.sending(&sending)), cookie(Some(find(UDP, from, None))));
        let elsewhere = Ends { remote: "127.0.0.1:54".parse().unwrap(), ..sending };
        assert_eq!(diag.sending(&elsewhere), None, "it is connected to another");
        let any = UdpSocket::bind("0.0.0.0:0").unwrap();
        let any = Ends { local: any.local_addr().unwrap(), ..sending };
        assert_eq!(diag.sending(&any).map(|socket| socket.local), Some(any.local));
        let cookie = find(TCP, near, Some(far)).cookie;
        let between = Ends { protocol: TCP, local: near, remote: far };
        assert_eq!(diag.connected(&between).map(|socket| socket.cookie), Some(cookie));
        let nobody = Ends { remote: "127.0.0.1:1".parse().unwrap(), ..between };
        assert_eq!(diag.connected(&nobody), None, "its listener is not the connection");
        drop(client);
        drop(server);
        let (mut ended, limit) = (Vec::new(), Instant::now() + Duration::from_secs(60));
        while !ended.iter().any(|socket: &Socket| socket.cookie == cookie) {
            assert!(Instant::now() < limit, "the end of {cookie} was not heard: {ended:?}");
            std::thread::sleep(Duration::from_millis(5));
            diag.destroyed(&mut ended);
        }
    }

    /// An answer as the kernel writes it (`struct inet_diag_msg`), with any attributes.
    fn answer(socket: &Socket, attributes: &[u8]) -> Vec<u8> {
        let v6 = u8::from(socket.v6);
        let mut body = vec![if socket.v6 { AF_INET6 } else { AF_INET }, socket.state, 0, 0];
        let ends = [socket.local, socket.remote.unwrap_or_else(|| "0.0.0.0:0".parse().unwrap())];
        for end in ends {
            body.extend(end.port().to_be_bytes());
        }
        for end in ends {
            let mut address = [0; 16];
            match end.ip() {
                std::net::IpAddr::V4(ip) if v6 == 0 => address[..4].copy_from_slice(&ip.octets()),
                std::net::IpAddr::V4(ip) => address = ip.to_ipv6_mapped().octets(),
                std::net::IpAddr::V6(ip) => address = ip.octets(),
            }
            body.extend(address);
        }
        body.extend(socket.interface.to_ne_bytes());
        body.extend(socket.cookie.to_ne_bytes());
        body.extend([0; 4]);
        for word in [socket.receive_queue, socket.send_queue, socket.uid, socket.inode] {
            body.extend(word.to_ne_bytes());
        }
        body.extend(attributes);
        let length = (16 + body.len()) as u32;
        // SOCK_DIAG_BY_FAMILY, part of a list.
        let head = [&length.to_ne_bytes()[..], &20u16.to_ne_bytes(), &2u16.to_ne_bytes(), &[0; 8]].concat();
        let mut message = [head, body].concat();
        message.resize(message.len().next_multiple_of(4), 0);
        message
    }

    fn read(bytes: &[u8]) -> Vec<Socket> {
        let mut found = Vec::new();
        messages(bytes, |message| {
            if let NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) = message.payload {
                found.push(described(TCP, &response));
            }
            true
        });
        found
    }

    fn any_socket() -> impl Strategy<Value = Socket> {
        let end = (any::<std::net::IpAddr>(), 1u16..).prop_map(|(ip, port)| (ip.to_canonical(), port));
        let words = any::<[u32; 5]>();
        (end.clone(), prop::option::of(end), 1u8..12, words, any::<u64>()).prop_map(
            |((ip, port), remote, state, [interface, receive_queue, send_queue, uid, inode], cookie)| {
                Socket {
                    protocol: TCP,
                    local: std::net::SocketAddr::new(ip, port),
                    // Both ends of one family.
                    remote: remote.map(|(other, port)| {
                        let other = if other.is_ipv4() == ip.is_ipv4() { other } else { ip };
                        std::net::SocketAddr::new(other, port)
                    }),
                    v6: ip.is_ipv6(),
                    v6_only: false,
                    interface,
                    state,
                    receive_queue,
                    send_queue,
                    uid,
                    inode,
                    cookie,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_the_kernel_writes_is_read(sockets in prop::collection::vec(any_socket(), 0..4)) {
            let bytes: Vec<u8> = sockets.iter().flat_map(|socket| answer(socket, &[])).collect();
            prop_assert_eq!(read(&bytes), sockets);
        }

        #[test]
        fn any_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(read(&bytes).len() <= bytes.len() / 16);
        }

        /// Whatever attributes follow, and whatever byte is wrong or missing.
        #[test]
        fn damaged_answers_are_no_panic(
            socket in any_socket(),
            attributes in prop::collection::vec(any::<u8>(), 0..40),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = answer(&socket, &attributes);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            prop_assert!(read(&bytes).len() <= 4);
            bytes.truncate(cut.index(bytes.len()));
            read(&bytes);
        }
    }

    #[test]
    fn sockets_for_both_versions_are_told_from_those_for_one() {
        let Ok(both) = UdpSocket::bind("[::]:0") else { return println!("skipped: no IPv6") };
        let port = both.local_addr().unwrap().port();
        let Some((_, sockets)) = dumped() else { return };
        let found = sockets.iter().find(|s| s.protocol == UDP && s.local.port() == port).unwrap();
        assert!(found.v6 && !found.v6_only, "{found:?}");
    }
}
