//! What is built for, where that was not said.

use crate::{
    model::{Failure, Platform, Recipe, VeeaArch},
    recipe::{image_builder, veea},
};

/// What is built for by default.
pub(super) fn own(recipe: &Recipe) -> Result<Vec<Platform>, Failure> {
    match recipe {
        Recipe::Dockerfile(_) | Recipe::Linuxkit(_) => Ok(vec![host()]),
        Recipe::Veea(recipe) => Ok(veea::read(recipe)?.arches().map(VeeaArch::platform).collect()),
        Recipe::ImageBuilder(recipe) => {
            let payload = image_builder::of(recipe)?;
            Ok(payload.image(recipe.image.as_deref())?.platforms.clone())
        }
    }
}

/// What this machine runs, or rather its engine's containers.
fn host() -> Platform {
    let architecture = std::env::consts::ARCH;
    Platform::new("linux", architecture, None)
        .unwrap_or_else(|_| Platform::new("linux", "amd64", None).expect("it is known"))
}
