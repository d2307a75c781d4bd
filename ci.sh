#!/usr/bin/env bash
# Everything that must hold, on a fresh machine with a Rust toolchain. This is what CI runs.
set -euo pipefail
cd "$(dirname "$0")"

step() { printf '\n== %s\n' "$*"; "$@"; }

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --locked -- -D warnings
step cargo test --workspace --locked
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --locked

# The crates that other people link must build with the rustc that their manifests promise.
if rustup run 1.85 rustc --version >/dev/null 2>&1; then
    step cargo +1.85 check -p eoi-intx -p eoi-model -p eoi-forward --locked
else
    printf '\n== rustc 1.85 is not installed: NOT CHECKED that intx, model and forward build with it\n'
fi
if cargo deny --version >/dev/null 2>&1; then
    step cargo deny check
else
    printf '\n== cargo-deny is not installed: NOT CHECKED licences, advisories, sources (cargo install cargo-deny)\n'
fi
printf '\nall that could be checked here holds\n'
