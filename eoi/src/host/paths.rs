//! Files of a host that more than one reader knows.

/// Where PCI functions stand.
pub const DEVICES: &str = "sys/bus/pci/devices";

/// The release, as `uname -r` prints it.
pub const RELEASE: &str = "proc/sys/kernel/osrelease";
