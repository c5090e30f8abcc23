//! What is said when the arguments are wrong, or the output goes nowhere: one line
//! with what to do, exit code 2, and never a result that looks right.

use crate::{failing, good, program, run, sample};
use std::fs::File;
use std::process::Stdio;

#[test]
fn options_of_a_capture_are_refused_without_an_interface() {
    let file = sample("tftp.pcap");
    for option in ["-f udp", "-s 64", "-p", "-B 4", "-w out.pcapng"] {
        let name = option.split(' ').next().unwrap();
        for arguments in [
            format!("packets {file} {option}"),
            format!("packets -r {file} {option}"),
            format!("-r {file} {option}"),
        ] {
            let told = failing(&arguments);
            assert!(told.starts_with(&format!("wirepeel: {name} ")) && told.contains("-i"), "{told}");
        }
    }
    for arguments in
        [format!("packets -i lo {file}"), format!("stats -i lo -r {file}"), format!("{file} -i lo")]
    {
        let told = failing(&arguments);
        assert!(told.contains("tftp.pcap and an interface are named"), "{told}");
    }
}

#[test]
fn no_packet_at_all_is_nothing_to_ask_for() {
    let file = sample("tftp.pcap");
    for arguments in [
        format!("packets {file} -c 0"),
        format!("tree {file} -c 0"),
        format!("fields {file} -e ip.src -c -1"),
        format!("stats {file} --top 0"),
    ] {
        let told = failing(&arguments);
        let command = arguments.split(' ').next().unwrap();
        assert!(
            told.contains("from 1 on") && told.ends_with(&format!("see wirepeel {command} --help\n")),
            "{told}"
        );
    }
}

#[test]
fn a_quiet_verdict_is_text() {
    let file = sample("bad-sums.pcap");
    assert!(failing(&format!("verify -q --format json {file}")).contains("cannot be used with"));
    assert!(failing(&format!("verify -q -v {file}")).contains("cannot be used with"));
    let quiet = run(&format!("verify -q {file}"));
    assert_eq!((quiet.code, quiet.out.lines().count()), (Some(1), 1));
}

#[test]
fn users_of_other_programs_are_told_the_way() {
    let file = sample("tftp.pcap");
    for (arguments, wanted) in [
        (format!("-r {file} -T fields -e ip.src"), "`wirepeel fields FILE -e NAME`"),
        (format!("-r {file} -z io,phs -q"), "`wirepeel stats`"),
        (format!("packets {file} -V"), "`wirepeel tree FILE -Y FILTER`"),
        ("-D".to_owned(), "`wirepeel interfaces`"),
        (format!("-r {file} udp port 69"), "-Y FILTER"),
        (format!("{file} {file}"), "one capture is read at a time"),
        (format!("packets {file} {file}"), "one capture is read at a time"),
        (format!("stat {file}"), "did you mean stats?"),
        ("stat".to_owned(), "no command; did you mean stats?"),
        (format!("-n packets {file}"), "the command comes first: wirepeel packets"),
    ] {
        let told = failing(&arguments);
        assert!(told.contains(wanted) && told.contains("; see wirepeel "), "{arguments}: {told}");
    }
    assert_eq!(good(&format!("-nnr {file}")), good(&format!("packets -n {file}")));
}

/// Else an interval too short would end a document in its middle.
#[test]
fn an_interval_too_short_is_told_before_anything_else() {
    let told = failing(&format!(
        "stats {} --section all --interval 0.000000001 --format json",
        sample("loss.pcap.gz")
    ));
    assert!(told.contains("at most 1000000"), "{told}");
    let run = run(&format!("stats {} --section all --interval 0.000000001", sample("loss.pcap.gz")));
    assert_eq!(run.out, "");
}

#[test]
fn bytes_of_a_stream_are_written_to_files_alone() {
    let (file, folder) = (sample("tftp.pcap"), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(failing(&format!("stream {file} --flow 0 -w -")).contains("--as raw"));
    assert!(failing(&format!("stream {file} --flow 0 -w {}", at(""))).contains("no regular file"));
    let told = failing(&format!("stream {file} --flow 0 -w {}", at("none/x")));
    assert!(told.contains("none/x.a") && told.contains("name a file"), "{told}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing was written");
    good(&format!("stream {file} --flow 0 -w {}", at("x")));
    assert!(folder.path().join("x.a").is_file() && folder.path().join("x.b").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_whatever_is_written() {
    let file = sample("tftp.pcap");
    for arguments in [
        "--help".to_owned(),
        "--version".to_owned(),
        "stats --help".to_owned(),
        "man".to_owned(),
        "completions bash".to_owned(),
        format!("packets {file}"),
        format!("flows {file} --format json"),
        format!("verify {file}"),
        format!("stream {file} --flow 0 --as raw"),
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = program().args(arguments.split(' ')).stdout(Stdio::from(full)).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains("no space left") && said.lines().count() == 1, "{arguments}: {said}");
    }
}
