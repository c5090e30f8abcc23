//! The views of packets, flows and problems, drawn into a buffer and compared
//! with the texts in `tests/ui/`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test ui_views` writes the texts anew: read the
//! difference before you commit it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wirepeel::capture::OpenOptions;
use wirepeel::decode::Registry;
use wirepeel::session::Session;
use wirepeel::ui::{Action, App, Depth, Options, Theme, Waker};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program with a capture, all of it analysed.
fn app(file: &str, packet: u64) -> App {
    let source = wirepeel::capture::open(&root().join(file), &OpenOptions::default()).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    session.wait_for(u64::MAX);
    let (waker, _) = Waker::new();
    let options = Options {
        title: Path::new(file).file_name().unwrap().to_string_lossy().into_owned(),
        packet: Some(packet),
        theme: Some(Theme { dark: true, depth: Depth::Mono, ground: false }),
        ..Options::default()
    };
    let mut app = App::new(Some(session), options, waker);
    app.update();
    app
}

/// Draws once everything that will be seen is there.
fn screen(app: &mut App, width: u16, height: u16) -> String {
    let start = Instant::now();
    loop {
        app.update();
        if app.prepare(Size { width, height }) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the screen never became complete");
        std::thread::sleep(Duration::from_millis(2));
    }
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    app.draw(area, &mut buffer);
    text(&buffer)
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        for x in buffer.area.left()..buffer.area.right() {
            line.push_str(buffer[(x, y)].symbol());
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Compares with the text of this name, or writes it.
fn golden(name: &str, got: &str) {
    let path = root().join("tests/ui").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == got, "{name} differs; it was drawn as\n{got}");
}

#[test]
fn nest_of_a_dns_answer() {
    let mut app = app("samples/dns-walk.pcapng", 9);
    screen(&mut app, 80, 24);
    app.act(Action::Nest, None);
    app.act(Action::Down, None);
    app.act(Action::Down, None);
    golden("nest-80x24.txt", &screen(&mut app, 80, 24));
    golden("nest-120x36.txt", &screen(&mut app, 120, 36));
}

#[test]
fn look() {
    let Ok(wish) = std::env::var("LOOK") else { return };
    let mut words = wish.split(' ');
    let mut next = || words.next().unwrap().to_owned();
    let (file, packet, width, height, layer) = (next(), next(), next(), next(), next());
    let mut app = app(&file, packet.parse().unwrap());
    screen(&mut app, 80, 24);
    app.act(if std::env::var("H").is_ok() { Action::Header } else { Action::Nest }, None);
    for _ in 0..layer.parse().unwrap() {
        app.act(Action::Down, None);
    }
    print!("{}", screen(&mut app, width.parse().unwrap(), height.parse().unwrap()));
}
