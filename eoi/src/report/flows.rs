//! Flow handlers by callbacks and flags, for people: a table, and each combination that does not present a level again.

use comfy_table::{Cell as TableCell, Color};

use super::table::{cell, render, table};
use super::words::paragraph;
use crate::check::flows::{Cell, Enable, Example, Flags, Flows, Presents, Row};
use crate::check::run::{Run, Value};

/// The question, and the meaning of the table.
const HEAD: &str = "\
vfio-pci disables the line of a DisINTx- device with disable_irq_nosync(), and enables it with enable_irq() when the \
guest is done. Does a level that is still high then interrupt again? \"again\": yes, in every state that can be reached. \
\"NEVER\": not in every state, see the note of that number. Callbacks are those of struct irq_chip beside irq_mask and \
irq_unmask. UNLAZY is IRQ_DISABLE_UNLAZY, which vfio-pci sets since 8b9f128947dd; ONESHOT is a threaded action \
(threadirqs).";

/// The meaning of the star.
const ALSO: &str = "\
* Interrupts can stop all the same, while the line stays disabled: eoi check --path vmm --chip NAME, with --threadirqs for \
ONESHOT.";

/// The whole answer. With `all`, also all that enabling a line does in every combination.
#[must_use]
pub fn text(flows: &Flows, all: bool) -> String {
    let (mut table, mut notes) = (table(), String::new());
    let flags = flows
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().map(|cell| name(cell.flags)));
    let flags: Vec<&str> = flags
        .take(flows.rows.first().map_or(0, |row| row.cells.len()))
        .collect();
    table.set_header(
        ["flow", "callbacks", "controllers"]
            .into_iter()
            .chain(flags),
    );
    let mut number = 0;
    for row in &flows.rows {
        let is_noted = row
            .cells
            .iter()
            .any(|cell| cell.presents == Presents::Never);
        number += usize::from(is_noted);
        let head = [
            short(&row.flow).to_string(),
            callbacks(row),
            row.controllers.join(", "),
        ];
        let answers = row.cells.iter().map(|cell| answer(cell, number));
        table.add_row(head.iter().map(|text| cell(text)).chain(answers));
        if is_noted {
            notes += &note(number, row);
        }
    }
    let cells = || flows.rows.iter().flat_map(|row| &row.cells);
    let also = cells().any(|cell| cell.presents != Presents::Never && !cell.stalls.is_empty());
    let also = if also {
        paragraph("", ALSO)
    } else {
        String::new()
    };
    let rest = if all {
        enables(flows)
    } else {
        paragraph("", MORE)
    };
    paragraph("", HEAD) + "\n" + &render(&table) + "\n" + &also + &notes + "\n" + &rest
}

const MORE: &str = "--all shows all that enabling the line does in each combination; --format json also has the runs.";

/// `fasteoi` of `handle_fasteoi_irq`, as `/proc/interrupts` prints it.
fn short(flow: &str) -> &str {
    flow.strip_prefix("handle_")
        .and_then(|rest| rest.strip_suffix("_irq"))
        .unwrap_or(flow)
}

fn callbacks(row: &Row) -> String {
    let own = row
        .callbacks
        .iter()
        .map(|name| name.trim_start_matches("irq_"));
    let own: Vec<&str> = own
        .filter(|name| !["mask", "unmask"].contains(name))
        .collect();
    if own.is_empty() {
        "none".to_string()
    } else {
        own.join(", ")
    }
}

const fn name(
    Flags {
        oneshot,
        disable_unlazy,
    }: Flags,
) -> &'static str {
    match (oneshot, disable_unlazy) {
        (false, false) => "no flag",
        (false, true) => "UNLAZY",
        (true, false) => "ONESHOT",
        (true, true) => "both",
    }
}

fn answer(of: &Cell, number: usize) -> TableCell {
    match of.presents {
        Presents::NotAsked => cell("-"),
        Presents::AtOnce | Presents::Later if of.stalls.is_empty() => cell("again"),
        Presents::AtOnce | Presents::Later => cell("again *"),
        Presents::Never => cell(&format!("NEVER {number}")).fg(Color::Red),
    }
}

/// One way of enabling the line: the kernel function that touches the controller, and the registers.
fn does(Enable { accesses, .. }: &Enable) -> String {
    let Some(first) = accesses.first() else {
        return "irq_enable leaves the controller alone".to_string();
    };
    let registers: Vec<&str> = accesses.iter().map(|access| access.name.as_str()).collect();
    let by = first.by.as_deref().unwrap_or("irq_enable");
    format!("{by} writes {}", registers.join(", "))
}

/// The combinations of a row that do not present the level again: with which flags and kernels, and how the line was enabled.
fn note(number: usize, row: &Row) -> String {
    let never: Vec<&Cell> = row
        .cells
        .iter()
        .filter(|cell| cell.presents == Presents::Never)
        .collect();
    let title = format!(
        "{}; {}; {}",
        row.flow,
        callbacks(row),
        row.controllers.join(", ")
    );
    let mut text = "\n".to_string() + &paragraph(&format!("NEVER {number}: "), &title);
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for cell in &never {
        let kernels = if cell.again.is_empty() {
            "every kernel".to_string()
        } else {
            cell.never.join(", ")
        };
        for enable in cell
            .enables
            .iter()
            .filter(|enable| enable.presents == Presents::Never)
        {
            let says = format!("{kernels}: {}", does(enable));
            match ways.iter_mut().find(|(known, _)| *known == says) {
                Some((_, flags)) => flags.push(name(cell.flags)),
                None => ways.push((says, vec![name(cell.flags)])),
            }
        }
    }
    for (says, flags) in ways {
        text += &paragraph("    ", &format!("{}; {says}", flags.join(", ")));
    }
    if let Some(Example { run, command, .. }) = never.iter().find_map(|cell| cell.example.as_ref())
    {
        text += &paragraph("    ", &ends(run));
        text += &paragraph("    ", command);
    }
    text
}

/// The line after the run: the bits of the controller and of its driver.
fn ends(run: &Run) -> String {
    let last = run.steps.last().and_then(|step| step.state.first());
    let bits = |name: &str| match last.and_then(|state| state.fields.get(name)) {
        Some(Value::Bits(bits)) if !bits.is_empty() => bits.join(" "),
        _ => "none".to_string(),
    };
    format!(
        "bits of the pin after that: {}; of the driver: {}",
        bits("pin"),
        bits("drv")
    )
}

/// All that enabling a line does while it is high, by combination.
fn enables(flows: &Flows) -> String {
    let mut text = String::new();
    for row in &flows.rows {
        let title = format!(
            "{}, {}: {}",
            row.flow,
            callbacks(row),
            row.controllers.join(", ")
        );
        text += &format!("\n{}", paragraph("", &title));
        let mut of: Vec<(String, Vec<&str>)> = Vec::new();
        for cell in &row.cells {
            for enable in &cell.enables {
                let says = format!("{}: {}", does(enable), presents(enable.presents));
                match of.iter_mut().find(|(known, _)| *known == says) {
                    Some((_, flags)) if flags.contains(&name(cell.flags)) => {}
                    Some((_, flags)) => flags.push(name(cell.flags)),
                    None => of.push((says, vec![name(cell.flags)])),
                }
            }
        }
        for (says, flags) in of {
            text += &paragraph("    ", &format!("{says} ({})", flags.join(", ")));
        }
    }
    text
}

const fn presents(presents: Presents) -> &'static str {
    match presents {
        Presents::NotAsked => "not asked",
        Presents::AtOnce => "again at once",
        Presents::Later => "again later",
        Presents::Never => "NEVER again",
    }
}
