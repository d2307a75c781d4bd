//! The JSON documents that this program writes, each with its schema. docs/schema has them as files.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// A kind of JSON document.
pub struct Document {
    /// The name and version that stands in each document as `schema`.
    pub name: &'static str,
    /// The command that writes it.
    pub command: &'static str,
    /// Its JSON schema (draft 2020-12).
    pub schema: fn() -> Schema,
}

/// Every kind of document.
pub static ALL: &[Document] = &[
    Document {
        name: "eoi.check/2",
        command: "eoi check --format json",
        schema: schema::<crate::check::report::Report>,
    },
    Document {
        name: "eoi.doctor/2",
        command: "eoi doctor --format json",
        schema: schema::<super::doctor::DoctorReport<'static>>,
    },
    Document {
        name: "eoi.everything/1",
        command: "eoi check --everything --format json",
        schema: schema::<crate::check::everything::Everything>,
    },
    Document {
        name: "eoi.flows/1",
        command: "eoi check --by flow --format json",
        schema: schema::<crate::check::flows::Flows>,
    },
    Document {
        name: "eoi.lab/2",
        command: "eoi lab run --format json",
        schema: schema::<crate::lab::results::Results>,
    },
    Document {
        name: "eoi.lab-list/1",
        command: "eoi lab list --format json",
        schema: schema::<super::lab::list::List>,
    },
    Document {
        name: "eoi.names/1",
        command: "eoi check --list --format json",
        schema: schema::<super::list::Names>,
    },
    Document {
        name: "eoi.record/1",
        command: "eoi trace --record --format json",
        schema: schema::<super::record::Record>,
    },
    Document {
        name: "eoi.trace/2",
        command: "eoi trace --format json",
        schema: schema::<crate::trace::report::Report>,
    },
    Document {
        name: "eoi.verify/1",
        command: "eoi verify --format json",
        schema: schema::<super::verify::Comparison>,
    },
];

impl Document {
    /// The name of the schema's file in docs/schema.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.schema.json", self.name.replace('/', "-"))
    }
}

/// The schema of what is written: a field that is always written is required, also where it may be `null`.
fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}
