//! castoff's login at the registry of a payload.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    model::{Failure, ImageReference, Recipe, SinkUrl},
    ports::Desk,
    recipe::image_builder::{self, Registry},
    registry::{Credential, Credentials, Given},
};

/// castoff's logins at the registries that a build takes these images from.
/// BuildKit asks by the host alone, and a login may be for a part of it.
pub(super) struct ForImages {
    pub(super) images: Vec<ImageReference>,
    pub(super) otherwise: Arc<dyn Credentials>,
    pub(super) desk: Desk,
}

#[async_trait]
impl Credentials for ForImages {
    async fn find(
        &self,
        host: &str,
        repository: Option<&str>,
    ) -> Result<Option<Credential>, Failure> {
        if repository.is_some() {
            return self.otherwise.find(host, repository).await;
        }
        let mut chosen: Option<(&ImageReference, Credential)> = None;
        for image in self.images.iter().filter(|image| image.host == host) {
            let found = self.otherwise.find(host, Some(image.repository.as_str())).await?;
            match (&chosen, found) {
                (None, Some(found)) => chosen = Some((image, found)),
                (Some((first, known)), Some(found)) if !known.is_same(&found) => {
                    self.desk.output.line(format!(
                        "warning: {} and {} have different logins; the second is used for both, \
                         because an engine accepts one login for each registry",
                        image.name(),
                        first.name()
                    ));
                }
                _ => {}
            }
        }
        match chosen {
            Some((_, credential)) => Ok(Some(credential)),
            None => self.otherwise.find(host, None).await,
        }
    }
}

/// The login of a payload, at its own registry and nowhere else; where it has
/// none, and at others, `otherwise`.
#[must_use]
pub fn logins(registry: &Registry, otherwise: Arc<dyn Credentials>) -> Arc<dyn Credentials> {
    let (SinkUrl::Registry { host, .. }, Some(login)) = (&registry.url, &registry.login) else {
        return otherwise;
    };
    let credential =
        Credential::Basic { user: login.user.clone(), password: login.password.clone() };
    Arc::new(Given { host: host.clone(), credential, otherwise })
}

/// castoff's login where a build pulls from.
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
