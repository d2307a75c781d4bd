//! The things that were removed from the lab's cache, or would be.

use std::fmt::Write;
use std::path::Path;

use indicatif::HumanBytes;

use crate::lab::clean::Needless;

/// One line each, and the sum.
#[must_use]
pub fn text(all: &[Needless], root: &Path, dry_run: bool) -> String {
    let done = if dry_run { "would remove" } else { "removed" };
    let mut text = String::new();
    for one in all.iter().filter(|one| one.bytes > 0) {
        let below = one.path.strip_prefix(root).unwrap_or(&one.path);
        let _ = writeln!(
            text,
            "{done} {} ({})",
            below.display(),
            HumanBytes(one.bytes)
        );
    }
    let freed = all.iter().map(|one| one.bytes).sum();
    let _ = writeln!(text, "{done} {} in {}", HumanBytes(freed), root.display());
    text
}
