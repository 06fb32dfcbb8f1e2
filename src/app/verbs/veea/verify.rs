//! `castoff veea verify`: whether an archive is what was released.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::seal_trust::SealTrust;
use crate::{
    app::{verbs::output::Out, wiring::sinks::NamedSinks},
    cli::VeeaVerifyArgs,
    error::Error,
    model::escape,
    ports::blocking,
    sign::file::FileVerified,
    veea::archive::{self, ReleaseMetadata, VerifiedArchive, VerifiedImage},
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
pub(super) async fn check(taken: SealTrust, file: PathBuf) -> Result<VerifiedArchive, Error> {
    let verified = blocking(move || archive::verify(&file, taken.policy())).await;
    Ok(verified?)
}

/// Tells what an archive says.
pub(super) fn show(file: &Path, found: &VerifiedArchive, out: &mut Out<'_>) -> io::Result<()> {
    if out.is_json {
        let mut document = serde_json::to_value(found).unwrap_or_default();
        document["file"] = file.display().to_string().into();
        return out.document(&document);
    }
    writeln!(out, "{}", escape(&file.display().to_string()))?;
    found.images.iter().try_for_each(|image| show_image(image, out))
}

fn show_image(image: &VerifiedImage, out: &mut Out<'_>) -> io::Result<()> {
    let ReleaseMetadata { about, image: part, created, .. } = &image.metadata;
    let (app, version) = (escape(&about.app), escape(&about.version));
    writeln!(out, "  {app} {version} for {}", about.architecture)?;
    writeln!(out, "    is       {}", about.persistent_uuid)?;
    writeln!(out, "    image    {}", part.config)?;
    writeln!(out, "    made     {created}")?;
    let name = |by: &Option<FileVerified>| match by {
        Some(FileVerified { by, at: Some(at), .. }) => format!("{} at {at}", escape(by)),
        Some(FileVerified { by, .. }) => escape(by).to_string(),
        None => "(unsigned)".to_owned(),
    };
    writeln!(out, "    signed   by {}", name(&image.by))?;
    writeln!(out, "    its image by {}", name(&image.image_by))
}
