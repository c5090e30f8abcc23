//! The inner loops: peeling by protocol and by sink, checksums, flow updates,
//! the index.
//! `cargo bench --bench inner`; figures are a packet or a gigabyte each.

#![allow(clippy::unwrap_used)] // a benchmark that cannot build its frames must stop

mod common;

use common::frames;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wirepeel::base::{LinkType, Timestamp};
use wirepeel::capture::Record;
use wirepeel::decode::sinks::{Line, Summary, Tree};
use wirepeel::decode::{Facts, FlowKey, Frame, Registry, Scratch, Sum};
use wirepeel::flow::{FlowTable, Seen};
use wirepeel::store::Index;

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
    let seen = Seen {
        id: 0,
        time: Timestamp(0),
        wire: 60,
        key,
        hash,
        vlan: 0,
        syn: None,
        header: wirepeel::flow::Header::Sound,
    };
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
