//! Configuration space: nothing panics, lists end, and what a capture keeps says the same as what it was made from.
#![no_main]

use eoi::host::pci::{Config, SIZE, redact};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let bytes = &bytes[..bytes.len().min(SIZE)];
    let kept = redact(bytes.to_vec());
    assert_eq!(kept.len(), bytes.len());
    assert_eq!(Config::parse(&kept), Config::parse(bytes));
    assert_eq!(Config::parse(bytes).is_some(), bytes.len() >= 64);
});
