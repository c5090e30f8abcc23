//! Which names the way to an answer may lead over, and what a query has to do
//! with them.

use super::known::{Known, is_at_or_above, upwards};
use crate::base::PacketId;
use std::collections::HashSet;

/// Names that one question may lead to.
const MAX_NAMES: usize = 128;
/// Names from the question to the farthest of them.
const MAX_FAR: u8 = 16;

/// Why a name may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The client wants it.
    Question,
    /// One that is wanted is its alias.
    Alias,
    /// It is a server of this zone.
    Server(String),
}

/// A name that may be asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// In lower case.
    pub name: String,
    pub why: Why,
    /// The wanted name that led here, by its place.
    pub from: usize,
    /// The packet that led from there to here, and from where on all of the way is known.
    pub said: PacketId,
    since: PacketId,
    far: u8,
}

/// What a question may lead to with what is known before packet `until`: the
/// nearest first, itself first of all. `own`: the aliases of its own answer, one leading to
/// the next, which may have been known from before.
pub(super) fn wanted(known: &Known, name: &str, until: PacketId, own: &[String]) -> Vec<Wanted> {
    let first = Wanted { name: name.to_owned(), why: Why::Question, from: 0, said: 0, since: 0, far: 0 };
    let mut seen = HashSet::from([first.name.clone()]);
    let mut all = vec![first];
    let mut at = 0;
    while let Some(one) = all.get(at).cloned() {
        if one.far < MAX_FAR {
            let aliases = known.aliases(&one.name).iter().map(|edge| (Why::Alias, edge));
            let servers = upwards(&one.name).flat_map(|zone| {
                known.servers(zone).iter().map(move |edge| (Why::Server(zone.to_owned()), edge))
            });
            for (why, edge) in aliases.chain(servers) {
                if all.len() >= MAX_NAMES {
                    return all;
                }
                let is_own = why == Why::Alias && own.windows(2).any(|pair| *pair == [&*one.name, &edge.to]);
                if (is_own || edge.packet < until) && seen.insert(edge.to.clone()) {
                    let since = if is_own { one.since } else { one.since.max(edge.packet) };
                    let (said, far) = (edge.packet, one.far + 1);
                    all.push(Wanted { name: edge.to.clone(), why, from: at, said, since, far });
                }
            }
        }
        at += 1;
    }
    all
}

/// How near a query is to a wanted name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Near {
    /// It asks for a name above it: a part of the name, as QNAME minimisation does.
    Above,
    /// For the same name, another type.
    Name,
    /// For exactly this.
    Exact,
}

/// The wanted name that a query is nearest to, by its place. `kind`: the type
/// that the client wants.
pub(super) fn nearest(
    all: &[Wanted],
    kind: u16,
    query: (&str, u16),
    packet: PacketId,
) -> Option<(usize, Near)> {
    let (name, asked) = query;
    // RFC 9156, 2.3: a label that stands for none.
    let whole = name.strip_prefix("_.").unwrap_or(name);
    let near = |one: &Wanted| {
        let exact = match one.why {
            Why::Server(_) => matches!(asked, 1 | 28),
            _ => asked == kind,
        };
        // A, NS, SOA, AAAA, DS, DNSKEY: what leads down, and what proves it.
        let leads = matches!(asked, 1 | 2 | 6 | 28 | 43 | 48) || asked == kind;
        match one.name == name {
            true if exact => Some(Near::Exact),
            true => Some(Near::Name),
            false => (leads && is_at_or_above(whole, &one.name)).then_some(Near::Above),
        }
    };
    let known = all.iter().enumerate().filter(|(_, one)| one.why == Why::Question || one.since < packet);
    let all = known.filter_map(|(at, one)| Some((at, near(one)?)));
    // Of equally near ones the first.
    all.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::proto::dns::view::Message;

    /// What an answer without a question teaches: owner, type, name that it leads to.
    fn taught(known: &mut Known, packet: PacketId, owner: &str, kind: u8, to: &str) {
        let wire = |name: &str| -> Vec<u8> {
            let labels = name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
            labels.chain([0]).collect()
        };
        let target = wire(to);
        let head = [0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let middle = [0, kind, 0, 1, 0, 0, 0, 60, 0, target.len() as u8];
        let bytes = [&head[..], &wire(owner), &middle, &target].concat();
        known.learn(packet, "192.0.2.1".parse().unwrap(), &Message::new(&bytes).unwrap());
    }

    const A: u16 = 1;
    const TXT: u16 = 16;

    #[test]
    fn aliases_and_servers_are_wanted_from_when_they_are_known() {
        let mut known = Known::default();
        taught(&mut known, 5, "www.shop", 5, "edge.host");
        taught(&mut known, 9, "host", 2, "ns.far");
        let names = |until| -> Vec<String> {
            wanted(&known, "www.shop", until, &[]).into_iter().map(|one| one.name).collect()
        };
        assert_eq!(names(5), ["www.shop"]);
        assert_eq!(names(9), ["www.shop", "edge.host"]);
        assert_eq!(names(10), ["www.shop", "edge.host", "ns.far"]);
        let all = wanted(&known, "www.shop", 20, &[]);
        assert_eq!((all[2].from, all[2].said, &all[2].why), (1, 9, &Why::Server("host".to_owned())));
        let near = |name, kind, packet| nearest(&all, A, (name, kind), packet);
        assert_eq!(near("edge.host", A, 5), None, "asked before the alias was told");
        assert_eq!(near("edge.host", A, 6), Some((1, Near::Exact)));
        assert_eq!(near("ns.far", 28, 10), Some((2, Near::Exact)), "either address of a server will do");
        assert_eq!(near("far", A, 10), Some((2, Near::Above)));
    }

    /// Catches a query for an alias that the resolver knew from before: only the question's
    /// own answer, after it, tells of the alias.
    #[test]
    fn aliases_of_the_own_answer_were_known_from_before() {
        let mut known = Known::default();
        taught(&mut known, 9, "www.shop", 5, "edge.host");
        let own = ["www.shop".to_owned(), "edge.host".to_owned()];
        let all = wanted(&known, "www.shop", 9, &own);
        assert_eq!(nearest(&all, A, ("edge.host", A), 5), Some((1, Near::Exact)));
        let all = wanted(&known, "www.shop", 9, &[]);
        assert_eq!(nearest(&all, A, ("edge.host", A), 5), None, "somebody else's answer came later");
    }

    #[test]
    fn what_has_to_do_with_a_question() {
        let all = wanted(&Known::default(), "www.shop.example", 100, &[]);
        let near = |name, kind| nearest(&all, A, (name, kind), 50).map(|(_, near)| near);
        assert_eq!(near("www.shop.example", A), Some(Near::Exact));
        assert_eq!(near("www.shop.example", TXT), Some(Near::Name));
        assert_eq!(near("shop.example", A), Some(Near::Above));
        assert_eq!(near("_.shop.example", A), Some(Near::Above));
        assert_eq!(near("example", 48), Some(Near::Above), "a key on the way");
        assert_eq!(near(".", 2), Some(Near::Above));
        assert_eq!(near("example", TXT), None, "nothing that leads down");
        for other in ["other.example", "a.www.shop.example", "op.example", "_.other.example"] {
            assert_eq!(near(other, A), None, "{other}");
        }
    }

    #[test]
    fn circles_and_crowds_end() {
        let mut known = Known::default();
        for (from, to) in [("a.x", "b.x"), ("b.x", "a.x"), ("a.x", "a.x")] {
            taught(&mut known, 1, from, 5, to);
            taught(&mut known, 1, from, 2, to);
        }
        assert_eq!(wanted(&known, "a.x", 9, &[]).len(), 2);
        for number in 0..500 {
            taught(&mut known, 1, &format!("n{number}.y"), 2, &format!("n{}.y", number + 1));
        }
        assert_eq!(wanted(&known, "n0.y", 9, &[]).len(), usize::from(MAX_FAR) + 1, "so far and no further");
        for (from, to) in (0..500).map(|number| (number / 20, number)) {
            taught(&mut known, 1, &format!("c{from}.z"), 2, &format!("c{to}.z"));
        }
        assert_eq!(wanted(&known, "c0.z", 9, &[]).len(), MAX_NAMES);
    }
}
