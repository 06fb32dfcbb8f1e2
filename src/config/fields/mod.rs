//! Reads the fields of a table, and collects all that is wrong with them.
//!
//! `serde` stops at the first mistake; a configuration's author wants to know
//! them all. So the parsed document is taken apart field by field, and what is
//! left over at the end is unknown.

mod tables;

pub(super) use tables::TextOrTables;

use std::{collections::BTreeMap, path::PathBuf, str::FromStr, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problem::{Place, Problems};
use crate::model::nearest;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Place,
}

/// A file's text, to tell lines by.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: Arc<PathBuf>,
    pub(super) text: Arc<str>,
}

/// The fields of one table that were not read yet.
pub(super) struct Fields<'a, 'i> {
    file: &'a File,
    /// The table's name, such as `release` or `artifact.from`.
    name: String,
    table: BTreeMap<String, (Place, Spanned<DeValue<'i>>)>,
    asked: Vec<&'static str>,
    place: Place,
}

impl File {
    pub(super) fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        Place { file: Arc::clone(&self.path), line: before.matches('\n').count() + 1 }
    }
}

impl<'a, 'i> Fields<'a, 'i> {
    pub(super) fn new(file: &'a File, name: &str, table: DeTable<'i>, place: Place) -> Self {
        let entries = table.into_iter().map(|(key, value)| {
            let place = file.place(key.span().start);
            (key.into_inner().into_owned(), (place, value))
        });
        Self { file, name: name.to_owned(), table: entries.collect(), asked: Vec::new(), place }
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether nothing is left to be read.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn take(&mut self, key: &'static str) -> Option<(Place, DeValue<'i>)> {
        self.asked.push(key);
        let (place, value) = self.table.remove(key)?;
        Some((place, value.into_inner()))
    }

    /// A text, read as `T`.
    pub(super) fn parse<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<At<T>> {
        let At { value, at } = self.string(key, problems)?;
        match value.parse() {
            Ok(value) => Some(At { value, at }),
            Err(error) => {
                problems.add(&at, format!("`{}`: {error}", self.path(key)), None);
                None
            }
        }
    }

    /// A text.
    pub(super) fn string(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<At<String>> {
        match self.take(key)? {
            (at, DeValue::String(text)) => Some(At { value: text.into_owned(), at }),
            (at, other) => self.wrong(key, &at, "a text", &other, problems),
        }
    }

    /// True or false.
    pub(super) fn bool(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        match self.take(key)? {
            (_, DeValue::Boolean(value)) => Some(value),
            (at, other) => self.wrong(key, &at, "true or false", &other, problems),
        }
    }

    /// A whole number of at least 1.
    pub(super) fn count(&mut self, key: &'static str, problems: &mut Problems) -> Option<u32> {
        match self.take(key)? {
            (at, DeValue::Integer(number)) => {
                let count = u32::from_str_radix(number.as_str(), number.radix())
                    .ok()
                    .filter(|&count| count > 0);
                if count.is_none() {
                    problems.add(
                        &at,
                        format!("`{}` must be a whole number of at least 1", self.path(key)),
                        None,
                    );
                }
                count
            }
            (at, other) => self.wrong(key, &at, "a whole number", &other, problems),
        }
    }

    /// A list of texts, each read as `T`.
    pub(super) fn list<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<At<Vec<At<T>>>> {
        let (at, value) = self.take(key)?;
        let DeValue::Array(items) = value else {
            return self.wrong(key, &at, "a list of strings", &value, problems);
        };
        let mut list = Vec::new();
        for item in items {
            let at = self.file.place(item.span().start);
            match item.into_inner() {
                DeValue::String(text) => match text.parse() {
                    Ok(value) => list.push(At { value, at }),
                    Err(error) => problems.add(&at, format!("`{}`: {error}", self.path(key)), None),
                },
                other => {
                    let _: Option<()> = self.wrong(key, &at, "a list of strings", &other, problems);
                }
            }
        }
        Some(At { value: list, at })
    }

    /// A table of texts.
    pub(super) fn map(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        if let Some(fields) = self.table(key, problems) {
            for (name, (at, value)) in fields.table {
                match value.into_inner() {
                    DeValue::String(text) => {
                        map.insert(name, text.into_owned());
                    }
                    other => {
                        let _: Option<()> =
                            self.wrong(key, &at, "a table of strings", &other, problems);
                    }
                }
            }
        }
        map
    }

    /// All that is left: keys of any name, each with a text or
    /// a list of texts.
    pub(super) fn lists(self, problems: &mut Problems) -> Vec<(String, At<Vec<String>>)> {
        let mut lists = Vec::new();
        for (key, (at, value)) in &self.table {
            let texts = match value.get_ref() {
                DeValue::String(text) => Some(vec![text.to_string()]),
                DeValue::Array(items) => items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => Some(text.to_string()),
                        _ => None,
                    })
                    .collect(),
                _ => None,
            };
            if let Some(value) = texts {
                lists.push((key.clone(), At { value, at: at.clone() }));
            } else {
                let expected = "a string or a list of strings";
                let _: Option<()> = self.wrong(key, at, expected, value.get_ref(), problems);
            }
        }
        lists
    }

    /// A text, a list of texts or a table, as the caller likes.
    pub(super) fn either(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Either<'a, 'i>> {
        self.asked.push(key);
        let kind = self.table.get(key).map(|(_, value)| match value.get_ref() {
            DeValue::Table(_) => 't',
            DeValue::Array(_) => 'a',
            _ => 's',
        })?;
        match kind {
            't' => self.table(key, problems).map(Either::Table),
            'a' => self.list(key, problems).map(Either::List),
            _ => self.string(key, problems).map(Either::Text),
        }
    }

    /// Reports what is left over.
    pub(super) fn finish(self, later: &[&str], problems: &mut Problems) {
        for (key, (at, _)) in &self.table {
            let path = self.path(key);
            if later.contains(&key.as_str()) {
                problems.add(at, format!("this version of castoff does not know `{path}`"), None);
                continue;
            }
            let hint = match nearest(key, self.asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", self.known()),
            };
            problems.add(at, format!("`{path}` is unknown"), Some(hint));
        }
    }

    fn wrong<T>(
        &self,
        key: &str,
        at: &Place,
        expected: &str,
        found: &DeValue<'_>,
        problems: &mut Problems,
    ) -> Option<T> {
        let found = found.type_str();
        problems.add(
            at,
            format!("`{}` must be {expected}, but is of type {found}", self.path(key)),
            None,
        );
        None
    }

    fn known(&self) -> String {
        let mut known = self.asked.clone();
        known.sort_unstable();
        known.dedup();
        known.join(", ")
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// What [`Fields::either`] found.
pub(super) enum Either<'a, 'i> {
    Text(At<String>),
    List(At<Vec<At<String>>>),
    Table(Fields<'a, 'i>),
}
