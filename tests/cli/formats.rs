//! The machine formats: all hold the same, and nothing that could steer a terminal.

use crate::made::{file, path, pcap, pcapng, udp};
use crate::{good, sample};
use serde_json::Value;

fn json(arguments: &str, list: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&good(&format!("{arguments} --format json"))).unwrap();
    assert_eq!(document["version"], 1, "{arguments}");
    assert!(document["wirepeel"].is_string(), "{arguments}");
    document[list].as_array().unwrap_or_else(|| panic!("{arguments}: no list {list}")).clone()
}

fn jsonl(arguments: &str) -> Vec<Value> {
    let out = good(&format!("{arguments} --format jsonl"));
    out.lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            assert_eq!(row.as_object_mut().unwrap().remove("version"), Some(1.into()), "{line}");
            // Where a command has several lists, rows name theirs.
            row.as_object_mut().unwrap().remove("list");
            row
        })
        .collect()
}

/// A JSON value as the tables write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(";"),
        Value::Number(number) if number.is_f64() => format!("{:.3}", number.as_f64().unwrap()),
        other => other.to_string(),
    }
}

/// Reads a table; every row as the names and cells.
fn table(text: &str, tabs: bool) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::ReaderBuilder::new();
    if tabs {
        reader.delimiter(b'\t').quoting(false);
    }
    let mut reader = reader.from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |row: csv::StringRecord| names.iter().cloned().zip(row.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn every_command_holds_the_same_in_every_format() {
    let (dns, sums) = (sample("dns-walk.pcapng"), sample("http.pcap"));
    for (arguments, list, rows) in [
        (format!("packets {dns}"), "packets", 67),
        (format!("fields {sums} -e ip.addr -e tcp.flags -e frame.protocols"), "fields", 46),
        (format!("flows {dns}"), "flows", 0),
        (format!("flows {dns} --by port"), "ports", 0),
        (format!("stats {dns} --section capture"), "capture", 1),
        (format!("stats {dns} --section hierarchy"), "hierarchy", 7),
        (format!("stats {dns} --section checks"), "checks", 0),
        (format!("stats {dns} --section transports"), "transports", 2),
        (format!("stats {dns} --section ports"), "ports", 2),
        (format!("stats {dns} --section lengths"), "lengths", 10),
        (format!("stats {dns} --section endpoints"), "endpoints", 5),
        (format!("stats {dns} --section conversations"), "conversations", 4),
        (format!("stats {dns} --section time"), "time", 0),
        ("protocols".to_owned(), "protocols", 0),
        ("explain ip.src eth tcp.flags".to_owned(), "explanations", 3),
        ("interfaces".to_owned(), "interfaces", 0),
    ] {
        let document = json(&arguments, list);
        assert!(!document.is_empty(), "{arguments}: nothing");
        if rows > 0 {
            assert_eq!(document.len(), rows, "{arguments}");
        }
        assert_eq!(document, jsonl(&arguments), "{arguments}");
        for (tabs, format) in [(false, "csv"), (true, "tsv")] {
            let table = table(&good(&format!("{arguments} --format {format}")), tabs);
            assert_eq!(table.len(), document.len(), "{arguments} --format {format}");
            for (row, object) in table.iter().zip(&document) {
                assert_eq!(row.len(), object.as_object().unwrap().len(), "{arguments} --format {format}");
                for (name, cell) in row {
                    assert_eq!(*cell, plain(&object[name]), "{arguments} --format {format}: {name}");
                }
            }
        }
    }
}

#[test]
fn packets_says_the_same_as_fields() {
    let file = sample("tftp.pcap");
    let packets = json(&format!("packets {file}"), "packets");
    let fields = good(&format!(
        "fields {file} -e frame.number -e frame.time_epoch -e ip.src -e udp.srcport -e frame.len"
    ));
    for (packet, line) in packets.iter().zip(fields.lines()) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(plain(&packet["number"]), cells[0]);
        assert_eq!(plain(&packet["time"]), cells[1]);
        if !cells[2].is_empty() {
            assert_eq!(plain(&packet["source"]), cells[2]);
        }
        assert_eq!(plain(&packet["source_port"]), cells[3]);
        assert_eq!(plain(&packet["length"]), cells[4]);
    }
}

#[test]
fn tree_nests_fields_with_their_bytes() {
    let file = sample("tftp.pcap");
    let packets = json(&format!("tree {file} 3 4"), "tree");
    assert_eq!(
        packets.iter().map(|packet| packet["number"].as_u64()).collect::<Vec<_>>(),
        [Some(3), Some(4)]
    );
    let layers = packets[0]["layers"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|layer| layer["protocol"].as_str().unwrap()).collect();
    assert_eq!(names[..4], ["frame", "eth", "ip", "udp"]);
    assert_eq!((&layers[2]["start"], &layers[2]["verdict"]), (&14.into(), &"good".into()));
    let fields = layers[2]["fields"].as_array().unwrap();
    let flags = fields.iter().find(|field| field["name"] == "ip.flags").unwrap();
    let inner: Vec<_> =
        flags["fields"].as_array().unwrap().iter().map(|field| plain(&field["name"])).collect();
    assert!(inner.contains(&"ip.flags.df".to_owned()), "{inner:?}");
    let source = fields.iter().find(|field| field["name"] == "ip.src").unwrap();
    assert_eq!(
        (&source["value"], &source["start"], &source["length"]),
        (&"192.0.2.10".into(), &26.into(), &4.into())
    );
    assert_eq!(jsonl(&format!("tree {file} 3 4")).len(), 2);
    let flat = table(&good(&format!("tree {file} 3 --format csv")), false);
    let row = flat.iter().find(|row| row.contains(&("name".to_owned(), "ip.src".to_owned()))).unwrap();
    assert!(row.contains(&("value".to_owned(), "192.0.2.10".to_owned())), "{row:?}");
}

/// What must never reach a terminal from a packet or a file.
fn assert_harmless(what: &str, out: &str) {
    let bad = |c: &char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(u32::from(*c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x300..=0x36f | 0xfeff)
    };
    let found: Vec<char> = out.chars().filter(bad).collect();
    assert!(found.is_empty(), "{what}: {found:?}");
}

#[test]
fn nothing_from_a_packet_or_a_file_steers_the_terminal() {
    let evil = "\x1b]0;owned\x07\u{9b}31m\u{202e}gnp\u{301}\u{200b}\u{2028}\nforged\r\t".as_bytes();
    let read = [b"\0\x01", evil, b"\xff\x9b\0octet\0"].concat();
    let syslog = [b"<13>", evil].concat();
    let made = file(&pcap(&[udp(40_000, 69, &read), udp(40_001, 514, &syslog)]));
    let meta = file(&pcapng(&udp(1, 2, b"x"), evil, evil));
    for made in [path(&made), path(&meta)] {
        for format in ["text", "json", "jsonl", "csv", "tsv"] {
            for command in [
                format!("packets {made}"),
                format!("tree {made} 1"),
                format!("flows {made}"),
                format!("fields {made} -e frame.comment -e tftp.source_file -e data.data"),
            ] {
                let arguments = format!("{command} --format {format}");
                let out = good(&arguments);
                assert_harmless(&arguments, &out);
                let lines = if format == "text" && command.starts_with("packets") { 1..=2 } else { 0..=1000 };
                assert!(lines.contains(&out.lines().count()), "{arguments}: a forged line:\n{out}");
            }
        }
    }
    let comment = good(&format!("fields {} -e frame.comment", path(&meta)));
    assert!(comment.starts_with("\\x1b]0;owned\\x07\\x9b31m\\u{202e}gnp"), "{comment}");
}

#[test]
fn names_of_the_capture_are_shown_unless_unwanted() {
    let made = file(&pcapng(&udp(1, 2, b"x"), b"hello", b"web.example"));
    let words = |out: String| out.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(good(&format!("packets {}", path(&made))))[2..5], ["web.example", "→", "10.0.0.2"]);
    assert_eq!(words(good(&format!("packets -n {}", path(&made))))[2], "10.0.0.1");
    assert!(good(&format!("flows {}", path(&made))).contains("web.example:1"));
    // Fields are what the packet holds.
    assert_eq!(good(&format!("fields {} -e ip.src -e frame.comment", path(&made))), "10.0.0.1\thello\n");
}
