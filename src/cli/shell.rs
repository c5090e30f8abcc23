//! `completions` and `man`: made from the arguments themselves.

use super::Cli;
use super::failure::{DONE, Outcome};
use super::output::Output;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
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
    let page = Man::new(command.clone());
    page.render_title(output)?;
    page.render_name_section(output)?;
    page.render_synopsis_section(output)?;
    page.render_description_section(output)?;
    page.render_options_section(output)?;
    let commands: Vec<_> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    writeln!(output, ".SH COMMANDS")?;
    for sub in &commands {
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(output, ".TP\n\\fB{}\\fR\n{about}", sub.get_name())?;
    }
    for sub in commands {
        writeln!(output, ".SH \"COMMAND {}\"", sub.get_name().to_uppercase())?;
        let page = Man::new(sub.clone());
        page.render_synopsis_section(output)?;
        page.render_description_section(output)?;
        page.render_options_section(output)?;
    }
    output.write_all(END.as_bytes())?;
    page.render_extra_section(output)?;
    page.render_version_section(output)?;
    Ok(DONE)
}

/// What no argument tells.
const END: &str = r#".SH "EXIT STATUS"
.TP
0
Done; of \fBverify\fR: nothing wrong was found.
.TP
1
\fBverify\fR found problems.
.TP
2
Something could not be read, written or understood. Whatever could be read was printed first.
.SH ENVIRONMENT
.TP
NO_COLOR
If it is set the screen has no colours.
.TP
COLORTERM, TERM, COLORFGBG
How many colours the terminal has, and whether its background is light.
.TP
TMPDIR
Where the unlinked temporary file lies that holds what comes from pipes, compressed files and interfaces.
.SH FILES
.TP
$XDG_STATE_HOME/wirepeel/recent
The captures opened last, to choose from; else in ~/.local/state.
"#;
