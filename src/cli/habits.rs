//! Options that users of tshark and tcpdump know, and what does the same here.
//!
//! Owns the list of them. What an option of that name does in a command that has
//! one is the command's.

/// The option, and what to write in its place.
const HABITS: &[(&str, &str)] = &[
    ("-2", "it is not needed: what later packets decide is waited for; choose packets with -Y"),
    ("-A", "what a flow carried is printed by `wirepeel stream FILE --flow 0`"),
    ("-a", "a capture ends after -c N packets, or after a time by `timeout 60 wirepeel capture ...`"),
    ("-b", "a capture is written to one file"),
    ("-C", "a capture is written to one file"),
    ("-c", "this command tells of a whole capture; `packets`, `tree` and `fields` stop after -c N packets"),
    ("-D", "interfaces are listed by `wirepeel interfaces`"),
    ("-E", "fields are printed by `wirepeel fields FILE -e NAME -E header=y`"),
    ("-e", "fields are printed by `wirepeel fields FILE -e NAME`"),
    ("-F", "files are written as pcapng"),
    ("-f", "a capture filter is for interfaces; packets of a file are chosen with -Y"),
    ("-G", "what there is to ask for is listed by `wirepeel protocols` and `wirepeel explain NAME`"),
    ("-i", "this command reads files; `wirepeel capture -i IFACE -w FILE` makes one"),
    ("-L", "interfaces are listed by `wirepeel interfaces`"),
    ("-l", "what is printed of a live capture is never held back"),
    ("-N", "names are shown with --names, those of the resolver with --resolve"),
    ("-O", "layers and fields are printed by `wirepeel tree FILE -Y FILTER`"),
    ("-o", "there are no preferences; what a port carries is said with -d tcp.port==9000,http"),
    ("-q", "sums without packets are printed by `wirepeel stats FILE` and `wirepeel flows FILE`"),
    ("-R", "choose packets with -Y"),
    ("-T", "fields are printed by `wirepeel fields FILE -e NAME`; other formats with --format json"),
    ("-t", "times are fields: `wirepeel fields FILE -e frame.time -e frame.time_delta`"),
    ("-V", "layers and fields are printed by `wirepeel tree FILE -Y FILTER`"),
    ("-v", "layers and fields are printed by `wirepeel tree FILE -Y FILTER`, the version by --version"),
    ("-W", "a capture is written to one file"),
    (
        "-w",
        "packets are written by `wirepeel capture -i IFACE -w FILE`, what a flow carried by `wirepeel stream FILE --flow 0 -w FILE`",
    ),
    ("-X", "bytes are printed by `wirepeel tree FILE 1 --bytes`"),
    ("-x", "bytes are printed by `wirepeel tree FILE 1 --bytes`"),
    ("-z", "statistics are printed by `wirepeel stats`, `flows`, `dns --stats` and `stream`"),
];

/// What to write in place of an option that a command does not have.
pub(super) fn advice(option: &str) -> Option<&'static str> {
    HABITS.iter().find(|(known, _)| *known == option).map(|(_, advice)| *advice)
}
