//! The order of tags by version.

/// Where a tag stands among others: versions first, the oldest before the
/// newer, then what is no version by its letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// A version, and how it is written.
    Version(semver::Version, String),
    /// What is no version.
    Text(String),
}

impl Age {
    /// Whether `tag` is a version.
    #[must_use]
    pub fn is_version(tag: &str) -> bool {
        version(tag).is_some()
    }

    /// Where `tag` stands.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        match version(tag) {
            Some(version) => Self::Version(version, tag.to_owned()),
            None => Self::Text(tag.to_owned()),
        }
    }
}

/// The version of a tag such as `v1.2` or `0.9-rc1`: what it leaves out is 0.
fn version(tag: &str) -> Option<semver::Version> {
    let text = tag.strip_prefix('v').unwrap_or(tag);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let missing = 3_usize.checked_sub(numbers.split('.').count())?;
    format!("{numbers}{}{rest}", ".0".repeat(missing)).parse().ok()
}
