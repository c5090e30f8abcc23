//! `protocols`: what wirepeel peels.

use super::failure::{DONE, Outcome};
use super::output::{Cell, Format, Output, Rows};
use crate::decode::{Binding, Ports, Registry};
use clap::Args;
use std::io::Write as _;

/// Arguments of `protocols`.
#[derive(Debug, Args)]
pub(super) struct ProtocolsArgs {
    /// How the protocols are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: &ProtocolsArgs, output: &mut Output) -> Outcome {
    let registry = Registry::default();
    if args.format == Format::Text {
        writeln!(output, "{:<10} {:<11} {:>6}  {:<14} TITLE", "NAME", "LAYER", "FIELDS", "SPECIFIED BY")?;
        for row in registry.rows() {
            let protocol = row.protocol;
            let (name, layer, fields) =
                (protocol.name, protocol.layer.name(), protocol.field_names().count());
            let spec = if protocol.spec.is_empty() { "-" } else { protocol.spec };
            writeln!(output, "{name:<10} {layer:<11} {fields:>6}  {spec:<14} {}", protocol.title)?;
        }
        return Ok(DONE);
    }
    let columns = &["name", "label", "title", "layer", "osi", "spec", "about", "found_by", "fields"];
    let mut rows = Rows::fixed(args.format, "protocols", columns);
    rows.begin(output)?;
    for row in registry.rows() {
        let protocol = row.protocol;
        rows.row(
            output,
            &[
                Cell::text(protocol.name),
                Cell::text(protocol.label),
                Cell::text(protocol.title),
                Cell::text(protocol.layer.name()),
                Cell::text(protocol.layer.osi()),
                Cell::some(protocol.spec),
                Cell::text(protocol.about),
                Cell::List(row.bindings.iter().map(|binding| found_by(*binding).into()).collect()),
                Cell::List(protocol.field_names().map(Into::into).collect()),
            ],
        )?;
    }
    rows.end(output)?;
    Ok(DONE)
}

/// What leads to a protocol, in words.
pub(super) fn found_by(binding: Binding) -> String {
    match binding {
        Binding::Link(link) => format!("link type {link}"),
        Binding::EtherType(value) => format!("EtherType 0x{value:04x}"),
        Binding::IpProto(number) => format!("IP protocol {number}"),
        Binding::Llc(value) => format!("LLC 0x{value:02x}"),
        Binding::Snap(organisation, value) => format!("SNAP 0x{organisation:06x} 0x{value:04x}"),
        Binding::Ppp(value) => format!("PPP protocol 0x{value:04x}"),
        Binding::Udp(port) => format!("UDP port {port}"),
        Binding::Tcp(port) => format!("TCP port {port}"),
        Binding::Signature(Ports::Udp, _) => "look of a UDP payload".to_owned(),
        Binding::Signature(Ports::Tcp, _) => "look of a TCP payload".to_owned(),
    }
}
