//! Names, and what has a name and a value (App Container specification,
//! "AC Identifier Type", "labels").

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::fields::or_default;
use crate::model::escape;

/// The operating systems of labels, each with its architectures.
const PLATFORMS: [(&str, &[&str]); 3] = [
    ("darwin", &["x86_64", "i386"]),
    ("freebsd", &["amd64", "i386", "arm"]),
    (
        "linux",
        &[
            "amd64",
            "i386",
            "aarch64",
            "aarch64_be",
            "armv6l",
            "armv7l",
            "armv7b",
            "ppc64",
            "ppc64le",
            "s390x",
        ],
    ),
];

/// A name of an image, a label or an annotation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The name.
    pub name: Name,
    /// The value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// Labels, none of them twice, for an operating system and an architecture
/// that the specification knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Label>", into = "Vec<Label>")]
pub struct Labels(Vec<Label>);

/// A text that is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a name: lower-case letters and digits, and -._~/ between them",
    escape(.0)
)]
pub struct ParseNameError(String);

/// Labels that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelsError {
    /// A label is there twice.
    #[error("the label `{0}` is set twice")]
    Twice(Name),
    /// A label is called `name`.
    #[error("a label must not be named `name`")]
    Named,
    /// The specification does not know the operating system.
    #[error("`os` is `{}`; it must be {}", escape(.0), known_systems())]
    System(String),
    /// The specification does not know the architecture.
    #[error("`arch` is `{}`; for {os} it must be {}", escape(.arch), .known.join(", "))]
    Architecture {
        /// The operating system.
        os: &'static str,
        /// The architecture.
        arch: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
}

impl Labels {
    /// Checks labels.
    ///
    /// # Errors
    ///
    /// Fails where one is there twice or called `name`, and where `os` or
    /// `arch` are none that the specification knows.
    pub fn new(labels: Vec<Label>) -> Result<Self, LabelsError> {
        let mut seen = BTreeSet::new();
        for label in &labels {
            if label.name.as_str() == "name" {
                return Err(LabelsError::Named);
            }
            if !seen.insert(&label.name) {
                return Err(LabelsError::Twice(label.name.clone()));
            }
        }
        let labels = Self(labels);
        labels.check_platform()?;
        Ok(labels)
    }

    fn check_platform(&self) -> Result<(), LabelsError> {
        let Some(os) = self.get("os") else { return Ok(()) };
        let found = PLATFORMS.iter().find(|(name, _)| *name == os);
        let (os, known) = *found.ok_or_else(|| LabelsError::System(os.to_owned()))?;
        match self.get("arch") {
            Some(arch) if !known.contains(&arch) => {
                Err(LabelsError::Architecture { os, arch: arch.to_owned(), known })
            }
            _ => Ok(()),
        }
    }

    /// The value of a label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|label| label.name.as_str() == name).map(|label| label.value.as_str())
    }

    /// Whether this label is there, with this value.
    #[must_use]
    pub fn has(&self, label: &Label) -> bool {
        self.0.contains(label)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of the manifest.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }
}

impl Name {
    /// Whether it may name a mount point or a port: no dots, no folders.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_known = |byte: u8| is_word(byte) || b"-._~/".contains(&byte);
        let ends = [text.bytes().next(), text.bytes().next_back()];
        let is_good = text.bytes().all(is_known)
            && ends.into_iter().all(|end| end.is_some_and(is_word))
            // No name is a way out of a folder.
            && text.split('/').all(|part| !part.trim_matches('.').is_empty());
        if is_good { Ok(Self(text.to_owned())) } else { Err(ParseNameError(text.to_owned())) }
    }
}

fn known_systems() -> String {
    PLATFORMS.map(|(os, _)| os).join(", ")
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = ParseNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl TryFrom<Vec<Label>> for Labels {
    type Error = LabelsError;

    fn try_from(labels: Vec<Label>) -> Result<Self, Self::Error> {
        Self::new(labels)
    }
}

impl From<Labels> for Vec<Label> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}
