//! The plan and the console of the lab: nothing panics, and a text that is understood means the same when it is written again.
#![no_main]

use eoi_lab_protocol::{Message, Plan, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(plan) = text.parse::<Plan>() {
        assert_eq!(plan.to_string().parse(), Ok(plan));
    }
    if let Ok(message) = text.parse::<Message>() {
        assert_eq!(message.to_string().parse(), Ok(message));
    }
    let mut reader = Reader::default();
    text.lines().for_each(|line| drop(reader.read(line)));
});
