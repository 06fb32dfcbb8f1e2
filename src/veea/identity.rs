//! What an archive is made of, in short.

use crate::{
    model::{Bases, Digest, Failure, VeeaRecipe},
    veea::recipe::Project,
};

/// The digest of all that decides what an archive holds, but for keys.
pub(super) fn identity(
    recipe: &VeeaRecipe,
    project: &Project,
    image: &Digest,
) -> Result<Digest, Failure> {
    let (conf, _) = project.swarm()?;
    let config = &project.config;
    // The image's own says what it is built on.
    let recipe = VeeaRecipe { bases: Bases::default(), ..recipe.clone() };
    let all = serde_json::json!([image, conf, config.description, config.arches, recipe]);
    Ok(Digest::of(all.to_string().as_bytes()))
}
