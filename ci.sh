#!/usr/bin/env bash
# Everything that must hold. Needs a Rust toolchain, and no network once the crates are there; downloads nothing else.
#
# ./ci.sh          all checks but those on real kernels: minutes
# ./ci.sh --lab    also brings real kernels from the Debian archive, about a gigabyte the first time, kept outside the
#                  checkout; runs the lab's quick cells on them, and compares the C of two kernels with the model
# ./ci.sh --deep   also runs the tests under Miri and the address sanitizer, and changes the VMM's machine in every way that
#                  cargo-mutants knows; a nightly toolchain and an hour
set -euo pipefail
cd "$(dirname "$0")"
# Everything is built once: what rustc keeps to build it again sooner would only take room.
export CARGO_INCREMENTAL=0
target="${CARGO_TARGET_DIR:-$PWD/target}"

lab=false
deep=false
for argument in "$@"; do
    case $argument in
        --lab) lab=true ;;
        --deep) deep=true ;;
        *) echo "usage: ./ci.sh [--lab] [--deep]" >&2 && exit 2 ;;
    esac
done

times=()
not_checked=()

# Runs a command as a named stage, and takes its time.
stage() {
    current=$1
    began=$SECONDS
    shift
    printf '\n== %s: %s\n' "$current" "$*"
    "$@"
    times+=("$(printf '%6d s  %s' $((SECONDS - began)) "$current")")
    current=
}

summary() {
    local status=$?
    if [ -n "${current:-}" ]; then times+=("$(printf '%6d s  %s: FAILED' $((SECONDS - began)) "$current")"); fi
    printf '\n== times\n'
    printf '%s\n' "${times[@]}" "$(printf '%6d s  all' "$SECONDS")"
    printf '\n== NOT CHECKED\n'
    if [ ${#not_checked[@]} -eq 0 ]; then echo 'nothing was left out'; else printf '%s\n' "${not_checked[@]}"; fi
    if [ "$status" -eq 0 ]; then printf '\nall that was checked holds\n'; fi
}
trap summary EXIT

# The crates of a workspace, from here or, once, from the registry.
crates() {
    cargo fetch --quiet --locked --offline --manifest-path "$1" 2>/dev/null || cargo fetch --quiet --locked --manifest-path "$1"
}

# A test that this machine cannot run is reported as ignored, with the reason.
tests() {
    local log="$target/ci-tests.log" line
    cargo test --workspace --all-features --locked 2>&1 | tee "$log"
    while read -r line; do not_checked+=("$line"); done < <(grep '^test .*\.\.\. ignored' "$log" | tr -s ' ' | sort -u)
}

# Every order in which a VMM's threads can come. The flag rebuilds everything, so it has a directory of its own.
loom() {
    RUSTFLAGS="${RUSTFLAGS:-} --cfg loom" CARGO_TARGET_DIR="$target/loom" \
        cargo test -p eoi-intx --test loom --release --locked
}

# The rustc that the manifests of the crates promise which other people link.
old_rustc() {
    local name cached="${XDG_CACHE_HOME:-$HOME/.cache}/eoi/rustc-1.85/usr/bin/rustc"
    name=$(rustup toolchain list 2>/dev/null | grep -o '^1\.85[^ ]*' | tail -n 1) || true
    if [ -n "$name" ]; then rustup which --toolchain "$name" rustc; elif [ -x "$cached" ]; then echo "$cached"; else return 1; fi
}

with_old_rustc() {
    local libs
    libs="$(dirname "$1")/../lib"
    LD_LIBRARY_PATH="$libs/x86_64-linux-gnu:$libs/llvm-19/lib" RUSTC="$1" CARGO_TARGET_DIR="$target/rustc-1.85" \
        cargo check -p eoi-intx -p eoi-model -p eoi-search -p eoi-lab-protocol -p eoi-forward -p eoi-kvm-guest -p eoi-lab-init --locked
}

# A VMM may be linked with musl, whose thread numbers are pointers.
with_musl() {
    CARGO_TARGET_DIR="$target/musl" \
        cargo check -p eoi-forward -p eoi-kvm-guest -p eoi-forward-cli --locked --target x86_64-unknown-linux-musl
}

# Undefined behaviour in what a VMM links, and in the code below it that has none of its own.
miri() {
    CARGO_TARGET_DIR="$target/miri" cargo +nightly miri test -p eoi-intx --test paths --locked
}

sanitizer() {
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=address" CARGO_TARGET_DIR="$target/sanitizer" \
        cargo test -p eoi-forward -p eoi-kvm-guest --lib --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
}

# A changed machine that no test notices fails this stage; .cargo/mutants.toml has those that change nothing.
mutants() {
    cargo mutants -p eoi-intx --test-package eoi-intx --timeout 20 --output "$target/mutants"
}

deep_stages() {
    if cargo +nightly miri --version >/dev/null 2>&1; then
        stage 'Miri' miri
    else
        not_checked+=('Miri: `rustup toolchain install nightly --component miri,rust-src` brings it')
    fi
    stage 'address sanitizer' sanitizer
    if cargo mutants --version >/dev/null 2>&1; then
        stage 'mutants' mutants
    else
        not_checked+=('mutants: no cargo-mutants; `cargo install cargo-mutants` brings it')
    fi
}

lab_fetch() {
    local status=0
    "$target/debug/eoi" lab fetch --quick || status=$?
    if [ "$status" -ne 3 ]; then return "$status"; fi
    fetched=false
    not_checked+=('real kernels: the archive cannot be reached')
}

# The kernels' own C beside the model: what is fetched is kept in the lab's cache.
verify_fetch() {
    local status=0
    "$target/debug/eoi" lab fetch toolchain source-6.12 source-7.3 || status=$?
    if [ "$status" -ne 3 ]; then return "$status"; fi
    fetched=false
    not_checked+=("the kernels' own C: toolchain and sources cannot be fetched")
}

verify_stages() {
    if [ "$(uname -m)" != x86_64 ]; then
        not_checked+=("the kernels' own C: it is built on x86-64 hosts only")
        return
    fi
    fetched=true
    stage 'verify: fetch' verify_fetch
    if $fetched; then
        stage 'verify' "$target/debug/eoi" verify --release 6.12,7.3
        not_checked+=('the C of 5.10 and 6.1, with candidate fixes, and its mutants: `eoi verify --all`, kernel-c/mutants.sh')
    fi
}

stage 'crates' crates Cargo.toml
with_fuzz=true
crates fuzz/Cargo.toml || with_fuzz=false
export CARGO_NET_OFFLINE=true
stage 'format' cargo fmt --all --check
stage 'clippy' cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
stage 'tests' tests
stage 'loom' loom
RUSTDOCFLAGS="-D warnings" stage 'documentation' cargo doc --workspace --no-deps --locked
if ! $with_fuzz; then
    not_checked+=('fuzz targets: the crate libfuzzer-sys cannot be had')
elif ! command -v c++ >/dev/null; then
    not_checked+=('fuzz targets: libfuzzer is built with a C++ compiler, and there is no c++')
else
    stage 'fuzz targets build' cargo check --manifest-path fuzz/Cargo.toml --locked
fi
if rustc=$(old_rustc); then
    stage 'rustc 1.85' with_old_rustc "$rustc"
else
    not_checked+=('rustc 1.85: no such toolchain; `rustup toolchain install 1.85` brings it')
fi
if rustup target list --installed 2>/dev/null | grep -q '^x86_64-unknown-linux-musl$'; then
    stage 'musl' with_musl
else
    not_checked+=('musl: no such target; `rustup target add x86_64-unknown-linux-musl` brings it')
fi
if cargo deny --version >/dev/null 2>&1; then
    stage 'licences, bans, sources' cargo deny --offline check licenses bans sources
    if CARGO_NET_OFFLINE=false cargo deny fetch db >/dev/null 2>&1; then
        stage 'advisories' cargo deny check advisories
    else
        not_checked+=('advisories: their database cannot be reached')
    fi
else
    not_checked+=('licences, bans, sources, advisories: no cargo-deny; `cargo install cargo-deny` brings it')
fi
if $deep; then
    deep_stages
else
    not_checked+=('Miri, sanitizer, mutants: ./ci.sh --deep runs them')
fi
if $lab; then
    fetched=true
    stage 'lab: fetch' lab_fetch
    if $fetched; then stage 'lab: run' "$target/debug/eoi" lab run --quick; fi
    verify_stages
else
    not_checked+=('real kernels: ./ci.sh --lab runs the quick cells')
    not_checked+=("the kernels' own C: ./ci.sh --lab compares it with the model")
fi
