//! Versions as Go's modules name commits (Go modules reference,
//! "Pseudo-versions").

use jiff::Timestamp;
use semver::Version;

use super::WorkTree;

/// How much of a commit's id is part of its version.
const ID_DIGITS: usize = 12;

impl WorkTree {
    /// The version of the commit that is checked out: its tag, where that is a
    /// version, or else one after the nearest tag before it that is; none where
    /// there is no commit, or one without a time.
    pub async fn pseudo_version(&self) -> Option<String> {
        let tags = self.tags().await.ok()?;
        if let Some(version) = tags.iter().filter_map(|tag| version(tag)).max() {
            return Some(format!("v{version}"));
        }
        let id = self.commit_id(super::HEAD).await.ok()?;
        let seconds = self.line(&[&super::DATE[..], &[super::HEAD]].concat()).await.ok()?;
        let time = Timestamp::from_second(seconds.parse().ok()?).ok()?;
        let time = time.strftime("%Y%m%d%H%M%S");
        let nearest = ["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*.[0-9]*.[0-9]*"];
        let before = self.line(&nearest).await.ok().and_then(|tag| version(&tag));
        Some(format!("{}{time}-{}", start(before.as_ref()), &id[..ID_DIGITS]))
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
