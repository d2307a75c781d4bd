//! The pages, one a verb.

use super::common::Outcome::{Leaves, OnAHost, Parses};
use super::common::{CACHE, CACHE_HOME, JUDGES, Page, WRITES, example};
use super::lab;

/// Every page. The page of eoi itself is the first.
pub static ALL: &[&Page] = &[
    &Page {
        verb: "",
        examples: &[
            example("eoi doctor", OnAHost(1), "Is this machine affected?"),
            example(
                "eoi check",
                Leaves(1),
                "Which interrupt controllers lose interrupts, with which kernel?",
            ),
            example(
                "eoi trace --record --here",
                OnAHost(0),
                "How to record on this machine what happens to its interrupts",
            ),
            example(
                "eoi lab list",
                Leaves(0),
                "The real kernels that can be run beside the model",
            ),
        ],
        status: JUDGES,
        files: &[],
        environment: &[],
        others: &["lspci(8)"],
    },
    &Page {
        verb: "check",
        examples: &[
            example(
                "eoi check",
                Leaves(1),
                "Every controller: how many systems hold, and which do not",
            ),
            example(
                "eoi check --here",
                OnAHost(1),
                "This machine's controllers, kernel and functions",
            ),
            example(
                "eoi check --chip xive --kernel linux-6.12.57 --path vmm --explain",
                Leaves(1),
                "One system in full: each step of the shortest run that breaks a law, with its citation",
            ),
            example(
                "eoi check --fix vfio-unlazy",
                Leaves(1),
                "What a fix mends, breaks and costs on every controller",
            ),
            example(
                "eoi check --by flow",
                Leaves(1),
                "Which flow handlers, callbacks and flags of controllers do not present a level again after enable_irq()",
            ),
            example(
                "eoi check --chip ioapic --kernel linux-7.3 --path vmm --scenario reset,migrate",
                Leaves(0),
                "What happens if the VMM resets the function, or migrates the guest",
            ),
            example(
                "eoi check --everything --part 1/50 --format json >part-1.json",
                Parses,
                "Every system that there is, in parts that machines share; --merge joins them",
            ),
            example(
                "eoi check --here --format json >expected.json",
                OnAHost(1),
                "Keep the verdicts of today, for the gate that follows",
            ),
            example(
                "eoi check --here --expect expected.json",
                OnAHost(0),
                "Exit with 1 if a verdict has changed",
            ),
        ],
        status: JUDGES,
        files: &[
            (
                "/proc/interrupts",
                "With --here: the controllers of the lines.",
            ),
            ("/proc/sys/kernel/osrelease", "With --here: the kernel."),
            (
                "/sys/bus/pci/devices",
                "With --here: the functions and their irqs.",
            ),
        ],
        environment: &[(
            "RAYON_NUM_THREADS",
            "The number of threads that search; all CPUs if it is not set.",
        )],
        others: &[],
    },
    &Page {
        verb: "trace",
        examples: &[
            example(
                "eoi trace --record --here",
                OnAHost(0),
                "The command that makes a recording on this machine",
            ),
            example(
                "eoi trace trace.dat",
                Leaves(1),
                "Which line is dead, and which hand-off was lost",
            ),
            example(
                "eoi trace --chip xive --explain trace.dat",
                Leaves(1),
                "Each step of the model that explains the recording",
            ),
            example(
                "eoi trace - <trace.txt",
                Leaves(1),
                "The text of trace-cmd report, or of trace_pipe",
            ),
        ],
        status: JUDGES,
        files: &[
            (
                "/sys/kernel/tracing/available_filter_functions",
                "With --record --here: the functions that this kernel can trace; only root can read it.",
            ),
            (
                "/proc/kallsyms",
                "With --record --here, where that file cannot be read: the functions that this kernel has.",
            ),
        ],
        environment: &[],
        others: &["trace-cmd-record(1)", "trace-cmd-report(1)"],
    },
    &Page {
        verb: "verify",
        examples: &[
            example(
                "eoi verify --release 6.12",
                Parses,
                "The C of the lab's Linux 6.12, on every controller that it can be run with",
            ),
            example(
                "eoi verify --source ~/linux --chip xive",
                Parses,
                "The C of a source tree of yours, and which functions changed since the release that was read",
            ),
            example(
                "eoi verify --all --format json",
                Parses,
                "Every row that docs/verify.md keeps",
            ),
            example(
                "eoi verify --patch my.diff",
                Parses,
                "The shortest sequence in which a patch makes a difference",
            ),
        ],
        status: &[
            (0, "model and C are equal on every reachable state"),
            (1, "they differ"),
            (2, "wrong usage, or a file that is no patch"),
            (
                3,
                "it could not be told: nothing to build with, or a patch that does not apply or compile",
            ),
        ],
        files: &[CACHE],
        environment: &[CACHE_HOME],
        others: &[],
    },
    &Page {
        verb: "doctor",
        examples: &[
            example(
                "eoi doctor",
                OnAHost(1),
                "Every function of this machine that is handed to a guest",
            ),
            example(
                "eoi doctor 0003:02:00.0",
                OnAHost(1),
                "What would become of this function in a guest?",
            ),
            example(
                "eoi doctor --irq 23",
                OnAHost(1),
                "Who shares this irq, and who has to have it alone?",
            ),
            example(
                "eoi doctor --capture host.tar.zst",
                OnAHost(0),
                "Pack what a diagnosis reads, for somebody else",
            ),
            example(
                "eoi doctor --root host.tar.zst",
                Leaves(1),
                "Diagnose what somebody else packed",
            ),
            example(
                "eoi doctor --lspci lspci.txt --interrupts interrupts.txt --release 6.12.57",
                Leaves(1),
                "Diagnose what somebody posted",
            ),
            example(
                "eoi doctor --format prometheus",
                OnAHost(1),
                "For the textfile collector of Prometheus",
            ),
            example(
                "eoi doctor --explain stall-possible",
                Leaves(0),
                "What a finding means, and what to do",
            ),
        ],
        status: &[
            (0, "nothing was found"),
            (1, "a warning or an error was found"),
            (2, "wrong usage, or input that cannot be read"),
            (3, "it could not be told"),
        ],
        files: &[
            ("/proc/interrupts", "Controllers and owners of the lines."),
            (
                "/sys/bus/pci/devices",
                "Functions: configuration space, irq, driver, IOMMU group.",
            ),
            (
                "/sys/module/vfio_pci/parameters/nointxmask",
                "Whether vfio-pci may use DisINTx.",
            ),
            (
                "/sys/kernel/debug/irq/irqs",
                "The flags of a line; only root can read it.",
            ),
        ],
        environment: &[],
        others: &["lspci(8)", "dmesg(1)"],
    },
    &lab::LAB,
    &lab::LAB_LIST,
    &lab::LAB_FETCH,
    &lab::LAB_CLEAN,
    &lab::LAB_RUN,
    &lab::LAB_SHOW,
    &lab::LAB_MERGE,
    &Page {
        verb: "completions",
        examples: &[
            example(
                "source <(eoi completions bash)",
                Parses,
                "For this bash; in ~/.bashrc for all",
            ),
            example(
                "source <(eoi completions zsh)",
                Parses,
                "For this zsh, after compinit",
            ),
            example("eoi completions fish | source", Parses, "For this fish"),
        ],
        status: WRITES,
        files: &[("/sys/bus/pci/devices", "The addresses that are offered.")],
        environment: &[],
        others: &["bash(1)", "zshcompsys(1)", "fish(1)"],
    },
    &Page {
        verb: "man",
        examples: &[
            example("eoi man doctor | man -l -", Parses, "Read a page"),
            example("eoi man lab run >eoi-lab-run.1", Leaves(0), "Write a page"),
        ],
        status: WRITES,
        files: &[],
        environment: &[(
            "SOURCE_DATE_EPOCH",
            "The date of the page, in seconds since 1970-01-01; that of the release if it is not set.",
        )],
        others: &["man(1)"],
    },
];
