//! Captures that somebody sends: nothing panics, and what is in them is a host or refused.
#![no_main]

use eoi::host::{Host, Request, Tree, archive};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(nodes) = archive::nodes(bytes) else {
        return;
    };
    assert!(
        nodes
            .keys()
            .all(|path| !path.starts_with('/') && !path.split('/').any(|part| part == ".."))
    );
    let tree = Tree::from_nodes(nodes);
    let _ = Host::read(&tree, &Request::default());
});
