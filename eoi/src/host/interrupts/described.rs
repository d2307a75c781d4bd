//! Whether the text behind the counts of a row is a controller and its owners.

use super::words::is_cpu;
use super::{Irq, columns};

/// Words of an owner's name at most: `ipi call function`.
const WORDS: usize = 3;

/// Whether a controller and its owners stand behind the counts. Linux prints no row for an irq without owner that was
/// never taken (`show_interrupts`, kernel/irq/proc.c).
pub fn is_described(text: &str, total: u64) -> bool {
    let text = text.trim();
    let Irq {
        chip,
        actions,
        flow,
        ..
    } = columns::describe(text);
    let plain = |flow: &String| {
        flow.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    !text.is_empty()
        && !text.ends_with(',')
        && is_name(&chip)
        && !is_cpu(&chip)
        && flow.iter().all(plain)
        && (!actions.is_empty() || total > 0)
        && actions.iter().all(|name| is_name(name))
}

/// Whether this may be the name of a controller or of an owner: a few words without what mark-up, marks and letters have.
fn is_name(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let whole = |word: &str| !word.ends_with([':', ',', ';', '?', '!']);
    let count = |c: char| name.matches(c).count();
    words.clone().count() <= WORDS
        && words.all(whole)
        && !name.contains(['<', '>', '|', '=', '\\', '"'])
        && !name.ends_with('.')
        && count('(') == count(')')
        && count('[') == count(']')
}
