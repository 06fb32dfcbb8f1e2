//! Tables within a table.

use toml::de::{DeArray, DeValue};

use super::{Fields, Problems};

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
        let mut tables = Vec::new();
        for item in items {
            let at = self.file.place(item.span().start);
            match item.into_inner() {
                DeValue::Table(table) => {
                    tables.push(Self::new(self.file, &self.path(key), table, at));
                }
                other => {
                    let _: Option<()> = self.wrong(key, &at, expected, &other, problems);
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
