//! The command that records all that the model knows of some controllers.

use std::collections::BTreeSet;

use eoi_model::irqchip::Irqchip;

use super::words::Words;
use crate::host::Tree;

/// Events: whose interrupt a flow handler runs for, and what KVM does with the guest's EOI (Linux 6.12,
/// include/trace/events/irq.h and kvm.h).
const EVENTS: [&str; 4] = [
    "irq:irq_handler_entry",
    "irq:irq_handler_exit",
    "kvm:kvm_set_irq",
    "kvm:kvm_ack_irq",
];

/// Kilobytes of each CPU's buffer: at 100 bytes an entry, 200,000 entries before one is lost.
const BUFFER: u32 = 20_000;

/// Where a kernel lists what it can trace (Documentation/trace/ftrace.rst). Only root can read it.
const TRACING: [&str; 2] = ["sys/kernel/tracing", "sys/kernel/debug/tracing"];

/// Columns of a line of a broken command.
const WIDTH: usize = 80;

/// A command for some controllers.
pub struct Command {
    /// The controllers.
    pub chips: Vec<&'static Irqchip>,
    /// The command, in one line.
    pub line: String,
    /// Functions and events that the kernel cannot trace.
    pub left_out: Vec<String>,
    /// Remarks on how far the kernel is known, a sentence each.
    pub remarks: Vec<String>,
}

/// The command for hosts with these controllers, in one line.
#[must_use]
pub fn command(chips: &BTreeSet<&str>) -> String {
    line(
        &Words::learnt()
            .traceable(chips)
            .into_iter()
            .collect::<Vec<_>>(),
        &EVENTS,
    )
}

fn line(functions: &[&str], events: &[&str]) -> String {
    let mut command = format!("trace-cmd record -b {BUFFER} -p function");
    for function in functions {
        command += &format!(" -l '{function}'");
    }
    for event in events {
        command += &format!(" -e {event}");
    }
    command
}

/// The command for each controller; those with the same one together.
#[must_use]
pub fn commands(chips: &[&'static Irqchip]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for &chip in chips {
        let line = command(&BTreeSet::from([chip.name]));
        match commands.iter_mut().find(|known| known.line == line) {
            Some(known) => known.chips.push(chip),
            None => commands.push(Command {
                chips: vec![chip],
                line,
                left_out: Vec::new(),
                remarks: Vec::new(),
            }),
        }
    }
    commands
}

/// The command for one host, without the functions and events that its kernel lists as absent. Those of a module that is
/// not loaded are not known to be absent.
#[must_use]
pub fn commands_on(chips: &[&'static Irqchip], host: &Tree) -> Vec<Command> {
    if chips.is_empty() {
        return Vec::new();
    }
    let functions = Words::learnt().traceable(&chips.iter().map(|chip| chip.name).collect());
    let (mut left_out, mut remarks) = (Vec::new(), Vec::new());
    let mut keep = |names: Vec<&'static str>,
                    listed: &Listed,
                    module: &str,
                    remark: &str|
     -> Vec<&'static str> {
        if !listed.module {
            remarks.push(remark.to_string());
        }
        let has = |name: &&str| {
            listed.names.contains(*name) || (name.starts_with(module) && !listed.module)
        };
        let (kept, absent): (Vec<_>, Vec<_>) = names.into_iter().partition(has);
        left_out.extend(absent.into_iter().map(str::to_string));
        kept
    };
    let mut functions: Vec<&str> = functions.into_iter().collect();
    let mut events = EVENTS.to_vec();
    let traceable = listed(host, "available_filter_functions", &functions, "vfio_");
    if let Some(listed) = &traceable {
        functions = keep(
            functions,
            listed,
            "vfio_",
            "vfio-pci is not loaded: which functions it has is not known.",
        );
    }
    if let Some(listed) = listed(host, "available_events", &EVENTS, "kvm:") {
        events = keep(
            events,
            &listed,
            "kvm:",
            "kvm is not loaded: which events it has is not known.",
        );
    }
    if traceable.is_none() {
        let file = format!("/{}/available_filter_functions", TRACING[0]);
        remarks.push(format!(
            "{file} cannot be read, so that no function is left out; try again as root."
        ));
    }
    vec![Command {
        chips: chips.to_vec(),
        line: line(&functions, &events),
        left_out,
        remarks,
    }]
}

/// The names, of some, that a kernel lists as traceable.
struct Listed {
    names: BTreeSet<String>,
    /// Whether any name of the module is in the list.
    module: bool,
}

/// Reads one of the kernel's lists: a name a line, with its module behind it. `None` if it cannot be read.
fn listed(host: &Tree, file: &str, names: &[&str], module: &str) -> Option<Listed> {
    TRACING.iter().find_map(|directory| {
        let mut listed = Listed {
            names: BTreeSet::new(),
            module: false,
        };
        let read = host.lines(&format!("{directory}/{file}"), |_, line| {
            let name = line.split_whitespace().next().unwrap_or_default();
            listed.module |= name.starts_with(module);
            if names.contains(&name) {
                listed.names.insert(name.to_string());
            }
        });
        (read && (listed.module || !listed.names.is_empty())).then_some(listed)
    })
}

/// A command in lines of at most 80 columns, each but the last with a backslash at its end, so that a shell takes it as
/// it is. An option stays beside its value.
#[must_use]
pub fn broken(command: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for word in command.split(' ') {
        match parts
            .last_mut()
            .filter(|last| last.starts_with('-') && !last.contains(' '))
        {
            Some(option) => *option += &format!(" {word}"),
            None => parts.push(word.to_string()),
        }
    }
    let (mut text, mut column) = (String::new(), 0);
    for part in parts {
        if column > 0 && column + 1 + part.len() + " \\".len() > WIDTH {
            text += " \\\n ";
            column = 1;
        }
        let space = if text.is_empty() { "" } else { " " };
        text += &format!("{space}{part}");
        column += space.len() + part.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use eoi_model::irqchip;

    use super::*;
    use crate::host::Node;

    fn on(files: &[(&str, &str)]) -> Command {
        let files: BTreeMap<String, Node> = files
            .iter()
            .map(|(path, text)| ((*path).to_string(), Node::File(text.as_bytes().to_vec())))
            .collect();
        let chip = irqchip::by_name("xive").expect("a row");
        commands_on(&[chip], &Tree::from_nodes(files))
            .pop()
            .expect("a command")
    }

    /// All that 6.12 has but for `check_irq_resend`, which its compiler inlined.
    const FUNCTIONS: &str = "irq_disable\nirq_enable\nxive_irq_eoi\nenable_irq\n__enable_irq\n";
    const VFIO: &str = "vfio_intx_handler [vfio_pci_core]\n";

    #[test]
    fn functions_that_the_kernel_does_not_list_are_left_out() {
        let listed = format!("{FUNCTIONS}{VFIO}");
        let command = on(&[("sys/kernel/tracing/available_filter_functions", &listed)]);
        assert!(
            command
                .left_out
                .iter()
                .any(|name| name == "check_irq_resend"),
            "{:?}",
            command.left_out
        );
        assert!(
            command
                .left_out
                .iter()
                .any(|name| name == "vfio_pci_intx_mask"),
            "{:?}",
            command.left_out
        );
        assert!(
            command.line.contains("-l 'xive_irq_eoi'")
                && command.line.contains("-l 'vfio_intx_handler'")
        );
        assert!(
            !command.line.contains("check_irq_resend"),
            "{}",
            command.line
        );
        assert!(
            command.line.contains("-e kvm:kvm_ack_irq"),
            "nobody knows that it has none: {}",
            command.line
        );
        assert_eq!(command.remarks, [""; 0]);
    }

    #[test]
    fn functions_of_a_module_that_is_not_loaded_stay() {
        let command = on(&[(
            "sys/kernel/debug/tracing/available_filter_functions",
            FUNCTIONS,
        )]);
        assert!(
            command.line.contains("-l 'vfio_pci_intx_mask'"),
            "{}",
            command.line
        );
        assert_eq!(
            command.remarks,
            ["vfio-pci is not loaded: which functions it has is not known."]
        );
        let events =
            "irq:irq_handler_entry\nirq:irq_handler_exit\nkvm:kvm_entry\nkvm:kvm_set_irq\n";
        let command = on(&[("sys/kernel/tracing/available_events", events)]);
        assert!(
            !command.line.contains("kvm:kvm_ack_irq") && command.line.contains("kvm:kvm_set_irq"),
            "{}",
            command.line
        );
        assert!(
            command.line.contains("check_irq_resend"),
            "{}",
            command.line
        );
        assert!(
            command.remarks[0].contains("cannot be read"),
            "{:?}",
            command.remarks
        );
    }
}
