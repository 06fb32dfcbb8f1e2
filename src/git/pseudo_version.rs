//! Versions as Go's modules name commits (Go modules reference,
//! "Pseudo-versions").

use jiff::Timestamp;
use semver::Version;

use super::WorkTree;
use crate::model::{Failure, FailureKind, Side};

/// How much of a commit's id is part of its version.
const ID_DIGITS: usize = 12;

impl WorkTree {
    /// The version of the commit that is checked out: its tag, where that is a
    /// version, or else one after the nearest tag before it that is.
    ///
    /// # Errors
    ///
    /// Fails where there is no commit.
    pub async fn pseudo_version(&self) -> Result<String, Failure> {
        let tags = self.tags().await?;
        if let Some(version) = tags.iter().filter_map(|tag| version(tag)).max() {
            return Ok(format!("v{version}"));
        }
        let id = self.commit_id(super::HEAD).await?;
        let seconds = self.line(&["show", "-s", "--format=%ct", super::HEAD]).await?;
        let time = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let time = time.ok_or_else(|| {
            let what = format!("git dates {id} `{seconds}`");
            Failure::new(FailureKind::Protocol, Side::Source, what)
        })?;
        let time = time.strftime("%Y%m%d%H%M%S");
        let nearest = ["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*.[0-9]*.[0-9]*"];
        let before = self.line(&nearest).await.ok().and_then(|tag| version(&tag));
        Ok(format!("{}{time}-{}", start(before.as_ref()), &id[..ID_DIGITS]))
    }
}

/// What a pseudo-version begins with that comes after `before`.
fn start(before: Option<&Version>) -> String {
    match before {
        None => "v0.0.0-".to_owned(),
        Some(before) if before.pre.is_empty() => {
            format!("v{}.{}.{}-0.", before.major, before.minor, before.patch + 1)
        }
        Some(before) => {
            format!("v{}.{}.{}-{}.0.", before.major, before.minor, before.patch, before.pre)
        }
    }
}

/// The version that a tag is.
fn version(tag: &str) -> Option<Version> {
    let version: Version = tag.strip_prefix('v')?.parse().ok()?;
    version.build.is_empty().then_some(version)
}
