//! Text that people paste: nothing panics, and every function that is read can be read again as files.
#![no_main]

use eoi::host::{Host, Request, Tree, lspci};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(listing) = lspci::read(bytes) else {
        return;
    };
    let host = Host::read(&Tree::from_nodes(listing.nodes), &Request::default()).expect("a host");
    assert!(
        !host.functions.is_empty(),
        "a listing without a function is refused"
    );
    for function in &host.functions {
        assert!(
            matches!(function.config_bytes, 0 | 64..=256),
            "{} bytes",
            function.config_bytes
        );
    }
});
