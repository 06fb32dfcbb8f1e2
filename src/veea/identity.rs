//! What an archive is made of, in short.

use crate::{
    model::{ConfigEntry, Digest, Failure, Recipe},
    veea::recipe::{ImageDirectory, VeeaRecipe},
};

/// The digest of all that decides what an archive holds, but for keys.
pub(super) fn identity(
    recipe: &Recipe,
    asked: &VeeaRecipe,
    project: &ImageDirectory,
    image: &Digest,
) -> Result<Digest, Failure> {
    let (conf, _) = project.swarm()?;
    let config = &project.config;
    let signer = recipe.signer.as_ref().and_then(ConfigEntry::spec);
    // The image's own digest says what it is built on.
    let all = serde_json::json!([image, conf, config.description, config.arches, asked, signer]);
    Ok(Digest::of(all.to_string().as_bytes()))
}
