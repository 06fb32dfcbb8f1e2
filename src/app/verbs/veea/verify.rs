//! `castoff veea verify`: whether an archive is what was released.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::seal_trust::SealTrust;
use crate::{
    app::{
        verbs::out::Out,
        wiring::{blocking::blocking, sinks::NamedSinks},
    },
    cli::VeeaVerifyArgs,
    error::Error,
    model::escape,
    release_archive::{self, Metadata, Verified, VerifiedImage},
    sign::file::FileVerified,
};

/// Checks an archive, and tells what it says.
pub(super) async fn verify(
    known: &NamedSinks,
    args: &VeeaVerifyArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let found = check(SealTrust::of(known, &args.trust)?, args.file.clone()).await?;
    show(&args.file, &found, out)?;
    Ok(())
}

/// Checks an archive.
pub(super) async fn check(taken: SealTrust, file: PathBuf) -> Result<Verified, Error> {
    let verified = blocking(move || release_archive::verify(&file, taken.policy())).await;
    Ok(verified?)
}

/// Tells what an archive says.
pub(super) fn show(file: &Path, found: &Verified, out: &mut Out<'_>) -> io::Result<()> {
    if out.is_json {
        let mut document = serde_json::to_value(found).unwrap_or_default();
        document["file"] = file.display().to_string().into();
        return out.document(&document);
    }
    writeln!(out, "{}", escape(&file.display().to_string()))?;
    found.images.iter().try_for_each(|image| show_image(image, out))
}

fn show_image(image: &VerifiedImage, out: &mut Out<'_>) -> io::Result<()> {
    let Metadata { about, image: part, created, .. } = &image.metadata;
    let (app, version) = (escape(&about.app), escape(&about.version));
    writeln!(out, "  {app} {version} for {}", about.architecture)?;
    writeln!(out, "    is       {}", about.persistent_uuid)?;
    writeln!(out, "    image    {}", part.config)?;
    writeln!(out, "    made     {created}")?;
    let who = |by: &Option<FileVerified>| match by {
        Some(FileVerified { by, at: Some(at), .. }) => format!("{} at {at}", escape(by)),
        Some(FileVerified { by, .. }) => escape(by).to_string(),
        None => "(unsigned)".to_owned(),
    };
    writeln!(out, "    signed   by {}", who(&image.by))?;
    writeln!(out, "    its image by {}", who(&image.image_by))
}
