//! A verb's JSON, held to its schema without any property that the schema does not describe.

use std::process::Command;

use eoi::report::schema::ALL;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::published;

/// A schema that allows no property which it does not describe.
pub fn strict(name: &str) -> Validator {
    let document = ALL.iter().find(|document| document.name == name);
    let mut schema = published(document.unwrap_or_else(|| panic!("{name} has no schema")));
    close(&mut schema);
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Forbids unknown properties. An object that another one takes the properties of is closed there.
fn close(schema: &mut Value) {
    let taken: Vec<String> = taken(schema);
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, definition) in definitions {
            if taken.contains(&format!("#/$defs/{name}")) {
                definition
                    .as_object_mut()
                    .into_iter()
                    .flatten()
                    .for_each(|(_, field)| close_below(field));
            } else {
                close_below(definition);
            }
        }
    }
    let definitions = schema
        .as_object_mut()
        .and_then(|fields| fields.remove("$defs"));
    close_below(schema);
    schema["$defs"] = definitions.unwrap_or_else(|| json!({}));
}

fn close_below(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(close_below),
        Value::Object(fields) => {
            fields.values_mut().for_each(close_below);
            if fields.contains_key("properties") {
                fields.insert("unevaluatedProperties".to_string(), Value::Bool(false));
            }
        }
        _ => {}
    }
}

/// The definitions that stand beside properties of somebody else.
fn taken(schema: &Value) -> Vec<String> {
    match schema {
        Value::Array(items) => items.iter().flat_map(taken).collect(),
        Value::Object(fields) => {
            let beside = fields
                .contains_key("properties")
                .then(|| fields.get("$ref"))
                .flatten();
            let below = fields.values().flat_map(taken);
            below
                .chain(beside.and_then(Value::as_str).map(str::to_string))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The output of a command. It has to match its schema and to contain each of `parts`.
pub fn written(schema: &str, arguments: &[&str], parts: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(arguments)
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let says = String::from_utf8_lossy(&output.stderr);
    let value: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {says}"));
    let errors: Vec<String> = strict(schema)
        .iter_errors(&value)
        .take(5)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
    for part in parts {
        assert!(text.contains(part), "{arguments:?} shows no {part}");
    }
    value
}
