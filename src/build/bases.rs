//! What images from elsewhere mean when a build is planned.
//!
//! Each is looked up once, by one request, and its digest is part of what
//! decides how the image comes out: a base that moved has it built again. The
//! build then names digests in place of the tags, so that all platforms, and a
//! resume, are built on the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use futures_util::future::join_all;

use super::{Builds, logins, platforms};
use crate::{
    model::{Bases, Digest, Failure, ImageReference, Platform, Recipe},
    recipe::{self, Blueprint},
    registry::{Client, Credentials, ManifestName},
};

/// How registries are reached that a build takes from.
pub trait Reach: Send + Sync {
    /// A client of the registry at `host`, which asks again what fails if it
    /// `is_patient`.
    ///
    /// # Errors
    ///
    /// Fails where `host` is no host, or what is set for it cannot be used.
    fn client(
        &self,
        host: &str,
        logins: Arc<dyn Credentials>,
        is_patient: bool,
    ) -> Result<Client, Failure>;
}

impl Builds {
    /// The same recipe, with what its tags mean now settled.
    ///
    /// # Errors
    ///
    /// Fails where the recipe cannot be read, or the disk fails; not where a
    /// registry cannot be asked.
    pub async fn on_bases(&self, recipe: Recipe, asked: &[Platform]) -> Result<Recipe, Failure> {
        if !recipe.bases().is_empty() {
            return Ok(recipe);
        }
        let (blueprint, _held) = recipe::read(&recipe, &self.cache()).await?;
        let own = if asked.is_empty() { platforms::own(&recipe)? } else { Vec::new() };
        let (mut wanted, mut bases) = (BTreeMap::new(), Bases::default());
        for platform in asked.iter().chain(&own) {
            match blueprint.tagged(Some(platform)) {
                Ok((tagged, untold)) => {
                    let now = tagged.into_iter().filter(|of| !of.reference.is_later);
                    wanted.extend(now.map(|of| (of.name(), of.image)));
                    let why = "the Dockerfile does not tell it before the build begins";
                    let untold = untold.into_iter().filter(|of| !of.is_later);
                    let untold = untold.map(|of| (of.written, why.to_owned()));
                    bases.unseen.extend(untold);
                }
                // Engines know forms that are not known here.
                Err(failure) => {
                    bases.unseen.insert("its Dockerfile".to_owned(), failure.to_string());
                }
            }
        }
        let logins = logins::of_recipe(&recipe, &self.logins)?;
        self.look_up(&wanted, &logins, &mut bases).await?;
        Ok(recipe.built_on(bases))
    }

    async fn look_up(
        &self,
        wanted: &BTreeMap<String, ImageReference>,
        logins: &Arc<dyn Credentials>,
        bases: &mut Bases,
    ) -> Result<(), Failure> {
        let hosts: BTreeSet<&str> = wanted.values().map(|image| image.host.as_str()).collect();
        let mut clients = HashMap::new();
        for host in hosts {
            let client = self.reach.client(host, Arc::clone(logins), false).map(Arc::new);
            clients.insert(host.to_owned(), client);
        }
        let mut looks = Vec::new();
        for image in wanted.values() {
            looks.push(look(clients[&image.host].clone(), image.clone()));
        }
        for (name, found) in wanted.keys().zip(join_all(looks).await) {
            let last = Digest::of(format!("base {name}").as_bytes());
            match found {
                Ok(Some(digest)) => {
                    if self.store.content_of(&last)?.as_ref() != Some(&digest) {
                        self.store.set_content_of(&last, &digest)?;
                    }
                    bases.known.insert(name.clone(), digest);
                }
                Ok(None) => {
                    bases.unseen.insert(name.clone(), "its registry does not have it".to_owned());
                }
                Err(failure) => {
                    bases.unseen.insert(name.clone(), failure.to_string());
                    let known = self.store.content_of(&last)?;
                    bases.known.extend(known.map(|digest| (name.clone(), digest)));
                }
            }
        }
        Ok(())
    }
}

async fn look(
    client: Result<Arc<Client>, Failure>,
    image: ImageReference,
) -> Result<Option<Digest>, Failure> {
    let tag = image.tag_or_latest();
    let found = client?.describe_manifest(&image.repository, ManifestName::Tag(&tag)).await?;
    Ok(found.map(|node| node.digest))
}

/// The digest of all that decides how an image comes out for one platform:
/// `digest`, of all that is the same for each, and what its bases are.
pub(super) fn identity_on(
    bases: &Bases,
    blueprint: &Blueprint,
    digest: &Digest,
    platform: &Platform,
) -> Digest {
    let tagged = blueprint.tagged(Some(platform)).map(|(tagged, _)| tagged).unwrap_or_default();
    let known = |name: String| Some((bases.known.get(&name)?.clone(), name));
    let on: BTreeSet<_> = tagged.iter().filter_map(|tagged| known(tagged.name())).collect();
    if on.is_empty() {
        return digest.clone();
    }
    Digest::of(serde_json::json!([digest, on]).to_string().as_bytes())
}

/// The same blueprint, with the digests of its bases in place of their tags.
pub(super) fn named(blueprint: Blueprint, bases: &Bases, platform: &Platform) -> Blueprint {
    match blueprint.tagged(Some(platform)) {
        // What a build on top of this one takes stays as it is written.
        Ok((mut tagged, _)) => {
            tagged.retain(|of| !of.reference.is_later);
            blueprint.naming(&tagged, |tagged| bases.known.get(&tagged.name()).cloned())
        }
        Err(_) => blueprint,
    }
}
