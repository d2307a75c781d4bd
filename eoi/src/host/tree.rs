//! Where a host's files are read: this machine, a directory, a capture, or nodes in memory. Nothing is ever written.
//!
//! Paths are relative to the root and have no leading slash: `proc/interrupts`. Every read leaves a [`Note`], so that
//! what could not be seen can be said, and, with [`Tree::recording`], what was seen can be captured.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use anyhow::{Context, Result, bail};

use super::archive::{self, sos};
use super::node::{MAX_FILE, MAX_NAMES, Node};
use super::pci::{self, Config};

#[cfg(test)]
mod tests;

/// Bytes of one file at most that is read line by line.
const MAX_STREAM: u64 = 1 << 30;
/// Bytes of one line at most: /proc/interrupts has 11 a CPU, and Linux knows at most 8,192 of them.
const MAX_LINE: u64 = 1 << 20;

/// How an attempt to read a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It was read.
    Read,
    /// There is no such file.
    Missing,
    /// It was not readable, for this reason.
    Unreadable(String),
}

/// A host's files.
pub struct Tree {
    source: Source,
    /// Files that are made of what commands printed, beside those of a directory.
    printed: BTreeMap<String, Node>,
    name: String,
    notes: Mutex<BTreeMap<String, Note>>,
    record: Option<Mutex<BTreeMap<String, Node>>>,
}

enum Source {
    Directory(PathBuf),
    Nodes(BTreeMap<String, Node>),
}

impl Tree {
    /// This machine.
    #[must_use]
    pub fn live() -> Self {
        Self::new(
            Source::Directory(PathBuf::from("/")),
            "this machine".to_string(),
        )
    }

    /// A directory that has a host's `proc` and `sys`.
    ///
    /// # Errors
    /// It is no directory, or cannot be looked at.
    pub fn directory(path: &Path) -> Result<Self> {
        let what = || {
            format!(
                "cannot read {}; give a directory that has proc and sys, or a capture",
                path.display()
            )
        };
        if !std::fs::metadata(path).with_context(what)?.is_dir() {
            bail!("{} is no directory", path.display());
        }
        let root = sos::directory_below_the_top(path);
        let printed = sos::printed(&root);
        Ok(Self {
            printed,
            ..Self::new(Source::Directory(root), path.display().to_string())
        })
    }

    /// A capture that [`archive::write`] wrote, or any tar of a host's files, packed or not.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or is larger than a capture can be.
    pub fn archive(path: &Path) -> Result<Self> {
        let nodes = archive::read(path)?;
        Ok(Self::new(Source::Nodes(nodes), path.display().to_string()))
    }

    /// A directory or a capture, whatever stands at `path`.
    ///
    /// # Errors
    /// As [`Tree::directory`] and [`Tree::archive`].
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_file() {
            Self::archive(path)
        } else {
            Self::directory(path)
        }
    }

    /// Files in memory, by paths without a leading slash.
    #[must_use]
    pub fn from_nodes(nodes: BTreeMap<String, Node>) -> Self {
        Self::new(Source::Nodes(nodes), "these files".to_string())
    }

    fn new(source: Source, name: String) -> Self {
        Self {
            source,
            printed: BTreeMap::new(),
            name,
            notes: Mutex::default(),
            record: None,
        }
    }

    /// The same tree under another name in messages.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same tree, which keeps what it reads for [`Tree::recorded`].
    #[must_use]
    pub fn recording(mut self) -> Self {
        self.record = Some(Mutex::default());
        self
    }

    /// The name of the tree in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How each attempt to read a path ended, by path.
    #[must_use]
    pub fn notes(&self) -> BTreeMap<String, Note> {
        lock(&self.notes).clone()
    }

    /// Everything that was read or found unreadable since [`Tree::recording`].
    #[must_use]
    pub fn recorded(&self) -> BTreeMap<String, Node> {
        self.record
            .as_ref()
            .map(|record| lock(record).clone())
            .unwrap_or_default()
    }

    /// The first `limit` bytes of a file; `None` if it is missing or unreadable, which is noted.
    #[must_use]
    pub fn bytes(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        self.filtered(path, limit, |bytes| bytes)
    }

    /// Does the same as [`Tree::bytes`], and returns and records only the bytes that `keep` leaves.
    #[must_use]
    pub fn filtered(
        &self,
        path: &str,
        limit: usize,
        keep: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Option<Vec<u8>> {
        let limit = limit.min(MAX_FILE);
        let read = match self.place(path) {
            Place::Path(path) => read_file(&path, limit),
            Place::Node(Some(Node::File(bytes))) => Ok(bytes[..bytes.len().min(limit)].to_vec()),
            Place::Node(node) => Err(absent(node)),
        };
        let bytes = self.noted(path, read.map(keep))?;
        self.keep(path, || Node::File(bytes.clone()));
        Some(bytes)
    }

    /// A function's configuration space, from its bytes or as a text tells of it, and how many bytes could be read.
    #[must_use]
    pub fn config(&self, path: &str) -> Option<(Config, usize)> {
        if let Place::Node(Some(Node::Printed(config))) = self.place(path) {
            return self.noted(path, Ok((*config, 0)));
        }
        let bytes = self.filtered(path, pci::SIZE, pci::redact)?;
        Some((Config::parse(&bytes)?, bytes.len()))
    }

    /// A short file as text without the white space around it.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        let bytes = self.bytes(path, 1 << 16)?;
        Some(String::from_utf8_lossy(&bytes).trim().to_string())
    }

    /// Hands each line of a file to `each`, with its number from 1; whether the file could be read to its end. A live
    /// file is never in memory as a whole.
    pub fn lines(&self, path: &str, mut each: impl FnMut(usize, &str)) -> bool {
        if let (Place::Path(file), None) = (self.place(path), &self.record) {
            let read = open(&file).and_then(|file| {
                each_line(
                    BufReader::with_capacity(1 << 16, file.take(MAX_STREAM)),
                    each,
                )
            });
            return self.noted(path, read).is_some();
        }
        let Some(bytes) = self.bytes(path, MAX_FILE) else {
            return false;
        };
        each_line(bytes.as_slice(), &mut each).is_ok()
    }

    /// The last component of a link's target.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<String> {
        let target = match self.place(path) {
            Place::Path(path) => {
                std::fs::read_link(path).map(|target| target.to_string_lossy().into_owned())
            }
            Place::Node(Some(Node::Link(target))) => Ok(target.clone()),
            Place::Node(node) => Err(absent(node)),
        };
        let target = self.noted(path, target)?;
        let last = target
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_string();
        self.keep(path, || Node::Link(last.clone()));
        Some(last)
    }

    /// The names in a directory, sorted, at most [`MAX_NAMES`]; `None` if there is no such directory or it cannot be
    /// listed.
    #[must_use]
    pub fn names(&self, path: &str) -> Option<Vec<String>> {
        let names = match &self.source {
            Source::Directory(root) => {
                list_nodes(&self.printed, path).or_else(|_| list(&root.join(path)))
            }
            Source::Nodes(nodes) => list_nodes(nodes, path),
        };
        let names = self.noted(path, names)?;
        self.keep(path, || Node::Directory);
        for name in &names {
            self.keep(&format!("{path}/{name}"), || Node::Directory);
        }
        Some(names)
    }

    /// Where a file is looked for.
    fn place(&self, path: &str) -> Place<'_> {
        match &self.source {
            Source::Nodes(nodes) => Place::Node(nodes.get(path)),
            Source::Directory(root) => match self.printed.get(path) {
                Some(node) => Place::Node(Some(node)),
                None => Place::Path(root.join(path)),
            },
        }
    }

    /// Notes how a read ended, and takes its result.
    fn noted<T>(&self, path: &str, read: io::Result<T>) -> Option<T> {
        let (note, value) = match read {
            Ok(value) => (Note::Read, Some(value)),
            Err(error) if is_absent(&error) => (Note::Missing, None),
            Err(error) => {
                let why = reason(&error);
                self.keep(path, || Node::Unreadable(why.clone()));
                (Note::Unreadable(why), None)
            }
        };
        lock(&self.notes).insert(path.to_string(), note);
        value
    }

    fn keep(&self, path: &str, node: impl FnOnce() -> Node) {
        let Some(record) = &self.record else { return };
        let mut record = lock(record);
        // A name that a directory was found to have may turn out to be a file; never the other way round.
        if !record.contains_key(path) || record.get(path) == Some(&Node::Directory) {
            record.insert(path.to_string(), node());
        }
    }
}

/// Where one file is looked for.
enum Place<'a> {
    Path(PathBuf),
    Node(Option<&'a Node>),
}

/// Why a node is not what was asked for.
fn absent(node: Option<&Node>) -> io::Error {
    match node {
        Some(Node::Unreadable(why)) => io::Error::other(why.clone()),
        _ => io::ErrorKind::NotFound.into(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Missing, or below something that is no directory.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        "Permission denied".to_string()
    } else {
        error.to_string()
    }
}

/// Opens for reading. Anything but a plain file is refused before a byte is read from it, and never waited for.
fn open(path: &Path) -> io::Result<File> {
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nonblock)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a plain file"))
    }
}

fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn each_line(mut reader: impl BufRead, mut each: impl FnMut(usize, &str)) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)?
            == 0
        {
            break;
        }
        each(number, String::from_utf8_lossy(&line).trim_end());
    }
    Ok(())
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)?.take(MAX_NAMES) {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn list_nodes(nodes: &BTreeMap<String, Node>, path: &str) -> io::Result<Vec<String>> {
    if let Some(Node::Unreadable(why)) = nodes.get(path) {
        return Err(io::Error::other(why.clone()));
    }
    let prefix = format!("{path}/");
    let below = nodes
        .range(prefix.clone()..)
        .map_while(|(path, _)| path.strip_prefix(&prefix));
    let names: BTreeSet<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
    if names.is_empty() && nodes.get(path) != Some(&Node::Directory) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(names
        .into_iter()
        .take(MAX_NAMES)
        .map(str::to_string)
        .collect())
}
