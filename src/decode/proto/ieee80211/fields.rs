//! The fields of 802.11 frames, and the names of their values.

use crate::decode::FieldDef;
use crate::decode::field::fields;

pub(super) static TYPE_NAMES: &[(u64, &str)] = &[
    (0x00, "Association Request"),
    (0x01, "Association Response"),
    (0x02, "Reassociation Request"),
    (0x03, "Reassociation Response"),
    (0x04, "Probe Request"),
    (0x05, "Probe Response"),
    (0x06, "Timing Advertisement"),
    (0x08, "Beacon frame"),
    (0x09, "ATIM"),
    (0x0a, "Disassociate"),
    (0x0b, "Authentication"),
    (0x0c, "Deauthentication"),
    (0x0d, "Action"),
    (0x0e, "Action No Ack"),
    (0x12, "Trigger"),
    (0x13, "TWT Ack"),
    (0x14, "Beamforming Report Poll"),
    (0x15, "VHT/HE NDP Announcement"),
    (0x16, "Control Frame Extension"),
    (0x17, "Control Wrapper"),
    (0x18, "802.11 Block Ack Req"),
    (0x19, "802.11 Block Ack"),
    (0x1a, "Power-Save poll"),
    (0x1b, "Request-to-send"),
    (0x1c, "Clear-to-send"),
    (0x1d, "Acknowledgement"),
    (0x1e, "CF-End (Control-frame)"),
    (0x1f, "CF-End + CF-Ack (Control-frame)"),
    (0x20, "Data"),
    (0x21, "Data + CF-Ack"),
    (0x22, "Data + CF-Poll"),
    (0x23, "Data + CF-Ack + CF-Poll"),
    (0x24, "Null function (No data)"),
    (0x25, "Acknowledgement (No data)"),
    (0x26, "CF-Poll (No data)"),
    (0x27, "CF-Ack/Poll (No data)"),
    (0x28, "QoS Data"),
    (0x29, "QoS Data + CF-Acknowledgment"),
    (0x2a, "QoS Data + CF-Poll"),
    (0x2b, "QoS Data + CF-Ack + CF-Poll"),
    (0x2c, "QoS Null function (No data)"),
    (0x2e, "QoS CF-Poll (No Data)"),
    (0x2f, "QoS CF-Ack + CF-Poll (No data)"),
    (0x30, "DMG Beacon"),
    (0x31, "S1G Beacon"),
];
static STATUS_NAMES: &[(u64, &str)] = &[
    (0, "Successful"),
    (1, "Unspecified failure"),
    (2, "TDLS wakeup schedule rejected, another offered"),
    (3, "TDLS wakeup schedule rejected"),
    (5, "Security disabled"),
    (6, "Lifetime not acceptable"),
    (7, "Not in the same network"),
    (10, "Cannot support all requested capabilities"),
    (11, "Association cannot be confirmed"),
    (12, "Denied for a reason outside of the standard"),
    (13, "Authentication algorithm not supported"),
    (14, "Authentication out of sequence"),
    (15, "Challenge failed"),
    (16, "Timeout in the sequence of authentication"),
    (17, "No more stations can be handled"),
    (18, "A basic rate is not supported"),
    (19, "Short preamble not supported"),
    (20, "PBCC not supported"),
    (21, "Channel agility not supported"),
    (22, "Spectrum management required"),
    (23, "Power capability not acceptable"),
    (24, "Supported channels not acceptable"),
    (25, "Short slot time not supported"),
    (26, "DSSS-OFDM not supported"),
    (27, "802.11n not supported"),
    (28, "Key holder cannot be reached"),
    (29, "PCO transition time not supported"),
    (30, "Rejected for now; try again later"),
    (31, "Robust management frame policy violation"),
    (32, "Unspecified QoS failure"),
    (33, "Not enough bandwidth"),
    (34, "Poor channel conditions"),
    (35, "QoS not supported"),
    (37, "Declined"),
    (38, "Invalid parameters"),
    (39, "Rejected, changes suggested"),
    (40, "Invalid element"),
    (41, "Invalid group cipher"),
    (42, "Invalid pairwise cipher"),
    (43, "Invalid AKMP"),
    (44, "Unsupported RSN version"),
    (45, "Invalid RSN capabilities"),
    (46, "Cipher suite against the policy"),
    (47, "Stream may be created after a delay"),
    (48, "Direct link not allowed"),
    (49, "Destination not in the network"),
    (50, "Destination has no QoS"),
    (51, "Listen interval too long"),
    (52, "Wrong number of FT actions"),
    (53, "Invalid PMKID"),
    (54, "Invalid mobility domain"),
    (55, "Invalid fast transition element"),
    (56, "Requested TCLAS not supported"),
    (57, "Not enough TCLAS resources"),
    (58, "Transition to another access point suggested"),
    (59, "Advertisement protocol not supported"),
    (60, "No outstanding request"),
    (61, "Response not received from the server"),
    (62, "Timeout for the response of the server"),
    (73, "Beacon interval rejected"),
    (76, "Anti-clogging token required"),
    (77, "Finite cyclic group not supported"),
];
static REASON_NAMES: &[(u64, &str)] = &[
    (1, "Unspecified reason"),
    (2, "Previous authentication is no longer valid"),
    (3, "The station is leaving (or has left)"),
    (4, "Inactivity"),
    (5, "The access point cannot handle all its stations"),
    (6, "Class 2 frame from a station that is not authenticated"),
    (7, "Class 3 frame from a station that is not associated"),
    (8, "The station is leaving the network (or has left)"),
    (9, "Not authenticated with the station that answers"),
    (10, "Power capability not acceptable"),
    (11, "Supported channels not acceptable"),
    (12, "Transition to another access point"),
    (13, "Invalid element"),
    (14, "Message integrity code failure"),
    (15, "4-way handshake timeout"),
    (16, "Group key handshake timeout"),
    (17, "An element of the 4-way handshake differs"),
    (18, "Invalid group cipher"),
    (19, "Invalid pairwise cipher"),
    (20, "Invalid AKMP"),
    (21, "Unsupported RSN version"),
    (22, "Invalid RSN capabilities"),
    (23, "802.1X authentication failed"),
    (24, "Cipher suite against the policy"),
    (25, "TDLS peer cannot be reached"),
    (26, "TDLS torn down, no reason given"),
    (27, "Session ended by the service provider"),
    (28, "No roaming agreement with the service provider"),
    (29, "Cipher or AKM required by the service provider not supported"),
    (30, "Not authorized at this place"),
    (31, "Change of service rules out the stream"),
    (32, "Unspecified QoS reason"),
    (33, "Not enough bandwidth"),
    (34, "Too many frames are not acknowledged"),
    (35, "Sent for longer than allowed"),
    (36, "The station is leaving the network or resetting"),
    (37, "The stream, block ack or direct link is not used any more"),
    (38, "Unknown stream, block ack or direct link"),
    (39, "Timeout"),
    (45, "The peer does not support the cipher suite"),
    (46, "Asked for by an authorized access point"),
    (47, "Asked for by the access point"),
    (48, "Wrong number of FT actions"),
    (49, "Invalid PMKID"),
    (50, "Invalid mobility domain"),
    (51, "Invalid fast transition element"),
    (52, "Mesh peering cancelled"),
    (53, "Most mesh peers reached"),
    (54, "Mesh configuration against the policy"),
    (55, "Mesh peering closed by the peer"),
    (56, "Most repeats of mesh peering reached"),
    (57, "Confirmation of mesh peering timed out"),
    (58, "Invalid mesh group key"),
    (59, "Inconsistent mesh parameters"),
    (60, "Invalid mesh security capability"),
    (61, "No proxy information for the mesh path"),
    (62, "No forwarding information for the mesh path"),
    (63, "Mesh destination cannot be reached"),
    (64, "Address is already in the mesh"),
    (65, "Mesh channel switched for regulation"),
    (66, "Mesh channel switched, no reason given"),
];
static TAG_NAMES: &[(u64, &str)] = &[
    (0, "SSID parameter set"),
    (1, "Supported Rates"),
    (2, "FH Parameter set"),
    (3, "DS Parameter set"),
    (4, "CF Parameter set"),
    (5, "Traffic Indication Map (TIM)"),
    (6, "IBSS Parameter set"),
    (7, "Country Information"),
    (10, "Request"),
    (11, "QBSS Load Element"),
    (16, "Challenge text"),
    (32, "Power Constraint"),
    (33, "Power Capability"),
    (35, "TPC Report"),
    (36, "Supported Channels"),
    (37, "Channel Switch Announcement"),
    (42, "ERP Information"),
    (45, "HT Capabilities"),
    (46, "QoS Capability"),
    (48, "RSN Information"),
    (50, "Extended Supported Rates"),
    (54, "Mobility Domain"),
    (55, "Fast BSS Transition"),
    (59, "Supported Operating Classes"),
    (61, "HT Information"),
    (70, "RM Enabled Capabilities"),
    (74, "Overlapping BSS Scan Parameters"),
    (107, "Interworking"),
    (113, "Mesh Configuration"),
    (114, "Mesh ID"),
    (127, "Extended Capabilities"),
    (191, "VHT Capabilities"),
    (192, "VHT Operation"),
    (195, "VHT Tx Power Envelope"),
    (221, "Vendor Specific"),
    (255, "Element ID Extension"),
];
static CIPHER_NAMES: &[(u64, &str)] = &[
    (0, "Use group cipher suite"),
    (1, "WEP (40-bit)"),
    (2, "TKIP"),
    (4, "AES (CCM)"),
    (5, "WEP (104-bit)"),
    (6, "BIP (128)"),
    (7, "Group addressed traffic not allowed"),
    (8, "GCMP (128)"),
    (9, "GCMP (256)"),
    (10, "CCMP (256)"),
];
static AKM_NAMES: &[(u64, &str)] = &[
    (0, "None"),
    (1, "WPA (SHA1)"),
    (2, "PSK"),
    (3, "FT over IEEE 802.1X"),
    (4, "FT using PSK"),
    (5, "WPA (SHA256)"),
    (6, "PSK (SHA256)"),
    (8, "SAE (SHA256)"),
    (9, "FT using SAE (SHA256)"),
    (12, "WPA (SHA384-SuiteB)"),
    (18, "Opportunistic Wireless Encryption"),
];

fields! {
    TYPE_SUBTYPE = FieldDef::uint("wlan.fc.type_subtype", "Type/Subtype", 16).hex().values(TYPE_NAMES).about("What kind of frame it is: type and subtype together. IEEE 802.11, 9.2.4.1.3.");
    FC = FieldDef::uint("wlan.fc", "Frame Control Field", 16).hex().about("Kind of the frame, and how its addresses are to be read. IEEE 802.11, 9.2.4.1.");
    VERSION = FieldDef::uint("wlan.fc.version", "Version", 8).mask(0x03).about("Always 0 outside of the sub-1-GHz standard. IEEE 802.11, 9.2.4.1.2.");
    TYPE = FieldDef::uint("wlan.fc.type", "Type", 8).mask(0x0c).values(&[(0, "Management frame"), (1, "Control frame"), (2, "Data frame"), (3, "Extension frame")]).about("Management of the network, control of the air, or data. IEEE 802.11, 9.2.4.1.3.");
    SUBTYPE = FieldDef::uint("wlan.fc.subtype", "Subtype", 8).mask(0xf0).about("Which frame of its type it is. IEEE 802.11, 9.2.4.1.3.");
    FLAGS = FieldDef::uint("wlan.flags", "Flags", 8).hex().about("Eight flags. IEEE 802.11, 9.2.4.1.");
    DS = FieldDef::uint("wlan.fc.ds", "DS status", 8).hex().mask(0x03).values(&[(0, "Not leaving the DS, or between stations"), (1, "From a station to the DS through an access point"), (2, "From the DS to a station through an access point"), (3, "Between access points (four addresses)")]).about("Which way the frame goes between the air and the wired network. IEEE 802.11, 9.2.4.1.4.");
    TODS = FieldDef::flag("wlan.fc.tods", "To DS", 8, 0x1).about("The frame is for the wired network. IEEE 802.11, 9.2.4.1.4.");
    FROMDS = FieldDef::flag("wlan.fc.fromds", "From DS", 8, 0x2).about("The frame comes from the wired network. IEEE 802.11, 9.2.4.1.4.");
    MORE_FRAG = FieldDef::flag("wlan.fc.frag", "More Fragments", 8, 0x4).about("Further fragments of the same frame follow. IEEE 802.11, 9.2.4.1.5.");
    RETRY = FieldDef::flag("wlan.fc.retry", "Retry", 8, 0x8).about("The frame was sent before and not acknowledged. IEEE 802.11, 9.2.4.1.6.");
    PWRMGT = FieldDef::flag("wlan.fc.pwrmgt", "PWR MGT", 8, 0x10).about("The sender sleeps after this frame. IEEE 802.11, 9.2.4.1.7.");
    MOREDATA = FieldDef::flag("wlan.fc.moredata", "More Data", 8, 0x20).about("More frames wait for the receiver. IEEE 802.11, 9.2.4.1.8.");
    PROTECTED = FieldDef::flag("wlan.fc.protected", "Protected flag", 8, 0x40).about("The body is encrypted. IEEE 802.11, 9.2.4.1.9.");
    ORDER = FieldDef::flag("wlan.fc.order", "+HTC/Order flag", 8, 0x80).about("A field of 802.11n control is there, or frames must keep their order. IEEE 802.11, 9.2.4.1.10.");
    DURATION = FieldDef::uint("wlan.duration", "Duration", 16).mask(0x7fff).about("Microseconds that the air is taken for after this frame. IEEE 802.11, 9.2.4.2.");
    AID = FieldDef::uint("wlan.aid", "Association ID", 16).mask(0x3fff).about("The station's number at its access point. IEEE 802.11, 9.2.4.2.");
    ADDR = FieldDef::mac("wlan.addr", "Hardware address").about("Any address of the frame. IEEE 802.11, 9.2.4.3.");
    RA = FieldDef::mac("wlan.ra", "Receiver address").also(&[&ADDR]).about("The station that shall take the frame from the air. IEEE 802.11, 9.2.4.3.");
    DA = FieldDef::mac("wlan.da", "Destination address").also(&[&ADDR]).about("The station that the payload is for. IEEE 802.11, 9.2.4.3.");
    TA = FieldDef::mac("wlan.ta", "Transmitter address").also(&[&ADDR]).about("The station that sent the frame through the air. IEEE 802.11, 9.2.4.3.");
    SA = FieldDef::mac("wlan.sa", "Source address").also(&[&ADDR]).about("The station that the payload comes from. IEEE 802.11, 9.2.4.3.");
    BSSID = FieldDef::mac("wlan.bssid", "BSS Id").also(&[&ADDR]).about("The wireless network: the address of its access point. IEEE 802.11, 9.2.4.3.");
    FRAG = FieldDef::uint("wlan.frag", "Fragment number", 16).mask(0x000f).about("Which fragment of a frame it is, from 0. IEEE 802.11, 9.2.4.4.3.");
    SEQ = FieldDef::uint("wlan.seq", "Sequence number", 16).mask(0xfff0).about("The same when a frame is repeated, so that it counts once. IEEE 802.11, 9.2.4.4.2.");
    QOS = FieldDef::uint("wlan.qos", "Qos Control", 16).hex().about("How urgent the frame is, and how it is acknowledged. IEEE 802.11, 9.2.4.5.");
    TID = FieldDef::uint("wlan.qos.tid", "TID", 16).mask(0x000f).about("Which of the streams between two stations. IEEE 802.11, 9.2.4.5.2.");
    PRIORITY = FieldDef::uint("wlan.qos.priority", "Priority", 16).mask(0x0007).values(&[(0, "Best Effort (Best Effort)"), (1, "Background (Background)"), (2, "Spare (Background)"), (3, "Excellent Effort (Best Effort)"), (4, "Controlled Load (Video)"), (5, "Video (Video)"), (6, "Voice (Voice)"), (7, "Network Control (Voice)")]).about("Class of the traffic. IEEE 802.11, 9.2.4.5.2.");
    EOSP = FieldDef::flag("wlan.qos.eosp", "EOSP", 16, 0x0010).about("The period in which a sleeping station is served ends. IEEE 802.11, 9.2.4.5.3.");
    BIT4 = FieldDef::flag("wlan.qos.bit4", "QoS bit 4", 16, 0x0010).about("Whether the upper byte is a queue size or a duration. IEEE 802.11, 9.2.4.5.1.");
    ACK = FieldDef::uint("wlan.qos.ack", "Ack Policy", 16).hex().mask(0x0060).values(&[(0, "Normal Ack"), (1, "No Ack"), (2, "No explicit acknowledgment"), (3, "Block Ack")]).about("Whether and how the receiver acknowledges. IEEE 802.11, 9.2.4.5.4.");
    AMSDU = FieldDef::flag("wlan.qos.amsdupresent", "Payload Type", 16, 0x0080).values(&[(0, "MSDU"), (1, "A-MSDU")]).about("Whether several packets are in the frame. IEEE 802.11, 9.2.4.5.9.");
    TXOP_LIMIT = FieldDef::uint("wlan.qos.txop_limit", "TXOP Limit", 16).mask(0xff00).about("How long a polled station may send. IEEE 802.11, 9.2.4.5.5.");
    PS_BUF_STATE = FieldDef::uint("wlan.qos.ps_buf_state", "QAP PS Buffer State", 16).hex().mask(0xff00).about("What waits at the access point for a sleeping station. IEEE 802.11, 9.2.4.5.8.");
    TXOP_DUR = FieldDef::uint("wlan.qos.txop_dur_req", "TXOP Duration Requested", 16).mask(0xff00).about("How long the station wants to send. IEEE 802.11, 9.2.4.5.7.");
    QUEUE_SIZE = FieldDef::uint("wlan.qos.queue_size", "Queue Size", 16).mask(0xff00).about("How much waits at the station. IEEE 802.11, 9.2.4.5.6.");
    HTC = FieldDef::uint("wlan.htc", "HT Control (+HTC)", 32).hex().about("Control of several antennas and of power in 802.11n and later. IEEE 802.11, 9.2.4.6.");
    MESH = FieldDef::group("wlan.mesh.control_field", "Mesh Control Field").about("How a frame travels through a mesh. IEEE 802.11, 9.2.4.8.3.");
    MESH_FLAGS = FieldDef::uint("wlan.fixed.mesh_flags", "Mesh Flags", 8).hex().about("How many addresses follow. IEEE 802.11, 9.2.4.8.3.");
    MESH_TTL = FieldDef::uint("wlan.fixed.mesh_ttl", "Mesh TTL", 8).about("Hops that the frame may still take. IEEE 802.11, 9.2.4.8.3.");
    MESH_SEQ = FieldDef::uint("wlan.fixed.mesh_sequence", "Mesh Sequence Number", 32).hex().about("Tells repeated frames of a mesh apart. IEEE 802.11, 9.2.4.8.3.");
    MESH_ADDR = FieldDef::bytes("wlan.fixed.mesh_addr", "Mesh Extended Addresses").about("The ends that lie outside of the mesh. IEEE 802.11, 9.2.4.8.3.");
    FCS = FieldDef::uint("wlan.fcs", "Frame check sequence", 32).hex().about("CRC-32 over header and body. IEEE 802.11, 9.2.4.8.");
    FCS_STATUS = crate::decode::checks::status_field("wlan.fcs.status");
    IV = FieldDef::uint("wlan.wep.iv", "Initialization Vector", 24).hex().about("Changes the key from frame to frame; sent in the clear. IEEE 802.11, 12.3.2.2.");
    KEY = FieldDef::uint("wlan.wep.key", "Key Index", 8).mask(0xc0).about("Which of four keys was used. IEEE 802.11, 12.3.2.2.");
    ICV = FieldDef::uint("wlan.wep.icv", "WEP ICV", 32).hex().about("Encrypted CRC-32 of the body. IEEE 802.11, 12.3.2.2.");
    TKIP = FieldDef::text("wlan.tkip.extiv", "TKIP Ext. Initialization Vector").about("Number of the frame under its key. IEEE 802.11, 12.5.2.2.");
    CCMP = FieldDef::text("wlan.ccmp.extiv", "CCMP Ext. Initialization Vector").about("Number of the frame under its key. IEEE 802.11, 12.5.3.2.");
    BA_CONTROL = FieldDef::uint("wlan.ba.control", "Block Ack Control", 16).hex().about("What kind of block acknowledgement it is. IEEE 802.11, 9.3.1.8.");
    BA_POLICY = FieldDef::flag("wlan.ba.control.ackpolicy", "BA Ack Policy", 16, 0x0001).values(&[(0, "Immediate acknowledgment"), (1, "No acknowledgment")]).about("Whether this frame is acknowledged itself. IEEE 802.11, 9.3.1.8.");
    BA_TYPE = FieldDef::uint("wlan.ba.control.ba_type", "BA Type", 16).hex().mask(0x001e).values(&[(0, "Basic BlockAck"), (1, "Extended Compressed BlockAck"), (2, "Compressed BlockAck"), (3, "Multi-TID BlockAck"), (6, "GCR BlockAck"), (10, "GLK-GCR BlockAck"), (11, "Multi-STA BlockAck")]).about("Form of the bitmap. IEEE 802.11, 9.3.1.8.");
    BA_TID = FieldDef::uint("wlan.ba.basic.tidinfo", "TID", 16).hex().mask(0xf000).about("Which stream is acknowledged. IEEE 802.11, 9.3.1.8.");
    SSC = FieldDef::uint("wlan.fixed.ssc", "Block Ack Starting Sequence Control (SSC)", 16).hex().about("The first frame that the bitmap tells of. IEEE 802.11, 9.3.1.8.");
    SSC_FRAGMENT = FieldDef::uint("wlan.fixed.ssc.fragment", "Fragment", 16).mask(0x000f).about("Always 0, or the size of the bitmap. IEEE 802.11, 9.3.1.8.");
    SSC_SEQUENCE = FieldDef::uint("wlan.fixed.ssc.sequence", "Starting Sequence Number", 16).mask(0xfff0).about("Sequence number of that frame. IEEE 802.11, 9.3.1.8.");
    BITMAP = FieldDef::bytes("wlan.ba.bm", "Block Ack Bitmap").about("A bit for each frame that arrived. IEEE 802.11, 9.3.1.8.");
    NDP_TOKEN = FieldDef::uint("wlan.vht_ndp.token", "Sounding Dialog Token", 8).hex().about("Ties the sounding to its report. IEEE 802.11, 9.3.1.19.");
    FIXED = FieldDef::group("wlan.fixed.all", "Fixed parameters").about("What every frame of this kind has. IEEE 802.11, 9.3.3.");
    TIMESTAMP = FieldDef::uint("wlan.fixed.timestamp", "Timestamp", 64).about("The access point's clock, in microseconds. IEEE 802.11, 9.4.1.10.");
    BEACON = FieldDef::uint("wlan.fixed.beacon", "Beacon Interval", 16).about("Time between beacons, in units of 1024 microseconds. IEEE 802.11, 9.4.1.3.");
    CAPABILITIES = FieldDef::uint("wlan.fixed.capabilities", "Capabilities Information", 16).hex().about("What the sender can do. IEEE 802.11, 9.4.1.4.");
    ESS = FieldDef::flag("wlan.fixed.capabilities.ess", "ESS capabilities", 16, 0x1).about("The sender is an access point. IEEE 802.11, 9.4.1.4.");
    IBSS = FieldDef::flag("wlan.fixed.capabilities.ibss", "IBSS status", 16, 0x2).about("The sender is in a network without access point. IEEE 802.11, 9.4.1.4.");
    PRIVACY = FieldDef::flag("wlan.fixed.capabilities.privacy", "Privacy", 16, 0x10).about("Data are encrypted. IEEE 802.11, 9.4.1.4.");
    SHORT_PREAMBLE = FieldDef::flag("wlan.fixed.capabilities.short_preamble", "Short Preamble", 16, 0x20).about("Short preambles may be used. IEEE 802.11, 9.4.1.4.");
    SPECTRUM = FieldDef::flag("wlan.fixed.capabilities.spec_man", "Spectrum Management", 16, 0x100).about("The sender measures and changes channels when asked. IEEE 802.11, 9.4.1.4.");
    CAP_QOS = FieldDef::flag("wlan.fixed.capabilities.qos", "QoS", 16, 0x200).about("Classes of traffic are known. IEEE 802.11, 9.4.1.4.");
    SHORT_SLOT = FieldDef::flag("wlan.fixed.capabilities.short_slot_time", "Short Slot Time", 16, 0x400).about("Short slots are used. IEEE 802.11, 9.4.1.4.");
    APSD = FieldDef::flag("wlan.fixed.capabilities.apsd", "Automatic Power Save Delivery", 16, 0x800).about("Sleeping stations are served by a plan. IEEE 802.11, 9.4.1.4.");
    RADIO = FieldDef::flag("wlan.fixed.capabilities.radio_measurement", "Radio Measurement", 16, 0x1000).about("The sender measures the air when asked. IEEE 802.11, 9.4.1.4.");
    LISTEN = FieldDef::uint("wlan.fixed.listen_ival", "Listen Interval", 16).hex().about("Beacons that the station may sleep through. IEEE 802.11, 9.4.1.6.");
    CURRENT_AP = FieldDef::mac("wlan.fixed.current_ap", "Current AP").about("The access point that the station leaves. IEEE 802.11, 9.4.1.8.");
    STATUS = FieldDef::uint("wlan.fixed.status_code", "Status code", 16).hex().values(STATUS_NAMES).about("Whether the request was granted, or why not. IEEE 802.11, 9.4.1.9.");
    FIXED_AID = FieldDef::uint("wlan.fixed.aid", "Association ID", 16).hex().mask(0x3fff).about("The station's number at its access point. IEEE 802.11, 9.4.1.8.");
    REASON = FieldDef::uint("wlan.fixed.reason_code", "Reason code", 16).hex().values(REASON_NAMES).about("Why the station is put out or leaves. IEEE 802.11, 9.4.1.7.");
    AUTH_ALG = FieldDef::uint("wlan.fixed.auth.alg", "Authentication Algorithm", 16).values(&[(0, "Open System"), (1, "Shared key"), (2, "Fast BSS Transition"), (3, "Simultaneous Authentication of Equals (SAE)"), (4, "FILS shared key"), (5, "FILS shared key with PFS"), (6, "FILS public key"), (128, "Network EAP")]).about("How the station shows who it is. IEEE 802.11, 9.4.1.1.");
    AUTH_SEQ = FieldDef::uint("wlan.fixed.auth_seq", "Authentication SEQ", 16).hex().about("Which step of it this is. IEEE 802.11, 9.4.1.2.");
    CATEGORY = FieldDef::uint("wlan.fixed.category_code", "Category code", 8).values(&[(0, "Spectrum Management"), (1, "Quality of Service"), (2, "Direct-Link Setup"), (3, "Block Ack"), (4, "Public Action"), (5, "Radio Measurement"), (6, "Fast BSS Transition"), (7, "High Throughput"), (8, "SA Query"), (9, "Protected Dual of Public Action"), (10, "WNM"), (11, "Unprotected WNM"), (12, "TDLS"), (13, "Mesh"), (14, "Multihop"), (15, "Self-protected"), (16, "DMG"), (17, "Management Notification"), (18, "Fast Session Transfer"), (19, "Robust AV Streaming"), (20, "Unprotected DMG"), (21, "VHT"), (126, "Vendor-specific Protected"), (127, "Vendor Specific")]).about("What the action is about. IEEE 802.11, 9.4.1.11.");
    ACTION = FieldDef::uint("wlan.fixed.action_code", "Action code", 8).about("Which action of its category it is. IEEE 802.11, 9.6.");
    TAGGED = FieldDef::group("wlan.tagged.all", "Tagged parameters").about("What follows, each with its kind and length. IEEE 802.11, 9.4.2.");
    TAG = FieldDef::group("wlan.tag", "Tag").about("One element. IEEE 802.11, 9.4.2.1.");
    TAG_NUMBER = FieldDef::uint("wlan.tag.number", "Tag Number", 8).values(TAG_NAMES).about("What kind of element it is. IEEE 802.11, 9.4.2.1.");
    TAG_LENGTH = FieldDef::uint("wlan.tag.length", "Tag length", 8).about("Bytes of its value. IEEE 802.11, 9.4.2.1.");
    TAG_DATA = FieldDef::bytes("wlan.tag.data", "Tag Data").about("Its value. IEEE 802.11, 9.4.2.");
    SSID = FieldDef::text("wlan.ssid", "SSID").about("Name of the wireless network; empty when any is meant or it is hidden. IEEE 802.11, 9.4.2.2.");
    RATES = FieldDef::uint("wlan.supported_rates", "Supported Rates", 8).hex().about("A rate in half megabits a second; the upper bit marks those that everybody must know. IEEE 802.11, 9.4.2.3.");
    EXTENDED_RATES = FieldDef::uint("wlan.extended_supported_rates", "Extended Supported Rates", 8).hex().about("A rate in half megabits a second, beyond the first eight. IEEE 802.11, 9.4.2.13.");
    CHANNEL = FieldDef::uint("wlan.ds.current_channel", "Current Channel", 8).about("Channel of the network. IEEE 802.11, 9.4.2.4.");
    DTIM_COUNT = FieldDef::uint("wlan.tim.dtim_count", "DTIM count", 8).about("Beacons until groups are served again. IEEE 802.11, 9.4.2.6.");
    DTIM_PERIOD = FieldDef::uint("wlan.tim.dtim_period", "DTIM period", 8).about("Beacons between that. IEEE 802.11, 9.4.2.6.");
    TIM_CONTROL = FieldDef::uint("wlan.tim.bmapctl", "Bitmap control", 8).hex().about("Whether frames for groups wait, and where the bitmap begins. IEEE 802.11, 9.4.2.6.");
    TIM_BITMAP = FieldDef::bytes("wlan.tim.partial_virtual_bitmap", "Partial Virtual Bitmap").about("A bit for each station that frames wait for. IEEE 802.11, 9.4.2.6.");
    COUNTRY = FieldDef::text("wlan.country_info.code", "Code").about("The country whose rules hold. IEEE 802.11, 9.4.2.9.");
    RSN_VERSION = FieldDef::uint("wlan.rsn.version", "RSN Version", 16).about("Version of the protection: 1. IEEE 802.11, 9.4.2.25.");
    RSN_GROUP = FieldDef::uint("wlan.rsn.gcs.type", "Group Cipher Suite type", 8).values(CIPHER_NAMES).about("How frames for groups are encrypted. IEEE 802.11, 9.4.2.25.");
    RSN_PAIR_COUNT = FieldDef::uint("wlan.rsn.pcs.count", "Pairwise Cipher Suite Count", 16).about("How many follow. IEEE 802.11, 9.4.2.25.");
    RSN_PAIR = FieldDef::uint("wlan.rsn.pcs.type", "Pairwise Cipher Suite type", 8).values(CIPHER_NAMES).about("How frames for one station may be encrypted. IEEE 802.11, 9.4.2.25.");
    RSN_AKM_COUNT = FieldDef::uint("wlan.rsn.akms.count", "Auth Key Management (AKM) Suite Count", 16).about("How many follow. IEEE 802.11, 9.4.2.25.");
    RSN_AKM = FieldDef::uint("wlan.rsn.akms.type", "Auth Key Management (AKM) type", 8).values(AKM_NAMES).about("How keys may be agreed. IEEE 802.11, 9.4.2.25.");
    RSN_CAPABILITIES = FieldDef::uint("wlan.rsn.capabilities", "RSN Capabilities", 16).hex().about("What the protection can do. IEEE 802.11, 9.4.2.25.");
    TAG_OUI = FieldDef::uint("wlan.tag.oui", "OUI", 24).hex().values(&[(0x00_037f, "Atheros"), (0x00_0c43, "Ralink"), (0x00_1018, "Broadcom"), (0x00_4096, "Cisco Aironet"), (0x00_50f2, "Microsoft"), (0x00_904c, "Epigram"), (0x50_6f9a, "Wi-Fi Alliance")]).about("Whose element it is. IEEE 802.11, 9.4.2.26.");
    TAG_VENDOR_TYPE = FieldDef::uint("wlan.tag.vendor.oui.type", "Vendor Specific OUI Type", 8).about("Which of the vendor's elements. IEEE 802.11, 9.4.2.26.");
    TAG_VENDOR_DATA = FieldDef::bytes("wlan.tag.vendor.data", "Vendor Specific Data").about("The vendor's value. IEEE 802.11, 9.4.2.26.");
}

/// The flags of frame control.
pub(super) static FLAG_BITS: &[&FieldDef] =
    &[&TODS, &FROMDS, &MORE_FRAG, &RETRY, &PWRMGT, &MOREDATA, &PROTECTED, &ORDER];
/// The bits of capabilities.
pub(super) static CAPABILITY_BITS: &[&FieldDef] =
    &[&ESS, &IBSS, &PRIVACY, &SHORT_PREAMBLE, &SPECTRUM, &CAP_QOS, &SHORT_SLOT, &APSD, &RADIO];
