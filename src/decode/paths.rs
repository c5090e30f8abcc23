//! Which protocols lay inside which: every path from the frame inwards that
//! packets have shown, each with a number.
//!
//! A packet's whole nesting is one small number, so that counting it costs
//! next to nothing. Bounded, whatever packets a capture holds.

use super::claim::ProtocolId;
use super::registry::FRAME;

/// Number of a path. A path's number is greater than that of the path around it.
pub type PathId = u16;

/// Paths that are told apart; what lies deeper counts for the path around it.
const MAX: usize = 4096;

/// A protocol and what it lies in.
#[derive(Clone, Copy, Debug)]
struct Node {
    protocol: ProtocolId,
    parent: PathId,
    /// The first path in it, and the next one beside it; 0 for none.
    first: PathId,
    next: PathId,
}

/// A tree of paths.
#[derive(Clone, Debug)]
pub struct Paths(Vec<Node>);

impl Default for Paths {
    fn default() -> Self {
        Paths(vec![Node { protocol: FRAME, parent: Paths::FRAME, first: 0, next: 0 }])
    }
}

impl Paths {
    /// The frame itself, in which all others lie.
    pub const FRAME: PathId = 0;

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: the frame is always there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The innermost protocol of a path.
    pub fn protocol(&self, path: PathId) -> ProtocolId {
        self.node(path).map_or(FRAME, |node| node.protocol)
    }

    /// The path around it; of the frame, itself.
    pub fn parent(&self, path: PathId) -> PathId {
        self.node(path).map_or(Paths::FRAME, |node| node.parent)
    }

    /// The paths directly in it, in the order in which they were first seen.
    pub fn inside(&self, path: PathId) -> impl Iterator<Item = PathId> {
        let some = |path: PathId| (path != 0).then_some(path);
        let first = self.node(path).and_then(|node| some(node.first));
        std::iter::successors(first, move |path| self.node(*path).and_then(|node| some(node.next)))
    }

    /// The path of a protocol that lies directly in `path`; made when it is new.
    #[inline]
    pub fn enter(&mut self, path: PathId, protocol: ProtocolId) -> PathId {
        let (mut last, mut next) = (0, self.node(path).map_or(0, |node| node.first));
        while let Some(node) = self.node(next).filter(|_| next != 0) {
            if node.protocol == protocol {
                return next;
            }
            (last, next) = (next, node.next);
        }
        self.insert(path, last, protocol)
    }

    #[cold]
    fn insert(&mut self, path: PathId, before: PathId, protocol: ProtocolId) -> PathId {
        if self.0.len() >= MAX {
            return path;
        }
        let new = self.0.len() as PathId;
        self.0.push(Node { protocol, parent: path, first: 0, next: 0 });
        let at = if before == 0 { path } else { before };
        if let Some(node) = self.0.get_mut(usize::from(at)) {
            *(if before == 0 { &mut node.first } else { &mut node.next }) = new;
        }
        new
    }

    #[inline]
    fn node(&self, path: PathId) -> Option<&Node> {
        self.0.get(usize::from(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_number_and_keeps_its_order() {
        let mut paths = Paths::default();
        let ip = paths.enter(Paths::FRAME, 11);
        let (tcp, udp) = (paths.enter(ip, 28), paths.enter(ip, 21));
        assert_eq!((paths.enter(ip, 28), paths.enter(ip, 21)), (tcp, udp));
        // IP in IP is another path than IP.
        let inner = paths.enter(ip, 11);
        assert_ne!(inner, ip);
        assert_eq!(paths.inside(ip).collect::<Vec<_>>(), [tcp, udp, inner]);
        assert_eq!((paths.parent(udp), paths.protocol(udp)), (ip, 21));
        assert_eq!(paths.inside(inner).count(), 0);
    }

    #[test]
    fn paths_are_bounded() {
        let mut paths = Paths::default();
        let mut path = Paths::FRAME;
        for depth in 0..3 * MAX {
            path = paths.enter(path, 2 + depth as ProtocolId % 2);
        }
        assert_eq!(paths.len(), MAX);
        assert_eq!(usize::from(path), MAX - 1);
    }
}
