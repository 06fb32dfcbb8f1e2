//! What answers, and manifests themselves, say of manifests.

use http::{HeaderName, header::CONTENT_TYPE};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, media_type},
    net::Answer,
};

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The digest of what a manifest is about.
pub(super) fn subject_of(manifest: &[u8]) -> Option<Digest> {
    #[derive(Deserialize)]
    struct About {
        subject: Option<Descriptor>,
    }
    serde_json::from_slice::<About>(manifest).ok()?.subject.map(|subject| subject.digest)
}

/// What the headers of an answer describe, where all are there.
pub(super) fn described(answer: &Answer) -> Option<Descriptor> {
    // An answer without a body may be said to have a length of 0, and one that
    // is compressed on its way has another.
    let size = answer.length().filter(|size| *size > 0 && answer.coding().is_none())?;
    let kind = content_type(answer).filter(|kind| is_own_kind(kind))?;
    Some(Descriptor::new(&kind, content_digest(answer)?, size))
}

/// Whether a media type tells manifests apart, unlike that of all JSON.
pub(super) fn is_own_kind(kind: &str) -> bool {
    kind.starts_with("application/vnd.")
}

/// The media type of a manifest by what it says itself, else by what it holds.
pub(super) fn kind_of(manifest: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kinds {
        media_type: Option<String>,
        manifests: Option<IgnoredAny>,
        layers: Option<IgnoredAny>,
    }
    let kinds: Kinds = serde_json::from_slice(manifest).ok()?;
    let held = match (kinds.manifests, kinds.layers) {
        (Some(_), None) => Some(media_type::INDEX.to_owned()),
        (None, Some(_)) => Some(media_type::MANIFEST.to_owned()),
        _ => None,
    };
    kinds.media_type.filter(|kind| is_own_kind(kind)).or(held)
}

/// Whether an answer is for people, as those of proxies and logins are.
pub(super) fn is_page(answer: &Answer) -> bool {
    content_type(answer).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
}

/// The media type that an answer says its content has, without parameters.
pub(super) fn content_type(answer: &Answer) -> Option<String> {
    let value = answer.header(&CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or(value).trim().to_owned())
}

/// The digest that the registry says the content has.
pub(super) fn content_digest(answer: &Answer) -> Option<Digest> {
    answer.header(&CONTENT_DIGEST)?.parse().ok()
}

/// Fails where the registry speaks of other content than we do.
pub(super) fn check_digest(
    answer: &Answer,
    expected: Option<&Digest>,
    found: Option<&Digest>,
) -> Result<(), Failure> {
    match (expected, found) {
        (Some(expected), Some(found)) if expected.contradicts(found) => {
            Err(wrong_digest(expected, found).context(answer.line()))
        }
        _ => Ok(()),
    }
}

/// The failure of content that is not what it should be.
pub(super) fn wrong_digest(expected: &Digest, found: &Digest) -> Failure {
    let why = format!("the registry has {found} instead of {expected}");
    Failure::new(FailureKind::Integrity, Side::Sink, why)
}
