//! A kernel module, packed or not: nothing panics, and nothing grows without bound.
#![no_main]

use eoi::host::module::imports;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, module)) = bytes.split_first() else {
        return;
    };
    let packed = ["", ".xz", ".zst", ".gz"][usize::from(how) % 4];
    let _ = imports(packed, module);
});
