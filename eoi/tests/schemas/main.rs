//! The JSON that eoi writes is what its schemas say, and the schemas in docs/schema are those of the types.
//!
//! `UPDATE_DOCS=1` writes docs/schema. The validator is somebody else's: the crate `jsonschema`.

use std::fs;
use std::path::{Path, PathBuf};

use eoi::report::schema::{ALL, Document};
use serde_json::Value;

mod page;
mod strict;
mod written;

/// A schema as it is published: with the document's name, and an address that nothing is fetched from.
fn published(document: &Document) -> Value {
    let mut schema = (document.schema)().to_value();
    schema["title"] = document.name.into();
    schema["$id"] = format!("urn:{}", document.name.replace(['/', '.'], ":")).into();
    schema
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema")
}

/// Compares a file with its text as it has to be, or writes it.
fn is_kept(name: &str, text: &str) {
    let file = directory().join(name);
    if fs::read_to_string(&file).is_ok_and(|kept| kept == text) {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCS").is_some(),
        "docs/schema/{name} is stale: UPDATE_DOCS=1 cargo test -p eoi --test schemas"
    );
    fs::create_dir_all(directory())
        .and_then(|()| fs::write(&file, text))
        .expect("a writable file");
}

#[test]
fn the_schemas_and_their_pages_are_those_of_the_types() {
    let mut files = vec!["README.md".to_string()];
    for document in ALL {
        let schema = published(document);
        is_kept(
            &document.file(),
            &(serde_json::to_string_pretty(&schema).expect("JSON") + "\n"),
        );
        is_kept(&page::file(document), &page::text(document, &schema));
        files.extend([document.file(), page::file(document)]);
    }
    is_kept("README.md", &page::index(ALL));
    let kept = fs::read_dir(directory())
        .expect("docs/schema")
        .map(|file| file.expect("a file").file_name());
    let strangers: Vec<_> = kept
        .filter(|name| files.iter().all(|file| *name != **file))
        .collect();
    assert!(strangers.is_empty(), "no schema of today: {strangers:?}");
}

#[test]
fn every_schema_is_one_and_every_field_in_it_is_explained() {
    for document in ALL {
        let schema = published(document);
        jsonschema::meta::validate(&schema)
            .unwrap_or_else(|error| panic!("{}: {error}", document.name));
        every_property(&schema, &mut |name, property| {
            let says = property["description"].as_str().unwrap_or_default();
            assert!(
                says.ends_with('.') && !says.starts_with("What "),
                "{} {name}: '{says}'",
                document.name
            );
        });
    }
}

/// Calls back for every property of every object in a schema.
fn every_property(schema: &Value, seen: &mut impl FnMut(&str, &Value)) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| every_property(item, seen)),
        Value::Object(fields) => {
            // The tag of an outcome is a constant, and its meaning is that of the variant.
            let explained = |property: &Value| property.get("const").is_none();
            for (name, property) in fields
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if explained(property) {
                    seen(name, property);
                }
            }
            fields
                .values()
                .for_each(|field| every_property(field, seen));
        }
        _ => {}
    }
}
