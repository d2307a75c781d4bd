//! /proc/interrupts: nothing panics, and what is read can be found in the text.
#![no_main]

use std::collections::BTreeMap;

use eoi::host::{Node, Tree, interrupts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = Node::File(bytes.to_vec());
    let tree = Tree::from_nodes(BTreeMap::from([(interrupts::PATH.to_string(), file)]));
    let read = interrupts::read(&tree);
    let text = String::from_utf8_lossy(bytes);
    for (number, irq) in &read.irqs {
        let line = text
            .split('\n')
            .nth(irq.line - 1)
            .expect("a line of the text");
        assert!(
            line.contains(&number.to_string()),
            "irq {number} is not in its line"
        );
        assert!(
            irq.actions
                .iter()
                .all(|action| line.contains(action.as_str())),
            "an owner is not in its line"
        );
    }
});
