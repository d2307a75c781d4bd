//! Recordings that follow the model and are no proof of health: a hand-off that none of them shows.

use std::process::{Command, Output};

use serde_json::Value;

/// Linux 6.12.107 on QEMU's q35 with a vfio-pci whose `vfio_intx_handler` signals nobody; everything that the model knows was
/// recorded. Its guest waited for ever.
const NO_SIGNAL: &str = include_str!("traces/q35-no-signal.txt");
/// The lines that a vfio-pci which signals prints after it has masked.
const SIGNAL: &str =
    "          <idle>-0       [001] d.h1.     4.111300: eventfd_signal_mask <-vfio_intx_handler\n";

fn trace(text: &str, format: &str) -> Output {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("writable");
    let arguments = [
        "trace",
        "--chip",
        "ioapic-qemu",
        "--device",
        "no-disintx",
        "--format",
        format,
    ];
    Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(arguments)
        .arg(file.path())
        .output()
        .expect("the binary runs")
}

fn told(text: &str, format: &str) -> (Option<i32>, String) {
    let output = trace(text, format);
    (
        output.status.code(),
        String::from_utf8(output.stdout).expect("text"),
    )
}

#[test]
fn handled_and_never_signalled_is_not_called_alive() {
    let (status, text) = told(NO_SIGNAL, "text");
    assert_eq!(status, Some(3), "{text}");
    assert!(!text.contains("never dead"), "{text}");
    assert!(
        text.contains("1 interrupt was handled and no signal of the trigger is recorded"),
        "{text}"
    );
    assert!(
        text.contains("filter leaves eventfd_signal_mask out, or vfio-pci did not signal"),
        "{text}"
    );

    let (status, json) = told(NO_SIGNAL, "json");
    let report: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (status, &report["functions"][0]["outcome"]),
        (Some(3), &Value::from("unclear"))
    );
    assert!(
        report["functions"][0]["unclear"]
            .as_str()
            .is_some_and(|why| why.contains("did not signal")),
        "{json}"
    );

    let (status, ktap) = told(NO_SIGNAL, "ktap");
    assert_eq!(status, Some(3));
    assert!(
        ktap.lines()
            .any(|line| line.starts_with("ok 1 ") && !line.contains("SKIP")),
        "it follows: {ktap}"
    );
    assert!(
        ktap.lines()
            .any(|line| line.starts_with("ok 2 ") && line.contains("not dead # SKIP")),
        "{ktap}"
    );
}

#[test]
fn signalled_and_never_unmasked_is_not_called_alive_either() {
    let masked = NO_SIGNAL
        .find("          <idle>-0       [001] d.h1.     4.111324")
        .expect("irq_handler_exit");
    let signalled = format!("{}{SIGNAL}{}", &NO_SIGNAL[..masked], &NO_SIGNAL[masked..]);
    let (status, text) = told(&signalled, "text");
    assert_eq!(status, Some(3), "{text}");
    assert!(
        text.contains("ends with the line masked and no unmask is recorded"),
        "{text}"
    );
    // Once somebody unmasks, the same line is alive: the doubt was the recording's, not the row's.
    let unmask = "vfio_pci_intx_unmask_handler <-vfio_pci_set_intx_unmask enable_irq <-vfio_pci_intx_unmask_handler \
                  irq_startup <-__enable_irq irq_enable <-irq_startup unmask_ioapic_irq <-irq_enable";
    let calls: Vec<&str> = unmask.split(' ').collect();
    let line = |call: &[&str]| {
        format!(
            "            init-1       [000] d..1.     4.200000: {} {}\n",
            call[0], call[1]
        )
    };
    let alive = signalled + &calls.chunks(2).map(line).collect::<String>();
    let (status, text) = told(&alive, "text");
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("never dead"), "{text}");
}
