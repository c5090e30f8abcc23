//! An end's owner as a comment of a capture file, written and read.
//!
//! Owns the form, which `docs/OUTPUT.md` describes: a mark, a space, one JSON
//! object. A comment says of itself which end it speaks of, so that it may
//! stand at any packet. What is read is hostile: bounded, and never believed
//! to be more than a word of the file.

use super::{Ends, Holder, Owner, Process, Quality, STATES, Seen, Socket, TCP, UDP};
use crate::base::Timestamp;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// What such a comment begins with.
pub const MARK: &str = "wirepeel-socket ";
/// Version of the form.
const VERSION: u64 = 1;
/// Longest comment that is read.
const LONGEST: usize = 4096;
/// Processes that are written and read.
const PROCESSES: usize = 4;
/// Bound addresses that the rule passes over, likewise.
const PASSED: usize = 4;

/// The comment about `ends`; `since` is the time of the flow's first packet,
/// for a comment that stands behind the last.
pub fn note(ends: &Ends, since: Option<Timestamp>, owner: &Owner) -> String {
    let mut about = Map::new();
    let mut say = |name: &str, value: Value| {
        about.insert(name.to_owned(), value);
    };
    say("v", VERSION.into());
    say("protocol", protocol(ends.protocol).into());
    say("local", ends.local.to_string().into());
    say("remote", ends.remote.to_string().into());
    if let Some(since) = since {
        say("since", since.to_string().into());
    }
    say("match", owner.quality.name().into());
    say("seen", owner.seen.name().into());
    if owner.others > 0 {
        say("others", owner.others.into());
    }
    if let Some(socket) = &owner.socket {
        say("bound", socket.local.to_string().into());
        if !owner.passed.is_empty() {
            let passed: Vec<Value> = owner.passed.iter().map(|end| end.to_string().into()).collect();
            say("passed", passed.into());
        }
        say("state", socket.state().into());
        say("receive_queue", socket.receive_queue.into());
        say("send_queue", socket.send_queue.into());
        say("inode", socket.inode.into());
        say("uid", socket.uid.into());
        if let Some(user) = &owner.user {
            say("user", (**user).into());
        }
    }
    let processes: Vec<Value> = owner.holders.iter().take(PROCESSES).map(process).collect();
    say("processes", processes.into());
    format!("{MARK}{}", Value::Object(about))
}

fn process(holder: &Holder) -> Value {
    let Process { pid, name, uid, container } = &*holder.process;
    let mut about = json!({"pid": pid, "name": name});
    let more = [
        ("fd", holder.fd.map(Value::from)),
        ("uid", uid.map(Value::from)),
        ("container", container.as_deref().map(Value::from)),
    ];
    if let Some(about) = about.as_object_mut() {
        about.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    about
}

fn protocol(number: u8) -> &'static str {
    if number == TCP { "tcp" } else { "udp" }
}

/// What a comment says; none when it is no such comment or not understood.
pub fn read_note(comment: &str) -> Option<(Ends, Option<Timestamp>, Owner)> {
    let text = comment.strip_prefix(MARK).filter(|text| text.len() <= LONGEST)?;
    let about: Value = serde_json::from_str(text).ok()?;
    if about.get("v")?.as_u64()? != VERSION {
        return None;
    }
    let text = |name: &str| about.get(name).and_then(Value::as_str);
    let address = |name: &str| text(name)?.parse::<SocketAddr>().ok();
    let number = |name: &str| about.get(name)?.as_u64().and_then(|n| u32::try_from(n).ok());
    let protocol = match text("protocol")? {
        "tcp" => TCP,
        "udp" => UDP,
        _ => return None,
    };
    let ends = Ends { protocol, local: address("local")?, remote: address("remote")? };
    let quality = Quality::named(text("match")?)?;
    let connected = quality == Quality::Exact;
    let socket = address("bound").map(|local| Socket {
        protocol,
        local,
        remote: connected.then_some(ends.remote),
        v6: local.is_ipv6(),
        v6_only: false,
        interface: 0,
        state: text("state").and_then(|name| STATES.iter().position(|s| *s == name)).unwrap_or(0) as u8,
        receive_queue: number("receive_queue").unwrap_or(0),
        send_queue: number("send_queue").unwrap_or(0),
        uid: number("uid").unwrap_or(0),
        inode: number("inode").unwrap_or(0),
        cookie: 0,
    });
    let list = |name: &str| about.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let passed = list("passed").iter().take(PASSED).filter_map(|end| end.as_str()?.parse().ok());
    let owner = Owner {
        quality,
        seen: Seen::File,
        socket,
        holders: list("processes").iter().take(PROCESSES).filter_map(read_process).collect(),
        user: text("user").map(Arc::from),
        others: number("others").unwrap_or(0),
        passed: passed.collect(),
    };
    Some((ends, text("since").and_then(time), owner))
}

/// Seconds and nine decimals.
fn time(text: &str) -> Option<Timestamp> {
    let (seconds, nanos) = text.split_once('.')?;
    let nanos = nanos.parse().ok().filter(|_| nanos.len() == 9)?;
    Some(Timestamp::new(seconds.parse().ok()?, nanos))
}

fn read_process(about: &Value) -> Option<Holder> {
    let number = |name: &str| about.get(name)?.as_u64().and_then(|n| u32::try_from(n).ok());
    let text = |name: &str| about.get(name).and_then(Value::as_str).map(str::to_owned);
    let process = Process {
        pid: number("pid")?,
        name: text("name").unwrap_or_default(),
        uid: number("uid"),
        container: text("container"),
    };
    Some(Holder { process: Arc::new(process), fd: number("fd") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address() -> impl Strategy<Value = SocketAddr> {
        (any::<std::net::IpAddr>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::new(ip, port))
    }

    fn owner() -> impl Strategy<Value = (Ends, Owner)> {
        let process =
            (any::<u32>(), any::<Option<u32>>(), ".{0,15}", any::<Option<u32>>(), any::<Option<String>>())
                .prop_map(|(pid, fd, name, uid, container)| Holder {
                    process: Arc::new(Process {
                        pid,
                        name,
                        uid,
                        container: container.filter(|c| c.len() < 99),
                    }),
                    fd,
                });
        let ends = (any::<bool>(), address(), address());
        let numbers = (any::<[u32; 4]>(), 1u8..12, any::<u32>(), prop::collection::vec(address(), 0..3));
        (ends, numbers, prop::collection::vec(process, 0..3), prop::option::of(".{0,9}")).prop_map(
            |((tcp, local, remote), (numbers, state, others, passed), holders, user)| {
                let protocol = if tcp { TCP } else { UDP };
                let socket = Socket {
                    protocol,
                    local,
                    remote: Some(remote),
                    v6: local.is_ipv6(),
                    v6_only: false,
                    interface: 0,
                    state: if tcp { state } else { 0 },
                    receive_queue: numbers[0],
                    send_queue: numbers[1],
                    uid: numbers[2],
                    inode: numbers[3],
                    cookie: 0,
                };
                let user = user.as_deref().map(Arc::from);
                let owner = Owner {
                    quality: Quality::Exact,
                    seen: Seen::File,
                    socket: Some(socket),
                    holders: holders.into(),
                    user,
                    others,
                    passed: passed.into(),
                };
                (Ends { protocol, local, remote }, owner)
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read((ends, owner) in owner(), since in prop::option::of(0i64..)) {
            let since = since.map(Timestamp);
            let written = note(&ends, since, &owner);
            prop_assert!(!written.contains('\n'));
            if written.len() <= LONGEST {
                prop_assert_eq!(read_note(&written), Some((ends, since, owner)));
            }
        }

        /// A comment that somebody has changed by a byte, cut or lengthened.
        #[test]
        fn damaged_comments_are_no_panic(
            (ends, owner) in owner(),
            at in any::<prop::sample::Index>(),
            with in ".{0,3}",
        ) {
            let mut text: Vec<char> = note(&ends, None, &owner).chars().collect();
            let at = at.index(text.len());
            text.splice(at..(at + 1), with.chars());
            let text: String = text.into_iter().collect();
            if let Some((_, _, read)) = read_note(&text) {
                prop_assert!(read.holders.len() <= PROCESSES && read.passed.len() <= PASSED);
                prop_assert_eq!(read.seen, Seen::File);
            }
        }

        #[test]
        fn any_text_is_no_panic(text in ".{0,60}") {
            prop_assert_eq!(read_note(&format!("{MARK}{text}")), None);
        }
    }

    #[test]
    fn the_documented_form() {
        let text = r#"wirepeel-socket {"v":1,"protocol":"tcp","local":"10.0.0.1:40000","remote":"[2001:db8::1]:80","match":"exact","seen":"now","bound":"10.0.0.1:40000","state":"ESTABLISHED","receive_queue":0,"send_queue":12,"inode":77,"uid":1000,"user":"ann","processes":[{"pid":7,"fd":3,"name":"curl","uid":1000}]}"#;
        let (ends, _, owner) = read_note(text).unwrap();
        assert_eq!((ends.protocol, ends.local.port(), ends.remote.port()), (TCP, 40_000, 80));
        assert_eq!(owner.certainty(), "exact, from the file");
        assert_eq!(owner.socket.unwrap().state(), "ESTABLISHED");
        assert_eq!(owner.holder().map(|h| (h.process.pid, h.fd)), Some((7, Some(3))));
        // A form of a later time is not half understood.
        assert_eq!(read_note(&text.replace("\"v\":1", "\"v\":2")), None);
        assert_eq!(read_note("a comment of somebody else"), None);
    }
}
