//! `capture`: keeps what interfaces see in a file.

use super::failure::{DONE, Failure, Outcome, UNREADABLE, say};
use super::live::{LiveArgs, stop_on_signals};
use super::numbers;
use super::output::Output;
use super::progress::ProgressBar;
use crate::capture::{Batch, Status};
use crate::store::Meta;
use clap::Args;
use std::sync::Arc;

/// Arguments of `capture`.
#[derive(Debug, Args)]
pub(super) struct CaptureArgs {
    #[command(flatten)]
    live: LiveArgs,
    /// Stop after this many packets
    #[arg(short = 'c', long = "count", value_name = "N", allow_negative_numbers = true, value_parser = numbers::count)]
    count: Option<u64>,
}

pub(super) fn run(args: &CaptureArgs, output: &mut Output) -> Outcome {
    if args.live.interfaces.is_empty() {
        return Err(Failure::said("no interface is named: give -i IFACE; see `wirepeel interfaces`"));
    }
    let Some(out) = &args.live.write else {
        return Err(Failure::said("no file is named: give -w OUT, or -w - for standard output"));
    };
    let (mut source, stop) = args.live.open(args.count, None, &Arc::default())?;
    stop_on_signals(stop)?;
    if out.as_os_str() != "-" {
        args.live.announce();
    }
    // Nothing is peeled: the whole machine is there for capturing.
    let (mut batch, mut meta, mut packets) = (Batch::default(), Meta::default(), 0);
    let mut bar = ProgressBar::new(!output.is_terminal() || out.as_os_str() != "-");
    loop {
        batch.clear();
        let status = source.read(&mut batch);
        packets += batch.records.len() as u64;
        batch.happenings.drain(..).for_each(|happening| meta.add(happening));
        if status == Status::End {
            break;
        }
        bar.count(packets);
    }
    drop(bar);
    for notice in &meta.notices {
        say(&notice.text);
    }
    let plural = if packets == 1 { "" } else { "s" };
    say(&format!("{packets} packet{plural} captured, {} dropped", meta.dropped()));
    Ok(if meta.is_damaged() { UNREADABLE } else { DONE })
}
