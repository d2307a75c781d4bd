//! Bit fields in one integer: the whole state of one function and its line is a number.

/// Declares a `u64` newtype with named fields. `name / set_name: width` is a field of up to eight bits; its offset is
/// the sum of the widths before it, and the total is checked against 64 when the crate is compiled.
macro_rules! packed {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$fdoc:meta])* $get:ident / $set:ident : $width:tt,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        #[repr(transparent)]
        $vis struct $name(pub u64);

        impl $name {
            /// Bits in use.
            pub const WIDTH: u32 = 0 $(+ $width)+;
            /// Name, offset and width of every field, lowest first.
            pub const FIELDS: &'static [(&'static str, u32, u32)] = &{
                let mut fields = [$((stringify!($get), 0u32, $width as u32)),+];
                let (mut offset, mut index) = (0, 0);
                while index < fields.len() {
                    fields[index].1 = offset;
                    offset += fields[index].2;
                    index += 1;
                }
                fields
            };
            packed!(@fields (0u32); $($(#[$fdoc])* $get / $set : $width,)+);
        }
        const _: () = assert!($name::WIDTH <= 64, "one line must fit into 64 bits");
    };
    (@fields ($offset:expr);) => {};
    (@fields ($offset:expr); $(#[$doc:meta])* $get:ident / $set:ident : 1, $($rest:tt)*) => {
        $(#[$doc])*
        #[inline(always)]
        #[must_use]
        pub const fn $get(self) -> bool {
            (self.0 >> ($offset)) & 1 != 0
        }
        /// Sets the field of the same name.
        #[inline(always)]
        pub const fn $set(&mut self, value: bool) {
            self.0 = (self.0 & !(1 << ($offset))) | ((value as u64) << ($offset));
        }
        packed!(@fields ($offset + 1); $($rest)*);
    };
    (@fields ($offset:expr); $(#[$doc:meta])* $get:ident / $set:ident : $width:tt, $($rest:tt)*) => {
        $(#[$doc])*
        #[inline(always)]
        #[must_use]
        pub const fn $get(self) -> u8 {
            ((self.0 >> ($offset)) & ((1 << $width) - 1)) as u8
        }
        /// Sets the field of the same name.
        #[inline(always)]
        pub const fn $set(&mut self, value: u8) {
            debug_assert!((value as u64) < 1 << $width);
            self.0 = (self.0 & !(((1 << $width) - 1) << ($offset))) | ((value as u64) << ($offset));
        }
        packed!(@fields ($offset + $width); $($rest)*);
    };
}

pub(crate) use packed;
