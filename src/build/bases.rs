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

use super::{Builds, downloads, triggers};
use crate::{
    git::Git,
    model::{Bases, Digest, Failure, FailureKind, ImageReference, Platform, Recipe, Side},
    recipe::{Blueprint, dockerfile::Download},
    registry::{Credentials, ManifestName, RegistryClient},
};

/// Why something is not looked at.
const UNTOLD: &str = "the Dockerfile does not define it before the build begins";

type Digests = BTreeMap<String, Digest>;
type Reasons = BTreeMap<String, String>;

impl Builds {
    /// The same recipe, with what its tags mean now settled.
    ///
    /// # Errors
    ///
    /// Fails where the recipe cannot be read, or the disk fails; not where a
    /// registry cannot be asked.
    pub async fn on_bases(&self, recipe: Recipe) -> Result<Recipe, Failure> {
        if !recipe.bases.is_empty() {
            return Ok(recipe);
        }
        let (blueprint, _held) =
            self.readers.of(&recipe)?.blueprint(&recipe, &self.cache()).await?;
        let platforms = self.platforms_of(&recipe)?;
        let (mut wanted, mut bases) = (BTreeMap::new(), Bases::default());
        let mut downloads = BTreeSet::new();
        for platform in &platforms {
            match blueprint.tagged(Some(platform)) {
                Ok((tagged, untold)) => {
                    let now = tagged.into_iter().filter(|of| !of.reference.is_later);
                    wanted.extend(now.map(|of| (of.name(), of.image)));
                    let untold = untold.into_iter().filter(|of| !of.is_later);
                    let untold = untold.map(|of| (of.written, UNTOLD.to_owned()));
                    bases.unseen.extend(untold);
                    downloads.extend(blueprint.downloads(Some(platform))?);
                }
                // Engines know forms that are not known here.
                Err(failure) => {
                    bases.unseen.insert("its Dockerfile".to_owned(), failure.to_string());
                }
            }
        }
        let logins = self.logins_of(&recipe)?;
        self.look_up(&wanted, &logins, (&mut bases.known, &mut bases.unseen)).await?;
        let taken = self.taken_on(&blueprint, &platforms, &logins, &mut bases).await?;
        self.look_up(&taken, &logins, (&mut bases.more, &mut bases.unseen)).await?;
        self.look_at_downloads(downloads, &mut bases).await?;
        Ok(Recipe { bases, ..recipe })
    }

    async fn look_at_downloads(
        &self,
        downloads: BTreeSet<Download>,
        bases: &mut Bases,
    ) -> Result<(), Failure> {
        let (reach, git) = (&*self.reach, Git::new(self.network.environment().clone()));
        let looks = downloads.iter().map(async |of| match &of.url {
            Some(url) => (downloads::name(url), downloads::look(reach, &git, url).await.map(Some)),
            None => {
                (of.written.clone(), Err(Failure::new(FailureKind::Invalid, Side::Source, UNTOLD)))
            }
        });
        for (name, found) in join_all(looks).await {
            self.keep(&name, found, (&mut bases.more, &mut bases.unseen_files))?;
        }
        Ok(())
    }

    /// Looks up what images are now, and keeps what is seen.
    async fn look_up(
        &self,
        wanted: &BTreeMap<String, ImageReference>,
        logins: &Arc<dyn Credentials>,
        (known, unseen): (&mut Digests, &mut Reasons),
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
            self.keep(name, found, (known, unseen))?;
        }
        Ok(())
    }

    /// Keeps what something from elsewhere is now, or else what it was when it
    /// was seen the last time, and why it was not seen.
    fn keep(
        &self,
        name: &str,
        found: Result<Option<Digest>, Failure>,
        (known, unseen): (&mut Digests, &mut Reasons),
    ) -> Result<(), Failure> {
        let last = Digest::of(format!("base {name}").as_bytes());
        match found {
            Ok(Some(digest)) => {
                if self.store.content_of(&last)?.as_ref() != Some(&digest) {
                    self.store.set_content_of(&last, &digest)?;
                }
                known.insert(name.to_owned(), digest);
            }
            Ok(None) => {
                unseen.insert(name.to_owned(), "its registry does not have it".to_owned());
            }
            Err(failure) => {
                unseen.insert(name.to_owned(), failure.to_string());
                let digest = self.store.content_of(&last)?;
                known.extend(digest.map(|digest| (name.to_owned(), digest)));
            }
        }
        Ok(())
    }

    /// The images that its bases have taken into builds upon them, by their
    /// tags.
    async fn taken_on(
        &self,
        blueprint: &Blueprint,
        platforms: &[Platform],
        logins: &Arc<dyn Credentials>,
        bases: &mut Bases,
    ) -> Result<BTreeMap<String, ImageReference>, Failure> {
        let mut taken = BTreeMap::new();
        for (name, image) in blueprint.stands_on(platforms) {
            let Some(digest) = image.digest.as_ref().or_else(|| bases.known.get(&name)) else {
                continue;
            };
            let found = self.triggers_of(&image, digest, platforms, logins).await;
            match found.and_then(|triggers| blueprint.taken_by(&triggers)) {
                Ok(images) => taken.extend(images),
                Err(failure) => {
                    bases.unseen.insert(format!("ONBUILD of {name}"), failure.to_string());
                }
            }
        }
        Ok(taken)
    }

    /// The `ONBUILD` instructions of an image, which are asked for once: a
    /// digest means the same for ever.
    async fn triggers_of(
        &self,
        image: &ImageReference,
        digest: &Digest,
        platforms: &[Platform],
        logins: &Arc<dyn Credentials>,
    ) -> Result<Vec<String>, Failure> {
        let platforms_shown: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        let key = format!("ONBUILD of {digest} for {}", platforms_shown.join(" "));
        if let Some(noted) = self.store.noted(&key).await?
            && let Ok(noted) = serde_json::from_str(&noted)
        {
            return Ok(noted);
        }
        let client = self.reach.client(&image.host, Arc::clone(logins), false)?;
        let found = triggers(&client, image, digest, platforms).await?;
        self.store.note(&key, &serde_json::json!(found).to_string()).await?;
        Ok(found)
    }
}

async fn look(
    client: Result<Arc<RegistryClient>, Failure>,
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
    let all = match (on.is_empty(), bases.more.is_empty()) {
        (true, true) => return digest.clone(),
        (false, true) => serde_json::json!([digest, on]),
        (_, false) => serde_json::json!([digest, on, bases.more]),
    };
    Digest::of(all.to_string().as_bytes())
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
