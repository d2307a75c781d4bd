//! The candidate fixes of the model as patches, one file each in `eoi/lab/patches`.

use anyhow::{Context, Result};

use super::Patch;

macro_rules! patches {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../lab/patches/", $name, ".diff")))),*]
    };
}

/// Name and text of each, in the order of [`eoi_model::fixes::ALL`].
static ALL: &[(&str, &str)] = patches![
    "none",
    "vfio-unlazy",
    "xive-eoi-always",
    "xive-irq-enable",
    "genirq-unmask-on-enable",
    "chip-unlazy-flag",
    "genirq-resend-level",
    "vfio-kick",
    "vfio-oneshot",
    "vfio-mask-once",
    "vfio-unlazy-late",
    "vfio-intx-closed",
];

/// The patch of a candidate fix. `none` takes the merged one out of Linux 6.12.107; every other one goes on top of it.
///
/// # Errors
/// There is no such fix.
pub fn candidate(fix: &str) -> Result<Patch> {
    let (name, text) = ALL
        .iter()
        .find(|(name, _)| *name == fix)
        .with_context(|| format!("no patch is called '{fix}'"))?;
    Patch::parse(name, text)
}

#[cfg(test)]
mod tests {
    use eoi_model::fixes;

    use super::super::Reach;
    use super::*;

    #[test]
    fn every_fix_has_its_patch_and_every_patch_its_fix() {
        let fixes: Vec<_> = fixes::ALL.iter().map(|fix| fix.name).collect();
        let patches: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
        assert_eq!(patches, fixes);
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/lab/patches");
        assert_eq!(
            std::fs::read_dir(directory).expect("the patches").count(),
            fixes.len()
        );
    }

    #[test]
    fn a_patch_stays_where_its_name_says_and_copies_nothing_around_it() {
        for (name, text) in ALL {
            let patch = candidate(name).expect(name);
            let module = *name == "none" || name.starts_with("vfio-");
            assert_eq!(patch.reach() == Reach::Module, module, "{name}");
            assert!(
                text.lines()
                    .all(|line| !line.starts_with("@@") || line.ends_with(" @@")),
                "{name} quotes a function"
            );
            assert_eq!(
                text.lines()
                    .skip_while(|line| !line.starts_with("@@"))
                    .find(|line| line.starts_with(' ')),
                None
            );
        }
    }
}
