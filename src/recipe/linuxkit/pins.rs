//! The images that a package is built on, by digests that somebody signed.

use std::collections::BTreeMap;

use crate::{
    model::{Digest, Failure, FailureKind, ImageReference, ParseImageReferenceError, Side, Tag},
    recipe::{
        Blueprint, Dockerfile,
        dockerfile::{External, Stages, replaced, stages},
    },
};

/// The images that stages are built on by their tags, each with the place of
/// its `FROM`; those that are named by digest are left out.
///
/// # Errors
///
/// Fails where the Dockerfile is none, and where an image cannot be told.
pub fn tags_built_on(blueprint: &Blueprint) -> Result<Vec<(ImageReference, Tag, String)>, Failure> {
    let Dockerfile { from: name, text } = &blueprint.dockerfile;
    let mut found = Vec::new();
    let stages = stages(text, name)?;
    for (image, external) in by_tag(&stages, blueprint)? {
        let tag = image.tag_or_latest();
        found.push((image, tag, format!("{name}:{}", external.from.line)));
    }
    Ok(found)
}

/// Puts digests in place of the tags that stages are built on.
pub(super) fn pinned(
    blueprint: Blueprint,
    pins: &BTreeMap<String, Digest>,
) -> Result<Blueprint, Failure> {
    let Dockerfile { from: name, text } = &blueprint.dockerfile;
    let stages = stages(text, name)?;
    let mut spans = Vec::new();
    for (image, external) in by_tag(&stages, &blueprint)? {
        let tag = image.tag_or_latest();
        let known = format!("{}:{tag}", image.name());
        let digest = pins.get(&known).ok_or_else(|| {
            let what = format!("{known} was not known to be signed when the run began");
            Failure::new(FailureKind::Integrity, Side::Source, what)
                .context(format!("{name}:{}", external.from.line))
                .hint("begin a new run")
        })?;
        spans.push((external.from.span.clone(), format!("{}@{digest}", image.name())));
    }
    let dockerfile = Dockerfile { text: replaced(text, &spans), from: name.clone() };
    Ok(Blueprint { dockerfile, ..blueprint })
}

fn by_tag<'s>(
    stages: &'s Stages,
    blueprint: &Blueprint,
) -> Result<Vec<(ImageReference, External<'s>)>, Failure> {
    let mut found = Vec::new();
    for external in stages.external(&blueprint.args) {
        let at = format!("{}:{}", blueprint.dockerfile.from, external.from.line);
        let image = image(&external).map_err(|failure| failure.context(at))?;
        if image.digest.is_none() {
            found.push((image, external));
        }
    }
    Ok(found)
}

fn image(external: &External<'_>) -> Result<ImageReference, Failure> {
    let text = external.image.as_ref().ok_or_else(|| {
        let what = format!("`{}` has a variable without a value", external.from.image);
        Failure::new(FailureKind::Invalid, Side::Source, what)
            .hint("give it a default with ARG before the first FROM")
    })?;
    text.parse().map_err(|error: ParseImageReferenceError| {
        Failure::from_error(FailureKind::Invalid, Side::Source, &error)
    })
}
