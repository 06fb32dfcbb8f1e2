//! Where signatures lie: as layers of a manifest.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{ARTIFACT, SIGNATURE, SIMPLE_SIGNING};
use crate::model::{Descriptor, Manifest, layer_list};

/// Content by what names it.
type Named = (Descriptor, Vec<u8>);

/// All signatures of one manifest, as they lie under its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    layers: Vec<Descriptor>,
    /// What held them.
    manifest: Option<Manifest>,
}

impl Signatures {
    /// Those that `manifest` holds.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self { layers: manifest.layers.clone(), manifest: Some(manifest.clone()) }
    }

    /// Each signature with the descriptor of what it is over. What is no
    /// signature is left out.
    pub fn each(&self) -> impl Iterator<Item = (&Descriptor, Vec<u8>)> {
        self.layers.iter().filter_map(|layer| {
            let text = layer.annotations.get(SIGNATURE)?;
            let is_signature = layer.media_type.as_str() == SIMPLE_SIGNING;
            Some((layer, BASE64_STANDARD.decode(text).ok().filter(|_| is_signature)?))
        })
    }

    /// The same with one more, which is over `payload`. All others stay.
    #[must_use]
    pub fn with(mut self, payload: Descriptor, signature: &[u8]) -> Self {
        self.layers.push(layer(payload, signature));
        self
    }

    /// The same with all of `others` that are not among them.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        let more: Vec<_> = others.beyond(&self).cloned().collect();
        self.layers.extend(more);
        self
    }

    /// Those that are not among `known`.
    pub fn beyond<'s>(&'s self, known: &'s Self) -> impl Iterator<Item = &'s Descriptor> {
        let is = |one: &Descriptor, other: &Descriptor| {
            let [one_by, other_by] = [one, other].map(|of| of.annotations.get(SIGNATURE));
            one.digest == other.digest && one_by == other_by
        };
        self.layers.iter().filter(move |one| !known.layers.iter().any(|other| is(one, other)))
    }

    /// The configuration and the manifest that hold them.
    #[must_use]
    pub fn content(&self) -> [Named; 2] {
        layer_list::in_place_of(self.manifest.as_ref(), self.layers.clone())
    }
}

/// The configuration and the manifest that hold one signature as a referrer of
/// `subject`.
#[must_use]
pub fn referrer(subject: &Descriptor, payload: Descriptor, signature: &[u8]) -> [Named; 2] {
    let layers = vec![layer(payload, signature)];
    let config = layer_list::config(&layers);
    let manifest =
        Manifest::about(subject.clone(), Descriptor::of(ARTIFACT, &config), layers, ARTIFACT);
    [(manifest.config.clone(), config), (manifest.descriptor(), manifest.raw().to_vec())]
}

fn layer(mut payload: Descriptor, signature: &[u8]) -> Descriptor {
    payload.annotations.insert(SIGNATURE.to_owned(), BASE64_STANDARD.encode(signature));
    payload
}
