//! A sequence of calls, as short as one number.

/// A sequence of at most 16 names, lowest byte first, each a name's number in `Words` plus 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Calls(u128);

impl Calls {
    /// No calls.
    pub const NONE: Self = Self(0);

    /// The first one.
    #[must_use]
    pub const fn head(self) -> u8 {
        self.0 as u8
    }

    /// All but the first.
    #[must_use]
    pub const fn tail(self) -> Self {
        Self(self.0 >> 8)
    }

    /// The number of calls.
    #[must_use]
    pub const fn len(self) -> u32 {
        (128 - self.0.leading_zeros()).div_ceil(8)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// With one more at the end; `None` where there is no room.
    #[must_use]
    pub const fn push(self, name: u8) -> Option<Self> {
        if self.len() == 16 {
            None
        } else {
            Some(Self(self.0 | (name as u128) << (8 * self.len())))
        }
    }

    /// The rest of these calls after `prefix`; `None` if they do not begin with it.
    #[must_use]
    pub fn after(self, prefix: Self) -> Option<Self> {
        let (mut rest, mut prefix) = (self, prefix);
        while !prefix.is_empty() {
            if rest.head() != prefix.head() {
                return None;
            }
            (rest, prefix) = (rest.tail(), prefix.tail());
        }
        Some(rest)
    }
}
