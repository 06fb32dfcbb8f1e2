//! Image manifests (App Container specification, "Image Manifest Schema").
//!
//! What the specification says of a field is checked; fields that it does not
//! know are kept.

use std::{collections::BTreeSet, fmt};

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::{
    App, AppSection, Key, KeyError, KeyPrefix, Label, Labels, Name, PathError, TreePath,
    fields::{canonical, or_default},
};
use crate::model::{Failure, FailureKind, Side, escape};

/// The largest manifest that is read, in bytes: lists of paths are long.
pub const LIMIT: u64 = 64 << 20;
/// What says that something is an image manifest.
const KIND: &str = "ImageManifest";
/// The version of the specification that acido writes.
const OLD: Version = Version::new(0, 5, 1);
/// The first version that calls a dependency's name `imageName`.
const RENAMED: Version = Version::new(0, 6, 0);

/// What an image says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    ac_kind: String,
    /// The version of the specification that it follows.
    pub ac_version: Version,
    /// The image's name.
    pub name: Name,
    /// What tells it from others of its name.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// How it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppSection>,
    /// The images that it stands on; later ones win over earlier ones.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// The only paths that are there, as `/etc/passwd`; empty: all.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub path_whitelist: Vec<String>,
    /// What its maker says of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Label>,
    /// Fields that are not of the specification.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An image that another one stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawDependency", into = "RawDependency")]
pub struct Dependency {
    /// The name and labels that it must have.
    pub app: App,
    /// How its key begins, or all of it; none: any such image will do.
    pub image_id: Option<KeyPrefix>,
    /// Whether its name is written as versions before 0.6 of the
    /// specification did.
    is_old: bool,
    other: Map<String, Value>,
}

/// A dependency as manifests write it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDependency {
    /// The name, before version 0.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<Name>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image_name: Option<Name>,
    #[serde(rename = "imageID", default, skip_serializing_if = "Option::is_none")]
    image_id: Option<String>,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    /// Fields that castoff asks nothing of, such as `size`.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// A dependency that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum DependencyError {
    #[error("a dependency has two names, `{0}` and `{1}`")]
    TwoNames(Name, Name),
    #[error("a dependency has no name: neither `imageName` nor `app`")]
    Nameless,
    #[error("a dependency's `imageID`: {0}")]
    Key(#[from] KeyError),
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// Fails where it is no JSON, is no image manifest, or breaks a rule of
    /// the specification.
    pub fn parse(raw: &[u8]) -> Result<Self, Failure> {
        let manifest: Self = serde_json::from_slice(raw)
            .and_then(|document| serde_json::from_value(canonical(document)))
            .map_err(|error| wrong("the image manifest cannot be read").because(error))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.ac_kind != KIND {
            let kind = escape(&self.ac_kind);
            return Err(wrong(format!("`acKind` is `{kind}`; it must be `{KIND}`")));
        }
        self.whitelist().map(drop)?;
        // Before, these names were as others are.
        let given = self.app.iter().flat_map(AppSection::given);
        let odd = given.filter(|_| self.ac_version >= RENAMED).find(|name| !name.is_plain());
        if let Some(name) = odd {
            let what =
                format!("`{name}` names a mount point or a port; it must contain only a-z0-9-");
            return Err(wrong(what));
        }
        let mut names = BTreeSet::new();
        for of in &self.annotations {
            if !names.insert(&of.name) {
                return Err(wrong(format!("the annotation `{}` is set twice", of.name)));
            }
            check_annotation(of)?;
        }
        Ok(())
    }

    /// What begins an image that stands on this one, which a store has under
    /// `key`: its name and labels, and one dependency.
    #[must_use]
    pub fn derived(&self, key: &Key) -> Self {
        let is_old = self.ac_version < RENAMED;
        let mut derived = Self::new(self.name.clone(), self.labels.clone());
        if !is_old {
            derived.ac_version = self.ac_version.clone();
        }
        let app = App { name: self.name.clone(), labels: self.labels.clone() };
        derived.stand_on(key, app);
        derived
    }

    /// Adds the image that a store has under `key` to those that this one
    /// stands on.
    pub fn stand_on(&mut self, key: &Key, app: App) {
        let (image_id, is_old) = (Some(key.clone().into()), self.ac_version < RENAMED);
        self.dependencies.push(Dependency { app, image_id, is_old, other: Map::new() });
    }

    /// A manifest that says no more than this.
    #[must_use]
    pub fn new(name: Name, labels: Labels) -> Self {
        Self {
            ac_kind: KIND.to_owned(),
            ac_version: OLD,
            name,
            labels,
            app: None,
            dependencies: Vec::new(),
            path_whitelist: Vec::new(),
            annotations: Vec::new(),
            other: Map::new(),
        }
    }

    /// The only paths that are there; none where there is no such list.
    ///
    /// # Errors
    ///
    /// Fails where something in the list is no path within the image.
    pub fn whitelist(&self) -> Result<Option<BTreeSet<TreePath>>, Failure> {
        if self.path_whitelist.is_empty() {
            return Ok(None);
        }
        let path = |text: &String| {
            TreePath::parse(text.as_bytes()).map_err(|error: PathError| {
                wrong(format!("`{}` in `pathWhitelist` is not a path", escape(text))).because(error)
            })
        };
        self.path_whitelist.iter().map(path).collect::<Result<_, _>>().map(Some)
    }

    /// Whether this is the image that `app` asks for.
    #[must_use]
    pub fn is(&self, app: &App) -> bool {
        self.name == app.name && app.labels.iter().all(|label| self.labels.has(label))
    }

    /// It as JSON, without spaces.
    ///
    /// # Panics
    ///
    /// Never: names, texts and JSON always become JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("names, texts and JSON always become JSON")
    }
}

impl TryFrom<RawDependency> for Dependency {
    type Error = DependencyError;

    fn try_from(raw: RawDependency) -> Result<Self, Self::Error> {
        let is_old = raw.image_name.is_none();
        let name = match (raw.app, raw.image_name) {
            (Some(old), Some(new)) if old != new => {
                return Err(DependencyError::TwoNames(old, new));
            }
            (None, None) => return Err(DependencyError::Nameless),
            (Some(name), _) | (_, Some(name)) => name,
        };
        let image_id = raw.image_id.as_deref().map(KeyPrefix::parse).transpose()?;
        Ok(Self { app: App { name, labels: raw.labels }, image_id, is_old, other: raw.other })
    }
}

impl From<Dependency> for RawDependency {
    fn from(dependency: Dependency) -> Self {
        let Dependency { app: App { name, labels }, image_id, is_old, other } = dependency;
        let (app, image_name) = if is_old { (Some(name), None) } else { (None, Some(name)) };
        Self { app, image_name, image_id: image_id.map(|of| of.as_str().to_owned()), labels, other }
    }
}

/// What the specification says of the values of annotations.
pub(super) fn check_annotation(Label { name, value }: &Label) -> Result<(), Failure> {
    let is_link = || Url::parse(value).is_ok_and(|link| matches!(link.scheme(), "http" | "https"));
    let (is_good, what) = match name.as_str() {
        "created" => {
            (value.parse::<jiff::Timestamp>().is_ok(), "a time such as 2004-05-14T23:11:14Z")
        }
        "homepage" | "documentation" => (is_link(), "a URL of http or https"),
        _ => return Ok(()),
    };
    if is_good {
        return Ok(());
    }
    Err(wrong(format!("the annotation `{name}` is `{}`; it must be {what}", escape(value))))
}

fn wrong(what: impl fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
