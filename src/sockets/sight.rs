//! What the looks at this machine saw: whose an end is.
//!
//! Owns the newest snapshot of sockets, those that are gone, and who held them.
//! It must not know when the kernel is asked.

use super::linux::{Processes, Trace, Users};
use super::matching::{alike, find_bound, passed};
use super::{Ends, Found, Heard, Holder, Owner, Quality, Seen, Socket, TCP, Table, UDP, find};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sockets that are remembered after they are gone, and how long.
const PAST: usize = 4096;
const MEMORY: Duration = Duration::from_secs(30);
/// How much later than the kernel's word a flow's first packet may come.
const LATE: Duration = Duration::from_secs(2);

pub(super) struct Sight {
    pub processes: Processes,
    users: Users,
    pub trace: Option<Trace>,
    table: Table,
    /// Inodes of `table`.
    pub inodes: HashSet<u32>,
    /// Sockets that are gone, as a table, and since when.
    gone: VecDeque<(Instant, Socket)>,
    past: Table,
}

impl Sight {
    pub fn new(users: Users) -> Sight {
        Sight {
            processes: Processes::default(),
            users,
            trace: None,
            table: Table::default(),
            inodes: HashSet::new(),
            gone: VecDeque::new(),
            past: Table::default(),
        }
    }

    /// Takes a new snapshot, and the sockets of which the kernel said that they ended. What was in the last snapshot and is not in it is past.
    pub fn replace(&mut self, sockets: Vec<Socket>, ended: Vec<Socket>) {
        let now = Instant::now();
        let before = std::mem::replace(&mut self.table, Table::new(sockets));
        let present: HashSet<u64> = self.table.iter().map(|socket| socket.cookie).collect();
        let mut changed = false;
        let mut forget = |gone: &mut VecDeque<(Instant, Socket)>, socket: Socket| {
            gone.push_back((now, socket));
            changed = true;
        };
        for socket in before.iter().filter(|socket| !present.contains(&socket.cookie)) {
            forget(&mut self.gone, *socket);
        }
        // Too short-lived for any snapshot; the word of an end may come late.
        let mut known: HashSet<u64> = if ended.is_empty() { HashSet::new() } else { present.clone() };
        known.extend(self.gone.iter().map(|(_, socket)| socket.cookie));
        for socket in ended {
            if socket.local.port() != 0 && known.insert(socket.cookie) {
                forget(&mut self.gone, socket);
            }
        }
        while self.gone.len() > PAST || self.gone.front().is_some_and(|(at, _)| at.elapsed() > MEMORY) {
            self.gone.pop_front();
            changed = true;
        }
        if changed {
            // The newest first: of two that fit equally it is found.
            self.past = Table::new(self.gone.iter().rev().map(|(_, socket)| *socket).collect());
        }
        self.inodes = self.table.iter().map(|socket| socket.inode).filter(|inode| *inode != 0).collect();
    }

    /// Lets go of what is known of inodes that no socket has, now or in the past.
    pub fn forget_holders(&mut self) {
        let past: HashSet<u32> = self.gone.iter().map(|(_, socket)| socket.inode).collect();
        let inodes = &self.inodes;
        self.processes.keep(|inode| inodes.contains(&inode) || past.contains(&inode));
    }

    /// Whose an end is that was met then and is known so far as `known`.
    pub fn owner(&self, ends: &Ends, known: &Owner, met: Instant) -> Owner {
        self.heard(ends, met, self.found(ends, known))
    }

    /// By the newest snapshot, by those before, or as it was known.
    fn found(&self, ends: &Ends, known: &Owner) -> Owner {
        let now = find(&self.table, ends);
        let past = find(&self.past, ends).filter(|past| now.is_none_or(|now| past.quality > now.quality));
        let (table, found, seen) = match (past, now) {
            (Some(past), _) => (&self.past, past, Seen::Earlier),
            (None, Some(now)) => (&self.table, now, Seen::Now),
            (None, None) => return known.past().settled(),
        };
        if found.quality < known.quality {
            // What was known better is gone.
            return known.past();
        }
        let Some(socket) = table.get(found.place) else { return known.clone() };
        let owner = self.described((table, socket), (ends, found), seen);
        if socket.inode == 0 && owner.quality == Quality::Exact {
            return self.let_go(ends, owner, known);
        }
        if owner.holders.is_empty() && !known.holders.is_empty() && owner.quality == known.quality {
            return known.past();
        }
        owner
    }

    /// With the process that opened or closed the connection, or sent the datagrams, where no
    /// look saw who holds its socket and the kernel told it since.
    fn heard(&self, ends: &Ends, met: Instant, owner: Owner) -> Owner {
        if owner.quality == Quality::Exact && !owner.holders.is_empty() {
            return owner;
        }
        let heard = self.trace.as_ref().and_then(|trace| trace.heard(ends));
        // Ports are used again: what is older is of another connection.
        match heard.filter(|heard| heard.at + LATE > met) {
            Some(heard) => self.joined(ends, owner, heard),
            None => owner,
        }
    }

    /// What looks saw and what was heard.
    fn joined(&self, ends: &Ends, owner: Owner, heard: Heard) -> Owner {
        if ends.protocol == UDP && owner.says_more(&heard) {
            return owner;
        }
        let uid = heard.holders.first().and_then(|holder| holder.process.uid);
        let seen = owner.socket.filter(|socket| owner.quality == Quality::Exact && socket.inode != 0);
        let socket = seen.or(heard.socket).unwrap_or(Socket {
            protocol: ends.protocol,
            local: heard.bound,
            remote: (ends.protocol == TCP).then_some(ends.remote),
            v6: ends.local.is_ipv6(),
            v6_only: false,
            interface: 0,
            state: 0,
            receive_queue: 0,
            send_queue: 0,
            uid: uid.unwrap_or(0),
            inode: 0,
            cookie: 0,
        });
        let quality = match (socket.remote, socket.local.ip().is_unspecified()) {
            (Some(_), _) => Quality::Exact,
            (None, false) => Quality::Bound,
            (None, true) => Quality::Wildcard,
        };
        Owner {
            quality,
            seen: Seen::Traced,
            user: uid.and_then(|uid| self.users.name(uid)),
            holders: heard.holders,
            others: heard.others,
            passed: passed(&self.table, ends, &socket, quality),
            socket: Some(socket),
        }
    }

    /// Of a connection that no process holds any more, or none yet: who held
    /// it, else who listens for it.
    fn let_go(&self, ends: &Ends, owner: Owner, known: &Owner) -> Owner {
        let before = find(&self.past, ends).filter(|past| past.quality == Quality::Exact);
        let before = before.and_then(|past| {
            let socket = self.past.get(past.place)?;
            Some(self.described((&self.past, socket), (ends, past), Seen::Earlier))
        });
        let held = |owner: &&Owner| owner.quality == Quality::Exact && !owner.holders.is_empty();
        let (Some(now), Some(held)) =
            (owner.socket, [Some(known), before.as_ref()].into_iter().flatten().find(held))
        else {
            let listener = find_bound(&self.table, ends).and_then(|found| {
                let socket = self.table.get(found.place)?;
                Some(self.described((&self.table, socket), (ends, found), Seen::Now))
            });
            return listener.filter(|listener| !listener.holders.is_empty()).unwrap_or(owner);
        };
        let socket = held.socket.map_or(now, |then| Socket { inode: then.inode, uid: then.uid, ..now });
        Owner { socket: Some(socket), ..held.past() }
    }

    fn described(
        &self,
        (table, socket): (&Table, &Socket),
        (ends, found): (&Ends, Found),
        seen: Seen,
    ) -> Owner {
        let mut holders = self.holders(socket.inode);
        if found.others > 0 {
            // Any of them may have it.
            let all = alike(table, ends, socket, found.quality).into_iter();
            let all = all.map(|other| self.holders(other.inode));
            holders = all.flat_map(|holders| holders.iter().cloned().collect::<Vec<_>>()).collect();
        }
        Owner {
            passed: passed(&self.table, ends, socket, found.quality),
            quality: found.quality,
            seen,
            socket: Some(*socket),
            holders,
            user: (socket.inode != 0).then(|| self.users.name(socket.uid)).flatten(),
            others: found.others,
        }
    }

    /// Datagrams come to the socket with the bound address, but one on all
    /// addresses sends from that address as well.
    pub fn sending(&self, ends: &Ends, sent: bool, owner: Owner) -> Owner {
        // Of what was traced the sender is known.
        if !sent || owner.quality != Quality::Bound || owner.passed.is_empty() || owner.seen == Seen::Traced {
            return owner;
        }
        let mut holders = owner.holders.to_vec();
        let bound = self.table.bound(ends.protocol, ends.local.port());
        for (_, other) in bound.filter(|(_, other)| owner.passed.contains(&other.local)) {
            let more = self.holders(other.inode);
            holders.extend(more.iter().filter(|holder| !owner.holders.contains(holder)).cloned());
        }
        let others = owner.others.max(owner.passed.len() as u32);
        Owner { others, holders: holders.into(), ..owner }
    }

    fn holders(&self, inode: u32) -> Arc<[Holder]> {
        self.processes.holders(inode).filter(|_| inode != 0).unwrap_or_default()
    }
}

impl Owner {
    /// Whether what looks saw, or what was heard first, goes before this.
    fn says_more(&self, heard: &Heard) -> bool {
        let has = |holders: &[Holder], one: &Holder| {
            holders.iter().any(|holder| holder.process.pid == one.process.pid)
        };
        match self.seen {
            // Whoever sends from there later had no part in how the flow began.
            Seen::Traced => !self.holders.iter().all(|holder| has(&heard.holders, holder)),
            // Its descriptor is known; it may have been connected since the look that saw it.
            _ => {
                let is_connected = heard.socket.is_some_and(|socket| socket.remote.is_some());
                self.others == 0
                    && !is_connected
                    && heard.holders.iter().all(|holder| has(&self.holders, holder))
            }
        }
    }

    /// As it was known, when it is gone.
    fn past(&self) -> Owner {
        let seen = if self.seen == Seen::Traced { Seen::Traced } else { Seen::Earlier };
        Owner { seen, ..self.clone() }
    }

    /// An end without a socket was not seen earlier either.
    fn settled(self) -> Owner {
        if self.socket.is_none() { Owner::unknown() } else { self }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::sockets::UDP;

    fn socket(cookie: u64, inode: u32) -> Socket {
        Socket {
            protocol: UDP,
            local: "0.0.0.0:5555".parse().unwrap(),
            remote: None,
            v6: false,
            v6_only: false,
            interface: 0,
            state: 7,
            receive_queue: 0,
            send_queue: 0,
            uid: 0,
            inode,
            cookie,
        }
    }

    fn ends() -> Ends {
        Ends {
            protocol: UDP,
            local: "10.0.0.1:5555".parse().unwrap(),
            remote: "10.0.0.2:53".parse().unwrap(),
        }
    }

    /// What is known after these snapshots and ends, one after another.
    fn shown(steps: Vec<(Vec<Socket>, Vec<Socket>)>) -> Option<Socket> {
        let mut sight = Sight::new(Users::read());
        let mut owner = Owner::unknown();
        for (sockets, ended) in steps {
            sight.replace(sockets, ended);
            owner = sight.owner(&ends(), &owner, Instant::now());
        }
        assert_eq!(owner.seen, Seen::Earlier);
        owner.socket
    }

    #[test]
    fn a_late_word_of_an_end_does_not_hide_who_held_the_socket() {
        let steps = vec![(vec![socket(1, 77)], vec![]), (vec![], vec![]), (vec![], vec![socket(1, 0)])];
        assert_eq!(shown(steps).unwrap().inode, 77);
    }

    /// The wildcard socket may have sent it: that must not be told as certain.
    #[test]
    fn who_sends_from_a_shared_port_is_not_certain() {
        let passed = Arc::from(["0.0.0.0:5555".parse().unwrap()]);
        let bound = Owner { quality: Quality::Bound, passed, ..Owner::unknown() };
        let sight = Sight::new(Users::read());
        let sending = |sent, owner| sight.sending(&ends(), sent, owner);
        assert_eq!(sending(false, bound.clone()).others, 0);
        assert_eq!(sending(true, bound.clone()).others, 1);
        assert_eq!(sending(true, sending(true, bound)).others, 1, "every look asks again");
    }

    /// A look may see a socket between its bind and its connect: what was heard of it then is better known.
    #[test]
    fn who_is_heard_to_have_connected_is_not_told_as_bound() {
        let process = Arc::new(crate::sockets::Process { pid: 7, ..Default::default() });
        let holders: Arc<[Holder]> = [Holder { process, fd: Some(3) }].into();
        let looked = Owner {
            quality: Quality::Wildcard,
            seen: Seen::Earlier,
            socket: Some(socket(1, 77)),
            holders: Arc::clone(&holders),
            ..Owner::unknown()
        };
        let connected = Socket { local: ends().local, remote: Some(ends().remote), ..socket(1, 77) };
        let told = |socket| {
            let (at, bound) = (Instant::now(), ends().local);
            let heard = Heard { at, holders: Arc::clone(&holders), others: 0, bound, socket };
            let owner = Sight::new(Users::read()).joined(&ends(), looked.clone(), heard);
            (owner.quality, owner.seen, owner.descriptor(), owner.socket.unwrap().remote)
        };
        assert_eq!(told(Some(connected)), (Quality::Exact, Seen::Traced, Some(3), Some(ends().remote)));
        // What was not looked up in time is no better known than what a look saw.
        for heard in [None, Some(socket(1, 77))] {
            assert_eq!(told(heard), (Quality::Wildcard, Seen::Earlier, Some(3), None));
        }
    }

    #[test]
    fn a_socket_that_no_snapshot_saw_is_known_by_its_end() {
        let steps = vec![(vec![], vec![socket(5, 0)])];
        assert_eq!(shown(steps).unwrap().cookie, 5);
    }
}
