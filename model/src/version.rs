//! Releases of Linux, and since which of them something holds.

use core::fmt;

/// A release: major, minor and patch. A release of mainline has the patch 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads what `uname -r` prints, such as `6.12.57+deb12-amd64`. Numbers that are missing are 0.
    /// `None` if it does not start with a number.
    #[must_use]
    pub fn of(release: &str) -> Option<Self> {
        let mut numbers = release
            .split(|c: char| !c.is_ascii_digit())
            .map(|part| part.parse().ok());
        let major = numbers.next()??;
        let mut next = || numbers.next().flatten().unwrap_or(0);
        Some(Self(major, next(), next()))
    }

    /// [`PartialOrd::ge`] for constants.
    const fn is_at_least(self, other: Self) -> bool {
        if self.0 != other.0 {
            self.0 > other.0
        } else if self.1 != other.1 {
            self.1 > other.1
        } else {
            self.2 >= other.2
        }
    }

    const fn is_of_the_branch_of(self, other: Self) -> bool {
        self.0 == other.0 && self.1 == other.1
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(major, minor, patch) = self;
        write!(f, "{major}.{minor}")?;
        if *patch > 0 {
            write!(f, ".{patch}")
        } else {
            Ok(())
        }
    }
}

/// The releases from which on something holds: one of mainline with all that follow it, and for
/// each stable branch that got it too, the first one with those that follow it in that branch.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// The first release of mainline.
    pub mainline: Version,
    /// The first release of each older branch.
    pub stable: &'static [Version],
}

impl Since {
    /// From a release of mainline on, and in no older branch.
    #[must_use]
    pub const fn mainline(major: u32, minor: u32) -> Self {
        Self {
            mainline: Version(major, minor, 0),
            stable: &[],
        }
    }

    /// Whether it holds for this release.
    #[must_use]
    pub const fn holds(&self, version: Version) -> bool {
        let mut branches = self.stable;
        while let [first, rest @ ..] = branches {
            if version.is_of_the_branch_of(*first) && version.is_at_least(*first) {
                return true;
            }
            branches = rest;
        }
        version.is_at_least(self.mainline)
    }
}

/// `6.12.58, 6.17.8, 6.18`, oldest first.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stable
            .iter()
            .try_for_each(|first| write!(f, "{first}, "))?;
        write!(f, "{}", self.mainline)
    }
}
