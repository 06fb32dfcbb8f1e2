//! Steps on the way to a platform's content.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Origin;

/// The name of a step, which its maker chooses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageName(pub String);

/// A step on the way to a platform's content, as its maker declares it. Each
/// waits for the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageSpec {
    /// Its name.
    pub name: StageName,
    /// Whether an engine does it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_engine: bool,
    /// Whether it puts the content into the store: the last does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub makes: bool,
}

/// A step that makes what another artifact is, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedStep {
    /// What the step is on the way to.
    pub from: Origin,
    /// The step.
    pub stage: StageName,
}

impl fmt::Display for StageName {
    /// Safe to show: a journal may name a step in any way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::escape(&self.0).fmt(f)
    }
}

impl From<&str> for StageName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}
