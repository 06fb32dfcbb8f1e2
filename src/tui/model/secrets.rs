//! The Secrets screen: names, and never a value but while it is typed.

use std::{fmt, mem};

use secrecy::{ExposeSecret, SecretString};
use tui_input::Input;

use super::RowList;
use crate::model::{Failure, SecretStanding};

/// The Secrets screen.
#[derive(Clone, Debug, Default)]
pub struct SecretsScreen {
    /// What is needed, and what else the keyring has, by name.
    pub rows: Vec<SecretStanding>,
    /// Which keyring has them, or why it could not be asked; none: that is not
    /// known yet.
    pub keyring: Option<Result<&'static str, Failure>>,
    /// Which of them are shown.
    pub list: RowList,
    /// Whether those come first that come from nowhere.
    pub missing_first: bool,
    /// What a filter looks at, for each row.
    texts: Vec<String>,
}

/// A secret as it was typed. Its `Debug` shows nothing of it.
#[derive(Clone, Debug)]
pub struct TypedSecret(pub SecretString);

/// A secret that is being typed.
#[derive(Clone)]
pub struct Keeping {
    /// Its name, once that is known.
    pub name: String,
    /// What is typed now.
    pub step: SecretStep,
    /// What was typed of that.
    pub input: Input,
    /// Why what was typed before cannot be.
    pub wrong: Option<&'static str>,
    /// The user of the password.
    user: Option<String>,
    /// What was typed the first time.
    first: Option<TypedSecret>,
}

/// What is typed, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStep {
    /// The name.
    Name,
    /// The user at a registry, or the id of a bucket's key.
    User,
    /// The secret.
    Secret,
    /// The secret again.
    Again,
}

impl SecretsScreen {
    /// Takes in what is known.
    pub fn see(&mut self, rows: Vec<SecretStanding>, keyring: Result<&'static str, Failure>) {
        let selected = self.selected().map(|row| row.name.clone());
        let text = |row: &SecretStanding| format!("{} {}", row.name, row.needed_by);
        self.texts = rows.iter().map(text).collect();
        (self.rows, self.keyring) = (rows, Some(keyring));
        self.arrange();
        let same = self.rows.iter().position(|row| Some(&row.name) == selected.as_ref());
        if let Some(row) = same {
            self.list.select(row);
        }
    }

    /// Filters and sorts.
    pub fn arrange(&mut self) {
        let text = |row: usize| &self.texts[row];
        let mut rows = super::filter::matching(&self.list.filter, 0..self.rows.len(), text);
        if self.missing_first {
            rows.sort_by_key(|&row| self.rows[row].source.is_some());
        }
        self.list.show(rows);
    }

    /// The selected name.
    #[must_use]
    pub fn selected(&self) -> Option<&SecretStanding> {
        self.rows.get(self.list.selected()?)
    }
}

impl Keeping {
    /// A secret of that name; without one, that is typed first.
    #[must_use]
    pub fn new(name: Option<String>) -> Self {
        let mut keeping = Self {
            name: String::new(),
            step: SecretStep::Name,
            input: Input::default(),
            wrong: None,
            user: None,
            first: None,
        };
        if let Some(name) = name {
            keeping.named(name);
        }
        keeping
    }

    fn named(&mut self, name: String) {
        self.step = if is_pair(&name) { SecretStep::User } else { SecretStep::Secret };
        self.name = name;
    }

    /// Goes on with what comes next; when all is typed, gives it back.
    pub fn enter(&mut self) -> Option<(String, TypedSecret)> {
        let typed = SecretString::from(self.input.value_and_reset());
        let text = typed.expose_secret();
        self.wrong = text.is_empty().then_some("nothing was typed");
        if self.wrong.is_some() {
            return None;
        }
        match self.step {
            SecretStep::Name => self.named(text.trim().to_owned()),
            SecretStep::User if text.contains(':') => {
                self.wrong = Some("it cannot contain a colon");
            }
            SecretStep::User => {
                self.user = Some(text.to_owned());
                self.step = SecretStep::Secret;
            }
            SecretStep::Secret => {
                self.first = Some(TypedSecret(typed));
                self.step = SecretStep::Again;
            }
            SecretStep::Again => match self.first.take() {
                Some(first) if first.0.expose_secret() == text => return Some(self.whole(typed)),
                _ => {
                    self.step = SecretStep::Secret;
                    self.wrong = Some("the two entries differ; try again");
                }
            },
        }
        None
    }

    fn whole(&mut self, typed: SecretString) -> (String, TypedSecret) {
        let whole = match self.user.take() {
            Some(user) => SecretString::from(format!("{user}:{}", typed.expose_secret())),
            None => typed,
        };
        (mem::take(&mut self.name), TypedSecret(whole))
    }

    /// Whether what is typed now is not to be seen.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        matches!(self.step, SecretStep::Secret | SecretStep::Again)
    }

    /// What is asked for now.
    #[must_use]
    pub fn question(&self) -> &'static str {
        let is_bucket = self.name.starts_with("s3://");
        match self.step {
            SecretStep::Name => "name in castoff.toml, docker://HOST or s3://BUCKET",
            SecretStep::User if is_bucket => "the id of the access key",
            SecretStep::User => "the user",
            SecretStep::Secret if is_bucket => "the secret access key",
            SecretStep::Secret if is_pair(&self.name) => "the password",
            SecretStep::Secret => "the secret",
            SecretStep::Again => "the same again",
        }
    }
}

/// Whether the user is part of what is kept under a name.
fn is_pair(name: &str) -> bool {
    name.starts_with("docker://") || name.starts_with("s3://")
}

impl fmt::Debug for Keeping {
    /// Without what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, step, .. } = self;
        f.debug_struct("Keeping").field("name", name).field("step", step).finish_non_exhaustive()
    }
}

impl PartialEq for TypedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for TypedSecret {}
