//! A payload as it is written: JSON or YAML, two ways to write one tree.

use std::{ffi::OsStr, fmt, path::Path};

use serde_json::{Map, Value, json};

use super::{
    findings::{Findings, Mistakes},
    payload::Payload,
    read_payload,
    source::{DOCKERFILE, HEAD},
};
use crate::model::escape;

/// The defaults of `source.git_repo`.
const GIT_DEFAULTS: [(&str, &str); 3] =
    [("version", HEAD), ("workdir", "."), ("dockerfile", DOCKERFILE)];

/// A payload as it is written. Its `Debug` shows nothing of it, since there
/// may be passwords in it.
#[derive(Clone, PartialEq)]
pub struct Document(Value);

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// A text that is not what it should be, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: it is not {format}: {}", escape(what))]
pub struct SyntaxError {
    /// The line, from 1; 0 where that is not known.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What it should be.
    pub format: Format,
    /// Why it is not.
    pub what: String,
}

impl Format {
    /// How the text of a file is written: as its name says, and otherwise as
    /// it begins.
    #[must_use]
    pub fn of(file: &Path, text: &str) -> Self {
        let extension = file.extension().map(OsStr::to_ascii_lowercase);
        match extension.as_deref().and_then(|extension| extension.to_str()) {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            _ if text.trim_start().starts_with('{') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        })
    }
}

impl Document {
    /// Takes a text apart.
    ///
    /// # Errors
    ///
    /// Fails where it is not what `format` says, and tells where; never with
    /// a piece of the text, which may be a password.
    pub fn parse(text: &str, format: Format) -> Result<Self, SyntaxError> {
        let tree = match format {
            Format::Json => json(text),
            Format::Yaml => yaml(text),
        };
        tree.map(Self)
    }

    /// The same with the defaults of a repository filled in, and without what
    /// is `null`.
    #[must_use]
    pub fn completed(self) -> Self {
        let mut tree = without_null(self.0);
        let repository = tree.get_mut("source").and_then(|source| source.get_mut("git_repo"));
        if let Some(Value::Object(repository)) = repository {
            for (key, value) in GIT_DEFAULTS {
                repository.entry(key).or_insert_with(|| json!(value));
            }
        }
        Self(tree)
    }

    /// As JSON. Passwords are in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.0)
    }

    /// As YAML. Passwords are in it.
    ///
    /// # Panics
    ///
    /// Never: whatever JSON says, YAML can say.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        // Every text in one line, so that none changes on its way.
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        serde_saphyr::to_string_with_options(&self.0, options)
            .expect("what was JSON has a form in YAML")
    }

    /// What it says, and what is odd about it.
    ///
    /// # Errors
    ///
    /// Tells of all that is mistaken.
    pub fn payload(&self) -> Result<(Payload, Vec<String>), Mistakes> {
        let mut found = Findings::default();
        let payload = read_payload::payload(&self.0, &mut found);
        match payload {
            Some(payload) if found.mistakes.is_empty() => Ok((payload, found.warnings)),
            _ => Err(Mistakes(found.mistakes)),
        }
    }
}

fn json(text: &str) -> Result<Value, SyntaxError> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        let (line, column) = (error.line() as u64, error.column() as u64);
        SyntaxError { line, column, format: Format::Json, what: bare(&error.to_string()) }
    })
}

fn yaml(text: &str) -> Result<Value, SyntaxError> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location();
        SyntaxError {
            line: place.map_or(0, |place| place.line()),
            column: place.map_or(0, |place| place.column()),
            format: Format::Yaml,
            what: bare(&error.without_snippet().to_string()),
        }
    })
}

/// What was said, without the place that it ends with.
fn bare(said: &str) -> String {
    said.split(" at line ").next().unwrap_or_default().to_owned()
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(key, value)| (key, without_null(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_null).collect()),
        other => other,
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(…)")
    }
}
