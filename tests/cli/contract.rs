//! `docs/OUTPUT.md` is a contract: the names in it are those in the output, all of
//! them, in the same order.

use crate::{good, sample};
use std::path::Path;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OUTPUT.md")).unwrap()
}

/// The page behind a marker that it has once.
fn behind<'a>(page: &'a str, marker: &str) -> &'a str {
    let mut parts = page.split(marker);
    let found = (parts.next(), parts.next(), parts.next());
    let (Some(_), Some(text), None) = found else { panic!("{marker} does not stand in the page once") };
    text
}

/// What stands in backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The text without its remarks in parentheses.
fn bare(text: &str) -> String {
    let mut depth = 0;
    let keeps = |c: &char| {
        depth += i32::from(*c == '(');
        let keep = depth == 0;
        depth -= i32::from(*c == ')');
        keep
    };
    text.chars().filter(keeps).collect()
}

/// Names in the first column of the tables under a heading. Behind `bytes_ab` the
/// name `_ba` is `bytes_ba`.
fn table(page: &str, heading: &str) -> Vec<String> {
    let part = behind(page, &format!("### {heading}\n")).split("\n### ").next().unwrap_or_default();
    let cells = part.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let mut names: Vec<String> = Vec::new();
    for name in cells.flat_map(quoted) {
        match (name.starts_with('_'), names.last().and_then(|before| before.rsplit_once('_'))) {
            (true, Some((stem, _))) => names.push(format!("{stem}{name}")),
            _ => names.push(name),
        }
    }
    names
}

/// Names in the sentence behind a marker, or in the one of its paragraph that tells
/// their order; `from X to Y` are those of `others`.
fn sentence(page: &str, marker: &str, others: &[String]) -> Vec<String> {
    let paragraph = behind(page, marker).split("\n\n").next().unwrap_or_default();
    let text = bare(paragraph.split("\n- ").next().unwrap_or_default());
    let text = text.split_once("In order: ").map_or(text.as_str(), |(_, order)| order);
    let text = text.split(". ").next().unwrap_or_default().replace('\n', " ");
    let (text, range) = text.split_once(" from `").map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let mut names = quoted(text);
    if let Some((first, last)) = range.and_then(|range| range.split('`').next().zip(range.split('`').nth(2)))
    {
        let place = |name: &str| others.iter().position(|other| other == name).unwrap();
        names.extend_from_slice(&others[place(first)..=place(last)]);
    }
    names
}

/// The header line of a command's tables.
fn columns(arguments: &str) -> Vec<String> {
    let out = crate::run(&format!("{arguments} --format csv")).out;
    out.lines().next().unwrap_or_default().split(',').map(str::to_owned).collect()
}

#[test]
fn tables_of_the_page_name_the_columns_in_their_order() {
    let (page, file) = (page(), sample("dns-visit.pcap"));
    let sockets = table(&page, "Sockets and processes");
    let mut flows = Vec::new();
    for name in table(&page, "`flows` (list `flows`)") {
        match name.strip_suffix('…') {
            Some(end) => flows.extend(sockets.iter().map(|member| format!("{end}{member}"))),
            None => flows.push(name),
        }
    }
    assert_eq!(columns(&format!("flows {file}")), flows);
    for (heading, arguments) in [
        ("`packets` (list `packets`)", format!("packets {file} --names")),
        ("`stream` (list `runs`)", format!("stream {file} --flow 1")),
        ("`stream --as ladder` (list `arrows`)", format!("stream {file} --flow 1 --as ladder")),
        ("`stream --as calls` (list `calls`)", format!("stream {file} --flow 1 --as calls")),
        ("`dns` (list `dns`)", format!("dns {file}")),
    ] {
        assert_eq!(columns(&arguments), table(&page, heading), "{heading}");
    }
    for (marker, arguments) in [
        ("`flows --by port` (list `ports`):", format!("flows {file} --by port")),
        ("`flows --by host` (list `hosts`):", format!("flows {file} --by host")),
        ("`flows --by process` (list `processes`):", format!("flows {file} --by process")),
        ("`interfaces` (list `interfaces`):", "interfaces".to_owned()),
        ("`protocols` (list `protocols`):", "protocols".to_owned()),
        ("`explain` (list `explanations`):", "explain udp".to_owned()),
        ("### `verify` (list `findings`)\n\n", format!("verify {file}")),
        ("`csv` and `tsv`: a row for every layer and field:", format!("tree {file} 1")),
        ("`dns --used` (list `uses`):", format!("dns {file} --used")),
        ("`dns --unlooked` (list `unlooked`):", format!("dns {file} --unlooked")),
        ("`dns --cache-at TIME` (list `cache`):", format!("dns {file} --cache-at 1")),
        ("`dns --walk` (list `walk`):", format!("dns {file} --walk")),
    ] {
        if arguments == "interfaces" && !cfg!(feature = "live") {
            continue;
        }
        assert_eq!(columns(&arguments), sentence(&page, marker, &flows), "{marker}");
    }
    if cfg!(target_os = "linux") {
        assert_eq!(columns("sockets"), sentence(&page, "`sockets` (list `sockets`):", &sockets));
    }
}

#[test]
fn the_page_names_every_section_of_the_statistics_and_its_columns() {
    let (page, file) = (page(), sample("dns-visit.pcap"));
    let all: serde_json::Value =
        serde_json::from_str(&good(&format!("stats {file} --section all --format json"))).unwrap();
    let mut told: Vec<_> = all.as_object().unwrap().keys().cloned().collect();
    told.retain(|name| !["version", "wirepeel"].contains(&name.as_str()));
    let part = behind(&page, "### `stats`\n").split("\n### ").next().unwrap();
    let mut listed = Vec::new();
    for line in part.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (section, rest) = line.split_once('`').unwrap();
        let names = bare(rest.split(" | ").nth(1).unwrap());
        // What stands in other words than a name is no column.
        let names: Vec<String> = quoted(names.split("; `--").next().unwrap())
            .into_iter()
            .filter(|name| name != "flows" || section != "conversations")
            .collect();
        let mut columns = columns(&format!("stats {file} --section {section}"));
        columns.retain(|name| name != "flows" || section != "conversations");
        assert_eq!(columns, names, "{section}");
        listed.push(section.to_owned());
    }
    listed.sort();
    told.sort();
    assert_eq!(told, listed);
}

/// Keys of an object, sorted.
fn keys(value: &serde_json::Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[test]
fn the_page_names_every_list_of_the_dns_statistics_and_its_columns() {
    let (page, file) = (page(), sample("dns-visit.pcap"));
    let all: serde_json::Value =
        serde_json::from_str(&good(&format!("dns {file} --stats --format json"))).unwrap();
    let text =
        behind(&page, "`dns --stats` gives lists, in `json` and `jsonl` only:").split("\n\n").next().unwrap();
    let text = text.replace('\n', " ");
    let lists: Vec<String> =
        quoted(&bare(&text)).into_iter().filter(|name| !name.starts_with("--top")).collect();
    let mut told: Vec<String> = keys(&all);
    told.retain(|name| !["version", "wirepeel"].contains(&name.as_str()));
    let mut listed: Vec<String> = lists.iter().take(told.len()).cloned().collect();
    listed.sort();
    assert_eq!(told, listed);
    for list in told {
        let (_, rest) = text.split_once(&format!("`{list}` (")).unwrap();
        // Up to the parenthesis that closes this one.
        let mut depth = 1;
        let inside: String = rest
            .chars()
            .take_while(|c| {
                depth += i32::from(*c == '(') - i32::from(*c == ')');
                depth > 0
            })
            .collect();
        let mut names = quoted(&bare(&inside));
        names.retain(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        names.sort();
        names.dedup();
        assert_eq!(keys(&all[&list][0]), names, "{list}");
    }
}

/// Every key that an object has, or those inside it.
fn all_keys(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            found.extend(map.keys().cloned());
            map.values().for_each(|value| all_keys(value, found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| all_keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_page_names_every_member_of_a_tree() {
    let page = page();
    let out = good(&format!("tree {} -c 25 --format json", sample("bad-sums.pcap")));
    let tree: serde_json::Value = serde_json::from_str(&out).unwrap();
    let text = behind(&page, "### `tree` (list `tree`)\n").split("`csv` and `tsv`:").next().unwrap();
    let listed = quoted(text);
    let mut found = Vec::new();
    all_keys(&tree["tree"], &mut found);
    found.sort();
    found.dedup();
    for name in &found {
        assert!(listed.contains(name), "{name} is not documented");
    }
    // Formats and values stand there too.
    let others = ["json", "jsonl", "problem", "field", "not_shown"];
    for name in listed.iter().filter(|name| !others.contains(&name.as_str())) {
        assert!(found.contains(name), "{name} is documented and not there");
    }
}
