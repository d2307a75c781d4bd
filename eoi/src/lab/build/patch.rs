//! A patch: unified diffs, and which files of the kernel they touch.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::bounded;
use crate::lab::arch::Arch;

/// How much of the kernel has to be built to run a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// vfio-pci's modules.
    Module,
    /// A kernel.
    Kernel,
}

/// One file of unified diffs against a kernel tree, to be applied with `patch -p1`.
#[derive(Clone, Debug)]
pub struct Patch {
    name: String,
    text: String,
    files: Vec<PathBuf>,
}

impl Patch {
    /// The patch in this file.
    ///
    /// # Errors
    /// The file cannot be read, touches nothing, or touches what is outside the kernel tree.
    pub fn read(path: &Path) -> Result<Self> {
        let text = bounded::text(path, bounded::TEXT)?;
        Self::parse(&path.display().to_string(), &text)
    }

    pub(super) fn parse(name: &str, text: &str) -> Result<Self> {
        let mut files =
            touched(text).with_context(|| format!("{name} is no patch for a kernel"))?;
        files.sort();
        files.dedup();
        Ok(Self {
            name: name.to_string(),
            text: text.to_string(),
            files,
        })
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The diffs.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The files that it touches, relative to the kernel tree; at least one.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// How much of the kernel has to be built to run it.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let module = self
            .files
            .iter()
            .all(|file| file.parent() == Some(Path::new("drivers/vfio/pci")));
        if module { Reach::Module } else { Reach::Kernel }
    }

    /// Whether it may change anything on this architecture.
    #[must_use]
    pub fn reaches(&self, arch: Arch) -> bool {
        self.files.iter().any(|file| may_reach(file, arch))
    }
}

/// Whether a file may be compiled for this architecture: all but what is below the `arch/` of another one. arm64 builds some
/// of arm's.
fn may_reach(file: &Path, arch: Arch) -> bool {
    let parts: Vec<_> = file
        .components()
        .take(3)
        .map(Component::as_os_str)
        .collect();
    match parts[..] {
        [top, of, _] if top == "arch" => of == arch.linux() || of == "arm" && arch == Arch::Arm64,
        _ => true,
    }
}

/// The path of a `---` or `+++` line below the tree; nothing for `/dev/null`.
fn below(line: &str) -> Result<Option<PathBuf>> {
    let name = line.split('\t').next().unwrap_or_default().trim_end();
    if name == "/dev/null" {
        return Ok(None);
    }
    let path = Path::new(name);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(
        inside,
        "it names '{name}', which is not inside the kernel tree"
    );
    let mut parts = path.components();
    parts.next();
    let path = parts.as_path();
    ensure!(
        path != Path::new(""),
        "'{name}' lacks the a/ or b/ that patch -p1 takes off"
    );
    Ok(Some(path.to_path_buf()))
}

/// The lines that a hunk still has to have, from `@@ -first,old +first,new @@`.
fn counts(line: &str) -> Option<(usize, usize)> {
    let mut ranges = line.strip_prefix("@@ -")?.split(" @@").next()?.split(" +");
    let count = |range: &str| {
        range
            .split_once(',')
            .map_or(Some(1), |(_, count)| count.parse().ok())
    };
    Some((count(ranges.next()?)?, count(ranges.next()?)?))
}

/// The files that unified diffs touch, both names of each. Hunks are counted through, so that a line of a hunk is not
/// taken for the name of a file.
fn touched(text: &str) -> Result<Vec<PathBuf>> {
    ensure!(
        !text.lines().any(is_encoded),
        "a mail in it is encoded, so that its diff is no text: b4 or git mailinfo decodes it"
    );
    let mut files = Vec::new();
    let mut old_name = None;
    let mut hunk = false;
    let (mut old, mut new) = (0, 0);
    for (number, line) in (1..).zip(text.lines()) {
        if old > 0 || new > 0 {
            let (minus, plus) = match line.as_bytes().first() {
                Some(b'-') => (1, 0),
                Some(b'+') => (0, 1),
                Some(b' ') | None => (1, 1),
                Some(b'\\') => (0, 0),
                _ => bail!("line {number}: the hunk ends too early"),
            };
            ensure!(
                old >= minus && new >= plus,
                "line {number}: more lines than the hunk's head says"
            );
            (old, new) = (old - minus, new - plus);
        } else if let Some(name) = line.strip_prefix("--- ") {
            old_name = Some(name);
        } else if let (Some(name), Some(old)) = (line.strip_prefix("+++ "), old_name.take()) {
            let names = [below(old)?, below(name)?];
            ensure!(
                names.iter().any(Option::is_some),
                "line {number}: neither name is a file"
            );
            files.extend(names.into_iter().flatten());
        } else if line.starts_with("@@ ") {
            ensure!(!files.is_empty(), "line {number}: a hunk of no file");
            (old, new) = counts(line)
                .with_context(|| format!("line {number}: not the head of a hunk: {line}"))?;
            hunk = true;
        } else if line.starts_with("rename from ") || line.starts_with("GIT binary patch") {
            bail!(
                "line {number}: renamed files and binary diffs cannot be taken; make it with git diff --no-renames --text"
            );
        }
    }
    ensure!(old == 0 && new == 0, "its last hunk is cut off");
    ensure!(
        hunk,
        "it touches no file: there is no hunk of a unified diff in it"
    );
    Ok(files)
}

/// Whether this is the header of a mail whose body is not the text itself.
fn is_encoded(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let encoding = line.strip_prefix("content-transfer-encoding:");
    encoding.is_some_and(|name| ["base64", "quoted-printable"].contains(&name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VFIO: &str = "why\n\n--- a/drivers/vfio/pci/x.c\t2026\n+++ b/drivers/vfio/pci/x.c\n@@ -1,2 +1 @@\n--- a/../y\n-b\n+c\n";
    const CHIP: &str =
        "--- a/kernel/irq/chip.c\n+++ b/kernel/irq/chip.c\n@@ -1,0 +2 @@ int x(void)\n+x\n";

    fn refusal(text: &str) -> String {
        format!("{:#}", Patch::parse("p", text).expect_err("a refusal"))
    }

    #[test]
    fn what_it_touches() {
        let patch = Patch::parse("p", VFIO).expect("a patch");
        assert_eq!(patch.files(), [Path::new("drivers/vfio/pci/x.c")]);
        assert_eq!(patch.reach(), Reach::Module);
        assert_eq!(
            Patch::parse("p", CHIP).expect("a patch").reach(),
            Reach::Kernel
        );
        let both = Patch::parse("p", &format!("{VFIO}{CHIP}")).expect("a patch");
        assert_eq!((both.files().len(), both.reach()), (2, Reach::Kernel));
        let new = CHIP.replace("a/kernel/irq/chip.c", "/dev/null");
        assert_eq!(
            Patch::parse("p", &new).expect("a patch").files(),
            [Path::new("kernel/irq/chip.c")]
        );
    }

    #[test]
    fn a_patch_below_an_architecture_reaches_no_other() {
        let reaches = |file: &str| {
            let patch =
                Patch::parse("p", &CHIP.replace("kernel/irq/chip.c", file)).expect("a patch");
            Arch::ALL
                .into_iter()
                .filter(|&arch| patch.reaches(arch))
                .map(Arch::linux)
                .collect::<Vec<_>>()
        };
        let all: Vec<_> = Arch::ALL.into_iter().map(Arch::linux).collect();
        assert_eq!(reaches("arch/powerpc/sysdev/xive/common.c"), ["powerpc"]);
        assert_eq!(
            reaches("arch/arm/xen/mm.c"),
            ["arm64"],
            "arch/arm64/xen/Makefile builds it"
        );
        assert_eq!(reaches("arch/mips/kernel/irq.c"), [""; 0]);
        for file in [
            "kernel/irq/chip.c",
            "arch/Kconfig",
            "drivers/irqchip/irq-gic-v3.c",
            "tools/arch/x86/x.c",
        ] {
            assert_eq!(reaches(file), all, "{file}");
        }
        let both = CHIP.replace("kernel/irq/chip.c", "arch/powerpc/x.c") + CHIP;
        assert!(
            Patch::parse("p", &both)
                .expect("a patch")
                .reaches(Arch::Amd64),
            "one of its files is everybody's"
        );
    }

    #[test]
    fn a_mailbox_touches_what_all_of_its_mails_touch() {
        let mail = |number: u8, diff: &str| {
            format!(
                "From 0123 Mon Sep 17 00:00:00 2001\nSubject: [PATCH {number}/2] x\n\nwhy\n---\n x | 1 +\n\n{diff}-- \n2.43.0\n\n"
            )
        };
        let series = mail(1, CHIP) + &mail(2, VFIO);
        let patch = Patch::parse("p", &series).expect("a series");
        let files = ["drivers/vfio/pci/x.c", "kernel/irq/chip.c"].map(Path::new);
        assert_eq!(patch.files(), files);
        let encoded = series.replace("Subject", "Content-Transfer-Encoding: base64\nSubject");
        assert!(refusal(&encoded).contains("is encoded"));
    }

    #[test]
    fn what_is_refused() {
        assert!(refusal("only words\n").contains("touches no file"));
        assert!(refusal("").contains("touches no file"));
        assert!(refusal(&CHIP.replace("b/kernel", "b/../kernel")).contains("not inside"));
        assert!(refusal(&CHIP.replace("a/kernel", "/kernel")).contains("not inside"));
        assert!(refusal(&CHIP.replace("a/kernel/irq/chip.c", "chip.c")).contains("patch -p1"));
        assert!(refusal(&VFIO.replace("+c\n", "")).contains("cut off"));
        assert!(
            refusal(&CHIP.replace("+x\n", "+x\n+y\n").replace("+2 @@", "+2,3 @@"))
                .contains("cut off")
        );
        assert!(refusal("@@ -1 +1 @@\n-a\n+b\n").contains("of no file"));
        assert!(refusal("rename from a\n").contains("--no-renames"));
    }
}
