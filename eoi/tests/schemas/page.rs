//! A page for each schema: every field, what type it has and what it means, out of the schema alone.

use std::collections::BTreeSet;

use eoi::report::schema::Document;
use serde_json::{Map, Value};

/// The name of a document's page.
pub fn file(document: &Document) -> String {
    format!("{}.md", document.name.replace('/', "-"))
}

/// The page of one document.
pub fn text(document: &Document, schema: &Value) -> String {
    let Document { name, command, .. } = document;
    let mut text = format!(
        "# {name}\n\n`{command}` writes it. The same for programs: [{file}]({file}), a JSON schema (draft 2020-12).\n",
        file = document.file()
    );
    let mut page = Page {
        schema,
        told: BTreeSet::new(),
        waiting: Vec::new(),
    };
    text += &format!("\n## The document\n\n{}", page.body(schema));
    while !page.waiting.is_empty() {
        let name = page.waiting.remove(0);
        if page.told.insert(name.clone()) {
            let definition = &schema["$defs"][&name];
            text += &format!("\n## {name}\n\n{}", page.body(definition));
        }
    }
    text
}

/// The page that lists the others.
pub fn index(documents: &[Document]) -> String {
    let mut text = "# The JSON that eoi writes\n\n\
        Each document names its format and version in its field `schema`. Within a version, no field is removed and none \
        changes its meaning; new fields may be added, so a reader ignores fields that it does not know. A field that is \
        always there is required in the schema, also where it may be `null`; its description says what `null` means. \
        When a version changes, eoi no longer reads or writes the old one, and says so.\n\n\
        A document that eoi itself reads again (`eoi check --merge`, `eoi lab show`, `eoi lab merge`) may have up to \
        1 GiB.\n\n\
        Text that comes from a host, a recording or a result stands in a document as it was found. Control characters \
        in it are written as `\\u` escapes.\n\n"
        .to_string();
    for document in documents {
        let Document { name, command, .. } = document;
        text += &format!(
            "* [{name}]({}): `{command}`; schema: [{file}]({file})\n",
            file(document),
            file = document.file()
        );
    }
    text
}

struct Page<'a> {
    schema: &'a Value,
    /// Definitions that have their paragraph.
    told: BTreeSet<String>,
    /// Definitions that were named, in the order of their names.
    waiting: Vec<String>,
}

impl Page<'_> {
    /// The meaning of a type, and its fields.
    fn body(&mut self, schema: &Value) -> String {
        let mut text = describe(schema, "\n");
        if let Some(fields) = schema["properties"].as_object() {
            text += &format!("\n{}", self.fields(fields));
        }
        let variants = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| schema[key].as_array());
        if variants.is_some() {
            text.push('\n');
        }
        for variant in variants.into_iter().flatten() {
            text += &self.variant(variant);
        }
        text
    }

    fn variant(&mut self, variant: &Value) -> String {
        let about = describe(variant, "\n");
        let lead = if let Some(value) = variant.get("const") {
            format!("`{value}`")
        } else if let Some(values) = variant["enum"].as_array() {
            values
                .iter()
                .map(|value| format!("`{value}`"))
                .collect::<Vec<_>>()
                .join(", ")
        } else if let Some((tag, value)) = tag(variant) {
            let fields = variant["$ref"]
                .as_str()
                .map(|target| format!(", with the fields of {}", self.link(target)));
            format!("`{tag}` is `{value}`{}", fields.unwrap_or_default())
        } else {
            self.kind(variant)
        };
        format!("* {lead}: {about}")
    }

    fn fields(&mut self, fields: &Map<String, Value>) -> String {
        let field = |(name, field): (&String, &Value)| {
            let kind = self.kind(field);
            format!("* **`{name}`** ({kind}): {}", describe(field, "\n"))
        };
        fields.iter().map(field).collect()
    }

    /// The type of a value, in words.
    fn kind(&mut self, schema: &Value) -> String {
        if let Some(target) = schema["$ref"].as_str() {
            return self.link(target);
        }
        if let Some(variants) = schema["anyOf"].as_array() {
            return variants
                .iter()
                .map(|variant| self.kind(variant))
                .collect::<Vec<_>>()
                .join(" or ");
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect::<Vec<_>>(),
        };
        let each = types.into_iter().map(|kind| match kind {
            "array" => format!("list of {}", self.kind(&schema["items"])),
            "object" => self.map(schema),
            "integer" | "number" => range(kind, schema),
            "boolean" => "true or false".to_string(),
            plain => plain.to_string(),
        });
        let kinds: Vec<String> = each.collect();
        assert!(
            !kinds.is_empty(),
            "a type that the page has no words for: {schema}"
        );
        kinds.join(" or ")
    }

    /// An object that is a table of values by name.
    fn map(&mut self, schema: &Value) -> String {
        let values = match &schema["additionalProperties"] {
            Value::Object(_) => self.kind(&schema["additionalProperties"]),
            _ => panic!("an object without a name: {schema}"),
        };
        let keys = schema["propertyNames"]["$ref"]
            .as_str()
            .map(|target| self.link(target));
        format!("{values} by {}", keys.unwrap_or_else(|| "name".to_string()))
    }

    fn link(&mut self, target: &str) -> String {
        let name = target
            .strip_prefix("#/$defs/")
            .expect("a definition of this schema");
        assert!(
            self.schema["$defs"].get(name).is_some(),
            "{target} is not there"
        );
        self.waiting.push(name.to_string());
        format!("[{name}](#{})", name.to_lowercase())
    }
}

/// The tag by which a variant is told from the others.
fn tag(variant: &Value) -> Option<(&String, &Value)> {
    variant["properties"]
        .as_object()?
        .iter()
        .find_map(|(name, property)| Some((name, property.get("const")?)))
}

fn range(kind: &str, schema: &Value) -> String {
    match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) => format!("{kind} from {least} to {most}"),
        (Some(least), None) => format!("{kind} from {least}"),
        _ => kind.to_string(),
    }
}

/// The description, in one line.
fn describe(schema: &Value, end: &str) -> String {
    let says = schema["description"].as_str().unwrap_or_default();
    says.split_whitespace().collect::<Vec<_>>().join(" ") + end
}
