//! Which controllers of the model a line may be on.

use eoi_model::irqchip::{self, Irqchip};

use super::evidence::Evidence;
use super::function::Function;
use super::interrupts;
use super::reading::Host;

/// The rows of the model that a line's controller may be, and where its name was read.
pub struct Chips {
    /// The rows.
    pub rows: Vec<&'static Irqchip>,
    /// The name that is shown.
    pub shown: String,
    /// Where.
    pub evidence: Evidence,
}

impl Chips {
    /// The controller of the function's line. Where Linux has no descriptor for it yet, the controllers that the host's
    /// other irqs are on.
    #[must_use]
    pub fn of(host: &Host, function: &Function) -> Option<Self> {
        let irq = function.intx_irq()?;
        if let Some((shown, path, line)) = host.chip(irq) {
            let rows = rows_on(shown, host.emulated);
            let evidence = Evidence::at(path, line, format!("irq {irq} is on {shown}"));
            return Some(Self {
                rows,
                shown: shown.to_string(),
                evidence,
            });
        }
        let mut all: Vec<(&str, usize)> = Vec::new();
        for other in host.irqs.values() {
            if !rows(&other.chip).is_empty() && !all.iter().any(|(chip, _)| *chip == other.chip) {
                all.push((&other.chip, other.line));
            }
        }
        let names: Vec<&str> = all.iter().map(|(chip, _)| *chip).collect();
        let shown = names.join(" or ");
        let text =
            format!("irq {irq} has no descriptor yet; other irqs of this host are on {shown}");
        let rows = names
            .iter()
            .flat_map(|name| rows_on(name, host.emulated))
            .collect();
        let evidence = Evidence::at(interrupts::PATH, all.first().map(|(_, line)| *line), text);
        (!all.is_empty()).then_some(Self {
            rows,
            shown,
            evidence,
        })
    }
}

/// The rows of the model whose controller prints this name. Rows for emulators are left out: a real host is asked.
#[must_use]
pub fn rows(shown: &str) -> Vec<&'static Irqchip> {
    all(shown)
        .into_iter()
        .filter(|chip| !chip.name.ends_with("-qemu"))
        .collect()
}

/// The same as [`rows`]; on a host that QEMU emulates, its rows where there are any.
#[must_use]
pub fn rows_on(shown: &str, emulated: bool) -> Vec<&'static Irqchip> {
    let qemu: Vec<_> = all(shown)
        .into_iter()
        .filter(|chip| emulated && chip.name.ends_with("-qemu"))
        .collect();
    if qemu.is_empty() { rows(shown) } else { qemu }
}

fn all(shown: &str) -> Vec<&'static Irqchip> {
    // A chip may have its number or its device's name behind it: `MPIC 1`, `APLIC-MSI-d000000.aplic`.
    let stands = |name: &str| {
        let rest = shown.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
    };
    irqchip::ALL
        .iter()
        .copied()
        .filter(|chip| stands(chip.prints) && !says_the_same(chip))
        .collect()
}

/// A POWER10's XIVE and a partition's print the name of a POWER9's, and nothing that is read here tells them apart. The
/// same systems keep going (`eoi/tests/laws/facts.rs`), at another cost, so that POWER9's rows stand for them.
fn says_the_same(chip: &Irqchip) -> bool {
    ["xive-p10", "xive-pseries"]
        .iter()
        .any(|row| chip.name.starts_with(row))
}
