//! What one release says over another.

use super::raw::RawRelease;

pub(super) fn merge_release(lower: RawRelease, upper: RawRelease) -> RawRelease {
    RawRelease {
        version: upper.version.or(lower.version),
        platforms: upper.platforms.or(lower.platforms),
        tags: upper.tags.or(lower.tags),
        immutable: upper.immutable.or(lower.immutable),
    }
}
