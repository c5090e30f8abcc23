//! The columns of the list: which there are, how wide they are.

use ratatui::layout::Rect;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The packet's number.
    Number,
    /// Its time, as chosen.
    Time,
    /// Sender and port.
    Source,
    /// Receiver and port.
    Destination,
    /// Innermost protocol.
    Protocol,
    /// Bytes on the wire.
    Length,
    /// Number of its flow.
    Flow,
    /// Its interface.
    Interface,
    /// What it says.
    Info,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What it shows.
    pub kind: Kind,
    /// Whether it is shown; `None` leaves it to the width of the screen.
    pub shown: Option<bool>,
    /// Its width; `None` leaves it to its content.
    pub width: Option<u16>,
}

impl Kind {
    /// The heading; the time column's own depends on its style.
    pub const fn heading(self) -> &'static str {
        match self {
            Kind::Number => "No.",
            Kind::Time => "Time",
            Kind::Source => "Source",
            Kind::Destination => "Destination",
            Kind::Protocol => "Proto",
            Kind::Length => "Len",
            Kind::Flow => "Flow",
            Kind::Interface => "Interface",
            Kind::Info => "Info",
        }
    }

    /// Whether its text ends at its right end.
    pub const fn is_number(self) -> bool {
        matches!(self, Kind::Number | Kind::Time | Kind::Length | Kind::Flow)
    }
}

/// The columns in their order.
#[derive(Clone, Debug)]
pub struct Columns(pub Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        use Kind::{Destination, Flow, Info, Interface, Length, Number, Protocol, Source, Time};
        let column = |kind| Column {
            kind,
            shown: match kind {
                Flow | Interface => Some(false),
                Length => None,
                _ => Some(true),
            },
            width: None,
        };
        Columns(
            [Number, Time, Source, Destination, Protocol, Length, Flow, Interface, Info].map(column).to_vec(),
        )
    }
}

/// Widths that the content asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// Digits of the highest number.
    pub number: u16,
    /// The longest time.
    pub time: u16,
    /// The longest of both addresses with their ports.
    pub address: u16,
    /// The longest protocol.
    pub protocol: u16,
    /// The longest length.
    pub length: u16,
    /// The longest name of an interface.
    pub interface: u16,
}

/// Signs before the first column: selected, and what is wrong.
pub const GUTTER: u16 = 3;
/// Screens at least so wide show the length too.
const WIDE: u16 = 90;
/// Cells that Info has at least, as long as other columns can give some.
const INFO: u16 = 24;
/// Who gives, in turn, and what it keeps at least.
const GIVERS: [(&[Kind], u16); 3] =
    [(&[Kind::Source, Kind::Destination], 16), (&[Kind::Time], 0), (&[Kind::Source, Kind::Destination], 13)];
/// Digits that a time may leave out: it keeps its milliseconds.
const MICROS: u16 = 3;

impl Columns {
    /// Whether a column is shown on a screen so wide.
    pub fn is_shown(column: &Column, width: u16) -> bool {
        column.shown.unwrap_or(width >= WIDE)
    }

    /// Where each shown column lies within `area`.
    pub fn place(&self, area: Rect, wants: Wants) -> Vec<(Kind, Rect)> {
        let shown: Vec<&Column> = self.0.iter().filter(|c| Columns::is_shown(c, area.width)).collect();
        let own = |column: &Column| {
            column.width.unwrap_or(match column.kind {
                Kind::Number => wants.number.max(3),
                Kind::Time => wants.time.max(8),
                Kind::Source | Kind::Destination => wants.address.clamp(11, 48),
                Kind::Protocol => wants.protocol.clamp(5, 12),
                Kind::Length => wants.length.max(4),
                Kind::Flow => wants.number.clamp(4, 9),
                Kind::Interface => wants.interface.clamp(9, 16),
                Kind::Info => 0,
            })
        };
        let mut widths: Vec<u16> = shown.iter().map(|column| own(column)).collect();
        let gap = if area.width >= WIDE { 2 } else { 1 };
        let gaps = gap * shown.len().saturating_sub(1) as u16;
        let used = widths.iter().fold(GUTTER + gaps, |sum, width| sum.saturating_add(*width));
        let mut missing = (used + INFO).saturating_sub(area.width);
        for (kinds, least) in GIVERS {
            let gives = |column: &Column, width: u16| {
                let least = if column.kind == Kind::Time { own(column) - MICROS } else { least };
                kinds.contains(&column.kind) && column.width.is_none() && width > least
            };
            let mut gave = true;
            while missing > 0 && std::mem::take(&mut gave) {
                for (column, width) in shown.iter().zip(&mut widths) {
                    if missing > 0 && gives(column, *width) {
                        (*width, missing, gave) = (*width - 1, missing - 1, true);
                    }
                }
            }
        }
        let mut x = area.x.saturating_add(GUTTER);
        let mut placed = Vec::with_capacity(shown.len());
        for (column, width) in shown.iter().zip(widths) {
            let room = area.right().saturating_sub(x);
            let width =
                if column.kind == Kind::Info && column.width.is_none() { room } else { width.min(room) };
            placed.push((column.kind, Rect { x, width, ..area }));
            x = x.saturating_add(width).saturating_add(gap);
        }
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an Info of a few letters beside long times and addresses.
    #[test]
    fn times_and_addresses_give_way_to_info() {
        let wants = Wants { number: 7, time: 13, address: 48, protocol: 6, length: 5, interface: 4 };
        let width = |wants, wide| {
            let placed = Columns::default().place(Rect::new(0, 0, wide, 9), wants);
            move |kind| placed.iter().find(|(of, _)| *of == kind).unwrap().1.width
        };
        let narrow = width(wants, 80);
        assert_eq!([Kind::Time, Kind::Source, Kind::Destination, Kind::Info].map(narrow), [10, 13, 13, 23]);
        let wide = width(wants, 200);
        assert_eq!([Kind::Time, Kind::Source, Kind::Destination].map(wide), [13, 48, 48]);
        // Addresses that are short keep their digits, and so do times beside them.
        let short = width(Wants { number: 3, time: 8, address: 15, protocol: 4, ..wants }, 80);
        assert_eq!([Kind::Time, Kind::Source, Kind::Info].map(short), [8, 15, 26]);
    }
}
