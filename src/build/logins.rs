//! Who castoff is at the registry of a payload.

use std::sync::Arc;

use crate::{
    model::{Failure, Recipe, SinkUrl},
    recipe::image_builder::{self, Registry},
    registry::{Credential, Credentials, Given},
};

/// Whom a payload says, at its own registry and nowhere else; where it says
/// nobody, and at others, `otherwise`.
#[must_use]
pub fn logins(registry: &Registry, otherwise: Arc<dyn Credentials>) -> Arc<dyn Credentials> {
    let (SinkUrl::Registry { host, .. }, Some(login)) = (&registry.url, &registry.login) else {
        return otherwise;
    };
    let credential =
        Credential::Basic { user: login.user.clone(), password: login.password.clone() };
    Arc::new(Given { host: host.clone(), credential, otherwise })
}

/// Who castoff is where a build pulls from.
pub(super) fn of_recipe(
    recipe: &Recipe,
    otherwise: &Arc<dyn Credentials>,
) -> Result<Arc<dyn Credentials>, Failure> {
    let otherwise = Arc::clone(otherwise);
    Ok(match recipe {
        Recipe::ImageBuilder(recipe) => logins(&image_builder::of(recipe)?.registry, otherwise),
        Recipe::Dockerfile(_) | Recipe::Linuxkit(_) | Recipe::Veea(_) => otherwise,
    })
}
