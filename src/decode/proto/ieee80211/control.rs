//! Control frames: who may send, and what has arrived (IEEE 802.11, 9.3.1).

use super::fields::*;
use super::{Head, duration};
use crate::decode::{Claim, Endpoint, FieldDef, Outcome, Packet, Sink};

/// The rest of a control frame.
pub(super) fn frame<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    duration(packet, head, if head.subtype == 10 { &AID } else { &DURATION })?;
    let [first, second]: [&[&'static FieldDef]; 2] = match head.subtype {
        10 => [&[&RA, &BSSID], &[&TA]],
        14 | 15 => [&[&RA], &[&TA, &BSSID]],
        // Clear to send, acknowledgement, and what wraps another control frame.
        7 | 12 | 13 => [&[&RA], &[]],
        _ => [&[&RA], &[&TA]],
    };
    let receiver = Endpoint::Mac(head.address(packet, first)?);
    let sender = match second {
        [] => Endpoint::None,
        defs => Endpoint::Mac(head.address(packet, defs)?),
    };
    packet.endpoints(sender, receiver);
    match head.subtype {
        8 | 9 => block_ack(packet, head)?,
        5 => {
            let at = head.take(packet, 1, "sounding dialog token")?;
            packet.uint(&NDP_TOKEN, at, 1);
        }
        _ => {}
    }
    head.rest(packet, Claim::Data);
    Ok(())
}

/// A block acknowledgement, or the request for one.
fn block_ack<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    let at = head.take(packet, 2, "block ack control")?;
    packet.parts_le(&BA_CONTROL, [&BA_POLICY, &BA_TYPE, &BA_TID], at, 2);
    let kind = packet.read_le(at, 2).unwrap_or(0) >> 1 & 0xf;
    // Of several streams or stations: not one number and one bitmap.
    if !matches!(kind, 0..=2 | 6 | 10) {
        return Ok(());
    }
    let at = head.take(packet, 2, "starting sequence control")?;
    packet.parts_le(&SSC, [&SSC_FRAGMENT, &SSC_SEQUENCE], at, 2);
    if head.subtype == 9 {
        let size = if kind == 0 { 128 } else { 8 };
        let size = size.min(head.end.saturating_sub(packet.at()));
        let at = head.take(packet, size, "bitmap")?;
        packet.slice(&BITMAP, at, size);
    }
    Ok(())
}
