//! Manifests and indexes, told apart.
//!
//! What is read is bounded by its reader, and checked here against confusion of
//! the two forms (CVE-2021-41190).

use serde::{Deserialize, Deserializer};

use super::{
    descriptor::{Descriptor, media_type},
    index::Index,
    lenient,
    manifest::Manifest,
    text::escape,
};

/// Content that refers to other content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one is held at a time")]
pub enum Node {
    /// Several platforms.
    Index(Index),
    /// One platform.
    Manifest(Box<Manifest>),
}

/// Bytes that are not what their media type says.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The bytes are not JSON of the right shape.
    #[error("it is not a manifest")]
    Json(#[from] serde_json::Error),
    /// The bytes could be read as either form.
    #[error("it has both `layers` and `manifests`, so it is ambiguous")]
    Ambiguous,
    /// The bytes name another media type than the descriptor.
    #[error("its `mediaType` is `{}`, but its descriptor says `{expected}`", escape(found))]
    MediaType {
        /// What the bytes say.
        found: String,
        /// What the descriptor says.
        expected: String,
    },
    /// The media type is of no form that castoff knows.
    #[error("`{}` is not a kind of manifest that castoff can read", escape(.0))]
    Unknown(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawNode {
    media_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_usual")]
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default, deserialize_with = "listed")]
    layers: Option<LenientList>,
    #[serde(default, deserialize_with = "listed")]
    manifests: Option<LenientList>,
    subject: Option<Descriptor>,
}

/// A list that is there; as `null` it is empty, and says nothing of the form.
struct LenientList(Option<Vec<Descriptor>>);

fn listed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<LenientList>, D::Error> {
    Option::deserialize(from).map(|list| Some(LenientList(list)))
}

impl LenientList {
    fn is_null(&self) -> bool {
        self.0.is_none()
    }

    fn of(list: Option<Self>, field: &str) -> Result<Vec<Descriptor>, ManifestError> {
        Ok(list.ok_or_else(|| missing(field))?.0.unwrap_or_default())
    }
}

impl Node {
    /// Reads `raw`, which a descriptor or a response said to be a `promised`.
    ///
    /// # Errors
    ///
    /// Fails when the bytes are not JSON, are ambiguous, or say that they are
    /// something else.
    pub fn parse(raw: Vec<u8>, promised: &str) -> Result<Self, ManifestError> {
        let promised = promised.split(';').next().unwrap_or_default().trim();
        let node: RawNode = serde_json::from_slice(&raw)?;
        let says = |list: &Option<LenientList>| list.as_ref().is_some_and(|list| !list.is_null());
        if says(&node.manifests) && (says(&node.layers) || node.config.is_some()) {
            return Err(ManifestError::Ambiguous);
        }
        if let Some(found) = node.media_type.filter(|found| found != promised) {
            return Err(ManifestError::MediaType { found, expected: promised.to_owned() });
        }
        let media_type = promised.to_owned();
        match promised {
            media_type::INDEX | media_type::DOCKER_INDEX => {
                let manifests = LenientList::of(node.manifests, "manifests")?;
                Ok(Self::Index(Index { manifests, subject: node.subject, raw, media_type }))
            }
            media_type::MANIFEST | media_type::DOCKER_MANIFEST => {
                Ok(Self::Manifest(Box::new(Manifest {
                    config: node.config.ok_or_else(|| missing("config"))?,
                    layers: LenientList::of(node.layers, "layers")?,
                    artifact_type: node.artifact_type,
                    subject: node.subject,
                    raw,
                    media_type,
                })))
            }
            _ => Err(ManifestError::Unknown(media_type)),
        }
    }

    /// The media type that `raw` gives itself, or that its shape shows.
    #[must_use]
    pub fn sniff(raw: &[u8]) -> Option<String> {
        let node: RawNode = serde_json::from_slice(raw).ok()?;
        node.media_type.or_else(|| {
            let shape =
                if node.manifests.is_some() { media_type::INDEX } else { media_type::MANIFEST };
            (node.manifests.is_some() || node.layers.is_some()).then(|| shape.to_owned())
        })
    }

    /// What this refers to: manifests, or a configuration and layers.
    #[must_use]
    pub fn successors(&self) -> Vec<Descriptor> {
        match self {
            Self::Index(index) => index.manifests.clone(),
            Self::Manifest(manifest) => {
                std::iter::once(&manifest.config).chain(&manifest.layers).cloned().collect()
            }
        }
    }

    /// What this is about, if about anything.
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Index(index) => index.subject.as_ref(),
            Self::Manifest(manifest) => manifest.subject.as_ref(),
        }
    }
}

fn missing(field: &str) -> ManifestError {
    <serde_json::Error as serde::de::Error>::custom(format!("`{field}` is missing")).into()
}
