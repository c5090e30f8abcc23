//! What the two ends of a QUIC connection might send, protected as they would: what an
//! Initial packet holds is never reached by bytes that nobody sealed. The input is a
//! script, see `exercise`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirepeel::decode::proto::quic::exercise::exercise;

fuzz_target!(|script: &[u8]| exercise(script));
