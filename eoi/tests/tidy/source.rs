//! The files of the tree.

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's directory.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_path_buf()
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a readable directory") {
        let path = entry.expect("a directory entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                walk(&path, files);
            }
        } else if !name.ends_with(".lock") {
            files.push(path);
        }
    }
}

/// Every file of the tree, by its path.
fn every_file() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.sort();
    paths
}

/// The name of every file below the workspace, whatever is in it.
pub fn names() -> Vec<String> {
    every_file().iter().map(|path| short(path)).collect()
}

/// Every file with this extension: its name below the workspace, and its text.
pub fn files(extension: &str) -> Vec<(String, String)> {
    let paths = every_file();
    let wanted = paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == extension));
    let found: Vec<_> = wanted
        .map(|path| {
            (
                short(&path),
                fs::read_to_string(&path).expect("a text file"),
            )
        })
        .collect();
    assert!(!found.is_empty(), "no .{extension} file was looked at");
    found
}

/// A path as it is below the workspace.
pub fn short(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
