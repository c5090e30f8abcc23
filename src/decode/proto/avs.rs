//! The AVS header before an 802.11 frame, which came after Prism's.

use crate::base::LinkType;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value,
};
use std::fmt::Write as _;

static MAGIC_NUMBER: FieldDef = FieldDef::uint("wlancap.magic", "Header magic", 32)
    .hex()
    .mask(0xffff_fff0)
    .about("Always 0x8021100. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static VERSION: FieldDef = FieldDef::uint("wlancap.version", "Header revision", 32)
    .mask(0xf)
    .about("Version of the header: 1 or 2. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static LENGTH: FieldDef = FieldDef::uint("wlancap.length", "Header length", 32)
    .about("Bytes of this header: the frame is behind it. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static MACTIME: FieldDef = FieldDef::uint("wlancap.mactime", "MAC timestamp", 64)
    .about("The card's clock when the frame arrived. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static HOSTTIME: FieldDef = FieldDef::uint("wlancap.hosttime", "Host timestamp", 64)
    .about("The computer's clock when the frame arrived. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static PHYTYPE: FieldDef = FieldDef::uint("wlancap.phytype", "PHY type", 32)
    .values(&[
        (1, "FHSS 802.11 '97"),
        (2, "DSSS 802.11 '97"),
        (3, "IR Baseband"),
        (4, "DSSS 802.11b"),
        (5, "PBCC 802.11b"),
        (6, "OFDM 802.11g"),
        (7, "PBCC 802.11g"),
        (8, "OFDM 802.11a"),
    ])
    .about("How the radio worked. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static CHANNEL: FieldDef = FieldDef::uint("wlancap.channel", "Channel", 32)
    .about("Channel, or frequency in MHz, that the card listened on. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static RATE: FieldDef = FieldDef::uint("wlancap.data_rate", "Data Rate", 32)
    .about("Rate that the frame was sent with, in 100 kb/s. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static ANTENNA: FieldDef = FieldDef::uint("wlancap.antenna", "Antenna", 32)
    .about("Which antenna was used. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static PRIORITY: FieldDef = FieldDef::uint("wlancap.priority", "Priority", 32)
    .about("Priority of the frame. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static SSI_TYPE: FieldDef = FieldDef::uint("wlancap.ssi_type", "SSI Type", 32)
    .values(&[(0, "None"), (1, "Normalized RSSI"), (2, "dBm"), (3, "Raw RSSI")])
    .about("What signal and noise are counted in. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static SIGNAL: FieldDef = FieldDef::int("wlancap.dbm_antsignal", "SSI Signal", 32)
    .about("Strength of the signal. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static NOISE: FieldDef = FieldDef::int("wlancap.dbm_antnoise", "SSI Noise", 32)
    .about("Strength of the noise. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static PREAMBLE: FieldDef = FieldDef::uint("wlancap.preamble", "Preamble", 32)
    .values(&[(0, "Undefined"), (1, "Short"), (2, "Long")])
    .about("Which preamble the frame had. tcpdump.org LINKTYPE_IEEE802_11_AVS.");
static ENCODING: FieldDef = FieldDef::uint("wlancap.encoding", "Encoding Type", 32)
    .values(&[(0, "Unknown"), (1, "CCK"), (2, "PBCC"), (3, "OFDM")])
    .about("How the frame was encoded. tcpdump.org LINKTYPE_IEEE802_11_AVS.");

/// What the header begins with, its version left out.
pub(super) const MAGIC: u64 = 0x8021_1000;
pub(super) const MASK: u64 = 0xffff_fff0;
/// The first version's header.
const LEN: usize = 64;
/// LINKTYPE_IEEE802_11.
const IEEE802_11: LinkType = LinkType(105);

/// Dissector of AVS headers.
pub struct Avs;

impl Dissector for Avs {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "wlancap",
        label: "AVS",
        title: "AVS WLAN Capture header",
        layer: Layer::Link,
        spec: "LINKTYPE_IEEE802_11_AVS",
        about: "What an older wireless card tells of a frame that it heard; it was never sent.",
        fields: &[
            &MAGIC_NUMBER,
            &VERSION,
            &LENGTH,
            &MACTIME,
            &HOSTTIME,
            &PHYTYPE,
            &CHANNEL,
            &RATE,
            &ANTENNA,
            &PRIORITY,
            &SSI_TYPE,
            &SIGNAL,
            &NOISE,
            &PREAMBLE,
            &ENCODING,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(163)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.take::<LEN>("header")?;
        let (magic, length) = (packet.read(0, 4).unwrap_or(0), packet.read(4, 4).unwrap_or(0) as usize);
        for (def, at) in [(&MAGIC_NUMBER, 0), (&VERSION, 0), (&LENGTH, 4)] {
            packet.uint(def, at, 4);
        }
        packet.uint(&MACTIME, 8, 8);
        packet.uint(&HOSTTIME, 16, 8);
        for (def, at) in
            [(&PHYTYPE, 24), (&CHANNEL, 28), (&RATE, 32), (&ANTENNA, 36), (&PRIORITY, 40), (&SSI_TYPE, 44)]
        {
            packet.uint(def, at, 4);
        }
        for (def, at) in [(&SIGNAL, 48), (&NOISE, 52)] {
            let level = packet.read(at, 4).unwrap_or(0) as u32 as i32;
            packet.field(def, at, 4, Value::Int(level.into()));
        }
        packet.uint(&PREAMBLE, 56, 4);
        packet.uint(&ENCODING, 60, 4);
        packet.info(|text| {
            let _ = write!(text, "AVS header of {length} bytes");
        });
        if magic & MASK != MAGIC || length < LEN {
            packet.problem(Problem::Malformed, 0, 8, |text| {
                let _ = write!(text, "AVS: 0x{magic:08x} with a header of {length} bytes");
            });
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        if length < packet.claimed() {
            packet.next_link(IEEE802_11, length, packet.claimed() - length);
        }
        Ok(())
    }
}
