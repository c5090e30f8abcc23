//! The events' bytes, as this kernel lays them out.

use crate::sockets::{Ends, TCP, UDP};
use rustix::fs::{Mode, OFlags, openat};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// Where tracefs may be mounted.
const FOLDERS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/// An event as the kernel describes it.
pub struct Description {
    text: String,
    /// Its number.
    pub id: u64,
}

impl Description {
    /// Of an event such as `sock/inet_sock_set_state`.
    pub fn read(event: &str) -> Option<Description> {
        let file = format!("events/{event}/format");
        let mounted = FOLDERS.iter().find_map(|at| std::fs::read_to_string(Path::new(at).join(&file)).ok());
        Description::parse(mounted.or_else(|| unmounted(&file))?)
    }

    fn parse(text: String) -> Option<Description> {
        let id = text.lines().find_map(|line| line.strip_prefix("ID: "))?.trim().parse().ok()?;
        Some(Description { text, id })
    }

    /// Where a field of so many bytes lies, of a line such as
    /// `field:__u16 sport; offset:24; size:2; signed:0;`.
    fn at(&self, wanted: &str, bytes: usize) -> Option<usize> {
        self.text.lines().find_map(|line| {
            let mut parts = line.split(';').map(str::trim);
            let name = parts.next()?.strip_prefix("field:")?.rsplit(' ').next()?;
            let name = name.split('[').next()?;
            let mut number = |key: &str| parts.next()?.strip_prefix(key)?.parse::<usize>().ok();
            let (offset, size) = (number("offset:")?, number("size:")?);
            (name == wanted && size == bytes).then_some(offset)
        })
    }
}

fn bytes<const N: usize>(raw: &[u8], at: usize) -> Option<[u8; N]> {
    raw.get(at..)?.first_chunk().copied()
}

fn word(raw: &[u8], at: usize) -> Option<u16> {
    bytes(raw, at).map(u16::from_ne_bytes)
}

/// Where the event's fields lie, which the kernel describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    socket: usize,
    old: usize,
    new: usize,
    family: usize,
    protocol: usize,
    ports: [usize; 2],
    v4: [usize; 2],
    v6: [usize; 2],
}

impl Layout {
    /// The kernel's description, read.
    pub fn of(event: &Description) -> Option<Layout> {
        Some(Layout {
            socket: event.at("skaddr", 8)?,
            old: event.at("oldstate", 4)?,
            new: event.at("newstate", 4)?,
            family: event.at("family", 2)?,
            protocol: event.at("protocol", 2)?,
            ports: [event.at("sport", 2)?, event.at("dport", 2)?],
            v4: [event.at("saddr", 4)?, event.at("daddr", 4)?],
            v6: [event.at("saddr_v6", 16)?, event.at("daddr_v6", 16)?],
        })
    }

    /// The change of state that an event tells; none of other protocols.
    pub fn change(&self, raw: &[u8]) -> Option<Change> {
        let word = |at| word(raw, at);
        if u32::from(word(self.protocol)?) != u32::from(TCP) {
            return None;
        }
        let v4 = word(self.family)? == 2;
        let end = |end: usize| -> Option<SocketAddr> {
            let address = match v4 {
                true => IpAddr::V4(Ipv4Addr::from(bytes::<4>(raw, *self.v4.get(end)?)?)),
                false => IpAddr::V6(Ipv6Addr::from(bytes::<16>(raw, *self.v6.get(end)?)?)).to_canonical(),
            };
            Some(SocketAddr::new(address, word(*self.ports.get(end)?)?))
        };
        Some(Change {
            socket: bytes(raw, self.socket).map(u64::from_ne_bytes)?,
            old: bytes(raw, self.old).map(u32::from_ne_bytes)?,
            new: bytes(raw, self.new).map(u32::from_ne_bytes)?,
            ends: Ends { protocol: TCP, local: end(0)?, remote: end(1)? },
        })
    }
}

/// A socket's change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the kernel keeps the socket.
    pub socket: u64,
    pub old: u32,
    pub new: u32,
    pub ends: Ends,
}

/// Where the fields lie of a lookup of the way to a destination: `fib:fib_table_lookup`,
/// `fib6:fib6_table_lookup`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    flags: usize,
    protocol: usize,
    v6: bool,
    addresses: [usize; 2],
    ports: [usize; 2],
}

/// Interrupts were off, or a packet was being handled: whoever runs has no part in it.
const NO_PROCESS: u8 = 0x08 | 0x10 | 0x40 | 0x80;

impl Lookup {
    /// The kernel's description, read.
    pub fn of(event: &Description, v6: bool) -> Option<Lookup> {
        let long = if v6 { 16 } else { 4 };
        Some(Lookup {
            flags: event.at("common_flags", 1)?,
            protocol: event.at("proto", 1)?,
            v6,
            addresses: [event.at("src", long)?, event.at("dst", long)?],
            ports: [event.at("sport", 2)?, event.at("dport", 2)?],
        })
    }

    /// The ends of a datagram that the process which runs is about to send, or of the socket
    /// that it connects; the local address is unspecified while the way decides it.
    pub fn ends(&self, raw: &[u8]) -> Option<Ends> {
        let [flags] = bytes(raw, self.flags)?;
        let [protocol] = bytes(raw, self.protocol)?;
        if protocol != UDP || flags & NO_PROCESS != 0 {
            return None;
        }
        let end = |end: usize| -> Option<SocketAddr> {
            let at = *self.addresses.get(end)?;
            let address = match self.v6 {
                false => IpAddr::V4(Ipv4Addr::from(bytes::<4>(raw, at)?)),
                true => IpAddr::V6(Ipv6Addr::from(bytes::<16>(raw, at)?)).to_canonical(),
            };
            let port = word(raw, *self.ports.get(end)?)?;
            (port != 0).then_some(SocketAddr::new(address, port))
        };
        Some(Ends { protocol: UDP, local: end(0)?, remote: end(1)? })
    }
}

/// The description where tracefs is mounted nowhere, as in a network namespace of
/// `ip netns`: it is mounted for this reading alone, and in no folder.
fn unmounted(file: &str) -> Option<String> {
    let context = fsopen("tracefs", FsOpenFlags::FSOPEN_CLOEXEC).ok()?;
    fsconfig_create(&context).ok()?;
    let root = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::MOUNT_ATTR_RDONLY).ok()?;
    let file = openat(&root, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut text = String::new();
    File::from(file).take(1 << 16).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMAT: &str = "name: inet_sock_set_state
ID: 2287
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:const void * skaddr;\toffset:8;\tsize:8;\tsigned:0;
\tfield:int oldstate;\toffset:16;\tsize:4;\tsigned:1;
\tfield:int newstate;\toffset:20;\tsize:4;\tsigned:1;
\tfield:__u16 sport;\toffset:24;\tsize:2;\tsigned:0;
\tfield:__u16 dport;\toffset:26;\tsize:2;\tsigned:0;
\tfield:__u16 family;\toffset:28;\tsize:2;\tsigned:0;
\tfield:__u16 protocol;\toffset:30;\tsize:2;\tsigned:0;
\tfield:__u8 saddr[4];\toffset:32;\tsize:4;\tsigned:0;
\tfield:__u8 daddr[4];\toffset:36;\tsize:4;\tsigned:0;
\tfield:__u8 saddr_v6[16];\toffset:40;\tsize:16;\tsigned:0;
\tfield:__u8 daddr_v6[16];\toffset:56;\tsize:16;\tsigned:0;
";

    fn parsed(text: &str) -> Option<Layout> {
        Layout::of(&Description::parse(text.to_owned())?)
    }

    fn layout() -> Layout {
        parsed(FORMAT).unwrap()
    }

    fn event(family: u16, protocol: u16, change: &Change) -> Vec<u8> {
        let mut raw = vec![0; 76];
        raw[8..16].copy_from_slice(&change.socket.to_ne_bytes());
        raw[16..20].copy_from_slice(&change.old.to_ne_bytes());
        raw[20..24].copy_from_slice(&change.new.to_ne_bytes());
        let ends = [change.ends.local, change.ends.remote];
        for (place, end) in ends.into_iter().enumerate() {
            raw[24 + 2 * place..][..2].copy_from_slice(&end.port().to_ne_bytes());
            match end.ip() {
                IpAddr::V4(ip) => raw[32 + 4 * place..][..4].copy_from_slice(&ip.octets()),
                IpAddr::V6(ip) => raw[40 + 16 * place..][..16].copy_from_slice(&ip.octets()),
            }
        }
        raw[28..30].copy_from_slice(&family.to_ne_bytes());
        raw[30..32].copy_from_slice(&protocol.to_ne_bytes());
        raw
    }

    #[test]
    fn events_are_read_as_the_kernel_describes_them() {
        let four = Change {
            socket: 7,
            old: 2,
            new: 1,
            ends: Ends {
                protocol: TCP,
                local: "10.0.0.1:4000".parse().unwrap(),
                remote: "10.0.0.2:80".parse().unwrap(),
            },
        };
        assert_eq!(layout().change(&event(2, 6, &four)), Some(four));
        assert_eq!(layout().change(&event(2, 132, &four)), None, "SCTP is not ours");
        let (local, remote) = ("[2001:db8::1]:5".parse().unwrap(), "[2001:db8::2]:6".parse().unwrap());
        let six = Change { ends: Ends { protocol: TCP, local, remote }, ..four };
        assert_eq!(layout().change(&event(10, 6, &six)), Some(six));
        // Another kernel may lack a field or have it elsewhere.
        assert_eq!(parsed(&FORMAT.replace("saddr_v6", "other")), None);
        assert_eq!(parsed(&FORMAT.replace("offset:24", "offset:26")).unwrap().ports[0], 26);
    }

    const LOOKUP: &str = "name: fib_table_lookup
ID: 2264
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;

\tfield:u8 proto;\toffset:24;\tsize:1;\tsigned:0;
\tfield:__u8 src[4];\toffset:28;\tsize:4;\tsigned:0;
\tfield:__u8 dst[4];\toffset:32;\tsize:4;\tsigned:0;
\tfield:u16 sport;\toffset:56;\tsize:2;\tsigned:0;
\tfield:u16 dport;\toffset:58;\tsize:2;\tsigned:0;
";

    #[test]
    fn a_lookup_is_a_process_s_only_outside_of_interrupts() {
        let event = Description::parse(LOOKUP.to_owned()).unwrap();
        let lookup = Lookup::of(&event, false).unwrap();
        assert_eq!(event.id, 2264);
        let mut raw = vec![0; 76];
        raw[24] = UDP;
        raw[32..36].copy_from_slice(&[10, 0, 0, 2]);
        raw[56..58].copy_from_slice(&4000u16.to_ne_bytes());
        raw[58..60].copy_from_slice(&53u16.to_ne_bytes());
        let ends = lookup.ends(&raw).unwrap();
        assert_eq!(
            (ends.local, ends.remote),
            ("0.0.0.0:4000".parse().unwrap(), "10.0.0.2:53".parse().unwrap())
        );
        for flag in [0x08, 0x10, 0x80] {
            raw[2] = flag;
            assert_eq!(lookup.ends(&raw), None, "flag {flag:#x}: a packet is handled, by whoever runs");
        }
        raw[2] = 0x04;
        assert!(lookup.ends(&raw).is_some(), "that somebody else is to run says nothing");
        raw[24] = TCP;
        assert_eq!(lookup.ends(&raw), None);
        raw[24] = UDP;
        raw[56..58].fill(0);
        assert_eq!(lookup.ends(&raw), None, "no socket has port 0");
        assert_eq!(lookup.ends(&raw[..40]), None);
        assert_eq!(Lookup::of(&event, true), None, "addresses of another length");
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_text_are_no_panic(raw in prop::collection::vec(any::<u8>(), 0..90), text in ".{0,200}") {
            let whole = layout().change(&raw).is_some();
            prop_assert!(!whole || raw.len() >= 40);
            parsed(&text);
        }

        /// A description with any numbers in it: no field is read outside of the event.
        #[test]
        fn any_layout_stays_in_bounds(offset in any::<usize>(), raw in prop::collection::vec(any::<u8>(), 0..90)) {
            let text = FORMAT.replace("offset:24", &format!("offset:{offset}"));
            if let Some(layout) = parsed(&text) {
                layout.change(&raw);
            }
        }
    }
}
