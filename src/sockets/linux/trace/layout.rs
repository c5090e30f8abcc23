//! The event's bytes, as this kernel lays them out.

use crate::sockets::{Ends, TCP};
use rustix::fs::{Mode, OFlags, openat};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// Where tracefs may be mounted.
const FOLDERS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const FORMAT: &str = "events/sock/inet_sock_set_state/format";

/// Where the event's fields lie, which the kernel describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Number of the event.
    pub id: u64,
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
    /// As this kernel describes it.
    pub fn read() -> Option<Layout> {
        let mounted =
            FOLDERS.iter().filter_map(|at| std::fs::read_to_string(Path::new(at).join(FORMAT)).ok());
        mounted.chain(std::iter::once_with(unmounted).flatten()).find_map(|text| Layout::parse(&text))
    }

    /// Of lines such as `field:__u16 sport; offset:24; size:2; signed:0;`.
    fn parse(text: &str) -> Option<Layout> {
        let id = text.lines().find_map(|line| line.strip_prefix("ID: "))?.trim().parse().ok()?;
        let at = |wanted: &str, bytes: usize| {
            text.lines().find_map(|line| {
                let mut parts = line.split(';').map(str::trim);
                let name = parts.next()?.strip_prefix("field:")?.rsplit(' ').next()?;
                let name = name.split('[').next()?;
                let mut number = |key: &str| parts.next()?.strip_prefix(key)?.parse::<usize>().ok();
                let (offset, size) = (number("offset:")?, number("size:")?);
                (name == wanted && size == bytes).then_some(offset)
            })
        };
        Some(Layout {
            id,
            socket: at("skaddr", 8)?,
            old: at("oldstate", 4)?,
            new: at("newstate", 4)?,
            family: at("family", 2)?,
            protocol: at("protocol", 2)?,
            ports: [at("sport", 2)?, at("dport", 2)?],
            v4: [at("saddr", 4)?, at("daddr", 4)?],
            v6: [at("saddr_v6", 16)?, at("daddr_v6", 16)?],
        })
    }

    /// The change of state that an event tells; none of other protocols.
    pub fn change(&self, raw: &[u8]) -> Option<Change> {
        fn bytes<const N: usize>(raw: &[u8], at: usize) -> Option<[u8; N]> {
            raw.get(at..)?.first_chunk().copied()
        }
        let word = |at| bytes(raw, at).map(u16::from_ne_bytes);
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

/// The description where tracefs is mounted nowhere, as in a network namespace of
/// `ip netns`: it is mounted for this reading alone, and in no folder.
fn unmounted() -> Option<String> {
    let context = fsopen("tracefs", FsOpenFlags::FSOPEN_CLOEXEC).ok()?;
    fsconfig_create(&context).ok()?;
    let root = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::MOUNT_ATTR_RDONLY).ok()?;
    let file = openat(&root, FORMAT, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
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

    fn layout() -> Layout {
        Layout::parse(FORMAT).unwrap()
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
        assert_eq!(Layout::parse(&FORMAT.replace("saddr_v6", "other")), None);
        assert_eq!(Layout::parse(&FORMAT.replace("offset:24", "offset:26")).unwrap().ports[0], 26);
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_text_are_no_panic(raw in prop::collection::vec(any::<u8>(), 0..90), text in ".{0,200}") {
            let whole = layout().change(&raw).is_some();
            prop_assert!(!whole || raw.len() >= 40);
            Layout::parse(&text);
        }

        /// A description with any numbers in it: no field is read outside of the event.
        #[test]
        fn any_layout_stays_in_bounds(offset in any::<usize>(), raw in prop::collection::vec(any::<u8>(), 0..90)) {
            let text = FORMAT.replace("offset:24", &format!("offset:{offset}"));
            if let Some(layout) = Layout::parse(&text) {
                layout.change(&raw);
            }
        }
    }
}
