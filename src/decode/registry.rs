//! Which protocols there are: a row each, with what leads to it and its dissector for each
//! sink; `lookup` finds the one that a claim leads to.

mod lookup;

pub use lookup::{Candidates, Registry};

use super::claim::{Binding, ProtocolId};
use super::field::Protocol;
use super::packet::Packet;
use super::proto;
use super::sink::{Sink, Stop};
use super::sinks::{Line, Payloads, Probe, Summary, Tree};

/// How a dissector ended.
pub type Outcome = Result<(), Stop>;

/// A protocol's dissector: see `CONTRIBUTING.md` on how to add one.
pub trait Dissector {
    /// What is known of the protocol before any packet.
    const PROTOCOL: &'static Protocol;
    /// What leads to it.
    const BINDINGS: &'static [Binding];
    /// Peels one layer: tells fields and events, says what comes next.
    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome;
}

/// A dissector's function for one sink.
pub type Peel<S> = for<'a, 'p> fn(&'a mut Packet<'p, S>) -> Outcome;

/// One protocol in the registry.
pub struct Row {
    /// What it is.
    pub protocol: &'static Protocol,
    /// What leads to it.
    pub bindings: &'static [Binding],
    summary: Peel<Summary>,
    line: Peel<Line>,
    tree: Peel<Tree>,
    probe: Peel<Probe>,
    payloads: Peel<Payloads>,
}

const fn row<D: Dissector>() -> Row {
    Row {
        protocol: D::PROTOCOL,
        bindings: D::BINDINGS,
        summary: D::dissect::<Summary>,
        line: D::dissect::<Line>,
        tree: D::dissect::<Tree>,
        probe: D::dissect::<Probe>,
        payloads: D::dissect::<Payloads>,
    }
}

/// A sink that has its column of functions in the registry.
pub trait Column: Sink {
    /// The row's dissector for this sink.
    fn function(row: &Row) -> Peel<Self>;
}

impl Column for Summary {
    #[inline]
    fn function(row: &Row) -> Peel<Self> {
        row.summary
    }
}

impl Column for Line {
    fn function(row: &Row) -> Peel<Self> {
        row.line
    }
}

impl Column for Tree {
    fn function(row: &Row) -> Peel<Self> {
        row.tree
    }
}

impl Column for Probe {
    fn function(row: &Row) -> Peel<Self> {
        row.probe
    }
}

impl Column for Payloads {
    fn function(row: &Row) -> Peel<Self> {
        row.payloads
    }
}

/// Every protocol, a row each. `Data` must stay the first, `Frame` the second.
static ROWS: &[Row] = &[
    row::<proto::data::Data>(),
    row::<proto::frame::Frame>(),
    row::<proto::ethernet::Ethernet>(),
    row::<proto::llc::Llc>(),
    row::<proto::vlan::Vlan>(),
    row::<proto::ieee8021ad::ProviderVlan>(),
    row::<proto::arp::Arp>(),
    row::<proto::null::Null>(),
    row::<proto::raw::Raw>(),
    row::<proto::sll::Sll>(),
    row::<proto::ppp::Ppp>(),
    row::<proto::arcnet::Arcnet>(),
    row::<proto::chdlc::CiscoHdlc>(),
    row::<proto::slarp::Slarp>(),
    row::<proto::frame_relay::FrameRelay>(),
    row::<proto::token_ring::TokenRing>(),
    row::<proto::dsa::Dsa>(),
    row::<proto::slip::Slip>(),
    row::<proto::etag::Etag>(),
    row::<proto::fabric_path::FabricPath>(),
    row::<proto::juniper::Juniper>(),
    row::<proto::nflog::Nflog>(),
    row::<proto::pktap::Pktap>(),
    row::<proto::ppi::Ppi>(),
    row::<proto::prism::Prism>(),
    row::<proto::avs::Avs>(),
    row::<proto::radiotap::Radiotap>(),
    row::<proto::ieee80211::Ieee80211>(),
    row::<proto::ieee80211::Swapped>(),
    row::<proto::ieee80211::amsdu::Amsdu>(),
    row::<proto::ipv4::Ipv4>(),
    row::<proto::ipv6::Ipv6>(),
    row::<proto::ipv6::options::HopByHop>(),
    row::<proto::ipv6::options::DestinationOptions>(),
    row::<proto::ipv6::routing::Routing>(),
    row::<proto::ipv6::fragment::Fragment>(),
    row::<proto::ah::Ah>(),
    row::<proto::esp::Esp>(),
    row::<proto::udpencap::UdpEncap>(),
    row::<proto::icmp::Icmp>(),
    row::<proto::icmpv6::Icmpv6>(),
    row::<proto::udp::Udp>(),
    row::<proto::dhcp::Dhcp>(),
    row::<proto::tftp::Tftp>(),
    row::<proto::ntp::Ntp>(),
    row::<proto::http::Http>(),
    row::<proto::ssdp::Ssdp>(),
    row::<proto::http2::Http2>(),
    row::<proto::tls::Tls>(),
    row::<proto::tls::handshake::Handshake>(),
    row::<proto::quic::Quic>(),
    row::<proto::ssh::Ssh>(),
    row::<proto::tcp::Tcp>(),
    row::<proto::dns::Dns>(),
    row::<proto::mdns::Mdns>(),
    row::<proto::llmnr::Llmnr>(),
    row::<proto::gre::Gre>(),
    row::<proto::erspan::Erspan>(),
    row::<proto::erspan::TypeOne>(),
    row::<proto::vxlan::Vxlan>(),
    row::<proto::vxlan::VxlanGpe>(),
    row::<proto::geneve::Geneve>(),
    row::<proto::nsh::Nsh>(),
    row::<proto::mpls::Mpls>(),
    row::<proto::mpls::Pseudowire>(),
    row::<proto::mpls::Channel>(),
    row::<proto::ieee8021ah::BackboneTag>(),
    row::<proto::macsec::Macsec>(),
    row::<proto::pppoe::Discovery>(),
    row::<proto::pppoe::Session>(),
    row::<proto::vjc::Uncompressed>(),
    row::<proto::vjc::Compressed>(),
    row::<proto::gtp::Gtp>(),
    row::<proto::gtp::Prime>(),
    row::<proto::gtp::Version2>(),
    row::<proto::capwap::Control>(),
    row::<proto::capwap::Data>(),
    row::<proto::lisp::Data>(),
    row::<proto::lisp::Control>(),
    row::<proto::ayiya::Ayiya>(),
    row::<proto::ipcomp::IpComp>(),
];

/// Plain data, for a place that is none.
static DATA: Row = row::<proto::data::Data>();

/// Place of the frame itself, where every packet begins.
pub(in crate::decode) const FRAME: ProtocolId = 1;
