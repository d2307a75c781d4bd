//! One function of a listing: what its lines and its rows of bytes say.

use super::lines::{Place, place};
use crate::text::elision::is_elision;

/// Bytes of configuration space that are kept: what the rules look at stands in the first 256.
const KEPT: usize = 256;
/// Bytes of one line that are looked at.
const LONGEST: usize = 4096;

/// One function. Fields that the text does not tell are `None`, or `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// `0000:01:00.0`
    pub address: String,
    /// Vendor and device (`-nn`, `-n`).
    pub ids: Option<(u16, u16)>,
    /// Class and subclass (`-nn`, `-n`).
    pub class: Option<u16>,
    /// `(rev ff)` is also what a function prints that does not answer.
    pub rev: Option<u8>,
    /// Command: I/O, memory, bus master.
    pub io: Option<bool>,
    /// Memory space.
    pub mem: Option<bool>,
    /// Bus master.
    pub master: Option<bool>,
    /// Command bit 10. Versions of lspci before 2008 do not print it.
    pub disintx: Option<bool>,
    /// Status bit 4: there is a list of capabilities.
    pub cap: Option<bool>,
    /// Status bit 3.
    pub intx: Option<bool>,
    /// The letter of the pin, and the irq, which lspci prints signed.
    pub interrupt: Option<(char, i64)>,
    /// `Flags: ... IRQ 16`
    pub flags_irq: Option<i64>,
    /// The lines of `-vv` before and behind `Interrupt:` are there and it is not, so that lspci did not print it.
    pub no_interrupt: bool,
    /// `Flags:` is there to its end, and has no IRQ.
    pub no_irq: bool,
    /// `!!! Unknown header type`
    pub silent: bool,
    /// It is a bridge (`Bus: primary=...`).
    pub bridge: bool,
    /// MSI, and whether it is enabled.
    pub msi: Option<bool>,
    /// MSI-X, and whether it is enabled.
    pub msix: Option<bool>,
    /// The state of power management.
    pub power: Option<u8>,
    /// PCI Express.
    pub express: bool,
    /// A capability of the first 256 bytes was printed.
    pub capabilities: bool,
    /// The list of capabilities was printed to its end.
    pub complete: bool,
    /// `Capabilities: <access denied>`
    pub denied: bool,
    /// `Kernel driver in use:`
    pub driver: Option<String>,
    /// `IOMMU group:`
    pub group: Option<u32>,
    /// The bytes of `-x`, as far as they stand without a gap.
    pub config: Vec<u8>,
    /// The farthest place that was reached, and whether something in between could not be read.
    reached: Option<Place>,
    gap: bool,
    /// Lines may be missing within the list of capabilities.
    hole: bool,
}

impl Listed {
    /// A function of which nothing is known. Where lines may be `left_out`, none of it is missed.
    #[must_use]
    pub fn new(address: String, group: Option<u32>, left_out: bool) -> Self {
        Self {
            address,
            group,
            gap: left_out,
            hole: left_out,
            ..Self::default()
        }
    }

    /// How much the text says of it.
    #[must_use]
    pub fn fullness(&self) -> usize {
        let some = [
            self.ids.is_some(),
            self.io.is_some(),
            self.disintx.is_some(),
            self.interrupt.is_some() || self.flags_irq.is_some() || self.no_interrupt,
            self.interrupt.is_some() || self.no_interrupt,
            self.capabilities,
            self.complete,
            self.driver.is_some(),
            self.config.len() >= 64,
            self.config.len() >= KEPT,
        ];
        some.iter().filter(|some| **some).count()
    }

    /// The Linux irq as sysfs would print it; `None` where the text cannot tell. A function for which lspci prints
    /// everything but an `Interrupt:` has pin 0 and irq 0 (show_verbose in lspci.c).
    #[must_use]
    pub fn irq(&self) -> Option<u32> {
        match self.interrupt.map(|(_, irq)| irq).or(self.flags_irq) {
            // A negative number is IRQ_NOTCONNECTED and its like, printed by %d.
            Some(irq) => u32::try_from(irq)
                .or_else(|_| i32::try_from(irq).map(|irq| u32::from_ne_bytes(irq.to_ne_bytes())))
                .ok(),
            None => (self.no_interrupt || self.no_irq).then_some(0),
        }
    }

    /// Takes what another place of the text says of the same function, where this one says nothing. Returns what the two
    /// say differently.
    pub fn join(&mut self, other: Self) -> Vec<&'static str> {
        let mut differ = Vec::new();
        let different = |a: Option<u32>, b: Option<u32>| a.is_some() && b.is_some() && a != b;
        let drivers =
            self.driver.is_some() && other.driver.is_some() && self.driver != other.driver;
        differ.extend(different(self.irq(), other.irq()).then_some("irq"));
        differ.extend(drivers.then_some("driver"));
        differ.extend(
            (self.ids.is_some() && other.ids.is_some() && self.ids != other.ids)
                .then_some("vendor and device"),
        );
        if self.interrupt.is_none() && !self.no_interrupt {
            (self.interrupt, self.no_interrupt) = (other.interrupt, other.no_interrupt);
        }
        if !self.complete && (other.complete || !self.capabilities) {
            (self.msi, self.msix, self.power) = (other.msi, other.msix, other.power);
            (self.express, self.capabilities, self.complete) =
                (other.express, other.capabilities, other.complete);
            self.denied &= !other.capabilities;
        }
        if other.config.len() > self.config.len() {
            self.config = other.config;
        }
        self.ids = self.ids.or(other.ids);
        self.class = self.class.or(other.class);
        self.rev = self.rev.or(other.rev);
        self.io = self.io.or(other.io);
        self.mem = self.mem.or(other.mem);
        self.master = self.master.or(other.master);
        self.disintx = self.disintx.or(other.disintx);
        self.cap = self.cap.or(other.cap);
        self.intx = self.intx.or(other.intx);
        self.flags_irq = self.flags_irq.or(other.flags_irq);
        self.no_irq |= other.no_irq;
        self.silent |= other.silent;
        self.bridge |= other.bridge;
        self.driver = self.driver.take().or(other.driver);
        self.group = self.group.or(other.group);
        differ
    }

    /// Takes a row of bytes; one that leaves a gap, or comes again, is ignored.
    pub fn row(&mut self, offset: usize, row: &[u8]) {
        if offset == self.config.len() && offset + row.len() <= KEPT {
            self.config.extend_from_slice(row);
        }
    }

    /// Takes what follows the address in the first line: class, ids and revision.
    pub fn head(&mut self, rest: &str) {
        let words: Vec<&str> = rest.split_whitespace().take(64).collect();
        for (n, word) in words.iter().enumerate() {
            let bare = word.trim_matches(|c| matches!(c, '[' | ']' | ':' | '"' | ',' | ')' | '('));
            if self.class.is_none()
                && self.ids.is_none()
                && bare.len() == 4
                && (word.ends_with(':') || n < 8)
            {
                let bracketed = word.starts_with('[') || n == 0;
                self.class = if bracketed {
                    u16::from_str_radix(bare, 16).ok()
                } else {
                    None
                };
            }
            // In brackets (-nn), or bare behind the class (-n).
            if self.ids.is_none() && (word.starts_with('[') || self.class.is_some()) {
                self.ids = ids(bare);
            }
            if *word == "(rev" {
                let rev = words.get(n + 1).map(|rev| rev.trim_end_matches(')'));
                self.rev = rev.and_then(|rev| u8::from_str_radix(rev, 16).ok());
            }
        }
    }

    /// Takes a line below the first.
    pub fn line(&mut self, line: &str) {
        let line = line.get(..LONGEST).unwrap_or(line);
        let Some(place) = place(line) else {
            self.other(line);
            return;
        };
        // "Status: D0" below a capability is not the register.
        if self.reached >= Some(Place::Capability) && place < Place::Capability {
            return self.other(line);
        }
        self.missed(place);
        self.reached = self.reached.max(Some(place));
        match place {
            Place::Control | Place::Status => {
                self.flags(line);
                self.gap |= line
                    .split_whitespace()
                    .skip(1)
                    .any(|word| !word.ends_with(['+', '-']) && !word.starts_with("DEVSEL"));
            }
            Place::Flags => self.terse(line),
            Place::Interrupt => self.interrupt(line),
            Place::Capability => self.capability(line),
            Place::Driver => self.driver(line),
            Place::Before => self.silent |= line.starts_with("!!! Unknown header type"),
            Place::Latency => self.gap |= line.split_whitespace().any(|word| !is_of_latency(word)),
            Place::After => {
                self.bridge |= line.starts_with("Bus: primary=");
                let group = line
                    .strip_prefix("IOMMU group:")
                    .and_then(|group| group.trim().parse().ok());
                self.group = self.group.or(group);
            }
        }
    }

    /// Whether lspci left the line of the interrupt out: what stands before it and what stands behind it is there, and
    /// nothing between the two that cannot be read.
    fn missed(&mut self, place: Place) {
        let before = matches!(self.reached, Some(Place::Status | Place::Latency));
        let flags = self.reached == Some(Place::Flags) && self.flags_irq.is_none();
        if place > Place::Interrupt && self.interrupt.is_none() && !self.gap {
            self.no_interrupt |= before && self.io.is_some() && self.intx.is_some();
            self.no_irq |= flags;
        }
        if place > Place::Interrupt && self.capabilities && place == Place::Driver {
            self.complete = !self.denied && !self.hole;
        }
    }

    /// A line of no place: the rest of one that was wrapped, a line of a capability, or nothing of lspci's.
    fn other(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        let flag = |word: &str| {
            word.ends_with(['+', '-']) && word.contains(|c: char| c.is_ascii_alphabetic())
        };
        let flags_only = line.split_whitespace().all(flag);
        if is_elision(line) {
            (self.gap, self.hole) = (true, true);
        } else if flags_only && self.reached < Some(Place::Interrupt) {
            self.flags(line);
        } else if self.reached.is_none() {
            self.head(line);
        } else if (Some(Place::Control)..Some(Place::After)).contains(&self.reached) {
            self.gap = true;
        } else if self.power.is_some() && line.starts_with("Status: D") {
            self.power = line
                .as_bytes()
                .get(9)
                .filter(|state| (b'0'..=b'3').contains(state))
                .map(|state| state - b'0');
        }
    }

    /// A flag counts where it stands first, so that what people write below it does not.
    fn flags(&mut self, line: &str) {
        for word in line.split_whitespace() {
            let (name, on) = match (word.strip_suffix('+'), word.strip_suffix('-')) {
                (Some(name), _) => (name, true),
                (_, Some(name)) => (name, false),
                _ => continue,
            };
            let field = match name {
                "I/O" => &mut self.io,
                "Mem" => &mut self.mem,
                "BusMaster" => &mut self.master,
                "DisINTx" => &mut self.disintx,
                "Cap" => &mut self.cap,
                "INTx" => &mut self.intx,
                _ => continue,
            };
            field.get_or_insert(on);
        }
    }

    /// `Flags: bus master, fast devsel, latency 0, IRQ 16, IOMMU group 17`
    fn terse(&mut self, line: &str) {
        for flag in line.trim_start_matches("Flags:").split(',').map(str::trim) {
            if let Some(irq) = flag.strip_prefix("IRQ ") {
                self.flags_irq = self.flags_irq.or(irq.trim().parse().ok());
                self.gap |= self.flags_irq.is_none();
            } else if let Some(group) = flag.strip_prefix("IOMMU group ") {
                self.group = self.group.or(group.trim().parse().ok());
            }
        }
    }

    fn interrupt(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().take(7).collect();
        if let ["Interrupt:", "pin", pin, "routed", "to", "IRQ", irq] = words.as_slice() {
            let found = pin.chars().next().zip(irq.parse().ok());
            self.interrupt = self
                .interrupt
                .or(found.filter(|_| pin.chars().count() == 1));
        }
        self.gap |= self.interrupt.is_none();
    }

    fn driver(&mut self, line: &str) {
        let Some(driver) = line.strip_prefix("Kernel driver in use:").map(str::trim) else {
            return;
        };
        let good = !driver.is_empty() && !driver.contains('/') && driver.len() < 64;
        if self.driver.is_none() && good {
            self.driver = Some(driver.to_string());
        }
    }

    /// One entry of the list of capabilities.
    fn capability(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let Some(at) = words.first().and_then(|at| at.strip_prefix('[')) else {
            // `<access denied>`, which a browser takes for mark-up.
            self.denied = !self.capabilities;
            return;
        };
        let Ok(0x40..=0xff) = u8::from_str_radix(at.trim_end_matches(']'), 16) else {
            self.complete |= self.capabilities && !self.hole; // "[100 v1]": extended ones follow the end of the list
            return;
        };
        self.capabilities = true;
        let enabled = line.contains("Enable+");
        let switch = (enabled || line.contains("Enable-")).then_some(enabled);
        match &words[1..] {
            ["MSI:", ..] | ["Message", "Signalled", ..] => {
                self.msi = self.msi.or(switch.or(Some(false)));
            }
            ["MSI-X:", ..] => self.msix = self.msix.or(switch.or(Some(false))),
            ["Express", ..] => self.express = true,
            ["Power", "Management", ..] => self.power = self.power.or(Some(0)),
            _ => {}
        }
    }
}

/// `Latency: 0 (250ns min, 63750ns max), Cache Line Size: 64 bytes`
pub(super) fn is_of_latency(word: &str) -> bool {
    let known = [
        "Latency:", "Cache", "Line", "Size:", "bytes", "min,", "max),", "max)", "min),", "min)",
    ];
    known.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit() || c == '(')
}

/// `8086:1533`
fn ids(text: &str) -> Option<(u16, u16)> {
    let (vendor, device) = text.split_once(':')?;
    let four = |text: &str| {
        (text.len() == 4)
            .then(|| u16::from_str_radix(text, 16).ok())
            .flatten()
    };
    Some((four(vendor)?, four(device)?))
}
