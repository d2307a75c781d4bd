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

/// The list of functions there.
const FUNCTIONS: &str = "available_filter_functions";

/// The symbols of the kernel and of its modules, as `ADDRESS TYPE NAME [MODULE]`. Everybody can read it.
const KALLSYMS: &str = "proc/kallsyms";

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
    let functions: Vec<&str> = functions.into_iter().collect();
    let (known, doubt) = functions_of(host, &functions);
    let mut absent = Absent {
        left_out: Vec::new(),
        remarks: doubt.into_iter().collect(),
    };
    let functions = absent.leave_out(functions, known, "vfio_", NO_VFIO);
    let known = listed(host, &in_tracing("available_events"), 0, &EVENTS, "kvm:");
    let events = absent.leave_out(EVENTS.to_vec(), known, "kvm:", NO_KVM);
    let Absent { left_out, remarks } = absent;
    vec![Command {
        chips: chips.to_vec(),
        line: line(&functions, &events),
        left_out,
        remarks,
    }]
}

const NO_VFIO: &str = "vfio-pci is not loaded: which functions it has is not known.";
const NO_KVM: &str = "kvm is not loaded: which events it has is not known.";

/// The functions of a kernel, and a remark where not all of them are known to be traceable.
fn functions_of(host: &Tree, functions: &[&str]) -> (Option<Listed>, Option<String>) {
    let traceable = listed(host, &in_tracing(FUNCTIONS), 0, functions, "vfio_");
    if traceable.is_some() {
        return (traceable, None);
    }
    let known = listed(host, &[KALLSYMS.to_string()], 2, functions, "vfio_");
    let says = match known {
        Some(_) => "the functions are those of /proc/kallsyms, of which some cannot be traced",
        None => "so that no function is left out",
    };
    let file = format!("/{}/{FUNCTIONS}", TRACING[0]);
    (
        known,
        Some(format!("{file} cannot be read, {says}; try again as root.")),
    )
}

fn in_tracing(file: &str) -> [String; 2] {
    TRACING.map(|directory| format!("{directory}/{file}"))
}

/// The functions that a kernel does not have, and remarks on those that it may not have.
struct Absent {
    left_out: Vec<String>,
    remarks: Vec<String>,
}

impl Absent {
    /// The names that the kernel has, or may have: those of a module that is not loaded, which is a remark.
    fn leave_out(
        &mut self,
        names: Vec<&'static str>,
        known: Option<Listed>,
        module: &str,
        remark: &str,
    ) -> Vec<&'static str> {
        let Some(known) = known else { return names };
        if !known.module {
            self.remarks.push(remark.to_string());
        }
        let has = |name: &&str| {
            known.names.contains(*name) || (name.starts_with(module) && !known.module)
        };
        let (kept, absent): (Vec<_>, Vec<_>) = names.into_iter().partition(has);
        self.left_out.extend(absent.into_iter().map(str::to_string));
        kept
    }
}

/// The names, of some, that a kernel lists as traceable.
struct Listed {
    names: BTreeSet<String>,
    /// Whether any name of the module is in the list.
    module: bool,
}

/// Reads the first of these lists that can be read: a name a line, as its word of this number, with its module behind it.
fn listed(
    host: &Tree,
    files: &[String],
    word: usize,
    names: &[&str],
    module: &str,
) -> Option<Listed> {
    files.iter().find_map(|file| {
        let mut listed = Listed {
            names: BTreeSet::new(),
            module: false,
        };
        let read = host.lines(file, |_, line| {
            let name = line.split_whitespace().nth(word).unwrap_or_default();
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
    const FUNCTIONS_OF_6_12: &str =
        "irq_disable\nirq_enable\nxive_irq_eoi\nenable_irq\n__enable_irq\n";
    const VFIO: &str = "vfio_intx_handler [vfio_pci_core]\n";

    #[test]
    fn functions_that_the_kernel_does_not_list_are_left_out() {
        let listed = format!("{FUNCTIONS_OF_6_12}{VFIO}");
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
    fn who_is_not_root_gets_the_functions_of_kallsyms() {
        let symbols: String = FUNCTIONS_OF_6_12
            .lines()
            .map(|name| format!("0000000000000000 T {name}\n"))
            .collect();
        let module = "0000000000000000 t vfio_intx_handler\t[vfio_pci_core]\n";
        let command = on(&[("proc/kallsyms", &format!("{symbols}{module}"))]);
        for absent in ["check_irq_resend", "vfio_pci_intx_mask"] {
            assert!(!command.line.contains(absent), "{}", command.line);
            assert!(
                command.left_out.iter().any(|name| name == absent),
                "{:?}",
                command.left_out
            );
        }
        assert!(
            command.line.contains("-l 'xive_irq_eoi'"),
            "{}",
            command.line
        );
        assert!(
            command.remarks[0].contains("/proc/kallsyms"),
            "{:?}",
            command.remarks
        );
    }

    #[test]
    fn functions_of_a_module_that_is_not_loaded_stay() {
        let command = on(&[(
            "sys/kernel/debug/tracing/available_filter_functions",
            FUNCTIONS_OF_6_12,
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
