//! What the flows found of a message: its answer or its query, and how long that
//! took. Nothing here is sent.

use crate::decode::{DnsTold, FieldDef, Packet, Pairing, Sink, Value};

macro_rules! fields {
    ($($id:ident = $def:expr;)*) => {
        $(static $id: FieldDef = $def;)*
        /// Every field of this file.
        pub(super) const FIELDS: &[&FieldDef] = &[$(&$id),*];
    };
}

fields! {
    RESPONSE_IN = FieldDef::uint("dns.response_in", "Response In", 32)
        .about("The packet that answers this query: same flow, same id, same question. RFC 5452, 9.1.")
        .looks_ahead();
    RESPONSE_TO = FieldDef::uint("dns.response_to", "Request In", 32)
        .about("The packet with the query that this answers. RFC 5452, 9.1.");
    TIME = FieldDef::duration("dns.time", "Time")
        .about("From the query, when it was sent first, to this answer, or to its first packet: the way there and back, and what the server needed.");
    WHOLE_IN = FieldDef::uint("wirepeel.dns.whole_in", "Whole in", 32)
        .about("The packet that brings the last of this answer, where it takes several. RFC 7766, 8.")
        .looks_ahead();
    WHOLE_TIME = FieldDef::duration("wirepeel.dns.whole_time", "Time until it is whole")
        .about("From the query to the last of the answer: so long whoever asked has waited. RFC 7766, 8.")
        .looks_ahead();
    RETRANSMISSION = FieldDef::flag("dns.retransmission", "Retransmission", 8, 1)
        .about("This message came before in the capture.");
    RETRANSMIT_REQUEST = FieldDef::group("dns.retransmit_request", "DNS query retransmission")
        .about("The asker heard nothing in time and asks again: query or answer was lost, or the server is slow. RFC 1536, 1.");
    RETRANSMIT_REQUEST_IN = FieldDef::uint("dns.retransmit_request_in", "Retransmitted request. Original request in", 32)
        .about("The packet in which this query was sent first.");
    RETRANSMIT_RESPONSE = FieldDef::group("dns.retransmit_response", "DNS response retransmission")
        .about("One more answer to a query that was answered: the query was sent twice, or somebody forges answers. RFC 5452, 4.");
    RETRANSMIT_RESPONSE_IN = FieldDef::uint("dns.retransmit_response_in", "Retransmitted response. Original response in", 32)
        .about("The packet in which the query was answered first.");
    UNSOLICITED = FieldDef::flag("dns.unsolicited", "Unsolicited", 8, 1)
        .about("No query of this capture fits this answer: the query was not captured, or never sent. RFC 5452, 9.1.");
    UNANSWERED = FieldDef::flag("wirepeel.dns.unanswered", "Unanswered", 8, 1)
        .about("Five seconds and more of capture follow, and no answer: lost, refused in silence, or the server is down.")
        .looks_ahead();
    WAITING = FieldDef::flag("wirepeel.dns.waiting", "Waiting for an answer", 8, 1)
        .about("No answer is in the capture, but it ends less than five seconds after the query: one may have come later.")
        .looks_ahead();
    UNCAPTURED = FieldDef::flag("wirepeel.dns.uncaptured", "Answer perhaps not captured", 8, 1)
        .about("No answer is in the capture, but it lacks bytes that the other side of the connection sent after the query: cut off, or packets that it missed.")
        .looks_ahead();
    LEFT_TRUNCATED = FieldDef::flag("wirepeel.dns.left_truncated", "Truncated, and not asked for over TCP", 8, 1)
        .about("The answer did not fit into a datagram, and the same question over TCP does not follow: who asked has only a part. RFC 7766, 5.")
        .looks_ahead();
    REFUSED_IN = FieldDef::uint("wirepeel.dns.refused_in", "Refused in", 32)
        .about("The packet with an ICMP error instead of an answer: the query did not arrive (destination unreachable), or nobody has the port. RFC 792; RFC 4443, 3.1.")
        .looks_ahead();
    MISMATCH = FieldDef::flag("wirepeel.dns.mismatch", "The answer repeats another question than was asked", 8, 1)
        .about("Same flow and id, but another name or type: a resolver drops such an answer. Somebody forges, or changes packets on their way. RFC 5452, 9.1.")
        .looks_ahead();
    LATE = FieldDef::flag("wirepeel.dns.late", "Late", 8, 1)
        .about("The answer took more than five seconds: most who ask have given up by then.");
    TRIED_IN = FieldDef::uint("wirepeel.dns.tried_in", "First tried in", 32)
        .about("The packet in which the same host asked the same server the same before, from another port or under another id, and had no answer yet. RFC 1035, 4.2.1.");
    GROUP_RESPONSE_IN = FieldDef::uint("wirepeel.multicast.response_in", "Answered in", 32)
        .about("The question went to all, the answer came from a host: in multicast DNS the first with a record of the name and type asked for. RFC 6762, 6; RFC 4795, 2.3.")
        .looks_ahead();
    GROUP_RESPONSE_TO = FieldDef::uint("wirepeel.multicast.response_to", "Answers the question in", 32)
        .about("The packet that asked all for this: in multicast DNS for the name and type of one of these records. RFC 6762, 6; RFC 4795, 2.3.");
    GROUP_TIME = FieldDef::duration("wirepeel.multicast.time", "Time since the question")
        .about("Hosts wait some of it on purpose, so that not all answer at once. RFC 6762, 6.");
}

/// As long as Wireshark, and the resolver of the C library, wait: nanoseconds.
const PATIENCE: i64 = 5_000_000_000;

/// `whole`: the message was read to its end; of another only this program's own fields
/// are told.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, told: DnsTold, whole: bool) {
    let number = |packet: &mut Packet<'_, S>, def: &'static FieldDef, number| {
        if whole || def.name.starts_with("wirepeel.") {
            packet.generated(def, Value::Uint(number));
        }
    };
    let flag = |packet: &mut Packet<'_, S>, def| number(packet, def, 1);
    let group = |packet: &mut Packet<'_, S>, def| {
        if whole {
            packet.generated(def, Value::None);
        }
    };
    let time_since = |packet: &mut Packet<'_, S>, time| {
        if whole {
            packet.generated(&TIME, Value::Int(time));
        }
    };
    if let Some(first) = told.tried {
        number(packet, &TRIED_IN, first);
    }
    if told.left {
        flag(packet, &LEFT_TRUNCATED);
    }
    if let Some((packet_number, time)) = told.whole {
        number(packet, &WHOLE_IN, packet_number);
        packet.generated(&WHOLE_TIME, Value::Int(time));
    }
    match told.pairing {
        Pairing::Unknown => {}
        Pairing::Waiting => flag(packet, &WAITING),
        Pairing::Answered(answer) => number(packet, &RESPONSE_IN, answer),
        Pairing::Unanswered => flag(packet, &UNANSWERED),
        Pairing::Uncaptured => flag(packet, &UNCAPTURED),
        Pairing::Refused(by) => number(packet, &REFUSED_IN, by),
        Pairing::Repeat(first) => {
            flag(packet, &RETRANSMISSION);
            group(packet, &RETRANSMIT_REQUEST);
            number(packet, &RETRANSMIT_REQUEST_IN, first);
        }
        Pairing::Answer(query, time) => {
            number(packet, &RESPONSE_TO, query);
            time_since(packet, time);
            if time >= PATIENCE {
                flag(packet, &LATE);
            }
        }
        Pairing::Again(first) => {
            flag(packet, &RETRANSMISSION);
            group(packet, &RETRANSMIT_RESPONSE);
            number(packet, &RETRANSMIT_RESPONSE_IN, first);
        }
        Pairing::Unasked => flag(packet, &UNSOLICITED),
        Pairing::Mismatched(answer, unanswered) => {
            number(packet, &RESPONSE_IN, answer);
            flag(packet, &MISMATCH);
            flag(packet, if unanswered { &UNANSWERED } else { &WAITING });
        }
        Pairing::Mismatch(query, time) => {
            number(packet, &RESPONSE_TO, query);
            time_since(packet, time);
            flag(packet, &MISMATCH);
        }
        Pairing::Heard(answer) => number(packet, &GROUP_RESPONSE_IN, answer),
        Pairing::Told(query, time) => {
            number(packet, &GROUP_RESPONSE_TO, query);
            packet.generated(&GROUP_TIME, Value::Int(time));
        }
    }
}
