//! What the sinks hold: what the survey found there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ArtifactName, Descriptor, Digest, Platform, SinkName, Tag, bytes};

/// What the sinks hold of a release before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// What each tag names, for each artifact and sink.
    pub tags: BTreeMap<(SinkName, ArtifactName), Vec<PresentTag>>,
    /// How much of each platform's content is there.
    pub content: BTreeMap<(SinkName, ArtifactName, Platform), PresentContent>,
}

/// What a tag names at a sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentTag {
    /// The tag.
    pub tag: Tag,
    /// What it names; none where it does not exist.
    pub target: Option<Descriptor>,
    /// What it will name, as the sink tells it; none where that is known only
    /// once it is prepared.
    #[serde(default)]
    pub after: Option<Digest>,
}

/// How much of a platform's content a sink holds, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum PresentContent {
    /// The content was prepared before, so each part was asked for.
    Exactly {
        /// Bytes that are there.
        present: u64,
        /// Bytes that must be sent.
        to_send: u64,
    },
    /// The content was never prepared: it is compressed on the way, and some
    /// of it may be there.
    AtMost {
        /// The size of the sources in bytes, as they are compressed there.
        to_send: u64,
    },
    /// The content is yet to be built, so nothing is known of it.
    Unbuilt,
}

impl std::fmt::Display for PresentContent {
    /// For people: what is there and what will be sent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Exactly { to_send: 0, .. } => f.write_str("present"),
            Self::Exactly { present: 0, to_send } => write!(f, "send {}", bytes(to_send)),
            Self::Exactly { present, to_send } => {
                write!(f, "send {}, present {}", bytes(to_send), bytes(present))
            }
            Self::Unbuilt => f.write_str("build, then send"),
            Self::AtMost { to_send } => write!(f, "prepare {}, then send", bytes(to_send)),
        }
    }
}
