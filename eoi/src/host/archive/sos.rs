//! Collections of logs: files below a directory of their own, and the layout of `sosreport`.
//!
//! sosreport copies /proc and parts of /sys, and keeps what commands printed: `sos_commands/pci/lspci_-nnvv`,
//! `sos_commands/kernel/uname_-a`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::host::lspci;
use crate::host::node::Node;
use crate::host::paths::{DEVICES, RELEASE};

/// Where sosreport keeps what lspci printed.
pub const LSPCI: &str = "sos_commands/pci";
/// Where it keeps what uname printed.
pub const UNAME: &str = "sos_commands/kernel/uname_-a";

/// Where it keeps the kernel's log.
pub const DMESG: &str = "sos_commands/kernel/dmesg";

/// The same nodes without the directory that all of them stand in, if a host's directories are below it.
#[must_use]
pub fn below_the_top(nodes: BTreeMap<String, Node>) -> BTreeMap<String, Node> {
    let is_host = |path: &str| {
        ["proc", "sys", "sos_commands"].contains(&path.split('/').next().unwrap_or_default())
    };
    if nodes.keys().any(|path| is_host(path)) {
        return nodes;
    }
    let below = |path: &String| {
        path.split_once('/')
            .filter(|(_, rest)| is_host(rest))
            .map(|(top, _)| top.to_string())
    };
    let Some(top) = nodes.keys().find_map(below) else {
        return nodes;
    };
    let prefix = format!("{top}/");
    let inside = nodes
        .into_iter()
        .filter_map(|(path, node)| Some((path.strip_prefix(&prefix)?.to_string(), node)));
    inside.collect()
}

/// The same nodes, with functions and release from what commands printed where /sys and /proc were not copied.
#[must_use]
pub fn arranged(mut nodes: BTreeMap<String, Node>) -> BTreeMap<String, Node> {
    let devices = format!("{DEVICES}/");
    let listed = nodes
        .keys()
        .any(|path| path.starts_with(&devices) && path.ends_with("/config"));
    let printed = nodes
        .range(format!("{LSPCI}/lspci")..)
        .take_while(|(path, _)| path.starts_with(LSPCI));
    let texts: Vec<&[u8]> = printed.filter_map(|(_, node)| file(node)).collect();
    let listing = (!listed && !texts.is_empty()).then(|| lspci::read(&texts.join(&b'\n')));
    if let Some(Ok(listing)) = listing {
        for (path, node) in listing.nodes {
            nodes.entry(path).or_insert(node);
        }
    }
    let release = nodes.get(UNAME).and_then(file).and_then(release);
    if let Some(release) = release.filter(|_| !nodes.contains_key(RELEASE)) {
        nodes.insert(RELEASE.to_string(), Node::File(release.into_bytes()));
    }
    nodes
}

/// The only directory below `path` that has a host's files, where `path` itself has none.
#[must_use]
pub fn directory_below_the_top(path: &Path) -> PathBuf {
    let is_host = |path: &Path| {
        ["proc", "sys", "sos_commands"]
            .iter()
            .any(|name| path.join(name).is_dir())
    };
    if is_host(path) {
        return path.to_path_buf();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().take(64);
    let mut hosts = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_host(path));
    match (hosts.next(), hosts.next()) {
        (Some(only), None) => only,
        _ => path.to_path_buf(),
    }
}

/// The files that [`arranged`] adds to a directory.
#[must_use]
pub fn printed(root: &Path) -> BTreeMap<String, Node> {
    let mut nodes = BTreeMap::new();
    let mut take = |path: String| {
        if let Ok(bytes) = bounded::bytes(&root.join(&path), lspci::MAX_TEXT as u64) {
            nodes.insert(path, Node::File(bytes));
        }
    };
    for path in [UNAME, RELEASE] {
        take(path.to_string());
    }
    let entries = std::fs::read_dir(root.join(LSPCI))
        .into_iter()
        .flatten()
        .take(64)
        .filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
        .iter()
        .filter(|name| name.starts_with("lspci"))
        .for_each(|name| take(format!("{LSPCI}/{name}")));
    let given: Vec<String> = nodes.keys().cloned().collect();
    if root.join(DEVICES).is_dir() {
        nodes.retain(|path, _| !path.starts_with(LSPCI));
    }
    let mut nodes = arranged(nodes);
    nodes.retain(|path, _| !given.contains(path));
    nodes
}

fn file(node: &Node) -> Option<&[u8]> {
    if let Node::File(bytes) = node {
        Some(bytes)
    } else {
        None
    }
}

/// `Linux host 5.14.0-503.el9.x86_64 #1 SMP ...`
#[must_use]
pub fn release(uname: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(uname.get(..1024).unwrap_or(uname)).into_owned();
    let mut words = text.split_whitespace().skip_while(|word| *word != "Linux");
    words
        .nth(2)
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_reads_as_the_host_that_it_is_of() {
        let file = |text: &str| Node::File(text.as_bytes().to_vec());
        let lspci =
            "01:00.0 Ethernet controller [0200]: X [8086:1533]\n\tFlags: fast devsel, IRQ 16\n";
        let nodes = BTreeMap::from([
            (
                "sosreport-host/proc/interrupts".to_string(),
                file(" CPU0\n 16: 1 IO-APIC 16-fasteoi eth0\n"),
            ),
            (
                "sosreport-host/sos_commands/pci/lspci_-nnvv".to_string(),
                file(lspci),
            ),
            (
                "sosreport-host/sos_commands/kernel/uname_-a".to_string(),
                file("Linux host 5.14.0-503.el9 #1 SMP\n"),
            ),
        ]);
        let host = arranged(below_the_top(nodes));
        assert_eq!(host.get(RELEASE), Some(&file("5.14.0-503.el9")));
        assert!(host.contains_key("proc/interrupts"));
        assert_eq!(
            host.get("sys/bus/pci/devices/0000:01:00.0/irq"),
            Some(&file("16\n"))
        );
    }
}
