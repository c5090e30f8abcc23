//! `sockets`: the TCP and UDP sockets of this machine, and whose they are.

use super::failure::{DONE, Failure, Outcome, say};
use super::output::{Cell, Format, Output, Rows};
use super::table::Table;
use super::{output, owner};
use crate::sockets::{Owner, Socket, TCP, snapshot};
use clap::Args;
use std::net::SocketAddr;

/// Arguments of `sockets`.
#[derive(Debug, Args)]
pub(super) struct SocketsArgs {
    /// Only sockets that wait to be spoken to: TCP listeners and unconnected UDP sockets
    #[arg(short = 'l', long = "listening")]
    listening: bool,
    /// Only sockets with this local or remote port
    #[arg(long = "port", value_name = "PORT")]
    port: Option<u16>,
    /// How the sockets are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: output::Format,
}

pub(super) fn run(args: &SocketsArgs, output: &mut Output) -> Outcome {
    let snapshot = snapshot().map_err(Failure::said)?;
    let mut sockets: Vec<(&Socket, &Owner)> =
        snapshot.sockets.iter().filter_map(|owner| Some((owner.socket.as_ref()?, owner))).collect();
    sockets.retain(|(socket, _)| {
        let has = |port| socket.local.port() == port || socket.remote.is_some_and(|end| end.port() == port);
        let waits = socket.is_listener() || (socket.protocol != TCP && socket.remote.is_none());
        (waits || !args.listening) && args.port.is_none_or(has)
    });
    sockets.sort_by_key(|(socket, _)| (socket.protocol, !socket.is_listener(), socket.local, socket.remote));
    match args.format {
        Format::Text => text(&sockets, output)?,
        format => machine(&sockets, format, output)?,
    }
    output.flush()?;
    for words in owner::missing(snapshot.no_processes.as_deref(), snapshot.hidden) {
        say(&words);
    }
    Ok(DONE)
}

fn protocol(socket: &Socket) -> &'static str {
    if socket.protocol == TCP { "TCP" } else { "UDP" }
}

fn text(sockets: &[(&Socket, &Owner)], output: &mut Output) -> Outcome<()> {
    let mut table = Table::new(&[
        ("PROTO", false),
        ("STATE", false),
        ("RECV-Q", true),
        ("SEND-Q", true),
        ("LOCAL", false),
        ("REMOTE", false),
        ("USER", false),
        ("PROCESS", false),
        ("FD", true),
        ("CONTAINER", false),
    ]);
    for (socket, owner) in sockets {
        let holder = owner.holder();
        table.row(vec![
            protocol(socket).to_owned(),
            socket.state().to_owned(),
            socket.receive_queue.to_string(),
            socket.send_queue.to_string(),
            local(socket),
            socket.remote.map_or("*".to_owned(), |end| end.to_string()),
            owner::user(owner).unwrap_or_default(),
            owner.processes(),
            holder.and_then(|holder| holder.fd).map_or(String::new(), |fd| fd.to_string()),
            holder.and_then(|holder| holder.process.container.clone()).unwrap_or_default(),
        ]);
    }
    table.print(output)
}

/// `*:80` takes both versions, `[::]:80` IPv6 alone.
fn local(socket: &Socket) -> String {
    match socket.local {
        SocketAddr::V6(end) if end.ip().is_unspecified() && !socket.v6_only && socket.remote.is_none() => {
            format!("*:{}", end.port())
        }
        end => end.to_string(),
    }
}

fn machine(sockets: &[(&Socket, &Owner)], format: Format, output: &mut Output) -> Outcome<()> {
    // Every one was seen, exactly and just now.
    let told = owner::COLUMNS.get(owner::OF_SOCKET).unwrap_or_default();
    let columns: Vec<&str> = ["protocol", "local", "remote"].iter().chain(told).copied().collect();
    let mut rows = Rows::fixed(format, "sockets", &columns);
    rows.begin(output)?;
    for (socket, owner) in sockets {
        let mut cells = vec![
            Cell::text(protocol(socket)),
            Cell::text(socket.local.to_string()),
            socket.remote.map_or(Cell::Absent, |end| Cell::text(end.to_string())),
        ];
        let told = owner::cells(Some(owner)).into_iter();
        cells.extend(told.skip(owner::OF_SOCKET.start).take(owner::OF_SOCKET.len()));
        rows.row(output, &cells)?;
    }
    rows.end(output)
}
