//! trace.dat: nothing panics, every entry comes in order, and there are no more of them than bytes.
#![no_main]

use std::fs::File;
use std::io::{Seek, Write};

use eoi::trace::dat;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FILE: File = tempfile::tempfile().expect("a temporary file");
}

fuzz_target!(|bytes: &[u8]| {
    FILE.with(|mut file| {
        file.set_len(0)
            .and_then(|()| file.rewind())
            .expect("emptied");
        file.write_all(bytes).expect("written");
        let mut last = 0;
        let _ = dat::each(file, &|_| true, &mut |line| {
            assert!(line.number > last, "entries go on");
            last = line.number;
            Ok(())
        });
    });
});
