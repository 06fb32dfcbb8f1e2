//! What to do about a failure. What castoff itself can do is data, which each face
//! puts into its own words.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::SecretSource;

/// What to do about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hint {
    /// Words that every face says alike.
    Words(String),
    /// Something that castoff does, which a command line, a console and a service
    /// name differently.
    Remedy(Remedy),
}

/// What castoff can do about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Room is made on this disk, and the run goes on.
    MakeRoomAndResume,
    /// The run goes on from what another publisher signed meanwhile.
    ResumeFromWhatWasSigned,
    /// The run goes on, and makes the index again.
    ResumeAndJoin,
    /// Another publisher ends its run, and this one goes on.
    WaitAndResume,
    /// Another publisher's run ends, or is finished here; the mark that one left
    /// which was killed is removed.
    WaitOrFinish {
        /// The mark.
        mark: String,
    },
    /// A platform of a package is pushed first.
    PushPlatform,
    /// A package is pushed as a release.
    PushRelease,
    /// A package is built and not pushed, or its changes are committed.
    CommitOrBuildOnly,
    /// That platform is fetched too, or another is copied alone.
    FetchOrCopyOne,
    /// What is there is signed, or the copy gets another tag.
    SignThereOrRename,
    /// A version's file gets a name of its own, or that version is removed.
    RenameOrRemove,
    /// Tags that name the same are removed together.
    RemoveSiblings,
    /// A layout is copied to one with blobs of its own, which is swept.
    CopyAndSweep,
    /// The sweep begins anew.
    SweepAnew,
    /// A secret is stored in the keyring.
    StoreSecret {
        /// Its name.
        name: String,
    },
    /// The right secret is stored in the place of one that is wrong.
    ReplaceSecret {
        /// Its name.
        name: String,
        /// Where the wrong one came from.
        source: SecretSource,
    },
    /// The user logs in at a registry, or stores a login for it.
    LogIn {
        /// The registry.
        host: String,
    },
    /// The login of a registry is stored for its token service too, which is not its
    /// own.
    LogInToTokenService {
        /// The token service.
        host: String,
    },
    /// It is looked up which secrets there are.
    ListSecrets,
    /// It is looked up which App Container Images there are.
    ListImages {
        /// The folder of the images.
        folder: PathBuf,
    },
}

impl Hint {
    /// Its words, where every face says it alike.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            Self::Remedy(_) => None,
        }
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&str> for Hint {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<Remedy> for Hint {
    fn from(remedy: Remedy) -> Self {
        Self::Remedy(remedy)
    }
}
