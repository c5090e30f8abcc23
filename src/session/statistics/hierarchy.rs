//! Packets and bytes by the protocols in them, a tree.

use crate::decode::{PathId, Paths, ProtocolId};

/// Packets and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
}

impl Count {
    /// Counts a packet.
    #[inline]
    pub fn add(&mut self, wire: u32) {
        self.packets += 1;
        self.bytes += u64::from(wire);
    }

    fn subtract(&mut self, wire: u32) {
        self.packets = self.packets.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(wire.into());
    }

    pub(super) fn merge(&mut self, other: Count) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

/// A line of the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HierarchyRow {
    /// Number of the path.
    pub path: PathId,
    /// Protocols around it, the frame not counted.
    pub depth: usize,
    /// The protocol.
    pub protocol: ProtocolId,
    /// Packets in which it lies there, whatever lies in it.
    pub all: Count,
    /// Of these, packets that end with it.
    pub end: Count,
}

/// Counts by path.
#[derive(Clone, Debug, Default)]
pub struct Hierarchy {
    paths: Paths,
    /// Packets that end with this path.
    ends: Vec<Count>,
}

impl Hierarchy {
    /// Adds counts of packets that end with paths of another numbering.
    pub(super) fn merge(&mut self, paths: &Paths, ends: &[Count]) {
        for (path, count) in (0..).zip(ends).filter(|(_, count)| count.packets > 0) {
            self.end(paths, path).merge(*count);
        }
    }

    /// One packet ends with another path than it was counted with. Each path
    /// comes with its numbering.
    pub(in crate::session) fn correct(
        &mut self,
        before: (&Paths, PathId),
        after: (&Paths, PathId),
        wire: u32,
    ) {
        self.end(before.0, before.1).subtract(wire);
        self.end(after.0, after.1).add(wire);
    }

    /// The count of a path of another numbering.
    fn end(&mut self, paths: &Paths, path: PathId) -> &mut Count {
        let own = self.own(paths, path);
        if usize::from(own) >= self.ends.len() {
            self.ends.resize(usize::from(own) + 1, Count::default());
        }
        &mut self.ends[usize::from(own)]
    }

    /// The own number of a path. No path is deeper than a packet has layers.
    fn own(&mut self, paths: &Paths, path: PathId) -> PathId {
        if path == Paths::FRAME {
            return Paths::FRAME;
        }
        let around = self.own(paths, paths.parent(path));
        self.paths.enter(around, paths.protocol(path))
    }

    /// The lines, a path behind the one around it; paths without packets left
    /// out, and the frame, which holds all.
    pub fn rows(&self) -> Vec<HierarchyRow> {
        let mut all = self.ends.clone();
        all.resize(self.paths.len(), Count::default());
        for path in (1..all.len()).rev() {
            let around = usize::from(self.paths.parent(path as PathId));
            let count = all.get(path).copied().unwrap_or_default();
            if let Some(around) = all.get_mut(around) {
                around.merge(count);
            }
        }
        let mut rows = Vec::new();
        let inside = |path| self.paths.inside(path).collect::<Vec<_>>().into_iter().rev();
        let mut open: Vec<(PathId, usize)> = inside(Paths::FRAME).map(|path| (path, 0)).collect();
        while let Some((path, depth)) = open.pop() {
            let of = |counts: &[Count]| counts.get(usize::from(path)).copied().unwrap_or_default();
            let (all, end) = (of(&all), of(&self.ends));
            if all.packets > 0 {
                rows.push(HierarchyRow { path, depth, protocol: self.paths.protocol(path), all, end });
                open.extend(inside(path).map(|path| (path, depth + 1)));
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_differently_numbered_paths_meet() {
        let (ip, tcp, udp) = (11, 28, 21);
        let mut hierarchy = Hierarchy::default();
        // Two workers see the protocols in different orders.
        for order in [[tcp, udp], [udp, tcp]] {
            let mut paths = Paths::default();
            let around = paths.enter(Paths::FRAME, ip);
            let first = paths.enter(around, order[0]);
            let second = paths.enter(around, order[1]);
            let mut ends = vec![Count::default(); paths.len()];
            ends[usize::from(first)].add(100);
            ends[usize::from(second)].add(60);
            ends[usize::from(second)].add(60);
            hierarchy.merge(&paths, &ends);
            hierarchy.correct((&paths, second), (&paths, around), 60);
        }
        let rows = hierarchy.rows();
        let seen: Vec<_> =
            rows.iter().map(|row| (row.depth, row.protocol, row.all.packets, row.all.bytes)).collect();
        assert_eq!(seen, [(0, ip, 6, 440), (1, tcp, 2, 160), (1, udp, 2, 160)]);
        assert_eq!(rows[0].end.packets, 2, "packets that end with ip");
    }
}
