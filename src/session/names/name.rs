//! A name of an address, how it is known, and how an address was looked up by one.

use crate::base::{PacketId, safe};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

/// How a name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameSource {
    /// The client named the server in its TLS hello.
    Sni,
    /// An answer to a question for addresses.
    Dns,
    /// Multicast DNS.
    Mdns,
    /// Link-local multicast name resolution.
    Llmnr,
    /// The host called itself so when it got its address.
    Dhcp,
    /// Beside another answer: the address of a name server, mostly.
    Along,
    /// An answer to the question whose an address is.
    Ptr,
    /// The request named the server.
    Http,
    /// The capture file lists it.
    File,
    /// Nothing in the capture: this machine's resolver was asked, because somebody wanted that.
    Resolver,
}

impl NameSource {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            NameSource::Sni => "sni",
            NameSource::Dns => "dns",
            NameSource::Mdns => "mdns",
            NameSource::Llmnr => "llmnr",
            NameSource::Dhcp => "dhcp",
            NameSource::Along => "dns_additional",
            NameSource::Ptr => "dns_ptr",
            NameSource::Http => "http_host",
            NameSource::File => "file",
            NameSource::Resolver => "resolver",
        }
    }

    /// It in a few words, for a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            NameSource::Sni => "the client's TLS hello (SNI)",
            NameSource::Dns => "a DNS answer",
            NameSource::Mdns => "multicast DNS",
            NameSource::Llmnr => "LLMNR",
            NameSource::Dhcp => "DHCP",
            NameSource::Along => "a record beside a DNS answer",
            NameSource::Ptr => "a PTR answer",
            NameSource::Http => "the Host line of the request",
            NameSource::File => "the capture file",
            NameSource::Resolver => "this machine's resolver, asked now: not in the capture",
        }
    }

    /// Whether the address was asked for by this name, so that a flow may follow from it.
    pub const fn is_lookup(self) -> bool {
        matches!(self, NameSource::Dns | NameSource::Mdns | NameSource::Llmnr | NameSource::Along)
    }
}

/// A name and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, raw.
    pub name: Arc<str>,
    /// What told it.
    pub source: NameSource,
    /// The packet that did; none for what is in no packet.
    pub packet: Option<PacketId>,
}

impl Name {
    /// The name for people, harmless; with a sign where the capture does not tell it.
    pub fn text(&self) -> Cow<'_, str> {
        match self.source {
            NameSource::Resolver => Cow::Owned(format!("{}*", safe(&self.name))),
            _ => safe(&self.name),
        }
    }
}

/// How an address was found before it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The name asked for, raw.
    pub name: Arc<str>,
    /// What answered.
    pub source: NameSource,
    /// The packet with the answer.
    pub answer: PacketId,
    /// The DNS transaction.
    pub transaction: u32,
    /// Seconds that the answer could be kept.
    pub ttl: u32,
    /// Who got the answer; none where all did.
    pub client: Option<IpAddr>,
}
