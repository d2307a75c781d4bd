//! The pages of the lab's verbs.

use super::common::Outcome::{Leaves, Parses};
use super::common::{CACHE, CACHE_HOME, JUDGES, Page, WRITES, example};

/// `eoi lab`
pub(super) static LAB: Page = Page {
    verb: "lab",
    examples: &[
        example(
            "eoi lab list",
            Leaves(0),
            "Every cell: a machine with a kernel, and its cases",
        ),
        example("eoi lab run --quick", Parses, "Five cells in two minutes"),
    ],
    status: JUDGES,
    files: &[CACHE],
    environment: &[CACHE_HOME],
    others: &[],
};

/// `eoi lab list`
pub(super) static LAB_LIST: Page = Page {
    verb: "lab list",
    examples: &[
        example("eoi lab list", Leaves(0), "Every cell"),
        example(
            "eoi lab list --machine powernv9-xive",
            Leaves(0),
            "The cells of one machine",
        ),
        example(
            "eoi lab list --format json",
            Leaves(0),
            "The job matrix of a CI system",
        ),
    ],
    status: WRITES,
    files: &[],
    environment: &[],
    others: &[],
};

/// `eoi lab fetch`
pub(super) static LAB_FETCH: Page = Page {
    verb: "lab fetch",
    examples: &[
        example("eoi lab fetch --quick", Parses, "What a quick run needs"),
        example("eoi lab fetch", Parses, "What a run of all cells needs"),
        example(
            "eoi lab fetch --update --lock lock.json",
            Parses,
            "Pin what is newest now",
        ),
    ],
    status: &[
        (0, "everything is there"),
        (2, "wrong usage"),
        (
            3,
            "the archive or the disk has not what is needed, or the run was interrupted",
        ),
    ],
    files: &[CACHE],
    environment: &[CACHE_HOME],
    others: &["sources.list(5)"],
};

/// `eoi lab clean`
pub(super) static LAB_CLEAN: Page = Page {
    verb: "lab clean",
    examples: &[
        example(
            "eoi lab clean --dry-run",
            Leaves(0),
            "What would be removed?",
        ),
        example(
            "eoi lab clean --built --runs",
            Leaves(0),
            "Also what was built, and kept runs",
        ),
    ],
    status: &[
        (0, "it was removed"),
        (2, "wrong usage, or somebody uses the cache"),
    ],
    files: &[CACHE],
    environment: &[CACHE_HOME],
    others: &[],
};

/// `eoi lab run`
pub(super) static LAB_RUN: Page = Page {
    verb: "lab run",
    examples: &[
        example("eoi lab run --quick", Parses, "Five cells in two minutes"),
        example(
            "eoi lab run --only powernv9-xive/6.12.107-unfixed --case clear-unmask",
            Parses,
            "The stall that was reported, on a real kernel",
        ),
        example(
            "eoi lab run --machine pseries-xive --patch mine.diff",
            Parses,
            "A patch of your own",
        ),
        example(
            "eoi lab run --format junit >lab.xml",
            Parses,
            "For a CI system",
        ),
    ],
    status: &[
        (0, "everything agrees with the model"),
        (1, "something differs"),
        (2, "wrong usage"),
        (
            3,
            "a machine, an archive, an emulator or a disk failed, or the run was interrupted",
        ),
    ],
    files: &[CACHE],
    environment: &[CACHE_HOME],
    others: &["qemu-system-x86_64(1)"],
};

/// `eoi lab show`
pub(super) static LAB_SHOW: Page = Page {
    verb: "lab show",
    examples: &[
        example("eoi lab show", Parses, "The last run"),
        example(
            "eoi lab show --summary results.json",
            Leaves(0),
            "Where lines stalled, by machine and case",
        ),
        example(
            "eoi lab show --case clear-unmask --device no-disintx results.json",
            Leaves(0),
            "Some of the rows",
        ),
    ],
    status: &[
        (0, "everything agrees with the model"),
        (1, "something differs"),
        (2, "wrong usage, or results that cannot be read"),
        (3, "a cell failed or was not run"),
    ],
    files: &[CACHE],
    environment: &[CACHE_HOME],
    others: &[],
};

/// `eoi lab merge`
pub(super) static LAB_MERGE: Page = Page {
    verb: "lab merge",
    examples: &[example(
        "eoi lab merge part-1.json part-2.json >results.json",
        Parses,
        "The parts of eoi lab run --part K/2 --format json",
    )],
    status: &[
        (0, "everything agrees with the model"),
        (1, "something differs"),
        (2, "wrong usage, or results that do not belong together"),
        (3, "a cell failed or was not run"),
    ],
    files: &[],
    environment: &[],
    others: &[],
};
