//! Making unpacked programs run where they are, on a host of another age.
//!
//! A program of Debian names the host's `ld.so` as its interpreter and finds its libraries below `/usr`. Each is moved
//! aside as `NAME.elf`, and in its place stands a script that starts it through the `ld.so` of the set.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::host::Host;

/// Where Debian's QEMU looks for firmware, below `/` (its `--firmwarepath`).
const FIRMWARE: &[&str] = &["usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"];

/// Makes the programs in `part` run once it is called `prefix`.
///
/// # Errors
/// If a file cannot be read or written.
pub(super) fn wrap(part: &Path, prefix: &Path, host: &Host) -> Result<()> {
    let wrapping = Wrapping {
        part,
        prefix,
        host,
        libraries: libraries(part, prefix, host)?,
    };
    let mut files = Vec::new();
    walk(part, &mut files)?;
    for file in files {
        wrapping
            .file(&file)
            .with_context(|| format!("making {} run", file.display()))?;
    }
    wrapping.compiler()
}

struct Wrapping<'a> {
    part: &'a Path,
    prefix: &'a Path,
    host: &'a Host,
    libraries: Vec<PathBuf>,
}

impl Wrapping<'_> {
    fn file(&self, file: &Path) -> Result<()> {
        let meta = fs::symlink_metadata(file)?;
        if meta.is_symlink() {
            return self.link(file);
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if meta.permissions().mode() & 0o111 != 0
            && !name.contains(".so")
            && self.is_program(file)?
        {
            return self.program(file, &name);
        }
        if meta.len() < 4096 && (name.ends_with(".so") || name.ends_with(".a")) {
            return linker_script(file);
        }
        Ok(())
    }

    /// An absolute link is meant to stay inside.
    fn link(&self, link: &Path) -> Result<()> {
        let target = fs::read_link(link)?;
        let Ok(inside) = target.strip_prefix("/") else {
            return Ok(());
        };
        if fs::symlink_metadata(self.part.join(inside)).is_ok() {
            fs::remove_file(link)?;
            symlink(self.prefix.join(inside), link)?;
        }
        Ok(())
    }

    /// The interpreter's name stands right behind the program headers.
    fn is_program(&self, file: &Path) -> Result<bool> {
        let mut head = Vec::new();
        File::open(file)?.take(4096).read_to_end(&mut head)?;
        let loader = self.host.loader.as_bytes();
        Ok(head.starts_with(b"\x7fELF") && head.windows(loader.len()).any(|bytes| bytes == loader))
    }

    fn program(&self, file: &Path, name: &str) -> Result<()> {
        let elf = PathBuf::from(format!("{}.elf", file.display()));
        fs::rename(file, &elf)?;
        let place = self.prefix.join(elf.strip_prefix(self.part)?);
        let loader = self.host.loader.rsplit('/').next().unwrap_or_default();
        let loader = self
            .prefix
            .join("usr/lib")
            .join(self.host.triplet)
            .join(loader);
        let libraries: Vec<_> = self
            .libraries
            .iter()
            .map(|dir| dir.display().to_string())
            .collect();
        let (environment, arguments) = self.special(name);
        let text = format!(
            "#!/bin/sh\n{environment}exec {} --argv0 \"$0\" --library-path {} {}{arguments} \"$@\"\n",
            quoted(&loader),
            quoted(Path::new(&libraries.join(":"))),
            quoted(&place)
        );
        script(file, &text)
    }

    /// The environment and the arguments with which a program finds its own data.
    fn special(&self, name: &str) -> (String, String) {
        let at = |path: &str| quoted(&self.prefix.join(path));
        if name.starts_with("qemu-system-") {
            let modules = at(&format!("usr/lib/{}/qemu", self.host.triplet));
            let firmware = FIRMWARE
                .iter()
                .map(|dir| format!(" -L {}", at(dir)))
                .collect();
            (format!("export QEMU_MODULE_DIR={modules}\n"), firmware)
        } else if name == "bison" {
            let (data, m4) = (at("usr/share/bison"), at("usr/bin/m4"));
            (
                format!("export BISON_PKGDATADIR={data} M4={m4}\n"),
                String::new(),
            )
        } else if name == "flex" {
            (format!("export M4={}\n", at("usr/bin/m4")), String::new())
        } else if name.starts_with(&format!("{}-gcc-1", self.host.triplet)) {
            (String::new(), format!(" --sysroot={}", quoted(self.prefix)))
        } else {
            (String::new(), String::new())
        }
    }

    /// `gcc` and `cc` make programs that run on the host, with the set's own libraries. The host's triplet names the
    /// same compiler without that, for the lab's guests.
    fn compiler(&self) -> Result<()> {
        let bin = self.part.join("usr/bin");
        let of_host = format!("{}-gcc", self.host.triplet);
        if !bin.join(&of_host).exists() {
            return Ok(()); // no toolchain
        }
        let libraries = self.prefix.join("usr/lib").join(self.host.triplet);
        let loader = libraries.join(self.host.loader.rsplit('/').next().unwrap_or_default());
        let text = format!(
            "#!/bin/sh\nexec {} {} {} \"$@\"\n",
            quoted(&self.prefix.join("usr/bin").join(of_host)),
            quoted(Path::new(&format!(
                "-Wl,--dynamic-linker={}",
                loader.display()
            ))),
            quoted(Path::new(&format!("-Wl,-rpath,{}", libraries.display())))
        );
        for name in ["gcc", "cc"] {
            let file = bin.join(name);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).context("replacing gcc");
                }
                _ => script(&file, &text)?,
            }
        }
        Ok(())
    }
}

/// The directories of the set that hold libraries, the main one first, as they will be called.
fn libraries(part: &Path, prefix: &Path, host: &Host) -> Result<Vec<PathBuf>> {
    let main = part.join("usr/lib").join(host.triplet);
    let mut dirs = vec![main.clone(), main.join("systemd")];
    if let Ok(entries) = fs::read_dir(part.join("usr/lib")) {
        for entry in entries {
            let path = entry?.path();
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("llvm-"))
            {
                dirs.push(path.join("lib"));
            }
        }
    }
    Ok(dirs
        .iter()
        .filter_map(|dir| Some(prefix.join(dir.strip_prefix(part).ok()?)))
        .collect())
}

/// The absolute paths in a GNU ld script become names that the linker looks for beside the script.
fn linker_script(file: &Path) -> Result<()> {
    let Ok(text) = String::from_utf8(fs::read(file)?) else {
        return Ok(());
    };
    if !text.starts_with("/* GNU ld script") {
        return Ok(());
    }
    let relative = |word: &str| match word.trim_end().rsplit_once('/') {
        Some((before, name)) if before.starts_with('/') && !name.is_empty() => {
            format!("-l:{name}{}", &word[word.trim_end().len()..])
        }
        _ => word.to_owned(),
    };
    let text: String = text
        .split_inclusive(char::is_whitespace)
        .map(relative)
        .collect();
    fs::write(file, text).context("writing it")
}

fn script(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    fs::set_permissions(file, Permissions::from_mode(0o755))
        .with_context(|| format!("writing {}", file.display()))
}

/// `path` as one word of the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let entry = entry.with_context(|| format!("reading {}", dir.display()))?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linker_script_names_its_libraries_without_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("libc.so");
        let head = "/* GNU ld script\n   Use the shared library. */\nOUTPUT_FORMAT(elf64-x86-64)\n";
        let group =
            "GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( /lib64/ld.so.2 ) )\n";
        fs::write(&file, format!("{head}{group}")).unwrap();
        linker_script(&file).unwrap();
        let wanted = "GROUP ( -l:libc.so.6 -l:libc_nonshared.a  AS_NEEDED ( -l:ld.so.2 ) )\n";
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            format!("{head}{wanted}")
        );
    }

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
