//! The keymap: one table, from which both keys and help come.
//!
//! Owns which key means what, where. Knows nothing of what an action does.

use super::action::Action;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a binding holds. A screen names its own; what it has no binding for
/// is looked up in [`Context::Everywhere`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In every screen.
    Everywhere,
    /// In all panes of the packets screen.
    Packets,
    /// The list of packets.
    List,
    /// The tree of the selected packet.
    Tree,
    /// Its bytes.
    Bytes,
    /// Flows and ports.
    Flows,
    /// What a flow carried.
    Content,
    /// A flow's segments as arrows.
    Ladder,
    /// Both of a flow's views.
    Streams,
    /// DNS transactions.
    Dns,
    /// Statistics.
    Statistics,
    /// Traffic over time.
    Time,
    /// Problems.
    Problems,
    /// The packet as boxes.
    Nest,
    /// The header as its specification draws it.
    Header,
    /// Choosing an interface or a file.
    Chooser,
    /// Help, and other text to read.
    Reading,
    /// A small window to choose in.
    Dialog,
}

impl Context {
    /// Its heading in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Context::Everywhere => "Everywhere",
            Context::Packets => "Packets",
            Context::List => "Packets: the list",
            Context::Tree => "Packets: the tree",
            Context::Bytes => "Packets: the bytes",
            Context::Flows => "Flows",
            Context::Streams => "Streams",
            Context::Ladder => "Streams: the ladder",
            Context::Content => "Streams: the content",
            Context::Dns => "DNS",
            Context::Statistics => "Statistics",
            Context::Time => "Statistics: over time",
            Context::Problems => "Problems",
            Context::Nest => "Nest",
            Context::Header => "Header",
            Context::Chooser => "Choosing",
            Context::Reading => "Help",
            Context::Dialog => "Dialogs",
        }
    }

    /// Where a key is looked up, in order.
    pub const fn chain(self) -> &'static [Context] {
        match self {
            Context::List => &[Context::List, Context::Packets, Context::Everywhere],
            Context::Tree => &[Context::Tree, Context::Packets, Context::Everywhere],
            Context::Bytes => &[Context::Bytes, Context::Packets, Context::Everywhere],
            Context::Packets => &[Context::Packets, Context::Everywhere],
            Context::Flows => &[Context::Flows, Context::Everywhere],
            Context::Streams => &[Context::Streams, Context::Everywhere],
            Context::Ladder => &[Context::Ladder, Context::Streams, Context::Everywhere],
            Context::Content => &[Context::Content, Context::Streams, Context::Everywhere],
            Context::Dns => &[Context::Dns, Context::Everywhere],
            Context::Statistics => &[Context::Statistics, Context::Everywhere],
            Context::Time => &[Context::Time, Context::Statistics, Context::Everywhere],
            Context::Problems => &[Context::Problems, Context::Everywhere],
            Context::Nest => &[Context::Nest, Context::Everywhere],
            Context::Header => &[Context::Header, Context::Everywhere],
            Context::Chooser => &[Context::Chooser, Context::Everywhere],
            Context::Reading => &[Context::Reading, Context::Everywhere],
            Context::Dialog => &[Context::Dialog, Context::Everywhere],
            Context::Everywhere => &[Context::Everywhere],
        }
    }
}

/// One row of the keymap.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys, such as `j`, `Down`, `Ctrl-f`.
    pub keys: &'static [&'static str],
    /// What they mean.
    pub action: Action,
    /// Its name after `:`; empty where that makes no sense.
    pub name: &'static str,
    /// What it does, for the help.
    pub help: &'static str,
}

const fn bind(
    context: Context,
    keys: &'static [&'static str],
    action: Action,
    name: &'static str,
    help: &'static str,
) -> Binding {
    Binding { context, keys, action, name, help }
}

use Context::{
    Bytes, Chooser, Content, Dialog, Dns, Everywhere, Flows, Header, Ladder, List, Nest, Packets, Problems,
    Reading, Statistics, Streams, Time, Tree,
};

/// Every key of the program.
#[rustfmt::skip]
pub static KEYMAP: &[Binding] = &[
    bind(Everywhere, &["?", "F1"], Action::Help, "help", "This help; ? again or Esc closes it"),
    bind(Everywhere, &["Esc"], Action::Back, "", "Back: closes a window, a filter, a zoom"),
    bind(Everywhere, &["q"], Action::Quit, "quit", "Quit"),
    bind(Everywhere, &["Ctrl-c"], Action::Quit, "", "Quit"),
    bind(Everywhere, &["Ctrl-z"], Action::Suspend, "suspend", "Suspend; fg brings it back"),
    bind(Everywhere, &["Ctrl-l"], Action::Redraw, "redraw", "Draw everything anew"),
    bind(Everywhere, &["1"], Action::Screen(1), "packets", "Packets"),
    bind(Everywhere, &["2"], Action::Screen(2), "flows", "Flows: which port delivered what"),
    bind(Everywhere, &["3"], Action::Screen(3), "streams", "Streams: a flow's segments, and what it carried"),
    bind(Everywhere, &["4"], Action::Screen(4), "dns", "DNS: every query with its answer"),
    bind(Everywhere, &["5"], Action::Screen(5), "statistics", "Statistics: protocols, hosts, ports, traffic over time"),
    bind(Everywhere, &["6"], Action::Screen(6), "problems", "Problems: what is wrong or odd"),
    bind(Everywhere, &["/"], Action::Filter, "filter", "Display filter, such as udp.port == 53"),
    bind(Everywhere, &[":"], Action::Command, "", "Packet number to go to, or a command"),
    bind(Everywhere, &["M"], Action::Notices, "messages", "What happened to the capture itself: damage, losses"),
    bind(Everywhere, &["T"], Action::Theme, "theme", "Dark or light"),
    bind(Everywhere, &["A"], Action::Names, "names", "Names that the capture tells, or addresses"),
    bind(Everywhere, &["Up", "k"], Action::Up, "", "Up"),
    bind(Everywhere, &["Down", "j"], Action::Down, "", "Down"),
    bind(Everywhere, &["Left", "h"], Action::Left, "", "Left; closes what is open"),
    bind(Everywhere, &["Right", "l"], Action::Right, "", "Right; opens what is closed"),
    bind(Everywhere, &["PgUp", "Ctrl-b", "Ctrl-u"], Action::PageUp, "", "A page up"),
    bind(Everywhere, &["PgDn", "Ctrl-f", "Ctrl-d"], Action::PageDown, "", "A page down"),
    bind(Everywhere, &["Home", "g"], Action::First, "first", "First line"),
    bind(Everywhere, &["End", "G"], Action::Last, "last", "Last line; 42G goes to packet 42"),
    bind(Everywhere, &["Enter"], Action::Enter, "", "Open, choose"),
    bind(Everywhere, &["Tab"], Action::NextPane, "", "Next pane"),
    bind(Everywhere, &["BackTab"], Action::PreviousPane, "", "Pane before"),
    bind(Everywhere, &["z"], Action::Zoom, "zoom", "The pane takes the whole screen, or no longer"),

    bind(Packets, &["f"], Action::Find, "find", "Find text in the Info column"),
    bind(Packets, &["n"], Action::FindNext, "", "Next found"),
    bind(Packets, &["N"], Action::FindPrevious, "", "Found before"),
    bind(Packets, &["x"], Action::NextTrouble, "next-problem", "Next packet with something wrong"),
    bind(Packets, &["X"], Action::PreviousTrouble, "previous-problem", "Packet before with something wrong"),
    bind(Packets, &["J", "."], Action::NextPacket, "", "Next packet, from any pane"),
    bind(Packets, &["K", ","], Action::PreviousPacket, "", "Packet before, from any pane"),
    bind(Packets, &["s"], Action::Stream, "stream", "The stream that the packet belongs to"),
    bind(Packets, &["e"], Action::Nest, "nest", "The packet as boxes inside boxes"),
    bind(Packets, &["r"], Action::Header, "header", "The layer as its RFC draws it"),
    bind(Packets, &["a"], Action::FilterByField, "filter-field", "Filter by the selected field's value"),
    bind(Packets, &["t"], Action::TimeStyle, "time", "Time: since start, since previous, UTC, local"),
    bind(Packets, &["F"], Action::Follow, "follow", "Follow the newest packet, or not"),
    bind(Packets, &["p", "Space"], Action::Pause, "pause", "Hold the view still (live), or go on"),
    bind(Packets, &["S"], Action::StopCapture, "stop", "Stop the live capture; its packets stay"),
    bind(Packets, &["c"], Action::Columns, "columns", "Choose columns and their widths"),
    bind(Packets, &["+", "="], Action::Taller, "", "The list grows"),
    bind(Packets, &["-"], Action::Shorter, "", "The list shrinks"),
    bind(Packets, &[">", "Ctrl-Right"], Action::WidenPane, "", "The tree grows"),
    bind(Packets, &["<", "Ctrl-Left"], Action::NarrowPane, "", "The tree shrinks"),
    bind(Tree, &["E"], Action::ExpandAll, "expand", "Open all layers and fields"),
    bind(Tree, &["C"], Action::CollapseAll, "collapse", "Close all"),
    bind(Bytes, &["b"], Action::NextSource, "", "Next source: frame, reassembled bytes"),

    bind(Flows, &["s"], Action::Stream, "", "The flow's stream: segments and bytes"),
    bind(Flows, &["d"], Action::Followed, "followed", "The lookup that it followed, on the DNS screen; Esc comes back"),
    bind(Flows, &["z"], Action::Zoom, "", "The lower part takes the whole screen, or no longer"),
    bind(Flows, &["o"], Action::Sort, "", "Another order"),
    bind(Flows, &["w"], Action::Reach, "", "Flows of the whole capture, or those with a packet that the display filter lets through"),
    bind(Streams, &["Tab"], Action::NextPane, "", "Ladder, text, hexadecimal, both"),
    bind(Streams, &["Enter"], Action::Enter, "", "The packet here, in the packets screen"),
    bind(Streams, &["J", "."], Action::NextPacket, "", "Next packet of the stream"),
    bind(Streams, &["K", ","], Action::PreviousPacket, "", "Packet before"),
    bind(Ladder, &["c"], Action::Calls, "calls", "The socket calls beside the arrows, or not"),
    bind(Ladder, &["w"], Action::Reach, "conversation", "The flow, all between its two hosts, all of its client"),
    bind(Ladder, &["x"], Action::NextTrouble, "", "Next loss, repeat, reset"),
    bind(Ladder, &["X"], Action::PreviousTrouble, "", "Loss, repeat, reset before"),
    bind(Ladder, &["p"], Action::Pauses, "pauses", "Pauses: a line each, to scale, none"),
    bind(Content, &["/", "f"], Action::Find, "", "Find text or bytes (0x0d0a) in the stream"),
    bind(Content, &["n"], Action::FindNext, "", "Next found"),
    bind(Content, &["N"], Action::FindPrevious, "", "Found before"),
    bind(Content, &["x"], Action::NextTrouble, "", "Next gap, repetition or conflict"),
    bind(Content, &["X"], Action::PreviousTrouble, "", "The one before"),
    bind(Content, &["d"], Action::Direction, "", "Both directions, or one of them"),
    bind(Content, &["w"], Action::Save, "", "Save the bytes, a file a side"),
    bind(Dns, &["o"], Action::Sort, "", "Another order"),
    bind(Dns, &["v"], Action::Sums, "sums", "Below: the transaction, its walk, all together, or what caches may hold then"),
    bind(Dns, &["u"], Action::Users, "users", "The packets of the flows that used the answer; Enter in the transaction does the same"),
    bind(Dns, &["d"], Action::Followed, "", "The flow that followed the answer, on the Flows screen: the next one each time; Esc comes back"),
    bind(Dns, &["s"], Action::Stream, "", "The flow's stream: segments and bytes"),
    bind(Dns, &["Enter"], Action::Enter, "", "Its packets, in the packets screen; in the walk the line's query"),
    bind(Dns, &["Tab"], Action::NextPane, "", "The list, or what is below it: then ↑ and ↓ go through its lines"),
    bind(Dns, &["Right", "l"], Action::Right, "", "In the walk: the line's answer, in the packets screen"),
    bind(Statistics, &["Tab"], Action::NextPane, "", "Next list: protocols, endpoints, … traffic over time"),
    bind(Statistics, &["Enter"], Action::Enter, "", "The packets of the row or of the time, by a display filter"),
    bind(Statistics, &["s", "o"], Action::Sort, "", "Another order; over time: bytes or packets"),
    bind(Statistics, &["t"], Action::OverTime, "", "The row's packets over time, before all others"),
    bind(Statistics, &["f"], Action::Find, "", "Lay a protocol, port, host or filter over all traffic"),
    bind(Statistics, &["w"], Action::Reach, "", "The whole capture, or what the display filter lets through"),
    bind(Time, &["Left", "h"], Action::Left, "", "Earlier; Right and l: later"),
    bind(Time, &["+", "="], Action::ZoomIn, "", "A closer look around the cursor"),
    bind(Time, &["-"], Action::ZoomOut, "", "From farther away"),
    bind(Time, &["d"], Action::Clear, "", "Lay nothing over (the display filter in force is)"),
    bind(Problems, &["o"], Action::Sort, "", "Worst first, or most frequent first"),
    bind(Problems, &["w"], Action::Reach, "", "Problems of the whole capture, or of what the display filter lets through"),
    bind(Problems, &["a"], Action::FilterByField, "", "Packets of the selected kind, as a display filter"),
    bind(Nest, &["e"], Action::Back, "", "Back to the packets"),
    bind(Nest, &["r"], Action::Header, "", "The layer as its RFC draws it"),
    bind(Nest, &["J", "."], Action::NextPacket, "", "Next packet"),
    bind(Nest, &["K", ","], Action::PreviousPacket, "", "Packet before"),
    bind(Header, &["r"], Action::Back, "", "Back to the packets"),
    bind(Header, &["e"], Action::Nest, "", "The packet as boxes inside boxes"),
    bind(Header, &["J", "."], Action::NextPacket, "", "Next packet"),
    bind(Header, &["K", ","], Action::PreviousPacket, "", "Packet before"),
    bind(Chooser, &["Space"], Action::Toggle, "", "Mark or unmark"),
    bind(Reading, &["?"], Action::Back, "", "Close"),
    bind(Dialog, &["Space"], Action::Toggle, "", "On or off"),
    bind(Dialog, &[">", "+", "="], Action::WidenColumn, "", "Wider"),
    bind(Dialog, &["<", "-"], Action::NarrowColumn, "", "Narrower"),
    bind(Dialog, &["c"], Action::Back, "", "Close"),
    bind(List, &["Right", "l"], Action::NextPane, "", "To the tree"),
];

/// What a key means in a context.
pub fn lookup(context: Context, key: KeyEvent) -> Option<Action> {
    let name = name(key)?;
    context.chain().iter().find_map(|context| {
        let rows = KEYMAP.iter().filter(|row| row.context == *context);
        rows.into_iter().find(|row| row.keys.contains(&name.as_str())).map(|row| row.action)
    })
}

/// The action with this name after `:`.
pub fn by_name(name: &str) -> Option<Action> {
    KEYMAP.iter().find(|row| !row.name.is_empty() && row.name == name).map(|row| row.action)
}

/// The first key for an action, to be shown.
pub fn key_of(action: Action) -> &'static str {
    let row = KEYMAP.iter().find(|row| row.action == action);
    row.and_then(|row| row.keys.first()).copied().unwrap_or("")
}

/// A key's name, as the table writes it.
pub fn name(key: KeyEvent) -> Option<String> {
    let mut name = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        name.push_str("Ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        name.push_str("Alt-");
    }
    match key.code {
        KeyCode::Char(' ') => name.push_str("Space"),
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            name.push(c.to_ascii_lowercase());
        }
        KeyCode::Char(c) => name.push(c),
        KeyCode::F(n) => name.push_str(&format!("F{n}")),
        KeyCode::Up => name.push_str("Up"),
        KeyCode::Down => name.push_str("Down"),
        KeyCode::Left => name.push_str("Left"),
        KeyCode::Right => name.push_str("Right"),
        KeyCode::PageUp => name.push_str("PgUp"),
        KeyCode::PageDown => name.push_str("PgDn"),
        KeyCode::Home => name.push_str("Home"),
        KeyCode::End => name.push_str("End"),
        KeyCode::Enter => name.push_str("Enter"),
        KeyCode::Esc => name.push_str("Esc"),
        KeyCode::Tab => name.push_str("Tab"),
        KeyCode::BackTab => name.push_str("BackTab"),
        KeyCode::Backspace => name.push_str("Backspace"),
        KeyCode::Delete => name.push_str("Del"),
        _ => return None,
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut seen = HashSet::new();
        for row in KEYMAP {
            assert!(!row.help.is_empty());
            for key in row.keys {
                assert!(seen.insert((row.context, *key)), "{key} twice in {:?}", row.context);
            }
        }
    }

    #[test]
    fn the_nearest_context_wins() {
        let key = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(lookup(Context::Tree, key('E')), Some(Action::ExpandAll));
        assert_eq!(lookup(Context::List, key('E')), None);
        assert_eq!(lookup(Context::Reading, key('?')), Some(Action::Back));
        assert_eq!(lookup(Context::List, key('?')), Some(Action::Help));
        let ctrl = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(lookup(Context::Dialog, ctrl), Some(Action::Quit));
        assert_eq!(by_name("quit"), Some(Action::Quit));
        assert_eq!(key_of(Action::Nest), "e");
    }
}
