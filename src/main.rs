//! The program: parse arguments, run, exit code.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match wirepeel::cli::Cli::try_parse() {
        Ok(cli) => wirepeel::cli::run(cli),
        Err(error) => wirepeel::cli::misused(&error),
    }
}
