#!/bin/sh
# Builds and tests the program without live capture, and proves that it links
# no C library of the system beyond the C library itself.
set -eu
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}"
cargo test --no-default-features --lib --test cli
binary="$CARGO_TARGET_DIR/debug/wirepeel"
if command -v ldd >/dev/null; then
    foreign=$(ldd "$binary" | awk '{print $1}' | grep -vE '^(linux-vdso|linux-gate|libc|libm|libgcc_s|libpthread|libdl|librt)\.so|/ld-|ld-musl' || true)
    if [ -n "$foreign" ]; then
        echo "without live capture the program links: $foreign" >&2
        exit 1
    fi
    echo "without live capture the program links no library but the C library"
fi
