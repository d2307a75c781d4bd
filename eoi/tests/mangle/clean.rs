//! The clean texts: lspci and /proc/interrupts as the programs print them.
//!
//! A file of `clean/` says first why it is there; its sections are the arguments, what must be found, and the two texts.
//! The expected result: `exit N`, `not NAME`, `not-said WORDS`, `SEVERITY NAME [FUNCTION [irq N [WORDS]]]`, where `*`
//! stands for any severity or name, `null` for no function, and the words stand in the finding.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::fixture::{self, Fixture};
use crate::printed;

/// The texts of one host.
#[derive(Clone, Debug, Default)]
pub struct Clean {
    pub name: String,
    /// Beside the texts: release, addresses.
    pub arguments: Vec<String>,
    /// The findings that the clean texts must have.
    pub expect: Vec<String>,
    pub lspci: Vec<u8>,
    pub interrupts: Option<Vec<u8>>,
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(!files.is_empty(), "{} has no text", folder.display());
    files
}

fn name(path: &Path) -> String {
    path.file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

/// The texts of `clean/`, which differ in kind.
pub fn chosen() -> Vec<Clean> {
    files("mangle/clean")
        .iter()
        .map(|path| read(path))
        .collect()
}

fn read(path: &Path) -> Clean {
    let text = std::fs::read_to_string(path).expect("UTF-8");
    let mut clean = Clean {
        name: name(path),
        ..Clean::default()
    };
    let mut section = "";
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(title) = bare
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"))
        {
            section = title;
            continue;
        }
        match section {
            "" => {}
            "arguments" => clean
                .arguments
                .extend(bare.split_whitespace().map(str::to_string)),
            "expect" => clean.expect.push(bare.to_string()),
            "lspci" => clean.lspci.extend(line.as_bytes()),
            "interrupts" => clean
                .interrupts
                .get_or_insert_default()
                .extend(line.as_bytes()),
            _ => panic!("{}: there is no section {section}", path.display()),
        }
    }
    clean
}

/// A kernel with the INTx fix, on which the searches are short: the release is no part of the texts.
const RELEASE: [&str; 2] = ["--release", "6.18.1"];

/// Texts that are like another one for pairs of manglings.
const LIKE_OTHERS: [&str; 3] = ["disintx-unknown", "pin-unknown", "two-functions"];

/// Those of them on which pairs are tried, with the release that makes the searches short.
pub fn for_pairs() -> Vec<Clean> {
    let mut texts = chosen();
    texts.retain(|clean| !LIKE_OTHERS.contains(&clean.name.as_str()));
    for clean in &mut texts {
        if let Some(at) = clean
            .arguments
            .iter()
            .position(|argument| argument == RELEASE[0])
        {
            clean.arguments[at + 1] = RELEASE[1].to_string();
        }
    }
    texts
}

/// Kinds of text that public reports have and that were answered wrongly, with values of our own.
pub fn reports() -> Vec<Clean> {
    files("mangle/reports")
        .iter()
        .map(|path| read(path))
        .collect()
}

/// The samples of real lspci output, and every fixture host whose functions can be printed: single manglings are tried on
/// them as well. Hosts that differ only in what the two texts do not say are tried once.
pub fn others() -> Vec<Clean> {
    let sample = |path: &PathBuf| Clean {
        name: format!("lspci/{}", name(path)),
        lspci: std::fs::read(path).expect("a file"),
        ..Clean::default()
    };
    let mut seen = BTreeSet::new();
    let hosts = fixture::all()
        .iter()
        .filter_map(host)
        .collect::<Vec<_>>()
        .into_iter();
    let hosts = hosts.filter(|host| seen.insert((host.lspci.clone(), host.interrupts.clone())));
    let samples = files("lspci");
    samples.iter().map(sample).chain(hosts).collect()
}

/// A fixture host as its owner would post it.
fn host(host: &Fixture) -> Option<Clean> {
    let text = |path: &str| printed::text(&host.nodes, path);
    let lspci = printed::lspci(&host.nodes);
    let interrupts = text("proc/interrupts").map(String::into_bytes);
    (!lspci.is_empty()).then(|| Clean {
        name: format!("hosts/{}", host.name),
        arguments: RELEASE.map(str::to_string).to_vec(),
        expect: Vec::new(),
        lspci: lspci.into_bytes(),
        interrupts,
    })
}
