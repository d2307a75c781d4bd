//! Which file of a crate imports which: the file that defines what a path names, through re-exports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::Modules;
use crate::source::short;

/// Re-exports that are followed at most.
const DEPTH: usize = 16;

/// One import, between modules.
pub struct Import {
    /// The module that has it.
    pub from: usize,
    /// The module that defines what is imported.
    pub to: usize,
    /// Where it stands in the file.
    pub line: usize,
    /// The path, as it is written.
    pub path: String,
}

/// Every import from one file of a crate to another.
pub fn imports(modules: &Modules) -> Vec<Import> {
    let mut imports = Vec::new();
    for (from, module) in modules.all.iter().enumerate() {
        for (line, path) in &module.paths {
            let Some(to) = definer(modules, from, path) else {
                continue;
            };
            if modules.all[to].file != module.file {
                imports.push(Import {
                    from,
                    to,
                    line: *line,
                    path: path.join("::"),
                });
            }
        }
    }
    imports
}

/// The module that defines what a path names; `None` if it is not in this crate.
pub fn definer(modules: &Modules, from: usize, path: &[String]) -> Option<usize> {
    defines(modules, from, path, DEPTH)
}

fn defines(modules: &Modules, from: usize, path: &[String], depth: usize) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let module = &modules.all[from];
    match first.as_str() {
        "crate" => walk(modules, 0, rest, depth),
        "self" => walk(modules, from, rest, depth),
        "super" => walk(modules, module.parent, rest, depth),
        name if module.children.contains_key(name) => walk(modules, from, path, depth),
        _ if depth == 0 => None,
        name => match module.names.get(name) {
            Some(named) if named.first() == Some(first) => None, // another crate
            Some(named) => defines(modules, from, &[named, rest].concat(), depth - 1),
            None => globbed(modules, from, first, depth)
                .and_then(|module| walk(modules, module, path, depth - 1)),
        },
    }
}

/// Goes down a path from a module.
fn walk(modules: &Modules, at: usize, path: &[String], depth: usize) -> Option<usize> {
    let Some((first, rest)) = path.split_first() else {
        return Some(at);
    };
    let module = &modules.all[at];
    if first == "super" {
        return walk(modules, module.parent, rest, depth);
    }
    if let Some(&child) = module.children.get(first) {
        return walk(modules, child, rest, depth);
    }
    if module.items.contains(first) || depth == 0 {
        return Some(at);
    }
    if let Some(named) = module.names.get(first) {
        return defines(modules, at, &[named, rest].concat(), depth - 1);
    }
    globbed(modules, at, first, depth)
        .map_or(Some(at), |module| walk(modules, module, path, depth - 1))
}

/// The module out of which a `use …::*` brings a name in.
fn globbed(modules: &Modules, at: usize, name: &str, depth: usize) -> Option<usize> {
    let globs = modules.all[at]
        .globs
        .iter()
        .filter_map(|glob| defines(modules, at, glob, depth - 1));
    let has = |&module: &usize| {
        let module = &modules.all[module];
        module.items.contains(name)
            || module.names.contains_key(name)
            || module.children.contains_key(name)
    };
    globs.into_iter().find(has)
}

/// The rings: every set of files that import each other, each as a shortest way round through it.
pub fn rings(modules: &Modules, imports: &[Import]) -> Vec<String> {
    let file = |module: usize| modules.all[module].file;
    let mut edges: BTreeMap<usize, BTreeMap<usize, &Import>> = BTreeMap::new();
    for import in imports {
        edges
            .entry(file(import.from))
            .or_default()
            .entry(file(import.to))
            .or_insert(import);
    }
    let mut told = BTreeSet::new();
    let mut rings = Vec::new();
    for &start in edges.keys() {
        if told.contains(&start) {
            continue;
        }
        let Some(way) = way_back(&edges, start) else {
            continue;
        };
        let members = ring_of(&edges, start);
        let mut text = format!("{} files import each other in a ring:\n", members.len());
        for step in way {
            let (from, to) = (
                &modules.files[file(step.from)],
                &modules.files[file(step.to)],
            );
            text += &format!(
                "    {}:{}: {} -> {}\n",
                short(from),
                step.line,
                step.path,
                short(to)
            );
        }
        if members.len() > 2 {
            let names: Vec<String> = members
                .iter()
                .map(|&file| short(&modules.files[file]))
                .collect();
            text += &format!("    all of them: {}\n", names.join(", "));
        }
        told.extend(members);
        rings.push(text);
    }
    rings
}

type Edges<'a> = BTreeMap<usize, BTreeMap<usize, &'a Import>>;

/// A shortest way from a file back to itself.
fn way_back<'a>(edges: &Edges<'a>, start: usize) -> Option<Vec<&'a Import>> {
    let mut came: BTreeMap<usize, (usize, &Import)> = BTreeMap::new();
    let mut todo = VecDeque::from([start]);
    while let Some(at) = todo.pop_front() {
        for (&to, &import) in edges.get(&at).into_iter().flatten() {
            if came.contains_key(&to) {
                continue;
            }
            came.insert(to, (at, import));
            if to == start {
                let mut way = vec![import];
                let mut at = at;
                while at != start {
                    let (before, import) = came[&at];
                    way.push(import);
                    at = before;
                }
                way.reverse();
                return Some(way);
            }
            todo.push_back(to);
        }
    }
    None
}

/// Every file that both reaches this one and is reached from it.
fn ring_of(edges: &Edges<'_>, start: usize) -> BTreeSet<usize> {
    let reached = reach(start, |at| {
        edges
            .get(&at)
            .into_iter()
            .flatten()
            .map(|(&to, _)| to)
            .collect()
    });
    let back = reach(start, |at| {
        edges
            .iter()
            .filter(|(_, to)| to.contains_key(&at))
            .map(|(&from, _)| from)
            .collect()
    });
    reached.intersection(&back).copied().collect()
}

fn reach(start: usize, next: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let (mut seen, mut todo) = (BTreeSet::new(), vec![start]);
    while let Some(at) = todo.pop() {
        for to in next(at) {
            if seen.insert(to) {
                todo.push(to);
            }
        }
    }
    seen
}
