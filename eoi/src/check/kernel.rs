//! `--kernel`: a row of the table, or a release that one stands for; with what is put on top, as reports print it.

use anyhow::{Context, Result, bail};
use eoi_model::fixes::{self, Fix};
use eoi_model::kernels::{self, Kernel, VFIO_PCI};
use eoi_model::version::Version;

use super::names::find;

/// The boot argument, as a fix is written.
pub const THREADED: &str = "threadirqs";

/// One kernel as the command line names it: `linux-6.12.57+vfio-mask-once`, or `6.12.57+deb13-amd64`.
pub struct Named {
    /// The row.
    pub kernel: &'static Kernel,
    /// The changes on top of it.
    pub fixes: Vec<&'static Fix>,
    /// The release that it stands for, if it was no name.
    pub release: Option<String>,
    threaded: bool,
}

impl Named {
    /// The row that a release was taken for.
    #[must_use]
    pub fn tells(&self) -> Option<String> {
        let (release, row) = (self.release.as_ref()?, self.kernel.name);
        Some(format!(
            "{release} behaves like {row}, by its version; `eoi doctor` on its host knows what a distribution added"
        ))
    }
}

/// Reads one name.
///
/// # Errors
/// No kernel or fix is called so.
pub fn parse(text: &str) -> Result<Named> {
    let (base, on_top) = text
        .split_once('+')
        .map_or((text, ""), |(base, on_top)| (base, on_top));
    let mut release = None;
    let kernel = match kernels::by_name(base) {
        Some(kernel) => kernel,
        None => match stands_for(base) {
            Some(kernel) => {
                release = Some(base.to_string());
                kernel
            }
            None => find(
                "kernel",
                base,
                &kernels::ALL.iter().collect::<Vec<_>>(),
                |kernel| kernel.name,
            )
            .context(
                "a kernel is a name of `eoi check --list` or a release X.Y.Z, then +FIX as wanted",
            )?,
        },
    };
    let mut named = Named {
        kernel,
        fixes: Vec::new(),
        release,
        threaded: false,
    };
    for part in on_top.split('+') {
        // A distribution counts its builds after a plus, as in 6.12.57+deb13-amd64; no fix has a digit in its name.
        let build = named.release.is_some() && part.contains(|c: char| c.is_ascii_digit());
        match part {
            "" => {}
            THREADED => named.threaded = true,
            _ if build => named.release = named.release.map(|release| format!("{release}+{part}")),
            fix => named
                .fixes
                .push(find("fix", fix, fixes::ALL, |fix| fix.name)?),
        }
    }
    Ok(named)
}

/// The row for a release, with or without `linux-` before it.
fn stands_for(release: &str) -> Option<&'static Kernel> {
    let release = release.strip_prefix("linux-").unwrap_or(release);
    let has_vfio_pci = VFIO_PCI.since.holds(Version::of(release)?);
    kernels::of_release(release).filter(|_| release.contains('.') && has_vfio_pci)
}

/// The kernels, and whether they boot with threadirqs: by `option`, or by each one's name.
///
/// # Errors
/// As [`parse`], and kernels with and without it in one check.
pub fn pick(wanted: &[String], option: bool) -> Result<(Vec<Named>, bool)> {
    let mut named = Vec::new();
    for text in wanted {
        match text.strip_suffix(&format!("+{THREADED}")).unwrap_or(text) {
            "all" => {
                let threaded = text != "all";
                let all = kernels::ALL.iter();
                named.extend(all.map(|kernel| Named {
                    kernel,
                    fixes: Vec::new(),
                    release: None,
                    threaded,
                }));
            }
            _ => named.push(parse(text)?),
        }
    }
    let threaded = named.iter().filter(|kernel| kernel.threaded).count();
    if threaded != 0 && threaded != named.len() {
        bail!("either all kernels of a check have +{THREADED} or none; make it two checks");
    }
    Ok((named, option || threaded > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> (&'static str, Vec<&'static str>, bool) {
        let named = parse(text).unwrap_or_else(|error| panic!("{text}: {error:#}"));
        (
            named.kernel.name,
            named.fixes.iter().map(|fix| fix.name).collect(),
            named.threaded,
        )
    }

    #[test]
    fn what_reports_print_is_taken_and_a_release_stands_for_a_row() {
        let on_top = "linux-6.12.57+vfio-mask-once+threadirqs";
        assert_eq!(
            shown(on_top),
            ("linux-6.12.57", vec!["vfio-mask-once"], true)
        );
        // The fix is in 6.12.58, 6.17.8 and 6.18: docs/findings.md.
        for (release, row) in [
            ("6.12.57", "linux-6.12.57"),
            ("linux-6.12.58", "linux-6.12.107"),
            ("6.18.44", "linux-6.12.107"),
            ("6.1.0-37-amd64", "linux-6.1"),
            ("6.12.57+deb13-amd64", "linux-6.12.57"),
        ] {
            assert_eq!(shown(release), (row, vec![], false), "{release}");
        }
        assert_eq!(
            shown("6.12.57+deb13-amd64+vfio-mask-once").1,
            ["vfio-mask-once"]
        );
        assert!(
            parse("linux-6.12.57").is_ok_and(|named| named.release.is_none()),
            "a name is no release"
        );
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "linux-2.4",
            "mainline",
            "6",
            "6.12.57+vfio-maks-once",
            "linux-6.12.57+deb13-amd64",
            "",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
