//! What to record: the command that shows all that the model knows of some controllers.

use std::collections::BTreeSet;

use eoi_model::irqchip::Irqchip;

use super::words::Words;

/// Events: whose interrupt a flow handler runs for, and what KVM does with the guest's EOI (Linux 6.12,
/// include/trace/events/irq.h and kvm.h).
const EVENTS: [&str; 4] = ["irq:irq_handler_entry", "irq:irq_handler_exit", "kvm:kvm_set_irq", "kvm:kvm_ack_irq"];

/// Kilobytes of each CPU's buffer: at 100 bytes an entry, 200,000 entries before one is lost.
const BUFFER: u32 = 20_000;

/// The command for hosts with these controllers, in one line.
#[must_use]
pub fn command(chips: &BTreeSet<&str>) -> String {
    let mut command = format!("trace-cmd record -b {BUFFER} -p function");
    for function in Words::learnt().traceable(chips) {
        command += &format!(" -l '{function}'");
    }
    for event in EVENTS {
        command += &format!(" -e {event}");
    }
    command
}

/// The command for each controller; those with the same one together, under the names that /proc/interrupts prints.
#[must_use]
pub fn commands(chips: &[&'static Irqchip]) -> Vec<(Vec<&'static Irqchip>, String)> {
    let mut commands: Vec<(Vec<&'static Irqchip>, String)> = Vec::new();
    for &chip in chips {
        let command = command(&BTreeSet::from([chip.name]));
        match commands.iter_mut().find(|(_, known)| *known == command) {
            Some((chips, _)) => chips.push(chip),
            None => commands.push((vec![chip], command)),
        }
    }
    commands
}
