//! What is wrong with the arguments, in one line.
//!
//! Owns how the paragraphs in which clap says it become a sentence. Knows no
//! argument of any command.

/// Of clap's words: what is wrong, its tips, and where help is.
pub(super) fn line(said: &str) -> String {
    let mut line = String::new();
    let mut help = "wirepeel".to_owned();
    for paragraph in said.split("\n\n") {
        let mut lines = paragraph.lines().map(str::trim).filter(|line| !line.is_empty());
        let Some(first) = lines.next() else { continue };
        if let Some(usage) = first.strip_prefix("Usage:") {
            // The program and its command, up to the first argument.
            let is_name = |word: &&str| !word.starts_with(['[', '<', '-']);
            let command = usage.split_whitespace().skip(1).take_while(is_name);
            help.extend(command.flat_map(|word| [" ", word]));
        } else if !first.starts_with("For more information") {
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
    }
    format!("{line}; see {help} --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_a_line() {
        let missing = "error: the following required arguments were not provided:\n  <--flow <N>|--tcp <N>>\n  \
                       <FILE>\n\nUsage: wp stream <--flow <N>> <FILE>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            line(missing),
            "the following required arguments were not provided: <--flow <N>|--tcp <N>>, <FILE>; \
             see wirepeel stream --help"
        );
        let unknown = "error: unexpected argument '--formt' found\n\n  tip: a similar argument exists: \
                       '--format'\n\nUsage: wp packets [OPTIONS]\n\nFor more information, try '--help'.\n";
        assert_eq!(
            line(unknown),
            "unexpected argument '--formt' found; tip: a similar argument exists: '--format'; \
             see wirepeel packets --help"
        );
        let value = "error: invalid value 'x' for '--by <GROUP>'\n  [possible values: port, host]\n\n\
                     For more information, try '--help'.\n";
        assert_eq!(
            line(value),
            "invalid value 'x' for '--by <GROUP>' [possible values: port, host]; see wirepeel --help"
        );
    }
}
