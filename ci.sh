#!/usr/bin/env bash
# Everything that must hold, on a fresh machine with a Rust toolchain. This is what CI runs.
set -euo pipefail
cd "$(dirname "$0")"
# Everything is built once: what rustc keeps to build it again sooner would only take room.
export CARGO_INCREMENTAL=0

step() { printf '\n== %s\n' "$*"; "$@"; }

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
step cargo clippy -p eoi-forward --no-default-features --locked -- -D warnings # as a VMM links it
step cargo test --workspace --all-features --locked
# Every order in which a VMM's threads can come. The flag would rebuild everything, so it has a directory of its own.
RUSTFLAGS="${RUSTFLAGS:-} --cfg loom" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom" \
    step cargo test -p eoi-intx --test loom --release --locked
# Real kernels beside the model: half a gigabyte from the Debian archive the first time, kept outside the checkout.
eoi="${CARGO_TARGET_DIR:-target}/debug/eoi"
fetched=0
step "$eoi" lab fetch --quick || fetched=$?
case $fetched in
    0) step "$eoi" lab run --quick ;;
    3) printf '\n== the lab cannot be fetched from here: NOT CHECKED against real kernels\n' ;;
    *) exit "$fetched" ;;
esac
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --locked

# The crates that other people link must build with the rustc that their manifests promise: rustup's, or Debian's,
# unpacked into a cache of our own.
old_rustc() {
    rustup which --toolchain 1.85 rustc 2>/dev/null && return
    local cache="${XDG_CACHE_HOME:-$HOME/.cache}/eoi/rustc-1.85"
    if [ ! -x "$cache/usr/bin/rustc" ]; then
        [[ $(apt-cache policy rustc-web 2>/dev/null) == *'Candidate: 1.85.'* ]] || return 1
        rm -rf "$cache.part" && mkdir -p "$cache.part/debs" || return 1
        (cd "$cache.part/debs" && apt-get -qq download rustc-web libstd-rust-web-1.85 libstd-rust-web-dev libllvm19) >&2 || return 1
        local deb
        for deb in "$cache.part"/debs/*.deb; do dpkg -x "$deb" "$cache.part" || return 1; done
        rm -rf "$cache.part/debs" "$cache" && mv "$cache.part" "$cache" || return 1
    fi
    echo "$cache/usr/bin/rustc"
}
if rustc=$(old_rustc); then
    libs="$(dirname "$rustc")/../lib"
    LD_LIBRARY_PATH="$libs/x86_64-linux-gnu:$libs/llvm-19/lib" RUSTC="$rustc" CARGO_TARGET_DIR=target/rustc-1.85 \
        step cargo check -p eoi-intx -p eoi-model -p eoi-forward --locked
else
    printf '\n== no rustc 1.85 can be had: NOT CHECKED that intx, model and forward build with it\n'
fi
if cargo deny --version >/dev/null 2>&1; then
    step cargo deny check licenses bans sources
    if cargo deny fetch db >/dev/null 2>&1; then
        step cargo deny check advisories
    else
        printf '\n== the advisory database cannot be reached: NOT CHECKED advisories\n'
    fi
else
    printf '\n== cargo-deny is not installed: NOT CHECKED licences, advisories, sources (cargo install cargo-deny)\n'
fi
printf '\nall that could be checked here holds\n'
