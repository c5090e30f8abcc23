//! Colours, by what they mean.
//!
//! Owns the palettes (dark and light, from no colour to true colour, told apart
//! by colour-blind people too) and the choice among them. Knows nothing of
//! packets and widgets. Colour never stands alone: signs stand beside it.

use crate::session::problems::Severity;
use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: `NO_COLOR`.
    Mono,
    /// The sixteen of the terminal's own palette.
    Ansi,
    /// 256.
    Indexed,
    /// All.
    True,
}

/// By how bad it is.
impl From<Severity> for Role {
    fn from(severity: Severity) -> Role {
        match severity {
            Severity::Error => Role::Bad,
            Severity::Warning => Role::Odd,
            Severity::Note => Role::Text,
            Severity::Chat => Role::Dim,
        }
    }
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What matters less: offsets, labels of values, generated fields.
    Dim,
    /// Headings of panes and columns.
    Heading,
    /// Lines between panes.
    Line,
    /// The heading of the pane that has the keys.
    Active,
    /// The bars above and below.
    Bar,
    /// What the bar points out: the screen shown, the program's name.
    BarStrong,
    /// A key to press, in a bar or in help.
    Key,
    /// The selected row of the pane that has the keys.
    Selected,
    /// The selected row of another pane.
    SelectedElsewhere,
    /// The bytes of the selected field.
    Lit,
    /// What is selected on the ground of a bar.
    SelectedOnBar,
    /// Bytes elsewhere that the selected field's value is made of too.
    LitFar,
    /// The bytes of the selected field's layer.
    LitLayer,
    /// What a search found; where a byte cursor is.
    Found,
    /// Verdict good.
    Good,
    /// Verdict bad, damage.
    Bad,
    /// Odd, partial, incomplete.
    Odd,
    /// Frame and data.
    Plain,
    /// Link layer.
    Link,
    /// Internet layer.
    Internet,
    /// TCP and its like.
    Transport,
    /// UDP and its like.
    Datagram,
    /// Application layer.
    Application,
}

/// A palette for one kind of terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Light text on a dark ground.
    pub dark: bool,
    /// How many colours there are.
    pub depth: Depth,
    /// Paints its own ground, since nobody said that the terminal's fits.
    pub ground: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Theme { dark: true, depth: Depth::Ansi, ground: false }
    }
}

/// A colour in every depth: true colour and its place among the sixteen.
type Ink = ((u8, u8, u8), Color);

impl Theme {
    /// What the environment says: `NO_COLOR`, `COLORTERM`, `TERM`, `COLORFGBG`.
    pub fn detect() -> Theme {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        Theme::from_environment(&var("NO_COLOR"), &var("COLORTERM"), &var("TERM"), &var("COLORFGBG"))
    }

    fn from_environment(no_color: &str, colorterm: &str, term: &str, fgbg: &str) -> Theme {
        let depth = if !no_color.is_empty() || term == "dumb" {
            Depth::Mono
        } else if matches!(colorterm, "truecolor" | "24bit") {
            Depth::True
        } else if term.contains("256") {
            Depth::Indexed
        } else {
            Depth::Ansi
        };
        // `COLORFGBG` is `foreground;background`, with 7 and 9 to 15 light.
        let ground = fgbg.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok());
        Theme {
            dark: !ground.is_some_and(|ground| ground == 7 || (9..=15).contains(&ground)),
            depth,
            ground: false,
        }
    }

    /// The other one of dark and light, on a ground of its own.
    pub fn toggled(self) -> Theme {
        Theme { dark: !self.dark, ground: true, ..self }
    }

    /// Dark or light as wished, on a ground of its own.
    pub fn chosen(self, dark: bool) -> Theme {
        Theme { dark, ground: true, ..self }
    }

    /// The colours of what has none: text and ground. `None` leaves both to
    /// the terminal.
    pub fn base(self) -> Option<(Color, Color)> {
        let text = self.pick(((0xd8, 0xdc, 0xe0), Color::White), ((0x18, 0x1c, 0x20), Color::Black));
        let ground = self.pick(((0x12, 0x15, 0x18), Color::Black), ((0xfc, 0xfc, 0xfa), Color::White));
        (self.ground && self.depth != Depth::Mono).then_some((text, ground))
    }

    fn color(self, ink: Ink) -> Color {
        let (r, g, b) = ink.0;
        match self.depth {
            Depth::Mono => Color::Reset,
            Depth::Ansi => ink.1,
            Depth::Indexed => Color::Indexed(indexed(r, g, b)),
            Depth::True => Color::Rgb(r, g, b),
        }
    }

    fn pick(self, dark: Ink, light: Ink) -> Color {
        self.color(if self.dark { dark } else { light })
    }

    /// The style for a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let mono = self.depth == Depth::Mono;
        let grey = self.pick(((0x8a, 0x93, 0x9c), Color::DarkGray), ((0x5f, 0x68, 0x70), Color::DarkGray));
        let blue = self.pick(((0x56, 0xb4, 0xe9), Color::LightBlue), ((0x00, 0x5f, 0xa3), Color::Blue));
        let orange = self.pick(((0xe6, 0x9f, 0x00), Color::Yellow), ((0x8f, 0x55, 0x00), Color::Red));
        let vermilion = self.pick(((0xff, 0x7b, 0x45), Color::LightRed), ((0xb5, 0x3a, 0x00), Color::Red));
        let ground = self.pick(((0x24, 0x2f, 0x3b), Color::Blue), ((0xdd, 0xe4, 0xec), Color::Gray));
        match role {
            Role::Text | Role::Plain => plain,
            Role::Dim if mono => plain.add_modifier(Modifier::DIM),
            Role::Dim | Role::Line => plain.fg(grey),
            Role::Heading => plain.add_modifier(Modifier::BOLD),
            Role::Active => plain.fg(blue).add_modifier(Modifier::BOLD),
            Role::Bar if mono => plain.add_modifier(Modifier::REVERSED),
            Role::Bar => plain
                .fg(self.pick(((0xc8, 0xd0, 0xd8), Color::White), ((0x20, 0x28, 0x30), Color::Black)))
                .bg(ground),
            Role::BarStrong if mono => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Role::BarStrong if self.depth == Depth::Ansi => {
                self.style(Role::Bar).fg(if self.dark { Color::LightYellow } else { Color::Blue })
            }
            Role::BarStrong => plain.fg(blue).bg(ground).add_modifier(Modifier::BOLD),
            Role::Key => plain.fg(orange).add_modifier(Modifier::BOLD),
            Role::Selected if mono => plain.add_modifier(Modifier::REVERSED),
            Role::Selected => plain
                .fg(self.pick(((0xff, 0xff, 0xff), Color::Black), ((0x00, 0x00, 0x00), Color::White)))
                .bg(self.pick(((0x1f, 0x55, 0x8a), Color::Cyan), ((0xb5, 0xd6, 0xf6), Color::Blue))),
            Role::SelectedOnBar if mono => {
                plain.remove_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD)
            }
            Role::SelectedOnBar => self.style(Role::Selected),
            Role::SelectedElsewhere if mono => plain.add_modifier(Modifier::UNDERLINED),
            Role::SelectedElsewhere if self.depth == Depth::Ansi => {
                let (fg, bg) =
                    if self.dark { (Color::White, Color::DarkGray) } else { (Color::Black, Color::Gray) };
                plain.fg(fg).bg(bg)
            }
            Role::SelectedElsewhere => {
                plain.bg(self.pick(((0x32, 0x3b, 0x45), Color::Reset), ((0xe2, 0xe8, 0xee), Color::Reset)))
            }
            Role::Lit if mono => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Role::Lit => plain
                .fg(self.color(((0x10, 0x10, 0x10), Color::Black)))
                .bg(self.color(((0xe6, 0x9f, 0x00), Color::Yellow))),
            Role::LitFar if mono => plain.add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
            Role::LitFar => plain
                .fg(self.color(((0x10, 0x10, 0x10), Color::Black)))
                .bg(self.color(((0x56, 0xb4, 0xe9), Color::Cyan))),
            Role::LitLayer if mono => plain.add_modifier(Modifier::BOLD),
            Role::LitLayer if self.depth == Depth::Ansi => {
                plain.fg(if self.dark { Color::LightYellow } else { Color::Blue })
            }
            Role::LitLayer => {
                plain.bg(self.pick(((0x3c, 0x35, 0x22), Color::Reset), ((0xf6, 0xe9, 0xc8), Color::Reset)))
            }
            Role::Found => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Role::Good => {
                plain.fg(self.pick(((0x5c, 0xc8, 0xa8), Color::Cyan), ((0x00, 0x6c, 0x50), Color::Blue)))
            }
            Role::Bad => plain.fg(vermilion).add_modifier(Modifier::BOLD),
            Role::Odd => plain.fg(orange),
            Role::Link => plain.fg(grey),
            Role::Internet => {
                plain
                    .fg(self
                        .pick(((0xf0, 0xe4, 0x7a), Color::LightYellow), ((0x6b, 0x5e, 0x00), Color::Magenta)))
            }
            Role::Transport => plain
                .fg(self
                    .pick(((0xd8, 0x9a, 0xc0), Color::LightMagenta), ((0x8a, 0x3c, 0x6e), Color::Magenta))),
            Role::Datagram => plain.fg(blue),
            Role::Application => {
                plain.fg(self.pick(((0x5c, 0xc8, 0xa8), Color::LightCyan), ((0x00, 0x6c, 0x50), Color::Blue)))
            }
        }
    }
}

/// The nearest of the 6×6×6 cube or of the greys.
fn indexed(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let near = |v: u8| (0u8..6).zip(STEPS).min_by_key(|(_, step)| step.abs_diff(v)).unwrap_or((0, 0));
    let ((ri, rv), (gi, gv), (bi, bv)) = (near(r), near(g), near(b));
    let distance = |x: u8, y: u8, z: u8| {
        [(r, x), (g, y), (b, z)].map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).iter().sum::<u32>()
    };
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let level = 8 + grey * 10;
    if distance(level, level, level) < distance(rv, gv, bv) { 232 + grey } else { 16 + 36 * ri + 6 * gi + bi }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let theme = Theme::from_environment;
        assert_eq!(theme("", "truecolor", "xterm", "15;0"), Theme { depth: Depth::True, ..Theme::default() });
        assert_eq!(
            theme("", "", "xterm-256color", "0;15"),
            Theme { dark: false, depth: Depth::Indexed, ground: false }
        );
        assert_eq!(theme("1", "truecolor", "xterm", ""), Theme { depth: Depth::Mono, ..Theme::default() });
        assert_eq!(theme("", "", "linux", "0;7"), Theme { dark: false, ..Theme::default() });
    }

    /// Catches letters that can hardly be read on white: of the sixteen these few can.
    #[test]
    fn sixteen_colours_can_be_read_on_white() {
        let theme = Theme { dark: false, depth: Depth::Ansi, ground: true };
        let readable = [Color::Black, Color::Red, Color::Blue, Color::Magenta, Color::DarkGray];
        for role in [
            Role::Dim,
            Role::Active,
            Role::Key,
            Role::Good,
            Role::Bad,
            Role::Odd,
            Role::Link,
            Role::Internet,
            Role::Transport,
            Role::Datagram,
            Role::Application,
        ] {
            assert!(theme.style(role).fg.is_some_and(|fg| readable.contains(&fg)), "{role:?}");
        }
    }

    #[test]
    fn nearest_of_256() {
        assert_eq!(indexed(255, 255, 255), 231);
        assert_eq!(indexed(0, 0, 0), 16);
        assert_eq!(indexed(0x80, 0x80, 0x80), 244);
    }
}
