//! What was found in an image layout, and what of it can be released.

use crate::{
    model::{Descriptor, Digest, Failure, Manifest, Platform, Tag},
    ports::{Attachment, Lacking},
    store::Store,
};

/// What an image layout holds.
#[derive(Default)]
pub(in crate::source) struct Resolved {
    /// Its images that are all there, in order of their platforms.
    pub(in crate::source) platforms: Vec<Found>,
    /// The one index that leads to its images, where all below it is there.
    pub(in crate::source) index: Option<Descriptor>,
    /// What belongs to that index besides images and their attestations.
    pub(in crate::source) beside: Vec<Descriptor>,
    /// What is about an image or the index, such as signatures.
    pub(in crate::source) about: Vec<About>,
    /// The platforms with incomplete images.
    pub(in crate::source) lacking: Vec<Lacking>,
    /// What is released with no image, each as a sentence.
    pub(in crate::source) left_out: Vec<String>,
    /// Manifests that are missing and of no platform that is known.
    pub(super) missing: Vec<Digest>,
    /// Attestations, until it is known what they are about.
    pub(super) attested: Vec<Attested>,
    /// What is no image.
    pub(super) others: Vec<Unplaced>,
    /// The indexes that lead to what was found.
    pub(super) indexes: Vec<Descriptor>,
}

/// What is about something else, and lies beside it.
pub(in crate::source) struct About {
    pub(in crate::source) subject: Digest,
    pub(in crate::source) attachment: Attachment,
    /// What the manifest refers to.
    pub(in crate::source) parts: Vec<Descriptor>,
}

/// One platform's image.
pub(in crate::source) struct Found {
    pub(in crate::source) platform: Platform,
    /// The manifest, as the index describes it but for the platform.
    pub(in crate::source) node: Descriptor,
    pub(in crate::source) manifest: Manifest,
    /// What is said about it.
    pub(in crate::source) attested: Vec<Attested>,
    /// The name that leads to it.
    pub(super) name: Option<String>,
}

/// An attestation, as an index lists it.
pub(in crate::source) struct Attested {
    pub(in crate::source) node: Descriptor,
    pub(in crate::source) manifest: Manifest,
}

/// What is no image.
pub(super) struct Unplaced {
    pub(super) node: Descriptor,
    /// Whether all of it is there.
    pub(super) is_there: bool,
    /// What it refers to.
    pub(super) parts: Vec<Descriptor>,
    /// The entry of `index.json` that leads to it.
    pub(super) top: Option<Digest>,
    /// What it says that it is about.
    pub(super) subject: Option<Digest>,
    /// The tag, made from a digest, that names it.
    pub(super) tag: Option<Tag>,
}

impl Found {
    /// The image and all that is about it: manifests, and what they refer to.
    pub(in crate::source) fn parts(&self) -> impl Iterator<Item = &Descriptor> {
        let own = [&self.node, &self.manifest.config].into_iter().chain(&self.manifest.layers);
        own.chain(self.attested.iter().flat_map(Attested::parts))
    }

    /// The manifests of what is about it.
    pub(in crate::source) fn attestations(&self) -> Vec<Descriptor> {
        self.attested.iter().map(|of| of.node.clone()).collect()
    }
}

impl Attested {
    fn parts(&self) -> impl Iterator<Item = &Descriptor> {
        [&self.node, &self.manifest.config].into_iter().chain(&self.manifest.layers)
    }
}

impl Resolved {
    /// Puts what is about an image beside it, and tells what belongs nowhere.
    pub(super) fn place(&mut self) {
        for attested in std::mem::take(&mut self.attested) {
            let subject = attested.node.attested();
            let is_it = |of: &&mut Found| Some(of.node.digest.as_str()) == subject;
            if let Some(found) = self.platforms.iter_mut().find(is_it) {
                found.attested.push(attested);
                continue;
            }
            let parts = attested.parts().skip(1).cloned().collect();
            let top = self.index.as_ref().map(|index| index.digest.clone());
            let (node, is_there, subject, tag) = (attested.node, true, None, None);
            self.others.push(Unplaced { node, is_there, parts, top, subject, tag });
        }
        let top = self.index.as_ref().map(|index| index.digest.clone());
        let is_below = |other: &Unplaced| top.is_some() && other.top == top && other.tag.is_none();
        let (below, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.others).into_iter().partition(is_below);
        let is_whole = self.lacking.is_empty()
            && self.missing.is_empty()
            && below.iter().all(|other| other.is_there);
        self.index = self.index.take().filter(|_| is_whole);
        if self.index.is_some() {
            let below = below.into_iter();
            let below = below.flat_map(|other| std::iter::once(other.node).chain(other.parts));
            self.beside = std::mem::take(&mut self.indexes).into_iter().chain(below).collect();
        } else {
            others.extend(below);
        }
        for other in others {
            match self.subject_of(&other) {
                Some(subject) => {
                    let attachment = Attachment { tag: other.tag, node: other.node };
                    self.about.push(About { subject, attachment, parts: other.parts });
                }
                None => self.left_out.extend(self.said(&other)),
            }
        }
        let missing = self.missing.iter();
        self.left_out.extend(missing.map(|digest| format!("{digest} is left out: it is missing")));
    }

    /// What is kept beside the images: what belongs to the index, and what is
    /// about any of it.
    pub(in crate::source) fn besides(&self) -> impl Iterator<Item = &Descriptor> {
        let about = self
            .about
            .iter()
            .flat_map(|about| std::iter::once(&about.attachment.node).chain(&about.parts));
        self.beside.iter().chain(about)
    }

    /// Lets `store` know what is about an image or the index.
    pub(in crate::source) fn note_about(&self, store: &Store) -> Result<(), Failure> {
        for node in self.platforms.iter().map(|found| &found.node).chain(&self.index) {
            let about = self.about.iter().filter(|about| about.subject == node.digest);
            let attachments: Vec<Attachment> = about.map(|of| of.attachment.clone()).collect();
            store.set_attached(&node.digest, &attachments)?;
        }
        Ok(())
    }

    /// What of all that is released something is about.
    fn subject_of(&self, other: &Unplaced) -> Option<Digest> {
        let named = || other.tag.as_ref().and_then(Tag::subject);
        let subject = other.subject.clone().or_else(named).filter(|_| other.is_there)?;
        let mut released = self.platforms.iter().map(|found| &found.node).chain(&self.index);
        released.any(|node| node.digest == subject).then_some(subject)
    }

    /// That something is left out; nothing where it goes with a platform that
    /// is.
    fn said(&self, other: &Unplaced) -> Option<String> {
        let Unplaced { node, is_there, .. } = other;
        let is_about = other.subject.is_some() || other.tag.is_some();
        let why = match (is_there, is_about) {
            (false, _) => "it is incomplete",
            (true, true) => "its image is not released unchanged",
            (true, false) => "it is not an image",
        };
        let Some(subject) = node.attested() else {
            let kind = node.artifact_type.as_deref().unwrap_or(node.media_type.as_str());
            return Some(format!(
                "{} ({}) is left out: {why}",
                node.digest,
                crate::model::escape(kind)
            ));
        };
        let of = self.platforms.iter().find(|found| found.node.digest.as_str() == subject)?;
        Some(format!("1 attestation of {} is left out: {why}", of.platform))
    }
}
