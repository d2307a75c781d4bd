//! ftrace's text, in all its layouts; and what `eoi trace` says of a recording.

mod layouts;
mod verb;

const XIVE_LAZY: &str = include_str!("../traces/powernv9-xive-lazy.txt");
const XIVE_UNLAZY: &str = include_str!("../traces/powernv9-xive-unlazy.txt");
