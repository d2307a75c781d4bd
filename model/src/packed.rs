//! Named fields in one integer, and closed sets of named values for them; both can be read out at
//! run time.

/// One field of a packed integer.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The contents of the field, in the sentence of its declaration.
    pub about: &'static str,
    /// Its lowest bit.
    pub offset: u32,
    /// Its number of bits.
    pub width: u32,
    /// How its value is read.
    pub kind: Kind,
}

impl Field {
    /// The bits of the field in an integer.
    #[must_use]
    pub const fn mask(&self) -> u128 {
        ((1 << self.width) - 1) << self.offset
    }

    /// The number that this field has in an integer.
    #[must_use]
    pub const fn value(&self, packed: u128) -> u8 {
        ((packed >> self.offset) & ((1 << self.width) - 1)) as u8
    }
}

/// The place of a name in a list of names, for the compiler.
pub(crate) const fn place(names: &[&str], name: &str) -> Option<usize> {
    let mut index = 0;
    while index < names.len() {
        if equal(names[index].as_bytes(), name.as_bytes()) {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// `==`, for the compiler.
const fn equal(mut one: &[u8], mut two: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (one, two) {
        if *first != *other {
            return false;
        }
        (one, two) = (rest, others);
    }
    one.is_empty() && two.is_empty()
}

/// How the value of a field is read.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Off or on.
    Flag,
    /// A number, or a set of bits.
    Number,
    /// One of these, in the order of their numbers.
    Words(&'static [Word]),
}

/// One value of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its name.
    pub name: &'static str,
    /// Its meaning, in a sentence.
    pub about: &'static str,
}

/// A closed set of values that a field can have.
pub trait Words {
    /// Every value, in the order of their numbers.
    const WORDS: &'static [Word];
}

/// Declares a closed set of values, each with the name that reports print.
macro_rules! words {
    ($(#[doc = $about:literal])+ $vis:vis enum $set:ident {
        $($(#[doc = $doc:literal])+ $value:ident = $name:literal,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        $vis enum $set {
            $($(#[doc = $doc])+ $value,)+
        }

        impl $set {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl core::fmt::Display for $set {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl crate::packed::Words for $set {
            const WORDS: &'static [crate::packed::Word] =
                &[$(crate::packed::Word { name: $name, about: concat!($($doc),+).trim_ascii() }),+];
        }
    };
}

/// Declares a `u128` newtype with named fields, the lowest first: `name / set_name: width` is a
/// number of up to eight bits, or a `bool` if the width is 1; `name / set_name: width as Set` is a
/// value of a closed set. The offset of a field is the sum of the widths before it. The compiler
/// checks that the total is at most 128, and that no field lies in both words of 64, so that each is
/// read and written in one of them.
macro_rules! packed {
    ($(#[doc = $doc:literal])+ $vis:vis struct $name:ident {
        $($(#[doc = $about:literal])+ $get:ident / $set:ident : $width:tt $(as $kind:ident)?,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(transparent)]
        $vis struct $name(pub u128);

        impl $name {
            /// Bits in use.
            pub const WIDTH: u32 = 0 $(+ $width)+;
            /// The name of every field, lowest first.
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($get)),+];
            /// Every field, lowest first.
            pub const FIELDS: &'static [crate::packed::Field] = &{
                let mut fields = [$(crate::packed::Field {
                    name: stringify!($get),
                    about: concat!($($about),+).trim_ascii(),
                    offset: 0,
                    width: $width,
                    kind: packed!(@kind $width $(as $kind)?),
                }),+];
                let (mut offset, mut index) = (0, 0);
                while index < fields.len() {
                    fields[index].offset = offset;
                    let last = offset + fields[index].width - 1;
                    assert!(offset / 64 == last / 64, "a field lies in both words");
                    offset += fields[index].width;
                    index += 1;
                }
                fields
            };
            packed!(@fields (0u32); $($(#[doc = $about])+ $get / $set : $width $(as $kind)?,)+);
        }
        const _: () = assert!($name::WIDTH <= 128, "one function must fit into 128 bits");
    };
    (@kind 1) => { crate::packed::Kind::Flag };
    (@kind $width:tt) => { crate::packed::Kind::Number };
    (@kind $width:tt as $kind:ident) => { crate::packed::Kind::Words(<$kind as crate::packed::Words>::WORDS) };
    (@fields ($offset:expr);) => {};
    (@fields ($offset:expr); $(#[doc = $about:literal])+ $get:ident / $set:ident : 1, $($rest:tt)*) => {
        $(#[doc = $about])+
        #[inline(always)]
        #[must_use]
        pub const fn $get(self) -> bool {
            (self.0 >> ($offset)) & 1 != 0
        }
        /// Sets the field of the same name.
        #[inline(always)]
        pub const fn $set(&mut self, value: bool) {
            self.0 = (self.0 & !(1 << ($offset))) | ((value as u128) << ($offset));
        }
        packed!(@fields ($offset + 1); $($rest)*);
    };
    (@fields ($offset:expr); $(#[doc = $about:literal])+ $get:ident / $set:ident : $width:tt, $($rest:tt)*) => {
        $(#[doc = $about])+
        #[inline(always)]
        #[must_use]
        pub const fn $get(self) -> u8 {
            ((self.0 >> ($offset)) & ((1 << $width) - 1)) as u8
        }
        /// Sets the field of the same name.
        #[inline(always)]
        pub const fn $set(&mut self, value: u8) {
            debug_assert!((value as u128) < 1 << $width);
            self.0 = (self.0 & !(((1 << $width) - 1) << ($offset))) | ((value as u128) << ($offset));
        }
        packed!(@fields ($offset + $width); $($rest)*);
    };
    (@fields ($offset:expr); $(#[doc = $about:literal])+ $get:ident / $set:ident : $width:tt as $kind:ident, $($rest:tt)*) => {
        $(#[doc = $about])+
        #[inline(always)]
        #[must_use]
        pub const fn $get(self) -> $kind {
            /// The value of every number; a number that stands for none is never stored.
            const VALUES: [$kind; 1 << $width] = {
                let mut values = [$kind::ALL[0]; 1 << $width];
                let mut index = 0;
                while index < $kind::ALL.len() {
                    assert!($kind::ALL[index] as usize == index, "ALL is in the order of the numbers");
                    values[index] = $kind::ALL[index];
                    index += 1;
                }
                values
            };
            VALUES[((self.0 >> ($offset)) & ((1 << $width) - 1)) as usize]
        }
        /// Sets the field of the same name.
        #[inline(always)]
        pub const fn $set(&mut self, value: $kind) {
            self.0 = (self.0 & !(((1 << $width) - 1) << ($offset))) | ((value as u128) << ($offset));
        }
        packed!(@fields ($offset + $width); $($rest)*);
    };
}

pub(crate) use {packed, words};
