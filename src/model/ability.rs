//! What a server can do, as far as that was tried.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a server can do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// It does.
    Yes,
    /// It says that it does not, or does something else.
    No,
    /// It could not be tried, or may not be.
    #[default]
    Unknown,
}

/// What a server can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Abilities {
    /// It lists its repositories.
    pub catalogue: Can,
    /// It lists what is about a manifest.
    pub referrers: Can,
    /// It takes content from one of its repositories into another.
    pub mounts: Can,
    /// It removes a tag by its name.
    pub tag_deletes: Can,
    /// It removes a manifest by its digest.
    pub manifest_deletes: Can,
    /// It writes on condition that no other publisher wrote.
    pub conditional_writes: Can,
    /// An upload that broke off can go on.
    pub resumable_uploads: Can,
}

impl Can {
    /// Yes or no.
    #[must_use]
    pub fn from_bool(can: bool) -> Self {
        if can { Self::Yes } else { Self::No }
    }
}

impl Abilities {
    /// Each ability, and what castoff does without it.
    #[must_use]
    pub fn rows(&self) -> [(&'static str, Can, &'static str); 7] {
        [
            ("catalogue", self.catalogue, "repositories must be named"),
            ("referrers", self.referrers, "stored as an index under a tag"),
            ("mounts", self.mounts, "content is sent once for each repository"),
            ("tag deletes", self.tag_deletes, "a tag is removed with an empty manifest"),
            (
                "manifest deletes",
                self.manifest_deletes,
                "neither tags nor manifests can be removed",
            ),
            ("conditional writes", self.conditional_writes, "a tag is read again after it moves"),
            ("resumable uploads", self.resumable_uploads, "an interrupted upload starts again"),
        ]
    }
}

impl fmt::Display for Can {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "not known",
        })
    }
}
