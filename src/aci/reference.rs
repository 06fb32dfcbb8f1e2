//! How an image is named: by its key, or by its name and labels.

use std::{fmt, str::FromStr};

use super::{
    image_id::{KeyError, KeyPrefix},
    labels::{Label, Labels, Name},
};
use crate::model::escape;

/// What names an image of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A key, or how it begins.
    Key(KeyPrefix),
    /// A name, and labels that the image must have.
    App(App),
}

/// An image's name with labels: `example.com/app:1.0,os=linux`
/// (App Container specification, "App Container Image Discovery").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The name.
    pub name: Name,
    /// The labels, of which `version` may stand behind a `:`.
    pub labels: Labels,
}

/// A text that names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseReferenceError {
    /// It is meant to be a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its name or a label cannot be one.
    #[error("`{}` is not an image name: {why}", escape(.text))]
    App {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
}

impl FromStr for Reference {
    type Err = ParseReferenceError;

    /// A text with a single `-` after `sha512` is a key; all else is a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split('-').collect::<Vec<_>>()[..] {
            ["sha512", _] => Ok(Self::Key(KeyPrefix::parse(text)?)),
            _ => Ok(Self::App(text.parse()?)),
        }
    }
}

impl FromStr for App {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |why: String| ParseReferenceError::App { text: text.to_owned(), why };
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default();
        let (name, version) = match first.split_once(':') {
            Some((name, version)) => (name, Some(version)),
            None => (first, None),
        };
        let name = name.parse().map_err(|error| fail(format!("{error}")))?;
        let mut labels = Vec::new();
        let version = version.map(|version| Ok(("version", version)));
        let others = parts.map(|part| {
            part.split_once('=')
                .ok_or_else(|| fail(format!("`{}` is not NAME=VALUE", escape(part))))
        });
        for label in version.into_iter().chain(others) {
            let (name, value) = label?;
            if value.is_empty() {
                return Err(fail(format!("its `{}` is empty", escape(name))));
            }
            let name = name.parse().map_err(|error| fail(format!("{error}")))?;
            labels.push(Label { name, value: value.to_owned() });
        }
        let labels = Labels::new(labels).map_err(|error| fail(error.to_string()))?;
        Ok(Self { name, labels })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key.as_str()),
            Self::App(app) => app.fmt(f),
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        for label in self.labels.iter() {
            write!(f, ",{}={}", label.name, escape(&label.value))?;
        }
        Ok(())
    }
}
