//! Any bytes as a frame of any link type, through all four sinks.
//!
//! Input: link type (2 bytes), bytes that the capture cut off (1), length of the
//! frame check sequence (1), what the innermost flow is bound to (1, 0 for
//! nothing), then the frame.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::sync::LazyLock;
use wirepeel::base::LinkType;
use wirepeel::decode::sinks::{Line, Probe, Summary, Tree, Wanted};
use wirepeel::decode::{Bound, Event, Facts, Frame, Problem, Registry, Scratch, Streams};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);
static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let mut wanted = Wanted::default();
    for name in ["ip.addr", "tcp.flags", "dns.qry.name", "http.host", "frame.protocols", "udp"] {
        wanted.add(&REGISTRY, name, 0);
    }
    wanted
});

thread_local! {
    // One scratch for all frames, as the workers use it.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

fuzz_target!(|data: &[u8]| {
    let Some((&[l0, l1, missing, fcs, bound], bytes)) = data.split_first_chunk::<5>() else { return };
    let frame = Frame {
        link: LinkType(u16::from_be_bytes([l0, l1])),
        bytes,
        wire: bytes.len() as u32 + u32::from(missing),
        number: 1,
        fcs_length: (fcs > 0).then_some(fcs),
        ..Frame::default()
    };
    SCRATCH.with_borrow_mut(|scratch| {
        let (mut line, mut tree, mut summary) = (Line::default(), Tree::default(), Summary::default());
        let mut probe = Probe::new(WANTED.clone());
        let mut facts = Facts { streams: Streams::one(3), ..Facts::default() };
        // The frame is around all flows.
        if bound > 0 && REGISTRY.row(bound.into()).protocol.name != "frame" {
            REGISTRY.peel(&frame, facts, scratch, &mut summary);
            let flow = |event: &Event| if let Event::Flow(key) = event { Some(*key) } else { None };
            let key = summary.events.iter().rev().find_map(flow);
            facts.bound = key.map(|key| Bound::new(bound.into(), &key));
            summary = Summary::default();
        }
        REGISTRY.peel(&frame, facts, scratch, &mut line);
        REGISTRY.peel(&frame, facts, scratch, &mut tree);
        REGISTRY.peel(&frame, facts, scratch, &mut summary);
        REGISTRY.peel(&frame, facts, scratch, &mut probe);
        assert_eq!(summary.events, tree.events, "summary and tree disagree on events");
        let truncated = |event: &&Event| matches!(event, Event::Problem { problem: Problem::Truncated, .. });
        assert_eq!(summary.events.iter().filter(truncated).count(), usize::from(missing > 0));
        assert!(tree.layers.len() <= 128);
        assert!(line.info.len() < 16 << 10, "an Info text of {} bytes", line.info.len());
        for place in 0..tree.len() as u32 {
            let Some(node) = tree.node(place) else { panic!("node {place} is not there") };
            if node.span.source == 0 {
                let end = u64::from(node.span.start) + u64::from(node.span.len);
                assert!(end <= bytes.len() as u64, "{} ends at {end}", tree.line(node));
            }
            assert!(node.parent.is_none_or(|parent| parent < place));
        }
        assert_eq!(tree.walk(|_, _| true).len(), tree.len(), "the walk misses nodes");
        wirepeel::decode::audit::audit(&tree);
        for found in &probe.found {
            probe.value(found);
        }
    });
});
