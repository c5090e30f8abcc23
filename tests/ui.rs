//! Screens as text: real samples, real keys, at several sizes, compared with
//! the texts in `tests/ui`. And a machine that presses anything at any size.
//!
//! `UPDATE_GOLDEN=1 cargo test --test ui` writes the texts anew: read the
//! difference before you commit it.

#![allow(clippy::unwrap_used)]

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr as _;
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::Registry;
use wirepeel::session::Session;
use wirepeel::ui::{App, Depth, Live, Options, Theme, Waker};

/// Longer than anything takes, however busy the machine: only what never comes takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program without a terminal.
struct Stage {
    app: App,
    size: Size,
}

fn session(sample: &str) -> Session {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let session =
        Session::start(open(&path, &OpenOptions::default()).unwrap(), Arc::new(Registry::default()));
    let end = Instant::now() + PATIENCE;
    while !session.is_finished() {
        assert!(Instant::now() < end, "{sample} is not read in time");
        session.wait(Duration::from_millis(50));
    }
    // What is named must not depend on luck.
    session.learn_names(u64::MAX, &|| true);
    session
}

impl Stage {
    fn new(sample: &str, width: u16, height: u16) -> Stage {
        Stage::with(sample, width, height, Options::default())
    }

    fn with(sample: &str, width: u16, height: u16, options: Options) -> Stage {
        let theme = Some(Theme { depth: Depth::Mono, ..Theme::default() });
        let options = Options { title: sample.to_owned(), theme, ..options };
        let mut stage = Stage {
            app: App::new(Some(session(sample)), options, Waker::new().0),
            size: Size::new(width, height),
        };
        stage.settle();
        stage
    }

    /// Waits until all that is asked for is there.
    fn settle(&mut self) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.app.update();
            let capture = self.app.model.capture.as_ref().unwrap();
            let busy = capture.find.is_some()
                || capture.matches().is_some_and(|matches| matches.tested() < capture.progress().indexed);
            if self.app.prepare(self.size) && !busy {
                // Once more: what has come may move what is seen.
                self.app.update();
                if self.app.prepare(self.size) {
                    return;
                }
            }
            assert!(Instant::now() < end, "the screen does not come to rest");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn press(&mut self, keys: &str) -> &mut Stage {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            self.app.event(&Event::Key(key(name)));
            // A count holds only for a moment: its digits come at once.
            if !name.starts_with(|c: char| c.is_ascii_digit()) {
                self.settle();
            }
        }
        self
    }

    fn write(&mut self, text: &str) -> &mut Stage {
        for c in text.chars() {
            self.app.event(&Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.width, self.size.height)).unwrap();
        terminal.draw(|frame| self.app.draw(frame.area(), frame.buffer_mut())).unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(&self) -> String {
        let buffer = self.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += symbol.width().max(1) as u16;
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    #[track_caller]
    fn shows(&self, words: &str) {
        assert!(self.text().contains(words), "“{words}” is not on the screen:\n{}", self.text());
    }

    #[track_caller]
    fn is_like(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(format!("{name}.txt"));
        let text = self.text();
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            std::fs::write(&path, text).unwrap();
            return;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == expected, "{name} differs; expected:\n{expected}\nis:\n{text}");
    }
}

fn key(name: &str) -> KeyEvent {
    let code = match name {
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Backspace" => KeyCode::Backspace,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Space" => KeyCode::Char(' '),
        _ => KeyCode::Char(name.chars().next().unwrap()),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[test]
fn packets_at_the_least_size() {
    Stage::new("dns-walk.pcapng", 80, 24).press("Down Down").is_like("dns-80x24");
}

#[test]
fn packets_with_room() {
    Stage::new("dns-walk.pcapng", 120, 36).press("Down Down").is_like("dns-120x36");
}

#[test]
fn wrong_sums_stand_out() {
    let mut stage = Stage::new("bad-sums.pcap", 120, 36);
    stage.press("x").is_like("bad-sums-120x36");
    stage.shows("bad sums 4");
}

#[test]
fn next_problem_goes_on_and_round() {
    let mut stage = Stage::new("bad-sums.pcap", 100, 30);
    for packet in [5, 8, 9, 11, 14, 15, 18, 21, 22, 23, 5] {
        stage.press("x").shows(&format!("Encapsulation of packet {packet} "));
    }
    stage.shows("from the other end");
}

#[test]
fn a_field_lights_its_bytes_and_says_what_it_is() {
    let mut stage = Stage::new("bad-sums.pcap", 120, 36);
    stage.press("Down Down Down Down Tab Right Down Down").is_like("field-120x36");
}

/// What an Initial packet of QUIC holds is in no frame as it is: its bytes have a tab of their own.
#[test]
fn decrypted_bytes_are_shown() {
    let mut stage = Stage::new("quic.pcap", 120, 36);
    stage.press("Down Down Down Tab").shows("source 1 of 3");
    stage.press("Down Down").shows("source 3 of 3");
    stage.is_like("quic-120x36");
}

#[test]
fn the_tree_opens_all_and_closes_all() {
    let mut stage = Stage::new("http.pcap", 100, 40);
    stage.press("Down Down Tab E").is_like("open-100x40");
    stage.press("C");
    stage.shows("▸ TCP");
}

#[test]
fn the_selected_field_stays_from_packet_to_packet() {
    let mut stage = Stage::new("tftp.pcap", 100, 30);
    stage.press("Down Down Tab C Up Right Down Down");
    stage.shows("udp.dstport");
    stage.press("J J J").shows("udp.dstport");
    stage.shows("Encapsulation of packet 6 ");
}

#[test]
fn the_byte_under_the_cursor_selects_its_field() {
    let mut stage = Stage::new("tftp.pcap", 100, 30);
    stage.press("Down Down BackTab Home").shows("eth.dst");
    stage.press("Right Right Right Right Right Right").shows("eth.src");
}

#[test]
fn a_filter_shows_only_what_matches() {
    let mut stage = Stage::new("dns-walk.pcapng", 100, 30);
    stage.press("/").write("dns.qry.t");
    stage.shows("dns.qry.type");
    stage.press("Tab").write(" == 28").press("Enter").is_like("filter-100x30");
    stage.press("Esc");
    stage.shows("67 packets");
}

#[test]
fn a_wrong_filter_says_where() {
    let mut stage = Stage::new("dns-walk.pcapng", 80, 24);
    stage.press("/").write("udp.prot == 53").press("Enter").is_like("filter-wrong-80x24");
    stage.press("Esc").shows("67 packets");
}

#[test]
fn packets_are_reached_by_number() {
    let mut stage = Stage::new("dns-walk.pcapng", 80, 24);
    stage.press("4 2 G").shows("Encapsulation of packet 42 ");
    stage.press(":").write("7").press("Enter").shows("Encapsulation of packet 7 ");
    stage.press("G").shows("Encapsulation of packet 67 ");
    stage.press("g").shows("Encapsulation of packet 1 ");
    stage.press(":").write("9999").press("Enter").shows("there is no packet 9,999");
}

#[test]
fn text_is_found_in_info() {
    let mut stage = Stage::new("dns-walk.pcapng", 100, 30);
    stage.press("f").write("blog").press("Enter").shows("Encapsulation of packet 23 ");
    stage.press("n").shows("Encapsulation of packet 24 ");
    stage.press("N").shows("Encapsulation of packet 23 ");
    stage.press("f").write("no such words").press("Enter").shows("no packet's Info has");
}

#[test]
fn help_comes_from_the_keymap() {
    let mut stage = Stage::new("dns-walk.pcapng", 80, 24);
    stage.press("?").is_like("help-80x24");
    for _ in 0..20 {
        stage.press("PgDn");
    }
    stage.shows("partial: left to the sender's network card");
    stage.press("Esc").shows("Encapsulation");
    // What holds in the present screen comes first.
    stage.press("2").press("?").shows("The flow's stream: segments and bytes");
    stage.press("Esc").press("4").press("?").shows("Below: the transaction, its walk");
}

#[test]
fn columns_are_chosen() {
    let mut stage = Stage::new("dns-walk.pcapng", 80, 24);
    stage.press("c Down Space").is_like("columns-80x24");
    stage.press("Esc");
    assert!(!stage.text().contains("Time"), "the time column is gone");
}

#[test]
fn times_have_four_styles() {
    let mut stage = Stage::new("tftp.pcap", 100, 30);
    stage.press("t").shows("Δ Time");
    stage.press("t").shows("UTC");
    stage.press("t").shows("Local time");
    stage.press("t").shows("0.000000");
}

#[test]
fn a_pane_takes_the_whole_screen() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("8 G BackTab z").is_like("zoom-80x24");
    stage.press("Esc").shows("Source");
}

#[test]
fn an_unsaved_live_capture_asks_first() {
    let live = Live { stop: Arc::new(|| {}), saved: false };
    let mut stage = Stage::with("tftp.pcap", 80, 24, Options { live: Some(live), ..Options::default() });
    stage.press("q").shows("are in no file");
    assert!(!stage.app.is_over());
    stage.press("n").shows("Encapsulation");
    stage.press("q y");
    assert!(stage.app.is_over());
}

#[test]
fn a_view_held_still_loses_nothing() {
    let live = Live { stop: Arc::new(|| {}), saved: true };
    let mut stage = Stage::with("tftp.pcap", 100, 24, Options { live: Some(live), ..Options::default() });
    stage.press("Space").shows("HELD");
    stage.press("Space");
    assert!(!stage.text().contains("HELD"));
}

#[test]
fn too_small_says_so() {
    for (width, height) in [(1, 1), (2, 3), (20, 5), (59, 40), (120, 14)] {
        let stage = Stage::new("tftp.pcap", width, height);
        assert!(width < 20 || stage.text().contains("wirepeel needs"));
    }
}

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Size(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = "Up Down Left Right PgUp PgDn Home End Enter Esc Tab BackTab Space";
    let named =
        proptest::sample::select(keys.split(' ').collect::<Vec<_>>()).prop_map(|name| Step::Key(key(name)));
    let typed = proptest::char::range(' ', '~')
        .prop_map(|c| Step::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    let control = proptest::char::range('a', 'z')
        .prop_map(|c| Step::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)));
    let kinds = vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
    ];
    let mouse = (proptest::sample::select(kinds), 0u16..140, 0u16..50).prop_map(|(kind, column, row)| {
        Step::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
    });
    prop_oneof![
        6 => named,
        6 => typed,
        1 => control,
        4 => mouse,
        1 => any::<String>().prop_map(Step::Paste),
        2 => (1u16..160, 1u16..60).prop_map(|(width, height)| Step::Size(width, height)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that anybody does makes the screen fail, and nothing raw is drawn.
    #[test]
    fn anything_may_happen(steps in proptest::collection::vec(step(), 1..120), sample in 0usize..4) {
        let sample = ["dns-walk.pcapng", "bad-sums.pcap", "http.pcap", "ping-trace.pcapng"][sample];
        // What is pressed may save something: not among the sources.
        let folder = tempfile::tempdir().unwrap();
        std::env::set_current_dir(folder.path()).unwrap();
        let mut stage = Stage::new(sample, 80, 24);
        for step in steps {
            match step {
                Step::Key(key) => stage.app.event(&Event::Key(key)),
                Step::Mouse(mouse) => stage.app.event(&Event::Mouse(mouse)),
                Step::Paste(text) => stage.app.event(&Event::Paste(text)),
                Step::Size(width, height) => stage.size = Size::new(width, height),
            }
            stage.app.update();
            stage.app.prepare(stage.size);
            let buffer = stage.buffer();
            for cell in buffer.content() {
                prop_assert!(!cell.symbol().chars().any(char::is_control), "raw: {:?}", cell.symbol());
            }
        }
    }
}

/// Catches the tree and the bytes of a packet that the filter hides, and a place that is lost by it.
#[test]
fn a_filter_that_lets_nothing_through_shows_nothing() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("Down Down Down /").write("udp.port == 9").press("Enter");
    stage.is_like("filter-nothing-80x24");
    stage.press("s").shows("no packet is selected");
    stage.press("z Tab").shows("No packet passes the filter.");
    stage.press("Esc Esc Esc").shows("Encapsulation of packet 4 ");
}

/// Catches words on a wrong filter that end where the line does.
#[test]
fn all_words_on_a_wrong_filter_can_be_read() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("/").write("tcp.port == 80 and frame contains example").press("Enter");
    stage.is_like("filter-wrong-long-80x24");
    stage.shows("write `\"example\"`");
}

/// Catches an answer that lies under the prompt which it is an answer to.
#[test]
fn what_is_no_command_is_told_and_can_be_mended() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press(":").write("flwos").press("Enter").shows(":flwos   no such command");
    stage.press("Backspace Backspace Backspace Backspace").press("Enter").shows("which? flows filter ");
    stage.write("lo").press("Enter").shows("Flows: 4");
}

/// Catches typing beyond the end of the line without seeing what is typed.
#[test]
fn a_long_text_in_a_prompt_is_seen_at_its_cursor() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("f").write(&"long ".repeat(20)).write("end");
    stage.shows("long end");
}

/// Catches keys that do nothing and say nothing.
#[test]
fn a_key_that_means_nothing_says_so() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("y").shows("y means nothing here; ? lists the keys");
    stage.press("5 z").shows("nothing to do here; ? lists the keys");
    stage.press("1 F").shows("nothing more comes: the capture is read to its end");
    // One source of bytes: the cursor stays where it is.
    stage.press("Tab Tab Right Right b").shows("nothing to do here; ? lists the keys");
    let mut stage = Stage::new("offload.pcap", 80, 24);
    stage.press("4 s").shows("no transaction is selected");
}

/// Catches a message that ends where the last line does.
#[test]
fn a_long_message_can_be_read() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    stage.press("5 BackTab f").write("frame contains example").press("Enter");
    stage.is_like("message-80x24");
    stage.shows("write `\"example\"`");
}

/// Catches text below the lower edge that nothing tells of.
#[test]
fn what_is_further_down_is_counted() {
    let mut stage = Stage::new("dns-walk.pcapng", 80, 24);
    stage.press("4 v").shows(" ↓ 1 more, Tab  v: all together ");
    stage.press("v").shows(" more, Tab  v: caches then ");
    stage.press("Tab End").shows("─ v: caches then ");
}

/// Catches what is selected but looks like all around it where there are no colours.
#[test]
fn without_colours_the_screen_and_the_completion_are_seen_too() {
    let mut stage = Stage::new("http.pcap", 80, 24);
    let reversed = |stage: &Stage, words: &str, y: u16| {
        let line: String = (0..80).map(|x| stage.buffer()[(x, y)].symbol().to_owned()).collect();
        let x = line.chars().take_while(|c| !c.is_ascii()).count() + line.find(words).unwrap();
        stage.buffer()[(x as u16, y)].modifier.contains(ratatui::style::Modifier::REVERSED)
    };
    assert!(!reversed(&stage, "1 Packets", 0) && reversed(&stage, "2 Flows", 0));
    stage.press("6 Up");
    assert!(reversed(&stage, "1 Packets", 0) && !reversed(&stage, "6 Problems", 0));
    stage.press("1 /").write("htt").press("Tab");
    stage.shows(" http ");
    assert!(!reversed(&stage, "http ", 2) && reversed(&stage, "http.accept", 3));
}

/// Catches names that lie over each other, and a word that looks like a button and is none.
#[test]
fn the_upper_bar_fits_and_its_help_can_be_clicked() {
    let mut stage = Stage::new("http.pcap", 60, 15);
    assert!(
        stage.text().starts_with("    1 Packets 2 Flows 3 Streams 4 DNS 5 Stats 6 Problems"),
        "{}",
        stage.text()
    );
    stage.size = Size::new(80, 24);
    stage.settle();
    let down = MouseEventKind::Down(MouseButton::Left);
    stage.app.event(&Event::Mouse(MouseEvent {
        kind: down,
        column: 74,
        row: 0,
        modifiers: KeyModifiers::NONE,
    }));
    stage.settle();
    stage.shows("─ Help ─");
}

/// Catches headings that lie over each other, and a filter whose part in what is shown is cut off.
#[test]
fn what_a_filter_has_to_do_with_a_screen_is_read() {
    let mut stage = Stage::new("bad-sums.pcap", 80, 24);
    stage.press("/").write("udp").press("Enter 2 Up").shows("▶ Ports: 3, not filtered (w) ");
    stage.press("6 Up").shows("2 chat: 25 packets looked at (not filtered: w)");
    stage.press("w").shows("17 packets looked at (filtered, w: all)");
    stage.press("5 Up").shows(" of all (w)");
    stage.press("w").shows(" filtered (w)");
    // The lists stand side by side.
    stage.size = Size::new(120, 36);
    stage.press("2 Up").shows("▶ Ports: 3 of all ─");
    stage.press("w").shows("▶ Ports: 1, filtered (w) ─");
}
