//! The PDU session container (3GPP TS 38.415, 5.5.2): what goes with a packet of
//! a 5G session.

use crate::decode::proto::ntp;
use crate::decode::{FieldDef, Packet, Problem, Sink};
use std::fmt::Write as _;

static PDU_TYPE: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_con.pdu_type", "PDU Type", 8)
    .mask(0xf0)
    .values(&[(DOWNLINK, "DL PDU SESSION INFORMATION"), (UPLINK, "UL PDU SESSION INFORMATION")])
    .about("Which way the packet goes, to the station or from it. 3GPP TS 38.415, 5.5.3.");
static QMP: FieldDef = FieldDef::flag("gtp.ext_hdr.pdu_ses_con.qmp", "QoS Monitoring Packet (QMP)", 8, 0x08)
    .about("Times are there, to measure the delay. 3GPP TS 38.415, 5.5.3.");
static DL_SNP: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.snp", "Sequence Number Presence (SNP)", 8, 0x04)
        .about("The flow's sequence number is there. 3GPP TS 38.415, 5.5.3.");
static MSNP: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.msnp", "MBS Sequence Number Presence (MSNP)", 8, 0x02)
        .about("A sequence number for multicast is there. 3GPP TS 38.415, 5.5.3.");
static DL_DELAY_IND: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.dl_delay_ind", "DL Delay Indicator", 8, 0x04)
        .about("The delay towards the station is there. 3GPP TS 38.415, 5.5.3.");
static UL_DELAY_IND: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.ul_delay_ind", "UL Delay Indicator", 8, 0x02)
        .about("The delay from the station is there. 3GPP TS 38.415, 5.5.3.");
static UL_SNP: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.snp", "Sequence Number Presence (SNP)", 8, 0x01)
        .about("The flow's sequence number is there. 3GPP TS 38.415, 5.5.3.");
static PPP: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_cont.ppp", "Paging Policy Presence (PPP)", 8, 0x80)
        .about("How the station is to be paged is there. 3GPP TS 38.415, 5.5.3.");
static RQI: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_cont.rqi", "Reflective QoS Indicator (RQI)", 8, 0x40)
        .about("The station sends the answers with the same quality of service. 3GPP TS 38.415, 5.5.3.");
static N3_N9_IND: FieldDef =
    FieldDef::flag("gtp.ext_hdr.pdu_ses_con.n3_n9_delay_ind", "N3/N9 Delay Indicator", 8, 0x80)
        .about("The delay between the network's own nodes is there. 3GPP TS 38.415, 5.5.3.");
static NEW_IE: FieldDef = FieldDef::flag("gtp.ext_hdr.pdu_ses_con.new_ie_flag", "New IE Flag", 8, 0x40)
    .about("Flags of further elements are there. 3GPP TS 38.415, 5.5.3.");
static QFI: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_con.qos_flow_id", "QoS Flow Identifier (QFI)", 8)
    .mask(0x3f)
    .about("Which quality of service the packet gets. 3GPP TS 38.415, 5.5.3.");
static PPI: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.ppi", "Paging Policy Indicator (PPI)", 8)
    .mask(0xe0)
    .about("How the station is to be paged. 3GPP TS 38.415, 5.5.3.");
static DL_SENT: FieldDef =
    FieldDef::time("gtp.ext_hdr.pdu_ses_cont.dl_send_time_stamp", "DL Sending Time Stamp")
        .about("When the packet was sent towards the station. 3GPP TS 38.415, 5.5.3.");
static DL_SENT_REPEATED: FieldDef =
    FieldDef::time("gtp.ext_hdr.pdu_ses_cont.dl_send_time_stamp_repeat", "DL Sending Time Stamp Repeated")
        .about("When the packet that is answered was sent towards the station. 3GPP TS 38.415, 5.5.3.");
static DL_RECEIVED: FieldDef =
    FieldDef::time("gtp.ext_hdr.pdu_ses_cont.dl_recv_time_stamp", "DL Received Time Stamp")
        .about("When it came to the base station. 3GPP TS 38.415, 5.5.3.");
static UL_SENT: FieldDef =
    FieldDef::time("gtp.ext_hdr.pdu_ses_cont.ul_send_time_stamp", "UL Sending Time Stamp")
        .about("When this packet left the base station. 3GPP TS 38.415, 5.5.3.");
static DL_SN: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.dl_qfi_sn", "DL QFI Sequence Number", 24)
    .about("Counts the flow's packets towards the station. 3GPP TS 38.415, 5.5.3.");
static DL_MBS_SN: FieldDef =
    FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.dl_mbs_qfi_sn", "DL MBS QFI Sequence Number", 32)
        .about("Counts the packets of a multicast flow. 3GPP TS 38.415, 5.5.3.");
static DL_DELAY: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.dl_delay_result", "DL Delay Result", 32)
    .about("Milliseconds towards the station, over the air. 3GPP TS 38.415, 5.5.3.");
static UL_DELAY: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.ul_delay_result", "UL Delay Result", 32)
    .about("Milliseconds from the station, over the air. 3GPP TS 38.415, 5.5.3.");
static UL_SN: FieldDef = FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.ul_qfi_sn", "UL QFI Sequence Number", 24)
    .about("Counts the flow's packets from the station. 3GPP TS 38.415, 5.5.3.");
static N3_N9_DELAY: FieldDef =
    FieldDef::uint("gtp.ext_hdr.pdu_ses_cont.n3_n9_delay_result", "N3/N9 Delay Result", 32)
        .about("Milliseconds between the network's own nodes. 3GPP TS 38.415, 5.5.3.");
static REST: FieldDef = FieldDef::bytes("gtp.ext_hdr.spare_bytes", "Content")
    .about("Newer elements, and what fills the header up to four bytes. 3GPP TS 38.415, 5.5.2.");

pub(super) const FIELDS: &[&FieldDef] = &[
    &PDU_TYPE,
    &QMP,
    &DL_SNP,
    &MSNP,
    &DL_DELAY_IND,
    &UL_DELAY_IND,
    &UL_SNP,
    &PPP,
    &RQI,
    &N3_N9_IND,
    &NEW_IE,
    &QFI,
    &PPI,
    &DL_SENT,
    &DL_SENT_REPEATED,
    &DL_RECEIVED,
    &UL_SENT,
    &DL_SN,
    &DL_MBS_SN,
    &DL_DELAY,
    &UL_DELAY,
    &UL_SN,
    &N3_N9_DELAY,
    &REST,
];

const DOWNLINK: u64 = 0;
const UPLINK: u64 = 1;

/// An element that a flag brings, and its length.
type Element = (&'static FieldDef, &'static FieldDef, usize);

static DOWNLINK_ELEMENTS: &[Element] =
    &[(&PPP, &PPI, 1), (&QMP, &DL_SENT, 8), (&DL_SNP, &DL_SN, 3), (&MSNP, &DL_MBS_SN, 4)];
static UPLINK_ELEMENTS: &[Element] = &[
    (&QMP, &DL_SENT_REPEATED, 8),
    (&QMP, &DL_RECEIVED, 8),
    (&QMP, &UL_SENT, 8),
    (&DL_DELAY_IND, &DL_DELAY, 4),
    (&UL_DELAY_IND, &UL_DELAY, 4),
    (&UL_SNP, &UL_SN, 3),
    (&N3_N9_IND, &N3_N9_DELAY, 4),
];

/// Tells the container that lies between `at` and `end`.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, at: usize, end: usize) {
    let kind = packet.read(at, 1).unwrap_or(0);
    packet.uint(&PDU_TYPE, at, 1);
    let (first, second, elements): (&[_], &[_], _) = match kind >> 4 {
        DOWNLINK => (&[&QMP, &DL_SNP, &MSNP], &[&PPP, &RQI, &QFI], DOWNLINK_ELEMENTS),
        UPLINK => {
            (&[&QMP, &DL_DELAY_IND, &UL_DELAY_IND, &UL_SNP], &[&N3_N9_IND, &NEW_IE, &QFI], UPLINK_ELEMENTS)
        }
        _ => return packet.slice(&REST, at + 1, end - at - 1),
    };
    for part in first {
        packet.uint(part, at, 1);
    }
    for part in second {
        packet.uint(part, at + 1, 1);
    }
    let mut next = at + 2;
    for (flag, def, len) in elements {
        let word =
            packet.read(if first.iter().any(|part| std::ptr::eq(*part, *flag)) { at } else { at + 1 }, 1);
        if word.is_none_or(|word| flag.extract(word) == 0) {
            continue;
        }
        if next + len > end {
            packet.problem(Problem::Length, at, 2, |text| {
                let _ = write!(
                    text,
                    "PDU session container: its flags announce more than its {} bytes",
                    end - at
                );
            });
            return;
        }
        if *len == 8 {
            ntp::timestamp(packet, def, next);
        } else {
            packet.uint(def, next, *len);
        }
        next += len;
    }
    if next < end && packet.read(next, 1).is_some() {
        packet.slice(&REST, next, end - next);
    }
}
