//! The first stage of every reader: nothing panics, it ends, and what it leaves it leaves as it is.
#![no_main]

use eoi::host::{interrupts, log, lspci, vm};
use eoi::text::{Grammar, Pasted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for grammar in [Grammar::NONE, lspci::GRAMMAR, interrupts::GRAMMAR] {
        let pasted = Pasted::read(bytes, &grammar);
        assert_eq!(pasted.says().is_some(), !pasted.undone.is_empty());
        assert!(
            pasted.text.len() <= 4 * bytes.len() + 4,
            "{} bytes of {}",
            pasted.text.len(),
            bytes.len()
        );
    }
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    assert!(
        log::read(bytes)
            .iter()
            .all(|message| message.line <= 4 * (lines + bytes.len()) + 1)
    );
    let _ = vm::read(bytes, "f");
});
