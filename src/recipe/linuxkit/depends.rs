//! `depends.docker-images`: images that a package's build finds in its context,
//! as archives.

use std::path::Path;

use serde::Serialize;

use super::{build_yml::DockerImages, paths, refusal::invalid};
use crate::model::{Digest, Failure, FailureKind, ImageReference, Side, escape};

/// Images, and where they are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Depends {
    /// The images, in order; each names a digest.
    pub images: Vec<Dependency>,
    /// Where to; none where there are no images.
    pub target: Option<Target>,
}

/// An image with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// The image; it has a digest.
    #[serde(serialize_with = "as_text")]
    pub image: ImageReference,
    /// The digest.
    pub digest: Digest,
}

/// Where images are wanted, by a path from the package's folder, in parts
/// separated by `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// All in one archive.
    File(String),
    /// Each in an archive of its own, in a folder that holds nothing else.
    Folder(String),
}

impl Depends {
    /// Where the archives are, within the context.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.target.as_ref().map(|target| match target {
            Target::File(place) | Target::Folder(place) => place.as_str(),
        })
    }

    /// The archives by their names within the context, each with its images.
    #[must_use]
    pub fn archives(&self) -> Vec<(String, &[Dependency])> {
        match &self.target {
            None => Vec::new(),
            Some(Target::File(place)) => vec![(place.clone(), &self.images[..])],
            Some(Target::Folder(place)) => {
                let each = self.images.chunks(1);
                each.map(|one| (format!("{place}/{}", one[0].file_name()), one)).collect()
            }
        }
    }
}

fn as_text<S: serde::Serializer>(image: &ImageReference, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(image)
}

impl Dependency {
    /// The name of its archive: `busybox@sha256:….tar`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let repository = self.image.repository.as_str();
        let last = repository.rsplit('/').next().unwrap_or(repository);
        format!("{last}@{}.tar", self.digest)
    }
}

/// What the metadata of the package in `folder` asks for.
pub(super) fn checked(folder: &Path, wanted: &DockerImages) -> Result<Depends, Failure> {
    let target = target(folder, wanted)?;
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let list = wanted.list.as_deref().unwrap_or_default();
    if is_set(&wanted.from_file) && !list.is_empty() {
        return Err(exclusive("list", "from-file"));
    }
    let from = paths::below("depends.image.from-file", folder, wanted.from_file.as_deref())?;
    let listed = from.as_deref().map(listed).transpose()?;
    let texts = listed.as_deref().unwrap_or(list);
    let images: Vec<Dependency> =
        texts.iter().map(|text| dependency(text)).collect::<Result<_, _>>()?;
    if !images.is_empty() && target.is_none() {
        let what = "depends.docker-images has images, and neither target nor target-dir";
        return Err(invalid(what).hint("set where to put the images: target-dir: images"));
    }
    let target = target.filter(|_| !images.is_empty());
    Ok(Depends { images, target })
}

fn target(folder: &Path, wanted: &DockerImages) -> Result<Option<Target>, Failure> {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if is_set(&wanted.target) && is_set(&wanted.target_dir) {
        return Err(exclusive("target", "target-dir"));
    }
    let file = paths::below("depends.image.target", folder, wanted.target.as_deref())?;
    let into = paths::below("depends.image.target-dir", folder, wanted.target_dir.as_deref())?;
    let within = |path: &Path| {
        let place = path.strip_prefix(folder).ok().and_then(Path::to_str);
        place.map(str::to_owned).ok_or_else(|| invalid("its target is not text"))
    };
    if let Some(file) = file {
        return Ok(Some(Target::File(within(&file)?)));
    }
    into.map(|into| within(&into).map(Target::Folder)).transpose()
}

/// One image a line, but for empty lines and comments.
fn listed(file: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::from_io(Side::Source, file.display(), &error))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

fn dependency(text: &str) -> Result<Dependency, Failure> {
    let shown = escape(text).to_string();
    let Some((_, digest)) = text.split_once('@').filter(|(_, digest)| !digest.is_empty()) else {
        return Err(invalid(format!("image \"{shown}\" lacks a digest"))
            .hint("write NAME@sha256:…, so that the package is always built with the same image"));
    };
    let digest: Digest = digest
        .parse()
        .map_err(|error| invalid(format!("unable to validate digest in \"{shown}\": {error}")))?;
    let image = text.parse().map_err(|error: crate::model::ParseImageReferenceError| {
        Failure::from_error(FailureKind::Invalid, Side::Source, &error)
    })?;
    Ok(Dependency { image, digest })
}

fn exclusive(one: &str, other: &str) -> Failure {
    let field = |name| format!("\"depends.images.{name}\"");
    invalid(format!("{} and {} are mutually exclusive", field(one), field(other)))
}
