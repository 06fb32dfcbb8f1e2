//! By which user, on which machine and in which CI job a run is published.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{escape, without_logins};

/// The user, the machine and the CI job that publish, as the environment tells.
///
/// It is told to people, and decides nothing: what it says is not proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publisher {
    /// The user's login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The machine's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The CI job, by its address where the CI tells one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

impl Publisher {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `other` is the same user on the same machine.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        (&self.user, &self.host) == (&other.user, &other.host)
    }

    /// The same with each word short and without line ends: environments hold
    /// anything.
    #[must_use]
    pub fn bounded(self) -> Self {
        /// How many characters of a word are kept.
        const MOST: usize = 256;
        let short = |word: Option<String>| {
            let word: String =
                without_logins(&word?).chars().filter(|it| !it.is_control()).take(MOST).collect();
            (!word.is_empty()).then_some(word)
        };
        // What follows an address may be a token.
        let address = |job: String| job.split(['?', '#']).next().map(str::to_owned);
        Self {
            user: short(self.user),
            host: short(self.host),
            job: short(self.job.and_then(address)),
        }
    }
}

impl fmt::Display for Publisher {
    /// `USER@HOST (JOB)`, as far as it is known, escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, job } = self;
        match (user, host) {
            (Some(user), Some(host)) => write!(f, "{}@{}", escape(user), escape(host))?,
            (Some(one), None) | (None, Some(one)) => write!(f, "{}", escape(one))?,
            (None, None) => {}
        }
        match job {
            Some(job) if user.is_some() || host.is_some() => write!(f, " ({})", escape(job)),
            Some(job) => write!(f, "{}", escape(job)),
            None => Ok(()),
        }
    }
}
