//! How an image runs (App Container specification, "Image Manifest Schema",
//! "app").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Name;
use crate::model::escape;

/// How an image runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "RawAppSection")]
pub struct AppSection {
    /// The program, as an absolute path, and its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<String>,
    /// The user: a name, a number, or a path whose owner it is.
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
    pub value: String,
}

/// Where a volume is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// What it is called.
    pub name: Name,
    /// Where it is, as an absolute path.
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
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The number, or the first of several.
    pub port: u16,
    /// How many there are.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u16,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAppSection {
    #[serde(default)]
    exec: Vec<String>,
    user: String,
    group: String,
    #[serde(default)]
    working_directory: Option<String>,
    #[serde(default)]
    environment: Vec<Variable>,
    #[serde(default)]
    mount_points: Vec<MountPoint>,
    #[serde(default)]
    ports: Vec<Port>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Something that cannot run so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum AppError {
    #[error("`exec` begins with `{}`, which is no absolute path", escape(.0))]
    Exec(String),
    #[error("`{0}` of `app` is empty")]
    Empty(&'static str),
    #[error("`{}` is no name of an environment variable", escape(.0))]
    Variable(String),
    #[error("`workingDirectory` is `{}`, which is no absolute path", escape(.0))]
    WorkingDirectory(String),
    #[error("the mount point `{name}` is at `{}`, which is no absolute path", escape(.path))]
    MountPoint { name: Name, path: String },
    #[error("the port `{name}` is of `{}`, and may be of tcp or udp", escape(.protocol))]
    Protocol { name: Name, protocol: String },
    #[error("the port `{0}` has a number that is none")]
    Number(Name),
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
        let is_relative = |path: &&String| !path.starts_with('/');
        if let Some(exec) = self.exec.first().filter(is_relative) {
            return Err(AppError::Exec(exec.clone()));
        }
        for (name, value) in [("user", &self.user), ("group", &self.group)] {
            if value.is_empty() {
                return Err(AppError::Empty(name));
            }
        }
        let folder = self.working_directory.as_ref().filter(|path| !path.is_empty());
        if let Some(path) = folder.filter(is_relative) {
            return Err(AppError::WorkingDirectory(path.clone()));
        }
        if let Some(of) = self.environment.iter().find(|of| !of.is_good()) {
            return Err(AppError::Variable(of.name.clone()));
        }
        if let Some(of) = self.mount_points.iter().find(|of| !of.path.starts_with('/')) {
            return Err(AppError::MountPoint { name: of.name.clone(), path: of.path.clone() });
        }
        self.ports.iter().try_for_each(Port::check)
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
        if !matches!(&*self.protocol, "tcp" | "udp") {
            return Err(AppError::Protocol {
                name: self.name.clone(),
                protocol: self.protocol.clone(),
            });
        }
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_one(count: &u16) -> bool {
    *count == 1
}
