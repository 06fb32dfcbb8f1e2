//! Work of kinds that this castoff does not know.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::model::{ArtifactName, Platform, SinkName, escape};

/// The kinds of work that [`Work`](super::Work) has, as they are written down.
const KNOWN: [&str; 8] = ["preflight", "make", "push", "join", "sign", "check", "tag", "sweep"];

/// Work of a kind that a newer castoff knows. It is kept and shown as far as it
/// is about what every kind is about, and never done.
///
/// `attest`, which says something about what was pushed, has its place before
/// what is signed, and `approve`, which waits for a person, after what is
/// checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherWork {
    /// Its kind, as it is written down.
    #[serde(deserialize_with = "unknown")]
    pub kind: String,
    /// The artifact that it is about, if about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactName>,
    /// The platform that it is about, if about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The sink that it works at, if at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<SinkName>,
    /// All else that is written down of it.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// A kind that is not known: what is known and cannot be read is damage.
fn unknown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let kind = String::deserialize(deserializer)?;
    if KNOWN.contains(&kind.as_str()) {
        return Err(serde::de::Error::custom(format!("work of the kind `{kind}` is incomplete")));
    }
    Ok(kind)
}

impl fmt::Display for OtherWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.kind).fmt(f)?;
        self.artifact.iter().try_for_each(|artifact| write!(f, " {artifact}"))?;
        self.platform.iter().try_for_each(|platform| write!(f, " {platform}"))?;
        self.sink.iter().try_for_each(|sink| write!(f, " → {sink}"))
    }
}
