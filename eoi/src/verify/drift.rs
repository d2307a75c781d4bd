//! The functions that the model cites: which of them a source has, and which differ from those of the source that was read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use eoi_model::config::{Config, Path as Way};
use eoi_model::irqchip;
use eoi_model::kernels::Kernel;
use eoi_model::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounded;

/// A source that is looked at.
pub struct Looked<'a> {
    /// Its directory.
    pub root: &'a Path,
    /// Its version.
    pub version: &'a str,
}

/// The functions of a source that the model cites or calls, beside those of another source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The version of the source.
    pub source: String,
    /// The version of the other one, if it could be had and is another.
    pub before: Option<String>,
    /// How many are there, and are the same as in the other one.
    pub same: usize,
    /// Those that differ, as FILE:FUNCTION.
    pub changed: Vec<String>,
    /// Those that are not there.
    pub gone: Vec<String>,
}

/// The functions that the model cites for this kernel, each with its file: where its events stand, on every way and controller.
/// QEMU's are left out.
fn cited(kernel: &Kernel) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for chip in irqchip::ALL {
        for way in Way::ALL.into_iter().chain([Way::Program]) {
            let Ok(system) = System::new(&Config::new(chip, kernel, way)) else {
                continue;
            };
            for event in system.events() {
                all.extend(functions(system.cites(event)));
            }
        }
    }
    all
}

/// The functions in a citation `FILE:FUNCTION, FUNCTION (release)` of the kernel.
fn functions(cites: &str) -> Vec<(String, String)> {
    let Some((file, names)) = cites.split_once(':') else {
        return Vec::new();
    };
    let of_the_kernel = file.ends_with(".c") && !file.starts_with("hw/");
    names
        .split(", ")
        .filter_map(|name| name.split(' ').next())
        .filter(|_| of_the_kernel)
        .map(|name| (file.to_string(), name.to_string()))
        .collect()
}

/// Compares what the model cites, and these functions that it calls, which are in one of these files.
///
/// # Errors
/// A file cannot be read.
pub fn drift(
    kernel: &Kernel,
    calls: &BTreeSet<&'static str>,
    files: &[String],
    source: &Looked<'_>,
    before: Option<&Looked<'_>>,
) -> Result<Drift> {
    let mut texts = Texts::default();
    let mut drift = Drift {
        source: source.version.to_string(),
        before: before.map(|before| before.version.to_string()),
        ..Drift::default()
    };
    let mut wanted: Vec<(Vec<String>, String)> = cited(kernel)
        .into_iter()
        .map(|(file, name)| (vec![file], name))
        .collect();
    let named: BTreeSet<String> = wanted.iter().map(|(_, name)| name.clone()).collect();
    // irq_handler_entry and irq_handler_exit are tracepoints.
    let is_function = |name: &str| !name.starts_with("irq_handler_");
    let more = calls
        .iter()
        .filter(|name| is_function(name) && !named.contains(**name));
    wanted.extend(more.map(|name| (files.to_vec(), (*name).to_string())));
    for (files, name) in &wanted {
        let mut found = None;
        for file in files {
            if let Some(body) = texts.body(source.root, file, name)? {
                found = Some((file, body));
                break;
            }
        }
        let Some((file, body)) = found else {
            let file = if files.len() == 1 {
                files[0].as_str()
            } else {
                ""
            };
            drift
                .gone
                .push(format!("{file}:{name}").trim_start_matches(':').to_string());
            continue;
        };
        let old = match before {
            Some(before) => texts.body(before.root, file, name)?,
            None => None,
        };
        if before.is_none() || old.as_ref() == Some(&body) {
            drift.same += 1;
        } else {
            drift.changed.push(format!("{file}:{name}"));
        }
    }
    Ok(drift)
}

/// Files that were read.
#[derive(Default)]
struct Texts(BTreeMap<std::path::PathBuf, String>);

impl Texts {
    fn body(&mut self, root: &Path, file: &str, name: &str) -> Result<Option<String>> {
        let path = root.join(file);
        if !path.exists() {
            return Ok(None);
        }
        if !self.0.contains_key(&path) {
            let bytes = bounded::bytes(&path, bounded::TEXT)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.0.insert(path.clone(), without_comments(&text));
        }
        Ok(body(&self.0[&path], name))
    }
}

/// C without its comments.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*") {
        plain.push_str(&rest[..at]);
        plain.push(' ');
        rest = rest[at..].split_once("*/").map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// Every definition of a function in C without comments, its words one blank apart. A definition begins in the first column and
/// ends with a brace there, as the kernel's do.
fn body(text: &str, name: &str) -> Option<String> {
    let mut bodies = String::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let here = &text[at..];
        at += line.len();
        if line.starts_with([' ', '\t', '#', '{', '}', '\n']) || !names(line, name) {
            continue;
        }
        let opens = here.find('{').unwrap_or(here.len());
        let ends = here.find(';').unwrap_or(here.len());
        if opens > ends || opens == here.len() {
            continue; // a declaration
        }
        let end = here.find("\n}").unwrap_or(here.len());
        bodies.extend(here[..end].split_whitespace().flat_map(|word| [word, " "]));
    }
    (!bodies.is_empty()).then_some(bodies)
}

/// Whether this line begins a function of this name: `type NAME(` or `MACRO(NAME)`.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let plain = after.starts_with('(') && !before.ends_with(is_word);
        let of_macro = before.ends_with('(')
            && after.starts_with([')', ','])
            && before
                .trim_end_matches('(')
                .chars()
                .all(|c| is_word(c) && !c.is_lowercase());
        plain && !before.contains('(') || of_macro
    })
}

#[cfg(test)]
mod tests {
    use eoi_model::kernels;

    use super::*;

    const OLD: &str = "int x(void);\nstatic int\nx(void)\n{\n\treturn 1; /* x() { */\n}\n\
                       DEFINE_ENTRY(entry)\n{\n\treturn y(x());\n}\n";

    fn of(text: &str, name: &str) -> Option<String> {
        body(&without_comments(text), name)
    }

    #[test]
    fn a_body_is_found_and_neither_a_declaration_nor_a_call_is_one() {
        assert_eq!(of(OLD, "x").as_deref(), Some("x(void) { return 1; "));
        assert_eq!(
            of(OLD, "entry").as_deref(),
            Some("DEFINE_ENTRY(entry) { return y(x()); ")
        );
        assert_eq!(of(OLD, "y"), None);
        assert_eq!(of(OLD, "ent"), None);
    }

    #[test]
    fn only_what_is_compiled_makes_a_difference() {
        let laid_out = OLD.replace("return 1; /* x() { */", "return  1;\n");
        assert_eq!(of(OLD, "x"), of(&laid_out, "x"));
        let other = OLD.replace("return 1", "return 2");
        assert_ne!(of(OLD, "x"), of(&other, "x"));
        assert_eq!(of(OLD, "entry"), of(&other, "entry"));
    }

    #[test]
    fn every_function_that_is_cited_is_looked_for_in_its_file() {
        assert_eq!(
            functions("a/b.c:one, two (7.3)"),
            [
                ("a/b.c".into(), "one".into()),
                ("a/b.c".into(), "two".into())
            ]
        );
        assert!(functions("hw/vfio/pci.c:x").is_empty() && functions("PCI 3.0, 2.2.6").is_empty());
        assert!(cited(kernels::newest()).len() > 30);
    }

    #[test]
    fn what_changed_and_what_is_gone_is_named() {
        let place = tempfile::tempdir().expect("a directory");
        let write = |tree: &str, text: &str| {
            let file = place.path().join(tree).join("x.c");
            std::fs::create_dir_all(file.parent().expect("a tree")).expect("a tree");
            std::fs::write(file, text).expect("a file");
        };
        write("old", OLD);
        write("new", &OLD.replace("return 1", "return 2"));
        let at = |tree: &str| place.path().join(tree);
        let (old, new) = (at("old"), at("new"));
        let look = |root, version| Looked { root, version };
        let calls = BTreeSet::from(["x", "entry", "nowhere"]);
        let drift = drift(
            kernels::newest(),
            &calls,
            &["y.c".to_string(), "x.c".to_string()],
            &look(&new, "2"),
            Some(&look(&old, "1")),
        )
        .expect("a comparison");
        assert_eq!(drift.changed, ["x.c:x"]);
        assert_eq!(drift.same, 1);
        assert!(
            drift.gone.contains(&"nowhere".to_string()),
            "{:?}",
            drift.gone
        );
        assert!(
            drift
                .gone
                .contains(&"kernel/irq/spurious.c:note_interrupt".to_string())
        );
    }
}
