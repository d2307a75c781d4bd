//! The crates of the workspace, as cargo tells them.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::source::root;

/// A crate of ours.
pub struct Package {
    /// Its name.
    pub name: String,
    /// The root files of its library and of its programs.
    pub roots: Vec<PathBuf>,
    /// It has a description.
    pub described: bool,
    /// Its README.md, if its manifest names one.
    pub readme: Option<PathBuf>,
    /// The crates of ours that it is built from.
    pub needs: Vec<String>,
}

/// Every crate of the workspace.
pub fn packages() -> Vec<Package> {
    let arguments = [
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let list = |key: &str| package[key].as_array().expect("a list").iter();
    let built = |target: &&Value| {
        let kinds = target["kind"].as_array().expect("kinds");
        kinds
            .iter()
            .any(|kind| kind == "lib" || kind == "bin" || kind == "cdylib")
    };
    let needed = |need: &&Value| need["kind"].is_null() && need["path"].is_string();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    Package {
        name: text(&package["name"]),
        described: package["description"].is_string(),
        readme: package["readme"]
            .as_str()
            .map(|readme| manifest.with_file_name(readme)),
        roots: list("targets")
            .filter(built)
            .map(|target| PathBuf::from(text(&target["src_path"])))
            .collect(),
        needs: list("dependencies")
            .filter(needed)
            .map(|need| text(&need["name"]))
            .collect(),
    }
}
