//! Machines that misbehave: those that die or hang, and consoles that say what cannot be.

use std::fs;
use std::time::{Duration, Instant};

use super::{Fake, says, stdout};

#[test]
fn a_machine_that_dies_is_neither_a_pass_nor_a_stall() {
    let fake = Fake::new(
        "dies",
        "echo 'Kernel panic - not syncing: No working init found.'; exit 1",
    );
    let output = fake.run(&[]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("ended before it was done"), "{text}");
    assert!(
        text.contains("No working init") && text.contains("console.log"),
        "{text}"
    );
}

/// The end of a console, after the source of Linux 6.12: `check_timer` of arch/x86/kernel/apic/io_apic.c panics, and `panic`
/// prints a stack, the place of the kernel in memory, and what it then does.
const PANIC: &str = "\
[    1.204] ..MP-BIOS bug: 8254 timer not connected to IO-APIC
[    1.310] Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug.
[    1.311] CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.107
[    1.312] Call Trace:
[    1.313]  <TASK>
[    1.314]  panic+0x331/0x350
[    1.315]  </TASK>
[    1.316] Kernel Offset: disabled
[    1.317] ---[ end Kernel panic - not syncing: IO-APIC + timer doesn't work! ]---
";

#[test]
fn a_kernel_that_panics_is_quoted_with_its_panic_and_not_with_its_last_line() {
    let says = "; its console says 'Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug.'";
    for (name, then, why) in [
        (
            "panics",
            "exit 0",
            "the machine ended before it was done (exit status: 0)",
        ),
        (
            "panics-stays",
            "exec sleep 600",
            "the machine said nothing for 1 s, in no case",
        ),
    ] {
        let fake = Fake::new(name, &format!("cat <<'END'\n{PANIC}END\n{then}"));
        let output = fake.run(&["--timeout", "1", "--format", "json"]);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains(&format!("{why}{says}")), "{text}");
    }
}

#[test]
fn a_machine_that_hangs_is_given_up() {
    let fake = Fake::new("hangs", "echo booting; exec sleep 600");
    let start = Instant::now();
    let output = fake.run(&["--timeout", "1"]);
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("said nothing for 1 s, in no case"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn garbage_on_the_console_is_named() {
    let broken = "echo 'eoi-lab 0 0000 hello linux=6.12 cpus=2'";
    let strange = says(&["hello linux=6.12 cpus=2", "abracadabra"]);
    let floods = "yes 'Call Trace:' | head -c 80000000";
    for (name, script, says) in [
        ("broken", broken, "its checksum is wrong"),
        ("strange", strange.as_str(), "abracadabra"),
        ("floods", floods, "printed more than 64 MiB"),
    ] {
        let output = Fake::new(name, script).run(&[]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        assert!(
            stdout(&output).contains(says),
            "{name}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn a_device_that_never_interrupted_is_an_error() {
    let mut payloads = vec!["hello linux=6.12 cpus=2"];
    let begin = "begin clear-unmask/no-disintx/ioctl";
    payloads.extend([
        begin,
        "irq 22 chip=IO-APIC hwirq=22",
        "step 0 enable ok us=1",
        "step 2 wait none us=1",
    ]);
    payloads.extend([
        "count signals=0 proc=0",
        "end clear-unmask/no-disintx/ioctl stall",
        "bye",
    ]);
    let output = Fake::new("vacuous", &says(&payloads)).run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("never interrupted at all"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("it was not run"),
        "the other cases: {}",
        stdout(&output)
    );
}

#[test]
fn the_wrong_controller_is_an_error() {
    let payloads = [
        "hello linux=6.12 cpus=2",
        "begin clear-unmask/no-disintx/ioctl",
        "irq 9 chip=XT-PIC",
        "bye",
    ];
    let output = Fake::new("chip", &says(&payloads)).run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("the line is on 'XT-PIC', not on 'IO-APIC'"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn an_emulator_that_is_not_where_the_user_says_is_wrong_usage() {
    let fake = Fake::new("absent", "");
    fs::remove_file(fake.directory.join("qemu-system-x86_64")).expect("removed");
    let output = fake.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no qemu-system-x86_64"));
}
