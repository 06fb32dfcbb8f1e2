//! Reads an image directory.

use super::{
    config,
    folders::Folders,
    image_config::{FILE, ImageConfig},
    licenses, options, partner,
    project::Project,
};
use crate::{
    model::{Failure, VeeaRecipe},
    recipe::text::text,
};

/// Reads an image directory.
///
/// # Errors
///
/// Fails where its files cannot be read or have mistakes (all are told), where
/// a licence is missing, and where no partner is found.
pub fn read(recipe: &VeeaRecipe) -> Result<Project, Failure> {
    let folders = Folders::new(&recipe.folder, recipe.unauth);
    let (config, mut warnings) = config::read(&recipe.folder)?;
    let source = text(&folders.source)?;
    let partner = if recipe.unauth { None } else { Some(partner::find(recipe)?) };
    let licenses = match &partner {
        Some(_) => licenses::find(recipe, &config)?,
        None => Vec::new(),
    };
    let (options, for_arches) = options::of(&config)?;
    warnings.extend(missing_targets(&config));
    Ok(Project {
        config,
        folders,
        partner,
        licenses,
        warnings,
        source,
        options,
        for_arches,
        no_cache: recipe.no_cache,
    })
}

fn missing_targets(config: &ImageConfig) -> impl Iterator<Item = String> + '_ {
    let empty = config
        .arches
        .iter()
        .filter(|(arch, targets)| targets.is_empty() && !arch.targets().is_empty());
    empty.map(|(arch, _)| {
        let known = arch.targets().join(", ");
        format!("{FILE}: {arch} has no platform; known: {known}")
    })
}
