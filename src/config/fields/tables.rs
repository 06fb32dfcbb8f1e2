//! Tables within a table.

use std::collections::BTreeMap;

use toml::de::{DeArray, DeValue};

use super::{At, Fields, Problems};

impl<'i> Fields<'_, 'i> {
    /// A table.
    pub(in crate::config) fn table(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Self> {
        match self.take(key)? {
            (at, DeValue::Table(table)) => Some(Self::new(self.file, &self.path(key), table, at)),
            (at, other) => self.wrong(key, &at, "a table", &other, problems),
        }
    }

    /// A list of tables, `[[key]]`.
    pub(in crate::config) fn tables(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<Self> {
        let Some((at, value)) = self.take(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            let _: Option<()> = self.wrong(key, &at, &format!("[[{key}]]"), &value, problems);
            return Vec::new();
        };
        self.each_table(key, items, &format!("[[{key}]]"), problems)
    }

    fn each_table(
        &self,
        key: &'static str,
        items: DeArray<'i>,
        expected: &str,
        problems: &mut Problems,
    ) -> Vec<Self> {
        self.each_table_at(&self.path(key), items, expected, problems)
    }

    fn each_table_at(
        &self,
        path: &str,
        items: DeArray<'i>,
        expected: &str,
        problems: &mut Problems,
    ) -> Vec<Self> {
        let mut tables = Vec::new();
        for item in items {
            let at = self.file.place(item.span().start);
            match item.into_inner() {
                DeValue::Table(table) => {
                    tables.push(Self::new(self.file, path, table, at));
                }
                other => {
                    let found = other.type_str();
                    let what = format!("`{path}` must be {expected}, but is of type {found}");
                    problems.add(&at, what, None);
                }
            }
        }
        tables
    }

    /// A table, or a list of tables.
    pub(in crate::config) fn some_tables(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<Self>> {
        self.asked.push(key);
        let is_list = matches!(self.table.get(key)?.1.get_ref(), DeValue::Array(_));
        if !is_list {
            return Some(self.table(key, problems).into_iter().collect());
        }
        let (at, value) = self.take(key)?;
        let DeValue::Array(items) = value else { return None };
        if items.is_empty() {
            problems.add(&at, format!("`{}` must not be empty", self.path(key)), None);
        }
        Some(self.each_table(key, items, "a list of tables", problems))
    }
}

impl<'a, 'i> Fields<'a, 'i> {
    /// All that is left: keys of any name, each with a text or
    /// a table or a list of tables.
    pub(in crate::config) fn rest(
        self,
        problems: &mut Problems,
    ) -> Vec<(At<String>, TextOrTables<'a, 'i>)> {
        let Self { file, name, table, .. } = self;
        let empty = |name: String, place| Fields {
            file,
            name,
            table: BTreeMap::new(),
            asked: Vec::new(),
            place,
        };
        let mut found = Vec::new();
        for (key, (at, value)) in table {
            let own = empty(name.clone(), at.clone());
            let path = own.path(&key);
            let value = match value.into_inner() {
                DeValue::String(text) => TextOrTables::Text(text.into_owned()),
                DeValue::Table(table) => {
                    TextOrTables::Tables(vec![Fields::new(file, &path, table, at.clone())])
                }
                DeValue::Array(items) => {
                    let expected = "a string, a table or a list of tables";
                    TextOrTables::Tables(own.each_table_at(&path, items, expected, problems))
                }
                other => {
                    let _: Option<()> =
                        own.wrong(&key, &at, "a string or a table", &other, problems);
                    continue;
                }
            };
            found.push((At { value: key, at }, value));
        }
        found
    }
}

/// What [`Fields::rest`] found.
pub(in crate::config) enum TextOrTables<'a, 'i> {
    Text(String),
    Tables(Vec<Fields<'a, 'i>>),
}
