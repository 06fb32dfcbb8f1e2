//! Indexes over the manifests of several platforms: as they came, and what they
//! say.

use serde::Serialize;
use serde_json::json;

use super::{
    descriptor::{Descriptor, media_type},
    merge::put_in_order,
    rewrite::{bytes, rewritten},
};

/// The manifests of several platforms (OCI image specification, image-index.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The manifests, in the order of the index.
    pub manifests: Vec<Descriptor>,
    /// What this index is about.
    pub subject: Option<Descriptor>,
    pub(super) raw: Vec<u8>,
    pub(super) media_type: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewIndex<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: &'a [Descriptor],
}

impl Index {
    /// A new index over `manifests`, in the order of their platforms, with what
    /// is about them behind them.
    #[must_use]
    pub fn of(mut manifests: Vec<Descriptor>) -> Self {
        put_in_order(&mut manifests);
        Self::listing(manifests)
    }

    /// A new index over `manifests`, in this order.
    #[must_use]
    pub fn listing(manifests: Vec<Descriptor>) -> Self {
        let raw = bytes(&NewIndex {
            schema_version: 2,
            media_type: media_type::INDEX,
            manifests: &manifests,
        });
        Self { manifests, subject: None, raw, media_type: media_type::INDEX.into() }
    }

    /// The same with those of `more` behind it that it lacks.
    #[must_use]
    pub fn and(&self, more: Vec<Descriptor>) -> Self {
        let mut manifests = self.manifests.clone();
        let is_new = |node: &Descriptor| self.manifests.iter().all(|of| of.digest != node.digest);
        manifests.extend(more.into_iter().filter(is_new));
        let raw = rewritten(&self.raw, [("manifests", json!(manifests))]);
        Self { manifests, raw, ..self.clone() }
    }

    /// The index's bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What names the index.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(&self.media_type, &self.raw)
    }
}
