//! The table of problems: every kind with what is told of it.

use super::{About, Kind, Severity};
use crate::decode::{Check, Note, Problem, Silence, Verdict};
use crate::flow::dns::Trouble;

/// A row for a packet that breaks its checksum.
const fn bad(check: Check, title: &'static str, filter: &'static str) -> About {
    About {
        kind: Kind::Sum(check, Verdict::Bad),
        severity: Severity::Error,
        title,
        meaning: "The bytes were changed after the sum was made. The receiver throws the packet away without a word, \
                  and TCP sends it again.",
        cause: "Network cards that compute sums after the capture saw the packet (offload), when only packets of the \
                capturing machine are hit; else a broken card, cable or router, or a program that writes packets.",
        next: "Are all of them from one sender? Then capture at the other end. Else find the last place where the sum \
               is good.",
        filter,
    }
}

/// A row for a sum that the sender left to its card.
const fn partial(check: Check, title: &'static str, filter: &'static str) -> About {
    About {
        kind: Kind::Sum(check, Verdict::Partial),
        severity: Severity::Note,
        title,
        meaning: "The sum covers the pseudo-header only: nothing is wrong with what goes over the wire.",
        cause: "The capture was made on the sending machine, before its network card filled the sum in.",
        next: "Capture at the other end to see the sum as it was sent.",
        filter,
    }
}

/// A row for a sum that cannot be computed.
const fn unverifiable(check: Check, title: &'static str, filter: &'static str) -> About {
    About {
        kind: Kind::Sum(check, Verdict::Unverifiable),
        severity: Severity::Chat,
        title,
        meaning: "The capture lacks some of the bytes that the sum covers, so nobody can say whether it is good.",
        cause: "The packet was cut by the snap length, is one fragment of several, or stands quoted inside an ICMP \
                error.",
        next: "Capture with a larger snap length (-s 0) to have it checked.",
        filter,
    }
}

/// A row for a remark on a TCP segment.
const fn tcp(
    note: Note,
    severity: Severity,
    title: &'static str,
    filter: &'static str,
    [meaning, cause, next]: [&'static str; 3],
) -> About {
    About { kind: Kind::Tcp(note), severity, title, meaning, cause, next, filter }
}

/// A row for a DNS question or answer.
const fn dns(
    trouble: Trouble,
    severity: Severity,
    title: &'static str,
    filter: &'static str,
    [meaning, cause, next]: [&'static str; 3],
) -> About {
    About { kind: Kind::Dns(trouble), severity, title, meaning, cause, next, filter }
}

/// Every kind, the worst first.
pub static TABLE: &[About] = &[
    About {
        kind: Kind::Damage,
        severity: Severity::Error,
        title: "damage in the capture file",
        meaning: "The file cannot be read as its format says at these places; packets there are missing.",
        cause: "It was not copied whole, or the program that captured was killed or ran out of disk.",
        next: "Compare its size with the original. What is before the damage is sound.",
        filter: "",
    },
    About {
        meaning: "The header was changed after its sum was made. Such packets are thrown away by whoever receives \
                  them.",
        ..bad(
            Check::Ipv4,
            "bad IPv4 header checksum",
            "wirepeel.checksum.verdict == \"bad IPv4 header checksum\"",
        )
    },
    bad(Check::Udp, "bad UDP checksum", "wirepeel.checksum.verdict == \"bad UDP checksum\""),
    bad(Check::Tcp, "bad TCP checksum", "wirepeel.checksum.verdict == \"bad TCP checksum\""),
    bad(Check::Icmp, "bad ICMP checksum", "icmp.checksum.status == 0"),
    bad(Check::Icmpv6, "bad ICMPv6 checksum", "wirepeel.checksum.verdict == \"bad ICMPv6 checksum\""),
    bad(Check::Fcs, "bad frame check sequence", "eth.fcs.status == 0 || wlan.fcs.status == 0"),
    bad(Check::Gre, "bad GRE checksum", "gre.checksum.status == 0"),
    About {
        kind: Kind::Packet(Problem::Malformed),
        severity: Severity::Error,
        title: "malformed packets",
        meaning: "A layer does not follow its format: it ends too early or holds values that cannot be.",
        cause: "A faulty or hostile sender, or another protocol on a well-known port.",
        next: "Open one: the tree says at which byte it stops making sense, and why.",
        filter: "",
    },
    About {
        kind: Kind::Packet(Problem::Length),
        severity: Severity::Error,
        title: "lengths that disagree",
        meaning: "Two layers claim different lengths for the same bytes; one of them is wrong.",
        cause: "A faulty sender, or an attempt to slip something past a firewall that believes the other length.",
        next: "Open one and compare the lengths in the tree, from the frame inwards.",
        filter: "",
    },
    About {
        kind: Kind::Dropped,
        severity: Severity::Warning,
        title: "packets dropped while capturing",
        meaning: "They were on the wire and are not in this capture. What seems lost or sent without an answer may be \
                  neither.",
        cause: "The kernel or the card had no room for them: the capturing machine was too slow.",
        next: "Capture again with a capture filter (-f), a larger buffer (-B) or a smaller snap length (-s).",
        filter: "",
    },
    About {
        kind: Kind::Unread,
        severity: Severity::Warning,
        title: "packets whose bytes could not be read",
        meaning: "These packets have a line but no bytes: nothing of them was checked.",
        cause: "The file became shorter or could not be read while it was open.",
        next: "Open it again when nobody writes it any more.",
        filter: "",
    },
    About {
        kind: Kind::Packet(Problem::Unusual),
        severity: Severity::Warning,
        title: "unusual packets",
        meaning: "Allowed by the standards, but rare enough to deserve a look.",
        cause: "Options out of place, reserved bits, odd addresses: old or home-made software, scanners, tests.",
        next: "Open one: the tree says what is unusual about it.",
        filter: "",
    },
    About {
        kind: Kind::Refusal,
        severity: Severity::Warning,
        title: "packets to ports that nobody has",
        meaning: "The host has no socket for the port: it answered a SYN with a reset (RST), or a datagram with an \
                  ICMP port unreachable.",
        cause: "The service does not run, or listens on another port or address. Many ports of one host: somebody scans.",
        next: "Which ports are they? The Flows screen counts them by port; on that host `wirepeel sockets -l` lists what \
               listens.",
        filter: "(icmp.type == 3 and icmp.code == 3) or (icmpv6.type == 1 and icmpv6.code == 4) or \
                 wirepeel.tcp.refuses",
    },
    About {
        kind: Kind::Unreachable,
        severity: Severity::Warning,
        title: "destination unreachable",
        meaning: "A router or the host itself says by ICMP that a packet did not arrive: no way leads there, nobody has the \
                  address, a firewall prohibits it, or the packet is too big for a link.",
        cause: "A host or link that is down, a missing route, a filter that answers (prohibited). Too big: normal once, \
                the sender sends smaller packets after it.",
        next: "Who says so, and of whose packets? The error quotes the packet; the Flows screen says of a flow why its \
               packets did not arrive.",
        filter: "(icmp.type == 3 and icmp.code != 3) or (icmpv6.type == 1 and icmpv6.code != 4) or \
                 icmpv6.type == 2",
    },
    About {
        kind: Kind::Silent(Silence::Unanswered),
        severity: Severity::Warning,
        title: "connections never answered",
        meaning: "Nobody answered the SYN, neither with SYN-ACK nor RST nor an ICMP error, and a second and more of capture \
                  follow. Each counts once, however often its SYN is sent again.",
        cause: "The host is down, a firewall drops packets in silence, or the answers take a way that was not captured. Many \
                at once: a scan, or a SYN flood.",
        next: "Are answers of that host seen at all? The Flows screen counts the ports, order by state lists them.",
        filter: "wirepeel.tcp.unanswered",
    },
    dns(
        Trouble::Unanswered,
        Severity::Warning,
        "DNS questions without an answer",
        "dns and wirepeel.dns.unanswered",
        [
            "Nobody answered within five seconds, nor later, and no ICMP error says why: whoever asked has waited in vain, or asked another server.",
            "Question or answer was lost, a firewall drops them, or the server is down or not there.",
            "Is it always the same server? Does it answer others? The DNS screen sorts by outcome (o) and by server.",
        ],
    ),
    dns(
        Trouble::Refused,
        Severity::Warning,
        "DNS questions answered by an ICMP error",
        "dns and wirepeel.dns.refused_in",
        [
            "The question did not arrive (no way, no such host, prohibited), or no program has the port: whoever asked hears it at once and asks another server.",
            "A resolver that is down or wrongly configured, a firewall that answers, a missing route.",
            "Whom does the asker have as its resolver? `wirepeel.dns.refused_in` leads to the error, which says who refuses and why.",
        ],
    ),
    dns(
        Trouble::Failed,
        Severity::Warning,
        "DNS answers that say that it failed",
        "dns and dns.flags.rcode > 0 and dns.flags.rcode != 3 and dns.response_to and not wirepeel.dns.mismatch",
        [
            "The server could not answer (SERVFAIL), would not (REFUSED), or did not understand (FORMERR, NOTIMP).",
            "SERVFAIL: the zone's own servers fail, or a DNSSEC signature is bad. REFUSED: the server is not for this client or zone.",
            "An extended error (EDE) in the answer often says why. The walk shows which server failed first.",
        ],
    ),
    dns(
        Trouble::Truncated,
        Severity::Warning,
        "truncated DNS answers that were not asked for over TCP",
        "dns and wirepeel.dns.left_truncated",
        [
            "The answer did not fit into a datagram (TC), and whoever asked did not repeat the question over TCP: it has only a part.",
            "TCP to port 53 is blocked or refused, the asker cannot do it, or a part was enough.",
            "Does the asker try TCP elsewhere? A larger UDP size in EDNS avoids the second question.",
        ],
    ),
    dns(
        Trouble::Unasked,
        Severity::Warning,
        "DNS answers that nobody asked for",
        "dns and dns.unsolicited",
        [
            "No question of this capture fits them: same ends, same id, same name.",
            "The question was not captured (common where a capture begins), the server is slow, or somebody forges answers.",
            "Many with changing ids to one port: somebody tries to poison a cache.",
        ],
    ),
    dns(
        Trouble::Mismatched,
        Severity::Warning,
        "DNS answers that repeat another question",
        "dns and wirepeel.dns.mismatch and dns.flags.response == 1",
        [
            "Ends and id are those of a question that waits, but name or type are not (RFC 5452, 9.1): a resolver drops such an answer and goes on waiting.",
            "Somebody forges answers, a broken device changes packets on their way, or the capture was edited.",
            "Does a fitting answer come later? Compare the two names in the trees: `dns.response_to` leads to the question.",
        ],
    ),
    dns(
        Trouble::Late,
        Severity::Warning,
        "DNS answers that came late",
        "dns and wirepeel.dns.late",
        [
            "They took longer than five seconds: most who ask have given up or asked again by then.",
            "The server waits for others that do not answer, or has too much to do.",
            "The walk shows for whom the server waited.",
        ],
    ),
    tcp(
        Note::LostSegment,
        Severity::Warning,
        "TCP segments behind a gap",
        "tcp.analysis.lost_segment",
        [
            "What comes before them in the stream was not captured before them.",
            "It was lost on the way, or the capture missed it. Common where a capture begins.",
            "Does it come later (a retransmission)? Then it was lost. Is it acknowledged all the same? Then the capture missed it.",
        ],
    ),
    tcp(
        Note::AckLostSegment,
        Severity::Warning,
        "ACKs for TCP segments that were not captured",
        "tcp.analysis.ack_lost_segment",
        [
            "The receiver has what the capture has not: what else seems lost may be the capture's loss too.",
            "The capture was too slow, saw one of several paths, or began in the middle.",
            "Capture with a filter (-f), a larger buffer (-B), or at the other end.",
        ],
    ),
    tcp(
        Note::OutOfOrder,
        Severity::Warning,
        "TCP segments out of order",
        "tcp.analysis.out_of_order",
        [
            "They came after segments that follow them in the stream. The receiver sorts them, but many look like losses to the sender.",
            "Several paths through the network, or several queues of one card.",
            "Do they come in pairs of the same distance? Then it is a path or a queue. A few are normal.",
        ],
    ),
    tcp(
        Note::ZeroWindow,
        Severity::Warning,
        "TCP windows closed",
        "tcp.analysis.zero_window",
        [
            "The receiver has no room left: the connection stands still until its program reads.",
            "The receiving program is slow or busy with something else. The network is not at fault.",
            "See what the receiver does at that time. How long it lasted is in the facts of the flow.",
        ],
    ),
    tcp(
        Note::WindowFull,
        Severity::Warning,
        "TCP windows filled",
        "tcp.analysis.window_full",
        [
            "The sender has used all the room that the receiver offered, and must wait for an ACK.",
            "The receiver's buffer is too small for the distance, or its program reads slowly.",
            "Compare the window with rate times round-trip time: that much must fit to keep the wire busy.",
        ],
    ),
    tcp(
        Note::Retransmission,
        Severity::Note,
        "TCP retransmissions",
        "tcp.analysis.retransmission and not (tcp.analysis.fast_retransmission or tcp.analysis.spurious_retransmission)",
        [
            "The sender heard no ACK in time and sent again. Each costs the connection a pause, and its rate falls.",
            "A segment or its ACK was lost: a full queue, a bad line, radio.",
            "Are they of one path or one host? One in a hundred makes a connection slow.",
        ],
    ),
    tcp(
        Note::FastRetransmission,
        Severity::Note,
        "fast TCP retransmissions",
        "tcp.analysis.fast_retransmission",
        [
            "Duplicate ACKs told the sender what is missing, and it sent that again at once: a loss that cost little time.",
            "A segment was lost while others behind it arrived: usually a full queue on the way.",
            "See how the rate goes down and up again afterwards.",
        ],
    ),
    tcp(
        Note::SpuriousRetransmission,
        Severity::Note,
        "TCP retransmissions of what had arrived",
        "tcp.analysis.spurious_retransmission",
        [
            "The sender repeated what had been acknowledged already.",
            "The ACK was lost or late: a delay that varies much, or losses on the way back.",
            "Look at the way back, and at how much the round-trip time varies.",
        ],
    ),
    tcp(
        Note::DuplicateAck,
        Severity::Note,
        "duplicate ACKs",
        "tcp.analysis.duplicate_ack",
        [
            "The receiver repeats its last ACK, because something arrived behind a gap. Three make the sender repeat what is missing.",
            "A lost segment, or segments out of order.",
            "Look for what is missing: the segment that begins at the number acknowledged.",
        ],
    ),
    tcp(
        Note::ZeroWindowProbe,
        Severity::Note,
        "probes of closed TCP windows",
        "tcp.analysis.zero_window_probe",
        [
            "The sender asks with one byte whether a closed window has opened.",
            "The receiver's program does not read.",
            "See the closed windows above.",
        ],
    ),
    tcp(
        Note::ZeroWindowProbeAck,
        Severity::Note,
        "answers to probes of closed TCP windows",
        "tcp.analysis.zero_window_probe_ack",
        [
            "The window is still closed.",
            "The receiver's program does not read.",
            "See the closed windows above.",
        ],
    ),
    tcp(
        Note::KeepAlive,
        Severity::Note,
        "TCP keep-alives",
        "tcp.analysis.keep_alive",
        [
            "One end asks whether the other is still there while nothing is sent. Linux asks in the same way for a closed window.",
            "The program wants to notice when the other side is gone, or to keep a firewall's memory fresh.",
            "Nothing needs to be done while they are answered.",
        ],
    ),
    tcp(
        Note::KeepAliveAck,
        Severity::Note,
        "answers to TCP keep-alives",
        "tcp.analysis.keep_alive_ack",
        ["The other end is there.", "A keep-alive before them.", "Nothing needs to be done."],
    ),
    tcp(
        Note::ReusedPorts,
        Severity::Note,
        "TCP ports used again",
        "tcp.analysis.reused_ports",
        [
            "A new connection has the ports of an earlier one in this capture.",
            "Many short connections, or a client that takes a fixed port.",
            "Do they come faster than the old ones are forgotten (a minute or two)? Then some may be refused.",
        ],
    ),
    tcp(
        Note::FastOpenIgnored,
        Severity::Note,
        "data with a SYN that was not taken",
        "tcp.analysis.tfo_ignored",
        [
            "The server answered a SYN with data (TCP Fast Open) and acknowledged the SYN alone.",
            "The cookie is too old, the server does not do it, or something on the way took the data out.",
            "Is it always so? Then Fast Open gains nothing here: the data goes twice.",
        ],
    ),
    tcp(
        Note::FastOpen,
        Severity::Note,
        "SYN with a cookie of TCP Fast Open",
        "tcp.analysis.tfo_syn",
        [
            "The client shows the cookie of an earlier connection, so that its data may come with the SYN.",
            "Client and server both have TCP Fast Open switched on.",
            "Nothing needs to be done.",
        ],
    ),
    tcp(
        Note::FastOpenTaken,
        Severity::Note,
        "data with a SYN that was taken",
        "tcp.analysis.tfo_ack",
        [
            "The server acknowledged the data that came with the SYN: a round trip is saved.",
            "Client and server both have TCP Fast Open switched on.",
            "Nothing needs to be done.",
        ],
    ),
    dns(
        Trouble::Repeated,
        Severity::Note,
        "DNS questions sent again",
        "dns and (dns.retransmit_request or wirepeel.dns.tried_in)",
        [
            "The asker heard nothing in time and asked the same server again, from the same port or another one.",
            "Question or answer was lost, or the server is slow: each repeat cost the asker its timeout, often five seconds.",
            "Did the first one reach the server? Capture there.",
        ],
    ),
    dns(
        Trouble::Again,
        Severity::Note,
        "further DNS answers to one question",
        "dns and dns.retransmit_response",
        [
            "The question was answered before: the first answer counts.",
            "The question was sent again and both were answered; rarely somebody who forges answers, or rewrites them on the way.",
            "Do they say the same? If not, see where the first one comes from: hop count and times differ.",
        ],
    ),
    dns(
        Trouble::NoName,
        Severity::Note,
        "DNS answers that a name does not exist",
        "dns and dns.flags.rcode == 3 and dns.response_to and not wirepeel.dns.mismatch",
        [
            "The zone's authority says that there is no such name (NXDOMAIN): an answer like any other.",
            "Search lists that are tried one after the other, misspelt or old names, lookups of addresses without a name.",
            "Many random names of one host: often a program that looks for its master, or a browser that tests for redirection.",
        ],
    ),
    About {
        kind: Kind::Expired,
        severity: Severity::Note,
        title: "packets on their way for too long",
        meaning: "A router says by ICMP that a packet passed too many others (time to live, hop limit), or a host that a \
                  fragment never came.",
        cause: "Traceroute does it on purpose. Else routes that lead in a circle, or lost fragments.",
        next: "Who sent the quoted packets? If it is no traceroute, follow the way with one.",
        filter: "icmp.type == 11 or icmpv6.type == 3",
    },
    About {
        kind: Kind::Packet(Problem::Truncated),
        severity: Severity::Note,
        title: "packets cut short by the capture",
        meaning: "The capture holds less than was on the wire: layers behind the cut cannot be seen or checked.",
        cause: "A snap length, often to save space or to leave contents out.",
        next: "Capture with a larger snap length (-s 0) to see the rest.",
        filter: "",
    },
    About {
        meaning: "The sum is 0, as if none was made yet: nothing is wrong with what goes over the wire.",
        ..partial(
            Check::Ipv4,
            "IPv4 header checksum left to the network card",
            "wirepeel.checksum.verdict == \"partial IPv4 header checksum\" and not wirepeel.checksum.verdict == \"bad IPv4 header checksum\"",
        )
    },
    partial(
        Check::Udp,
        "UDP checksum left to the network card",
        "wirepeel.checksum.verdict == \"partial UDP checksum\" and not wirepeel.checksum.verdict == \"bad UDP checksum\"",
    ),
    partial(
        Check::Tcp,
        "TCP checksum left to the network card",
        "wirepeel.checksum.verdict == \"partial TCP checksum\" and not wirepeel.checksum.verdict == \"bad TCP checksum\"",
    ),
    partial(
        Check::Icmpv6,
        "ICMPv6 checksum left to the network card",
        "wirepeel.checksum.verdict == \"partial ICMPv6 checksum\" and not wirepeel.checksum.verdict == \"bad ICMPv6 checksum\"",
    ),
    About {
        kind: Kind::Packet(Problem::Limit),
        severity: Severity::Note,
        title: "packets too large to show in full",
        meaning: "They have more layers or fields than are shown of one packet; the rest was not looked at.",
        cause: "Tunnels in tunnels, very long lists, or a packet made to exhaust whoever looks at it.",
        next: "Open one: the tree says which limit was reached.",
        filter: "",
    },
    About {
        kind: Kind::Evicted,
        severity: Severity::Note,
        title: "bytes of old packets no longer kept",
        meaning: "The lines of the oldest packets stay; their trees and bytes cannot be shown any more.",
        cause: "The temporary file that holds a live capture or a pipe reached its limit.",
        next: "Write the capture to a file (-w) to keep everything.",
        filter: "",
    },
    tcp(
        Note::WindowUpdate,
        Severity::Chat,
        "TCP window updates",
        "tcp.analysis.window_update",
        [
            "The receiver offers another window without acknowledging anything new.",
            "Its program has read what was waiting.",
            "Nothing needs to be done.",
        ],
    ),
    dns(
        Trouble::Waiting,
        Severity::Chat,
        "DNS questions that the capture ends too early for",
        "dns and wirepeel.dns.waiting",
        [
            "No answer is in the capture, but it ends less than five seconds after the question.",
            "The capture was stopped while they were on their way.",
            "Nothing needs to be done.",
        ],
    ),
    About {
        kind: Kind::Silent(Silence::Waiting),
        severity: Severity::Chat,
        title: "connections that the capture ends too early for",
        meaning: "The SYN has no answer, but the capture ends less than a second after it.",
        cause: "The capture was stopped while they were on their way.",
        next: "Nothing needs to be done.",
        filter: "wirepeel.tcp.waiting",
    },
    unverifiable(Check::Ipv4, "IPv4 header checksum could not be verified", "ip.checksum.status == 2"),
    unverifiable(
        Check::Udp,
        "UDP checksum could not be verified",
        "wirepeel.checksum.verdict == \"unverifiable UDP checksum\"",
    ),
    unverifiable(
        Check::Tcp,
        "TCP checksum could not be verified",
        "wirepeel.checksum.verdict == \"unverifiable TCP checksum\"",
    ),
    unverifiable(
        Check::Icmp,
        "ICMP checksum could not be verified",
        "icmp.checksum.status == 2 and not icmp.checksum.status in {0, 1}",
    ),
    unverifiable(
        Check::Icmpv6,
        "ICMPv6 checksum could not be verified",
        "icmpv6.checksum.status == 2 and not icmpv6.checksum.status in {0, 1}",
    ),
    unverifiable(
        Check::Fcs,
        "frame check sequence could not be verified",
        "eth.fcs.status == 2 || wlan.fcs.status == 2",
    ),
    unverifiable(Check::Gre, "GRE checksum could not be verified", "gre.checksum.status == 2"),
    About {
        kind: Kind::Remark,
        severity: Severity::Chat,
        title: "remarks on the capture file",
        meaning: "Odd, but nothing is lost.",
        cause: "The program that wrote the file has its own ways.",
        next: "Nothing needs to be done.",
        filter: "",
    },
];
