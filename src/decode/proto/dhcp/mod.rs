//! DHCP and BOOTP (RFC 2131, RFC 951).

mod fields;
mod options;
mod plain;

use super::be16;
use crate::decode::{
    Binding, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop, Value, value_name,
};
use std::fmt::Write as _;

static HARDWARE: &[(u64, &str)] = &[
    (1, "Ethernet"),
    (6, "IEEE 802"),
    (7, "ARCNET"),
    (15, "Frame Relay DLCI"),
    (16, "ATM"),
    (18, "Fibre Channel"),
    (20, "Serial Line"),
    (24, "IEEE 1394.1995"),
    (27, "EUI-64"),
    (31, "IPsec tunnel"),
    (32, "InfiniBand"),
];

static TYPE: FieldDef = FieldDef::uint("dhcp.type", "Message type", 8)
    .values(&[(1, "Boot Request"), (2, "Boot Reply")])
    .about("Whether a client asks or a server answers. RFC 2131, 2 (op).");
static HW_TYPE: FieldDef = FieldDef::uint("dhcp.hw.type", "Hardware type", 8)
    .hex()
    .values(HARDWARE)
    .about("Kind of the client's hardware address. RFC 2131, 2 (htype).");
static HW_LEN: FieldDef = FieldDef::uint("dhcp.hw.len", "Hardware address length", 8)
    .about("Bytes of the client's hardware address, 6 for Ethernet. RFC 2131, 2 (hlen).");
static HOPS: FieldDef =
    FieldDef::uint("dhcp.hops", "Hops", 8).about("Relay agents that the message has passed. RFC 2131, 2.");
static ID: FieldDef = FieldDef::uint("dhcp.id", "Transaction ID", 32)
    .hex()
    .about("Chosen by the client at random; answers repeat it. RFC 2131, 2 (xid).");
static SECS: FieldDef = FieldDef::uint("dhcp.secs", "Seconds elapsed", 16)
    .about("How long the client has been trying. RFC 2131, 2.");
static FLAGS: FieldDef = FieldDef::uint("dhcp.flags", "Bootp flags", 16)
    .hex()
    .about("One flag and fifteen spare bits. RFC 2131, 2.");
static FLAGS_BC: FieldDef = FieldDef::flag("dhcp.flags.bc", "Broadcast flag", 16, 0x8000)
    .values(&[(0, "Unicast"), (1, "Broadcast")])
    .about("The client cannot take unicast packets before it has an address. RFC 2131, 4.1.");
static FLAGS_RESERVED: FieldDef = FieldDef::uint("dhcp.flags.reserved", "Reserved flags", 16)
    .hex()
    .mask(0x7fff)
    .about("Must be zero. RFC 2131, 2.");
static IP_CLIENT: FieldDef = FieldDef::ipv4("dhcp.ip.client", "Client IP address")
    .about("Address that the client has already and answers ARP for. RFC 2131, 2 (ciaddr).");
static IP_YOUR: FieldDef = FieldDef::ipv4("dhcp.ip.your", "Your (client) IP address")
    .about("Address that the server gives the client. RFC 2131, 2 (yiaddr).");
static IP_SERVER: FieldDef = FieldDef::ipv4("dhcp.ip.server", "Next server IP address")
    .about("Server that the client boots from next. RFC 2131, 2 (siaddr).");
static IP_RELAY: FieldDef = FieldDef::ipv4("dhcp.ip.relay", "Relay agent IP address").about(
    "Relay agent that passed the message on; says which subnet the client is on. RFC 2131, 2 (giaddr).",
);
static HW_MAC: FieldDef = FieldDef::mac("dhcp.hw.mac_addr", "Client MAC address")
    .about("The client's Ethernet address. RFC 2131, 2 (chaddr).");
static HW_ADDR: FieldDef = FieldDef::bytes("dhcp.hw.addr", "Client hardware address")
    .about("The client's hardware address, where it is not an Ethernet address. RFC 2131, 2 (chaddr).");
static HW_PADDING: FieldDef = FieldDef::bytes("dhcp.hw.addr_padding", "Client hardware address padding")
    .about("What the client's address leaves over of the 16 bytes. RFC 2131, 2 (chaddr).");
static SERVER: FieldDef = FieldDef::text("dhcp.server", "Server host name")
    .about("Name of the server that the client wants or gets, ended by a zero. RFC 2131, 2 (sname).");
static FILE: FieldDef = FieldDef::text("dhcp.file", "Boot file name")
    .about("File that the client boots from, ended by a zero. RFC 2131, 2 (file).");
static COOKIE: FieldDef = FieldDef::ipv4("dhcp.cookie", "Magic cookie")
    .about("Says that options in today's form follow: 99.130.83.99. RFC 2131, 3; RFC 1497.");
static VENDOR: FieldDef = FieldDef::bytes("dhcp.vendor_specific_options", "Bootp vendor specific options")
    .about("What each vendor liked, in messages without the magic cookie. RFC 951, 3.");

const HEADER: usize = 236;
const MAGIC: [u8; 4] = [99, 130, 83, 99];

/// All fields: the header's, then the options'.
const FIELDS: &[&FieldDef] = &super::concat::<{ OWN.len() + fields::FIELDS.len() + plain::FIELDS.len() }>(&[
    &OWN,
    &fields::FIELDS,
    &plain::FIELDS,
]);
const OWN: [&FieldDef; 20] = [
    &TYPE,
    &HW_TYPE,
    &HW_LEN,
    &HOPS,
    &ID,
    &SECS,
    &FLAGS,
    &FLAGS_BC,
    &FLAGS_RESERVED,
    &IP_CLIENT,
    &IP_YOUR,
    &IP_SERVER,
    &IP_RELAY,
    &HW_MAC,
    &HW_ADDR,
    &HW_PADDING,
    &SERVER,
    &FILE,
    &COOKIE,
    &VENDOR,
];

/// Dissector of DHCP and BOOTP messages.
pub struct Dhcp;

impl Dissector for Dhcp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "dhcp",
        label: "DHCP",
        title: "Dynamic Host Configuration Protocol",
        layer: Layer::Application,
        spec: "RFC 2131",
        about: "Lends a host its address for a while and tells it the router, the resolver and more.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    // 4011: boot servers (PXE).
    const BINDINGS: &'static [Binding] = &[Binding::Udp(67), Binding::Udp(68), Binding::Udp(4011)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        let &[op, kind, hlen, ..] = bytes else { return Err(Stop::Declined) };
        if !matches!(op, 1 | 2) || hlen > 16 {
            return Err(Stop::Declined);
        }
        let options = bytes.get(HEADER..HEADER + 4).is_some_and(|cookie| cookie == MAGIC);
        let message = if S::TEXT && options { options::find(bytes, HEADER + 4, 53) } else { None };
        let message = message.and_then(|value| value.first()).copied();
        let name = message.map(|number| value_name(&plain::MESSAGE_TYPE, number.into()).unwrap_or("Unknown"));
        packet.label(|text| {
            let _ = write!(text, "{}", name.unwrap_or(if op == 1 { "Boot Request" } else { "Boot Reply" }));
        });
        let id = packet.read(4, 4).unwrap_or(0);
        packet.info(|text| {
            let _ = match name {
                Some(name) => write!(text, "DHCP {name:<8} - Transaction ID 0x{id:x}"),
                None if op == 2 => write!(text, "Boot Reply"),
                None => {
                    text.push_str("Boot Request from ");
                    let address = bytes.get(28..28 + usize::from(hlen)).unwrap_or_default();
                    address.iter().enumerate().try_for_each(|(at, byte)| {
                        write!(text, "{}{byte:02x}", if at == 0 { "" } else { ":" })
                    })
                }
            };
        });
        packet.uint(&TYPE, 0, 1);
        packet.uint(&HW_TYPE, 1, 1);
        packet.uint(&HW_LEN, 2, 1);
        packet.uint(&HOPS, 3, 1);
        packet.uint(&ID, 4, 4);
        packet.uint(&SECS, 8, 2);
        flags(packet);
        for (def, at) in [(&IP_CLIENT, 12), (&IP_YOUR, 16), (&IP_SERVER, 20), (&IP_RELAY, 24)] {
            if bytes.len() >= at + 4 {
                packet.slice(def, at, 4);
            }
        }
        let hlen = usize::from(hlen);
        if bytes.len() >= 44 {
            packet.slice(if (kind, hlen) == (1, 6) { &HW_MAC } else { &HW_ADDR }, 28, hlen);
            if hlen < 16 {
                packet.slice(&HW_PADDING, 28 + hlen, 16 - hlen);
            }
        }
        packet.skip(HEADER, "header")?;
        if !options {
            text(packet, &SERVER, 44, 64);
            text(packet, &FILE, 108, 128);
            let rest = packet.rest().len();
            if rest > 0 {
                packet.slice(&VENDOR, HEADER, rest);
            }
            return Ok(());
        }
        // Which of the two fields are text is only known from option 52.
        let overload = options::find(bytes, HEADER + 4, 52)
            .and_then(|value| value.first())
            .copied()
            .filter(|which| *which <= 3)
            .unwrap_or(0);
        let areas = [(2, 44, 64, &SERVER), (1, 108, 128, &FILE)];
        for (bit, at, len, def) in areas {
            if overload & bit == 0 {
                text(packet, def, at, len);
            }
        }
        packet.slice(&COOKIE, HEADER, 4);
        let walked = options::walk(packet, HEADER + 4, bytes.len());
        let (told, cut) = match walked {
            Ok(told) => (told, None),
            Err((told, cut)) => (told, Some(cut)),
        };
        // RFC 2131, 4.1: options first, then file, then server name.
        for (bit, at, len, _) in areas.into_iter().rev() {
            if told.overload & bit != 0
                && let Err((_, cut)) = options::walk(packet, at, at + len)
            {
                packet.problem(Problem::Malformed, cut.at, at + len - cut.at.min(at + len), |text| {
                    let _ = write!(
                        text,
                        "DHCP {} in an overloaded field needs {} bytes more",
                        cut.what, cut.needed
                    );
                });
            }
        }
        match cut {
            Some(cut) => return Err(options::stop(packet, &cut)),
            None if packet.is_cut() && !told.ended => {
                packet.skip(packet.rest().len(), "options")?;
                return Err(packet.short(1, "options"));
            }
            None if !told.ended => packet.problem(Problem::Unusual, bytes.len(), 0, |text| {
                text.push_str("DHCP options lack their end option");
            }),
            None => {}
        }
        Ok(())
    }
}

fn flags<S: Sink>(packet: &mut Packet<'_, S>) {
    let Some(&[high, low]) = packet.bytes().get(10..).and_then(|rest| rest.first_chunk()) else { return };
    packet.uint_group(&FLAGS, 10, 2);
    packet.label(|text| {
        let flags = be16(high, low);
        let _ = write!(text, "0x{flags:04x} ({})", if flags & 0x8000 != 0 { "Broadcast" } else { "Unicast" });
    });
    packet.uint(&FLAGS_BC, 10, 2);
    packet.uint(&FLAGS_RESERVED, 10, 2);
    packet.end_group();
}

/// A field of fixed size with text that ends at the first zero.
fn text<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, at: usize, len: usize) {
    if S::DETAIL {
        let field = packet.bytes().get(at..at + len).unwrap_or_default();
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(len);
        let value = field.get(..end).unwrap_or_default();
        packet.field(def, at, field.len(), Value::Bytes(value));
        if value.is_empty() {
            packet.label(|text| text.push_str("not given"));
        }
    }
}
