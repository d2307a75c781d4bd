//! The short form of a hash, by which the lab calls sets, builds and checkouts.

use sha2::{Digest, Sha256};

/// The first 12 hexadecimal digits of a hash.
#[must_use]
pub fn digits(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
