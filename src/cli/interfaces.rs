//! `interfaces`: where packets can be captured from.

use super::failure::{DONE, Outcome};
use super::output::{Cell, Format, Output, Rows};
use super::table::Table;
use crate::base::safe;
use crate::capture::{InterfaceInfo, interfaces};
use clap::Args;

/// Arguments of `interfaces`.
#[derive(Debug, Args)]
pub(super) struct InterfacesArgs {
    /// How the interfaces are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: &InterfacesArgs, output: &mut Output) -> Outcome {
    let all = interfaces();
    if args.format == Format::Text {
        let mut table = Table::new(&[
            ("NAME", false),
            ("STATE", false),
            ("MAC", false),
            ("ADDRESSES", false),
            ("DESCRIPTION", false),
        ]);
        for interface in &all {
            table.row(vec![
                interface.name.clone(),
                flags(interface).join(" "),
                mac(interface).unwrap_or_default(),
                addresses(interface).join(" "),
                interface.description.clone().unwrap_or_default(),
            ]);
        }
        table.print(output)?;
        return Ok(DONE);
    }
    let columns = &["name", "index", "description", "mac", "addresses", "flags", "pseudo"];
    let mut rows = Rows::fixed(args.format, "interfaces", columns);
    rows.begin(output)?;
    for interface in &all {
        rows.row(
            output,
            &[
                Cell::text(safe(&interface.name)),
                Cell::maybe(interface.index.map(u64::from)),
                interface.description.as_deref().map_or(Cell::Absent, |text| Cell::text(safe(text))),
                mac(interface).map_or(Cell::Absent, Cell::text),
                Cell::List(addresses(interface).into_iter().map(Into::into).collect()),
                Cell::List(flags(interface).into_iter().map(Into::into).collect()),
                Cell::Flag(interface.pseudo),
            ],
        )?;
    }
    rows.end(output)?;
    Ok(DONE)
}

fn mac(interface: &InterfaceInfo) -> Option<String> {
    let octets = interface.mac?;
    Some(octets.map(|octet| format!("{octet:02x}")).join(":"))
}

fn addresses(interface: &InterfaceInfo) -> Vec<String> {
    interface.addresses.iter().map(|a| format!("{}/{}", a.address, a.prefix)).collect()
}

fn flags(interface: &InterfaceInfo) -> Vec<&'static str> {
    let flags = &interface.flags;
    let all = [
        (flags.up, "up"),
        (!flags.up, "down"),
        (flags.running, "running"),
        (flags.loopback, "loopback"),
        (flags.broadcast, "broadcast"),
        (flags.multicast, "multicast"),
        (flags.point_to_point, "point-to-point"),
        (interface.pseudo, "pseudo"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect()
}
