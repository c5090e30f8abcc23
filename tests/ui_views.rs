//! The views of packets, flows and problems, drawn into a buffer and compared
//! with the texts in `tests/ui/`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test ui_views` writes the texts anew: read the
//! difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use crossterm::event::{Event, KeyCode};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wirepeel::capture::OpenOptions;
use wirepeel::decode::Registry;
use wirepeel::decode::sinks::NodeKind;
use wirepeel::session::{Resolve, Session};
use wirepeel::ui::{Action, App, Depth, Options, Theme, Waker, header, nest};

/// Longer than anything takes, however busy the machine: only what never comes takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program with a capture, all of it analysed.
fn app(file: &str, packet: u64) -> App {
    resolving(file, packet, None)
}

/// The same, and somebody to be asked for names.
fn resolving(file: &str, packet: u64, resolve: Option<Arc<dyn Resolve>>) -> App {
    let source = wirepeel::capture::open(&root().join(file), &OpenOptions::default()).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    session.wait_for(u64::MAX);
    // What is named must not depend on luck.
    session.learn_names(u64::MAX, &|| true);
    let (waker, _) = Waker::new();
    let options = Options {
        title: Path::new(file).file_name().unwrap().to_string_lossy().into_owned(),
        packet: Some(packet),
        theme: Some(Theme { dark: true, depth: Depth::Mono, ground: false }),
        resolve,
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
        let capture = app.model.capture.as_ref();
        let filtering = capture.is_some_and(|capture| {
            capture.matches().is_some_and(|matches| matches.tested() < capture.progress().indexed)
        });
        if app.prepare(Size { width, height }) && !filtering {
            // Once more: what has come may move what is seen.
            app.update();
            if app.prepare(Size { width, height }) {
                break;
            }
        }
        assert!(start.elapsed() < PATIENCE, "the screen never became complete");
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

/// Compares with the text of this name, or writes it. The bars above and below
/// belong to other tests.
fn golden(name: &str, got: &str) {
    let lines: Vec<&str> = got.lines().collect();
    let got = &(lines[2..lines.len() - 1].join("\n") + "\n");
    let path = root().join("tests/ui").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == *got, "{name} differs; it was drawn as\n{got}");
}

/// Opens a view of one packet with a layer selected, counted from the link.
fn view(file: &str, packet: u64, open: Action, layer: usize, size: (u16, u16)) -> String {
    let mut app = app(file, packet);
    screen(&mut app, 80, 24);
    for action in [Action::Nest, Action::First].into_iter().chain((1..layer).map(|_| Action::Down)) {
        app.act(action, None);
        screen(&mut app, 80, 24);
    }
    if open == Action::Header {
        app.act(Action::Header, None);
    }
    screen(&mut app, size.0, size.1)
}

/// A packet that is peeled again, as more is known of it, keeps what a key has selected since it
/// was drawn last.
#[test]
fn a_key_is_not_lost_as_its_packet_is_peeled_again() {
    let mut app = app("samples/refused.pcap", 20);
    screen(&mut app, 80, 24);
    for action in [Action::Nest, Action::First, Action::Down] {
        app.act(action, None);
        screen(&mut app, 80, 24);
    }
    let node = |app: &App| app.model.capture.as_ref().unwrap().node;
    let before = node(&app);
    app.act(Action::Down, None);
    let chosen = node(&app);
    assert_ne!(chosen, before);
    app.model.capture.as_mut().unwrap().peeled = None;
    screen(&mut app, 80, 24);
    assert_eq!(node(&app), chosen);
}

/// Knows every host of a network, and who was asked for; a dead one never answers.
#[derive(Default)]
struct Fake {
    asked: Mutex<Vec<IpAddr>>,
    is_dead: bool,
}

impl Resolve for Fake {
    fn name(&self, address: IpAddr) -> Option<String> {
        self.asked.lock().unwrap().push(address);
        if self.is_dead {
            std::thread::sleep(Duration::from_secs(3600));
        }
        Some(format!("host-{}.asked.test", address.to_string().replace(['.', ':'], "-")))
    }
}

/// Draws until a text is there.
fn until(app: &mut App, text: &str) -> String {
    let start = Instant::now();
    loop {
        let shown = screen(app, 160, 70);
        if shown.contains(text) {
            return shown;
        }
        assert!(start.elapsed() < PATIENCE, "{text} never came\n{shown}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A resolver is asked for what is on the screen and what the capture has no name of, once,
/// while names are shown; what it says is marked, and told as its word in the tree.
#[test]
fn the_resolver_is_asked_for_what_the_capture_does_not_tell() {
    let names = "tests/transactions/names.pcap";
    let fake = Arc::new(Fake::default());
    let mut app = resolving(names, 1, Some(fake.clone()));
    app.act(Action::Names, None);
    screen(&mut app, 120, 36);
    std::thread::sleep(Duration::from_millis(600));
    screen(&mut app, 120, 36);
    assert!(fake.asked.lock().unwrap().is_empty(), "addresses were wanted, not names");
    app.act(Action::Names, None);
    until(&mut app, "host-10-0-0-53.asked.test*:53");
    for action in [Action::NextPacket, Action::NextPacket, Action::NextPane, Action::ExpandAll] {
        app.act(action, None);
    }
    let told = until(&mut app, "host-10-0-0-53.asked.test (this machine's resolver, asked now");
    // What the capture names stays so.
    assert!(told.contains("alice:50003"), "{told}");
    app.act(Action::Screen(5), None);
    app.act(Action::NextPane, None);
    until(&mut app, "host-10-0-0-53.asked.test* 10.0.0.53");
    // A key takes the message away that stands there.
    app.event(&Event::Key(KeyCode::Char('?').into()));
    let shown = until(&mut app, "asks the resolver (*)");
    assert!(shown.contains("names are asked of this machine's resolver"), "{shown}");
    let mut asked = fake.asked.lock().unwrap().clone();
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), all, "an address was asked for twice");
    // `alice` is named by DHCP, the server by DNS.
    for named in ["10.0.0.10", "10.0.0.80"] {
        assert!(!asked.contains(&named.parse().unwrap()), "{named} has a name in the capture");
    }
    assert!(!asked.iter().any(|address| address.is_multicast()), "{asked:?}");
}

/// Nobody waits for a resolver that never answers: neither the screen nor a key nor the end.
#[test]
fn a_dead_resolver_delays_nothing() {
    let fake = Arc::new(Fake { is_dead: true, ..Fake::default() });
    let mut app = resolving("tests/transactions/names.pcap", 1, Some(fake.clone()));
    let start = Instant::now();
    while fake.asked.lock().unwrap().is_empty() {
        screen(&mut app, 120, 36);
        assert!(start.elapsed() < PATIENCE, "nobody was asked");
        std::thread::sleep(Duration::from_millis(5));
    }
    let start = Instant::now();
    for action in [Action::Down, Action::Screen(2), Action::Screen(4), Action::Screen(5), Action::Screen(1)] {
        app.act(action, None);
        screen(&mut app, 120, 36);
    }
    drop(app);
    // The resolver holds its threads for good; this took as long as screens take.
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// Whatever leads to another screen, Esc leads back to where one came from, and takes away the
/// filter that was set on the way; a number goes there for good.
#[test]
fn esc_leads_back_to_where_one_came_from() {
    use Action::{Back, Down, Enter, FilterByField, Screen, Stream};
    let mut app = app("samples/refused.pcap", 1);
    let shown = |app: &mut App, actions: &[Action]| {
        for action in actions {
            app.act(*action, None);
            screen(app, 120, 36);
        }
        screen(app, 120, 36)
    };
    let flows = shown(&mut app, &[Screen(2), Action::NextPane]);
    assert!(flows.contains("Esc packets"), "{flows}");
    let ladder = shown(&mut app, &[Stream]);
    assert!(ladder.contains(" Ladder ") && ladder.contains("Esc back"), "{ladder}");
    // From the ladder to a packet and back again, then to the flows.
    let packet = shown(&mut app, &[Down, Enter]);
    assert!(packet.contains("Encapsulation of packet") && packet.contains("Esc back"), "{packet}");
    assert!(shown(&mut app, &[Back]).contains(" Ladder "));
    assert_eq!(shown(&mut app, &[Back]), flows);
    // The flow's packets are a filter, which the way back takes away.
    let filtered = shown(&mut app, &[Enter]);
    assert!(filtered.contains("Encapsulation of packet") && filtered.contains("hidden"), "{filtered}");
    assert_eq!(shown(&mut app, &[Back]), flows);
    let problems = shown(&mut app, &[Screen(6)]);
    assert!(!problems.contains("Esc back"), "a number is no step: {problems}");
    shown(&mut app, &[FilterByField]);
    assert_eq!(shown(&mut app, &[Back]), problems);
    let opened = shown(&mut app, &[Enter, Down]);
    shown(&mut app, &[Enter]);
    assert_eq!(shown(&mut app, &[Back]), opened, "the list of problems is as it was");
    // A filter that is typed stays, wherever it was typed.
    let typed = |app: &mut App, text: &str| {
        app.event(&Event::Key(KeyCode::Char('/').into()));
        text.chars().for_each(|c| app.event(&Event::Key(KeyCode::Char(c).into())));
        app.event(&Event::Key(KeyCode::Enter.into()));
        screen(app, 120, 36)
    };
    shown(&mut app, &[Screen(2), Enter]);
    let typed = typed(&mut app, "tcp");
    assert!(typed.contains("Encapsulation of packet") && !typed.contains("Esc back"), "{typed}");
    let all = shown(&mut app, &[Back]);
    assert!(all.contains("Encapsulation of packet") && !all.contains("hidden"), "{all}");
}

/// A key leads from a flow to the lookup that it followed, and from an answer to each of
/// the flows that did; Esc leads back, step by step.
#[test]
fn a_flow_and_its_lookup_lead_to_each_other() {
    use Action::{Back, Down, Followed, NextPane, Screen};
    let mut app = app("tests/transactions/names.pcap", 1);
    let mut act = |actions: &[Action]| {
        let mut shown = String::new();
        for action in actions {
            app.act(*action, None);
            shown = screen(&mut app, 120, 36);
        }
        shown
    };
    let flow = act(&[Screen(2), Down, NextPane]);
    assert!(flow.contains("Looked up as blog.test 0.007000 s before"), "{flow}");
    let lookup = act(&[Followed]);
    assert!(lookup.contains("? packet 5: 10.0.0.11:40002 asks"), "{lookup}");
    assert!(lookup.contains("Esc back") && lookup.contains("d its flows"), "{lookup}");
    let back = act(&[Back]);
    assert_eq!(back, flow, "Esc leads back to the flow");
    // The first answer was used by two flows.
    let first = act(&[Screen(4), Action::First, Followed]);
    assert!(first.contains("Looked up as www.shop.test 0.003000 s before"), "{first}");
    let second = act(&[Back, Followed]);
    assert!(second.contains("Looked up as www.shop.test 40.020000 s before"), "{second}");
    let again = act(&[Back, Followed, Followed]);
    assert!(again.contains("? packet 3: 10.0.0.10:40001 asks"), "{again}");
    let (flow, dns, packets) = (act(&[Back]), act(&[Back]), act(&[Back]));
    assert!(flow.contains("0.003000 s before") && dns.contains("? packet 3"), "{flow}{dns}");
    assert!(packets.contains("Encapsulation of packet"), "{packets}");
    // What is hidden is not selected by mistake.
    app.act(Screen(1), None);
    app.event(&Event::Key(KeyCode::Char('/').into()));
    for c in "tcp".chars() {
        app.event(&Event::Key(KeyCode::Char(c).into()));
    }
    app.event(&Event::Key(KeyCode::Enter.into()));
    app.act(Screen(2), None);
    screen(&mut app, 120, 36);
    app.act(Followed, None);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("the display filter hides that lookup"), "{shown}");
}

/// Flows by name with the lookup that each followed, and the answer's side of it.
#[test]
fn names_and_who_used_them() {
    use Action::{Down, NextPane};
    let names = "tests/transactions/names.pcap";
    golden("names-flows-80x24.txt", &acted(names, 2, &[NextPane, Down], (80, 24)));
    golden("names-flows-160x30.txt", &acted(names, 2, &[Down, NextPane, Down], (160, 30)));
    golden("names-dns-120x36.txt", &acted(names, 4, &[], (120, 36)));
    golden("names-dns-80x24.txt", &acted(names, 4, &[Down, NextPane], (80, 24)));
    golden("names-hosts-80x24.txt", &acted(names, 5, &[NextPane], (80, 24)));
    let used = acted(names, 4, &[NextPane, Action::Enter], (120, 36));
    assert!(used.contains("tcp.stream == 0 || tcp.stream == 3"), "{used}");
    assert!(acted(names, 4, &[Action::Users], (120, 36)).contains("tcp.stream == 0 || tcp.stream == 3"));
    // The key turns names off and on.
    let list = |actions: &[Action]| acted(names, 1, actions, (120, 36));
    assert!(list(&[]).contains("alice:50003") && list(&[]).contains("www.shop.test:443"), "{}", list(&[]));
    let off = list(&[Action::Names]);
    assert!(off.contains("10.0.0.10:50003") && !off.contains("alice"), "{off}");
    assert!(list(&[Action::Names, Action::Names]).contains("alice:50003"));
}

/// A name that is learnt while the list is seen comes to its lines.
#[test]
fn names_come_when_they_are_learnt() {
    let source =
        wirepeel::capture::open(&root().join("tests/transactions/names.pcap"), &OpenOptions::default())
            .unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    let mut app = App::new(Some(session), Options::default(), Waker::new().0);
    let start = Instant::now();
    while !screen(&mut app, 120, 36).contains("www.shop.test:443") {
        assert!(start.elapsed() < PATIENCE, "the names never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn dns_transactions_and_sums() {
    let mut app = app("tests/transactions/pairs.pcap", 1);
    app.act(Action::Screen(4), None);
    screen(&mut app, 80, 24);
    golden("dns-pairs-80x24.txt", &screen(&mut app, 80, 24));
    app.act(Action::Sort, None);
    app.act(Action::First, None);
    golden("dns-slowest-120x36.txt", &screen(&mut app, 120, 36));
    (0..2).for_each(|_| app.act(Action::Sums, None));
    golden("dns-sums-80x24.txt", &screen(&mut app, 80, 24));
    app.act(Action::Zoom, None);
    app.act(Action::NextPane, None);
    golden("dns-sums-zoomed-200x60.txt", &screen(&mut app, 200, 60));
    app.act(Action::Zoom, None);
    golden("dns-sums-200x60.txt", &screen(&mut app, 200, 60));
}

/// Classes over multicast with the bit above them, and text with its quotes.
#[test]
fn dns_details_of_multicast_and_text() {
    let mut multicast = app("samples/mdns.pcap", 1);
    multicast.act(Action::Screen(4), None);
    screen(&mut multicast, 120, 36);
    multicast.act(Action::Last, None);
    golden("dns-mdns-120x36.txt", &screen(&mut multicast, 120, 36));
    let mut text = app("samples/dns-walk.pcapng", 1);
    text.act(Action::Screen(4), None);
    screen(&mut text, 80, 24);
    text.act(Action::Last, None);
    golden("dns-text-80x24.txt", &screen(&mut text, 80, 24));
}

#[test]
fn caches_at_the_selected_transaction() {
    let mut app = app("samples/dns-cache.pcap", 1);
    app.act(Action::Screen(4), None);
    screen(&mut app, 120, 36);
    (0..3).for_each(|_| app.act(Action::Sums, None));
    golden("dns-caches-120x36.txt", &screen(&mut app, 120, 36));
    app.act(Action::Last, None);
    app.act(Action::NextPane, None);
    app.act(Action::PreviousPane, None);
    golden("dns-caches-last-80x24.txt", &screen(&mut app, 80, 24));
}

/// The walk of the selected transaction: a line leads to its query and to its answer.
#[test]
fn a_walk_is_drawn_and_its_lines_lead_to_packets() {
    let mut app = app("samples/dns-visit.pcap", 1);
    app.act(Action::Screen(4), None);
    app.act(Action::Sums, None);
    golden("dns-way-80x24.txt", &screen(&mut app, 80, 24));
    // A query of the resolver's: the walk is that of the question, its own line selected.
    (0..3).for_each(|_| app.act(Action::Down, None));
    golden("dns-way-120x36.txt", &screen(&mut app, 120, 36));
    // The first Tab gives the keys to what is shown.
    app.act(Action::NextPane, None);
    app.act(Action::Zoom, None);
    (0..2).for_each(|_| app.act(Action::Down, None));
    golden("dns-way-zoomed-200x60.txt", &screen(&mut app, 200, 60));
    app.act(Action::Enter, None);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("Encapsulation of packet 8 "), "{shown}");
    app.act(Action::Screen(4), None);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("▶ Walk"), "{shown}");
    app.act(Action::Right, None);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("Encapsulation of packet 9 "), "{shown}");
}

/// A digit that changed the screen is no line to go to; two of them are.
#[test]
fn the_last_line_of_a_screen_that_a_digit_opened() {
    let mut app = app("samples/dns-visit.pcap", 1);
    press(&mut app, "4G".chars().map(KeyCode::Char));
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("▶ Transactions") && !shown.contains("Encapsulation"), "{shown}");
    press(&mut app, "42G".chars().map(KeyCode::Char));
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("Encapsulation of packet 42 "), "{shown}");
}

/// Each of the samples of resolvers at work: a question of it, and its walk.
#[test]
fn walks_of_the_samples() {
    let samples = [
        ("walk.pcapng", 0),
        // From memory.
        ("cache.pcap", 10),
        ("nxdomain.pcap", 2),
        ("cname.pcap", 0),
        ("truncated.pcap", 0),
        // Asked again, because the first answers were lost.
        ("lost.pcap", 8),
        ("dnssec.pcap", 0),
    ];
    for (name, down) in samples {
        let mut app = app(&format!("samples/dns-{name}"), 1);
        app.act(Action::Screen(4), None);
        screen(&mut app, 120, 36);
        (0..down).for_each(|_| app.act(Action::Down, None));
        app.act(Action::Sums, None);
        let (stem, _) = name.split_once('.').unwrap();
        golden(&format!("dns-way-{stem}-120x36.txt"), &screen(&mut app, 120, 36));
    }
}

#[test]
fn a_transaction_leads_to_its_packets() {
    let mut app = app("samples/dns-walk.pcapng", 1);
    app.act(Action::Screen(4), None);
    screen(&mut app, 120, 36);
    app.act(Action::Down, None);
    app.act(Action::Down, None);
    golden("dns-walk-120x36.txt", &screen(&mut app, 120, 36));
    app.act(Action::Enter, None);
    let start = Instant::now();
    let mut drawn = String::new();
    // The filter runs beside the screen.
    let is_whole = |drawn: &str| drawn.contains("2 of 67") && drawn.matches("Standard query").count() >= 2;
    while !is_whole(&drawn) && start.elapsed() < PATIENCE {
        drawn = screen(&mut app, 120, 36);
    }
    assert!(drawn.contains("dns.id == 0x739b"), "{drawn}");
    let packets: Vec<&str> = drawn.lines().filter(|line| line.contains("Standard query")).collect();
    assert!(packets.len() >= 2 && packets.iter().all(|line| !line.contains("www.")), "{drawn}");
    // The filter of the packets holds for the transactions too.
    app.act(Action::Screen(4), None);
    let drawn = screen(&mut app, 80, 24);
    assert!(drawn.contains("Transactions: 1"), "{drawn}");
}

#[test]
fn nests() {
    golden("nest-dns-80x24.txt", &view("samples/dns-walk.pcapng", 18, Action::Nest, 2, (80, 24)));
    golden("nest-dns-120x36.txt", &view("samples/dns-walk.pcapng", 18, Action::Nest, 4, (120, 36)));
    golden("nest-vlan-200x60.txt", &view("samples/vlan.pcap", 11, Action::Nest, 2, (200, 60)));
    golden("nest-trailer-80x24.txt", &view("samples/bad-sums.pcap", 9, Action::Nest, 3, (80, 24)));
    golden("nest-quoted-80x24.txt", &view("samples/refused.pcap", 20, Action::Nest, 5, (80, 24)));
}

/// A capture of one frame in a file of its own.
fn capture_of(frame: &[u8]) -> tempfile::TempPath {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1, 0, 0, frame.len() as u32, frame.len() as u32] {
        file.extend(word.to_le_bytes());
    }
    file.extend(frame);
    let path = tempfile::Builder::new().suffix(".pcap").tempfile().unwrap().into_temp_path();
    std::fs::write(&path, file).unwrap();
    path
}

#[test]
fn deep_nests_leave_out_what_is_far_from_the_selected_layer() {
    // Ethernet, 28 VLAN tags, and data.
    let mut frame = vec![0, 0, 0x5e, 0, 0x53, 1, 0, 0, 0x5e, 0, 0x53, 2];
    (1..=28u8).for_each(|id| frame.extend([0x81, 0, 0, id]));
    frame.extend([0x88, 0xb5, 1, 2, 3, 4]);
    let path = capture_of(&frame);
    let file = path.to_str().unwrap();
    golden("nest-deep-80x24.txt", &view(file, 1, Action::Nest, 15, (80, 24)));
    golden("nest-deep-120x70.txt", &view(file, 1, Action::Nest, 29, (120, 70)));
}

#[test]
fn headers_lie_at_their_bits() {
    for (name, file, packet, layer, size) in [
        ("ethernet", "samples/dns-walk.pcapng", 9, 1, (80, 24)),
        ("ipv4", "samples/dns-walk.pcapng", 9, 2, (80, 24)),
        ("udp", "samples/dns-walk.pcapng", 9, 3, (80, 24)),
        ("dns", "samples/dns-walk.pcapng", 9, 4, (80, 48)),
        ("tcp", "samples/http.pcap", 12, 3, (80, 40)),
        ("tcp-narrow", "samples/http.pcap", 12, 3, (60, 15)),
        ("tcp-wide", "samples/http.pcap", 12, 3, (200, 60)),
        ("arp", "samples/dhcp-lease.pcap", 3, 2, (80, 24)),
        ("vlan", "samples/vlan.pcap", 3, 2, (80, 24)),
        ("icmp", "samples/vlan.pcap", 3, 4, (80, 24)),
        ("ipv6", "samples/ping-trace.pcapng", 15, 2, (80, 36)),
    ] {
        let text = view(file, packet, Action::Header, layer, size);
        golden(&format!("header-{name}-{}x{}.txt", size.0, size.1), &text);
    }
}

#[test]
fn arrows_follow_the_bits() {
    let mut app = app("samples/dns-walk.pcapng", 9);
    screen(&mut app, 80, 24);
    app.act(Action::Nest, None);
    app.act(Action::First, None);
    app.act(Action::Down, None);
    app.act(Action::Header, None);
    let mut path = Vec::new();
    // Version, IHL, DSCP; down to identification's row and on; back up.
    for action in [
        Action::Right,
        Action::Right,
        Action::Right,
        Action::Down,
        Action::Down,
        Action::Down,
        Action::Down,
        Action::Up,
        Action::Last,
        Action::First,
    ] {
        app.act(action, None);
        let capture = app.model.capture.as_ref().unwrap();
        let tree = &capture.packet().unwrap().tree;
        match tree.node(capture.node.unwrap()).unwrap().kind {
            NodeKind::Field(def) => path.push(def.name),
            _ => path.push("-"),
        }
    }
    assert_eq!(
        path,
        [
            "ip.version",
            "ip.hdr_len",
            "ip.dsfield.dscp",
            "ip.id",
            "ip.proto",
            "ip.src",
            "ip.dst",
            "ip.src",
            "ip.dst",
            "ip.version"
        ]
    );
}

/// A screen after some actions, each on a screen that is complete.
fn acted(file: &str, number: u8, actions: &[Action], size: (u16, u16)) -> String {
    let mut app = app(file, 1);
    screen(&mut app, size.0, size.1);
    app.act(Action::Screen(number), None);
    for action in actions {
        screen(&mut app, size.0, size.1);
        app.act(*action, None);
    }
    screen(&mut app, size.0, size.1)
}

#[test]
fn flows() {
    use Action::{Down, Enter, NextPane, Sort};
    golden("flows-dns-80x24.txt", &acted("samples/dns-walk.pcapng", 2, &[Down], (80, 24)));
    golden("flows-refused-120x36.txt", &acted("samples/refused.pcap", 2, &[Down, Enter, Sort], (120, 36)));
    golden("flows-icmp-200x60.txt", &acted("samples/ping-trace.pcapng", 2, &[NextPane, Down], (200, 60)));
    // Round trips and repeats, where there is room for them.
    let by_rtt = [Sort, Sort, Sort, Sort];
    golden("flows-rtt-160x30.txt", &acted("samples/http.pcap", 2, &by_rtt, (160, 30)));
    golden("flows-again-160x24.txt", &acted("samples/loss.pcap.gz", 2, &[], (160, 24)));
    golden("flows-vlan-130x30.txt", &acted("samples/vlan.pcap", 2, &[NextPane], (130, 30)));
    // Sockets that the host told: a bound address before the wildcard, both with their process.
    golden("flows-sockets-80x24.txt", &acted("samples/sockets.pcapng", 2, &[NextPane], (80, 24)));
    golden("flows-sockets-120x36.txt", &acted("samples/sockets.pcapng", 2, &[NextPane, Down], (120, 36)));
    golden("flows-unclaimed-120x36.txt", &acted("samples/sockets.pcapng", 2, &[Down; 6], (120, 36)));
}

/// On the smallest screen every word below the flows can be read without leaving it.
#[test]
fn the_rule_is_read_where_there_is_little_room() {
    use Action::{Down, First, Last, NextPane, Zoom};
    let mut app = app("samples/sockets.pcapng", 1);
    let mut shown = |actions: &[Action]| {
        for action in actions {
            app.act(*action, None);
            screen(&mut app, 80, 24);
        }
        screen(&mut app, 80, 24)
    };
    let words = |text: &str, below: &str| -> Vec<String> {
        let body = text.lines().take(text.lines().count() - 1);
        let lines = body.skip_while(|line| !line.contains(below)).skip(1);
        lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
    };
    const HEAD: &str = "How a segment finds its socket";
    let all = words(&shown(&[Action::Screen(2), NextPane, Zoom]), HEAD);
    let cut = shown(&[Zoom]);
    assert!(cut.contains('…') && cut.contains("Tab, z: all of it"), "{cut}");
    let head = shown(&[NextPane]);
    assert!(head.contains("▶ How a segment") && head.contains("more, z: all of it"), "{head}");
    let mut read = words(&head, HEAD);
    let mut tail = words(&shown(&[Last]), HEAD);
    // Joined where they overlap.
    let overlap = (0..=read.len().min(tail.len())).rev().find(|n| read.ends_with(&tail[..*n])).unwrap();
    read.extend(tail.drain(overlap..));
    assert_eq!(read, all);
    assert_eq!(shown(&[First]), head);
    // Another flow is read from its beginning.
    shown(&[Last]);
    let other = shown(&[NextPane, NextPane, Down, NextPane]);
    assert!(other.contains("▶ How a segment") && !other.contains("↑"), "{other}");
}

/// The stream of a packet, after some actions.
fn stream(file: &str, packet: u64, actions: &[Action], size: (u16, u16)) -> (App, String) {
    let mut app = app(file, packet);
    screen(&mut app, size.0, size.1);
    app.act(Action::Stream, None);
    for action in actions {
        screen(&mut app, size.0, size.1);
        app.act(*action, None);
    }
    let text = screen(&mut app, size.0, size.1);
    (app, text)
}

#[test]
fn streams_as_text_and_hexadecimal() {
    use Action::{Direction, Down, First, Last, NextPane, NextTrouble};
    let shown = |file, packet, actions: &[Action], size| stream(file, packet, actions, size).1;
    let text = [NextPane];
    golden("stream-http-80x24.txt", &shown("samples/http.pcap", 8, &text, (80, 24)));
    golden("stream-typing-100x30.txt", &shown("samples/typing.pcap", 5, &text, (100, 30)));
    let loss = [NextPane, First, NextTrouble];
    golden("stream-loss-80x24.txt", &shown("samples/loss.pcap.gz", 7, &loss, (80, 24)));
    let hex = [NextPane, NextPane, Last];
    golden("stream-hex-120x36.txt", &shown("samples/http.pcap", 8, &hex, (120, 36)));
    let both = [NextPane, NextPane, NextPane, Direction, Direction, First, Down];
    golden("stream-both-80x24.txt", &shown("samples/http.pcap", 8, &both, (80, 24)));
    golden("stream-datagrams-80x24.txt", &shown("samples/tftp.pcap", 6, &both[..3], (80, 24)));
}

/// Types into the prompt that is open.
fn write(app: &mut App, text: &str) {
    press(app, text.chars().map(KeyCode::Char).chain([KeyCode::Enter]));
}

fn press(app: &mut App, codes: impl Iterator<Item = KeyCode>) {
    use crossterm::event::{Event, KeyEvent, KeyModifiers};
    codes.for_each(|code| app.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
}

#[test]
fn bytes_of_a_stream_are_found_and_lead_to_their_packets() {
    use Action::{Enter, Find, FindNext, FindPrevious, NextPane};
    // Every key is a segment of its own.
    let (mut app, _) = stream("samples/typing.pcap", 5, &[NextPane, Find], (80, 24));
    write(&mut app, "EL");
    let text = screen(&mut app, 80, 24);
    assert!(text.contains("nothing found"), "capitals are meant as such:\n{text}");
    app.act(Find, None);
    write(&mut app, "ell");
    screen(&mut app, 80, 24);
    app.act(Enter, None);
    let first = app.model.capture.as_ref().unwrap().selected.unwrap();
    // Both sides have it: the echo is the next, and then the first again.
    let mut found = vec![first];
    for action in [FindNext, FindNext, FindPrevious] {
        app.act(Action::Screen(3), None);
        screen(&mut app, 80, 24);
        app.act(action, None);
        screen(&mut app, 80, 24);
        app.act(Enter, None);
        found.push(app.model.capture.as_ref().unwrap().selected.unwrap());
    }
    assert_eq!((found[2], found[3]), (found[0], found[1]));
    assert_ne!(found[0], found[1]);
    // A packet without a flow has no stream.
    let (app, _) = stream("samples/http.pcap", 1, &[], (80, 24));
    assert_eq!(app.model.capture.as_ref().unwrap().stream, None);
}

#[test]
fn both_sides_are_saved_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("page").to_string_lossy().into_owned();
    let (mut app, _) = stream("samples/http.pcap", 6, &[Action::NextPane, Action::Save], (120, 24));
    write(&mut app, &name);
    screen(&mut app, 120, 24);
    let read = |ending: &str| std::fs::read(format!("{name}{ending}")).unwrap();
    assert!(read(".a").starts_with(b"GET /hello.txt") && read(".b").starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!((read(".a").len(), read(".b").len()), (87, 293));
    std::fs::write(format!("{name}.b"), "mine").unwrap();
    app.act(Action::Save, None);
    write(&mut app, &name);
    screen(&mut app, 120, 24);
    assert_eq!(read(".b"), b"mine");
}

#[test]
fn a_flow_opens_as_a_filter() {
    let mut app = app("samples/refused.pcap", 1);
    app.act(Action::Screen(2), None);
    screen(&mut app, 80, 24);
    app.act(Action::NextPane, None);
    let text = screen(&mut app, 80, 24);
    app.act(Action::Enter, None);
    let capture = app.model.capture.as_ref().unwrap();
    let filter = capture.filter.as_ref().map(|filter| filter.text.clone());
    let filter = filter.unwrap_or_else(|| panic!("no filter from\n{text}"));
    assert!(filter.starts_with("tcp.stream == "), "{filter}");
    let start = Instant::now();
    while capture.matches().unwrap().tested() < capture.progress().analysed {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(capture.count(), 47, "{text}");
}

#[test]
fn statistics() {
    use Action::{Down, First, Last, NextPane, OverTime, Right, Sort, ZoomIn};
    let shown = |name: &str, file: &str, actions: &[Action], size: (u16, u16)| {
        let name = format!("statistics-{name}-{}x{}.txt", size.0, size.1);
        golden(&name, &acted(&format!("samples/{file}"), 5, actions, size));
    };
    let to = |section: usize, more: &[Action]| [vec![NextPane; section], more.to_vec()].concat();
    shown("protocols", "dns-walk.pcapng", &[Down], (80, 24));
    shown("protocols", "ping-trace.pcapng", &[], (120, 36));
    shown("endpoints", "dns-walk.pcapng", &to(1, &[]), (80, 24));
    shown("endpoints", "ping-trace.pcapng", &to(1, &[Sort, Last]), (120, 36));
    shown("conversations", "loss.pcap.gz", &to(2, &[]), (80, 24));
    shown("conversations", "http.pcap", &to(2, &[Sort, Sort, Sort]), (120, 36));
    shown("ports", "dns-walk.pcapng", &to(3, &[]), (80, 24));
    shown("lengths", "tftp.pcap", &to(4, &[]), (80, 24));
    shown("time", "loss.pcap.gz", &to(5, &[Right, Right]), (80, 24));
    shown("time", "tftp.pcap", &to(5, &[Sort, Last]), (120, 36));
    // The packets of a row before all others, then a closer look.
    shown("over", "dns-walk.pcapng", &to(3, &[OverTime, First, Right]), (80, 24));
    shown("closer", "loss.pcap.gz", &to(5, &[First, ZoomIn, ZoomIn]), (120, 36));
}

/// Enter on a row must show as many packets as the row says.
#[test]
fn a_row_of_the_statistics_leads_to_its_packets() {
    use Action::{Down, Enter, NextPane};
    for file in ["samples/dns-walk.pcapng", "samples/http.pcap", "samples/tftp.pcap", "samples/vlan.pcap"] {
        for section in 0..5 {
            for row in 0.. {
                let mut app = app(file, 1);
                app.act(Action::Screen(5), None);
                (0..section).for_each(|_| app.act(NextPane, None));
                screen(&mut app, 160, 40);
                (0..row).for_each(|_| app.act(Down, None));
                let text = screen(&mut app, 160, 40);
                let Some(line) = text.lines().nth(4 + row).filter(|line| line.len() > 20) else { break };
                let line = line.replace("5120 and more", "");
                // Of a port the port itself and its flows come first.
                let before = if section == 3 { 2 } else { 0 };
                let numbers =
                    line.split_whitespace().filter_map(|word| word.replace(',', "").parse::<u64>().ok());
                let packets = numbers.clone().nth(before).unwrap_or_else(|| panic!("no packets in {line}"));
                app.act(Enter, None);
                let capture = app.model.capture.as_ref().unwrap();
                let filter = capture.filter.as_ref().map(|filter| filter.text.clone());
                let start = Instant::now();
                while capture.matches().unwrap().tested() < capture.progress().analysed {
                    assert!(start.elapsed() < PATIENCE);
                    std::thread::sleep(Duration::from_millis(1));
                }
                assert_eq!(capture.count(), packets, "{file}: {filter:?} for\n{line}");
            }
        }
    }
}

/// The display filter in force limits the lists, and rows lead to fewer packets.
#[test]
fn lists_tell_of_what_the_display_filter_lets_through() {
    use Action::{Enter, Filter, NextPane, Reach, Screen};
    let mut app = app("samples/dns-walk.pcapng", 1);
    app.act(Filter, None);
    write(&mut app, "tcp");
    app.act(Screen(5), None);
    let whole = screen(&mut app, 100, 24);
    assert!(whole.contains("UDP"), "{whole}");
    app.act(Reach, None);
    golden("statistics-filtered-100x24.txt", &screen(&mut app, 100, 24));
    app.act(NextPane, None);
    let hosts = screen(&mut app, 100, 24);
    app.act(Enter, None);
    let capture = app.model.capture.as_ref().unwrap();
    let filter = capture.filter.as_ref().unwrap().text.clone();
    assert!(filter.starts_with("(tcp) && (ip.addr == "), "{filter} from\n{hosts}");
    app.act(Screen(5), None);
    app.act(Reach, None);
    assert!(!screen(&mut app, 100, 24).contains("filtered\n"), "the whole capture again");
}

/// Problems, too: how many there are among what the filter lets through, which is the first, and
/// which are listed; and the little graphs beside the ports.
#[test]
fn problems_and_graphs_tell_of_what_the_display_filter_lets_through() {
    use Action::{Back, Enter, Filter, FilterByField, Reach, Screen};
    let mut app = app("samples/bad-sums.pcap", 1);
    let shown = |app: &mut App, actions: &[Action]| {
        for action in actions {
            app.act(*action, None);
            screen(app, 120, 36);
        }
        screen(app, 120, 36)
    };
    let whole = shown(&mut app, &[Screen(6)]);
    app.act(Filter, None);
    write(&mut app, "frame.number > 8 and frame.number < 15");
    let unlimited = shown(&mut app, &[]);
    assert!(
        unlimited.contains("the filter is not applied: w") && unlimited.contains("w filtered only"),
        "{unlimited}"
    );
    let of_kinds = |text: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.contains("Severity")).skip(1);
        let kinds = lines.take_while(|line| line.contains('▸') || line.contains('▾') || line.contains("  "));
        kinds
            .filter(|line| line.contains('▸'))
            .map(|line| line.split_whitespace().skip(2).take(3).collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(of_kinds(&unlimited), of_kinds(&whole));
    let limited = shown(&mut app, &[Reach]);
    let kinds = of_kinds(&limited);
    assert!(kinds.contains(&"error 1 14".to_owned()) && kinds.contains(&"error 2 9".to_owned()), "{limited}");
    assert!(limited.contains("6 packets looked at") && kinds.len() < of_kinds(&whole).len(), "{limited}");
    let open = shown(&mut app, &[Enter]);
    assert_eq!(open.matches("▾").count(), 1, "{open}");
    // As a filter it is the rest of what was let through.
    shown(&mut app, &[FilterByField]);
    let capture = app.model.capture.as_ref().unwrap();
    let text = &capture.filter.as_ref().unwrap().text;
    assert!(text.starts_with("(frame.number > 8 and frame.number < 15) and ("), "{text}");
    assert_eq!(capture.count(), 1, "{text}");
    assert_eq!(shown(&mut app, &[Back]), open, "both filters are as they were");
    assert_eq!(of_kinds(&shown(&mut app, &[Reach])), of_kinds(&whole));
    // Traffic in time is that of the flows that are listed.
    let graph = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains(" UDP ") || line.contains(" TCP "));
        lines.map(|line| line.chars().filter(|c| ('▁'..='█').contains(c)).collect()).collect()
    };
    let mut app = self::app("samples/dns-walk.pcapng", 1);
    let all = graph(&shown(&mut app, &[Screen(2)]));
    app.act(Filter, None);
    write(&mut app, "frame.number < 20");
    let few = graph(&shown(&mut app, &[Reach]));
    assert!(few.iter().all(|graph| !graph.is_empty()) && few != all, "{few:?} of {all:?}");
}

/// What comes later is counted without a key being pressed, in lists and over time.
#[test]
fn statistics_go_on_with_the_capture() {
    use std::io::Write as _;
    let whole = std::fs::read(root().join("samples/http.pcap")).unwrap();
    let (mut ends, mut at) = (Vec::new(), 24);
    while let Some(length) = whole.get(at + 8..at + 12) {
        at += 16 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        ends.push(at);
    }
    // It grows at its end and is never cut: a shorter file would be the end of it.
    let mut growing = tempfile::NamedTempFile::new().unwrap();
    growing.write_all(&whole[..ends[9]]).unwrap();
    let options = OpenOptions { follow: true, ..OpenOptions::default() };
    let source = wirepeel::capture::open(growing.path(), &options).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    assert!(session.wait_for(9));
    let mut app = App::new(Some(session), Options::default(), Waker::new().0);
    let until = |app: &mut App, words: &str| {
        let start = Instant::now();
        loop {
            let text = screen(app, 100, 24);
            if text.contains(words) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "no “{words}” in\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    app.act(Action::Screen(5), None);
    until(&mut app, "    10 100.0 %");
    growing.write_all(&whole[ends[9]..ends[19]]).unwrap();
    until(&mut app, "    20 100.0 %");
    (0..5).for_each(|_| app.act(Action::NextPane, None));
    let before = screen(&mut app, 100, 24);
    growing.write_all(&whole[ends[19]..]).unwrap();
    let start = Instant::now();
    while screen(&mut app, 100, 24) == before {
        assert!(start.elapsed() < PATIENCE, "nothing came to\n{before}");
        std::thread::sleep(Duration::from_millis(20));
    }
    app.act(Action::PreviousPane, None);
    until(&mut app, " 26  56.5 %");
}

#[test]
fn the_mouse_chooses_lists_orders_and_rows() {
    use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let click = |app: &mut App, words: &str, line: usize| {
        let text = screen(app, 120, 30);
        let at = text.lines().nth(line).unwrap();
        let column = at.find(words).map(|at_byte| at[..at_byte].chars().count());
        let column = column.unwrap_or_else(|| panic!("no {words} in {at}")) as u16 + 1;
        let kind = MouseEventKind::Down(MouseButton::Left);
        let row = line as u16;
        app.event(&Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    };
    let mut app = app("samples/ping-trace.pcapng", 1);
    app.act(Action::Screen(5), None);
    click(&mut app, "Endpoints", 2);
    click(&mut app, "peers", 3);
    let text = screen(&mut app, 120, 30);
    assert!(text.contains("by peers") && text.contains("peers▾"), "{text}");
    click(&mut app, "192.0.2.10", 5);
    click(&mut app, "192.0.2.10", 5);
    let filter = app.model.capture.as_ref().unwrap().filter.as_ref().unwrap().text.clone();
    assert_eq!(filter, "ip.addr == 192.0.2.10", "from\n{text}");
    app.act(Action::Screen(5), None);
    click(&mut app, "Time", 2);
    assert!(screen(&mut app, 120, 30).contains("all packets"));
}

#[test]
fn a_port_a_host_and_a_filter_are_laid_over_all_traffic() {
    use Action::{Clear, Enter, Find, NextPane};
    let mut app = app("samples/dns-walk.pcapng", 1);
    app.act(Action::Screen(5), None);
    for (typed, legend) in [
        ("53", "⣿ tcp.port == 53 || udp.port == 53"),
        ("192.0.2.53", "⣿ ip.addr == 192.0.2.53"),
        ("dns.flags.response == 1", "⣿ dns.flags.response == 1"),
    ] {
        app.act(Find, None);
        write(&mut app, typed);
        let text = screen(&mut app, 120, 36);
        assert!(text.contains(legend) && text.contains("⡪ all packets"), "{text}");
    }
    // What is no filter is said, and changes nothing.
    app.act(Find, None);
    write(&mut app, "what == is this");
    let text = screen(&mut app, 120, 36);
    assert!(text.contains("⣿ dns.flags.response == 1"), "{text}");
    app.act(Enter, None);
    let capture = app.model.capture.as_ref().unwrap();
    let filter = capture.filter.as_ref().unwrap().text.clone();
    assert!(filter.starts_with("frame.time_relative >= 0 && frame.time_relative < "), "{filter}");
    assert!(filter.ends_with("&& (dns.flags.response == 1)"), "{filter}");
    // Nothing chosen: the display filter in force stands before all others.
    app.act(Action::Screen(5), None);
    app.act(Clear, None);
    let text = screen(&mut app, 120, 36);
    assert!(text.contains(&format!("⣿ {filter}")[..60]), "{text}");
    app.act(NextPane, None);
    assert!(screen(&mut app, 120, 36).contains("end here"), "the first list follows the last");
}

#[test]
fn problems() {
    use Action::{Down, Enter, NextPane};
    golden("problems-sums-80x24.txt", &acted("samples/bad-sums.pcap", 6, &[Enter], (80, 24)));
    let all = [Enter, NextPane, Enter, NextPane, Enter, NextPane, NextPane, Enter, Down];
    golden("problems-sums-130x36.txt", &acted("samples/bad-sums.pcap", 6, &all, (130, 36)));
    golden("problems-offload-100x30.txt", &acted("samples/offload.pcap", 6, &[Enter], (100, 30)));
    golden("problems-none-80x24.txt", &acted("samples/http.pcap", 6, &[], (80, 24)));
    // The words on a kind where there is room for few; most frequent first.
    golden("problems-order-80x24.txt", &acted("samples/bad-sums.pcap", 6, &[Action::Sort], (80, 24)));
    // Packets to ports that nobody has, each with the packet that asked.
    golden("problems-unclaimed-120x36.txt", &acted("samples/sockets.pcapng", 6, &[Enter], (120, 36)));
    // Remarks on segments say whose they are where it is narrow too.
    let remarks = acted("samples/loss.pcap.gz", 6, &[Enter], (80, 24));
    golden("problems-remarks-80x24.txt", &remarks);
    // Questions and answers: what came of them beside the packet.
    let all: Vec<Action> = [Enter, NextPane].repeat(6).into_iter().chain([Enter]).collect();
    golden("problems-dns-120x48.txt", &acted("tests/transactions/pairs.pcap", 6, &all, (120, 48)));
    golden("problems-dns-80x24.txt", &acted("samples/dns-lost.pcap", 6, &[Enter], (80, 24)));
    // The kind as a filter: only its packets, with an expression that people can change.
    let mut app = app("samples/bad-sums.pcap", 1);
    app.act(Action::Screen(6), None);
    for action in [NextPane, Action::FilterByField] {
        screen(&mut app, 80, 24);
        app.act(action, None);
    }
    let start = Instant::now();
    loop {
        // The filter goes on beside.
        let shown = screen(&mut app, 80, 24);
        if shown.contains("wirepeel.checksum.verdict == \"bad UDP checksum\"") && shown.contains("1 of 25") {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
    }
    // Enter on a packet shows it.
    let mut app = self::app("samples/bad-sums.pcap", 1);
    app.act(Action::Screen(6), None);
    for action in [Enter, Down, Enter] {
        screen(&mut app, 80, 24);
        app.act(action, None);
    }
    assert_eq!(app.model.capture.as_ref().unwrap().selected, Some(13));
    // And what is wrong with it: the sum of the layer that has the verdict.
    screen(&mut app, 80, 24);
    let field = |app: &App| {
        let capture = app.model.capture.as_ref().unwrap();
        let tree = &capture.peeled.as_ref().unwrap().tree;
        tree.line(tree.node(capture.node.unwrap()).unwrap())
    };
    assert!(field(&app).starts_with("Header Checksum: 0xa78a"), "{}", field(&app));
    // A problem, and a remark, where they stand in the tree; then another packet stays as it is.
    for (kinds, words) in [(4, "UDP length 200 exceeds"), (6, "Retransmission")] {
        let mut app = self::app("samples/bad-sums.pcap", 1);
        app.act(Action::Screen(6), None);
        for action in std::iter::repeat_n(NextPane, kinds).chain([Enter, Down, Enter]) {
            screen(&mut app, 80, 24);
            app.act(action, None);
        }
        screen(&mut app, 80, 24);
        assert!(field(&app).contains(words), "{}", field(&app));
        assert!(app.model.capture.as_ref().unwrap().trouble.is_none());
    }
}

/// The job that finds a kind's packets runs on while the screen is made ready:
/// a screen that says that it is complete must not miss those found last.
#[test]
fn an_open_kind_is_complete_only_with_all_its_packets() {
    let mut app = app("samples/bad-sums.pcap", 1);
    app.act(Action::Screen(6), None);
    screen(&mut app, 80, 24);
    app.act(Action::Enter, None);
    let whole = screen(&mut app, 80, 24);
    let size = Size { width: 80, height: 24 };
    for round in 0..400 {
        for _ in 0..2 {
            app.act(Action::Enter, None);
            let start = Instant::now();
            while !app.prepare(size) {
                assert!(start.elapsed() < PATIENCE, "the screen never became complete");
            }
        }
        let area = Rect::new(0, 0, size.width, size.height);
        let mut buffer = Buffer::empty(area);
        app.draw(area, &mut buffer);
        assert_eq!(text(&buffer), whole, "round {round}");
    }
}

/// The ladder of the flow of a packet, after some actions.
fn ladder(file: &str, packet: u64, actions: &[Action], size: (u16, u16)) -> String {
    let mut app = app(file, packet);
    screen(&mut app, size.0, size.1);
    app.act(Action::Stream, None);
    for action in actions {
        screen(&mut app, size.0, size.1);
        app.act(*action, None);
    }
    screen(&mut app, size.0, size.1)
}

#[test]
fn ladders() {
    use Action::{Calls, Down, First, NextTrouble, Pauses, Reach};
    golden("ladder-http-80x24.txt", &ladder("samples/http.pcap", 6, &[Down], (80, 24)));
    golden("ladder-loss-120x36.txt", &ladder("samples/loss.pcap.gz", 30, &[NextTrouble], (120, 36)));
    golden("ladder-repeat-80x24.txt", &ladder("samples/loss.pcap.gz", 3, &[Pauses, Calls], (80, 24)));
    golden("ladder-refused-80x24.txt", &ladder("samples/refused.pcap", 12, &[], (80, 24)));
    golden("ladder-tftp-80x24.txt", &ladder("samples/tftp-loss.pcap", 8, &[Reach, NextTrouble], (80, 24)));
    golden("ladder-dns-200x60.txt", &ladder("samples/dns-walk.pcapng", 6, &[Reach, Reach, First], (200, 60)));
    // Enter shows the selected arrow's packet.
    let mut app = app("samples/loss.pcap.gz", 30);
    screen(&mut app, 80, 24);
    for action in [Action::Stream, NextTrouble, Action::Enter] {
        app.act(action, None);
        screen(&mut app, 80, 24);
    }
    assert_eq!(app.model.capture.as_ref().unwrap().selected, Some(32));
}

/// Small, deterministic pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u16) -> u16 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(most)) as u16
    }
}

#[test]
fn any_area_can_be_drawn_into() {
    let mut dice = Dice(7);
    for (file, packets) in
        [("samples/refused.pcap", 69), ("samples/bad-sums.pcap", 25), ("samples/vlan.pcap", 18)]
    {
        let mut app = app(file, 1);
        for round in 0..40u64 {
            app.model.capture.as_mut().unwrap().select(round % packets);
            screen(&mut app, 80, 24);
            let capture = app.model.capture.as_mut().unwrap();
            let peeled = capture.packet().unwrap().clone();
            let nodes = peeled.tree.len() as u16;
            for _ in 0..12 {
                let (width, height) = (dice.up_to(140) + 1, dice.up_to(50) + 1);
                let whole = Rect::new(0, 0, width, height);
                let (x, y) = (dice.up_to(width), dice.up_to(height));
                // Also areas that reach out of the buffer.
                let area = Rect { x, y, width: dice.up_to(160), height: dice.up_to(60) };
                let node = Some(u32::from(dice.up_to(nodes + 2))).filter(|_| dice.up_to(5) > 0);
                let theme = Theme::default();
                let mut buffer = Buffer::empty(whole);
                nest::draw(&peeled.tree, node, "title", area, &mut buffer, theme);
                header::draw(&peeled.tree, &peeled.sources, node, "title", area, &mut buffer, theme);
            }
        }
        for _ in 0..60 {
            let size = (dice.up_to(200) + 1, dice.up_to(60) + 1);
            app.act(Action::Screen(dice.up_to(6) as u8 + 1), None);
            let actions =
                [Action::Down, Action::Enter, Action::NextPane, Action::Sort, Action::Right, Action::Last];
            app.act(actions[usize::from(dice.up_to(6))], None);
            let area = Rect::new(0, 0, size.0, size.1);
            app.update();
            app.prepare(Size { width: size.0, height: size.1 });
            app.draw(area, &mut Buffer::empty(area));
        }
    }
}

/// Opens the first `before` packets of a file that grows and goes to a stream,
/// which says `first`; waits until it says `said`, once the file has its packets
/// up to `after`.
fn grown(
    file: &str,
    (before, after): (usize, usize),
    (listed, actions): (&[Action], &[Action]),
    [first, said]: [&str; 2],
) -> String {
    use std::io::Write as _;
    let whole = std::fs::read(root().join(file)).unwrap();
    let end = |packets: usize| {
        (0..packets).fold(24, |at, _| {
            at + 16 + u32::from_le_bytes(whole[at + 8..at + 12].try_into().unwrap()) as usize
        })
    };
    let mut growing = tempfile::NamedTempFile::new().unwrap();
    growing.write_all(&whole[..end(before)]).unwrap();
    let options = OpenOptions { follow: true, ..OpenOptions::default() };
    let source = wirepeel::capture::open(growing.path(), &options).unwrap();
    let session = Session::start(source, Arc::new(Registry::default()));
    assert!(session.wait_for(before as u64 - 1));
    let (waker, _) = Waker::new();
    let options = Options { packet: Some(before as u64), ..Options::default() };
    let mut app = App::new(Some(session), options, waker);
    // What may still come is never complete: waits for words instead.
    let until = |app: &mut App, there: &dyn Fn(&str) -> bool| {
        let start = Instant::now();
        loop {
            app.update();
            app.prepare(Size { width: 100, height: 30 });
            let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
            app.draw(buffer.area, &mut buffer);
            let text = text(&buffer);
            if there(&text) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "it never came:\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(&mut app, &|text| {
        text.contains(&format!("\n  {before} ")) || text.contains(&format!("\n {before} "))
    });
    for action in listed {
        app.act(*action, None);
    }
    app.act(Action::Stream, None);
    until(&mut app, &|text| text.contains("packets so far"));
    for action in actions {
        app.act(*action, None);
        until(&mut app, &|text| text.lines().count() > 20);
    }
    let text = until(&mut app, &|text| text.contains(first));
    assert!(!text.contains(said), "it is there before it came:\n{text}");
    growing.write_all(&whole[end(before)..end(after)]).unwrap();
    until(&mut app, &|text| text.contains(said))
}

/// Catches a screen that stays at what was there when it was opened.
#[test]
fn ladders_and_content_grow_with_the_capture() {
    use Action::{Last, NextPane};
    let ladder = grown("samples/http.pcap", (7, 12), (&[], &[]), ["ack=88", "ack=295"]);
    assert!(ladder.contains("recv = 293") && ladder.contains("10 packets so far"), "{ladder}");
    // At the last arrow the screen stays with the newest.
    grown("samples/typing.pcap", (12, 45), (&[], &[Last]), ["\n 12 ", "\n 45 "]);
    // So it does where the list was followed: the lower bar says so.
    let followed = grown("samples/typing.pcap", (12, 45), (&[Last], &[]), ["\n 12 ", "\n 45 "]);
    assert!(followed.contains("following"), "{followed}");
    let moved = grown("samples/http.pcap", (7, 12), (&[Last], &[Action::Up]), ["ack=88", "ack=295"]);
    assert!(!moved.contains("following"), "{moved}");
    let content = grown("samples/http.pcap", (7, 12), (&[], &[NextPane]), ["GET /hello.txt", "200 OK"]);
    assert!(content.contains("GET /hello.txt"), "{content}");
}
