//! The images that a package is built of, by digests that are signed.
//!
//! Content trust covers all that a build takes from elsewhere: what stages are
//! built on, what files are copied or mounted from, and what reads the
//! Dockerfile. Each is named by a digest in the end, or the build is refused.

use std::collections::BTreeMap;

use super::refusal::invalid;
use crate::{
    model::{Digest, Failure, FailureKind, Side, escape},
    recipe::{
        Blueprint, Tagged,
        dockerfile::{Reference, Role},
    },
};

/// The images that a build names by their tags; those that are named by digest
/// are left out.
///
/// # Errors
///
/// Fails where the Dockerfile is none, and where an image cannot be told or
/// cannot be named by a digest.
pub fn tags_built_on(blueprint: &Blueprint) -> Result<Vec<Tagged>, Failure> {
    let (tagged, untold) = blueprint.tagged(None)?;
    if let Some(reference) = untold.first() {
        return Err(cannot_be_told(reference).context(place(blueprint, reference)));
    }
    let fixed = tagged.iter().find(|tagged| tagged.reference.naming("").is_none());
    if let Some(tagged) = fixed {
        let what = format!("{} is referred to by tag", tagged.name());
        return Err(invalid(what)
            .context("the build argument BUILDKIT_SYNTAX")
            .hint("refer to it by digest, or leave it out"));
    }
    Ok(tagged)
}

/// Where a Dockerfile names an image: `FILE:LINE`.
#[must_use]
pub fn place(blueprint: &Blueprint, reference: &Reference) -> String {
    format!("{}:{}", blueprint.dockerfile.from, reference.line)
}

/// Puts digests in place of the tags that a build names.
pub(super) fn pinned(
    blueprint: Blueprint,
    pins: &BTreeMap<String, Digest>,
) -> Result<Blueprint, Failure> {
    let tagged = tags_built_on(&blueprint)?;
    for tagged in &tagged {
        if !pins.contains_key(&tagged.name()) {
            let what = format!("when the run began, {} was not known to be signed", tagged.name());
            return Err(Failure::new(FailureKind::Integrity, Side::Source, what)
                .context(place(&blueprint, &tagged.reference))
                .hint("begin a new run"));
        }
    }
    Ok(blueprint.naming(&tagged, |tagged| pins.get(&tagged.name()).cloned()))
}

fn cannot_be_told(reference: &Reference) -> Failure {
    let written = escape(&reference.written);
    let failure = match (&reference.image, reference.role) {
        (None, Role::Base) => invalid(format!("`{written}` has a variable without a value"))
            .hint("give it a default with ARG before the first FROM"),
        _ => invalid(format!("`{written}` is not an image that is known before the build"))
            .hint("use a stage, or an image with its digest"),
    };
    failure.context("with content trust, all images that a build uses must be signed")
}
