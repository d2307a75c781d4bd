//! The closed sets of words: each is an enum whose variants know their word.

use core::fmt;
use core::str::FromStr;

use crate::error::{Error, refuse};

/// An enum with one word for each variant, and `Display` and `FromStr` by these words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident: $noun:literal { $($(#[$each:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$each])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word in the plan and on the console.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                match Self::ALL.iter().find(|one| one.name() == text) {
                    Some(one) => Ok(*one),
                    None => $crate::words::unknown($noun, text, &[$($word,)+]),
                }
            }
        }
    };
}
pub(crate) use words;

/// The words of a set, with commas.
struct Listed<'a>(&'a [&'a str]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, word)| {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{word}")
        })
    }
}

pub(crate) fn unknown<T>(noun: &str, text: &str, all: &[&str]) -> Result<T, Error> {
    refuse!(
        "'{}' is no {noun}; there are {}",
        text.escape_debug(),
        Listed(all)
    )
}

/// A number, with an error that quotes the text.
pub(crate) fn number<T: FromStr>(noun: &str, text: &str) -> Result<T, Error> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()); // `parse` would take a plus sign as well
    match text.parse() {
        Ok(number) if digits => Ok(number),
        _ => refuse!("'{}' is no {noun}", text.escape_debug()),
    }
}

words! {
    /// The IOMMU driver of VFIO that holds the function.
    Container: "container" {
        /// `VFIO_TYPE1_IOMMU`.
        Type1 = "type1",
        /// `VFIO_SPAPR_TCE_IOMMU` or its version 2.
        Spapr = "spapr",
        /// `VFIO_NOIOMMU_IOMMU`.
        NoIommu = "noiommu",
    }
}

words! {
    /// Whether vfio-pci uses DisINTx of the function. Its parameter `nointxmask` is the opposite.
    DeviceKind: "kind of device" {
        /// It does.
        Disintx = "disintx",
        /// It does not: for vfio-pci the function has no DisINTx.
        NoDisintx = "no-disintx",
    }
}

words! {
    /// How a case unmasks.
    How: "way to unmask" {
        /// `VFIO_DEVICE_SET_IRQS`.
        Ioctl = "ioctl",
        /// A write to the eventfd that was given for it.
        Eventfd = "eventfd",
        /// The VMM is eoi-intx, with eoi-forward as its backend.
        Intx = "intx",
    }
}

words! {
    /// On or off.
    Switch: "switch" {
        /// On.
        On = "on",
        /// Off.
        Off = "off",
    }
}

words! {
    /// The way of an interrupt to the guest of a soak.
    SoakPath: "path" {
        /// Through the controller that KVM keeps in the kernel.
        Resample = "resample",
        /// Through the VMM's own controller.
        Eoi = "eoi",
    }
}

words! {
    /// How many virtual CPUs a guest has.
    Vcpus: "number of vCPUs" {
        /// One.
        One = "1",
        /// Two. Each interrupt sends the line to the other one.
        Two = "2",
    }
}

words! {
    /// A fault. The guest is the machine's first process, and the VMM is eoi-intx.
    Fault: "fault" {
        /// The VMM is killed while an interrupt is in service. Another VMM opens the function.
        Killed = "killed",
        /// The trigger eventfd is gone, and is replaced.
        Closed = "closed",
        /// The guest is reset while an interrupt is in service.
        Reset = "reset",
        /// The guest never ends its interrupt. The function goes to another VMM.
        NeverEnds = "never-ends",
        /// The device never lets go of its line, for some periods of a budget.
        NeverLetsGo = "never-lets-go",
        /// Nothing goes wrong: `eoi-forward drive` takes 1,000 interrupts.
        Drive = "drive",
        /// The function is unplugged while an interrupt is in service, and comes back.
        Unplugged = "unplugged",
    }
}

words! {
    /// How a case ended.
    End: "end of a case" {
        /// Every step was done.
        Done = "ok",
        /// An interrupt that the case waited for did not come.
        Stall = "stall",
        /// A step was refused, or the device was never heard.
        Error = "error",
    }
}

words! {
    /// How a step ended that was not refused.
    Outcome: "outcome" {
        /// It was done.
        Done = "ok",
        /// It looked for something and found it.
        Got = "got",
        /// It looked for something and did not find it.
        Nothing = "none",
    }
}

/// A hexadecimal number of digits only.
///
/// # Errors
/// Another character, or a number of more than 32 bits.
pub(crate) fn hexadecimal(digits: &str) -> Result<u32, Error> {
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit()); // `from_str_radix` would take a plus sign as well
    match u32::from_str_radix(digits, 16) {
        Ok(number) if is_hex => Ok(number),
        _ => refuse!(
            "'{}' is no hexadecimal number of 32 bits",
            digits.escape_debug()
        ),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn an_unknown_word_is_quoted_with_the_known_ones() {
        let error = "vfio".parse::<Container>().expect_err("no container");
        assert_eq!(
            error.to_string(),
            "'vfio' is no container; there are type1, spapr, noiommu"
        );
        assert_eq!(
            "a\x1b"
                .parse::<Switch>()
                .expect_err("no switch")
                .to_string(),
            "'a\\u{1b}' is no switch; there are on, off"
        );
    }

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(number::<u8>("count", "17"), Ok(17));
        for text in ["", "+5", "-5", "5 ", "256", "0x1"] {
            assert!(number::<u8>("count", text).is_err(), "{text}");
        }
    }
}
