//! Where the three panes lie, and how a person resizes them.

use ratatui::layout::Rect;

/// A pane of the packets screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The list of packets.
    #[default]
    List,
    /// The selected packet's tree.
    Tree,
    /// Its bytes.
    Bytes,
}

impl Pane {
    /// The one after it.
    pub fn next(self) -> Pane {
        match self {
            Pane::List => Pane::Tree,
            Pane::Tree => Pane::Bytes,
            Pane::Bytes => Pane::List,
        }
    }

    /// The one before it.
    pub fn previous(self) -> Pane {
        self.next().next()
    }
}

/// How the screen is shared out, in thousandths, so that it survives resizing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shares {
    /// What a screen of this height leaves it, until somebody chooses.
    list: Option<u16>,
    /// As wide as the bytes leave it, until somebody chooses.
    tree: Option<u16>,
    /// Only the pane with the keys is shown.
    pub zoomed: bool,
}

/// Where everything lies. An area without cells is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Areas {
    /// The list with its headings.
    pub list: Rect,
    /// The line with the panes' headings.
    pub divider: Rect,
    /// The tree.
    pub tree: Rect,
    /// The column between tree and bytes.
    pub split: Rect,
    /// The bytes.
    pub bytes: Rect,
    /// What the selected field is.
    pub about: Rect,
}

/// Lines that a list takes at least: headings and three packets.
const LEAST_LIST: u16 = 4;
const LEAST_BELOW: u16 = 5;
/// Lines below the list that are enough for most packets.
const ENOUGH_BELOW: u16 = 27;
const LEAST_WIDE: u16 = 24;

fn part(whole: u16, share: u16, least: u16, rest: u16) -> u16 {
    let wanted = (u32::from(whole) * u32::from(share) / 1000) as u16;
    wanted.min(whole.saturating_sub(rest)).max(least.min(whole))
}

impl Shares {
    /// Grows or shrinks the list by lines.
    pub fn resize_list(&mut self, whole: u16, height: i32) {
        let share = i32::from(height.clamp(0, i32::from(whole)) as u16) * 1000 / i32::from(whole.max(1));
        // Rounded up, so that the same height comes out again.
        self.list = Some((share + 1).clamp(50, 950) as u16);
    }

    /// Grows or shrinks the tree by columns.
    pub fn resize_tree(&mut self, whole: u16, width: i32) {
        let share = i32::from(width.clamp(0, i32::from(whole)) as u16) * 1000 / i32::from(whole.max(1));
        self.tree = Some((share + 1).clamp(50, 950) as u16);
    }

    /// Shares out `body`.
    pub fn areas(&self, body: Rect, pane: Pane) -> Areas {
        let mut areas = Areas::default();
        let list = match (self.zoomed, pane) {
            (true, Pane::List) => return Areas { list: body, ..areas },
            (true, _) => 0,
            _ => match self.list {
                Some(share) => part(body.height, share, LEAST_LIST, LEAST_BELOW + 1),
                None => {
                    let list = part(body.height, 420, LEAST_LIST, LEAST_BELOW + 1);
                    list.max(body.height.saturating_sub(ENOUGH_BELOW))
                }
            },
        };
        areas.list = Rect { height: list, ..body };
        areas.divider = Rect { y: body.y + list, height: 1.min(body.height - list), ..body };
        let below = body.height.saturating_sub(list + 1);
        let lower = Rect { y: areas.divider.bottom(), height: below, ..body };
        // Two to five lines of words, under the bytes.
        let about = if below < 6 { 0 } else { (below * 2 / 5).clamp(3, 6) };
        if self.zoomed {
            areas.about = Rect { y: lower.bottom() - about, height: about, ..lower };
            let upper = Rect { height: below - about, ..lower };
            *if pane == Pane::Tree { &mut areas.tree } else { &mut areas.bytes } = upper;
            return areas;
        }
        let tree = match self.tree {
            Some(share) => part(body.width, share, LEAST_WIDE, LEAST_WIDE + 1),
            // Sixteen bytes a row where there is room, else eight.
            None if body.width >= 73 + 43 => body.width - 73,
            None => body.width.saturating_sub(40).max(LEAST_WIDE.min(body.width)),
        };
        areas.tree = Rect { width: tree, ..lower };
        areas.split = Rect { x: lower.x + tree, width: 1.min(body.width - tree), ..lower };
        let right = Rect { x: areas.split.right(), width: body.width.saturating_sub(tree + 1), ..lower };
        areas.bytes = Rect { height: below - about, ..right };
        areas.about = Rect { y: right.y + (below - about), height: about, ..right };
        areas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_is_shared_out_without_overlap() {
        for width in 1..140 {
            for height in 1..60 {
                let body = Rect::new(0, 2, width, height);
                for (zoomed, pane) in [(false, Pane::List), (true, Pane::List), (true, Pane::Tree)] {
                    let areas = Shares { zoomed, ..Shares::default() }.areas(body, pane);
                    let all = [areas.list, areas.divider, areas.tree, areas.split, areas.bytes, areas.about];
                    let cells: u32 =
                        all.iter().map(|area| u32::from(area.width) * u32::from(area.height)).sum();
                    assert!(cells <= u32::from(width) * u32::from(height));
                    assert!(all.iter().all(|area| area.area() == 0 || body.union(*area) == body));
                }
            }
        }
    }
}
