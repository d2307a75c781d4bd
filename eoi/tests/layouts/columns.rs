//! The functions of the kernel that print an irq, and what stands above and below the irqs.

use crate::printed::{
    Row, actions_after, blank_then_counts, counts_then_blank, left_head, own_rows,
};

/// Which columns a layout has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shows {
    pub chip: bool,
    pub hwirq: bool,
    pub level: bool,
    pub flow: bool,
}

pub const NOTHING: Shows = Shows {
    chip: false,
    hwirq: false,
    level: false,
    flow: false,
};
pub const CHIP: Shows = Shows {
    chip: true,
    ..NOTHING
};
pub const CHIP_FLOW: Shows = Shows { flow: true, ..CHIP };
pub const CHIP_LEVEL: Shows = Shows {
    level: true,
    ..CHIP
};
pub const HWIRQ: Shows = Shows {
    hwirq: true,
    ..CHIP
};
pub const HWIRQ_FLOW: Shows = Shows {
    flow: true,
    ..HWIRQ
};
pub const HWIRQ_LEVEL: Shows = Shows {
    level: true,
    ..HWIRQ
};

pub fn number(irq: u32, precision: usize) -> String {
    format!("{irq:>precision$}: ")
}

/// `desc->chip->typename` in fourteen columns, which says flow too: i386, x86_64, ia64, alpha, mips, sh up to 2.6.18.
pub fn typename(row: &Row, cpus: usize) -> String {
    let (number, counts) = (number(row.irq, 3), counts_then_blank(row.irq, cpus));
    let flow = row.flow.map_or(String::new(), |flow| format!("-{flow}"));
    format!(
        "{number}{counts} {:>14}{}\n",
        format!("{}{flow}", row.chip),
        actions_after("  ", row)
    )
}

/// `" %8s"` of the chip, `"-%-8s"` of the flow: i386 and x86_64 from 2.6.19 on.
pub fn chip_and_flow(row: &Row, cpus: usize, width: usize, precision: usize) -> String {
    let (number, counts) = (number(row.irq, precision), counts_then_blank(row.irq, cpus));
    let flow = row.flow.map_or(String::new(), |flow| format!("-{flow:<8}"));
    format!(
        "{number}{counts} {:>width$}{flow}{}\n",
        row.chip,
        actions_after("  ", row)
    )
}

/// `show_interrupts` of kernel/irq/proc.c; `blank` says whether a missing hwirq leaves its column free.
pub fn generic(row: &Row, cpus: usize, precision: usize, shows: Shows, blank: bool) -> String {
    let mut out = number(row.irq, precision) + &counts_then_blank(row.irq, cpus);
    out += &match row.chip.strip_prefix('!') {
        // irq_print_chip writes the name as it likes.
        Some(name) => name.to_string(),
        None => format!(" {:>8}", row.chip),
    };
    match row.hwirq.filter(|_| shows.hwirq) {
        Some(hwirq) => out += &format!(" {hwirq:>precision$}"),
        None if blank => out += &format!(" {:precision$}", ""),
        None => {}
    }
    if shows.level {
        out += &format!(" {:<8}", if row.level { "Level" } else { "Edge" });
    }
    if let Some(flow) = row.flow {
        out += &format!("-{flow:<8}");
    }
    out + &actions_after("  ", row) + "\n"
}

/// `irq_seq_show` of kernel/irq/proc.c: the counts end without a blank, the chip is left-aligned.
pub fn sequential(row: &Row, cpus: usize, shows: Shows) -> String {
    let (precision, width) = (4, 19);
    let mut out = format!(
        "{:>precision$}:{}  ",
        row.irq,
        blank_then_counts(row.irq, cpus)
    );
    out += &match row.chip.strip_prefix('!') {
        Some(name) => name.to_string(),
        None => format!("{:<width$}", row.chip),
    };
    out += &match row.hwirq {
        Some(hwirq) => format!(" {hwirq:>precision$}"),
        None => format!("  {:precision$}", ""),
    };
    if shows.level {
        out += &format!(" {:<8}", if row.level { "Level" } else { "Edge" });
    }
    if let Some(flow) = row.flow {
        out += &format!("-{flow:<8}");
    }
    out + &actions_after("  ", row) + "\n"
}

pub fn x86_tail(cpus: usize) -> String {
    let rows = [
        ("NMI", "  Non-maskable interrupts"),
        ("LOC", "  Local timer interrupts"),
        ("PMI", "  Performance monitoring interrupts"),
        ("RTR", "  APIC ICR read retries"),
        ("PIN", "  Posted-interrupt notification event"),
    ];
    own_rows(&rows, cpus) + "ERR:          0\nMIS:          3\n"
}

pub fn bare_tail(cpus: usize) -> String {
    own_rows(&[("NMI", ""), ("LOC", "")], cpus) + "ERR:          0\nMIS:          0\n"
}

pub fn power_tail(cpus: usize) -> String {
    let rows = [
        ("LOC", "  Local timer interrupts for timer event device"),
        ("LOC", "  Local timer interrupts for others"),
        ("HMI", "  Hypervisor Maintenance Interrupts"),
        ("DBL", "  Doorbell interrupts"),
    ];
    own_rows(&rows, cpus)
}

pub fn power_old_tail(_: usize) -> String {
    "IPI (recv/sent):       1234/5678\nBAD:          7\n".to_string()
}

pub fn arm_tail(cpus: usize) -> String {
    let rows = [
        ("IPI0", " Rescheduling interrupts"),
        ("IPI5", "      IRQ work interrupts"),
    ];
    own_rows(&rows, cpus) + "Err:          0\n"
}

/// arm64 up to 3.x counts the CPUs that are present, two more than are online here.
pub fn present_tail(cpus: usize) -> String {
    own_rows(&[("IPI0", "      Rescheduling interrupts")], cpus + 2) + "Err:          0\n"
}

pub fn riscv_tail(cpus: usize) -> String {
    own_rows(
        &[
            ("IPI0", " Rescheduling interrupts"),
            ("IPI1", " Function call interrupts"),
        ],
        cpus,
    )
}

pub fn loongarch_tail(cpus: usize) -> String {
    let rows = [
        ("IPI0", " LoongArch  1  Rescheduling interrupts"),
        ("IPI1", " LoongArch  2  Function call interrupts"),
    ];
    own_rows(&rows, cpus) + "ERR:          0\n"
}

pub fn error_tail(_: usize) -> String {
    "ERR:          0\n".to_string()
}

pub fn no_tail(_: usize) -> String {
    String::new()
}

pub fn s390_head(cpus: usize) -> String {
    left_head(11, cpus) + &own_rows(&[("EXT", ""), ("I/O", ""), ("AIO", "")], cpus)
}

pub fn s390_tail(cpus: usize) -> String {
    own_rows(
        &[
            ("CLK", "  [EXT] Clock Comparator"),
            ("DAS", "  [I/O] DASD"),
            ("PCI", "  [AIO] PCI Interrupt"),
        ],
        cpus,
    )
}
