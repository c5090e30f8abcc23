//! The summary of a packet must not allocate: with millions of packets it is
//! what the speed of opening a capture rests on.

#![allow(unsafe_code)] // the counting allocator below

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use wirepeel::base::LinkType;
use wirepeel::decode::sinks::Summary;
use wirepeel::decode::{DecodeAs, Facts, Frame, Ports, Registry, Scratch, Table};

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: hands every call to the system's allocator unchanged; the counter
// allocates nothing (a const thread local without a destructor).
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Their packets hold others that are not in the frame as they are: those bytes are made.
const MAKE_BYTES: [&str; 2] = ["ipcomp", "vjc"];

#[test]
fn the_summary_of_a_packet_does_not_allocate() {
    // The frames of HTTP/2 have no port of their own.
    let http2 = Registry::default().by_name("http2").unwrap_or_default();
    let registry =
        Registry::new(&[DecodeAs { table: Table::Port(Ports::Tcp), numbers: 8080..=8080, protocol: http2 }]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let (mut scratch, mut summary) = (Scratch::default(), Summary::default());
    let (mut packets, mut guilty) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "pcap") {
            continue;
        }
        let makes = MAKE_BYTES.iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name));
        let file = std::fs::read(&path).unwrap();
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let (mut at, link) = (24, LinkType(word(20) as u16));
        let mut number = 0;
        while at < file.len() {
            let captured = word(at + 8) as usize;
            let bytes = &file[at + 16..at + 16 + captured];
            let frame = Frame { link, bytes, wire: word(at + 12), number: 1, ..Frame::default() };
            at += 16 + captured;
            number += 1;
            // A query in a path is made from its base 64.
            let makes = makes || bytes.windows(5).any(|five| five == b"?dns=");
            // The first time buffers may grow; they are kept.
            for round in 0..2 {
                summary.events.clear();
                summary.begin();
                let before = COUNT.get();
                registry.peel(&frame, Facts::default(), &mut scratch, &mut summary);
                if round == 1 && COUNT.get() != before && !makes {
                    guilty.push(format!("{} packet {number}", path.display()));
                }
            }
            packets += 1;
        }
    }
    assert!(packets > 50, "only {packets} packets were tried");
    assert!(guilty.is_empty(), "these packets allocate in the summary: {guilty:#?}");
}
