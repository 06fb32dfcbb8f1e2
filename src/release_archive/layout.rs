//! What the parts of a release archive are called.

use crate::model::{Digest, PersistentUuid, VeeaArch};

/// The system that the images are services of.
pub const SYSTEM: &str = "00000000-BA5E-5EED-C0DE-000000000003";

/// The folders, outermost first in each branch.
const CONFIG: [&str; 3] = [
    "containers/config",
    "containers/config/00000000-BA5E-5EED-C0DE-000000000003",
    "containers/config/00000000-BA5E-5EED-C0DE-000000000003/services",
];
const TOP: &str = "containers";
const IMAGES: &str = "containers/images";
const METADATA: &str = "containers/metadata";

/// Where an entry lies, which is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A swarm service file.
    Service,
    /// A signed image archive.
    Image,
    /// Metadata in their seal.
    Metadata,
}

/// An entry that an archive must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// A folder, without the `/` behind.
    Folder(&'static str),
    /// A file.
    File(Place, String),
}

impl Place {
    /// What the name of a file says that it is; none: nothing.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (folder, file) = name.rsplit_once('/')?;
        let (stem, ending) = file.rsplit_once('.')?;
        let uuid: PersistentUuid = stem.parse().ok()?;
        if uuid.to_string() != stem {
            return None;
        }
        match (folder, ending) {
            (folder, "conf") if folder == CONFIG[2] => Some(Self::Service),
            (IMAGES, "tgz") => Some(Self::Image),
            (METADATA, "cms") => Some(Self::Metadata),
            _ => None,
        }
    }

    /// What people call it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Service => "the swarm service file",
            Self::Image => "the image archive",
            Self::Metadata => "the metadata",
        }
    }
}

impl Expected {
    /// The entry's name, without the `/` behind a folder's.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Folder(name) => name,
            Self::File(_, name) => name,
        }
    }
}

/// All entries of an archive that has these files, in order.
pub(super) fn entries(
    services: impl IntoIterator<Item = String>,
    images: impl IntoIterator<Item = String>,
    metadata: impl IntoIterator<Item = String>,
) -> Vec<Expected> {
    let sorted = |place: Place, names: Vec<String>| {
        let mut names = names;
        names.sort();
        names.dedup();
        names.into_iter().map(move |name| Expected::File(place, name))
    };
    let mut all: Vec<_> = std::iter::once(TOP).chain(CONFIG).map(Expected::Folder).collect();
    all.extend(sorted(Place::Service, services.into_iter().collect()));
    all.push(Expected::Folder(IMAGES));
    all.extend(sorted(Place::Image, images.into_iter().collect()));
    all.push(Expected::Folder(METADATA));
    all.extend(sorted(Place::Metadata, metadata.into_iter().collect()));
    all
}

/// The name of a file without its folders and its ending.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A UUID that looks random and is made of a digest, in capitals.
pub(super) fn derived(what: &str, digest: &Digest) -> String {
    let hash = Digest::of(format!("castoff release archive {what} {digest}").as_bytes());
    let mut bytes = [0; 16];
    // The hash has 64 digits, all of them hexadecimal.
    let _ = hex::decode_to_slice(&hash.hex()[..32], &mut bytes);
    format!("{:X}", uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated())
}

/// Where the swarm service file of an image lies in an archive.
#[must_use]
pub fn conf_path(image: PersistentUuid) -> String {
    format!("{}/{image}.conf", CONFIG[2])
}

/// Where a signed image archive lies, by its digest.
#[must_use]
pub fn image_path(digest: &Digest) -> String {
    format!("{IMAGES}/{}.tgz", derived("image", digest))
}

/// Where metadata lie, by the digest of their JSON.
#[must_use]
pub fn metadata_path(digest: &Digest) -> String {
    format!("{METADATA}/{}.cms", derived("metadata", digest))
}

/// What an image is called: `<app>-<arch>:<ver>`.
#[must_use]
pub fn reference(app: &str, arch: VeeaArch, version: &str) -> String {
    format!("{app}-{arch}:{version}")
}

/// What the release archive of an image is called.
#[must_use]
pub fn archive_name(app: &str, arch: VeeaArch, version: &str) -> String {
    format!("{app}-{arch}-release-{version}.tgz")
}
