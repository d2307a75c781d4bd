//! The distribution, as os-release names it, and whose kernel a release is.

use super::tree::Tree;

/// Where a distribution says what it is (os-release(5)).
const PATHS: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// A distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Os {
    /// `debian`, `rhel`
    pub id: String,
    /// Distributions that it is built from.
    pub like: Vec<String>,
    /// The name for people: `Debian GNU/Linux 13 (trixie)`.
    pub name: String,
    /// The file.
    pub path: &'static str,
}

impl Os {
    /// Reads it; `None` where the file is missing or says nothing.
    #[must_use]
    pub fn read(tree: &Tree) -> Option<Self> {
        PATHS
            .into_iter()
            .find_map(|path| Self::parse(&tree.text(path)?, path))
    }

    fn parse(text: &str, path: &'static str) -> Option<Self> {
        let value = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
            let value = line.trim().trim_matches(['"', '\'']).trim();
            (!value.is_empty()).then(|| value.chars().take(LONGEST).collect::<String>())
        };
        let name = value("PRETTY_NAME").or_else(|| value("NAME"))?;
        Some(Self {
            id: value("ID").unwrap_or_default(),
            like: value("ID_LIKE")
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_string)
                .collect(),
            name,
            path,
        })
    }

    fn is(&self, ids: &[&str]) -> bool {
        ids.contains(&self.id.as_str()) || self.like.iter().any(|like| ids.contains(&like.as_str()))
    }
}

/// Characters of a name at most.
const LONGEST: usize = 120;

/// A distribution whose kernels keep the number of a release and take changes of later ones.
struct Keeper {
    name: &'static str,
    /// Parts of a release that only its kernels have.
    marks: &'static [&'static str],
    /// Names in os-release, and the release with which its kernels end there.
    ids: &'static [&'static str],
    /// The ends of its kernels' releases on a system with such a name.
    ends: &'static [&'static str],
}

/// The distributions whose kernels have more than their number says. A distribution that follows upstream's stable releases is not here.
const KEEPERS: &[Keeper] = &[
    Keeper {
        name: "Oracle",
        marks: &["uek"],
        ids: &["ol"],
        ends: &[],
    },
    Keeper {
        name: "Red Hat Enterprise Linux, or a distribution built from it",
        marks: &[".el6", ".el7", ".el8", ".el9", ".el10"],
        ids: &["rhel", "centos", "rocky", "almalinux"],
        ends: &[".x86_64", ".ppc64le", ".aarch64", ".s390x"],
    },
    Keeper {
        name: "Proxmox, which builds Ubuntu's",
        marks: &["-pve"],
        ids: &[],
        ends: &[],
    },
    Keeper {
        name: "Ubuntu",
        marks: &[
            "-generic",
            "-lowlatency",
            "-aws",
            "-azure",
            "-gcp",
            "-oem",
            "-raspi",
            "-nvidia",
        ],
        ids: &["ubuntu"],
        ends: &["-generic", "-kvm", "-oracle", "-ibm"],
    },
    Keeper {
        name: "SUSE",
        marks: &[
            "-150100", "-150200", "-150300", "-150400", "-150500", "-150600", "-150700", "-160000",
        ],
        ids: &["sles", "suse", "opensuse-leap"],
        ends: &["-default", "-azure", "-rt"],
    },
    Keeper {
        name: "Amazon",
        marks: &[".amzn"],
        ids: &["amzn"],
        ends: &[],
    },
    Keeper {
        name: "openEuler",
        marks: &[".oe1", ".oe2"],
        ids: &["openEuler"],
        ends: &[],
    },
];

/// The distribution whose own kernel this is, if its kernels take changes of later releases.
#[must_use]
pub fn keeper(release: &str, os: Option<&Os>) -> Option<&'static str> {
    let by_mark = |keeper: &&Keeper| keeper.marks.iter().any(|mark| release.contains(mark));
    let by_name = |keeper: &&Keeper| {
        os.is_some_and(|os| os.is(keeper.ids))
            && keeper.ends.iter().any(|end| release.ends_with(end))
    };
    let keeper = KEEPERS
        .iter()
        .find(by_mark)
        .or_else(|| KEEPERS.iter().find(by_name))?;
    Some(keeper.name)
}

/// Debian's releases before 13 name the release with which a series began (`6.1.0-18-amd64`), and not the stable one that
/// the kernel is.
#[must_use]
pub fn hides_its_stable_number(release: &str) -> bool {
    let mut parts = release.split('-');
    let zero = parts
        .next()
        .is_some_and(|version| version.matches('.').count() == 2 && version.ends_with(".0"));
    let abi = parts
        .next()
        .is_some_and(|abi| !abi.is_empty() && abi.bytes().all(|byte| byte.is_ascii_digit()));
    zero && abi
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_os_release_writes_it() {
        let text =
            "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\n";
        let os = Os::parse(text, PATHS[0]).expect("a name");
        assert_eq!(
            (os.id.as_str(), os.name.as_str()),
            ("debian", "Debian GNU/Linux 13 (trixie)")
        );
        let os = Os::parse(
            "ID='rocky'\nID_LIKE=\"rhel centos fedora\"\nNAME=Rocky\n",
            PATHS[1],
        )
        .expect("a name");
        assert!(os.is(&["rhel"]) && os.name == "Rocky");
        assert_eq!(Os::parse("", PATHS[0]), None);
        assert_eq!(Os::parse("PRETTY_NAME=\nVERSION=1\n", PATHS[0]), None);
    }

    #[test]
    fn kernels_that_keep_their_number_are_told_from_those_that_follow_upstream() {
        let rows = [
            (
                "5.14.0-427.13.1.el9_4.x86_64",
                Some("Red Hat Enterprise Linux, or a distribution built from it"),
            ),
            ("6.8.0-45-generic", Some("Ubuntu")),
            ("6.8.12-4-pve", Some("Proxmox, which builds Ubuntu's")),
            ("5.14.21-150500.55.7-default", Some("SUSE")),
            ("5.15.0-200.131.27.el9uek.x86_64", Some("Oracle")),
            ("6.1.79-99.167.amzn2023.x86_64", Some("Amazon")),
            ("6.12.57+deb13-amd64", None),
            ("6.17.4-200.fc42.x86_64", None),
            ("6.12.57", None),
            ("7.3.4-arch1-1", None),
        ];
        for (release, expected) in rows {
            assert_eq!(keeper(release, None), expected, "{release}");
        }
        let sles = Os {
            id: "sles".to_string(),
            ..Os::default()
        };
        assert_eq!(keeper("6.4.0-default", Some(&sles)), Some("SUSE"));
        assert_eq!(
            keeper("6.17.4-1-default", None),
            None,
            "Tumbleweed follows upstream"
        );
        for (release, hides) in [
            ("6.1.0-18-amd64", true),
            ("6.12.57-1-amd64", false),
            ("6.1.0", false),
        ] {
            assert_eq!(hides_its_stable_number(release), hides, "{release}");
        }
    }
}
