//! A script that makes a device interrupt, as somebody writes it for `eoi-forward drive --with`: nothing panics, and
//! what is read says the same when it is read again without its comments.
#![no_main]

use eoi_kvm_guest::device::Script;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(script) = Script::parse(text) else {
        return;
    };
    let plain: String = text
        .lines()
        .map(|line| format!("{}\n", line.split('#').next().unwrap_or_default()))
        .collect();
    assert_eq!(
        Script::parse(&plain).expect("the same without comments"),
        script
    );
});
