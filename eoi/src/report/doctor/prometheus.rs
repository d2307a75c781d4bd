//! A diagnosis for Prometheus.

use crate::doctor::{Diagnosis, Finding};
use crate::host::Fixed;
use crate::report::prometheus::Metrics;

/// The findings, what is known of the kernel, and a few numbers.
#[must_use]
pub fn prometheus(diagnosis: &Diagnosis) -> String {
    let mut metrics = Metrics::default();
    metrics.family(
        "eoi_finding",
        "A finding of eoi doctor; eoi doctor --explain NAME explains it.",
    );
    for finding in &diagnosis.findings {
        let irq = finding.irq.map_or(String::new(), |irq| irq.to_string());
        let labels = [
            ("name", finding.name),
            ("severity", finding.severity.name()),
            ("function", finding.function.as_deref().unwrap_or_default()),
            ("irq", &irq),
            ("controller", controller(diagnosis, finding)),
        ];
        metrics.sample("eoi_finding", &labels, 1);
    }
    let kernel = &diagnosis.kernel;
    let state = match kernel.fix {
        Fixed::Yes => "present",
        Fixed::No => "absent",
        Fixed::Unknown => "unknown",
    };
    metrics.kernel_fix(
        "doctor",
        &[(kernel.release.as_deref().unwrap_or_default(), state)],
    );
    let host = &diagnosis.host;
    let gauges = [
        ("eoi_functions", "PCI functions.", host.functions),
        (
            "eoi_functions_judged",
            "PCI functions judged as handed to a guest.",
            host.functions_judged,
        ),
        (
            "eoi_undecided",
            "Functions and irqs of which nothing could be told.",
            diagnosis.undecided.len(),
        ),
        (
            "eoi_unreadable_files",
            "Files that could not be read.",
            host.unreadable_files,
        ),
    ];
    for (name, help, value) in gauges {
        metrics.family(name, help);
        metrics.sample(name, &[], value);
    }
    metrics.written_now("doctor")
}

/// The controller of the finding's function or irq, as `/proc/interrupts` prints it; empty where it is about neither.
fn controller<'a>(diagnosis: &'a Diagnosis, finding: &Finding) -> &'a str {
    let function = diagnosis
        .functions
        .iter()
        .find(|function| finding.function.as_ref() == Some(&function.address))
        .and_then(|function| function.controller.as_deref());
    let line = || {
        let line = diagnosis
            .lines
            .iter()
            .find(|line| finding.irq == Some(line.irq))?;
        line.controller.as_deref()
    };
    function.or_else(line).unwrap_or_default()
}
