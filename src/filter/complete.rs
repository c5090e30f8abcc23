//! Names that begin or look like what was typed.

use super::term::Function;
use crate::decode::Registry;

/// Names that a wrong one is told of at most.
const SUGGESTED: usize = 3;
/// Longer names are not compared letter by letter.
const MAX_NAME: usize = 64;

/// Every field, protocol and function whose name begins with `prefix`, sorted.
pub fn complete(registry: &Registry, prefix: &str) -> Vec<&'static str> {
    let mut names = names(registry);
    names.extend(Function::ALL.iter().map(|(name, _)| *name));
    names.retain(|name| name.starts_with(prefix));
    names.sort_unstable();
    names
}

fn names(registry: &Registry) -> Vec<&'static str> {
    let rows = registry.rows().iter();
    let mut names: Vec<_> = rows
        .flat_map(|row| {
            std::iter::once(row.protocol.name).chain(row.protocol.fields.iter().map(|def| def.name))
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names that are most like a wrong one, best first.
pub(super) fn near(registry: &Registry, wrong: &str) -> Vec<&'static str> {
    if wrong.len() > MAX_NAME {
        return Vec::new();
    }
    let wrong = wrong.to_ascii_lowercase();
    let limit = (wrong.len() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &'static str)> = names(registry)
        .into_iter()
        .filter_map(|name| {
            let letters = distance(&wrong, name);
            // A forgotten protocol, as in `srcport` for `udp.srcport`.
            let tail = name.split_once('.').is_some_and(|(_, tail)| tail == wrong);
            if letters <= limit || tail { Some((letters.min(limit), name)) } else { None }
        })
        .collect();
    found.sort_unstable();
    found.into_iter().take(SUGGESTED).map(|row| row.1).collect()
}

/// Letters to insert, remove, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut next = vec![i + 1; b.len() + 1];
        for (j, right) in b.iter().enumerate() {
            let mut best = (row[j + 1] + 1).min(next[j] + 1).min(row[j] + usize::from(left != right));
            if i > 0 && j > 0 && left == &b[j - 1] && &a[i - 1] == right {
                best = best.min(before[j - 1] + 1);
            }
            next[j + 1] = best;
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}
