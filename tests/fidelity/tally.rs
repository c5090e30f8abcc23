//! Counts of equal and differing cells, and the report made of them.

use crate::rules::{LINKS, is_core};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One field of one packet, as either program prints it.
pub struct Cell<'a> {
    pub field: &'a str,
    pub ours: &'a str,
    pub theirs: &'a str,
}

impl Cell<'_> {
    /// Neither program has it.
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty()
    }
}

/// What is known of a difference.
#[derive(Clone, Copy)]
pub struct Verdict {
    /// It was looked into.
    pub adjudicated: bool,
    /// A later tshark says what wirepeel says.
    pub confirmed: bool,
}

#[derive(Clone, Copy, Default)]
struct Count {
    equal: u64,
    differing: u64,
    /// Of those that differ.
    adjudicated: u64,
    confirmed: u64,
}

impl Count {
    fn compared(self) -> u64 {
        self.equal + self.differing
    }

    fn add(&mut self, other: Count) {
        self.equal += other.equal;
        self.differing += other.differing;
        self.adjudicated += other.adjudicated;
        self.confirmed += other.confirmed;
    }

    /// Share of equal cells in hundredths of a percent, rounded down; all of nothing is all.
    fn share(self) -> u64 {
        self.share_with(0)
    }

    /// The same with `more` of the differing ones taken as equal.
    fn share_with(self, more: u64) -> u64 {
        ((self.equal + more) * 10_000).checked_div(self.compared()).unwrap_or(10_000)
    }
}

/// Hundredths of a percent as text.
pub fn percent(share: u64) -> String {
    format!("{}.{:02}", share / 100, share % 100)
}

#[derive(Default)]
pub struct Tally {
    fields: BTreeMap<String, Count>,
    /// Every packet, whatever its link type and layers.
    everywhere: BTreeMap<String, Count>,
    core: Count,
    sources: BTreeMap<String, Count>,
    links: BTreeMap<String, Count>,
    files: BTreeMap<String, Count>,
    lines: Vec<String>,
    packets: u64,
    other_link: u64,
    left_out: u64,
    left_out_cells: u64,
    pub wrong_counts: Vec<String>,
}

impl Tally {
    /// A packet is compared; gives whether its cells make the figure.
    pub fn packet(&mut self, link: u16, left_out: bool) -> bool {
        let other_link = !LINKS.contains(&link);
        self.packets += 1;
        self.other_link += u64::from(other_link);
        self.left_out += u64::from(!other_link && left_out);
        !other_link && !left_out
    }

    pub fn cell(
        &mut self,
        cell: &Cell<'_>,
        file: &str,
        number: u64,
        link: u16,
        counted: bool,
        verdict: Verdict,
    ) {
        let equal = cell.ours == cell.theirs;
        let count = Count {
            equal: equal.into(),
            differing: (!equal).into(),
            adjudicated: (!equal && verdict.adjudicated).into(),
            confirmed: (!equal && verdict.confirmed).into(),
        };
        add(&mut self.everywhere, cell.field, count);
        let core = is_core(cell.field);
        if !counted {
            self.left_out_cells += u64::from(core);
            return;
        }
        add(&mut self.fields, cell.field, count);
        if core {
            self.core.add(count);
            add(&mut self.sources, file.split('/').next().unwrap_or_default(), count);
            add(&mut self.links, &format!("link type {link:>3}"), count);
            add(&mut self.files, file, count);
        }
        if !equal {
            let mark = if verdict.adjudicated { "adjudicated" } else { "" };
            let Cell { field, ours, theirs } = cell;
            self.lines.push(format!("{file}\t{number}\t{field}\t{ours}\t{theirs}\t{mark}"));
        }
    }

    pub fn add(&mut self, other: Tally) {
        for (to, from) in [
            (&mut self.fields, other.fields),
            (&mut self.everywhere, other.everywhere),
            (&mut self.sources, other.sources),
            (&mut self.links, other.links),
            (&mut self.files, other.files),
        ] {
            for (name, count) in from {
                to.entry(name).or_default().add(count);
            }
        }
        self.core.add(other.core);
        self.lines.extend(other.lines);
        self.packets += other.packets;
        self.other_link += other.other_link;
        self.left_out += other.left_out;
        self.left_out_cells += other.left_out_cells;
        self.wrong_counts.extend(other.wrong_counts);
    }

    /// Share of equal cells that make the figure, in hundredths of a percent.
    pub fn core_share(&self) -> u64 {
        self.core.share()
    }

    /// Share of equal cells over the `chosen` fields together, and the same with those that a
    /// later tshark confirms, in hundredths of a percent: those adjudicated are none.
    pub fn shares(&self, chosen: impl Fn(&str) -> bool) -> (u64, u64) {
        let mut all = Count::default();
        self.fields.iter().filter(|(name, _)| chosen(name)).for_each(|(_, count)| all.add(*count));
        (all.share(), all.share_with(all.confirmed))
    }

    /// Those of the `chosen` fields of which fewer cells than `least` are equal or
    /// adjudicated, in hundredths of a percent.
    pub fn weak(&self, least: u64, chosen: impl Fn(&str) -> bool) -> Vec<String> {
        let weak = |(name, count): (&String, &Count)| {
            let share = count.share_with(count.adjudicated);
            let is_weak = chosen(name) && share < least;
            is_weak.then(|| format!("{name}: {} %", percent(share)))
        };
        self.fields.iter().filter_map(weak).collect()
    }

    pub fn report(&self) -> String {
        let mut out = String::new();
        let field = |(name, count): (&String, &Count)| {
            let everywhere = self.everywhere.get(name).copied().unwrap_or_default();
            (name.clone(), *count, percent(everywhere.share()))
        };
        table(&mut out, "Fields of the figure", self.fields.iter().filter(|row| is_core(row.0)).map(field));
        table(&mut out, "Other fields", self.fields.iter().filter(|row| !is_core(row.0)).map(field));
        let plain = |(name, count): (&String, &Count)| (name.clone(), *count, String::new());
        table(&mut out, "Sources", self.sources.iter().map(plain));
        table(&mut out, "Link types", self.links.iter().map(plain));
        let mut worst: Vec<_> = self.files.iter().filter(|row| row.1.differing > 0).collect();
        worst.sort_by_key(|row| (std::cmp::Reverse(row.1.differing - row.1.adjudicated), row.0));
        table(&mut out, "Files with most differences", worst.into_iter().take(20).map(plain));
        let Tally { core, packets, other_link, left_out, left_out_cells, .. } = self;
        let _ = write!(
            out,
            "\n{packets} packets. Not counted: {other_link} of other link types, {left_out} behind protocols \
             that wirepeel does not peel ({left_out_cells} cells).\n\
             Core fields: {} cells, {} equal, {} differing ({} of them adjudicated): {} % equal, {} % with \
             those adjudicated.\n",
            core.compared(),
            core.equal,
            core.differing,
            core.adjudicated,
            percent(core.share()),
            percent(core.share_with(core.adjudicated)),
        );
        out
    }

    /// Every differing cell that counts, sorted.
    pub fn differences(&mut self) -> String {
        self.lines.sort();
        let mut out = String::from("file\tn\tfield\tours\ttheirs\tadjudicated\n");
        for line in &self.lines {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// Every field with its cells compared and its share of equal ones.
    pub fn baseline(&self) -> String {
        let mut out = String::from("field\tcompared\tpercent\n");
        for (name, count) in &self.fields {
            let _ = writeln!(out, "{name}\t{}\t{}", count.compared(), percent(count.share()));
        }
        out
    }

    /// Fields that fell below their baseline.
    pub fn fallen(&self, baseline: &str) -> Vec<String> {
        let mut fallen = Vec::new();
        for line in baseline.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, _, before] = cells[..] else { panic!("the baseline has a line {line:?}") };
            let least: u64 = before.replace('.', "").parse().unwrap();
            let now = self.fields.get(name).copied().unwrap_or(Count { differing: 1, ..Count::default() });
            if now.share() < least {
                fallen.push(format!("{name}: {} %, was {before} %", percent(now.share())));
            }
        }
        fallen
    }
}

fn add(counts: &mut BTreeMap<String, Count>, name: &str, count: Count) {
    match counts.get_mut(name) {
        Some(total) => total.add(count),
        None => {
            counts.insert(name.to_owned(), count);
        }
    }
}

fn table(out: &mut String, title: &str, rows: impl Iterator<Item = (String, Count, String)>) {
    let _ = writeln!(
        out,
        "\n{title:<48} {:>9} {:>9} {:>9} {:>8} {:>11} {:>10}",
        "cells", "equal", "differing", "percent", "adjudicated", "everywhere"
    );
    for (name, count, everywhere) in rows {
        let Count { equal, differing, adjudicated, .. } = count;
        let (compared, share) = (count.compared(), percent(count.share()));
        let _ = writeln!(
            out,
            "{name:<48} {compared:>9} {equal:>9} {differing:>9} {share:>8} {adjudicated:>11} {everywhere:>10}"
        );
    }
}
