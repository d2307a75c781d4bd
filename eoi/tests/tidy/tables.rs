//! No file is an orphan: each is in a module, and each file beside a table is in the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::imports::definer;
use crate::metadata::packages;
use crate::modules::Modules;
use crate::source::{files, root, short};

/// Every library and program of the workspace.
pub fn targets() -> Vec<(String, Modules)> {
    let read = |path: &Path| fs::read_to_string(path).ok();
    let of = |package: crate::metadata::Package| {
        package
            .roots
            .into_iter()
            .map(move |root| (package.name.clone(), Modules::read(&root, &read)))
    };
    packages().into_iter().flat_map(of).collect()
}

#[test]
fn no_file_is_in_no_module() {
    let read = |path: PathBuf| short(&path);
    let named: BTreeSet<String> = targets()
        .into_iter()
        .flat_map(|(_, modules)| modules.files)
        .map(read)
        .collect();
    assert!(named.len() > 100, "only {} files were found", named.len());
    for (name, text) in files("rs")
        .iter()
        .filter(|(name, _)| name.contains("/src/"))
    {
        let stem = Path::new(name)
            .file_stem()
            .expect("a name")
            .to_string_lossy();
        // Modules of tests are not looked into: a declaration in the file around is enough.
        let around = Path::new(name)
            .parent()
            .map(|dir| root().join(dir).with_extension("rs"));
        let tests = around.and_then(|file| fs::read_to_string(file).ok());
        let for_tests =
            tests.is_some_and(|text| text.contains(&format!("#[cfg(test)]\nmod {stem};")));
        assert!(
            named.contains(name) || for_tests,
            "{name} is in no module, {} lines",
            text.lines().count()
        );
    }
}

/// Files beside a table that the table does not name.
pub fn orphans(modules: &Modules) -> Vec<String> {
    let mut orphans = Vec::new();
    for (index, module) in modules.all.iter().enumerate() {
        let entries = module
            .entries
            .iter()
            .filter_map(|entry| definer(modules, index, entry));
        let named: BTreeSet<usize> = entries
            .filter(|&entry| modules.all[entry].parent == index)
            .collect();
        let missing = module
            .children
            .values()
            .filter(|child| !named.contains(child));
        if !named.is_empty() {
            orphans.extend(missing.map(|&child| modules.all[child].name.clone()));
        }
    }
    orphans
}

#[test]
fn no_file_beside_a_table_is_missing_in_it() {
    let mut tables = 0;
    for (name, modules) in targets() {
        tables += modules
            .all
            .iter()
            .filter(|module| !module.entries.is_empty())
            .count();
        let orphans = orphans(&modules);
        assert!(
            orphans.is_empty(),
            "{name}: in no table: {}",
            orphans.join(", ")
        );
    }
    assert!(tables >= 4, "only {tables} tables were found");
}
