//! What is attached to what a name names: signatures and other referrers.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::Tree;
use crate::{
    model::{Descriptor, Digest, Failure, Tag},
    ports::{Attachment, Shelf},
};

/// How many manifests are asked about at once.
const PARALLEL: usize = 4;

/// A manifest about another one, such as a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// What it is about.
    pub subject: Digest,
    /// The tag that it lies under; none: it is a referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// The manifest itself.
    #[serde(flatten)]
    pub node: Descriptor,
}

/// The referrers of the index and the manifests of `tree`.
///
/// # Errors
///
/// Fails where the place cannot be asked.
pub async fn attached(shelf: &dyn Shelf, tree: &Tree) -> Result<Vec<About>, Failure> {
    let manifests = tree.manifests.iter().map(|branch| branch.manifest.digest.clone());
    let mut subjects: Vec<Digest> =
        std::iter::once(tree.root.digest.clone()).chain(manifests).collect();
    subjects.dedup();
    let found: Vec<Vec<About>> = stream::iter(subjects)
        .map(|subject| async move {
            let found = shelf.attached(&subject).await?;
            let about = |Attachment { tag, node }| About { subject: subject.clone(), tag, node };
            Ok::<_, Failure>(found.into_iter().map(about).collect())
        })
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

impl About {
    /// What kind of thing it is, for people.
    #[must_use]
    pub fn kind(&self) -> String {
        let suffix = self.tag.as_ref().and_then(|tag| tag.as_str().split_once('.'));
        match suffix {
            Some((_, "sig")) => "signature (cosign)".to_owned(),
            Some((_, "att")) => "attestation (cosign)".to_owned(),
            Some((_, "sbom")) => "SBOM (cosign)".to_owned(),
            _ => {
                let kind = self.node.artifact_type.as_deref();
                let kind = kind.unwrap_or(self.node.media_type.as_str());
                let predicate = self.node.annotations.get("dev.sigstore.bundle.predicateType");
                let is_signed = predicate.is_none_or(|of| of.contains("cosign/sign"));
                match kind {
                    _ if kind.contains("sigstore.bundle") && !is_signed => {
                        "attestation (sigstore)".to_owned()
                    }
                    "application/vnd.cncf.notary.signature" => "signature (notation)".to_owned(),
                    _ if kind.contains("sigstore.bundle") => "signature (sigstore)".to_owned(),
                    _ if kind.contains("spdx") => "SBOM (SPDX)".to_owned(),
                    _ if kind.contains("cyclonedx") => "SBOM (CycloneDX)".to_owned(),
                    _ => kind.to_owned(),
                }
            }
        }
    }
}
