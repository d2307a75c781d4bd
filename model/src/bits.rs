//! Bits with names: those of a controller's pin, and those that its driver remembers about it.

use crate::packed::Word;

/// The level at the controller's input, bit 0 of every pin.
pub const LINE: Word = Word {
    name: "LINE",
    about: "The line is high at the controller's input.",
};

/// The causes of a function.
pub const CAUSES: &[Word] = &[
    Word {
        name: "first",
        about: "The first cause.",
    },
    Word {
        name: "second",
        about: "The second cause.",
    },
];

/// The bits that are set in a value, among bits with these names, lowest first.
pub fn set_in(value: u8, bits: &'static [Word]) -> impl Iterator<Item = &'static Word> {
    bits.iter()
        .enumerate()
        .filter(move |(bit, _)| value >> bit & 1 != 0)
        .map(|(_, word)| word)
}

/// Declares the bits of a pin above [`LINE`], lowest first: a constant for each, and `BITS` with
/// them all.
macro_rules! pin_bits {
    ($($(#[doc = $about:literal])+ $name:ident,)+) => {
        /// The bits of the pin, lowest first.
        pub const BITS: &[crate::packed::Word] = &[
            crate::bits::LINE,
            $(crate::packed::Word { name: stringify!($name), about: concat!($($about),+).trim_ascii() },)+
        ];
        crate::bits::pin_bits!(@bit 1; $($(#[doc = $about])+ $name,)+);
    };
    (@bit $at:expr;) => {};
    (@bit $at:expr; $(#[doc = $about:literal])+ $name:ident, $($rest:tt)*) => {
        $(#[doc = $about])+
        pub const $name: crate::irqchip::Pin = 1 << ($at);
        crate::bits::pin_bits!(@bit $at + 1; $($rest)*);
    };
}

pub(crate) use pin_bits;
