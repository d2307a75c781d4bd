//! Words of /proc/interrupts: counts, and the names of CPUs.

/// `CPU12`
#[must_use]
pub fn is_cpu(word: &str) -> bool {
    word.strip_prefix("CPU")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A number that is a word of its own, and what follows it.
#[must_use]
pub fn count(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start();
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let ends = text[end..].chars().next().is_none_or(char::is_whitespace);
    if !ends {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}
