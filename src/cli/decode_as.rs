//! `-d`: numbers that lead to another protocol than they usually do.
//!
//! Rules are written as tshark takes them: `tcp.port==8080,http`.

use super::failure::{Failure, Outcome};
use super::similar::{advice, similar};
use crate::decode::{DecodeAs, Ports, Registry, Table};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Fields whose numbers rules may be about.
const TABLES: [(&str, Table, u16); 4] = [
    ("tcp.port", Table::Port(Ports::Tcp), u16::MAX),
    ("udp.port", Table::Port(Ports::Udp), u16::MAX),
    ("ethertype", Table::EtherType, u16::MAX),
    ("ip.proto", Table::IpProto, u8::MAX as u16),
];

/// Rules of the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DecodeAsArgs {
    /// Peel what has this number as PROTOCOL: tcp.port==8080,http; ranges as 8080-8090; also udp.port, ethertype, ip.proto; data peels no further
    #[arg(short = 'd', long = "decode-as", value_name = "FIELD==NUMBER,PROTOCOL")]
    decode_as: Vec<String>,
}

impl DecodeAsArgs {
    /// The protocols, with the rules before what they say themselves.
    pub(super) fn registry(&self) -> Outcome<Arc<Registry>> {
        let usual = Registry::default();
        let rules: Result<Vec<_>, _> = self.decode_as.iter().map(|text| rule(&usual, text)).collect();
        let rules = rules
            .map_err(|(text, why)| Failure::said(format!("the rule {text:?} is not understood: {why}")))?;
        Ok(Arc::new(if rules.is_empty() { usual } else { Registry::new(&rules) }))
    }
}

/// Reads a rule; what is wrong with it otherwise.
fn rule<'a>(registry: &Registry, text: &'a str) -> Result<DecodeAs, (&'a str, String)> {
    let fail = |why: String| (text, why);
    let parts = text.split_once("==").and_then(|(field, rest)| Some((field, rest.rsplit_once(',')?)));
    let Some((field, (numbers, name))) = parts else {
        return Err(fail("it should be like tcp.port==8080,http".to_owned()));
    };
    let (field, name) = (field.trim(), name.trim());
    let Some((_, table, most)) = TABLES.iter().find(|row| row.0 == field) else {
        let known = TABLES.map(|row| row.0).join(", ");
        return Err(fail(format!("there are rules for {known}, not for {field:?}")));
    };
    let Some(numbers) = range(numbers.trim()).filter(|range| !range.is_empty() && range.end() <= most) else {
        return Err(fail(format!("{numbers:?} is no number up to {most} and no range of them")));
    };
    let Some(protocol) = registry.by_name(name) else {
        let names = registry.rows().iter().map(|row| row.protocol.name);
        return Err(fail(format!("there is no protocol {name:?}{}", advice(&similar(name, names)))));
    };
    if name == "frame" {
        return Err(fail("frame is around every packet, not in one".to_owned()));
    }
    Ok(DecodeAs { table: *table, numbers, protocol })
}

/// `80`, `0x50`, `80-90`; `80:11` is eleven numbers from 80 on.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    if let Some((first, last)) = text.split_once('-') {
        return Some(number(first)?..=number(last)?);
    }
    if let Some((first, count)) = text.split_once(':') {
        let first = number(first)?;
        return Some(first..=first.checked_add(number(count)?.checked_sub(1)?)?);
    }
    let only = number(text)?;
    Some(only..=only)
}

fn number(text: &str) -> Option<u16> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_tshark_reads_them() {
        let registry = Registry::default();
        let read = |text| rule(&registry, text).map(|rule| (rule.table, rule.numbers, rule.protocol));
        let http = registry.by_name("http").unwrap();
        let tcp = Table::Port(Ports::Tcp);
        assert_eq!(read("tcp.port==8080,http"), Ok((tcp, 8080..=8080, http)));
        assert_eq!(read(" tcp.port == 8888:3 , http"), Ok((tcp, 8888..=8890, http)));
        assert_eq!(read("tcp.port==0x50-0x5a,http"), Ok((tcp, 80..=90, http)));
        assert_eq!(read("ip.proto==255,data").unwrap().2, 0);
    }

    /// Each says what would be right.
    #[test]
    fn wrong_rules_are_told() {
        let registry = Registry::default();
        for (text, why) in [
            ("8080,http", "it should be like tcp.port==8080,http"),
            ("tcp.port==8080", "it should be like tcp.port==8080,http"),
            (
                "sctp.port==1,http",
                "there are rules for tcp.port, udp.port, ethertype, ip.proto, not for \"sctp.port\"",
            ),
            ("ip.proto==256,tcp", "\"256\" is no number up to 255 and no range of them"),
            ("udp.port==9-8,dns", "\"9-8\" is no number up to 65535 and no range of them"),
            ("udp.port==65535:2,dns", "\"65535:2\" is no number up to 65535 and no range of them"),
            ("udp.port==8:0,dns", "\"8:0\" is no number up to 65535 and no range of them"),
            ("udp.port==1,frame", "frame is around every packet, not in one"),
            ("udp.port==1,dsn", "there is no protocol \"dsn\"; did you mean "),
        ] {
            let told = rule(&registry, text).unwrap_err().1;
            assert!(told.starts_with(why), "{text}: {told}");
        }
    }
}
