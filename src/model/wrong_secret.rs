//! Something that a secret did not open.

use super::Failure;

/// Why a secret did not open what it is for.
#[derive(Debug)]
pub enum Unopened {
    /// It is the wrong one.
    Wrong(Failure),
    /// Another one would not help.
    Other(Failure),
}

impl Unopened {
    /// What is told of it.
    #[must_use]
    pub fn failure(self) -> Failure {
        match self {
            Self::Wrong(failure) | Self::Other(failure) => failure,
        }
    }
}
