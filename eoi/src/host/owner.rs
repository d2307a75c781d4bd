//! Whether an action on a line is a function's own driver's, by its name.
//!
//! A driver chooses the name under which it requests an irq: most take their own (`ehci_hcd:usb3`, `snd_hda_intel:card0`),
//! network drivers take the interface's (`eth0`), some a name of the past (`HDA Intel`, `libata`). A single
//! action on the line of a function with a driver need not be the driver's.

use super::function::Function;

/// Drivers that hold a function for a guest or for nobody, and request no irq themselves.
const HOLDERS: [&str; 4] = ["pci-stub", "pciback", "xen-pciback", "pci_stub"];
/// First words of names that many drivers have.
const COMMON: [&str; 8] = ["snd", "pci", "pcie", "sata", "pata", "mmc", "usb", "drm"];
/// How names of network interfaces begin.
const INTERFACES: [&str; 12] = [
    "eth", "en", "wlan", "wl", "ww", "ib", "ath", "ra", "lan", "wan", "net", "p",
];

/// The owner of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The function's own driver's.
    Own,
    /// Somebody else's.
    Other,
    /// The name does not tell.
    Unclear,
}

/// The owner of the action, by its name.
#[must_use]
pub fn of(function: &Function, action: &str) -> Owner {
    if action.contains(&function.address) && !action.contains("vfio") {
        return Owner::Own;
    }
    let Some(driver) = function.driver.as_deref() else {
        return Owner::Other;
    };
    if function.is_vfio()
        || HOLDERS.contains(&driver)
        || function.uses_messages()
        || action.starts_with("vfio-intx(")
    {
        return Owner::Other;
    }
    let class = function.config.map_or(0, |config| config.class >> 8);
    let by_class = match class >> 8 {
        0x01 => action == "libata" || action.starts_with("ide"),
        0x02 => is_interface(action),
        0x07 => action.starts_with("ttyS") || action == "serial",
        _ => false,
    };
    if by_class || alike(&significant(driver), &significant(action)) {
        Owner::Own
    } else {
        Owner::Unclear
    }
}

/// `eth0`, `enp3s0`, `wlan0`.
fn is_interface(action: &str) -> bool {
    let plain = action
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let numbered = action.bytes().any(|byte| byte.is_ascii_digit());
    plain && numbered && INTERFACES.iter().any(|name| action.starts_with(name))
}

/// The first word of a name that only few drivers have, in lower case.
fn significant(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .find(|word| !COMMON.contains(word))
        .unwrap_or_default()
        .to_string()
}

/// The same word, or words that begin alike.
fn alike(a: &str, b: &str) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    !a.is_empty() && (a == b || common >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::pci::Config;

    #[test]
    fn names_tell_whose_an_action_is() {
        let function = |driver: &str, class: u32| Function {
            address: "0000:03:00.0".to_string(),
            driver: Some(driver.to_string()),
            config: Some(Config {
                class,
                ..Config::default()
            }),
            ..Function::default()
        };
        let rows = [
            ("ehci-pci", 0x0c_0320, "ehci_hcd:usb3", Owner::Own),
            ("xhci_hcd", 0x0c_0330, "xhci-hcd:usb1", Owner::Own),
            ("snd_hda_intel", 0x04_0300, "HDA Intel", Owner::Own),
            (
                "snd_hda_intel",
                0x04_0300,
                "snd_hda_intel:card1",
                Owner::Own,
            ),
            (
                "snd_ctxfi",
                0x04_0300,
                "snd_hda_intel:card1",
                Owner::Unclear,
            ),
            ("e1000e", 0x02_0000, "enp3s0", Owner::Own),
            ("ata_piix", 0x01_0100, "libata", Owner::Own),
            ("megaraid_sas", 0x01_0400, "megasas", Owner::Own),
            ("nvidia", 0x03_0000, "ehci_hcd:usb3", Owner::Unclear),
            ("e1000e", 0x02_0000, "ehci_hcd:usb3", Owner::Unclear),
            ("ahci", 0x01_0601, "ahci[0000:03:00.0]", Owner::Own),
            ("pci-stub", 0x02_0000, "eth0", Owner::Other),
            ("vfio-pci", 0x02_0000, "eth0", Owner::Other),
        ];
        for (driver, class, action, expected) in rows {
            assert_eq!(
                of(&function(driver, class), action),
                expected,
                "{driver}: {action}"
            );
        }
        let free = Function {
            driver: None,
            ..function("", 0x02_0000)
        };
        assert_eq!(of(&free, "eth0"), Owner::Other);
    }
}
