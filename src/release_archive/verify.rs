//! Whether a release archive is what was released.

use std::{collections::BTreeSet, path::Path};

use serde::Serialize;

use super::{
    Metadata, Part, Policy, damaged,
    image::Checked,
    layout::{self, Place},
    read::{self, Contents, of_part},
    wrong,
};
use crate::{
    archive::COMPRESSOR,
    model::{Digest, Failure, escape},
    sign::{cms, file::FileVerified},
};

/// An archive that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What it is of.
    pub kind: Kind,
    /// Its images, in the order of their metadata.
    pub images: Vec<VerifiedImage>,
}

/// What an archive is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One image for one architecture.
    Image,
    /// An application: several of them.
    App,
}

/// An image in an archive, with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedImage {
    /// Where its metadata lie.
    pub path: String,
    /// The same, as they lie there.
    #[serde(skip)]
    pub sealed: Part,
    /// What is said of it.
    pub metadata: Metadata,
    /// The signer of that, if any.
    pub by: Option<FileVerified>,
    /// The signer of the image's own archive, if any.
    pub image_by: Option<FileVerified>,
}

/// Checks an archive of an image or an application: that it has the entries
/// that it must have and no others, the seal of the metadata, the image and the
/// service file by them, and each entry of the image by its own signature.
/// Blocks.
///
/// # Errors
///
/// Fails where it cannot be read, and as
/// [`FailureKind::Integrity`](crate::model::FailureKind::Integrity) where
/// something is wrong with a part, which is named.
pub fn verify(path: &Path, policy: Policy<'_>) -> Result<Verified, Failure> {
    let contents = read::read(path, policy);
    let checked = contents.and_then(|contents| check(&contents, policy));
    checked.map_err(|failure| failure.context(path.display()))
}

fn check(contents: &Contents, policy: Policy<'_>) -> Result<Verified, Failure> {
    let mut images = Vec::new();
    for (path, sealed) in &contents.metadata {
        let image = unsealed(contents, path, sealed, policy)
            .map_err(|failure| of_part(Place::Metadata, path, failure))?;
        check_image(contents, &image.metadata)?;
        images.push(image);
    }
    check_entries(contents, &images)?;
    let is_ours = images.iter().all(|image| image.metadata.compressor == COMPRESSOR);
    if is_ours && !contents.is_canonical {
        let what = "its bytes are not castoff's encoding of its content";
        return Err(wrong(what).hint("copy or download it again"));
    }
    let kind = if contents.has_dots { Kind::App } else { Kind::Image };
    if kind == Kind::Image && images.len() > 1 {
        return Err(wrong("it has several images, but is not an application"));
    }
    Ok(Verified { kind, images })
}

/// The metadata in a seal, which must be taken.
fn unsealed(
    contents: &Contents,
    path: &str,
    sealed: &[u8],
    policy: Policy<'_>,
) -> Result<VerifiedImage, Failure> {
    let unsealed = cms::unseal(sealed, policy.trust, policy.now)?;
    let metadata = Metadata::parse(&unsealed.content).map_err(damaged)?;
    if layout::metadata_path(&Digest::of(&unsealed.content)) != path {
        return Err(wrong("their file name does not match them"));
    }
    if !policy.unauthorised && !metadata.is_authorised() {
        let what = "their image is not authorised for any partner";
        return Err(wrong(what).hint("for development, accept it with --unauth"));
    }
    if unsealed.by.is_none() && metadata.is_authorised() {
        return Err(wrong("they are not signed"));
    }
    let image_by = contents.images.get(&metadata.image.path).and_then(|of| of.by.clone());
    let part = Part { digest: Digest::of(sealed), size: sealed.len() as u64 };
    let path = path.to_owned();
    Ok(VerifiedImage { path, sealed: part, metadata, by: unsealed.by, image_by })
}

/// Fails where the image or its service file is not what the metadata say.
fn check_image(contents: &Contents, metadata: &Metadata) -> Result<(), Failure> {
    let (path, of) = (&metadata.image.path, Place::Image);
    let failed = |failure| Err(of_part(of, path, failure));
    let Some(found) = contents.images.get(path) else {
        return failed(wrong("it is missing"));
    };
    let Checked { reference, architecture, persistent_uuid, signed, by } = found;
    if signed.archive != metadata.image.archive {
        let what = format!(
            "it is {}, but the metadata say {}",
            signed.archive.digest, metadata.image.archive.digest
        );
        return failed(wrong(what));
    }
    if by.is_none() && metadata.is_authorised() {
        return failed(wrong("it is not signed"));
    }
    for (what, agrees) in [
        ("name", *reference == metadata.image.reference),
        ("architecture", *architecture == metadata.about.architecture),
        ("persistent UUID", *persistent_uuid == metadata.about.persistent_uuid),
        ("signed tar", signed.tar == metadata.image.tar),
        ("configuration", signed.config == metadata.image.config),
    ] {
        if !agrees {
            return failed(wrong(format!("its {what} differs from the metadata")));
        }
    }
    check_service(contents, metadata)
}

fn check_service(contents: &Contents, metadata: &Metadata) -> Result<(), Failure> {
    let service = &metadata.service;
    let failed = |failure| Err(of_part(Place::Service, &service.path, failure));
    match contents.services.get(&service.path) {
        None => failed(wrong("it is missing")),
        Some(conf) if Digest::of(conf) != service.digest || conf.len() as u64 != service.size => {
            let what =
                format!("it is {}, but the metadata say {}", Digest::of(conf), service.digest);
            failed(wrong(what))
        }
        Some(_) => Ok(()),
    }
}

/// Fails where an entry is missing, is too much, or lies elsewhere.
fn check_entries(contents: &Contents, images: &[VerifiedImage]) -> Result<(), Failure> {
    if images.is_empty() {
        return Err(wrong("it has no metadata, so it is not a release archive"));
    }
    let of =
        |part: fn(&VerifiedImage) -> &str| images.iter().map(move |image| part(image).to_owned());
    let expected = layout::entries(
        of(|image| &image.metadata.service.path),
        of(|image| &image.metadata.image.path),
        of(|image| &image.path),
    );
    let wanted: BTreeSet<&str> = expected.iter().map(layout::Expected::name).collect();
    if let Some(extra) = contents.names.iter().find(|name| !wanted.contains(name.as_str())) {
        return Err(wrong(format!(
            "its entry `{}` does not belong to any image in it",
            escape(extra)
        )));
    }
    for (place, entry) in expected.iter().enumerate() {
        let name = entry.name();
        match contents.names.get(place) {
            Some(found) if found == name => {}
            _ if !contents.names.iter().any(|found| found == name) => {
                return Err(wrong(format!("its entry `{name}` is missing")));
            }
            _ => return Err(wrong(format!("its entry `{name}` is out of order"))),
        }
    }
    Ok(())
}
