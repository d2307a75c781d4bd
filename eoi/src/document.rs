//! Reads the JSON documents that this tool writes: bounded, and in the version of today only.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::bounded;
use crate::terminal::shown;

/// A kind of document.
pub struct Document {
    /// The name and version that this program writes and reads, as `eoi.check/2`.
    pub schema: &'static str,
    /// Versions of the past, which are not read any more.
    pub gone: &'static [&'static str],
    /// The command that writes one.
    pub command: &'static str,
}

/// The beginning of every document.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

impl Document {
    /// Reads one from a file.
    ///
    /// # Errors
    /// The file cannot be read, is too large, is no such document, or is one of another version: the error says which, and
    /// what to do.
    pub fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<T> {
        let text = bounded::text(path, bounded::REPORT)?;
        self.parse(&text)
            .with_context(|| format!("cannot take {}", path.display()))
    }

    /// Whether a file says that it is one.
    #[must_use]
    pub fn names(&self, path: &Path) -> bool {
        let head = File::open(path).map(|file| {
            serde_json::from_reader::<_, Head>(BufReader::new(file.take(bounded::REPORT)))
        });
        matches!(head, Ok(Ok(Head { schema: Some(schema) })) if schema == self.schema)
    }

    /// Reads one.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T> {
        let &Self {
            schema,
            gone,
            command,
        } = self;
        let none = || format!("it is not what `{command}` writes");
        let head: Head = serde_json::from_str(text).with_context(none)?;
        match head.schema.as_deref() {
            Some(found) if found == schema => serde_json::from_str(text).with_context(none),
            Some(found) if gone.contains(&found) => {
                bail!(
                    "it is {found}, a format that is gone; `{command}` of this eoi writes {schema}: run it again"
                )
            }
            Some(found) => bail!(
                "it is '{}', not {schema}; `{command}` writes one",
                shown(found)
            ),
            None => bail!("{}: it names no schema", none()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Document = Document {
        schema: "eoi.x/2",
        gone: &["eoi.x/1"],
        command: "eoi x --format json",
    };

    #[derive(Debug, Deserialize)]
    struct X {
        value: u8,
    }

    #[test]
    fn only_the_version_of_today_is_read_and_the_error_says_what_to_do() {
        let read = |text: &str| ONE.parse::<X>(text);
        assert_eq!(
            read(r#"{"schema": "eoi.x/2", "value": 7}"#)
                .expect("one")
                .value,
            7
        );
        let error = |text: &str| format!("{:#}", read(text).expect_err(text));
        let gone = error(r#"{"schema": "eoi.x/1", "value": 7}"#);
        assert!(
            gone.contains("eoi.x/1, a format that is gone") && gone.contains("run it again"),
            "{gone}"
        );
        let other = error(r#"{"schema": "a\u001bb", "value": 7}"#);
        assert!(other.contains("it is 'a\\x1bb', not eoi.x/2"), "{other}");
        for text in [
            "",
            "[]",
            "{}",
            "7",
            r#"{"schema": "eoi.x/2"}"#,
            r#"{"schema": "eoi.x/2", "value": -1}"#,
        ] {
            assert!(
                error(text).contains("`eoi x --format json` writes"),
                "{text}: {}",
                error(text)
            );
        }
    }
}
