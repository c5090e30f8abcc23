//! Finds the protocol that a claim leads to. Lookup tables are built from the protocols' own
//! bindings when a registry is made; the reader's rules ([`DecodeAs`]) go in front of them.

use super::{DATA, ROWS, Row};
use crate::decode::claim::{Binding, Claim, Ports, ProtocolId};
use crate::decode::decode_as::{DecodeAs, PortRules};
use crate::decode::event::Bound;
use crate::decode::field::{FieldDef, Protocol};

type Test = fn(&[u8]) -> bool;

/// The protocols and the tables that lead to them.
pub struct Registry {
    link: Box<[u8; 65536]>,
    ether: Box<[u8; 65536]>,
    ip: [u8; 256],
    llc: [u8; 256],
    snap: Vec<(u32, u16, ProtocolId)>,
    ppp: Vec<(u16, ProtocolId)>,
    udp: Box<[u8; 65536]>,
    tcp: Box<[u8; 65536]>,
    udp_signatures: Vec<(ProtocolId, Test)>,
    tcp_signatures: Vec<(ProtocolId, Test)>,
    rules: PortRules,
}

const _: () = assert!(ROWS.len() < 256, "tables hold a protocol's place in a byte");

impl Default for Registry {
    fn default() -> Self {
        Registry::new(&[])
    }
}

impl Registry {
    /// Builds the tables; `decode_as` wins over the protocols' own bindings.
    pub fn new(decode_as: &[DecodeAs]) -> Self {
        let mut registry = Registry {
            link: Box::new([0; 65536]),
            ether: Box::new([0; 65536]),
            ip: [0; 256],
            llc: [0; 256],
            snap: Vec::new(),
            ppp: Vec::new(),
            udp: Box::new([0; 65536]),
            tcp: Box::new([0; 65536]),
            udp_signatures: Vec::new(),
            tcp_signatures: Vec::new(),
            rules: PortRules::of(decode_as),
        };
        for (id, row) in ROWS.iter().enumerate() {
            for binding in row.bindings {
                registry.bind(*binding, id as ProtocolId);
            }
        }
        for rule in decode_as {
            for binding in rule.bindings() {
                registry.bind(binding, rule.protocol);
            }
        }
        registry
    }

    fn bind(&mut self, binding: Binding, id: ProtocolId) {
        fn set<const N: usize>(table: &mut [u8; N], at: usize, id: ProtocolId) {
            if let Some(cell) = table.get_mut(at) {
                *cell = id as u8;
            }
        }
        match binding {
            Binding::Link(value) => set(&mut self.link, value.into(), id),
            Binding::EtherType(value) => set(&mut self.ether, value.into(), id),
            Binding::IpProto(value) => set(&mut self.ip, value.into(), id),
            Binding::Llc(value) => set(&mut self.llc, value.into(), id),
            Binding::Snap(organisation, value) => self.snap.insert(0, (organisation, value, id)),
            Binding::Ppp(value) => self.ppp.insert(0, (value, id)),
            Binding::Udp(port) => set(&mut self.udp, port.into(), id),
            Binding::Tcp(port) => set(&mut self.tcp, port.into(), id),
            Binding::Signature(Ports::Udp, test) => self.udp_signatures.push((id, test)),
            Binding::Signature(Ports::Tcp, test) => self.tcp_signatures.push((id, test)),
        }
    }

    /// Every protocol, by its place.
    pub fn rows(&self) -> &'static [Row] {
        ROWS
    }

    /// The row of a protocol; that of plain data for a place that is none.
    #[inline]
    pub fn row(&self, id: ProtocolId) -> &'static Row {
        ROWS.get(usize::from(id)).unwrap_or(&DATA)
    }

    /// The place of a protocol by its filter name.
    pub fn by_name(&self, name: &str) -> Option<ProtocolId> {
        ROWS.iter().position(|row| row.protocol.name == name).map(|id| id as ProtocolId)
    }

    /// The places of all protocols that go by `name`: forms of one protocol share
    /// the name that lists of protocols have for them.
    pub fn named<'a>(&self, name: &'a str) -> impl Iterator<Item = ProtocolId> + 'a {
        (0..).zip(ROWS).filter(move |(_, row)| row.protocol.goes_by(name)).map(|(id, _)| id)
    }

    /// Every field that goes by `name`; several protocols may share one.
    pub fn fields_by_name(&self, name: &str) -> Vec<&'static FieldDef> {
        ROWS.iter()
            .flat_map(|row| row.protocol.fields.iter().copied())
            .filter(|field| field.name == name)
            .collect()
    }

    fn place(&self, protocol: &'static Protocol) -> ProtocolId {
        self.by_name(protocol.name).unwrap_or(0)
    }

    /// The protocols to try for a claim, in order; plain data ends the list.
    #[inline]
    pub fn candidates(&self, claim: Claim, bound: Option<Bound>) -> Candidates {
        let (list, signatures) = match claim {
            Claim::Ports(ports, src, dst) => {
                let table = if ports == Ports::Udp { &self.udp } else { &self.tcp };
                // As Wireshark: the lower port is the likelier service.
                let (low, high) = (src.min(dst), src.max(dst));
                let high = if low == high { 0 } else { at(table, high.into()) };
                let bound = u64::from(bound.and_then(|bound| bound.between(src, dst)).unwrap_or(0));
                (bound | u64::from(at(table, low.into())) << 16 | u64::from(high) << 32, Some(ports))
            }
            Claim::EtherType(value) => (at(&self.ether, value.into()).into(), None),
            Claim::IpProto(value) => (at(&self.ip, value.into()).into(), None),
            Claim::Link(value) => (at(&self.link, value.into()).into(), None),
            Claim::Id(id) => (id.into(), None),
            Claim::Data => (0, None),
            rare => (self.rare(rare).into(), None),
        };
        let found = Candidates { list, left: list, signatures, next_signature: 0 };
        if self.rules.is_empty() { found } else { self.ruled(claim, found) }
    }

    /// What ports lead to first; 0 for nothing.
    pub fn by_ports(&self, ports: Ports, src: u16, dst: u16) -> ProtocolId {
        let mut list = self.candidates(Claim::Ports(ports, src, dst), None).list;
        while list != 0 && list as ProtocolId == 0 {
            list >>= 16;
        }
        list as ProtocolId
    }

    /// The same where there are rules: what they say goes before.
    #[cold]
    fn ruled(&self, claim: Claim, found: Candidates) -> Candidates {
        let Claim::Ports(ports, src, dst) = claim else { return found };
        match self.rules.between(ports, src, dst) {
            None => found,
            Some(0) => Candidates { list: 0, left: 0, signatures: None, next_signature: 0 },
            Some(id) => {
                let list = found.list << 16 | u64::from(id);
                Candidates { list, left: list, ..found }
            }
        }
    }

    /// The protocol of a claim that few packets make.
    #[cold]
    fn rare(&self, claim: Claim) -> ProtocolId {
        match claim {
            Claim::Llc(value) => at(&self.llc, value.into()),
            Claim::Snap(organisation, value) => {
                find(self.snap.iter().map(|row| (row.0 == organisation && row.1 == value, row.2)))
            }
            Claim::Ppp(value) => find(self.ppp.iter().map(|row| (row.0 == value, row.1))),
            Claim::Protocol(protocol) | Claim::Stream(protocol, _) => self.place(protocol),
            _ => 0,
        }
    }

    fn signatures(&self, ports: Ports) -> &[(ProtocolId, Test)] {
        match ports {
            Ports::Udp => &self.udp_signatures,
            Ports::Tcp => &self.tcp_signatures,
        }
    }
}

fn find(rows: impl Iterator<Item = (bool, ProtocolId)>) -> ProtocolId {
    rows.into_iter().find(|row| row.0).map_or(0, |row| row.1)
}

#[inline]
fn at<const N: usize>(table: &[u8; N], at: usize) -> ProtocolId {
    table.get(at).copied().unwrap_or(0).into()
}

/// Walks the protocols to try for one claim.
pub struct Candidates {
    /// Up to four places, 16 bits each, the first in the lowest; 0 for none.
    list: u64,
    /// Those not tried yet.
    left: u64,
    signatures: Option<Ports>,
    next_signature: usize,
}

impl Candidates {
    /// The next protocol to try and whether its signature led to it.
    /// Plain data (0) comes last and never declines.
    #[inline]
    pub fn next(&mut self, registry: &Registry, bytes: &[u8]) -> (ProtocolId, bool) {
        while self.left != 0 {
            let id = self.left as ProtocolId;
            self.left >>= 16;
            if id != 0 {
                return (id, false);
            }
        }
        match self.signatures {
            Some(ports) if !bytes.is_empty() => self.by_signature(registry.signatures(ports), bytes),
            _ => (0, false),
        }
    }

    fn by_signature(&mut self, signatures: &[(ProtocolId, Test)], bytes: &[u8]) -> (ProtocolId, bool) {
        while let Some((id, test)) = signatures.get(self.next_signature) {
            self.next_signature += 1;
            let is_tried = || [0, 16, 32, 48].iter().any(|shift| (self.list >> shift) as ProtocolId == *id);
            // Most bytes do not look like it.
            if test(bytes) && !is_tried() {
                return (*id, true);
            }
        }
        (0, false)
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::FlowKey;
    use crate::decode::*;

    /// Else a filter on `vxlan` would miss VXLAN-GPE, and one on `wlan` swapped frames.
    #[test]
    fn forms_of_a_protocol_share_its_name() {
        let registry = Registry::default();
        let forms = |name| registry.named(name).map(|id| registry.row(id).protocol.name).collect::<Vec<_>>();
        assert_eq!(forms("vxlan"), ["vxlan", "vxlan_gpe"]);
        assert_eq!(forms("vxlan_gpe"), ["vxlan_gpe"]);
        assert_eq!(forms("wlan"), ["wlan", "wlan_bsfc"]);
        assert_eq!(forms("ethertype"), [""; 0]);
    }

    /// Else a tunnel's own payload would be taken for what a flow inside it carries.
    #[test]
    fn a_binding_holds_between_its_own_ports() {
        let registry = Registry::default();
        let tftp = registry.by_name("tftp").unwrap();
        let key = FlowKey { src_port: 40_000, dst_port: 41_000, ..FlowKey::default() };
        let first = |src, dst| {
            let claim = Claim::Ports(Ports::Udp, src, dst);
            registry.candidates(claim, Some(Bound::new(tftp, &key))).next(&registry, &[]).0
        };
        assert_eq!((first(40_000, 41_000), first(41_000, 40_000)), (tftp, tftp));
        assert_eq!(first(50_000, 4789), registry.by_name("vxlan").unwrap());
        assert_eq!(first(40_000, 41_001), 0);
    }
}
