//! The initial RAM disk: the guest's program, its plan and the modules, as a cpio archive that the kernel unpacks.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cpio::newc;

use crate::bounded;

/// A file of the archive.
pub struct File {
    name: String,
    mode: u32,
    bytes: Vec<u8>,
}

impl File {
    /// A file that only root reads.
    #[must_use]
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_string(),
            mode: 0o100_600,
            bytes,
        }
    }

    /// A program.
    #[must_use]
    pub fn program(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_string(),
            mode: 0o100_755,
            bytes,
        }
    }

    fn directory(name: &str) -> Self {
        Self {
            name: name.to_string(),
            mode: 0o040_755,
            bytes: Vec::new(),
        }
    }
}

/// The archive with these files, and the directories that they and the program need.
///
/// # Errors
/// None that memory can have.
pub fn archive(files: Vec<File>) -> Result<Vec<u8>> {
    let directories = ["dev", "proc", "sys", "modules"].map(File::directory);
    let inputs = directories
        .into_iter()
        .chain(files)
        .enumerate()
        .map(|(ino, file)| {
            let entry = newc::Builder::new(&file.name)
                .mode(file.mode)
                .ino(ino as u32 + 1)
                .nlink(1);
            (entry, std::io::Cursor::new(file.bytes))
        });
    cpio::write_cpio(inputs, Vec::new()).context("cannot write the initial RAM disk")
}

/// A kernel module, unpacked.
struct Module {
    name: String,
    bytes: Vec<u8>,
    depends: Vec<String>,
}

/// The modules of a tree and, in front of them, of a directory with replacements.
pub struct Modules {
    files: Vec<PathBuf>,
}

fn module_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let name = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"]
        .iter()
        .find_map(|end| name.strip_suffix(end))?;
    Some(name.replace('-', "_"))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(directory)
        .with_context(|| format!("cannot read the modules in {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else if module_name(&entry.path()).is_some() {
            files.push(entry.path());
        }
    }
    Ok(())
}

impl Modules {
    /// The modules below these directories; of two of the same name the first counts.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn below(directories: &[PathBuf]) -> Result<Self> {
        let mut files = Vec::new();
        for directory in directories {
            collect(directory, &mut files)?;
        }
        Ok(Self { files })
    }

    fn read(&self, name: &str) -> Result<Option<Module>> {
        let Some(path) = self
            .files
            .iter()
            .find(|path| module_name(path).as_deref() == Some(name))
        else {
            return Ok(None);
        };
        let packed = bounded::bytes(path, bounded::IMAGE)?;
        let bytes = unpack(path, packed)?;
        let depends =
            depends(&bytes).with_context(|| format!("{} is no kernel module", path.display()))?;
        Ok(Some(Module {
            name: name.to_string(),
            bytes,
            depends,
        }))
    }

    /// These modules and what they depend on, in the order in which they have to be loaded. A module that is
    /// not there is taken to be built in.
    ///
    /// # Errors
    /// A module that cannot be read or unpacked.
    pub fn in_order(&self, wanted: &[&str]) -> Result<Vec<File>> {
        let mut order: Vec<Module> = Vec::new();
        for name in wanted {
            self.add(name, &mut order, 0)?;
        }
        let file = |(number, module): (usize, Module)| {
            File::new(
                &format!("modules/{number:02}-{}.ko", module.name.replace('_', "-")),
                module.bytes,
            )
        };
        Ok(order.into_iter().enumerate().map(file).collect())
    }

    fn add(&self, name: &str, order: &mut Vec<Module>, depth: usize) -> Result<()> {
        if depth > 16 {
            bail!("the module {name} depends on itself");
        }
        if order.iter().any(|module| module.name == name) {
            return Ok(());
        }
        let Some(module) = self.read(name)? else {
            return Ok(());
        };
        for needed in &module.depends {
            self.add(needed, order, depth + 1)?;
        }
        order.push(module);
        Ok(())
    }
}

fn unpack(path: &Path, packed: Vec<u8>) -> Result<Vec<u8>> {
    let what = || format!("cannot unpack {}", path.display());
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => {
            let mut bytes = Vec::new();
            lzma_rs::xz_decompress(&mut packed.as_slice(), &mut bytes).with_context(what)?;
            Ok(bytes)
        }
        Some("ko") => Ok(packed),
        Some(other) => bail!(
            "{}: modules packed as .{other} cannot be read; unpack them first",
            path.display()
        ),
        None => Ok(packed),
    }
}

/// `depends=` of a module's `.modinfo`: names, with commas.
fn depends(module: &[u8]) -> Option<Vec<String>> {
    const KEY: &[u8] = b"\0depends=";
    let at = module.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let end = module[at..].iter().position(|&byte| byte == 0)?;
    let names = std::str::from_utf8(&module[at..at + end]).ok()?;
    Some(
        names
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| name.replace('-', "_"))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_come_after_what_they_depend_on() {
        let directory = std::env::temp_dir().join(format!("eoi-initrd-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let module = |name: &str, depends: &str| {
            std::fs::write(directory.join(name), format!("ELF\0depends={depends}\0"))
                .expect("a file");
        };
        module("vfio-pci.ko", "vfio-pci-core,irqbypass");
        module("vfio-pci-core.ko", "vfio,irqbypass");
        module("vfio.ko", "");
        let modules = Modules::below(std::slice::from_ref(&directory)).expect("modules");
        let files = modules
            .in_order(&["vfio_pci", "vfio_iommu_type1"])
            .expect("an order");
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "modules/00-vfio.ko",
                "modules/01-vfio-pci-core.ko",
                "modules/02-vfio-pci.ko"
            ]
        );
        std::fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(depends(b"no module at all"), None);
        assert_eq!(depends(b"x\0depends=\0"), Some(Vec::new()));
    }
}
