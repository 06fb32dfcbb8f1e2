//! The tags that a build refers to, and digests in their place.

use std::collections::BTreeMap;

use super::{
    Blueprint, Dockerfile,
    dockerfile::{
        DockerfileReference, Download, ReferenceRole, platform_args, references, replaced, stages,
        unpinned_downloads,
    },
};
use crate::model::{Digest, Failure, ImageReference, Platform};

/// An image from elsewhere that a build names by its tag.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// The image.
    pub image: ImageReference,
    /// Where it is named.
    pub reference: DockerfileReference,
}

impl Tagged {
    /// What it is called, whole: `HOST/NAME:TAG`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.image.name(), self.image.tag_or_latest())
    }
}

impl Blueprint {
    /// What its Dockerfile names by tags in a build for `platform`, and what
    /// cannot be told before the build begins; what is named by its digest is
    /// left out.
    ///
    /// # Errors
    ///
    /// Fails where the Dockerfile is none.
    pub fn tagged(
        &self,
        platform: Option<&Platform>,
    ) -> Result<(Vec<Tagged>, Vec<DockerfileReference>), Failure> {
        let args = self.args_for(platform);
        let Dockerfile { text, from } = &self.dockerfile;
        let (mut tagged, mut untold) = (Vec::new(), Vec::new());
        for reference in references(text, from, &args)? {
            match reference.image.as_deref().map(str::parse::<ImageReference>) {
                Some(Ok(image)) if image.digest.is_some() => {}
                Some(Ok(image)) => tagged.push(Tagged { image, reference }),
                _ => untold.push(reference),
            }
        }
        Ok((tagged, untold))
    }

    /// What its Dockerfile downloads in a build for `platform` without saying
    /// which content it means.
    ///
    /// # Errors
    ///
    /// Fails where the Dockerfile is none.
    pub fn downloads(&self, platform: Option<&Platform>) -> Result<Vec<Download>, Failure> {
        let Dockerfile { text, from } = &self.dockerfile;
        let mut found = unpinned_downloads(text, from, &self.args_for(platform))?;
        found.retain(|download| !download.is_later);
        Ok(found)
    }

    /// The images that its stages are built on in builds for `platforms`, with
    /// what each is called: `HOST/NAME:TAG`, or with its digest as well.
    #[must_use]
    pub fn stands_on(&self, platforms: &[Platform]) -> BTreeMap<String, ImageReference> {
        let Dockerfile { text, from } = &self.dockerfile;
        let mut bases = BTreeMap::new();
        for platform in platforms {
            let named = references(text, from, &self.args_for(Some(platform))).unwrap_or_default();
            let named =
                named.into_iter().filter(|of| of.role == ReferenceRole::Base && !of.is_later);
            for image in named.filter_map(|of| of.image?.parse::<ImageReference>().ok()) {
                let name = match &image.digest {
                    Some(digest) => format!("{}@{digest}", image.name()),
                    None => format!("{}:{}", image.name(), image.tag_or_latest()),
                };
                bases.insert(name, image);
            }
        }
        bases
    }

    /// The images from elsewhere that a build for `platform` takes, and those of
    /// `more` that are images.
    #[must_use]
    pub fn images<T>(
        &self,
        platform: &Platform,
        more: &BTreeMap<String, T>,
    ) -> Vec<ImageReference> {
        let Dockerfile { text, from } = &self.dockerfile;
        let named = references(text, from, &self.args_for(Some(platform))).unwrap_or_default();
        let named = named.into_iter().filter(|of| !of.is_later).filter_map(|of| of.image);
        named.chain(more.keys().cloned()).filter_map(|image| image.parse().ok()).collect()
    }

    /// The images that instructions of a base take into this build by their
    /// tags: not what names a stage of it.
    ///
    /// # Errors
    ///
    /// Fails where they are no instructions.
    pub fn taken_by(
        &self,
        triggers: &[String],
    ) -> Result<BTreeMap<String, ImageReference>, Failure> {
        let Dockerfile { text, from } = &self.dockerfile;
        let stages = stages(text, from)?;
        let mut taken = BTreeMap::new();
        for trigger in triggers {
            for of in references(&format!("FROM scratch\n{trigger}\n"), "ONBUILD", &[])? {
                let mut names = stages.froms.iter().filter_map(|from| from.alias.as_deref());
                let is_stage = names.any(|name| name.eq_ignore_ascii_case(&of.written));
                let Some(Ok(image)) = of.image.as_deref().map(str::parse::<ImageReference>) else {
                    continue;
                };
                if !is_stage && image.digest.is_none() {
                    let tagged = Tagged { image, reference: of };
                    taken.insert(tagged.name(), tagged.image);
                }
            }
        }
        Ok(taken)
    }

    fn args_for(&self, platform: Option<&Platform>) -> Vec<(String, String)> {
        let own = platform.and_then(|platform| self.of(platform)).into_iter();
        let own = own.flat_map(|of| &of.args);
        let mut args = platform.map(platform_args).unwrap_or_default();
        args.extend(self.args.iter().chain(own).cloned());
        args
    }

    /// The same, with digests in place of the tags of which `digest` tells one.
    #[must_use]
    pub fn naming(self, tagged: &[Tagged], digest: impl Fn(&Tagged) -> Option<Digest>) -> Self {
        let named = tagged.iter().filter_map(|tagged| {
            let image = format!("{}@{}", tagged.image.name(), digest(tagged)?);
            tagged.reference.naming(&image)
        });
        let Dockerfile { from, text } = &self.dockerfile;
        let text = replaced(text, &named.collect::<Vec<_>>());
        Self { dockerfile: Dockerfile { text, from: from.clone() }, ..self }
    }
}
