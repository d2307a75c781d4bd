//! Patches, kernels and programs that the user brings in place of the lab's own. Their content tells them apart, not their name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::cell::Base;
use super::choice::Brought;
use super::digest::digits;
use crate::bounded;

/// The first digits of a hash of the base, the patches, the kernel with its modules and the guest's program; `None` where all
/// of them are the lab's.
///
/// # Errors
/// One that cannot be read.
pub fn digest(brought: Option<&Brought>, program: Option<&Path>) -> Result<Option<String>> {
    let mut files: Vec<(&str, PathBuf)> = Vec::new();
    let mut modules = Vec::new();
    let base = match brought {
        None => Base::default(),
        Some(Brought::Patches {
            files: patches,
            base,
        }) => {
            files.extend(patches.iter().map(|patch| ("patch", patch.clone())));
            *base
        }
        Some(Brought::Kernel {
            image,
            modules: directory,
            base,
        }) => {
            files.push(("kernel", image.clone()));
            if let Some(directory) = directory {
                collect(directory, &mut modules)?;
            }
            *base
        }
    };
    files.extend(program.map(|program| ("program", program.to_path_buf())));
    if files.is_empty() {
        return Ok(None);
    }
    modules.sort();
    files.extend(modules.into_iter().map(|module| ("module", module)));
    let mut sha = Sha256::new();
    sha.update(base.name());
    for (role, path) in files {
        let bytes = bounded::bytes(&path, bounded::IMAGE)?;
        sha.update(format!("\n{role} {}\n", bytes.len()));
        sha.update(bytes);
    }
    Ok(Some(digits(sha)))
}

/// The modules below a directory. Links are not followed: that to the build's own tree leads out of it.
fn collect(directory: &Path, modules: &mut Vec<PathBuf>) -> Result<()> {
    let what = || format!("cannot read the modules in {}", directory.display());
    for entry in std::fs::read_dir(directory).with_context(what)? {
        let entry = entry.with_context(what)?;
        let kind = entry.file_type().with_context(what)?;
        if kind.is_dir() {
            collect(&entry.path(), modules)?;
        } else if kind.is_file() && entry.file_name().to_string_lossy().contains(".ko") {
            modules.push(entry.path());
        }
    }
    Ok(())
}
