//! Does this kernel mask a DisINTx- line at once (8b9f128947dd)? Evidence, best first: genirq's debugfs, what the module
//! imports, the version.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use eoi_model::fixes::{self, Fix};
use eoi_model::kernels::{self, VFIO_UNLAZY};
use eoi_model::version::Version;
use object::{Object, ObjectSymbol};

use super::finding::Evidence;
use super::host::{Device, Host, line};
use super::tree::Tree;

/// Bytes of a packed and of an unpacked module at most; vfio-pci-core.ko has 40,000 and 200,000.
const MAX_PACKED: usize = 4 << 20;
const MAX_MODULE: usize = 32 << 20;

/// A kernel of the model with what is put on top of it.
pub type Modelled = (&'static kernels::Kernel, Vec<&'static Fix>);

/// Whether the kernel has the merged fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// It has.
    Yes,
    /// It has not.
    No,
    /// It is not known; by its version it has not, but a distribution may have added it.
    Unknown,
}

/// What is known of the kernel.
pub struct Kernel {
    /// The kernel of the model that its version stands for.
    pub by_version: Option<&'static kernels::Kernel>,
    /// Whether it has the merged fix.
    pub fixed: Fixed,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
}

impl Kernel {
    /// Reads the module where debugfs does not tell. `lacks` are functions that vfio-pci takes as DisINTx-.
    #[must_use]
    pub fn judge(tree: &Tree, host: &Host, lacks: &[&Device]) -> Self {
        let release = host.release.as_deref().unwrap_or_default();
        let by_version = kernels::of_release(release);
        let verdict = by_debugfs(host, lacks).or_else(|| by_module(tree, release));
        let (fixed, evidence) = verdict.unwrap_or_else(|| version_says(host, release));
        Self { by_version, fixed, evidence: vec![evidence] }
    }

    /// The kernels of the model that it may behave like. Where the release is not known, the newest of each kind stands for
    /// it.
    #[must_use]
    pub fn modelled(&self) -> Vec<Modelled> {
        let base = self.by_version.unwrap_or_else(kernels::newest);
        let with = |name| fixes::by_name(name).into_iter().collect();
        let fixed: Modelled = (base, if base.vfio_unlazy { Vec::new() } else { with("vfio-unlazy") });
        let lazy: Modelled = (base, if base.vfio_unlazy { with("none") } else { Vec::new() });
        match self.fixed {
            Fixed::Yes => vec![fixed],
            Fixed::No => vec![lazy],
            Fixed::Unknown => vec![lazy, fixed],
        }
    }
}

/// `IRQ_DISABLE_UNLAZY` is set by vfio-pci alone, and only for a DisINTx- function (`vfio_intx_enable`).
fn by_debugfs(host: &Host, lacks: &[&Device]) -> Option<(Fixed, Evidence)> {
    host.devices.iter().filter(|device| device.is_vfio()).find_map(|device| {
        let irq = device.intx_irq().filter(|&irq| host.owners(irq).contains(&device.action()))?;
        let (unlazy, at) = host.lines.get(&irq)?.debug.as_ref()?.unlazy;
        let evidence = |text: &str| Evidence::at(format!("{}/{irq}", line::DEBUG), at, text);
        if unlazy {
            return Some((Fixed::Yes, evidence("_IRQ_DISABLE_UNLAZY is set on vfio-pci's line")));
        }
        let lacking = lacks.iter().any(|other| other.address == device.address);
        lacking.then(|| (Fixed::No, evidence("no _IRQ_DISABLE_UNLAZY on the line of a DisINTx- function")))
    })
}

/// The merged fix is the only use of `irq_modify_status` (behind `irq_set_status_flags`) in the module.
fn by_module(tree: &Tree, release: &str) -> Option<(Fixed, Evidence)> {
    // A release is a file's name here: nothing that leads elsewhere.
    if release.is_empty() || release.contains('/') || release.starts_with('.') {
        return None;
    }
    // Before v5.15 the INTx code was in vfio-pci.ko itself.
    for name in ["vfio-pci-core", "vfio-pci"] {
        for root in ["lib/modules", "usr/lib/modules", "run/booted-system/kernel-modules/lib/modules"] {
            for packed in ["", ".xz", ".zst", ".gz"] {
                let path = format!("{root}/{release}/kernel/drivers/vfio/pci/{name}.ko{packed}");
                let Some(bytes) = tree.bytes(&path, MAX_PACKED) else { continue };
                match imports(packed, &bytes) {
                    Ok(imports) if imports.intx => {
                        let (fixed, text) = if imports.unlazy {
                            (Fixed::Yes, "the module imports irq_modify_status")
                        } else {
                            (Fixed::No, "the module imports disable_irq_nosync and no irq_modify_status")
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

/// What a module imports of what matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// `disable_irq_nosync`: `vfio_intx_handler` is in it.
    pub intx: bool,
    /// `irq_modify_status`
    pub unlazy: bool,
}

/// The imports of a module, packed as its name's end says: `` , `.xz`, `.zst`, `.gz`.
///
/// # Errors
/// It cannot be unpacked, is larger than a module can be, or is no ELF object.
pub fn imports(packed: &str, bytes: &[u8]) -> Result<Imports> {
    let bytes = unpack(packed, bytes)?;
    let object = object::File::parse(bytes.as_slice()).context("it is no ELF object")?;
    let mut imports = Imports::default();
    for symbol in object.symbols().filter(ObjectSymbol::is_undefined) {
        match symbol.name_bytes() {
            Ok(b"disable_irq_nosync") => imports.intx = true,
            Ok(b"irq_modify_status") => imports.unlazy = true,
            _ => {}
        }
    }
    Ok(imports)
}

fn unpack(packed: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut module = Vec::new();
    let limit = MAX_MODULE as u64 + 1;
    match packed {
        "" => module.extend_from_slice(bytes),
        ".xz" => {
            ensure!(xz_size(bytes).is_some_and(|size| size <= MAX_MODULE), "it is no xz of one block, or too large");
            let mut rest = bytes;
            lzma_rs::xz_decompress(&mut rest, &mut module).context("it cannot be unpacked")?;
        }
        ".zst" => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(bytes).context("it is no zstd frame")?;
            decoder.take(limit).read_to_end(&mut module).context("it cannot be unpacked")?;
        }
        ".gz" => {
            flate2::read::GzDecoder::new(bytes)
                .take(limit)
                .read_to_end(&mut module)
                .context("it cannot be unpacked")?;
        }
        other => bail!("modules packed as {other} cannot be read"),
    }
    ensure!(module.len() <= MAX_MODULE, "it has more than {MAX_MODULE} bytes");
    Ok(module)
}

/// Bytes that an xz file of one block unpacks to, by the heads of its LZMA2 chunks (xz file format 1.2.1, 2 and 3;
/// LZMA2's control byte as in Linux, lib/xz/xz_dec_lzma2.c). The unpacker has no bound of its own.
fn xz_size(bytes: &[u8]) -> Option<usize> {
    let check = match bytes.get(7)? & 0x0f {
        0 => 0,
        1 => 4,
        4 => 8,
        10 => 32,
        _ => return None,
    };
    let head = (usize::from(*bytes.get(12)?) + 1) * 4;
    let (mut at, mut size) = (12 + head, 0_usize);
    loop {
        let control = *bytes.get(at)?;
        let word = |at: usize| Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
        match control {
            0 => break,
            1 | 2 => {
                let length = word(at + 1)? + 1;
                (at, size) = (at + 3 + length, size + length);
            }
            0x80.. => {
                size += (usize::from(control & 0x1f) << 16) + word(at + 1)? + 1;
                at += 5 + usize::from(control >= 0xc0) + word(at + 3)? + 1;
            }
            _ => return None,
        }
        if size > MAX_MODULE {
            return Some(size);
        }
    }
    // Block padding, the check, then the index, which starts with 0 where another block has its size.
    let next = (at + 1).next_multiple_of(4) + check;
    (*bytes.get(next)? == 0).then_some(size)
}

fn version_says(host: &Host, release: &str) -> (Fixed, Evidence) {
    const PATH: &str = "proc/sys/kernel/osrelease";
    let since = VFIO_UNLAZY.since;
    match Version::of(release) {
        None => (Fixed::Unknown, Evidence::new(PATH, "the kernel's release is not known")),
        Some(version) if since.holds(version) => {
            (Fixed::Yes, Evidence::new(PATH, format!("{release}: the fix is in {since} and what follows them")))
        }
        Some(_) => {
            let shown = host.release.as_deref().unwrap_or_default();
            let text =
                format!("{shown}: older than the fix ({since}); probably lazy, unless the distribution added it");
            (Fixed::Unknown, Evidence::new(PATH, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use object::write::{Object, Symbol, SymbolSection};
    use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

    use super::*;
    use crate::doctor::host::Request;
    use crate::doctor::tree::Node;

    /// A module that imports these.
    fn module(architecture: Architecture, endian: Endianness, imports: &[&str]) -> Vec<u8> {
        let mut object = Object::new(BinaryFormat::Elf, architecture, endian);
        for name in imports {
            object.add_symbol(Symbol {
                name: name.as_bytes().to_vec(),
                value: 0,
                size: 0,
                kind: SymbolKind::Text,
                scope: SymbolScope::Dynamic,
                weak: false,
                section: SymbolSection::Undefined,
                flags: SymbolFlags::None,
            });
        }
        object.write().expect("an ELF object")
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let (mut bytes, mut packed) = (bytes, Vec::new());
        lzma_rs::xz_compress(&mut bytes, &mut packed).expect("packed");
        packed
    }

    fn pack(how: &str, bytes: &[u8]) -> Vec<u8> {
        match how {
            ".xz" => xz(bytes),
            ".zst" => ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest),
            ".gz" => {
                let mut packed = Vec::new();
                let level = flate2::Compression::fast();
                flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut packed).expect("packed");
                packed
            }
            _ => bytes.to_vec(),
        }
    }

    const FIXED: &[&str] = &["disable_irq_nosync", "enable_irq", "irq_modify_status"];
    const LAZY: &[&str] = &["disable_irq_nosync", "enable_irq"];

    #[test]
    fn imports_are_read_from_either_endianness_however_packed() {
        let machines = [(Architecture::X86_64, Endianness::Little), (Architecture::PowerPc64, Endianness::Big)];
        for (architecture, endian) in machines {
            for how in ["", ".xz", ".zst", ".gz"] {
                for (names, unlazy) in [(FIXED, true), (LAZY, false)] {
                    let packed = pack(how, &module(architecture, endian, names));
                    assert_eq!(imports(how, &packed).expect(how), Imports { intx: true, unlazy }, "{how}");
                    for at in (0..packed.len()).step_by(5) {
                        let mut damaged = packed.clone();
                        damaged[at] ^= 0xa5;
                        let _ = (imports(how, &damaged), imports(how, &packed[..at])); // no panic
                    }
                }
            }
        }
        assert!(imports("", b"no object").is_err() && imports(".lzo", b"").is_err());
    }

    #[test]
    fn the_size_of_an_xz_is_known_before_it_is_unpacked() {
        for size in [1, 4096, 200_000] {
            assert_eq!(xz_size(&xz(&vec![7; size])), Some(size));
        }
        // LZMA2 chunks that each claim 2 MiB from one byte: the largest that a control byte can say.
        let mut bomb = xz(b"x")[..12 + (usize::from(xz(b"x")[12]) + 1) * 4].to_vec();
        bomb.extend([0x9f, 0xff, 0xff, 0, 0, 0].repeat(100));
        assert!(xz_size(&bomb).is_some_and(|size| size > MAX_MODULE));
        assert_eq!(xz_size(b"\xfd7zXZ\0"), None);
    }

    fn judge(nodes: &[(&str, Vec<u8>)]) -> Kernel {
        let nodes: BTreeMap<String, Node> =
            nodes.iter().map(|(path, bytes)| ((*path).to_string(), Node::File(bytes.clone()))).collect();
        let tree = Tree::from_nodes(nodes);
        let host = Host::read(&tree, &Request::default()).expect("a host");
        Kernel::judge(&tree, &host, &[])
    }

    #[test]
    fn a_module_counts_more_than_a_version_and_no_module_leaves_an_old_version_open() {
        let release = |text: &str| ("proc/sys/kernel/osrelease", text.as_bytes().to_vec());
        let built = |names| module(Architecture::X86_64, Endianness::Little, names);
        let path = |release: &str, name: &str| format!("lib/modules/{release}/kernel/drivers/vfio/pci/{name}");
        // A distribution's backport, and a new kernel that somebody built without it.
        let core = path("6.8.0-1", "vfio-pci-core.ko.xz");
        let backport = judge(&[release("6.8.0-1\n"), (&core, xz(&built(FIXED)))]);
        assert_eq!((backport.fixed, backport.evidence[0].path.as_str()), (Fixed::Yes, core.as_str()));
        assert_eq!(backport.modelled()[0].1.len(), 1, "the model's kernel of that version has the fix put on top");
        let reverted = judge(&[release("7.1.2\n"), (&path("7.1.2", "vfio-pci-core.ko"), built(LAZY))]);
        assert_eq!(reverted.fixed, Fixed::No);
        assert_eq!(reverted.modelled()[0].1[0].name, "none");
        // Before v5.15 there was one module.
        let old = judge(&[release("5.10.0\n"), (&path("5.10.0", "vfio-pci.ko"), built(LAZY))]);
        assert_eq!(old.fixed, Fixed::No);
        // A module without the INTx code tells nothing.
        let none = judge(&[release("6.8.0-1\n"), (&core, xz(&built(&["request_module"])))]);
        assert_eq!(none.fixed, Fixed::Unknown);
        assert_eq!(none.modelled().len(), 2);
        // Upstream's versions: 8b9f128947dd went into 6.18, 6.17.8 and 6.12.58.
        let versions =
            [("6.12.57", Fixed::Unknown), ("6.12.58", Fixed::Yes), ("6.17.8", Fixed::Yes), ("6.18.0", Fixed::Yes)];
        for (version, fixed) in versions {
            assert_eq!(judge(&[release(version)]).fixed, fixed, "{version}");
        }
        for odd in ["../../etc", "", "x"] {
            assert_eq!(judge(&[release(odd)]).fixed, Fixed::Unknown, "{odd}");
        }
    }
}
