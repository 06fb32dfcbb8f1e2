//! What something is made of, in the form of the source that makes it.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    ArtifactKind, Bases, ConfigEntry, Failure, FailureKind, Platform, SecretSource, Side,
    SignerSpec,
};

/// What a source asks for, as the source itself has it.
///
/// It becomes an object of JSON, so its paths are UTF-8.
pub trait RecipeSpec: Serialize + DeserializeOwned {
    /// The source's name, such as `dockerfile`.
    const SOURCE: &'static str;

    /// The fields that are paths or lists of paths. The first says where the
    /// recipe lies.
    const PATHS: &'static [&'static str];
}

/// What something is made of. Its document is read by its source alone; the rest
/// is what a plan has to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The name of its source.
    pub source: String,
    /// What comes of it.
    pub kind: ArtifactKind,
    /// Whether an engine builds it, which runs what its files say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_built: bool,
    /// Which of several things it makes; none: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// For what; empty: for what it says itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// What is asked of its source.
    pub document: RecipeDocument,
    /// The secrets that it needs, by their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Vec<SecretSource>>,
    /// The signer that is part of how it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<ConfigEntry<SignerSpec>>,
    /// The commit of the repository that it lies in, once that is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What the images meant that it refers to, once that is settled.
    #[serde(default, skip_serializing_if = "Bases::is_empty")]
    pub bases: Bases,
}

/// What is asked of a source, in a form that only the source reads. Paths are
/// absolute, or relative to the folder of the project's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeDocument {
    values: Map<String, Value>,
    /// The keys of the paths among the values.
    paths: Vec<String>,
}

impl Recipe {
    /// What `spec` asks for, of which comes a `kind`.
    ///
    /// # Errors
    ///
    /// Fails where a path is no UTF-8, so that no plan could name it.
    pub fn of<S: RecipeSpec>(spec: &S, kind: ArtifactKind) -> Result<Self, Failure> {
        let invalid = |error: &dyn std::error::Error| {
            let what = format!("this is not a recipe of `{}`", S::SOURCE);
            Failure::new(FailureKind::Invalid, Side::Local, what).because(error)
        };
        let values = serde_json::to_value(spec).map_err(|error| invalid(&error))?;
        let values = serde_json::from_value(values).map_err(|error| invalid(&error))?;
        let paths = S::PATHS.iter().map(|key| (*key).to_owned()).collect();
        Ok(Self {
            source: S::SOURCE.to_owned(),
            kind,
            is_built: false,
            part: None,
            platforms: Vec::new(),
            document: RecipeDocument { values, paths },
            secrets: BTreeMap::new(),
            signer: None,
            commit: None,
            bases: Bases::default(),
        })
    }

    /// The same, built by an engine first.
    #[must_use]
    pub fn built(self) -> Self {
        Self { is_built: true, ..self }
    }

    /// Whether it is one of the source `S`.
    #[must_use]
    pub fn is_of<S: RecipeSpec>(&self) -> bool {
        self.source == S::SOURCE
    }

    /// What is asked of the source `S`.
    ///
    /// # Errors
    ///
    /// Fails where it is another source's, or another castoff wrote it.
    pub fn read<S: RecipeSpec>(&self) -> Result<S, Failure> {
        let invalid = |what: String| Failure::new(FailureKind::Invalid, Side::Local, what);
        if !self.is_of::<S>() {
            return Err(invalid(format!("{self} is not a recipe of `{}`", S::SOURCE)));
        }
        serde_json::from_value(Value::Object(self.document.values.clone())).map_err(|error| {
            invalid(format!("what is asked of `{}` cannot be read", S::SOURCE)).because(error)
        })
    }

    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(mut self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        let RecipeDocument { values, paths } = &mut self.document;
        for key in paths {
            match values.get_mut(key) {
                Some(Value::Array(items)) => items.iter_mut().for_each(|of| map(of, &change)),
                Some(path) => map(path, &change),
                None => {}
            }
        }
        self.signer = self.signer.map(|signer| signer.map_paths(&change));
        self
    }

    /// The same, without what was settled when a run of it was planned.
    #[must_use]
    pub fn unsettled(self) -> Self {
        Self { platforms: Vec::new(), commit: None, bases: Bases::default(), ..self }
    }

    /// The same, with its signer written down whole.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { signer: self.signer.map(ConfigEntry::whole), ..self }
    }

    /// Where it lies.
    fn places(&self) -> Vec<&str> {
        let RecipeDocument { values, paths } = &self.document;
        match paths.first().and_then(|key| values.get(key)) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(path) => path.as_str().into_iter().collect(),
            None => Vec::new(),
        }
    }
}

fn map(path: &mut Value, change: &impl Fn(PathBuf) -> PathBuf) {
    if let Value::String(text) = path {
        let changed = change(PathBuf::from(&text)).into_os_string();
        // A root that is no UTF-8 has no plan.
        *text = changed.into_string().unwrap_or_else(|_| text.clone());
    }
}

impl fmt::Display for Recipe {
    /// The files or the folder that it lies in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = &self.part {
            write!(f, "{part} of ")?;
        }
        f.write_str(&self.places().join(", "))
    }
}
