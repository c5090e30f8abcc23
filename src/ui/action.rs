//! What a person can ask for, whatever key or mouse button asked.

/// A wish. Keys lead here through [`keys`](super::keys); screens act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// To the left, or close what is open.
    Left,
    /// To the right, or open what is closed.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first line.
    First,
    /// To the last line, or to the line whose number was typed.
    Last,
    /// Open, choose, confirm.
    Enter,
    /// Back to where one came from.
    Back,
    /// End the program.
    Quit,
    /// Which keys there are.
    Help,
    /// What happened to the capture itself: damage, losses, limits.
    Notices,
    /// Stop the program for now, as shells do.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// All together in place of the selected one, or back.
    Sums,
    /// Who used the answer.
    Users,
    /// The lookup that a flow followed, or the flow that followed a lookup.
    Followed,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// A pane grows in height.
    Taller,
    /// A pane shrinks in height.
    Shorter,
    /// The left pane grows.
    WidenPane,
    /// The left pane shrinks.
    NarrowPane,
    /// One pane takes the whole screen, or no longer.
    Zoom,
    /// Type a display filter.
    Filter,
    /// The selected field's value as a display filter.
    FilterByField,
    /// Search the Info column.
    Find,
    /// Write bytes to a file.
    Save,
    /// Both directions, or one of them.
    Direction,
    /// The next place found.
    FindNext,
    /// The place found before.
    FindPrevious,
    /// The next packet with something wrong.
    NextTrouble,
    /// The packet before with something wrong.
    PreviousTrouble,
    /// Type a packet number or a command.
    Command,
    /// The next packet, from any pane.
    NextPacket,
    /// The packet before, from any pane.
    PreviousPacket,
    /// Open everything in the tree.
    ExpandAll,
    /// Close everything in the tree.
    CollapseAll,
    /// Stay at the newest packet.
    Follow,
    /// Hold the view still, or let it go on.
    Pause,
    /// End the live capture; its packets stay.
    StopCapture,
    /// Another way to show times.
    TimeStyle,
    /// Choose columns.
    Columns,
    /// The column grows.
    WidenColumn,
    /// The column shrinks.
    NarrowColumn,
    /// Names instead of addresses, or addresses again.
    Names,
    /// Dark or light.
    Theme,
    /// The screen with this number.
    Screen(u8),
    /// The packet as boxes inside boxes.
    Nest,
    /// The layer as its specification draws it.
    Header,
    /// The socket calls, or not.
    Calls,
    /// How pauses are drawn.
    Pauses,
    /// How much is drawn at once: a flow, a conversation, a host.
    Reach,
    /// The flow as a stream.
    Stream,
    /// Another source of bytes.
    NextSource,
    /// Mark or unmark, switch on or off.
    Toggle,
    /// Another order.
    Sort,
    /// What is selected, over time.
    OverTime,
    /// Nothing laid over.
    Clear,
    /// A closer look.
    ZoomIn,
    /// A look from farther away.
    ZoomOut,
}
