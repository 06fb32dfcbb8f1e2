//! Names of content at a registry: repositories and tags.
//!
//! The grammar is that of the OCI distribution specification ("Pulling
//! manifests"). A name that was parsed may stand in a URL, a key or a path.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Digest;

/// The longest repository that registries accept, in bytes.
const REPOSITORY_LIMIT: usize = 255;
/// The longest tag, in bytes.
const TAG_LIMIT: usize = 128;
/// What stands for a repository that has no name.
const NAMELESS: &str = "<none>";

/// A repository without its host, such as `library/busybox`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

/// A tag, such as `0.9`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// Where a tag stands in a list that keeps its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Before all others.
    First,
    /// Right after this one.
    After(Tag),
}

/// A string that is not a repository or not a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a {what}: {reason}", super::escape(text))]
pub struct ParseReferenceError {
    what: &'static str,
    text: String,
    reason: &'static str,
}

impl Repository {
    /// The repository below this one, or below nothing where `parent` is empty.
    ///
    /// # Errors
    ///
    /// Fails when the whole is outside the grammar.
    pub fn below(parent: &str, name: &str) -> Result<Self, ParseReferenceError> {
        match parent {
            "" => name.parse(),
            parent => format!("{parent}/{name}").parse(),
        }
    }

    /// What the tags belong to that a layout of another tool names alone.
    #[must_use]
    pub fn nameless() -> Self {
        Self(NAMELESS.to_owned())
    }

    /// Whether this is what tags without a repository belong to.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        self.0 == NAMELESS
    }

    /// The repository that a list names.
    ///
    /// # Errors
    ///
    /// Fails when it is outside the grammar.
    pub fn listed(text: &str) -> Result<Self, ParseReferenceError> {
        if text == NAMELESS { Ok(Self::nameless()) } else { text.parse() }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tag {
    /// The tag that is meant where none is named.
    #[must_use]
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The tag that what is about `subject` lies under, where the place knows
    /// no subjects: `sha256-…`, and with a suffix such as `.sig` what cosign
    /// writes (OCI distribution specification, "Referrers Tag Schema").
    #[must_use]
    pub fn about(subject: &Digest, suffix: &str) -> Self {
        // Of a longer digest the specification keeps what fits.
        let mut tag = format!("{}-{}", subject.algorithm(), subject.hex());
        tag.truncate(TAG_LIMIT - suffix.len());
        tag.push_str(suffix);
        Self(tag)
    }

    /// The digest that the tag was made from, as those of signatures are; such
    /// a tag is content rather than a name that a publisher chose.
    #[must_use]
    pub fn subject(&self) -> Option<Digest> {
        let (algorithm, rest) = self.0.split_once('-')?;
        let hex = rest.split_once('.').map_or(rest, |(hex, _)| hex);
        format!("{algorithm}:{hex}").parse().ok()
    }

    /// Whether the tag was made from a digest.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.stem().is_some()
    }

    /// Whether the tag was made from `subject`, with whatever suffix.
    #[must_use]
    pub fn is_about(&self, subject: &Digest) -> bool {
        let whole = format!("{}-{}", subject.algorithm(), subject.hex());
        self.stem().is_some_and(|stem| whole == stem || self.is_cut() && whole.starts_with(stem))
    }

    /// What the tag has of a digest.
    fn stem(&self) -> Option<&str> {
        let stem = self.0.split_once('.').map_or(self.0.as_str(), |(stem, _)| stem);
        let (algorithm, hex) = stem.split_once('-')?;
        let whole = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return None,
        };
        let is_hex = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let fits = hex.len() == whole || self.is_cut() && (64..whole).contains(&hex.len());
        (is_hex && fits).then_some(stem)
    }

    /// Whether the tag may be what fits of a longer one.
    fn is_cut(&self) -> bool {
        self.0.len() == TAG_LIMIT
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Repository {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail =
            |reason| ParseReferenceError { what: "repository", text: text.to_owned(), reason };
        if text.is_empty() || text.len() > REPOSITORY_LIMIT {
            return Err(fail("it must have 1 to 255 characters"));
        }
        if text.split('/').all(is_path_component) {
            return Ok(Self(text.to_owned()));
        }
        Err(fail(
            "each part must have lower-case letters and digits, with `.`, `_`, `__` or any \
             number of `-` between them",
        ))
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else {
        return false;
    };
    is_word(first)
        && is_word(last)
        && text.split(|c: char| c.is_ascii() && is_word(c as u8)).all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-')
        })
}

impl FromStr for Tag {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason| ParseReferenceError { what: "tag", text: text.to_owned(), reason };
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if text.is_empty() || text.len() > TAG_LIMIT {
            return Err(fail("it must have 1 to 128 characters"));
        }
        if !text.bytes().next().is_some_and(is_word) {
            return Err(fail("it must begin with a letter, a digit or `_`"));
        }
        if !text.bytes().all(|b| is_word(b) || b == b'.' || b == b'-') {
            return Err(fail("it may have letters, digits, `_`, `.` and `-` only"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Repository {
    type Error = ParseReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::listed(&text)
    }
}

impl TryFrom<String> for Tag {
    type Error = ParseReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

macro_rules! text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

text!(Repository);
text!(Tag);
