//! Values that must be there.

use super::problem::{ConfigLine, Problems};

/// A value that must be there.
pub(super) fn required<T>(
    value: Option<T>,
    at: &ConfigLine,
    what: &str,
    problems: &mut Problems,
) -> Option<T> {
    if value.is_none() {
        problems.add(at, format!("`{what}` is missing"), None);
    }
    value
}
