//! How long `eoi doctor` takes on a big host, and how much memory.
//!
//! `cargo bench --bench doctor` writes a host of 4,096 functions and 512 CPUs into a temporary directory and diagnoses it;
//! `-- --quick` takes a sixteenth of it. Wanted: less than a second and less than 100 MB. Other work on the machine shows:
//! the best of several runs counts.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use eoi::doctor::diagnose;
use eoi::host::{Request, Tree};

/// Runs of which the best counts.
const RUNS: usize = 5;

/// A host's size.
struct Size {
    functions: usize,
    cpus: usize,
}

/// Functions that stand on one line with others, as on a large machine's root ports.
const PER_LINE: usize = 64;

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a directory"))
        .expect("a writable temporary directory");
    fs::write(path, bytes).expect("a writable temporary directory");
}

fn address(n: usize) -> String {
    format!(
        "{:04x}:{:02x}:{:02x}.{}",
        n / 2048,
        n / 8 % 256,
        n / 2048 % 32,
        n % 8
    )
}

/// Every sixteenth function is bound to vfio-pci; every fourth has MSI-X and uses it.
fn function(root: &Path, n: usize) {
    let address = address(n);
    let dir = root.join("sys/bus/pci/devices").join(&address);
    let mut config = vec![0_u8; 256];
    config[..12].copy_from_slice(&[0x86, 0x80, 0x33, 0x15, 0x06, 0, 0x10, 0, 0, 0, 0, 0x02]);
    (config[0x34], config[0x3d]) = (0x40, 1);
    config[0x40..0x44].copy_from_slice(&[0x11, 0, 0x07, if n % 4 == 1 { 0x80 } else { 0 }]);
    write(&dir.join("config"), config);
    write(&dir.join("irq"), format!("{}\n", irq(n)));
    write(&dir.join("power_state"), "D0\n");
    if n % 4 == 1 {
        for vector in 0..8 {
            write(
                &dir.join(format!("msi_irqs/{}", 1000 + n * 8 + vector)),
                "msix\n",
            );
        }
    }
    let driver = if matches!(n % 16, 0) {
        "vfio-pci"
    } else {
        "ixgbe"
    };
    let _ = symlink(
        format!("../../../../bus/pci/drivers/{driver}"),
        dir.join("driver"),
    );
    let _ = symlink(
        format!("../../../../kernel/iommu_groups/{n}"),
        dir.join("iommu_group"),
    );
    let members = root.join(format!("sys/kernel/iommu_groups/{n}/devices"));
    fs::create_dir_all(&members).expect("a writable temporary directory");
    let _ = symlink(
        format!("../../../../devices/{address}"),
        members.join(&address),
    );
}

fn irq(n: usize) -> usize {
    16 + n / PER_LINE
}

/// /proc/interrupts of that host, as irq_seq_show of 7.x prints it: one line a pin's irq, one an MSI.
fn interrupts(size: &Size) -> String {
    let mut text = " ".repeat(12);
    for cpu in 0..size.cpus {
        let _ = write!(text, "CPU{cpu:<8}");
    }
    let counts: String = (0..size.cpus)
        .map(|cpu| format!("{:>10} ", cpu * 7919 % 100_000))
        .collect();
    let pins = (0..size.functions).step_by(PER_LINE).map(|n| {
        let first = address(n); // the one of each line that vfio-pci has
        (
            irq(n),
            format!(
                "IR-IO-APIC                {}-fasteoi   vfio-intx({first}), ixgbe",
                irq(n)
            ),
        )
    });
    let messages = (0..size.functions).map(|n| {
        (
            1000 + n * 8,
            format!("IR-PCI-MSIX-{}    0-edge      ixgbe-TxRx-0", address(n)),
        )
    });
    for (irq, rest) in pins.chain(messages) {
        let _ = write!(text, "\n{irq:>4}: {counts} {rest}");
    }
    text + "\nLOC: 1 2 3   Local timer interrupts\n"
}

fn host(root: &Path, size: &Size) {
    write(&root.join("proc/sys/kernel/osrelease"), "7.2.13\n");
    write(
        &root.join("proc/version"),
        "Linux version 7.2.13 #1 SMP PREEMPT_DYNAMIC\n",
    );
    write(&root.join("proc/cmdline"), "ro quiet\n");
    write(
        &root.join("sys/module/vfio_pci/parameters/nointxmask"),
        "N\n",
    );
    write(&root.join("proc/interrupts"), interrupts(size));
    for n in 0..size.functions {
        function(root, n);
    }
    for irq in (0..size.functions).step_by(PER_LINE).map(irq) {
        write(
            &root.join(format!("proc/irq/{irq}/spurious")),
            "count 5\nunhandled 0\nlast_unhandled 0 ms\n",
        );
        for (name, text) in [
            ("chip_name", "IR-IO-APIC\n"),
            ("type", "level\n"),
            ("name", "fasteoi\n"),
        ] {
            write(&root.join(format!("sys/kernel/irq/{irq}/{name}")), text);
        }
    }
}

/// A field of /proc/self/status in bytes; 0 where there is none.
fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let size = if quick {
        Size {
            functions: 256,
            cpus: 32,
        }
    } else {
        Size {
            functions: 4096,
            cpus: 512,
        }
    };
    let dir = tempfile::tempdir().expect("a temporary directory");
    host(dir.path(), &size);
    let bytes = fs::metadata(dir.path().join("proc/interrupts")).map_or(0, |file| file.len());
    println!(
        "{} functions, {} CPUs, /proc/interrupts of {:.1} MB",
        size.functions,
        size.cpus,
        bytes as f64 / 1e6
    );
    let mut best = f64::INFINITY;
    let _ = fs::write("/proc/self/clear_refs", "5"); // the high-water mark begins anew
    let mut found = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let tree = Tree::directory(dir.path()).expect("the host");
        let diagnosis = diagnose(&tree, &Request::default()).expect("a diagnosis");
        best = best.min(start.elapsed().as_secs_f64());
        assert_eq!(
            diagnosis.host.functions, size.functions,
            "every function was read"
        );
        found = diagnosis.findings.len();
    }
    let peak = status("VmHWM") as f64 / 1e6;
    println!(
        "eoi doctor: {best:.3} s (wanted: 1), at most {peak:.1} MB resident (wanted: 100), {found} findings"
    );
}
