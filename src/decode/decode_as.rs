//! The reader's rules: what packets with certain numbers are peeled as, whatever else they look like.
//!
//! Owns the rules and which of them holds; that they go before the protocols' own
//! bindings is the registry's doing. Knows nothing of how they are written.

use super::claim::{Binding, Ports, ProtocolId};
use std::ops::RangeInclusive;

/// A rule: packets with these numbers are peeled as this protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeAs {
    /// Where the numbers stand.
    pub table: Table,
    /// Which ones.
    pub numbers: RangeInclusive<u16>,
    /// What they lead to; 0, plain data, is peeled no further.
    pub protocol: ProtocolId,
}

/// Numbers that lead to the next protocol, by the name of their field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `udp.port` or `tcp.port`.
    Port(Ports),
    /// `ethertype`.
    EtherType,
    /// `ip.proto`.
    IpProto,
}

impl DecodeAs {
    /// What a rule about anything but ports binds.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Binding> {
        let table = self.table;
        self.numbers.clone().filter_map(move |number| match table {
            Table::EtherType => Some(Binding::EtherType(number)),
            Table::IpProto => Some(Binding::IpProto(number as u8)),
            Table::Port(_) => None,
        })
    }
}

/// Rules about ports: they bind nothing, since they hold for a flow whose protocol is known too.
pub(super) struct PortRules(Vec<DecodeAs>);

impl PortRules {
    pub fn of(rules: &[DecodeAs]) -> PortRules {
        PortRules(rules.iter().filter(|rule| matches!(rule.table, Table::Port(_))).cloned().collect())
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What packets between these ports are peeled as, of the last rule that fits.
    pub fn between(&self, ports: Ports, src: u16, dst: u16) -> Option<ProtocolId> {
        let fits = |rule: &&DecodeAs| {
            rule.table == Table::Port(ports) && (rule.numbers.contains(&src) || rule.numbers.contains(&dst))
        };
        self.0.iter().rev().find(fits).map(|rule| rule.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::FlowKey;
    use crate::decode::claim::Claim;
    use crate::decode::event::Bound;
    use crate::decode::registry::Registry;

    /// Else a port that is known better, or a flow that looks like something, would
    /// be peeled as if no rule had been given.
    #[test]
    fn a_rule_goes_before_all_else() {
        let default = Registry::default();
        let [http, ssh] = ["http", "ssh"].map(|name| default.by_name(name).unwrap());
        let rule = |numbers, protocol| DecodeAs { table: Table::Port(Ports::Tcp), numbers, protocol };
        let registry = Registry::new(&[rule(1..=100, ssh), rule(9000..=9001, http), rule(9001..=9001, 0)]);
        let key = FlowKey { src_port: 53, dst_port: 9000, ..FlowKey::default() };
        let tried = |ports, src, dst| {
            let bound = Some(Bound::new(ssh, &key));
            let mut candidates = registry.candidates(Claim::Ports(ports, src, dst), bound);
            let preface = b"SSH-2.0-x\r\n";
            std::iter::from_fn(|| Some(candidates.next(&registry, preface).0).filter(|id| *id != 0))
                .collect::<Vec<_>>()
        };
        let dns = default.by_name("dns").unwrap();
        assert_eq!(tried(Ports::Tcp, 53, 9000), [http, ssh, dns], "the last rule that fits, then the flow");
        assert_eq!(tried(Ports::Tcp, 5000, 9001), [0; 0], "plain data is no SSH");
        assert_eq!(tried(Ports::Tcp, 443, 22), [ssh, ssh, default.by_name("tls").unwrap()]);
        assert_eq!(tried(Ports::Udp, 53, 9000)[..2], [ssh, dns], "a rule for TCP");
    }
}
