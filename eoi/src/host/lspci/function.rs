//! One function of a listing: what its words and its rows of bytes say.

/// Bytes of configuration space that are kept: what the rules look at stands in the first 256.
const KEPT: usize = 256;

/// A capability that the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its offset, 0x40 to 0xfc.
    pub at: u8,
    /// What it is.
    pub kind: Kind,
}

/// The capabilities that the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Power management, with the state 0 to 3.
    Power(u8),
    /// MSI, and whether it is enabled.
    Msi(bool),
    /// MSI-X, and whether it is enabled.
    MsiX(bool),
    /// PCI Express.
    Express,
}

/// One function. What the text does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// `0000:01:00.0`
    pub address: String,
    /// Vendor and device (`-nn`, `-n`).
    pub ids: Option<(u16, u16)>,
    /// Class and subclass (`-nn`, `-n`).
    pub class: Option<u16>,
    /// `(rev ff)`, which is also what a function prints that does not answer.
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
    /// It is a bridge (`Bus: primary=...`).
    pub bridge: bool,
    /// The capabilities in their order.
    pub capabilities: Vec<Capability>,
    /// `Capabilities: <access denied>`
    pub denied: bool,
    /// `Kernel driver in use:`
    pub driver: Option<String>,
    /// `IOMMU group:`
    pub group: Option<u32>,
    /// The bytes of `-x`, as far as they stand without a gap.
    pub config: Vec<u8>,
}

impl Listed {
    /// A function of which nothing is known.
    #[must_use]
    pub fn new(address: String) -> Self {
        Self { address, ..Self::default() }
    }

    /// Whether the text says nothing of it but that it exists.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::new(self.address.clone())
    }

    /// The Linux irq as sysfs would print it; `None` where the text cannot tell. A function for which lspci prints a
    /// `Control:` and no `Interrupt:` has pin 0 and irq 0 (show_verbose in lspci.c).
    #[must_use]
    pub fn irq(&self) -> Option<u32> {
        match self.interrupt {
            // A negative number is IRQ_NOTCONNECTED and its like, printed by %d.
            Some((_, irq)) => {
                u32::try_from(irq).or_else(|_| i32::try_from(irq).map(|irq| u32::from_ne_bytes(irq.to_ne_bytes()))).ok()
            }
            None if self.io.is_some() => Some(0),
            None => None,
        }
    }

    /// Takes a row of bytes; one that leaves a gap, or comes again, is ignored.
    pub fn row(&mut self, offset: usize, row: &[u8]) {
        if offset == self.config.len() && offset + row.len() <= KEPT {
            self.config.extend_from_slice(row);
        }
    }

    /// Takes a line for what ends with it: a driver's name may have spaces ("HDA Intel").
    pub fn line(&mut self, line: &str) {
        let driver = line.strip_prefix("Kernel driver in use:").map(str::trim);
        if self.driver.is_none() {
            self.driver = driver.filter(|driver| !driver.is_empty() && !driver.contains('/')).map(str::to_string);
        }
    }

    /// Takes all words of the function behind its address. A flag counts where it stands first, so that what people
    /// write below it does not.
    pub fn read(&mut self, words: &[&str]) {
        self.head(words);
        for word in words {
            self.flag(word);
        }
        for (n, word) in words.iter().enumerate() {
            let rest = &words[n + 1..];
            match (*word, rest) {
                ("Interrupt:", ["pin", pin, "routed", "to", "IRQ", irq, ..]) if self.interrupt.is_none() => {
                    self.interrupt = pin.chars().next().zip(irq.parse().ok());
                }
                ("IOMMU", ["group:", group, ..]) if self.group.is_none() => self.group = group.parse().ok(),
                ("Bus:", [primary, ..]) if primary.starts_with("primary=") => self.bridge = true,
                ("Capabilities:", rest) => self.capability(rest),
                _ => {}
            }
        }
    }

    /// The first line: class, ids and revision.
    fn head(&mut self, words: &[&str]) {
        let ends = |word: &&str| matches!(*word, "Subsystem:" | "DeviceName:" | "Control:" | "Flags:" | "Interrupt:");
        let head = &words[..words.iter().position(ends).unwrap_or(words.len())];
        for (n, word) in head.iter().enumerate() {
            let bare = word.trim_matches(|c| matches!(c, '[' | ']' | ':'));
            if self.class.is_none() && self.ids.is_none() && word.ends_with(':') && bare.len() == 4 {
                self.class = u16::from_str_radix(bare, 16).ok();
            }
            // In brackets (-nn), or bare behind the class (-n).
            if word.starts_with('[') || self.class.is_some() {
                self.ids = ids(bare).or(self.ids);
            }
            if *word == "(rev" {
                let rev = head.get(n + 1).map(|rev| rev.trim_end_matches(')'));
                self.rev = rev.and_then(|rev| u8::from_str_radix(rev, 16).ok());
            }
        }
    }

    fn flag(&mut self, word: &str) {
        let (name, on) = match (word.strip_suffix('+'), word.strip_suffix('-')) {
            (Some(name), _) => (name, true),
            (_, Some(name)) => (name, false),
            _ => return,
        };
        let field = match name {
            "I/O" => &mut self.io,
            "Mem" => &mut self.mem,
            "BusMaster" => &mut self.master,
            "DisINTx" => &mut self.disintx,
            "Cap" => &mut self.cap,
            "INTx" => &mut self.intx,
            _ => return,
        };
        field.get_or_insert(on);
    }

    /// One entry of the list; `words` is everything behind `Capabilities:`.
    fn capability(&mut self, words: &[&str]) {
        let words = &words[..words.iter().position(|word| *word == "Capabilities:").unwrap_or(words.len())];
        let Some(at) = words.first().and_then(|at| at.strip_prefix('[')?.strip_suffix(']')) else {
            self.denied |= matches!(words, ["<access" | "<available", ..]);
            return;
        };
        // Extended capabilities ("[100", "v1]") have no number that fits.
        let Ok(at @ 0x40..=0xfc) = u8::from_str_radix(at, 16) else { return };
        let enabled = words.contains(&"Enable+");
        let kind = match &words[1..] {
            ["MSI:", ..] | ["Message", "Signalled", ..] => Kind::Msi(enabled),
            ["MSI-X:", ..] => Kind::MsiX(enabled),
            ["Express", ..] => Kind::Express,
            ["Power", "Management", rest @ ..] => {
                let state = rest.windows(2).find(|pair| pair[0] == "Status:").map(|pair| pair[1]);
                Kind::Power(state.and_then(|state| state.strip_prefix('D')?.get(..1)?.parse().ok()).unwrap_or(0) & 3)
            }
            _ => return,
        };
        // What would run into a capability that stands nearby is left out: no header is longer than 8 bytes here.
        if self.capabilities.iter().all(|other| other.at.abs_diff(at) >= 8) && at <= 0xf8 {
            self.capabilities.push(Capability { at, kind });
        }
    }
}

/// `8086:1533`
fn ids(text: &str) -> Option<(u16, u16)> {
    let (vendor, device) = text.split_once(':')?;
    let four = |text: &str| (text.len() == 4).then(|| u16::from_str_radix(text, 16).ok()).flatten();
    Some((four(vendor)?, four(device)?))
}
