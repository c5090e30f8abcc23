//! The handshake messages whose parts are told: hellos, certificates, tickets.

use super::fields::*;
use super::record;
use crate::decode::{Extent, FieldDef, Packet, Sink, value_name};
use std::fmt::Write as _;

/// What does not fit, and where.
pub(super) struct Short {
    pub at: usize,
    pub needed: usize,
    pub available: usize,
    pub what: &'static str,
}

impl Short {
    pub fn extent<S: Sink>(&self, packet: &Packet<'_, S>) -> Extent {
        let Short { at, needed, available, what } = *self;
        let at = packet.span(at, available);
        Extent { at, needed: needed as u32, available: available as u32, what }
    }
}

/// Part of a message: reads go forward and never beyond its end.
#[derive(Clone, Copy)]
struct Area {
    at: usize,
    end: usize,
    /// The message goes on where these bytes end.
    cut: bool,
}

impl Area {
    fn short(&self, needed: usize, what: &'static str) -> Short {
        Short { at: self.at, needed, available: self.end.saturating_sub(self.at), what }
    }

    fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    fn uint<S: Sink>(
        &mut self,
        packet: &mut Packet<'_, S>,
        def: &'static FieldDef,
        len: usize,
    ) -> Result<u64, Short> {
        if self.at + len > self.end {
            return Err(self.short(len, def.label));
        }
        packet.uint(def, self.at, len);
        let value = packet.read(self.at, len).unwrap_or(0);
        self.at += len;
        Ok(value)
    }

    fn bytes<S: Sink>(
        &mut self,
        packet: &mut Packet<'_, S>,
        def: &'static FieldDef,
        len: usize,
    ) -> Result<(), Short> {
        let here = len.min(self.end - self.at.min(self.end));
        if here > 0 {
            packet.slice(def, self.at, here);
        }
        if here < len {
            return Err(self.short(len, def.label));
        }
        self.at += len;
        Ok(())
    }

    fn rest<S: Sink>(&mut self, packet: &mut Packet<'_, S>, def: &'static FieldDef) -> Result<(), Short> {
        self.bytes(packet, def, self.end - self.at.min(self.end))
    }

    /// The next `len` bytes as a part of their own.
    fn part(&mut self, len: usize, what: &'static str) -> Result<Area, Short> {
        let (at, end) = (self.at, self.at + len);
        if end > self.end && !self.cut {
            return Err(self.short(len, what));
        }
        self.at = end.min(self.end);
        Ok(Area { at, end: self.at, cut: end > self.end })
    }

    /// A part whose length is told before it.
    fn list<S: Sink>(
        &mut self,
        packet: &mut Packet<'_, S>,
        def: &'static FieldDef,
        size: usize,
    ) -> Result<Area, Short> {
        let len = self.uint(packet, def, size)?;
        self.part(len as usize, def.label)
    }

    /// Equal numbers up to the end, named.
    fn each<S: Sink>(
        mut self,
        packet: &mut Packet<'_, S>,
        def: &'static FieldDef,
        size: usize,
    ) -> Result<(), Short> {
        while !self.is_empty() {
            let value = self.uint(packet, def, size)?;
            named(packet, def, value);
        }
        Ok(())
    }
}

/// Names for what clients send only to see that servers ignore it (RFC 8701).
fn named<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, value: u64) {
    if value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff {
        packet.label(|text| {
            let _ = write!(text, "Reserved (GREASE) (0x{value:04x})");
        });
    } else if def.name == SUITE.name
        && let Some(suite) = tls_parser::TlsCipherSuite::from_id(value as u16)
    {
        packet.label(|text| {
            let _ = write!(text, "{} (0x{value:04x})", suite.name);
        });
    }
}

/// The parts of the message at `at`, up to `end`; `cut` when it goes on.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, message: &record::Message) -> Result<(), Short> {
    let record::Message { kind, at, claimed_end, end } = *message;
    let mut area = Area { at: at + 4, end, cut: end < claimed_end };
    match kind {
        1 | 2 => hello(packet, &mut area, kind == 1),
        4 => {
            area.uint(packet, &TICKET_LIFETIME, 4)?;
            let mut ticket = area.list(packet, &TICKET_LEN, 2)?;
            ticket.rest(packet, &TICKET)
        }
        11 => {
            let mut list = area.list(packet, &CERTIFICATES_LEN, 3)?;
            while !list.is_empty() {
                let mut certificate = list.list(packet, &CERTIFICATE_LEN, 3)?;
                certificate.rest(packet, &CERTIFICATE)?;
            }
            Ok(())
        }
        _ => area.rest(packet, &BODY),
    }
}

fn hello<S: Sink>(packet: &mut Packet<'_, S>, area: &mut Area, client: bool) -> Result<(), Short> {
    let version = area.uint(packet, &VERSION, 2)?;
    area.bytes(packet, &RANDOM, 32)?;
    // The drafts of TLS 1.3 before 22 had servers leave two parts out; later
    // ones say 1.2 here.
    let draft = !client && matches!(version, 0x0304 | 0x7f00..=0x7f15);
    if !draft {
        let mut session = area.list(packet, &SESSION_LEN, 1)?;
        session.rest(packet, &SESSION)?;
    }
    if client {
        let suites = area.list(packet, &SUITES_LEN, 2)?;
        packet.group(&SUITES, suites.at, suites.end - suites.at);
        packet.label(|text| {
            let count = (suites.end - suites.at) / 2;
            let _ = write!(text, "{count} suite{}", if count == 1 { "" } else { "s" });
        });
        suites.each(packet, &SUITE, 2)?;
        packet.end_group();
        area.list(packet, &COMP_LEN, 1)?.each(packet, &COMP, 1)?;
    } else {
        let suite = area.uint(packet, &SUITE, 2)?;
        named(packet, &SUITE, suite);
        if !draft {
            area.uint(packet, &COMP, 1)?;
        }
    }
    // SSL 3.0 and old TLS 1.0 have no extensions.
    if area.is_empty() && !area.cut {
        return Ok(());
    }
    let mut extensions = area.list(packet, &EXTENSIONS_LEN, 2)?;
    while !extensions.is_empty() {
        let at = extensions.at;
        let len = packet.read(at + 2, 2).unwrap_or(0) as usize;
        let kind = packet.read(at, 2).unwrap_or(0);
        packet.group(&EXTENSION, at, (4 + len).min(extensions.end - at));
        packet.label(|text| {
            let name = value_name(&EXTENSION_TYPE, kind);
            let grease = kind & 0x0f0f == 0x0a0a && kind >> 8 == kind & 0xff;
            let name = name.unwrap_or(if grease { "Reserved (GREASE)" } else { "Unknown" });
            let _ = write!(text, "{name} (len={len})");
        });
        let kind = extensions.uint(packet, &EXTENSION_TYPE, 2)?;
        named(packet, &EXTENSION_TYPE, kind);
        let mut data = extensions.list(packet, &EXTENSION_LEN, 2)?;
        extension(packet, kind, &mut data, client)?;
        packet.end_group();
    }
    if extensions.cut {
        return Err(extensions.short(1, "extensions"));
    }
    Ok(())
}

fn extension<S: Sink>(
    packet: &mut Packet<'_, S>,
    kind: u64,
    data: &mut Area,
    client: bool,
) -> Result<(), Short> {
    if data.is_empty() {
        return Ok(());
    }
    match kind {
        0 => {
            let mut list = data.list(packet, &SNI_LIST_LEN, 2)?;
            while !list.is_empty() {
                list.uint(packet, &SNI_TYPE, 1)?;
                let mut name = list.list(packet, &SNI_LEN, 2)?;
                name.rest(packet, &SNI)?;
            }
            Ok(())
        }
        10 => data.list(packet, &GROUPS_LEN, 2)?.each(packet, &GROUP, 2),
        11 => data.list(packet, &FORMATS_LEN, 1)?.each(packet, &FORMAT, 1),
        13 | 50 => data.list(packet, &SIG_LEN, 2)?.each(packet, &SIG, 2),
        16 => {
            let mut list = data.list(packet, &ALPN_LIST_LEN, 2)?;
            while !list.is_empty() {
                let mut name = list.list(packet, &ALPN_LEN, 1)?;
                name.rest(packet, &ALPN)?;
            }
            Ok(())
        }
        35 => data.rest(packet, &TICKET),
        43 if client => data.list(packet, &VERSIONS_LEN, 1)?.each(packet, &SUPPORTED_VERSION, 2),
        43 => data.uint(packet, &SUPPORTED_VERSION, 2).map(drop),
        45 => data.list(packet, &MODES_LEN, 1)?.each(packet, &MODE, 1),
        51 if client => {
            let mut shares = data.list(packet, &SHARES_LEN, 2)?;
            while !shares.is_empty() {
                share(packet, &mut shares)?;
            }
            Ok(())
        }
        // A hello retry request only names the group.
        51 if data.end - data.at == 2 => data.uint(packet, &SHARE_SELECTED, 2).map(drop),
        51 => share(packet, data),
        65281 => {
            let mut info = data.list(packet, &RENEGOTIATION_LEN, 1)?;
            info.rest(packet, &EXTENSION_DATA)
        }
        _ => data.rest(packet, &EXTENSION_DATA),
    }
}

fn share<S: Sink>(packet: &mut Packet<'_, S>, shares: &mut Area) -> Result<(), Short> {
    let at = shares.at;
    let len = packet.read(at + 2, 2).unwrap_or(0) as usize;
    packet.group(&SHARE, at, (4 + len).min(shares.end - at));
    let group = packet.read(at, 2).unwrap_or(0);
    packet.label(|text| {
        let _ = match value_name(&SHARE_GROUP, group) {
            Some(name) => write!(text, "Group: {name}, Key Exchange length: {len}"),
            None => write!(text, "Group: {group}, Key Exchange length: {len}"),
        };
    });
    let group = shares.uint(packet, &SHARE_GROUP, 2)?;
    named(packet, &SHARE_GROUP, group);
    let mut key = shares.list(packet, &SHARE_LEN, 2)?;
    key.rest(packet, &SHARE_DATA)?;
    packet.end_group();
    Ok(())
}
