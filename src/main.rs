//! The program: parse arguments, run, exit code.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    wirepeel::cli::run(wirepeel::cli::Cli::parse())
}
