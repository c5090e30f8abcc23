//! Live capture, in network namespaces that each test makes and removes.
//!
//! libpcap opens interfaces in its process's namespace, so this program runs
//! itself again inside one: as the one that captures, or as the one that sends.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "live/child.rs"]
mod child;
#[path = "live/net.rs"]
mod net;
#[path = "live/sockets.rs"]
mod sockets;

use net::Net;
use std::time::{Duration, Instant};

/// What the capturing and sending processes run: nothing when run as a test.
#[test]
fn child() {
    child::run();
}

#[test]
fn every_datagram_is_captured_and_the_file_is_whole() {
    let Some(net) = Net::new(1) else { return };
    let file = net.folder.path().join("out.pcapng");
    let mut capture = net.capture("a0", &format!("write={}", file.display()));
    net.send("10.77.0.1", 5000, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!(told.udp, [5000], "{told:#?}");
    let (received, dropped) = told.statistics[0];
    assert_eq!(dropped, 0);
    assert_eq!(received, told.packets, "what the kernel counted is what came");
    assert!(told.notices.is_empty(), "{told:#?}");
    let kept = child::read_back(&file);
    assert_eq!((kept.packets, kept.notices.len(), kept.statistics.len()), (told.packets, 0, 1));
    assert_eq!(kept.statistics[0], (received, dropped));
    println!("from sent to read: {}", told.latency);
}

#[test]
fn the_spool_lets_the_oldest_go_and_says_so() {
    let Some(net) = Net::new(1) else { return };
    // Nothing but ours: of what is gone nobody knows what it was.
    let mut capture = net.capture("a0", "spool=131072,filter=udp");
    net.send("10.77.0.1", 3000, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!(told.udp, [3000], "{told:#?}");
    assert!(told.evicted > 0, "{told:#?}");
}

#[test]
fn filters_and_refuses_in_libpcaps_words() {
    let Some(net) = Net::new(1) else { return };
    let mut capture = net.capture("a0", "filter=udp dst port 4712");
    net.send("10.77.0.1", 200, 0);
    net.send_to("10.77.0.1:4712", 30, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!((told.packets, told.statistics[0].0), (30, 30), "{told:#?}");

    let refused = net.capture("a0", "filter=udp dst port port").told();
    assert!(refused.error.starts_with("capture filter `udp dst port port`: "), "{refused:#?}");
    assert!(refused.error.contains("syntax error"), "{refused:#?}");
}

#[test]
fn two_interfaces_at_once_and_any() {
    let Some(net) = Net::new(2) else { return };
    let mut both = net.capture("a0,a1", "");
    let mut any = net.capture("any", "filter=udp");
    net.send("10.77.0.1", 400, 0);
    net.send("10.78.0.1", 300, 0);
    both.stop();
    any.stop();
    let told = both.told();
    assert_eq!(told.udp, [400, 300], "{told:#?}");
    assert_eq!(told.interfaces, ["ETHERNET a0", "ETHERNET a1"]);
    assert_eq!(told.statistics.len(), 2);
    let told = any.told();
    assert_eq!(told.packets, 700, "{told:#?}");
    assert_eq!(told.interfaces, ["LINUX_SLL2 any"]);
}

#[test]
fn loopback_counts_once() {
    let Some(net) = Net::new(1) else { return };
    let mut capture = net.capture("lo", "filter=udp");
    net.send_inside("127.0.0.1:4711", 100);
    capture.stop();
    let told = capture.told();
    assert_eq!((told.packets, told.statistics[0]), (100, (100, 0)), "{told:#?}");
}

#[test]
fn a_removed_interface_ends_with_a_notice() {
    let Some(net) = Net::new(2) else { return };
    let mut capture = net.capture("a0,a1", "");
    net.send("10.77.0.1", 999, 0);
    net.ip(&["-n", &net.inner, "link", "delete", "a0"]);
    capture.wait_for("a0 is gone");
    // The other goes on.
    net.send("10.78.0.1", 50, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!(told.udp, [999, 50], "{told:#?}");
    assert_eq!(told.damage().len(), 1, "{told:#?}");
    assert!(told.damage()[0].contains("a0 is gone"), "{told:#?}");

    let capture = net.capture("a1", "");
    net.send("10.78.0.1", 20, 0);
    net.ip(&["-n", &net.inner, "link", "delete", "a1"]);
    let told = capture.told();
    assert_eq!((told.udp[0], told.damage().len()), (20, 1), "the last one ends the capture: {told:#?}");
}

#[test]
fn an_interface_that_goes_down_is_told_and_comes_back() {
    let Some(net) = Net::new(1) else { return };
    let mut capture = net.capture("a0", "");
    net.send("10.77.0.1", 100, 0);
    net.ip(&["-n", &net.inner, "link", "set", "a0", "down"]);
    capture.wait_for("a0 is down");
    let refused = net.capture("a0", "").told();
    net.ip(&["-n", &net.inner, "link", "set", "a0", "up"]);
    capture.wait_for("a0 is up again");
    net.send("10.77.0.1", 100, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!(told.udp, [200], "{told:#?}");
    assert!(told.notices.iter().all(|notice| notice.starts_with("false")), "no damage: {told:#?}");
    // Whether a capture begins on an interface that is down is libpcap's choice.
    println!("opening it while down: {:?}", refused.error);
    assert!(refused.error.is_empty() || refused.error.contains("bring it up with"), "{refused:#?}");
}

#[test]
fn stop_delivers_what_the_kernel_holds() {
    let Some(net) = Net::new(1) else { return };
    // The reader sleeps, so that everything waits in the queue and the kernel when it is stopped.
    let mut capture = net.capture("a0", "sleep=600");
    net.send("10.77.0.1", 20_000, 0);
    capture.stop();
    let told = capture.told();
    assert_eq!(told.udp, [20_000], "{told:#?}");
    assert_eq!(told.statistics[0], (told.packets, 0));
}

#[test]
fn what_does_not_fit_the_kernels_buffer_is_counted() {
    let Some(net) = Net::new(1) else { return };
    // Too slow a reader and the smallest buffer: captured and dropped together are all.
    let mut capture = net.capture("a0", "buffer=65536,sleep=30,filter=udp");
    net.send("10.77.0.1", 150_000, 1000);
    capture.stop();
    let told = capture.told();
    let (received, dropped) = told.statistics[0];
    println!("{} captured, {dropped} dropped of {received}", told.packets);
    assert_eq!(received, 150_000, "{told:#?}");
    assert_eq!(told.packets + dropped, received, "{told:#?}");
}

#[test]
fn a_full_disk_ends_the_capture_and_keeps_the_rest() {
    let Some(net) = Net::new(1) else { return };
    let file = net.folder.path().join("small/out.pcapng");
    let capture = net.capture("a0", &format!("tmpfs=256k,write={}", file.display()));
    net.send("10.77.0.1", 5000, 200);
    let told = capture.told();
    assert_eq!(told.notices.len(), 1, "{told:#?}");
    assert!(told.notices[0].starts_with("true") && told.notices[0].contains("No space left"), "{told:#?}");
    // What the kernel captured is kept or counted as lost, each packet that fits is kept, and
    // the counters found their room.
    let lost = told.notices[0].split_once("what was kept before stays, ").unwrap().1;
    let lost: u64 = lost.split(' ').next().unwrap().parse().unwrap();
    let (received, dropped) = told.statistics[0];
    println!("{} kept, {lost} lost, {dropped} dropped of {received}", told.packets);
    assert_eq!(told.packets + lost + dropped, received, "{told:#?}");
    // Pages of 4096 bytes; a datagram of 208 bytes takes 284 in the file.
    assert!(told.packets > ((256 << 10) - 4096 - 1000) / 284, "{told:#?}");
    assert_eq!(told.read_back, format!("{} packets, 0 notices, 1 statistics", told.packets));
}

#[test]
fn the_file_is_whole_when_killed() {
    let Some(net) = Net::new(1) else { return };
    let file = net.folder.path().join("out.pcapng");
    let mut capture = net.capture("a0", &format!("write={}", file.display()));
    net.send("10.77.0.1", 2000, 0);
    // What has come is in the file soon, not only at the end.
    let end = Instant::now() + net::LIMIT;
    while child::read_back(&file).udp != [2000] {
        assert!(Instant::now() < end, "what was captured is not in the file");
        std::thread::sleep(Duration::from_millis(50));
    }
    capture.kill();
    let kept = child::read_back(&file);
    assert_eq!((kept.udp, kept.notices.len()), (vec![2000], 0));
}

#[test]
fn says_what_to_do() {
    let Some(net) = Net::new(1) else { return };
    let told = net.capture("a9", "").told();
    assert!(told.error.starts_with("a9: no such interface; there is a0"), "{told:#?}");
    let told = net.capture("a0", "write=/nowhere/at/all.pcapng").told();
    assert_eq!(
        told.error,
        "/nowhere/at/all.pcapng: No such file or directory (os error 2); name a file that can be written"
    );
    match net.capture_unprivileged("a0") {
        None => println!("skipped the part about rights: setpriv cannot run this program"),
        Some(capture) => {
            let told = capture.told();
            assert!(told.error.starts_with("a0: not permitted to capture ("), "{told:#?}");
            assert!(told.error.contains("`sudo setcap cap_net_raw,cap_net_admin=eip /"), "{told:#?}");
        }
    }
}
