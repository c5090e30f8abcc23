//! The fields of a radiotap header.

use crate::decode::FieldDef;
use crate::decode::field::fields;

fields! {
    VERSION = FieldDef::uint("radiotap.version", "Header revision", 8).about("Always 0. radiotap.org, Header.");
    PAD = FieldDef::uint("radiotap.pad", "Header pad", 8).about("Filling, so that the length lies even. radiotap.org, Header.");
    LENGTH = FieldDef::uint("radiotap.length", "Header length", 16).about("Bytes of this header, fields included: the frame is behind it. radiotap.org, Header.");
    PRESENT = FieldDef::group("radiotap.present", "Present flags").about("Which fields follow. radiotap.org, Header.");
    PRESENT_WORD = FieldDef::uint("radiotap.present.word", "Present flags word", 32).hex().about("A bit for each field that follows; the last bit says that another word follows. radiotap.org, Header.");
    HAS_TSFT = FieldDef::flag("radiotap.present.tsft", "TSFT", 32, 0x1).about("The header holds this. radiotap.org, Header.");
    HAS_FLAGS = FieldDef::flag("radiotap.present.flags", "Flags", 32, 0x2).about("The header holds this. radiotap.org, Header.");
    HAS_RATE = FieldDef::flag("radiotap.present.rate", "Rate", 32, 0x4).about("The header holds this. radiotap.org, Header.");
    HAS_CHANNEL = FieldDef::flag("radiotap.present.channel", "Channel", 32, 0x8).about("The header holds this. radiotap.org, Header.");
    HAS_FHSS = FieldDef::flag("radiotap.present.fhss", "FHSS", 32, 0x10).about("The header holds this. radiotap.org, Header.");
    HAS_DBM_ANTSIGNAL = FieldDef::flag("radiotap.present.dbm_antsignal", "dBm Antenna Signal", 32, 0x20).about("The header holds this. radiotap.org, Header.");
    HAS_DBM_ANTNOISE = FieldDef::flag("radiotap.present.dbm_antnoise", "dBm Antenna Noise", 32, 0x40).about("The header holds this. radiotap.org, Header.");
    HAS_LOCK_QUALITY = FieldDef::flag("radiotap.present.lock_quality", "Lock Quality", 32, 0x80).about("The header holds this. radiotap.org, Header.");
    HAS_TX_ATTENUATION = FieldDef::flag("radiotap.present.tx_attenuation", "TX Attenuation", 32, 0x100).about("The header holds this. radiotap.org, Header.");
    HAS_DB_TX_ATTENUATION = FieldDef::flag("radiotap.present.db_tx_attenuation", "dB TX Attenuation", 32, 0x200).about("The header holds this. radiotap.org, Header.");
    HAS_DBM_TX_POWER = FieldDef::flag("radiotap.present.dbm_tx_power", "dBm TX Power", 32, 0x400).about("The header holds this. radiotap.org, Header.");
    HAS_ANTENNA = FieldDef::flag("radiotap.present.antenna", "Antenna", 32, 0x800).about("The header holds this. radiotap.org, Header.");
    HAS_DB_ANTSIGNAL = FieldDef::flag("radiotap.present.db_antsignal", "dB Antenna Signal", 32, 0x1000).about("The header holds this. radiotap.org, Header.");
    HAS_DB_ANTNOISE = FieldDef::flag("radiotap.present.db_antnoise", "dB Antenna Noise", 32, 0x2000).about("The header holds this. radiotap.org, Header.");
    HAS_RXFLAGS = FieldDef::flag("radiotap.present.rxflags", "RX flags", 32, 0x4000).about("The header holds this. radiotap.org, Header.");
    HAS_TXFLAGS = FieldDef::flag("radiotap.present.txflags", "TX flags", 32, 0x8000).about("The header holds this. radiotap.org, Header.");
    HAS_DATA_RETRIES = FieldDef::flag("radiotap.present.data_retries", "data retries", 32, 0x20000).about("The header holds this. radiotap.org, Header.");
    HAS_XCHANNEL = FieldDef::flag("radiotap.present.xchannel", "Channel+", 32, 0x40000).about("The header holds this. radiotap.org, Header.");
    HAS_MCS = FieldDef::flag("radiotap.present.mcs", "MCS information", 32, 0x80000).about("The header holds this. radiotap.org, Header.");
    HAS_AMPDU = FieldDef::flag("radiotap.present.ampdu", "A-MPDU Status", 32, 0x100000).about("The header holds this. radiotap.org, Header.");
    HAS_VHT = FieldDef::flag("radiotap.present.vht", "VHT information", 32, 0x200000).about("The header holds this. radiotap.org, Header.");
    HAS_TIMESTAMP = FieldDef::flag("radiotap.present.timestamp", "frame timestamp", 32, 0x400000).about("The header holds this. radiotap.org, Header.");
    HAS_HE = FieldDef::flag("radiotap.present.he", "HE information", 32, 0x800000).about("The header holds this. radiotap.org, Header.");
    HAS_HE_MU = FieldDef::flag("radiotap.present.he_mu", "HE-MU information", 32, 0x1000000).about("The header holds this. radiotap.org, Header.");
    HAS_ZERO_LENGTH_PSDU = FieldDef::flag("radiotap.present.0_length.psdu", "0 Length PSDU", 32, 0x4000000).about("The header holds this. radiotap.org, Header.");
    HAS_L_SIG = FieldDef::flag("radiotap.present.l_sig", "L-SIG", 32, 0x8000000).about("The header holds this. radiotap.org, Header.");
    HAS_TLV = FieldDef::flag("radiotap.present.tlv", "TLVs", 32, 0x10000000).about("How the header goes on. radiotap.org, Header.");
    HAS_RTAP_NS = FieldDef::flag("radiotap.present.rtap_ns", "Radiotap NS next", 32, 0x20000000).about("How the header goes on. radiotap.org, Header.");
    HAS_VENDOR_NS = FieldDef::flag("radiotap.present.vendor_ns", "Vendor NS next", 32, 0x40000000).about("How the header goes on. radiotap.org, Header.");
    HAS_EXT = FieldDef::flag("radiotap.present.ext", "Ext", 32, 0x80000000).about("How the header goes on. radiotap.org, Header.");
    MACTIME = FieldDef::uint("radiotap.mactime", "MAC timestamp", 64).about("The card's clock in microseconds when the first bit arrived. radiotap.org, TSFT.");
    FLAGS = FieldDef::uint("radiotap.flags", "Flags", 8).hex().about("How the frame was sent, and how its bytes are kept. radiotap.org, Flags.");
    F_CFP = FieldDef::flag("radiotap.flags.cfp", "CFP", 8, 0x1).about("Sent in the contention-free period. radiotap.org, Flags.");
    F_PREAMBLE = FieldDef::flag("radiotap.flags.preamble", "Preamble", 8, 0x2).about("Sent with the short preamble. radiotap.org, Flags.");
    F_WEP = FieldDef::flag("radiotap.flags.wep", "WEP", 8, 0x4).about("Encrypted with WEP. radiotap.org, Flags.");
    F_FRAG = FieldDef::flag("radiotap.flags.frag", "Fragmentation", 8, 0x8).about("Part of a fragmented frame. radiotap.org, Flags.");
    F_AT_END = FieldDef::flag("radiotap.flags.fcs", "FCS at end", 8, 0x10).about("The frame's check sequence was kept: its last four bytes. radiotap.org, Flags.");
    F_DATAPAD = FieldDef::flag("radiotap.flags.datapad", "Data Pad", 8, 0x20).about("The 802.11 header is filled up to a multiple of four bytes. radiotap.org, Flags.");
    F_BADFCS = FieldDef::flag("radiotap.flags.badfcs", "Bad FCS", 8, 0x40).about("The card found the check sequence wrong. radiotap.org, Flags.");
    F_SHORTGI = FieldDef::flag("radiotap.flags.shortgi", "Short GI", 8, 0x80).about("Sent with the short guard interval. radiotap.org, Flags.");
    RATE = FieldDef::float("radiotap.datarate", "Data rate (Mb/s)").about("Megabits a second that the frame was sent with. radiotap.org, Rate.");
    CHANNEL_FREQ = FieldDef::uint("radiotap.channel.freq", "Channel frequency", 16).about("Frequency in MHz that the card listened on. radiotap.org, Channel.");
    CHANNEL_FLAGS = FieldDef::uint("radiotap.channel.flags", "Channel flags", 16).hex().about("What kind of channel it is. radiotap.org, Channel.");
    C_700MHZ = FieldDef::flag("radiotap.channel.flags.700mhz", "700 MHz spectrum", 16, 0x1).about("Kind of the channel. radiotap.org, Channel.");
    C_800MHZ = FieldDef::flag("radiotap.channel.flags.800mhz", "800 MHz spectrum", 16, 0x2).about("Kind of the channel. radiotap.org, Channel.");
    C_900MHZ = FieldDef::flag("radiotap.channel.flags.900mhz", "900 MHz spectrum", 16, 0x4).about("Kind of the channel. radiotap.org, Channel.");
    C_TURBO = FieldDef::flag("radiotap.channel.flags.turbo", "Turbo", 16, 0x10).about("Kind of the channel. radiotap.org, Channel.");
    C_CCK = FieldDef::flag("radiotap.channel.flags.cck", "Complementary Code Keying (CCK)", 16, 0x20).about("Kind of the channel. radiotap.org, Channel.");
    C_OFDM = FieldDef::flag("radiotap.channel.flags.ofdm", "Orthogonal Frequency-Division Multiplexing (OFDM)", 16, 0x40).about("Kind of the channel. radiotap.org, Channel.");
    C_2GHZ = FieldDef::flag("radiotap.channel.flags.2ghz", "2 GHz spectrum", 16, 0x80).about("Kind of the channel. radiotap.org, Channel.");
    C_5GHZ = FieldDef::flag("radiotap.channel.flags.5ghz", "5 GHz spectrum", 16, 0x100).about("Kind of the channel. radiotap.org, Channel.");
    C_PASSIVE = FieldDef::flag("radiotap.channel.flags.passive", "Passive", 16, 0x200).about("Kind of the channel. radiotap.org, Channel.");
    C_DYNAMIC = FieldDef::flag("radiotap.channel.flags.dynamic", "Dynamic CCK-OFDM", 16, 0x400).about("Kind of the channel. radiotap.org, Channel.");
    C_GFSK = FieldDef::flag("radiotap.channel.flags.gfsk", "Gaussian Frequency Shift Keying (GFSK)", 16, 0x800).about("Kind of the channel. radiotap.org, Channel.");
    C_GSM = FieldDef::flag("radiotap.channel.flags.gsm", "GSM (900MHz)", 16, 0x1000).about("Kind of the channel. radiotap.org, Channel.");
    C_STURBO = FieldDef::flag("radiotap.channel.flags.sturbo", "Static Turbo", 16, 0x2000).about("Kind of the channel. radiotap.org, Channel.");
    C_HALF = FieldDef::flag("radiotap.channel.flags.half", "Half Rate Channel (10MHz Channel Width)", 16, 0x4000).about("Kind of the channel. radiotap.org, Channel.");
    C_QUARTER = FieldDef::flag("radiotap.channel.flags.quarter", "Quarter Rate Channel (5MHz Channel Width)", 16, 0x8000).about("Kind of the channel. radiotap.org, Channel.");
    HOPSET = FieldDef::uint("radiotap.fhss.hopset", "FHSS Hop Set", 8).about("Set of frequencies that a hopping radio used. radiotap.org, FHSS.");
    PATTERN = FieldDef::uint("radiotap.fhss.pattern", "FHSS Pattern", 8).about("Order of the frequencies that a hopping radio used. radiotap.org, FHSS.");
    DBM_SIGNAL = FieldDef::int("radiotap.dbm_antsignal", "Antenna signal", 8).about("Strength of the signal, in decibels from a milliwatt. radiotap.org, Antenna signal.");
    DBM_NOISE = FieldDef::int("radiotap.dbm_antnoise", "Antenna noise", 8).about("Strength of the noise, in decibels from a milliwatt. radiotap.org, Antenna noise.");
    QUALITY = FieldDef::uint("radiotap.quality", "Signal Quality", 16).about("How well the Barker code was met; has no unit. radiotap.org, Lock quality.");
    TX_ATTENUATION = FieldDef::uint("radiotap.txattenuation", "TX attenuation", 16).about("How much less than the most was sent with; has no unit. radiotap.org, TX attenuation.");
    DB_TX_ATTENUATION = FieldDef::uint("radiotap.db_txattenuation", "dB TX attenuation", 16).about("How many decibels less than the most was sent with. radiotap.org, dB TX attenuation.");
    TX_POWER = FieldDef::int("radiotap.txpower", "Transmit power", 8).about("Power sent with, in decibels from a milliwatt. radiotap.org, dBm TX power.");
    ANTENNA = FieldDef::uint("radiotap.antenna", "Antenna", 8).about("Which antenna was used, counted from 0. radiotap.org, Antenna.");
    DB_SIGNAL = FieldDef::uint("radiotap.db_antsignal", "dB antenna signal", 8).about("Strength of the signal, in decibels from a fixed point. radiotap.org, dB antenna signal.");
    DB_NOISE = FieldDef::uint("radiotap.db_antnoise", "dB antenna noise", 8).about("Strength of the noise, in decibels from a fixed point. radiotap.org, dB antenna noise.");
    RX_FLAGS = FieldDef::uint("radiotap.rxflags", "RX flags", 16).hex().about("How the frame was received. radiotap.org, RX flags.");
    RX_BADPLCP = FieldDef::flag("radiotap.rxflags.badplcp", "Bad PLCP", 16, 0x2).about("The header of the radio layer failed its check. radiotap.org, RX flags.");
    TX_FLAGS = FieldDef::uint("radiotap.txflags", "TX flags", 16).hex().about("How the frame was sent, or shall be. radiotap.org, TX flags.");
    RTS_RETRIES = FieldDef::uint("radiotap.rts_retries", "RTS retries", 8).about("How often the request to send was repeated. radiotap.org, RTS retries.");
    DATA_RETRIES = FieldDef::uint("radiotap.data_retries", "data retries", 8).about("How often the frame was repeated. radiotap.org, data retries.");
    X_FLAGS = FieldDef::uint("radiotap.xchannel.flags", "Channel flags", 32).hex().about("What kind of channel it is. radiotap.org, XChannel.");
    X_FREQ = FieldDef::uint("radiotap.xchannel.freq", "Channel frequency", 16).about("Frequency in MHz. radiotap.org, XChannel.");
    X_CHANNEL = FieldDef::uint("radiotap.xchannel.channel", "Channel number", 8).about("Number of the channel. radiotap.org, XChannel.");
    X_POWER = FieldDef::uint("radiotap.xchannel.max_power", "Most power", 8).about("Most power that may be sent with, in half decibels from a milliwatt. radiotap.org, XChannel.");
    MCS = FieldDef::group("radiotap.mcs", "MCS information").about("How an 802.11n frame was sent. radiotap.org, MCS.");
    MCS_KNOWN = FieldDef::uint("radiotap.mcs.known", "Known MCS information", 8).hex().about("Which of the values that follow mean something. radiotap.org, MCS.");
    MCS_BW = FieldDef::uint("radiotap.mcs.bw", "Bandwidth", 8).mask(0x03).values(&[(0, "20 MHz"), (1, "40 MHz"), (2, "20 MHz lower"), (3, "20 MHz upper")]).about("Width of the channel. radiotap.org, MCS.");
    MCS_GI = FieldDef::uint("radiotap.mcs.gi", "Guard interval", 8).mask(0x04).values(&[(0, "long"), (1, "short")]).about("Pause between symbols. radiotap.org, MCS.");
    MCS_FORMAT = FieldDef::uint("radiotap.mcs.format", "Format", 8).mask(0x08).values(&[(0, "mixed"), (1, "greenfield")]).about("Whether older stations understand the preamble. radiotap.org, MCS.");
    MCS_FEC = FieldDef::uint("radiotap.mcs.fec", "FEC type", 8).mask(0x10).values(&[(0, "BCC"), (1, "LDPC")]).about("Code that corrects errors. radiotap.org, MCS.");
    MCS_STBC = FieldDef::uint("radiotap.mcs.stbc", "STBC streams", 8).mask(0x60).about("Streams with space-time block coding. radiotap.org, MCS.");
    MCS_INDEX = FieldDef::uint("radiotap.mcs.index", "MCS index", 8).about("Number of the modulation and coding. radiotap.org, MCS.");
    AMPDU = FieldDef::group("radiotap.ampdu", "A-MPDU status").about("Which frames were sent at once. radiotap.org, A-MPDU status.");
    AMPDU_REFERENCE = FieldDef::uint("radiotap.ampdu.reference", "A-MPDU reference number", 32).about("The same for all frames that were sent at once. radiotap.org, A-MPDU status.");
    AMPDU_FLAGS = FieldDef::uint("radiotap.ampdu.flags", "A-MPDU flags", 16).hex().about("Place among the frames that were sent at once. radiotap.org, A-MPDU status.");
    AMPDU_CRC = FieldDef::uint("radiotap.ampdu.delim_crc", "A-MPDU subframe delimiter CRC", 8).hex().about("Check of the mark before the frame. radiotap.org, A-MPDU status.");
    VHT = FieldDef::group("radiotap.vht", "VHT information").about("How an 802.11ac frame was sent. radiotap.org, VHT.");
    VHT_KNOWN = FieldDef::uint("radiotap.vht.known", "Known VHT information", 16).hex().about("Which of the values that follow mean something. radiotap.org, VHT.");
    VHT_STBC = FieldDef::flag("radiotap.vht.stbc", "STBC", 8, 0x01).about("Space-time block coding of all streams. radiotap.org, VHT.");
    VHT_GI = FieldDef::uint("radiotap.vht.gi", "Guard interval", 8).mask(0x04).values(&[(0, "long"), (1, "short")]).about("Pause between symbols. radiotap.org, VHT.");
    VHT_BEAMFORMED = FieldDef::flag("radiotap.vht.beamformed", "Beamformed", 8, 0x20).about("Sent towards the receiver. radiotap.org, VHT.");
    VHT_BW = FieldDef::uint("radiotap.vht.bw", "Bandwidth", 8).values(&[(0, "20 MHz"), (1, "40 MHz"), (4, "80 MHz"), (11, "160 MHz")]).about("Width of the channel. radiotap.org, VHT.");
    VHT_MCS = FieldDef::uint("radiotap.vht.mcs.0", "MCS index 0", 8).mask(0xf0).about("Modulation and coding of the first user. radiotap.org, VHT.");
    VHT_NSS = FieldDef::uint("radiotap.vht.nss.0", "Spatial streams 0", 8).mask(0x0f).about("Spatial streams of the first user. radiotap.org, VHT.");
    VHT_CODING = FieldDef::uint("radiotap.vht.coding.0", "Coding 0", 8).mask(0x01).values(&[(0, "BCC"), (1, "LDPC")]).about("Code that corrects errors, for the first user. radiotap.org, VHT.");
    VHT_GROUP = FieldDef::uint("radiotap.vht.gid", "Group Id", 8).about("Group of stations that the frame was sent to at once. radiotap.org, VHT.");
    VHT_PARTIAL_AID = FieldDef::uint("radiotap.vht.paid", "Partial AID", 16).about("Short name of the receiver. radiotap.org, VHT.");
    TIMESTAMP = FieldDef::group("radiotap.timestamp", "timestamp information").about("A finer time of the frame. radiotap.org, timestamp.");
    TIMESTAMP_TS = FieldDef::uint("radiotap.timestamp.ts", "timestamp", 64).about("The time, in the unit that is told. radiotap.org, timestamp.");
    TIMESTAMP_ACCURACY = FieldDef::uint("radiotap.timestamp.accuracy", "accuracy", 16).about("How exact the time is. radiotap.org, timestamp.");
    TIMESTAMP_UNIT = FieldDef::uint("radiotap.timestamp.unit", "time unit", 8).mask(0x0f).values(&[(0, "ms"), (1, "us"), (2, "ns")]).about("What the time counts. radiotap.org, timestamp.");
    TIMESTAMP_POSITION = FieldDef::uint("radiotap.timestamp.samplingpos", "sampling position", 8).mask(0xf0).about("Which moment of the frame it is. radiotap.org, timestamp.");
    TIMESTAMP_32BIT = FieldDef::flag("radiotap.timestamp.flags.32bit", "32-bit counter", 8, 0x01).about("Only the lower half of the time counts. radiotap.org, timestamp.");
    TIMESTAMP_HAS_ACCURACY = FieldDef::flag("radiotap.timestamp.flags.accuracy", "accuracy field", 8, 0x02).about("The accuracy is told. radiotap.org, timestamp.");
    HE = FieldDef::bytes("radiotap.he", "HE information").about("How an 802.11ax frame was sent. radiotap.org, HE.");
    HE_MU = FieldDef::bytes("radiotap.he_mu", "HE-MU information").about("How an 802.11ax frame was sent to several stations at once. radiotap.org, HE-MU.");
    HE_MU_USER = FieldDef::bytes("radiotap.he_mu.user", "HE-MU other user").about("What the same frame had for another station. radiotap.org, HE-MU-other-user.");
    ZERO_PSDU = FieldDef::uint("radiotap.0_length.psdu_type", "0-length PSDU type", 8).hex().about("A transmission without a frame: what it was for. radiotap.org, 0-length PSDU.");
    L_SIG = FieldDef::bytes("radiotap.l_sig", "L-SIG").about("Rate and length as older stations read them. radiotap.org, L-SIG.");
    TLVS = FieldDef::bytes("radiotap.tlv", "TLVs").about("Further fields, each with type and length. radiotap.org, TLV.");
    VENDOR_NAMESPACE = FieldDef::bytes("radiotap.vendor_namespace", "Vendor namespace").about("Whose fields follow. radiotap.org, Vendor namespace.");
    VENDOR_OUI = FieldDef::uint("radiotap.vendor_oui", "Vendor OUI", 24).hex().about("The vendor. radiotap.org, Vendor namespace.");
    VENDOR_SUBNS = FieldDef::uint("radiotap.vendor_subns", "Vendor sub namespace", 8).about("Which of the vendor's sets of fields. radiotap.org, Vendor namespace.");
    VENDOR_LEN = FieldDef::uint("radiotap.vendor_data_len", "Vendor data length", 16).about("Bytes of the vendor's fields. radiotap.org, Vendor namespace.");
    VENDOR_DATA = FieldDef::bytes("radiotap.vendor_data", "Vendor data").about("The vendor's fields. radiotap.org, Vendor namespace.");
}

/// Bits of a word of present flags.
pub(super) static PRESENT_BITS: &[&FieldDef] = &[
    &HAS_TSFT,
    &HAS_FLAGS,
    &HAS_RATE,
    &HAS_CHANNEL,
    &HAS_FHSS,
    &HAS_DBM_ANTSIGNAL,
    &HAS_DBM_ANTNOISE,
    &HAS_LOCK_QUALITY,
    &HAS_TX_ATTENUATION,
    &HAS_DB_TX_ATTENUATION,
    &HAS_DBM_TX_POWER,
    &HAS_ANTENNA,
    &HAS_DB_ANTSIGNAL,
    &HAS_DB_ANTNOISE,
    &HAS_RXFLAGS,
    &HAS_TXFLAGS,
    &HAS_DATA_RETRIES,
    &HAS_XCHANNEL,
    &HAS_MCS,
    &HAS_AMPDU,
    &HAS_VHT,
    &HAS_TIMESTAMP,
    &HAS_HE,
    &HAS_HE_MU,
    &HAS_ZERO_LENGTH_PSDU,
    &HAS_L_SIG,
    &HAS_TLV,
    &HAS_RTAP_NS,
    &HAS_VENDOR_NS,
    &HAS_EXT,
];
/// Bits of the flags of a frame.
pub(super) static FLAG_BITS: &[&FieldDef] =
    &[&F_CFP, &F_PREAMBLE, &F_WEP, &F_FRAG, &F_AT_END, &F_DATAPAD, &F_BADFCS, &F_SHORTGI];
/// Bits of the kind of a channel.
pub(super) static CHANNEL_BITS: &[&FieldDef] = &[
    &C_700MHZ, &C_800MHZ, &C_900MHZ, &C_TURBO, &C_CCK, &C_OFDM, &C_2GHZ, &C_5GHZ, &C_PASSIVE, &C_DYNAMIC,
    &C_GFSK, &C_GSM, &C_STURBO, &C_HALF, &C_QUARTER,
];
