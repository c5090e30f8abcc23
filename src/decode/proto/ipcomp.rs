//! IP payload compression (RFC 3173), inflated where it is DEFLATE (RFC 2394).

use super::ipv4::PROTOCOL_NAMES;
use super::ipv6;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, value_name,
};
use flate2::{Decompress, FlushDecompress, Status};
use std::fmt::Write as _;

static NEXT: FieldDef = FieldDef::uint("ipcomp.next_header", "Next Header", 8)
    .hex()
    .values(PROTOCOL_NAMES)
    .about("Which protocol the payload belongs to once it is expanded. RFC 3173, 3.3.");
static FLAGS: FieldDef = FieldDef::uint("ipcomp.flags", "IPComp Flags", 8)
    .hex()
    .about("Zero when sent, ignored when received. RFC 3173, 3.3.");
static CPI: FieldDef = FieldDef::uint("ipcomp.cpi", "IPComp CPI", 16)
    .hex()
    .values(&[(1, "OUI"), (2, "DEFLATE"), (3, "LZS"), (4, "LZJH")])
    .about("How the payload is compressed; from 256 on as the ends agreed. RFC 3173, 3.3.");

/// What a compressed payload may expand to: an IP datagram holds no more.
const MAX: usize = 65_535;

/// Dissector of IPComp headers.
pub struct IpComp;

impl Dissector for IpComp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ipcomp",
        label: "IPComp",
        title: "IP Payload Compression",
        layer: Layer::Internet,
        spec: "RFC 3173",
        about: "Compresses the payload of single IP packets, mostly before they are encrypted.",
        fields: &[&NEXT, &FLAGS, &CPI],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(108)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [next, _, c0, c1] = *packet.take::<4>("header")?;
        let cpi = super::be16(c0, c1);
        packet.uint(&NEXT, 0, 1);
        packet.uint(&FLAGS, 1, 1);
        packet.uint(&CPI, 2, 2);
        packet.info(|text| {
            let _ = match value_name(&CPI, cpi.into()) {
                Some(name) => write!(text, "IPComp (CPI={name})"),
                None => write!(text, "IPComp (CPI=0x{cpi:04x})"),
            };
        });
        packet.next_rest(Claim::Data);
        // The ends may have agreed on any number: only what inflates to its end is DEFLATE.
        if !packet.is_cut()
            && !packet.net.fragment
            && let Some(bytes) = inflate(packet.rest())
        {
            packet.next_made(ipv6::claim(next), bytes);
        }
        Ok(())
    }
}

/// Raw DEFLATE to its end; `None` for anything else, and for more than a datagram.
fn inflate(bytes: &[u8]) -> Option<Box<[u8]>> {
    let mut inflated = Vec::with_capacity(bytes.len().saturating_mul(4).clamp(64, MAX));
    let mut state = Decompress::new(false);
    loop {
        let read = bytes.get(usize::try_from(state.total_in()).ok()?..)?;
        match state.decompress_vec(read, &mut inflated, FlushDecompress::Finish).ok()? {
            Status::StreamEnd => return Some(inflated.into_boxed_slice()),
            // Without room it cannot go on; with room it wants bytes that are not there.
            _ if inflated.len() < inflated.capacity() || inflated.len() >= MAX => return None,
            _ => inflated.reserve_exact((MAX - inflated.len()).min(inflated.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use std::io::Write as _;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_inflated_is_whole_and_bounded() {
        let text = b"a payload, a payload, a payload, a payload".repeat(100);
        let packed = deflate(&text);
        assert_eq!(inflate(&packed).as_deref(), Some(&*text));
        assert_eq!(inflate(packed.get(..packed.len() / 2).unwrap()), None, "cut short");
        assert_eq!(inflate(b""), None);
        assert_eq!(inflate(&[0xff; 40]), None, "not DEFLATE");
        assert_eq!(inflate(&deflate(&vec![0; MAX])).map(|bytes| bytes.len()), Some(MAX));
        assert_eq!(inflate(&deflate(&vec![0; 10_000_000])), None, "a bomb");
    }
}
