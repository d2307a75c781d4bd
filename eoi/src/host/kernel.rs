//! Does this kernel mask a DisINTx- line at once (8b9f128947dd)? Evidence, best first: genirq's debugfs, what the module
//! imports, the version.

use eoi_model::fixes::{self, Fix};
use eoi_model::kernels::{self, VFIO_UNLAZY};
use eoi_model::version::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::disintx::Disintx;
use super::evidence::Evidence;
use super::function::Function;
use super::line;
use super::module::{MAX_PACKED, imports};
use super::reading::{Host, RELEASE};
use super::tree::Tree;

/// A kernel of the model with what is put on top of it.
pub type PatchedKernel = (&'static kernels::Kernel, Vec<&'static Fix>);

/// Whether the kernel has the merged fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fixed {
    /// It has the fix.
    Yes,
    /// It lacks the fix.
    No,
    /// Not known: its version is older than the fix, but a distribution may have added it.
    Unknown,
}

/// The facts about the kernel.
pub struct Kernel {
    /// The kernel of the model that its version stands for.
    pub by_version: Option<&'static kernels::Kernel>,
    /// Whether it has the merged fix.
    pub fixed: Fixed,
    /// The file that shows it.
    pub evidence: Evidence,
}

impl Kernel {
    /// Reads the module where debugfs does not tell.
    #[must_use]
    pub fn judge(tree: &Tree, host: &Host) -> Self {
        let release = host.release.as_deref().unwrap_or_default();
        let by_version = kernels::of_release(release);
        let verdict = by_debugfs(host).or_else(|| by_module(tree, release));
        let (fixed, evidence) = verdict.unwrap_or_else(|| version_says(host, release));
        Self {
            by_version,
            fixed,
            evidence,
        }
    }

    /// The kernels of the model that it may behave like. Where the release is not known, the newest of each kind stands for
    /// it.
    #[must_use]
    pub fn may_be(&self) -> Vec<PatchedKernel> {
        let base = self.by_version.unwrap_or_else(kernels::newest);
        let with = |name| fixes::by_name(name).into_iter().collect();
        let fixed: PatchedKernel = (
            base,
            if base.vfio_unlazy {
                Vec::new()
            } else {
                with("vfio-unlazy")
            },
        );
        let lazy: PatchedKernel = (
            base,
            if base.vfio_unlazy {
                with("none")
            } else {
                Vec::new()
            },
        );
        match self.fixed {
            Fixed::Yes => vec![fixed],
            Fixed::No => vec![lazy],
            Fixed::Unknown => vec![lazy, fixed],
        }
    }
}

/// `IRQ_DISABLE_UNLAZY` is set by vfio-pci alone, and only for a DisINTx- function (`vfio_intx_enable`).
fn by_debugfs(host: &Host) -> Option<(Fixed, Evidence)> {
    let says = |function: &Function| {
        let irq = function.intx_irq().filter(|_| host.in_use(function))?;
        let (unlazy, at) = host.lines.get(&irq)?.debug.as_ref()?.unlazy;
        let evidence = |text: &str| Evidence::at(format!("{}/{irq}", line::DEBUG), at, text);
        if unlazy {
            return Some((
                Fixed::Yes,
                evidence("_IRQ_DISABLE_UNLAZY is set on vfio-pci's line"),
            ));
        }
        let lacks = Disintx::of(host, function).lacks();
        lacks.then(|| {
            (
                Fixed::No,
                evidence("no _IRQ_DISABLE_UNLAZY on the line of a DisINTx- function"),
            )
        })
    };
    host.functions
        .iter()
        .filter(|function| function.is_vfio())
        .find_map(says)
}

/// The merged fix is the only use of `irq_modify_status` (behind `irq_set_status_flags`) in the module.
fn by_module(tree: &Tree, release: &str) -> Option<(Fixed, Evidence)> {
    // A release is a file's name here: nothing that leads elsewhere.
    if release.is_empty() || release.contains('/') || release.starts_with('.') {
        return None;
    }
    // Before v5.15 the INTx code was in vfio-pci.ko itself.
    for name in ["vfio-pci-core", "vfio-pci"] {
        for root in [
            "lib/modules",
            "usr/lib/modules",
            "run/booted-system/kernel-modules/lib/modules",
        ] {
            for packed in ["", ".xz", ".zst", ".gz"] {
                let path = format!("{root}/{release}/kernel/drivers/vfio/pci/{name}.ko{packed}");
                let Some(bytes) = tree.bytes(&path, MAX_PACKED) else {
                    continue;
                };
                match imports(packed, &bytes) {
                    Ok(imports) if imports.intx => {
                        let (fixed, text) = if imports.unlazy {
                            (Fixed::Yes, "the module imports irq_modify_status")
                        } else {
                            (
                                Fixed::No,
                                "the module imports disable_irq_nosync and no irq_modify_status",
                            )
                        };
                        return Some((fixed, Evidence::new(path, text)));
                    }
                    _ => {}
                }
            }
        }
    }
    None
}

fn version_says(host: &Host, release: &str) -> (Fixed, Evidence) {
    let since = VFIO_UNLAZY.since;
    match Version::of(release) {
        None => (
            Fixed::Unknown,
            Evidence::new(RELEASE, "the kernel's release is not known"),
        ),
        Some(version) if since.holds(version) => {
            let text = format!("{release}: the fix is in {since} and what follows them");
            (Fixed::Yes, Evidence::new(RELEASE, text))
        }
        Some(_) => {
            let shown = host.release.as_deref().unwrap_or_default();
            let text = format!(
                "{shown}: older than the fix ({since}); probably lazy, unless the distribution added it"
            );
            (Fixed::Unknown, Evidence::new(RELEASE, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use object::{Architecture, Endianness};

    use super::*;
    use crate::host::module::tests::{FIXED, LAZY, module, xz};
    use crate::host::node::Node;
    use crate::host::reading::Request;

    fn judge(nodes: &[(&str, Vec<u8>)]) -> Kernel {
        let nodes: BTreeMap<String, Node> = nodes
            .iter()
            .map(|(path, bytes)| ((*path).to_string(), Node::File(bytes.clone())))
            .collect();
        let tree = Tree::from_nodes(nodes);
        let host = Host::read(&tree, &Request::default()).expect("a host");
        Kernel::judge(&tree, &host)
    }

    #[test]
    fn a_module_counts_more_than_a_version_and_no_module_leaves_an_old_version_open() {
        let release = |text: &str| ("proc/sys/kernel/osrelease", text.as_bytes().to_vec());
        let built = |names| module(Architecture::X86_64, Endianness::Little, names);
        let path = |release: &str, name: &str| {
            format!("lib/modules/{release}/kernel/drivers/vfio/pci/{name}")
        };
        // A distribution's backport, and a new kernel that somebody built without it.
        let core = path("6.8.0-1", "vfio-pci-core.ko.xz");
        let backport = judge(&[release("6.8.0-1\n"), (&core, xz(&built(FIXED)))]);
        assert_eq!(
            (backport.fixed, backport.evidence.file.as_str()),
            (Fixed::Yes, core.as_str())
        );
        assert_eq!(
            backport.may_be()[0].1.len(),
            1,
            "the model's kernel of that version has the fix put on top"
        );
        let reverted = judge(&[
            release("7.1.2\n"),
            (&path("7.1.2", "vfio-pci-core.ko"), built(LAZY)),
        ]);
        assert_eq!(reverted.fixed, Fixed::No);
        assert_eq!(reverted.may_be()[0].1[0].name, "none");
        // Before v5.15 there was one module.
        let old = judge(&[
            release("5.10.0\n"),
            (&path("5.10.0", "vfio-pci.ko"), built(LAZY)),
        ]);
        assert_eq!(old.fixed, Fixed::No);
        // A module without the INTx code tells nothing.
        let none = judge(&[
            release("6.8.0-1\n"),
            (&core, xz(&built(&["request_module"]))),
        ]);
        assert_eq!(none.fixed, Fixed::Unknown);
        assert_eq!(none.may_be().len(), 2);
        // Upstream's versions: 8b9f128947dd went into 6.18, 6.17.8 and 6.12.58.
        let versions = [
            ("6.12.57", Fixed::Unknown),
            ("6.12.58", Fixed::Yes),
            ("6.17.8", Fixed::Yes),
            ("6.18.0", Fixed::Yes),
        ];
        for (version, fixed) in versions {
            assert_eq!(judge(&[release(version)]).fixed, fixed, "{version}");
        }
        for odd in ["../../etc", "", "x"] {
            assert_eq!(judge(&[release(odd)]).fixed, Fixed::Unknown, "{odd}");
        }
    }
}
