//! The steps on the way to a release archive.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Failure, FailureKind, Side, StageName, StageSpec};

/// A step on the way to a release archive, in order. It depends on the steps
/// before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VeeaStep {
    /// Writes the Dockerfile with its labels.
    Generate,
    /// Builds the image.
    Compile,
    /// Writes the image into an archive.
    Save,
    /// Signs that archive.
    Sign,
    /// Writes the Swarm service file.
    Swarm,
    /// Writes what is known of the parts.
    Metadata,
    /// Signs that, and packs the release archive.
    Release,
}

impl VeeaStep {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Generate,
        Self::Compile,
        Self::Save,
        Self::Sign,
        Self::Swarm,
        Self::Metadata,
        Self::Release,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Compile => "compile",
            Self::Save => "save",
            Self::Sign => "sign",
            Self::Swarm => "swarm",
            Self::Metadata => "metadata",
            Self::Release => "release",
        }
    }
}

impl VeeaStep {
    /// The steps as a plan has them. The image is built at an engine, and the
    /// last step makes the archive.
    #[must_use]
    pub fn stages() -> Vec<StageSpec> {
        let stage = |step: Self| StageSpec {
            name: step.name(),
            at_engine: step == Self::Compile,
            makes: step == Self::Release,
        };
        Self::ALL.into_iter().map(stage).collect()
    }

    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> StageName {
        StageName(self.word().to_owned())
    }

    /// The step of this name.
    ///
    /// # Errors
    ///
    /// Fails where there is none, as in a plan that another castoff made.
    pub fn named(name: &StageName) -> Result<Self, Failure> {
        let found = Self::ALL.into_iter().find(|step| step.word() == name.0);
        found.ok_or_else(|| {
            let what = format!("release archives are made without a step {name}");
            Failure::new(FailureKind::Invalid, Side::Local, what)
        })
    }
}

impl fmt::Display for VeeaStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
