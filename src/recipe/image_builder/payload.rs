//! What a payload says, checked.

use url::Url;

use crate::{
    git::{Login, Remote},
    model::{Failure, FailureKind, Platform, Repository, Side, SinkUrl, Tag},
};

/// The platforms that a payload may name, as it writes them.
pub const PLATFORMS: [&str; 7] = [
    "linux/amd64",
    "linux/386",
    "linux/arm64",
    "linux/ppc64le",
    "linux/s390x",
    "linux/arm/v7",
    "linux/arm/v6",
];
/// What an image is built for where the payload does not say.
pub const PLATFORM: &str = PLATFORMS[0];

/// What a payload says.
#[derive(Clone, Debug)]
pub struct Payload {
    /// What is built.
    pub source: Source,
    /// What comes of it, each under a name of its own.
    pub images: Vec<Image>,
    /// Where it goes.
    pub registry: Registry,
}

/// What is built.
#[derive(Clone, Debug)]
pub enum Source {
    /// A repository with a Dockerfile in it.
    Git(GitRepo),
    /// A Dockerfile, and perhaps a repository that it is built in.
    Dockerfile {
        /// The Dockerfile.
        file: WebFile,
        /// The repository.
        context: Option<BuildContext>,
    },
    /// An image that `docker save` wrote: nothing is built (version 1 of the
    /// interface).
    Archive(WebFile),
}

/// `source.git_repo`.
#[derive(Clone, Debug)]
pub struct GitRepo {
    /// The repository.
    pub remote: Remote,
    /// A branch, a tag, a commit, or `HEAD`.
    pub version: String,
    /// The folder that is built in, from the repository's root.
    pub workdir: String,
    /// The Dockerfile, from the repository's root too.
    pub dockerfile: String,
}

/// `source.build_context`.
#[derive(Clone, Debug)]
pub struct BuildContext {
    /// The repository, of which the default branch is meant.
    pub remote: Remote,
    /// The folder that is built in, from the repository's root.
    pub subdir: String,
}

/// A file on the web, or on this machine.
#[derive(Clone, Debug)]
pub struct WebFile {
    /// Where it is; without a user and a password.
    pub url: Url,
    /// The login for it.
    pub login: Option<Login>,
}

/// `target.images[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The repository, below the registry.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
    /// What the first external `FROM` is replaced by.
    pub base: Option<String>,
    /// What it is built for.
    pub platforms: Vec<Platform>,
}

/// `target.registry`.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Where it is.
    pub url: SinkUrl,
    /// The login for it; none: as Docker's configuration says.
    pub login: Option<Login>,
}

impl Image {
    /// `REPOSITORY:TAG`, which names it within its payload.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }
}

impl Payload {
    /// The image that `name` names; where it names none, the only one.
    ///
    /// # Errors
    ///
    /// Fails where there is no such image, or no only one.
    pub fn image(&self, name: Option<&str>) -> Result<&Image, Failure> {
        let names: Vec<String> = self.images.iter().map(Image::name).collect();
        let there_are = || format!("it has {}", names.join(", "));
        let fail =
            |what: String| Failure::new(FailureKind::Invalid, Side::Source, what).hint(there_are());
        match (name, &self.images[..]) {
            (Some(name), images) => {
                let found = images.iter().find(|image| image.name() == name);
                found.ok_or_else(|| fail(format!("the payload has no image `{name}`")))
            }
            (None, [image]) => Ok(image),
            (None, _) => Err(fail(
                "the payload has several images: choose one with image = \"NAME:TAG\"".to_owned(),
            )),
        }
    }
}
