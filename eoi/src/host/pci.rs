//! PCI configuration space: the header and the capabilities that bear on INTx (PCI Local Bus 3.0, chapter 6).

/// Bytes that are ever read: the space of conventional PCI. Serial numbers stand beyond (PCI Express extended space).
pub const SIZE: usize = 256;

const COMMAND: usize = 0x04;
const STATUS: usize = 0x06;
const CAP_POINTER: usize = 0x34;
const CAP_POINTER_CARDBUS: usize = 0x14;
const STATUS_CAPABILITIES: u16 = 1 << 4;

/// Message Signalled Interrupts (PCI 3.0, 6.8.1).
const MSI: u8 = 0x05;
/// MSI-X (PCI 3.0, 6.8.2).
const MSIX: u8 = 0x11;
/// Power management (PCI Power Management 1.2, 3.2).
const POWER: u8 = 0x01;
/// PCI Express (PCI Express Base 3.0, 7.8).
const EXPRESS: u8 = 0x10;

/// A function's configuration space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Vendor and device; `None` where a text does not tell.
    pub id: Option<(u16, u16)>,
    /// Class, subclass and programming interface, as 0x020000.
    pub class: u32,
    /// Header type without the multi-function bit: 0 a function, 1 a bridge, 2 a CardBus bridge.
    pub header: u8,
    /// The Command register.
    pub command: u16,
    /// The Status register.
    pub status: u16,
    /// Interrupt Pin.
    pub pin: Pin,
    /// Interrupt Line, which is the firmware's to write and Linux's to ignore.
    pub line: u8,
    /// Every byte is 0xff as far as it matters: nobody answered.
    pub all_ones: bool,
    /// The capabilities that matter.
    pub capabilities: Capabilities,
}

/// The knowledge of the register Interrupt Pin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// Its value: 0 for none, 1 to 4 for INTA# to INTD#; anything else is reserved.
    Is(u8),
    /// 0 or 255, which lspci prints alike.
    NoneOrBad,
    /// A text does not tell.
    #[default]
    Unknown,
}

impl Pin {
    /// The value, where it is known.
    #[must_use]
    pub const fn value(self) -> Option<u8> {
        match self {
            Self::Is(value) => Some(value),
            Self::NoneOrBad | Self::Unknown => None,
        }
    }
}

/// The capabilities that matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the list was seen to its end; otherwise `None` and `false` below mean nothing.
    pub complete: bool,
    /// It has MSI, which is enabled or not.
    pub msi: Option<bool>,
    /// It has MSI-X, which is enabled or not.
    pub msix: Option<bool>,
    /// The power state that the function says it is in, 0 to 3.
    pub power: Option<u8>,
    /// It is a PCI Express function.
    pub express: bool,
}

impl Config {
    /// Reads it; `None` if there is less than a header (64 bytes).
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < 64 {
            return None;
        }
        let all_ones =
            bytes[..64].iter().all(|&byte| byte == 0xff) || word(bytes, 0) == Some(0xffff);
        let mut config = Self {
            id: Some((word(bytes, 0)?, word(bytes, 2)?)),
            class: u32::from_le_bytes([bytes[9], bytes[10], bytes[11], 0]),
            header: bytes[0x0e] & 0x7f,
            command: word(bytes, COMMAND)?,
            status: word(bytes, STATUS)?,
            pin: Pin::Is(bytes[0x3d]),
            line: bytes[0x3c],
            all_ones,
            capabilities: Capabilities::default(),
        };
        if !all_ones {
            config.capabilities = capabilities(bytes, |_, _| {});
        }
        Some(config)
    }

    /// DisINTx, Command bit 10, is set (PCI 2.3, 6.2.2).
    #[must_use]
    pub const fn disintx(&self) -> bool {
        self.command & 1 << 10 != 0
    }

    /// Interrupt Status, Status bit 3, is set (PCI 2.3, 6.2.3). It reads 0 on a function from before PCI 2.3.
    #[must_use]
    pub const fn interrupt_status(&self) -> bool {
        self.status & 1 << 3 != 0
    }

    /// INTA# to INTD#, if the pin is one of them.
    #[must_use]
    pub const fn has_pin(&self) -> bool {
        !self.all_ones && matches!(self.pin, Pin::Is(1..=4))
    }

    /// The same as [`Config::has_pin`], or it is not known.
    #[must_use]
    pub const fn may_have_pin(&self) -> bool {
        !self.all_ones && matches!(self.pin, Pin::Is(1..=4) | Pin::Unknown)
    }

    /// A bridge of whatever kind; it is not handed to a guest.
    #[must_use]
    pub const fn is_bridge(&self) -> bool {
        self.header != 0
    }

    /// MSI or MSI-X is enabled, so that the function may not use INTx (PCI 3.0, 6.8.1.3 and 6.8.2.3).
    #[must_use]
    pub fn uses_messages(&self) -> bool {
        self.capabilities.msi == Some(true) || self.capabilities.msix == Some(true)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn pointer(bytes: &[u8]) -> Option<usize> {
    let at = if bytes[0x0e] & 0x7f == 2 {
        CAP_POINTER_CARDBUS
    } else {
        CAP_POINTER
    };
    (word(bytes, STATUS)? & STATUS_CAPABILITIES != 0).then(|| usize::from(bytes[at] & !3))
}

/// Walks the list; `seen` is told where each capability stands and what it is. A list that leads back to itself, into the
/// header or out of what was read ends there.
fn capabilities(bytes: &[u8], mut seen: impl FnMut(usize, u8)) -> Capabilities {
    let mut found = Capabilities::default();
    let Some(mut at) = pointer(bytes) else {
        return Capabilities {
            complete: true,
            ..found
        };
    };
    // 192 bytes hold no more than 48 capabilities of 4.
    for _ in 0..48 {
        if at == 0 {
            return Capabilities {
                complete: true,
                ..found
            };
        }
        let Some(head) = (at >= 64).then(|| word(bytes, at)).flatten() else {
            break;
        };
        let [id, next] = head.to_le_bytes();
        seen(at, id);
        let control = word(bytes, at + 2);
        match id {
            MSI => found.msi = control.map(|control| control & 1 != 0),
            MSIX => found.msix = control.map(|control| control & 1 << 15 != 0),
            POWER => found.power = word(bytes, at + 4).map(|status| (status & 3) as u8),
            EXPRESS => found.express = true,
            _ => {}
        }
        at = usize::from(next & !3);
    }
    found
}

/// The same space with nothing in it that is not used: addresses (BARs), the bodies of other capabilities and everything
/// between them are 0.
#[must_use]
pub fn redact(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(SIZE);
    if bytes.len() < 64 || bytes[..4] == [0xff; 4] {
        return bytes;
    }
    let mut kept = vec![0; bytes.len()];
    let mut keep = |from: usize, len: usize| {
        let to = (from + len).min(bytes.len());
        if from < to {
            kept[from..to].copy_from_slice(&bytes[from..to]);
        }
    };
    keep(0, 0x10);
    keep(CAP_POINTER, 1);
    keep(0x3c, 2);
    if bytes[0x0e] & 0x7f == 2 {
        keep(CAP_POINTER_CARDBUS, 1);
    }
    let used = |id: u8| match id {
        POWER => 6,
        MSI | MSIX => 4,
        _ => 2,
    };
    let _ = capabilities(&bytes, |at, id| keep(at, used(id)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function with MSI at 0x40, power management at 0x50, MSI-X at 0x60, PCI Express at 0x70.
    fn function() -> Vec<u8> {
        let mut bytes = vec![0xaa; SIZE];
        bytes[..64].fill(0);
        bytes[..4].copy_from_slice(&[0x86, 0x80, 0x72, 0x15]);
        bytes[COMMAND..COMMAND + 4].copy_from_slice(&[0x07, 0x04, 0x18, 0x00]);
        bytes[9..12].copy_from_slice(&[0x00, 0x00, 0x02]);
        bytes[0x0e] = 0x80;
        bytes[0x10..0x14].fill(0xbb);
        bytes[CAP_POINTER] = 0x40;
        bytes[0x3c..0x3e].copy_from_slice(&[11, 1]);
        bytes[0x40..0x44].copy_from_slice(&[MSI, 0x50, 0x80, 0]);
        bytes[0x50..0x56].copy_from_slice(&[POWER, 0x60, 0, 0, 3, 0]);
        bytes[0x60..0x64].copy_from_slice(&[MSIX, 0x70, 0, 0x80]);
        bytes[0x70..0x72].copy_from_slice(&[EXPRESS, 0]);
        bytes
    }

    #[test]
    fn a_header_and_its_capabilities() {
        let config = Config::parse(&function()).expect("a header");
        assert_eq!(
            (config.id, config.class, config.header),
            (Some((0x8086, 0x1572)), 0x02_0000, 0)
        );
        assert!(
            config.disintx()
                && config.interrupt_status()
                && config.has_pin()
                && config.uses_messages()
        );
        let expected = Capabilities {
            complete: true,
            msi: Some(false),
            msix: Some(true),
            power: Some(3),
            express: true,
        };
        assert_eq!(config.capabilities, expected);
        assert_eq!(Config::parse(&function()[..63]), None);
    }

    #[test]
    fn without_root_the_list_cannot_be_followed() {
        let config = Config::parse(&function()[..64]).expect("a header");
        assert!(!config.capabilities.complete && config.capabilities.msi.is_none());
        let mut none = function();
        none[STATUS] = 0;
        let config = Config::parse(&none[..64]).expect("a header");
        assert!(
            config.capabilities.complete,
            "there is no list, and that is known"
        );
    }

    #[test]
    fn a_list_that_runs_in_circles_ends() {
        let mut bytes = function();
        bytes[0x71] = 0x40;
        assert!(
            !Config::parse(&bytes)
                .expect("a header")
                .capabilities
                .complete
        );
        bytes[0x71] = 0x04; // into the header
        assert!(
            !Config::parse(&bytes)
                .expect("a header")
                .capabilities
                .complete
        );
    }

    #[test]
    fn what_is_redacted_says_the_same_and_shows_no_address() {
        let kept = redact(function());
        assert_eq!(Config::parse(&kept), Config::parse(&function()));
        assert!(!kept.contains(&0xaa) && !kept.contains(&0xbb), "{kept:x?}");
        assert_eq!(redact(vec![0xff; 300]), vec![0xff; 256]);
        assert!(
            Config::parse(&redact(vec![0xff; 64]))
                .expect("a header")
                .all_ones
        );
        for short in 0..64 {
            assert_eq!(redact(vec![1; short]).len(), short);
        }
    }
}
