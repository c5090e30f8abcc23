//! The inner loops: peeling by protocol and by sink, checksums, flow updates.
//! `cargo bench --bench inner`; figures are a packet or a gigabyte each.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use etherparse::PacketBuilder;
use std::hint::black_box;
use wirepeel::base::{LinkType, Timestamp};
use wirepeel::decode::sinks::{Line, Summary, Tree};
use wirepeel::decode::{Facts, FlowKey, Frame, Registry, Scratch, Sum};
use wirepeel::flow::{FlowTable, Seen};

const QUERY: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x02kr\x00\x00\x01\x00\x01";

fn frames() -> Vec<(&'static str, Vec<u8>)> {
    let ethernet = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let ipv4 = || ethernet().ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut frames = Vec::new();
    let mut add = |name, builder: etherparse::PacketBuilderStep<etherparse::UdpHeader>, payload: &[u8]| {
        let mut frame = Vec::new();
        if builder.write(&mut frame, payload).is_ok() {
            frames.push((name, frame));
        }
    };
    add("dns over udp", ipv4().udp(40_112, 53), QUERY);
    add("udp 1400", ipv4().udp(40_112, 9), &[0x5a; 1400]);
    add("dns over udp over ipv6", ethernet().ipv6([1; 16], [2; 16], 64).udp(40_112, 53), QUERY);
    for (name, payload) in [("tcp 0", &[][..]), ("tcp 1400", &[0x5a; 1400][..])] {
        let mut frame = Vec::new();
        let tcp = ipv4().tcp(40_112, 9, 1000, 64_240).ack(77);
        if tcp.write(&mut frame, payload).is_ok() {
            frames.push((name, frame));
        }
    }
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
    let bytes = vec![0x5a; 1460];
    let mut group = c.benchmark_group("checksum");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("1460 bytes", |b| b.iter(|| Sum::default().add(black_box(&bytes)).checksum()));
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
    group.finish();
}

criterion_group!(benches, peel, checksum, flow);
criterion_main!(benches);
