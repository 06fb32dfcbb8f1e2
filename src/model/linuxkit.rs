//! LinuxKit packages, as they are asked for.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Bases, Digest};

/// Which package is meant, and what of it is overridden. The same recipe, over
/// the same files and the same repository, is the same package.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinuxkitRecipe {
    /// The package's folder; absolute.
    pub folder: PathBuf,
    /// Which LinuxKit is followed.
    #[serde(default)]
    pub compat: Compat,
    /// The name of the metadata, within the folder.
    #[serde(default = "build_yml")]
    pub build_yml: String,
    /// The organisation, such as `linuxkit` or `registry.example.org/acme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// Whether the build may reach the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<bool>,
    /// Whether steps that were done before may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<bool>,
    /// Whether content trust is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<bool>,
    /// What takes the place of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The commit that is hashed; it is clean unless it is called `HEAD`.
    #[serde(default = "head")]
    pub hash_commit: String,
    /// The folder that is hashed, around the package's or the same; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_path: Option<PathBuf>,
    /// Whether it is dirty whatever git says.
    #[serde(default)]
    pub force_dirty: bool,
    /// The user of a development build: that is the organisation, and the hash
    /// is `dev`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<String>,
    /// The template of the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The Dockerfile, within the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
    /// Files of build arguments, which override those of the metadata;
    /// absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub build_arg_files: Vec<PathBuf>,
    /// What images mean that stages are built on, each `HOST/NAME:TAG` with
    /// its signed digest; none: they are not looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pins: Option<BTreeMap<String, Digest>>,
    /// What the images meant that it refers to, once that is settled.
    #[serde(default, skip_serializing_if = "Bases::is_empty")]
    pub bases: Bases,
}

/// What a commit is called that may be dirty.
pub const HEAD: &str = "HEAD";

/// Which of LinuxKit's generations is followed, where they differ.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Compat {
    /// That of 2020, with the flow that LinuxKit's manual describes.
    #[default]
    #[serde(rename = "2020")]
    Year2020,
    /// That of 2026.
    #[serde(rename = "2026")]
    Year2026,
}

impl LinuxkitRecipe {
    /// The package in `folder`, as it is.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            compat: Compat::default(),
            build_yml: build_yml(),
            org: None,
            network: None,
            cache: None,
            trust: None,
            hash: None,
            hash_commit: head(),
            hash_path: None,
            force_dirty: false,
            dev: None,
            tag: None,
            dockerfile: None,
            build_arg_files: Vec::new(),
            pins: None,
            bases: Bases::default(),
        }
    }

    /// Another package, as it is, read in the same way.
    #[must_use]
    pub fn beside(&self, folder: PathBuf) -> Self {
        Self { compat: self.compat, ..Self::new(folder) }
    }
}

impl Compat {
    /// The architectures of a package that names none.
    #[must_use]
    pub fn architectures(self) -> [&'static str; 3] {
        match self {
            Self::Year2020 => ["amd64", "arm64", "s390x"],
            Self::Year2026 => ["amd64", "arm64", "riscv64"],
        }
    }

    /// A message as this generation writes it: the older one begins it with a
    /// capital.
    #[must_use]
    pub fn says(self, message: &str) -> String {
        let mut letters = message.chars();
        match (self, letters.next()) {
            (Self::Year2020, Some(first)) => first.to_uppercase().chain(letters).collect(),
            _ => message.to_owned(),
        }
    }
}

fn build_yml() -> String {
    "build.yml".to_owned()
}

fn head() -> String {
    HEAD.to_owned()
}
