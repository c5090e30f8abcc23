//! Names that somebody who mistyped one may have meant.

/// Most names that are offered.
const OFFERED: usize = 5;

/// The names nearest to `wanted`, best first; none when nothing is near.
pub(super) fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let limit = (wanted.len() / 3).max(2);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_ascii_lowercase();
            let last = |text: &str| text.rsplit('.').next().unwrap_or_default().to_owned();
            let distance = distance(&wanted, &lower);
            // A field without its protocol: `ttl`.
            if lower.rsplit_once('.').is_some_and(|(_, field)| field == wanted) {
                Some((0, name))
            } else if !wanted.is_empty() && distance <= limit {
                Some((distance, name))
            } else if wanted.len() > 2 && (lower.contains(&wanted) || last(&lower) == last(&wanted)) {
                Some((limit + 1, name))
            } else {
                None
            }
        })
        .collect();
    near.sort_unstable();
    near.dedup_by_key(|row| row.1);
    near.truncate(OFFERED);
    near.into_iter().map(|row| row.1).collect()
}

/// `; did you mean a, b or c?`, or nothing.
pub(super) fn advice(near: &[&str]) -> String {
    match near {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [most @ .., last] => format!("; did you mean {} or {last}?", most.join(", ")),
    }
}

/// Letters to add, drop or change to get from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, from) in a.chars().enumerate() {
        let mut before = at;
        let mut left = at + 1;
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let up = *cell;
            let here = if from == *to { before } else { 1 + before.min(up).min(left) };
            (before, left, *cell) = (up, here, here);
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_letters_that_differ() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("udp.length", "udp.length"), 0);
    }

    #[test]
    fn offers_the_nearest_first_and_nothing_far_away() {
        let names = ["udp.length", "udp.port", "tcp.len", "ip.len", "frame.number"];
        assert_eq!(similar("udp.lenght", names.iter().copied()).first(), Some(&"udp.length"));
        assert_eq!(similar("length", names.iter().copied()).first(), Some(&"udp.length"));
        assert_eq!(similar("ttl", ["eth", "ip.ttl", "tcp"].into_iter()), ["ip.ttl", "eth", "tcp"]);
        assert_eq!(similar("zzzzzzzz", names.iter().copied()), [""; 0]);
        assert_eq!(similar("", ["ah", "ip", "tcp"].into_iter()), [""; 0], "nothing was meant");
        assert_eq!(advice(&["a", "b", "c"]), "; did you mean a, b or c?");
    }
}
