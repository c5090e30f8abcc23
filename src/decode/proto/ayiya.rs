//! Anything In Anything (draft-massar-v6ops-ayiya): IPv6 in UDP with a signature.

use super::ipv4::PROTOCOL_NAMES;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value, value_name,
};

static ID_LENGTH: FieldDef = FieldDef::uint("ayiya.idlen", "Identity field length", 8)
    .mask(0xf0)
    .about("Length of the identity, as a power of two. draft-massar-v6ops-ayiya, 3.");
static ID_TYPE: FieldDef = FieldDef::uint("ayiya.idtype", "Identity field type", 8)
    .mask(0x0f)
    .values(&[(0, "None"), (1, "Integer"), (2, "ASCII string")])
    .about("What the identity is. draft-massar-v6ops-ayiya, 3.");
static SIGNATURE_LENGTH: FieldDef = FieldDef::uint("ayiya.siglen", "Signature Length", 8)
    .mask(0xf0)
    .unit(4)
    .about("Bytes of signature, counted on the wire in units of 4. draft-massar-v6ops-ayiya, 3.");
static HASH: FieldDef = FieldDef::uint("ayiya.hashmethod", "Hash method", 8)
    .mask(0x0f)
    .values(&[(0, "No hash"), (1, "MD5"), (2, "SHA1")])
    .about("How the signature is computed. draft-massar-v6ops-ayiya, 3.");
static AUTHENTICATION: FieldDef = FieldDef::uint("ayiya.authmethod", "Authentication method", 8)
    .mask(0xf0)
    .values(&[
        (0, "No authentication"),
        (1, "Hash using a Shared Secret"),
        (2, "Hash using a public/private key method"),
    ])
    .about("What the signature proves. draft-massar-v6ops-ayiya, 3.");
static OPCODE_NAMES: &[(u64, &str)] = &[
    (0, "No Operation / Heartbeat"),
    (FORWARD as u64, "Forward"),
    (2, "Echo Request"),
    (3, "Echo Request and Forward"),
    (4, "Echo Response"),
    (5, "MOTD"),
    (6, "Query Request"),
    (7, "Query Response"),
];
static OPCODE: FieldDef = FieldDef::uint("ayiya.opcode", "Operation Code", 8)
    .mask(0x0f)
    .values(OPCODE_NAMES)
    .about("What the receiver shall do with the packet. draft-massar-v6ops-ayiya, 3.");
static NEXT: FieldDef = FieldDef::uint("ayiya.nextheader", "Next Header", 8)
    .values(PROTOCOL_NAMES)
    .about("Which protocol the payload belongs to. draft-massar-v6ops-ayiya, 3.");
static EPOCH: FieldDef = FieldDef::time("ayiya.epoch", "Epoch")
    .about("When it was sent, against replayed packets. draft-massar-v6ops-ayiya, 3.");
static IDENTITY: FieldDef =
    FieldDef::bytes("ayiya.identity", "Identity").about("Who sent it. draft-massar-v6ops-ayiya, 3.");
static SIGNATURE: FieldDef = FieldDef::bytes("ayiya.signature", "Signature")
    .about("Proves who sent it; only who has the secret can check it. draft-massar-v6ops-ayiya, 3.");

const HEADER: usize = 8;
const FORWARD: u8 = 1;

/// Dissector of AYIYA headers.
pub struct Ayiya;

impl Dissector for Ayiya {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ayiya",
        label: "AYIYA",
        title: "Anything in Anything Protocol",
        layer: Layer::Internet,
        spec: "draft-massar-v6ops-ayiya",
        about: "A tunnel: carries IPv6 over UDP to hosts behind address translators.",
        fields: &[
            &ID_LENGTH,
            &ID_TYPE,
            &SIGNATURE_LENGTH,
            &HASH,
            &AUTHENTICATION,
            &OPCODE,
            &NEXT,
            &EPOCH,
            &IDENTITY,
            &SIGNATURE,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(5072)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [id, signature, operation, next, e0, e1, e2, e3] = *packet.take::<HEADER>("header")?;
        let (identity, signature) = (1 << (id >> 4), usize::from(signature >> 4) * 4);
        let name = value_name(&OPCODE, (operation & 0x0f).into()).unwrap_or("unknown operation");
        packet.label(|text| text.push_str(name));
        packet.uint(&ID_LENGTH, 0, 1);
        packet.uint(&ID_TYPE, 0, 1);
        packet.uint(&SIGNATURE_LENGTH, 1, 1);
        packet.uint(&HASH, 1, 1);
        packet.uint(&AUTHENTICATION, 2, 1);
        packet.uint(&OPCODE, 2, 1);
        packet.uint(&NEXT, 3, 1);
        let epoch = i64::from(u32::from_be_bytes([e0, e1, e2, e3]));
        packet.field(&EPOCH, 4, 4, Value::Int(epoch * 1_000_000_000));
        packet.info(|text| text.push_str(name));
        packet.skip(identity, "identity")?;
        packet.slice(&IDENTITY, HEADER, identity);
        packet.skip(signature, "signature")?;
        if signature > 0 {
            packet.slice(&SIGNATURE, HEADER + identity, signature);
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(if operation & 0x0f == FORWARD { Claim::IpProto(next) } else { Claim::Data });
        }
        Ok(())
    }
}
