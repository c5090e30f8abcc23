//! `completions` and `man`: made from the arguments themselves.

use super::Cli;
use super::failure::{DONE, Outcome};
use super::output::Output;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use std::io::Write as _;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs, output: &mut Output) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wirepeel", &mut text);
    output.write_all(&text)?;
    Ok(DONE)
}

/// One page with every command on it.
pub(super) fn manual(output: &mut Output) -> Outcome {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(output)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        writeln!(output, ".SH \"COMMAND {}\"", sub.get_name().to_uppercase())?;
        let page = clap_mangen::Man::new(sub.clone());
        page.render_synopsis_section(output)?;
        page.render_description_section(output)?;
        page.render_options_section(output)?;
    }
    Ok(DONE)
}
