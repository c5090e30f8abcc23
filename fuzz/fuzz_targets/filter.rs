//! Any text as a display filter: compiled, or refused with a place within it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use wirepeel::decode::Registry;
use wirepeel::filter::Filter;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

fuzz_target!(|text: &str| {
    match Filter::compile(&REGISTRY, text) {
        Ok(filter) => {
            filter.wanted();
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
});
