//! What is wrong with a payload, and what is odd, all of it at once.

use std::{fmt, fmt::Display};

use serde_json::{Map, Value};

use crate::model::{escape, nearest};

/// What is found while a payload is read. Each begins with a field's path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What cannot be.
    pub mistakes: Vec<String>,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<String>,
}

/// What cannot be, each with the path of its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

/// The fields of an object, each asked for once.
pub(super) struct Table<'v> {
    path: String,
    entries: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

/// A value and where it stands.
pub(super) struct Item<'v> {
    pub(super) path: String,
    pub(super) value: &'v Value,
}

impl Findings {
    pub(super) fn mistake(&mut self, path: &str, what: impl Display) {
        self.mistakes.push(shown(path, what));
    }

    pub(super) fn warning(&mut self, path: &str, what: impl Display) {
        self.warnings.push(shown(path, what));
    }
}

fn shown(path: &str, what: impl Display) -> String {
    let path = if path.is_empty() { "the payload" } else { path };
    format!("{}: {what}", escape(path))
}

impl<'v> Table<'v> {
    /// The object at a place; what is no object is a mistake.
    pub(super) fn of(item: &Item<'v>, found: &mut Findings) -> Option<Self> {
        let Value::Object(entries) = item.value else {
            found.mistake(&item.path, must_be("an object", item.value));
            return None;
        };
        Some(Self { path: item.path.clone(), entries, known: Vec::new() })
    }

    /// The path of one of its fields.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A field's value. What is empty is none, as for image-builder.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Item<'v>> {
        self.known.push(key);
        let value = self.entries.get(key).filter(|value| !is_empty(value))?;
        Some(Item { path: self.at(key), value })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| !is_empty(value))
    }

    /// Whether a field stands there, if with nothing in it.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A text that may be left out.
    pub(super) fn text(&mut self, key: &'static str, found: &mut Findings) -> Option<&'v str> {
        text(&self.get(key)?, found)
    }

    /// A text that must be there.
    pub(super) fn needed(&mut self, key: &'static str, found: &mut Findings) -> Option<&'v str> {
        if !self.has(key) {
            found.mistake(&self.at(key), "it is missing");
        }
        self.text(key, found)
    }

    /// A text that must be there, in the grammar of `T`.
    pub(super) fn parsed<T>(&mut self, key: &'static str, found: &mut Findings) -> Option<T>
    where
        T: std::str::FromStr<Err: Display>,
    {
        let at = self.at(key);
        let text = self.needed(key, found)?;
        text.parse().map_err(|error| found.mistake(&at, error)).ok()
    }

    /// An object that may be left out.
    pub(super) fn table(&mut self, key: &'static str, found: &mut Findings) -> Option<Self> {
        Self::of(&self.get(key)?, found)
    }

    /// A list that may be left out, item by item.
    pub(super) fn list(
        &mut self,
        key: &'static str,
        found: &mut Findings,
    ) -> Option<Vec<Item<'v>>> {
        let item = self.get(key)?;
        let Value::Array(values) = item.value else {
            found.mistake(&item.path, must_be("a list", item.value));
            return None;
        };
        let items = values.iter().enumerate();
        let item = |(place, value)| Item { path: format!("{}[{place}]", item.path), value };
        Some(items.map(item).collect())
    }

    /// Tells of what is not part of a payload.
    pub(super) fn finish(self, found: &mut Findings) {
        for key in self.entries.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let near = nearest(key, self.known.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            found.warning(&self.at(key), format!("it is unknown, and ignored{hint}"));
        }
    }
}

/// `null`, or a text, a list or an object with nothing in it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text, which has no line breaks: none here means anything.
pub(super) fn text<'v>(item: &Item<'v>, found: &mut Findings) -> Option<&'v str> {
    match item.value {
        Value::String(text) if text.is_empty() => found.mistake(&item.path, "it is empty"),
        Value::String(text) if text.chars().any(char::is_control) => {
            found.mistake(&item.path, "it has a line break or another control character");
        }
        Value::String(text) => return Some(text),
        other => found.mistake(&item.path, must_be("a text", other)),
    }
    None
}

/// What a value is instead. The value itself may be a secret.
fn must_be(what: &str, value: &Value) -> impl Display {
    let (is, hint) = match value {
        Value::Null => ("null", ""),
        Value::Bool(_) => ("true or false", "; put it in quotes"),
        Value::Number(_) => ("a number", "; put it in quotes"),
        Value::String(_) => ("a text", ""),
        Value::Array(_) => ("a list", ""),
        Value::Object(_) => ("an object", ""),
    };
    let hint = if what == "a text" { hint } else { "" };
    format!("it must be {what}, but is {is}{hint}")
}

impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}
