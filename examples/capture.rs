//! Captures for some seconds and says what came:
//! `cargo run --example capture -- eth0 5 [out.pcapng]`.

use std::process::ExitCode;

#[cfg(feature = "live")]
fn main() -> ExitCode {
    use std::time::{Duration, Instant};
    use wirepeel::capture::live::{self, LiveOptions};
    use wirepeel::capture::{Batch, Happening, Source as _, Status};

    let mut arguments = std::env::args().skip(1);
    let options =
        LiveOptions { interfaces: arguments.next().into_iter().collect(), ..LiveOptions::default() };
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let options = LiveOptions { write: arguments.next().map(Into::into), ..options };
    let mut source = match live::open(&options) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (stopper, start) = (source.stopper(), Instant::now());
    let (mut batch, mut packets, mut counters) = (Batch::default(), 0u64, None);
    loop {
        let status = source.read(&mut batch);
        packets += batch.records.len() as u64;
        for happening in &batch.happenings {
            match happening {
                Happening::Notice(notice) => eprintln!("{}", notice.text),
                Happening::Statistics { received, dropped, .. } => counters = Some((*received, *dropped)),
                _ => {}
            }
        }
        batch.clear();
        if status == Status::End {
            break;
        }
        if start.elapsed() > Duration::from_secs(seconds) {
            stopper.stop();
        }
    }
    let (received, dropped) = counters.unwrap_or_default();
    println!(
        "{packets} packets; the kernel received {} and dropped {}",
        received.unwrap_or(0),
        dropped.unwrap_or(0)
    );
    ExitCode::SUCCESS
}

#[cfg(not(feature = "live"))]
fn main() -> ExitCode {
    eprintln!("this build has no live capture");
    ExitCode::from(2)
}
