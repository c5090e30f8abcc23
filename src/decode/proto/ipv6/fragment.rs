//! IPv6 fragment header (RFC 8200, 4.5).

use super::claim;
use crate::decode::proto::ipv4::PROTOCOL_NAMES;
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink,
};
use etherparse::Ipv6FragmentHeaderSlice;
use std::fmt::Write as _;

static NXT: FieldDef = FieldDef::uint("ipv6.fraghdr.nxt", "Next header", 8)
    .values(PROTOCOL_NAMES)
    .about("What the fragmented part of the packet begins with. RFC 8200, 4.5.");
static RESERVED_OCTET: FieldDef = FieldDef::uint("ipv6.fraghdr.reserved_octet", "Reserved octet", 8)
    .hex()
    .about("Zero when sent, ignored when received. RFC 8200, 4.5.");
static OFFSET: FieldDef = FieldDef::uint("ipv6.fraghdr.offset", "Offset", 16)
    .mask(0xfff8)
    .about("Where this fragment belongs in the fragmented part, in units of 8 bytes. RFC 8200, 4.5.");
static RESERVED_BITS: FieldDef = FieldDef::uint("ipv6.fraghdr.reserved_bits", "Reserved bits", 16)
    .mask(0x0006)
    .about("Zero when sent, ignored when received. RFC 8200, 4.5.");
static MORE: FieldDef = FieldDef::flag("ipv6.fraghdr.more", "More Fragments", 16, 0x0001)
    .about("This is not the last fragment of its packet. RFC 8200, 4.5.");
static IDENT: FieldDef = FieldDef::uint("ipv6.fraghdr.ident", "Identification", 32)
    .hex()
    .about("Equal in all fragments of one packet. RFC 8200, 4.5; RFC 7739.");

/// Dissector of fragment headers.
pub struct Fragment;

impl Dissector for Fragment {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ipv6.fraghdr",
        label: "IPv6 Fragment",
        title: "Fragment Header for IPv6",
        layer: Layer::Internet,
        spec: "RFC 8200, 4.5",
        about: "Says which part of a packet this is: the sender cut it because a link on the path takes less.",
        fields: &[&NXT, &RESERVED_OCTET, &OFFSET, &RESERVED_BITS, &MORE, &IDENT],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(44)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.take::<8>("header")?;
        let Ok(header) = Ipv6FragmentHeaderSlice::from_slice(bytes) else {
            return Err(packet.malformed("the header does not fit"));
        };
        let (next, more) = (header.next_header().0, header.more_fragments());
        let offset = usize::from(header.fragment_offset().value());
        let identification = header.identification();
        packet.uint(&NXT, 0, 1);
        packet.uint(&RESERVED_OCTET, 1, 1);
        packet.uint(&OFFSET, 2, 2);
        packet.label(|text| {
            let _ = write!(text, "{offset} ({} bytes)", offset * 8);
        });
        packet.uint(&RESERVED_BITS, 2, 2);
        packet.uint(&MORE, 2, 2);
        packet.uint(&IDENT, 4, 4);
        packet.info(|text| {
            let state = if more { 'y' } else { 'n' };
            let _ = write!(
                text,
                "IPv6 fragment (off={} more={state} ident=0x{identification:08x} nxt={next})",
                offset * 8
            );
        });
        let len = packet.claimed().saturating_sub(8);
        if more && !len.is_multiple_of(8) {
            packet.problem(Problem::Length, 2, 2, |text| {
                let _ = write!(
                    text,
                    "IPv6 fragment of {len} has more behind it but is no multiple of 8",
                    len = Bytes(len)
                );
            });
        }
        if offset * 8 + len > 0xffff {
            packet.problem(Problem::Length, 2, 2, |text| {
                let _ = write!(text, "IPv6 fragment ends at byte {}, beyond 65535", offset * 8 + len);
            });
        }
        // Offset 0 without more is a whole packet (an atomic fragment, RFC 6946).
        packet.net.fragment |= more || offset != 0;
        packet.net.later_fragment |= offset != 0;
        packet.next_rest(if offset != 0 { Claim::Data } else { claim(next) });
        Ok(())
    }
}
