//! The architectures of the lab's machines, each by the four names that Debian, Linux, GNU and Rust have for it.

/// One architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// x86-64
    Amd64,
    /// ARM, 64 bits
    Arm64,
    /// POWER, 64 bits, little endian
    Ppc64el,
    /// RISC-V, 64 bits
    Riscv64,
}

impl Arch {
    /// Every architecture.
    pub const ALL: [Self; 4] = [Self::Amd64, Self::Arm64, Self::Ppc64el, Self::Riscv64];

    /// Debian's name.
    #[must_use]
    pub const fn debian(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
            Self::Ppc64el => "ppc64el",
            Self::Riscv64 => "riscv64",
        }
    }

    /// The `ARCH=` of the kernel's build.
    #[must_use]
    pub const fn linux(self) -> &'static str {
        match self {
            Self::Amd64 => "x86",
            Self::Arm64 => "arm64",
            Self::Ppc64el => "powerpc",
            Self::Riscv64 => "riscv",
        }
    }

    /// The prefix of the GNU tools, without the last dash.
    #[must_use]
    pub const fn gnu(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-linux-gnu",
            Self::Arm64 => "aarch64-linux-gnu",
            Self::Ppc64el => "powerpc64le-linux-gnu",
            Self::Riscv64 => "riscv64-linux-gnu",
        }
    }

    /// rustc's target.
    #[must_use]
    pub const fn rust(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::Ppc64el => "powerpc64le-unknown-linux-gnu",
            Self::Riscv64 => "riscv64gc-unknown-linux-gnu",
        }
    }

    /// The kernel flavour of Debian's packages.
    #[must_use]
    pub const fn flavour(self) -> &'static str {
        match self {
            Self::Ppc64el => "powerpc64le",
            _ => self.debian(),
        }
    }

    /// The emulator's program.
    #[must_use]
    pub const fn qemu(self) -> &'static str {
        match self {
            Self::Amd64 => "qemu-system-x86_64",
            Self::Arm64 => "qemu-system-aarch64",
            Self::Ppc64el => "qemu-system-ppc64",
            Self::Riscv64 => "qemu-system-riscv64",
        }
    }
}
