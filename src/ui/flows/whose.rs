//! Whose a flow's ends are, in sentences.
//!
//! Owns the words. Knows nothing of the screen.

use super::super::model::Capture;
use super::super::theme::Role;
use crate::base::safe;
use crate::flow::{Flow, Side};
use crate::sockets::{Ends, Owner, Quality, Seen, Status};

/// A sentence for each end of this machine, and one where something is hidden.
pub fn lines(ends: Option<Ends>, owners: &[Option<Owner>; 2], status: &Status) -> Vec<(String, Role)> {
    let Some(a) = ends else { return Vec::new() };
    let of_each = [a, a.reversed()].into_iter().zip(owners);
    let mut lines: Vec<(String, Role)> =
        of_each.filter_map(|(ends, owner)| Some(sentence(&ends, owner.as_ref()?, status))).collect();
    if let (Some(why), true) = (&status.trouble, lines.is_empty()) {
        lines.push((format!("○ Sockets are not shown: {why}."), Role::Dim));
    }
    lines
}

/// The processes at a flow's ends, client first: as many as are known. Harmless for a terminal.
pub fn names(capture: &Capture, flow: &Flow) -> Option<String> {
    let session = &capture.session;
    if session.owners().version() == 0 {
        return None;
    }
    let [a, b] = session.owner(flow).map(|owner| owner.map(|owner| owner.processes()));
    let ends = if flow.server() == Side::A { [b, a] } else { [a, b] };
    let known: Vec<String> = ends.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    (!known.is_empty()).then(|| safe(&known.join(" → ")).into_owned())
}

fn sentence(ends: &Ends, owner: &Owner, status: &Status) -> (String, Role) {
    let Some(socket) = &owner.socket else {
        return (
            format!("○ {}: an end of this machine, but no socket was seen for it.", ends.local),
            Role::Dim,
        );
    };
    let mut text = match owner.holder() {
        Some(_) => {
            let who = safe(&owner.processes()).into_owned();
            match owner.descriptor() {
                Some(fd) => format!("{who} holds {} by descriptor {fd}", ends.local),
                None => format!("{who} has {}, by which descriptor was not seen", ends.local),
            }
        }
        None if !owner.holders.is_empty() => {
            let who = safe(&owner.processes()).into_owned();
            format!("{who} has {}: several sockets fit, and which of them it was is not seen", ends.local)
        }
        None if socket.inode == 0 => {
            format!("{}: its socket was let go before its process was seen", ends.local)
        }
        None if status.no_processes.is_some() => {
            let why = status.no_processes.as_deref().unwrap_or_default();
            format!("{}: processes are not known, {}", ends.local, safe(why))
        }
        None if status.hidden > 0 => {
            format!("{}: the process of its socket is hidden, root sees it", ends.local)
        }
        None => format!("{}: no process was found for its socket", ends.local),
    };
    if socket.inode != 0 {
        text.push_str(&format!(", inode {}", socket.inode));
    }
    if let Some(user) = &owner.user {
        text.push_str(&format!(", user {}", safe(user)));
    }
    if let Some(container) = owner.holder().and_then(|holder| holder.process.container.as_ref()) {
        text.push_str(&format!(", {}", safe(container)));
    }
    if !socket.state().is_empty() {
        text.push_str(&format!(". {}", socket.state()));
    }
    match (socket.is_listener(), owner.seen) {
        (true, _) => text.push_str(&format!(
            ", {} wait for accept of at most {}",
            socket.receive_queue, socket.send_queue
        )),
        (false, Seen::Now) => text.push_str(&format!(
            ", {} B wait for recv, {} B for acknowledgement",
            socket.receive_queue, socket.send_queue
        )),
        _ => {}
    }
    text.push_str(&format!(". Known by: {}", owner.certainty()));
    if owner.quality != Quality::Exact {
        text.push_str(&format!(" ({})", owner.quality.about()));
    }
    text.push('.');
    let certain = owner.holder().is_some() && owner.others == 0 && owner.quality != Quality::Listener;
    let (sign, role) = if certain { ("●", Role::Good) } else { ("○", Role::Text) };
    (format!("{sign} {text}"), role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::read_note;

    fn said(about: &str) -> (String, Role) {
        let text = format!(
            r#"wirepeel-socket {{"v":1,"protocol":"tcp","local":"10.0.0.1:80","remote":"10.0.0.2:4000",{about}}}"#
        );
        let (ends, _, owner) = read_note(&text).unwrap();
        lines(Some(ends), &[None, Some(owner.clone())], &Status::default());
        sentence(&ends, &owner, &Status::default())
    }

    #[test]
    fn says_who_holds_what_and_how_that_is_known() {
        let (text, role) = said(
            r#""match":"exact","seen":"now","bound":"10.0.0.1:80","state":"ESTABLISHED","inode":7,"uid":33,
            "user":"www","processes":[{"pid":12,"fd":5,"name":"ngi\u001bnx","uid":33,"container":"docker:0123"}]"#,
        );
        assert_eq!(
            text,
            "● ngi\\x1bnx(12) holds 10.0.0.1:80 by descriptor 5, inode 7, user www, docker:0123. ESTABLISHED. \
             Known by: exact, from the file."
        );
        assert_eq!(role, Role::Good);
    }

    #[test]
    fn what_is_not_certain_is_not_told_as_if_it_were() {
        let (text, role) = said(
            r#""match":"listener","seen":"now","others":2,"bound":"0.0.0.0:80","state":"LISTEN","inode":7,
            "receive_queue":1,"send_queue":128,"processes":[{"pid":12,"fd":5,"name":"nginx"}]"#,
        );
        assert!(
            text.starts_with("○ nginx(12) or another has")
                && text.contains("1 wait for accept of at most 128"),
            "{text}"
        );
        assert!(text.contains("listener, from the file, one of 3 (the listener on the port;"), "{text}");
        assert_eq!(role, Role::Text);
        assert!(said(r#""match":"unknown","seen":"now""#).0.contains("no socket was seen"));
    }
}
