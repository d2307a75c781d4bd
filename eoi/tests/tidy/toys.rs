//! The tidy tests on small crates with known answers.

use std::path::Path;

use crate::imports::{imports, rings};
use crate::modules::Modules;
use crate::order::upward;
use crate::tables::orphans;

/// A crate of a few files, by their names below `src`.
fn toy(files: &[(&str, &str)]) -> Modules {
    let read = |path: &Path| {
        let wanted = path.strip_prefix("src").ok()?.to_str()?;
        files
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, text)| (*text).to_string())
    };
    Modules::read(Path::new("src/lib.rs"), &read)
}

fn edges(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let modules = toy(files);
    let name = |module: usize| {
        modules.files[modules.all[module].file]
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into()
    };
    let mut edges: Vec<(String, String)> = imports(&modules)
        .iter()
        .map(|import| (name(import.from), name(import.to)))
        .collect();
    edges.sort();
    edges.dedup();
    edges
}

const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b; pub use b::B;");

#[test]
fn a_path_is_seen_however_it_is_written() {
    for a in [
        "use crate::b::B;",
        "use super::b::{self as c, B};",
        "use crate::B;",
        "use crate::b; fn f() -> b::B { todo!() }",
        "fn f() { let _ = crate::b::B; }",
        "fn f() { println!(\"{:?}\", super::b::B); }",
        "use super::*; fn f(_: b::B) {}",
        "mod c { fn f(_: super::super::b::B) {} }",
        "#[arg(default = crate::b::B)] struct A;",
        "macro_rules! m { () => { $crate::b::B } }",
        "pub(crate) use crate::b::*;",
    ] {
        let files = [ROOT, ("a.rs", a), ("b.rs", "pub struct B;")];
        let found = edges(&files);
        assert!(
            found.contains(&("a.rs".into(), "b.rs".into())),
            "{a}: {found:?}"
        );
        assert!(
            rings(&toy(&files), &imports(&toy(&files))).is_empty(),
            "{a}"
        );
    }
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    let found = edges(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::C;"),
        ("b.rs", "mod c; pub use c::C;"),
        ("b/c.rs", "pub struct C;"),
    ]);
    assert_eq!(
        found,
        [("a.rs", "c.rs"), ("b.rs", "c.rs")].map(|(from, to)| (from.to_string(), to.to_string()))
    );
}

#[test]
fn declarations_tests_and_entries_of_tables_are_no_imports() {
    let found = edges(&[
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod b; pub struct A; pub static ALL: &[A] = &[b::B];",
        ),
        (
            "a/b.rs",
            "use super::A; #[cfg(test)] mod tests { use crate::a::ALL; } #[test] fn t() { crate::a::f() }",
        ),
    ]);
    assert_eq!(found, [("b.rs".to_string(), "a.rs".to_string())]);
}

#[test]
fn a_ring_is_named() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "\nfn f() { crate::c::f() }\npub struct B;"),
        ("c.rs", "pub fn f(_: super::a::A) {}"),
    ];
    let modules = toy(&files);
    let rings = rings(&modules, &imports(&modules));
    let expected = "3 files import each other in a ring:
    src/a.rs:1: crate::b::B -> src/b.rs
    src/b.rs:2: crate::c::f -> src/c.rs
    src/c.rs:1: super::a::A -> src/a.rs
    all of them: src/a.rs, src/b.rs, src/c.rs
";
    assert_eq!(rings, [expected]);
    assert_eq!(
        upward(&modules, &imports(&modules), &["a", "b", "c"]),
        ["src/c.rs:1: c must not know a: super::a::A"]
    );
}

#[test]
fn a_file_beside_a_table_that_is_not_in_it_is_named() {
    let files = [
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod b; mod c; mod d; use d::D; pub static ALL: &[u8] = &[b::B, D];",
        ),
        ("a/b.rs", "pub const B: u8 = 1;"),
        ("a/c.rs", ""),
        ("a/d.rs", "pub const D: u8 = 1;"),
    ];
    assert_eq!(orphans(&toy(&files)), ["a::c"]);
}
