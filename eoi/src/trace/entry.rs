//! The entries of ftrace's ring buffer, of which a recording is made, and the names in them.

use memchr::memchr;

/// CPUs that a kernel can have at most (`NR_CPUS` of any architecture's Kconfig in Linux 7.3).
pub(super) const MOST_CPUS: u32 = 8192;

/// One entry of the ring buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its number in the file; the first is 1.
    pub number: usize,
    /// The CPU.
    pub cpu: u32,
    /// The task.
    pub pid: u64,
    /// In interrupt context; `None` where the recording has no flags.
    pub irq: Option<bool>,
    /// The call or the event.
    pub what: What<'a>,
}

/// The call or the event of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// The function tracer: a function, and who called it.
    Function(&'a str, Option<&'a str>),
    /// A function that was recorded with more: who called it ("" is somebody whom the recording does not name), and its
    /// arguments as `name=value, ...` (the option func-args of 6.15; "" without).
    Call(&'a str, Option<&'a str>, &'a str),
    /// An event and its fields.
    Event(&'a str, &'a str),
    /// This CPU's buffer ran over here, or somebody left lines out (`[...]`) after an entry of this CPU.
    Lost,
    /// One or more entries that do not matter: up to here, this CPU lost nothing. A reader may leave these out; what was
    /// lost is then looked for in a longer stretch.
    Other,
}

/// The entries that were read, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries, without markers of lost ones.
    pub entries: u64,
    /// Those of them that were not wanted and therefore only counted.
    pub unwanted: u64,
    /// perf printed them, which does not show where entries were lost.
    pub perf: bool,
    /// The changes of other programs that were undone in the text before it was read.
    pub undone: Option<String>,
}

/// The value after `key` in an event's fields.
#[must_use]
pub fn field<'a>(args: &'a str, key: &str) -> Option<&'a str> {
    args.split_whitespace()
        .find_map(|word| word.strip_prefix(key))
        .map(|value| value.trim_end_matches(','))
}

/// A number among a function's arguments, decimal or hexadecimal.
#[must_use]
pub fn argument(args: &str, key: &str) -> Option<u64> {
    let value = field(args, key)?;
    value.strip_prefix("0x").map_or_else(
        || value.parse().ok(),
        |hex| u64::from_str_radix(hex, 16).ok(),
    )
}

/// A symbol without its offset and without what the compiler put behind a dot.
#[must_use]
pub fn symbol(text: &str) -> Option<&str> {
    let end = text
        .bytes()
        .position(|byte| !is_symbol(byte))
        .unwrap_or(text.len());
    bare(&text.as_bytes()[..end]).filter(|name| !name.is_empty())
}

/// Whether a byte can be part of a symbol.
pub(super) const fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte == b'$'
}

/// A symbol without what the compiler put behind a dot.
#[inline]
pub(super) fn bare(name: &[u8]) -> Option<&str> {
    let end = memchr(b'.', name.get(1..)?).map_or(name.len(), |at| at + 1);
    std::str::from_utf8(&name[..end]).ok()
}

/// Whether the function is one of genirq's flow handlers, known to the model or not.
#[must_use]
pub fn is_flow_handler(function: &str) -> bool {
    let bare = function.trim_start_matches('_');
    bare.starts_with("handle_") && bare.ends_with("_irq")
}
