use super::*;

fn key(src: u8, src_port: u16, dst: u8, dst_port: u16, protocol: u8) -> FlowKey {
    let mut key = FlowKey { src_port, dst_port, protocol, ..FlowKey::default() };
    (key.src[0], key.dst[0]) = (src, dst);
    key
}

/// Looks a packet up and counts it.
fn count(
    table: &mut FlowTable,
    id: PacketId,
    time: i64,
    wire: u32,
    key: &FlowKey,
    syn: Option<u32>,
) -> Update {
    let hash = table.hasher().hash(key);
    let found = table.find(key, hash);
    table.packet(
        &Seen { id, time: Timestamp(time), wire, key, hash, vlan: 0, syn, header: Header::Sound },
        found,
    )
}

/// Catches a flow that costs more than is documented, in its types and in what
/// the columns that hold them really take while they grow.
#[test]
fn a_flow_never_costs_more_than_its_bytes() {
    assert!(size_of::<Flow>() <= 104, "a flow takes {} bytes", size_of::<Flow>());
    let mut table = FlowTable::default();
    // A column is made part by part; what a part has not filled yet is no flow's.
    let unfilled = 4096 * (size_of::<Flow>() + size_of::<tcp::State>()) + 4096;
    for n in 0..30_000 {
        let there = FlowKey { src_port: n, ..key(1, 0, 2, 80, TCP) };
        for (key, bits) in [(there, flags::SYN), (there.reversed(), flags::SYN | flags::ACK)] {
            let syn = (bits == flags::SYN).then_some(9);
            let update = count(&mut table, 0, 0, 60, &key, syn);
            let segment = Segment { seq: 9, flags: bits, ..Segment::default() };
            table.segment(update, (0, &key), &segment, true, |_| 0);
            table.bind(update.flow, 0, 7);
        }
        let most = unfilled + usize::from(n + 1) * MOST_BYTES;
        assert!(table.size() <= most, "{n}: {} bytes, not {most}", table.size());
    }
    assert!(table.connection(table.get(0).unwrap()).is_some());
}

#[test]
fn both_directions_count_in_one_flow() {
    let mut table = FlowTable::default();
    let there = key(1, 4000, 2, 53, UDP);
    let first = count(&mut table, 0, 5, 60, &there, None);
    let second = count(&mut table, 1, 9, 100, &there.reversed(), None);
    assert!(first.is_new && !second.is_new && first.flow == second.flow);
    let flow = table.get(0).unwrap();
    assert_eq!((flow.packets, flow.bytes()), ([1, 1], [60, 100]));
    assert_eq!((flow.server(), flow.service_port()), (Side::B, 53));
    // TCP between the same ends is a flow of its own with its own number.
    let tcp = count(&mut table, 2, 9, 100, &key(1, 4000, 2, 53, TCP), None);
    assert_eq!((tcp.flow, table.get(1).unwrap().stream), (1, 0));
}

#[test]
fn a_connection_goes_through_its_states() {
    let mut table = FlowTable::default();
    let there = key(1, 40_000, 2, 50_000, TCP);
    let back = there.reversed();
    let mut step = |key: &FlowKey, seq: u32, bits: u16, payload: u32| {
        let syn = (bits & (flags::SYN | flags::ACK) == flags::SYN).then_some(seq);
        let update = count(&mut table, 0, 0, 60, key, syn);
        let segment = Segment { seq, flags: bits, len: payload, ..Segment::default() };
        table.segment(update, (0, key), &segment, true, |_| 0);
        let flow = table.get(update.flow).unwrap();
        (update.flow, flow.state(), flow.service_port())
    };
    assert_eq!(step(&there, 10, flags::SYN, 0), (0, State::SynSent, 50_000));
    assert_eq!(step(&back, 20, flags::SYN | flags::ACK, 0), (0, State::SynReceived, 50_000));
    assert_eq!(step(&there, 11, flags::ACK, 0), (0, State::Established, 50_000));
    assert_eq!(step(&back, 21, flags::ACK | flags::FIN, 0), (0, State::Closing, 50_000));
    assert_eq!(step(&there, 11, flags::ACK | flags::FIN, 0), (0, State::Closed, 50_000));
    // A repeated SYN stays in its flow; one with another number begins a new one.
    assert_eq!(step(&there, 10, flags::SYN, 0).0, 0);
    assert_eq!(step(&there, 99, flags::SYN, 0), (1, State::SynSent, 50_000));
    assert_eq!(step(&back, 0, flags::RST | flags::ACK, 0), (1, State::Refused, 50_000));
}

#[test]
fn an_announced_flow_is_bound_from_its_first_packet() {
    let mut table = FlowTable::default();
    table.expect(key(2, 0, 1, 4000, UDP), 7);
    let place = count(&mut table, 3, 0, 60, &key(2, 32_000, 1, 4000, UDP), None).flow;
    assert_eq!(table.bound_at(place, 3), Some(7));
    table.bind(place, 9, 8);
    assert_eq!(table.bound_at(place, 9), Some(7), "the first binding holds");
}

#[test]
fn every_flow_is_found_in_both_directions_while_the_table_grows() {
    let mut table = FlowTable::default();
    let keys: Vec<_> = (0..5000).map(|n| key(1, n, 2, 80, TCP)).collect();
    for (id, key) in keys.iter().enumerate() {
        assert!(count(&mut table, id as u64, 0, 60, key, None).is_new);
    }
    for (place, key) in keys.iter().enumerate() {
        let back = key.reversed();
        assert_eq!(table.hasher().hash(key), table.hasher().hash(&back));
        assert_eq!(table.find(&back, table.hasher().hash(&back)), Some(place as u32));
    }
}

/// Catches a broken header that counts, or that takes its flow or its number away.
#[test]
fn broken_headers_are_of_their_flow_and_do_not_count() {
    let mut table = FlowTable::default();
    let (there, other) = (key(1, 4000, 2, 80, TCP), key(1, 4001, 2, 80, TCP));
    let mut see = |id, key: &FlowKey, header| {
        let hash = table.hasher().hash(key);
        let found = table.find(key, hash);
        let seen = Seen { id, time: Timestamp(id as i64), wire: 60, key, hash, vlan: 0, syn: None, header };
        let place = table.packet(&seen, found).flow;
        let flow = table.get(place).unwrap();
        (place, flow.stream(), flow.packets, flow.bytes(), table.uncounted(place).unwrap())
    };
    let short = Header::Broken { numbered: false };
    let numbered = Header::Broken { numbered: true };
    // Eight bytes of TCP: a flow without a number.
    assert_eq!(see(1, &there, short), (0, None, [0, 0], [0, 0], 1));
    assert_eq!(see(2, &other, numbered), (1, Some(0), [0, 0], [0, 0], 1));
    // A number comes with the first packet that gives one, and A stays A.
    assert_eq!(see(3, &there.reversed(), Header::Sound), (0, Some(1), [0, 1], [0, 60], 1));
    assert_eq!(see(4, &there, numbered), (0, Some(1), [0, 1], [0, 60], 2));
    assert_eq!(see(5, &there, short), (0, Some(1), [0, 1], [0, 60], 3));
    assert_eq!((table.iter().count(), table.counted().count()), (2, 1));
    let times = |place| table.get(place).map(|flow| (flow.first_time.0, flow.last_time.0)).unwrap();
    assert_eq!((times(0), times(1)), ((3, 3), (2, 2)), "of the packets that count, where any do");
}

/// Catches a second number that is given at the wrong packet, more than once, or
/// to a flow that has none due.
#[test]
fn some_flows_are_numbered_twice() {
    let mut table = FlowTable::default();
    let (snmp, other) = (key(1, 4000, 2, 161, UDP), key(1, 4001, 2, 161, UDP));
    let (socks, third) = (key(1, 4000, 2, 1080, TCP), key(1, 4001, 2, 80, TCP));
    let place = count(&mut table, 1, 0, 60, &snmp, None).flow;
    table.announce_number(place, 1);
    count(&mut table, 2, 0, 60, &other, None);
    for id in 3..5 {
        count(&mut table, id, 0, 60, &snmp.reversed(), None);
        table.announce_number(place, id);
    }
    assert_eq!([1, 2, 3, 4].map(|id| table.stream_at(place, id)), [0, 0, 2, 2].map(Some));
    assert_eq!(
        (table.stream_at(1, 9), table.later_stream(1), table.later_stream(place)),
        (Some(1), None, Some((3, 2)))
    );
    // The number of the connection behind a SOCKS server is taken by its first data.
    let mut segment = |id, key: &FlowKey, len| {
        let update = count(&mut table, id, 0, 60, key, None);
        let segment = Segment { flags: flags::ACK, len, ..Segment::default() };
        table.segment(update, (id, key), &segment, true, |_| 0);
        if id == 6 {
            table.announce_number(update.flow, id);
        }
        table.stream_at(update.flow, id)
    };
    assert_eq!(
        [segment(5, &socks, 9), segment(6, &socks.reversed(), 8), segment(7, &socks, 0)],
        [Some(0); 3]
    );
    assert_eq!(
        [segment(8, &third, 8), segment(9, &socks, 8), segment(10, &socks, 8)],
        [Some(1), Some(0), Some(0)]
    );
    assert_eq!(segment(11, &key(1, 4002, 2, 80, TCP), 0), Some(3));
}

/// What is only quoted takes a stream number and counts nothing, and a
/// packet keeps its stream when its ports are used again later.
#[test]
fn quotes_take_a_number_and_older_flows_are_found() {
    let mut table = FlowTable::default();
    let there = key(1, 4000, 2, 53, UDP);
    let seen = |id, key, hash| Seen {
        id,
        time: Timestamp(0),
        wire: 90,
        key,
        hash,
        vlan: 0,
        syn: None,
        header: Header::Sound,
    };
    let hash = table.hasher().hash(&there);
    assert_eq!(table.quoted(&seen(0, &there, hash), false), None, "too little is quoted");
    assert_eq!(table.quoted(&seen(0, &there, hash), true), Some(0));
    assert_eq!((table.iter().count(), table.get(0).unwrap().stream), (0, 0));
    // Its first packet goes the other way; it is A then.
    let back = there.reversed();
    assert_eq!(count(&mut table, 1, 7, 60, &back, None), Update { flow: 0, is_new: false, reuses: false });
    let flow = table.get(0).unwrap();
    assert_eq!((flow.key, flow.packets, flow.first_time), (back, [1, 0], Timestamp(7)));
    table.refuse(0, &back);
    assert_eq!(table.get(0).unwrap().state(), State::Refused);

    let tcp = key(1, 4000, 2, 80, TCP);
    for (id, isn) in [(2, 10), (5, 20), (9, 30)] {
        let update = count(&mut table, id, 0, 60, &tcp, Some(isn));
        let segment = Segment { seq: isn, flags: flags::SYN, ..Segment::default() };
        table.segment(update, (id, &tcp), &segment, true, |_| 0);
    }
    let at = |id| table.find_at(&tcp.reversed(), id).map(|(_, flow)| flow.stream);
    assert_eq!([1, 2, 4, 5, 8, 9, 99].map(at), [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(2)]);
}

/// As TFTP does it: the request goes to a known port, the data come from another.
#[test]
fn an_answer_from_another_port_is_found_where_it_is_certain() {
    let mut table = FlowTable::default();
    let asks = |port, to| key(1, port, 2, to, UDP);
    let answers = |port| key(2, 32_000, 1, port, UDP);
    for (id, key) in (0..).zip([
        asks(4000, 69),
        key(3, 4000, 1, 4000, UDP),
        answers(4000),
        // Which of these two is answered nobody can say.
        asks(5000, 69),
        asks(5000, 70),
        answers(5000),
        // Answered where it was asked.
        asks(6000, 53),
        asks(6000, 53).reversed(),
        answers(6000),
    ]) {
        count(&mut table, id, 0, 60, &key, None);
    }
    let told: Vec<u32> = (0..10).filter(|place| table.is_answered_elsewhere(*place)).collect();
    assert_eq!(told, [0]);
}

/// A late SYN belongs to its connection; one behind data begins another.
#[test]
fn a_syn_begins_a_flow_only_where_its_side_has_begun_before() {
    let mut table = FlowTable::default();
    let mut step = |key: &FlowKey, seq: u32, ack: u32, bits: u16| {
        let syn = (bits & (flags::SYN | flags::ACK) == flags::SYN).then_some(seq);
        let update = count(&mut table, 0, 0, 60, key, syn);
        let segment = Segment { seq, ack, flags: bits, ..Segment::default() };
        table.segment(update, (0, key), &segment, true, |_| 0);
        update.flow
    };
    let reordered = key(1, 80, 2, 40_000, TCP);
    let client = reordered.reversed();
    assert_eq!(step(&reordered, 20, 11, flags::SYN | flags::ACK), 0);
    assert_eq!([step(&client, 10, 0, flags::SYN), step(&client, 10, 0, flags::SYN)], [0, 0]);
    assert_eq!(step(&client, 11, 0, flags::SYN), 1);
    // Both open at once (RFC 9293, 3.5).
    let both = key(1, 5000, 2, 6000, TCP);
    assert_eq!([step(&both, 1, 0, flags::SYN), step(&both.reversed(), 2, 0, flags::SYN)], [2, 2]);
    // The start of the first connection is not in the capture.
    let late = key(1, 7000, 2, 8000, TCP);
    assert_eq!([step(&late, 77, 9, flags::ACK), step(&late, 5, 0, flags::SYN)], [3, 4]);
}

/// A connection that is refused again stays refused, and each RST counts; what answers
/// after all was not.
#[test]
fn every_rst_to_a_syn_refuses_it() {
    let mut table = FlowTable::default();
    let there = key(1, 40_000, 2, 6346, TCP);
    let back = there.reversed();
    let mut step = |key: &FlowKey, seq: u32, bits: u16| {
        let syn = (bits & (flags::SYN | flags::ACK) == flags::SYN).then_some(seq);
        let update = count(&mut table, 0, 0, 60, key, syn);
        let segment = Segment { seq, flags: bits, ..Segment::default() };
        let (refuses, _) = table.segment(update, (0, key), &segment, true, |_| 0);
        let flow = table.get(update.flow).unwrap();
        (update.flow, refuses, flow.state(), flow.handshake())
    };
    for _ in 0..4 {
        let (_, refuses, state, _) = step(&there, 10, flags::SYN);
        assert!(!refuses && matches!(state, State::SynSent | State::Refused), "{state:?}");
        assert_eq!(step(&back, 0, flags::RST | flags::ACK), (0, true, State::Refused, None));
    }
    assert!(!step(&there, 11, flags::RST).1, "nobody asked the client");
    let (_, refuses, state, _) = step(&back, 20, flags::SYN | flags::ACK);
    assert_eq!((refuses, state), (false, State::SynReceived));
    assert_eq!(step(&there, 11, flags::ACK).2, State::Established);
    // Who ends a connection that stands refuses nothing.
    assert!(!step(&back, 21, flags::RST | flags::ACK).1);
}

/// What an ICMP error says holds as long as nothing else comes back.
#[test]
fn an_icmp_error_ends_what_nobody_has_answered() {
    let error = |code| Undelivered::of(false, 3, code).unwrap();
    let mut table = FlowTable::default();
    let asks = key(1, 4000, 2, 5453, UDP);
    let place = count(&mut table, 0, 0, 60, &asks, None).flow;
    table.undelivered(place, &asks, error(4));
    assert_eq!(table.get(place).unwrap().state(), State::None, "too big: it is sent again");
    table.undelivered(place, &asks, Undelivered::of(true, 2, 0).unwrap());
    assert_eq!(table.get(place).unwrap().state(), State::None, "too big: it is sent again");
    table.undelivered(place, &asks, error(1));
    assert_eq!(table.get(place).unwrap().state(), State::Unreachable);
    count(&mut table, 1, 0, 60, &asks.reversed(), None);
    assert_eq!(table.get(place).unwrap().state(), State::None, "it has answered after all");
    table.undelivered(place, &asks, error(1));
    assert_eq!(table.get(place).unwrap().state(), State::None);
    let opens = key(1, 4000, 2, 81, TCP);
    let update = count(&mut table, 2, 0, 60, &opens, Some(9));
    let syn = Segment { seq: 9, flags: flags::SYN, ..Segment::default() };
    table.segment(update, (2, &opens), &syn, true, |_| 0);
    table.undelivered(update.flow, &opens, error(13));
    assert_eq!(table.get(update.flow).unwrap().state(), State::Unreachable);
    assert_eq!(table.ends(table.get(update.flow).unwrap()), Some([Some(tcp::EndState::SynSent), None]));
}

/// Catches a connection that counts as unanswered before its time, twice, or after an answer.
#[test]
fn unanswered_connections_are_told_from_those_that_wait() {
    const SECOND: i64 = 1_000_000_000;
    let mut table = FlowTable::default();
    let opens = |port| key(1, port, 2, 80, TCP);
    let step = |table: &mut FlowTable, id: PacketId, time: i64, key: FlowKey, bits: u16| {
        let syn = (bits & (flags::SYN | flags::ACK) == flags::SYN).then_some(9);
        let update = count(table, id, time, 60, &key, syn);
        let segment = Segment { seq: 9, flags: bits, ..Segment::default() };
        table.segment(update, (id, &key), &segment, true, |_| 0);
    };
    let counts =
        |counts: SilentCounts| [counts.unanswered, counts.waiting].map(|silent| (silent.count, silent.first));
    for (id, port) in (0..).zip([1, 2, 3]) {
        step(&mut table, id, 0, opens(port), flags::SYN);
    }
    assert_eq!(counts(table.settle(SECOND - 1)), [(0, None), (3, Some(0))]);
    step(&mut table, 3, SECOND, opens(1).reversed(), flags::SYN | flags::ACK);
    step(&mut table, 4, SECOND, opens(2), flags::SYN);
    step(&mut table, 5, SECOND, opens(4), flags::SYN);
    assert_eq!(counts(table.settle(SECOND)), [(2, Some(1)), (1, Some(5))]);
    assert_eq!(
        [0, 1, 3].map(|place| table.silence(place)),
        [None, Some(Silence::Unanswered), Some(Silence::Waiting)]
    );
    // An answer that comes late, and one that says no.
    step(&mut table, 6, 2 * SECOND, opens(2).reversed(), flags::SYN | flags::ACK);
    step(&mut table, 7, 2 * SECOND, opens(4).reversed(), flags::RST | flags::ACK);
    assert_eq!(counts(table.settle(3 * SECOND)), [(1, Some(2)), (0, None)]);
    table.undelivered(2, &opens(3), Undelivered::of(false, 3, 1).unwrap());
    assert_eq!(counts(table.settle(3 * SECOND)), [(0, None), (0, None)]);
}

/// Catches a flow that is said to have a number of packets which nobody has counted.
#[test]
fn what_was_not_counted_any_more_is_not_told_as_a_number() {
    let mut table = FlowTable::default();
    let of = |at: u32| key(1, (at % 60_000) as u16, 2, (at / 60_000) as u16 + 1, UDP);
    for at in 0..(1 << 16) + 2 {
        let key = of(at);
        let hash = table.hasher().hash(&key);
        let header = Header::Broken { numbered: false };
        let seen =
            Seen { id: at.into(), time: Timestamp(0), wire: 60, key: &key, hash, vlan: 0, syn: None, header };
        let found = table.find(&key, hash);
        table.packet(&seen, found);
    }
    let told =
        |at: u32| table.find(&of(at), table.hasher().hash(&of(at))).map(|place| table.uncounted(place));
    assert_eq!((told(0), told(1 << 16)), (Some(Some(1)), Some(None)));
}
