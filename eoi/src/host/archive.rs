//! Captures: a tar with what a run read, packed with zstd, and a manifest of what could not be read.
//!
//! Other tars of a host's files are read as well: packed with gzip, xz or zstd ([`unpack`]), below a directory of their own,
//! or as `sosreport` arranges them ([`sos`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde::{Deserialize, Serialize};

use super::node::{MAX_FILE, Node};

pub mod sos;
pub mod unpack;

use unpack::{Guarded, Unpacked};

/// The manifest's name in a capture.
pub const MANIFEST: &str = "eoi-capture.json";
const SCHEMA: &str = "eoi.capture/1";
/// Entries of a capture at most.
const MAX_ENTRIES: usize = 1 << 18;
/// Bytes at most of the paths and the files that are kept.
const MAX_KEPT: usize = 96 << 20;
/// Bytes of the manifest at most.
const MAX_MANIFEST: usize = 4 << 20;
/// Bytes of one path at most (`PATH_MAX`).
const MAX_PATH: usize = 4096;
/// The first directories, or the ones below a top directory, that are kept.
const KEPT: [&str; 6] = ["proc", "sys", "lib", "usr", "run", "sos_commands"];

#[derive(Default, Serialize, Deserialize)]
struct Manifest {
    schema: String,
    /// Path and why it could not be read.
    unreadable: BTreeMap<String, String>,
}

/// Reads a capture, or another tar of a host's files.
///
/// # Errors
/// It cannot be read, is damaged, or is larger than a capture can be.
pub fn read(path: &Path) -> Result<BTreeMap<String, Node>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    unpack(BufReader::new(file))
        .with_context(|| format!("{name} is no archive of a host's files that can be read"))
}

/// The nodes of a capture in memory.
///
/// # Errors
/// It is damaged, or larger than a capture can be.
pub fn nodes(packed: &[u8]) -> Result<BTreeMap<String, Node>> {
    unpack(packed)
}

fn unpack(packed: impl BufRead) -> Result<BTreeMap<String, Node>> {
    let mut unpacked = Unpacked::new(packed)?;
    let mut guarded = Guarded::new(unpacked.by_ref());
    let nodes = untar(&mut guarded)?;
    let passed = guarded.passed;
    unpacked.finish(passed)?;
    Ok(sos::arranged(sos::below_the_top(nodes)))
}

/// Directories of a host that a run may read. The others of a collection of logs are large, and are passed over.
fn matters(path: &str) -> bool {
    let parts = path.split('/').take(3);
    path == MANIFEST
        || path == "etc/os-release"
        || path.ends_with("/etc/os-release")
        || path.starts_with("lib/modules")
        || parts.into_iter().any(|part| KEPT.contains(&part))
}

fn untar(tar: impl Read) -> Result<BTreeMap<String, Node>> {
    let mut nodes = BTreeMap::new();
    let mut archive = tar::Archive::new(tar);
    let mut kept = 0;
    for (index, entry) in archive.entries().context("it is no tar")?.enumerate() {
        ensure!(
            index < MAX_ENTRIES,
            "it has more than {MAX_ENTRIES} entries"
        );
        let mut entry = entry.map_err(|error| anyhow!("it is no tar, or damaged: {error}"))?;
        let Some(path) = plain(&String::from_utf8_lossy(&entry.path_bytes())) else {
            continue;
        };
        ensure!(
            path.len() <= MAX_PATH,
            "it has a path of {} bytes, and no host has",
            path.len()
        );
        if !matters(&path) {
            continue;
        }
        let Some(node) = node(&mut entry, &path)? else {
            continue;
        };
        kept += path.len()
            + if let Node::File(content) = &node {
                content.len()
            } else {
                64
            };
        ensure!(
            kept <= MAX_KEPT,
            "its files have more than {MAX_KEPT} bytes: unpack it, and give the directory"
        );
        nodes.insert(path, node);
    }
    if nodes.is_empty() {
        bail!("it has no files of /proc or /sys");
    }
    if let Some(Node::File(manifest)) = nodes.remove(MANIFEST) {
        let unreadable = unreadable(&manifest)?.into_iter();
        nodes.extend(unreadable.map(|(path, why)| (path, Node::Unreadable(why))));
    }
    Ok(nodes)
}

/// One entry of a tar; `None` for a kind that no host's files have.
fn node(entry: &mut tar::Entry<'_, impl Read>, path: &str) -> Result<Option<Node>> {
    let kind = entry.header().entry_type();
    Ok(Some(if kind.is_dir() {
        Node::Directory
    } else if kind.is_symlink() {
        let target = entry.link_name_bytes().unwrap_or_default();
        Node::Link(String::from_utf8_lossy(&target).into_owned())
    } else if kind.is_file() {
        ensure!(
            entry.size() <= MAX_FILE as u64,
            "{path} has more than {MAX_FILE} bytes"
        );
        let mut content = Vec::new();
        entry
            .take(MAX_FILE as u64)
            .read_to_end(&mut content)
            .context("it is cut short or damaged")?;
        Node::File(content)
    } else {
        return Ok(None);
    }))
}

/// The files that could not be read, each with the reason, by a capture's manifest.
fn unreadable(manifest: &[u8]) -> Result<BTreeMap<String, String>> {
    ensure!(
        manifest.len() <= MAX_MANIFEST,
        "its manifest has more than {MAX_MANIFEST} bytes"
    );
    let manifest: Manifest =
        serde_json::from_slice(manifest).context("its manifest cannot be read")?;
    ensure!(
        manifest.schema == SCHEMA,
        "its format is '{}', not {SCHEMA}",
        manifest.schema
    );
    Ok(manifest.unreadable)
}

/// `./a//b/` as `a/b`; `None` for nothing and for what points upwards.
fn plain(path: &str) -> Option<String> {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// A capture of these nodes, packed unless `name` ends with `.tar`.
///
/// # Errors
/// A path that no tar can hold.
pub fn pack(nodes: &BTreeMap<String, Node>, name: &Path) -> Result<Vec<u8>> {
    let mut manifest = Manifest {
        schema: SCHEMA.to_string(),
        ..Manifest::default()
    };
    let mut builder = tar::Builder::new(Vec::new());
    for (path, node) in nodes {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(0);
        let put = match node {
            Node::File(bytes) => {
                header.set_size(bytes.len() as u64);
                builder.append_data(&mut header, path, bytes.as_slice())
            }
            Node::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, path, target)
            }
            Node::Directory => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(0o755);
                builder.append_data(&mut header, format!("{path}/"), std::io::empty())
            }
            Node::Printed(_) => Ok(()), // no file of a host
            Node::Unreadable(why) => {
                manifest.unreadable.insert(path.clone(), why.clone());
                Ok(())
            }
        };
        put.with_context(|| format!("cannot put {path} into a tar"))?;
    }
    let json = serde_json::to_vec_pretty(&manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(json.len() as u64);
    builder
        .append_data(&mut header, MANIFEST, json.as_slice())
        .context("cannot put the manifest into a tar")?;
    let tar = builder.into_inner().context("cannot end the tar")?;
    let plain = name.extension().is_some_and(|extension| extension == "tar");
    Ok(if plain {
        tar
    } else {
        compress_to_vec(tar.as_slice(), CompressionLevel::Fastest)
    })
}

/// Writes a capture to a file that does not exist yet.
///
/// # Errors
/// The file exists, or cannot be written.
pub fn write(nodes: &BTreeMap<String, Node>, path: &Path) -> Result<()> {
    let bytes = pack(nodes, path)?;
    let what = || {
        format!(
            "cannot write {}; name a file that does not exist",
            path.display()
        )
    };
    let mut file = File::create_new(path).with_context(what)?;
    file.write_all(&bytes).with_context(what)
}

#[cfg(test)]
mod tests;
