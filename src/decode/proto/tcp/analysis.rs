//! What the connection says of a segment: relative numbers, the scaled window,
//! times, and what is remarkable. Nothing here is sent; the flows concluded it.

use crate::decode::{FieldDef, Note, Notes, Packet, Silence, Sink, TcpFacts, Value};
use std::fmt::Write as _;

pub(super) static SEQ: FieldDef = FieldDef::uint("tcp.seq", "Sequence Number", 32)
    .about("Place of the first data byte in the sender's stream, counted from the connection's first number; absolute where no connection is known. RFC 9293, 3.4.");
static NEXT_SEQ: FieldDef = FieldDef::uint("tcp.nxtseq", "Next Sequence Number", 32)
    .about("The sequence number that the sender's next new byte will have: this one, the data, and one for SYN and FIN. RFC 9293, 3.4.");
static ACK: FieldDef = FieldDef::uint("tcp.ack", "Acknowledgment Number", 32)
    .about("The next byte that the sender expects of the other side, counted from that side's first number. RFC 9293, 3.4.");
static WINDOW_SIZE: FieldDef = FieldDef::uint("tcp.window_size", "Calculated window size", 32)
    .about("Bytes that the sender is ready to receive: the window of the header times the factor that the handshake agreed on. RFC 7323, 2.");
static SCALE_FACTOR: FieldDef = FieldDef::int("tcp.window_size_scalefactor", "Window size scaling factor", 32)
    .about("By what the window is multiplied: -1 when the handshake was not captured, -2 when it agreed on none. RFC 7323, 2.");
static COMPLETENESS: FieldDef = FieldDef::uint("tcp.completeness", "Conversation completeness", 8)
    .about("Which parts of the connection the whole capture has: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32, added up.")
    .looks_ahead();
static TIME_RELATIVE: FieldDef =
    FieldDef::duration("tcp.time_relative", "Time since first frame in this TCP stream")
        .about("How long after the connection's first packet this one was captured.");
static TIME_DELTA: FieldDef =
    FieldDef::duration("tcp.time_delta", "Time since previous frame in this TCP stream")
        .about("How long after the connection's packet before this one was captured.");
static ANALYSIS: FieldDef = FieldDef::group("tcp.analysis", "SEQ/ACK analysis")
    .about("What this segment means in the light of those before it: concluded by the reader, not sent.");
static ACKS_FRAME: FieldDef =
    FieldDef::uint("tcp.analysis.acks_frame", "This is an ACK to the segment in frame", 32)
        .about("The packet with the data that this one acknowledges.");
static ACK_RTT: FieldDef = FieldDef::duration("tcp.analysis.ack_rtt", "The RTT to ACK the segment was")
    .about("Time from that data to this acknowledgment: the round trip from where the capture was made, and what the receiver waited. RFC 6298, 3.");
static INITIAL_RTT: FieldDef = FieldDef::duration("tcp.analysis.initial_rtt", "iRTT")
    .about("Time from the SYN to the ACK that ended the handshake: one round trip between both ends, with almost no waiting in it.");
static IN_FLIGHT: FieldDef = FieldDef::uint("tcp.analysis.bytes_in_flight", "Bytes in flight", 32).about(
    "Bytes that the sender has sent and that are not acknowledged, these included. RFC 5681, 2 (FlightSize).",
);
static PUSHED: FieldDef =
    FieldDef::uint("tcp.analysis.push_bytes_sent", "Bytes sent since last PSH flag", 32).about(
        "Bytes since the sender's last segment with PSH, these included: often one write of the application.",
    );
static RTO: FieldDef = FieldDef::duration("tcp.analysis.rto", "The RTO for this segment was")
    .about("How long the sender waited before it sent this again. RFC 6298.");
static RTO_FRAME: FieldDef = FieldDef::uint("tcp.analysis.rto_frame", "RTO based on delta from frame", 32)
    .about("The packet from which that time is counted: the oldest that was not acknowledged.");
static REPEAT: FieldDef = FieldDef::uint("tcp.analysis.duplicate_ack_num", "Duplicate ACK #", 32)
    .about("Which repeat of the same acknowledgment this is. Three make the sender repeat what is missing. RFC 5681, 3.2.");
static REPEATS_FRAME: FieldDef =
    FieldDef::uint("tcp.analysis.duplicate_ack_frame", "Duplicate to the ACK in frame", 32)
        .about("The packet that first had this acknowledgment.");
static FLAGS: FieldDef =
    FieldDef::group("tcp.analysis.flags", "TCP Analysis Flags").about("What is remarkable of this segment.");
static RETRANSMISSION: FieldDef = FieldDef::group("tcp.analysis.retransmission", "Retransmission")
    .about("The sender sends this again: it heard no acknowledgment in time. RFC 9293, 3.8.1.");
static FAST: FieldDef = FieldDef::group("tcp.analysis.fast_retransmission", "Fast retransmission")
    .about("The sender sends this again at once, because duplicate ACKs asked for it. RFC 5681, 3.2.");
static SPURIOUS: FieldDef =
    FieldDef::group("tcp.analysis.spurious_retransmission", "Spurious retransmission").about(
        "The sender sends again what was acknowledged already: the ACK was lost, or came too late. RFC 5682.",
    );
static OUT_OF_ORDER: FieldDef = FieldDef::group("tcp.analysis.out_of_order", "Out-of-order segment").about(
    "Data from before what was seen last, too soon for a retransmission: the network changed the order.",
);
static LOST: FieldDef = FieldDef::group("tcp.analysis.lost_segment", "Previous segment(s) not captured")
    .about("The data before this was not seen: lost on the way, or by the capture. Common at its start.");
static ACK_LOST: FieldDef = FieldDef::group("tcp.analysis.ack_lost_segment", "ACKed segment that wasn't captured")
    .about("It acknowledges data that was not seen: the receiver has it, so the capture missed it. Common at its start.");
static DUPLICATE_ACK: FieldDef = FieldDef::group("tcp.analysis.duplicate_ack", "Duplicate ACK")
    .about("The same acknowledgment again without data: something arrived behind a gap. RFC 5681, 2.");
static WINDOW_UPDATE: FieldDef = FieldDef::group("tcp.analysis.window_update", "TCP window update")
    .about("The same acknowledgment with another window: the application has read, there is room again. RFC 9293, 3.8.6.");
static WINDOW_FULL: FieldDef = FieldDef::group("tcp.analysis.window_full", "TCP window full")
    .about("These bytes reach the end of the window that the receiver offered: the sender must wait now. RFC 9293, 3.8.6.");
static ZERO_WINDOW: FieldDef = FieldDef::group("tcp.analysis.zero_window", "TCP Zero Window").about(
    "The sender of this can receive nothing: its application does not read fast enough. RFC 9293, 3.8.6.",
);
static PROBE: FieldDef = FieldDef::group("tcp.analysis.zero_window_probe", "TCP Zero Window Probe")
    .about("One byte to ask whether a closed window has opened. RFC 9293, 3.8.6.1.");
static PROBE_ACK: FieldDef =
    FieldDef::group("tcp.analysis.zero_window_probe_ack", "ACK to a TCP Zero Window Probe")
        .about("The answer to such a question: the window is still closed. RFC 9293, 3.8.6.1.");
static KEEP_ALIVE: FieldDef = FieldDef::group("tcp.analysis.keep_alive", "TCP keep-alive segment").about(
    "A number that was acknowledged already, to see whether the other side still answers. RFC 9293, 3.8.4.",
);
static KEEP_ALIVE_ACK: FieldDef =
    FieldDef::group("tcp.analysis.keep_alive_ack", "ACK to a TCP keep-alive segment")
        .about("The answer: the other side is there. RFC 9293, 3.8.4.");
static FAST_OPEN: FieldDef = FieldDef::group("tcp.analysis.tfo_syn", "TCP SYN with TFO Cookie")
    .about("The client shows the cookie of an earlier connection, so that its data may come with the SYN. RFC 7413, 4.1.");
static FAST_OPEN_TAKEN: FieldDef = FieldDef::group("tcp.analysis.tfo_ack", "TCP SYN-ACK accepting TFO data")
    .about(
        "The server acknowledges the data that came with the SYN: a round trip is saved. RFC 7413, 4.2.2.",
    );
static FAST_OPEN_IGNORED: FieldDef = FieldDef::group(
    "tcp.analysis.tfo_ignored",
    "TCP SYN-ACK ignoring TFO data",
)
.about(
    "The server acknowledges the SYN alone: the data that came with it must be sent again. RFC 7413, 4.2.2.",
);
static REUSED: FieldDef = FieldDef::group("tcp.analysis.reused_ports", "Port numbers reused")
    .about("A new connection between ports that had one before in this capture.");

static REFUSES: FieldDef = FieldDef::flag("wirepeel.tcp.refuses", "Refuses the connection", 8, 1)
    .about("This RST answers a SYN: no socket listens on the port. RFC 9293, 3.10.7.1.");
static UNANSWERED: FieldDef = FieldDef::flag("wirepeel.tcp.unanswered", "Never answered", 8, 1)
    .about("This SYN opens a connection, a second and more of capture follow, and nobody answers, not even with an error: a sender repeats it by then. RFC 6298, 2.1.")
    .looks_ahead();
static WAITING: FieldDef = FieldDef::flag("wirepeel.tcp.waiting", "Waits for an answer", 8, 1)
    .about("This SYN opens a connection and has no answer, but the capture ends less than a second after it.")
    .looks_ahead();

/// Every field of this file.
pub(super) const FIELDS: &[&FieldDef] = &[
    &SEQ,
    &NEXT_SEQ,
    &ACK,
    &WINDOW_SIZE,
    &SCALE_FACTOR,
    &COMPLETENESS,
    &TIME_RELATIVE,
    &TIME_DELTA,
    &ANALYSIS,
    &ACKS_FRAME,
    &ACK_RTT,
    &INITIAL_RTT,
    &IN_FLIGHT,
    &PUSHED,
    &RTO,
    &RTO_FRAME,
    &REPEAT,
    &REPEATS_FRAME,
    &FLAGS,
    &RETRANSMISSION,
    &FAST,
    &SPURIOUS,
    &OUT_OF_ORDER,
    &LOST,
    &ACK_LOST,
    &DUPLICATE_ACK,
    &WINDOW_UPDATE,
    &WINDOW_FULL,
    &ZERO_WINDOW,
    &PROBE,
    &PROBE_ACK,
    &KEEP_ALIVE,
    &KEEP_ALIVE_ACK,
    &REUSED,
    &FAST_OPEN,
    &FAST_OPEN_TAKEN,
    &FAST_OPEN_IGNORED,
    &REFUSES,
    &UNANSWERED,
    &WAITING,
];

/// Wireshark tells these beside the flags of its analysis, not among them.
const BESIDE: Notes = Notes::of(&[Note::FastOpen, Note::FastOpenTaken, Note::FastOpenIgnored]);

impl Note {
    /// Its field, which says what it means.
    pub const fn field(self) -> &'static FieldDef {
        match self {
            Note::Retransmission => &RETRANSMISSION,
            Note::FastRetransmission => &FAST,
            Note::SpuriousRetransmission => &SPURIOUS,
            Note::OutOfOrder => &OUT_OF_ORDER,
            Note::LostSegment => &LOST,
            Note::AckLostSegment => &ACK_LOST,
            Note::DuplicateAck => &DUPLICATE_ACK,
            Note::WindowUpdate => &WINDOW_UPDATE,
            Note::WindowFull => &WINDOW_FULL,
            Note::ZeroWindow => &ZERO_WINDOW,
            Note::ZeroWindowProbe => &PROBE,
            Note::ZeroWindowProbeAck => &PROBE_ACK,
            Note::KeepAlive => &KEEP_ALIVE,
            Note::KeepAliveAck => &KEEP_ALIVE_ACK,
            Note::ReusedPorts => &REUSED,
            Note::FastOpen => &FAST_OPEN,
            Note::FastOpenTaken => &FAST_OPEN_TAKEN,
            Note::FastOpenIgnored => &FAST_OPEN_IGNORED,
        }
    }
}

/// Numbers of a header as a person reads them: counted from the connection's
/// begin, the window scaled. As sent, where no connection is known.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub seq: u32,
    pub ack: u32,
    pub window: u32,
    /// A SYN or FIN counts as a byte.
    control: u32,
}

const FIN: u16 = 0x01;
const SYN: u16 = 0x02;
const WITH_ACK: u16 = 0x10;

impl Numbers {
    pub(super) fn new(facts: Option<&TcpFacts>, seq: u32, ack: u32, flags: u16, window: u16) -> Self {
        let control = u32::from(flags & (SYN | FIN) != 0);
        let Some(facts) = facts else { return Numbers { seq, ack, window: window.into(), control } };
        let base = facts.ack_base.filter(|_| flags & WITH_ACK != 0).unwrap_or(0);
        Numbers {
            seq: seq.wrapping_sub(facts.seq_base),
            ack: ack.wrapping_sub(base),
            // The window of a SYN is not scaled (RFC 7323, 2.2).
            window: if flags & SYN != 0 { window.into() } else { facts.scale.apply(window) },
            control,
        }
    }

    /// Tells the sequence number, and the next one where the length is known.
    pub(super) fn tell_seq<S: Sink>(&self, packet: &mut Packet<'_, S>, len: Option<u32>) {
        packet.generated(&SEQ, Value::Uint(self.seq.into()));
        if let Some(len) = len {
            let next = self.seq.wrapping_add(len).wrapping_add(self.control);
            packet.generated(&NEXT_SEQ, Value::Uint(next.into()));
        }
    }

    pub(super) fn tell_ack<S: Sink>(&self, packet: &mut Packet<'_, S>) {
        packet.generated(&ACK, Value::Uint(self.ack.into()));
    }

    pub(super) fn tell_window<S: Sink>(
        &self,
        packet: &mut Packet<'_, S>,
        facts: Option<&TcpFacts>,
        flags: u16,
    ) {
        packet.generated(&WINDOW_SIZE, Value::Uint(self.window.into()));
        if let Some(facts) = facts.filter(|_| flags & SYN == 0) {
            packet.generated(&SCALE_FACTOR, Value::Int(facts.scale.factor()));
        }
    }
}

/// What stands before the Info text, as `[TCP Retransmission] `.
pub(super) fn prefix(text: &mut String, facts: &TcpFacts) {
    for note in facts.notes.without(BESIDE).iter() {
        let _ = match (note, facts.repeats) {
            (Note::DuplicateAck, Some((count, frame))) => write!(text, "[TCP Dup ACK {frame}#{count}] "),
            (note, _) => write!(text, "[TCP {}] ", note.name()),
        };
    }
}

/// Tells what the connection says: behind the header, as Wireshark does.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, facts: &TcpFacts, flags: u16) {
    packet.generated(&COMPLETENESS, Value::Uint(facts.completeness.into()));
    let [relative, delta] = facts.times;
    packet.generated(&TIME_RELATIVE, Value::Int(relative));
    packet.generated(&TIME_DELTA, Value::Int(delta));
    let TcpFacts { notes, acks, rto, repeats, in_flight, pushed, .. } = *facts;
    for note in notes.iter().filter(|note| BESIDE.has(*note)) {
        packet.generated(note.field(), Value::None);
    }
    let notes = notes.without(BESIDE);
    if notes.is_empty() && acks.is_none() && in_flight.is_none() && pushed.is_none() {
        return;
    }
    packet.generated(&ANALYSIS, Value::None);
    packet.open();
    if let Some((frame, time)) = acks {
        packet.generated(&ACKS_FRAME, Value::Uint(frame));
        if time != 0 {
            packet.generated(&ACK_RTT, Value::Int(time));
        }
    }
    // The SYN and its answer come before the handshake is complete.
    if let Some(time) = facts.handshake.filter(|_| flags & SYN == 0) {
        packet.generated(&INITIAL_RTT, Value::Int(time.cast_signed()));
    }
    if let Some(bytes) = in_flight {
        packet.generated(&IN_FLIGHT, Value::Uint(bytes.into()));
    }
    if let Some(bytes) = pushed {
        packet.generated(&PUSHED, Value::Uint(bytes.into()));
    }
    if !notes.is_empty() {
        tell_notes(packet, notes);
    }
    if let Some((frame, time)) = rto.filter(|(_, time)| *time != 0) {
        packet.generated(&RTO, Value::Int(time));
        packet.generated(&RTO_FRAME, Value::Uint(frame));
    }
    if let Some((count, frame)) = repeats {
        packet.generated(&DUPLICATE_ACK, Value::None);
        packet.open();
        packet.generated(&REPEAT, Value::Uint(count.into()));
        packet.generated(&REPEATS_FRAME, Value::Uint(frame));
        packet.end_group();
    }
    packet.end_group();
}

/// Tells whether it refuses, and what became of an opening SYN.
pub(super) fn tell_answer<S: Sink>(packet: &mut Packet<'_, S>) {
    if packet.facts().refuses {
        packet.generated(&REFUSES, Value::Uint(1));
    }
    match packet.facts().silence {
        Some(Silence::Unanswered) => packet.generated(&UNANSWERED, Value::Uint(1)),
        Some(Silence::Waiting) => packet.generated(&WAITING, Value::Uint(1)),
        None => {}
    }
}

fn tell_notes<S: Sink>(packet: &mut Packet<'_, S>, notes: Notes) {
    packet.generated(&FLAGS, Value::None);
    packet.open();
    for note in notes.iter() {
        packet.generated(note.field(), Value::None);
        // The special kinds are retransmissions too.
        if matches!(note, Note::FastRetransmission | Note::SpuriousRetransmission) {
            packet.generated(&RETRANSMISSION, Value::None);
        }
    }
    packet.end_group();
}
