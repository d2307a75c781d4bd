//! Sections that several pages have in common.

/// The exit status of verbs that judge something.
pub(super) const JUDGES: &[(u8, &str)] = &[
    (0, "everything holds, or nothing was found"),
    (1, "something is broken, or was found"),
    (2, "wrong usage, or input that cannot be read"),
    (3, "it could not be told"),
];

/// The exit status of verbs that write something down.
pub(super) const WRITES: &[(u8, &str)] = &[(0, "it was written"), (2, "wrong usage")];

/// The lab's cache.
pub(super) const CACHE: (&str, &str) = (
    "$XDG_CACHE_HOME/eoi",
    "The lab's cache: packages, what was built, and runs that were kept; ~/.cache/eoi if the variable is not set.",
);

pub(super) const CACHE_HOME: (&str, &str) =
    ("XDG_CACHE_HOME", "The directory above the lab's cache.");
