//! The processes inside the namespaces, and what they tell in lines that begin with `@`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wirepeel::capture::live::{self, LiveOptions};
use wirepeel::capture::{self, Batch, ByteStore, Happening, OpenOptions, Record, Source, Status};

/// What was seen of a capture.
#[derive(Debug, Default)]
pub struct Told {
    pub error: String,
    pub interfaces: Vec<String>,
    pub notices: Vec<String>,
    /// The last received and dropped of each interface.
    pub statistics: Vec<(u64, u64)>,
    pub packets: u64,
    /// Datagrams to port 4711 by interface.
    pub udp: Vec<u64>,
    pub evicted: u64,
    pub latency: String,
    pub read_back: String,
}

impl Told {
    /// The notices that tell of damage: that an interface went down before it was removed is none.
    pub fn damage(&self) -> Vec<&String> {
        self.notices.iter().filter(|notice| notice.starts_with("true")).collect()
    }

    pub fn from_lines(lines: &[String]) -> Told {
        let mut told = Told::default();
        let mut statistics = BTreeMap::new();
        for line in lines {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let numbers: Vec<u64> = rest.split(' ').filter_map(|word| word.parse().ok()).collect();
            match kind {
                "@error" => told.error = rest.to_owned(),
                "@interface" => told.interfaces.push(rest.to_owned()),
                "@notice" => told.notices.push(rest.to_owned()),
                "@statistics" => drop(statistics.insert(numbers[0], (numbers[1], numbers[2]))),
                "@packets" => told.packets = numbers[0],
                "@udp" => told.udp = numbers,
                "@evicted" => told.evicted = numbers[0],
                "@latency" => told.latency = rest.to_owned(),
                "@readback" => told.read_back = rest.to_owned(),
                _ => {}
            }
        }
        told.statistics = statistics.into_values().collect();
        told
    }

    /// Reads a source to its end, or until so much time has passed.
    fn read(&mut self, source: &mut dyn Source, pause: Duration, limit: Duration) {
        let store = source.bytes();
        let start = Instant::now();
        let mut batch = Batch::default();
        let mut statistics = BTreeMap::new();
        let mut latest = Vec::new();
        loop {
            let status = source.read(&mut batch);
            for happening in &batch.happenings {
                match happening {
                    Happening::Interface(interface) => {
                        let text = format!("{} {}", interface.link, interface.name.as_deref().unwrap_or("?"));
                        println!("@interface {text}");
                        self.interfaces.push(text);
                        self.udp.push(0);
                    }
                    Happening::Statistics { interface, received, dropped, .. } => {
                        let counted = (received.unwrap_or(0), dropped.unwrap_or(0));
                        println!("@statistics {interface} {} {}", counted.0, counted.1);
                        if statistics.insert(*interface, counted).is_none() {
                            println!("@ready");
                        }
                    }
                    Happening::Notice(notice) => {
                        println!("@notice {} {}", notice.damage, notice.text);
                        self.notices.push(notice.text.clone());
                    }
                    _ => {}
                }
            }
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
            for record in &batch.records {
                self.packets += 1;
                if is_ours(store.as_ref(), record) {
                    self.udp[record.interface as usize] += 1;
                    latest.push(now - record.time.0);
                }
            }
            if !batch.records.is_empty() {
                println!("@total {}", self.packets);
            }
            batch.clear();
            if status == Status::End || start.elapsed() > limit {
                break;
            }
            std::thread::sleep(pause);
        }
        latest.sort_unstable();
        if let (Some(most), Some(middle)) = (latest.last(), latest.get(latest.len() / 2)) {
            self.latency =
                format!("median {:.1} ms, most {:.1} ms", *middle as f64 / 1e6, *most as f64 / 1e6);
        }
        self.statistics = statistics.into_values().collect();
        self.evicted = store.evicted();
    }
}

/// Over Ethernet, to UDP port 4711. What was evicted counts as ours: only ours is so much.
fn is_ours(store: &dyn ByteStore, record: &Record) -> bool {
    let mut bytes = vec![0; record.captured as usize];
    match store.read_at(record.offset, &mut bytes) {
        Ok(()) => {
            bytes.get(12..14) == Some(&[8, 0])
                && bytes.get(23) == Some(&17)
                && bytes.get(36..38) == Some(&[0x12, 0x67])
        }
        Err(capture::Gone::Evicted { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

/// What a written file holds.
pub fn read_back(file: &Path) -> Told {
    let mut told = Told::default();
    let mut source = capture::open(file, &OpenOptions::default()).unwrap();
    told.read(source.as_mut(), Duration::ZERO, crate::net::LIMIT);
    told
}

/// Captures or sends, as the parent asks for.
pub fn run() {
    let Ok(role) = std::env::var("WIREPEEL_LIVE_CHILD") else { return };
    // The test's name stands on this line.
    println!();
    let mut parts = role.split(',');
    let what = parts.next();
    let options: BTreeMap<&str, &str> = parts.filter_map(|part| part.split_once('=')).collect();
    let number = |key: &str, otherwise: u64| options.get(key).map_or(otherwise, |text| text.parse().unwrap());
    if let Some("serve" | "call" | "receive" | "datagrams") = what {
        return crate::sockets::talk(what.unwrap(), &options);
    }
    if what == Some("send") {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        let count = number("count", 0);
        let payload = vec![0; 8 + number("padding", 0) as usize];
        let mut sent = 0;
        for turn in 0..count {
            // A refused port shows as an error at a later send: send again.
            while socket.send_to(&payload, options["to"]).is_err() && sent < 10 * count + 1000 {
                sent += 1;
            }
            if turn % 64 == 63 && payload.len() < 500 {
                // At a pace that any machine can capture.
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        println!("@sent {count}");
        return;
    }
    let write = options.get("write").map(|path| Path::new(path).to_path_buf());
    if let (Some(size), Some(folder)) = (options.get("tmpfs"), write.as_deref().and_then(Path::parent)) {
        // `ip netns exec` gave this process a mount namespace of its own.
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={size}");
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "none"]).arg(folder);
        assert!(mount.status().unwrap().success());
    }
    let live = LiveOptions {
        interfaces: options["interfaces"].split('+').map(str::to_owned).collect(),
        filter: options.get("filter").map(|&text| text.to_owned()),
        write: write.clone(),
        buffer: number("buffer", 16 << 20) as usize,
        spool_limit: number("spool", 1 << 30),
        ..LiveOptions::default()
    };
    let mut source = match live::open(&live) {
        Ok(source) => source,
        Err(error) => return println!("@error {error}"),
    };
    let stopper = source.stopper();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stopper.stop();
    });
    let mut told = Told::default();
    told.read(&mut source, Duration::from_millis(number("sleep", 0)), crate::net::LIMIT);
    let udp: Vec<String> = told.udp.iter().map(u64::to_string).collect();
    println!("@packets {}\n@udp {}\n@evicted {}", told.packets, udp.join(" "), told.evicted);
    println!("@latency {}", told.latency);
    if let (Some(file), true) = (&write, options.contains_key("tmpfs")) {
        let kept = read_back(file);
        let (notices, statistics) = (kept.notices.len(), kept.statistics.len());
        println!("@readback {} packets, {notices} notices, {statistics} statistics", kept.packets);
    }
}
