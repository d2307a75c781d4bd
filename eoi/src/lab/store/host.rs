//! The machines that the lab runs on: how Debian and Rust call them, and how their programs start.

use std::env;

use anyhow::{Context, Result};

/// An architecture that the lab's programs run on.
#[derive(Debug)]
pub(super) struct Host {
    /// Debian's name for it.
    pub(super) arch: &'static str,
    /// Rust's name for it.
    pub(super) rust: &'static str,
    /// Debian's directory for its libraries, and the prefix of its own compiler.
    pub(super) triplet: &'static str,
    /// The interpreter that its programs name (the ABI's supplement for the architecture).
    pub(super) loader: &'static str,
}

/// Every one of them.
pub(super) static HOSTS: &[Host] = &[
    Host {
        arch: "amd64",
        rust: "x86_64",
        triplet: "x86_64-linux-gnu",
        loader: "/lib64/ld-linux-x86-64.so.2",
    },
    Host {
        arch: "arm64",
        rust: "aarch64",
        triplet: "aarch64-linux-gnu",
        loader: "/lib/ld-linux-aarch64.so.1",
    },
];

/// This machine.
///
/// # Errors
/// The lab has no programs for it.
pub(super) fn this() -> Result<&'static Host> {
    HOSTS
        .iter()
        .find(|host| host.rust == env::consts::ARCH)
        .with_context(|| {
            let known: Vec<_> = HOSTS.iter().map(|host| host.rust).collect();
            format!(
                "the lab runs on {}, this machine is {}",
                known.join(" and "),
                env::consts::ARCH
            )
        })
}
