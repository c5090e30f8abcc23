//! The inner loops: peeling by protocol and by sink, checksums, flow updates,
//! the index.
//! `cargo bench --bench inner`; figures are a packet or a gigabyte each.

#![allow(clippy::unwrap_used)] // a benchmark that cannot build its frames must stop

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use etherparse::PacketBuilder;
use std::hint::black_box;
use wirepeel::base::{LinkType, Timestamp};
use wirepeel::capture::Record;
use wirepeel::decode::sinks::{Line, Summary, Tree};
use wirepeel::decode::{Facts, FlowKey, Frame, Registry, Scratch, Sum};
use wirepeel::flow::{FlowTable, Seen};
use wirepeel::store::Index;

const QUERY: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x02kr\x00\x00\x01\x00\x01";

const RESPONSE: &[u8] = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x03www\x07example\x02kr\x00\x00\x01\x00\x01\
\xc0\x0c\x00\x05\x00\x01\x00\x00\x0e\x10\x00\x06\x03cdn\xc0\x10\xc0\x2c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x07";
const REQUEST: &[u8] =
    b"GET /index.html HTTP/1.1\r\nHost: www.example.kr\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
/// A record of application data, as most TLS records are.
const TLS: &[u8] = &{
    let mut record = [0x5a; 1205];
    [record[0], record[1], record[2], record[3], record[4]] = [23, 3, 3, 4, 176];
    record
};

/// One frame a protocol, with sound checksums.
fn frames() -> Vec<(&'static str, Vec<u8>)> {
    let ethernet = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let ipv4 = || ethernet().ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut frames = Vec::new();
    for (name, port, payload) in [
        ("udp 0", 9, &[][..]),
        ("udp 1400", 9, &[0x5a; 1400]),
        ("dns query", 53, QUERY),
        ("dns answer", 53, RESPONSE),
    ] {
        let mut frame = Vec::new();
        ipv4().udp(40_112, port).write(&mut frame, payload).unwrap();
        frames.push((name, frame));
    }
    for (name, port, payload) in [
        ("tcp 0", 9, &[][..]),
        ("tcp 1400", 9, &[0x5a; 1400]),
        ("http request", 80, REQUEST),
        ("tls data", 443, TLS),
    ] {
        let mut frame = Vec::new();
        ipv4().tcp(40_112, port, 1000, 64_240).ack(77).write(&mut frame, payload).unwrap();
        frames.push((name, frame));
    }
    let mut ipv6 = Vec::new();
    ethernet().ipv6([1; 16], [2; 16], 64).udp(40_112, 53).write(&mut ipv6, QUERY).unwrap();
    frames.push(("dns query over ipv6", ipv6));
    let mut icmp = Vec::new();
    ipv4().icmpv4_echo_request(7, 1).write(&mut icmp, &[0x5a; 56]).unwrap();
    frames.push(("icmp echo", icmp));
    let mut arp = vec![0xff; 6];
    arp.extend([2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1]);
    arp.extend([0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
    frames.push(("arp request", arp));
    frames
}

fn peel(c: &mut Criterion) {
    let registry = Registry::default();
    for (name, bytes) in frames() {
        let wire = bytes.len() as u32;
        let frame = Frame { link: LinkType::ETHERNET, bytes: &bytes, wire, number: 1, ..Frame::default() };
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        let mut scratch = Scratch::default();
        let mut summary = Summary::default();
        group.bench_function("summary", |b| {
            b.iter(|| {
                summary.events.clear();
                summary.begin();
                registry.peel(black_box(&frame), Facts::default(), &mut scratch, &mut summary);
            });
        });
        let mut line = Line::default();
        group.bench_function("line", |b| {
            b.iter(|| {
                line.clear();
                registry.peel(black_box(&frame), Facts::default(), &mut scratch, &mut line);
            });
        });
        let mut tree = Tree::default();
        group.bench_function("tree", |b| {
            b.iter(|| {
                tree.clear();
                registry.peel(black_box(&frame), Facts::default(), &mut scratch, &mut tree);
            });
        });
        group.finish();
    }
}

fn checksum(c: &mut Criterion) {
    let bytes = vec![0x5a; 65_536];
    let mut group = c.benchmark_group("checksum");
    for len in [20, 60, 576, 1460, 65_536] {
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(format!("{len} bytes"), |b| {
            b.iter(|| Sum::default().add(black_box(&bytes[..len])).checksum());
        });
    }
    group.finish();
}

/// What the reader does with each batch of records.
fn index(c: &mut Criterion) {
    const BATCH: usize = 8192;
    let record = |at: u64| Record {
        offset: at * 1000,
        time: Timestamp(at as i64),
        captured: 984,
        wire: 984,
        interface: 0,
        has_options: false,
    };
    let records: Vec<_> = (0..BATCH as u64).map(record).collect();
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut store = Index::default();
    group.bench_function("append", |b| {
        b.iter(|| {
            // Never more than a million rows.
            if store.len() > 1 << 20 {
                store = Index::default();
            }
            store.append(black_box(&records))
        });
    });
    let mut read = Vec::new();
    group.bench_function("read", |b| b.iter(|| store.read(black_box(0..BATCH as u64), &mut read)));
    group.finish();
}

fn count(table: &mut FlowTable, key: &FlowKey) -> u32 {
    let hash = table.hasher().hash(key);
    let found = table.find(key, hash);
    let seen = Seen { id: 0, time: Timestamp(0), wire: 60, key, hash, vlan: 0, syn: None };
    table.packet(&seen, found).flow
}

fn flow(c: &mut Criterion) {
    let mut table = FlowTable::default();
    let key = |n: u32| {
        let mut key =
            FlowKey { src_port: (n % 60_000) as u16, dst_port: 443, protocol: 6, ..FlowKey::default() };
        key.src[..4].copy_from_slice(&n.to_be_bytes());
        key
    };
    for n in 0..100_000 {
        count(&mut table, &key(n));
    }
    let mut group = c.benchmark_group("flow");
    group.throughput(Throughput::Elements(1));
    let mut n = 0;
    group.bench_function("update among 100,000", |b| {
        b.iter(|| {
            n = (n + 7919) % 100_000;
            count(&mut table, black_box(&key(n)))
        });
    });
    let mut new = 100_000;
    group.bench_function("new", |b| {
        b.iter(|| {
            // Never more than a million flows.
            if table.len() > 1 << 20 {
                table = FlowTable::default();
            }
            new += 1;
            count(&mut table, black_box(&key(new)))
        });
    });
    group.finish();
}

criterion_group!(benches, peel, checksum, flow, index);
criterion_main!(benches);
