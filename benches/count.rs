//! The summary pass, repeated as often as asked, for counting its instructions.
//!
//! `count SUBJECT TIMES`: the subject is `samples` (every packet of some of them) or
//! the name of a frame; without arguments the subjects and how many packets each has
//! are listed. `scripts/instructions.py` runs it under callgrind twice and takes the
//! difference, so that what comes before the pass does not count.

#![allow(clippy::unwrap_used)] // a benchmark that cannot read its packets must stop

mod common;

use common::frames;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wirepeel::base::LinkType;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::sinks::Summary;
use wirepeel::decode::{Facts, Frame, Registry, Scratch};
use wirepeel::session::{Peeler, Session};

/// Named, so that a new sample does not change the figure.
const SAMPLES: [&str; 8] = [
    "dhcp-lease.pcap",
    "http.pcap",
    "offload.pcap",
    "ping-trace.pcapng",
    "tftp.pcap",
    "tls.pcap",
    "typing.pcap",
    "vlan.pcap",
];

struct Packet {
    link: LinkType,
    bytes: Vec<u8>,
    wire: u32,
}

/// Every packet of one capture.
fn read(path: &Path, registry: &Arc<Registry>, packets: &mut Vec<Packet>) {
    let session = Session::start(open(path, &OpenOptions::default()).unwrap(), Arc::clone(registry));
    while session.progress().reading {
        session.wait(Duration::from_millis(20));
    }
    let mut peeler = Peeler::default();
    for id in 0..session.progress().indexed {
        let record = session.record(id).unwrap();
        let link = session.meta().interfaces[record.interface as usize].link;
        packets.push(Packet { link, bytes: peeler.bytes(&session, id).unwrap().to_vec(), wire: record.wire });
    }
}

fn samples(registry: &Arc<Registry>) -> Vec<Packet> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut packets = Vec::new();
    SAMPLES.iter().for_each(|name| read(&folder.join(name), registry, &mut packets));
    packets
}

fn main() {
    let registry = Arc::new(Registry::default());
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let mut subjects = Vec::new();
    // The threads that read captures never take quite as many instructions twice.
    if arguments.first().is_none_or(|subject| subject == "samples") {
        subjects.push(("samples", samples(&registry)));
    }
    for (name, bytes) in frames() {
        let wire = bytes.len() as u32;
        subjects.push((name, vec![Packet { link: LinkType::ETHERNET, bytes, wire }]));
    }
    let [subject, times] = arguments.as_slice() else {
        subjects.iter().for_each(|(name, packets)| println!("{name}\t{}", packets.len()));
        return;
    };
    let (_, packets) = subjects.iter().find(|(name, _)| name == subject).unwrap();
    let (mut scratch, mut summary) = (Scratch::default(), Summary::default());
    for _ in 0..times.parse().unwrap() {
        for packet in packets {
            let Packet { link, bytes, wire } = packet;
            let frame = Frame { link: *link, bytes, wire: *wire, number: 1, ..Frame::default() };
            summary.events.clear();
            summary.begin();
            registry.peel(black_box(&frame), Facts::default(), &mut scratch, &mut summary);
        }
    }
    black_box(&summary.events);
}
