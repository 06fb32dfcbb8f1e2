//! Definition files of others, read into what a builder is asked for.
//!
//! A recipe is small and lies in a source tree: a Dockerfile, a LinuxKit
//! package, an image-builder payload. Reading one yields a [`Blueprint`],
//! which holds all that decides what is built, so that two blueprints that are
//! equal, over the same files, build the same image.

pub mod application;
mod blueprint;
mod cache;
pub mod dockerfile;
pub mod image_builder;
pub mod linuxkit;
mod proxy;
mod tagged;
mod text;
pub mod veea;

use std::{collections::BTreeMap, path::PathBuf};

pub use blueprint::read;
pub use cache::{Cache, Held};
pub use proxy::{PROXIES, proxies};
use serde::Serialize;
pub use tagged::Tagged;
pub use text::text;

use crate::model::Platform;

/// What a builder is asked for, whatever the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blueprint {
    /// The folders that the build may copy files of, in order: what comes later
    /// covers what came before.
    pub context: Vec<ContextFolder>,
    /// How it is built.
    pub dockerfile: Dockerfile,
    /// The stage that becomes the image; none: the last.
    pub target: Option<String>,
    /// Build arguments, in order.
    pub args: Vec<(String, String)>,
    /// Labels of the image, in order.
    pub labels: Vec<(String, String)>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// Whether its steps may reach the network.
    pub network: bool,
    /// Whether steps that were done before may be left out.
    pub cache: bool,
    /// Images that it finds in its context as archives, each that of the
    /// platform which is built.
    pub depends: linuxkit::Depends,
    /// What is else for single platforms.
    pub for_platforms: Vec<ForPlatform>,
}

/// What a builder is asked for, for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForPlatform {
    /// Which.
    pub platform: Platform,
    /// Further build arguments, in order.
    pub args: Vec<(String, String)>,
    /// What the image stays called at its engine; none: it does not stay.
    pub name: Option<String>,
}

/// A folder of a build's context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextFolder {
    /// Where it lies; absolute.
    pub folder: PathBuf,
    /// Where the build sees it, relative to the context's root and separated
    /// by `/`; empty for the root itself.
    pub to: String,
    /// Whether its `.dockerignore` leaves files out.
    pub ignores: bool,
    /// What is left out too, by its path within the folder.
    pub without: Vec<String>,
}

/// A Dockerfile. It goes beside the context, and never into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Where it came from, for messages: a path or a URL without credentials.
    pub from: String,
    /// What it says.
    pub text: String,
}

impl Blueprint {
    /// What is else for `platform`.
    #[must_use]
    pub fn of(&self, platform: &Platform) -> Option<&ForPlatform> {
        self.for_platforms.iter().find(|of| of.platform == *platform)
    }
}
