//! How an image runs (App Container specification, "Image Manifest Schema",
//! "app").

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{Name, fields::or_default, isolators::check_others};
use crate::model::escape;

/// How an image runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "RawAppSection")]
pub struct AppSection {
    /// The program and its arguments. One without a folder is looked for in
    /// the image's `PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<String>,
    /// The user: a name, a number, or the owner of a path.
    pub user: String,
    /// The group, in the same forms.
    pub group: String,
    /// The folder that the program starts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<Variable>,
    /// Where volumes are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mount_points: Vec<MountPoint>,
    /// Where the program listens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// All else, such as isolators and event handlers.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// Where a volume is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// What it is called.
    pub name: Name,
    /// Where it is, from the root of the image; may be empty.
    #[serde(default, deserialize_with = "or_default")]
    pub path: String,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where a program listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// What it is called.
    pub name: Name,
    /// Such as `tcp` or `udp`; may be empty, which is `tcp`.
    #[serde(default, deserialize_with = "or_default")]
    pub protocol: String,
    /// The number, or the first of several.
    pub port: u16,
    /// How many there are.
    #[serde(default = "one", deserialize_with = "count", skip_serializing_if = "is_one")]
    pub count: u16,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAppSection {
    #[serde(default, deserialize_with = "or_default")]
    exec: Vec<String>,
    user: String,
    group: String,
    #[serde(default, deserialize_with = "or_default")]
    working_directory: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    environment: Vec<Variable>,
    #[serde(default, deserialize_with = "or_default")]
    mount_points: Vec<MountPoint>,
    #[serde(default, deserialize_with = "or_default")]
    ports: Vec<Port>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Something that cannot run so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum AppError {
    #[error("`{0}` of `app` is empty")]
    Empty(&'static str),
    #[error("`{}` is not a valid name of an environment variable", escape(.0))]
    Variable(String),
    #[error("the environment variable `{}` is set twice", escape(.0))]
    Twice(String),
    #[error("`workingDirectory` is `{}`, which is not an absolute path", escape(.0))]
    WorkingDirectory(String),
    #[error("the port `{0}` has an invalid number")]
    Number(Name),
    #[error("`{field}` of `{name}` is neither true nor false")]
    Flag { field: &'static str, name: Name },
    #[error("{0}")]
    Other(String),
}

impl TryFrom<RawAppSection> for AppSection {
    type Error = AppError;

    fn try_from(raw: RawAppSection) -> Result<Self, Self::Error> {
        let app = Self {
            exec: raw.exec,
            user: raw.user,
            group: raw.group,
            working_directory: raw.working_directory,
            environment: raw.environment,
            mount_points: raw.mount_points,
            ports: raw.ports,
            other: raw.other,
        };
        app.check()?;
        Ok(app)
    }
}

impl AppSection {
    fn check(&self) -> Result<(), AppError> {
        for (name, value) in [("user", &self.user), ("group", &self.group)] {
            if value.is_empty() {
                return Err(AppError::Empty(name));
            }
        }
        let folder = self.working_directory.as_ref().filter(|path| !path.is_empty());
        if let Some(path) = folder.filter(|path| !path.starts_with('/')) {
            return Err(AppError::WorkingDirectory(path.clone()));
        }
        let mut names = BTreeSet::new();
        for of in &self.environment {
            if !of.is_good() {
                return Err(AppError::Variable(of.name.clone()));
            }
            if !names.insert(&of.name) {
                return Err(AppError::Twice(of.name.clone()));
            }
        }
        for of in &self.mount_points {
            flag(&of.other, "readOnly", &of.name)?;
        }
        self.ports.iter().try_for_each(Port::check)?;
        check_others(&self.other).map_err(AppError::Other)
    }

    /// The names of what its executor gives it: mount points and ports.
    pub(super) fn given(&self) -> impl Iterator<Item = &Name> {
        let mount_points = self.mount_points.iter().map(|of| &of.name);
        mount_points.chain(self.ports.iter().map(|of| &of.name))
    }
}

/// A field that says yes or no, if it is there.
fn flag(other: &Map<String, Value>, field: &'static str, name: &Name) -> Result<(), AppError> {
    match other.get(field) {
        None | Some(Value::Null | Value::Bool(_)) => Ok(()),
        Some(_) => Err(AppError::Flag { field, name: name.clone() }),
    }
}

impl Variable {
    pub(super) fn is_good(&self) -> bool {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        !self.name.is_empty()
            && self.name.bytes().all(is_word)
            && !self.name.starts_with(|c: char| c.is_ascii_digit())
    }
}

impl Port {
    fn check(&self) -> Result<(), AppError> {
        flag(&self.other, "socketActivated", &self.name)?;
        let last = self.port.checked_add(self.count.saturating_sub(1));
        if self.port == 0 || self.count == 0 || last.is_none() {
            return Err(AppError::Number(self.name.clone()));
        }
        Ok(())
    }
}

fn one() -> u16 {
    1
}

/// None, as zero, is one.
fn count<'d, D: Deserializer<'d>>(raw: D) -> Result<u16, D::Error> {
    Ok(Option::<u16>::deserialize(raw)?.unwrap_or_default().max(1))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_one(count: &u16) -> bool {
    *count == 1
}
