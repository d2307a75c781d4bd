//! A source tree that is patched so that only what a patch changes is compiled again.
//!
//! Nothing is ever applied to the tree itself. A patch is applied to copies of the files that it touches, and the tree
//! is then made to look like that: what a patch touched for the first time is kept in `pristine` before it is written,
//! and every file in there that this build does not touch is written back. So it does not matter where the build before
//! was killed, and a file that already looks as it should keeps its time stamp.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::io;
use super::kit::Kit;
use super::patch::Patch;
use super::place::clear;

/// Applies patches, in order, to the files below a directory.
///
/// # Errors
/// One does not apply; the error has the words of `patch`, and what it was applied to.
pub(super) fn apply(kit: &Kit, patches: &[Patch], version: &str, directory: &Path) -> Result<()> {
    let mut base = format!("Linux {version} as released");
    for patch in patches {
        let file = directory.join("patch.diff");
        io::write(&file, patch.text().as_bytes())?;
        let mut command = kit.command("patch");
        command.args([
            "-p1",
            "-F0",
            "--batch",
            "--forward",
            "--no-backup-if-mismatch",
            "--reject-file=-",
            "-d",
        ]);
        let output = command
            .arg(directory)
            .arg("-i")
            .arg(&file)
            .output()
            .context("cannot run patch")?;
        if !output.status.success() {
            let words =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            let words: Vec<_> = words.lines().map(|line| format!("  {line}")).collect();
            bail!(
                "{} does not apply to {base}:\n{}\nrebase it onto that. Its paths are like a/{}, and no fuzz is allowed",
                patch.name(),
                words.join("\n"),
                patch.files()[0].display()
            );
        }
        fs::remove_file(&file)?;
        let and = if base.ends_with("released") {
            " with "
        } else {
            " and "
        };
        base = format!("{base}{and}{}", patch.name());
    }
    Ok(())
}

/// Contents by path, nothing for a file that is not there.
type Files = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A source tree that is made to look patched. Whoever has it holds the lock.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pristine: PathBuf,
}

fn content(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.exists() {
        io::read(path).map(Some)
    } else {
        Ok(None)
    }
}

/// The file that is kept in place of one that the source does not have.
fn absent(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.absent", path.display()))
}

impl Tree {
    pub(super) fn new(root: PathBuf) -> Self {
        let pristine = PathBuf::from(format!("{}.pristine", root.display()));
        Self { root, pristine }
    }

    /// Makes the tree look like the source with these patches, and like nothing else.
    ///
    /// # Errors
    /// A patch does not apply, or a file cannot be written.
    pub(super) fn become_patched(&self, kit: &Kit, patches: &[Patch], version: &str) -> Result<()> {
        let mut files = self.kept()?;
        for file in patches.iter().flat_map(Patch::files) {
            if !files.contains_key(file) {
                files.insert(file.clone(), self.keep(file)?);
            }
        }
        let scratch = PathBuf::from(format!("{}.scratch", self.root.display()));
        clear(&scratch)?;
        for (file, bytes) in &files {
            if let Some(bytes) = bytes {
                io::write(&scratch.join(file), bytes)?;
            }
        }
        apply(kit, patches, version, &scratch)?;
        for file in files.keys() {
            self.set(file, content(&scratch.join(file))?)?;
        }
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
    }

    fn set(&self, file: &Path, wanted: Option<Vec<u8>>) -> Result<()> {
        let path = self.root.join(file);
        match (content(&path)?, wanted) {
            (there, Some(wanted)) if there.as_ref() != Some(&wanted) => io::write(&path, &wanted),
            (Some(_), None) => {
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Keeps a file as released before it is touched for the first time.
    fn keep(&self, file: &Path) -> Result<Option<Vec<u8>>> {
        let bytes = content(&self.root.join(file))?;
        let kept = if bytes.is_some() {
            self.pristine.join(file)
        } else {
            absent(&self.pristine.join(file))
        };
        let part = PathBuf::from(format!("{}.part", kept.display()));
        io::write(&part, bytes.as_deref().unwrap_or_default())?;
        fs::rename(&part, &kept).with_context(|| format!("cannot rename {}", part.display()))?;
        Ok(bytes)
    }

    /// Every file that was ever touched, as released.
    fn kept(&self) -> Result<Files> {
        let mut files = Files::new();
        if self.pristine.exists() {
            collect(&self.pristine, Path::new(""), &mut files)?;
        }
        Ok(files)
    }
}

fn collect(directory: &Path, below: &Path, files: &mut Files) -> Result<()> {
    for entry in
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?
    {
        let path = entry?.path();
        let name = below.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else if path.extension().is_some_and(|end| end == "absent") {
            files.insert(name.with_extension(""), None);
        } else if path.extension().is_none_or(|end| end != "part") {
            files.insert(name, Some(io::read(&path)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    const OLD: &str = "one\ntwo\n";

    fn patch(text: &str) -> Patch {
        Patch::parse("p", text).expect("a patch")
    }

    fn of_file(file: &str, from: &str, to: &str) -> Patch {
        patch(&format!(
            "--- a/{file}\n+++ b/{file}\n@@ -2 +2 @@\n-{from}\n+{to}\n"
        ))
    }

    struct Lab {
        tree: Tree,
        kit: Kit,
        _directory: tempfile::TempDir,
    }

    impl Lab {
        fn new() -> Self {
            let directory = tempfile::tempdir().expect("a directory");
            let tree = Tree::new(directory.path().join("source-6.12-tree"));
            for file in ["kernel/x.c", "kernel/y.c"] {
                io::write(&tree.root.join(file), OLD.as_bytes()).expect("a source");
            }
            Self {
                tree,
                kit: Kit::of_the_host(),
                _directory: directory,
            }
        }

        fn with(&self, patches: &[Patch]) -> Result<()> {
            self.tree.become_patched(&self.kit, patches, "6.12.107")
        }

        fn read(&self, file: &str) -> Option<String> {
            fs::read_to_string(self.tree.root.join(file)).ok()
        }
    }

    #[test]
    fn the_tree_looks_like_the_last_patches_and_nothing_else() {
        let lab = Lab::new();
        lab.with(&[
            of_file("kernel/x.c", "two", "2"),
            of_file("kernel/x.c", "2", "zwei"),
        ])
        .expect("two patches");
        assert_eq!(lab.read("kernel/x.c").as_deref(), Some("one\nzwei\n"));
        lab.with(&[of_file("kernel/y.c", "two", "3")])
            .expect("another");
        assert_eq!(lab.read("kernel/x.c").as_deref(), Some(OLD));
        assert_eq!(lab.read("kernel/y.c").as_deref(), Some("one\n3\n"));
        lab.with(&[]).expect("none");
        assert_eq!(lab.read("kernel/y.c").as_deref(), Some(OLD));
    }

    #[test]
    fn files_come_and_go() {
        let lab = Lab::new();
        let new = patch("--- /dev/null\n+++ b/kernel/new/z.c\n@@ -0,0 +1 @@\n+z\n");
        let gone = patch("--- a/kernel/x.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n");
        lab.with(&[new, gone]).expect("a patch");
        assert_eq!(
            (
                lab.read("kernel/new/z.c").as_deref(),
                lab.read("kernel/x.c")
            ),
            (Some("z\n"), None)
        );
        lab.with(&[]).expect("none");
        assert_eq!(
            (
                lab.read("kernel/new/z.c"),
                lab.read("kernel/x.c").as_deref()
            ),
            (None, Some(OLD))
        );
    }

    #[test]
    fn what_does_not_change_keeps_its_time() {
        let lab = Lab::new();
        lab.with(&[of_file("kernel/x.c", "two", "2")])
            .expect("a patch");
        let file = lab.tree.root.join("kernel/x.c");
        let time = std::time::SystemTime::UNIX_EPOCH;
        File::options()
            .append(true)
            .open(&file)
            .and_then(|file| file.set_modified(time))
            .expect("a time");
        let modified = || {
            fs::metadata(&file)
                .and_then(|meta| meta.modified())
                .expect("a time")
        };
        lab.with(&[
            of_file("kernel/x.c", "two", "2"),
            of_file("kernel/y.c", "two", "2"),
        ])
        .expect("one more");
        assert_eq!(modified(), time);
        lab.with(&[]).expect("none");
        assert!(
            modified() > time,
            "make would not see that the file has changed"
        );
    }

    #[test]
    fn a_patch_that_does_not_apply_leaves_the_tree_alone() {
        let lab = Lab::new();
        let refused = lab.with(&[
            of_file("kernel/x.c", "two", "2"),
            of_file("kernel/x.c", "two", "3"),
        ]);
        let words = format!("{:#}", refused.expect_err("a refusal"));
        assert!(
            words.contains("p does not apply to Linux 6.12.107 as released with p:"),
            "{words}"
        );
        assert!(
            words.contains("FAILED") && words.contains("rebase it onto that"),
            "{words}"
        );
        assert_eq!(lab.read("kernel/x.c").as_deref(), Some(OLD));
    }
}
