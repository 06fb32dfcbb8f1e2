//! The tags that a build refers to, and digests in their place.

use super::{
    Blueprint, Dockerfile,
    dockerfile::{Reference, platform_args, references, replaced},
};
use crate::model::{Digest, Failure, ImageReference, Platform};

/// An image from elsewhere that a build names by its tag.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// The image.
    pub image: ImageReference,
    /// Where it is named.
    pub reference: Reference,
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
    ) -> Result<(Vec<Tagged>, Vec<Reference>), Failure> {
        let own = platform.and_then(|platform| self.of(platform)).into_iter();
        let own = own.flat_map(|of| &of.args);
        let mut args = platform.map(platform_args).unwrap_or_default();
        args.extend(self.args.iter().chain(own).cloned());
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
