//! Entries of the configuration, as a plan names them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Builder, Digest, SignerSpec, SinkSpec};

/// What an entry of the configuration says.
pub trait EntrySpec: Clone + PartialEq + Serialize + DeserializeOwned {
    /// The name of the entry; empty where it has none.
    fn name(&self) -> &str;

    /// What it says in short, for people.
    fn shown(&self) -> String;

    /// The same, with each of its paths changed by `change`.
    #[must_use]
    fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self;
}

/// An entry as a plan has it: one of the configuration, by its name and the
/// digest of what it says, or one that a command line gave, whole.
///
/// What the configuration says is not written down, so that it is never taken
/// from a journal; it has to be [found](Self::resolved) before the plan runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    from = "RawEntry<T>",
    into = "RawEntry<T>",
    bound(serialize = "T: EntrySpec", deserialize = "T: EntrySpec")
)]
pub struct Entry<T> {
    name: String,
    shown: String,
    /// None of what a command line gave.
    digest: Option<Digest>,
    /// None before it is found.
    spec: Option<T>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RawEntry<T> {
    Named {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        entry: Digest,
        shown: String,
    },
    Given(T),
}

impl<T: EntrySpec> Entry<T> {
    /// An entry that is written down whole.
    #[must_use]
    pub fn given(spec: T) -> Self {
        Self { name: spec.name().to_owned(), shown: spec.shown(), digest: None, spec: Some(spec) }
    }

    /// The same as an entry of the configuration; its relative paths start
    /// from `root`.
    #[must_use]
    pub fn named(self, root: &Path) -> Self {
        let Some(spec) = &self.spec else { return self };
        let (shown, digest) = (below(spec, root).shown(), Some(digest_of(spec, root)));
        Self { shown, digest, ..self }
    }

    /// Whether it is one of the configuration.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.digest.is_some()
    }

    /// Its name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it said in short when it was planned, with its path relative to the
    /// plan's root. Nothing is ever written, read or asked by that.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What it says, once that is known.
    #[must_use]
    pub fn spec(&self) -> Option<&T> {
        self.spec.as_ref()
    }

    /// The same, which says `spec`; none where that is not what it said when it
    /// was planned.
    #[must_use]
    pub fn resolved(&self, spec: T, root: &Path) -> Option<Self> {
        let is_same = self.digest.as_ref() == Some(&digest_of(&spec, root));
        is_same.then(|| Self { spec: Some(spec), ..self.clone() })
    }

    /// The same, with each path that it gives changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        Self { spec: self.spec.map(|spec| spec.map_paths(change)), ..self }
    }
}

/// The digest of what an entry says, which is the same in every folder.
fn digest_of<T: EntrySpec>(spec: &T, root: &Path) -> Digest {
    let text = serde_json::to_vec(&below(spec, root));
    Digest::of(&text.expect("a specification has string keys only"))
}

/// What an entry says, with its paths relative to `root`.
fn below<T: EntrySpec>(spec: &T, root: &Path) -> T {
    spec.clone().map_paths(|path| relative(path, root))
}

/// A path as it is written down: below `root`, relative to that.
#[must_use]
pub fn relative(path: PathBuf, root: &Path) -> PathBuf {
    match path.strip_prefix(root) {
        Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
        Ok(_) => PathBuf::from("."),
        Err(_) => path,
    }
}

impl<T: EntrySpec> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        let says_same = match (&self.spec, &other.spec) {
            (Some(one), Some(other)) => one == other,
            _ => self.digest == other.digest,
        };
        self.name == other.name && says_same
    }
}

impl<T: EntrySpec> Eq for Entry<T> {}

impl<T: EntrySpec> From<RawEntry<T>> for Entry<T> {
    fn from(raw: RawEntry<T>) -> Self {
        match raw {
            RawEntry::Named { name, entry, shown } => {
                Self { name, shown, digest: Some(entry), spec: None }
            }
            RawEntry::Given(spec) => Self::given(spec),
        }
    }
}

impl<T: EntrySpec> From<Entry<T>> for RawEntry<T> {
    fn from(Entry { name, shown, digest, spec }: Entry<T>) -> Self {
        match (digest, spec) {
            (Some(entry), _) => Self::Named { name, entry, shown },
            (None, Some(spec)) => Self::Given(spec),
            (None, None) => unreachable!("the given value is set"),
        }
    }
}

impl EntrySpec for SinkSpec {
    fn name(&self) -> &str {
        &self.name.0
    }

    fn shown(&self) -> String {
        self.url.to_string()
    }

    fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        Self {
            url: self.url.map_path(&change),
            ca: self.ca.map(&change),
            login: self.login.map(&change),
            ..self
        }
    }
}

impl EntrySpec for SignerSpec {
    fn name(&self) -> &str {
        &self.name.0
    }

    fn shown(&self) -> String {
        self.kind().to_string()
    }

    fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        Self { with: self.with.map_paths(change), ..self }
    }
}

impl EntrySpec for Builder {
    /// The builder of a platform has that platform's name.
    fn name(&self) -> &'static str {
        ""
    }

    fn shown(&self) -> String {
        self.engine.to_string()
    }

    /// Its paths are those of this machine.
    fn map_paths(self, _: impl Fn(PathBuf) -> PathBuf) -> Self {
        self
    }
}
