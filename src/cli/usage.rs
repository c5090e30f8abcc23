//! What is wrong with the arguments, in one line.
//!
//! Owns how the paragraphs in which clap says it become a sentence, and what is
//! said better than clap can. Knows no option of any command.

use super::{Cli, habits};
use crate::cli::similar::{advice, similar};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};
use std::ffi::OsString;
use std::path::Path;

/// What is wrong, what to do about it, and where help is; `words` are the arguments.
pub(super) fn line(error: &Error, words: &[OsString]) -> String {
    let commands = Cli::command();
    let is_command = |word: &&str| commands.find_subcommand(word).is_some();
    let first = words.first().and_then(|word| word.to_str());
    let command = first.filter(is_command);
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let unknown = context(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::UnknownArgument);
    let said = match (unknown, context(ContextKind::InvalidSubcommand)) {
        (Some(option), _) if option.starts_with('-') => match habits::advice(option) {
            Some(advice) => format!("there is no {option} here: {advice}"),
            // What clap would have it written as is hardly ever meant.
            None if !option.starts_with("--") => format!("there is no option {option}"),
            None => sentence(&error.to_string()),
        },
        (None, Some(_)) if error.kind() == ErrorKind::ArgumentConflict => {
            match (words.iter().filter_map(|word| word.to_str()).find(is_command), first.and_then(no_command))
            {
                (Some(command), _) => format!("the command comes first: wirepeel {command} ..."),
                (None, Some(text)) => text,
                (None, None) => TOO_MANY.to_owned(),
            }
        }
        (Some(word), _) => format!("{word} is one argument too many: {TOO_MANY}"),
        _ => sentence(&error.to_string()),
    };
    let command = command.map_or(String::new(), |name| format!("{name} "));
    format!("{said}; see wirepeel {command}--help")
}

/// What words behind the file are, mostly.
const TOO_MANY: &str = "one capture is read at a time, a display filter is written -Y FILTER";

/// Of a word that could be a file or a command and is neither.
pub(super) fn no_command(word: &str) -> Option<String> {
    let plain = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !plain || Path::new(word).exists() {
        return None;
    }
    let commands = Cli::command();
    let near = similar(word, commands.get_subcommands().map(|command| command.get_name()));
    Some(format!("{word}: no such file, and no command{}", advice(&near)))
}

/// Of clap's words: what is wrong, and its tips.
fn sentence(said: &str) -> String {
    let mut line = String::new();
    for paragraph in said.split("\n\n") {
        let mut lines = paragraph.lines().map(str::trim).filter(|line| !line.is_empty());
        let Some(first) = lines.next() else { continue };
        if first.starts_with("Usage:") || first.starts_with("For more information") {
            continue;
        }
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.push_str(first.strip_prefix("error:").unwrap_or(first).trim_start());
        // A list follows its heading.
        let rest: Vec<&str> = lines.collect();
        if !rest.is_empty() {
            line.push(' ');
            line.push_str(&rest.join(", "));
        }
    }
    // The words of the standard library.
    line.replace("invalid digit found in string", "a whole number is needed")
        .replace("cannot parse integer from empty string", "a whole number is needed")
        .replace("number too large to fit in target type", "the number is too large")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn said(words: &str) -> String {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let all = std::iter::once(OsString::from("wirepeel")).chain(words.iter().cloned());
        line(&Cli::try_parse_from(all).unwrap_err(), &words)
    }

    #[test]
    fn paragraphs_become_a_line() {
        assert_eq!(
            said("stream"),
            "the following required arguments were not provided: <--flow <N>|--tcp <N>|--udp <N>>, <FILE>; \
             see wirepeel stream --help"
        );
        assert_eq!(
            said("packets x.pcap --formt json"),
            "unexpected argument '--formt' found; tip: a similar argument exists: '--format'; \
             see wirepeel packets --help"
        );
    }

    #[test]
    fn values_are_told_with_the_help_of_their_command() {
        assert_eq!(
            said("flows x.pcap --by x"),
            "invalid value 'x' for '--by <GROUP>' [possible values: port, host, process]; \
             see wirepeel flows --help"
        );
        assert_eq!(
            said("stream x.pcap --flow x"),
            "invalid value 'x' for '--flow <N>': a whole number is needed; see wirepeel stream --help"
        );
        for count in ["0", "-1", "x"] {
            let wanted = format!(
                "invalid value '{count}' for '--count <N>': a whole number from 1 on is needed; \
                 see wirepeel packets --help"
            );
            assert_eq!(said(&format!("packets x.pcap -c {count}")), wanted);
        }
    }

    #[test]
    fn what_other_programs_call_otherwise_is_told() {
        assert!(said("-r x.pcap -T fields").contains("`wirepeel fields FILE -e NAME`"));
        assert!(said("packets x.pcap -z io,phs").contains("`wirepeel stats`"));
        assert_eq!(said("packets x.pcap -Z"), "there is no option -Z; see wirepeel packets --help");
        assert!(Cli::try_parse_from(["wirepeel", "-nnr", "x.pcap"]).is_ok(), "as tcpdump");
    }

    /// An option of the list that a command has would never be looked up there; one that every
    /// command has would be listed for nothing.
    #[test]
    fn habits_are_options_that_some_command_lacks() {
        let commands = Cli::command();
        let has = |command: &clap::Command, option: char| {
            command.get_arguments().any(|arg| arg.get_short() == Some(option))
        };
        let mut reading = commands.get_subcommands().filter(|command| has(command, 'r'));
        let all: Vec<_> = reading.by_ref().collect();
        for option in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
            if habits::advice(&format!("-{option}")).is_some() {
                assert!(!all.iter().all(|command| has(command, option)), "-{option}");
            }
        }
    }

    #[test]
    fn a_word_too_many_is_told_with_what_it_may_be() {
        assert_eq!(
            said("packets x.pcap dns"),
            format!("dns is one argument too many: {TOO_MANY}; see wirepeel packets --help")
        );
        assert_eq!(said("x.pcap y.pcap"), format!("{TOO_MANY}; see wirepeel --help"));
        assert_eq!(said("x.pcap tree 1"), "the command comes first: wirepeel tree ...; see wirepeel --help");
        assert!(said("-n tree x.pcap").starts_with("the command comes first: wirepeel tree"));
        assert!(said("stat x.pcap").starts_with("stat: no such file, and no command; did you mean stats?"));
    }
}
